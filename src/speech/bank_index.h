/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_index.h - which pieces the voice bank holds: a table by key, its size, and who gives way.
 *
 *     key (speech/bank_parts.h) -> bytes on the disk, when it was last said, whether it is needed
 *
 * Least used gives way: of what is not needed, the piece that was not said for the longest time.
 * Who owns what: an entry belongs to the table; a pointer to one is good until the next add or remove.
 * What may fail: adding (-ENOMEM, -ENOSPC beyond BANK_INDEX_MAX). Threads: one owner. */
#ifndef JARVIS_SPEECH_BANK_INDEX_H
#define JARVIS_SPEECH_BANK_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BANK_INDEX_MAX = 1 << 16 };

struct bank_entry {
    uint64_t key;    /* 0: the place is free */
    uint32_t bytes;  /* as the disk counts them */
    uint32_t used_s; /* seconds since 1970; when it was kept or said */
    bool needed;     /* answers fall apart into it: it does not give way */
};

struct bank_index { /* zeroed: empty */
    struct bank_entry *list; /* owned; `room` places, a power of two */
    size_t n, room;
    uint64_t bytes;
};

void bank_index_done(struct bank_index *x);
struct bank_entry *bank_index_find(const struct bank_index *x, uint64_t key); /* NULL: not there */
/* What is there under that key is replaced. */
int bank_index_add(struct bank_index *x, const struct bank_entry *entry);
void bank_index_remove(struct bank_index *x, uint64_t key);
/* The one that gives way first; NULL: all are needed. */
const struct bank_entry *bank_index_least(const struct bank_index *x);

#endif
