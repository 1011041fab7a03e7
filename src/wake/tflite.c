/* SPDX-License-Identifier: Apache-2.0 */
/* wake/tflite.c - the graphs of a .tflite file as tables. */
#include "wake/tflite.h"

#include "base/flat.h"
#include "base/must.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ZERO_MIXED = -1000 };

/* Field numbers of schema.fbs, version 3. */
enum {
    MODEL_VERSION = 0, MODEL_CODES = 1, MODEL_GRAPHS = 2, MODEL_BUFFERS = 4,
    CODE_OLD = 0, CODE_NEW = 3,
    GRAPH_TENSORS = 0, GRAPH_INPUTS = 1, GRAPH_OUTPUTS = 2, GRAPH_OPS = 3,
    TENSOR_SHAPE = 0, TENSOR_TYPE = 1, TENSOR_BUFFER = 2, TENSOR_NAME = 3, TENSOR_SCALING = 4,
    SCALING_SCALE = 2, SCALING_ZERO = 3, SCALING_AXIS = 6,
    OP_CODE = 0, OP_INPUTS = 1, OP_OUTPUTS = 2, OP_OPTIONS = 4,
    BUFFER_DATA = 0,
};

struct reader {
    struct flat flat;
    struct flat_list buffers;
    int codes[TFLITE_CODES];
    uint32_t codes_n;
    struct err *e;
};

static const struct {
    int code;
    const char *name;
} code_names[] = {
    { 0, "ADD" }, { 1, "AVERAGE_POOL_2D" }, { TFLITE_CONCATENATION, "CONCATENATION" },
    { TFLITE_CONV_2D, "CONV_2D" }, { TFLITE_DEPTHWISE_CONV_2D, "DEPTHWISE_CONV_2D" },
    { 6, "DEQUANTIZE" }, { TFLITE_FULLY_CONNECTED, "FULLY_CONNECTED" },
    { TFLITE_LOGISTIC, "LOGISTIC" }, { 17, "MAX_POOL_2D" }, { 18, "MUL" }, { 19, "RELU" },
    { TFLITE_RESHAPE, "RESHAPE" }, { 25, "SOFTMAX" }, { 34, "PAD" }, { 40, "MEAN" },
    { TFLITE_STRIDED_SLICE, "STRIDED_SLICE" }, { 83, "PACK" }, { TFLITE_SPLIT_V, "SPLIT_V" },
    { TFLITE_QUANTIZE, "QUANTIZE" }, { TFLITE_CALL_ONCE, "CALL_ONCE" },
    { TFLITE_VAR_HANDLE, "VAR_HANDLE" }, { TFLITE_READ_VARIABLE, "READ_VARIABLE" },
    { TFLITE_ASSIGN_VARIABLE, "ASSIGN_VARIABLE" },
};

const char *tflite_code_name(int code)
{
    for (size_t i = 0; i < sizeof(code_names) / sizeof(code_names[0]); i++)
        if (code_names[i].code == code)
            return code_names[i].name;
    return "an operator that is not known";
}

float tflite_scale(const struct tflite_tensor *t, uint32_t index)
{
    float scale = 0.0f;

    if (must(index < t->scales_n))
        memcpy(&scale, t->scales + sizeof(scale) * (size_t)index, sizeof(scale));
    return scale;
}

int32_t tflite_int32(const struct tflite_tensor *t, size_t index)
{
    int32_t value = 0;

    if (must(t->type == TFLITE_INT32 && t->data && index < t->n))
        memcpy(&value, t->data + sizeof(value) * index, sizeof(value));
    return value;
}

/* ---- tensors ------------------------------------------------------------------------------- */

static size_t type_bytes(int type)
{
    switch (type) {
    case TFLITE_INT32:
    case TFLITE_FLOAT32:
        return 4;
    case TFLITE_INT8:
    case TFLITE_UINT8:
        return 1;
    default:
        return 0;
    }
}

