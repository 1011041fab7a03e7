/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/melspec.h - the sound as the speech embedding sees it: 32 bands each 10 ms.
 *
 *   400 samples (Hann, 25 ms) -> 512-point FFT -> power -> 32 triangles from 60 to 3,800 Hz
 *     -> log10(at least MEL_FLOOR) + 2
 *
 * Samples are int16 values as they are, not divided by 32768. Triangles: Slaney's scale (linear
 * below 1 kHz, then logarithmic) and norm of area. The floor is absolute, 20 dB in these units; the
 * one of the network's own package depends on how much is given to it at once, so that the same
 * sound looks different. Digital silence is far below, where the network was never trained.
 * Source: the package's graph, measured; Slaney, "Auditory Toolbox", 1998.
 * Threads: constant after melspec_init(); no heap, fit for a real-time thread. */
#ifndef JARVIS_DSP_MELSPEC_H
#define JARVIS_DSP_MELSPEC_H

#include "dsp/fft.h"

enum {
    MEL_BANDS = 32, MEL_FRAME = 400, MEL_HOP = 160, MEL_FFT = 512,
    MEL_BINS_MAX = 16, /* of a band */
};

#define MEL_FLOOR 100.0f

struct mel_band {
    int from, n; /* bins of the FFT */
    float weight[MEL_BINS_MAX];
};

struct melspec {
    struct fft fft;
    float window[MEL_FRAME];
    struct mel_band band[MEL_BANDS];
};

void melspec_init(struct melspec *m);
/* MEL_FRAME samples each -> a row of MEL_BANDS each. */
void melspec_two(const struct melspec *m, const float *first, const float *second, float *row,
                 float *second_row);

#endif
