/* SPDX-License-Identifier: Apache-2.0 */
/* core/bus.h - typed messages from any thread to handlers on the main loop.
 *
 *     listen thread, store writer, web threads ...      main loop
 *     -- bus_post(): bounded queue (bus_queue.h), -->   takes in order of posting, calls the
 *        eventfd when it was empty                      handlers of the type; 4 ms a turn
 *
 * A handler may post; what it posts is delivered after the messages already waiting. It must not
 * drain.
 * Who owns what: a posted message is the bus's, taken or refused; a handler borrows it.
 * What may fail: posting, when too much of the type or of one origin waits (-EBUSY): doors that
 * let people in ask for the result and say so to the asker; for everybody else it is counted and
 * told as a fault of the part "bus".
 * Threads: post from any thread but the real-time ones; the rest on the main loop. */
#ifndef JARVIS_CORE_BUS_H
#define JARVIS_CORE_BUS_H

#include "core/bus_queue.h"
#include "core/loop.h"

struct bus;

/* Main loop thread. `m` is borrowed for the call. */
typedef void (*bus_fn)(const struct msg *m, void *user);

int bus_new(struct bus **ret, struct loop *loop, struct err *e); /* `loop` outlives the bus */
struct bus *bus_free(struct bus *b); /* frees what still waits; not from a handler */
AUTO_DEFINE(struct bus *, bus_free)
/* Handlers of a type run in the order of registration. MSG_N: every type. -ENOMEM. */
int bus_on(struct bus *b, enum msg_type type, bus_fn fn, void *user, struct err *e);
void bus_off(struct bus *b, void *user); /* removes every handler of `user` */
/* Takes ownership of `m`, always. NULL is counted as a lost message: -ENOMEM. A question (text, button,
 * announcement with an origin) that is refused comes back as its MSG_ANSWER with -EBUSY, and that is
 * 0 here; -EBUSY: refused without. */
int bus_post(struct bus *b, struct msg *m);
/* Convenience: a message with only a text (copied), or nothing. */
void bus_post_text(struct bus *b, enum msg_type type, uint64_t session, const char *text);
/* MSG_FAULT: code 0 says that `part` is well again. `part` must be a constant; the
 * words need not name it, and where they begin with it that is left out. */
void bus_post_fault(struct bus *b, const char *part, int code, const char *text);
/* Delivers what waits now, without the loop; returns how many. For the virtual clock and tests. */
size_t bus_drain(struct bus *b);
void bus_stats(struct bus *b, struct bus_stats *ret);

/* For laboratories: sees each message before it is queued, in the poster's thread. True: it took
 * the message over - to lose it, or to bus_give() it (or a msg_copy()) later. Set before other
 * threads post. */
typedef bool (*bus_tap_fn)(struct msg *m, void *user);
void bus_tap(struct bus *b, bus_tap_fn tap, void *user); /* NULL: none */
int bus_give(struct bus *b, struct msg *m);              /* bus_post() past the tap */
uint64_t bus_lost(const struct bus *b); /* messages that memory did not suffice for */

#endif
