/* SPDX-License-Identifier: Apache-2.0 */
/* The bands beside their definition in double, and what the floor and tones look like. */
#include "dsp/melspec.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Where the triangles of the network's own package begin, peak and end, in Hz (measured). */
static const double edges[MEL_BANDS + 2] = {
    60, 127.713, 195.425, 263.138, 330.85, 398.563, 466.275, 533.988, 601.7, 669.413, 737.125,
    804.838, 872.55, 940.263, 1008.259, 1081.182, 1159.38, 1243.234, 1333.152, 1429.574, 1532.969,
    1643.843, 1762.736, 1890.228, 2026.942, 2173.543, 2330.747, 2499.321, 2680.087, 2873.928,
    3081.788, 3304.682, 3543.698, 3800,
};

static struct melspec mel;

static double plain_power(const float *x, int k)
{
    double re = 0, im = 0;

    for (int i = 0; i < MEL_FRAME; i++) {
        double w = (double)x[i] * (0.5 - 0.5 * cos(2.0 * M_PI * i / MEL_FRAME));

        re += w * cos(2.0 * M_PI * k * i / MEL_FFT);
        im += w * sin(2.0 * M_PI * k * i / MEL_FFT);
    }
    return re * re + im * im;
}

static double plain_band(const double *power, int band)
{
    const double *edge = edges + band;
    double sum = 0;

    for (int k = 0; k <= MEL_FFT / 2; k++) {
        double hz = k * 31.25, up = (hz - edge[0]) / (edge[1] - edge[0]);
        double down = (edge[2] - hz) / (edge[2] - edge[1]), weight = fmin(up, down);

        sum += weight > 0 ? weight * 2 / (edge[2] - edge[0]) * power[k] : 0;
    }
    return log10(fmax(sum, 100)) + 2;
}

static void tone(float *x, double hz, double size)
{
    for (int i = 0; i < MEL_FRAME; i++)
        x[i] = (float)round(size * sin(2.0 * M_PI * hz * i / 16000));
}

static void test_as_defined(void **state)
{
    float x[MEL_FRAME], y[MEL_FRAME], row[2][MEL_BANDS];
    uint32_t seed = 5;

    (void)state;
    for (int round = 0; round < 20; round++) {
        double power[2][MEL_FFT / 2 + 1];

        for (int i = 0; i < MEL_FRAME; i++) {
            seed = seed * 1664525u + 1013904223u;
            x[i] = (float)((int)(seed >> 16) - 32768) / (float)(1 << round % 12);
        }
        tone(y, 100 + 180 * round, 12000);
        melspec_two(&mel, x, y, row[0], row[1]);
        for (int k = 0; k <= MEL_FFT / 2; k++) {
            power[0][k] = plain_power(x, k);
            power[1][k] = plain_power(y, k);
        }
        for (int i = 0; i < MEL_BANDS; i++) {
            assert_true(fabs((double)row[0][i] - plain_band(power[0], i)) < 1e-3);
            assert_true(fabs((double)row[1][i] - plain_band(power[1], i)) < 1e-3);
        }
    }
}

static void test_tone_in_its_band(void **state)
{
    float x[MEL_FRAME], row[2][MEL_BANDS];

    (void)state;
    for (int band = 0; band < MEL_BANDS; band++) {
        int most = 0;

        tone(x, edges[band + 1], 8000);
        melspec_two(&mel, x, x, row[0], row[1]);
        for (int i = 0; i < MEL_BANDS; i++) {
            most = row[0][i] > row[0][most] ? i : most;
            assert_true(fabsf(row[0][i] - row[1][i]) < 1e-3f); /* the same sound twice */
        }
        assert_int_equal(most, band);
    }
}

static void test_silence_is_the_floor(void **state)
{
    float none[MEL_FRAME] = { 0 }, row[2][MEL_BANDS];

    (void)state;
    melspec_two(&mel, none, none, row[0], row[1]);
    for (int i = 0; i < MEL_BANDS; i++)
        assert_true(row[0][i] == 4.0f && row[1][i] == 4.0f);
}

static int mel_make(void **state)
{
    (void)state;
    melspec_init(&mel);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_defined),
        cmocka_unit_test(test_tone_in_its_band),
        cmocka_unit_test(test_silence_is_the_floor),
    };

    return cmocka_run_group_tests(tests, mel_make, NULL);
}
