/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/plan_safety_test.c - the safety list (docs/safety.md): what sentences reach, and
 * steps that never go the wrong way. */
#include "home/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char house[] =
    "devices:\n"
    "  - {name: Blinds, area: Living room, kind: cover, class: blind, via: zigbee2mqtt, topic: b}\n"
    "  - {name: Curtain, area: Living room, kind: cover, class: curtain, via: zigbee2mqtt, topic: c}\n"
    "  - {name: Something, area: Living room, kind: cover, via: zigbee2mqtt, topic: s}\n"
    "  - {name: Garage door, area: Garage, kind: cover, via: zigbee2mqtt, topic: g}\n"
    "  - {name: Hoftor, area: Garden, kind: cover, via: zigbee2mqtt, topic: h}\n"
    "  - {name: Skylight, area: Attic, kind: cover, class: window, via: zigbee2mqtt, topic: w}\n"
    "  - {name: Front door, area: Hall, kind: lock, via: zigbee2mqtt, topic: l}\n"
    "  - {name: Back door, area: Kitchen, kind: lock, via: zigbee2mqtt, topic: k}\n"
    "  - {name: Door contact, area: Hall, kind: binary_sensor, class: door, via: zigbee2mqtt, topic: d}\n"
    "  - {name: Lamp, area: Kitchen, kind: light, via: zigbee2mqtt, topic: la, color: true}\n"
    "  - {name: Spot, area: Kitchen, kind: light, via: zigbee2mqtt, topic: sp}\n"
    "  - {name: Plain, area: Hall, kind: light, command_topic: p}\n"
    "  - {name: Boiler, area: Kitchen, kind: switch, via: zigbee2mqtt, topic: bo}\n"
    "  - {name: Party, kind: scene, command_topic: party}\n"
    "  - {name: Heating, area: Hall, kind: climate, via: zigbee2mqtt, topic: t}\n"
    "  - {name: Radiator, area: Kitchen, kind: climate, via: zigbee2mqtt, topic: r}\n"
    "  - {name: Outside, area: Garden, kind: sensor, state_topic: o, unit: '°C'}\n"
    "  - {name: Guests, kind: switch, via: virtual}\n";

#define NAME(n)    "\"name\":{\"value\":\"" n "\",\"text\":\"" n "\"}"
#define ALL        NAME("all")
#define AREA(a)    "\"area\":{\"value\":\"" a "\",\"text\":\"" a "\"}"
#define HERE(a)    "\"area\":{\"value\":\"" a "\",\"text\":\"\"}"
#define DOMAIN(d)  "\"domain\":\"" d "\""
#define CLASS(c)   "\"device_class\":" c
#define ONE(c)     DOMAIN("cover") "," CLASS("\"" c "\"") ",\"single\":true"
#define ASK(i, s)  "{\"intent\":\"Hass" i "\",\"slots\":{" s "}}"
#define SURE(i, s) "{\"confirmed\":true,\"intent\":\"Hass" i "\",\"slots\":{" s "}}"

