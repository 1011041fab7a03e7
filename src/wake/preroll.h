/* SPDX-License-Identifier: Apache-2.0 */
/* wake/preroll.h - the last two seconds of the stream, so that a command spoken in one
 * breath with the wake word loses nothing.
 * Threads: the listen thread only; caller's memory, no heap. */
#ifndef JARVIS_WAKE_PREROLL_H
#define JARVIS_WAKE_PREROLL_H

#include "rt/block.h"

#include <stddef.h>

enum { PREROLL_MS = 2000, PREROLL_BLOCKS = PREROLL_MS / BLOCK_MS };

struct preroll {
    struct audio_block blocks[PREROLL_BLOCKS];
    size_t next, fill;
};

void preroll_add(struct preroll *p, const struct audio_block *b);
/* The oldest kept block that holds `position` or a later sample; index for preroll_at(), and
 * == p->fill when there is none. */
size_t preroll_find(const struct preroll *p, uint64_t position);
const struct audio_block *preroll_at(const struct preroll *p, size_t index); /* 0 = oldest */

#endif
