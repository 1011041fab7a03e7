/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/fft.h - how much of each frequency is in two windows of samples.
 *
 * Both go through one complex FFT, the second as its imaginary part, and are told apart by their
 * symmetry. Radix 2; the twiddles of a stage stand side by side, so that four butterflies are done
 * at once. Lengths are powers of two from 16 to FFT_MAX.
 * Threads: a struct fft is constant after fft_init(); no heap, fit for a real-time thread. */
#ifndef JARVIS_DSP_FFT_H
#define JARVIS_DSP_FFT_H

#include <stdint.h>

enum { FFT_MAX = 512, FFT_BINS_MAX = FFT_MAX / 2 + 1 };

struct fft {
    _Alignas(16) float cosine[FFT_MAX], sine[FFT_MAX]; /* of the stage of half h: from h to 2 h - 1 */
    uint16_t place[FFT_MAX];                           /* bits reversed */
    int n;
};

void fft_init(struct fft *f, int n);
/* f->n samples each -> |X|^2 of the n / 2 + 1 frequencies from 0 to half the rate. */
void fft_powers(const struct fft *f, const float *x, const float *y, float *px, float *py);

#endif