/* clang-format off */
static const struct {
    const char *request;
    bool is_spoken;
    int want;
    const char *text; /* "id command ..." of the steps; or words */
} reaches[] = {
    /* what opens the house is reached by no collective sentence */
    { ASK("TurnOn", ALL "," DOMAIN("cover")), false, 0, "blinds open, curtain open, something open" },
    { ASK("TurnOn", DOMAIN("cover")), true, 0, "blinds open, curtain open, something open" },
    { ASK("TurnOff", DOMAIN("cover")), true, 0, "blinds close, curtain close, something close" },
    { ASK("TurnOn", ALL "," DOMAIN("cover") "," CLASS("\"blind\"")), true, 0, "blinds open, something open" },
    { ASK("TurnOn", CLASS("[\"blind\",\"curtain\"]")), true, 0, "blinds open, curtain open, something open" },
    { ASK("TurnOn", CLASS("\"awning\"")), true, 0, "something open" },
    { ASK("TurnOn", AREA("Garage") "," DOMAIN("cover")), true, -EPERM, "only by their own name" },
    { ASK("TurnOn", AREA("Garage") "," DOMAIN("cover") "," CLASS("\"garage\"")), true, -EPERM, "own name" },
    { ASK("TurnOff", CLASS("[\"garage\",\"gate\"]")), false, -EPERM, "own name" },
    { ASK("SetPosition", DOMAIN("cover") ",\"position\":50"), true, 0,
      "blinds position 50, curtain position 50, something position 50" },
    { ASK("Toggle", DOMAIN("cover")), true, -EOPNOTSUPP, "cannot be toggled" },
    { ASK("TurnOff", DOMAIN("lock")), true, -EPERM, "own name" },
    { ASK("TurnOff", "\"domain\":[\"lock\",\"cover\"]"), true, 0, "blinds close, curtain close, something close" },
    { ASK("Toggle", DOMAIN("lock")), true, -EPERM, "own name" },
    /* ... but to stop and to lock */
    { ASK("StopMoving", ""), true, 0,
      "blinds stop, curtain stop, something stop, garage_door stop, hoftor stop, skylight stop" },
    { ASK("TurnOn", DOMAIN("lock")), true, 0, "front_door lock, back_door lock" },
    { ASK("GetState", CLASS("\"door\"")), true, 0, "door_contact none" },
    { ASK("GetState", DOMAIN("lock")), true, 0, "front_door none, back_door none" },

    /* "the garage": the only one of its class is as good as named; never two, never another class */
    { ASK("TurnOn", ONE("garage")), true, -ENOKEY, "the garage door is moved only after a confirmation" },
    { SURE("TurnOn", ONE("garage")), true, 0, "garage_door open" },
    { ASK("TurnOff", ONE("garage")), true, -ENOKEY, "confirmation" },
    { ASK("TurnOff", ONE("garage")), false, 0, "garage_door close" },
    { ASK("TurnOn", AREA("Garage") "," ONE("garage")), false, 0, "garage_door open" },
    { ASK("TurnOn", HERE("Kitchen") "," ONE("garage")), false, 0, "garage_door open" },
    { ASK("TurnOn", AREA("Kitchen") "," ONE("garage")), false, -ENOENT, "no garage in the kitchen" },
    { ASK("TurnOn", ONE("door")), false, -ENOENT, "no door in the house" },
    { ASK("TurnOn", ONE("awning") ",\"area\":\"\""), false, 0, "something open" },
    { ASK("TurnOn", DOMAIN("cover") ",\"single\":true"), true, 0, "blinds open, curtain open, something open" },
    { ASK("TurnOn", DOMAIN("lock") ",\"single\":true"), true, 0, "front_door lock, back_door lock" },
    { ASK("TurnOff", DOMAIN("lock") ",\"single\":true"), true, -EPERM, "own name" },
    { ASK("TurnOff", "\"single\":true"), true, -EBADMSG, "needs a device" },
    { ASK("TurnOff", DOMAIN("cover") "," CLASS("[\"garage\",\"gate\"]") ",\"single\":true"), false, -ENOTUNIQ, "more than one" },

    /* by its own name, after a confirmation where it may have been misheard */
    { ASK("TurnOn", NAME("garage_door")), true, -ENOKEY, "the garage door is moved only after a confirmation" },
    { SURE("TurnOn", NAME("garage_door")), true, 0, "garage_door open" },
    { ASK("TurnOn", NAME("garage_door")), false, 0, "garage_door open" },
    { ASK("TurnOff", NAME("hoftor")), true, -ENOKEY, "confirmation" },
    { ASK("SetPosition", NAME("skylight") ",\"position\":10"), true, -ENOKEY, "confirmation" },
    { ASK("TurnOff", NAME("front_door")), true, -ENOKEY, "confirmation" },
    { SURE("TurnOff", NAME("front_door")), true, 0, "front_door unlock" },
    { ASK("TurnOn", NAME("front_door")), true, 0, "front_door lock" },
    { ASK("StopMoving", NAME("garage_door")), true, 0, "garage_door stop" },
    { ASK("GetState", NAME("garage_door")), true, 0, "garage_door none" },
    { "{\"device\":\"garage_door\",\"command\":\"open\"}", true, -ENOKEY, "confirmation" },
    { "{\"device\":\"garage_door\",\"command\":\"open\"}", false, 0, "garage_door open" },

    /* everything */
    { ASK("TurnOn", ALL), true, 0, "lamp on, spot on, plain on" },
    { ASK("TurnOff", ALL), true, 0, "lamp off, spot off, plain off, boiler off, guests off" },
    { ASK("Toggle", ALL), true, 0, "lamp off, spot toggle|plain cannot" },
    { ASK("TurnOn", AREA("Kitchen")), true, 0, "lamp on, spot on" },
    { ASK("TurnOn", DOMAIN("switch")), true, 0, "boiler on, guests on" },
    { ASK("TurnOn", ""), true, -EBADMSG, "needs a device, a room or a kind" },
    { ASK("TurnOff", ""), true, -EBADMSG, "needs a device" },
    { ASK("LightSet", "\"brightness\":5"), true, -EBADMSG, "needs a device" },

    /* one thermostat: the room's, or the only one */
    { ASK("ClimateSetTemperature", "\"temperature\":21"), true, -ENOTUNIQ, "more than one thermostat: say the room" },
    { ASK("ClimateSetTemperature", "\"temperature_step\":1"), false, -ENOTUNIQ, "say the room" },
    { ASK("ClimateSetTemperature", HERE("Attic") ",\"temperature\":21"), true, -ENOTUNIQ, "say the room" },
    { ASK("ClimateSetTemperature", HERE("Hall") ",\"temperature\":21"), true, 0, "heating temperature 21" },
    { ASK("ClimateSetTemperature", ALL ",\"temperature\":21"), true, 0, "heating temperature 21, radiator temperature 21" },
    { ASK("ClimateSetTemperature", DOMAIN("climate") ",\"temperature\":21"), true, 0,
      "heating temperature 21, radiator temperature 21" },
    { ASK("ClimateGetTemperature", HERE("Attic")), true, -ENOTUNIQ, "say the room" }, /* not the garden's */
    { ASK("TurnOff", HERE("Attic") "," DOMAIN("light")), true, -ENOTUNIQ, "more than one light" },

    /* {device, command, value} */
    { "{\"device\":\"lamp\",\"command\":\"brightness\",\"value\":40}", false, 0, "lamp brightness 40" },
    { "{\"device\":\"lamp\",\"command\":\"color\",\"value\":\"#ff0000\"}", false, 0, "lamp color ff0000" },
    { "{\"device\":\"lamp\",\"command\":\"brightness\"}", false, -EINVAL, "a number is needed" },
    { "{\"device\":\"lamp\",\"command\":\"brightness\",\"value\":101}", false, -EINVAL, "outside 0 to 100" },
    { "{\"device\":\"lamp\",\"command\":\"explode\"}", false, -EBADMSG, "'explode' is none" },
    { "{\"device\":\"lamp\",\"command\":\"none\"}", false, -EBADMSG, "'none' is none" },
    { "{\"device\":\"Lamp\",\"command\":\"on\"}", false, -ENOENT, "no device called" }, /* the id, not the name */
    { "{\"device\":7,\"command\":\"on\"}", false, -ENOENT, "no device called" },
};

