/* SPDX-License-Identifier: Apache-2.0 */
/* Replies: what the shipped files say for every intent, what turns, and what a bad file is told. */
#include "assistant/phrase.h"
#include "assistant/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FOLDER "rootfs-overlay/usr/share/jarvis/responses/"

static struct reply *load(const char *language)
{
    char path[128];
    struct reply *r = NULL;
    struct err e = ERR_INIT;

    snprintf(path, sizeof(path), FOLDER "%s.yaml", language);
    if (reply_load(&r, path, &e) < 0)
        fail_msg("%s", e.text);
    return r;
}

static cJSON *json(const char *text)
{
    cJSON *j = NULL;
    struct err e = ERR_INIT;

    if (text && json_parse(&j, text, strlen(text), &e) < 0)
        fail_msg("%s: %s", text, e.text);
    return j;
}

#define ONE(state) "{\"devices\":[{\"id\":\"k\",\"name\":\"Kitchen light\",\"state\":" state "}]}"
#define DOOR(state) "{\"devices\":[{\"id\":\"g\",\"name\":\"garage door\",\"state\":" state "}]}"
#define TWO "{\"devices\":[{\"id\":\"a\",\"name\":\"lamp\",\"state\":{\"state\":\"on\"}}," \
            "{\"id\":\"b\",\"name\":\"fan\",\"state\":{\"state\":\"off\"}}]}"
#define FOUR "{\"devices\":[{\"id\":\"a\",\"name\":\"a\"},{\"id\":\"b\",\"name\":\"b\"}," \
             "{\"id\":\"c\",\"name\":\"c\"},{\"id\":\"d\",\"name\":\"d\"}]}"
#define ON(name) "{\"id\":\"" name "\",\"name\":\"" name "\",\"state\":{\"state\":\"on\"}}"
#define FOUR_ON "{\"devices\":[" ON("a") "," ON("b") "," ON("c") "," ON("d") "]}"
#define NAME "\"name\":{\"value\":\"k\",\"text\":\"kitchen light\"}"
#define AREA "\"area\":{\"value\":\"Kitchen\",\"text\":\"kitchen\"}"
#define DOMAIN(d) "\"domain\":{\"value\":\"" d "\",\"text\":\"" d "\"}"
#define INTENT(name, slots) "{\"intent\":\"" name "\",\"slots\":{" slots "}}"

static const char registry[] =
    "[{\"id\":\"k\",\"kind\":\"light\"},{\"id\":\"g\",\"kind\":\"cover\"}]";

