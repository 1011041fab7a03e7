/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/plan_test.c - what was asked -> what each device is to do, or words for people. */
#include "home/mqtt_device.h"
#include "home/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char house[] =
    "devices:\n"
    "  - {name: Kitchen light, area: Kitchen, kind: light, via: home, topic: kitchen, color: true}\n"
    "  - {name: Kitchen spots, area: Kitchen, kind: light, via: tasmota, topic: spots, dimmable: false}\n"
    "  - {name: Hall light, area: Hall, kind: light, command_topic: hall, state_topic: hall/s}\n"
    "  - {name: Fan, area: Kitchen, kind: switch, via: tasmota, topic: fan}\n"
    "  - {name: Blinds, area: Living room, kind: cover, via: zigbee2mqtt, topic: blinds}\n"
    "  - {name: Awning, area: Garden, kind: cover, command_topic: awning}\n"
    "  - {name: Thermostat, area: Living room, kind: climate, via: home, topic: thermostat}\n"
    "  - {name: Movie night, kind: scene, command_topic: scene, payload_on: movie}\n"
    "  - {name: Outdoor temperature, area: Garden, kind: sensor, state_topic: t, unit: '°C'}\n"
    "  - {name: Front door, area: Hall, kind: sensor, state_topic: door}\n"
    "  - {name: Old lamp, area: Attic, kind: light, via: tasmota, topic: old}\n";

enum { KITCHEN_LIGHT, KITCHEN_SPOTS, HALL_LIGHT, FAN, OLD_LAMP = 10, HOUSE_N = 11 };

#define NAME(n)      "\"name\":{\"value\":\"" n "\",\"text\":\"" n "\"}"
#define AREA(a)      "\"area\":{\"value\":\"" a "\",\"text\":\"" a "\"}"
#define HERE(a)      "\"area\":{\"value\":\"" a "\",\"text\":\"\"}"
#define DOMAIN(d)    "\"domain\":{\"value\":\"" d "\"}"
#define NUMBER(k, v) "\"" k "\":{\"value\":" v ",\"text\":\"x\"}"

