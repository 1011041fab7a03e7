/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/decimate.c - 48 kHz to 16 kHz by a 192-tap linear-phase FIR. */
#include "dsp/decimate.h"

#include "dsp/kaiser.h"

#include <math.h>
#include <string.h>

static const double kaiser_beta = 9.5;
static const double cutoff_hz = 7400.0;
static const double in_rate_hz = 48000.0;

static double tap_at(int n)
{
    double centre = (DECIMATE_TAPS - 1) / 2.0;
    double t = n - centre; /* never 0: the number of taps is even */
    double r = t / centre;
    double window = kaiser(r, kaiser_beta);

    return sin(2.0 * M_PI * cutoff_hz / in_rate_hz * t) / (M_PI * t) * window;
}

void decimate_init(struct decimate *d)
{
    double sum = 0.0;

    for (int n = 0; n < DECIMATE_TAPS; n++)
        sum += tap_at(n);
    /* unity gain at 0 Hz; the taps are symmetric, so their order in time does not matter */
    for (int n = 0; n < DECIMATE_TAPS; n++)
        d->taps[n % DECIMATE_FACTOR][n / DECIMATE_FACTOR] = (float)(tap_at(n) / sum);
    decimate_clear(d);
}

void decimate_clear(struct decimate *d)
{
    memset(d->phases, 0, sizeof(d->phases));
}

/* out[j] += sum over i of taps[i] * x[j + i]; four taps a round keep `out` in registers. */
static void phase_run(const float *restrict taps, const float *restrict x, float *restrict out)
{
    for (int i = 0; i < DECIMATE_PHASE_TAPS; i += 4) {
        float a = taps[i], b = taps[i + 1], c = taps[i + 2], d = taps[i + 3];

        for (int j = 0; j < DECIMATE_OUT_FRAMES; j++)
            out[j] += a * x[i + j] + b * x[i + j + 1] + c * x[i + j + 2] + d * x[i + j + 3];
    }
}

void decimate_run(struct decimate *d, const float *in, float *out)
{
    enum { HISTORY = DECIMATE_PHASE_TAPS - 1 };

    memset(out, 0, DECIMATE_OUT_FRAMES * sizeof(*out));
    for (int p = 0; p < DECIMATE_FACTOR; p++) {
        float *x = d->phases[p];

        for (int m = 0; m < DECIMATE_OUT_FRAMES; m++)
            x[HISTORY + m] = in[DECIMATE_FACTOR * m + p];
        phase_run(d->taps[p], x, out);
        memmove(x, x + DECIMATE_OUT_FRAMES, HISTORY * sizeof(*x));
    }
}
