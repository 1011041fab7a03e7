/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/rbnf_test.c - number words by CLDR's rules: each construct, the bounds, and the words of a
 * language of such a file in a sentence. The rules here are our own. */
#include "intent/numbers.h"
#include "intent/rbnf.h"
#include "intent/sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define FILE_OF(sets) "<?xml version=\"1.0\"?>\n<ldml><rbnf><rulesetGrouping type=\"SpelloutRules\">\n" sets \
                      "</rulesetGrouping></rbnf></ldml>\n"
#define SET(name, rules) "<ruleset type=\"" name "\">\n" rules "</ruleset>\n"
#define RULE(value, text) "<rbnfrule value=\"" value "\">" text "</rbnfrule>\n"
#define ONES RULE("0", "nil;") RULE("1", "un;") RULE("2", "du;") RULE("3", "tri;") RULE("4", "kvar;") RULE("5", "kvin;") \
    RULE("6", "ses;") RULE("7", "sep;") RULE("8", "ok;") RULE("9", "na\u016d;")
#define COUNT SET("spellout-numbering", RULE("0", "=%spellout-cardinal=;"))
/* Regular, with a word of several forms, a private set, a soft hyphen and rules that must be passed over. */
#define WHOLE FILE_OF(COUNT \
    SET("spellout-cardinal", RULE("-x", "minus \u2192\u2192;") RULE("x.x", "\u2190\u2190 koma \u2192\u2192;") ONES \
        RULE("10", "dek[ \u2192\u2192];") RULE("20", "\u2190%%tens\u2190dek[-\u2192\u2192];") \
        RULE("100", "cent[ \u2192\u2192];") RULE("200", "\u2190\u2190\u00adcent[ \u2192\u2192];") \
        RULE("1000", "\u2190\u2190 $(cardinal,one{mil}few{miloj}other{milo})$[ \u2192\u2192];") \
        RULE("1000000", "=#,##0=;")) \
    SET("%%tens", ONES) "<!-- <ruleset type=\"spellout-cardinal-no\"> -->\n" \
    SET("tens", RULE("2", "du") RULE("3", "tri") RULE("4", "kvar") RULE("5", "kvin") RULE("6", "ses") RULE("7", "sep") \
        RULE("8", "ok") RULE("9", "na\u016d")) \
    SET("spellout-ordinal", RULE("0", "=%spellout-cardinal=a;")) \
    SET("spellout-cardinal-fem", RULE("0", "=%spellout-cardinal=;") RULE("1", "una;") RULE("2", "dua;") \
        RULE("3", "=%spellout-cardinal=;")) \
    SET("digits-ordinal", RULE("0", "=#,##0=.;")))

static struct rbnf *parsed(const char *text)
{
    struct rbnf *r = NULL;
    struct err e = ERR_INIT;

    if (rbnf_parse(&r, "x.xml", text, strlen(text), &e) < 0)
        fail_msg("%s", err_text(&e));
    return r;
}

static void numbers_in_words(void **state)
{
    static const struct {
        size_t set;
        int value;
        unsigned form;
        const char *want; /* NULL: no words */
    } cases[] = {
        { 0, 0, 0, "nil" },
        { 0, 7, 0, "sep" },
        { 0, 10, 0, "dek" },
        { 0, 19, 0, "dek na\u016d" },
        { 0, 20, 0, "dudek" },
        { 0, 21, 0, "dudek-un" },
        { 0, 100, 0, "cent" },
        { 0, 101, 0, "cent un" },
        { 0, 350, 0, "tricent kvindek" },
        { 0, 999, 0, "na\u016d" "cent na\u016d" "dek-na\u016d" },
        { 0, 1000, 0, "un milo" },
        { 0, 1000, 1, "un mil" },
        { 0, 2000, 3, "du miloj" },
        { 0, 2000, 4, "du milo" },
        { 0, 12345, 0, "dek du milo tricent kvardek-kvin" },
        { 0, 7, 1, NULL },
        { 1, 7, 0, "sep" },
        { 2, 1, 0, "una" },
        { 2, 2, 0, "dua" },
        { 2, 21, 0, "dudek-un" },
        { 3, 1, 0, NULL },
    };
    AUTO(rbnf_freep) struct rbnf *r = parsed(WHOLE);

    (void)state;
    assert_int_equal(rbnf_sets(r), 3);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;
        bool is = rbnf_spell(&got, r, cases[i].set, cases[i].value, cases[i].form);

        if (is != !!cases[i].want || strcmp(str_text(&got), cases[i].want ? cases[i].want : "") != 0)
            fail_msg("%zu %d %u: '%s'", cases[i].set, cases[i].value, cases[i].form, str_text(&got));
    }
}

