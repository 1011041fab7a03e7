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
    const struct intent_deps d = { w->loop, w->bus, &w->settings, &w->paths, NULL };
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
    for (int i = 0; i < 4; i++) {
        clock_advance_usec(&w->clock, 60 * 1000);
        loop_step(w->loop, 0);
        drain(w);
    }
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
    assert_string_equal(json_str(j, "rest", ""), "lump");
    assert_non_null(strstr(json_str(j, "nearest_text", ""), "on"));
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

/* Names that several devices bear, or that are also words of the language. */
static void names_that_are_shared(void **state)
{
    static const char devices[] =
        "[{\"id\":\"a\",\"name\":\"Ceiling\",\"area\":\"Bedroom\",\"kind\":\"light\"},"
        " {\"id\":\"b\",\"name\":\"Ceiling\",\"area\":\"Kitchen\",\"kind\":\"light\"},"
        " {\"id\":\"c\",\"name\":\"Ceiling\",\"area\":\"Attic\",\"kind\":\"cover\"},"
        " {\"id\":\"d\",\"name\":\"Free lamp\",\"kind\":\"light\"},"
        " {\"id\":\"e\",\"name\":\"Heater\",\"area\":\"Attic\",\"kind\":\"switch\"},"
        " {\"id\":\"f\",\"name\":\"Heater\",\"area\":\"Attic\",\"kind\":\"climate\"},"
        " {\"id\":\"g\",\"name\":\"B\u00fcro\",\"kind\":\"light\"},"
        " {\"id\":\"h\",\"name\":\"Buro\",\"kind\":\"light\"},"
        " {\"id\":\"i\",\"name\":\"Lights\",\"area\":\"Garage\",\"kind\":\"light\"},"
        " {\"id\":\"j\",\"name\":\"all lights\",\"area\":\"Garage\",\"kind\":\"light\"},"
        " {\"id\":\"k\",\"name\":\"on\",\"kind\":\"switch\"}]";
    static const struct {
        const char *area, *text;
        const char *want; /* device, several with '|' (to be asked), "" for no match, "=" and
                           * area or domain for no device at all */
    } cases[] = {
        { "Kitchen", "turn on the ceiling", "b" },
        { "Bedroom", "turn on the ceiling", "a" },
        { "Cellar", "turn on the ceiling", "a|b" },
        { "", "turn on the ceiling", "a|b" },
        { "Kitchen", "turn on the ceiling in the bedroom", "a" },
        { "Kitchen", "open the ceiling", "c" },
        { "Kitchen", "turn on the ceiling in the attic", "" },
        { "Kitchen", "turn on the free lamp in the attic", "d" },
        { "Kitchen", "turn on the heater", "e" },
        { "Kitchen", "turn on the b\u00fcro", "g" },
        { "Kitchen", "turn on the buro", "h" },
        { "Kitchen", "turn off the lights", "=Kitchen" },
        { "Kitchen", "turn off the lights in the bedroom", "=Bedroom" },
        { "Garage", "turn off the lights", "i" },
        { "Kitchen", "turn on all lights", "=light" },
        { "Garage", "turn on all lights", "=light" },
        { "", "turn on all lights", "=light" },
        { "Kitchen", "turn on on", "k" },
        { "Kitchen", "turn on the lights", "=Kitchen" },
    };
    struct world *w = *state;

    start(w);
    tell(w, MSG_DEVICES, NULL, devices);
    settle(w);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *found = NULL;
        AUTO_STR got = STR_INIT;
        const cJSON *slots, *candidate, *name;
        int r;

        str_copy(w->settings.device_area, sizeof(w->settings.device_area), cases[i].area);
        r = intent_understand(&found, w->intent, cases[i].text, NULL);
        slots = cJSON_GetObjectItem(found, "slots");
        name = cJSON_GetObjectItem(slots, "name");
        cJSON_ArrayForEach(candidate, cJSON_GetObjectItem(found, "candidates"))
            str_addf(&got, "%s%s", got.len ? "|" : "", candidate->valuestring);
        assert_int_equal(r == -ENOTUNIQ, got.len > 0);
        if (r == 0 && name)
            str_add(&got, json_str(name, "value", ""));
        if (r == 0 && !name)
            str_addf(&got, "=%s",
                     json_str(cJSON_GetObjectItem(slots, "area"), "value",
                              json_str(cJSON_GetObjectItem(slots, "domain"), "value", "")));
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' in '%s' gives '%s', not '%s'", cases[i].text, cases[i].area,
                     str_text(&got), cases[i].want);
    }
}

