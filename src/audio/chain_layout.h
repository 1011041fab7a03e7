/* SPDX-License-Identifier: Apache-2.0 */
/* audio/chain_layout.h - what a chain is made of; for chain.c and chain_setup.c only. */
#ifndef JARVIS_AUDIO_CHAIN_LAYOUT_H
#define JARVIS_AUDIO_CHAIN_LAYOUT_H

#include "audio/chain.h"

struct chain_link {
    const struct stage *stage; /* borrowed */
    unsigned taps;
    unsigned in, out; /* channels */
    void *state;      /* owned */
};

struct chain {
    size_t n;
    struct chain_link links[CHAIN_STAGES_MAX];
    float work[STAGE_CHANNELS_MAX][STAGE_FRAMES]; /* what the stage before put out */
};

#endif
