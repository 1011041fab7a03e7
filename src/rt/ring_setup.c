/* SPDX-License-Identifier: Apache-2.0 */
/* rt/ring_setup.c - making and freeing a ring: the part that allocates, kept out of ring.o
 * so that tools/rt-check can forbid allocation there. */
#include "rt/ring_layout.h"

#include "base/must.h"

#include <stdint.h>
#include <string.h>

enum { RING_BYTES_MAX = 64 << 20 };

int ring_new(struct ring **ret, size_t slots, size_t item_bytes, struct err *e)
{
    AUTO(ring_freep) struct ring *r = NULL;
    size_t rounded = 1;

    if (slots == 0 || item_bytes == 0 || item_bytes > RING_BYTES_MAX ||
        slots > RING_BYTES_MAX / item_bytes)
        return err_set(e, -EINVAL, "ring: %zu slots of %zu bytes; allowed are 1 byte to %d MiB",
                       slots, item_bytes, RING_BYTES_MAX >> 20);
    while (rounded < slots)
        rounded *= 2;
    r = aligned_alloc(RING_LINE_BYTES, sizeof(*r));
    if (!r)
        return err_set(e, -ENOMEM, "ring: out of memory");
    memset(r, 0, sizeof(*r));
    must((rounded & (rounded - 1)) == 0 && rounded >= slots); /* the mask needs it */
    r->slots = rounded;
    r->item_bytes = item_bytes;
    r->items = calloc(rounded, item_bytes);
    if (!r->items)
        return err_set(e, -ENOMEM, "ring: out of memory for %zu slots of %zu bytes", rounded,
                       item_bytes);
    *ret = STEAL(r);
    return 0;
}

struct ring *ring_free(struct ring *r)
{
    if (!r)
        return NULL;
    free(r->items);
    free(r);
    return NULL;
}
