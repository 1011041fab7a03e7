/* SPDX-License-Identifier: Apache-2.0 */
/* base/flat.c - reading a FlatBuffer that nobody vouches for. */
#include "base/flat.h"

#include "base/must.h"

#include <string.h>

must_const(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__); /* the format is */

/* `n` bytes at `at`, or nothing. */
static bool take(struct flat *f, size_t at, void *ret, size_t n)
{
    if (at > f->len || n > f->len - at) {
        f->is_broken = true;
        return false;
    }
    memcpy(ret, f->bytes + at, n);
    return true;
}

/* Where an offset at `at` points to; FLAT_NONE: outside. */
static size_t follow(struct flat *f, size_t at)
{
    uint32_t offset;

    if (!take(f, at, &offset, sizeof(offset)))
        return FLAT_NONE;
    if (offset == 0 || offset >= f->len - at) {
        f->is_broken = true;
        return FLAT_NONE;
    }
    return at + offset;
}

/* Where a field's value stands; FLAT_NONE: it has none. */
static size_t field_at(struct flat *f, size_t table, unsigned field)
{
    int32_t back;
    int64_t vtable;
    uint16_t bytes, offset;

    if (table == FLAT_NONE || !take(f, table, &back, sizeof(back)))
        return FLAT_NONE;
    vtable = (int64_t)table - back;
    if (vtable < 0 || (uint64_t)vtable >= f->len) {
        f->is_broken = true;
        return FLAT_NONE;
    }
    if (!take(f, (size_t)vtable, &bytes, sizeof(bytes)) || 4 + 2 * (size_t)field + 2 > bytes ||
        !take(f, (size_t)vtable + 4 + 2 * (size_t)field, &offset, sizeof(offset)) || offset == 0)
        return FLAT_NONE;
    return table + offset;
}

size_t flat_root(struct flat *f, const char letters[4])
{
    char found[4];

    must(f->bytes || f->len == 0);
    if (!take(f, 4, found, sizeof(found)) || memcmp(found, letters, sizeof(found)) != 0)
        return FLAT_NONE;
    return follow(f, 0);
}

int32_t flat_int(struct flat *f, size_t table, unsigned field, int32_t fallback)
{
    size_t at = field_at(f, table, field);
    int32_t value;

    return at != FLAT_NONE && take(f, at, &value, sizeof(value)) ? value : fallback;
}

int8_t flat_byte(struct flat *f, size_t table, unsigned field, int8_t fallback)
{
    size_t at = field_at(f, table, field);
    int8_t value;

    return at != FLAT_NONE && take(f, at, &value, sizeof(value)) ? value : fallback;
}

size_t flat_table(struct flat *f, size_t table, unsigned field)
{
    size_t at = field_at(f, table, field);

    return at == FLAT_NONE ? FLAT_NONE : follow(f, at);
}

struct flat_list flat_list(struct flat *f, size_t table, unsigned field, size_t size)
{
    struct flat_list none = { FLAT_NONE, 0 };
    size_t at = flat_table(f, table, field);
    uint32_t n;

    must(size > 0);
    if (at == FLAT_NONE || !take(f, at, &n, sizeof(n)))
        return none;
    at += sizeof(n);
    if (n > (f->len - at) / size) {
        f->is_broken = true;
        return none;
    }
    return (struct flat_list){ at, n };
}

size_t flat_item(struct flat *f, struct flat_list l, uint32_t index)
{
    return index < l.n ? follow(f, l.at + 4 * (size_t)index) : FLAT_NONE;
}

/* Item `index` of a list whose items were found to take `size` bytes. */
static bool item(struct flat *f, struct flat_list l, uint32_t index, void *ret, size_t size)
{
    return index < l.n && take(f, l.at + size * (size_t)index, ret, size);
}

int32_t flat_item_int(struct flat *f, struct flat_list l, uint32_t index)
{
    int32_t value;

    return item(f, l, index, &value, sizeof(value)) ? value : 0;
}

float flat_item_float(struct flat *f, struct flat_list l, uint32_t index)
{
    float value;

    return item(f, l, index, &value, sizeof(value)) ? value : 0.0f;
}

int64_t flat_item_long(struct flat *f, struct flat_list l, uint32_t index)
{
    int64_t value;

    return item(f, l, index, &value, sizeof(value)) ? value : 0;
}

bool flat_text(struct flat *f, size_t table, unsigned field, char *ret, size_t size)
{
    struct flat_list l = flat_list(f, table, field, 1);
    bool is_whole = l.n < size;
    size_t n;

    if (!must(size > 0))
        return false;
    n = is_whole ? l.n : size - 1;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = f->bytes[l.at + i];
        bool is_plain = c >= 0x20 && c < 0x7f;

        ret[i] = is_plain ? (char)c : '?';
        is_whole &= is_plain;
    }
    ret[n] = '\0';
    return is_whole;
}
