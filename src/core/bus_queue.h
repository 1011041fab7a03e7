/* SPDX-License-Identifier: Apache-2.0 */
/* core/bus_queue.h - the messages that wait for the main loop: bounded, with rules for what gives
 * way.
 *
 * Each type has a row: how many may wait, how many bytes, and the rule when there are more.
 *   RULE_REFUSE  something asked for from outside: the new one is refused. One origin may have at
 *                most BUS_ORIGIN_MAX of them waiting, so that a flooder finds the door shut before
 *                anybody else does.
 *   RULE_NEWEST  a state or a level: under pressure the newest of a key (the device, the endpoint,
 *                the part) takes the place of the older one - at the end, so that order holds. A
 *                burst never leaves the house shown wrongly.
 *   RULE_STEP    a step of a conversation under way: bounded because conversations are; beyond
 *                its row something is broken, and the new one is refused and told.
 *
 * Owner: a queued message belongs to the queue until it is taken. What may fail: putting, with
 * -EBUSY (and -EMSGSIZE for one that would never fit); the message then stays the poster's.
 * Threads: any but real-time ones (one mutex, held for a few pointer changes). */
#ifndef JARVIS_CORE_BUS_QUEUE_H
#define JARVIS_CORE_BUS_QUEUE_H

#include "core/msg.h"

#include <stddef.h>

enum {
    BUS_ORIGIN_MAX = 32,        /* waiting of one origin */
    BUS_BYTES_MAX = 32 << 20,   /* waiting of all types together */
    BUS_NEWEST_PRESSURE = 16,   /* that many of a RULE_NEWEST type wait: older ones give way */
};

enum bus_rule { RULE_STEP, RULE_REFUSE, RULE_NEWEST };

struct bus_row {
    enum bus_rule rule;
    size_t count_max, bytes_max;
};

struct bus_stats {
    uint64_t posted, delivered, refused, replaced; /* since the start */
    size_t waiting, bytes;                         /* now */
    enum msg_type refused_type;                    /* of the last one refused */
};

struct bus_queue;

int bus_queue_new(struct bus_queue **ret, struct err *e);
struct bus_queue *bus_queue_free(struct bus_queue *q); /* frees what waits */
/* Takes `m` over. 1: the queue was empty before, 0: it was not. -EBUSY, -EMSGSIZE: refused, it stays
 * the caller's. */
int bus_queue_put(struct bus_queue *q, struct msg *m);
/* The oldest, owned by the caller; NULL: none. */
struct msg *bus_queue_take(struct bus_queue *q);
void bus_queue_stats(struct bus_queue *q, struct bus_stats *ret);
struct bus_row bus_row_of(enum msg_type type);

#endif
