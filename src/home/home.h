/* SPDX-License-Identifier: Apache-2.0 */
/* home/home.h - the devices of the house and how to reach them.
 *
 * Loads etc/devices.yaml, opens the links of home/links.c, and:
 *   MSG_ACT     -> MSG_ACTED (home/act.h), from any poster
 *   MSG_DEVICES the devices, MSG_DEVICE one new state (form of a state: device_state.h)
 *   MSG_FAULT   parts "devices" and each link's name ("mqtt")
 * mqtt.enabled false: MQTT devices run dry; what would be sent stands in `sent` with "(not sent)".
 *
 *   registry.h  devices and states        plan.h   request -> {device, command, value}
 *   act.h       commands under way        link.h   ways to a device: mqtt_*.h, virtual_home.c
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
/* {devices, waiting, asked, guessed?, connected, enabled, broker, published, received, dropped, rejected,
 * last_rejected?, virtual_sent}; owned by the caller. */
cJSON *home_status(const struct home *h);

#endif
