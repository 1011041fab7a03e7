/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_parse.c - from the tables of a .tflite file to the steps of a net.
 *
 * Operators are taken in the file's order; each may only use what was made before it. What a step
 * reads and writes is checked here, so that running it needs no check. */
#include "base/must.h"
#include "wake/micro_front.h"
#include "wake/micro_net.h"
#include "wake/micro_step.h"
#include "wake/tflite.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TIME = 1, WIDTH = 2, CHANNEL = 3, SHIFT_MAX = 30, INIT_GRAPH = 1 };

struct build {
    struct micro_net *net;
    const struct tflite_graph *graph;
    bool is_first; /* the other graph: what variables begin with */
    int8_t *at[TFLITE_TENSORS];    /* where its values stand; NULL: not made yet */
    int variable[TFLITE_TENSORS];  /* of a handle: place + 1 */
    struct err *e;
};

typedef int (*op_fn)(struct build *b, const struct tflite_op *op);

static int refuse(struct build *b, const struct tflite_op *op, const char *why)
{
    return err_set(b->e, -ENOTSUP, "%s: %s", tflite_code_name((int)op->code), why);
}

/* Memory of the net's; NULL with words and `*r` set. */
static void *room(struct build *b, size_t bytes, int *r)
{
    struct arena *a = &b->net->arena;
    void *p = bytes <= a->bytes_max - a->bytes ? arena_alloc(a, bytes) : NULL;

    if (p)
        return p;
    *r = bytes > (a->bytes_max - a->bytes) / 2
             ? err_set(b->e, -E2BIG, "the model needs more than %d kB", MICRO_NET_BYTES >> 10)
             : err_set(b->e, -ENOMEM, "out of memory for a wake word's network");
    return NULL;
}

/* ---- tensors ------------------------------------------------------------------------------- */

static const struct tflite_tensor *tensor(const struct build *b, int32_t index)
{
    return index >= 0 ? &b->graph->tensors[index] : NULL;
}

static const struct tflite_tensor *input(const struct build *b, const struct tflite_op *op, uint32_t i)
{
    return i < op->inputs_n ? tensor(b, op->inputs[i]) : NULL;
}

static const struct tflite_tensor *output(const struct build *b, const struct tflite_op *op, uint32_t i)
{
    return i < op->outputs_n ? tensor(b, op->outputs[i]) : NULL;
}

static bool is_int8(const struct tflite_tensor *t)
{
    return t && t->type == TFLITE_INT8 && t->scales_n == 1 && t->zero >= -128 && t->zero <= 127;
}

/* The values that an operator reads: int8 and made before. */
static int read_of(struct build *b, const struct tflite_op *op, uint32_t i, const int8_t **ret)
{
    const struct tflite_tensor *t = input(b, op, i);

    if (t && t->type != TFLITE_INT8)
        return err_set(b->e, -ENOTSUP, "%s reads %s, which is not int8: only models that are int8 "
                       "inside can run here", tflite_code_name((int)op->code), t->name);
    if (!is_int8(t) || !b->at[op->inputs[i]])
        return refuse(b, op, "an input is missing or made by nobody before it");
    *ret = b->at[op->inputs[i]];
    return 0;
}

/* Room for what it makes; nobody may have made it before. */
static int write_of(struct build *b, const struct tflite_op *op, uint32_t i, int8_t **ret)
{
    const struct tflite_tensor *t = output(b, op, i);
    bool is_last = t && t->type == TFLITE_UINT8 && op->code == TFLITE_QUANTIZE;
    int r = 0;

    if (t && t->type != TFLITE_INT8 && !is_last)
        return err_set(b->e, -ENOTSUP, "%s makes %s, which is not int8: only models that are int8 "
                       "inside can run here", tflite_code_name((int)op->code), t->name);
    if (!is_last && !is_int8(t))
        return refuse(b, op, "an output is missing or has no scale of its own");
    if (!t || t->data || b->at[op->outputs[i]])
        return refuse(b, op, "an output is missing or made twice");
    *ret = b->at[op->outputs[i]] = room(b, t->n, &r);
    return r;
}

