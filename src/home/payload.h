/* SPDX-License-Identifier: Apache-2.0 */
/* home/payload.h - bytes that a device (or anybody on the broker) published -> state.
 *
 * A value stands in the payload whole ("ON", "57", "21.5") or under a key of a JSON object
 * ("state", "StatusSNS.AM2301.Temperature"). A JSON payload that lacks the key says
 * nothing about it: partial reports are common and leave the rest as it was.
 * Threads: no shared state. */
#ifndef JARVIS_HOME_PAYLOAD_H
#define JARVIS_HOME_PAYLOAD_H

#include "home/device_state.h"

enum { PAYLOAD_BYTES_MAX = 65536 };

/* What one topic tells about one device. */
struct payload_form {
    const struct device *device;
    size_t n;
    enum device_prop prop[PROP_N];
};

/* Takes what the payload tells into *io. 0: something was told (io->stale is cleared);
 * -ENOENT: nothing of interest; -EMSGSIZE, -EBADMSG (no text, no JSON, no such word), -ERANGE,
 * -ENOMEM with words; *io is untouched on failure. */
int payload_parse(struct device_state *io, const struct payload_form *form, const void *buf,
                  size_t len, struct err *e);

#endif