/* Each name in each way that people write it. */
static void names_as_people_write_them(void **state)
{
    static const char devices[] =
        "[{\"id\":\"tv\",\"name\":\"TV 2\",\"kind\":\"switch\"},"
        " {\"id\":\"lamp\",\"name\":\"Lamp-2\",\"kind\":\"switch\"},"
        " {\"id\":\"two\",\"name\":\"Plug two\",\"kind\":\"switch\"},"
        " {\"id\":\"room\",\"name\":\"Room21b\",\"kind\":\"switch\"},"
        " {\"id\":\"kueche\",\"name\":\"K\u00fcche-Lampe\",\"kind\":\"switch\"},"
        " {\"id\":\"kyle\",\"name\":\"Kyle's office\",\"kind\":\"switch\"},"
        " {\"id\":\"kids\",\"name\":\"Kids fan\",\"kind\":\"switch\"},"
        " {\"id\":\"street\",\"name\":\"Stra\u00dfe\",\"kind\":\"switch\"},"
        " {\"id\":\"isik\",\"name\":\"I\u015f\u0131k\",\"kind\":\"switch\"},"
        " {\"id\":\"lodz\",\"name\":\"\u0141\u00f3d\u017a\",\"kind\":\"switch\"},"
        " {\"id\":\"fires\",\"name\":\"\u041e\u0433\u043d\u0438\",\"kind\":\"switch\"},"
        " {\"id\":\"lantern\",\"name\":\"\u0645\u0635\u0628\u0627\u062d\","
        "  \"kind\":\"switch\"},"
        " {\"id\":\"hey\",\"name\":\"Jarvis plug\",\"kind\":\"switch\"},"
        " {\"id\":\"x\",\"name\":\"Sono_Switch  2\",\"kind\":\"switch\"}]";
    static const char *const cases[][2] = {
        { "tv 2", "tv" },
        { "TV2", "tv" },
        { "tv two", "tv" },
        { "tv-2", "tv" },
        { "tv 3", "" },
        { "tv 22", "" },
        { "lamp 2", "lamp" },
        { "lamp-2", "lamp" },
        { "lamp two", "lamp" },
        { "lamp2", "lamp" },
        { "plug 2", "two" },
        { "plug2", "two" },
        { "plug two", "two" },
        { "room 21 b", "room" },
        { "room 21b", "room" },
        { "room twenty one b", "room" },
        { "kuche lampe", "kueche" },
        { "k\u00fcche lampe", "kueche" },
        { "KU\u0308CHE_LAMPE", "kueche" },
        { "kyle's office", "kyle" },
        { "Kyle\u2019s office", "kyle" },
        { "kyles office", "kyle" },
        { "kid's fan", "kids" },
        { "kids' fan", "kids" },
        { "strasse", "street" },
        { "STRASSE", "street" },
        { "isik", "isik" },
        { "I\u015eIK", "isik" },
        { "lodz", "lodz" },
        { "\u041e\u0413\u041d\u0418", "fires" },
        { "\u0645\u0650\u0635\u0652\u0628\u064e\u0627\u062d", "lantern" },
        { "\u0645\u0635\u0640\u0628\u0627\u062d", "lantern" },
        { "jarvis plug", "hey" },
        { "jarvis plug please", "hey" },
        { "sono switch 2", "x" },
        { "sono-switch two", "x" },
        { "'tv 2'", "tv" },
    };
    struct world *w = *state;

    start(w);
    tell(w, MSG_DEVICES, NULL, devices);
    settle(w);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR text = STR_INIT;
        AUTO_JSON *found = NULL;
        const char *got;

        str_addf(&text, "turn on the %s", cases[i][0]);
        intent_understand(&found, w->intent, str_text(&text), NULL);
        got = json_str(cJSON_GetObjectItem(cJSON_GetObjectItem(found, "slots"), "name"), "value",
                       "");
        if (strcmp(got, cases[i][1]) != 0)
            fail_msg("'%s' gives '%s', not '%s'", str_text(&text), got, cases[i][1]);
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
    AUTO_JSON *found = NULL;
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
    assert_string_equal(json_str(w->last[MSG_INTENT].json, "language", "fr"), "fr");

    str_copy(w->settings.language, sizeof(w->settings.language), "tlh");
    tell(w, MSG_SETTINGS, "language", NULL);
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "no sentences for the language 'tlh'"));
    assert_int_equal(intent_understand(&found, w->intent, "quelle heure est-il", NULL), -ENOENT);
    str_clear(&got);
    answer(&got, w, "quelle heure est-il"); /* typed: any language will do */
    assert_true(got.len > 0);
    str_clear(&got);

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
    assert_true(str_starts(str_text(&w->faults), "sentences -22 /tmp/"));
    assert_non_null(strstr(str_text(&w->faults), "/etc/sentences/en.yaml line 5: column 9: '(' is "
                                                 "not closed by ')'\n"));
    put(w, "etc/sentences/en.yaml", "a: [");
    tell(w, MSG_SETTINGS, "language", NULL);
    settle(w);
    str_clear(&got);
    answer(&got, w, "what time is it"); /* the shipped ones stay */
    assert_true(got.len > 0);
}

