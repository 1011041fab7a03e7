/* SPDX-License-Identifier: Apache-2.0 */
/* base/str.c - growing text buffer and small text helpers. */
#include "base/str.h"

#include "base/must.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

enum { STR_FIRST_BYTES = 64 };

static bool str_reserve(struct str *s, size_t more)
{
    size_t want, cap;
    char *data;

    must(s->len <= s->cap && (s->data || s->cap == 0));
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

void str_add_item(struct str *s, const char *text)
{
    str_addf(s, "%s%s", s->len > 0 ? ", " : "", text);
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
