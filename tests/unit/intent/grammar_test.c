/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/grammar_test.c - what the speech grammar holds; that every sentence of it
 * is understood; its size with many names. */
#include "unit/intent/house.h"

#include "intent/grammar.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct pair kitchen = { .key = "area", .value = "Kitchen" };

static bool is_final(const struct automaton *a, uint32_t state)
{
    for (size_t i = 0; i < a->finals_n; i++)
        if (a->finals[i] == state)
            return true;
    return state == a->states_n - 1;
}

/* Follows the words, past `rare` marks of what is rare; false when they lead nowhere or do not end. */
static bool accepts_from(const struct automaton *a, uint32_t at, const char *text, unsigned rare)
{
    size_t len = strcspn(text, " ");

    if (len == 0 && is_final(a, at))
        return true;
    for (size_t i = 0; i < a->arcs_n; i++) {
        const char *word = a->words[a->arcs[i].word];

        if (a->arcs[i].from != at)
            continue;
        if (rare > 0 && strcmp(word, AUTOMATON_RARE) == 0 &&
            accepts_from(a, a->arcs[i].to, text, rare - 1))
            return true;
        if (len > 0 && strncmp(word, text, len) == 0 && word[len] == '\0')
            return accepts_from(a, a->arcs[i].to, text + len + (text[len] == ' '), rare);
    }
    return false;
}

static bool accepts(const struct automaton *a, const char *text)
{
    return accepts_from(a, 0, text, 2); /* before and behind */
}

