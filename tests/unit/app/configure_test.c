/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/app/configure_test.c - the files of a running daemon are read again (HUP, `jarvisctl
 * reload`): what is well in them is taken, what is not is told and costs only itself. */
#include "unit/app/box.h"

#include <sched.h>
#include <stdatomic.h>

enum { MANY = 2000 };

static size_t devices_now(void)
{
    AUTO_JSON *j = home_status(box.a->home);

    return (size_t)json_int(j, "devices", 0, 1000000, 0);
}

static bool complains(const char *words)
{
    AUTO_JSON *j = configure_status(box.a);
    AUTO_FREE char *text = json_text(cJSON_GetObjectItemCaseSensitive(j, "complaints"));

    return strstr(text, words) != NULL;
}

#define GOOD "  - {name: Kitchen light, area: Kitchen, kind: light, via: virtual}\n"
#define MORE "  - {name: Hall light, area: Hall, kind: light, via: virtual}\n"

/* devices.yaml as people leave it: how many devices are there afterwards, and what is told. */
static const struct {
    const char *name, *yaml;
    size_t devices;
    int code;          /* of the reload */
    const char *words; /* of the fault, NULL: none */
} houses[] = {
    { "well", "devices:\n" GOOD MORE, 2, 0, NULL },
    { "one has no name", "devices:\n" GOOD "  - {kind: light, via: virtual}\n" MORE, 2, -EINVAL,
      "line 3" },
    { "one has a kind that is none",
      "devices:\n" GOOD "  - {name: X, kind: rocket, via: virtual}\n", 1, -EINVAL, "rocket" },
    { "one has a way that is none", "devices:\n" GOOD "  - {name: X, kind: light, via: pigeon}\n",
      1, -EINVAL, "pigeon" },
    { "one has a key that is none",
      "devices:\n" GOOD "  - {name: X, kind: light, via: virtual, colour: blue}\n", 1, -EINVAL,
      "colour" },
    { "one stands twice", "devices:\n" GOOD GOOD MORE, 3, -EINVAL,
      "also names the device of line 2" },
    { "one is no map", "devices:\n" GOOD "  - lamp\n" MORE, 2, -EINVAL, "line 3" },
    { "three are faulty", "devices:\n  - {kind: light}\n  - {kind: fan}\n  - 7\n" GOOD, 1, -EINVAL,
      "3" },
    { "an open bracket costs itself", "devices:\n" GOOD "  - {name: [\n" MORE, 2, -EINVAL,
      "line" },
    { "none is left", "devices:\n  - {kind: light}\n", 2, -EINVAL, "those of before stay" },
    { "the list is empty", "devices: []\n", 0, 0, NULL },
};

/* No file at all, or none that is YAML: the devices of before stay, and that is told. */
static const struct {
    const char *name, *yaml;
    const char *words;
} broken[] = {
    { "no YAML", "devices:\n  - {name: [\n", "devices.yaml" },
    { "a tab", "devices:\n\t- {name: X}\n", "tab" },
    { "a text", "hello\n", "devices" },
    { "another key", "lamps:\n" GOOD, "there must be one key: 'devices:'" },
    { "Latin-1",
      "devices:\n  - {name: K\xfc"
      "che, kind: light, via: virtual}\n",
      "UTF-8" },
};

static void test_devices_are_read_again(void **state)
{
    (void)state;
    box_open();
    box.watched = "devices";
    for (size_t i = 0; i < sizeof(houses) / sizeof(houses[0]); i++) {
        struct err e = ERR_INIT;
        unsigned faults = box.faults;
        int r;

        box_write("devices.yaml", houses[i].yaml);
        r = configure_reload(box.a, &e);
        if (r != houses[i].code)
            fail_msg("%s: %d %s", houses[i].name, r, err_text(&e));
        if (devices_now() != houses[i].devices)
            fail_msg("%s: %zu devices", houses[i].name, devices_now());
        if (!houses[i].words)
            continue;
        BOX_UNTIL(box.faults > faults);
        while (loop_step(box.a->loop, 0))
            ;
        assert_true(box.code < 0);
        if (!strstr(box.words, houses[i].words) && !strstr(err_text(&e), houses[i].words))
            fail_msg("%s: no '%s' in %s", houses[i].name, houses[i].words, box.words);
    }
}

static void test_what_was_there_stays(void **state)
{
    (void)state;
    box_open();
    box.watched = "devices";
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct err e = ERR_INIT;

        box_write("devices.yaml", broken[i].yaml);
        if (configure_reload(box.a, &e) >= 0)
            fail_msg("%s: taken, %zu devices", broken[i].name, devices_now());
        if (!strstr(err_text(&e), broken[i].words))
            fail_msg("%s: no '%s' in %s", broken[i].name, broken[i].words, err_text(&e));
        if (devices_now() != 2)
            fail_msg("%s: %zu devices", broken[i].name, devices_now());
    }
    box_write("devices.yaml", box_house);
    assert_int_equal(configure_reload(box.a, NULL), 0);
    BOX_UNTIL(box.code == 0 && strstr(box.words, "well again: 2 devices"));
}

