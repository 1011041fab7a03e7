/* SPDX-License-Identifier: Apache-2.0 */
/* The reference, aligned in time: delays, jitter, drift, holes, rests. The loudspeaker plays its own
 * sample numbers, so that what is taken tells when it was heard. */
#include "audio/refer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STEP_USEC = 10000 };

static struct ring *ring;
static struct refer refer;
static uint32_t seed;

static int set_up(void **state)
{
    (void)state;
    seed = 1;
    assert_int_equal(ring_new(&ring, REFER_RING_BLOCKS, sizeof(struct refer_block), NULL), 0);
    refer_init(&refer, ring);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ring = ring_free(ring);
    return 0;
}

static int jitter(int most_usec)
{
    seed = seed * 1664525u + 1013904223u;
    return most_usec ? (int)(seed >> 8) % (2 * most_usec) - most_usec : 0;
}

/* The k-th 10 ms of the loudspeaker, written at `at_usec` into a device that holds delay_usec. */
static void play(uint64_t k, int64_t at_usec, int64_t delay_usec, bool torn)
{
    struct refer_block b = { .position = k * BLOCK_FRAMES, .heard_usec = at_usec + delay_usec,
                             .torn = torn };

    for (int i = 0; i < BLOCK_FRAMES; i++)
        b.pcm[i] = (int16_t)(b.position + (uint64_t)i) & 0x7fff;
    ring_push(ring, &b);
}

/* Frames by which what was taken is off: the sample that was heard at captured - 10 ms is right. */
static int off_by(const float *out, int64_t captured_usec, int64_t delay_usec)
{
    int64_t first = (captured_usec - delay_usec) * 16 / 1000 - BLOCK_FRAMES;
    int got = (int)lrintf(out[0] * 32768.0f);

    for (int i = 1; i < BLOCK_FRAMES; i++) /* whole and in order */
        assert_int_equal((int)lrintf(out[i] * 32768.0f), (got + i) & 0x7fff);
    return got - (int)(first & 0x7fff);
}

static void aligned_in_time(void **state)
{
    static const struct {
        const char *name;
        int64_t delay_usec;
        int jitter_usec;
        int off_max; /* frames */
        uint64_t alignments_max;
    } cases[] = {
        { "40 ms in the device", 40000, 0, 1, 1 },
        { "10 ms", 10000, 0, 1, 1 },
        { "a quarter of a second", 250000, 0, 1, 1 },
        { "threads that wake 2 ms early and late", 40000, 2000, 48, 3 },
        { "5 ms", 40000, 5000, 110, 12 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int taken = 0, worst = 0, before = 0;

        tear_down(NULL);
        set_up(NULL);
        for (int k = 0; k < 1000; k++) {
            int64_t now = (int64_t)(k + 1) * STEP_USEC;
            float out[BLOCK_FRAMES];

            play((uint64_t)k, now + jitter(cases[i].jitter_usec), cases[i].delay_usec, k == 0);
            if (!refer_take(&refer, now + jitter(cases[i].jitter_usec), out))
                continue;
            taken++;
            before = off_by(out, now, cases[i].delay_usec);
            worst = abs(before) > worst ? abs(before) : worst;
        }
        if (worst > cases[i].off_max)
            fail_msg("%s: off by %d frames", cases[i].name, worst);
        assert_true(taken >= 1000 - cases[i].delay_usec / STEP_USEC - 40);
        assert_in_range(refer.alignments, 1, cases[i].alignments_max);
    }
}

/* A loudspeaker whose clock is 200 ppm fast slips, and is put right in steps of at most 5 ms and a
 * little. */
static void drift_is_followed(void **state)
{
    int worst = 0;

    (void)state;
    for (int k = 0; k < 20000; k++) {
        int64_t now = (int64_t)(k + 1) * STEP_USEC;
        float out[BLOCK_FRAMES];

        play((uint64_t)k, (int64_t)((double)now * (1.0 - 200e-6)), 40000, k == 0);
        if (refer_take(&refer, now, out) && k > 10) {
            int64_t heard = (int64_t)(((double)now - 10000.0 - 40000.0 / (1.0 - 200e-6)) /
                                      (1.0 - 200e-6) * 16.0 / 1000.0);
            int off = ((int)lrintf(out[0] * 32768.0f) - (int)(heard & 0x7fff) + 0x4000) & 0x7fff;

            off = abs(off - 0x4000);
            worst = off > worst ? off : worst;
        }
    }
    print_message("worst %d frames, %u alignments in 200 s\n", worst, (unsigned)refer.alignments);
    assert_in_range(worst, 0, REFER_SLIP_FRAMES * 2);
    assert_in_range(refer.alignments, 5, 20);
}

static void holes_and_rests(void **state)
{
    float out[BLOCK_FRAMES];

    (void)state;
    assert_false(refer_take(&refer, 5000000, out)); /* nothing was ever played */
    for (int k = 0; k < 50; k++)
        play((uint64_t)k, 5000000 + k * STEP_USEC, 40000, k == 0);
    assert_true(refer_take(&refer, 5000000 + 20 * STEP_USEC, out));
    assert_int_equal(off_by(out, 20 * STEP_USEC - 10000 + 20000, 40000), 0);
    /* then the device rested: all of it is over, silence */
    assert_false(refer_take(&refer, 9000000, out));
    for (int i = 0; i < BLOCK_FRAMES; i++)
        assert_true(out[i] == 0.0f);
    /* and goes on, with a hole in its samples */
    for (int k = 0; k < 50; k++)
        play((uint64_t)k + 70, 10000000 + k * STEP_USEC, 40000, k == 0);
    assert_true(refer_take(&refer, 10000000 + 20 * STEP_USEC, out));
    assert_int_equal((int)lrintf(out[0] * 32768.0f), 70 * BLOCK_FRAMES + 16 * BLOCK_FRAMES);
    /* nobody captures for long: the oldest go */
    for (int k = 50; k < 1000; k++)
        play((uint64_t)k + 70, 10000000 + k * STEP_USEC, 40000, false);
    refer_take(&refer, 10000000, out);
    assert_true(refer.line_n <= REFER_LINE_FRAMES);
}

static void no_loudspeaker(void **state)
{
    struct refer none;
    float out[BLOCK_FRAMES] = { 1.0f };

    (void)state;
    refer_init(&none, NULL);
    assert_false(refer_take(&none, 1, out));
    assert_true(out[0] == 0.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(aligned_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drift_is_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(holes_and_rests, set_up, tear_down),
        cmocka_unit_test(no_loudspeaker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
