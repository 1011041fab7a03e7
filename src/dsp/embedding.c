/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/embedding.c - the speech embedding, a step of 80 ms at a time.
 *
 * A layer's input lies row by row, a row band by band, a band channel by channel. Of a layer along
 * the time it is a ring: two rows from before, then the new ones. Of one along the bands it is
 * `wide`, with an empty band on either side. Then the kernel's bands and channels are one run of
 * floats, and all layers are the same loop. Four floats at a time by the compiler's own vectors
 * (SSE, NEON), two places at a time so that each weight is read once for both. */
#include "dsp/embedding.h"

#include "base/must.h"
#include "dsp/embedding_net.h"

#include <string.h>

enum { QUAD = 4, KEPT = 2 /* rows of a ring */ };

must_const(EMBEDDING_LANE == 6 * QUAD);
must_const(EMBEDDING_WINDOW <= EMBEDDING_FIRST * EMBEDDING_STEP);
must_const(EMBEDDING_WINDOW > (EMBEDDING_FIRST - 1) * EMBEDDING_STEP);

typedef float quad __attribute__((vector_size(QUAD * sizeof(float)), may_alias));

const struct embedding_layer embedding_layers[EMBEDDING_LAYERS] = {
    { 3, 3, 1, 24, 32, 8, 1, 1 },  { 1, 3, 24, 24, 32, 8, 1, 1 }, { 3, 1, 24, 24, 32, 8, 2, 2 },
    { 1, 3, 24, 48, 16, 4, 1, 1 }, { 3, 1, 48, 48, 16, 4, 1, 1 }, { 1, 3, 48, 48, 16, 4, 1, 1 },
    { 3, 1, 48, 48, 16, 4, 1, 2 }, { 1, 3, 48, 72, 8, 4, 1, 1 },  { 3, 1, 72, 72, 8, 4, 1, 1 },
    { 1, 3, 72, 72, 8, 4, 1, 1 },  { 3, 1, 72, 72, 8, 4, 2, 2 },  { 1, 3, 72, 96, 4, 2, 1, 1 },
    { 3, 1, 96, 96, 4, 2, 1, 1 },  { 1, 3, 96, 96, 4, 2, 1, 1 },  { 3, 1, 96, 96, 4, 2, 1, 2 },
    { 1, 3, 96, 96, 2, 2, 1, 1 },  { 3, 1, 96, 96, 2, 2, 1, 1 },  { 1, 3, 96, 96, 2, 2, 1, 1 },
    { 3, 1, 96, 96, 2, 2, 2, 2 },  { 3, 1, 96, 96, 1, 1, 1, 1 },
};

static const float leak = 0.2f, least = -0.4f;

void embedding_init(struct embedding *e, const struct embedding_net *net)
{
    must(net && (uintptr_t)net % sizeof(quad) == 0 && (uintptr_t)e->ring % sizeof(quad) == 0);
    memset(e, 0, sizeof(*e));
    e->net = net;
}

/* ---- one layer ----------------------------------------------------------------------------- */

struct span { /* where the first value of a row stands, and how far on the next row is */
    float *at;
    int row;
};

struct work {
    const struct embedding_layer *l;
    const float *w; /* of a block */
    int run;        /* floats of a row of the kernel */
    int row;        /* floats from a row of the input to the next */
};

/* EMBEDDING_LANE outputs at the places a and b; sums holds the biases twice. */
static void block(struct work k, const float *a, const float *b, quad *sums)
{
    const quad *w = (const quad *)k.w;
    quad a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3], a4 = sums[4], a5 = sums[5];
    quad b0 = a0, b1 = a1, b2 = a2, b3 = a3, b4 = a4, b5 = a5;

    for (int row = 0; row < k.l->rows; row++, a += k.row, b += k.row)
        for (int i = 0; i < k.run; i++, w += EMBEDDING_LANE / QUAD) {
            quad x = { a[i], a[i], a[i], a[i] }, y = { b[i], b[i], b[i], b[i] };

            a0 += x * w[0], b0 += y * w[0];
            a1 += x * w[1], b1 += y * w[1];
            a2 += x * w[2], b2 += y * w[2];
            a3 += x * w[3], b3 += y * w[3];
            a4 += x * w[4], b4 += y * w[4];
            a5 += x * w[5], b5 += y * w[5];
        }
    sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3, sums[4] = a4, sums[5] = a5;
    sums[6] = b0, sums[7] = b1, sums[8] = b2, sums[9] = b3, sums[10] = b4, sums[11] = b5;
}

static void put(float *to, const float *sums, bool linear)
{
    for (int i = 0; i < EMBEDDING_LANE; i++) {
        float v = sums[i], leaky = v < leak * v ? leak * v : v;

        to[i] = linear ? v : leaky > least ? leaky : least;
    }
}

/* The first row that the kernel sees is in.at. */
static void conv(const struct embedding_layer *l, const float *w, const float *bias, struct span in,
                 struct span out, bool linear)
{
    struct work k = { l, w, l->bands * l->inputs, in.row };

