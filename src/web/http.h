/* SPDX-License-Identifier: Apache-2.0 */
/* web/http.h - libmicrohttpd's server and the way of one request through it.
 *
 *   accepted          http_on_connection(): a row of web/conn.h, which limits its time
 *   request line      http_on_target(): a struct call is made
 *   fields complete   http_begin(): strict checks -> route -> rate, size and type of the body
 *   body              http_on_body(): collected up to the route's limit
 *   body complete     route->fn(): answers, or parks the call (pending.h)
 *   resumed           route->fn() again
 *
 * A refusal before the body is answered without reading the body, and ends the connection. A
 * request without a body is looked at when it is complete: its refusal keeps the connection, but
 * for one whose bytes cannot be trusted.
 * Rates: a bucket for each address and class of route (enum route_rate); what costs nothing but
 * the line is not limited.
 * Threads: start and stop on the main loop; calls live on libmicrohttpd's epoll thread. */
#ifndef JARVIS_WEB_HTTP_H
#define JARVIS_WEB_HTTP_H

#include "base/str.h"
#include "web/check.h"
#include "web/conn.h"
#include "web/model.h"
#include "web/pending.h"
#include "web/route.h"

#include <microhttpd.h>

enum {
    HTTP_HEAD_BYTES_MAX = 16384,   /* request line and fields, without blanks */
    HTTP_MEMORY_BYTES = 32768,     /* of the library, for each connection: a head and its answer */
    HTTP_TIMEOUT_S = 15,       /* of silence; the whole of it ends earlier (web/conn.h) */
    CALL_FIELDS_MAX = 5,
};

struct http;
struct socket_server;

struct http_parts { /* what the handlers use; all borrowed */
    struct conns *conns;
    const char *openapi; /* text of /api/openapi.json */
    const _Atomic bool *shows_missed; /* setting store.missed */
    bool chunks_are_loose; /* the library takes bad chunks: none is taken */
    struct model *model;
    struct pending *pending;
    struct socket_server *sockets;
    struct store *store;         /* NULL: none */
    struct store_reader *reader; /* of the HTTP thread; NULL: no store */
    struct health *health;
    struct bus *bus;
    const struct clock *clock;
};

struct call {                          /* one request */
    const struct http_parts *parts;    /* borrowed */
    struct MHD_Connection *connection; /* borrowed */
    const struct route *route;         /* NULL: none found */
    struct head head;                  /* borrowed from the connection */
    struct str target;                 /* owned */
    struct str body;                   /* owned */
    char segment[ROUTE_SEGMENT_BYTES]; /* what stood for "{name}" */
    char id[REQUEST_ID_BYTES];         /* X-Request-Id */
    bool begun;    /* seen for the first time */
    bool checked;  /* passed http_begin(), or was refused by it */
    bool answered, body_is_too_big;
    bool upgraded; /* the line is a WebSocket's now */
    struct conn *conn; /* borrowed; NULL: one too many */
    size_t thrown_away_bytes;  /* body beyond the limit */
    struct pending_slot *slot; /* while the call is parked */
    bool parked;               /* it is or was: pending_settle() when its answer has left */
    size_t fields_n;           /* fields to add to the answer */
    struct {
        const char *name;
        char value[96];
    } fields[CALL_FIELDS_MAX];
};

/* Binds http.bind:http.port and serves. -EADDRINUSE, -EACCES, -EADDRNOTAVAIL, -EINVAL with words
 * and the remedy. */
int http_start(struct http **ret, const struct settings *s, const struct http_parts *parts,
               struct err *e);
unsigned http_port(const struct http *h);
/* No new connections from now on. Before http_free(): pending_stop(), socket_stop(). */
void http_quiesce(struct http *h);
struct http *http_free(struct http *h);
AUTO_DEFINE(struct http *, http_free)

#endif
