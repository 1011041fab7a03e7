/* SPDX-License-Identifier: Apache-2.0 */
/* wake/tflite.h - the graphs of a .tflite file as tables: shapes, scales, operators. Nothing runs.
 *
 * Of the format only what microWakeWord models are made of is known; the rest is refused by name.
 * The bytes are not trusted: every offset, count and size is checked, counts have bounds, the time is
 * linear. What a tensor says of itself is checked here (its shape holds its bytes); whether operators
 * fit together is micro_net_parse()'s part.
 * Source: TensorFlow Lite's schema, version 3 (field numbers); no code.
 * Threads: no shared state. */
#ifndef JARVIS_WAKE_TFLITE_H
#define JARVIS_WAKE_TFLITE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TFLITE_TENSORS = 256, TFLITE_OPS = 256, TFLITE_GRAPHS = 2, TFLITE_DIMS = 4, TFLITE_INPUTS = 6,
    TFLITE_OUTPUTS = 4, TFLITE_NAME = 48, TFLITE_ITEMS_MAX = 1 << 20, TFLITE_CODES = 64,
    TFLITE_SCALES = 1024,
};

enum tflite_type { TFLITE_FLOAT32 = 0, TFLITE_INT32 = 2, TFLITE_UINT8 = 3, TFLITE_INT8 = 9,
                   TFLITE_RESOURCE = 13 };

/* Numbers of BuiltinOperator. */
enum tflite_code {
    TFLITE_CONCATENATION = 2, TFLITE_CONV_2D = 3, TFLITE_DEPTHWISE_CONV_2D = 4,
    TFLITE_FULLY_CONNECTED = 9, TFLITE_LOGISTIC = 14, TFLITE_RESHAPE = 22, TFLITE_STRIDED_SLICE = 45,
    TFLITE_SPLIT_V = 102, TFLITE_QUANTIZE = 114, TFLITE_CALL_ONCE = 129, TFLITE_VAR_HANDLE = 142,
    TFLITE_READ_VARIABLE = 143, TFLITE_ASSIGN_VARIABLE = 144,
};

struct tflite_tensor {
    char name[TFLITE_NAME];
    int type; /* enum tflite_type, or one that is not known */
    unsigned rank;
    uint32_t dims[TFLITE_DIMS];
    size_t n;            /* items; 1 where it has no shape */
    const uint8_t *data; /* a constant's, not aligned, borrowed from the file; NULL: made by an op */
    size_t bytes;
    const uint8_t *scales; /* floats, not aligned; scales_n of them */
    uint32_t scales_n;
    int32_t zero;          /* the one zero point; -1000: several that differ */
    int axis;              /* of several scales */
};

struct tflite_op {
    enum tflite_code code;
    uint32_t inputs_n, outputs_n;
    int32_t inputs[TFLITE_INPUTS];   /* tensors of its graph; -1: none */
    int32_t outputs[TFLITE_OUTPUTS];
    int activation, padding;         /* 0 none, 1 ReLU; 0 SAME, 1 VALID */
    int32_t stride_t, dilation_t, multiplier, axis, begin_mask, end_mask, other_masks, graph;
    char variable[TFLITE_NAME];      /* VAR_HANDLE */
};

struct tflite_graph {
    uint32_t tensors_n, ops_n, inputs_n, outputs_n;
    int32_t input, output; /* the first ones; -1: none */
    struct tflite_tensor tensors[TFLITE_TENSORS];
    struct tflite_op ops[TFLITE_OPS];
};

struct tflite {
    uint32_t graphs_n;
    struct tflite_graph graphs[TFLITE_GRAPHS];
};

/* `ret` is large (about 150 kB): not for a stack. It points into `bytes`.
 * -EBADMSG no such file or cut; -E2BIG more than the counts above; -ENOTSUP an operator, a type or a
 * shape that such models do not have, named. */
int tflite_parse(struct tflite *ret, const void *bytes, size_t len, struct err *e);
/* "CONV_2D", or that it is not known. */
const char *tflite_code_name(int code);
float tflite_scale(const struct tflite_tensor *t, uint32_t index);
int32_t tflite_int32(const struct tflite_tensor *t, size_t index); /* of an INT32 constant */

#endif
