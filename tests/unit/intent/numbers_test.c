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
        { "en", "a thousand", false, "1000@10" },
        { "en", "twelve thousand and seven", false, "12007@25 12000@15 12@6" },
        { "en", "twenty one thousand", false, "21000@19 21@10 20@6" },
        { "fr", "mille deux cent", false, "1200@15 1002@10 1000@5" },
        { "fr", "trois mille", false, "3000@11 3@5" },
        { "de", "eins", false, "1@4" },
        { "de", "einen", false, "1@5" },
        { "de", "f\u00fcnf", false, "5@4" },
        { "de", "fuenfundzwanzig", false, "25@15" },
        { "de", "zwoelf", false, "12@6" },
        { "de", "drei\u00dfig", false, "30@8" },
        { "de", "dreissig", false, "30@8" },
        { "de", "einundzwanzig", false, "21@13" },
        { "de", "zweihundertf\u00fcnf", false, "205@15" },
        { "de", "hundertundeins", false, "101@14" },
        { "de", "dreitausendzweihundert", false, "3200@22" },
        { "de", "zwanzig komma f\u00fcnf", true, "20.5@18 20@7" },
        { "de", "zwanzigeinhalb", true, "" },
        { "de", "zwanzig einhalb", true, "20.5@15 20@7" },
        { "de", "zwanziger", false, "" },
        { "es", "uno", false, "1@3" },
        { "es", "una", false, "1@3" },
        { "es", "diecis\u00e9is", false, "16@9" },
        { "es", "veintid\u00f3s", false, "22@9" },
        { "es", "treinta y una", false, "31@13 30@7" },
        { "es", "cien", false, "100@4" },
        { "es", "ciento uno", false, "101@10 100@6" },
        { "es", "quinientas", false, "500@10" },
        { "es", "veinti\u00fan mil", false, "21000@12 21@8" },
        { "es", "veinte y medio", true, "20.5@14 20@6" },
        { "nl", "\u00e9\u00e9n", false, "1@3" },
        { "nl", "tweeentwintig", false, "22@13" },
        { "nl", "twee\u00ebntwintig", false, "22@13" },
        { "nl", "twee en twintig", false, "22@15 2@4" },
        { "nl", "honderdvijf", false, "105@11" },
        { "nl", "honderd en vijf", false, "105@15 100@7" },
        { "nl", "tweeduizend", false, "2000@11" },
        { "it", "ventuno", false, "21@7" },
        { "it", "ventotto", false, "28@8" },
        { "it", "trentatre", false, "33@9" },
        { "it", "una", false, "1@3" },
        { "it", "duecentocinque", false, "205@14" },
        { "it", "mille", false, "1000@5" },
        { "it", "tremila", false, "3000@7" },
        { "it", "venti e mezzo", true, "20.5@13 20@5" },
        { "ja", "ni", false, "" },
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
        { "en", 12007, "twelve thousand seven" },
        { "en", 1000, "one thousand" },
        { "fr", 80000, "quatre-vingts mille" },
        { "de", 1, "eins" },
        { "de", 21, "einundzwanzig" },
        { "de", 101000, "hunderteintausend" },
        { "de", 3216, "dreitausendzweihundertsechzehn" },
        { "es", 21000, "veinti\u00fan mil" },
        { "es", 100000, "cien mil" },
        { "es", 199, "ciento noventa y nueve" },
        { "nl", 22, "twee\u00ebntwintig" },
        { "nl", 31, "eenendertig" },
        { "nl", 1100, "duizend honderd" },
        { "it", 21, "ventuno" },
        { "it", 23, "ventitr\u00e9" },
        { "it", 2000, "duemila" },
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
    static const char *const languages[] = { "en", "fr", "de", "es", "nl", "it" };

    (void)state;
    for (size_t l = 0; l < N_OF(languages); l++) {
        AUTO(numbers_freep) struct numbers *n = language(languages[l]);

        for (int value = 0; value <= NUMBERS_SPELL_MAX; value += value <= 2100 ? 1 : 997) {
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
    AUTO(numbers_freep) struct numbers *en = language("en"), *ja = language("ja");
    AUTO_STR got = STR_INIT;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(numbers_spell(&got, en, -1, &e), -ERANGE);
    assert_int_equal(numbers_spell(&got, en, 1000000, &e), -ERANGE);
    assert_non_null(strstr(err_text(&e), "0..999999"));
    assert_int_equal(numbers_spell(&got, ja, 1, &e), -ENOENT);
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
