/* SPDX-License-Identifier: Apache-2.0 */
/* web/pending.h - HTTP requests that wait for the main loop.
 *
 *   HTTP thread                         main loop                     WebSocket thread
 *   pending_park(): suspends the   -->  pending_answer(token, ...)
 *   connection                          pending_wake(WAIT_STATUS)     pending_expire()
 *   pending_take() when it is called    both resume the connection
 *   again
 *
 * The clock is looked at by another thread than the main loop, so that a client is
 * answered even when the main loop hangs.
 * Threads: as in the picture (mutex). */
#ifndef JARVIS_WEB_PENDING_H
#define JARVIS_WEB_PENDING_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* More than the conversations that the assistant holds, and than two addresses may have open: slow
 * questions of one asker never turn away another's command. A request that waits costs a slot. */
enum { PENDING_MAX = 192 };

struct MHD_Connection;
struct pending;
struct pending_slot;

enum wait_kind { WAIT_ANSWER, WAIT_STATUS, WAIT_N };
enum wait_result {
    WAIT_READY,    /* answered or woken */
    WAIT_EXPIRED,  /* its deadline passed */
    WAIT_STOPPING, /* the server ends */
};

int pending_new(struct pending **ret, struct err *e);
struct pending *pending_free(struct pending *p);
AUTO_DEFINE(struct pending *, pending_free)

/* HTTP thread. Suspends `connection` until one of the calls below. *token (may be NULL) names the
 * request in pending_answer(). -EBUSY: PENDING_MAX requests wait already, -ESHUTDOWN. Each that was
 * parked is settled once. */
int pending_park(struct pending_slot **ret, uint64_t *token, struct pending *p,
                 struct MHD_Connection *connection, enum wait_kind kind, int64_t deadline_usec);
/* HTTP thread, once after the resumption: how it ended, and the answer (owned by the caller,
 * *status is its HTTP status). Ends the slot. */
enum wait_result pending_take(struct pending *p, struct pending_slot *slot, unsigned *status,
                              char **answer);
/* HTTP thread: the connection went away. NULL is fine. */
void pending_drop(struct pending *p, struct pending_slot *slot);
/* HTTP thread: the answer to one that was parked has left, or nobody is there to get it. */
void pending_settle(struct pending *p);

/* Any thread. `answer` is taken over (also when nobody waits any more). */
void pending_answer(struct pending *p, uint64_t token, unsigned status, char *answer);
void pending_wake(struct pending *p, enum wait_kind kind);
void pending_expire(struct pending *p, int64_t now_usec);
/* Resumes all; pending_park() refuses from now on. */
void pending_stop(struct pending *p);
/* Main loop, then: until the answers of all that were parked have left. 0 or -ETIMEDOUT. */
int pending_await(struct pending *p, int wait_ms);

#endif