static struct micro_step *step_add(struct build *b, enum micro_kind kind)
{
    struct micro_step *s = b->net->steps_n < MICRO_STEPS ? &b->net->steps[b->net->steps_n++] : NULL;

    if (!s)
        err_set(b->e, -E2BIG, "the model has more than %d steps", MICRO_STEPS);
    else
        *s = (struct micro_step){ .kind = kind };
    return s;
}

static int move_add(struct build *b, struct micro_move m)
{
    struct micro_step *s = step_add(b, MICRO_MOVE);

    if (!s)
        return -E2BIG;
    if (m.n * m.times > MICRO_NET_MOVED_MAX - b->net->moved)
        return err_set(b->e, -E2BIG, "the model moves more than %d bytes for a row",
                       MICRO_NET_MOVED_MAX);
    b->net->moved += m.n * m.times;
    s->move = m;
    return 0;
}

static bool is_alike(const struct tflite_tensor *a, const struct tflite_tensor *b)
{
    return is_int8(a) && is_int8(b) && a->zero == b->zero &&
           tflite_scale(a, 0) == tflite_scale(b, 0);
}

/* The whole of an input into the whole of an output. */
static int op_copy(struct build *b, const struct tflite_op *op)
{
    const struct tflite_tensor *in = input(b, op, 0), *out = output(b, op, 0);
    const int8_t *from;
    int8_t *to;
    int r = read_of(b, op, 0, &from);

    if (r >= 0)
        r = write_of(b, op, 0, &to);
    if (r < 0)
        return r;
    if (in->n != out->n || !is_alike(in, out))
        return refuse(b, op, "its input and output do not fit");
    return move_add(b, (struct micro_move){ from, to, in->n, 1, 0, 0 });
}

/* ---- variables: the rings ------------------------------------------------------------------ */

static struct micro_variable *variable_of(struct build *b, const struct tflite_op *op)
{
    int place = op->inputs_n > 0 && op->inputs[0] >= 0 ? b->variable[op->inputs[0]] : 0;

    return place > 0 ? &b->net->variables[place - 1] : NULL;
}

static int op_handle(struct build *b, const struct tflite_op *op)
{
    struct micro_net *n = b->net;
    size_t place = 0;

    if (op->outputs_n != 1 || op->outputs[0] < 0 || !op->variable[0])
        return refuse(b, op, "it has no name or no output");
    while (place < n->variables_n && strcmp(n->variables[place].name, op->variable) != 0)
        place++;
    if (place == MICRO_VARIABLES)
        return err_set(b->e, -E2BIG, "the model has more than %d variables", MICRO_VARIABLES);
    if (place == n->variables_n) {
        memcpy(n->variables[place].name, op->variable, sizeof(n->variables[place].name));
        n->variables_n++;
    }
    b->variable[op->outputs[0]] = (int)place + 1;
    return 0;
}

static int variable_room(struct build *b, const struct tflite_op *op, struct micro_variable *v,
                         const struct tflite_tensor *t)
{
    int r = 0;

    if (!v || !is_int8(t) || (v->n > 0 && v->n != t->n))
        return refuse(b, op, "the variable is not known or of another size");
    v->n = t->n;
    if (!v->now)
        v->now = room(b, v->n, &r);
    return r;
}

static int op_read(struct build *b, const struct tflite_op *op)
{
    struct micro_variable *v = variable_of(b, op);
    const struct tflite_tensor *out = output(b, op, 0);
    int8_t *to;
    int r = variable_room(b, op, v, out);

    if (r >= 0)
        r = write_of(b, op, 0, &to);
    return r < 0 ? r : move_add(b, (struct micro_move){ v->now, to, v->n, 1, 0, 0 });
}

static int op_assign(struct build *b, const struct tflite_op *op)
{
    struct micro_variable *v = variable_of(b, op);
    const struct tflite_tensor *in = input(b, op, 1);
    const int8_t *from;
    int r = variable_room(b, op, v, in);

    if (r < 0)
        return r;
    if (b->is_first) {
        v->first = (const int8_t *)in->data;
        return v->first ? 0 : refuse(b, op, "what a variable begins with is no constant");
    }
    r = read_of(b, op, 1, &from);
    return r < 0 ? r : move_add(b, (struct micro_move){ from, v->now, v->n, 1, 0, 0 });
}

