/* SPDX-License-Identifier: Apache-2.0 */
/* web/conn.h - the open HTTP connections: how long each may take for what it does now, and how
 * many an address has.
 *
 *            accepted                    head complete         body complete        answered
 *   -----------> CONN_HEAD ----------------> CONN_BODY -----------> CONN_WORK --------> CONN_ANSWER
 *                10 s, whole                 10 s, whole            ours to end         30 s
 *                ^--------------------------- the next request on it -------------------------'
 *
 * libmicrohttpd only ends what is silent, so that one byte every two seconds held a place for ever
 * (slow loris). Here a phase ends as a whole: conn_expire() shuts the line, libmicrohttpd sees its
 * end and frees it. When an address has all its places, the one of them that has waited longest for
 * a request makes room; only where all of them are being served is a further one told so (503).
 *
 * Who owns what: the table owns its rows; a row lives from conn_open() to conn_close(), and its
 * descriptor is libmicrohttpd's, which closes it after conn_close(): shutting it here, under the
 * mutex, never meets another's descriptor.
 * Bounds: CONNS_MAX rows, which is what libmicrohttpd is told to accept.
 * Threads: conn_expire() from any (mutex), the rest on the HTTP thread. */
#ifndef JARVIS_WEB_CONN_H
#define JARVIS_WEB_CONN_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/limit.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CONNS_MAX = 320,            /* with those that have become WebSockets */
    CONNS_PER_ADDRESS_MAX = 64, /* that are no WebSockets */
    CONNS_SPARE = 64,           /* beyond CONNS_MAX - this, whoever waits longest makes room */
    CONN_HEAD_MS = 10000,
    CONN_BODY_MS = 10000,
    CONN_ANSWER_MS = 30000,
};

enum conn_phase { CONN_FREE, CONN_HEAD, CONN_BODY, CONN_WORK, CONN_ANSWER, CONN_SOCKET, CONN_N };

struct conn;
struct conns;

int conns_new(struct conns **ret, struct err *e);
struct conns *conns_free(struct conns *t);
AUTO_DEFINE(struct conns *, conns_free)

/* A new connection, in CONN_HEAD. NULL: the table is full, it has no row and is refused. */
struct conn *conn_open(struct conns *t, int fd, const struct limit_key *address, int64_t now_usec);
void conn_close(struct conns *t, struct conn *c); /* NULL is fine */
void conn_enter(struct conns *t, struct conn *c, enum conn_phase phase, int64_t now_usec);
/* A further request begins on it: its head has its own time. The first one's runs from the start. */
void conn_request(struct conns *t, struct conn *c, int64_t now_usec);
/* One too many of its address? NULL: yes. */
bool conn_is_over(const struct conn *c);
/* Shuts those whose time is over; how many. */
unsigned conn_expire(struct conns *t, int64_t now_usec);

#endif