#define SET(n, s) ASK("LightSet", NAME(n) "," s)

static const struct {
    const char *request, *state; /* of the device, as it is kept, but fresh; "" unknown */
    bool is_stale;
    int want;
    const char *text;
} steps[] = {
    { SET("lamp", "\"brightness_step\":10"), "{\"state\":\"on\",\"brightness\":50}", false, 0, "lamp brightness 60" },
    { SET("lamp", "\"brightness_step\":-10"), "{\"state\":\"on\",\"brightness\":50}", false, 0, "lamp brightness 40" },
    { SET("lamp", "\"brightness_step\":-20"), "{\"state\":\"on\",\"brightness\":10}", false, 0, "lamp brightness 1" },
    { SET("lamp", "\"brightness_step\":-20"), "{\"state\":\"on\",\"brightness\":1}", false, 0, "lamp brightness 1" },
    { SET("lamp", "\"brightness_step\":20"), "{\"state\":\"on\",\"brightness\":95}", false, 0, "lamp brightness 100" },
    { SET("lamp", "\"brightness_step\":20"), "{\"state\":\"off\",\"brightness\":95}", false, 0, "lamp brightness 20" },
    { SET("lamp", "\"brightness_step\":-20"), "{\"state\":\"off\",\"brightness\":95}", false, -ENODATA, "is off" },
    { SET("lamp", "\"brightness_step\":-20"), "", false, -ENODATA, "has not told how bright" },
    { SET("lamp", "\"brightness_step\":20"), "{\"state\":\"on\"}", false, -ENODATA, "say a percentage" },
    { SET("lamp", "\"brightness_step\":20"), "{\"state\":\"on\",\"brightness\":50}", true, -ENODATA, "has not told" },
    { SET("plain", "\"brightness_step\":20"), "{\"state\":\"on\"}", false, -EOPNOTSUPP, "cannot be dimmed" },
    { SET("lamp", "\"brightness_step\":200"), "{\"state\":\"on\",\"brightness\":50}", false, -EINVAL, "outside" },
    { SET("lamp", "\"color_temp\":2700"), "{\"state\":\"on\",\"color_temp\":4000}", false, 0, "lamp color_temp 2700" },
    { SET("lamp", "\"color_temp\":2700"), "{\"state\":\"on\"}", false, 0, "lamp color ffa757" }, /* it has none: nearest */
    { SET("lamp", "\"color_temp\":1500"), "{\"color_temp\":4000}", false, 0, "lamp color_temp 2000" },
    { SET("plain", "\"color_temp\":2700"), "", false, -EOPNOTSUPP, "cannot change its color" },
    { SET("spot", "\"color\":\"white\""), "{\"color_temp\":2700}", false, 0, "spot color_temp 4000" },
    { SET("spot", "\"color\":\"red\""), "{\"color_temp\":2700}", false, -EOPNOTSUPP, "cannot change its color" },
    { SET("lamp", "\"color_temp_step\":-500"), "{\"color_temp\":3000}", false, 0, "lamp color_temp 2500" },
    { SET("lamp", "\"color_temp_step\":-500"), "{\"color_temp\":2100}", false, 0, "lamp color_temp 2000" },
    { SET("lamp", "\"color_temp_step\":500"), "{\"color_temp\":6400}", false, 0, "lamp color_temp 6500" },
    { SET("lamp", "\"color_temp_step\":500"), "{\"state\":\"on\"}", false, -EOPNOTSUPP, "cannot change its color" },
    { SET("lamp", "\"color_temp_step\":500"), "{\"color_temp\":3000}", true, -ENODATA, "how warm" },
    { ASK("SetPosition", NAME("blinds") ",\"position_step\":20"), "{\"position\":90}", false, 0, "blinds position 100" },
    { ASK("SetPosition", NAME("blinds") ",\"position_step\":-20"), "{\"position\":90}", false, 0, "blinds position 70" },
    { ASK("SetPosition", NAME("blinds") ",\"position_step\":-20"), "", false, -ENODATA, "how far it is open" },
    { ASK("ClimateSetTemperature", NAME("heating") ",\"temperature_step\":1.5"), "{\"target\":20}", false, 0,
      "heating temperature 21.5" },
    { ASK("ClimateSetTemperature", NAME("heating") ",\"temperature_step\":2"), "{\"target\":34.5}", false, 0,
      "heating temperature 35" },
    { ASK("ClimateSetTemperature", NAME("heating") ",\"temperature_step\":2"), "{\"target\":40}", false, 0,
      "heating temperature 40" }, /* beyond our range already: not down */
    { ASK("ClimateSetTemperature", NAME("heating") ",\"temperature_step\":1"), "", false, -ENODATA, "set to" },
    { ASK("Toggle", NAME("blinds")), "{\"state\":\"open\"}", false, 0, "blinds close" },
    { ASK("Toggle", NAME("blinds")), "{\"state\":\"open\"}", true, -EOPNOTSUPP, "its state is not known" },
    { ASK("Toggle", NAME("front_door")), "{\"state\":\"unlocked\"}", false, 0, "front_door lock" },
};
/* clang-format on */

