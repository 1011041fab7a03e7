/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/near_test.c - what follows a sentence ("it", "the other one", a second command), and
 * sentences with mistakes: what they are taken for, what is asked, what is left alone. Through the shipped
 * files. Words after "=>" : the intent and its slots; "?" before it: it is asked first, or which of them. */
#include "intent/near.h"
#include "intent/several.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char house[] =
    "[{\"id\":\"kl\",\"name\":\"Kitchen light\",\"aliases\":[\"cooker lamp\"],\"area\":\"Kitchen\",\"kind\":\"light\"},"
    "{\"id\":\"hl\",\"name\":\"Hall light\",\"area\":\"Hall\",\"kind\":\"light\"},"
    "{\"id\":\"hp\",\"name\":\"Hall lamp\",\"area\":\"Hall\",\"kind\":\"light\"},"
    "{\"id\":\"bs\",\"name\":\"Bedside lamp\",\"area\":\"Bedroom\",\"kind\":\"light\"},"
    "{\"id\":\"fan\",\"name\":\"Ceiling fan\",\"area\":\"Bedroom\",\"kind\":\"switch\"},"
    "{\"id\":\"l2\",\"name\":\"Lamp three\",\"area\":\"Office\",\"kind\":\"light\"},"
    "{\"id\":\"kb\",\"name\":\"Kitchen blind\",\"area\":\"Kitchen\",\"kind\":\"cover\",\"class\":\"blind\"},"
    "{\"id\":\"ob\",\"name\":\"Office curtains\",\"area\":\"Office\",\"kind\":\"cover\",\"class\":\"curtain\"},"
    "{\"id\":\"gd\",\"name\":\"Garage door\",\"area\":\"Garage\",\"kind\":\"cover\",\"class\":\"garage\"},"
    "{\"id\":\"rad\",\"name\":\"Office radiator\",\"area\":\"Office\",\"kind\":\"climate\"},"
    "{\"id\":\"fl\",\"name\":\"Front door lock\",\"area\":\"Hall\",\"kind\":\"lock\"},"
    "{\"id\":\"mn\",\"name\":\"Movie night\",\"kind\":\"scene\"},"
    "{\"id\":\"out\",\"name\":\"Outside temperature\",\"kind\":\"sensor\"}]";

static struct tongue *speak(const char *language)
{
    struct paths paths = { .etc = "/nowhere", .share = "rootfs-overlay/usr/share/jarvis" };
    AUTO_JSON *devices = cJSON_Parse(house);
    struct tongue *t = NULL;
    struct err e = ERR_INIT;

    assert_non_null(devices);
    if (tongue_new(&t, &paths, language, &e) < 0 || tongue_set_devices(t, devices, &e) < 0)
        fail_msg("%s", err_text(&e));
    return t;
}

static void show(struct str *out, const cJSON *found)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(found, "commands"))
    {
        if (one != cJSON_GetObjectItemCaseSensitive(found, "commands")->child)
            str_add(out, "; ");
        show(out, one);
    }
    str_add(out, json_str(found, "intent", ""));
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(found, "slots"))
    {
        AUTO_FREE char *v = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(one, "value"));

        if (v)
            str_addf(out, " %s=%s", one->string, v);
    }
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(found, "candidates"))
        str_addf(out, " ?%s", one->valuestring);
}

/* "?" where it is asked about first: the texts; "-" nothing; "=" it is understood as it stands. */
static void taken(struct str *out, const struct tongue *t, const char *text)
{
    AUTO_JSON *found = NULL, *plain = NULL;
    const cJSON *one;
    int r = several_find(&plain, t, text, "Kitchen", NULL, NULL);

    if (r == 0 || r == -ENOTUNIQ) {
        str_add(out, "="); /* nothing is to be mended */
        return;
    }
    r = near_find(&found, &(struct near_query){ t, &(struct opposites){ &t, 1 }, "Kitchen", NULL }, text);
    if (r != 0 && r != -ENOTUNIQ) {
        assert_int_equal(r, -ENOENT);
        assert_null(found);
        str_add(out, "-");
        return;
    }
    assert_int_equal(r == -ENOTUNIQ, cJSON_HasObjectItem(found, "candidates"));
    if (!cJSON_HasObjectItem(found, "unsure")) {
        show(out, found);
        return;
    }
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(found, "choices"))
    {
        const cJSON *means = cJSON_GetObjectItemCaseSensitive(one, "means");

        assert_true(cJSON_HasObjectItem(means, "intent") || cJSON_HasObjectItem(means, "commands"));
        str_addf(out, "?%s", json_str(one, "text", "none"));
    }
}

