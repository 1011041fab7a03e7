/* SPDX-License-Identifier: Apache-2.0 */
/* home/home.h - the devices of the house and how to reach them.
 *
 * Loads etc/devices.yaml, keeps the MQTT link, tracks states from state topics, and:
 *   MSG_ACT     {intent, slots} -> MSG_ACTED {devices:[{id, name, area, kind, state}],
 *               publishes:[{topic, payload, sent}], published_usec} once the broker has confirmed
 *               all of it; code -ENOTCONN at once when it is away (nothing is kept for later),
 *               -ETIMEDOUT after 2 s, -ENOENT, -EOPNOTSUPP, -EINVAL ... with words for people.
 *               mqtt.enabled false: code 0 and "sent" false, to show what would be sent.
 *   MSG_DEVICES the registry, MSG_DEVICE one new state (form of a state: device_state.h)
 *   MSG_FAULT   parts "mqtt" and "devices"
 * Below this: devices.h (registry), action.h (intent + slots -> messages), payload.h (published
 * bytes -> state), mqtt.h (link).
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
/* Loads devices.yaml, takes the kept states {id: state} (may be NULL), tells MSG_DEVICES, connects
 * to the broker. A fault in the file and a refused or absent broker are MSG_FAULT, not a failure. */
int home_start(struct home *h, const cJSON *kept_states, struct err *e);
/* devices.yaml changed. A file that cannot be read leaves the devices as they were. -EINVAL also when
 * it was read but some devices were left out: the words count and name them. */
int home_reload(struct home *h, struct err *e);
/* {connected, enabled, broker, devices, published, received, dropped, rejected, waiting,
 * last_rejected?}; owned by the caller. */
cJSON *home_status(const struct home *h);

#endif
