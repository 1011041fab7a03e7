/* SPDX-License-Identifier: Apache-2.0 */
/* home/home.h - the devices of the house and how to reach them.
 *
 * Loads etc/devices.yaml, keeps the MQTT link (libmosquitto in its own thread: callbacks
 * only post), tracks states from state topics, answers MSG_ACT by MSG_ACTED, tells
 * MSG_DEVICES (registry) and MSG_DEVICE (one new state).
 * Below this: devices.h (registry and devices.yaml), action.h (intent + slots -> topic and
 * payload per kind), mqtt.h (link), payload.h (JSON and plain states).
 * Threads: main loop. */
#ifndef JARVIS_HOME_HOME_H
#define JARVIS_HOME_HOME_H

#include "base/paths.h"
#include "core/bus.h"
#include "core/settings.h"

struct home;

struct home_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    const struct paths *paths;
};

int home_new(struct home **ret, const struct home_deps *d, struct err *e);
struct home *home_free(struct home *h);
AUTO_DEFINE(struct home *, home_free)
/* Loads devices.yaml (a fault in it is told with its line and the devices before stay), takes the
 * kept states {id: state} (may be NULL), tells MSG_DEVICES, connects to the broker. A refused or
 * absent broker is MSG_FAULT, not a failure. */
int home_start(struct home *h, const cJSON *kept_states, struct err *e);
int home_reload(struct home *h, struct err *e); /* devices.yaml changed */
/* {connected, broker, devices, published, received, waiting}; owned by the caller. */
cJSON *home_status(const struct home *h);

#endif
