/* SPDX-License-Identifier: Apache-2.0 */
/* web/client.h - one WebSocket client: frames by wslay, limits, pings, the end.
 *
 *   open --close frame sent or received, protocol error--> closing --wslay is done--> drain
 *   drain: our side is shut, what still comes is thrown away, so that the client reads the
 *   close frame and not a reset connection
 *
 * Limits: a bucket for each kind of message and one for all (base/limit.h): what is too fast is told
 * and never posted. What waits for a client that does not read is bounded in bytes, here
 * (SOCKET_WAITING_BYTES_MAX) and in the kernel; beyond that the connection is reset.
 * Who owns what: the client owns the upgrade handle (and through it the descriptor) and wslay's
 * context; texts are copied.
 * Threads: client_new() on the HTTP thread, the rest on the WebSocket thread. */
#ifndef JARVIS_WEB_CLIENT_H
#define JARVIS_WEB_CLIENT_H

#include "base/limit.h"
#include "web/socket.h"

#include <stddef.h>
#include <stdint.h>

enum client_code { /* RFC 6455 section 7.4.1 */
                   CLIENT_GOING_AWAY = 1001,
                   CLIENT_PROTOCOL = 1002,
                   CLIENT_UNSUPPORTED = 1003,
                   CLIENT_POLICY = 1008,
};

struct MHD_UpgradeResponseHandle;
struct client;

/* The connection is closed through `urh` by client_free(). `extra`: bytes already read; copied. On
 * failure (-ENOMEM) the connection is still the caller's. */
int client_new(struct client **ret, int fd, struct MHD_UpgradeResponseHandle *urh,
               const struct limit_key *address, const char *extra, size_t extra_len);
struct client *client_free(struct client *c);
/* Into the epoll set, with the client as its data. */
int client_open(struct client *c, int epoll_fd, uint32_t id, const struct socket_deps *deps);
uint32_t client_id(const struct client *c);
void client_send(struct client *c, const char *text, bool brief);
void client_close(struct client *c, enum client_code code, const char *reason);
void client_read(struct client *c);
void client_ready(struct client *c, uint32_t events); /* EPOLL* bits */
void client_tick(struct client *c, int64_t now_usec);
bool client_is_done(const struct client *c); /* may be freed */
int64_t client_active_usec(const struct client *c); /* when it asked for something last, or came */
const struct limit_key *client_address(const struct client *c);
bool client_is_from(const struct client *c, const struct limit_key *address);

#endif
