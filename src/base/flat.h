/* SPDX-License-Identifier: Apache-2.0 */
/* base/flat.h - reading a FlatBuffer that nobody vouches for.
 *
 * A table is a place in the bytes; its fields are found through its vtable by their number. What is
 * not there reads as the fallback, what would lie outside of the bytes marks the buffer as broken
 * (`is_broken`, checked once at the end of a parse) and reads as the fallback too, so a reader needs
 * no error path for each field. Every look costs the same, nothing recurses, nothing is copied.
 * Source: FlatBuffers' binary format ("FlatBuffer Internals"); no code.
 * Threads: no shared state. */
#ifndef JARVIS_BASE_FLAT_H
#define JARVIS_BASE_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flat {
    const uint8_t *bytes; /* borrowed */
    size_t len;
    bool is_broken; /* something pointed outside */
};

struct flat_list {
    size_t at; /* first item */
    uint32_t n;
};

enum { FLAT_NONE = 0 }; /* no table stands at 0: the root's offset does */

/* The root table; FLAT_NONE: the four letters are others, or nothing is there. */
size_t flat_root(struct flat *f, const char letters[4]);
int32_t flat_int(struct flat *f, size_t table, unsigned field, int32_t fallback);
int8_t flat_byte(struct flat *f, size_t table, unsigned field, int8_t fallback);
size_t flat_table(struct flat *f, size_t table, unsigned field); /* FLAT_NONE: absent */
/* A vector whose items take `size` bytes each, all of them inside; n 0: absent. */
struct flat_list flat_list(struct flat *f, size_t table, unsigned field, size_t size);
/* One of a vector of tables (their offsets take four bytes). */
size_t flat_item(struct flat *f, struct flat_list l, uint32_t index);
int32_t flat_item_int(struct flat *f, struct flat_list l, uint32_t index);
float flat_item_float(struct flat *f, struct flat_list l, uint32_t index);
int64_t flat_item_long(struct flat *f, struct flat_list l, uint32_t index);
/* A string of the file as a terminated copy of at most size - 1 bytes, other than printable ASCII
 * as '?'. "" where absent. false: the copy is not the whole text. */
bool flat_text(struct flat *f, size_t table, unsigned field, char *ret, size_t size);

#endif
