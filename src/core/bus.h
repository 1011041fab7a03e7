/* SPDX-License-Identifier: Apache-2.0 */
/* core/bus.h - typed messages from any thread to handlers on the main loop.
 *
 *     listen thread, store writer, web threads ...      main loop
 *     -- bus_post(): pushes on an MPSC stack, -->       takes all, in posting order per
 *        writes the eventfd once per empty queue        thread, calls the handlers of the type
 *
 * A handler may post; what it posts is delivered after the messages already waiting.
 * Threads: post from any thread but the real-time ones; the rest on the main loop. */
#ifndef JARVIS_CORE_BUS_H
#define JARVIS_CORE_BUS_H

#include "core/loop.h"
#include "core/msg.h"

struct bus;

/* Main loop thread. `m` is borrowed for the call. */
typedef void (*bus_fn)(const struct msg *m, void *user);

int bus_new(struct bus **ret, struct loop *loop, struct err *e); /* `loop` outlives the bus */
struct bus *bus_free(struct bus *b); /* frees what still waits; not from a handler */
AUTO_DEFINE(struct bus *, bus_free)
/* Handlers of a type run in the order of registration. MSG_N: every type. -ENOMEM. */
int bus_on(struct bus *b, enum msg_type type, bus_fn fn, void *user, struct err *e);
void bus_off(struct bus *b, void *user); /* removes every handler of `user` */
/* Takes ownership of `m`, always. NULL is counted as a lost message (out of memory). */
void bus_post(struct bus *b, struct msg *m);
/* Convenience: a message with only a text (copied), or nothing. */
void bus_post_text(struct bus *b, enum msg_type type, uint64_t session, const char *text);
/* MSG_FAULT: code 0 says that `part` is well again. `part` must be a constant. */
void bus_post_fault(struct bus *b, const char *part, int code, const char *text);
/* Delivers what waits now, without the loop; returns how many. For the virtual clock and tests. */
size_t bus_drain(struct bus *b);
uint64_t bus_lost(const struct bus *b); /* messages that memory did not suffice for */

#endif
