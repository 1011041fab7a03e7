/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/rational_setup.c - the table of taps: the part that allocates. */
#include "dsp/kaiser.h"
#include "dsp/rational.h"

#include <math.h>
#include <stdlib.h>

enum { TAPS_SLOW = 64, LANES = 8 };

static const double beta = 9.5;
static const double cutoff = 0.4625; /* of the slower rate: 7.4 kHz of 16 */

static unsigned gcd(unsigned a, unsigned b)
{
    while (b) {
        unsigned rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Taps of one set: as long in time as TAPS_SLOW of the slower rate. */
static unsigned rational_taps(unsigned in_hz, unsigned out_hz)
{
    unsigned taps = in_hz > out_hz ? (TAPS_SLOW * in_hz + out_hz - 1) / out_hz : TAPS_SLOW;

    return (taps + LANES - 1) / LANES * LANES;
}

bool rational_fits(unsigned in_hz, unsigned out_hz)
{
    unsigned common;

    if (in_hz == 0 || out_hz == 0)
        return false;
    common = gcd(in_hz, out_hz);
    return out_hz / common <= RATIONAL_UP_MAX && in_hz / common <= RATIONAL_IN_FRAMES_MAX &&
           rational_taps(in_hz, out_hz) <= RATIONAL_TAPS_MAX;
}

/* One set, for outputs that lie `frac` behind the middle tap; unity gain at 0 Hz. */
static void rational_set(float *set, unsigned taps, double frac, double fc)
{
    double half = taps / 2.0, sum = 0.0;

    for (unsigned i = 0; i < taps; i++) {
        double t = (double)i - (half - 1.0) - frac;
        double sinc = t == 0.0 ? 2.0 * fc : sin(2.0 * M_PI * fc * t) / (M_PI * t);

        set[i] = (float)(sinc * kaiser(t / half, beta));
        sum += set[i];
    }
    for (unsigned i = 0; i < taps; i++)
        set[i] = (float)(set[i] / sum);
}

struct rational_table *rational_table_new(unsigned in_hz, unsigned out_hz)
{
    struct rational_table *t;
    unsigned common, up, taps;
    double slow = in_hz < out_hz ? in_hz : out_hz;

    if (!rational_fits(in_hz, out_hz))
        return NULL;
    common = gcd(in_hz, out_hz);
    up = out_hz / common;
    taps = rational_taps(in_hz, out_hz);
    t = malloc(sizeof(*t) + (size_t)up * taps * sizeof(t->set[0]));
    if (!t)
        return NULL;
    t->up = up;
    t->down = in_hz / common;
    t->taps = taps;
    for (unsigned p = 0; p < up; p++)
        rational_set(t->set + (size_t)p * taps, taps, (double)p / up, cutoff * slow / in_hz);
    return t;
}

void rational_init(struct rational *r, const struct rational_table *table)
{
    r->table = table;
    rational_clear(r);
}
