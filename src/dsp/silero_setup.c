/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/silero_setup.c - the network's weights out of its ONNX file (tools/weights.txt). */
#include "base/file.h"
#include "base/must.h"
#include "base/onnx.h"
#include "dsp/silero_net.h"

#include <stdlib.h>
#include <string.h>

static const char of_16_khz[] = "then_branch";
static const char meant[] = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3";

enum {
    BASIS, FIRST, FIRST_BIAS, SECOND, SECOND_BIAS, THIRD, THIRD_BIAS, FOURTH, FOURTH_BIAS,
    GATES_X, GATES_H, GATES_X_BIAS, GATES_H_BIAS, OUT, OUT_BIAS, ROWS_N
};

static const struct onnx_row rows_wanted[ROWS_N] = {
    [BASIS] = { "stft.forward_basis_buffer", { 2 * SILERO_BINS, 1, SILERO_WINDOW }, NULL },
    [FIRST] = { "encoder.0.reparam_conv.weight", { SILERO_WIDE, SILERO_BINS, SILERO_TAPS }, NULL },
    [FIRST_BIAS] = { "encoder.0.reparam_conv.bias", { SILERO_WIDE }, NULL },
    [SECOND] = { "encoder.1.reparam_conv.weight", { SILERO_SLIM, SILERO_WIDE, SILERO_TAPS }, NULL },
    [SECOND_BIAS] = { "encoder.1.reparam_conv.bias", { SILERO_SLIM }, NULL },
    [THIRD] = { "encoder.2.reparam_conv.weight", { SILERO_SLIM, SILERO_SLIM, SILERO_TAPS }, NULL },
    [THIRD_BIAS] = { "encoder.2.reparam_conv.bias", { SILERO_SLIM }, NULL },
    [FOURTH] = { "encoder.3.reparam_conv.weight", { SILERO_WIDE, SILERO_SLIM, SILERO_TAPS }, NULL },
    [FOURTH_BIAS] = { "encoder.3.reparam_conv.bias", { SILERO_WIDE }, NULL },
    [GATES_X] = { "decoder.rnn.weight_ih", { SILERO_GATES, SILERO_WIDE }, NULL },
    [GATES_H] = { "decoder.rnn.weight_hh", { SILERO_GATES, SILERO_WIDE }, NULL },
    [GATES_X_BIAS] = { "decoder.rnn.bias_ih", { SILERO_GATES }, NULL },
    [GATES_H_BIAS] = { "decoder.rnn.bias_hh", { SILERO_GATES }, NULL },
    [OUT] = { "decoder.decoder.2.weight", { 1, SILERO_WIDE, 1 }, NULL },
    [OUT_BIAS] = { "decoder.decoder.2.bias", { 1 }, NULL },
};

/* Where a layer's weights go, and which of the file's taps are wanted. */
struct pack {
    float *to;
    int inputs, input_from, tap_from, taps;
};

/* The file has [output][channel][tap]; see silero_net.h for ours. */
static void pack(const struct onnx_row *row, struct pack p)
{
    int outputs = (int)row->dims[0], channels = (int)row->dims[1];
    int taps = row->dims[2] > 0 ? (int)row->dims[2] : 1;

    must(outputs % SILERO_LANE == 0 && p.tap_from + p.taps <= taps);
    must(p.input_from + p.taps * channels <= p.inputs);
    for (int o = 0; o < outputs; o++)
        for (int t = 0; t < p.taps; t++)
            for (int c = 0; c < channels; c++) {
                int block = o / SILERO_LANE, input = p.input_from + t * channels + c;
                int at = (block * p.inputs + input) * SILERO_LANE + o % SILERO_LANE;

                p.to[at] = onnx_float(row->raw, (size_t)((o * channels + c) * taps + p.tap_from + t));
            }
}

static void copy(float *to, const struct onnx_row *row, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = onnx_float(row->raw, (size_t)i);
}

static void net_fill(struct silero_net *n, const struct onnx_row *rows)
{
    const int wide = SILERO_WIDE, slim = SILERO_SLIM, taps = SILERO_TAPS;

    pack(&rows[FIRST], (struct pack){ n->first, taps * SILERO_BINS, 0, 0, taps });
    pack(&rows[SECOND], (struct pack){ n->second, taps * wide, 0, 0, taps });
    pack(&rows[THIRD], (struct pack){ n->third, taps * slim, 0, 0, taps });
    pack(&rows[FOURTH], (struct pack){ n->fourth, slim, 0, taps / 2, 1 });
    pack(&rows[GATES_X], (struct pack){ n->gates, 2 * wide, 0, 0, 1 });
    pack(&rows[GATES_H], (struct pack){ n->gates, 2 * wide, wide, 0, 1 });
    copy(n->first_bias, &rows[FIRST_BIAS], wide);
    copy(n->second_bias, &rows[SECOND_BIAS], slim);
    copy(n->third_bias, &rows[THIRD_BIAS], slim);
    copy(n->fourth_bias, &rows[FOURTH_BIAS], wide);
    copy(n->gates_bias, &rows[GATES_X_BIAS], SILERO_GATES);
    for (size_t i = 0; i < SILERO_GATES; i++)
        n->gates_bias[i] += onnx_float(rows[GATES_H_BIAS].raw, i);
    copy(n->out, &rows[OUT], wide);
    copy(&n->out_bias, &rows[OUT_BIAS], 1);
    copy(n->window, &rows[BASIS], SILERO_WINDOW); /* cos 0 = 1: the window alone */
    fft_init(&n->fft, SILERO_WINDOW);
}

int silero_net_parse(struct silero_net **ret, const void *bytes, size_t len, struct err *e)
{
    AUTO(silero_net_freep) struct silero_net *n = NULL;
    struct onnx_row rows[ROWS_N];
    int r;

    memcpy(rows, rows_wanted, sizeof(rows));
    r = onnx_find(rows, ROWS_N, of_16_khz, bytes, len, e);
    if (r < 0)
        return err_wrap(e, r, "the voice network");
    n = calloc(1, sizeof(*n));
    if (!n)
        return err_set(e, -ENOMEM, "the voice network: out of memory");
    net_fill(n, rows);
    *ret = STEAL(n);
    return 0;
}

int silero_net_new(struct silero_net **ret, const char *path, struct err *e)
{
    AUTO_FREE char *bytes = NULL;
    size_t len;
    int r = file_read_meant(&bytes, &len, path, SILERO_FILE_MAX, meant, e);

    return r < 0 ? r : silero_net_parse(ret, bytes, len, e);
}

struct silero_net *silero_net_free(struct silero_net *n)
{
    free(n);
    return NULL;
}
