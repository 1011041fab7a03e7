/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/intent_test.c - over the bus: sentences in, intents out; names and grammars
 * that follow the house and the settings. */
#include "unit/intent/house.h"
#include "lib/dir.h"

#include "intent/intent.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

struct world {
    char root[64];
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct settings settings;
    struct paths paths;
    struct intent *intent;
    /* what was posted */
    struct msg last[MSG_N]; /* text and json owned */
    unsigned count[MSG_N];
    struct str faults;
};

static void on_any(const struct msg *m, void *user)
{
    struct world *w = user;
    struct msg *kept = &w->last[m->type];

    free(kept->text);
    cJSON_Delete(kept->json);
    *kept = *m;
    kept->text = m->text ? strdup(m->text) : NULL;
    kept->json = m->json ? cJSON_Duplicate(m->json, true) : NULL;
    w->count[m->type]++;
    if (m->type == MSG_FAULT)
        str_addf(&w->faults, "%s %d %s\n", m->part, m->code, m->text);
}

static void path(char *out, size_t size, const struct world *w, const char *name)
{
    snprintf(out, size, "%s/%s", w->root, name);
}

static void put(const struct world *w, const char *name, const char *text)
{
    struct err e = ERR_INIT;
    char file[256];

    path(file, sizeof(file), w, name);
    if (file_write(file, text, strlen(text), 0644, &e) < 0)
        fail_msg("%s", err_text(&e));
}

static int enter(void **state)
{
    static const char *const folders[] = { "run", "etc/sentences", "share/sentences" };
    static const char *const languages[] = { "en", "fr" };
    struct world *w = calloc(1, sizeof(*w));
    char file[256];

    assert_non_null(w);
    assert_int_equal(dir_make(w->root, "intent"), 0);
    for (size_t i = 0; i < N_OF(folders); i++) {
        path(file, sizeof(file), w, folders[i]);
        assert_int_equal(file_mkdirs(file, 0755, NULL), 0);
    }
    path(w->paths.run, sizeof(w->paths.run), w, "run");
    path(w->paths.etc, sizeof(w->paths.etc), w, "etc");
    path(w->paths.share, sizeof(w->paths.share), w, "share");
    for (size_t i = 0; i < N_OF(languages); i++) {
        AUTO_FREE char *text = NULL;
        char name[64];
        size_t len;

        snprintf(file, sizeof(file), HOUSE_SENTENCES "%s.yaml", languages[i]);
        assert_int_equal(file_read(&text, &len, file, 1 << 20, NULL), 0);
        snprintf(name, sizeof(name), "share/sentences/%s.yaml", languages[i]);
        put(w, name, text);
    }
    clock_init_virtual(&w->clock, 0);
    assert_int_equal(loop_new(&w->loop, &w->clock, NULL), 0);
    assert_int_equal(bus_new(&w->bus, w->loop, NULL), 0);
    assert_int_equal(bus_on(w->bus, MSG_N, on_any, w, NULL), 0);
    str_copy(w->settings.language, sizeof(w->settings.language), "en");
    str_copy(w->settings.device_area, sizeof(w->settings.device_area), "kitchen");
    *state = w;
    return 0;
}

static void start(struct world *w)
{
    const struct intent_deps d = { w->loop, w->bus, &w->settings, &w->paths };
    struct err e = ERR_INIT;

    if (intent_new(&w->intent, &d, &e) < 0)
        fail_msg("%s", err_text(&e));
}

/* Also what the handlers post. */
static void drain(struct world *w)
{
    while (bus_drain(w->bus))
        ;
}

/* Delivers what waits and lets the grammar's delay pass. */
static void settle(struct world *w)
{
    drain(w);
    clock_advance_usec(&w->clock, 60 * 1000);
    loop_step(w->loop, 0);
    drain(w);
}

static void tell(struct world *w, enum msg_type type, const char *text, const char *json)
{
    struct msg *m = msg_new(type, 7);

    assert_non_null(m);
    m->text = text ? strdup(text) : NULL;
    if (json)
        assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    bus_post(w->bus, m);
}

static int remove_one(const char *file, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(file);
}

