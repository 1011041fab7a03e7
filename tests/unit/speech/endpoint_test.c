/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint: tables of what is heard block by block, and what the endpoint makes of it. */
#include "speech/endpoint.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One letter a run of so many blocks:
 *     j  the wake word, before the first block          .  nobody speaks
 *     v  the talker, at his loudness                    t  a television, 10 dB softer
 *     s  the talker, 6 dB softer                        l  6 dB louder
 *     x  v and . in turn                                c  our own chime, as loud as the talker
 * and what the recogniser has heard from here on: 0 nothing, 1 a beginning, 2 a whole sentence, 3 a final one. */
static const struct {
    const char *name, *blocks;
    int start_block; /* in which the start is told; -1: never */
    int end_block;   /* -1: never */
    enum end_reason reason;
} cases[] = {
    /* final sentences: 400 ms */
    { "a sentence", "3 .20 v50 .70", 25, 109, END_SILENCE },
    { "speech at once", "3 v10 .80", 5, 49, END_SILENCE },
    { "a pause shorter than the silence", "3 v30 .39 v30 .70", 5, 138, END_SILENCE },
    { "the pause that ends it", "3 v30 .40 v10", 5, 69, END_SILENCE },
    { "a click does not hold the end up", "3 v30 .30 v1 .60", 5, 69, END_SILENCE },
    { "two blocks do", "3 v30 .30 v2 .70", 5, 101, END_SILENCE },
    { "known to be whole only in the silence", "1 v30 .20 3 .70", 5, 89, END_SILENCE },
    /* whole ones that may go on: 800 ms */
    { "a whole sentence", "2 .20 v50 .90", 25, 149, END_SILENCE },
    { "a pause inside, and it goes on", "2 v30 .79 3 v30 .70", 5, 178, END_SILENCE },
    { "the pause was its end", "2 v30 .80 3 v30", 5, 109, END_SILENCE },
    { "it turns out to be final", "2 v30 .20 3 .70", 5, 89, END_SILENCE },
    { "final, then whole, then final", "3 v30 .20 2 v10 .30 3 .90", 5, 129, END_SILENCE },
    { "whole beside a television: as what is not whole", "j50 2 .10 v60 t300", 15, 197, END_SILENCE },
    { "whole only late in the silence", "1 v30 .70 2 .90", 5, 129, END_SILENCE },
    /* what cannot end there: a second */
    { "it breaks off", "1 v30 .200", 5, 129, END_SILENCE },
    { "a hesitation of 0.8 s", "1 v30 .80 3 v30 .70", 5, 179, END_SILENCE },
    { "a pause just too long", "1 v30 .100 3 v30 .70", 5, 129, END_SILENCE },
    { "it goes on and is not whole any more", "2 v30 .20 v10 1 v20 .200", 5, 179, END_SILENCE },
    /* starts */
    { "a click is no speech", "3 .10 v3 .350", -1, 299, END_NO_SPEECH },
    { "silence only", "0 .400", -1, 299, END_NO_SPEECH },
    { "voice before the caps are reached", "3 .294 v50 .70", 299, 383, END_SILENCE },
    { "endless noise", "3 v1200", 5, 999, END_TOO_LONG },
    { "flutter below the start's share", "3 x400", -1, 299, END_NO_SPEECH },
    /* the wake word */
    { "a wake word that goes on", "j50 0 v30 .80 v40 3 .60", 117, 189, END_SILENCE },
    { "nothing after it", "j50 0 v30 .400", -1, 299, END_NO_SPEECH },
    { "in one breath with the command", "j50 0 v20 1 v40 3 .60", 20, 99, END_SILENCE },
    { "a voice that goes on for long", "j50 0 v100 .200", 59, 199, END_SILENCE },
    { "a gap, then the command", "j50 0 v10 .10 v40 3 .60", 27, 99, END_SILENCE },
    { "a cough, then the command", "j50 0 .10 v20 .110 v40 3 .60", 17, 219, END_SILENCE },
    /* beside a television */
    { "a television is no talker", "j50 0 .10 t400", -1, 299, END_NO_SPEECH },
    { "the sentence ends, it goes on", "j50 3 .10 v60 t300", 15, 157, END_SILENCE },
    { "it ends what is not whole", "j50 1 .10 v60 t300", 15, 197, END_SILENCE },
    { "a softer sentence is not cut", "j50 1 .10 s200 3 .60", 15, 249, END_SILENCE },
    { "it ends beside a television too", "j50 3 .10 s60 .60", 15, 109, END_SILENCE },
    { "a louder one makes it easier", "j50 3 .10 l60 t300", 15, 157, END_SILENCE },
    { "nobody woke it: no level is known", "3 .10 t60 .60", 15, 109, END_SILENCE },
    { "the sentence itself tells it", "3 .10 v60 t300", 15, 157, END_SILENCE },
    /* our own sound */
    { "a chime begins nothing", "j50 0 .20 c12 .400", -1, 299, END_NO_SPEECH },
    { "nor what ends before it is spoken", "j50 0 .10 c12 .110 3 v40 .60", 137, 211, END_SILENCE },
    { "a click beside a chime is no voice", "3 .10 v3 c12 v2 .300", -1, 299, END_NO_SPEECH },
    { "the voice goes on over it", "3 .10 v4 c12 v30 .60", 27, 95, END_SILENCE },
    { "a chime ends nothing", "3 v30 .35 c12 v20 .60", 5, 136, END_SILENCE },
    { "nor does it hold the end up", "3 v30 .35 c12 .60", 5, 81, END_SILENCE },
    { "it is no silence", "3 v30 c60 .60", 5, 129, END_SILENCE },
    { "but it is time", "0 c400", -1, 299, END_NO_SPEECH },
    { "and time that a sentence may take", "3 v30 c1200", 5, 999, END_TOO_LONG },
};

