/* SPDX-License-Identifier: Apache-2.0 */
/* home/act.h - MSG_ACT -> what is sent by the links -> MSG_ACTED, exactly one for each.
 *
 *     MSG_ACT {intent, slots, confirmed?} or {device, command, value}
 *        plan_make() -> link->send() for each step ... done() for each -> MSG_ACTED
 *
 *   json  devices: [{id, name, area, kind, class?, state}]  who got it
 *         missed:  [{id, name, why}]                        who was meant and did not
 *         sent:    [words of the link]                      what was handed over
 *         publishes: [{topic, payload, sent}]               the same of MQTT for programs (compatible)
 *         published_usec                                    when
 *   code  0: at least one got it (or was asked about). -ENOKEY: nothing was sent, it has to be
 *         confirmed (`devices` says which). -ETIMEDOUT: it was handed over and nobody knows whether
 *         it was done: not sent again, and what has not left is withdrawn. Others with words.
 *
 *         Done before its sentence has ended ({.., early: true}): -EAGAIN, nothing was sent, it has to
 *         wait for the end. {undo: session, early: true} takes it back as if it had never been.
 *
 * A command waits as long as something is confirmed every ACT_MS, ACT_TOTAL_MS in all. It is
 * never kept for later: without a way to the device the answer is -ENOTCONN at once. A message that
 * is delivered twice (msg.number) is done and answered once.
 * Bounds: ACT_PENDING_MAX commands under way; a further one is answered -EBUSY.
 * Threads: main loop. */
#ifndef JARVIS_HOME_ACT_H
#define JARVIS_HOME_ACT_H

#include "core/bus.h"
#include "home/link.h"
#include "home/registry.h"

enum {
    ACT_MS = 2000,        /* without any confirmation: given up */
    ACT_GIVE_UP_MS = 500, /* for the link to say what became of it */
    ACT_TOTAL_MS = 15000,
    ACT_PENDING_MAX = 128, /* as many as there are conversations */
    ACT_TAKEN_MAX = 256,   /* the newest requests that a repetition is told by */
};

struct acting;

struct acting_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    struct registry *registry;
    struct link *const *links; /* LINKS_N; NULL: not there */
    const bool
        *is_dry; /* LINKS_N; not there because the settings say so: show what would be sent */
};

int acting_new(struct acting **ret, const struct acting_deps *d, struct err *e);
struct acting *acting_free(struct acting *a);
AUTO_DEFINE(struct acting *, acting_free)
/* link_host.done of every link. Tokens that are not known are ignored: they came too late. */
void acting_done(struct acting *a, uint64_t token, int code);
size_t acting_waiting(const struct acting *a);

#endif
