/* SPDX-License-Identifier: Apache-2.0 */
/* home/targets.h - who is meant by a request: one device by its id, or all of a room, kind, class.
 * Threads: no shared state. */
#ifndef JARVIS_HOME_TARGETS_H
#define JARVIS_HOME_TARGETS_H

#include "base/json.h"
#include "core/intents.h"
#include "home/devices.h"

struct targets {
    const struct device **list; /* owned */
    size_t n;
    size_t guarded_n; /* would have been meant, but only by their own name */
    bool one;         /* by its own name */
};

/* A collective request reaches no guarded device; `also_guarded`: it does (it only asks, stops or locks).
 * -ENOENT, -EPERM (only guarded ones are left), -ENOMEM with words; *ret is untouched then. */
int targets_find(struct targets *ret, const struct devices *devices, const struct intent_def *def,
                 const cJSON *slots, bool also_guarded, struct err *e);
void targets_done(struct targets *t);

#endif
