/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/phrases_test.c - everything that a house's answers are made of, in every language that is
 * there: frames of the right kinds, names as they are said, numbers, times and dates. */
#include "assistant/phrases.h"
#include "core/house.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define WALL_USEC (INT64_C(1795910400) * 1000000) /* 2026-11-29 */

static const char registry_json[] =
    "[{\"id\": \"a\", \"name\": \"Kitchen Light\", \"area\": \"Kitchen\", \"kind\": \"light\"},"
    " {\"id\": \"b\", \"name\": \"Bedroom blinds\", \"area\": \"Bedroom\", \"kind\": \"cover\", \"class\": \"blind\"},"
    " {\"id\": \"c\", \"name\": \"Front door\", \"area\": \"Hall\", \"kind\": \"lock\"},"
    " {\"id\": \"d\", \"name\": \"Movie night\", \"area\": \"\", \"kind\": \"scene\"},"
    " {\"id\": \"f\", \"name\": \"Reading lamp\", \"area\": \"Hall\", \"kind\": \"light\"},"
    " {\"id\": \"e\", \"name\": \"Cellar\", \"area\": \"Kitchen\", \"kind\": \"sensor\","
    "  \"state\": {\"state\": 54, \"unit\": \"%\"}}]";

static cJSON *made(const char *language, const char *registry)
{
    AUTO(reply_freep) struct reply *r = NULL;
    AUTO_JSON *devices = NULL;
    struct err e = ERR_INIT;
    char path[200];
    cJSON *j;

    snprintf(path, sizeof(path), "rootfs-overlay/usr/share/jarvis/responses/%s.yaml", language);
    if (reply_load(&r, path, &e) < 0)
        fail_msg("%s", e.text);
    if (registry)
        assert_int_equal(json_parse(&devices, registry, strlen(registry), NULL), 0);
    j = phrases_of(r, language, devices, WALL_USEC);
    assert_non_null(j);
    assert_string_equal(json_str(j, "language", ""), language);
    return j;
}

static const cJSON *get(const cJSON *j, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(j, key);
}

/* The kinds of a text in a list; 0: it is not there. One without kinds is of all. */
static unsigned kinds_of(const cJSON *list, const char *text)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
        if (strcmp(cJSON_IsString(item) ? item->valuestring : json_str(item, "text", ""), text) == 0)
            return (unsigned)json_int(item, "kinds", 0, UINT32_MAX, UINT32_MAX);
    return 0;
}

static bool has(const cJSON *list, const char *text)
{
    return kinds_of(list, text) != 0;
}

static void test_frames(void **state)
{
    static const struct {
        const char *text;
        unsigned must, must_not;
    } cases[] = {
        { "Turned on {name}.", IS_LIGHT | IS_SWITCH, IS_COVER | IS_LOCK | IS_SCENE },
        { "Opened {name}.", IS_COVER, IS_LIGHT | IS_LOCK },
        { "Locked {name}.", IS_LOCK, IS_LIGHT | IS_COVER },
        { "Activated {title}.", IS_SCENE, IS_LIGHT },
        { "Set {name} to {brightness} percent.", IS_LIGHT, IS_COVER | IS_LOCK },
        { "Moved {name} to {position} percent.", IS_COVER, IS_LIGHT },
        { "Shall I unlock {name}?", IS_LOCK, IS_LIGHT },
        { "{name} {is} {state}.", IS_LIGHT | IS_SENSOR | IS_COVER, IS_SCENE },
        { "It is {temperature} in {area}.", IS_CLIMATE, 0 },
        { "It is {weekday}, {month} {day}, {year}.", IS_ANY, 0 }, /* in the place of {date} */
        { "Which one: {name}?", IS_ANY, 0 },
        { "Which one: {area}?", IS_ANY, 0 },
        { "{name} in {area}", IS_ANY, 0 },
        { "{name} did not answer.", IS_ANY, 0 },
        { "{count} more.", IS_ANY, 0 },
    };
    AUTO_JSON *j = made("en", registry_json);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned kinds = kinds_of(get(j, "frames"), cases[i].text);

        if ((kinds & cases[i].must) != cases[i].must || (kinds & cases[i].must_not) != 0)
            fail_msg("%s: kinds %x", cases[i].text, kinds);
    }
}