/* clang-format off */
static const struct {
    const char *intent, *slots;
    int want;
    const char *text; /* "topic payload|topic payload", "?id" for one looked at; or words */
} cases[] = {
    { "HassTurnOn", NAME("kitchen_light"), 0, "home/light/kitchen {\"power\":\"on\"}" },
    { "HassTurnOn", "\"name\":\"kitchen_light\"", 0, "home/light/kitchen {\"power\":\"on\"}" },
    { "HassTurnOn", NAME("Kitchen Light"), 0, "home/light/kitchen {\"power\":\"on\"}" },
    { "HassTurnOff", AREA("Kitchen") "," DOMAIN("light"), 0,
      "home/light/kitchen {\"power\":\"off\"}|cmnd/spots/POWER OFF" },
    { "HassTurnOff", AREA("kitchen"), 0,
      "home/light/kitchen {\"power\":\"off\"}|cmnd/spots/POWER OFF|cmnd/fan/POWER OFF" },
    { "HassTurnOn", AREA("kitchen"), 0, /* a coffee machine does not start with the lamps */
      "home/light/kitchen {\"power\":\"on\"}|cmnd/spots/POWER ON" },
    { "HassTurnOn", DOMAIN("switch"), 0, "cmnd/fan/POWER ON" },
    { "HassTurnOff", NAME("all"), 0,
      "home/light/kitchen {\"power\":\"off\"}|cmnd/spots/POWER OFF|hall OFF|cmnd/fan/POWER OFF|-old_lamp does not answer at the moment" },
    { "HassTurnOn", NAME("blinds") "," DOMAIN("cover"), 0, "zigbee2mqtt/blinds/set {\"state\":\"OPEN\"}" },
    { "HassTurnOff", DOMAIN("cover"), 0, "zigbee2mqtt/blinds/set {\"state\":\"CLOSE\"}|awning CLOSE" },
    { "HassTurnOn", NAME("all") "," DOMAIN("cover"), 0, "zigbee2mqtt/blinds/set {\"state\":\"OPEN\"}|awning OPEN" },
    { "HassTurnOn", NAME("movie_night"), 0, "scene movie" },
    { "HassStopMoving", NAME("blinds"), 0, "zigbee2mqtt/blinds/set {\"state\":\"STOP\"}" },
    { "HassToggle", NAME("kitchen_light"), 0, "home/light/kitchen {\"power\":\"off\"}" }, /* known: on */
    { "HassToggle", NAME("kitchen_spots"), 0, "cmnd/spots/POWER TOGGLE" },                /* not known */
    { "HassToggle", NAME("fan"), 0, "cmnd/fan/POWER TOGGLE" },                            /* known long ago */
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("brightness", "50"), 0,
      "home/light/kitchen {\"power\":\"on\",\"brightness\":128}" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("brightness", "\"100\""), 0,
      "home/light/kitchen {\"power\":\"on\",\"brightness\":255}" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("brightness", "0.1"), 0,
      "home/light/kitchen {\"power\":\"on\",\"brightness\":1}" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("brightness", "0"), 0, "home/light/kitchen {\"power\":\"off\"}" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("color", "\"red\""), 0,
      "home/light/kitchen {\"power\":\"on\",\"color\":\"#ff0000\"}" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("color", "\"#0102ff\"") "," NUMBER("brightness", "100"), 0,
      "home/light/kitchen {\"power\":\"on\",\"brightness\":255}|home/light/kitchen {\"power\":\"on\",\"color\":\"#0102ff\"}" },
    { "HassLightSet", AREA("Kitchen") "," NUMBER("brightness", "20"), 0, /* the spots cannot and are left out */
      "home/light/kitchen {\"power\":\"on\",\"brightness\":51}" },
    { "HassSetPosition", NAME("blinds") "," NUMBER("position", "40"), 0, "zigbee2mqtt/blinds/set {\"position\":40}" },
    { "HassSetPosition", NAME("awning") "," NUMBER("position", "100"), 0, "awning OPEN" },
    { "HassSetPosition", NAME("awning") "," NUMBER("position", "0"), 0, "awning CLOSE" },
    { "HassClimateSetTemperature", NUMBER("temperature", "20.5"), 0, "home/climate/thermostat {\"temperature\":20.5}" },
    { "HassClimateSetTemperature", AREA("Living Room") "," NUMBER("temperature", "21"), 0,
      "home/climate/thermostat {\"temperature\":21}" },
    { "HassClimateSetTemperature", HERE("Kitchen") "," NUMBER("temperature", "21"), 0,
      "home/climate/thermostat {\"temperature\":21}" },
    { "HassGetState", NAME("kitchen_light"), 0, "?kitchen_light" },
    { "HassGetState", AREA("Kitchen") "," DOMAIN("light"), 0, "?kitchen_light|?kitchen_spots" },
    { "HassGetState", NAME("old_lamp"), 0, "?old_lamp" }, /* away: its last state may still be asked for */
    { "HassClimateGetTemperature", AREA("Garden"), 0, "?outdoor_temperature" },
    { "HassClimateGetTemperature", AREA("Living room"), 0, "?thermostat" },
    { "HassClimateGetTemperature", HERE("Kitchen"), 0, "?thermostat" }, /* not the one in the garden */

    /* what is left out: a device, a room, two of each; what is nowhere could be any of them */
    { "HassTurnOff", AREA("kitchen") "," NUMBER("except", "\"fan\""), 0, "home/light/kitchen {\"power\":\"off\"}|cmnd/spots/POWER OFF" },
    { "HassTurnOff", AREA("kitchen") "," NUMBER("except", "\"fan\"") "," NUMBER("except_too", "\"kitchen_light\""), 0,
      "cmnd/spots/POWER OFF" },
    { "HassTurnOn", DOMAIN("light") "," NUMBER("except_area", "\"Kitchen\"") "," NUMBER("except_area_too", "\"Attic\""), 0, "hall ON" },
    { "HassTurnOn", DOMAIN("light") "," NUMBER("except_area", "\"Kitchen\"") "," NUMBER("except", "\"old_lamp\""), 0, "hall ON" },
    { "HassTurnOff", AREA("kitchen") "," NUMBER("except", "\"piano\""), -ENOENT, "there is no device called piano" },
    { "HassTurnOff", AREA("kitchen") "," NUMBER("except", "\"fan\"") "," NUMBER("except_too", "\"piano\""), -ENOENT,
      "there is no device called piano" },
    { "HassTurnOff", AREA("kitchen") "," NUMBER("except_area", "\"Kitchen\""), -ENOENT, "none but those" },
    { "HassTurnOff", AREA("kitchen") "," NUMBER("except_area", "\"Moon\""), -ENOENT, "there is no room called Moon" },
    { "HassTurnOff", DOMAIN("switch") "," NUMBER("except", "\"fan\""), -ENOENT, "none but those" },

    { "HassTurnOn", AREA("Bathroom") "," DOMAIN("light"), -ENOENT, "there is no light in the bathroom" },
    { "HassTurnOn", HERE("Bathroom") "," DOMAIN("light"), -ENOTUNIQ, "more than one light: say the room" },
    { "HassTurnOn", NAME("piano"), -ENOENT, "there is no device called piano" },
    { "HassTurnOn", DOMAIN("piano"), -ENOENT, "there is no piano in the house" },
    { "HassClimateSetTemperature", AREA("Kitchen") "," NUMBER("temperature", "20"), -ENOENT, "no thermostat in the kitchen" },
    { "HassClimateGetTemperature", AREA("Hall"), -ENOENT, "no thermometer in the hall" },
    { "HassLightSet", NAME("kitchen_spots") "," NUMBER("brightness", "50"), -EOPNOTSUPP, "the kitchen spots cannot be dimmed" },
    { "HassLightSet", NAME("hall_light") "," NUMBER("color", "\"red\""), -EOPNOTSUPP, "the hall light cannot change its color" },
    { "HassLightSet", AREA("Hall") "," NUMBER("brightness", "5"), -EOPNOTSUPP, "the hall light cannot be dimmed" },
    { "HassTurnOn", NAME("front_door"), -EOPNOTSUPP, "the front door cannot be turned on" },
    { "HassTurnOff", NAME("movie_night"), -EOPNOTSUPP, "the movie night cannot be turned off" },
    { "HassSetPosition", NAME("awning") "," NUMBER("position", "50"), -EOPNOTSUPP, "cannot be set to a position" },
    { "HassToggle", NAME("hall_light"), -EOPNOTSUPP, "its state is not known" },
    { "HassStopMoving", NAME("fan"), -EOPNOTSUPP, "the fan cannot be stopped" },
    { "HassTurnOn", NAME("old_lamp"), -EHOSTDOWN, "the old lamp does not answer at the moment" },
    { "HassTurnOn", AREA("Attic"), -EHOSTDOWN, "the old lamp does not answer" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("brightness", "101"), -EINVAL, "outside 0 to 100" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("brightness", "\"bright\""), -EINVAL, "a number is needed" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("color", "\"infrared\""), -EINVAL, "'infrared' is not known" },
    { "HassLightSet", NAME("kitchen_light") "," NUMBER("color", "12"), -EINVAL, "the color" },
    { "HassLightSet", NAME("kitchen_light"), -EBADMSG, "HassLightSet needs its brightness" },
    { "HassClimateSetTemperature", NUMBER("temperature", "80"), -EINVAL, "outside 5 to 35" },
    { "HassMakeCoffee", NAME("kitchen_light"), -EBADMSG, "HassMakeCoffee" },
};
/* clang-format on */

