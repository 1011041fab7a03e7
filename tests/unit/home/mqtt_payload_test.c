/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/mqtt_payload_test.c - published bytes -> state, and its JSON there and back. */
#include "home/mqtt_payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char house[] =
    "devices:\n"
    "  - {name: home, kind: light, via: home, topic: a, color: true}\n"
    "  - {name: plain, kind: light, command_topic: c, state_topic: a, state_on: AN, state_off: AUS}\n"
    "  - {name: z2m, kind: light, via: zigbee2mqtt, topic: z}\n"
    "  - {name: cover, kind: cover, via: zigbee2mqtt, topic: c}\n"
    "  - {name: climate, kind: climate, via: home, topic: t}\n"
    "  - {name: sensor, kind: sensor, state_topic: s, unit: '°C'}\n"
    "  - {name: deep, kind: sensor, state_topic: s, state_key: StatusSNS.AM2301.Temperature}\n"
    "  - {name: shelly, kind: switch, via: shelly, topic: s}\n"
    "  - {name: awning, kind: cover, via: shelly, topic: s}\n"
    "  - {name: dimmer, kind: light, via: tasmota, topic: d}\n"
    "  - {name: roller, kind: cover, via: tasmota, topic: r}\n"
    "  - {name: strip, kind: light, via: esphome, topic: n/strip, color: true}\n"
    "  - {name: valve, kind: climate, via: zigbee2mqtt, topic: v}\n"
    "  - {name: front, kind: binary_sensor, class: door, via: zigbee2mqtt, topic: f}\n"
    "  - {name: leak, kind: binary_sensor, class: moisture, via: zigbee2mqtt, topic: l}\n"
    "  - {name: hall, kind: binary_sensor, class: motion, via: esphome, topic: n/hall}\n"
    "  - {name: bolt, kind: lock, via: zigbee2mqtt, topic: b}\n"
    "  - {name: contact, kind: sensor, state_topic: k, state_key: contact}\n"
    "  - {name: heater, kind: climate, via: esphome, topic: n/heater}\n";

static struct devices *load_house(void)
{
    AUTO(yaml_freep) struct yaml *tree = NULL;
    struct devices *d = NULL;
    struct err e = ERR_INIT;

    if (yaml_parse(&tree, "d.yaml", house, sizeof(house) - 1, &e) < 0 ||
        devices_read(&d, tree, "d.yaml", NULL, &e) < 0)
        fail_msg("%s", err_text(&e));
    assert_int_equal(d->n, 19);
    return d;
}

/* All that the device's topic tells. */
static struct payload_form form_of(const struct devices *d, const char *name, const char *topic)
{
    struct payload_form f = { .device = devices_find(d, name) };
    const struct mqtt_device *m;

    if (!f.device)
        fail_msg("no %s", name);
    m = mqtt_device_of(f.device);
    for (size_t i = 0; i < m->reports_n; i++)
        if (strcmp(m->reports[i].topic, topic) == 0)
            f.report[f.n++] = &m->reports[i];
    if (f.n == 0)
        fail_msg("%s does not listen to %s", name, topic);
    return f;
}

