/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_front.c - sound to rows of 40 numbers, bit by bit as the models know them. */
#include "wake/micro_front.h"

#include "base/must.h"

#include <string.h>

enum { NOISE_BITS = 10, NOISE_EVEN = 409, NOISE_ODD = 983, NOISE_LEFT = 819, Q14 = 1 << 14 };

/* Bits that a number takes. */
static int length(uint32_t v)
{
    return v == 0 ? 0 : 32 - __builtin_clz(v);
}

/* Q15 product rounded, back in 16 bits; it wraps as the format does. */
static int16_t rounded(int32_t product)
{
    return (int16_t)((product + (1 << 14)) >> 15);
}

static struct micro_complex scaled(struct micro_complex z, int by)
{
    return (struct micro_complex){ rounded(z.re * by), rounded(z.im * by) };
}

static struct micro_complex times(struct micro_complex a, struct micro_complex b)
{
    return (struct micro_complex){ rounded(a.re * b.re - a.im * b.im),
                                   rounded(a.re * b.im + a.im * b.re) };
}

static struct micro_complex plus(struct micro_complex a, struct micro_complex b)
{
    return (struct micro_complex){ (int16_t)(a.re + b.re), (int16_t)(a.im + b.im) };
}

static struct micro_complex minus(struct micro_complex a, struct micro_complex b)
{
    return (struct micro_complex){ (int16_t)(a.re - b.re), (int16_t)(a.im - b.im) };
}

/* Four points, `apart` from each other; `step` of the twiddles at this position. */
static void butterfly(const struct micro_tables *t, struct micro_complex *z, int apart, int step)
{
    struct micro_complex z0 = scaled(z[0], 8191);
    struct micro_complex t1 = times(scaled(z[apart], 8191), t->twiddle[step]);
    struct micro_complex t2 = times(scaled(z[2 * apart], 8191), t->twiddle[2 * step]);
    struct micro_complex t3 = times(scaled(z[3 * apart], 8191), t->twiddle[3 * step]);
    struct micro_complex s5 = minus(z0, t2), s3 = plus(t1, t3), s4 = minus(t1, t3);

    z0 = plus(z0, t2);
    z[0] = plus(z0, s3);
    z[apart] = (struct micro_complex){ (int16_t)(s5.re + s4.im), (int16_t)(s5.im - s4.re) };
    z[2 * apart] = minus(z0, s3);
    z[3 * apart] = (struct micro_complex){ (int16_t)(s5.re - s4.im), (int16_t)(s5.im + s4.re) };
}

static void fft(const struct micro_tables *t, struct micro_complex *z)
{
    for (int apart = 1; apart < MICRO_HALF; apart *= 4)
        for (int base = 0; base < MICRO_HALF; base += 4 * apart)
            for (int k = 0; k < apart; k++)
                butterfly(t, z + base + k, apart, k * MICRO_HALF / (4 * apart));
}

/* The spectrum of real samples out of the one of half as many complex ones: bins 1..255. */
static void unpack(const struct micro_tables *t, const struct micro_complex *z,
                   struct micro_complex *out)
{
    for (int k = 1; k <= MICRO_HALF / 2; k++) {
        struct micro_complex turned = { z[MICRO_HALF - k].re, (int16_t)-z[MICRO_HALF - k].im };
        struct micro_complex p = scaled(z[k], 16383), q = scaled(turned, 16383);
        struct micro_complex sum = plus(p, q), part = times(minus(p, q), t->unpack[k - 1]);

        out[k] = (struct micro_complex){ (int16_t)((sum.re + part.re) >> 1),
                                         (int16_t)((sum.im + part.im) >> 1) };
        out[MICRO_HALF - k] = (struct micro_complex){ (int16_t)((sum.re - part.re) >> 1),
                                                      (int16_t)((part.im - sum.im) >> 1) };
    }
}

/* The window's samples as large as 16 bits take them; returns by how many bits they grew. */
static int windowed(const struct micro_front *f, int16_t *out)
{
    int16_t largest = 0;
    int shift;

    for (int i = 0; i < MICRO_WINDOW; i++) {
        int16_t y = (int16_t)((f->heard[i] * f->tables->window[i]) >> 12);
        int16_t size = (int16_t)(y < 0 ? -y : y);

        out[i] = y;
        if (size > largest)
            largest = size;
    }
    shift = 15 - length((uint32_t)largest);
    for (int i = 0; i < MICRO_WINDOW; i++)
        out[i] = (int16_t)((uint32_t)out[i] << shift);
    return shift;
}

static uint32_t root(uint64_t v)
{
    uint64_t r = 0, rest = v;

    for (uint64_t bit = 1ull << 62; bit; bit >>= 2) {
        if (rest >= r + bit) {
            rest -= r + bit;
            r = (r >> 1) + bit;
        } else {
            r >>= 1;
        }
    }
    if (rest > r && !(r == 65535 && v <= UINT32_MAX) && r < UINT32_MAX)
        r++;
    return (uint32_t)r;
}