static int shape_read(struct reader *r, struct tflite_tensor *t, size_t table)
{
    struct flat_list shape = flat_list(&r->flat, table, TENSOR_SHAPE, 4);

    if (shape.n > TFLITE_DIMS)
        return err_set(r->e, -ENOTSUP, "tensor %s has %u dimensions, at most %d are known", t->name,
                       shape.n, TFLITE_DIMS);
    t->rank = shape.n;
    t->n = 1;
    for (uint32_t i = 0; i < shape.n; i++) {
        int32_t dim = flat_item_int(&r->flat, shape, i);

        if (dim < 1 || dim > TFLITE_ITEMS_MAX || (size_t)dim * t->n > TFLITE_ITEMS_MAX)
            return err_set(r->e, -ENOTSUP, "tensor %s: dimension %u is %d, 1..%d is possible",
                           t->name, i, (int)dim, TFLITE_ITEMS_MAX);
        t->dims[i] = (uint32_t)dim;
        t->n *= (size_t)dim;
    }
    return 0;
}

static int data_read(struct reader *r, struct tflite_tensor *t, size_t table)
{
    int32_t buffer = flat_int(&r->flat, table, TENSOR_BUFFER, 0);
    struct flat_list data = { 0 };

    if (buffer < 0 || (uint32_t)buffer >= r->buffers.n)
        return err_set(r->e, -EBADMSG, "tensor %s: there is no buffer %d", t->name, (int)buffer);
    if (buffer > 0)
        data = flat_list(&r->flat, flat_item(&r->flat, r->buffers, (uint32_t)buffer), BUFFER_DATA, 1);
    if (data.n == 0)
        return 0;
    if (type_bytes(t->type) > 0 && data.n != type_bytes(t->type) * t->n)
        return err_set(r->e, -EBADMSG, "tensor %s has %u bytes, its shape needs %zu", t->name, data.n,
                       type_bytes(t->type) * t->n);
    t->data = r->flat.bytes + data.at;
    t->bytes = data.n;
    return 0;
}

static int scaling_read(struct reader *r, struct tflite_tensor *t, size_t table)
{
    size_t scaling = flat_table(&r->flat, table, TENSOR_SCALING);
    struct flat_list scales = flat_list(&r->flat, scaling, SCALING_SCALE, 4);
    struct flat_list zeros = flat_list(&r->flat, scaling, SCALING_ZERO, 8);

    t->axis = flat_int(&r->flat, scaling, SCALING_AXIS, 0);
    if (scales.n == 0)
        return 0;
    if (scales.n > TFLITE_SCALES || zeros.n > TFLITE_SCALES)
        return err_set(r->e, -E2BIG, "tensor %s has %u scales, at most %d are known", t->name,
                       scales.n, TFLITE_SCALES);
    t->scales = r->flat.bytes + scales.at;
    t->scales_n = scales.n;
    for (uint32_t i = 0; i < scales.n; i++) {
        float scale = flat_item_float(&r->flat, scales, i);

        if (!isfinite(scale) || scale <= 0.0f || scale > 1e6f)
            return err_set(r->e, -EBADMSG, "tensor %s: scale %u is no positive number", t->name, i);
    }
    for (uint32_t i = 0; i < zeros.n; i++) {
        int64_t zero = flat_item_long(&r->flat, zeros, i);

        if (zero < -128 || zero > 255)
            return err_set(r->e, -EBADMSG, "tensor %s: zero point %u is outside -128..255", t->name,
                           i);
        t->zero = i == 0 || zero == t->zero ? (int32_t)zero : ZERO_MIXED;
    }
    return 0;
}

static int tensor_read(struct reader *r, struct tflite_tensor *t, size_t table)
{
    int rc;

    flat_text(&r->flat, table, TENSOR_NAME, t->name, sizeof(t->name));
    t->type = flat_byte(&r->flat, table, TENSOR_TYPE, 0);
    rc = shape_read(r, t, table);
    if (rc >= 0)
        rc = data_read(r, t, table);
    if (rc >= 0)
        rc = scaling_read(r, t, table);
    return rc;
}

