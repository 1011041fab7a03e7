/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/tflite.h - writes .tflite files for the tests.
 *
 * A small wake word of every operator that such models have, with weights of the test's own:
 *
 *     in [1,2,40] -> reshape [1,2,1,40]; ring [1,1,1,40] ++ it -> [1,3,1,40], its last row kept
 *       -> conv of 3 rows, 4 channels, ReLU -> two halves -> depthwise of one row each -> joined
 *       -> dense -> logistic -> uint8 */
#ifndef JARVIS_TESTS_LIB_TFLITE_H
#define JARVIS_TESTS_LIB_TFLITE_H

#include "wake/tflite.h"

#include <stdlib.h>
#include <string.h>

enum { MADE_BYTES = 1 << 16, MADE_FIELDS = 8, MADE_CHANNELS = 4 };

struct made { /* bytes that grow to the right: what is pointed at comes later */
    uint8_t at[MADE_BYTES];
    size_t n;
};

static inline void made_put(struct made *m, size_t at, int32_t value)
{
    memcpy(m->at + at, &value, sizeof(value));
}

static inline size_t made_room(struct made *m, size_t n)
{
    size_t at = m->n;

    if (n > MADE_BYTES - at - 4)
        abort();
    m->n += (n + 3) / 4 * 4;
    return at;
}

/* A table of MADE_FIELDS fields, four bytes each, all there: 0 is every field's fallback here. */
static inline size_t made_table(struct made *m)
{
    size_t vtable = made_room(m, 4 + 2 * MADE_FIELDS), table;
    uint16_t words[2 + MADE_FIELDS] = { 4 + 2 * MADE_FIELDS, 4 + 4 * MADE_FIELDS };

    memcpy(m->at + vtable, words, sizeof(words));
    table = made_room(m, 4 + 4 * MADE_FIELDS);
    made_put(m, table, (int32_t)(table - vtable));
    return table;
}

/* What a table's vtable says of a field: it is there. */
static inline size_t made_field(struct made *m, size_t table, unsigned field)
{
    int32_t back;
    uint16_t offset = (uint16_t)(4 + 4 * field);

    memcpy(&back, m->at + table, sizeof(back));
    memcpy(m->at + table - (size_t)back + 4 + 2 * field, &offset, sizeof(offset));
    return table + offset;
}

static inline void made_int(struct made *m, size_t table, unsigned field, int32_t value)
{
    made_put(m, made_field(m, table, field), value);
}

static inline void made_ref(struct made *m, size_t at, size_t target)
{
    made_put(m, at, (int32_t)(target - at));
}

static inline size_t made_child(struct made *m, size_t table, unsigned field)
{
    size_t at = made_field(m, table, field), child = made_table(m);

    made_ref(m, at, child);
    return child;
}

/* A vector of n items; its first item's place. */
static inline size_t made_vector(struct made *m, size_t table, unsigned field, size_t n, size_t size)
{
    size_t at = made_field(m, table, field), vector = made_room(m, 4 + n * size);

    made_ref(m, at, vector);
    made_put(m, vector, (int32_t)n);
    return vector + 4;
}

static inline void made_bytes(struct made *m, size_t table, unsigned field, const void *bytes,
                              size_t n)
{
    memcpy(m->at + made_vector(m, table, field, n, 1), bytes, n);
}

/* ---- models -------------------------------------------------------------------------------- */

struct made_tensor {
    const char *name;
    int type;
    int32_t dims[TFLITE_DIMS + 1]; /* up to 0 */
    float scale;                   /* 0: none */
    int32_t zero;
    const void *data;
    size_t bytes;
};

struct made_op {
    int code;
    int32_t inputs[TFLITE_INPUTS], outputs[TFLITE_OUTPUTS]; /* up to -1 */
    int32_t options[6];
    const char *variable;
};

struct made_graph {
    const struct made_tensor *tensors;
    size_t tensors_n;
    const struct made_op *ops;
    size_t ops_n;
    int32_t input, output;
};