struct fixture {
    struct devices *devices;
    struct device_state states[HOUSE_N];
};

static int setup(void **state)
{
    static struct fixture f;
    AUTO(yaml_freep) struct yaml *tree = NULL;

    memset(&f, 0, sizeof(f));
    if (yaml_parse(&tree, "d.yaml", house, sizeof(house) - 1, NULL) < 0 ||
        devices_read(&f.devices, tree, "d.yaml", NULL, NULL) < 0)
        return -1;
    f.states[KITCHEN_LIGHT] = (struct device_state){ .known = 1u << PROP_POWER, .on = true };
    f.states[FAN] = (struct device_state){ .known = 1u << PROP_POWER, .on = true, .stale = true };
    f.states[OLD_LAMP] = (struct device_state){ .known = 1u << PROP_ONLINE, .online = false };
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    devices_free(f->devices);
    return 0;
}

static void say(struct str *out, const struct plan *p)
{
    for (size_t i = 0; i < p->steps_n; i++) {
        const struct act_step *s = &p->steps[i];
        const char *topic = NULL;
        AUTO_FREE char *payload = NULL;

        str_add(out, i > 0 ? "|" : "");
        if (s->command == ACT_NONE) {
            str_addf(out, "?%s", s->device->id);
            continue;
        }
        assert_int_equal(mqtt_command(&topic, &payload, s, NULL), 0);
        str_addf(out, "%s %s", topic, payload);
    }
    for (size_t i = 0; i < p->missed_n; i++)
        str_addf(out, "|-%s %s", p->missed[i].device->id, p->missed[i].why);
}

static void plans(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(f->devices->n, HOUSE_N);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(plan_done) struct plan a = { .steps = NULL };
        AUTO_JSON *request = NULL;
        AUTO_STR text = STR_INIT, got = STR_INIT;
        struct err e = ERR_INIT;
        int r;

        str_addf(&text, "{\"intent\":\"%s\",\"slots\":{%s}}", cases[i].intent, cases[i].slots);
        assert_int_equal(json_parse(&request, text.data, text.len, &e), 0);
        r = plan_make(&a, f->devices, f->states, request, false, &e);
        if (r != cases[i].want)
            fail_msg("%s: %d, not %d: %s", text.data, r, cases[i].want, err_text(&e));
        if (r < 0) {
            assert_null(a.steps);
            if (!strstr(err_text(&e), cases[i].text))
                fail_msg("%s: \"%s\"", text.data, err_text(&e));
            continue;
        }
        say(&got, &a);
        assert_string_equal(str_text(&got), cases[i].text);
    }
}

/* Requests that no intent part would make, and an empty house. */
static void hostile(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "\"HassTurnOn\"",
        "{\"intent\":5}",
        "{\"intent\":\"HassTurnOn\",\"slots\":7}",
        "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":[]}}",
        "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"value\":{}},\"area\":{\"value\":3}}}",
    };
    const struct devices none = { .list = NULL };

    (void)state;
    for (size_t i = 0; i < N_OF(texts); i++) {
        struct plan a = { .steps = NULL };
        AUTO_JSON *request = NULL;

        assert_int_equal(json_parse(&request, texts[i], strlen(texts[i]), NULL), 0);
        assert_true(plan_make(&a, &none, NULL, request, true, NULL) < 0);
        assert_null(a.steps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(plans), cmocka_unit_test(hostile) };

    return cmocka_run_group_tests(tests, setup, teardown);
}
