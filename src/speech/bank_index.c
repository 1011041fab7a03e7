/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_index.c - which pieces the voice bank holds.
 *
 * Open addressing, at most half full; who is removed is closed up behind, so that no mark of him stays. */
#include "speech/bank_index.h"

#include "base/must.h"

#include <errno.h>
#include <stdlib.h>

enum { ROOM_LEAST = 256 };

static size_t slot_of(const struct bank_index *x, uint64_t key)
{
    return (size_t)(key ^ key >> 32) & (x->room - 1);
}

void bank_index_done(struct bank_index *x)
{
    free(x->list);
    *x = (struct bank_index){ .list = NULL };
}

/* Its place, or the free one where it belongs. */
static size_t place_of(const struct bank_index *x, uint64_t key)
{
    size_t i = slot_of(x, key);

    while (x->list[i].key != 0 && x->list[i].key != key)
        i = (i + 1) & (x->room - 1);
    return i;
}

struct bank_entry *bank_index_find(const struct bank_index *x, uint64_t key)
{
    struct bank_entry *entry;

    if (x->room == 0 || key == 0)
        return NULL;
    entry = &x->list[place_of(x, key)];
    return entry->key ? entry : NULL;
}

static int index_grow(struct bank_index *x)
{
    struct bank_index grown = { .room = x->room ? x->room * 2 : ROOM_LEAST };

    grown.list = calloc(grown.room, sizeof(*grown.list));
    if (!grown.list)
        return -ENOMEM;
    for (size_t i = 0; i < x->room; i++)
        if (x->list[i].key)
            grown.list[place_of(&grown, x->list[i].key)] = x->list[i];
    free(x->list);
    x->list = grown.list;
    x->room = grown.room;
    return 0;
}

int bank_index_add(struct bank_index *x, const struct bank_entry *entry)
{
    struct bank_entry *there = bank_index_find(x, entry->key);

    if (!must(entry->key != 0))
        return -EINVAL;
    if (there) {
        must(x->bytes >= there->bytes);
        x->bytes += entry->bytes - (uint64_t)there->bytes;
        *there = *entry;
        return 0;
    }
    if (x->n >= BANK_INDEX_MAX)
        return -ENOSPC;
    if (x->n * 2 >= x->room && index_grow(x) < 0)
        return -ENOMEM;
    x->list[place_of(x, entry->key)] = *entry;
    x->n++;
    x->bytes += entry->bytes;
    must(x->n * 2 <= x->room + 1);
    return 0;
}

void bank_index_remove(struct bank_index *x, uint64_t key)
{
    const struct bank_entry *there = bank_index_find(x, key);
    size_t hole, i;

    if (!there)
        return;
    must(x->n > 0 && x->bytes >= there->bytes);
    x->n--;
    x->bytes -= there->bytes;
    hole = (size_t)(there - x->list);
    for (i = (hole + 1) & (x->room - 1); x->list[i].key; i = (i + 1) & (x->room - 1)) {
        size_t home = slot_of(x, x->list[i].key);

        if (((i - home) & (x->room - 1)) < ((i - hole) & (x->room - 1)))
            continue; /* it is reached without the hole */
        x->list[hole] = x->list[i];
        hole = i;
    }
    x->list[hole] = (struct bank_entry){ .key = 0 };
}

const struct bank_entry *bank_index_least(const struct bank_index *x)
{
    const struct bank_entry *least = NULL;

    for (size_t i = 0; i < x->room; i++)
        if (x->list[i].key && !x->list[i].needed && (!least || x->list[i].used_s < least->used_s))
            least = &x->list[i];
    return least;
}