/* What a rule may be written like. */
static void rules(void **state)
{
    static const struct {
        const char *rules;
        int value;
        const char *want; /* NULL: no words */
    } cases[] = {
        { ONES RULE("10", "ten&lt;&lt;[ &gt;&gt;];"), 34, "tentri kvar" }, /* the other arrows */
        { ONES RULE("10", "&lt;&lt;ten&gt;&gt;&gt;;"), 34, "tritenkvar" }, /* a third arrow */
        { ONES RULE("20", "\u2190\u2190twenty[ \u2192\u2192];") "<rbnfrule value=\"60\" radix=\"20\">"
          "\u2190\u2190-twenties[ and \u2192\u2192];</rbnfrule>\n", 67, "tri-twenties and sep" },
        { ONES RULE("100", "\u2190\u2190 hun \u2192\u2192;") RULE("110", "\u2190\u2190 x \u2192\u2192;"), 200, "du hun nil" },
        { RULE("5", "five;") ONES, 5, "five" },         /* the first of two */
        { RULE("0", "'~it''s;"), 0, "~its" },           /* quotes stand for nothing */
        { RULE("0", "a;b;"), 0, "a" },                  /* the end of the rule */
        { RULE("0", "a"), 0, "a" },
        { RULE("0", "a&amp;b &quot;;"), 0, "a&b \"" },
        { RULE("2", "two;"), 1, NULL },                 /* no rule for it */
        { RULE("0", "=0=;"), 3, NULL },                 /* digits */
        { RULE("0", "=#,##0.00=;"), 3, NULL },
        { RULE("0", "==;"), 3, NULL },
        { RULE("0", "=%nowhere=;"), 3, NULL },
        { RULE("0", "=%spellout-cardinal=;"), 3, NULL }, /* leads to itself */
        { RULE("0", "\u2192\u2192\u2192\u2192;"), 3, NULL },
        { RULE("0", "$(cardinal,one{a}other{b};"), 3, NULL },
        { RULE("0", "$(cardinal,one{a})$;"), 3, NULL },
        { RULE("0", "=%spellout-cardinal"), 3, NULL },
        { RULE("0", "[abc"), 0, NULL },
        { RULE("0", ";"), 0, NULL },
        { RULE("0", "\u2190%spellout-cardinal\u2190\u2190%spellout-cardinal\u2190;"), 5, NULL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR text = STR_INIT, got = STR_INIT;
        AUTO(rbnf_freep) struct rbnf *r = NULL;

        str_addf(&text, FILE_OF("%s%s</ruleset>\n"), "<ruleset type=\"spellout-cardinal\">\n", cases[i].rules);
        r = parsed(str_text(&text));
        if (rbnf_spell(&got, r, 0, cases[i].value, 0) != !!cases[i].want ||
            strcmp(str_text(&got), cases[i].want ? cases[i].want : "") != 0)
            fail_msg("%zu: '%s'", i, str_text(&got));
    }
}

static void refused(void **state)
{
    static const struct {
        const char *text, *words;
        int code;
    } cases[] = {
        { "", "no rules that spell", -EINVAL },
        { "language: en\n", "no rules that spell", -EINVAL },
        { "<", "no rules that spell", -EINVAL },
        { "<ruleset type=\"spellout-cardinal\">", "no rules that spell", -EINVAL },
        { "<ruleset type=\"digits-ordinal\"><rbnfrule value=\"0\">a;</rbnfrule>", "no rules", -EINVAL },
        { "<rbnfrule value=\"0\">a;</rbnfrule>", "no rules", -EINVAL },
        { "<ruleset type=\"spellout-cardinal\"><rbnfrule value=\"0\"", "no rules", -EINVAL },
        { "<ruleset type=\"spellout-cardinal\"", "no rules", -EINVAL },
        { "<!-- " FILE_OF(SET("spellout-cardinal", ONES)), "no rules", -EINVAL },
        { "<ruleset type=\"spellout-cardinal\">\n<rbnfrule value=\"0\">\xff;</rbnfrule>", "line 2: a rule is not UTF-8",
          -EINVAL },
    };
    AUTO_STR many = STR_INIT;
    struct rbnf *none = NULL;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct err told = ERR_INIT;

        assert_int_equal(rbnf_parse(&none, "x.xml", cases[i].text, strlen(cases[i].text), &told), cases[i].code);
        if (!strstr(err_text(&told), cases[i].words) || !strstr(err_text(&told), "x.xml"))
            fail_msg("%zu: '%s'", i, err_text(&told));
    }
    for (int i = 0; i <= RBNF_SETS_MAX; i++)
        str_addf(&many, "<ruleset type=\"s%d\">\n", i);
    assert_int_equal(rbnf_parse(&none, "x.xml", str_text(&many), many.len, &e), -E2BIG);
    str_clear(&many);
    str_add(&many, "<ruleset type=\"spellout-cardinal\">\n");
    for (int i = 0; i <= RBNF_RULES_MAX; i++)
        str_addf(&many, "<rbnfrule value=\"%d\">a</rbnfrule>", i % 10);
    assert_int_equal(rbnf_parse(&none, "x.xml", str_text(&many), many.len, &e), -E2BIG);
    while (many.len <= RBNF_BYTES_MAX)
        str_add(&many, "          ");
    assert_int_equal(rbnf_parse(&none, "x.xml", str_text(&many), many.len, &e), -E2BIG);
    assert_null(none);
    assert_null(rbnf_free(NULL));
}

