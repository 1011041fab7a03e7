/* SPDX-License-Identifier: Apache-2.0 */
/* home/fill.c - fills {name} places of a text. */
#include "home/fill.h"

#include <string.h>

/* The place that begins at the brace `at`, or NULL. */
static const struct fill *fill_find(const char *at, const struct fill *places)
{
    for (const struct fill *p = places; p->name; p++) {
        size_t n = strlen(p->name);

        if (strncmp(at + 1, p->name, n) == 0 && at[1 + n] == '}')
            return p;
    }
    return NULL;
}

void fill_text(struct str *out, const char *text, const struct fill *places)
{
    const char *brace;

    while ((brace = strchr(text, '{'))) {
        const struct fill *p = fill_find(brace, places);

        str_add_bytes(out, text, (size_t)(brace - text));
        if (p) {
            str_add(out, p->value);
            text = brace + strlen(p->name) + 2;
        } else {
            str_add_char(out, '{');
            text = brace + 1;
        }
    }
    str_add(out, text);
}
