/* SPDX-License-Identifier: Apache-2.0 */
/* base/utf8.c - the one reader of UTF-8. */
#include "base/utf8.h"

#include "base/must.h"

#include <string.h>

size_t utf8_wanted(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

size_t utf8_next(uint32_t *cp, const char *bytes, size_t left)
{
    /* the smallest code point of each length; anything below is an overlong form (or NUL) */
    static const uint32_t least[UTF8_BYTES_MAX + 1] = { 0, 1, 0x80, 0x800, 0x10000 };
    const unsigned char *p = (const unsigned char *)bytes;
    size_t n = left > 0 ? utf8_wanted(*p) : 0;
    uint32_t point;

    if (n == 0 || n > left)
        return 0;
    point = n == 1 ? *p : *p & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (p[i] & 0x3fu);
    }
    if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    if (cp)
        *cp = point;
    return n;
}

bool utf8_step(uint32_t *cp, const char *text, size_t len, size_t *pos)
{
    size_t n = *pos < len ? utf8_next(cp, text + *pos, len - *pos) : 0;

    *pos += n;
    return n > 0;
}

bool utf8_is_valid(const char *bytes, size_t len)
{
    size_t n;

    for (size_t i = 0; i < len; i += n) {
        n = utf8_next(NULL, bytes + i, len - i);
        if (n == 0)
            return false;
    }
    return true;
}

void utf8_add(struct str *out, uint32_t cp)
{
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const unsigned char lead[UTF8_BYTES_MAX + 1] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    char bytes[UTF8_BYTES_MAX];

    if (!must(cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff)))
        return;
    for (size_t i = n; i-- > 1; cp >>= 6)
        bytes[i] = (char)(0x80 | (cp & 0x3f));
    bytes[0] = (char)(lead[n] | cp);
    str_add_bytes(out, bytes, n);
}

size_t utf8_cut(const char *text, size_t most)
{
    size_t len = strnlen(text, most + 1), back = 0;

    if (len <= most)
        return len;
    while (back < UTF8_BYTES_MAX - 1 && back < most &&
           ((unsigned char)text[most - back] & 0xc0) == 0x80)
        back++;
    /* ill-formed bytes have no start to go back to: then the plain end is as good as any */
    return ((unsigned char)text[most - back] & 0xc0) == 0x80 ? most : most - back;
}

bool utf8_copy(char *dst, size_t size, const char *text)
{
    size_t len;

    if (!must(size > 0))
        return false;
    len = text ? utf8_cut(text, size - 1) : 0;
    if (len > 0)
        memcpy(dst, text, len);
    dst[len] = '\0';
    return !text || text[len] == '\0';
}

bool utf8_is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029;
}

bool utf8_has_control(const char *text, const char *but)
{
    size_t left = strlen(text);

    while (left > 0) {
        uint32_t cp = 'x';
        size_t n = utf8_next(&cp, text, left);

        if (utf8_is_control(cp) && !(cp < 0x80 && strchr(but, (int)cp)))
            return true;
        n = n > 0 ? n : 1;
        text += n;
        left -= n;
    }
    return false;
}

void utf8_clean(char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        uint32_t cp = 0;
        size_t n = utf8_next(&cp, text, left);

        if (n == 0 || utf8_is_control(cp)) {
            n = n > 0 ? n : 1;
            memset(text, '?', n);
        }
        text += n;
        left -= n;
    }
}
