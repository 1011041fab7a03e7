/* SPDX-License-Identifier: Apache-2.0 */
/* base/onnx.c - weights by name out of an ONNX file. */
#include "base/onnx.h"

#include "base/must.h"

#include <stdbool.h>
#include <string.h>

must_const(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__); /* raw_data is */

enum { FLOAT = 1, /* TensorProto.DataType */
       VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* Field numbers of onnx.proto. */
enum {
    MODEL_GRAPH = 7,
    GRAPH_NODE = 1, GRAPH_INITIALIZER = 5,
    NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5,
    ATTRIBUTE_NAME = 1, ATTRIBUTE_TENSOR = 5, ATTRIBUTE_GRAPH = 6,
    TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9,
};

struct span {
    const uint8_t *at;
    size_t n;
};

struct field {
    uint64_t number, value; /* value: of a varint */
    unsigned wire;
    struct span bytes;
};

struct search {
    struct onnx_row *rows;
    size_t n;
    const uint8_t *found[ONNX_ROWS_MAX];
    struct err *e;
};

/* ---- wire format --------------------------------------------------------------------------- */

static bool take_varint(struct span *s, uint64_t *ret)
{
    uint64_t value = 0;

    for (int shift = 0; shift < 64 && s->n > 0; shift += 7) {
        uint8_t byte = *s->at++;

        s->n--;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct span *s, uint64_t n, struct span *ret)
{
    if (n > s->n)
        return false;
    *ret = (struct span){ s->at, (size_t)n };
    s->at += n;
    s->n -= (size_t)n;
    return true;
}

/* 1 and the next field; 0 at the end; -EBADMSG. */
static int field_next(struct span *s, struct field *f)
{
    uint64_t key, n;

    if (s->n == 0)
        return 0;
    if (!take_varint(s, &key))
        return -EBADMSG;
    *f = (struct field){ .number = key >> 3, .wire = (unsigned)(key & 7) };
    if (f->wire == VARINT)
        return take_varint(s, &f->value) ? 1 : -EBADMSG;
    if (f->wire == FIXED64 || f->wire == FIXED32)
        return take_bytes(s, f->wire == FIXED64 ? 8 : 4, &f->bytes) ? 1 : -EBADMSG;
    if (f->wire != BYTES || !take_varint(s, &n) || !take_bytes(s, n, &f->bytes))
        return -EBADMSG;
    return 1;
}

static bool span_is(const struct span *s, const char *text)
{
    return s->n == strlen(text) && memcmp(s->at, text, s->n) == 0;
}

/* The first part of that number: 1 found, 0 none, -EBADMSG. */
static int part_find(struct span *ret, struct span of, unsigned number)
{
    struct field f;
    int r;

    while ((r = field_next(&of, &f)) > 0)
        if (f.number == number && f.wire == BYTES) {
            *ret = f.bytes;
            return 1;
        }
    return r;
}

/* ---- tensors ------------------------------------------------------------------------------- */

struct tensor {
    uint64_t dims[ONNX_DIMS];
    size_t dims_n; /* more than ONNX_DIMS: too many */
    uint64_t type;
    struct span name, raw;
};

static void tensor_dim(struct tensor *t, uint64_t dim)
{
    if (t->dims_n < ONNX_DIMS)
        t->dims[t->dims_n] = dim;
    t->dims_n++;
}

static int tensor_dims(struct tensor *t, const struct field *f)
{
    struct span packed = f->bytes;
    uint64_t dim;

    if (f->wire == VARINT)
        tensor_dim(t, f->value);
    while (f->wire == BYTES && packed.n > 0) {
        if (!take_varint(&packed, &dim))
            return -EBADMSG;
        tensor_dim(t, dim);
    }
    return 0;
}

static int tensor_read(struct tensor *t, struct span s)
{
    struct field f;
    int r;

    *t = (struct tensor){ .dims_n = 0 };
    while ((r = field_next(&s, &f)) > 0) {
        if (f.number == TENSOR_DIMS && tensor_dims(t, &f) < 0)
            return -EBADMSG;
        if (f.number == TENSOR_TYPE && f.wire == VARINT)
            t->type = f.value;
        if (f.number == TENSOR_NAME && f.wire == BYTES)
            t->name = f.bytes;
        if (f.number == TENSOR_RAW && f.wire == BYTES)
            t->raw = f.bytes;
    }
    return r;
}

static bool tensor_fits(const struct tensor *t, const struct onnx_row *row)
{
    size_t floats = 1, n = 0;

    while (n < ONNX_DIMS && row->dims[n] > 0) {
        if (n >= t->dims_n || t->dims[n] != row->dims[n])
            return false;
        floats *= row->dims[n++];
    }
    return t->dims_n == n && t->type == FLOAT && t->raw.n == floats * sizeof(float);
}

static int tensor_take(struct search *s, struct span bytes)
{
    struct tensor t;

    if (tensor_read(&t, bytes) < 0)
        return err_set(s->e, -EBADMSG, "a tensor is garbled");
    for (size_t i = 0; i < s->n; i++) {
        const char *name = s->rows[i].name;

        if (!span_is(&t.name, name))
            continue;
        if (s->found[i])
            return err_set(s->e, -EEXIST, "'%s' stands there twice", name);
        if (!tensor_fits(&t, &s->rows[i]))
            return err_set(s->e, -EINVAL, "'%s' is of another size or kind", name);
        s->found[i] = t.raw.at;
    }
    return 0;
}

/* ---- the way to them ----------------------------------------------------------------------- */

/* The part `number` of the attribute `name` of a node of type `op`: 1 found, 0 none, -EBADMSG. */
static int node_part(struct span *ret, struct span node, const char *op, const char *name,
                     unsigned number)
{
    struct span type, left = node, of;
    struct field f;
    int r = part_find(&type, node, NODE_OP_TYPE);

    if (r <= 0 || !span_is(&type, op))
        return r < 0 ? r : 0;
    while ((r = field_next(&left, &f)) > 0) {
        if (f.number != NODE_ATTRIBUTE || f.wire != BYTES)
            continue;
        r = part_find(&of, f.bytes, ATTRIBUTE_NAME);
        if (r > 0 && span_is(&of, name))
            return part_find(ret, f.bytes, number);
        if (r < 0)
            return r;
    }
    return r;
}

static int body_read(struct search *s, struct span body)
{
    struct span tensor;
    struct field f;
    int r;

    while ((r = field_next(&body, &f)) > 0) {
        if (f.number != GRAPH_NODE || f.wire != BYTES)
            continue;
        r = node_part(&tensor, f.bytes, "Constant", "value", ATTRIBUTE_TENSOR);
        if (r > 0)
            r = tensor_take(s, tensor);
        if (r < 0)
            break;
    }
    return r;
}

static int graph_read(struct search *s, struct span graph, const char *branch)
{
    struct span body;
    struct field f;
    int r;

    while ((r = field_next(&graph, &f)) > 0) {
        if (f.number != GRAPH_NODE || f.wire != BYTES)
            continue;
        r = node_part(&body, f.bytes, "If", branch, ATTRIBUTE_GRAPH);
        if (r > 0)
            r = body_read(s, body);
        if (r < 0)
            break;
    }
    return r;
}

static int initializers_read(struct search *s, struct span graph)
{
    struct field f;
    int r;

    while ((r = field_next(&graph, &f)) > 0)
        if (f.number == GRAPH_INITIALIZER && f.wire == BYTES && (r = tensor_take(s, f.bytes)) < 0)
            break;
    return r;
}

int onnx_find(struct onnx_row *rows, size_t n, const char *branch, const void *bytes, size_t len,
              struct err *e)
{
    struct err why = ERR_INIT;
    struct search s = { .rows = rows, .n = n, .e = &why };
    struct span graph;
    int r;

    if (!must(n <= ONNX_ROWS_MAX))
        return err_set(e, -EINVAL, "too many tensors are wanted");
    r = part_find(&graph, (struct span){ bytes, len }, MODEL_GRAPH);
    if (r == 0)
        return err_set(e, -EBADMSG, "this is no ONNX file");
    if (r > 0)
        r = branch ? graph_read(&s, graph, branch) : initializers_read(&s, graph);
    if (r < 0)
        return err_set(e, r, "%s", why.code ? err_text(&why) : "the ONNX file is garbled");
    for (size_t i = 0; i < n; i++)
        if (!s.found[i])
            return err_set(e, -ENOENT, "'%s' is missing", rows[i].name);
    for (size_t i = 0; i < n; i++)
        rows[i].raw = s.found[i];
    return 0;
}

float onnx_float(const uint8_t *raw, size_t index)
{
    float value;

    memcpy(&value, raw + index * sizeof(value), sizeof(value));
    return value;
}
