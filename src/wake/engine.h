/* SPDX-License-Identifier: Apache-2.0 */
/* wake/engine.h - a wake-word detector as a table of functions, and the pre-roll.
 *
 * Audio goes in as 10 ms blocks of tap A; a detection comes back either from feed()
 * (engines that run in the listen thread, such as the neural ones to come) or later
 * through the `heard` function (engines in a helper process).
 * Threads: all calls on the listen thread, but `heard` as each engine says. */
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
    void *self; /* the engine's own state; passed to each call */
    /* 1: heard (ret filled), 0: nothing, negative errno: the engine is not able to listen now. */
    int (*feed)(void *self, const struct audio_block *b, struct wake_hit *ret);
    /* Forgets what it heard so far (after a wake, a gap in the stream, mute). */
    void (*clear)(void *self);
};

#endif
