/* SPDX-License-Identifier: Apache-2.0 */
/* intent/names.h - the lists `name` and `area` from the devices of the house.
 *
 * A device gives one value for its name and one for each alias: out = its id, context
 * {domain = kind, area}. Where the spoken form of a name differs ("TV 2": "tv two"), it is
 * one value more, so that what the recogniser writes is understood. Areas are the devices'
 * areas, each once. The lists swap whole: nothing else of the catalogue changes.
 * Threads: one owner; constant after names_new(). */
#ifndef JARVIS_INTENT_NAMES_H
#define JARVIS_INTENT_NAMES_H

#include "base/json.h"
#include "intent/catalog.h"

enum { NAMES_DEVICES_MAX = 2000, NAMES_ALIASES_MAX = 16, NAMES_AREAS_MAX = 200 };

struct names {
    struct arena arena;
    struct list name, area;
    size_t devices_n, left_out; /* left_out: names beyond the limits or without a word */
};

/* `devices`: MSG_DEVICES' json, not trusted to be whole: entries without id or name are left
 * out. `numbers`: of a language that is spoken, else NULL (no spoken forms). -ENOMEM. */
int names_new(struct names **ret, const cJSON *devices, const struct numbers *numbers,
              struct err *e);
struct names *names_free(struct names *n);
AUTO_DEFINE(struct names *, names_free)
/* The area whose name is `text` but for case, as the devices write it; NULL: none. */
const char *names_area(const struct names *n, const char *text);

#endif
