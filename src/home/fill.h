/* SPDX-License-Identifier: Apache-2.0 */
/* home/fill.h - fills {name} places of a text: payload templates, preset topics, words.
 *
 * Only the names given are places; every other brace stays as it is, so that JSON needs no
 * escaping:  {"state":"ON","brightness":{value}}  ->  {"state":"ON","brightness":128}
 * Threads: no shared state. */
#ifndef JARVIS_HOME_FILL_H
#define JARVIS_HOME_FILL_H

#include "base/str.h"

struct fill {
    const char *name;  /* "value"; NULL ends the list */
    const char *value; /* borrowed; NULL is "" */
};

/* Adds `text` to `out` with the places filled. */
void fill_text(struct str *out, const char *text, const struct fill *places);

#endif