#define OWN(intent, block)                    \
    "language: en\n"                          \
    "skip_words: [computer]\n"                \
    "intents:\n"                              \
    "  " intent ":\n"                         \
    "    data:\n"                             \
    "      - " block "\n"

/* One own file each: the sentence, what comes of it, and what is told. */
static void own_sentences_of_every_kind(void **state)
{
    static const struct {
        const char *yaml, *text;
        const char *want;  /* intent, and the value of name; "" for no match */
        const char *fault; /* in the faults; "" for none */
    } cases[] = {
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: movie } }"), "relax",
          "HassTurnOn movie", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: Movie Night } }"), "relax",
          "HassTurnOn movie", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: MOVIE } }"), "relax",
          "HassTurnOn movie", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: COOKER-LAMP } }"), "relax",
          "HassTurnOn kitchen_light", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: cellar lamp } }"), "relax", "",
          "en.yaml line 6: there is no device 'cellar lamp'" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { area: kitchen } }"), "relax",
          "HassTurnOn", "" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { area: Moon } }"), "relax",
          "HassTurnOn", "en.yaml line 6: there is no room 'Moon'" },
        /* a shipped sentence that matches as well loses */
        { OWN("HassTurnOn", "{ sentences: ['lights off'], slots: { name: movie } }"),
          "lights off", "HassTurnOn movie", "" },
        { OWN("HassTurnOn", "{ sentences: ['turn off the kitchen light'], slots: { name: tv } }"),
          "Turn off the kitchen light!", "HassTurnOn tv", "" },
        { OWN("HassTurnOn", "{ sentences: ['turn off the {name}'] }"),
          "turn off the kitchen light", "HassTurnOn kitchen_light", "" },
        /* skip words inside an own sentence are said */
        { OWN("HassTurnOn", "{ sentences: ['computer please go'], slots: { name: tv } }"),
          "computer please go", "HassTurnOn tv", "" },
        { OWN("HassTurnOn", "{ sentences: [go], slots: { name: tv } }"), "computer please go",
          "HassTurnOn tv", "" },
        /* what would reach everything, or what nobody can do, is refused */
        { OWN("HassTurnOn", "{ sentences: ['alpha seven'] }"), "alpha seven", "",
          "en.yaml line 6: HassTurnOn without {name}, {area} or 'slots' would mean every device" },
        { OWN("HassTurnOff", "{ sentences: ['alpha [the {name}]'] }"), "alpha", "",
          "would mean every device" },
        { OWN("HassTurnOff", "{ sentences: ['alpha ({name}|seven)'] }"), "alpha seven", "",
          "would mean every device" },
        { OWN("HassTurnOff", "{ sentences: ['alpha ({name}|{area})'] }"), "alpha kitchen",
          "HassTurnOff", "" },
        { OWN("HassTurnOff", "{ sentences: ['(a;{name})'] }"), "a tv 2", "HassTurnOff tv", "" },
        { OWN("HassTurnOff", "{ sentences: [alpha], requires_context: { area: { slot: true } } }"),
          "alpha", "HassTurnOff", "" },
        { OWN("HassLightSet", "{ sentences: [alpha], slots: { brightness: 5 } }"), "alpha", "",
          "HassLightSet without {name}" },
        { OWN("HassTurnOn", "{ sentences: ['boost {name}'], slots: { brightness: 5 } }"),
          "boost kitchen light", "", "HassTurnOn takes no 'brightness'; it takes name, area" },
        { OWN("HassTurnOn", "{ sentences: ['boost {name} {color}'] }"), "boost kitchen light red",
          "", "HassTurnOn takes no 'color'" },
        { OWN("hassturnon", "{ sentences: [alpha], slots: { name: tv } }"), "alpha", "",
          "en.yaml line 6: 'hassturnon' is nothing that Jarvis can do; did you mean HassTurnOn" },
        { OWN("HassMakeTea", "{ sentences: [tea] }"), "tea", "", "'HassMakeTea' is nothing" },
        { OWN("HassTurnOn", "{ sentences: [relax], slots: { name: [a, b] } }"), "relax",
          "HassTurnOn", "" },
    };
    struct world *w = *state;

    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *found = NULL;
        AUTO_STR got = STR_INIT;
        const cJSON *name;

        put(w, "etc/sentences/en.yaml", cases[i].yaml);
        str_clear(&w->faults);
        start(w);
        tell(w, MSG_DEVICES, NULL, house_english);
        settle(w);
        if (intent_understand(&found, w->intent, cases[i].text, NULL) == 0) {
            name = cJSON_GetObjectItem(cJSON_GetObjectItem(found, "slots"), "name");
            str_add(&got, json_str(found, "intent", ""));
            if (json_str(name, "value", "")[0])
                str_addf(&got, " %s", json_str(name, "value", ""));
        }
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' gives '%s', not '%s' (%s)", cases[i].text, str_text(&got),
                     cases[i].want, str_text(&w->faults));
        if (!strstr(str_text(&w->faults), cases[i].fault) ||
            (!cases[i].fault[0] && w->faults.len))
            fail_msg("'%s' tells '%s'", cases[i].text, str_text(&w->faults));
        w->intent = intent_free(w->intent);
    }
}

