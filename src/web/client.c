/* SPDX-License-Identifier: Apache-2.0 */
/* web/client.c - one WebSocket client: frames by wslay, limits, pings, the end. */
#include "web/client.h"

#include "base/json.h"
#include "base/limit.h"
#include "base/must.h"
#include "base/str.h"
#include "web/message.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <wslay/wslay.h>

enum {
    TURN_BYTES_MAX = 4 * SOCKET_MESSAGE_BYTES_MAX, /* read from one client before the others */
    DRAIN_BYTES_MAX = 16 * SOCKET_MESSAGE_BYTES_MAX,
    WAITING_MESSAGES_MAX = 1024,
    BRIEF_WAITING_MAX = 4, /* so many wait: the client is slow, levels are left out */
    /* The kernel keeps twice that. Without it a page that does not read holds 4 MB there, beside
     * what is counted here. */
    KERNEL_BYTES_MAX = 64 * 1024,
    TOLD_AGAIN_USEC = 1000000,
};

enum client_state { CLIENT_OPEN, CLIENT_DRAIN, CLIENT_DONE };

struct client {
    int fd;                                /* borrowed from the upgrade handle */
    struct MHD_UpgradeResponseHandle *urh; /* owned: closing it closes fd */
    wslay_event_context_ptr ws;            /* owned */
    const struct socket_deps *deps;        /* borrowed */
    int epoll_fd;                          /* borrowed; -1: not in a set */
    uint32_t id;
    uint32_t interest; /* EPOLL* bits asked for */
    enum client_state state;
    bool gone; /* the connection ended or broke while reading */
    unsigned errors;
    size_t turn_bytes, drained_bytes;
    int64_t heard_usec, pinged_usec, closing_usec; /* monotonic; closing 0: not closing */
    struct bucket buckets[MESSAGE_N], any;
    int64_t told_usec;   /* when it was told last that it is too fast; 0: never */
    int64_t active_usec; /* when it asked for something last, or came */
    struct limit_key address;
    size_t extra_len, extra_at; /* bytes that HTTP had read too far */
    char extra[];
};

uint32_t client_id(const struct client *c)
{
    return c->id;
}

int64_t client_active_usec(const struct client *c)
{
    return c->active_usec;
}

bool client_is_from(const struct client *c, const struct limit_key *address)
{
    return memcmp(&c->address, address, sizeof(*address)) == 0;
}

const struct limit_key *client_address(const struct client *c)
{
    return &c->address;
}

bool client_is_done(const struct client *c)
{
    return c->state == CLIENT_DONE;
}

