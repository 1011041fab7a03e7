/* SPDX-License-Identifier: Apache-2.0 */
/* The level control: where it brings speech, that it rests in pauses and never clips. */
#include "dsp/level.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BLOCK = 160 };

/* One block of a 200 Hz tone of the given RMS; returns the RMS that came out, dBFS. */
static float run_block(struct level *l, float rms_db, bool voiced, float *ret_peak)
{
    float x[BLOCK], amplitude = powf(10.0f, rms_db / 20.0f) * (float)M_SQRT2;

    for (int i = 0; i < BLOCK; i++)
        x[i] = amplitude * sinf(2.0f * (float)M_PI * 200.0f * (float)i / 16000.0f);
    level_run(l, x, BLOCK, level_rms_db(x, BLOCK), voiced);
    *ret_peak = 0.0f;
    for (int i = 0; i < BLOCK; i++)
        *ret_peak = fmaxf(*ret_peak, fabsf(x[i]));
    return level_rms_db(x, BLOCK);
}

static void brings_speech_to_one_level(void **state)
{
    static const struct {
        float in_db, least_db, most_db;
    } cases[] = {
        { -10.0f, -24.0f, -22.0f }, { -20.0f, -24.0f, -22.0f }, { -30.0f, -24.0f, -22.0f },
        { -40.0f, -24.0f, -22.0f }, { -60.0f, -37.0f, -35.0f }, /* the gain ends at 24 dB */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct level l;
        float out_db = 0.0f, peak;

        level_init(&l);
        for (int b = 0; b < 500; b++) {
            out_db = run_block(&l, cases[i].in_db, true, &peak);
            assert_true(peak <= 1.0f);
        }
        if (out_db < cases[i].least_db || out_db > cases[i].most_db)
            fail_msg("%.0f dBFS came out at %.1f", (double)cases[i].in_db, (double)out_db);
    }
}

static void rests_in_pauses(void **state)
{
    struct level l;
    float peak, gain;

    (void)state;
    level_init(&l);
    for (int b = 0; b < 300; b++)
        run_block(&l, -35.0f, true, &peak);
    gain = l.gain;
    for (int b = 0; b < 1000; b++)
        run_block(&l, -70.0f, false, &peak);
    assert_true(l.gain == gain);
}

static void steps_are_slow_up(void **state)
{
    struct level l;
    float peak, before;

    (void)state;
    level_init(&l);
    for (int b = 0; b < 300; b++) {
        before = l.gain_db;
        run_block(&l, -45.0f, true, &peak);
        assert_true(l.gain_db - before <= 0.101f); /* 10 dB/s */
    }
}

/* Loud after soft: the gain is high when the first loud block comes. */
static void never_clips(void **state)
{
    struct level l;
    float peak, worst = 0.0f;

    (void)state;
    level_init(&l);
    for (int b = 0; b < 1000; b++) {
        bool loud = b % 100 >= 90;

        run_block(&l, loud ? -6.0f : -50.0f, true, &peak);
        if (loud)
            worst = fmaxf(worst, peak);
    }
    assert_true(worst <= 0.8913f); /* -1 dBFS */
    assert_true(worst > 0.5f);     /* and it was a limiter, not a mute */
}

static void measures(void **state)
{
    float x[BLOCK];

    (void)state;
    for (int i = 0; i < BLOCK; i++)
        x[i] = i % 2 ? 0.5f : -0.5f;
    assert_true(fabsf(level_rms_db(x, BLOCK) - -6.02f) < 0.01f);
    for (int i = 0; i < BLOCK; i++)
        x[i] = 0.0f;
    assert_true(level_rms_db(x, BLOCK) == LEVEL_FLOOR_DB);
    assert_true(level_rms_db(x, 0) == LEVEL_FLOOR_DB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_speech_to_one_level),
        cmocka_unit_test(rests_in_pauses),
        cmocka_unit_test(steps_are_slow_up),
        cmocka_unit_test(never_clips),
        cmocka_unit_test(measures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