/* A state that is known lives on over a reload, where the device is still the same. */
static void test_states_live_on(void **state)
{
    AUTO_JSON *on = NULL, *j = NULL;
    AUTO_FREE char *text = NULL;

    (void)state;
    box_open();
    BOX_UNTIL(box_understands("turn on the kitchen light"));
    on = box_ask("{\"cmd\":\"ask\",\"text\":\"turn on the kitchen light\"}");
    box_write("devices.yaml",
              "devices:\n" MORE GOOD "  - {name: Fan, area: Bedroom, kind: light, via: virtual}\n");
    assert_int_equal(configure_reload(box.a, NULL), 0);
    j = box_ask("{\"cmd\":\"devices\"}");
    text = json_text(j);
    assert_non_null(strstr(text, "\"id\":\"kitchen_light\""));
    assert_non_null(strstr(strstr(text, "\"id\":\"kitchen_light\""), "\"state\":\"on\""));
    assert_int_equal(devices_now(), 3);
}

static void write_many(int n, const char *name)
{
    AUTO_STR yaml = STR_INIT;

    str_add(&yaml, "devices:\n");
    for (int i = 0; i < n; i++)
        str_addf(&yaml, "  - {name: %s %d, area: Room %d, kind: light, via: virtual}\n", name, i,
                 i % 50);
    box_write("devices.yaml", str_text(&yaml));
}

/* As many as a house may have, one more, and back to two: while it is read, and after, it answers. */
static void test_many_devices(void **state)
{
    AUTO_JSON *last = NULL, *none = NULL;
    AUTO_FREE char *text = NULL;

    (void)state;
    box_open();
    box.watched = "devices";
    write_many(MANY, "Lamp");
    assert_int_equal(configure_reload(box.a, NULL), 0);
    assert_int_equal(devices_now(), MANY);
    last = box_ask("{\"cmd\":\"devices\",\"from\":1990}");
    text = json_text(last);
    assert_non_null(strstr(text, "\"name\":\"Lamp 1999\""));
    write_many(MANY + 1, "Light");
    assert_int_equal(configure_reload(box.a, NULL), -EINVAL);
    assert_int_equal(devices_now(), MANY); /* the first ones, and the rest is told */
    BOX_UNTIL(box.code < 0 && strstr(box.words, "2000"));
    box_write("devices.yaml", box_house);
    assert_int_equal(configure_reload(box.a, NULL), 0);
    assert_int_equal(devices_now(), 2);
    none = box_ask("{\"cmd\":\"devices\",\"from\":2}");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(none, "devices")), 0);
}

/* Reload after reload, faster than anything can follow: the last file is what counts. */
static void test_reloads_in_a_row(void **state)
{
    (void)state;
    box_open();
    for (int i = 0; i < 30; i++) {
        write_many(i % 7 + 1, i % 2 ? "Lamp" : "Spot");
        assert_int_equal(configure_reload(box.a, NULL), 0);
        if (i % 5 == 0)
            loop_step(box.a->loop, 0);
    }
    box_write("devices.yaml", box_house);
    assert_int_equal(configure_reload(box.a, NULL), 0);
    BOX_UNTIL(box_understands("turn on the kitchen light"));
    assert_false(box_understands("turn on spot 0"));
}

/* ---- settings ---- */

static void reload_settings(const char *more)
{
    AUTO_STR yaml = STR_INIT;

    str_addf(&yaml, "%s%s", box_settings, more);
    box_write("jarvis.yaml", str_text(&yaml));
    assert_int_equal(configure_reload(box.a, NULL), 0);
}

static void test_settings_are_read_again(void **state)
{
    (void)state;
    box_open();
    box.watched = "settings";
    reload_settings("device:\n  area: Attic\n");
    assert_string_equal(box.a->settings.device_area, "Attic");
    BOX_UNTIL(box.settings == 1); /* what listens hears of the one that changed */
    reload_settings("device:\n  area: Attic\n");
    while (loop_step(box.a->loop, 0))
        ;
    assert_int_equal(box.settings, 1); /* nothing new */
    reload_settings("device:\n  area: Attic\nvad:\n  hangover: -7\nlogg:\n  level: info\n");
    BOX_UNTIL(box.faults == 1);
    assert_true(box.code < 0);
    assert_non_null(strstr(box.words, "and 1 more: see `jarvisctl status`"));
    assert_true(complains("logg"));
    assert_string_equal(box.a->settings.device_area,
                        "Attic"); /* the faulty lines cost only themselves */
    reload_settings("");
    BOX_UNTIL(box.faults == 2);
    assert_int_equal(box.code, 0);
    assert_string_equal(box.words, "the settings are in order again");
    assert_string_equal(box.a->settings.device_area, box.a->booted.device_area);
    assert_false(complains("logg"));
}

/* What takes effect only at a start is named until that start. */
static void test_restart_is_named(void **state)
{
    AUTO_JSON *before = NULL, *after = NULL, *back = NULL;

    (void)state;
    box_open();
    before = configure_status(box.a);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(before, "restart")), 0);
    reload_settings("store:\n  history_days: 12\n");
    after = configure_status(box.a);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(after, "restart")), 1);
    assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(after, "restart"), 0)->valuestring,
                        "store.history_days");
    reload_settings("");
    back = configure_status(box.a);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(back, "restart")), 0);
}