static int leave(void **state)
{
    struct world *w = *state;

    intent_free(w->intent);
    bus_off(w->bus, w);
    bus_free(w->bus);
    loop_free(w->loop);
    for (int i = 0; i < MSG_N; i++) {
        free(w->last[i].text);
        cJSON_Delete(w->last[i].json);
    }
    str_done(&w->faults);
    nftw(w->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(w);
    return 0;
}

/* The answer to MSG_UNDERSTAND as one line of JSON without place and source; "" for no match. */
static void answer(struct str *out, struct world *w, const char *text)
{
    AUTO_FREE char *line = NULL;
    cJSON *j;

    w->count[MSG_INTENT] = 0;
    tell(w, MSG_UNDERSTAND, text, NULL);
    drain(w);
    assert_int_equal(w->count[MSG_INTENT], 1);
    assert_int_equal(w->last[MSG_INTENT].session, 7);
    if (w->last[MSG_INTENT].code < 0) {
        assert_int_equal(w->last[MSG_INTENT].code, -ENOENT);
        return;
    }
    j = w->last[MSG_INTENT].json;
    assert_non_null(strstr(json_str(j, "template", ""), ".yaml:"));
    assert_string_equal(json_str(j, "language", ""), w->settings.language);
    assert_string_equal(json_str(j, "text", ""), text);
    cJSON_DeleteItemFromObject(j, "template");
    cJSON_DeleteItemFromObject(j, "language");
    cJSON_DeleteItemFromObject(j, "text");
    line = json_text(j);
    str_add(out, line);
}

static void sentences_over_the_bus(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "Turn on the Kitchen light, please!",
          "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"text\":\"Kitchen light\","
          "\"value\":\"kitchen_light\"}}}" },
        /* a room nobody said has no text, and is written as the devices write it */
        { "turn on the light",
          "{\"intent\":\"HassTurnOn\",\"slots\":{\"domain\":{\"value\":\"light\"},"
          "\"area\":{\"value\":\"Kitchen\"}}}" },
        { "set the kitchen light to fifty percent",
          "{\"intent\":\"HassLightSet\",\"slots\":{\"name\":{\"text\":\"kitchen light\","
          "\"value\":\"kitchen_light\"},\"brightness\":{\"text\":\"fifty\",\"value\":50}}}" },
        { "set the heating to 21.5 degrees in the bedroom",
          "{\"intent\":\"HassClimateSetTemperature\",\"slots\":{\"temperature\":"
          "{\"text\":\"21.5\",\"value\":21.5},\"area\":{\"text\":\"bedroom\","
          "\"value\":\"Bedroom\"}}}" },
        { "what time is it", "{\"intent\":\"HassGetCurrentTime\",\"slots\":{}}" },
        { "tell me a joke", "" },
        { "", "" },
        { "?", "" },
    };
    struct world *w = *state;

    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;

        answer(&got, w, cases[i].text);
        assert_string_equal(str_text(&got), cases[i].want);
    }
    assert_string_equal(str_text(&w->faults), "");
}

#define TEN(x) x x x x x x x x x x

static void hostile(void **state)
{
    static const char *const texts[] = { TEN(TEN(TEN("turn on a "))), "\xff\xfe",
                                         "turn on \xed\xa0\x80", TEN(TEN("{[(<")) };
    struct world *w = *state;
    AUTO_JSON *found = NULL;
    struct err e = ERR_INIT;

    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    for (size_t i = 0; i < N_OF(texts); i++) {
        AUTO_STR got = STR_INIT;

        answer(&got, w, texts[i]);
        assert_string_equal(str_text(&got), "");
        assert_int_equal(intent_understand(&found, w->intent, texts[i], &e), -ENOENT);
        assert_null(found);
    }
    tell(w, MSG_UNDERSTAND, NULL, NULL); /* no text at all */
    drain(w);
    assert_int_equal(w->last[MSG_INTENT].code, -ENOENT);
}

static void near_misses_are_hinted(void **state)
{
    struct world *w = *state;
    AUTO_STR got = STR_INIT;
    const cJSON *j;

    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    answer(&got, w, "switch on the kitchen lump");
    j = w->last[MSG_INTENT].json;
    assert_non_null(j);
    assert_true(str_starts(json_str(j, "nearest", ""), "en.yaml:"));
    assert_string_equal(json_str(j, "rest", ""), "ump");
}

static void synchronous(void **state)
{
    struct world *w = *state;
    AUTO_JSON *found = NULL;
    struct err e = ERR_INIT;

    start(w);
    assert_int_equal(intent_understand(&found, w->intent, "what's the date?", &e), 0);
    assert_string_equal(json_str(found, "intent", ""), "HassGetCurrentDate");
    assert_string_equal(json_str(found, "text", ""), "what's the date?");
}

/* Two lamps of one name: the room that was said, else this room, else the first. */
static void twins(void **state)
{
    static const char devices[] =
        "[{\"id\":\"a\",\"name\":\"Ceiling\",\"area\":\"Bedroom\",\"kind\":\"light\"},"
        " {\"id\":\"b\",\"name\":\"Ceiling\",\"area\":\"Kitchen\",\"kind\":\"light\"},"
        " {\"id\":\"c\",\"name\":\"Ceiling\",\"area\":\"Attic\",\"kind\":\"cover\"},"
        " {\"id\":\"d\",\"name\":\"Free lamp\",\"kind\":\"light\"}]";
    static const struct {
        const char *area, *text, *want; /* want: device, "" for no match */
    } cases[] = {
        { "Kitchen", "turn on the ceiling", "b" },
        { "Bedroom", "turn on the ceiling", "a" },
        { "Cellar", "turn on the ceiling", "a" },
        { "", "turn on the ceiling", "a" },
        { "Kitchen", "turn on the ceiling in the bedroom", "a" },
        { "Kitchen", "open the ceiling", "c" },
        { "Kitchen", "turn on the ceiling in the attic", "" },
        { "Kitchen", "turn on the free lamp in the attic", "d" },
    };
    struct world *w = *state;

    start(w);
    tell(w, MSG_DEVICES, NULL, devices);
    settle(w);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *found = NULL;
        const cJSON *slots;

        str_copy(w->settings.device_area, sizeof(w->settings.device_area), cases[i].area);
        if (intent_understand(&found, w->intent, cases[i].text, NULL) < 0) {
            assert_string_equal("", cases[i].want);
            continue;
        }
        slots = cJSON_GetObjectItem(found, "slots");
        assert_string_equal(json_str(cJSON_GetObjectItem(slots, "name"), "value", ""),
                            cases[i].want);
    }
}