/* ---- operators ----------------------------------------------------------------------------- */

static int list_read(struct reader *r, struct flat_list from, uint32_t tensors, int32_t *ret,
                     uint32_t *n, uint32_t max)
{
    if (from.n > max)
        return err_set(r->e, -E2BIG, "an operator has %u inputs or outputs, at most %u are known",
                       from.n, max);
    for (uint32_t i = 0; i < from.n; i++) {
        ret[i] = flat_item_int(&r->flat, from, i);
        if (ret[i] < -1 || ret[i] >= (int32_t)tensors)
            return err_set(r->e, -EBADMSG, "an operator speaks of tensor %d of %u", (int)ret[i],
                           tensors);
    }
    *n = from.n;
    return 0;
}

/* Conv2DOptions and DepthwiseConv2DOptions: the latter has its multiplier in between. */
static void conv_options(struct reader *r, struct tflite_op *op, size_t o, bool is_deep)
{
    unsigned after = is_deep ? 1 : 0;

    op->padding = flat_byte(&r->flat, o, 0, 0);
    op->stride_t = flat_int(&r->flat, o, 2, 1);
    op->multiplier = is_deep ? flat_int(&r->flat, o, 3, 1) : 1;
    op->activation = flat_byte(&r->flat, o, 3 + after, 0);
    op->dilation_t = flat_int(&r->flat, o, 5 + after, 1);
}

static int options_read(struct reader *r, struct tflite_op *op, size_t o)
{
    switch (op->code) {
    case TFLITE_CONV_2D:
    case TFLITE_DEPTHWISE_CONV_2D:
        conv_options(r, op, o, op->code == TFLITE_DEPTHWISE_CONV_2D);
        return 0;
    case TFLITE_FULLY_CONNECTED:
        op->activation = flat_byte(&r->flat, o, 0, 0);
        return 0;
    case TFLITE_CONCATENATION:
        op->axis = flat_int(&r->flat, o, 0, 0);
        op->activation = flat_byte(&r->flat, o, 1, 0);
        return 0;
    case TFLITE_STRIDED_SLICE:
        op->begin_mask = flat_int(&r->flat, o, 0, 0);
        op->end_mask = flat_int(&r->flat, o, 1, 0);
        op->other_masks = flat_int(&r->flat, o, 2, 0) | flat_int(&r->flat, o, 3, 0) |
                          flat_int(&r->flat, o, 4, 0);
        return 0;
    case TFLITE_VAR_HANDLE:
        if (flat_text(&r->flat, o, 1, op->variable, sizeof(op->variable)))
            return 0;
        return err_set(r->e, -ENOTSUP, "the name of variable %s is too long or not plain",
                       op->variable);
    case TFLITE_CALL_ONCE:
        op->graph = flat_int(&r->flat, o, 0, 0);
        return 0;
    case TFLITE_LOGISTIC:
    case TFLITE_RESHAPE:
    case TFLITE_SPLIT_V:
    case TFLITE_QUANTIZE:
    case TFLITE_READ_VARIABLE:
    case TFLITE_ASSIGN_VARIABLE:
        return 0;
    }
    return err_set(r->e, -ENOTSUP, "%s (%d) is no operator of a microWakeWord v2 model",
                   tflite_code_name((int)op->code), (int)op->code);
}

static int op_read(struct reader *r, struct tflite_op *op, size_t table, uint32_t tensors)
{
    int32_t code = flat_int(&r->flat, table, OP_CODE, 0);
    int rc;

    if (code < 0 || (uint32_t)code >= r->codes_n)
        return err_set(r->e, -EBADMSG, "an operator is of kind %d of %u", (int)code, r->codes_n);
    op->code = (enum tflite_code)r->codes[code];
    rc = list_read(r, flat_list(&r->flat, table, OP_INPUTS, 4), tensors, op->inputs, &op->inputs_n,
                   TFLITE_INPUTS);
    if (rc >= 0)
        rc = list_read(r, flat_list(&r->flat, table, OP_OUTPUTS, 4), tensors, op->outputs,
                       &op->outputs_n, TFLITE_OUTPUTS);
    return rc < 0 ? rc : options_read(r, op, flat_table(&r->flat, table, OP_OPTIONS));
}

