/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/phrase_ask_test.c - what is asked back, and which answers to it are taken. */
#include "words.h"

static const char registry[] =
    "[{\"id\":\"k\",\"kind\":\"light\",\"name\":\"Kitchen lamp\",\"area\":\"Kitchen\"},"
    "{\"id\":\"g\",\"kind\":\"cover\",\"class\":\"garage\",\"name\":\"garage door\"},"
    "{\"id\":\"l1\",\"name\":\"Ceiling light\",\"area\":\"Kitchen\"},"
    "{\"id\":\"l2\",\"name\":\"Ceiling light\",\"area\":\"Living room\"},"
    /* of one name in one room */
    "{\"id\":\"d1\",\"name\":\"Den\",\"area\":\"Den\",\"kind\":\"light\"},"
    "{\"id\":\"d2\",\"name\":\"Den\",\"area\":\"Den\",\"kind\":\"switch\"},"
    "{\"id\":\"d3\",\"name\":\"den\",\"area\":\"Den\",\"kind\":\"light\",\"aliases\":[\"reading lamp\"]},"
    "{\"id\":\"w1\",\"name\":\"West\",\"area\":\"Den\",\"kind\":\"cover\",\"class\":\"blind\"},"
    "{\"id\":\"w2\",\"name\":\"West\",\"area\":\"Den\",\"kind\":\"cover\",\"class\":\"curtain\"},"
    "{\"id\":\"s1\",\"name\":\"Spot\",\"area\":\"Den\",\"kind\":\"light\"},"
    "{\"id\":\"s2\",\"name\":\"Spot\",\"area\":\"Den\",\"kind\":\"light\",\"aliases\":[]}]";

