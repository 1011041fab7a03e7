/* SPDX-License-Identifier: Apache-2.0 */
/* speech/voiced.h - does this block hold a voice? The network's word, or the loudness's.
 *
 *     blocks of 10 ms -> chunks of 32 ms -> dsp/silero -> p -> above .8: voiced, below .6: not
 *
 * Between two chunks the last word stands, so it is up to 32 ms old. Without a network (its file
 * was not installed) it is what the capture chain's VAD said of the block.
 * Threads: the listen thread only; caller's memory, no heap. */
#ifndef JARVIS_SPEECH_VOICED_H
#define JARVIS_SPEECH_VOICED_H

#include "dsp/silero.h"
#include "rt/block.h"

#include <stdbool.h>

struct voiced {
    bool has_network;
    bool is_voice; /* the network's last word */
    struct silero silero;
    size_t fill; /* samples waiting in chunk */
    int16_t chunk[SILERO_CHUNK];
};

void voiced_init(struct voiced *v, const struct silero_net *net); /* net: borrowed; NULL: none */
bool voiced_step(struct voiced *v, const struct audio_block *b);

#endif
