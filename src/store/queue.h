/* SPDX-License-Identifier: Apache-2.0 */
/* store/queue.h - what waits for the disk: durable requests in order, device states by device.
 *
 *     put --> list  [session][value][session][flush] ...   at most STORE_QUEUE_MAX and _BYTES
 *     put --> map   lamp: newest state, blinds: newest ... at most QUEUE_STATES, a part of the bytes
 *                     a newer state replaces the older one: a chatty sensor takes one place
 *     take <-- up to GROUP_ROWS of the list, and all states when they are due
 *
 * What gives way when a bound is reached: nothing that was accepted. A newcomer is refused; sessions
 * first, while values, flushes and backups (small, few, and a mute among them) may use
 * QUEUE_RESERVE places and bytes more. States never take a place of the list, nor bytes.
 * Why the bound holds: every request is counted with its size when it comes in, goes out and is settled,
 * in this file only.
 * Owner: a request in the queue belongs to the queue; a taken one to the taker.
 * Threads: none of its own; the writer's lock guards it. */
#ifndef JARVIS_STORE_QUEUE_H
#define JARVIS_STORE_QUEUE_H

#include "store/store.h"

enum {
    QUEUE_RESERVE = 64,
    QUEUE_RESERVE_BYTES = 1 << 20,
    QUEUE_STATES = 4096,
    QUEUE_STATES_BYTES = 4 << 20,
    GROUP_ROWS = 256,
};

enum request_kind {
    REQUEST_SESSION,
    REQUEST_DEVICE,
    REQUEST_VALUE,
    REQUEST_FORGET,      /* a value */
    REQUEST_ACKNOWLEDGE, /* the notices of lost data */
    REQUEST_ROWS_N,      /* the kinds from here on write no row */
    REQUEST_FLUSH = REQUEST_ROWS_N,
    REQUEST_BACKUP,
};
enum { REQUEST_TEXTS = 6 };

struct request {
    enum request_kind kind;
    int64_t id; /* REQUEST_SESSION */
    int64_t wall_usec;
    const char *texts[REQUEST_TEXTS]; /* columns in the order of the statement; into `bytes` */
    store_done_fn done;               /* may be NULL */
    void *user;                       /* borrowed */
    struct err why;                   /* code 0: done */
    bool is_told;                     /* that it waits */
    struct request *next;             /* used by the queue and the writer */
    size_t size;                      /* of the allocation */
    char bytes[];
};

struct queue {
    struct request *first, **last;
    unsigned n;
    size_t bytes;
    unsigned out; /* taken, and not settled */
    size_t out_bytes;
    struct request **states; /* owned; sorted by device id */
    unsigned states_n, states_room;
    size_t states_bytes;
};

void queue_init(struct queue *q);
void queue_done(struct queue *q); /* frees what is left, without an answer */
/* Takes `r` when it succeeds. -EOVERFLOW: a bound; -ENOMEM. *ret_freed gets the older state that
 * `r` replaced, to be freed by the caller outside his lock; NULL: none. */
int queue_put(struct queue *q, struct request *r, struct request **ret_freed, struct err *e);
/* The next group, linked by `next`: with `states` all states first, then up to GROUP_ROWS of the
 * list. NULL: nothing waits. */
struct request *queue_take(struct queue *q, bool states);
/* A state that could not be written waits again, unless a newer one came. Takes `r`. */
void queue_put_back(struct queue *q, struct request *r);
/* Rows of the list that were taken and could not be written wait again, before all others, in the order that they had.
 * There is room for them: what was taken counts until queue_settle(). Takes the rows. */
void queue_put_first(struct queue *q, struct request *rows);
void queue_settle(struct queue *q); /* what was taken is written, answered or put back */

#endif
