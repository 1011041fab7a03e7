/* SPDX-License-Identifier: Apache-2.0 */
/* home/plan.h - what was asked -> what each device is to do: {device, command, value}.
 *
 *     {"intent":"HassTurnOn","slots":{"area":{"value":"Kitchen","text":"kitchen"},
 *                                     "domain":{"value":"light"}}}
 *     {"device":"kitchen_light","command":"brightness","value":40}
 *       -> kitchen_light on, spots on          missed: the hall lamp does not answer
 *
 * Slots: name (a device's id; "all"), area, domain and device_class (a text or a list), and the
 * values of the intent (core/intents.h). A value may stand alone or as {value, text}. Neither name
 * nor area: the whole house.
 *
 * One device is meant: what it cannot do is an error. Several are meant: those that can do it do
 * it, those that were meant and cannot be reached are `missed`.
 * Safety (docs/safety.md): a sentence that names no single device never moves a guarded one
 * (core/house.h), but to stop or lock it; and a guarded one that is named is not moved by a
 * spoken sentence before it is confirmed.
 * A step (brighter, warmer, by 10 percent) goes out from the known state, is clamped and never
 * goes the wrong way; without a known state it is refused with words. Toggle becomes on or off
 * where the state is known, so that a repeated message does no harm.
 * Threads: no shared state. */
#ifndef JARVIS_HOME_PLAN_H
#define JARVIS_HOME_PLAN_H

#include "home/device_state.h"
#include "home/link.h"

enum { PLAN_WHY_BYTES = 96 };

struct plan_missed {
    const struct device *device; /* borrowed from the registry */
    int code; /* -EHOSTDOWN away, -ENODATA its state is not known, -EALREADY off, and left so */
    char why[PLAN_WHY_BYTES];    /* "does not answer at the moment" */
};

struct plan {
    struct act_step *steps; /* owned; those of one device stand together */
    size_t steps_n;
    struct plan_missed *missed; /* owned */
    size_t missed_n;
};

/* `states` holds one for each device. `is_spoken`: it may have been misheard.
 * 0; -ENOKEY: a guarded device would be moved and nobody has confirmed it: *ret holds what would
 * be done. Errors, with words for people: -EBADMSG no such intent, command or slots, -EINVAL a
 * value that is not possible, -ENOENT no such device, -ENOTUNIQ one is meant and there are several, -EPERM only guarded ones are left,
 * -EOPNOTSUPP the device cannot do it, -ENODATA its state is not known, -EHOSTDOWN it is known to be
 * away, -ENOMEM. *ret is untouched then. */
int plan_make(struct plan *ret, const struct devices *devices, const struct device_state *states,
              const cJSON *request, bool is_spoken, struct err *e);
void plan_done(struct plan *p);

#endif