/* ---- joining and cutting ------------------------------------------------------------------- */

/* Items before and from the axis on. */
static size_t outer_of(const struct tflite_tensor *t, unsigned axis)
{
    size_t n = 1;

    for (unsigned i = 0; i < axis; i++)
        n *= t->dims[i];
    return n;
}

static size_t inner_of(const struct tflite_tensor *t, unsigned axis)
{
    return t->n / outer_of(t, axis);
}

static int axis_of(const struct tflite_tensor *t, int32_t axis)
{
    int32_t rank = (int32_t)t->rank;

    axis = axis < 0 ? axis + rank : axis;
    return axis >= 0 && axis < rank ? (int)axis : -1;
}

/* Do both have the same shape but for that axis? */
static bool is_beside(const struct tflite_tensor *a, const struct tflite_tensor *b, int axis)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < (int)a->rank; i++)
        if (i != axis && a->dims[i] != b->dims[i])
            return false;
    return true;
}

static int op_join(struct build *b, const struct tflite_op *op)
{
    const struct tflite_tensor *out = output(b, op, 0);
    int axis = out ? axis_of(out, op->axis) : -1;
    size_t at = 0;
    int8_t *to;
    int r = write_of(b, op, 0, &to);

    if (r >= 0 && (axis < 0 || op->activation != 0))
        return refuse(b, op, "its axis or activation is not known");
    for (uint32_t i = 0; r >= 0 && i < op->inputs_n; i++) {
        const struct tflite_tensor *in = input(b, op, i);
        const int8_t *from;

        r = read_of(b, op, i, &from);
        if (r < 0)
            return r;
        if (!is_beside(in, out, axis) || !is_alike(in, out) ||
            at + inner_of(in, (unsigned)axis) > inner_of(out, (unsigned)axis))
            return refuse(b, op, "its inputs do not fit");
        r = move_add(b, (struct micro_move){ from, to + at, inner_of(in, (unsigned)axis),
                                             outer_of(in, (unsigned)axis),
                                             inner_of(in, (unsigned)axis),
                                             inner_of(out, (unsigned)axis) });
        at += inner_of(in, (unsigned)axis);
    }
    if (r >= 0 && at != inner_of(out, (unsigned)axis))
        return refuse(b, op, "its inputs do not fill its output");
    return r;
}

static bool is_list(const struct tflite_tensor *t, size_t n)
{
    return t && t->type == TFLITE_INT32 && t->data && t->n == n;
}

static int op_split(struct build *b, const struct tflite_op *op)
{
    const struct tflite_tensor *in = input(b, op, 0), *sizes = input(b, op, 1);
    const struct tflite_tensor *which = input(b, op, 2);
    int axis = in && is_list(which, 1) ? axis_of(in, tflite_int32(which, 0)) : -1;
    size_t at = 0;
    const int8_t *from;
    int r = read_of(b, op, 0, &from);

    if (r >= 0 && (axis < 0 || !is_list(sizes, op->outputs_n)))
        return refuse(b, op, "its axis or its sizes are no constants");
    for (uint32_t i = 0; r >= 0 && i < op->outputs_n; i++) {
        const struct tflite_tensor *out = output(b, op, i);
        int8_t *to;

        r = write_of(b, op, i, &to);
        if (r < 0)
            return r;
        if (!is_beside(in, out, axis) || !is_alike(in, out) ||
            tflite_int32(sizes, i) != (int32_t)out->dims[axis] ||
            at + inner_of(out, (unsigned)axis) > inner_of(in, (unsigned)axis))
            return refuse(b, op, "its outputs do not fit");
        r = move_add(b, (struct micro_move){ from + at, to, inner_of(out, (unsigned)axis),
                                             outer_of(out, (unsigned)axis),
                                             inner_of(in, (unsigned)axis),
                                             inner_of(out, (unsigned)axis) });
        at += inner_of(out, (unsigned)axis);
    }
    return r;
}