/* The log's level follows at once, by file and by word. */
static void test_log_level(void **state)
{
    AUTO_JSON *j = NULL;

    (void)state;
    box_open();
    reload_settings("log:\n  level: error\n");
    log_warn(box.a->log, "test", "not to be seen");
    reload_settings("log:\n  level: debug\n");
    log_write(box.a->log, LOG_LEVEL_DEBUG, "test", 0, "to be seen");
    j = box_ask("{\"cmd\":\"log\"}");
    {
        AUTO_FREE char *text = json_text(j);

        assert_null(strstr(text, "not to be seen"));
        assert_non_null(strstr(text, "to be seen"));
    }
}

/* ---- rules that need a dictionary ---- */

static const struct {
    const char *key, *value;
    bool taken;
    const char *words; /* of the refusal */
} ruled[] = {
    { "wake.phrase", "jarvis", true, NULL },
    { "wake.phrase", "hey jarvis", true, NULL },
    { "wake.words", "hey_jarvis, okay_nabu=0.9", true, NULL },
    { "wake.words", "hey_jarvis=9", false, "cut-off" },
    { "wake.phrase", "xqzzqx", false, "xqzzqx" },
    { "wake.phrase", "hey xqzzqx", false, "xqzzqx" },
    { "stt.dictionary", "/no/such/file.dict", false, "/no/such/file.dict" },
    { "tts.voice", "xx-no-such", false, "xx-no-such" },
};

static void test_rules(void **state)
{
    (void)state;
    box_open();
    for (size_t i = 0; i < sizeof(ruled) / sizeof(ruled[0]); i++) {
        AUTO_JSON *j = NULL, *get = NULL;
        AUTO_STR ask = STR_INIT;
        const char *why;

        str_addf(&ask, "{\"cmd\":\"config.set\",\"key\":\"%s\",\"value\":\"%s\"}", ruled[i].key,
                 ruled[i].value);
        j = box_ask(str_text(&ask));
        why = json_str(j, "error", NULL);
        if (!why != ruled[i].taken)
            fail_msg("%s %s: %s", ruled[i].key, ruled[i].value, why ? why : "taken");
        if (why && !strstr(why, ruled[i].words))
            fail_msg("%s %s: no '%s' in %s", ruled[i].key, ruled[i].value, ruled[i].words, why);
        str_clear(&ask);
        str_addf(&ask, "{\"cmd\":\"config.get\",\"key\":\"%s\"}", ruled[i].key);
        get = box_ask(str_text(&ask)); /* what was refused is not in force */
        assert_int_equal(strcmp(json_str(get, ruled[i].key, ""), ruled[i].value) == 0,
                         ruled[i].taken);
    }
}

/* ---- a disk that hangs ------------------------------------------------------------------------ */

static atomic_bool disk_hangs;

static int hang_run(void *job, struct err *e)
{
    (void)job;
    (void)e;
    while (atomic_load(&disk_hangs))
        sched_yield();
    return 0;
}

static void hang_done(int code, const char *words, void *job)
{
    (void)words;
    *(int *)job = code;
}

static void on_reloaded(int code, const char *words, void *user)
{
    int *got = user;

    assert_true(code < 0 || words[0] == '\0');
    *got = code;
}

/* While the files cannot be read the old house goes on, and whoever asks for it again waits alone. */
static void test_a_disk_hangs(void **state)
{
    int first = 1, second = 1, hung = 1;
    const struct slow_job job = { "hang", hang_run, hang_done, &hung, 8, false };

    (void)state;
    box_open();
    box_write("devices.yaml",
              "devices:\n" GOOD MORE "  - {name: Attic light, kind: light, via: virtual}\n");
    atomic_store(&disk_hangs, true);
    assert_int_equal(slow_post(box.a->slow, &job, NULL), 0);
    assert_int_equal(reload_begin(box.a, on_reloaded, &first, NULL), 0);
    assert_int_equal(reload_begin(box.a, on_reloaded, &second, NULL), 0);
    for (int i = 0; i < 20; i++)
        loop_step(box.a->loop, 1);
    assert_int_equal(first, 1);
    assert_int_not_equal(devices_now(), 3);
    assert_true(box_understands("what time is it"));
    atomic_store(&disk_hangs, false);
    BOX_UNTIL(second != 1);
    assert_int_equal(hung, 0);
    assert_int_equal(first, 0);
    assert_int_equal(second, 0);
    assert_int_equal(devices_now(), 3);
    box_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(test_devices_are_read_again),
        BOX_TEST(test_what_was_there_stays),
        BOX_TEST(test_states_live_on),
        BOX_TEST(test_many_devices),
        BOX_TEST(test_reloads_in_a_row),
        BOX_TEST(test_settings_are_read_again),
        BOX_TEST(test_restart_is_named),
        BOX_TEST(test_log_level),
        BOX_TEST(test_rules),
        BOX_TEST(test_a_disk_hangs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