/* clang-format off */
static const struct {
    const char *device, *topic, *payload;
    int want;
    const char *json; /* the state, or the words of the error */
} cases[] = {
    { "home", "home/light/a", "{\"power\":\"on\",\"brightness\":200}", 0,
      "{\"state\":\"on\",\"brightness\":78,\"summary\":\"on, 78 %\"}" },
    { "home", "home/light/a", "{\"power\":false}", 0, "{\"state\":\"off\",\"summary\":\"off\"}" },
    { "home", "home/light/a", "{\"power\":1,\"brightness\":1}", 0,
      "{\"state\":\"on\",\"brightness\":1,\"summary\":\"on, 1 %\"}" },
    { "home", "home/light/a", "{\"color\":\"#FF8000\"}", 0, "{\"color\":\"#ff8000\"}" },
    { "home", "home/light/a", "{\"color\":{\"r\":1,\"g\":2,\"b\":255}}", 0, "{\"color\":\"#0102ff\"}" },
    { "home", "home/light/a", "{\"brightness\":null}", -ENOENT, "" },
    { "home", "home/light/a", "{\"other\":1}", -ENOENT, "" },
    { "home", "home/light/a", "", -ENOENT, "" },
    { "home", "home/light/a", " \n", -ENOENT, "" },
    { "home", "home/light/a", "on", -EBADMSG, "no JSON object; the key 'power'" },
    { "home", "home/light/a", "{\"power\":", -EBADMSG, "payload" },
    { "home", "home/light/a", "{\"power\":\"on\"}x", -EBADMSG, "payload" },
    { "home", "home/light/a", "{\"power\":\"on\",\"brightness\":256}", 0,
      "{\"state\":\"on\",\"brightness\":100,\"summary\":\"on, 100 %\"}" },
    /* a value that does not please costs itself alone */
    { "home", "home/light/a", "{\"power\":\"on\",\"brightness\":-1}", 1, "{\"state\":\"on\",\"summary\":\"on\"}" },
    { "home", "home/light/a", "{\"power\":\"on\",\"brightness\":4000}", 1, "{\"state\":\"on\",\"summary\":\"on\"}" },
    { "home", "home/light/a", "{\"power\":\"on\",\"brightness\":\"hell\"}", 1, "{\"state\":\"on\",\"summary\":\"on\"}" },
    { "home", "home/light/a", "{\"power\":{},\"brightness\":51}", 1, "{\"brightness\":20,\"summary\":\"20 %\"}" },
    { "home", "home/light/a", "{\"brightness\":\"hell\"}", -EBADMSG, "'hell' is no number" },
    { "home", "home/light/a", "{\"brightness\":300}", -ERANGE, "300 is outside 0..255" },
    { "home", "home/light/a", "{\"power\":\"on\",\"brightness\":1e999}", -EBADMSG, "too large" },
    { "home", "home/light/a", "{\"color\":{\"r\":1,\"g\":2,\"b\":256}}", -EBADMSG, "color" },
    { "home", "home/light/a", "{\"color\":\"#12345\"}", -EBADMSG, "color" },
    { "home", "home/light/a", "{\"power\":[1]}", -EBADMSG, "neither on nor off" },
    { "plain", "a", "AN", 0, "{\"state\":\"on\",\"summary\":\"on\"}" },
    { "plain", "a", "AUS", 0, "{\"state\":\"off\",\"summary\":\"off\"}" },
    { "plain", "a", "ON\n", 0, "{\"state\":\"on\",\"summary\":\"on\"}" },
    { "plain", "a", "true", 0, "{\"state\":\"on\",\"summary\":\"on\"}" },
    { "plain", "a", "0", 0, "{\"state\":\"off\",\"summary\":\"off\"}" },
    { "plain", "a", "maybe", -EBADMSG, "'maybe' is neither on nor off" },
    { "plain", "a", "\xff\xfe", -EBADMSG, "not UTF-8" },
    { "z2m", "zigbee2mqtt/z", "{\"state\":\"ON\",\"brightness\":254,\"linkquality\":90}", 0,
      "{\"state\":\"on\",\"brightness\":100,\"summary\":\"on, 100 %\"}" },
    { "z2m", "zigbee2mqtt/z/availability", "{\"state\":\"offline\"}", 0,
      "{\"available\":false,\"summary\":\"not reachable\"}" },
    { "z2m", "zigbee2mqtt/z/availability", "online", 0, "{\"available\":true}" },
    { "cover", "zigbee2mqtt/c", "{\"state\":\"OPEN\",\"position\":40}", 0,
      "{\"state\":\"open\",\"position\":40,\"summary\":\"open, 40 %\"}" },
    { "cover", "zigbee2mqtt/c", "{\"state\":\"STOP\"}", -ENOENT, "" },
    { "cover", "zigbee2mqtt/c", "{\"state\":\"STOP\",\"position\":7}", 0, 
      "{\"state\":\"open\",\"position\":7,\"summary\":\"open, 7 %\"}" },
    { "climate", "home/climate/t", "{\"temperature\":20.5,\"current_temperature\":19.25}", 0,
      "{\"target\":20.5,\"temperature\":19.25,\"summary\":\"19.25°, set to 20.5°\"}" },
    { "sensor", "s", "21.5", 0, "{\"state\":21.5,\"unit\":\"°C\",\"summary\":\"21.5 °C\"}" },
    { "sensor", "s", "-3", 0, "{\"state\":-3,\"unit\":\"°C\",\"summary\":\"-3 °C\"}" },
    { "sensor", "s", "detected", 0, "{\"state\":\"detected\",\"summary\":\"detected\"}" },
    { "sensor", "s", "nan", -ERANGE, "not a usable number" },
    { "sensor", "s", "0123456789012345678901234567890123456789012345678901234567890123456789", -ERANGE, "" },
    { "deep", "s", "{\"StatusSNS\":{\"AM2301\":{\"Temperature\":4.5}}}", 0, "{\"state\":4.5,\"summary\":\"4.5\"}" },
    { "deep", "s", "{\"StatusSNS\":[1,2]}", -ENOENT, "" },
    { "shelly", "s/status/switch:0", "{\"id\":0,\"output\":true}", 0, "{\"state\":\"on\",\"summary\":\"on\"}" },
    { "shelly", "s/events/rpc",
      "{\"src\":\"s\",\"method\":\"NotifyStatus\",\"params\":{\"ts\":1.5,\"switch:0\":{\"id\":0,\"output\":false}}}", 0,
      "{\"state\":\"off\",\"summary\":\"off\"}" },
    { "shelly", "s/events/rpc", "{\"method\":\"NotifyEvent\",\"params\":{\"events\":[]}}", -ENOENT, "" },
    { "awning", "s/status/cover:0", "{\"state\":\"closing\",\"current_pos\":80}", 0,
      "{\"state\":\"open\",\"position\":80,\"summary\":\"open, 80 %\"}" },
    { "awning", "s/status/cover:0", "{\"state\":\"stopped\",\"current_pos\":0}", 0,
      "{\"state\":\"closed\",\"position\":0,\"summary\":\"closed, 0 %\"}" },
    { "awning", "s/status/cover:0", "{\"state\":\"closing\"}", 0, "{\"state\":\"open\",\"summary\":\"open\"}" },
    { "awning", "s/status/cover:0", "{\"state\":\"closed\",\"current_pos\":null}", 0,
      "{\"state\":\"closed\",\"summary\":\"closed\"}" },
    { "roller", "stat/r/RESULT", "{\"Shutter1\":{\"Position\":62,\"Direction\":0}}", 0,
      "{\"state\":\"open\",\"position\":62,\"summary\":\"open, 62 %\"}" },
    { "roller", "tele/r/SENSOR", "{\"Time\":\"x\",\"Shutter1\":{\"Position\":0}}", 0,
      "{\"state\":\"closed\",\"position\":0,\"summary\":\"closed, 0 %\"}" },
    { "dimmer", "stat/d/RESULT", "{\"POWER\":\"ON\",\"Dimmer\":73,\"Color\":\"BABABA\"}", 0,
      "{\"state\":\"on\",\"brightness\":73,\"summary\":\"on, 73 %\"}" },
    { "dimmer", "tele/d/STATE", "{\"Time\":\"x\",\"POWER1\":\"OFF\",\"Dimmer\":20,\"CT\":250}", 0,
      "{\"state\":\"off\",\"brightness\":20,\"color_temp\":4000,\"summary\":\"off\"}" },
    { "strip", "n/light/strip/state", "{\"state\":\"ON\",\"brightness\":128,\"color\":{}}", 0,
      "{\"state\":\"on\",\"brightness\":50,\"summary\":\"on, 50 %\"}" },
    { "strip", "n/light/strip/state", "{\"state\":\"ON\",\"color\":{\"c\":40,\"w\":200},\"color_temp\":370}", 0,
      "{\"state\":\"on\",\"color_temp\":2703,\"summary\":\"on\"}" },
    { "valve", "zigbee2mqtt/v", "{\"local_temperature\":20.25,\"occupied_heating_setpoint\":22.5,\"system_mode\":\"emergency_heating\"}", 0,
      "{\"state\":\"on\",\"mode\":\"emergency_heating\",\"target\":22.5,\"temperature\":20.25,"
      "\"summary\":\"on, 20.25°, set to 22.5°\"}" },
    { "valve", "zigbee2mqtt/v", "{\"system_mode\":\"off\"}", 0, "{\"state\":\"off\",\"summary\":\"off\"}" },
    { "valve", "zigbee2mqtt/v", "{\"current_heating_setpoint\":22,\"heating\":null,\"system_mode\":\"auto\"}", 0,
      "{\"state\":\"on\",\"mode\":\"auto\",\"target\":22,\"summary\":\"on, set to 22°\"}" },
    { "heater", "n/climate/heater/mode/state", "heat_cool", 0, "{\"state\":\"on\",\"mode\":\"heat_cool\",\"summary\":\"on\"}" },
    { "front", "zigbee2mqtt/f", "{\"contact\":true,\"battery\":90}", 0, "{\"state\":\"closed\",\"summary\":\"closed\"}" },
    { "front", "zigbee2mqtt/f", "{\"contact\":false}", 0, "{\"state\":\"open\",\"summary\":\"open\"}" },
    { "contact", "k", "{\"contact\":true}", 0, "{\"state\":\"closed\",\"summary\":\"closed\"}" },
    { "leak", "zigbee2mqtt/l", "{\"water_leak\":true}", 0, "{\"state\":\"wet\",\"summary\":\"wet\"}" },
    { "leak", "zigbee2mqtt/l", "{\"water_leak\":false}", 0, "{\"state\":\"dry\",\"summary\":\"dry\"}" },
    { "hall", "n/binary_sensor/hall/state", "ON", 0, "{\"state\":\"detected\",\"summary\":\"detected\"}" },
    { "bolt", "zigbee2mqtt/b", "{\"state\":\"LOCK\"}", 0, "{\"state\":\"locked\",\"summary\":\"locked\"}" },
    { "bolt", "zigbee2mqtt/b", "{\"state\":\"UNLOCK\",\"lock_state\":\"not_fully_locked\"}", 0,
      "{\"state\":\"unlocked\",\"summary\":\"unlocked\"}" },
    { "shelly", "s/online", "false", 0, "{\"available\":false,\"summary\":\"not reachable\"}" },
};
/* clang-format on */

