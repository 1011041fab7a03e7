/* SPDX-License-Identifier: Apache-2.0 */
/* Powers of two windows beside the sum that they are by definition, in double. */
#include "dsp/fft.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static double power_at(const float *x, int n, int k)
{
    double re = 0, im = 0;

    for (int i = 0; i < n; i++) {
        re += (double)x[i] * cos(2.0 * M_PI * k * i / n);
        im -= (double)x[i] * sin(2.0 * M_PI * k * i / n);
    }
    return re * re + im * im;
}

static void test_as_defined(void **state)
{
    static struct fft f;
    uint32_t seed = 3;

    (void)state;
    for (int n = 16; n <= FFT_MAX; n *= 2) {
        float x[FFT_MAX], y[FFT_MAX], px[FFT_BINS_MAX], py[FFT_BINS_MAX];
        double sum = 0;

        fft_init(&f, n);
        for (int i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            x[i] = (float)(seed >> 16) / 65536.0f - 0.5f;
            y[i] = 20.0f * sinf(0.3f * (float)i); /* far louder: none leaks into the other */
            sum += (double)y[i] * (double)y[i];
        }
        fft_powers(&f, x, y, px, py);
        for (int k = 0; k <= n / 2; k++) {
            assert_true(fabs((double)px[k] - power_at(x, n, k)) < 1e-6 * sum * n);
            assert_true(fabs((double)py[k] - power_at(y, n, k)) < 1e-5 * sum * n);
        }
    }
}

static void test_one_tone(void **state)
{
    enum { N = 256, AT = 37 };
    static struct fft f;
    float x[N], none[N] = { 0 }, px[N / 2 + 1], py[N / 2 + 1];

    (void)state;
    fft_init(&f, N);
    for (int i = 0; i < N; i++)
        x[i] = (float)cos(2.0 * M_PI * AT * i / N);
    fft_powers(&f, x, none, px, py);
    for (int k = 0; k <= N / 2; k++) {
        assert_true(fabsf(px[k] - (k == AT ? N * N / 4.0f : 0.0f)) < 0.1f);
        assert_true(fabsf(py[k]) < 0.001f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_defined),
        cmocka_unit_test(test_one_tone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
