/* SPDX-License-Identifier: Apache-2.0 */
/* base/str.c - growing text buffer and small text helpers. */
#include "base/str.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

enum { STR_FIRST_BYTES = 64 };

static bool str_reserve(struct str *s, size_t more)
{
    size_t want, cap;
    char *data;

    if (s->failed)
        return false;
    if (more > SIZE_MAX / 4 || s->len > SIZE_MAX / 4) {
        s->failed = true;
        return false;
    }
    want = s->len + more + 1;
    if (want <= s->cap)
        return true;
    cap = s->cap ? s->cap : STR_FIRST_BYTES;
    while (cap < want)
        cap *= 2;
    data = realloc(s->data, cap);
    if (!data) {
        s->failed = true;
        return false;
    }
    s->data = data;
    s->cap = cap;
    return true;
}

void str_add_bytes(struct str *s, const void *bytes, size_t len)
{
    if (!str_reserve(s, len))
        return;
    if (len > 0)
        memcpy(s->data + s->len, bytes, len);
    s->len += len;
    s->data[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
    if (text)
        str_add_bytes(s, text, strlen(text));
}

void str_add_char(struct str *s, char c)
{
    str_add_bytes(s, &c, 1);
}

void str_addf(struct str *s, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0 || !str_reserve(s, (size_t)n)) {
        s->failed = true;
        return;
    }
    va_start(ap, format);
    vsnprintf(s->data + s->len, (size_t)n + 1, format, ap);
    va_end(ap);
    s->len += (size_t)n;
}

void str_clear(struct str *s)
{
    s->len = 0;
    s->failed = false;
    if (s->data)
        s->data[0] = '\0';
}

void str_done(struct str *s)
{
    free(s->data);
    *s = STR_INIT;
}

char *str_take(struct str *s)
{
    char *data;

    if (!s->data && !s->failed)
        str_add(s, "");
    if (s->failed) {
        str_done(s);
        return NULL;
    }
    data = s->data;
    *s = STR_INIT;
    return data;
}

const char *str_text(const struct str *s)
{
    return s->data ? s->data : "";
}

bool str_copy(char *dst, size_t size, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    bool fits = len < size;

    if (size == 0)
        return false;
    if (!fits)
        len = size - 1;
    if (len > 0)
        memcpy(dst, text, len);
    dst[len] = '\0';
    return fits;
}

char *str_dup(const char *text)
{
    size_t len;
    char *copy;

    if (!text)
        return NULL;
    len = strlen(text) + 1;
    copy = malloc(len);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Length of the sequence a lead byte opens and its smallest code point; 0: no lead byte. */
static size_t utf8_lead(unsigned char c, uint32_t *point, uint32_t *least)
{
    if (c < 0x80) {
        *point = c;
        *least = 1; /* NUL is refused */
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf) {
        *point = c & 0x1fu;
        *least = 0x80;
        return 2;
    }
    if (c >= 0xe0 && c <= 0xef) {
        *point = c & 0x0fu;
        *least = 0x800;
        return 3;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        *point = c & 0x07u;
        *least = 0x10000;
        return 4;
    }
    return 0;
}

size_t str_utf8_len(const char *bytes, size_t left)
{
    const unsigned char *p = (const unsigned char *)bytes;
    uint32_t point = 0, least = 0;
    size_t n = left > 0 ? utf8_lead(*p, &point, &least) : 0;

    if (n == 0 || n > left)
        return 0;
    for (size_t k = 1; k < n; k++) {
        if ((p[k] & 0xc0) != 0x80)
            return 0;
        point = (point << 6) | (p[k] & 0x3fu);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    return n;
}

bool str_is_utf8(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t n = str_utf8_len(bytes + i, len - i);

        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

bool str_is_control(const char *utf8)
{
    const unsigned char *p = (const unsigned char *)utf8;

    if (*p < 0x20 || *p == 0x7f)
        return true;
    if (*p == 0xc2)
        return p[1] < 0xa0;
    return *p == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
}

void str_clean(char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        size_t n = str_utf8_len(text, left);

        if (n == 0 || str_is_control(text)) {
            n = n > 0 ? n : 1;
            memset(text, '?', n);
        }
        text += n;
        left -= n;
    }
}

char *str_trim(char *text)
{
    char *end;

    while (isspace((unsigned char)*text))
        text++;
    end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return text;
}
