/* SPDX-License-Identifier: Apache-2.0 */
/* home/undo.h - what was before each action, and how to get back there.
 *
 *   act: past_keep(session, plan, states)  ...  MSG_ACT {undo: session} -> past_plan() -> a plan
 *
 * The actions of one session are taken back together, each device to what it was before the first of
 * them. It is a plan like any other: answered, and itself kept, so that undoing twice does it again.
 * Back goes only what is safe (docs/safety.md): a guarded cover is left as it is, a lock is locked
 * again and never unlocked, a scene is left. Of what was not known before, only a toggle goes back.
 * What is left stands in `missed`. A session may be taken back before its sentence has ended: an early
 * action is undone by the same call.
 * What is done before its sentence has ended (past_is_early()) must be what surely goes back: lights, and
 * covers by which nobody comes in. A switch is none of it: nobody knows what hangs on it.
 * Bound: PAST_MAX actions; the oldest is forgotten.
 * Threads: main loop. */
#ifndef JARVIS_HOME_UNDO_H
#define JARVIS_HOME_UNDO_H

#include "home/plan.h"

enum { PAST_MAX = 16, EARLY_DEVICES_MAX = 8 };

struct past_item {
    char *id; /* owned; of the device: devices may be loaded anew meanwhile */
    enum act_command did;
    struct device_state before;
};

struct past { /* zeroed: nothing was done */
    struct past_action {
        uint64_t session;
        uint64_t number; /* of the command, as acting counts them (home/act.c): past_forget() names it */
        struct past_item *items; /* owned */
        size_t n;
    } at[PAST_MAX]; /* oldest first */
    size_t n;
};

/* Keeps what the devices of the plan were; without memory it cannot be undone. Plans that only ask
 * are not kept. */
void past_keep(struct past *p, uint64_t session, uint64_t number, const struct plan *plan,
               const struct devices *devices, const struct device_state *states);
/* The device (NULL: each of them) was never reached by this command: nothing goes back, and nothing is
 * said of it. */
void past_forget(struct past *p, uint64_t number, const char *id);
/* May the plan be carried out before its sentence has ended, to be taken back should it go on? 0; -EAGAIN with
 * words: not before the end. */
int past_is_early(const struct plan *plan, const struct devices *devices,
                  const struct device_state *states, struct err *e);
/* The way back from all that `session` did, which is forgotten then. Errors as plan_make(), -ENOENT:
 * it did nothing that is known; *ret is untouched then. */
int past_plan(struct plan *ret, struct past *p, uint64_t session, const struct devices *devices,
              const struct device_state *states, struct err *e);
void past_done(struct past *p);

#endif