static void bands(const struct micro_tables *t, const struct micro_complex *bins, int shift,
                  uint32_t *out)
{
    uint64_t sums[MICRO_BANDS + 2] = { 0 }; /* [i]: channel i - 1 */

    for (int k = MICRO_BIN_FIRST; k < MICRO_BIN_END; k++) {
        uint64_t power = (uint32_t)(bins[k].re * bins[k].re) +
                         (uint32_t)(bins[k].im * bins[k].im);

        sums[t->band[k]] += power * (uint64_t)t->falling[k];
        sums[t->band[k] + 1] += power * (uint64_t)t->rising[k];
    }
    for (int i = 0; i < MICRO_BANDS; i++)
        out[i] = root(sums[i + 1]) >> shift;
}

static uint32_t noise_off(uint32_t *noise, uint32_t value, unsigned rate)
{
    uint32_t fine = value << NOISE_BITS, floor_ = (uint32_t)(((uint64_t)value * NOISE_LEFT) >> 14);
    uint32_t left;

    *noise = (uint32_t)(((uint64_t)fine * rate + (uint64_t)*noise * (Q14 - rate)) >> 14);
    left = (fine - (*noise < fine ? *noise : fine)) >> NOISE_BITS;
    return left > floor_ ? left : floor_;
}

static int16_t gain(const struct micro_tables *t, uint32_t noise)
{
    int bits = length(noise), part;
    int32_t g;

    if (noise <= 2)
        return t->gain_small[noise];
    part = (int)((bits < 11 ? noise << (11 - bits) : noise >> (bits - 11)) & 0x3ff);
    g = (t->gain[bits][2] * part) >> 5;
    g += t->gain[bits][1] * 32;
    g = (g * part + (1 << 14)) >> 15;
    return (int16_t)(g + t->gain[bits][0]);
}

static uint32_t levelled(uint32_t value, int16_t by)
{
    uint32_t n = (uint32_t)(((int64_t)value * by) >> 6);

    return n < 8192 ? (n * n) >> 20 : (n >> 6) - 64;
}

static uint16_t logarithm(const struct micro_tables *t, uint32_t value)
{
    uint32_t v = value << 3, bits, part, at, rest, log2_, loge;

    if (v <= 1)
        return 0;
    bits = (uint32_t)length(v) - 1;
    part = v - (1u << bits);
    part = bits < 16 ? part << (16 - bits) : part >> (bits - 16);
    at = part >> 9;
    rest = (uint32_t)(((t->log[at + 1] - t->log[at]) * (int32_t)(part - 512 * at)) >> 16);
    log2_ = (bits << 16) + part + t->log[at] + rest;
    loge = (uint32_t)((45426ull * log2_ + 32768) >> 16);
    loge = ((loge << 6) + 32768) >> 16;
    return (uint16_t)(loge < 65535 ? loge : 65535);
}

static void row_make(struct micro_front *f, uint16_t *row)
{
    int16_t x[MICRO_FFT] = { 0 };
    struct micro_complex z[MICRO_HALF], bins[MICRO_HALF];
    uint32_t level[MICRO_BANDS];
    int shift = windowed(f, x);

    for (int i = 0; i < MICRO_HALF; i++)
        z[f->tables->place[i]] = (struct micro_complex){ x[2 * i], x[2 * i + 1] };
    fft(f->tables, z);
    unpack(f->tables, z, bins);
    bands(f->tables, bins, shift, level);
    for (int i = 0; i < MICRO_BANDS; i++) {
        uint32_t v = noise_off(&f->noise[i], level[i], i % 2 ? NOISE_ODD : NOISE_EVEN);

        row[i] = logarithm(f->tables, levelled(v, gain(f->tables, f->noise[i])));
    }
}

void micro_front_init(struct micro_front *f, const struct micro_tables *t, unsigned every)
{
    must(every >= 1);
    *f = (struct micro_front){ .tables = t, .every = every };
}

bool micro_front_run(struct micro_front *f, const int16_t *frames, uint16_t row[MICRO_BANDS])
{
    must(f->tables && f->fill <= MICRO_WINDOW);
    memmove(f->heard, f->heard + MICRO_STEP, (MICRO_WINDOW - MICRO_STEP) * sizeof(f->heard[0]));
    memcpy(f->heard + MICRO_WINDOW - MICRO_STEP, frames, MICRO_STEP * sizeof(f->heard[0]));
    if (f->fill < MICRO_WINDOW)
        f->fill += MICRO_STEP;
    if (f->fill < MICRO_WINDOW)
        return false;
    if (f->wait > 0) {
        f->wait--;
        return false;
    }
    f->wait = f->every - 1;
    row_make(f, row);
    return true;
}

int8_t micro_front_int8(uint16_t value)
{
    int q = (256 * value + 333) / 666 - 128;

    return (int8_t)(q > 127 ? 127 : q);
}
