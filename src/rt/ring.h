/* SPDX-License-Identifier: Apache-2.0 */
/* rt/ring.h - one-writer, one-reader queue of fixed-size items.
 *
 * The only way audio leaves or enters a real-time thread. Wait-free on both sides: no
 * lock, no allocation, no system call after ring_new() (which stands in ring_setup.c,
 * outside the real-time check).
 *
 *     writer thread                                reader thread
 *     -- ring_push(): copies 1 item -->            ring_pop(): copies 1 item
 *        full: false, caller counts an overrun     empty: false
 *
 * Threads: push from one thread, pop from one other; new/free before start/after join. */
#ifndef JARVIS_RT_RING_H
#define JARVIS_RT_RING_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct ring;
/* `slots` is rounded up to a power of two. -ENOMEM, -EINVAL. */
int ring_new(struct ring **ret, size_t slots, size_t item_bytes, struct err *e);
struct ring *ring_free(struct ring *r);
AUTO_DEFINE(struct ring *, ring_free)
/* RT-safe from here on. */
bool ring_push(struct ring *r, const void *item);                   /* writer */
bool ring_pop(struct ring *r, void *item);                          /* reader */
size_t ring_write(struct ring *r, const void *items, size_t count); /* writer; how many fitted */
size_t ring_read(struct ring *r, void *items, size_t count);        /* reader; how many came */
size_t ring_fill(const struct ring *r);                             /* items waiting */
void ring_drop(struct ring *r);                                     /* reader: forget all waiting */

#endif
