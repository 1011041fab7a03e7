/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_payload.h - bytes that a device (or anybody on the broker) published -> state.
 *
 * A value stands in the payload whole ("ON", "57", "21.5") or under a key of a JSON object
 * ("state", "StatusSNS.AM2301.Temperature"). A JSON payload that lacks the key says
 * nothing about it: partial reports are common and leave the rest as it was. A value that does
 * not please is left out and told; the others of the same payload count all the same.
 * Threads: no shared state. */
#ifndef JARVIS_HOME_MQTT_PAYLOAD_H
#define JARVIS_HOME_MQTT_PAYLOAD_H

#include "home/mqtt_device.h"

enum { PAYLOAD_BYTES_MAX = 8192 }; /* what the MQTT thread lets through */

/* What one topic tells about one device. */
struct payload_form {
    const struct device *device;
    size_t n;
    const struct mqtt_report *report[MQTT_REPORTS_MAX]; /* borrowed from the device */
};

/* Takes what the payload tells into *io (io->stale is cleared). 0: all of it; 1: some, and a value
 * that did not please, with words in *e. -ENOENT: nothing of interest; -EMSGSIZE, -EBADMSG (no
 * text, no JSON, no such word), -ERANGE, -ENOMEM with words; *io is untouched on failure. */
int payload_parse(struct device_state *io, const struct payload_form *form, const void *buf,
                  size_t len, struct err *e);

#endif
