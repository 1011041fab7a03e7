/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_net.c - runs a net: moves, convolutions, tables. */
#include "wake/micro_net.h"

#include "base/must.h"
#include "wake/micro_front.h"
#include "wake/micro_step.h"

#include <string.h>

/* The upper half of twice the product, rounded; halves away from zero. */
static int32_t high_half(int32_t a, int32_t b)
{
    int64_t product = (int64_t)a * b;

    return (int32_t)((product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (INT64_C(1) << 31));
}

/* Divided by 2^by, rounded; halves away from zero. */
static int32_t halved(int32_t x, int by)
{
    int32_t mask = (int32_t)((1u << by) - 1);

    return (x >> by) + ((x & mask) > (mask >> 1) + (x < 0));
}

static int8_t requantised(const struct micro_conv *c, int32_t sum, uint32_t channel)
{
    int shift = c->shift[channel];
    int32_t left = shift > 0 ? (int32_t)((uint32_t)sum << shift) : sum;
    int64_t y = (int64_t)halved(high_half(left, c->factor[channel]), shift < 0 ? -shift : 0) + c->zero;

    return (int8_t)(y < c->low ? c->low : y > 127 ? 127 : y);
}

static int32_t dot(const int8_t *x, const int8_t *w, size_t n)
{
    int32_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * w[i];
    return sum;
}

static void conv_run(const struct micro_conv *c)
{
    size_t n = (size_t)c->taps * c->channels_in, step = (size_t)c->stride * c->channels_in;
    int8_t *out = c->out;

    for (uint32_t t = 0; t < c->rows; t++)
        for (uint32_t o = 0; o < c->channels_out; o++)
            *out++ = requantised(c, c->bias[o] + dot(c->in + step * t, c->weights + n * o, n), o);
}

static void deep_run(const struct micro_conv *c)
{
    size_t width = c->channels_out;
    int8_t *out = c->out;

    for (uint32_t t = 0; t < c->rows; t++)
        for (uint32_t o = 0; o < width; o++) {
            const int8_t *x = c->in + width * c->stride * t + o, *w = c->weights + o;
            int32_t sum = c->bias[o];

            for (uint32_t k = 0; k < c->taps; k++, x += width, w += width)
                sum += *x * *w;
            *out++ = requantised(c, sum, o);
        }
}

static void move_run(const struct micro_move *m)
{
    for (size_t i = 0; i < m->times; i++)
        memmove(m->to + i * m->to_step, m->from + i * m->from_step, m->n);
}

static void table_run(const struct micro_table *t)
{
    for (size_t i = 0; i < t->n; i++)
        t->out[i] = t->table[t->in[i] + 128];
}

unsigned micro_net_rows(const struct micro_net *n)
{
    return n->rows;
}

void micro_net_clear(struct micro_net *n)
{
    for (size_t i = 0; i < n->variables_n; i++) {
        struct micro_variable *v = &n->variables[i];

        must(v->now && v->first && v->n > 0);
        memcpy(v->now, v->first, v->n);
    }
}

uint8_t micro_net_run(struct micro_net *n, const int8_t *rows)
{
    memcpy(n->input, rows, (size_t)n->rows * MICRO_BANDS);
    for (size_t i = 0; i < n->steps_n; i++) {
        const struct micro_step *s = &n->steps[i];

        switch (s->kind) {
        case MICRO_MOVE:
            move_run(&s->move);
            break;
        case MICRO_CONV:
            conv_run(&s->conv);
            break;
        case MICRO_DEEP:
            deep_run(&s->conv);
            break;
        case MICRO_TABLE:
            table_run(&s->table);
            break;
        }
    }
    return *n->output;
}
