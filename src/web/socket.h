/* SPDX-License-Identifier: Apache-2.0 */
/* web/socket.h - WebSockets (RFC 6455): one thread, epoll, wslay.
 *
 *   HTTP thread:       socket_upgrade() -> 101 -> the connection leaves libmicrohttpd and is
 *                      handed to the thread with the bytes that were read too far
 *   any thread:        socket_send_all(), socket_send_one(): queue + eventfd
 *   WebSocket thread:  reads, checks, posts MSG_TEXT and MSG_BUTTON; writes; pings
 *
 * Limits: SOCKETS_MAX clients, SOCKETS_PER_ADDRESS_MAX of one address: one more is taken, and the
 * one that has asked for nothing longest (of that address, or of all) gives way, so that idle pages
 * lock nobody out; messages of SOCKET_MESSAGE_BYTES_MAX (1009); what waits for a
 * client that does not read is capped, then it is dropped; SOCKET_ERRORS_MAX messages that make
 * no sense close with 1008; rates by token buckets (client.c). Dead peers are found by pings.
 * Threads: as in the picture; new, start, stop, free on the main loop. */
#ifndef JARVIS_WEB_SOCKET_H
#define JARVIS_WEB_SOCKET_H

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/bus.h"
#include "core/health.h"

#include <stdbool.h>

enum {
    SOCKETS_MAX = 32,
    SOCKETS_PER_ADDRESS_MAX = 16,
    SOCKETS_COMING_MAX = 8, /* accepted beyond, on their way to the thread */
    SOCKET_MESSAGE_BYTES_MAX = 65536,
    SOCKET_WAITING_BYTES_MAX = 512 * 1024, /* for one client */
    SOCKET_EVENTS_MAX = 256,               /* on their way to the thread */
    SOCKET_EVENTS_BYTES_MAX = 4 * 1024 * 1024,
    SOCKET_ERRORS_MAX = 5,
    SOCKET_PING_S = 20,
    SOCKET_SILENCE_S = 60, /* nothing came, not even a pong */
    SOCKET_CLOSE_S = 5,    /* for the closing handshake */
};

struct MHD_Response;
struct socket_server;

struct socket_deps { /* all borrowed */
    struct bus *bus;
    const struct clock *clock;
    struct health *health; /* watches the thread */
    /* WebSocket thread: the first event of a new client, owned by the server; NULL: none. */
    char *(*hello)(void *user);
    /* WebSocket thread, about once a second. */
    void (*tick)(void *user);
    void *user;
};

int socket_new(struct socket_server **ret, const struct socket_deps *d, struct err *e);
int socket_start(struct socket_server *s, struct err *e);
/* Closes all with 1001 and ends the thread; refuses from now on. */
void socket_stop(struct socket_server *s);
struct socket_server *socket_free(struct socket_server *s);
AUTO_DEFINE(struct socket_server *, socket_free)

/* HTTP thread: the response that hands the connection over. -EBUSY: too many come at once;
 * -ESHUTDOWN, -ENOMEM. */
int socket_upgrade(struct MHD_Response **ret, struct socket_server *s, struct err *e);

/* Any thread. `text` is copied. `brief`: may be left out for a slow client. */
void socket_send_all(struct socket_server *s, const char *text, bool brief);
void socket_send_one(struct socket_server *s, uint32_t client, const char *text);
unsigned socket_count(const struct socket_server *s);

#endif
