/* SPDX-License-Identifier: Apache-2.0 */
/* core/wyoming_link.h - one connection to a server of the Wyoming protocol, on the main loop.
 *
 *   wyoming_link_open("tcp://host:port") --name, connect--> [out] -> server
 *   wyoming_link_send() any time after it: kept until the connection stands
 *   server -> on_event() for each event -> on_end() exactly once, when the server closed or failed
 *   wyoming_link_close(): no event follows
 *
 * A server that closes between two events has ended well (servers of speech close after their answer);
 * one that closes inside an event, sends none or nothing within gap_ms has failed. Failing to connect
 * counts for the circuit breaker of core/fetch.h.
 *
 * Who owns what: bytes and events are copied or borrowed for the call.
 * Bounds: WYOMING_OUT_BYTES_MAX wait to be sent (-ENOBUFS beyond); READ_BYTES_MAX are read a turn.
 * Threads: main loop. */
#ifndef JARVIS_CORE_WYOMING_LINK_H
#define JARVIS_CORE_WYOMING_LINK_H

#include "core/fetch.h"
#include "core/loop.h"
#include "core/wyoming.h"

enum { WYOMING_OUT_BYTES_MAX = 4 << 20 };

struct wyoming_link;

struct wyoming_link_events {
    /* One event with its payload (link.h of the reader: r->event, r->bytes); may close. */
    void (*on_event)(const struct wyoming_reader *r, void *user);
    /* 0, or what went wrong, in words that name the server; may open again. */
    void (*on_end)(int code, const char *words, void *user);
    void *user; /* borrowed */
};

int wyoming_link_new(struct wyoming_link **ret, struct loop *loop, const struct fetch_place *place,
                     const struct wyoming_link_events *events, struct err *e);
struct wyoming_link *wyoming_link_free(struct wyoming_link *l); /* closes */
AUTO_DEFINE(struct wyoming_link *, wyoming_link_free)
/* Is it "tcp://host:port", or "host:port"? *ret: as core/fetch.h takes it, owned. -EINVAL, -ENOMEM. */
int wyoming_link_url(char **ret, const char *url, const char *row, struct err *e);
/* -EBUSY: it is open; -EINVAL, -EHOSTDOWN, -ENOMEM. gap_ms: without an event from the server while
 * something is awaited; see wyoming_link_await(). */
int wyoming_link_open(struct wyoming_link *l, const char *url, int64_t connect_ms, int64_t gap_ms,
                      struct err *e);
/* wyoming_put() its bytes. -ENOTCONN: not open; -ENOBUFS: the server does not take them; -ENOMEM. */
int wyoming_link_send(struct wyoming_link *l, const struct str *bytes, struct err *e);
/* From now on silence of gap_ms is a fault: everything was sent, the server owes an answer. */
void wyoming_link_await(struct wyoming_link *l);
void wyoming_link_close(struct wyoming_link *l);         /* NULL and closed are fine */
bool wyoming_link_is_open(const struct wyoming_link *l); /* also while it connects */

#endif