/* Where a slice begins on one axis, and that it ends where its output says; -1: not so. */
static int64_t slice_begin(const struct build *b, const struct tflite_op *op, unsigned axis)
{
    const struct tflite_tensor *in = input(b, op, 0), *out = output(b, op, 0);
    int64_t dim = in->dims[axis], begin = tflite_int32(input(b, op, 1), axis);
    int64_t end = tflite_int32(input(b, op, 2), axis);

    begin = op->begin_mask >> axis & 1 ? 0 : begin < 0 ? begin + dim : begin;
    end = op->end_mask >> axis & 1 ? dim : end < 0 ? end + dim : end;
    if (tflite_int32(input(b, op, 3), axis) != 1 || begin < 0 || end > dim ||
        end - begin != (int64_t)out->dims[axis])
        return -1;
    return begin;
}

/* Cut on one axis only. */
static int op_slice(struct build *b, const struct tflite_op *op)
{
    const struct tflite_tensor *in = input(b, op, 0), *out = output(b, op, 0);
    unsigned cut = 0;
    int64_t begin = 0;
    const int8_t *from;
    int8_t *to;
    int r = read_of(b, op, 0, &from);

    if (r >= 0)
        r = write_of(b, op, 0, &to);
    if (r < 0)
        return r;
    if (op->other_masks || in->rank != out->rank || !is_alike(in, out) || in->rank == 0 ||
        !is_list(input(b, op, 1), in->rank) || !is_list(input(b, op, 2), in->rank) ||
        !is_list(input(b, op, 3), in->rank))
        return refuse(b, op, "its bounds are no constants or not known");
    for (unsigned i = 0; i < in->rank; i++) {
        int64_t at = slice_begin(b, op, i);

        if (at < 0)
            return refuse(b, op, "its bounds do not fit");
        if (in->dims[i] == out->dims[i])
            continue;
        if (begin > 0 || !is_beside(in, out, (int)i))
            return refuse(b, op, "it cuts on more than one axis");
        cut = i;
        begin = at;
    }
    return move_add(b, (struct micro_move){ from + (size_t)begin * (inner_of(in, cut) / in->dims[cut]),
                                            to, inner_of(out, cut), outer_of(out, cut),
                                            inner_of(in, cut), inner_of(out, cut) });
}

/* ---- convolutions -------------------------------------------------------------------------- */

/* scale = factor / 2^31 * 2^shift, with factor in 2^30..2^31. */
static int factor_of(struct build *b, double scale, int32_t *factor, int8_t *shift)
{
    int exponent;
    int64_t q = llround(frexp(scale, &exponent) * 2147483648.0);

    if (q == INT64_C(1) << 31) {
        q /= 2;
        exponent++;
    }
    if (exponent > SHIFT_MAX || exponent < -SHIFT_MAX || q <= 0)
        return err_set(b->e, -ENOTSUP, "a layer's scale of %g is not possible", scale);
    *factor = (int32_t)q;
    *shift = (int8_t)exponent;
    return 0;
}

/* What a row of weights adds when all of the input is at its zero point. */
static int32_t weights_sum(const struct micro_conv *c, bool is_deep, uint32_t channel)
{
    size_t n = is_deep ? c->taps : (size_t)c->taps * c->channels_in;
    const int8_t *w = is_deep ? c->weights + channel : c->weights + n * channel;
    int32_t sum = 0;

    for (size_t i = 0; i < n; i++, w += is_deep ? c->channels_out : 1)
        sum += *w;
    return sum;
}

struct scaling {
    const struct tflite_tensor *in, *weights, *bias, *out;
    bool is_deep, is_dense;
};

/* A dense layer's product of scales is rounded to float first, as TensorFlow Lite has it. */
static double scale_of(const struct scaling *s, uint32_t channel)
{
    double in = (double)tflite_scale(s->in, 0), out = (double)tflite_scale(s->out, 0);
    float w = tflite_scale(s->weights, s->weights->scales_n > 1 ? channel : 0);

    return s->is_dense ? (double)(tflite_scale(s->in, 0) * w) / out : in * (double)w / out;
}

