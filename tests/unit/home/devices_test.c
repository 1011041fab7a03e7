/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/devices_test.c - devices.yaml: presets, what is refused and with which words. */
#include "home/mqtt_device.h"

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
        got = mqtt_device_of(&d->list[0])->field[cases[i].field];
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
        { "misspelt kind", "{name: X, kind: binary-sensor}", "did you mean binary_sensor?" },
        { "bad id", "{name: X, id: 'A B', kind: light, command_topic: x}", "may hold only a-z" },
        { "taken id", "{name: X, id: first, kind: light, command_topic: x}",
          "id: 'first' is taken by the device of line 2" },
        { "id of all", "{name: X, id: all, kind: light, command_topic: x}",
          "id: 'all' means every" },
        { "class of none", "{name: X, kind: light, class: garage, command_topic: x}",
          "class: a light has no class 'garage'; remove the key" },
        { "unknown class", "{name: X, kind: cover, class: curtian, command_topic: x}",
          "class: a cover has no class 'curtian'; choose awning, blind" },
        { "class of a zigbee sensor", "{name: X, kind: binary_sensor, via: zigbee2mqtt, topic: x}",
          "class: is missing; say door" },
        { "unit of a light", "{name: X, kind: light, command_topic: x, unit: W}",
          "unit: a light has no such thing" },
        { "not UTF-8",
          "{name: \"K\xef\xbf\xbd"
          "che\", kind: light, command_topic: x}",
          "save the file as UTF-8" },
        { "key of a virtual one", "{name: X, kind: light, via: virtual, topic: x}",
          "topic: a virtual device has no such key" },
        { "virtual sensor", "{name: X, kind: sensor, via: virtual}", "choose another kind" },
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

/* What may be chosen is the table itself, whatever joins it later. */
static void choices_are_told_whole(void **state)
{
    static const char *const kinds[] = { "{name: X}", "{name: X, kind: nothing_like_it}", "{name: X, kind: loc}" };
    struct told t = { STR_INIT, 0 };

    (void)state;
    for (size_t i = 0; i < N_OF(kinds); i++) {
        AUTO_STR text = STR_INIT;

        str_addf(&text, "devices:\n  - %s\n", kinds[i]);
        devices_free(read_text(str_text(&text), &t));
        for (int k = 0; k < KIND_N; k++)
            if (!strstr(str_text(&t.text), device_kind_name((enum device_kind)k)))
                fail_msg("%s: no '%s' in: %s", kinds[i], device_kind_name((enum device_kind)k), str_text(&t.text));
        str_clear(&t.text);
    }
    devices_free(read_text("devices:\n  - {name: X, kind: binary_sensor, class: x, state_topic: x}\n", &t));
    for (int c = CLASS_NONE + 1; c < CLASS_N; c++)
        if (device_class_fits((enum device_class)c, KIND_BINARY_SENSOR))
            assert_non_null(strstr(str_text(&t.text), device_class_name((enum device_class)c)));
    str_done(&t.text);
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
    struct told t = { STR_INIT, 0 };
    struct devices *d;

    (void)state;
    str_add(&text, "devices:\n");
    for (int i = 0; i < DEVICES_MAX; i++)
        str_addf(&text, "- {name: lamp %d, kind: light, via: home, topic: t%d}\n", i, i);
    d = read_text(text.data, &t);
    assert_int_equal(d->n, DEVICES_MAX);
    assert_int_equal(t.n, 0);
    devices_free(d);
    str_add(&text, "- {name: one more, kind: light, via: home, topic: m}\n- {name: and one}\n");
    d = read_text(text.data, &t);
    assert_int_equal(d->n, DEVICES_MAX); /* the first ones load, the rest is told once */
    assert_int_equal(t.n, 1);
    assert_non_null(
        strstr(str_text(&t.text), "line 2002: 2002 devices: the first 2000 are loaded"));
    for (size_t i = 0; i < d->n; i++)
        assert_ptr_equal(devices_by_id(d, d->list[i].id), &d->list[i]);
    devices_free(d);
    str_done(&t.text);
}

static void lookup(void **state)
{
    struct told t = { STR_INIT, 0 };
    AUTO(devices_freep)
    struct devices *d = read_text(
        "devices:\n"
        "  - {name: Kitchen light, aliases: [big-lamp], kind: light, via: home, topic: k}\n"
        "  - {name: Fan, kind: switch, command_topic: f, state_topic: shared}\n",
        &t);

    (void)state;
    assert_string_equal(devices_find(d, "kitchen_light")->name, "Kitchen light");
    assert_string_equal(devices_find(d, "KITCHEN LIGHT")->name, "Kitchen light");
    assert_string_equal(devices_find(d, "Big lamp")->name, "Kitchen light");
    assert_null(devices_find(d, "kitchen"));
    assert_null(devices_find(d, ""));
    assert_null(devices_by_id(d, "Fan"));
    assert_string_equal(devices_by_id(d, "fan")->name, "Fan");
}