static const struct {
    const char *language, *intent, *acted, *want;
} phrases[] = {
    { "en", INTENT("HassTurnOn", NAME), ONE("{\"state\":\"on\"}"), "Turned on kitchen light." },
    { "en", INTENT("HassTurnOff", NAME), ONE("{\"state\":\"off\"}"), "Turned off kitchen light." },
    { "en", INTENT("HassTurnOff", "\"name\":{\"value\":\"k\",\"text\":\"ceiling lamp\"}"),
      ONE("\"off\""), "Turned off kitchen light." },
    { "en", INTENT("HassTurnOff", NAME), NULL, "Turned off kitchen light." },
    { "en", INTENT("HassTurnOn", ""), DOOR("{}"), "Opened garage door." },
    { "en", INTENT("HassTurnOff", DOMAIN("cover")), DOOR("{}"), "Closed garage door." },
    { "en", INTENT("HassTurnOn", DOMAIN("scene") "," NAME), NULL, "Activated kitchen light." },
    { "en", INTENT("HassTurnOn", DOMAIN("light") "," AREA), TWO,
      "Turned on the lights in the kitchen." },
    { "en",
      INTENT("HassTurnOff",
             DOMAIN("light") ",\"area\":{\"value\":\"Kitchen\",\"text\":\"Kitchen\"}"),
      TWO, "Turned off the lights in the kitchen." },
    { "en", INTENT("HassTurnOff", DOMAIN("light") "," AREA), ONE("{}"),
      "Turned off the lights in the kitchen." },
    { "en", INTENT("HassTurnOn", AREA), TWO, "Turned on everything in the kitchen." },
    { "en", INTENT("HassTurnOff", "\"name\":{\"value\":\"all\",\"text\":\"all\"}," DOMAIN("light")),
      FOUR, "Turned off all lights." },
    { "en", INTENT("HassTurnOff", DOMAIN("light")), FOUR, "Turned off all lights." },
    { "en", INTENT("HassTurnOff", DOMAIN("vacuum")), FOUR, "Turned everything off." },
    { "en", INTENT("HassTurnOff", NAME), FOUR, "Turned off 4 devices." },
    { "en", INTENT("HassLightSet", "\"brightness\":{\"value\":5,\"text\":\"5\"}"), TWO,
      "Set all lights to 5 percent." },
    { "en", INTENT("HassToggle", NAME), ONE("{}"), "Switched kitchen light." },
    { "en", INTENT("HassLightSet", NAME ",\"brightness\":{\"value\":50,\"text\":\"fifty\"}"),
      ONE("{}"), "Set kitchen light to 50 percent." },
    { "en", INTENT("HassLightSet", AREA ",\"color\":{\"value\":\"red\",\"text\":\"red\"}"), TWO,
      "Made the lights in the kitchen red." },
    { "en", INTENT("HassSetPosition", "\"position\":{\"value\":40,\"text\":\"40\"}"), DOOR("{}"),
      "Moved garage door to 40 percent." },
    { "en",
      INTENT("HassClimateSetTemperature", "\"temperature\":{\"value\":21.5,\"text\":\"21.5\"}"),
      NULL, "Set the temperature to 21.5 degrees." },
    { "fr",
      INTENT("HassClimateSetTemperature", "\"temperature\":{\"value\":21.5,\"text\":\"21.5\"}"),
      NULL, "J'ai réglé la température à 21,5 degrés." },
    { "en", INTENT("HassClimateGetTemperature", ""),
      ONE("{\"state\":\"on\",\"target\":20,\"temperature\":19.25}"), "It is 19.25 degrees." },
    { "en", INTENT("HassClimateGetTemperature", AREA), ONE("{\"state\":-3,\"unit\":\"C\"}"),
      "It is -3 degrees in the kitchen." },
    { "en", INTENT("HassClimateGetTemperature", ""), ONE("{}"),
      "I do not know the temperature yet." },
    { "en", INTENT("HassGetState", NAME), ONE("{\"state\":\"on\"}"), "Kitchen light is on." },
    { "fr", INTENT("HassGetState", NAME), ONE("{\"state\":\"off\"}"), "Kitchen light : éteint." },
    { "en", INTENT("HassGetState", NAME), ONE("{}"),
      "I do not know the state of kitchen light yet." },
    { "en", INTENT("HassGetState", NAME), ONE("\"unknown\""),
      "I do not know the state of kitchen light yet." },
    { "en", INTENT("HassGetState", NAME), ONE("{\"state\":21.5,\"unit\":\"°C\"}"),
      "Kitchen light is 21.5 °C." },
    { "en", INTENT("HassGetState", NAME ",\"state\":{\"value\":\"on\",\"text\":\"on\"}"),
      ONE("{\"state\":\"on\"}"), "Yes, kitchen light is on." },
    { "en", INTENT("HassGetState", NAME ",\"state\":{\"value\":\"on\",\"text\":\"on\"}"),
      ONE("{\"state\":\"off\"}"), "No, kitchen light is off." },
    { "en", INTENT("HassGetState", "\"state\":{\"value\":\"on\",\"text\":\"on\"}"), TWO,
      "On: lamp." },
    { "en", INTENT("HassGetState", "\"state\":{\"value\":\"on\",\"text\":\"on\"}"), FOUR_ON,
      "4 are on." },
    { "en", INTENT("HassGetState", "\"state\":{\"value\":\"open\",\"text\":\"open\"}"), TWO,
      "None is open." },
    { "en", INTENT("HassGetState", ""), TWO, "Lamp is on, fan is off." },
    { "en", INTENT("HassGetCurrentTime", ""), NULL, "It is 21:05." },
    { "fr", INTENT("HassGetCurrentTime", ""), NULL, "Il est vingt et une heures 5." },
    { "en", INTENT("HassGetCurrentDate", ""), NULL, "It is Sunday, March 1st, 2026." },
    { "fr", INTENT("HassGetCurrentDate", ""), NULL, "Nous sommes le dimanche 1er mars 2026." },
    { "en", INTENT("HassNevermind", ""), NULL, "All right." },
    { "en", INTENT("JarvisStop", ""), NULL, "Stopped." },
    { "en", INTENT("JarvisThanks", ""), NULL, "You are welcome." },
    { "en", INTENT("SomethingNew", ""), TWO, "Done." },
    { "en", "{\"intent\":\"HassTurnOn\",\"slots\":{" NAME "},\"response\":\"scene\"}", NULL,
      "Activated kitchen light." },
    { "en", "{\"intent\":\"HassTurnOn\",\"slots\":{" NAME "},\"response\":\"unheard_of\"}", NULL,
      "Turned on kitchen light." },
    { "en", INTENT("HassTurnOn", ""), NULL, "Done." },
    { "en", "{\"intent\":\"HassTurnOn\"}", "{\"devices\":7}", "Done." },
    { "en", "{\"intent\":5,\"slots\":[1,2]}", "[]", "Done." },
};