static int scaling_set(struct build *b, struct micro_conv *c, const struct scaling *s)
{
    int r = 0;
    int32_t *bias = room(b, c->channels_out * sizeof(*bias), &r);
    int32_t *factor = room(b, c->channels_out * sizeof(*factor), &r);
    int8_t *shift = room(b, c->channels_out, &r);

    for (uint32_t o = 0; r >= 0 && o < c->channels_out; o++) {
        int64_t sum = s->bias ? tflite_int32(s->bias, o) : 0;

        sum -= (int64_t)s->in->zero * weights_sum(c, s->is_deep, o);
        if (sum > INT32_MAX / 2 || sum < INT32_MIN / 2)
            return err_set(b->e, -ENOTSUP, "the bias of tensor %s is too large", s->out->name);
        bias[o] = (int32_t)sum;
        r = factor_of(b, scale_of(s, o), &factor[o], &shift[o]);
    }
    c->bias = bias;
    c->factor = factor;
    c->shift = shift;
    c->zero = s->out->zero;
    return r;
}

/* Weights, bias and scales that belong to so many channels? */
static bool weights_fit(const struct scaling *s, size_t n, uint32_t channels, int axis)
{
    const struct tflite_tensor *w = s->weights;

    return w && w->type == TFLITE_INT8 && w->data && w->n == n && w->zero == 0 &&
           (w->scales_n == 1 || (w->scales_n == channels && w->axis == axis)) &&
           (!s->bias || is_list(s->bias, channels));
}

static int conv_add(struct build *b, const struct tflite_op *op, struct micro_conv c,
                    const struct scaling *s)
{
    struct micro_step *step = step_add(b, s->is_deep ? MICRO_DEEP : MICRO_CONV);
    size_t macs = (size_t)c.rows * c.taps * c.channels_in * (s->is_deep ? 1 : c.channels_out);
    int r;

    if (!step)
        return -E2BIG;
    if ((size_t)c.taps * (s->is_deep ? 1 : c.channels_in) > MICRO_NET_SUM_MAX)
        return refuse(b, op, "a sum of so many products is not possible");
    if (macs > MICRO_NET_MACS_MAX - b->net->macs)
        return err_set(b->e, -E2BIG, "the model needs more than %d multiply-adds for a row",
                       MICRO_NET_MACS_MAX);
    b->net->macs += macs;
    if (op->activation != 0 && op->activation != 1)
        return refuse(b, op, "its activation is neither none nor ReLU");
    c.low = (int8_t)(op->activation == 1 ? s->out->zero : -128);
    c.weights = (const int8_t *)s->weights->data;
    r = scaling_set(b, &c, s);
    step->conv = c;
    return r;
}

/* In time only: [1, rows, 1, channels] with kernels of one column. */
static bool is_in_time(const struct tflite_op *op, const struct scaling *s)
{
    const struct tflite_tensor *in = s->in, *w = s->weights, *out = s->out;

    return in->rank == 4 && out->rank == 4 && w && w->rank == 4 && in->dims[0] == 1 &&
           out->dims[0] == 1 && in->dims[WIDTH] == 1 && out->dims[WIDTH] == 1 &&
           w->dims[WIDTH] == 1 && op->dilation_t == 1 && op->multiplier == 1 &&
           op->stride_t >= 1 && op->stride_t <= 64 && (op->padding == 1 || w->dims[TIME] == 1);
}

static int op_conv(struct build *b, const struct tflite_op *op)
{
    struct scaling s = { .in = input(b, op, 0), .weights = input(b, op, 1), .bias = input(b, op, 2),
                         .out = output(b, op, 0), .is_deep = op->code == TFLITE_DEPTHWISE_CONV_2D };
    struct micro_conv c = { .stride = (uint32_t)op->stride_t };
    size_t n;
    int r = read_of(b, op, 0, &c.in);

    if (r >= 0)
        r = write_of(b, op, 0, &c.out);
    if (r < 0)
        return r;
    if (!is_in_time(op, &s))
        return refuse(b, op, "it is none in time with a step of its own, as such models have it");
    c.taps = s.weights->dims[TIME];
    c.channels_in = s.in->dims[CHANNEL];
    c.channels_out = s.out->dims[CHANNEL];
    c.rows = s.out->dims[TIME];
    n = (size_t)c.taps * c.channels_in * (s.is_deep ? 1 : c.channels_out);
    if (!weights_fit(&s, n, c.channels_out, s.is_deep ? CHANNEL : 0) || s.in->dims[TIME] < c.taps ||
        c.rows != (s.in->dims[TIME] - c.taps) / c.stride + 1 ||
        (s.is_deep && c.channels_in != c.channels_out))
        return refuse(b, op, "its weights and shapes do not fit");
    return conv_add(b, op, c, &s);
}

