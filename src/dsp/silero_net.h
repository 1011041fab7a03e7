/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/silero_net.h - the weights as silero.c walks them; made by silero_setup.c alone.
 *
 * A layer's weights stand in blocks of SILERO_LANE outputs, each block input by input, so that the
 * inner loop reads them in order and keeps all sums of a block in registers. Inputs of a
 * convolution are numbered tap * channels + channel.
 * Threads: constant after silero_net_new(). */
#ifndef JARVIS_DSP_SILERO_NET_H
#define JARVIS_DSP_SILERO_NET_H

#include "dsp/fft.h"
#include "dsp/silero.h"

enum { SILERO_LANE = 32 };

struct silero_net {
    _Alignas(16) float first[SILERO_TAPS * SILERO_BINS * SILERO_WIDE];
    float second[SILERO_TAPS * SILERO_WIDE * SILERO_SLIM];
    float third[SILERO_TAPS * SILERO_SLIM * SILERO_SLIM];
    float fourth[SILERO_SLIM * SILERO_WIDE]; /* the middle tap */
    float gates[2 * SILERO_WIDE * SILERO_GATES]; /* of x, then of h; outputs i, f, g, o */
    float first_bias[SILERO_WIDE], second_bias[SILERO_SLIM], third_bias[SILERO_SLIM];
    float fourth_bias[SILERO_WIDE], gates_bias[SILERO_GATES];
    float out[SILERO_WIDE], out_bias;
    float window[SILERO_WINDOW];
    struct fft fft;
};

#endif
