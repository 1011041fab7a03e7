/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_keys.h - the MQTT keys of a device in devices.yaml: which field each fills, for which
 * kinds it is meant and what may stand there (private to mqtt_read.c).
 * Threads: constant. */
#ifndef JARVIS_HOME_MQTT_KEYS_H
#define JARVIS_HOME_MQTT_KEYS_H

#include "home/mqtt_device.h"

enum mqtt_key_type { KEY_TOPIC, KEY_PAYLOAD, KEY_TEXT, KEY_NUMBER };

struct mqtt_key {
    const char *key;
    enum device_field field;
    enum mqtt_key_type type;
    unsigned kinds; /* IS_LIGHT | ... */
};

/* The row of a key for a kind; NULL: none, and *known tells whether another kind has the key. */
const struct mqtt_key *mqtt_key_find(const char *key, enum device_kind kind, bool *known);
/* name, kind, area, via ...: keys that say who the device is and fill no field. */
bool mqtt_key_is_head(const char *key);
/* The known key that a misspelt one is nearest to, or NULL. */
const char *mqtt_key_nearest(const char *key);

/* -EINVAL, -ERANGE, -ENAMETOOLONG with "key: words". */
int mqtt_key_check(const struct mqtt_key *row, const char *text, struct err *e);
int mqtt_key_check_topic(const char *key, const char *topic, struct err *e);

#endif
