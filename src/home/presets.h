/* SPDX-License-Identifier: Apache-2.0 */
/* home/presets.h - topics and payloads of what people have in their houses.
 *
 * `via: NAME` in devices.yaml takes the rows of that name for the device's kind. Places in
 * the texts: {topic} as written in the file; {node} and {object} are its part before and
 * after the first '/' (ESPHome's "node/object").
 * Threads: constant. */
#ifndef JARVIS_HOME_PRESETS_H
#define JARVIS_HOME_PRESETS_H

#include "home/mqtt_device.h"

struct preset_row {
    const char *via;
    unsigned kinds; /* IS_LIGHT | ... */
    enum device_field field;
    const char *text;
    unsigned classes; /* bits 1 << enum device_class; 0: any */
};

/* A further place where the same is told: partial answers, other firmware, other settings. */
struct preset_report {
    const char *via;
    unsigned kinds;
    enum device_prop prop;
    const char *topic, *key; /* key NULL: the payload is the value */
};

extern const struct preset_row preset_rows[];
extern const size_t preset_rows_n;
extern const struct preset_report preset_reports[];
extern const size_t preset_reports_n;
/* The makes, up to NULL. */
extern const char *const preset_vias[];
/* "home", "zigbee2mqtt" ...; for complaints. */
extern const char preset_names[];

#endif
