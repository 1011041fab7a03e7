/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/dict_test.c - what may be a word of the recogniser's dictionary, and how its
 * pronunciations are kept. */
#include "helpers/stt/dict.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void words_are_checked(void **state)
{
    static const struct {
        const char *word;
        int want;
    } rows[] = {
        { "lamp", 0 }, { "", -EINVAL }, { "two words", -EINVAL }, { "tab\t", -EINVAL }, { "caf\u00e9", 0 },
        { "a-word-of-more-than-sixty-three-bytes-is-longer-than-any-in-a-house", -EINVAL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_DICT d = { .words = NULL };

        if (dict_add(&d, rows[i].word, NULL) != rows[i].want || d.n != (rows[i].want == 0))
            fail_msg("'%s'", rows[i].word);
        assert_false(dict_is_known(&d, rows[i].word)); /* nobody has said how it sounds */
    }
}

static void a_ninth_sound_is_left_out(void **state)
{
    static const char *const vowels[] = { "AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH" };
    AUTO_DICT d = { .words = NULL };

    (void)state;
    assert_int_equal(dict_add(&d, "a", NULL), 0);
    for (size_t i = 0; i < N_OF(vowels); i++)
        assert_int_equal(dict_sound_add(&d, "a", vowels[i], NULL), 0);
    assert_int_equal(d.words[0].n_sounds, DICT_SOUNDS_MAX);
    assert_int_equal(dict_sound_add(&d, "a", "QQ", NULL), -EINVAL);
    assert_true(dict_is_known(&d, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_checked),
        cmocka_unit_test(a_ninth_sound_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