/* The same name in several rooms; ids stay apart; in one room it is told. */
static void names(void **state)
{
    static const struct {
        const char *text, *ids, *words;
    } cases[] = {
        { "{name: Big lamp, area: Kitchen, kind: light, command_topic: a}\n"
          "{name: Big lamp, area: Office, kind: light, command_topic: b}\n"
          "{name: Big lamp, area: Office 2, kind: light, command_topic: b}",
          "big_lamp big_lamp_office big_lamp_office_2 ", "" },
        { "{name: Lamp, kind: light, command_topic: a}\n{name: LAMP, kind: light, command_topic: b}",
          "lamp lamp_2 ", "name: 'LAMP' also names the device of line 2 in the same room, and nothing tells them apart; "
          "give one another name" },
        /* what tells them apart: kind, class, an alias */
        { "{name: Den, kind: light, command_topic: a}\n{name: Den, kind: switch, command_topic: b}", "den den_2 ", "" },
        { "{name: W, kind: cover, class: blind, command_topic: a}\n"
          "{name: W, kind: cover, class: curtain, command_topic: b}", "w w_2 ", "" },
        { "{name: Lamp, kind: light, command_topic: a}\n"
          "{name: Lamp, aliases: [reading lamp], kind: light, command_topic: b}", "lamp lamp_2 ", "" },
        { "{name: Lamp, aliases: [spot], kind: light, command_topic: a}\n{name: Spot, kind: light, command_topic: b}",
          "lamp spot ", "name: 'Spot' also names the device of line 2 in the same room; give another" },
        { "{name: Den, kind: light, command_topic: a}\n{name: Den, kind: switch, command_topic: b}\n"
          "{name: den, kind: switch, command_topic: c}", "den den_2 den_3 ",
          "name: 'den' also names the device of line 3 in the same room" },
        { "{name: A, area: X, kind: light, command_topic: a}\n"
          "{name: B, aliases: [a, c], area: X, kind: light, command_topic: b}",
          "a b ", "aliases: 'a' also names the device of line 2 in the same room; it is left out" },
        { "{name: A, area: X, kind: light, command_topic: a}\n"
          "{name: B, aliases: [a], area: Y, kind: light, command_topic: b}",
          "a b ", "" },
        { "{name: Küche-Licht, kind: light, command_topic: a}\n"
          "{name: Café, kind: light, command_topic: a}\n{name: Łódź ß, kind: light, command_topic: a}",
          "kuche_licht cafe lodz_ss ", "" },
        { "{name: Огни, kind: light, command_topic: a}\n{name: مصباح, kind: light, command_topic: a}\n"
          "{name: Огни 2, kind: light, command_topic: a}\n{name: 灯, kind: switch, command_topic: a}",
          "light_5f7c7d75 light_bf71fd82 light_a8bc5307 switch_6ce8c59e ", "" },
        { "{name: All, kind: light, command_topic: a}", "all_2 ", "" }, /* "all" is every device */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct told t = { STR_INIT, 0 };
        AUTO_STR text = STR_INIT, ids = STR_INIT;
        AUTO_FREE char *lines = str_dup(cases[i].text);
        AUTO(devices_freep) struct devices *d = NULL;
        char *rest = lines;

        str_add(&text, "devices:\n");
        for (char *line; (line = strsep(&rest, "\n"));)
            str_addf(&text, "- %s\n", line);
        d = read_text(text.data, &t);
        for (size_t k = 0; k < d->n; k++)
            str_addf(&ids, "%s ", d->list[k].id);
        assert_string_equal(str_text(&ids), cases[i].ids);
        if (!strstr(str_text(&t.text), cases[i].words) || (t.n > 0) != (cases[i].words[0] != '\0'))
            fail_msg("%s: %s", cases[i].text, str_text(&t.text));
        str_done(&t.text);
    }
}

static void guess_is(const char *name, const char *area, enum device_class want)
{
    struct told t = { STR_INIT, 0 };
    AUTO_STR text = STR_INIT;
    AUTO(devices_freep) struct devices *d = NULL;

    str_addf(&text,
             "devices:\n- {name: '%s', area: '%s', kind: cover, command_topic: a}\n"
             "- {name: '%s', id: b, area: X, kind: cover, class: blind, command_topic: a}\n"
             "- {name: '%s', id: c, area: Y, kind: light, command_topic: a}\n",
             name, area, name, name);
    d = read_text(text.data, &t);
    assert_int_equal(d->n, 3);
    if (d->list[0].class != want || d->list[0].class_guessed != (want != CLASS_NONE))
        fail_msg("%s: class '%s'", name, device_class_name(d->list[0].class));
    assert_int_equal(d->list[1].class, CLASS_BLIND);
    assert_int_equal(d->list[2].class, CLASS_NONE);
    assert_int_equal(t.n, 0);
}

