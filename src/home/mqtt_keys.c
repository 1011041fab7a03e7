/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_keys.c - the MQTT keys of a device in devices.yaml. */
#include "home/mqtt_keys.h"

#include "base/nearest.h"
#include "home/text.h"

#include <math.h>
#include <string.h>

/* clang-format off */
static const struct mqtt_key key_rows[] = {
    { "command_topic",           FIELD_COMMAND_TOPIC,      KEY_TOPIC,   IS_ANY & ~(IS_SENSOR | IS_BINARY_SENSOR) },
    { "payload_on",              FIELD_ON,                 KEY_PAYLOAD, IS_LIGHT | IS_SWITCH | IS_CLIMATE | IS_SCENE },
    { "payload_off",             FIELD_OFF,                KEY_PAYLOAD, IS_LIGHT | IS_SWITCH | IS_CLIMATE },
    { "payload_toggle",          FIELD_TOGGLE,             KEY_PAYLOAD, IS_LIGHT | IS_SWITCH | IS_COVER },
    { "payload_open",            FIELD_ON,                 KEY_PAYLOAD, IS_COVER },
    { "payload_close",           FIELD_OFF,                KEY_PAYLOAD, IS_COVER },
    { "payload_stop",            FIELD_STOP,               KEY_PAYLOAD, IS_COVER },
    { "brightness_topic",        FIELD_BRIGHTNESS_TOPIC,   KEY_TOPIC,   IS_LIGHT },
    { "brightness_payload",      FIELD_BRIGHTNESS_PAYLOAD, KEY_PAYLOAD, IS_LIGHT },
    { "brightness_max",          FIELD_BRIGHTNESS_MAX,     KEY_NUMBER,  IS_LIGHT },
    { "brightness_state_topic",  FIELD_BRIGHTNESS_STATE_TOPIC, KEY_TOPIC, IS_LIGHT },
    { "brightness_key",          FIELD_BRIGHTNESS_KEY,     KEY_TEXT,    IS_LIGHT },
    { "color_topic",             FIELD_COLOR_TOPIC,        KEY_TOPIC,   IS_LIGHT },
    { "color_payload",           FIELD_COLOR_PAYLOAD,      KEY_PAYLOAD, IS_LIGHT },
    { "color_state_topic",       FIELD_COLOR_STATE_TOPIC,  KEY_TOPIC,   IS_LIGHT },
    { "color_key",               FIELD_COLOR_KEY,          KEY_TEXT,    IS_LIGHT },
    { "position_topic",          FIELD_POSITION_TOPIC,     KEY_TOPIC,   IS_COVER },
    { "position_payload",        FIELD_POSITION_PAYLOAD,   KEY_PAYLOAD, IS_COVER },
    { "position_state_topic",    FIELD_POSITION_STATE_TOPIC, KEY_TOPIC, IS_COVER },
    { "position_key",            FIELD_POSITION_KEY,       KEY_TEXT,    IS_COVER },
    { "temperature_topic",       FIELD_TARGET_TOPIC,       KEY_TOPIC,   IS_CLIMATE },
    { "temperature_payload",     FIELD_TARGET_PAYLOAD,     KEY_PAYLOAD, IS_CLIMATE },
    { "temperature_state_topic", FIELD_TARGET_STATE_TOPIC, KEY_TOPIC,   IS_CLIMATE },
    { "temperature_key",         FIELD_TARGET_KEY,         KEY_TEXT,    IS_CLIMATE },
    { "measured_topic",          FIELD_MEASURED_TOPIC,     KEY_TOPIC,   IS_CLIMATE },
    { "measured_key",            FIELD_MEASURED_KEY,       KEY_TEXT,    IS_CLIMATE },
    { "state_topic",             FIELD_STATE_TOPIC,        KEY_TOPIC,   IS_ANY & ~(IS_SENSOR | IS_SCENE) },
    { "state_topic",             FIELD_MEASURED_TOPIC,     KEY_TOPIC,   IS_SENSOR },
    { "state_key",               FIELD_STATE_KEY,          KEY_TEXT,    IS_ANY & ~(IS_SENSOR | IS_SCENE) },
    { "state_key",               FIELD_MEASURED_KEY,       KEY_TEXT,    IS_SENSOR },
    { "state_on",                FIELD_STATE_ON,           KEY_TEXT,    IS_LIGHT | IS_SWITCH | IS_CLIMATE | IS_BINARY_SENSOR },
    { "state_off",               FIELD_STATE_OFF,          KEY_TEXT,    IS_LIGHT | IS_SWITCH | IS_CLIMATE | IS_BINARY_SENSOR },
    { "state_open",              FIELD_STATE_ON,           KEY_TEXT,    IS_COVER },
    { "state_closed",            FIELD_STATE_OFF,          KEY_TEXT,    IS_COVER },
    { "availability_topic",      FIELD_ONLINE_TOPIC,       KEY_TOPIC,   IS_ANY & ~IS_SCENE },
    { "availability_key",        FIELD_ONLINE_KEY,         KEY_TEXT,    IS_ANY & ~IS_SCENE },
    { "payload_available",       FIELD_ONLINE_YES,         KEY_TEXT,    IS_ANY & ~IS_SCENE },
    { "payload_not_available",   FIELD_ONLINE_NO,          KEY_TEXT,    IS_ANY & ~IS_SCENE },
    { "color_temp_topic",        FIELD_COLOR_TEMP_TOPIC,   KEY_TOPIC,   IS_LIGHT },
    { "color_temp_payload",      FIELD_COLOR_TEMP_PAYLOAD, KEY_PAYLOAD, IS_LIGHT },
    { "color_temp_state_topic",  FIELD_COLOR_TEMP_STATE_TOPIC, KEY_TOPIC, IS_LIGHT },
    { "color_temp_key",          FIELD_COLOR_TEMP_KEY,     KEY_TEXT,    IS_LIGHT },
    { "payload_lock",            FIELD_ON,                 KEY_PAYLOAD, IS_LOCK },
    { "payload_unlock",          FIELD_OFF,                KEY_PAYLOAD, IS_LOCK },
    { "state_locked",            FIELD_STATE_ON,           KEY_TEXT,    IS_LOCK },
    { "state_unlocked",          FIELD_STATE_OFF,          KEY_TEXT,    IS_LOCK },
    { "ask_topic",               FIELD_ASK_TOPIC,          KEY_TOPIC,   IS_ANY & ~IS_SCENE },
    { "ask_payload",             FIELD_ASK_PAYLOAD,        KEY_PAYLOAD, IS_ANY & ~IS_SCENE },
};

