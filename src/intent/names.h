/* SPDX-License-Identifier: Apache-2.0 */
/* intent/names.h - the devices of the house, and the lists `name` and `area` made of them.
 *
 * A device gives one value for its name and one for each alias: out = its id, context
 * {domain = kind, area, device_class}. A room has its further names (area_aliases) too. A name with a number in it is known in each way of
 * writing it, as far as the language has number words: "TV 2", "TV2", "tv two"; "Lamp two",
 * "lamp 2". Case, accents and joints are base/fold.h's. Areas are the devices' areas, each once.
 * Where devices of several rooms bear one name, the spoken forms also name the room.
 * The lists swap whole: nothing else of the catalogue changes.
 * Threads: one owner; constant after names_new(). */
#ifndef JARVIS_INTENT_NAMES_H
#define JARVIS_INTENT_NAMES_H

#include "base/json.h"
#include "intent/catalog.h"
#include "intent/spoken.h"

enum { NAMES_DEVICES_MAX = 2000, NAMES_ALIASES_MAX = 16, NAMES_AREAS_MAX = 200 };

struct named { /* a device; texts live in the arena */
    const char *id, *name;
    const char *area, *device_class; /* NULL: none */
    const char *kind_name;
    enum device_kind kind; /* KIND_N: of no known kind */
    struct named *next;
};

struct names {
    struct arena arena;
    struct list name, area;
    struct named *devices; /* in the order told */
    size_t devices_n, left_out; /* left_out: names beyond the limits or without a word */
};

/* `devices`: MSG_DEVICES' json, not trusted to be whole: entries without id or name are left
 * out. `numbers`: of the language. `spoken`: with forms for the recogniser (spoken.h). -ENOMEM. */
int names_new(struct names **ret, const cJSON *devices, const struct numbers *numbers, enum spoken spoken,
              struct err *e);
struct names *names_free(struct names *n);
AUTO_DEFINE(struct names *, names_free)
/* The area whose name is `text` (folded), as the devices write it; NULL: none. */
const char *names_area(const struct names *n, const char *text);
/* Whether a device has this id, name or alias. */
bool names_know(const struct names *n, const char *text);

#endif