/* Sunday the 1st of March 2026, 21:05 in Paris. */
static const int64_t sunday_usec = 1772395500LL * 1000000;

static void test_phrases(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Paris", 1);
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(phrases[i].language);
        AUTO_JSON *intent = json(phrases[i].intent), *acted = json(phrases[i].acted);
        AUTO_JSON *devices = json(registry);
        AUTO_STR out = STR_INIT;
        const struct phrase_facts f = { intent, acted, devices, sunday_usec };

        phrase_done(&out, r, &f);
        if (strcmp(str_text(&out), phrases[i].want) != 0)
            fail_msg("%s: '%s', want '%s'", phrases[i].intent, str_text(&out), phrases[i].want);
    }
}

static void test_zone(void **state)
{
    AUTO(reply_freep) struct reply *en = load("en"), *fr = load("fr");
    AUTO_STR out = STR_INIT;

    (void)state;
    setenv("TZ", "Asia/Kolkata", 1);
    reply_time(&out, en, sunday_usec);
    reply_date(&out, fr, sunday_usec);
    reply_time(&out, fr, sunday_usec - 95 * 60 * 1000000LL); /* on the hour */
    setenv("TZ", "UTC", 1);
    reply_time(&out, fr, sunday_usec - 485 * 60 * 1000000LL);
    assert_string_equal(str_text(&out), "1:35lundi 2 mars 2026minuitmidi");
}

static void test_numbers(void **state)
{
    static const struct {
        double number;
        const char *want;
    } cases[] = { { 0, "0" },        { -0.0, "0" },      { 21, "21" },       { 21.5, "21,5" },
                  { 0.25, "0,25" },  { -3.1, "-3,1" },   { 100, "100" },     { 1e13, "?" },
                  { 1.0 / 3, "0,33" }, { -0.001, "0" } };
    AUTO(reply_freep) struct reply *fr = load("fr");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_STR out = STR_INIT;

        reply_number(&out, fr, cases[i].number);
        assert_string_equal(str_text(&out), cases[i].want);
    }
}

/* Sentences take turns in order; one whose place is not known does not take its turn. */
static void test_turns(void **state)
{
    AUTO(reply_freep) struct reply *r = load("en");
    struct reply_choice c = { .intent = "HassTurnOn", .places[PLACE_NAME] = "lamp" };
    static const char *const want[] = { "Turned on lamp.", "Lamp is on.", "Turned on lamp." };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        AUTO_STR out = STR_INIT;

        reply_make(&out, r, &c);
        assert_string_equal(str_text(&out), want[i]);
    }
}