static struct devices *devices;
static struct device_state *states;

static int setup(void **state)
{
    AUTO(yaml_freep) struct yaml *tree = NULL;

    (void)state;
    if (yaml_parse(&tree, "d.yaml", house, sizeof(house) - 1, NULL) < 0 ||
        devices_read(&devices, tree, "d.yaml", NULL, NULL) < 0)
        return -1;
    states = calloc(devices->n, sizeof(*states));
    return states ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    devices_free(devices);
    free(states);
    return 0;
}

static void say(struct str *out, const struct plan *p)
{
    for (size_t i = 0; i < p->steps_n; i++) {
        const struct act_step *s = &p->steps[i];

        str_addf(out, "%s%s %s", i > 0 ? ", " : "", s->device->id, act_command_name(s->command));
        if (s->command == ACT_COLOR)
            str_addf(out, " %06x", s->rgb);
        else if (s->command >= ACT_BRIGHTNESS)
            str_addf(out, " %g", s->number);
    }
}

static void expect(const char *request, bool is_spoken, int want, const char *text)
{
    AUTO(plan_done) struct plan p = { .steps = NULL };
    AUTO_JSON *j = NULL;
    AUTO_STR got = STR_INIT;
    struct err e = ERR_INIT;
    int r;

    assert_int_equal(json_parse(&j, request, strlen(request), &e), 0);
    r = plan_make(&p, devices, states, j, is_spoken, &e);
    if (r != want)
        fail_msg("%s: %d, not %d: %s", request, r, want, err_text(&e));
    say(&got, &p);
    if (r < 0 ? !strstr(err_text(&e), text)
              : strncmp(str_text(&got), text, strcspn(text, "|")) != 0)
        fail_msg("%s: \"%s\" \"%s\"", request, err_text(&e), str_text(&got));
    assert_true((r == 0 || r == -ENOKEY) == (p.steps_n > 0));
}

