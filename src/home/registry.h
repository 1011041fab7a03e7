/* SPDX-License-Identifier: Apache-2.0 */
/* home/registry.h - which devices there are and what is known of each.
 *
 *     devices.yaml -> registry_load()   -> MSG_DEVICES, complaints as MSG_FAULT "devices"
 *     link         -> registry_report() -> MSG_DEVICE, at once; a device that tells more often than every
 *                     REGISTRY_TELL_MS is told with its newest state after that time
 *     link lost    -> registry_age()    -> its states are stale, told a few at a time
 *
 * A reload keeps the states of devices that stay. Owns devices and states; pointers to either are
 * valid until the next load.
 * Threads: main loop. */
#ifndef JARVIS_HOME_REGISTRY_H
#define JARVIS_HOME_REGISTRY_H

#include "base/paths.h"
#include "core/bus.h"
#include "home/device_state.h"

enum {
    REGISTRY_TELL_MS = 100,     /* between two words about one device */
    REGISTRY_TELL_AT_ONCE = 64, /* devices told in one turn of the loop */
};

struct registry;

struct registry_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct paths *paths;
};

int registry_new(struct registry **ret, const struct registry_deps *d, struct err *e);
struct registry *registry_free(struct registry *r);
AUTO_DEFINE(struct registry *, registry_free)

/* Reads etc/devices.yaml; `kept` {id: state} may be NULL. A fault of the whole file leaves what was
 * there, and is told; complaints about single devices do not fail the call. */
int registry_load(struct registry *r, const cJSON *kept, struct err *e);
void registry_tell_all(struct registry *r); /* MSG_DEVICES */

const struct devices *registry_devices(const struct registry *r); /* never NULL */
const struct device_state *registry_states(const struct registry *r);
const struct device_state *registry_state(const struct registry *r, const struct device *d);
/* {id, name, area, kind, class?, state}; owned by the caller; NULL when out of memory. */
cJSON *registry_device_json(const struct registry *r, const struct device *d);

/* A device told something: `s` is its whole new state. */
void registry_report(struct registry *r, const struct device *d, const struct device_state *s);
/* The way to these devices was lost: what they told is old. */
void registry_age(struct registry *r, const struct link_type *type);

size_t registry_complaints(const struct registry *r, const char **ret_first);
/* Devices whose class was guessed from their name: adds {guessed:[{id,class}]}. */
bool registry_status(const struct registry *r, cJSON *to);

#endif
