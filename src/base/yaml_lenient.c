/* SPDX-License-Identifier: Apache-2.0 */
/* base/yaml_lenient.c - a list whose faulty items cost only themselves.
 *
 * Files that people write by hand break in a few ways: an editor that saves Latin-1, a tab, a quote
 * or bracket that is not closed, a key that stands twice. The text is made UTF-8 first; where it still
 * does not parse, the list item around the fault is blanked (its lines stay, so that line
 * numbers hold) and it is tried again. */
#include "base/yaml.h"

#include "base/file.h"
#include "base/must.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 64 };

static void complain(const struct yaml_sink *sink, const char *text)
{
    if (sink && sink->complain)
        sink->complain(text, sink->user);
}

/* U+FFFD for each byte that is no UTF-8: whoever reads the value refuses it there. */
static void make_utf8(struct str *out, const char *buf, size_t len)
{
    uint32_t cp;
    size_t at = 0;

    while (at < len) {
        const size_t n = buf[at] == '\0' ? 0 : utf8_next(&cp, buf + at, len - at);

        if (n > 0)
            str_add_bytes(out, buf + at, n);
        else
            str_add(out, "\xef\xbf\xbd");
        at += n > 0 ? n : 1;
    }
}

/* Where line `line` (from 1) begins; `len` beyond the last. */
static size_t line_start(const char *text, size_t len, int line)
{
    size_t at = 0;

    for (; line > 1 && at < len; at++)
        line -= text[at] == '\n';
    return line > 1 ? len : at;
}

/* Columns before "- " when the line begins a list item; -1: it does not. */
static int item_indent(const char *text, size_t len, size_t at)
{
    size_t n = 0;

    while (at + n < len && text[at + n] == ' ')
        n++;
    if (at + n >= len || text[at + n] != '-' || (at + n + 1 < len && text[at + n + 1] != ' '))
        return -1;
    return (int)n;
}

static size_t next_line(const char *text, size_t len, size_t at)
{
    while (at < len && text[at] != '\n')
        at++;
    return at < len ? at + 1 : len;
}

/* The first item's indentation is that of the list. */
static int list_indent(const char *text, size_t len)
{
    for (size_t at = 0; at < len; at = next_line(text, len, at))
        if (item_indent(text, len, at) >= 0)
            return item_indent(text, len, at);
    return -1;
}

/* Blanks the item that line `line` belongs to; false: there is none. */
static bool blank_item(char *text, size_t len, int line)
{
    const int indent = list_indent(text, len);
    const size_t fault = line_start(text, len, line);
    size_t from = len, to = len;

    if (indent < 0)
        return false;
    for (size_t at = 0; at < len && to == len; at = next_line(text, len, at)) {
        if (item_indent(text, len, at) != indent)
            continue;
        if (at <= fault)
            from = at;
        else
            to = at;
    }
    if (from >= to) /* it lies before the first item */
        return false;
    must(to <= len);
    for (size_t i = from; i < to; i++)
        if (text[i] != '\n')
            text[i] = ' ';
    return true;
}

int yaml_parse_items(struct yaml **ret, const char *name, const void *buf, size_t len,
                     const struct yaml_sink *sink, struct err *e)
{
    AUTO_STR text = STR_INIT;

    if (len > YAML_FILE_BYTES_MAX)
        return err_set(e, -E2BIG, "%s: has %zu bytes, more than the %d allowed", name, len,
                       YAML_FILE_BYTES_MAX);
    make_utf8(&text, buf, len);
    if (text.failed)
        return err_set(e, -ENOMEM, "%s: out of memory", name);
    for (int i = 0;; i++) {
        struct err why = ERR_INIT;
        int line = 0;
        const int r = yaml_parse_lenient(ret, name, str_text(&text), text.len, &line, &why);

        if (r != -EINVAL || i == TRIES_MAX || !text.data || !blank_item(text.data, text.len, line))
            return r < 0 ? err_set(e, r, "%s", err_text(&why)) : r;
        complain(sink, err_text(&why));
    }
}

int yaml_load_items(struct yaml **ret, const char *path, const struct yaml_sink *sink,
                    struct err *e)
{
    AUTO_FREE char *buf = NULL;
    size_t len = 0;
    int r = file_read(&buf, &len, path, YAML_FILE_BYTES_MAX, e);

    return r < 0 ? r : yaml_parse_items(ret, path, buf, len, sink, e);
}
