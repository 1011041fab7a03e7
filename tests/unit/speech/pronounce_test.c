/* SPDX-License-Identifier: Apache-2.0 */
/* pronounce: Kirshenbaum to ARPAbet. */
#include "speech/pronounce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static const struct {
    const char *from, *want;
    int code;
    const char *words; /* of the error */
} cases[] = {
    { "k'ItS@n", "K IH CH AH N", 0, NULL },
    { "dZ'A@vIs", "JH AA R V IH S", 0, NULL },
    { "b'jU@roU", "B Y UH R OW", 0, NULL },
    { "l'aIt", "L AY T", 0, NULL },
    { "h'aUs", "HH AW S", 0, NULL },
    { "'eIst@", "EY S T AH", 0, NULL },
    { "n'3:s", "N ER S", 0, NULL },
    { "TIN", "TH IH NG", 0, NULL },
    { "vIZ@n", "V IH ZH AH N", 0, NULL },
    { "_:", NULL, -EINVAL, "nothing to say" },
    { "", NULL, -EINVAL, "nothing to say" },
    { "k\x01t", NULL, -EINVAL, "no phone" },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[128] = "untouched";
        struct err e = ERR_INIT;
        int r = pronounce_arpabet(out, sizeof(out), cases[i].from, &e);

        assert_int_equal(r, cases[i].code);
        assert_string_equal(out, cases[i].want ? cases[i].want : "untouched");
        if (cases[i].words)
            assert_non_null(strstr(err_text(&e), cases[i].words));
    }
}

static void test_too_long(void **state)
{
    char out[8] = "same";
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(pronounce_arpabet(out, sizeof(out), "kItS@n", &e), -ENOSPC);
    assert_string_equal(out, "same");
    assert_int_equal(pronounce_arpabet(out, sizeof(out), "kIt", &e), 0);
    assert_string_equal(out, "K IH T");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests_name("pronounce", tests, NULL, NULL);
}