static int op_dense(struct build *b, const struct tflite_op *op)
{
    struct scaling s = { .in = input(b, op, 0), .weights = input(b, op, 1), .bias = input(b, op, 2),
                         .out = output(b, op, 0), .is_dense = true };
    struct micro_conv c = { .stride = 1, .rows = 1, .taps = 1 };
    int r = read_of(b, op, 0, &c.in);

    if (r >= 0)
        r = write_of(b, op, 0, &c.out);
    if (r < 0)
        return r;
    c.channels_in = (uint32_t)s.in->n;
    c.channels_out = (uint32_t)s.out->n;
    if (!weights_fit(&s, s.in->n * s.out->n, c.channels_out, 0) || s.weights->scales_n != 1)
        return refuse(b, op, "its weights and shapes do not fit");
    return conv_add(b, op, c, &s);
}

/* ---- the end ------------------------------------------------------------------------------- */

static int table_add(struct build *b, const struct tflite_op *op, int8_t (*fn)(int q, double scale,
                                                                            int zero))
{
    const struct tflite_tensor *in = input(b, op, 0), *out = output(b, op, 0);
    struct micro_table t = { .n = 0 };
    struct micro_step *s;
    int r = 0;
    int8_t *values = room(b, 256, &r);

    if (r >= 0)
        r = read_of(b, op, 0, &t.in);
    if (r >= 0)
        r = write_of(b, op, 0, &t.out);
    if (r < 0)
        return r;
    if (in->n != out->n)
        return refuse(b, op, "its input and output do not fit");
    for (int q = -128; q < 128; q++)
        values[q + 128] = fn(q, (double)tflite_scale(in, 0), in->zero);
    t.n = in->n;
    t.table = values;
    s = step_add(b, MICRO_TABLE);
    if (s)
        s->table = t;
    return s ? 0 : -E2BIG;
}

static int8_t logistic(int q, double scale, int zero)
{
    double p = floor(256.0 / (1.0 + exp(-(q - zero) * scale)) + 0.5) - 128.0;

    return (int8_t)(p > 127.0 ? 127.0 : p);
}

static int op_logistic(struct build *b, const struct tflite_op *op)
{
    const struct tflite_tensor *out = output(b, op, 0);

    if (!is_int8(out) || out->zero != -128 || tflite_scale(out, 0) != 1.0f / 256.0f)
        return refuse(b, op, "its output is not 0..1 in 256 steps");
    return table_add(b, op, logistic);
}

/* The same number counted from 0. */
static int8_t unsigned_of(int q, double scale, int zero)
{
    (void)scale;
    (void)zero;
    return (int8_t)(uint8_t)(q + 128);
}

static int op_quantize(struct build *b, const struct tflite_op *op)
{
    const struct tflite_tensor *in = input(b, op, 0), *out = output(b, op, 0);

    if (!is_int8(in) || !out || out->type != TFLITE_UINT8 || out->scales_n != 1 ||
        tflite_scale(out, 0) != tflite_scale(in, 0) || out->zero != in->zero + 128)
        return refuse(b, op, "it does more than count from 0");
    return table_add(b, op, unsigned_of);
}

static int op_once(struct build *b, const struct tflite_op *op)
{
    return op->graph == INIT_GRAPH ? 0 : refuse(b, op, "it is not about the second graph");
}

