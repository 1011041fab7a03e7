/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/intent_test.c - over the bus: sentences in, intents out; names and grammars
 * that follow the house and the settings. */
#include "unit/intent/world.h"

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

    move_in(w, house_english);
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

    move_in(w, house_english);
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

    move_in(w, house_english);
    answer(&got, w, "switch on the kitchen elephant");
    j = w->last[MSG_INTENT].json;
    assert_non_null(j);
    assert_true(str_starts(json_str(j, "nearest", ""), "en.yaml:"));
    assert_string_equal(json_str(j, "rest", ""), "elephant");
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
    struct stat st;
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
    assert_int_equal(stat(w->last[MSG_GRAMMAR].text, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640); /* the names of the house are nobody else's */
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

    move_in(w, house_english);
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
    static const char attic[] = "[{\"id\":\"attic\",\"name\":\"Attic Light\",\"aliases\":[],"
                                "\"area\":\"\",\"kind\":\"light\",\"can\":[\"on\",\"off\"]}]";
    struct world *w = *state;
    struct intent_deps d = { w->loop, w->bus, &w->settings, &w->paths, NULL, NULL };
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
    tell(w, MSG_DEVICES, NULL, attic); /* comes while the build is on its way */
    loop_step(w->loop, 0);
    settle(w);
    str_clear(&got);
    answer(&got, w, "turn on the attic light");
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
    move_in(w, house_english);
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

    snprintf(w->paths.lent, sizeof(w->paths.lent), "%s/nowhere", w->root);
    start(w);
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 0);
    assert_true(str_starts(str_text(&w->faults), "spoken sentences -2 "));
    path(w->paths.lent, sizeof(w->paths.lent), w, "run");
    tell(w, MSG_DEVICES, NULL, house_english);
    settle(w);
    assert_int_equal(w->count[MSG_GRAMMAR], 1);
    assert_non_null(strstr(str_text(&w->faults), "spoken sentences 0 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sentences_over_the_bus),
        CASE(hostile),
        CASE(near_misses_are_hinted),
        CASE(synchronous),
        CASE(grammar_follows),
        CASE(language_changes),
        CASE(language_is_no_path),
        CASE(typed_in_any_language),
        CASE(builds_away_from_the_loop),
        CASE(examples_of_this_house),
        CASE(explained),
        CASE(grammar_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