static const char *const head_keys[] = {
    "id",  "name",  "aliases",  "area",  "kind",  "class",
    "via", "topic", "dimmable", "color", "color_temp", "unit",
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool mqtt_key_is_head(const char *key)
{
    for (size_t i = 0; i < COUNT(head_keys); i++)
        if (strcmp(head_keys[i], key) == 0)
            return true;
    return false;
}

const struct mqtt_key *mqtt_key_find(const char *key, enum device_kind kind, bool *known)
{
    *known = false;
    for (size_t i = 0; i < COUNT(key_rows); i++) {
        if (strcmp(key_rows[i].key, key) != 0)
            continue;
        *known = true;
        if (key_rows[i].kinds & (1u << kind))
            return &key_rows[i];
    }
    return NULL;
}

const char *mqtt_key_nearest(const char *key)
{
    struct nearest near = nearest_to(key, 4); /* further away is another word */

    for (size_t i = 0; i < COUNT(key_rows); i++)
        nearest_try(&near, key_rows[i].key);
    for (size_t i = 0; i < COUNT(head_keys); i++)
        nearest_try(&near, head_keys[i]);
    return near.found;
}

int mqtt_key_check_topic(const char *key, const char *topic, struct err *e)
{
    int r = text_check(key, topic, DEVICE_TOPIC_BYTES_MAX, e);

    if (r < 0)
        return r;
    if (topic[0] == '\0')
        return err_set(e, -EINVAL, "%s: is empty; give a topic or leave the key out", key);
    if (strpbrk(topic, "+#"))
        return err_set(e, -EINVAL, "%s: '%s' has a wildcard; name one topic", key, topic);
    if (topic[0] == '$')
        return err_set(e, -EINVAL, "%s: '%s' belongs to the broker", key, topic);
    return 0;
}

static int check_number(const char *key, const char *text, struct err *e)
{
    char *end;
    double v = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(v))
        return err_set(e, -EINVAL, "%s: '%s' is not a number", key, text);
    if (v < 1 || v > 65535)
        return err_set(e, -ERANGE, "%s: %s is outside 1..65535", key, text);
    return 0;
}

int mqtt_key_check(const struct mqtt_key *row, const char *text, struct err *e)
{
    switch (row->type) {
    case KEY_TOPIC:
        return mqtt_key_check_topic(row->key, text, e);
    case KEY_PAYLOAD:
        return text_check(row->key, text, DEVICE_PAYLOAD_BYTES_MAX, e);
    case KEY_NUMBER:
        return check_number(row->key, text, e);
    case KEY_TEXT:
    default:
        return text_check(row->key, text, DEVICE_TEXT_BYTES_MAX, e);
    }
}
