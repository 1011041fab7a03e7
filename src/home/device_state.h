/* SPDX-License-Identifier: Apache-2.0 */
/* home/device_state.h - what is known of one device, in the same units for every make.
 *
 * JSON form (MSG_DEVICES, MSG_DEVICE, MSG_ACTED, the store), only what is known:
 *     light, switch  {"state":"on","brightness":78,"color":"#ff8800"}       percent
 *     cover          {"state":"open","position":40}                         percent open
 *     climate        {"state":"on","target":20.5,"temperature":19.8}        degrees
 *     sensor         {"state":21.5,"unit":"°C"} or {"state":"detected"}
 *     any            "available":false, "stale":true, "summary":"on, 78 %"
 * stale: kept from an earlier run; the device has not told anything since.
 * Threads: a plain value. */
#ifndef JARVIS_HOME_DEVICE_STATE_H
#define JARVIS_HOME_DEVICE_STATE_H

#include "base/json.h"
#include "base/str.h"
#include "home/devices.h"

enum { STATE_TEXT_BYTES = 64 };

struct device_state {
    unsigned known; /* bits 1 << enum device_prop */
    bool on;        /* PROP_POWER; cover: open */
    bool online;    /* PROP_ONLINE */
    bool stale;
    int brightness_percent;
    int position_percent;        /* 100: fully open */
    double target;               /* degrees, in the device's unit */
    double measured;             /* PROP_MEASURED while `text` is "" */
    char color[8];               /* "#rrggbb" */
    char text[STATE_TEXT_BYTES]; /* PROP_MEASURED of a sensor that tells words */
};

static inline bool state_knows(const struct device_state *s, enum device_prop prop)
{
    return s->known & (1u << prop);
}

/* Known to be away? A device that says nothing about it counts as there. */
static inline bool state_is_away(const struct device_state *s)
{
    return state_knows(s, PROP_ONLINE) && !s->online;
}

bool state_is_same(const struct device_state *a, const struct device_state *b);
/* Owned by the caller; NULL when out of memory. */
cJSON *state_json(const struct device_state *s, const struct device *d);
/* Takes a kept JSON form; what does not fit stays unknown. *ret is stale then, untouched where
 * nothing fits. */
void state_keep(struct device_state *ret, const cJSON *json, const struct device *d);
/* "on, 78 %", "21.5 °C", "" where nothing is known. */
void state_summary(struct str *out, const struct device_state *s, const struct device *d);

#endif
