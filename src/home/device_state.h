/* SPDX-License-Identifier: Apache-2.0 */
/* home/device_state.h - what is known of one device, in the same units for every make.
 *
 * JSON form (MSG_DEVICES, MSG_DEVICE, MSG_ACTED, the store), only what is known:
 *     light, switch  {"state":"on","brightness":78,"color":"#ff8800","color_temp":2700}  percent, K
 *     cover          {"state":"open","position":40}                         percent open
 *     climate        {"state":"on","mode":"heat","target":20.5,"temperature":19.8}   degrees
 *     sensor         {"state":21.5,"unit":"°C"} or {"state":"detected"}
 *     binary_sensor  {"state":"open"}, "wet", "detected" ... by class
 *     lock           {"state":"locked"}
 *     any            "available":false, "stale":true, "at":1700000000000, "summary":"on, 78 %"
 * at: wall time in ms when the device last told something. stale: that is old: kept from an
 * earlier run, or the way to the device was lost since; nothing may be done relative to it.
 * Threads: a plain value. */
#ifndef JARVIS_HOME_DEVICE_STATE_H
#define JARVIS_HOME_DEVICE_STATE_H

#include "base/json.h"
#include "base/str.h"
#include "home/devices.h"

enum { STATE_TEXT_BYTES = 64, STATE_MODE_BYTES = 32 };

struct device_state {
    unsigned known; /* bits 1 << enum device_prop */
    bool on;        /* PROP_POWER; open, locked, wet ... */
    bool online;    /* PROP_ONLINE */
    bool stale;
    int brightness_percent;
    int kelvin;                  /* PROP_COLOR_TEMP */
    int position_percent;        /* 100: fully open */
    double target;               /* degrees, in the device's unit */
    double measured;             /* PROP_MEASURED while `text` is "" */
    int64_t at_ms;               /* wall time of the last word; 0: never */
    char color[8];               /* "#rrggbb" */
    char text[STATE_TEXT_BYTES]; /* PROP_MEASURED of a sensor that tells words */
    char mode[STATE_MODE_BYTES]; /* of a climate, as it was told; "" where none was */
};

static inline bool state_knows(const struct device_state *s, enum device_prop prop)
{
    return s->known & (1u << prop);
}

/* Known, and not from long ago? */
static inline bool state_is_sure(const struct device_state *s, enum device_prop prop)
{
    return state_knows(s, prop) && !s->stale;
}

/* Known to be away? A device that says nothing about it counts as there. */
static inline bool state_is_away(const struct device_state *s)
{
    return state_knows(s, PROP_ONLINE) && !s->online;
}

/* `at_ms` does not count. */
bool state_is_same(const struct device_state *a, const struct device_state *b);
/* "on", "open", "locked", "wet" ... of PROP_POWER for this device. */
const char *state_power_word(bool on, const struct device *d);
/* Owned by the caller; NULL when out of memory. */
cJSON *state_json(const struct device_state *s, const struct device *d);
/* Takes a kept JSON form; what does not fit stays unknown. *ret is stale then, untouched where
 * nothing fits. */
void state_keep(struct device_state *ret, const cJSON *json, const struct device *d);
/* "on, 78 %", "21.5 °C", "" where nothing is known. */
void state_summary(struct str *out, const struct device_state *s, const struct device *d);

#endif
