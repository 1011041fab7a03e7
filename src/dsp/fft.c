/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/fft.c - the FFT of two windows at once. */
#include "dsp/fft.h"

#include "base/must.h"

#include <math.h>

enum { QUAD = 4 };

typedef float quad __attribute__((vector_size(QUAD * sizeof(float)), may_alias));

void fft_init(struct fft *f, int n)
{
    must(n >= 16 && n <= FFT_MAX && (n & (n - 1)) == 0);
    *f = (struct fft){ .n = n };
    for (int half = 1; half < n; half *= 2)
        for (int k = 0; k < half; k++) {
            f->cosine[half + k] = (float)cos(M_PI * k / half);
            f->sine[half + k] = (float)sin(M_PI * k / half);
        }
    for (int i = 0; i < n; i++)
        for (int bit = 1, mirror = n / 2; bit < n; bit *= 2, mirror /= 2)
            f->place[i] |= (uint16_t)(i & bit ? mirror : 0);
}

static void narrow_stage(const struct fft *f, float *re, float *im, int half)
{
    for (int base = 0; base < f->n; base += 2 * half)
        for (int k = 0; k < half; k++) {
            int a = base + k, b = a + half;
            float c = f->cosine[half + k], s = f->sine[half + k];
            float r = re[b] * c + im[b] * s, i = im[b] * c - re[b] * s;

            re[b] = re[a] - r;
            im[b] = im[a] - i;
            re[a] += r;
            im[a] += i;
        }
}

static void wide_stage(const struct fft *f, float *re, float *im, int half)
{
    for (int base = 0; base < f->n; base += 2 * half)
        for (int k = 0; k < half; k += QUAD) {
            quad *ra = (quad *)(re + base + k), *rb = (quad *)(re + base + k + half);
            quad *ia = (quad *)(im + base + k), *ib = (quad *)(im + base + k + half);
            quad c = *(const quad *)(f->cosine + half + k), s = *(const quad *)(f->sine + half + k);
            quad r = *rb * c + *ib * s, i = *ib * c - *rb * s;

            *rb = *ra - r;
            *ib = *ia - i;
            *ra += r;
            *ia += i;
        }
}

void fft_powers(const struct fft *f, const float *x, const float *y, float *px, float *py)
{
    _Alignas(quad) float re[FFT_MAX], im[FFT_MAX];
    int n = f->n;

    invariant(n >= 16 && n <= FFT_MAX);
    for (int i = 0; i < n; i++) {
        re[f->place[i]] = x[i];
        im[f->place[i]] = y[i];
    }
    for (int half = 1; half < n; half *= 2)
        if (half < QUAD)
            narrow_stage(f, re, im, half);
        else
            wide_stage(f, re, im, half);
    for (int k = 0; k <= n / 2; k++) {
        int m = (n - k) & (n - 1);
        float xr = re[k] + re[m], xi = im[k] - im[m];
        float yr = im[k] + im[m], yi = re[m] - re[k];

        px[k] = 0.25f * (xr * xr + xi * xi);
        py[k] = 0.25f * (yr * yr + yi * yi);
    }
}