/* What is no command has to be heard the more clearly, a command and its courtesies have not. */
static void what_is_rare(void **state)
{
    static const struct {
        const char *text;
        unsigned rare;
    } cases[] = {
        { "turn on the kitchen light", 0 },
        { "please turn on the kitchen light for me", 0 },
        { "don't turn on the kitchen light", 1 },
        { "turn on the kitchen light in ten minutes", 1 },
        { "turn on the television", 1 },
        { "i turned on the kitchen light", 1 },
        { "don't turn on the kitchen light and the coffee machine", 2 },
        { "what time is it please", 0 },
        { "never mind", 0 },
    };
    AUTO(house_done) struct house h = { 0 };
    AUTO(automaton_freep) struct automaton *a = NULL;

    (void)state;
    assert_int_equal(house_load(&h, "en", house_english, NULL), 0);
    assert_int_equal(grammar_new(&a, h.catalog, &kitchen, NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        if (!accepts_from(a, 0, cases[i].text, cases[i].rare))
            fail_msg("'%s' must be in it", cases[i].text);
        if (cases[i].rare > 0 && accepts_from(a, 0, cases[i].text, cases[i].rare - 1))
            fail_msg("'%s' must have its price", cases[i].text);
    }
}

static void holds(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        { "turn on the kitchen light", true },
        { "please turn on the kitchen light", true },
        { "turn on the kitchen light please", true },
        { "can you turn on the kitchen light for me", true },
        { "turn on the kitchen light can you", false }, /* the start of a second command */
        { "turn on the kitchen light hey jarvis", false },
        { "turn on the kitchen light thanks", true },
        /* no command any more, and heard as such */
        { "don't turn on the kitchen light", true },
        { "turn on the kitchen light in ten minutes", true },
        { "turn off all the lights but the kitchen light", true },
        { "turn on the television", true },
        { "did you turn off the kitchen light", true },
        { "lock the front door lock", true },
        { "which lights are on in the kitchen", true },
        { "open all the curtains", true },
        { "open all the garages", false },
        { "set the kitchen light to one hundred and five percent", false },
        { "turn on the tv two", true },
        { "turn on the cafe lamp", true },
        { "turn on the lights in the living room", true },
        { "set the kitchen light to fifty five percent", true },
        { "set the kitchen light to fifty four percent", false },
        { "set the kitchen light to seven percent", true },
        { "set the kitchen light to one hundred percent", true },
        { "set the heating to twenty one degrees", true },
        { "set the heating to thirty degrees", true },
        { "set the heating to thirty one degrees", false },
        { "what's the pm two point five", true },
        { "what time is it", true },
        { "set the tv two to fifty percent", false },  /* no light */
        { "open the kitchen light", false },           /* no cover */
        { "turn off movie night", false },             /* a scene has no end */
        { "turn on the kitchen", false },
        { "turn on the", false },
        { "", false },
    };
    AUTO(house_done) struct house h = { 0 };
    AUTO(automaton_freep) struct automaton *a = NULL;

    (void)state;
    assert_int_equal(house_load(&h, "en", house_english, NULL), 0);
    assert_int_equal(grammar_new(&a, h.catalog, &kitchen, NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++)
        if (accepts(a, cases[i].text) != cases[i].want)
            fail_msg("'%s' must %sbe in it", cases[i].text, cases[i].want ? "" : "not ");
}

/* A random walk from the start to an end. */
static void walk(struct str *out, const struct automaton *a, unsigned *seed)
{
    uint32_t at = 0;

    for (;;) {
        size_t first = 0, n = 0, pick;

        while (first < a->arcs_n && a->arcs[first].from != at)
            first++;
        while (first + n < a->arcs_n && a->arcs[first + n].from == at)
            n++;
        if (is_final(a, at) && (n == 0 || rand_r(seed) % 2))
            return;
        pick = first + (size_t)rand_r(seed) % n;
        str_addf(out, "%s%s", out->len ? " " : "", a->words[a->arcs[pick].word]);
        at = a->arcs[pick].to;
    }
}

/* What is no command, however much of one it holds, means nothing or is understood as what it is. */
static void decoys_do_nothing_else(void **state)
{
    static const char *const decoys[] = {
        "don't turn on the kitchen light", "do not lock the front door lock",
        "never open the bedroom blind", "did you turn off the kitchen light",
        "i turned on the kitchen light", "who turned on the coffee machine",
        "why is the kitchen light on",  "should i open the bedroom blind",
        "turn on the television",       "turn off the kitchen light at ten o'clock",
    };
    static const char *const plain[] = { "HassTurnOn", "HassTurnOff", "HassLightSet" };
    AUTO(house_done) struct house h = { 0 };
    AUTO(automaton_freep) struct automaton *a = NULL;

    (void)state;
    assert_int_equal(house_load(&h, "en", house_english, NULL), 0);
    h.area = kitchen;
    assert_int_equal(grammar_new(&a, h.catalog, &kitchen, NULL), 0);
    for (size_t i = 0; i < N_OF(decoys); i++) {
        AUTO_STR got = STR_INIT;

        assert_true(accepts(a, decoys[i]));
        house_understand(&got, &h, decoys[i]);
        for (size_t k = 0; k < N_OF(plain); k++)
            if (str_starts(str_text(&got), plain[k]))
                fail_msg("'%s' is %s", decoys[i], str_text(&got));
    }
}

/* A sentence of the block means what the block is for. */
static void means_its_intent(const struct house *h, const struct block *b, const char *text,
                             struct str *faults)
{
    AUTO_STR got = STR_INIT;
    size_t n = strlen(b->intent);

    house_understand(&got, h, text);
    if (strncmp(str_text(&got), b->intent, n) != 0 || (str_text(&got)[n] != ' ' && got.len != n))
        str_addf(faults, "%s line %d: '%s' is %s, not %s\n", b->file, b->line, text, str_text(&got),
                 b->intent);
}

/* All sentences from a state on, depth first; the bound is their number. */
static void walk_all(const struct house *h, const struct block *b, const struct automaton *a,
                     uint32_t at, struct str *text, size_t *left, struct str *faults)
{
    if (*left > 0 && is_final(a, at)) {
        (*left)--;
        means_its_intent(h, b, str_text(text), faults);
    }
    for (size_t i = 0; i < a->arcs_n && *left > 0; i++) {
        size_t len = text->len;

        if (a->arcs[i].from != at)
            continue;
        str_addf(text, "%s%s", len ? " " : "", a->words[a->arcs[i].word]);
        walk_all(h, b, a, a->arcs[i].to, text, left, faults);
        text->len = len;
        text->data[len] = '\0';
    }
}

/* What is said means, typed, what its block says: all sentences of a block, or, where there are more
 * than SENTENCES_MAX, as many of them and as many at random. */
static void every_sentence_of(const char *language, const char *house, const struct pair *room)
{
    enum { SENTENCES_MAX = 1500 };
    AUTO(house_done) struct house h = { 0 };
    AUTO_STR faults = STR_INIT;
    unsigned seed = 4711;

    assert_int_equal(house_load(&h, language, house, NULL), 0);
    assert_string_equal(str_text(&h.complaints), "");
    h.area = *room;
    for (const struct block *b = h.catalog->blocks; b; b = b->next) {
        AUTO(automaton_freep) struct automaton *a = NULL;
        AUTO_STR text = STR_INIT;
        size_t left = SENTENCES_MAX;
        int r = b->speech == SPEECH_NOT || b->intent[0] == '\0'
                    ? -ENOENT
                    : grammar_of_block(&a, h.catalog, room, b, NULL);

        if (r < 0)
            continue;
        walk_all(&h, b, a, 0, &text, &left, &faults);
        for (size_t i = 0; left == 0 && i < SENTENCES_MAX; i++) {
            str_clear(&text);
            walk(&text, a, &seed);
            means_its_intent(&h, b, str_text(&text), &faults);
        }
    }
    if (faults.len > 0)
        fail_msg("%.3000s", str_text(&faults));
}

static void every_sentence_is_understood(void **state)
{
    static const struct pair cuisine = { .key = "area", .value = "Cuisine" };

    (void)state;
    every_sentence_of("en", house_english, &kitchen);
    every_sentence_of("fr", house_french, &cuisine);
}

/* Every arc lies on a way from the start to an end, and words are plain. */
static void whole(void **state)
{
    AUTO(house_done) struct house h = { 0 };
    AUTO(automaton_freep) struct automaton *a = NULL;
    AUTO_FREE char *reached = NULL;

    (void)state;
    assert_int_equal(house_load(&h, "en", house_english, NULL), 0);
    assert_int_equal(grammar_new(&a, h.catalog, &kitchen, NULL), 0);
    reached = calloc(a->states_n, 1);
    assert_non_null(reached);
    reached[0] = 1;
    for (uint32_t round = 0; round < a->states_n; round++)
        for (size_t i = 0; i < a->arcs_n; i++)
            if (reached[a->arcs[i].from])
                reached[a->arcs[i].to] = 1;
    for (uint32_t s = 0; s < a->states_n; s++)
        assert_true(reached[s]);
    for (size_t i = 0; i < a->words_n; i++)
        assert_true(strspn(a->words[i], "abcdefghijklmnopqrstuvwxyz'") == strlen(a->words[i]) ||
                    strcmp(a->words[i], AUTOMATON_RARE) == 0);
}

static void templates_of_every_kind(void **state)
{
    static const struct {
        const char *yaml, *in, *out; /* sentences that are and are not in the grammar */
    } cases[] = {
        { "'light[s] on'", "lights on", "lightson" },
        { "'turn(ed|ing) on'", "turning on", "turn on" },
        { "'(one;two;three)'", "three one two", "three one" },
        { "'half-way'", "half way", "halfway" },
        { "'(50%|fifty percent)'", "fifty percent", "percent" },
        { "'say ({any}|hello)'", "say hello", "say" },
        { "'to {level}'", "to ninety nine", "to ninety ten" },
        { "'it''s 5, o''clock|stop.'", "stop", "it's" },
        { "'caf\u00e9'", "cafe", "caf" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(house_done) struct house h = { 0 };
        AUTO(automaton_freep) struct automaton *a = NULL;
        AUTO_STR yaml = STR_INIT;
        struct err e = ERR_INIT;

        str_addf(&yaml, "lists: { any: { wildcard: true }, level: { range: { from: 1, to: 99 } } }\n"
                        "intents: { A: { data: [ { sentences: [%s], metadata: { speech: true } } ] "
                        "} }\n", cases[i].yaml);
        assert_int_equal(house_parse(&h, "en", yaml.data, yaml.len, "[]", &e), 0);
        if (grammar_new(&a, h.catalog, NULL, &e) < 0)
            fail_msg("%s: %s", cases[i].yaml, err_text(&e));
        if (!accepts(a, cases[i].in) || accepts(a, cases[i].out))
            fail_msg("%s: '%s' or '%s'", cases[i].yaml, cases[i].in, cases[i].out);
    }
}

/* What is for speech alone is in the grammar and means nothing; decoys need no intent. */
static void speech_alone(void **state)
{
    static const char typed[] = "intents: { A: { data: [ { sentences: ['good night'], "
                                "metadata: { speech: true } }, { sentences: [typed] } ] } }\n";
    static const char spoken[] = "language: en\nspeech: only\n"
                                 "intents: { A: { data: [ { sentences: ['[very] good night'] } ] } }\n"
                                 "decoys: [ { sentences: [\"don't sleep\"] } ]\n";
    static const struct {
        const char *text, *means;
        bool spoken;
    } cases[] = {
        { "good night", "A", true },
        { "very good night", "-", true },
        { "don't sleep", "-", true },
        { "typed", "A", false },
    };
    AUTO(house_done) struct house h = { 0 };
    AUTO(automaton_freep) struct automaton *a = NULL;

    (void)state;
    assert_int_equal(house_parse_both(&h, "en", typed, strlen(typed), spoken, "[]", NULL), 0);
    assert_string_equal(str_text(&h.complaints), "");
    assert_int_equal(grammar_new(&a, h.catalog, NULL, NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;

        house_understand(&got, &h, cases[i].text);
        assert_string_equal(str_text(&got), cases[i].means);
        assert_true(accepts(a, cases[i].text) == cases[i].spoken);
    }
    catalog_check(h.catalog); /* tells of A, which nobody knows, and of no decoy */
    assert_non_null(strstr(str_text(&h.complaints), "'A' is nothing that Jarvis can do"));
    assert_null(strstr(str_text(&h.complaints), "speech.yaml"));
}

static void nothing_to_say(void **state)
{
    static const char yaml[] = "intents: { A: { data: [ { sentences: [x] } ] } }\n";
    AUTO(house_done) struct house h = { 0 };
    AUTO(automaton_freep) struct automaton *a = NULL;

    (void)state;
    assert_int_equal(house_parse(&h, "en", yaml, strlen(yaml), "[]", NULL), 0);
    assert_int_equal(grammar_new(&a, h.catalog, NULL, NULL), -ENOENT);
    assert_null(a);
}

/* Names share beginnings and ends: one more costs a few arcs, not a copy of all, nor of its letters at
 * each place of the sentences that takes a name. As many as a house may have are still a grammar. */
static void many_names(void **state)
{
    static const char *const rooms[] = { "Kitchen", "Bedroom", "Bathroom", "Hall",  "Office",
                                         "Garage",  "Cellar",  "Attic",    "Porch", "Nursery" };
    static const struct {
        int names;
        const char *said;
        uint32_t states_max, arcs_max;
    } cases[] = {
        { 100, "turn on the nursery lamp ten", 1000, 5000 },
        { 500, "turn off the cellar lamp fifty", 1000, 8000 },
        { NAMES_DEVICES_MAX, "turn on the kitchen lamp one hundred and ninety nine", 4000, 20000 },
    };

    (void)state;
    for (size_t n = 0; n < N_OF(cases); n++) {
        AUTO(house_done) struct house h = { 0 };
        AUTO(automaton_freep) struct automaton *a = NULL;
        AUTO_STR devices = STR_INIT;

        str_add_char(&devices, '[');
        for (int i = 0; i < cases[n].names; i++)
            str_addf(&devices, "%s{\"id\":\"d%d\",\"name\":\"%s lamp %d\",\"area\":\"%s\","
                               "\"kind\":\"light\"}",
                     i ? "," : "", i, rooms[i % 10], i / 10 + 1, rooms[i % 10]);
        str_add_char(&devices, ']');
        assert_int_equal(house_load(&h, "en", str_text(&devices), NULL), 0);
        assert_int_equal(grammar_new(&a, h.catalog, &kitchen, NULL), 0);
        assert_true(accepts(a, cases[n].said));
        assert_in_range(a->states_n, 100, cases[n].states_max);
        assert_in_range(a->arcs_n, 300, cases[n].arcs_max);
    }
}

/* A copy of a list's values holds just what the list holds at that place. */
static void lists_in_places(void **state)
{
    static const char yaml[] =
        "lists: { n: { values: [ { in: 'red [deep] lamp', out: r, context: { k: a } },\n"
        "  { in: '(big|huge) lamp', out: b }, { in: 'lamp', out: l, context: { k: b } }, '#'] },\n"
        "  unsaid: { values: ['#', '%'] } }\n"
        "intents:\n"
        "  A: { data: [ { sentences: ['light {n}', '{n}s out', '{n} and {n}', 'go {unsaid}'],\n"
        "       metadata: { speech: true } },\n"
        "     { sentences: ['only {n}'], requires_context: { k: a }, metadata: { speech: true } } ] }\n";
    static const struct {
        const char *text;
        bool holds;
    } cases[] = {
        { "light red lamp", true },       { "light red deep lamp", true }, { "light huge lamp", true },
        { "light lamp", true },           { "light red", false },          { "light deep lamp", false },
        { "light big huge lamp", false }, { "lamps out", true },           { "red deep lamps out", true },
        { "red lamp and lamp", true },    { "red lamp and", false },       { "red lamp red lamp", false },
        { "only red lamp", true },        { "only lamp", false },          { "only", false },
        { "light", false },               { "go", false },
    };
    AUTO(house_done) struct house h = { 0 };
    AUTO(automaton_freep) struct automaton *a = NULL;

    (void)state;
    assert_int_equal(house_parse(&h, "en", yaml, strlen(yaml), "[]", NULL), 0);
    assert_int_equal(grammar_new(&a, h.catalog, NULL, NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++)
        if (accepts(a, cases[i].text) != cases[i].holds)
            fail_msg("'%s' is %sin the grammar", cases[i].text, cases[i].holds ? "not " : "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds),
        cmocka_unit_test(what_is_rare),          cmocka_unit_test(every_sentence_is_understood),
        cmocka_unit_test(whole),          cmocka_unit_test(templates_of_every_kind),
        cmocka_unit_test(nothing_to_say), cmocka_unit_test(many_names),
        cmocka_unit_test(lists_in_places),
        cmocka_unit_test(speech_alone),   cmocka_unit_test(decoys_do_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