static void test_whole(void **state)
{
    AUTO_JSON *j = made("en", NULL);
    const cJSON *item;

    (void)state;
    assert_true(has(get(j, "whole"), "Done."));
    assert_true(has(get(j, "whole"), "Sorry, I did not understand."));
    assert_true(has(get(j, "whole"), "Turned everything off."));
    assert_true(has(get(j, "whole"), "That is what I last heard."));
    cJSON_ArrayForEach(item, get(j, "whole")) assert_null(strchr(item->valuestring, '{'));
    cJSON_ArrayForEach(item, get(j, "frames")) assert_non_null(strchr(json_str(item, "text", ""), '{'));
}

static void test_places(void **state)
{
    static const struct {
        const char *place, *text;
    } there[] = {
        { "name", "the kitchen light" }, { "name", "the bedroom blinds" }, { "name", "the front door" },
        { "title", "movie night" },      { "area", "the hall" },           { "kinds", "the lights" },
        { "all", "all the blinds" },     { "state", "closed" },            { "state", "54 %" },
        { "is", "are" },                 { "was", "were" },                { "brightness", "100" },
        { "step", "0.5" },               { "temperature", "21.5 degrees" }, { "temperature", "1 degree" },
        { "temperature", "-5 degrees" }, { "warmth", "2700 kelvin" },      { "warmth", "warm white" },
        { "color", "blue" },             { "time", "0:00" },               { "time", "23:59" },
        { "weekday", "Saturday" },       { "month", "May" },               { "day", "31st" },
        { "year", "2026" },              { "year", "2027" },               { "count", "2" },
        { "counted", "2 lights" },       { "counted", "3 devices" },
    };
    AUTO_JSON *j = made("en", registry_json);
    const cJSON *places = get(j, "places");

    (void)state;
    for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
        if (!has(get(places, there[i].place), there[i].text))
            fail_msg("%s: %s", there[i].place, there[i].text);
    assert_int_equal(kinds_of(get(places, "name"), "the bedroom blinds"), IS_COVER);
    assert_int_equal(cJSON_GetArraySize(get(places, "area")), 3); /* each once, and no nameless one */
    assert_int_equal(cJSON_GetArraySize(get(places, "time")), 24 * 60);
    assert_false(has(get(places, "kinds"), "the locks") && has(get(places, "kinds"), "the fans"));
}

/* Each language that is there is told whole, with a house and without. */
static void test_every_language(void **state)
{
    static const char *const languages[] = { "de", "en", "es", "fr", "it", "nl" };

    (void)state;
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        AUTO_JSON *house = made(languages[i], registry_json), *none = made(languages[i], NULL);

        assert_true(cJSON_GetArraySize(get(house, "whole")) > 20);
        assert_true(cJSON_GetArraySize(get(house, "frames")) > 60);
        assert_int_equal(cJSON_GetArraySize(get(get(house, "places"), "name")), 6);
        assert_int_equal(cJSON_GetArraySize(get(get(none, "places"), "name")), 0);
        assert_int_equal(cJSON_GetArraySize(get(house, "joins")), 2);
        assert_true(has(get(house, "listed"), "name"));
    }
}

/* A registry of another form costs what is wrong in it. */
static void test_strange_registry(void **state)
{
    static const char *const registries[] = { "{}", "[]", "[1, null, \"x\"]", "[{\"name\": 5, \"kind\": []}]",
                                              "[{\"name\": \"\", \"area\": \"\"}]" };

    (void)state;
    for (size_t i = 0; i < sizeof(registries) / sizeof(registries[0]); i++) {
        AUTO_JSON *j = made("en", registries[i]);

        assert_int_equal(cJSON_GetArraySize(get(get(j, "places"), "name")), 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),         cmocka_unit_test(test_whole),
        cmocka_unit_test(test_places),         cmocka_unit_test(test_every_language),
        cmocka_unit_test(test_strange_registry),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