static op_fn op_find(enum tflite_code code)
{
    switch (code) {
    case TFLITE_CONCATENATION:
        return op_join;
    case TFLITE_CONV_2D:
    case TFLITE_DEPTHWISE_CONV_2D:
        return op_conv;
    case TFLITE_FULLY_CONNECTED:
        return op_dense;
    case TFLITE_LOGISTIC:
        return op_logistic;
    case TFLITE_RESHAPE:
        return op_copy;
    case TFLITE_STRIDED_SLICE:
        return op_slice;
    case TFLITE_SPLIT_V:
        return op_split;
    case TFLITE_QUANTIZE:
        return op_quantize;
    case TFLITE_CALL_ONCE:
        return op_once;
    case TFLITE_VAR_HANDLE:
        return op_handle;
    case TFLITE_READ_VARIABLE:
        return op_read;
    case TFLITE_ASSIGN_VARIABLE:
        return op_assign;
    }
    return NULL;
}

static int graph_build(struct build *b, const struct tflite_graph *g)
{
    int r = 0;

    b->graph = g;
    for (uint32_t i = 0; r >= 0 && i < g->ops_n; i++) {
        op_fn fn = op_find(g->ops[i].code);

        r = must(fn) ? fn(b, &g->ops[i]) : -EINVAL;
    }
    return r;
}

/* The input must be there before the first step. */
static int ends_open(struct build *b, const struct tflite_graph *g)
{
    const struct tflite_tensor *in = g->input >= 0 ? &g->tensors[g->input] : NULL;
    const struct tflite_tensor *out = g->output >= 0 ? &g->tensors[g->output] : NULL;
    int r = 0;

    if (g->inputs_n != 1 || !is_int8(in) || in->rank != 3 || in->dims[0] != 1 ||
        in->dims[2] != MICRO_BANDS || in->dims[1] > 64)
        return err_set(b->e, -ENOTSUP, "the model's input is not int8 [1, rows, %d]", MICRO_BANDS);
    if (g->outputs_n != 1 || !out || out->type != TFLITE_UINT8 || out->n != 1)
        return err_set(b->e, -ENOTSUP, "the model's output is not one uint8");
    b->net->rows = in->dims[1];
    b->net->input = b->at[g->input] = room(b, in->n, &r);
    return r;
}

static int net_build(struct build *b, const struct tflite *file)
{
    struct micro_net *n = b->net;
    struct build first = { .net = n, .is_first = true, .e = b->e };
    int r = ends_open(b, &file->graphs[0]);

    if (r >= 0)
        r = graph_build(b, &file->graphs[0]);
    if (r >= 0 && file->graphs_n > INIT_GRAPH)
        r = graph_build(&first, &file->graphs[INIT_GRAPH]);
    if (r < 0)
        return r;
    n->output = (const uint8_t *)b->at[file->graphs[0].output];
    if (!n->output)
        return err_set(b->e, -ENOTSUP, "nothing makes the model's output");
    for (size_t i = 0; i < n->variables_n; i++)
        if (!n->variables[i].first || !n->variables[i].now)
            return err_set(b->e, -ENOTSUP, "variable %s has nothing to begin with",
                           n->variables[i].name);
    return 0;
}

struct micro_net *micro_net_free(struct micro_net *n)
{
    if (n) {
        arena_done(&n->arena);
        free(n);
    }
    return NULL;
}

int micro_net_parse(struct micro_net **ret, const void *bytes, size_t len, struct err *e)
{
    AUTO(micro_net_freep) struct micro_net *n = calloc(1, sizeof(*n));
    AUTO_FREE struct tflite *file = malloc(sizeof(*file));
    struct build b = { .net = n, .e = e };
    uint8_t *copy;
    int r = 0;

    if (len > MICRO_NET_FILE_MAX)
        return err_set(e, -E2BIG, "the model has %zu bytes, at most %d are taken", len,
                       MICRO_NET_FILE_MAX);
    if (!n || !file)
        return err_set(e, -ENOMEM, "out of memory for a wake word's network");
    n->arena = ARENA_INIT(len + MICRO_NET_BYTES);
    copy = room(&b, len + 1, &r);
    if (r < 0)
        return r;
    memcpy(copy, bytes, len);
    n->file = copy;
    r = tflite_parse(file, copy, len, e);
    if (r >= 0)
        r = net_build(&b, file);
    if (r < 0)
        return r;
    micro_net_clear(n);
    *ret = STEAL(n);
    return 0;
}
