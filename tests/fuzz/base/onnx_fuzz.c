/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/base/onnx_fuzz.c - an ONNX file from anywhere: what is found lies inside of it. */
#include "base/onnx.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void find(const uint8_t *data, size_t size, const char *branch)
{
    struct onnx_row rows[] = {
        { "layer.weight", { 3, 1, 2 }, NULL },
        { "layer.bias", { 2 }, NULL },
    };
    const size_t bytes[] = { 24, 8 };
    struct err e = ERR_INIT;
    int r = onnx_find(rows, 2, branch, data, size, &e);

    if (r < 0 && (rows[0].raw || rows[1].raw || e.code != r || e.text[0] == '\0'))
        abort();
    for (int i = 0; r == 0 && i < 2; i++) {
        size_t at = (size_t)(rows[i].raw - data);

        if (at > size || bytes[i] > size - at)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    find(data, size, "then_branch");
    find(data, size, NULL);
    return 0;
}