static void test_which(void **state)
{
    static const struct {
        const char *language, *ids, *want; /* NULL: nothing can be asked */
    } cases[] = {
        { "en", "[\"l1\",\"l2\"]", "Which one: the kitchen or the living room?" },
        { "fr", "[\"l1\",\"l2\"]", "Lequel : kitchen ou living room ?" },
        { "en", "[\"k\",\"g\",\"l1\"]",
          "Which one: the kitchen lamp, the garage door or the ceiling light?" },
        /* what tells them apart: room and name, kind, class, another name; else it is said that nothing does */
        { "en", "[\"l1\",\"l2\",\"k\"]",
          "Which one: the ceiling light in the kitchen, the ceiling light in the living room or the kitchen lamp in the kitchen?" },
        { "en", "[\"d1\",\"d2\"]", "Which one: the light or the switch?" },
        { "fr", "[\"d1\",\"d2\"]", "Lequel : la lumière ou la prise ?" },
        { "de", "[\"d1\",\"d2\"]", "Was davon: Licht oder Schalter?" },
        { "en", "[\"d1\",\"d3\"]", "Which one: the den or the reading lamp?" },
        { "en", "[\"w1\",\"w2\"]", "Which one: the blind or the curtain?" },
        { "es", "[\"w1\",\"w2\"]", "¿Cuál: la persiana o la cortina?" },
        { "nl", "[\"w1\",\"w2\"]", "Welke bedoel je: de jaloezie of het gordijn?" },
        { "it", "[\"w1\",\"w2\"]", "Quale: la veneziana o la tenda?" },
        { "en", "[\"s1\",\"s2\"]", "2 devices have this name and nothing tells them apart: say the first, the second or both, "
                               "or give one another name." },
        { "fr", "[\"s1\",\"s2\"]", "2 appareils portent ce nom et rien ne les distingue : dites le premier, le deuxième ou tous, "
                               "ou donnez à l'un un autre nom." },
        { "de", "[\"s1\",\"s2\"]", "2 Geräte heißen so und nichts unterscheidet sie: sag das erste, das zweite oder beide, "
                               "oder gib einem einen anderen Namen." },
        { "es", "[\"s1\",\"s2\"]", "2 dispositivos tienen ese nombre y nada los distingue: di el primero, el segundo o los dos, "
                               "o dale otro nombre a uno." },
        { "nl", "[\"s1\",\"s2\"]", "2 apparaten heten zo en niets onderscheidt ze: zeg de eerste, de tweede of allebei, "
                               "of geef er een een andere naam." },
        { "it", "[\"s1\",\"s2\"]", "2 dispositivi si chiamano così e nulla li distingue: di' il primo, il secondo o entrambi, "
                               "oppure dai a uno un altro nome." },
        { "en", "[\"k\",\"nobody\",7]", NULL },
        { "en", "[]", NULL },
        { "en", "null", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(cases[i].language);
        AUTO_JSON *ids = json(cases[i].ids), *devices = json(registry);
        AUTO_STR out = STR_INIT;

        assert_int_equal(phrase_which(&out, r, ids, devices), cases[i].want != NULL);
        if (cases[i].want)
            assert_string_equal(str_text(&out), cases[i].want);
    }
}

/* What was told of each is an answer; what fits several is none. */
static void test_named(void **state)
{
    static const struct {
        const char *language, *ids, *text;
        bool in_part;
        const char *want; /* NULL: none, or several */
    } cases[] = {
        { "en", "[\"d1\",\"d2\"]", "the switch", false, "d2" },
        { "en", "[\"d1\",\"d2\"]", "the den light please", false, "d1" },
        { "en", "[\"d1\",\"d2\"]", "the den", false, NULL },
        { "en", "[\"d1\",\"d2\"]", "not the switch", false, NULL },
        { "en", "[\"d1\",\"d2\"]", "the light or the switch", false, NULL },
        { "en", "[\"d1\",\"d2\"]", "turn off the switch", false, NULL },
        { "fr", "[\"d1\",\"d2\"]", "la prise", false, "d2" },
        { "de", "[\"d1\",\"d2\"]", "das Licht bitte", false, "d1" },
        { "es", "[\"w1\",\"w2\"]", "la cortina", false, "w2" },
        { "en", "[\"d1\",\"d3\"]", "the reading lamp", false, "d3" },
        { "en", "[\"d1\",\"d3\"]", "the den", false, "d1" },
        { "en", "[\"d1\",\"d3\"]", "reading", false, NULL },
        { "en", "[\"d1\",\"d3\"]", "reading", true, "d3" },
        { "en", "[\"l1\",\"l2\",\"k\"]", "the ceiling light in the living room", false, "l2" },
        { "en", "[\"l1\",\"l2\",\"k\"]", "the ceiling light", false, NULL },
        { "en", "[\"l1\",\"l2\"]", "the living room", false, "l2" },
        { "en", "[\"s1\",\"s2\"]", "the spot", false, NULL },
        { "en", "[\"s1\",\"s2\"]", "the spot", true, NULL },
        { "en", "[]", "the spot", false, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(cases[i].language);
        AUTO_JSON *ids = json(cases[i].ids), *devices = json(registry);
        const cJSON *d = phrase_named(r, cases[i].text, ids, devices, cases[i].in_part);
        const char *got = json_str(d, "id", "nobody");

        if (strcmp(got, cases[i].want ? cases[i].want : "nobody") != 0)
            fail_msg("%s %s: %s", cases[i].ids, cases[i].text, got);
    }
}

static void test_misheard(void **state)
{
    static const struct {
        const char *language, *unsure, *want; /* NULL: nothing can be asked */
    } cases[] = {
        { "en", "{\"alternatives\":[\"lamp on\",\"lamp off\"]}",
          "Did you say “lamp on” or “lamp off”?" },
        { "fr", "{\"alternatives\":[\"allume\",\"éteins\"]}",
          "Avez-vous dit “allume” ou “éteins” ?" },
        { "en", "{\"alternatives\":[\"lamp on\"]}", NULL },
        { "en", "{\"alternatives\":[\"lamp on\",\"\"]}", NULL },
        { "en", "{\"alternatives\":[1,2]}", NULL },
        { "en", "{\"broken\":true,\"guess\":\"lamp\"}", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(cases[i].language);
        AUTO_JSON *unsure = json(cases[i].unsure);
        AUTO_STR out = STR_INIT;

        assert_int_equal(phrase_misheard(&out, r, unsure), cases[i].want != NULL);
        assert_string_equal(str_text(&out), cases[i].want ? cases[i].want : "");
    }
}

static void test_not_understood(void **state)
{
    static const struct {
        const char *language, *intent;
        bool spoken;
        const char *want;
    } cases[] = {
        { "en", "{}", false, "Sorry, I did not understand." },
        { "en", "{\"examples\":[\"turn on the lamp\",\"stop\"]}", true,
          "Sorry, I did not understand. You can say: stop." },
        { "en", "{\"examples\":[\"a\",\"b\",\"c\",\"d\"]}", false,
          "Sorry, I did not understand. You can say: “a”, “b” or “c”." },
        { "fr", "{\"examples\":[\"a\",\"b\",5]}", false,
          "Désolé, je n'ai pas compris. Vous pouvez dire : “a” ou “b”." },
        { "en", "{\"examples\":[\"\"]}", true, "Sorry, I did not understand." },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(cases[i].language);
        AUTO_JSON *intent = json(cases[i].intent);
        AUTO_STR out = STR_INIT;

        phrase_not_understood(&out, r, intent, cases[i].spoken);
        assert_string_equal(str_text(&out), cases[i].want);
    }
}

static void test_answers(void **state)
{
    static const struct {
        const char *language;
        enum phrase_how how;
        const char *text, *name, *area;
        bool want;
    } cases[] = {
        { "en", PHRASE_BY_NAME, "the kitchen one", "Lamp", "Kitchen", true },
        { "en", PHRASE_BY_NAME, "Kitchen.", "Lamp", "Kitchen", true },
        { "en", PHRASE_BY_NAME, "kyles office", "Lamp", "Kyle's office", true },
        { "en", PHRASE_BY_NAME, "the lamp in the kitchen please", "Lamp", "Kitchen", true },
        { "en", PHRASE_BY_NAME, "the kitchens", "Lamp", "Kitchen", false },
        { "en", PHRASE_BY_NAME, "living-room", "Lamp", "Living room", true },
        { "en", PHRASE_BY_NAME, "the living", "Lamp", "Living room", false },
        { "en", PHRASE_BY_NAME, "lamp two", "Lamp", "Kitchen", false },
        { "en", PHRASE_BY_NAME, "not the kitchen", "Lamp", "Kitchen", false },
        { "en", PHRASE_BY_NAME, "don't turn on the one in the kitchen", "Lamp", "Kitchen", false },
        { "en", PHRASE_BY_NAME, "close the kitchen window", "Lamp", "Kitchen", false },
        { "en", PHRASE_BY_NAME, "kitchen or hall", "Lamp", "Kitchen", false },
        { "en", PHRASE_BY_NAME, "anything", "", "", false },
        { "en", PHRASE_BY_NAME, "", "Lamp", "Kitchen", false },
        { "fr", PHRASE_BY_NAME, "celle de la cuisine", "Lampe", "Cuisine", true },
        { "fr", PHRASE_BY_NAME, "celle de l'entrée s'il te plaît", "Lampe", "Entrée", true },
        { "fr", PHRASE_BY_NAME, "dans l'entree", "Lampe", "Entrée", true },
        { "fr", PHRASE_BY_NAME, "pas la cuisine", "Lampe", "Cuisine", false },
        { "fr", PHRASE_BY_NAME, "kuche", "Lampe", "Küche", true },
        /* "the lamp" is the hall lamp, where the other one is the hall light */
        { "en", PHRASE_IN_PART, "the lamp", "Hall lamp", "Hall", true },
        { "en", PHRASE_IN_PART, "the lamp", "Hall light", "Hall", false },
        { "en", PHRASE_IN_PART, "the living one please", "Lamp", "Living room", true },
        { "en", PHRASE_IN_PART, "the one", "Hall lamp", "Hall", false },
        { "en", PHRASE_IN_PART, "the one in", "One lamp", "In", false },
        { "en", PHRASE_IN_PART, "not the lamp", "Hall lamp", "Hall", false },
        { "en", PHRASE_IN_PART, "close the lamp", "Hall lamp", "Hall", false },
        { "en", PHRASE_IN_PART, "", "Hall lamp", "Hall", false },
        { "fr", PHRASE_IN_PART, "la lampe", "Lampe de l'entrée", "Entrée", true },
        { "fr", PHRASE_IN_PART, "celle de l'entree", "Lampe de l'entrée", "Salon", true },
        { "de", PHRASE_IN_PART, "die Lampe bitte", "Lampe im Flur", "Flur", true },
        { "de", PHRASE_IN_PART, "nicht die Lampe", "Lampe im Flur", "Flur", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(cases[i].language);
        const struct phrase_target target = { cases[i].name, cases[i].area, "" };

        if (phrase_chooses(r, cases[i].text, &target, cases[i].how) != cases[i].want)
            fail_msg("%s: %s", cases[i].text, cases[i].want ? "refused" : "taken");
    }
}

static void test_picks(void **state)
{
    static const struct {
        const char *language, *text;
        int n, want;
    } cases[] = {
        { "en", "the first", 2, 0 },
        { "en", "The first one, please.", 2, 0 },
        { "en", "the second one", 2, 1 },
        { "en", "2", 2, 1 },
        { "en", "the third", 2, PHRASE_NO_PICK },
        { "en", "the third", 3, 2 },
        { "en", "the last one", 4, 3 },
        { "en", "the last one", 0, PHRASE_NO_PICK },
        { "en", "both", 2, PHRASE_ALL },
        { "en", "both of them please", 2, PHRASE_ALL },
        { "en", "neither of them", 2, PHRASE_NEITHER },
        { "en", "not the first", 2, PHRASE_NO_PICK },
        { "en", "first open the garage", 2, PHRASE_NO_PICK },
        { "en", "the first and the second", 2, PHRASE_NO_PICK },
        { "en", "", 2, PHRASE_NO_PICK },
        { "fr", "la première s'il te plaît", 2, 0 },
        { "fr", "le deuxieme", 2, 1 },
        { "fr", "les deux", 2, PHRASE_ALL },
        { "fr", "aucune", 2, PHRASE_NEITHER },
        { "fr", "pas la première", 2, PHRASE_NO_PICK },
        { "de", "das zweite bitte", 2, 1 },
        { "de", "alle beide", 2, PHRASE_ALL },
        { "de", "keine von beiden", 2, PHRASE_NEITHER },
        { "es", "la segunda por favor", 2, 1 },
        { "es", "los dos", 2, PHRASE_ALL },
        { "es", "ninguna", 2, PHRASE_NEITHER },
        { "it", "la prima", 2, 0 },
        { "it", "tutte e due", 2, PHRASE_ALL },
        { "it", "nessuno dei due", 2, PHRASE_NEITHER },
        { "nl", "de tweede", 2, 1 },
        { "nl", "allebei", 2, PHRASE_ALL },
        { "nl", "geen van beide", 2, PHRASE_NEITHER },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO(reply_freep) struct reply *r = load(cases[i].language);
        const int got = phrase_picks(r, cases[i].text, cases[i].n);

        if (got != cases[i].want)
            fail_msg("%s of %d: %d, wanted %d", cases[i].text, cases[i].n, got, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which),    cmocka_unit_test(test_named),
        cmocka_unit_test(test_misheard), cmocka_unit_test(test_not_understood),
        cmocka_unit_test(test_answers),  cmocka_unit_test(test_picks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