/* A name that is missing is told until the device or the sentence comes. */
static void strangers_come_home(void **state)
{
    struct world *w = *state;

    put(w, "etc/sentences/en.yaml",
        OWN("HassTurnOn", "{ sentences: [relax], slots: { name: tv } }"));
    start(w);
    settle(w);
    assert_string_equal(str_text(&w->faults), ""); /* no devices were told yet */
    tell(w, MSG_DEVICES, NULL, "[]");
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "own sentences -2 "));
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    assert_non_null(strstr(str_text(&w->faults), "own sentences 0 "));
}

/* Files of folders, read again on request. */
static void folders_and_reload(void **state)
{
    static const char *const texts[] = { "zap the coffee machine", "unzap the coffee machine" };
    struct world *w = *state;
    char folder[256];

    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    path(folder, sizeof(folder), w, "etc/sentences/en");
    assert_int_equal(file_mkdirs(folder, 0755, NULL), 0);
    put(w, "etc/sentences/en/light.yaml",
        "language: en\nintents: { HassTurnOff: { data: [ { sentences: ['<zap> [the] {name}'] } ] "
        "} }\n");
    put(w, "etc/sentences/en/_common.yaml",
        "language: en\nexpansion_rules: { zap: '(unzap|zip)' }\nintents: { HassTurnOn: { data: [ "
        "{ sentences: ['zap [the] {name}'] } ] } }\n");
    for (size_t i = 0; i < N_OF(texts); i++) {
        AUTO_STR before = STR_INIT, after = STR_INIT;

        answer(&before, w, texts[i]);
        assert_int_equal(before.len, 0);
        intent_reload(w->intent);
        settle(w);
        answer(&after, w, texts[i]);
        assert_true(after.len > 0);
        if (i == 0) {
            intent_free(w->intent);
            path(folder, sizeof(folder), w, "etc/sentences/en/_common.yaml");
            assert_int_equal(rename(folder, "/dev/null/x"), -1);
            w->intent = NULL;
            put(w, "etc/sentences/en/light.yaml", "language: en\n");
            start(w);
            tell(w, MSG_DEVICES, NULL, house_english);
            settle(w);
            put(w, "etc/sentences/en/light.yaml",
                "language: en\nintents: { HassTurnOff: { data: [ { sentences: ['<zap> [the] "
                "{name}'] } ] } }\n");
        }
    }
    assert_string_equal(str_text(&w->faults), "");
}

