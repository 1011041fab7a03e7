/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/sentence_test.c - normalising, skip words, hostile texts. */
#include "intent/sentence.h"

#include "base/str.h"
#include "base/utf8.h"
#include "intent/spoken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "lib/refused.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define TEN(x) x x x x x x x x x x

static void normalised(void **state)
{
    static const struct {
        const char *text, *exact, *clean;
    } cases[] = {
        { "", "", "" },
        { " \t\n ", "", "" },
        { "?!...", "", "" },
        { "Turn ON", "turn on ", "Turn ON" },
        { "  a   b ", "a b ", "a b" },
        { "What time is it?", "what time is it ", "What time is it" },
        { "a, b; c: d.", "a b c d ", "a b c d" },
        { "2.5 and 2,5", "2.5 and 2,5 ", "2.5 and 2,5" },
        { "21.5.", "21.5 ", "21.5" },
        { "the A.C.", "the a.c. ", "the A.C." },
        { "\u00bfqu\u00e9?", "qu\u00e9 ", "qu\u00e9" },
        { "\u00ab lampe \u00bb", "lampe ", "lampe" },
        { "what\u2019s", "what's ", "what's" },
        { "50\u202f%", "50 % ", "50 %" },
        { "50\u00a0%", "50 % ", "50 %" },
        { "e\u0301teins", "\u00e9teins ", "\u00e9teins" },
        { "ga\u0302teau c\u0327a", "g\u00e2teau \u00e7a ", "g\u00e2teau \u00e7a" },
        { "\u00c9TEINS \u0152UVRE", "\u00e9teins \u0153\u0153uvre ", "\u00c9TEINS \u0152UVRE" },
        { "\u0130zmir \u0178", "izmir \u00ff ", "\u0130zmir \u0178" },
        { "\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c3 ", "\u039f\u0394\u039f\u03a3" },
        { "\u0416\u0419\u0401", "\u0436\u0439\u0451 ", "\u0416\u0419\u0401" },
        { "a\u202eb\u200bc\ufeff", "abc ", "abc" },
        { "a\x01\x7f" "b", "ab ", "ab" },
        { "turn on 'it'", "turn on it ", "turn on it" },
        { "half-way", "half-way ", "half-way" },
        { "- x", "x ", "x" },
        { "\U0001f600 on", "\U0001f600 on ", "\U0001f600 on" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR exact = STR_INIT, clean = STR_INIT;
        struct sentence s;

        assert_int_equal(sentence_parse(&s, cases[i].text, strlen(cases[i].text), NULL), 0);
        for (size_t k = 0; k < s.len; k++)
            utf8_add(&exact, s.exact[k]);
        sentence_text(&clean, &s, 0, s.len);
        assert_string_equal(str_text(&exact), cases[i].exact);
        assert_string_equal(str_text(&clean), cases[i].clean);
    }
}

/* What is compared, and that each place leads back to what was typed. */
static void folded(void **state)
{
    static const struct {
        const char *text, *fold, *from, *shown; /* from: a part of fold; shown: its text */
    } cases[] = {
        { "K\u00fcche-Lampe!", "kuche lampe ", "lampe", "Lampe" },
        { "Stra\u00dfe 2", "strasse 2 ", "strasse", "Stra\u00dfe" },
        { "the Stra\u00dfe", "the strasse ", "sse", "\u00dfe" },
        { "\u0152uvre d'art", "oeuvre d'art ", "art", "art" },
        { "a  -  b", "a b ", "b", "b" },
        { "to -10", "to -10 ", "-10", "-10" },
        { "lamp-2", "lamp 2 ", "2", "2" },
        { "\u0645\u064e\u0635\u0628\u0627\u062d x", "\u0645\u0635\u0628\u0627\u062d x ", "x",
          "x" },
        { "\u0663 x", "3 x ", "3", "\u0663" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR fold = STR_INIT, text = STR_INIT;
        struct sentence s;
        size_t from = 0, to = 0;

        assert_int_equal(sentence_parse(&s, cases[i].text, strlen(cases[i].text), NULL), 0);
        for (size_t k = 0; k < s.len; k++) {
            AUTO_STR part = STR_INIT;

            for (size_t n = k; n < s.len; n++) {
                utf8_add(&part, s.fold[n]);
                if (strcmp(str_text(&part), cases[i].from) == 0) {
                    from = k;
                    to = n + 1;
                }
            }
            utf8_add(&fold, s.fold[k]);
            assert_true(k == 0 || s.at[k] >= s.at[k - 1]);
        }
        assert_string_equal(str_text(&fold), cases[i].fold);
        sentence_text(&text, &s, from, to);
        assert_string_equal(str_text(&text), cases[i].shown);
    }
}

static void refused(void **state)
{
    static const struct refused_case cases[] = {
        { "NUL", "a\0b", 3, -EINVAL, "byte 2" },
        { "no UTF-8", "ab\xff", 3, -EINVAL, "byte 3" },
        { "cut", "\xe2\x80", 2, -EINVAL, "byte 1" },
        { "overlong", "\xc0\x80", 2, -EINVAL, "byte 1" },
        { "surrogate", "\xed\xbf\xbf", 3, -EINVAL, "byte 1" },
        { "beyond Unicode", "\xf4\x90\x80\x80", 4, -EINVAL, "byte 1" },
        { "long", TEN(TEN(TEN("a"))) "b", 1001, -E2BIG, "1000 characters" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct sentence s = { .len = 77 };
        struct err e = ERR_INIT;

        assert_int_equal(sentence_parse(&s, cases[i].text, cases[i].len, &e), cases[i].want);
        assert_non_null(strstr(err_text(&e), cases[i].words));
        assert_int_equal(s.len, 77);
    }
}

static void skip_words_go(void **state)
{
    static const uint32_t can_you[] = { 'c', 'a', 'n', ' ', 'y', 'o', 'u' };
    static const uint32_t can[] = { 'c', 'a', 'n' };
    static const struct skip_word second = { can, 3, NULL }, first = { can_you, 7, &second };
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "can you turn on", "turn on" },
        { "Can you, turn on", "turn on" },
        { "can-you turn on", "turn on" },
        { "turn on can", "turn on" },
        { "candle on", "candle on" },
        { "toucan on", "toucan on" },
        { "can can can you", "" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;
        struct sentence s;

        assert_int_equal(sentence_parse(&s, cases[i].text, strlen(cases[i].text), NULL), 0);
        sentence_skip(&s, &first);
        sentence_text(&got, &s, 0, s.len);
        assert_string_equal(str_text(&got), cases[i].want);
    }
}

static void spoken(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: cannot be said */
    } cases[] = {
        { "Kitchen light", "kitchen light" },
        { "TV 2", "tv two" },
        { "TV2", "tv two" },
        { "PM2.5", "pm two point five" },
        { "Room 21b", "room twenty one b" },
        { "Line 007", "line zero zero seven" },
        { "Box 1234", "box one two three four" },
        { "Caf\u00e9", "cafe" },
        { "Wi-Fi_plug", "wi fi plug" },
        { "Tom & Ann's lamp", "tom and ann's lamp" },
        { "50% lamp", "fifty percent lamp" },
        { "Lamp (left)", "lamp left" },
        { "'quoted'", "quoted" },
        { "\u039b\u03ac\u03bc\u03c0\u03b1", NULL },
        { "\U0001f4a1", NULL },
        { "---", NULL },
        { "", NULL },
    };
    AUTO(numbers_freep) struct numbers *n = NULL;

    (void)state;
    assert_int_equal(numbers_new(&n, "en", NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;
        int r = spoken_words(&got, n, SPOKEN_ENGLISH, cases[i].text, NULL);

        assert_int_equal(r, cases[i].want ? 0 : -EINVAL);
        if (cases[i].want)
            assert_string_equal(str_text(&got), cases[i].want);
    }
    {
        AUTO_STR got = STR_INIT; /* another language has its own words for signs: they are left unsaid */

        assert_int_equal(spoken_words(&got, n, SPOKEN_BARE, "Caf\u00e9 & 50% d'\u00e9t\u00e9", NULL), 0);
        assert_string_equal(str_text(&got), "cafe fifty d'ete");
    }
    assert_int_equal(spoken_language("en", true), SPOKEN_ENGLISH);
    assert_int_equal(spoken_language("fr", false), SPOKEN_NOT);
    assert_int_equal(spoken_language("fr", true), SPOKEN_BARE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalised),
        cmocka_unit_test(folded),
        cmocka_unit_test(refused),
        cmocka_unit_test(skip_words_go),
        cmocka_unit_test(spoken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
