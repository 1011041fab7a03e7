/* SPDX-License-Identifier: Apache-2.0 */
/* wake/engine.h - a wake-word detector as a table of functions, and how one is made.
 *
 * Audio goes in as 10 ms blocks of tap A; a detection comes back from feed(), whichever engine it
 * is, and the listen thread alone tells of it. An engine that works elsewhere (a helper process)
 * sends the sound from feed(), keeps what is answered until it is asked again, and lets `heard`
 * wake the listen thread, which then asks by feed() without a block.
 *
 * An engine is a row of wake_rows (speech/wake_rows.c), chosen by the setting wake.engine.
 * Threads: make and free on the main loop while the listen thread does not run; the rest on the
 * listen thread. */
#ifndef JARVIS_WAKE_ENGINE_H
#define JARVIS_WAKE_ENGINE_H

#include "base/err.h"
#include "rt/block.h"

enum { WAKE_ENGINE_VERSION = 3 };

struct wake_hit {
    uint64_t from_position, to_position; /* of the word in the 16 kHz stream */
    double score;                        /* engine's own scale; larger is surer */
    char phrase[64];
};

struct wake_engine {
    int version;
    const char *name;
    unsigned blocks; /* that it takes at a time: there is no sense in waking for fewer */
    char phrase[64]; /* what is to be said; "": what the setting wake.phrase tells */
    void *self;      /* the engine's own state; passed to each call */
    /* The next block; NULL: none, only what was heard meanwhile. 1: heard (ret filled), 0: nothing,
     * negative errno: the engine is not able to listen now. */
    int (*feed)(void *self, const struct audio_block *b, struct wake_hit *ret);
    /* Forgets what it heard so far (after a wake, a gap in the stream, mute). */
    void (*clear)(void *self);
    /* The highest score since it was asked last, heard or not; NULL: this engine has none. */
    double (*peak)(void *self);
    /* Frees `self`. */
    void (*free)(void *self);
};

#endif
