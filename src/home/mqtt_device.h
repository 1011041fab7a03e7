/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_device.h - a device as MQTT sees it: its topics and payloads (device.link_data).
 *
 * A list of texts, one for each field below, from the file's keys (mqtt_keys.c) and the make's
 * rows (presets.c), and the topics that tell of it. Payloads and topics may hold places:
 * {value}, {mired}, for colors {r} {g} {b} {hex}.
 * Private to mqtt_*.c. Threads: constant after loading, but `target_alt`; main loop. */
#ifndef JARVIS_HOME_MQTT_DEVICE_H
#define JARVIS_HOME_MQTT_DEVICE_H

#include "home/device_state.h"
#include "home/link.h"

enum {
    DEVICE_TOPIC_BYTES_MAX = 200,
    DEVICE_PAYLOAD_BYTES_MAX = 500,
    MQTT_REPORTS_MAX = 32, /* of one device */
};

enum device_field {
    FIELD_COMMAND_TOPIC,
    FIELD_ON, /* cover: open; lock: lock */
    FIELD_OFF,
    FIELD_TOGGLE,
    FIELD_STOP,
    FIELD_BRIGHTNESS_TOPIC,
    FIELD_BRIGHTNESS_PAYLOAD,
    FIELD_BRIGHTNESS_MAX,
    FIELD_COLOR_TOPIC,
    FIELD_COLOR_PAYLOAD,
    FIELD_COLOR_TEMP_TOPIC,
    FIELD_COLOR_TEMP_PAYLOAD,
    FIELD_POSITION_TOPIC,
    FIELD_POSITION_PAYLOAD,
    FIELD_TARGET_TOPIC,
    FIELD_TARGET_PAYLOAD,
    FIELD_TARGET_PAYLOAD_ALT, /* where the device tells its target by the second key */
    FIELD_ASK_TOPIC,
    FIELD_ASK_PAYLOAD,
    FIELD_STATE_TOPIC,
    FIELD_STATE_KEY,
    FIELD_STATE_ON,
    FIELD_STATE_OFF,
    FIELD_BRIGHTNESS_STATE_TOPIC,
    FIELD_BRIGHTNESS_KEY,
    FIELD_COLOR_STATE_TOPIC,
    FIELD_COLOR_KEY,
    FIELD_COLOR_TEMP_STATE_TOPIC,
    FIELD_COLOR_TEMP_KEY,
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
    FIELD_N
};

/* Where one thing is told: a topic, and the key in its JSON payload. */
struct mqtt_report {
    enum device_prop prop;
    char *topic; /* owned */
    char *key;   /* owned; "a.b"; NULL: the payload is the value */
    bool is_alt; /* a second place beside the usual one */
};

struct mqtt_device {
    char *field[FIELD_N];  /* owned; NULL: the device has no such thing */
    double brightness_max; /* the device's own full brightness: 100, 254, 255 ... */
    struct mqtt_report reports[MQTT_REPORTS_MAX];
    size_t reports_n;
    bool target_alt; /* the last target came by the second key */
};

static inline struct mqtt_device *mqtt_device_of(const struct device *d)
{
    return d->link_data;
}

/* The link's rows device_read() and device_done(). */
int mqtt_device_read(struct device *d, const struct yaml *node, int *line, struct err *e);
void mqtt_device_done(struct device *d);

/* One command as a message. The topic is borrowed from the device, the payload owned by the
 * caller. -EOPNOTSUPP, -ENOMEM. */
int mqtt_command(const char **ret_topic, char **ret_payload, const struct act_step *step,
                 struct err *e);

#endif