static void test_errors(void **state)
{
    static const struct {
        int code;
        enum reply_error want;
    } cases[] = { { -ENOENT, REPLY_NO_DEVICE },     { -ENOTCONN, REPLY_BROKER_AWAY },
                  { -ETIMEDOUT, REPLY_TIMED_OUT },  { -EOPNOTSUPP, REPLY_CANNOT },
                  { -EINVAL, REPLY_BAD_VALUE },     { -EHOSTDOWN, REPLY_DEVICE_AWAY },
                  { -EIO, REPLY_FAILED } };
    AUTO(reply_freep) struct reply *fr = load("fr");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(phrase_action_error(cases[i].code), cases[i].want);
    assert_int_equal(phrase_llm_error(-EHOSTDOWN), REPLY_LLM_OFFLINE);
    assert_int_equal(phrase_llm_error(-ETIMEDOUT), REPLY_LLM_SLOW);
    assert_int_equal(phrase_llm_error(-EPROTO), REPLY_LLM_FAILED);
    for (int i = 0; i < REPLY_ERROR_N; i++)
        assert_true(strlen(reply_error(fr, i)) > 3);
    assert_true(strlen(reply_prompt(fr)) > 100);
}

/* ---- bad files: a good one with one thing changed -------------------------------------- */

static const struct {
    const char *name, *from, *to; /* in en.yaml */
    const char *words;
} bad[] = {
    { "unknown place", "Turned on {name}.", "Turned on {nome}.", "unknown word in braces: " },
    { "open brace", "Turned on {name}.", "Turned on {name.", "a brace has no partner" },
    { "closing brace", "Turned on {name}.", "Turned on name}.", "a brace has no partner" },
    { "place in an error", "Sorry, that did not work.", "Sorry, {name}.",
      "unknown word in braces" },
    { "no default", "  JarvisThanks:\n    default:", "  JarvisThanks:\n    other:",
      "lacks `default`: JarvisThanks" },
    { "missing intent", "  JarvisStop:", "  JarvisHalt:", "`intents` lacks: JarvisStop" },
    { "missing error", "  busy:", "  not_heard2:", "unknown error: not_heard2" },
    { "unknown section", "done:", "dune:", "unknown section: dune" },
    { "eleven months", "[January, February,", "[January,", "list of the right length: months" },
    { "empty list", "[\"Stopped.\"]", "[]", "list of sentences: default" },
    { "empty sentence", "[\"Stopped.\"]", "[\" \"]", "not empty" },
    { "a map for a sentence", "[\"Stopped.\"]", "[{a: b}]", "not empty" },
    { "intent without keys", "  JarvisStop:\n    default: [\"Stopped.\"]", "  JarvisStop: Stopped.",
      "keys with sentences: JarvisStop" },
    { "unknown word", "  decimal:", "  decimals:", "unknown word: decimals" },
    { "words of the date", "{weekday}, {month}", "{weekday}, {name}", "unknown word in braces" },
    { "bad YAML", "done: [", "done: [[", "line " },
};

static void test_bad(void **state)
{
    FILE *f = fopen(FOLDER "en.yaml", "re");
    static char good[32768];
    size_t len = f ? fread(good, 1, sizeof(good) - 1, f) : 0;

    (void)state;
    assert_true(len > 1000 && len < sizeof(good) - 1);
    fclose(f);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        AUTO_STR text = STR_INIT;
        const char *at = strstr(good, bad[i].from);
        struct reply *r = (struct reply *)&text;
        struct err e = ERR_INIT;

        assert_non_null(at);
        str_add_bytes(&text, good, (size_t)(at - good));
        str_add(&text, bad[i].to);
        str_add(&text, at + strlen(bad[i].from));
        if (reply_parse(&r, "en.yaml", text.data, text.len, &e) != -EINVAL ||
            r != (struct reply *)&text || !strstr(e.text, bad[i].words) ||
            !strstr(e.text, "en.yaml line "))
            fail_msg("%s: '%s'", bad[i].name, e.text);
    }
    assert_int_equal(reply_parse(&(struct reply *){ NULL }, "x", "", 0, NULL), -EINVAL);
    assert_int_equal(reply_load(&(struct reply *){ NULL }, FOLDER "xx.yaml", NULL), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phrases), cmocka_unit_test(test_zone),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_turns),
        cmocka_unit_test(test_errors),  cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
