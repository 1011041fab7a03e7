/* SPDX-License-Identifier: Apache-2.0 */
/* web/http.h - libmicrohttpd's server and the way of one request through it.
 *
 *   request line      http_on_target(): a struct call is made
 *   fields complete   http_begin(): strict checks -> route -> rate, size and type of the body
 *   body              http_on_body(): collected up to the route's limit
 *   body complete     route->fn(): answers, or parks the call (pending.h)
 *   resumed           route->fn() again
 *
 * A refusal before the body is answered without reading the body.
 * Threads: start and stop on the main loop; calls live on libmicrohttpd's epoll thread. */
#ifndef JARVIS_WEB_HTTP_H
#define JARVIS_WEB_HTTP_H

#include "base/str.h"
#include "web/check.h"
#include "web/model.h"
#include "web/pending.h"
#include "web/route.h"

#include <microhttpd.h>

enum {
    HTTP_CONNECTIONS_MAX = 256,
    HTTP_CONNECTIONS_PER_IP_MAX = 64,
    HTTP_MEMORY_BYTES = 16384, /* for each connection: the longest request line and fields */
    HTTP_TIMEOUT_S = 15,
    HTTP_POST_BURST = 40, /* requests that change something, for each address */
    HTTP_POST_PER_S = 5,
    CALL_FIELDS_MAX = 4,
};

struct http;
struct socket_server;

struct http_parts { /* what the handlers use; all borrowed */
    struct model *model;
    struct pending *pending;
    struct socket_server *sockets;
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
    bool begun, body_is_too_big, answered;
    size_t thrown_away_bytes;  /* body beyond the limit */
    struct pending_slot *slot; /* while the call is parked */
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
