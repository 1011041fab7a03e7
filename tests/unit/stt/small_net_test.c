/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/stt/small_net_test.c - a small network beside the sum that it is by definition. */
#include "helpers/stt/small_net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { INPUTS = 7, OUTPUTS = 3, HIDDEN = SMALL_NET_HIDDEN };

static int8_t wide[HIDDEN * INPUTS];
static float scale[HIDDEN], bias[HIDDEN], out[OUTPUTS * HIDDEN], out_bias[OUTPUTS];
static const struct small_net net = { INPUTS, OUTPUTS, wide, scale, bias, out, out_bias };

static void fill(unsigned seed)
{
    for (int i = 0; i < HIDDEN * INPUTS; i++)
        wide[i] = (int8_t)((int)((unsigned)i * 37u * seed % 255u) - 127);
    for (int i = 0; i < HIDDEN; i++) {
        scale[i] = 0.01f * (float)(i + 1);
        bias[i] = (float)(i % 5) - 2.0f;
    }
    for (int i = 0; i < OUTPUTS * HIDDEN; i++)
        out[i] = (float)((unsigned)i * 13u * seed % 17u) - 8.0f;
    for (int i = 0; i < OUTPUTS; i++)
        out_bias[i] = (float)i - 1.0f;
}

static double plain(int output, const float *x)
{
    double sum = (double)out_bias[output];

    for (int h = 0; h < HIDDEN; h++) {
        double unit = (double)bias[h];

        for (int i = 0; i < INPUTS; i++)
            unit += (double)x[i] * wide[h * INPUTS + i] * (double)scale[h];
        sum += unit > 0 ? unit * (double)out[output * HIDDEN + h] : 0;
    }
    return sum;
}

static void as_defined(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed < 30; seed++) {
        float x[INPUTS], got[OUTPUTS];

        fill(seed);
        for (int i = 0; i < INPUTS; i++)
            x[i] = sinf((float)(i + 1) * (float)seed);
        small_net_run(&net, x, got);
        for (int o = 0; o < OUTPUTS; o++)
            assert_true(fabs(plain(o, x) - (double)got[o]) < 1e-2);
    }
}

/* No input reaches the output but through the units that are above 0. */
static void nothing_heard_is_the_bias(void **state)
{
    const float x[INPUTS] = { 0 };
    float got[OUTPUTS];

    (void)state;
    fill(3);
    for (int i = 0; i < HIDDEN; i++)
        bias[i] = -1.0f;
    small_net_run(&net, x, got);
    for (int o = 0; o < OUTPUTS; o++)
        assert_true(got[o] == out_bias[o]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_defined),
        cmocka_unit_test(nothing_heard_is_the_bias),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
