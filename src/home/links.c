/* SPDX-License-Identifier: Apache-2.0 */
/* home/links.c - the ways to reach a device. */
#include "base/must.h"
#include "home/link.h"

#include <string.h>

const struct link_type *const link_types[LINKS_N] = { &link_mqtt, &link_virtual };

const struct link_type *link_by_via(const char *via)
{
    for (size_t i = 0; i < LINKS_N; i++) {
        if (!via && link_types[i]->is_default)
            return link_types[i];
        for (size_t k = 0; via && link_types[i]->vias[k]; k++)
            if (strcmp(link_types[i]->vias[k], via) == 0)
                return link_types[i];
    }
    return NULL;
}

size_t link_index(const struct link_type *type)
{
    size_t i = 0;

    while (i < LINKS_N - 1 && link_types[i] != type)
        i++;
    must(link_types[i] == type);
    return i;
}

void link_vias(struct str *out)
{
    for (size_t i = 0; i < LINKS_N; i++)
        for (size_t k = 0; must(link_types[i]) && link_types[i]->vias[k]; k++)
            str_add_item(out, link_types[i]->vias[k]);
}

const char *link_words(const struct link_type *type, int code)
{
    static const struct {
        int code;
        const char *words;
    } rows[] = {
        { -ENOTCONN, "it cannot be reached" },
        { -ETIMEDOUT, "it did not confirm: I do not know whether it was done" },
        { -EACCES, "the command was refused" },
        { -EBUSY, "too many commands at once; try again in a moment" },
        { -ENOBUFS, "too many commands wait for it" },
        { -ENOMEM, "out of memory" },
    };
    const char *own = type->words ? type->words(code) : NULL;

    must(code < 0);
    for (size_t i = 0; !own && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].code == code)
            own = rows[i].words;
    return own ? own : err_words(code);
}
