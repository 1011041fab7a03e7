/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/devices_test.c - devices.yaml: presets, what is refused and with which words. */
#include "home/devices.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

struct told {
    struct str text;
    size_t n;
};

static void note(const char *text, void *user)
{
    struct told *t = user;

    str_addf(&t->text, "%s\n", text);
    t->n++;
}

static struct devices *read_text(const char *text, struct told *t)
{
    const struct devices_sink sink = { note, t };
    AUTO(yaml_freep) struct yaml *tree = NULL;
    struct devices *d = NULL;
    struct err e = ERR_INIT;

    if (yaml_parse(&tree, "d.yaml", text, strlen(text), &e) < 0)
        fail_msg("%s", err_text(&e));
    if (devices_read(&d, tree, "d.yaml", &sink, &e) < 0)
        fail_msg("%s", err_text(&e));
    return d;
}

#define LIGHT "devices:\n  - {name: Lamp, kind: light, area: Hall, via: "

static void presets(void **state)
{
    static const struct {
        const char *text;
        enum device_field field;
        const char *want; /* NULL: the device must not have it */
    } cases[] = {
        { LIGHT "home, topic: hall}\n", FIELD_COMMAND_TOPIC, "home/light/hall" },
        { LIGHT "home, topic: hall}\n", FIELD_ON, "{\"power\":\"on\"}" },
        { LIGHT "home, topic: hall}\n", FIELD_BRIGHTNESS_TOPIC, "home/light/hall" },
        { LIGHT "home, topic: hall}\n", FIELD_BRIGHTNESS_PAYLOAD,
          "{\"power\":\"on\",\"brightness\":{value}}" },
        { LIGHT "home, topic: hall}\n", FIELD_BRIGHTNESS_STATE_TOPIC, "home/light/hall" },
        { LIGHT "home, topic: hall}\n", FIELD_COLOR_PAYLOAD, NULL },
        { LIGHT "home, topic: hall, color: true}\n", FIELD_COLOR_PAYLOAD,
          "{\"power\":\"on\",\"color\":\"#{hex}\"}" },
        { LIGHT "home, topic: hall, dimmable: false}\n", FIELD_BRIGHTNESS_PAYLOAD, NULL },
        { LIGHT "zigbee2mqtt, topic: hall/lamp}\n", FIELD_COMMAND_TOPIC,
          "zigbee2mqtt/hall/lamp/set" },
        { LIGHT "zigbee2mqtt, topic: h, payload_on: '{\"state\":\"ON\",\"transition\":1}'}\n",
          FIELD_ON, "{\"state\":\"ON\",\"transition\":1}" },
        { LIGHT "tasmota, topic: t1}\n", FIELD_BRIGHTNESS_TOPIC, "cmnd/t1/Dimmer" },
        { LIGHT "tasmota, topic: t1}\n", FIELD_STATE_TOPIC, "stat/t1/POWER" },
        { LIGHT "shelly, topic: s1}\n", FIELD_COMMAND_TOPIC, "s1/rpc" },
        { LIGHT "esphome, topic: node1/lamp}\n", FIELD_COMMAND_TOPIC, "node1/light/lamp/command" },
        { LIGHT "esphome, topic: node1/lamp}\n", FIELD_ONLINE_TOPIC, "node1/status" },
        { "devices:\n  - {name: B, kind: cover, command_topic: b}\n", FIELD_ON, "OPEN" },
        { "devices:\n  - {name: B, kind: cover, command_topic: b, position_topic: b/p}\n",
          FIELD_POSITION_PAYLOAD, "{value}" },
        { "devices:\n  - {name: B, kind: cover, command_topic: b, payload_close: zu}\n", FIELD_OFF,
          "zu" },
        { "devices:\n  - {name: T, kind: climate, temperature_topic: t}\n", FIELD_TARGET_PAYLOAD,
          "{value}" },
        { "devices:\n  - {name: S, kind: sensor, state_topic: s, state_key: a.b}\n",
          FIELD_MEASURED_KEY, "a.b" },
        { "devices:\n  - {name: S, kind: sensor, via: home, topic: door/front}\n",
          FIELD_MEASURED_TOPIC, "home/door/front" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct told t = { STR_INIT, 0 };
        AUTO(devices_freep) struct devices *d = read_text(cases[i].text, &t);
        const char *got;

        if (d->n != 1 || t.n != 0)
            fail_msg("%s: %zu devices; %s", cases[i].text, d->n, str_text(&t.text));
        got = d->list[0].field[cases[i].field];
        if (!cases[i].want != !got || (got && strcmp(got, cases[i].want) != 0))
            fail_msg("%s: got %s, want %s", cases[i].text, got ? got : "(none)",
                     cases[i].want ? cases[i].want : "(none)");
        str_done(&t.text);
    }
}

/* Each faulty device stands between two good ones, which must load. */
static void faults(void **state)
{
    static const struct {
        const char *name, *device, *words;
    } cases[] = {
        { "no name", "{kind: light, command_topic: x}", "name: is missing" },
        { "blank name", "{name: ' ', kind: light, command_topic: x}", "name: is empty" },
        { "long name",
          "{name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, kind: light}",
          "longer than 64 bytes" },
        { "line break", "{name: \"a\\nb\", kind: light}", "control character" },
        { "no kind", "{name: X, command_topic: x}", "kind: is missing; choose light" },
        { "bad kind", "{name: X, kind: lamp}", "kind: lamp is unknown" },
        { "bad id", "{name: X, id: 'A B', kind: light, command_topic: x}", "may hold only a-z" },
        { "no id", "{name: 'Люстра', kind: light, command_topic: x}", "give one of a-z" },
        { "taken id", "{name: X, id: first, kind: light, command_topic: x}",
          "id: 'first' is taken by the device of line 2" },
        { "taken name", "{name: FIRST, id: x, kind: light, command_topic: x}",
          "name: 'FIRST' also names the device of line 2" },
        { "taken alias", "{name: X, aliases: [first], kind: light, command_topic: x}",
          "aliases: 'first' also names the device of line 2" },
        { "misspelt key", "{name: X, kind: light, comand_topic: x}",
          "comand_topic: no such key; did you mean command_topic?" },
        { "foreign key", "{name: X, kind: light, command_topic: x, whatsoever: 1}",
          "whatsoever: no such key; remove it" },
        { "key of another kind", "{name: X, kind: switch, command_topic: x, position_topic: y}",
          "position_topic: a switch has no such thing" },
        { "no command", "{name: X, kind: light}", "command_topic: is missing" },
        { "no temperature", "{name: X, kind: climate, command_topic: x}",
          "temperature_topic: is missing" },
        { "no state", "{name: X, kind: sensor}", "state_topic: is missing" },
        { "wildcard", "{name: X, kind: light, command_topic: 'a/#'}", "has a wildcard" },
        { "one-level wildcard", "{name: X, kind: light, command_topic: a, state_topic: 'a/+/b'}",
          "state_topic: 'a/+/b' has a wildcard" },
        { "wildcard in preset", "{name: X, kind: light, via: home, topic: '+'}", "has a wildcard" },
        { "broker's own", "{name: X, kind: light, command_topic: '$SYS/x'}",
          "belongs to the broker" },
        { "empty topic", "{name: X, kind: light, command_topic: ''}", "command_topic: is empty" },
        { "via without topic", "{name: X, kind: light, via: home}", "topic: is missing" },
        { "topic without via", "{name: X, kind: light, topic: x}", "topic: needs via" },
        { "unknown via", "{name: X, kind: light, via: hue, topic: x}",
          "via: hue is unknown; choose home" },
        { "via without the kind", "{name: X, kind: climate, via: tasmota, topic: x}",
          "via: tasmota has no climate" },
        { "esphome topic", "{name: X, kind: switch, via: esphome, topic: fan}",
          "needs 'node/object'" },
        { "payload as a map", "{name: X, kind: light, command_topic: x, payload_on: {a: b}}",
          "put JSON in quotes" },
        { "aliases no list", "{name: X, aliases: a, kind: light, command_topic: x}",
          "aliases: must be a list" },
        { "brightness range", "{name: X, kind: light, command_topic: x, brightness_max: 0}",
          "0 is outside 1..65535" },
        { "brightness text", "{name: X, kind: light, command_topic: x, brightness_max: full}",
          "'full' is not a number" },
        { "bad bool", "{name: X, kind: light, via: home, topic: x, dimmable: maybe}",
          "dimmable: 'maybe' is neither true nor false" },
        { "no map", "just words", "must be a list of keys" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct told t = { STR_INIT, 0 };
        AUTO_STR text = STR_INIT;
        AUTO(devices_freep) struct devices *d = NULL;

        str_addf(&text,
                 "devices:\n  - {name: First, kind: light, command_topic: f}\n  - %s\n"
                 "  - {name: Last, kind: light, command_topic: l}\n",
                 cases[i].device);
        d = read_text(text.data, &t);
        if (d->n != 2 || t.n != 1 || !strstr(str_text(&t.text), cases[i].words) ||
            !str_starts(str_text(&t.text), "d.yaml line 3: "))
            fail_msg("%s: %zu devices, %zu complaints: %s", cases[i].name, d->n, t.n,
                     str_text(&t.text));
        assert_string_equal(d->list[1].id, "last");
        str_done(&t.text);
    }
}

static void refused_whole(void **state)
{
    static const struct {
        const char *text, *words;
        int want;
    } cases[] = {
        { "- a\n", "one key: 'devices:'", -EINVAL },
        { "lights: []\n", "one key: 'devices:'", -EINVAL },
        { "devices: {a: b}\n", "must be a list", -EINVAL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(yaml_freep) struct yaml *tree = NULL;
        struct devices *d = NULL;
        struct err e = ERR_INIT;

        assert_int_equal(yaml_parse(&tree, "d.yaml", cases[i].text, strlen(cases[i].text), &e), 0);
        assert_int_equal(devices_read(&d, tree, "d.yaml", NULL, &e), cases[i].want);
        assert_null(d);
        assert_non_null(strstr(err_text(&e), cases[i].words));
    }
}

static void empty_files(void **state)
{
    static const char *const texts[] = { "", "# nothing yet\n", "devices:\n", "devices: []\n" };

    (void)state;
    for (size_t i = 0; i < N_OF(texts); i++) {
        struct told t = { STR_INIT, 0 };
        AUTO(devices_freep) struct devices *d = read_text(texts[i], &t);

        assert_int_equal(d->n, 0);
        assert_int_equal(t.n, 0);
    }
}

static void limits(void **state)
{
    AUTO_STR text = STR_INIT;
    AUTO(yaml_freep) struct yaml *tree = NULL;
    AUTO(yaml_freep) struct yaml *larger = NULL;
    AUTO(devices_freep) struct devices *d = NULL;
    struct devices *none = NULL;
    struct err e = ERR_INIT;

    (void)state;
    str_add(&text, "devices:\n");
    for (int i = 0; i < DEVICES_MAX; i++)
        str_addf(&text, "- {name: lamp %d, kind: light, via: home, topic: t%d}\n", i, i);
    assert_int_equal(yaml_parse(&tree, "d.yaml", text.data, text.len, &e), 0);
    assert_int_equal(devices_read(&d, tree, "d.yaml", NULL, &e), 0);
    assert_int_equal(d->n, DEVICES_MAX);
    str_add(&text, "- {name: one more, kind: light, via: home, topic: m}\n");
    assert_int_equal(yaml_parse(&larger, "d.yaml", text.data, text.len, &e), 0);
    assert_int_equal(devices_read(&none, larger, "d.yaml", NULL, &e), -E2BIG);
    assert_null(none);
    assert_non_null(strstr(err_text(&e), "at most 500"));
}

static void lookup(void **state)
{
    struct told t = { STR_INIT, 0 };
    AUTO(devices_freep)
    struct devices *d = read_text(
        "devices:\n"
        "  - {name: Kitchen light, aliases: [big-lamp], kind: light, via: home, topic: k}\n"
        "  - {name: Fan, kind: switch, command_topic: f, state_topic: shared}\n"
        "  - {name: Pump, kind: switch, command_topic: p, state_topic: shared}\n",
        &t);
    const struct device_report *rows = NULL;

    (void)state;
    assert_string_equal(devices_find(d, "kitchen_light")->name, "Kitchen light");
    assert_string_equal(devices_find(d, "KITCHEN LIGHT")->name, "Kitchen light");
    assert_string_equal(devices_find(d, "Big lamp")->name, "Kitchen light");
    assert_null(devices_find(d, "kitchen"));
    assert_null(devices_find(d, ""));
    assert_int_equal(devices_reports(&rows, d, "shared"), 2);
    assert_int_equal(rows[0].device, 1);
    assert_int_equal(rows[1].device, 2);
    assert_int_equal(devices_reports(&rows, d, "home/light/k"), 3); /* power, brightness, color */
    assert_int_equal(devices_reports(&rows, d, "home/light"), 0);
    assert_int_equal(devices_reports(&rows, d, "zzz"), 0);
}

/* What is shipped must load whole: it is the demo home. */
static void shipped_example(void **state)
{
    struct told t = { STR_INIT, 0 };
    const struct devices_sink sink = { note, &t };
    AUTO(devices_freep) struct devices *d = NULL;
    struct err e = ERR_INIT;
    unsigned kinds = 0;

    (void)state;
    if (devices_load(&d, "rootfs-overlay/etc/jarvis/devices.yaml", &sink, &e) < 0)
        fail_msg("%s", err_text(&e));
    if (t.n != 0)
        fail_msg("%s", str_text(&t.text));
    for (size_t i = 0; i < d->n; i++)
        kinds |= 1u << d->list[i].kind;
    assert_int_equal(kinds, IS_ANY & ~(IS_BINARY_SENSOR | IS_LOCK));
    assert_non_null(devices_find(d, "kitchen_light"));
}

static void missing_file(void **state)
{
    struct devices *d = NULL;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(devices_load(&d, "/nonexistent/devices.yaml", NULL, &e), -ENOENT);
    assert_null(d);
    assert_non_null(strstr(err_text(&e), "/nonexistent/devices.yaml is missing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets),         cmocka_unit_test(faults),
        cmocka_unit_test(refused_whole),   cmocka_unit_test(empty_files),
        cmocka_unit_test(limits),          cmocka_unit_test(lookup),
        cmocka_unit_test(shipped_example), cmocka_unit_test(missing_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
