/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/melspec.c - bands on the mel scale. */
#include "dsp/melspec.h"

#include "base/must.h"

#include <math.h>
#include <string.h>

enum { RATE_HZ = 16000, LOWEST_HZ = 60, HIGHEST_HZ = 3800, KNEE_HZ = 1000, KNEE_MEL = 15,
       STEP_MEL = 27, BINS = MEL_FFT / 2 + 1 };

static double mel_of(double hz)
{
    return hz < KNEE_HZ ? hz * KNEE_MEL / KNEE_HZ
                        : KNEE_MEL + STEP_MEL * log(hz / KNEE_HZ) / log(6.4);
}

static double hz_of(double mel)
{
    return mel < KNEE_MEL ? mel * KNEE_HZ / KNEE_MEL
                          : KNEE_HZ * exp((mel - KNEE_MEL) * log(6.4) / STEP_MEL);
}

/* The triangle from edge[0] over edge[1] to edge[2], of area 1. */
static void band_init(struct mel_band *b, const double *edge)
{
    const double bin_hz = (double)RATE_HZ / MEL_FFT;

    b->from = (int)(edge[0] / bin_hz) + 1;
    b->n = 0;
    for (int k = b->from; k * bin_hz < edge[2]; k++) {
        double hz = k * bin_hz, up = (hz - edge[0]) / (edge[1] - edge[0]);
        double down = (edge[2] - hz) / (edge[2] - edge[1]);

        if (must(b->n < MEL_BINS_MAX))
            b->weight[b->n++] = (float)((up < down ? up : down) * 2 / (edge[2] - edge[0]));
    }
    must(b->n > 0 && b->from + b->n <= BINS);
}

void melspec_init(struct melspec *m)
{
    const double low = mel_of(LOWEST_HZ), high = mel_of(HIGHEST_HZ);
    double edge[MEL_BANDS + 2];

    memset(m, 0, sizeof(*m));
    fft_init(&m->fft, MEL_FFT);
    for (int i = 0; i < MEL_FRAME; i++)
        m->window[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * i / MEL_FRAME));
    for (int i = 0; i < MEL_BANDS + 2; i++)
        edge[i] = hz_of(low + (high - low) * i / (MEL_BANDS + 1));
    for (int i = 0; i < MEL_BANDS; i++)
        band_init(&m->band[i], edge + i);
}

static void bands(const struct melspec *m, const float *power, float *row)
{
    for (int i = 0; i < MEL_BANDS; i++) {
        const struct mel_band *b = &m->band[i];
        float sum = 0;

        for (int k = 0; k < b->n; k++)
            sum += b->weight[k] * power[b->from + k];
        row[i] = log10f(sum > MEL_FLOOR ? sum : MEL_FLOOR) + 2.0f;
    }
}

void melspec_two(const struct melspec *m, const float *first, const float *second, float *row,
                 float *second_row)
{
    float x[MEL_FFT], y[MEL_FFT], px[BINS], py[BINS];

    invariant(m->fft.n == MEL_FFT);
    for (int i = 0; i < MEL_FRAME; i++) {
        x[i] = first[i] * m->window[i];
        y[i] = second[i] * m->window[i];
    }
    memset(x + MEL_FRAME, 0, sizeof(x) - MEL_FRAME * sizeof(x[0]));
    memset(y + MEL_FRAME, 0, sizeof(y) - MEL_FRAME * sizeof(y[0]));
    fft_powers(&m->fft, x, y, px, py);
    bands(m, px, row);
    bands(m, py, second_row);
}