struct near_case {
    const char *said, *want;
};

static void take_all(const char *language, const struct near_case *cases, size_t n)
{
    AUTO(tongue_freep) struct tongue *t = speak(language);

    for (size_t i = 0; i < n; i++) {
        AUTO_STR got = STR_INIT;

        taken(&got, t, cases[i].said);
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' gives '%s', not '%s'", cases[i].said, str_text(&got), cases[i].want);
    }
}

static void mistakes_in_english(void **state)
{
    static const struct near_case cases[] = {
        { "trun on the kitchen light", "HassTurnOn name=\"kl\"" },
        { "turn on the kichen light", "HassTurnOn name=\"kl\"" },
        { "turn on the kichen lihgt", "HassTurnOn name=\"kl\"" },
        { "turn on the kitchenlight", "HassTurnOn name=\"kl\"" },
        { "turn on the bed side lamp", "HassTurnOn name=\"bs\"" },
        { "switch of the kitchen light", "-" }, /* "of" is a word: never taken for off */
        { "turn onn the kitchen light", "-" },  /* nor is anything that short mended */
        { "turn on the kitchen light to fivty percent", "-" },
        { "set the kitchen light to sixti percent", "-" }, /* numbers are never mended */
        { "whta tiem is it", "HassGetCurrentTime" },
        { "what tme is it", "-" },
        /* three words that are none are talk */
        { "trun onn teh lmap", "-" },
        { "xyzzy plugh", "-" },
        { "", "-" },
        /* what opens the house is asked about, however it is typed */
        { "opne the garage door", "?open the garage door" },
        { "open the garge door", "?open the garage door" },
        { "open the garge", "?open the garage" },
        { "unlok the front door lock", "?unlock the front door lock" },
        { "nlock the front door lock", "?lock the front door lock?unlock the front door lock" },
        { "close the kitchen blnd", "HassTurnOff name=\"kb\" domain=\"cover\"" },
        { "yess", "-" }, /* a yes is said plainly */
        { "dont trun on the kitchen light", "JarvisRefuse command=\"turn on the kitchen light\"" },
        { "nver turn on the kitchen light", "JarvisRefuse command=\"turn on the kitchen light\"" },
        { "turn on the kitchen light tommorow",
          "JarvisRefuse command=\"turn on the kitchen light\"" },
        { "turn off the kitchen light and open the garge door",
          "?turn off the kitchen light and open the garage door" },
    };

    (void)state;
    take_all("en", cases, N_OF(cases));
}

static void names_in_part(void **state)
{
    static const struct near_case cases[] = {
        { "turn on the bedside", "HassTurnOn name=\"bs\"" },
        { "turn off the ceiling", "?turn off the Ceiling fan" }, /* a switch may be anything */
        { "close the office", "?close the Office curtains" },
        { "turn on the lamp in the hall", "HassTurnOn name=\"hp\" area=\"Hall\"" }, /* and not the light beside it */
        { "is it locked at the front", "-" },
        { "unlock the front door", "?unlock the Front door lock" },
        { "lock the front door", "?lock the Front door lock" },
        { "what is the temperature outside", "HassGetState name=\"out\"" },
        { "start movie", "HassTurnOn name=\"mn\" domain=\"scene\"" },
        { "turn on the kitchen window light", "-" }, /* no name holds all of it */
        { "open the hall", "-" },
    };

    (void)state;
    take_all("en", cases, N_OF(cases));
}

