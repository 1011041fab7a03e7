/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/tts/voice_test.c - text to sound and to phonemes by espeak-ng. */
#include "helpers/tts/voice.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void voices_are_named(void **state)
{
    static const struct {
        const char *name, *language;
        int want;
        const char *words;
    } rows[] = {
        { "", "en", 0, NULL },
        { "en-us+f3", "", 0, NULL },
        { "", "fr", 0, NULL },
        { "nobody", "en", -ENOENT, "tts.voice: espeak-ng has no voice 'nobody'; see 'espeak-ng --voices'" },
        { "../x", "en", -EINVAL, "tts.voice: '../x' is no name of a voice; see 'espeak-ng --voices'" },
    };
    AUTO(voice_freep) struct voice *v = NULL;

    (void)state;
    assert_int_equal(voice_new(&v, NULL), 0);
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct err e = ERR_INIT;

        assert_int_equal(voice_choose(v, rows[i].name, rows[i].language, &e), rows[i].want);
        if (rows[i].words)
            assert_string_equal(err_text(&e), rows[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(voices_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