static void in_sentences(void **state)
{
    static const struct {
        const char *text;
        double value; /* of the longest that is found; -1: none */
    } cases[] = {
        { "dudek-un", 21 },          { "dudek un grado", 21 },   { "Tricent Kvindek", 350 },
        { "una", 1 },                { "una lampo", 1 },         { "un mil", 1000 },
        { "un milo", 1000 },         { "dudekx", -1 },           { "grado", -1 },
        { "na\u016dcent na\u016d" "dek-na\u016d", 999 },
    };
    AUTO(numbers_freep) struct numbers *n = NULL;
    AUTO_STR spelled = STR_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(numbers_new(&n, "eo", NULL), 0);
    assert_int_equal(numbers_read(n, "eo.xml", WHOLE, strlen(WHOLE), &e), 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct number_end ends[NUMBERS_ENDS_MAX];
        struct sentence s;
        size_t count;

        assert_int_equal(sentence_parse(&s, cases[i].text, strlen(cases[i].text), NULL), 0);
        count = numbers_match(n, s.fold, s.len, 0, true, ends);
        if ((count ? ends[0].value : -1) != cases[i].value)
            fail_msg("'%s': %g", cases[i].text, count ? ends[0].value : -1);
    }
    assert_int_equal(numbers_spell(&spelled, n, 21, &e), 0);
    assert_string_equal(str_text(&spelled), "dudek-un");
    assert_int_equal(numbers_spell(&spelled, n, 1001, &e), -ENOENT);
    assert_int_equal(numbers_read(n, "eo.xml", "", 0, &e), 0); /* they are there */
}

/* A script that parts no words: "fifty degrees" without a blank. */
static void joined_scripts(void **state)
{
    static const char text[] = FILE_OF(SET("spellout-cardinal",
        RULE("0", "\u96f6;") RULE("1", "\u4e00;") RULE("2", "\u4e8c;") RULE("3", "\u4e09;") RULE("4", "\u56db;")
        RULE("5", "\u4e94;") RULE("6", "\u516d;") RULE("7", "\u4e03;") RULE("8", "\u516b;") RULE("9", "\u4e5d;")
        RULE("10", "\u5341[\u2192\u2192];") RULE("20", "\u2190\u2190\u5341[\u2192\u2192];")
        RULE("100", "\u2190\u2190\u767e[\u2192\u2192];")));
    AUTO(numbers_freep) struct numbers *n = NULL;
    struct number_end ends[NUMBERS_ENDS_MAX];
    struct sentence s;

    (void)state;
    assert_int_equal(numbers_new(&n, "zh", NULL), 0);
    assert_int_equal(numbers_read(n, "zh.xml", text, strlen(text), NULL), 0);
    assert_int_equal(sentence_parse(&s, "\u4e94\u5341\u4e09\u5ea6", 12, NULL), 0);
    assert_true(numbers_match(n, s.fold, s.len, 0, false, ends) >= 3);
    assert_true(ends[0].value == 53 && ends[0].end == 3);
    assert_true(ends[1].value == 50 && ends[2].value == 5);
}

/* Ours stay as they are; a faulty file costs nothing but its words. */
static void ours_stay(void **state)
{
    AUTO(numbers_freep) struct numbers *en = NULL, *pl = NULL;
    AUTO_STR got = STR_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(numbers_new(&en, "en", NULL), 0);
    assert_int_equal(numbers_read(en, "en.xml", WHOLE, strlen(WHOLE), &e), 0);
    assert_int_equal(numbers_spell(&got, en, 21, &e), 0);
    assert_string_equal(str_text(&got), "twenty-one");
    assert_int_equal(numbers_new(&pl, "pl", NULL), 0);
    assert_int_equal(numbers_read(pl, "pl.xml", "nothing", 7, &e), -EINVAL);
    assert_int_equal(numbers_spell(&got, pl, 21, &e), -ENOENT);
    assert_int_equal(numbers_read(pl, "pl.xml", WHOLE, strlen(WHOLE), &e), 0);
    assert_int_equal(numbers_spell(&got, pl, 2, &e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_in_words), cmocka_unit_test(rules),
        cmocka_unit_test(refused),          cmocka_unit_test(in_sentences),
        cmocka_unit_test(joined_scripts),   cmocka_unit_test(ours_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
