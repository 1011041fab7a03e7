/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/numbers_test.c - number words both ways. */
#include "intent/numbers.h"

#include "intent/sentence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static struct numbers *language(const char *name)
{
    struct numbers *n = NULL;

    assert_int_equal(numbers_new(&n, name, NULL), 0);
    return n;
}

/* All readings from the start: "21@10 20@6", value and end. */
static void readings(struct str *out, const struct numbers *n, const char *text, bool fractions)
{
    struct number_end ends[NUMBERS_ENDS_MAX];
    struct sentence s;
    size_t count;

    assert_int_equal(sentence_parse(&s, text, strlen(text), NULL), 0);
    count = numbers_match(n, s.fold, s.len, 0, fractions, ends);
    for (size_t i = 0; i < count; i++)
        str_addf(out, "%s%g@%zu", i ? " " : "", ends[i].value, ends[i].end);
}

static void words_to_numbers(void **state)
{
    static const struct {
        const char *language, *text;
        bool fractions;
        const char *want;
    } cases[] = {
        { "en", "zero", false, "0@4" },
        { "en", "Seven", false, "7@5" },
        { "en", "sixty", false, "60@5" },
        { "en", "twenty one", false, "21@10 20@6" },
        { "en", "twenty-one", false, "21@10 20@6" },
        { "en", "twenty onex", false, "20@6" },
        { "en", "sevenx", false, "" },
        { "en", "one hundred", false, "100@11 1@3" },
        { "en", "a hundred", false, "100@9" },
        { "en", "hundred", false, "100@7" },
        { "en", "two hundred and five", false, "205@20 200@11 2@3" },
        { "en", "two hundred five", false, "205@16 200@11 2@3" },
        { "en", "nine hundred and ninety-nine", false, "999@28 990@23 900@12 9@4" },
        { "en", "twenty one and a half", true, "21.5@21 21@10 20@6" },
        { "en", "twenty one and a half", false, "21@10 20@6" },
        { "en", "nineteen point five degrees", true, "19.5@19 19@8" },
        { "en", "lamp", false, "" },
        { "en", "21", false, "" },
        { "fr", "z\u00e9ro", false, "0@4" },
        { "fr", "zero", false, "0@4" },
        { "fr", "une", false, "1@3" },
        { "fr", "vingt et un", false, "21@11 20@5" },
        { "fr", "vingt-et-un", false, "21@11 20@5" },
        { "fr", "vingt et une", false, "21@12 20@5" },
        { "fr", "vingt-deux", false, "22@10 20@5" },
        { "fr", "soixante-dix", false, "70@12 60@8" },
        { "fr", "soixante et onze", false, "71@16 60@8" },
        { "fr", "soixante dix neuf", false, "79@17 70@12 60@8" },
        { "fr", "quatre-vingts", false, "80@13 4@6" },
        { "fr", "quatre-vingt", false, "80@12 4@6" },
        { "fr", "quatre-vingt-un", false, "81@15 80@12 4@6" },
        { "fr", "quatre-vingt-dix", false, "90@16 80@12 4@6" },
        { "fr", "quatre vingt dix neuf", false, "99@21 90@16 80@12 4@6" },
        { "fr", "septante et un", false, "71@14 70@8" },
        { "fr", "huitante", false, "80@8" },
        { "fr", "octante-deux", false, "82@12 80@7" },
        { "fr", "nonante", false, "90@7" },
        { "fr", "cent", false, "100@4" },
        { "fr", "cent vingt et un", false, "121@16 120@10 100@4" },
        { "fr", "deux cents", false, "200@10 2@4" },
        { "fr", "deux cent cinq", false, "205@14 200@9 2@4" },
        { "fr", "vingt et un et demi", true, "21.5@19 21@11 20@5" },
        { "fr", "vingt virgule cinq", true, "20.5@18 20@5" },
        { "de", "eins", false, "" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(numbers_freep) struct numbers *n = language(cases[i].language);
        AUTO_STR got = STR_INIT;

        readings(&got, n, cases[i].text, cases[i].fractions);
        if (strcmp(str_text(&got), cases[i].want) != 0)
            fail_msg("'%s' gives '%s', not '%s'", cases[i].text, str_text(&got), cases[i].want);
    }
}

static void numbers_to_words(void **state)
{
    static const struct {
        const char *language;
        int value;
        const char *want;
    } cases[] = {
        { "en", 0, "zero" },
        { "en", 13, "thirteen" },
        { "en", 40, "forty" },
        { "en", 99, "ninety-nine" },
        { "en", 100, "one hundred" },
        { "en", 221, "two hundred and twenty-one" },
        { "en", 999, "nine hundred and ninety-nine" },
        { "fr", 1, "un" },
        { "fr", 17, "dix-sept" },
        { "fr", 21, "vingt et un" },
        { "fr", 70, "soixante-dix" },
        { "fr", 71, "soixante et onze" },
        { "fr", 77, "soixante-dix-sept" },
        { "fr", 80, "quatre-vingts" },
        { "fr", 81, "quatre-vingt-un" },
        { "fr", 91, "quatre-vingt-onze" },
        { "fr", 99, "quatre-vingt-dix-neuf" },
        { "fr", 100, "cent" },
        { "fr", 101, "cent un" },
        { "fr", 200, "deux cents" },
        { "fr", 201, "deux cent un" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(numbers_freep) struct numbers *n = language(cases[i].language);
        AUTO_STR got = STR_INIT;

        assert_int_equal(numbers_spell(&got, n, cases[i].value, NULL), 0);
        assert_string_equal(str_text(&got), cases[i].want);
    }
}

/* What is spelled is read back, for every number, with hyphens and with blanks. */
static void both_ways(void **state)
{
    static const char *const languages[] = { "en", "fr" };

    (void)state;
    for (size_t l = 0; l < N_OF(languages); l++) {
        AUTO(numbers_freep) struct numbers *n = language(languages[l]);

        for (int value = 0; value <= NUMBERS_MAX; value++) {
            AUTO_STR text = STR_INIT;
            struct number_end ends[NUMBERS_ENDS_MAX];
            struct sentence s;

            assert_int_equal(numbers_spell(&text, n, value, NULL), 0);
            for (int blanks = 0; blanks < 2; blanks++) {
                for (char *p = text.data; blanks && *p; p++)
                    if (*p == '-')
                        *p = ' ';
                assert_int_equal(sentence_parse(&s, text.data, text.len, NULL), 0);
                assert_true(numbers_match(n, s.fold, s.len, 0, false, ends) > 0);
                assert_int_equal(ends[0].end, s.len - 1);
                assert_true(ends[0].value == value);
            }
        }
    }
}

static void refused(void **state)
{
    AUTO(numbers_freep) struct numbers *en = language("en"), *de = language("de");
    AUTO_STR got = STR_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(numbers_spell(&got, en, -1, &e), -ERANGE);
    assert_int_equal(numbers_spell(&got, en, 1000, &e), -ERANGE);
    assert_non_null(strstr(err_text(&e), "0..999"));
    assert_int_equal(numbers_spell(&got, de, 1, &e), -ENOENT);
    assert_int_equal(got.len, 0);
    assert_null(numbers_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_to_numbers),
        cmocka_unit_test(numbers_to_words),
        cmocka_unit_test(both_ways),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