static const struct endpoint_opts usual = {
    .silence_ms = 400, .patience_ms = 1000, .max_ms = 10000, .no_speech_ms = 3000,
};

static struct endpoint_block block_of(char kind, long k, enum wire_state state)
{
    struct endpoint_block b = { .state = state, .level_db = -60.0f };

    b.ours = kind == 'c';
    b.voiced = strchr("vtslc", kind) || (kind == 'x' && k % 2 == 0);
    if (b.voiced)
        b.level_db = kind == 't' ? -40.0f : kind == 's' ? -36.0f : kind == 'l' ? -24.0f : -30.0f;
    return b;
}

static void run_case(size_t i)
{
    enum wire_state state = WIRE_FINAL;
    struct endpoint p;
    int block = 0, start = -1, end = -1;

    endpoint_init(&p, &usual);
    for (const char *c = cases[i].blocks; *c && end < 0; c += strspn(c, " ")) {
        char kind = *c++;
        char *rest;
        long n = strtol(c, &rest, 10);

        if (strchr("0123", kind)) {
            state = (enum wire_state)(WIRE_NOTHING + kind - '0');
            continue;
        }
        for (long k = 0; k < n && end < 0; k++) {
            struct endpoint_block b = block_of(kind, k, state);
            enum endpoint_event ev;

            if (kind == 'j') {
                endpoint_wake(&p, -30.0f);
                continue;
            }
            b.at_usec = (int64_t)(block + 1) * 10000;
            ev = endpoint_step(&p, &b);
            if (ev == ENDPOINT_STARTED && start < 0)
                start = block;
            if (ev == ENDPOINT_ENDED)
                end = block;
            block++;
        }
        c = rest;
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

static enum endpoint_event feed(struct endpoint *p, int n, bool voiced, int64_t *at)
{
    enum endpoint_event ev = ENDPOINT_NOTHING;

    for (int i = 0; i < n; i++)
        ev = endpoint_step(p, &(struct endpoint_block){ *at += 10000, -30.0f, voiced, false, WIRE_FINAL });
    return ev;
}

static void test_times(void **state)
{
    struct endpoint p;
    int64_t at = 1000000;

    (void)state;
    endpoint_init(&p, &usual);
    feed(&p, 20, false, &at);
    feed(&p, 25, true, &at);
    assert_int_equal(p.first_voiced_usec, 1000000 + 21 * 10000);
    while (feed(&p, 1, false, &at) != ENDPOINT_ENDED)
        ;
    assert_int_equal(p.last_voiced_usec, 1000000 + 45 * 10000);
    assert_int_equal(at - p.last_voiced_usec, 400000);
    assert_int_equal(feed(&p, 1, false, &at), ENDPOINT_ENDED); /* it comes again */
}

/* The talker's loudness: the wake word's, then the sentence's own, not far from the wake word's. */
static void test_talker(void **state)
{
    static const struct {
        const char *name;
        float wake_db, talk_db; /* 0: none */
        int talk_blocks;
        float want_db;
    } talkers[] = {
        { "the wake word's", -30, 0, 0, -30 },
        { "too little was said", -30, -34, 20, -30 },
        { "a bit softer", -30, -34, 50, -34 },
        { "much softer", -30, -50, 50, -36 },
        { "much louder", -30, -10, 50, -24 },
        { "no wake word", 0, -41, 50, -41 },
        { "beyond the scale", 0, -120, 50, -100 },
        { "above it", 0, 20, 50, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(talkers) / sizeof(talkers[0]); i++) {
        struct endpoint p;

        endpoint_init(&p, &usual);
        for (int k = 0; talkers[i].wake_db < 0 && k < 100; k++)
            endpoint_wake(&p, k < 40 ? 0.0f : talkers[i].wake_db); /* its last 0.6 s */
        for (int k = 0; k < talkers[i].talk_blocks + 10; k++) {
            struct endpoint_block b = { 0, talkers[i].talk_db, true, false, WIRE_BEGUN };

            endpoint_step(&p, &b);
        }
        if (fabsf(endpoint_talker_db(&p) - talkers[i].want_db) > 0.5f)
            fail_msg("%s: %.1f dB", talkers[i].name, (double)endpoint_talker_db(&p));
    }
}

static void test_nobody_known(void **state)
{
    struct endpoint p;

    (void)state;
    endpoint_init(&p, &usual);
    assert_true(isinf(endpoint_talker_db(&p)) && endpoint_talker_db(&p) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_talker),
        cmocka_unit_test(test_nobody_known),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
