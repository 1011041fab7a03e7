/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/silero.c - Silero's network, one chunk at a time.
 *
 * Four floats at a time by the compiler's own vectors (SSE, NEON): seven in ten of the
 * instructions are the inner loop of dense_block(). */
#include "dsp/silero.h"

#include "base/must.h"
#include "dsp/silero_net.h"

#include <math.h>
#include <string.h>

enum { HOP = 128, PADDED = SILERO_CONTEXT + SILERO_CHUNK + SILERO_CONTEXT, QUAD = 4,
       SECOND_FRAMES = 2 };

must_const((SILERO_FRAMES - 1) * HOP + SILERO_WINDOW == PADDED);
must_const(SILERO_SLIM % SILERO_LANE == 0 && SILERO_LANE == 8 * QUAD);

typedef float quad __attribute__((vector_size(QUAD * sizeof(float)), may_alias));

void silero_init(struct silero *s, const struct silero_net *net)
{
    must(net && (uintptr_t)net % sizeof(quad) == 0);
    *s = (struct silero){ .net = net };
}

/* ---- spectra ------------------------------------------------------------------------------- */

/* Magnitudes of two windows in one go. */
static void spectra(const struct silero_net *net, const float *x, float *first, float *second)
{
    float a[SILERO_WINDOW], b[SILERO_WINDOW];

    for (int i = 0; i < SILERO_WINDOW; i++) {
        a[i] = x[i] * net->window[i];
        b[i] = x[i + HOP] * net->window[i];
    }
    fft_powers(&net->fft, a, b, first, second);
    for (int k = 0; k < SILERO_BINS; k++) {
        first[k] = sqrtf(first[k]);
        second[k] = sqrtf(second[k]);
    }
}

/* ---- layers -------------------------------------------------------------------------------- */

/* SILERO_LANE outputs: adds x * w. */
static void dense_block(float *out, const float *w, const float *x, int n)
{
    quad *to = (quad *)out;
    const quad *row = (const quad *)w;
    quad a = to[0], b = to[1], c = to[2], d = to[3];
    quad e = to[4], f = to[5], g = to[6], h = to[7];

    for (int i = 0; i < n; i++, row += SILERO_LANE / QUAD) {
        quad v = { x[i], x[i], x[i], x[i] };

        a += v * row[0];
        b += v * row[1];
        c += v * row[2];
        d += v * row[3];
        e += v * row[4];
        f += v * row[5];
        g += v * row[6];
        h += v * row[7];
    }
    to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

struct layer {
    const float *w; /* in blocks */
    int inputs, outputs;
};

/* Adds what the inputs from..from+n-1 give. */
static void dense(float *out, struct layer l, const float *x, int from, int n)
{
    invariant(from >= 0 && n > 0 && from + n <= l.inputs && l.outputs % SILERO_LANE == 0);
    for (int o = 0; o < l.outputs; o += SILERO_LANE)
        dense_block(out + o, l.w + ((size_t)o * (size_t)l.inputs + (size_t)from * SILERO_LANE), x,
                    n);
}

static void relu(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

/* Three taps around frame `at` of `frames`; taps beyond them see nothing. */
static void conv(float *out, struct layer l, const float *bias, const float *x, int at, int frames)
{
    int channels = l.inputs / SILERO_TAPS;
    int from = at > 0 ? at - 1 : 0, to = at + 1 < frames ? at + 1 : frames - 1;

    invariant(at >= 0 && at < frames);
    memcpy(out, bias, (size_t)l.outputs * sizeof(*out));
    dense(out, l, x + from * channels, (from - at + 1) * channels, (to - from + 1) * channels);
    relu(out, l.outputs);
}

static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

static void lstm(struct silero *s, const float *x)
{
    const struct layer l = { s->net->gates, 2 * SILERO_WIDE, SILERO_GATES };
    _Alignas(quad) float gate[SILERO_GATES];
    const float *i = gate, *f = i + SILERO_WIDE, *g = f + SILERO_WIDE, *o = g + SILERO_WIDE;

    memcpy(gate, s->net->gates_bias, sizeof(gate));
    dense(gate, l, x, 0, SILERO_WIDE);
    dense(gate, l, s->h, SILERO_WIDE, SILERO_WIDE);
    for (int k = 0; k < SILERO_WIDE; k++) {
        s->c[k] = sigmoid(f[k]) * s->c[k] + sigmoid(i[k]) * tanhf(g[k]);
        s->h[k] = sigmoid(o[k]) * tanhf(s->c[k]);
    }
}

/* Four windows -> what the LSTM hears. */
static void encode(const struct silero_net *net, const float *magnitude, float *out)
{
    const struct layer first = { net->first, SILERO_TAPS * SILERO_BINS, SILERO_WIDE };
    const struct layer second = { net->second, SILERO_TAPS * SILERO_WIDE, SILERO_SLIM };
    const struct layer third = { net->third, SILERO_TAPS * SILERO_SLIM, SILERO_SLIM };
    const struct layer fourth = { net->fourth, SILERO_SLIM, SILERO_WIDE };
    _Alignas(quad) float a[SILERO_FRAMES * SILERO_WIDE], b[SECOND_FRAMES * SILERO_SLIM];
    _Alignas(quad) float c[SILERO_SLIM];

    for (int t = 0; t < SILERO_FRAMES; t++)
        conv(a + t * SILERO_WIDE, first, net->first_bias, magnitude, t, SILERO_FRAMES);
    for (int t = 0; t < SECOND_FRAMES; t++)
        conv(b + t * SILERO_SLIM, second, net->second_bias, a, 2 * t, SILERO_FRAMES);
    conv(c, third, net->third_bias, b, 0, SECOND_FRAMES);
    memcpy(out, net->fourth_bias, SILERO_WIDE * sizeof(*out));
    dense(out, fourth, c, 0, SILERO_SLIM);
    relu(out, SILERO_WIDE);
}

float silero_run(struct silero *s, const int16_t *frames)
{
    const struct silero_net *net = s->net;
    float x[PADDED], magnitude[SILERO_FRAMES * SILERO_BINS], p;
    _Alignas(quad) float heard[SILERO_WIDE];

    memcpy(x, s->context, sizeof(s->context));
    for (int i = 0; i < SILERO_CHUNK; i++)
        x[SILERO_CONTEXT + i] = (float)frames[i] / 32768.0f;
    for (int i = 0; i < SILERO_CONTEXT; i++)
        x[SILERO_CONTEXT + SILERO_CHUNK + i] = x[SILERO_CONTEXT + SILERO_CHUNK - 2 - i];
    memcpy(s->context, x + SILERO_CHUNK, sizeof(s->context));
    for (int t = 0; t < SILERO_FRAMES; t += 2)
        spectra(net, x + t * HOP, magnitude + t * SILERO_BINS, magnitude + (t + 1) * SILERO_BINS);
    encode(net, magnitude, heard);
    lstm(s, heard);
    p = net->out_bias;
    for (int k = 0; k < SILERO_WIDE; k++)
        p += net->out[k] * (s->h[k] > 0.0f ? s->h[k] : 0.0f);
    return sigmoid(p);
}