static void what_is_reached(void **state)
{
    (void)state;
    memset(states, 0, devices->n * sizeof(*states));
    states[devices_index(devices, devices_by_id(devices, "lamp"))] =
        (struct device_state){ .known = 1u << PROP_POWER, .on = true };
    for (size_t i = 0; i < N_OF(reaches); i++)
        expect(reaches[i].request, reaches[i].is_spoken, reaches[i].want, reaches[i].text);
}

static void steps_go_the_right_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(steps); i++) {
        const char *name = strstr(steps[i].request, "\"value\":\"") + 9;
        char id[64];
        const struct device *d;
        AUTO_JSON *j = NULL;

        snprintf(id, sizeof(id), "%.*s", (int)strcspn(name, "\""), name);
        d = devices_by_id(devices, id);
        assert_non_null(d);
        memset(states, 0, devices->n * sizeof(*states));
        if (steps[i].state[0] != '\0') {
            struct device_state *s = &states[devices_index(devices, d)];

            assert_int_equal(json_parse(&j, steps[i].state, strlen(steps[i].state), NULL), 0);
            state_keep(s, j, d);
            s->stale = steps[i].is_stale;
        }
        expect(steps[i].request, false, steps[i].want, steps[i].text);
    }
}

/* "Make it brighter" in a room: lamps that are off stay off, those that have not told are missed. */
static void several_at_once(void **state)
{
    static const char request[] = ASK("LightSet", AREA("Kitchen") ",\"brightness_step\":20");
    AUTO(plan_done) struct plan p = { .steps = NULL };
    AUTO_JSON *j = NULL;
    struct device_state *lamp = &states[devices_index(devices, devices_by_id(devices, "lamp"))];
    struct device_state *spot = &states[devices_index(devices, devices_by_id(devices, "spot"))];

    (void)state;
    memset(states, 0, devices->n * sizeof(*states));
    *lamp = (struct device_state){ .known = 1u << PROP_POWER | 1u << PROP_BRIGHTNESS,
                                   .on = true,
                                   .brightness_percent = 30 };
    *spot = (struct device_state){ .known = 1u << PROP_POWER };
    expect(request, true, 0, "lamp brightness 50");
    assert_int_equal(json_parse(&j, request, strlen(request), NULL), 0);
    assert_int_equal(plan_make(&p, devices, states, j, true, NULL), 0);
    assert_int_equal(p.missed_n, 1);
    assert_string_equal(p.missed[0].device->id, "spot");
    assert_string_equal(p.missed[0].why, "is off");
    assert_int_equal(p.missed[0].code, -EALREADY); /* nothing to tell: it was meant to stay so */
    *lamp = *spot; /* none shines: all of them */
    expect(request, true, 0, "lamp brightness 20, spot brightness 20");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_reached),
        cmocka_unit_test(steps_go_the_right_way),
        cmocka_unit_test(several_at_once),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
