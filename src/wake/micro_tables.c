/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_tables.c - the tables of the front end.
 *
 * The format's own were made in float, where logarithm and cosine differ from one C library to the
 * next. Here they are made in double, which rounds alike everywhere, and the three places in which
 * the format's differ are set by hand. */
#include "base/must.h"
#include "wake/micro_front.h"

#include <math.h>

static int16_t q15(double x)
{
    return (int16_t)floor(0.5 + 32767.0 * x);
}

static void fft_tables(struct micro_tables *t)
{
    for (int k = 0; k < MICRO_HALF; k++) {
        double phase = -2.0 * M_PI * k / MICRO_HALF;

        t->twiddle[k] = (struct micro_complex){ q15(cos(phase)), q15(sin(phase)) };
        t->place[k] = (uint8_t)((k & 3) << 6 | (k >> 2 & 3) << 4 | (k >> 4 & 3) << 2 | k >> 6);
    }
    for (int k = 1; k <= MICRO_HALF / 2; k++) {
        double phase = -M_PI * ((double)k / MICRO_HALF + 0.5);

        t->unpack[k - 1] = (struct micro_complex){ q15(cos(phase)), q15(sin(phase)) };
    }
}

static double mel(double hz)
{
    return 1127.0 * log1p(hz / 700.0);
}

static int16_t q12(double x)
{
    return (int16_t)floor(4096.0 * x + 0.5);
}

static void window_table(struct micro_tables *t)
{
    for (int i = 0; i < MICRO_WINDOW; i++)
        t->window[i] = q12(0.5 - 0.5 * cos(2.0 * M_PI * (i + 0.5) / MICRO_WINDOW));
    must(t->window[17] == 53);
    t->window[17] = 54; /* 53.49995 in double */
}

/* Band i ends at the middle of channel i; its bins fall out of channel i - 1 and rise into i. */
static void band_tables(struct micro_tables *t)
{
    double from = mel(125.0), step = (mel(7500.0) - from) / (MICRO_BANDS + 1);
    int bin = MICRO_BIN_FIRST;

    for (int i = 0; i <= MICRO_BANDS; i++) {
        double low = from + step * i, high = low + step;

        for (; bin < MICRO_BIN_END && mel(31.25 * bin) < high + 1e-6; bin++) {
            double u = (high - mel(31.25 * bin)) / step;

            t->band[bin] = (uint8_t)i;
            t->falling[bin] = q12(u);
            t->rising[bin] = q12(1.0 - u);
        }
    }
    must(bin == MICRO_BIN_END);
    must(t->falling[149] == 2470 && t->falling[221] == 1400);
    t->falling[149] = 2471, t->rising[149] = 1625; /* 2470.488 in double */
    t->falling[221] = 1401, t->rising[221] = 2695; /* 1400.489 */
}

static int16_t gain_at(uint32_t noise)
{
    return (int16_t)(pow(noise / 128.0 + 80.0, -0.95) * (1 << 21) + 0.5);
}

/* A parabola through both ends and the middle of each stretch that is twice as long as the last. */
static void gain_tables(struct micro_tables *t)
{
    for (uint32_t i = 0; i < 3; i++)
        t->gain_small[i] = gain_at(i);
    for (int bits = 2; bits < MICRO_GAINS; bits++) {
        uint32_t low = 1u << (bits - 1), high = bits == 32 ? UINT32_MAX : 1u << bits;
        int y0 = gain_at(low), y1 = gain_at(low + low / 2), y2 = gain_at(high);
        int slope = 4 * (y1 - y0) - (y2 - y0);

        t->gain[bits][0] = (int16_t)y0;
        t->gain[bits][1] = (int16_t)slope;
        t->gain[bits][2] = (int16_t)(y2 - y0 - slope);
    }
}

void micro_tables_init(struct micro_tables *t)
{
    *t = (struct micro_tables){ .place = { 0 } };
    window_table(t);
    fft_tables(t);
    band_tables(t);
    gain_tables(t);
    for (int i = 0; i < 129; i++)
        t->log[i] = (uint16_t)floor(65536.0 * (log2(1.0 + i / 128.0) - i / 128.0) + 0.5);
}