static void parses(void **state)
{
    AUTO(devices_freep) struct devices *d = load_house();

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        const struct payload_form f = form_of(d, cases[i].device, cases[i].topic);
        struct device_state s = { .known = 0 }, before = s;
        struct err e = ERR_INIT;
        int r = payload_parse(&s, &f, cases[i].payload, strlen(cases[i].payload), &e);

        if (r != cases[i].want)
            fail_msg("%s: %d, not %d: %s", cases[i].payload, r, cases[i].want, err_text(&e));
        if (r < 0) {
            assert_true(state_is_same(&s, &before));
            if (r != -ENOENT && !strstr(err_text(&e), cases[i].json))
                fail_msg("%s: %s", cases[i].payload, err_text(&e));
        } else {
            AUTO_JSON *j = state_json(&s, f.device);
            AUTO_FREE char *text = json_text(j);

            assert_string_equal(text, cases[i].json);
        }
    }
}

/* A partial report leaves the rest, and clears the mark of age. */
static void partial(void **state)
{
    AUTO(devices_freep) struct devices *d = load_house();
    const struct payload_form f = form_of(d, "home", "home/light/a");
    struct device_state s = { .known = 1u << PROP_POWER, .on = true, .stale = true };

    (void)state;
    assert_int_equal(payload_parse(&s, &f, "{\"brightness\":51}", 17, NULL), 0);
    assert_true(s.on);
    assert_int_equal(s.brightness_percent, 20);
    assert_false(s.stale);
}