static void mistakes_elsewhere(void **state)
{
    static const struct near_case french[] = {
        { "alume la kitchen light", "HassTurnOn name=\"kl\"" },
        { "étein la kitchen light", "HassTurnOff name=\"kl\"" },
        { "verouille front door lock", "?verrouille front door lock" },
        { "deverouille front door lock", "?déverrouille front door lock" },
        { "n'alume pas la kitchen light", "JarvisRefuse command=\"allumé\" rest=\"la kitchen light\"" },
    };
    static const struct near_case german[] = {
        { "schlate die bedside lamp an", "HassTurnOn name=\"bs\"" },
        { "bedside lamp asschalten", "?bedside lamp anschalten?bedside lamp ausschalten" },
        /* as near to "anschalten" */
        { "bedside lamp auschalten", "?bedside lamp anschalten?bedside lamp ausschalten" },
    };
    static const struct near_case italian[] = {
        { "acendi bedside lamp", "HassTurnOn name=\"bs\"" },
        { "spgni bedside lamp", "HassTurnOff name=\"bs\"" },
    };

    (void)state;
    take_all("fr", french, N_OF(french));
    take_all("de", german, N_OF(german));
    take_all("it", italian, N_OF(italian));
}

static void unknown_words_are_counted(void **state)
{
    static const struct {
        const char *text;
        unsigned want;
    } cases[] = {
        { "turn on the kitchen light", 0 }, { "trun on the kitchen light", 1 },
        { "trun on the kichen light", 2 },  { "trun onn teh kichen lihgt", NEAR_UNKNOWN_MAX + 1 },
        { "set it to 40 %", 0 },            { "set it to forty", 0 },
        { "", NEAR_UNKNOWN_MAX + 1 },       { "\xff", NEAR_UNKNOWN_MAX + 1 },
        { "allume la lumière", NEAR_UNKNOWN_MAX + 1 },
    };
    AUTO(tongue_freep) struct tongue *t = speak("en");

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        if (near_unknown(t, cases[i].text) != cases[i].want)
            fail_msg("%s: %u", cases[i].text, near_unknown(t, cases[i].text));
}

/* What would be a name: the words, what is done with it, and who it may be. */
static void what_is_lacking(void **state)
{
    static const struct {
        const char *said, *text, *intent, *first; /* text NULL: nothing */
    } cases[] = {
        { "turn on the reading gizmo", "gizmo", "HassTurnOn", "" },
        { "turn off the qwertz lamp", "qwertz", "HassTurnOff", "" },
        { "open the zombie curtains", "zombie", "HassTurnOn", "" },
        { "set the wibble to 40 percent", "wibble", "HassLightSet", "" },
        { "sing me a sonnet", NULL, NULL, NULL },
        { "turn on the kitchen light", NULL, NULL, NULL }, /* it lacks no word */
        { "", NULL, NULL, NULL },
    };
    AUTO(tongue_freep) struct tongue *t = speak("en");

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *j = near_lacks(t, cases[i].said, "Kitchen");
        const cJSON *as = cJSON_GetObjectItemCaseSensitive(j, "as");

        if (!cases[i].text) {
            if (j)
                fail_msg("'%s' lacks '%s'", cases[i].said, json_str(j, "text", "?"));
            continue;
        }
        if (!j)
            fail_msg("'%s' lacks nothing", cases[i].said);
        if (!strstr(json_str(j, "text", ""), cases[i].text))
            fail_msg("'%s' lacks '%s'", cases[i].said, json_str(j, "text", ""));
        assert_string_equal(json_str(as, "intent", ""), cases[i].intent);
        assert_false(cJSON_HasObjectItem(cJSON_GetObjectItemCaseSensitive(as, "slots"), "name"));
        assert_true(cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(j, "devices")));
    }
}

