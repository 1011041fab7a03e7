/* SPDX-License-Identifier: Apache-2.0 */
/* home/device_keys.h - the keys of a device in devices.yaml: which field each fills, for which
 * kinds it is meant and what may stand there (private to devices_read.c).
 * Threads: constant. */
#ifndef JARVIS_HOME_DEVICE_KEYS_H
#define JARVIS_HOME_DEVICE_KEYS_H

#include "home/devices.h"

enum device_key_type { KEY_TOPIC, KEY_PAYLOAD, KEY_TEXT, KEY_NUMBER };

struct device_key {
    const char *key;
    enum device_field field;
    enum device_key_type type;
    unsigned kinds; /* IS_LIGHT | ... */
};

/* The row of a key for a kind; NULL: none, and *known tells whether another kind has the key. */
const struct device_key *device_key_find(const char *key, enum device_kind kind, bool *known);
/* name, kind, area, via ...: keys that say who the device is and fill no field. */
bool device_key_is_head(const char *key);
/* The known key that a misspelt one is nearest to, or NULL. */
const char *device_key_nearest(const char *key);

/* -EINVAL, -ERANGE, -ENAMETOOLONG with "key: words". */
int device_key_check(const struct device_key *row, const char *text, struct err *e);
int device_key_check_text(const char *key, const char *text, size_t max_bytes, struct err *e);
int device_key_check_topic(const char *key, const char *topic, struct err *e);

#endif
