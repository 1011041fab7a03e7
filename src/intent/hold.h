/* SPDX-License-Identifier: Apache-2.0 */
/* intent/hold.h - who waits until the sentences are made: messages, and callers that would be told of.
 *
 *   intent.c: not ready --> hold_message(), hold_call() --> [made, or the deadline] --> hold_take() --> again
 *
 * Why the bound holds: HOLD_MAX places, taken one by one, the oldest first; who comes when there is none is
 * told so by the caller. A message that waits is a copy of the hold's own.
 * Threads: one owner. */
#ifndef JARVIS_INTENT_HOLD_H
#define JARVIS_INTENT_HOLD_H

#include "core/msg.h"

enum { HOLD_MAX = 128 };

typedef void (*hold_fn)(int code, void *user); /* exactly once: 0, or why not: -EAGAIN, -ECANCELED */

struct held {
    struct msg *m; /* owned; NULL: a call */
    hold_fn fn;
    void *user; /* borrowed; the call's */
};

struct hold { /* zeroed: empty */
    struct held list[HOLD_MAX]; /* a ring */
    size_t first, n;
};

/* false: no place, or no memory. */
bool hold_message(struct hold *h, const struct msg *m);
bool hold_call(struct hold *h, hold_fn fn, void *user);
/* The oldest, with its message the caller's; false: there is none. */
bool hold_take(struct hold *h, struct held *ret);
/* Calls are told -ECANCELED; whoever waits for an answer to a message has gone. */
void hold_done(struct hold *h);

#endif