static inline void made_tensor_put(struct made *m, size_t table, const struct made_tensor *t,
                                   int32_t buffer)
{
    size_t n = 0, at, scaling;
    int64_t zero = t->zero;

    while (t->dims[n])
        n++;
    at = made_vector(m, table, 0, n, 4);
    for (size_t i = 0; i < n; i++)
        made_put(m, at + 4 * i, t->dims[i]);
    made_int(m, table, 1, t->type);
    made_int(m, table, 2, buffer);
    made_bytes(m, table, 3, t->name, strlen(t->name));
    if (t->scale == 0.0f)
        return;
    scaling = made_child(m, table, 4);
    memcpy(m->at + made_vector(m, scaling, 2, 1, 4), &t->scale, 4);
    memcpy(m->at + made_vector(m, scaling, 3, 1, 8), &zero, 8);
}

static inline void made_list_put(struct made *m, size_t table, unsigned field, const int32_t *list,
                                 size_t max)
{
    size_t n = 0, at;

    while (n < max && list[n] >= 0)
        n++;
    at = made_vector(m, table, field, n, 4);
    for (size_t i = 0; i < n; i++)
        made_put(m, at + 4 * i, list[i]);
}

static inline void made_op_put(struct made *m, size_t table, const struct made_op *op, int32_t code)
{
    size_t options;

    made_int(m, table, 0, code);
    made_list_put(m, table, 1, op->inputs, TFLITE_INPUTS);
    made_list_put(m, table, 2, op->outputs, TFLITE_OUTPUTS);
    options = made_child(m, table, 4);
    if (op->variable)
        made_bytes(m, options, 1, op->variable, strlen(op->variable));
    else
        for (unsigned i = 0; i < 6; i++)
            made_int(m, options, i, op->options[i]);
}

/* Tables by a vector of offsets: the i-th new table. */
static inline size_t made_item(struct made *m, size_t vector, size_t i)
{
    size_t table = made_table(m);

    made_ref(m, vector + 4 * i, table);
    return table;
}

/* Each tensor has the buffer of its place + 1 + what the graphs before it have. */
static inline void made_model(struct made *m, const struct made_graph *graphs, size_t n)
{
    size_t codes[2 * TFLITE_CODES], model, at, buffers = 1, used = 0;
    int32_t first = 1;

    *m = (struct made){ .n = 8 };
    memcpy(m->at + 4, "TFL3", 4);
    model = made_table(m);
    made_ref(m, 0, model);
    made_int(m, model, 0, 3);
    at = made_vector(m, model, 2, n, 4);
    for (size_t g = 0; g < n; g++) {
        size_t graph = made_item(m, at, g), list;

        list = made_vector(m, graph, 0, graphs[g].tensors_n, 4);
        for (size_t i = 0; i < graphs[g].tensors_n; i++)
            made_tensor_put(m, made_item(m, list, i), &graphs[g].tensors[i], first + (int32_t)i);
        first += (int32_t)graphs[g].tensors_n;
        buffers += graphs[g].tensors_n;
        made_list_put(m, graph, 1, &graphs[g].input, 1);
        made_list_put(m, graph, 2, &graphs[g].output, 1);
        list = made_vector(m, graph, 3, graphs[g].ops_n, 4);
        for (size_t i = 0; i < graphs[g].ops_n; i++) {
            codes[used] = (size_t)graphs[g].ops[i].code;
            made_op_put(m, made_item(m, list, i), &graphs[g].ops[i], (int32_t)used++);
        }
    }
    at = made_vector(m, model, 1, used, 4);
    for (size_t i = 0; i < used; i++)
        made_int(m, made_item(m, at, i), 3, (int32_t)codes[i]);
    at = made_vector(m, model, 4, buffers, 4);
    made_item(m, at, 0);
    first = 1;
    for (size_t g = 0; g < n; g++)
        for (size_t i = 0; i < graphs[g].tensors_n; i++) {
            const struct made_tensor *t = &graphs[g].tensors[i];
            size_t buffer = made_item(m, at, (size_t)first++);

            if (t->data)
                made_bytes(m, buffer, 0, t->data, t->bytes);
        }
}

/* ---- the small word ------------------------------------------------------------------------ */

