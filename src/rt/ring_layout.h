/* SPDX-License-Identifier: Apache-2.0 */
/* rt/ring_layout.h - what a ring is made of; for ring.c and ring_setup.c only.
 *
 * Both counters run freely and never wrap in practice; slot = counter & mask. Each side
 * owns one cache line, with a private copy of the other's counter beside its own: the
 * shared line is read again only when the copy says "full" or "empty". */
#ifndef JARVIS_RT_RING_LAYOUT_H
#define JARVIS_RT_RING_LAYOUT_H

#include "rt/ring.h"

enum { RING_LINE_BYTES = 64 };

struct ring {
    /* constant after ring_new() */
    unsigned char *items; /* owned; slots * item_bytes */
    size_t slots;         /* a power of two */
    size_t item_bytes;
    /* the writer's line */
    _Alignas(RING_LINE_BYTES) _Atomic size_t pushed;
    size_t popped_seen;
    /* the reader's line */
    _Alignas(RING_LINE_BYTES) _Atomic size_t popped;
    size_t pushed_seen;
};

#endif