static ssize_t on_recv(wslay_event_context_ptr ws, uint8_t *buf, size_t len, int flags, void *user)
{
    struct client *c = user;
    ssize_t n;

    (void)flags;
    must(c->extra_at <= c->extra_len && len > 0);
    if (c->extra_at < c->extra_len) {
        size_t left = c->extra_len - c->extra_at;

        n = (ssize_t)(len < left ? len : left);
        memcpy(buf, c->extra + c->extra_at, (size_t)n);
        c->extra_at += (size_t)n;
        return n;
    }
    if (c->turn_bytes >= TURN_BYTES_MAX) {
        wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK); /* epoll tells again */
        return -1;
    }
    do {
        n = recv(c->fd, buf, len, 0);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        c->turn_bytes += (size_t)n;
        return n;
    }
    c->gone = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    wslay_event_set_error(ws, c->gone ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

static ssize_t on_send(wslay_event_context_ptr ws, const uint8_t *data, size_t len, int flags,
                       void *user)
{
    struct client *c = user;
    ssize_t n;

    do {
        n = send(c->fd, data, len, MSG_NOSIGNAL | (flags & WSLAY_MSG_MORE ? MSG_MORE : 0));
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        wslay_event_set_error(ws, errno == EAGAIN || errno == EWOULDBLOCK
                                      ? WSLAY_ERR_WOULDBLOCK
                                      : WSLAY_ERR_CALLBACK_FAILURE);
    return n;
}

static void client_tell_error(struct client *c, const char *words, uint16_t ref)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;

    if (json_put_text(j, "type", "error") && json_put_text(j, "text", words) &&
        (!ref || json_put_int(j, "ref", ref)))
        text = json_text(j);
    if (text)
        client_send(c, text, false);
}

/* A message becomes one of the bus's; each is answered by one MSG_ANSWER. */
static struct msg *client_msg(struct client *c, struct message *m)
{
    struct msg *msg = msg_new(m->kind == MESSAGE_TEXT ? MSG_TEXT : MSG_BUTTON, 0);

    must((m->kind == MESSAGE_TEXT) == (m->text != NULL));
    if (!msg)
        return NULL;
    msg->text = STEAL(m->text);
    msg->part = "web"; /* the session's source */
    msg->origin = (struct origin){ ORIGIN_WEBSOCKET, c->id, m->ref, 0 };
    if (m->kind == MESSAGE_TEXT) {
        msg->endpoint = endpoint_of(ORIGIN_WEBSOCKET, c->id);
        msg->input.speak = m->speak;
    } else {
        msg->endpoint = ENDPOINT_BOX; /* a browser presses the box's own button */
    }
    return msg;
}

/* -EBUSY: too fast; the client is told and it does not count as an error. */
static int client_post(struct client *c, struct message *m, int64_t now_usec, struct err *e)
{
    unsigned wait_s = bucket_take(&c->buckets[m->kind], &message_types[m->kind].rate, now_usec);
    struct msg *msg;

    must(m->kind < MESSAGE_N && c->id != 0); /* an origin has a client */
    if (wait_s)
        return err_set(e, -EBUSY, "too many messages of type %s; try again in %u s",
                       message_types[m->kind].name, wait_s);
    msg = client_msg(c, m);
    if (!msg)
        return err_set(e, -ENOMEM, "out of memory");
    c->active_usec = now_usec;
    bus_post(c->deps->bus, msg);
    return 0;
}

/* Too many of any kind: not even parsed, and told once a second. */
static bool client_is_too_fast(struct client *c, int64_t now_usec)
{
    unsigned wait_s = bucket_take(&c->any, &message_any_rate, now_usec);

    if (wait_s == 0)
        return false;
    if (c->told_usec == 0 || now_usec - c->told_usec >= TOLD_AGAIN_USEC) {
        c->told_usec = now_usec;
        client_tell_error(c, "too many messages; what comes faster is thrown away", 0);
    }
    return true;
}

static void client_take(struct client *c, const uint8_t *bytes, size_t len)
{
    AUTO(message_done) struct message m = { 0 };
    int64_t now_usec = clock_mono_usec(c->deps->clock);
    struct err e = ERR_INIT;
    int r;

    if (client_is_too_fast(c, now_usec))
        return;
    r = ws_parse(&m, bytes, len, &e);
    if (r >= 0)
        r = client_post(c, &m, now_usec, &e);
    if (r >= 0)
        return;
    client_tell_error(c, err_text(&e), m.ref);
    if (r != -EBUSY && r != -ENOMEM && ++c->errors >= SOCKET_ERRORS_MAX)
        client_close(c, CLIENT_POLICY, "too many messages that make no sense");
}

static void on_message(wslay_event_context_ptr ws, const struct wslay_event_on_msg_recv_arg *arg,
                       void *user)
{
    struct client *c = user;

    (void)ws;
    if (c->closing_usec)
        return;
    if (arg->opcode == WSLAY_TEXT_FRAME)
        client_take(c, arg->msg, arg->msg_length);
    else if (arg->opcode == WSLAY_BINARY_FRAME)
        client_close(c, CLIENT_UNSUPPORTED, "text frames only");
}

/* wslay lets half a close code pass. */
static void on_frame(wslay_event_context_ptr ws,
                     const struct wslay_event_on_frame_recv_start_arg *arg, void *user)
{
    (void)ws;
    if (arg->opcode == WSLAY_CONNECTION_CLOSE && arg->payload_length == 1)
        client_close(user, CLIENT_PROTOCOL, "half a close code");
}

int client_new(struct client **ret, int fd, struct MHD_UpgradeResponseHandle *urh,
               const struct limit_key *address, const char *extra, size_t extra_len)
{
    struct client *c = calloc(1, sizeof(*c) + extra_len);

    if (!c)
        return -ENOMEM;
    c->fd = fd;
    c->urh = urh;
    c->epoll_fd = -1;
    c->address = *address;
    c->extra_len = extra_len;
    if (extra_len)
        memcpy(c->extra, extra, extra_len);
    *ret = c;
    return 0;
}

struct client *client_free(struct client *c)
{
    if (!c)
        return NULL;
    if (c->epoll_fd >= 0)
        epoll_ctl(c->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
    if (c->ws)
        wslay_event_context_free(c->ws);
    MHD_upgrade_action(c->urh, MHD_UPGRADE_ACTION_CLOSE);
    free(c);
    return NULL;
}

int client_open(struct client *c, int epoll_fd, uint32_t id, const struct socket_deps *deps)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .on_frame_recv_start_callback = on_frame,
        .on_msg_recv_callback = on_message,
    };
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
    const int on = 1, kernel_bytes = KERNEL_BYTES_MAX;
    int flags = fcntl(c->fd, F_GETFL);

    must(!c->ws && c->epoll_fd < 0); /* opened once */
    if (flags < 0 || fcntl(c->fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &kernel_bytes, sizeof(kernel_bytes));
    if (wslay_event_context_server_init(&c->ws, &callbacks, c) < 0)
        return -ENOMEM;
    wslay_event_config_set_max_recv_msg_length(c->ws, SOCKET_MESSAGE_BYTES_MAX);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) < 0)
        return -errno;
    c->epoll_fd = epoll_fd;
    c->interest = ev.events;
    c->id = id;
    c->deps = deps;
    c->heard_usec = c->pinged_usec = c->active_usec = clock_mono_usec(deps->clock);
    return 0;
}

