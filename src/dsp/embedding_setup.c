/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/embedding_setup.c - the network's weights out of its ONNX file (tools/weights.txt). */
#include "base/file.h"
#include "base/must.h"
#include "base/onnx.h"
#include "dsp/embedding_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char meant[] = "70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f";

enum { NAME_BYTES = 64, BIAS = EMBEDDING_LAYERS, ROWS_N = 2 * EMBEDDING_LAYERS - 1 };

must_const((int)ROWS_N <= (int)ONNX_ROWS_MAX);

/* The weights of each layer, then the biases of all but the last. */
static void rows_want(struct onnx_row *rows, char (*names)[NAME_BYTES])
{
    for (int i = 0; i < EMBEDDING_LAYERS; i++) {
        const struct embedding_layer *l = &embedding_layers[i];
        bool last = i + 1 == EMBEDDING_LAYERS;
        char number[8] = "";

        if (i > 0)
            snprintf(number, sizeof(number), "_%d", i);
        snprintf(names[i], NAME_BYTES, "model/conv2d%s/%s", number,
                 last ? "Conv2D/ReadVariableOp:0" : "Conv2D_weights_fused_bn");
        rows[i] = (struct onnx_row){ names[i], { (uint32_t)l->outputs, (uint32_t)l->inputs,
                                                 (uint32_t)l->rows, (uint32_t)l->bands }, NULL };
        if (last)
            break;
        snprintf(names[BIAS + i], NAME_BYTES, "model/conv2d%s/Conv2D_bias_fused_bn", number);
        rows[BIAS + i] = (struct onnx_row){ names[BIAS + i], { (uint32_t)l->outputs }, NULL };
    }
}

/* The file has [output][input][row][band]; see embedding_net.h for ours. Returns how many. */
static int pack(float *to, const struct embedding_layer *l, const uint8_t *raw)
{
    int taps = l->rows * l->bands, n = taps * l->inputs;

    must(l->outputs % EMBEDDING_LANE == 0);
    for (int o = 0; o < l->outputs; o++)
        for (int i = 0; i < l->inputs; i++)
            for (int t = 0; t < taps; t++) {
                int block = o / EMBEDDING_LANE, lane = o % EMBEDDING_LANE;

                to[(block * n + t * l->inputs + i) * EMBEDDING_LANE + lane] =
                    onnx_float(raw, (size_t)((o * l->inputs + i) * taps + t));
            }
    return n * l->outputs;
}

static void net_fill(struct embedding_net *n, const struct onnx_row *rows)
{
    float *w = n->weights, *bias = n->biases;

    for (int i = 0; i < EMBEDDING_LAYERS; i++) {
        const struct embedding_layer *l = &embedding_layers[i];

        w += pack(w, l, rows[i].raw);
        for (int o = 0; o < l->outputs; o++)
            *bias++ = i + 1 < EMBEDDING_LAYERS ? onnx_float(rows[BIAS + i].raw, (size_t)o) : 0.0f;
    }
    must(w == n->weights + EMBEDDING_WEIGHTS && bias == n->biases + EMBEDDING_BIASES);
    melspec_init(&n->mel);
}

int embedding_net_parse(struct embedding_net **ret, const void *bytes, size_t len, struct err *e)
{
    struct embedding_net *n;
    char names[ROWS_N][NAME_BYTES];
    struct onnx_row rows[ROWS_N];
    int r;

    rows_want(rows, names);
    r = onnx_find(rows, ROWS_N, NULL, bytes, len, e);
    n = r < 0 ? NULL : calloc(1, sizeof(*n));
    if (r >= 0 && !n)
        r = err_set(e, -ENOMEM, "out of memory");
    if (r < 0)
        return err_wrap(e, r, "the speech embedding");
    net_fill(n, rows);
    *ret = n;
    return 0;
}

int embedding_net_new(struct embedding_net **ret, const char *path, struct err *e)
{
    AUTO_FREE char *bytes = NULL;
    size_t len;
    int r = file_read_meant(&bytes, &len, path, EMBEDDING_FILE_MAX, meant, e);

    return r < 0 ? r : embedding_net_parse(ret, bytes, len, e);
}

struct embedding_net *embedding_net_free(struct embedding_net *n)
{
    free(n);
    return NULL;
}