    for (int o = 0; o < l->outputs; o += EMBEDDING_LANE, k.w += l->rows * k.run * EMBEDDING_LANE)
        for (int row = 0; row < l->step; row++)
            for (int at = 0; at < l->wide; at += 2) {
                _Alignas(quad) float sums[2 * EMBEDDING_LANE];
                int next = at + 1 < l->wide ? at + 1 : at;
                const float *from = in.at + row * in.row;
                float *to = out.at + row * out.row + o;

                memcpy(sums, bias + o, EMBEDDING_LANE * sizeof(*bias));
                block(k, from + at * l->inputs, from + next * l->inputs, (quad *)sums);
                put(to + at * l->outputs, sums, linear);
                put(to + next * l->outputs, sums + EMBEDDING_LANE, linear);
            }
}

/* `at` becomes what is larger, value by value. */
static void larger(float *at, const float *than, int n)
{
    for (int i = 0; i < n; i++)
        at[i] = than[i] > at[i] ? than[i] : at[i];
}

static void pool(const struct embedding_layer *l, const float *in, struct span out)
{
    int n = l->outputs, bands = l->wide / l->pool_bands;

    for (int row = 0; row < l->step / l->pool_rows; row++)
        for (int band = 0; band < bands; band++) {
            const float *from = in + (row * l->pool_rows * l->wide + band * l->pool_bands) * n;
            float *to = out.at + row * out.row + band * n;

            memcpy(to, from, (size_t)n * sizeof(*to));
            larger(to, from + n, n);
            for (int other = 1; other < l->pool_rows; other++) {
                larger(to, from + other * l->wide * n, n);
                larger(to, from + (other * l->wide + 1) * n, n);
            }
        }
}

/* ---- from layer to layer ------------------------------------------------------------------- */

static int row_floats(const struct embedding_layer *l)
{
    return (l->wide + l->bands - 1) * l->inputs;
}

/* Where the new rows of a layer's input go; `ring` is that of the next layer that has one. */
static struct span input(struct embedding *e, const struct embedding_layer *l, float *ring)
{
    int row = row_floats(l), edge = l->bands / 2 * l->inputs;

    if (l->rows > 1)
        return (struct span){ ring + KEPT * row + edge, row };
    invariant(l->step * row <= EMBEDDING_WIDEST);
    for (int i = 0; i < l->step; i++) {
        memset(e->wide + i * row, 0, (size_t)edge * sizeof(float));
        memset(e->wide + (i + 1) * row - edge, 0, (size_t)edge * sizeof(float));
    }
    return (struct span){ e->wide + edge, row };
}

/* The bands' rows stand in the first ring. */
static void layers(struct embedding *e, float *ret)
{
    const float *w = e->net->weights, *bias = e->net->biases;
    float *ring = e->ring;

    for (int i = 0; i < EMBEDDING_LAYERS; i++) {
        const struct embedding_layer *l = &embedding_layers[i];
        bool last = i + 1 == EMBEDDING_LAYERS, pooled = l->pool_bands > 1;
        struct span in = { l->rows > 1 ? ring : e->wide, row_floats(l) };
        float *used = ring;
        struct span out;

        if (l->rows > 1)
            ring += (KEPT + l->step) * in.row;
        out = last ? (struct span){ ret, 0 } : input(e, l + 1, ring);
        conv(l, w, bias, in, pooled ? (struct span){ e->flat, l->wide * l->outputs } : out, last);
        if (pooled)
            pool(l, e->flat, out);
        if (l->rows > 1)
            memmove(used, used + l->step * in.row, (size_t)(KEPT * in.row) * sizeof(*used));
        w += l->rows * l->bands * l->inputs * l->outputs;
        bias += l->outputs;
    }
    must(ring == e->ring + EMBEDDING_RINGS);
}

bool embedding_run(struct embedding *e, const int16_t *frames, float *ret)
{
    float samples[EMBEDDING_BEFORE + EMBEDDING_STEP], vector[EMBEDDING_SIZE];
    struct span rows = input(e, embedding_layers, e->ring);

    for (int i = 0; i < EMBEDDING_BEFORE; i++)
        samples[i] = e->before[i];
    for (int i = 0; i < EMBEDDING_STEP; i++)
        samples[EMBEDDING_BEFORE + i] = frames[i];
    memcpy(e->before, frames + EMBEDDING_STEP - EMBEDDING_BEFORE, sizeof(e->before));
    for (int i = 0; i < EMBEDDING_NEW_ROWS; i += 2)
        melspec_two(&e->net->mel, samples + i * MEL_HOP, samples + (i + 1) * MEL_HOP,
                    rows.at + i * rows.row, rows.at + (i + 1) * rows.row);
    layers(e, vector);
    e->steps += e->steps < EMBEDDING_FIRST;
    if (e->steps < EMBEDDING_FIRST)
        return false;
    memcpy(ret, vector, sizeof(vector));
    return true;
}
