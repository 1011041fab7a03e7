/* SPDX-License-Identifier: Apache-2.0 */
/* home/devices.h - the devices of the house, read from etc/devices.yaml.
 *
 *     devices:
 *       - name: Kitchen light        what people say; the id is made from it: kitchen_light
 *         aliases: [ceiling lamp]
 *         area: Kitchen              a name may stand in several rooms
 *         kind: light                light | switch | cover | climate | scene | sensor |
 *                                    binary_sensor | lock
 *         class: garage              of a cover or binary sensor (core/house.h)
 *         via: zigbee2mqtt           how it is reached: a row of home/links.c, which reads the
 *         topic: kitchen             rest of the keys
 *
 *     areas:                         further names of rooms (areas.h)
 *       - name: Kitchen
 *         aliases: [Küche]
 *
 * A device is what people know of it and what can be asked of it (`can`). How it is reached
 * is the business of its link alone and stands in `link_data`.
 * A device with a fault is left out and told with file, line, key and remedy; the others load.
 * Threads: constant after loading; one owner. */
#ifndef JARVIS_HOME_DEVICES_H
#define JARVIS_HOME_DEVICES_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/yaml.h"
#include "core/house.h"
#include "home/areas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DEVICES_MAX = 2000,         /* the first so many load; the rest is told */
    DEVICE_NAME_BYTES_MAX = 64, /* id, name, alias, area */
    DEVICE_ALIASES_MAX = 16,
    DEVICE_TEXT_BYTES_MAX = 64, /* unit, JSON keys, state texts */
};

/* What can be known about a device. */
enum device_prop {
    PROP_POWER, /* on; open; locked; the class's own: wet, detected ... */
    PROP_BRIGHTNESS,
    PROP_COLOR,
    PROP_COLOR_TEMP,
    PROP_POSITION,
    PROP_TARGET,
    PROP_MEASURED,
    PROP_ONLINE,
    PROP_N
};

struct link_type;

struct device {
    char *id;       /* owned; [a-z0-9_-]+ */
    char *name;     /* owned */
    char *area;     /* owned; "" where none is given */
    const struct area *room; /* borrowed from the list: its further names; NULL: it has none */
    char *unit;     /* owned; of what a sensor measures; NULL: none */
    char **aliases; /* owned */
    size_t aliases_n;
    enum device_kind kind;
    enum device_class class;
    bool class_guessed;     /* by the words of the name (home/guess.h): only ever a guarded one */
    unsigned can;           /* bits 1 << enum act_command: what its link can ask of it */
    unsigned can_when_told; /* of `can`: only once the device has told such a value */
    unsigned tells;         /* bits 1 << enum device_prop: what its link can hear of it */
    const struct link_type *link;
    void *link_data; /* owned by the link: link->device_done() */
    int line;        /* in devices.yaml */
};

struct devices {
    struct device *list; /* owned */
    size_t n;
    size_t *by_id; /* owned; indices, sorted by id */
    struct areas areas; /* rooms with further names */
};

/* Gets each complaint: file, line, device, key, remedy. Borrowed for the call. */
struct devices_sink {
    void (*complain)(const char *text, void *user); /* NULL: nobody listens */
    void *user;
};

/* `name` stands in the complaints (the file's path). Complaints do not fail the call.
 * -EINVAL: the tree is no device file at all; -ENOMEM; *ret untouched on failure. */
int devices_read(struct devices **ret, const struct yaml *tree, const char *name,
                 const struct devices_sink *sink, struct err *e);
/* + the errors of yaml_load(). */
int devices_load(struct devices **ret, const char *path, const struct devices_sink *sink,
                 struct err *e);
struct devices *devices_free(struct devices *d);
AUTO_DEFINE(struct devices *, devices_free)

void device_done(struct device *d); /* frees what it holds and zeroes it */

/* By id; NULL: no such device. */
const struct device *devices_by_id(const struct devices *d, const char *id);
/* By id, else by name or alias whatever the case: the first; NULL: no such device. */
const struct device *devices_find(const struct devices *d, const char *name);
/* Of a device that stands in the list. */
size_t devices_index(const struct devices *all, const struct device *d);
/* The same name for people (base/fold.h). */
bool device_name_is(const char *a, const char *b);
uint64_t device_name_hash(const char *name); /* equal for names that are the same */

#endif