/* Only ever a guarded class is guessed, and only for covers. */
static void guesses(void **state)
{
    static const struct {
        const char *name;
        enum device_class want;
    } cases[] = {
        { "Garage door", CLASS_GARAGE },
        { "Garagentor", CLASS_GARAGE },
        { "Porte de garage", CLASS_GARAGE },
        { "Puerta del garaje", CLASS_GARAGE },
        { "Garage shutter", CLASS_GARAGE },
        { "Gate", CLASS_GATE },
        { "Front gate", CLASS_GATE },
        { "Portail", CLASS_GATE },
        { "Hoftor", CLASS_GATE },
        { "Tor", CLASS_GATE },
        { "Cancello", CLASS_GATE },
        { "Poort", CLASS_GATE },
        { "Front door", CLASS_DOOR },
        { "Haustür", CLASS_DOOR },
        { "Porte", CLASS_DOOR },
        { "Voordeur", CLASS_DOOR },
        { "Roof window", CLASS_WINDOW },
        { "Dachfenster", CLASS_WINDOW },
        { "Blinds", CLASS_NONE },
        { "Living room curtain", CLASS_NONE },
        { "Door curtain", CLASS_NONE },
        { "Window blind", CLASS_NONE },
        { "Awning", CLASS_NONE },
        { "Fenster Rollo", CLASS_NONE },
        { "Roller door", CLASS_DOOR }, { "Roller shutter door", CLASS_DOOR },
        { "Rideau de la porte", CLASS_NONE }, { "Türvorhang", CLASS_NONE },
        { "Doormat", CLASS_NONE },
        { "Storey", CLASS_NONE },
    };

    static const struct {
        const char *name, *area;
        enum device_class want;
    } rooms[] = {
        { "Roller", "Garage", CLASS_GARAGE },
        { "Cover 1", "Double carport", CLASS_GARAGE },
        { "Roller blind", "Garage", CLASS_NONE },
        { "Roller", "Gatehouse", CLASS_NONE },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        guess_is(cases[i].name, "", cases[i].want);
    for (size_t i = 0; i < N_OF(rooms); i++)
        guess_is(rooms[i].name, rooms[i].area, rooms[i].want);
}

/* Files as editors leave them: one clear complaint each, and only that entry is lost. */
static void damaged_files(void **state)
{
    static const struct {
        const char *text, *words;
        size_t devices, complaints;
    } cases[] = {
        { "\xef\xbb\xbf"
          "devices:\n- {name: A, kind: light, command_topic: a}\n",
          "", 1, 0 },
        { "devices:\n  - name: A\n    kind: light\n    command_topic: a\n    command_topic: b\n"
          "  - {name: B, kind: light, command_topic: b}\n",
          "line 5: A left out: command_topic: stands twice (also in line 4)", 1, 1 },
        { "devices:\n  - name: A\n    kind: light\n\tcommand_topic: a\n"
          "  - {name: B, kind: light, command_topic: b}\n",
          "line 4: found a tab", 1, 1 },
        { "devices:\n  - {name: A, kind: light, command_topic: a}\n  - {name: K\xfc"
          "che, kind: light, "
          "command_topic: b}\n",
          "line 3: ", 1, 1 },
        { "devices:\n  - {name: A, kind: light, command_topic: 'a}\n"
          "  - {name: B, kind: light, command_topic: b}\n",
          "line 2: ", 1, 1 },
        { "devices:\n  - {name: A, kind: light, command_topic: a\n"
          "  - {name: B, kind: light, command_topic: b}\n",
          "line 2: ", 1, 1 },
        { "devices:\n- {name: A, kind: light, command_topic: a}\n- name: C\n   kind: light\n"
          "- {name: B, kind: light, command_topic: b}\n",
          "line 4: ", 2, 1 },
        { "devices:\n- {name: 7, kind: light, area: 12, command_topic: 5}\n", "", 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct told t = { STR_INIT, 0 };
        const struct devices_sink sink = { note, &t };
        const struct yaml_sink syntax = { note, &t };
        AUTO(yaml_freep) struct yaml *tree = NULL;
        AUTO(devices_freep) struct devices *d = NULL;
        struct err e = ERR_INIT;

        if (yaml_parse_items(&tree, "d.yaml", cases[i].text, strlen(cases[i].text), &syntax, &e) <
                0 ||
            devices_read(&d, tree, "d.yaml", &sink, &e) < 0)
            fail_msg("case %zu: %s", i, err_text(&e));
        if (d->n != cases[i].devices || t.n != cases[i].complaints ||
            !strstr(str_text(&t.text), cases[i].words))
            fail_msg("case %zu: %zu devices, %zu: %s", i, d->n, t.n, str_text(&t.text));
        str_done(&t.text);
    }
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
        cmocka_unit_test(choices_are_told_whole),
        cmocka_unit_test(refused_whole),   cmocka_unit_test(empty_files),
        cmocka_unit_test(limits),          cmocka_unit_test(lookup),
        cmocka_unit_test(shipped_example), cmocka_unit_test(missing_file),
        cmocka_unit_test(names),           cmocka_unit_test(guesses),
        cmocka_unit_test(damaged_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