/* What a test may change before made_word(). */
struct made_weights {
    int8_t conv[MADE_CHANNELS * 3 * 40], deep[2][2], dense[MADE_CHANNELS], first[40];
    int32_t conv_bias[MADE_CHANNELS], deep_bias[2][2], dense_bias[1];
};

enum { MADE_TENSORS = 30, MADE_OPS = 15 };

struct made_word_tables {
    struct made_tensor tensors[MADE_TENSORS], init[2];
    struct made_op ops[MADE_OPS], init_ops[2];
};

static const int32_t made_begin[4] = { 0, -1, 0, 0 }, made_end[4] = { 0, 0, 0, 0 },
                     made_stride[4] = { 1, 1, 1, 1 }, made_sizes[2] = { 2, 2 }, made_axis[1] = { 3 };

#define MADE_INT8 TFLITE_INT8
#define MADE_CONST(v) (v), sizeof(v)

static inline void made_word_fill(struct made_word_tables *t, const struct made_weights *w)
{
    const struct made_tensor tensors[MADE_TENSORS] = {
        { "in", MADE_INT8, { 1, 2, 40 }, 0.1f, -128, NULL, 0 },
        { "rows", MADE_INT8, { 1, 2, 1, 40 }, 0.1f, -128, NULL, 0 },
        { "ring", TFLITE_RESOURCE, { 0 }, 0, 0, NULL, 0 },
        { "before", MADE_INT8, { 1, 1, 1, 40 }, 0.1f, -128, NULL, 0 },
        { "joined", MADE_INT8, { 1, 3, 1, 40 }, 0.1f, -128, NULL, 0 },
        { "begin", TFLITE_INT32, { 4 }, 0, 0, MADE_CONST(made_begin) },
        { "end", TFLITE_INT32, { 4 }, 0, 0, MADE_CONST(made_end) },
        { "stride", TFLITE_INT32, { 4 }, 0, 0, MADE_CONST(made_stride) },
        { "kept", MADE_INT8, { 1, 1, 1, 40 }, 0.1f, -128, NULL, 0 },
        { "conv.w", MADE_INT8, { 4, 3, 1, 40 }, 0.01f, 0, MADE_CONST(w->conv) },
        { "conv.b", TFLITE_INT32, { 4 }, 0, 0, MADE_CONST(w->conv_bias) },
        { "conv", MADE_INT8, { 1, 1, 1, 4 }, 0.05f, -128, NULL, 0 },
        { "sizes", TFLITE_INT32, { 2 }, 0, 0, MADE_CONST(made_sizes) },
        { "axis", TFLITE_INT32, { 1 }, 0, 0, MADE_CONST(made_axis) },
        { "left", MADE_INT8, { 1, 1, 1, 2 }, 0.05f, -128, NULL, 0 },
        { "right", MADE_INT8, { 1, 1, 1, 2 }, 0.05f, -128, NULL, 0 },
        { "left.w", MADE_INT8, { 1, 1, 1, 2 }, 0.02f, 0, MADE_CONST(w->deep[0]) },
        { "left.b", TFLITE_INT32, { 2 }, 0, 0, MADE_CONST(w->deep_bias[0]) },
        { "left.out", MADE_INT8, { 1, 1, 1, 2 }, 0.1f, 3, NULL, 0 },
        { "right.w", MADE_INT8, { 1, 1, 1, 2 }, 0.02f, 0, MADE_CONST(w->deep[1]) },
        { "right.b", TFLITE_INT32, { 2 }, 0, 0, MADE_CONST(w->deep_bias[1]) },
        { "right.out", MADE_INT8, { 1, 1, 1, 2 }, 0.1f, 3, NULL, 0 },
        { "both", MADE_INT8, { 1, 1, 1, 4 }, 0.1f, 3, NULL, 0 },
        { "dense.w", MADE_INT8, { 1, 4 }, 0.02f, 0, MADE_CONST(w->dense) },
        { "dense.b", TFLITE_INT32, { 1 }, 0, 0, MADE_CONST(w->dense_bias) },
        { "dense", MADE_INT8, { 1, 1 }, 0.1f, 0, NULL, 0 },
        { "sure", MADE_INT8, { 1, 1 }, 1.0f / 256.0f, -128, NULL, 0 },
        { "out", TFLITE_UINT8, { 1, 1 }, 1.0f / 256.0f, 0, NULL, 0 },
        { "shape", TFLITE_INT32, { 4 }, 0, 0, MADE_CONST(made_stride) },
        { "spare", MADE_INT8, { 1, 1 }, 0.1f, 0, NULL, 0 },
    };
    const struct made_op ops[MADE_OPS] = {
        { TFLITE_CALL_ONCE, { -1 }, { -1 }, { 1 }, NULL },
        { TFLITE_RESHAPE, { 0, 28, -1 }, { 1, -1 }, { 0 }, NULL },
        { TFLITE_VAR_HANDLE, { -1 }, { 2, -1 }, { 0 }, "ring" },
        { TFLITE_READ_VARIABLE, { 2, -1 }, { 3, -1 }, { 0 }, NULL },
        { TFLITE_CONCATENATION, { 3, 1, -1 }, { 4, -1 }, { 1 }, NULL },
        { TFLITE_STRIDED_SLICE, { 4, 5, 6, 7, -1 }, { 8, -1 }, { 13, 15 }, NULL },
        { TFLITE_ASSIGN_VARIABLE, { 2, 8, -1 }, { -1 }, { 0 }, NULL },
        { TFLITE_CONV_2D, { 4, 9, 10, -1 }, { 11, -1 }, { 1, 1, 1, 1, 1, 1 }, NULL },
        { TFLITE_SPLIT_V, { 11, 12, 13, -1 }, { 14, 15, -1 }, { 2 }, NULL },
        { TFLITE_DEPTHWISE_CONV_2D, { 14, 16, 17, -1 }, { 18, -1 }, { 1, 1, 1, 1, 0, 1 }, NULL },
        { TFLITE_DEPTHWISE_CONV_2D, { 15, 19, 20, -1 }, { 21, -1 }, { 1, 1, 1, 1, 0, 1 }, NULL },
        { TFLITE_CONCATENATION, { 18, 21, -1 }, { 22, -1 }, { -1 }, NULL },
        { TFLITE_FULLY_CONNECTED, { 22, 23, 24, -1 }, { 25, -1 }, { 0 }, NULL },
        { TFLITE_LOGISTIC, { 25, -1 }, { 26, -1 }, { 0 }, NULL },
        { TFLITE_QUANTIZE, { 26, -1 }, { 27, -1 }, { 0 }, NULL },
    };
    const struct made_tensor init[2] = {
        { "ring", TFLITE_RESOURCE, { 0 }, 0, 0, NULL, 0 },
        { "first", MADE_INT8, { 1, 1, 1, 40 }, 0.1f, -128, MADE_CONST(w->first) },
    };
    const struct made_op init_ops[2] = {
        { TFLITE_VAR_HANDLE, { -1 }, { 0, -1 }, { 0 }, "ring" },
        { TFLITE_ASSIGN_VARIABLE, { 0, 1, -1 }, { -1 }, { 0 }, NULL },
    };

    memcpy(t->tensors, tensors, sizeof(tensors));
    memcpy(t->ops, ops, sizeof(ops));
    memcpy(t->init, init, sizeof(init));
    memcpy(t->init_ops, init_ops, sizeof(init_ops));
}

static inline void made_word_write(struct made *m, const struct made_word_tables *t)
{
    const struct made_graph graphs[2] = {
        { t->tensors, MADE_TENSORS, t->ops, MADE_OPS, 0, 27 },
        { t->init, 2, t->init_ops, 2, -1, -1 },
    };

    made_model(m, graphs, 2);
}

/* A word that is sure when all that it hears is loud: every weight the same. */
static inline void made_weights_even(struct made_weights *w)
{
    memset(w, 0, sizeof(*w));
    memset(w->conv, 20, sizeof(w->conv));
    memset(w->deep, 50, sizeof(w->deep));
    memset(w->dense, 60, sizeof(w->dense));
    memset(w->first, -128, sizeof(w->first));
    w->dense_bias[0] = -15000;
}

#endif
