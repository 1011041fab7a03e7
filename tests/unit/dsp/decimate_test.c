/* SPDX-License-Identifier: Apache-2.0 */
/* What the 48 to 16 kHz filter lets through and what it keeps out, tone by tone. */
#include "dsp/decimate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { PERIODS = 40, SETTLE = 2 };

/* Output RMS of a tone of RMS 1, dB. */
static double gain_db(double hz)
{
    static struct decimate d;
    double sum = 0.0;

    decimate_init(&d);
    for (int p = 0; p < PERIODS; p++) {
        float in[DECIMATE_IN_FRAMES], out[DECIMATE_OUT_FRAMES];

        for (int i = 0; i < DECIMATE_IN_FRAMES; i++) {
            double t = (p * DECIMATE_IN_FRAMES + i) / 48000.0;

            in[i] = (float)(M_SQRT2 * sin(2.0 * M_PI * hz * t));
        }
        decimate_run(&d, in, out);
        for (int i = 0; p >= SETTLE && i < DECIMATE_OUT_FRAMES; i++)
            sum += (double)out[i] * out[i];
    }
    return 10.0 * log10(sum / ((PERIODS - SETTLE) * DECIMATE_OUT_FRAMES) + 1e-30);
}

static void passband(void **state)
{
    (void)state;
    for (double hz = 100.0; hz <= 6500.0; hz += 200.0)
        assert_true(fabs(gain_db(hz)) < 0.1);
    assert_true(gain_db(7050.0) > -1.0);
}

static void aliases(void **state)
{
    double worst = -300.0;

    (void)state;
    for (double hz = 8600.0; hz < 24000.0; hz += 130.0)
        worst = fmax(worst, gain_db(hz));
    print_message("worst alias %.1f dB\n", worst);
    assert_true(worst <= -95.0);
}

/* The pieces of a stream join: an impulse at any place gives the filter's own taps. */
static void delay_and_joins(void **state)
{
    static struct decimate d;
    int peak_at = -1;
    float peak = 0.0f, sum = 0.0f;

    (void)state;
    decimate_init(&d);
    for (int p = 0; p < 3; p++) {
        float in[DECIMATE_IN_FRAMES] = { 0 }, out[DECIMATE_OUT_FRAMES];

        if (p == 0)
            in[DECIMATE_IN_FRAMES - 2] = 1.0f; /* its answer lies across the border */
        decimate_run(&d, in, out);
        for (int i = 0; i < DECIMATE_OUT_FRAMES; i++) {
            sum += out[i];
            if (out[i] > peak) {
                peak = out[i];
                peak_at = p * DECIMATE_OUT_FRAMES + i;
            }
        }
    }
    /* input 478 delayed by 95.5 is 573.5 = output 190.5 (output j stands at input 3j + 2) */
    assert_in_range(peak_at, 190, 191);
    assert_true(fabsf(sum - 1.0f / DECIMATE_FACTOR) < 0.002f);
}

static void clear_forgets(void **state)
{
    static struct decimate d;
    float in[DECIMATE_IN_FRAMES], out[DECIMATE_OUT_FRAMES];

    (void)state;
    decimate_init(&d);
    for (int i = 0; i < DECIMATE_IN_FRAMES; i++)
        in[i] = 1.0f;
    decimate_run(&d, in, out);
    decimate_clear(&d);
    for (int i = 0; i < DECIMATE_IN_FRAMES; i++)
        in[i] = 0.0f;
    decimate_run(&d, in, out);
    for (int i = 0; i < DECIMATE_OUT_FRAMES; i++)
        assert_true(out[i] == 0.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passband),
        cmocka_unit_test(aliases),
        cmocka_unit_test(delay_and_joins),
        cmocka_unit_test(clear_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