/* ---- graphs -------------------------------------------------------------------------------- */

static int32_t first_of(struct reader *r, size_t table, unsigned field, uint32_t tensors, uint32_t *n)
{
    struct flat_list l = flat_list(&r->flat, table, field, 4);
    int32_t first = l.n > 0 ? flat_item_int(&r->flat, l, 0) : -1;

    *n = l.n;
    return first >= 0 && first < (int32_t)tensors ? first : -1;
}

static int graph_read(struct reader *r, struct tflite_graph *g, size_t table)
{
    struct flat_list tensors = flat_list(&r->flat, table, GRAPH_TENSORS, 4);
    struct flat_list ops = flat_list(&r->flat, table, GRAPH_OPS, 4);
    int rc = 0;

    if (tensors.n > TFLITE_TENSORS || ops.n > TFLITE_OPS)
        return err_set(r->e, -E2BIG, "%u tensors and %u operators, at most %d and %d are known",
                       tensors.n, ops.n, TFLITE_TENSORS, TFLITE_OPS);
    g->tensors_n = tensors.n;
    g->ops_n = ops.n;
    for (uint32_t i = 0; rc >= 0 && i < tensors.n; i++)
        rc = tensor_read(r, &g->tensors[i], flat_item(&r->flat, tensors, i));
    for (uint32_t i = 0; rc >= 0 && i < ops.n; i++)
        rc = op_read(r, &g->ops[i], flat_item(&r->flat, ops, i), tensors.n);
    g->input = first_of(r, table, GRAPH_INPUTS, tensors.n, &g->inputs_n);
    g->output = first_of(r, table, GRAPH_OUTPUTS, tensors.n, &g->outputs_n);
    return rc;
}

/* The kind of an operator stands in the old field, or in the new one where it needs more than 127. */
static int codes_read(struct reader *r, size_t model)
{
    struct flat_list codes = flat_list(&r->flat, model, MODEL_CODES, 4);

    if (codes.n > TFLITE_CODES)
        return err_set(r->e, -E2BIG, "%u kinds of operators, at most %d are known", codes.n,
                       TFLITE_CODES);
    for (uint32_t i = 0; i < codes.n; i++) {
        size_t code = flat_item(&r->flat, codes, i);
        int old = flat_byte(&r->flat, code, CODE_OLD, 0);
        int new = flat_int(&r->flat, code, CODE_NEW, 0);

        r->codes[i] = new > old ? new : old;
    }
    r->codes_n = codes.n;
    return 0;
}

int tflite_parse(struct tflite *ret, const void *bytes, size_t len, struct err *e)
{
    struct reader r = { .flat = { .bytes = bytes, .len = len }, .e = e };
    size_t model = flat_root(&r.flat, "TFL3");
    struct flat_list graphs;
    int rc;

    memset(ret, 0, sizeof(*ret));
    if (model == FLAT_NONE || flat_int(&r.flat, model, MODEL_VERSION, 0) != 3)
        return err_set(e, -EBADMSG, "this is no TensorFlow Lite model (TFL3)");
    graphs = flat_list(&r.flat, model, MODEL_GRAPHS, 4);
    if (graphs.n < 1 || graphs.n > TFLITE_GRAPHS)
        return err_set(e, -ENOTSUP, "%u graphs, 1 or %d are known", graphs.n, TFLITE_GRAPHS);
    r.buffers = flat_list(&r.flat, model, MODEL_BUFFERS, 4);
    rc = codes_read(&r, model);
    ret->graphs_n = graphs.n;
    for (uint32_t i = 0; rc >= 0 && i < graphs.n; i++)
        rc = graph_read(&r, &ret->graphs[i], flat_item(&r.flat, graphs, i));
    if (r.flat.is_broken)
        return err_set(e, -EBADMSG, "the model is cut or damaged");
    return rc;
}