static bool holds_word(const cJSON *words, const char *word)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, words)
        if (strcmp(item->valuestring, word) == 0)
            return true;
    return false;
}

static void grammar_follows(void **state)
{
    struct world *w = *state;
    AUTO_FREE char *text = NULL;
    size_t len;

    start(w);
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 1); /* without any device: the time, at least */
    assert_false(holds_word(w->last[MSG_GRAMMAR].json, "coffee"));
    tell(w, MSG_DEVICES, NULL, house_english);
    tell(w, MSG_DEVICES, NULL, "[]");
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 2); /* three changes, one grammar */
    assert_true(holds_word(w->last[MSG_GRAMMAR].json, "coffee"));
    assert_int_equal(file_read(&text, &len, w->last[MSG_GRAMMAR].text, 1 << 20, NULL), 0);
    assert_true(str_starts(text, "FSG_BEGIN jarvis_en\nNUM_STATES "));
    assert_non_null(strstr(w->last[MSG_GRAMMAR].text, "/run/grammar-en.fsg"));

    tell(w, MSG_DEVICES, NULL, house_english); /* the same again */
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 2);
    str_copy(w->settings.device_area, sizeof(w->settings.device_area), "");
    tell(w, MSG_SETTINGS, "device.area", NULL); /* "the lights" of no room: another grammar */
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 3);
    tell(w, MSG_SETTINGS, "audio.volume_percent", NULL);
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 3);
}

static void language_changes(void **state)
{
    struct world *w = *state;
    AUTO_STR got = STR_INIT;

    start(w);
    settle(w);
    str_copy(w->settings.language, sizeof(w->settings.language), "fr");
    tell(w, MSG_SETTINGS, "language", NULL);
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 1); /* speech is English */
    answer(&got, w, "quelle heure est-il");
    assert_string_equal(str_text(&got), "{\"intent\":\"HassGetCurrentTime\",\"slots\":{}}");
    str_clear(&got);
    answer(&got, w, "what time is it");
    assert_int_equal(got.len, 0);

    str_copy(w->settings.language, sizeof(w->settings.language), "tlh");
    tell(w, MSG_SETTINGS, "language", NULL);
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "no sentences for the language 'tlh'"));
    answer(&got, w, "quelle heure est-il");
    assert_int_equal(got.len, 0);

    str_copy(w->settings.language, sizeof(w->settings.language), "en");
    tell(w, MSG_SETTINGS, "language", NULL);
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "sentences 0 all sentences are loaded"));
    answer(&got, w, "what time is it");
    assert_string_equal(str_text(&got), "{\"intent\":\"HassGetCurrentTime\",\"slots\":{}}");
}

static void language_is_no_path(void **state)
{
    struct world *w = *state;

    str_copy(w->settings.language, sizeof(w->settings.language), "../en");
    start(w);
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "'../en' is no name of a language"));
}

static void own_sentences(void **state)
{
    struct world *w = *state;
    AUTO_STR got = STR_INIT;

    put(w, "etc/sentences/en.yaml", "language: en\n"
                                    "intents:\n"
                                    "  HassTurnOff:\n"
                                    "    data:\n"
                                    "      - sentences: ['good night', 'bad (one']\n"
                                    "        slots: {domain: light}\n");
    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    answer(&got, w, "good night");
    assert_string_equal(str_text(&got), "{\"intent\":\"HassTurnOff\",\"slots\":"
                                        "{\"domain\":{\"value\":\"light\"}}}");
    assert_string_equal(str_text(&w->faults),
                        "sentences -22 etc/en.yaml line 5: column 9: '(' is not closed by ')'\n");
    put(w, "etc/sentences/en.yaml", "a: [");
    tell(w, MSG_SETTINGS, "language", NULL);
    settle(w);
    str_clear(&got);
    answer(&got, w, "what time is it"); /* the shipped ones stay */
    assert_true(got.len > 0);
}

static void grammar_cannot_be_written(void **state)
{
    struct world *w = *state;

    snprintf(w->paths.run, sizeof(w->paths.run), "%s/nowhere", w->root);
    start(w);
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 0);
    assert_true(str_starts(str_text(&w->faults), "grammar -2 "));
    path(w->paths.run, sizeof(w->paths.run), w, "run");
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 1);
    assert_non_null(strstr(str_text(&w->faults), "grammar 0 "));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sentences_over_the_bus), CASE(hostile),          CASE(near_misses_are_hinted),
        CASE(synchronous),            CASE(twins),            CASE(grammar_follows),
        CASE(language_changes),       CASE(language_is_no_path), CASE(own_sentences),
        CASE(grammar_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