/* Who it may be: of the kind that is meant, those that share the most words first, each once, three at most. */
static void who_it_may_be(void **state)
{
    static const char devices[] =
        "[{\"id\":\"a\",\"name\":\"Small reading lamp\",\"kind\":\"light\"},"
        " {\"id\":\"b\",\"name\":\"Floor lamp\",\"aliases\":[\"big reading lamp\"],\"kind\":\"light\"},"
        " {\"id\":\"c\",\"name\":\"Reading fan\",\"kind\":\"switch\"},"
        " {\"id\":\"d\",\"name\":\"Desk lamp\",\"kind\":\"light\"},"
        " {\"id\":\"e\",\"name\":\"Lamp\",\"kind\":\"light\"},"
        " {\"id\":\"f\",\"name\":\"Ceiling\",\"kind\":\"light\"}]";
    static const struct {
        const char *said, *want;
    } rows[] = {
        { "turn on the zorblax reading lamp", "a b d " }, { "turn on the zorblax lamp", "a b d " },
        { "turn on the big zorblax lamp", "b a d " },     { "turn on the zorblax", "" },
        { "turn on the zorblax desk lamp", "d a b " },
    };
    AUTO(tongue_freep) struct tongue *t = speak("en");
    AUTO_JSON *lamps = cJSON_Parse(devices);

    (void)state;
    assert_int_equal(tongue_set_devices(t, lamps, NULL), 0);
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_JSON *j = near_lacks(t, rows[i].said, "");
        AUTO_STR got = STR_INIT;
        const cJSON *id;

        cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(j, "devices"))
            str_addf(&got, "%s ", id->valuestring);
        if (!j || strcmp(str_text(&got), rows[i].want) != 0)
            fail_msg("'%s' may be: %s", rows[i].said, str_text(&got));
    }
}

/* ---- what goes on from the sentence before ---------------------------------------------------- */

static void what_goes_on(void **state)
{
    static const struct {
        const char *before, *reached, *said, *want;
    } cases[] = {
        { "turn on the hall light", "hl", "turn it off", "HassTurnOff name=\"hl\"" },
        { "turn on the hall light", "hl", "turn on the other one", "HassTurnOn name=\"hp\"" },
        { "turn on the hall light", "hl", "make the other one red", "HassLightSet name=\"hp\" color=\"red\"" },
        { "turn on the kitchen light", "kl", "turn on the other one", "-" }, /* there is no other */
        { "turn on the hall light", NULL, "turn on the other one", "-" },
        { NULL, NULL, "turn on the other one", "-" },
        { NULL, NULL, "turn it off", "-" },
        { "close the kitchen blind", "kb", "open it", "HassTurnOn name=\"kb\" domain=\"cover\"" },
        { "close the kitchen blind", "kb", "lock it", "-" },
        { NULL, NULL, "turn on the kitchen light and the hall light",
          "HassTurnOn name=\"kl\"; HassTurnOn name=\"hl\"" },
        /* a verb that is not known is not left out */
        { NULL, NULL, "close the kitchen blind and wiggle the office curtains", "-" },
        { NULL, NULL, "turn on the kitchen light and the wibble light", "-" },
        { NULL, NULL, "turn on the kitchen light and don't open the garage door",
          "JarvisRefuse when=\"turn on the kitchen light and\" command=\"open the garage door\"" },
    };
    AUTO(tongue_freep) struct tongue *t = speak("en");

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *before = NULL, *found = NULL;
        AUTO_STR got = STR_INIT;
        int r;

        if (cases[i].before) {
            cJSON *ids = cJSON_CreateArray();

            assert_int_equal(several_find(&before, t, cases[i].before, "Kitchen", NULL, NULL), 0);
            if (cases[i].reached)
                json_push(ids, cJSON_CreateString(cases[i].reached));
            assert_true(json_put(before, "reached", ids));
        }
        r = several_find(&found, t, cases[i].said, "Kitchen", before, NULL);
        if (r == 0)
            show(&got, found);
        else
            str_add(&got, "-");
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' gives '%s', not '%s'", cases[i].said, str_text(&got), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_in_english), cmocka_unit_test(names_in_part),
        cmocka_unit_test(mistakes_elsewhere),  cmocka_unit_test(unknown_words_are_counted),
        cmocka_unit_test(what_is_lacking),
        cmocka_unit_test(who_it_may_be),     cmocka_unit_test(what_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
