/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/onnx.h - writes ONNX files for the tests: tensors in a branch of an "If" node. */
#ifndef JARVIS_TESTS_LIB_ONNX_H
#define JARVIS_TESTS_LIB_ONNX_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct onnx_text { /* bytes that grow */
    uint8_t *at; /* owned */
    size_t n;
};

static inline void onnx_bytes(struct onnx_text *t, const void *bytes, size_t n)
{
    t->at = realloc(t->at, t->n + n + 1);
    if (!t->at)
        abort();
    if (n > 0)
        memcpy(t->at + t->n, bytes, n);
    t->n += n;
}

static inline void onnx_varint(struct onnx_text *t, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));

        onnx_bytes(t, &byte, 1);
        value >>= 7;
    } while (value > 0);
}

static inline void onnx_number(struct onnx_text *t, unsigned field, uint64_t value)
{
    onnx_varint(t, field << 3);
    onnx_varint(t, value);
}

/* `part` is taken over. */
static inline void onnx_part(struct onnx_text *t, unsigned field, struct onnx_text part)
{
    onnx_varint(t, field << 3 | 2);
    onnx_varint(t, part.n);
    onnx_bytes(t, part.at, part.n);
    free(part.at);
}

static inline struct onnx_text onnx_word(const char *text)
{
    struct onnx_text t = { 0 };

    onnx_bytes(&t, text, strlen(text));
    return t;
}

/* Node `op` whose attribute `name` holds `part` in `field`. */
static inline struct onnx_text onnx_node(const char *op, const char *name, unsigned field,
                                         struct onnx_text part)
{
    struct onnx_text attribute = { 0 }, node = { 0 };

    onnx_part(&attribute, 1, onnx_word(name));
    onnx_part(&attribute, field, part);
    onnx_part(&node, 2, onnx_word("out")); /* a field that nobody asks for */
    onnx_part(&node, 4, onnx_word(op));
    onnx_part(&node, 5, attribute);
    return node;
}

/* The tensor `name` of dims[0] x ... (0: no more, four at most). */
static inline struct onnx_text onnx_floats(const char *name, const uint32_t *dims, size_t dims_n,
                                           const float *floats)
{
    struct onnx_text tensor = { 0 }, raw = { 0 };
    size_t n = 1;

    for (size_t i = 0; i < dims_n && dims[i] > 0; i++) {
        onnx_number(&tensor, 1, dims[i]);
        n *= dims[i];
    }
    onnx_number(&tensor, 2, 1);
    onnx_part(&tensor, 8, onnx_word(name));
    onnx_bytes(&raw, floats, n * sizeof(*floats));
    onnx_part(&tensor, 9, raw);
    return tensor;
}

/* Adds the Constant `name` to the branch. */
static inline void onnx_tensor(struct onnx_text *branch, const char *name, const uint32_t dims[3],
                               const float *floats)
{
    onnx_part(branch, 1, onnx_node("Constant", "value", 5, onnx_floats(name, dims, 3, floats)));
}

/* Adds it to the graph itself. */
static inline void onnx_initializer(struct onnx_text *graph, const char *name,
                                    const uint32_t dims[4], const float *floats)
{
    onnx_part(graph, 5, onnx_floats(name, dims, 4, floats));
}

/* The file with that graph, which is taken over. */
static inline struct onnx_text onnx_model(struct onnx_text graph)
{
    struct onnx_text model = { 0 };

    onnx_number(&model, 1, 8); /* ir_version */
    onnx_part(&model, 7, graph);
    return model;
}

/* The file with that branch; `branch` is taken over. */
static inline struct onnx_text onnx_file(const char *name, struct onnx_text branch)
{
    struct onnx_text graph = { 0 };

    onnx_part(&graph, 1, onnx_node("If", name, 6, branch));
    return onnx_model(graph);
}

#endif