/* What is typed is understood in every language, what is heard only in the box's own. */
static void typed_in_any_language(void **state)
{
    static const struct {
        const char *text;
        uint64_t endpoint;
        const char *language; /* "" for no match */
    } cases[] = {
        { "what time is it", 0, "en" },
        { "quelle heure est-il", 0, "fr" },
        { "quelle heure est-il", (uint64_t)ORIGIN_HTTP << 56, "fr" },
        { "quelle heure est-il", ENDPOINT_BOX, "" },
        { "quelle heure est-il", (uint64_t)ORIGIN_SATELLITE << 56 | 3, "" },
        { "allume la kitchen light", 0, "fr" },
        { "stop", 0, "en" },
        { "wie viel Uhr ist es", 0, "" },
    };
    struct world *w = *state;

    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    settle(w);
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct msg *m = msg_new(MSG_UNDERSTAND, 7), *got = &w->last[MSG_INTENT];

        m->text = strdup(cases[i].text);
        m->endpoint = cases[i].endpoint;
        m->origin = (struct origin){ ORIGIN_HTTP, 5, 6, 0 };
        bus_post(w->bus, m);
        drain(w);
        assert_string_equal(got->code == 0 ? json_str(got->json, "language", "") : "",
                            cases[i].language);
        assert_true(got->endpoint == cases[i].endpoint && got->origin.client == 5);
    }
}

/* On the slow worker: the old sentences serve until the new ones come, and nobody minds when the
 * asker has gone meanwhile. */
static void builds_away_from_the_loop(void **state)
{
    struct world *w = *state;
    struct intent_deps d = { w->loop, w->bus, &w->settings, &w->paths, NULL };
    AUTO_STR got = STR_INIT;
    struct slow_stats stats;
    struct err e = ERR_INIT;

    if (slow_new(&d.slow, w->loop, NULL, &e) < 0 || intent_new(&w->intent, &d, &e) < 0)
        fail_msg("%s", err_text(&e));
    answer(&got, w, "what time is it"); /* before anything was built there */
    assert_true(got.len > 0);
    slow_stats(d.slow, &stats);
    assert_int_equal(stats.posted, 0);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    slow_stats(d.slow, &stats);
    assert_int_equal(stats.posted, 2); /* English, French */
    assert_int_equal(w->count[MSG_GRAMMAR], 1);
    str_clear(&got);
    answer(&got, w, "turn on the kitchen light");
    assert_true(got.len > 0);
    intent_reload(w->intent);
    clock_advance_usec(&w->clock, 60 * 1000);
    loop_step(w->loop, 0); /* posted, perhaps not yet answered */
    w->intent = intent_free(w->intent);
    settle(w);
    slow_end(d.slow, 1000);
}