static void too_large(void **state)
{
    AUTO(devices_freep) struct devices *d = load_house();
    const struct payload_form f = form_of(d, "sensor", "s");
    AUTO_FREE char *big = malloc(PAYLOAD_BYTES_MAX + 1);
    struct device_state s = { .known = 0 };
    struct err e = ERR_INIT;

    (void)state;
    assert_non_null(big);
    memset(big, '1', PAYLOAD_BYTES_MAX + 1);
    assert_int_equal(payload_parse(&s, &f, big, PAYLOAD_BYTES_MAX + 1, &e), -EMSGSIZE);
    assert_int_equal(payload_parse(&s, &f, "a\0b", 3, &e), -EBADMSG);
    assert_int_equal(s.known, 0);
}

/* What state_json() writes, state_keep() reads; and it does not trust it. */
static void kept(void **state)
{
    static const struct {
        const char *device, *json;
        unsigned want; /* known */
    } rows[] = {
        { "home", "{\"state\":\"on\",\"brightness\":78,\"color\":\"#ff8000\"}",
          1u << PROP_POWER | 1u << PROP_BRIGHTNESS | 1u << PROP_COLOR },
        { "cover", "{\"state\":\"closed\",\"position\":0}",
          1u << PROP_POWER | 1u << PROP_POSITION },
        { "climate", "{\"target\":20,\"temperature\":19}",
          1u << PROP_TARGET | 1u << PROP_MEASURED },
        { "sensor", "{\"state\":21.5}", 1u << PROP_MEASURED },
        { "sensor", "{\"state\":\"open\"}", 1u << PROP_MEASURED },
        { "home", "{\"state\":\"open\",\"brightness\":101,\"color\":\"#ff\",\"position\":\"x\"}",
          0 },
        { "home", "[1]", 0 },
        { "home", "\"on\"", 0 },
    };
    AUTO(devices_freep) struct devices *d = load_house();

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct device *dev = devices_find(d, rows[i].device);
        AUTO_JSON *in = NULL, *out = NULL;
        struct device_state s = { .known = 0 };
        const cJSON *item;

        assert_int_equal(json_parse(&in, rows[i].json, strlen(rows[i].json), NULL), 0);
        state_keep(&s, in, dev);
        if (s.known != rows[i].want || s.stale != (s.known != 0))
            fail_msg("%s: known %x, not %x", rows[i].json, s.known, rows[i].want);
        out = state_json(&s, dev);
        for (item = s.known ? in->child : NULL; item; item = item->next)
            assert_true(cJSON_Compare(item, cJSON_GetObjectItem(out, item->string), true));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(partial),
        cmocka_unit_test(too_large),
        cmocka_unit_test(kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
