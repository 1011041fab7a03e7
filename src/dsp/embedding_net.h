/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/embedding_net.h - the weights as embedding.c walks them; made by embedding_setup.c alone.
 *
 * A layer's weights stand in blocks of EMBEDDING_LANE outputs; in a block for each row of the
 * kernel, each band of it and each input the weights of all outputs of the block, so that the inner
 * loop reads them in order.
 * Threads: constant after embedding_net_new(). */
#ifndef JARVIS_DSP_EMBEDDING_NET_H
#define JARVIS_DSP_EMBEDDING_NET_H

#include "dsp/embedding.h"

enum { EMBEDDING_LANE = 24, EMBEDDING_WEIGHTS = 326808, EMBEDDING_BIASES = 1416 };

struct embedding_layer {
    int rows, bands;           /* of the kernel */
    int inputs, outputs;       /* channels */
    int wide, step;            /* bands of the layer, its new rows a step */
    int pool_rows, pool_bands; /* of which the largest is handed on; 1: of none */
};

extern const struct embedding_layer embedding_layers[EMBEDDING_LAYERS];

struct embedding_net {
    _Alignas(16) float weights[EMBEDDING_WEIGHTS];
    float biases[EMBEDDING_BIASES]; /* the last layer's are 0 */
    struct melspec mel;
};

#endif
