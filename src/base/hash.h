/* SPDX-License-Identifier: Apache-2.0 */
/* base/hash.h - the one hash of the tree: FNV-1a, 64 bits.
 *
 * For tables in memory that hold what this box knows itself (symbols, keys of a file of bounded
 * size): it is no defence against chosen keys. Chain by passing the last result as `h`:
 *     hash_text(hash_bytes(HASH_START, &map, sizeof(map)), key)
 * Threads: no state. */
#ifndef JARVIS_BASE_HASH_H
#define JARVIS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(14695981039346656037)

static inline uint64_t hash_bytes(uint64_t h, const void *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;

    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * UINT64_C(1099511628211);
    return h;
}

static inline uint64_t hash_text(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return h;
}

/* A place in a table of `slots` (a power of two): FNV's upper bits are the better ones. */
static inline size_t hash_slot(uint64_t h, size_t slots)
{
    return (size_t)(h ^ h >> 32) & (slots - 1);
}

#endif
