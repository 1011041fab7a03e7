/* SPDX-License-Identifier: Apache-2.0 */
/* The high-pass: gain by frequency, and no offset left. */
#include "dsp/hpf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { RATE_HZ = 16000, BLOCK = 160, BLOCKS = 300, SETTLE = 100 };

static double gain_db(double hz, float offset)
{
    struct hpf h;
    double sum = 0.0;

    hpf_init(&h, RATE_HZ);
    for (int b = 0; b < BLOCKS; b++) {
        float x[BLOCK];

        for (int i = 0; i < BLOCK; i++)
            x[i] = offset + (float)(M_SQRT2 * sin(2.0 * M_PI * hz * (b * BLOCK + i) / RATE_HZ));
        hpf_run(&h, x, BLOCK);
        for (int i = 0; b >= SETTLE && i < BLOCK; i++)
            sum += (double)x[i] * x[i];
    }
    return 10.0 * log10(sum / ((BLOCKS - SETTLE) * BLOCK) + 1e-30);
}

static void gains(void **state)
{
    static const struct {
        double hz, least_db, most_db;
    } cases[] = {
        { 20.0, -30.0, -23.0 }, { 40.0, -13.0, -11.0 }, { 80.0, -3.4, -2.7 },
        { 160.0, -0.5, 0.0 },   { 1000.0, -0.1, 0.1 },  { 7500.0, -0.1, 0.1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double db = gain_db(cases[i].hz, 0.0f);

        if (db < cases[i].least_db || db > cases[i].most_db)
            fail_msg("%.0f Hz: %.2f dB is outside %.1f..%.1f", cases[i].hz, db, cases[i].least_db,
                     cases[i].most_db);
    }
}

static void offset_is_gone(void **state)
{
    (void)state;
    assert_true(fabs(gain_db(1000.0, 0.5f)) < 0.1);
}

static void clear_forgets(void **state)
{
    struct hpf h;
    float x[BLOCK] = { 1.0f, -1.0f, 1.0f }, zero[BLOCK] = { 0.0f };

    (void)state;
    hpf_init(&h, RATE_HZ);
    hpf_run(&h, x, BLOCK);
    hpf_clear(&h);
    hpf_run(&h, zero, BLOCK);
    for (int i = 0; i < BLOCK; i++)
        assert_true(zero[i] == 0.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gains),
        cmocka_unit_test(offset_is_gone),
        cmocka_unit_test(clear_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
