/* SPDX-License-Identifier: Apache-2.0 */
/* home/devices.h - the registry of the house, read from etc/devices.yaml.
 *
 *     devices:
 *       - name: Kitchen light        what people say; the id is made from it: kitchen_light
 *         aliases: [ceiling lamp]
 *         area: Kitchen
 *         kind: light                light | switch | cover | climate | scene | sensor
 *         via: zigbee2mqtt           topics and payloads of a table (presets.h) ...
 *         topic: kitchen
 *         payload_on: '{"state":"ON","transition":1}'     ... each may be written out
 *
 * A device is a list of texts, one for each field below; a preset fills those that the file
 * leaves open. Payloads and topics may hold places: {value} {r} {g} {b} {hex} {topic}.
 * A device with a fault is left out and told with file, line, key and remedy; the others load.
 * Threads: constant after loading; one owner. */
#ifndef JARVIS_HOME_DEVICES_H
#define JARVIS_HOME_DEVICES_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/yaml.h"
#include "core/house.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    DEVICES_MAX = 500,
    DEVICE_NAME_BYTES_MAX = 64, /* id, name, alias, area */
    DEVICE_ALIASES_MAX = 16,
    DEVICE_TOPIC_BYTES_MAX = 200,
    DEVICE_PAYLOAD_BYTES_MAX = 500,
    DEVICE_TEXT_BYTES_MAX = 64, /* JSON keys, state texts, unit */
};

enum device_field {
    FIELD_COMMAND_TOPIC,
    FIELD_ON,
    FIELD_OFF,
    FIELD_TOGGLE,
    FIELD_STOP, /* cover: on = open */
    FIELD_BRIGHTNESS_TOPIC,
    FIELD_BRIGHTNESS_PAYLOAD,
    FIELD_BRIGHTNESS_MAX,
    FIELD_COLOR_TOPIC,
    FIELD_COLOR_PAYLOAD,
    FIELD_POSITION_TOPIC,
    FIELD_POSITION_PAYLOAD,
    FIELD_TARGET_TOPIC,
    FIELD_TARGET_PAYLOAD,
    FIELD_STATE_TOPIC,
    FIELD_STATE_KEY,
    FIELD_STATE_ON,
    FIELD_STATE_OFF,
    FIELD_BRIGHTNESS_STATE_TOPIC,
    FIELD_BRIGHTNESS_KEY,
    FIELD_COLOR_STATE_TOPIC,
    FIELD_COLOR_KEY,
    FIELD_POSITION_STATE_TOPIC,
    FIELD_POSITION_KEY,
    FIELD_TARGET_STATE_TOPIC,
    FIELD_TARGET_KEY,
    FIELD_MEASURED_TOPIC,
    FIELD_MEASURED_KEY,
    FIELD_ONLINE_TOPIC,
    FIELD_ONLINE_KEY,
    FIELD_ONLINE_YES,
    FIELD_ONLINE_NO,
    FIELD_UNIT,
    FIELD_N
};

/* What can be known about a device. */
enum device_prop {
    PROP_POWER,
    PROP_BRIGHTNESS,
    PROP_COLOR,
    PROP_POSITION,
    PROP_TARGET,
    PROP_MEASURED,
    PROP_ONLINE,
    PROP_N
};

struct device {
    char *id;       /* owned; [a-z0-9_-]+ */
    char *name;     /* owned */
    char *area;     /* owned; "" where none is given */
    char **aliases; /* owned */
    size_t aliases_n;
    enum device_kind kind;
    char *field[FIELD_N];  /* owned; NULL: the device has no such thing */
    double brightness_max; /* the device's own full brightness: 100, 254, 255 ... */
    int line;              /* in devices.yaml */
};

/* One topic to listen to. Several rows may name the same topic. */
struct device_report {
    const char *topic; /* borrowed from the device */
    size_t device;     /* index */
    enum device_prop prop;
};

struct devices {
    struct device *list; /* owned */
    size_t n;
    struct device_report *reports; /* owned; sorted by topic, then by device */
    size_t reports_n;
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

/* By id, else by name or alias whatever the case; NULL: no such device. */
const struct device *devices_find(const struct devices *d, const char *name);
/* First row of a topic and how many follow; 0: nobody listens to it. */
size_t devices_reports(const struct device_report **ret, const struct devices *d,
                       const char *topic);
/* Where `prop` is read in a JSON payload ("a.b"); NULL: the payload is the value. */
const char *device_prop_key(const struct device *d, enum device_prop prop);
/* The same name for people (base/fold.h). */
bool device_name_is(const char *a, const char *b);

#endif
