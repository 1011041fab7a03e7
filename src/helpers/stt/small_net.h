/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/small_net.h - a small network of our own on vectors of the speech embedding.
 *
 *     inputs -> hidden units (weights of 8 bits times a scale, bias, ReLU) -> outputs
 *
 * Its numbers are tables that tools/train-wake has written, constant and without an owner.
 * Threads: any. */
#ifndef JARVIS_STT_SMALL_NET_H
#define JARVIS_STT_SMALL_NET_H

#include <stdint.h>

enum { SMALL_NET_HIDDEN = 24, SMALL_NET_OUTPUTS_MAX = 16 };

struct small_net {
    int inputs, outputs;
    const int8_t *wide;         /* [hidden][input] */
    const float *scale, *bias;  /* [hidden] */
    const float *out;           /* [output][hidden] */
    const float *out_bias;      /* [output] */
};

/* x: n->inputs; ret: n->outputs. */
void small_net_run(const struct small_net *n, const float *x, float *ret);

#endif
