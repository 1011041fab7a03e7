/* SPDX-License-Identifier: Apache-2.0 */
/* base/onnx.h - weights by name out of an ONNX file; the graph itself is not read.
 *
 *     ModelProto.graph -> node "If" -> attribute <branch> -> its graph
 *                      -> node "Constant" -> attribute "value" -> TensorProto
 *     ModelProto.graph -> initializer: TensorProto                     (without a branch)
 *
 * Only that way is taken, since both branches of such a file hold tensors of the same names. The
 * bytes are not trusted: every length is checked against what is left, the depth is that of the
 * picture (no recursion) and each byte is looked at once a level, so the time is linear.
 * Source: onnx.proto (field numbers), protocol buffers' wire format.
 * Threads: no shared state. */
#ifndef JARVIS_BASE_ONNX_H
#define JARVIS_BASE_ONNX_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { ONNX_DIMS = 4, ONNX_ROWS_MAX = 48 };

struct onnx_row {
    const char *name;
    uint32_t dims[ONNX_DIMS]; /* wanted; 0 after the last */
    const uint8_t *raw;       /* out: its floats, little-endian, not aligned; borrowed from bytes */
};

/* Finds all rows (ONNX_ROWS_MAX at most) or fails, with the rows as they were: -EBADMSG no such file or cut, -ENOENT a
 * tensor is missing, -EINVAL one is of another size or kind, -EEXIST one stands there twice. */
int onnx_find(struct onnx_row *rows, size_t n, const char *branch, const void *bytes, size_t len,
              struct err *e);
float onnx_float(const uint8_t *raw, size_t index);

#endif
