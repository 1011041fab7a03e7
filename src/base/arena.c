/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena.c - memory that is given back all at once. */
#include "base/arena.h"

#include "base/must.h"

#include <stdalign.h>
#include <string.h>

enum { CHUNK_BYTES = 32 * 1024 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size; /* of data, in bytes */
    alignas(max_align_t) unsigned char data[];
};

static struct arena_chunk *chunk_new(struct arena *a, size_t need)
{
    size_t size = need > CHUNK_BYTES ? need : CHUNK_BYTES;
    struct arena_chunk *c;

    if (size > a->bytes_max - a->bytes)
        return NULL;
    c = calloc(1, sizeof(*c) + size);
    if (!c)
        return NULL;
    c->size = size;
    c->next = a->chunks;
    a->chunks = c;
    a->bytes += size;
    must(c->used == 0 && size >= need);
    return c;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    const size_t align = alignof(max_align_t);
    struct arena_chunk *c = a->chunks;
    void *p;

    if (bytes > a->bytes_max)
        return NULL;
    bytes = (bytes + align - 1) / align * align;
    if (!c || bytes > c->size - c->used)
        c = chunk_new(a, bytes);
    if (!c)
        return NULL;
    p = c->data + c->used;
    c->used += bytes;
    must(c->used <= c->size && a->bytes <= a->bytes_max);
    return p;
}

char *arena_text(struct arena *a, const char *text, size_t len)
{
    char *copy = arena_alloc(a, len + 1);

    if (copy)
        memcpy(copy, text, len);
    return copy;
}

void arena_done(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *c = a->chunks;

        a->chunks = c->next;
        free(c);
    }
    a->bytes = 0;
}
