/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint: tables of VAD decisions and what the endpoint makes of them. */
#include "speech/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

/* One letter a run: "v30" = 30 voiced blocks, ".5" = 5 quiet ones, "x20" = 20 alternating. */
static const struct {
    const char *name, *blocks;
    int start_block; /* in which the start is told; -1: never */
    int end_block;   /* -1: never */
    enum end_reason reason;
} cases[] = {
    { "a sentence", ".20 v50 .70", 25, 129, END_SILENCE },
    { "a click is no speech", ".10 v3 .350", -1, 299, END_NO_SPEECH },
    { "silence only", ".400", -1, 299, END_NO_SPEECH },
    { "a pause shorter than the silence", "v30 .50 v30 .70", 5, 169, END_SILENCE },
    { "a pause just too short", "v30 .59 v10 .70", 5, 158, END_SILENCE },
    { "the pause that ends it", "v30 .60 v10", 5, 89, END_SILENCE },
    { "a click does not hold the end up", "v30 .30 v1 .60", 5, 89, END_SILENCE },
    { "two blocks do", "v30 .30 v2 .70", 5, 121, END_SILENCE },
    { "a click at the very end puts it off by itself", "v30 .59 v1 .60", 5, 90, END_SILENCE },
    { "voice before the caps are reached", ".294 v50 .70", 299, 403, END_SILENCE },
    { "endless noise", "v1200", 5, 999, END_TOO_LONG },
    { "flutter below the start's share", "x400", -1, 299, END_NO_SPEECH },
    { "speech at once", "v10 .80", 5, 69, END_SILENCE },
};

static void run_case(size_t i)
{
    const struct endpoint_opts opts = { .silence_ms = 600, .max_ms = 10000, .no_speech_ms = 3000 };
    struct endpoint p;
    int block = 0, start = -1, end = -1;

    endpoint_init(&p, &opts);
    for (const char *c = cases[i].blocks; *c && end < 0;) {
        char kind = *c++;
        char *rest;
        long n = strtol(c, &rest, 10);

        for (long k = 0; k < n && end < 0; k++, block++) {
            bool voiced = kind == 'v' || (kind == 'x' && k % 2 == 0);
            enum endpoint_event ev = endpoint_step(&p, voiced, (int64_t)(block + 1) * 10000);

            if (ev == ENDPOINT_STARTED)
                start = block;
            if (ev == ENDPOINT_ENDED)
                end = block;
        }
        c = rest + strspn(rest, " ");
    }
    if (start != cases[i].start_block || end != cases[i].end_block)
        fail_msg("%s: start %d, end %d", cases[i].name, start, end);
    if (end >= 0)
        assert_int_equal(p.reason, cases[i].reason);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_case(i);
}

static void test_times(void **state)
{
    const struct endpoint_opts opts = { .silence_ms = 300, .max_ms = 10000, .no_speech_ms = 3000 };
    struct endpoint p;
    enum endpoint_event ev = ENDPOINT_NOTHING;
    int64_t at = 1000000;

    (void)state;
    endpoint_init(&p, &opts);
    for (int i = 0; i < 20; i++)
        endpoint_step(&p, false, at += 10000);
    for (int i = 0; i < 25; i++)
        endpoint_step(&p, true, at += 10000);
    assert_int_equal(p.first_voiced_usec, 1000000 + 21 * 10000);
    while (ev != ENDPOINT_ENDED)
        ev = endpoint_step(&p, false, at += 10000);
    assert_int_equal(p.last_voiced_usec, 1000000 + 45 * 10000);
    assert_int_equal(at - p.last_voiced_usec, 300000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