/* wslay has nothing more to read or write: the rest is waiting for the client's end. */
static void client_settle(struct client *c)
{
    struct epoll_event ev = { .data.ptr = c };
    bool reads, writes;

    must(c->ws && c->epoll_fd >= 0);
    if (c->state == CLIENT_DONE)
        return;
    if (c->state == CLIENT_OPEN) {
        reads = wslay_event_want_read(c->ws);
        writes = wslay_event_want_write(c->ws);
        if (!c->closing_usec &&
            (wslay_event_get_close_sent(c->ws) || wslay_event_get_close_received(c->ws)))
            c->closing_usec = clock_mono_usec(c->deps->clock);
        ev.events = EPOLLIN | (writes ? EPOLLOUT : 0u);
        if (!reads && !writes) {
            c->state = CLIENT_DRAIN;
            if (!c->closing_usec)
                c->closing_usec = clock_mono_usec(c->deps->clock);
            shutdown(c->fd, SHUT_WR);
        }
    }
    if (c->state == CLIENT_DRAIN)
        ev.events = EPOLLIN;
    if (ev.events != c->interest && epoll_ctl(c->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev) == 0)
        c->interest = ev.events;
}

static void client_write(struct client *c)
{
    if (c->state == CLIENT_OPEN && wslay_event_send(c->ws) != 0)
        c->state = CLIENT_DONE; /* the connection is gone */
    client_settle(c);
}

static bool client_lags(const struct client *c)
{
    return wslay_event_get_queued_msg_length(c->ws) > SOCKET_WAITING_BYTES_MAX ||
           wslay_event_get_queued_msg_count(c->ws) > WAITING_MESSAGES_MAX;
}

/* It does not read. No close frame would reach it, and what waits for it is not worth keeping: a
 * reset frees the kernel's buffer at once. */
static void client_drop(struct client *c)
{
    const struct linger none = { .l_onoff = 1, .l_linger = 0 };

    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    c->state = CLIENT_DONE;
}

void client_send(struct client *c, const char *text, bool brief)
{
    const struct wslay_event_msg m = { WSLAY_TEXT_FRAME, (const uint8_t *)text, strlen(text) };

    if (c->state != CLIENT_OPEN || c->closing_usec)
        return;
    if (brief && wslay_event_get_queued_msg_count(c->ws) >= BRIEF_WAITING_MAX)
        return;
    must(c->ws);
    if (wslay_event_queue_msg(c->ws, &m) != 0 || client_lags(c)) {
        client_drop(c);
        return;
    }
    client_write(c);
}

void client_close(struct client *c, enum client_code code, const char *reason)
{
    if (c->state != CLIENT_OPEN || c->closing_usec)
        return;
    must(code >= 1000 && code < 5000 && strlen(reason) <= 123); /* fits a control frame */
    c->closing_usec = clock_mono_usec(c->deps->clock);
    if (wslay_event_queue_close(c->ws, (uint16_t)code, (const uint8_t *)reason, strlen(reason)) !=
        0)
        c->state = CLIENT_DONE;
    client_write(c);
}

static void client_drain(struct client *c)
{
    char buf[4096];
    ssize_t n;

    must(c->closing_usec && c->state == CLIENT_DRAIN);
    do {
        n = recv(c->fd, buf, sizeof(buf), 0);
        if (n > 0)
            c->drained_bytes += (size_t)n;
    } while (n > 0 && c->drained_bytes < DRAIN_BYTES_MAX);
    if (n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        c->state = CLIENT_DONE;
}

void client_read(struct client *c)
{
    if (c->state == CLIENT_DRAIN) {
        client_drain(c);
        return;
    }
    if (c->state != CLIENT_OPEN)
        return;
    c->heard_usec = clock_mono_usec(c->deps->clock);
    must(c->errors <= SOCKET_ERRORS_MAX);
    c->turn_bytes = 0;
    /* a frame that is none: wslay fails, but has queued a close frame, which is still sent */
    if (wslay_event_recv(c->ws) != 0 && c->gone) {
        c->state = CLIENT_DONE;
        return;
    }
    if (client_lags(c)) { /* pings or complaints that it does not read */
        client_drop(c);
        return;
    }
    client_write(c);
}

void client_ready(struct client *c, uint32_t events)
{
    if (c->state == CLIENT_DONE)
        return;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        client_read(c);
    if (events & EPOLLOUT)
        client_write(c);
}

void client_tick(struct client *c, int64_t now_usec)
{
    const struct wslay_event_msg ping = { WSLAY_PING, NULL, 0 };

    if (c->closing_usec) {
        if (now_usec - c->closing_usec > SOCKET_CLOSE_S * 1000000LL)
            c->state = CLIENT_DONE;
        return;
    }
    if (c->state != CLIENT_OPEN)
        return;
    if (now_usec - c->heard_usec > SOCKET_SILENCE_S * 1000000LL) {
        c->state = CLIENT_DONE;
        return;
    }
    if (now_usec - c->pinged_usec < SOCKET_PING_S * 1000000LL)
        return;
    c->pinged_usec = now_usec;
    if (wslay_event_queue_msg(c->ws, &ping) != 0)
        c->state = CLIENT_DONE;
    client_write(c);
}
