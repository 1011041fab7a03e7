/* SPDX-License-Identifier: Apache-2.0 */
/* home/action.h - an intent with its slots -> what must be published, and to whom.
 *
 *     {"intent":"HassTurnOn","slots":{"area":{"value":"Kitchen","text":"kitchen"},
 *                                     "domain":{"value":"light"}}}
 *       -> home/light/kitchen {"power":"on"}
 *          cmnd/spots/POWER   ON
 *
 * Slots: name (a device's id; a name or alias also does; "all"), area, domain, and the value
 * of the intent (brightness, color, position, temperature). A value may stand alone or as
 * {value, text}. Neither name nor area: the whole house.
 * One device is meant: what it cannot do is an error. Several are meant: those that can do it
 * do it. A command is idempotent where the state is known: toggle becomes on or off.
 * Threads: no shared state. */
#ifndef JARVIS_HOME_ACTION_H
#define JARVIS_HOME_ACTION_H

#include "home/device_state.h"

struct action_step {
    const struct device *device; /* borrowed from the registry */
    const char *topic; /* borrowed from the device; NULL: the device is only asked about */
    char *payload;     /* owned */
};

struct action {
    struct action_step *steps; /* owned */
    size_t n;
};

/* `states` holds one for each device. Errors, with words for people: -EBADMSG no such intent or
 * slots, -EINVAL a value that is not possible, -ENOENT no such device, -EOPNOTSUPP the device
 * cannot do it, -EHOSTDOWN it is known to be away, -ENOMEM. *ret is untouched on failure. */
int action_plan(struct action *ret, const struct devices *devices,
                const struct device_state *states, const cJSON *request, struct err *e);
void action_done(struct action *a);

#endif
