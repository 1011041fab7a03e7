/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wake_helper.h - the wake engine that lives in jarvis-stt.
 *
 * Sends eight blocks at a time: twelve wake-ups of the helper a second instead of a
 * hundred, for 40 ms of delay on average. feed() never says "heard"; the hits come as
 * WAKE_PROGRESS to the main loop (speech/stt.h).
 * Threads: listen thread. */
#ifndef JARVIS_SPEECH_WAKE_HELPER_H
#define JARVIS_SPEECH_WAKE_HELPER_H

#include "speech/stt.h"
#include "wake/engine.h"

enum { WAKE_HELPER_BLOCKS = 8 };

struct wake_helper {
    struct stt *stt; /* borrowed */
    uint64_t position;
    size_t n; /* samples waiting */
    int16_t frames[WAKE_HELPER_BLOCKS * BLOCK_FRAMES];
};

/* Fills *ret; it works on `w`, which outlives it. */
void wake_helper_init(struct wake_helper *w, struct stt *stt, struct wake_engine *ret);

#endif
