/* SPDX-License-Identifier: Apache-2.0 */
/* wake/engine.h - a wake-word detector as a table of functions, and the pre-roll.
 *
 * Audio goes in as 10 ms blocks of tap A. A detection comes back from feed() where the
 * engine runs in the listen thread (the neural ones to come). An engine in a helper process
 * only sends the sound from feed(); its hits arrive with whoever reads the helper's answers
 * (speech/wake_helper.h) and take the same way from there.
 * Threads: all calls on the listen thread. */
#ifndef JARVIS_WAKE_ENGINE_H
#define JARVIS_WAKE_ENGINE_H

#include "base/err.h"
#include "rt/block.h"

enum { WAKE_ENGINE_VERSION = 1 };

struct wake_hit {
    uint64_t from_position, to_position; /* of the word in the 16 kHz stream */
    double score;                        /* engine's own scale; larger is surer */
    char phrase[64];
};

struct wake_engine {
    int version;
    const char *name;
    unsigned blocks; /* that it takes at a time: there is no sense in waking for fewer */
    void *self; /* the engine's own state; passed to each call */
    /* 1: heard (ret filled), 0: nothing, negative errno: the engine is not able to listen now. */
    int (*feed)(void *self, const struct audio_block *b, struct wake_hit *ret);
    /* Forgets what it heard so far (after a wake, a gap in the stream, mute). */
    void (*clear)(void *self);
};

#endif
