/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/catalog_test.c - sentence files: what is told with its line, what stays. */
#include "unit/intent/house.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define TEN(x) x x x x x x x x x x

/* Every file below also holds this sentence, which must go on working. */
#define GOOD "  Good: { data: [ { sentences: ['good one'] } ] }\n"

static void faults_are_told_and_left_out(void **state)
{
    static const struct {
        const char *name, *yaml, *words; /* words: in the complaints */
        unsigned complaints;
    } cases[] = {
        { "none", "intents:\n" GOOD, "", 0 },
        { "broken sentence", "intents:\n" GOOD "  A:\n    data:\n      - sentences:\n"
                             "          - 'a [b'\n          - 'a c'\n",
          "test.yaml line 6: column 5: '[' is not closed", 1 },
        { "unknown list", "intents:\n" GOOD "  A: { data: [ { sentences: ['{nix}'] } ] }\n",
          "line 3: there is no list {nix}", 1 },
        { "unknown rule", "intents:\n" GOOD "  A: { data: [ { sentences: ['<nix>'] } ] }\n",
          "line 3: there is no expansion rule <nix>", 1 },
        { "broken rule and its user", "expansion_rules:\n  r: '(a'\nintents:\n" GOOD
          "  A: { data: [ { sentences: ['<r> x'] } ] }\n",
          "<r> was left out at test.yaml line 2", 2 },
        { "cycle", "expansion_rules:\n  a: 'x <b>'\n  b: 'y <a>'\nintents:\n" GOOD
          "  A: { data: [ { sentences: ['<a>'] } ] }\n",
          "line 6: the rule <a> leads back to itself", 1 },
        { "cycle of one, unused", "expansion_rules:\n  a: '[<a>] x'\nintents:\n" GOOD,
          "line 2: the rule <a> leads back to itself", 1 },
        { "product", "expansion_rules:\n  a: '[a][a][a][a][a][a][a][a][a][a]'\n"
          "  b: '<a><a><a><a><a>'\nintents:\n" GOOD
          "  A: { data: [ { sentences: ['<b>'] } ] }\n",
          "line 6: the template has more than 1e+12 readings", 1 },
        { "large by rules", "expansion_rules:\n  a: '" TEN("<b>") "'\n  b: '" TEN("<c>") "'\n"
          "  c: '" TEN("<d>") "'\n  d: '" TEN("<e>") "'\n  e: x\nintents:\n" GOOD
          "  A: { data: [ { sentences: ['" TEN("<a>") "'] } ] }\n",
          "line 9: the template with its rules is too large", 1 },
        { "decoys of typed text", "decoys: [ { sentences: ['a'] } ]\nintents:\n" GOOD,
          "line 1: 'decoys' needs 'speech: only' before it", 1 },
        { "speech of another kind", "speech: loud\nintents:\n" GOOD,
          "line 1: 'speech' can be nothing but 'only'", 1 },
        { "list without kind", "lists:\n  l: { foo: 1 }\nintents:\n" GOOD,
          "line 2: the list 'l' needs values, range or wildcard", 1 },
        { "range without to", "lists:\n  l: { range: { from: 1 } }\nintents:\n" GOOD,
          "line 2: range: 'from' and 'to' are needed", 1 },
        { "range step 0", "lists:\n  l: { range: { from: 1, to: 2, step: 0 } }\nintents:\n" GOOD,
          "step must be above 0", 1 },
        { "range turned round", "lists:\n  l: { range: { from: 3, to: 2 } }\nintents:\n" GOOD,
          "from 3 is above to 2", 1 },
        { "range no number", "lists:\n  l: { range: { from: x, to: 2 } }\nintents:\n" GOOD,
          "'from' must be a number", 1 },
        { "range infinite", "lists:\n  l: { range: { from: 0, to: 1e999 } }\nintents:\n" GOOD,
          "'to' must be a number", 1 },
        { "range kind", "lists:\n  l: { range: { from: 0, to: 1, type: x } }\nintents:\n" GOOD,
          "'x' is no known type; choose number, percentage, temperature", 1 },
        { "range fractions", "lists:\n  l: { range: { from: 0, to: 1, fractions: thirds } }\nintents:\n" GOOD,
          "'thirds' is no known fractions; choose none, halves, tenths", 1 },
        { "value with a list", "lists:\n  l: { values: ['a {l}', b] }\nintents:\n" GOOD
          "  A: { data: [ { sentences: ['{l}'] } ] }\n",
          "line 2: a list's value must not name another list", 1 },
        { "value without in", "lists:\n  l: { values: [ { out: 1 } ] }\nintents:\n" GOOD,
          "needs 'in'", 1 },
        { "value too deep", "lists:\n  l: { values: ['" TEN("(((") "a'] }\nintents:\n" GOOD,
          "nested too deep", 1 },
        { "unknown key of a block", "intents:\n" GOOD
          "  A: { data: [ { sentences: [a], requires: {} } ] }\n",
          "'requires' is no known key", 1 },
        { "rare where all is typed", "intents:\n" GOOD
          "  A: { data: [ { sentences: [a], rare: true } ] }\n",
          "'rare' can be nothing but 'true', in a file of speech alone", 1 },
        { "condition of the wrong kind", "intents:\n" GOOD
          "  A: { data: [ { sentences: [a], requires_context: [x] } ] }\n",
          "requires_context must be a map", 1 },
        { "unknown part", "sentences: []\nintents:\n" GOOD, "line 1: 'sentences' is no known part",
          1 },
        { "intent without data", "intents:\n" GOOD "  A: { x: 1 }\n", "line 3: the intent 'A' needs",
          1 },
        { "data is no list", "intents:\n" GOOD "  A: { data: 1 }\n", "data must be a list", 1 },
        { "block is no map", "intents:\n" GOOD "  A: { data: [x] }\n",
          "a block of sentences must be a map", 1 },
        { "sentence is no text", "intents:\n" GOOD "  A: { data: [ { sentences: [[x]] } ] }\n",
          "a sentence must be a text", 1 },
        { "empty sentence", "intents:\n" GOOD "  A: { data: [ { sentences: [''] } ] }\n",
          "the template is empty", 1 },
        { "opposites", "opposites: [[on, off], [up], [a, b, c], up, [{a: b}, c], ['?', c]]\nintents:\n" GOOD,
          "opposites are two words: [on, off]", 5 },
        { "no opposites", "opposites: on\nintents:\n" GOOD, "opposites must be a list", 1 },
        { "skip word", "skip_words: ['?!', please]\nintents:\n" GOOD, "holds no word", 1 },
        { "slot is a map", "intents:\n" GOOD
          "  A: { data: [ { sentences: [a], slots: { x: { y: 1 } } } ] }\n",
          "a value must be a text", 1 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(house_done) struct house h = { 0 };
        AUTO_STR got = STR_INIT;
        struct err e = ERR_INIT;

        if (house_parse(&h, "en", cases[i].yaml, strlen(cases[i].yaml), "[]", &e) < 0)
            fail_msg("%s: %s", cases[i].name, err_text(&e));
        if (h.catalog->complaints != cases[i].complaints ||
            !strstr(str_text(&h.complaints), cases[i].words))
            fail_msg("%s: %u '%s'", cases[i].name, h.catalog->complaints, str_text(&h.complaints));
        house_understand(&got, &h, "good one");
        assert_string_equal(str_text(&got), "Good");
    }
}

static void file_refused(void **state)
{
    static const struct {
        const char *yaml;
        int want;
        const char *words;
    } cases[] = {
        { "a: [", -EINVAL, "test.yaml line 2" },
        { "- x\n", -EINVAL, "must hold 'language'" },
        { "language: fr\nintents: {}\n", -EINVAL, "language 'fr', not 'en'" },
        { "a: \xff\n", -EINVAL, "test.yaml" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(house_done) struct house h = { 0 };
        struct err e = ERR_INIT;
        int r = house_parse(&h, "en", cases[i].yaml, strlen(cases[i].yaml), "[]", &e);

        assert_int_equal(r, cases[i].want);
        if (!strstr(err_text(&e), cases[i].words))
            fail_msg("'%s'", err_text(&e));
    }
}

/* The second file adds sentences and replaces rules and lists of the same name. */
static void files_merge(void **state)
{
    static const char first[] = "lists: { l: { values: [one] } }\n"
                                "expansion_rules: { r: 'old' }\n"
                                "intents: { A: { data: [ { sentences: ['<r> {l}'] } ] } }\n";
    static const char second[] = "lists: { l: { values: [two] } }\n"
                                 "expansion_rules: { r: 'new' }\n"
                                 "skip_words: [hm]\n"
                                 "intents: { A: { data: [ { sentences: ['more'] } ] } }\n";
    AUTO(catalog_freep) struct catalog *c = NULL;
    static const char *const texts[][2] = { { "new two", "A" }, { "old one", "-" },
                                            { "hm more", "A" } };

    (void)state;
    assert_int_equal(catalog_new(&c, "en", NULL, NULL, NULL), 0);
    assert_int_equal(catalog_parse(c, "1.yaml", false, first, strlen(first), NULL), 0);
    assert_int_equal(catalog_parse(c, "2.yaml", false, second, strlen(second), NULL), 0);
    assert_int_equal(catalog_link(c, NULL), 0);
    assert_int_equal(c->templates_n, 2);
    for (size_t i = 0; i < N_OF(texts); i++) {
        struct house h = { .catalog = c };
        struct house_asked a;

        assert_int_equal(house_find(&a, &h, texts[i][0], strlen(texts[i][0])), 0);
        assert_string_equal(a.m.block ? a.m.block->intent : "-", texts[i][1]);
        if (a.m.block && i == 2)
            assert_string_equal(a.m.template->file, "2.yaml");
    }
}

static void complaints_are_limited(void **state)
{
    AUTO(house_done) struct house h = { 0 };
    AUTO_STR yaml = STR_INIT;
    unsigned lines = 0;

    (void)state;
    str_add(&yaml, "intents:\n  A:\n    data:\n      - sentences:\n");
    for (int i = 0; i < 500; i++)
        str_add(&yaml, "          - '(x'\n");
    assert_int_equal(house_parse(&h, "en", yaml.data, yaml.len, "[]", NULL), 0);
    for (const char *p = str_text(&h.complaints); *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, CATALOG_COMPLAINTS_MAX);
    assert_int_equal(h.catalog->complaints, 500);
    assert_int_equal(h.catalog->templates_n, 0);
}

static void lists_swap(void **state)
{
    static const char yaml[] = "intents: { A: { data: [ { sentences: ['on {name}'] } ] } }\n";
    static const char *const devices[] = {
        "[{\"id\":\"a\",\"name\":\"One\",\"kind\":\"light\"}]",
        "[{\"id\":\"b\",\"name\":\"Two\",\"kind\":\"light\",\"aliases\":[\"Deux\",\"TV 2\"]}]",
        ("[{\"id\":\"c\"},{\"name\":\"x\"},7,{\"id\":\"d\",\"name\":\"?!\"},"
         " {\"id\":\"e\",\"name\":\"Good\",\"aliases\":[1,\"\"]}]"),
    };
    static const struct {
        int devices;
        const char *text, *want;
    } cases[] = {
        { 0, "on one", "A name=a" }, { 0, "on two", "-" },         { 1, "on one", "-" },
        { 1, "on two", "A name=b" }, { 1, "on deux", "A name=b" }, { 1, "on tv two", "A name=b" },
        { 1, "on tv 2", "A name=b" }, { 2, "on good", "A name=e" }, { 2, "on x", "-" },
    };
    AUTO(house_done) struct house h = { 0 };

    (void)state;
    assert_int_equal(house_parse(&h, "en", yaml, strlen(yaml), "[]", NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(names_freep) struct names *names = NULL;
        AUTO_STR got = STR_INIT;
        AUTO_JSON *j = NULL;
        const char *text = devices[cases[i].devices];

        assert_int_equal(json_parse(&j, text, strlen(text), NULL), 0);
        assert_int_equal(names_new(&names, j, h.catalog->numbers, true, NULL), 0);
        assert_int_equal(names->left_out, cases[i].devices == 2 ? 6 : 0);
        assert_int_equal(catalog_set_list(h.catalog, "name", &names->name), 0);
        house_understand(&got, &h, cases[i].text);
        assert_string_equal(str_text(&got), cases[i].want);
        assert_int_equal(catalog_set_list(h.catalog, "name", NULL), 0);
    }
    assert_int_equal(catalog_set_list(h.catalog, "nix", NULL), -ENOENT);
}

static void areas(void **state)
{
    AUTO(house_done) struct house h = { 0 };
    size_t n = 0;

    (void)state;
    assert_int_equal(house_load(&h, "en", house_english, NULL), 0);
    for (const struct value *v = h.names->area.values; v; v = v->next)
        n++;
    assert_int_equal(n, 6); /* each once */
    assert_string_equal(names_area(h.names, "KITCHEN"), "Kitchen");
    assert_string_equal(names_area(h.names, " living  room "), "Living room");
    assert_null(names_area(h.names, "Cellar"));
    assert_null(names_area(h.names, ""));
    assert_null(names_area(h.names, "\xff"));
    assert_null(names_area(NULL, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told_and_left_out),
        cmocka_unit_test(file_refused),
        cmocka_unit_test(files_merge),
        cmocka_unit_test(complaints_are_limited),
        cmocka_unit_test(lists_swap),
        cmocka_unit_test(areas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
