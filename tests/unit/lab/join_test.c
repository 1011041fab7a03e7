/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/lab/join_test.c - several sound files as one. */
#include "helpers/lab/lab.h"

#include "lib/program.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void wrong_use_ends_with_2(void **state)
{
    static const char *const lines[] = {
        "join",
        "join one.wav",
        "join --lead-ms 60001 a.wav b.wav",
        "join --lead-ms -1 a.wav b.wav",
        "join --what a.wav b.wav",
    };
    struct program p = { .main = lab_join };

    (void)state;
    for (size_t i = 0; i < N_OF(lines); i++) {
        program_run(&p, lines[i]);
        assert_int_equal(p.code, 2);
        assert_string_equal(p.out, "");
    }
    program_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_use_ends_with_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
