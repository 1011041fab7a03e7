/* SPDX-License-Identifier: Apache-2.0 */
/* home/areas.h - further names of rooms, from devices.yaml:
 *
 *     areas:
 *       - name: Kitchen               as the devices write it
 *         aliases: [Küche, cuisine]   in whatever language it is said
 *
 * A room is what a device names as its area; here it only gets names. An entry with a fault is told with its line and
 * left out. So is an alias that names another room: one that has an entry of its own, wherever it stands, or
 * one that devices write beside the name. Nobody can tell "Küche" beside "Kitchen" from "Bedroom" beside "Kitchen",
 * and what is said of one room must never act in another: no device leaves the room that it stands in. Where
 * devices write the alias alone, it is the room.
 * Threads: constant after reading; one owner. */
#ifndef JARVIS_HOME_AREAS_H
#define JARVIS_HOME_AREAS_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/yaml.h"

#include <stddef.h>

enum {
    AREAS_MAX = 200,
    AREA_NAME_BYTES_MAX = 64,
    AREA_ALIASES_MAX = 16,
};

struct area {
    char *name;     /* owned */
    char **aliases; /* owned */
    size_t aliases_n;
    const char *written; /* of these, that by which devices stand in it; NULL: none does */
    int line;            /* in devices.yaml */
};

struct areas {
    struct area *list; /* owned */
    size_t n;
};

/* Told of each fault; runs inside the call. */
typedef void (*areas_complain_fn)(int line, const char *words, void *user);

/* `list`: NULL for none. -EINVAL (no list at all), -ENOMEM; *ret is untouched then. */
int areas_read(struct areas *ret, const struct yaml *list, areas_complain_fn complain, void *user,
               struct err *e);
/* Leaves out each alias by which two rooms would become one, and complains: `devices` is the list of devices.yaml,
 * each with its "area"; NULL for none. */
void areas_part(struct areas *a, const struct yaml *devices, areas_complain_fn complain, void *user);
void areas_done(struct areas *a);
/* The room of this name or alias, however it is written; NULL: none has further names. */
const struct area *areas_find(const struct areas *a, const char *text);
/* The name that devices bear: of an alias that of its room, else the text itself. */
const char *areas_name(const struct areas *a, const char *text);

#endif
