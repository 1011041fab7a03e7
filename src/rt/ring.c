/* SPDX-License-Identifier: Apache-2.0 */
/* rt/ring.c - one-writer, one-reader queue: the real-time calls. */
#include "rt/ring_layout.h"

#include "base/must.h"

#include <string.h>

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Copies `count` items between the ring, from slot `at` on, and `items`. */
static void ring_copy_in(struct ring *r, size_t at, const unsigned char *items, size_t count)
{
    size_t first = min_of(count, r->slots - at);

    memcpy(r->items + at * r->item_bytes, items, first * r->item_bytes);
    memcpy(r->items, items + first * r->item_bytes, (count - first) * r->item_bytes);
}

static void ring_copy_out(const struct ring *r, size_t at, unsigned char *items, size_t count)
{
    size_t first = min_of(count, r->slots - at);

    memcpy(items, r->items + at * r->item_bytes, first * r->item_bytes);
    memcpy(items + first * r->item_bytes, r->items, (count - first) * r->item_bytes);
}

size_t ring_write(struct ring *r, const void *items, size_t count)
{
    size_t pushed = atomic_load_explicit(&r->pushed, memory_order_relaxed);
    size_t room = r->slots - (pushed - r->popped_seen);

    if (room < count) {
        r->popped_seen = atomic_load_explicit(&r->popped, memory_order_acquire);
        room = r->slots - (pushed - r->popped_seen);
    }
    must(room <= r->slots);
    count = min_of(count, room);
    if (count == 0)
        return 0;
    ring_copy_in(r, pushed & (r->slots - 1), items, count);
    atomic_store_explicit(&r->pushed, pushed + count, memory_order_release);
    return count;
}

size_t ring_read(struct ring *r, void *items, size_t count)
{
    size_t popped = atomic_load_explicit(&r->popped, memory_order_relaxed);
    size_t fill = r->pushed_seen - popped;

    if (fill < count) {
        r->pushed_seen = atomic_load_explicit(&r->pushed, memory_order_acquire);
        fill = r->pushed_seen - popped;
    }
    must(fill <= r->slots);
    count = min_of(count, fill);
    if (count == 0)
        return 0;
    ring_copy_out(r, popped & (r->slots - 1), items, count);
    atomic_store_explicit(&r->popped, popped + count, memory_order_release);
    return count;
}

bool ring_push(struct ring *r, const void *item)
{
    return ring_write(r, item, 1) == 1;
}

bool ring_pop(struct ring *r, void *item)
{
    return ring_read(r, item, 1) == 1;
}

size_t ring_fill(const struct ring *r)
{
    /* popped first: it never overtakes pushed, so the difference cannot be negative */
    size_t popped = atomic_load_explicit(&r->popped, memory_order_acquire);
    size_t pushed = atomic_load_explicit(&r->pushed, memory_order_acquire);

    return min_of(pushed - popped, r->slots);
}

void ring_drop(struct ring *r)
{
    r->pushed_seen = atomic_load_explicit(&r->pushed, memory_order_acquire);
    atomic_store_explicit(&r->popped, r->pushed_seen, memory_order_release);
}