/* "You can say": sentences of this house that are understood as they stand. */
static void examples_of_this_house(void **state)
{
    static const struct {
        const char *name, *kind, *device_class;
        const char *first[2]; /* English, French */
    } cases[] = {
        { "", "", "", { "what time is it", "quelle heure est-il" } },
        { "Desk lamp", "light", "", { "turn on the desk lamp", "allume desk lamp" } },
        { "TV", "switch", "", { "turn on the TV", "\u00e9teins TV" } },
        { "Volet", "cover", "", { "open the volet", "ouvre volet" } },
        { "Heater", "climate", "", { "set the heater to 20 degrees",
                                     "r\u00e8gle heater sur 20 degr\u00e9s" } },
        { "Pressure", "sensor", "", { "what is the pressure",
                                      "quelle est la valeur de pressure" } },
        { "Movie", "scene", "", { "activate movie", "active movie" } },
        { "Back door", "binary_sensor", "door",
          { "is the back door open", "est-ce que back door est ouverte" } },
        { "Motion", "binary_sensor", "motion", { "what time is it", "quelle heure est-il" } },
        { "Gate lock", "lock", "", { "is the gate lock locked", "verrouille gate lock" } },
    };
    static const char *const languages[] = { "en", "fr" };
    struct world *w = *state;

    for (size_t i = 0; i < 2 * N_OF(cases); i++) {
        AUTO_STR devices = STR_INIT, got = STR_INIT;
        AUTO_JSON *list = NULL;
        const cJSON *text;
        size_t k = i / 2;

        str_copy(w->settings.language, sizeof(w->settings.language), languages[i % 2]);
        str_addf(&devices,
                 "[{\"id\":\"a\",\"name\":\"%s\",\"area\":\"Den\",\"kind\":\"%s\","
                 "\"class\":\"%s\"}]",
                 cases[k].name, cases[k].kind, cases[k].device_class);
        start(w);
        tell(w, MSG_DEVICES, NULL, str_text(&devices));
        settle(w);
        answer(&got, w, "xyzzy");
        list = cJSON_DetachItemFromObject(w->last[MSG_INTENT].json, "examples");
        assert_int_equal(cJSON_GetArraySize(list), 3);
        assert_string_equal(list->child->valuestring, cases[k].first[i % 2]);
        cJSON_ArrayForEach(text, list)
        {
            AUTO_JSON *found = NULL;

            if (intent_understand(&found, w->intent, text->valuestring, NULL) < 0)
                fail_msg("'%s' is offered, but not understood", text->valuestring);
        }
        w->intent = intent_free(w->intent);
    }
}

static void explained(void **state)
{
    struct world *w = *state;
    AUTO_JSON *j = NULL;
    AUTO_FREE char *text = NULL;
    struct err e = ERR_INIT;

    put(w, "etc/sentences/en.yaml",
        OWN("HassTurnOn", "{ sentences: ['kitchen light on', 'kitchen (light'], slots: { name: tv "
                          "} }"));
    start(w);
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    if (intent_explain(&j, w->intent, "kitchen light on", &e) < 0)
        fail_msg("%s", err_text(&e));
    text = json_text(j);
    assert_non_null(strstr(text, "\"code\":0"));
    assert_non_null(strstr(text, "\"value\":\"tv\""));
    assert_non_null(strstr(text, "\"own\":true"));
    assert_non_null(strstr(text, "is not closed by"));
    assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(j, "readings")) > 1);
    assert_string_equal(json_str(cJSON_GetObjectItem(j, "meaning"), "intent", ""), "HassTurnOn");
    j = json_free(j);
    assert_int_equal(intent_explain(&j, w->intent, "kitchen lump on", &e), 0);
    assert_int_equal(cJSON_GetObjectItem(j, "code")->valueint, -ENOENT);
    assert_non_null(cJSON_GetObjectItem(cJSON_GetObjectItem(j, "meaning"), "nearest_text"));
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
        CASE(synchronous),            CASE(names_that_are_shared),            CASE(grammar_follows),
        CASE(language_changes),       CASE(language_is_no_path), CASE(own_sentences),
        CASE(names_as_people_write_them), CASE(own_sentences_of_every_kind),
        CASE(strangers_come_home),    CASE(folders_and_reload),  CASE(typed_in_any_language),
        CASE(builds_away_from_the_loop), CASE(examples_of_this_house),
        CASE(explained),              CASE(grammar_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
