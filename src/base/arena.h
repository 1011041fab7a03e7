/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena.h - memory that is given back all at once: templates, names, automata.
 *
 * A language's sentences are some ten thousand small nodes that live and die together.
 * Threads: one owner at a time. */
#ifndef JARVIS_BASE_ARENA_H
#define JARVIS_BASE_ARENA_H

#include "base/cleanup.h"

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* owned; newest first */
    size_t bytes;               /* taken from the heap so far */
    size_t bytes_max;           /* a request beyond it fails like an empty heap */
};

#define ARENA_INIT(max) ((struct arena){ NULL, 0, (max) })

/* Zeroed and aligned for any type; NULL when out of memory or at the limit. */
void *arena_alloc(struct arena *a, size_t bytes);
char *arena_text(struct arena *a, const char *text, size_t len); /* a terminated copy */
void arena_done(struct arena *a); /* frees everything; the arena is empty again */

#define AUTO_ARENA AUTO(arena_done) struct arena

#endif
