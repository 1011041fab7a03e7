/* SPDX-License-Identifier: Apache-2.0 */
/* wake/preroll.c - the last two seconds of the stream. */
#include "wake/preroll.h"

#include "base/must.h"

void preroll_add(struct preroll *p, const struct audio_block *b)
{
    p->blocks[p->next] = *b;
    p->next = (p->next + 1) % PREROLL_BLOCKS;
    if (p->fill < PREROLL_BLOCKS)
        p->fill++;
    must(p->fill <= PREROLL_BLOCKS && p->next < PREROLL_BLOCKS);
}

const struct audio_block *preroll_at(const struct preroll *p, size_t index)
{
    size_t oldest = (p->next + PREROLL_BLOCKS - p->fill) % PREROLL_BLOCKS;

    return &p->blocks[(oldest + index) % PREROLL_BLOCKS];
}

/* Positions only grow, but not evenly: samples may be missing between two blocks. */
size_t preroll_find(const struct preroll *p, uint64_t position)
{
    size_t low = 0, high = p->fill;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (preroll_at(p, middle)->position + BLOCK_FRAMES > position)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
