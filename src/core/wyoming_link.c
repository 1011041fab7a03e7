/* SPDX-License-Identifier: Apache-2.0 */
/* core/wyoming_link.c - one connection to a server of the Wyoming protocol, on the main loop. */
#include "core/wyoming_link.h"

#include "base/must.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 16384, READ_BYTES_MAX = 256 << 10 };

struct wyoming_link {
    struct loop *loop; /* borrowed */
    struct fetch_place place;
    struct wyoming_link_events events;
    struct fetch *fetch;      /* owned; connects */
    struct loop_timer *timer; /* owned; silence while an answer is awaited */
    struct loop_io *io;       /* owned; of fd */
    int fd;                   /* owned; -1: none yet */
    bool is_open, is_awaited;
    int64_t gap_ms;
    struct wyoming_reader reader;
    struct str out;  /* owned; not yet sent */
    size_t sent;     /* of `out` */
    unsigned serial; /* which opening this is: an event may close and open again */
};

static void link_shut(struct wyoming_link *l)
{
    fetch_cancel(l->fetch);
    loop_timer_clear(l->timer);
    l->io = loop_io_free(l->io);
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    wyoming_reader_done(&l->reader);
    str_done(&l->out);
    l->sent = 0;
    l->is_open = l->is_awaited = false;
    l->serial++;
}

static void link_end(struct wyoming_link *l, int code, const char *words)
{
    struct err kept = ERR_INIT;

    if (code < 0)
        err_set(&kept, code, "%s", words);
    link_shut(l);
    l->events.on_end(code, code < 0 ? kept.text : "", l->events.user);
}

static void link_fail(struct wyoming_link *l, struct err *e)
{
    err_wrap(e, e->code, "%s at %s", l->place.what, fetch_host(l->fetch));
    link_end(l, e->code, e->text);
}

static void link_watch(struct wyoming_link *l)
{
    if (l->is_awaited)
        loop_timer_after_ms(l->timer, l->gap_ms);
}

/* ---- out ------------------------------------------------------------------------------- */

/* 0, or the errno of a connection that is gone. */
static int link_flush(struct wyoming_link *l)
{
    while (l->sent < l->out.len) {
        ssize_t n =
            send(l->fd, l->out.data + l->sent, l->out.len - l->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        int error = n < 0 ? errno : 0;

        if (error == EAGAIN || error == EWOULDBLOCK) {
            loop_io_events(l->io, EPOLLIN | EPOLLOUT);
            return 0;
        }
        if (error && error != EINTR)
            return error;
        l->sent += error ? 0 : (size_t)n;
    }
    str_clear(&l->out);
    l->sent = 0;
    loop_io_events(l->io, EPOLLIN);
    return 0;
}

int wyoming_link_send(struct wyoming_link *l, const struct str *bytes, struct err *e)
{
    if (!l->is_open)
        return err_set(e, -ENOTCONN, "%s: there is no connection", l->place.what);
    must(l->sent <= l->out.len);
    if (bytes->failed)
        return err_set(e, -ENOMEM, "%s: out of memory", l->place.what);
    if (bytes->len > WYOMING_OUT_BYTES_MAX - (l->out.len - l->sent))
        return err_set(e, -ENOBUFS, "%s at %s does not take what it is sent", l->place.what,
                       fetch_host(l->fetch));
    str_add_bytes(&l->out, str_text(bytes), bytes->len);
    if (l->out.failed)
        return err_set(e, -ENOMEM, "%s: out of memory", l->place.what);
    if (l->fd >= 0)
        link_flush(l); /* a connection that is gone shows when it is read */
    return 0;
}

void wyoming_link_await(struct wyoming_link *l)
{
    if (!l->is_open)
        return;
    l->is_awaited = true;
    link_watch(l);
}

/* ---- in -------------------------------------------------------------------------------- */

/* Hands on the events in `bytes`. false: it is closed, by whom ever. */
static bool link_take(struct wyoming_link *l, const char *bytes, size_t len)
{
    unsigned serial = l->serial;
    struct err e = ERR_INIT;

    for (size_t at = 0, used = 0; at < len; at += used) {
        int r = wyoming_feed(&l->reader, bytes + at, len - at, &used, &e);

        if (r < 0) {
            link_fail(l, &e);
            return false;
        }
        if (r == 0)
            continue;
        link_watch(l);
        l->events.on_event(&l->reader, l->events.user);
        if (l->serial != serial)
            return false;
    }
    return true;
}

/* The server closed, or the connection broke. */
static void link_lost(struct wyoming_link *l, int error)
{
    struct err e = ERR_INIT;

    if (error == 0 && wyoming_is_between(&l->reader)) {
        link_end(l, 0, "");
        return;
    }
    err_set(&e, -ECONNRESET, "%s",
            error ? err_words(error) : "it closed the connection inside an event");
    link_fail(l, &e);
}

static void link_on_io(int fd, uint32_t revents, void *user)
{
    struct wyoming_link *l = user;
    char bytes[READ_BYTES];
    size_t turn = 0;
    int error;

    error = (revents & EPOLLOUT) ? link_flush(l) : 0;
    if (error) {
        link_lost(l, error);
        return;
    }
    while (turn < READ_BYTES_MAX) {
        ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0) {
            link_lost(l, n < 0 ? errno : 0);
            return;
        }
        turn += (size_t)n;
        if (!link_take(l, bytes, (size_t)n))
            return;
    }
}

static void link_on_timer(void *user)
{
    struct wyoming_link *l = user;
    struct err e = ERR_INIT;

    err_set(&e, -ETIMEDOUT, "silent for %lld ms", (long long)l->gap_ms);
    link_fail(l, &e);
}

/* ---- opening --------------------------------------------------------------------------- */

static void link_on_socket(int fd, void *user)
{
    struct wyoming_link *l = user;

    must(l->is_open && l->fd < 0);
    l->fd = fd;
}

static void link_on_connected(int code, const char *words, void *user)
{
    struct wyoming_link *l = user;
    struct err e = ERR_INIT;
    int error;

    if (code < 0) {
        link_end(l, code, words);
        return;
    }
    if (!must(l->fd >= 0) || loop_io_new(&l->io, l->loop, l->fd, EPOLLIN, link_on_io, l, &e) < 0) {
        err_set(&e, -ENOMEM, "out of memory");
        link_fail(l, &e);
        return;
    }
    link_watch(l);
    error = link_flush(l);
    if (error)
        link_lost(l, error);
}

int wyoming_link_url(char **ret, const char *url, const char *row, struct err *e)
{
    AUTO_STR text = STR_INIT;
    const char *rest = str_starts(url, "tcp://") ? url + 6 : url;
    const char *port = strrchr(rest, ':');
    char host[256];
    int r;

    if (strstr(rest, "://") || strpbrk(rest, "/?# \t") || !port || !port[1] ||
        strspn(port + 1, "0123456789") != strlen(port + 1))
        return err_set(e, -EINVAL,
                       "%s: must be tcp://host:port (10300 is the usual port of "
                       "recognisers, 10200 of voices)",
                       row);
    str_addf(&text, "http://%s", rest);
    if (text.failed)
        return err_set(e, -ENOMEM, "%s: out of memory", row);
    r = fetch_url_check(str_text(&text), row, host, sizeof(host), NULL);
    if (r < 0)
        return err_set(e, r, "%s: must be tcp://host:port", row);
    *ret = str_take(&text);
    return 0;
}

int wyoming_link_open(struct wyoming_link *l, const char *url, int64_t connect_ms, int64_t gap_ms,
                      struct err *e)
{
    AUTO_FREE char *http = NULL;
    int r;

    if (l->is_open)
        return err_set(e, -EBUSY, "%s: a connection is open", l->place.what);
    must(l->fd < 0 && l->out.len == 0 && gap_ms > 0);
    r = wyoming_link_url(&http, url, l->place.url_row, e);
    if (r >= 0)
        r = fetch_connect(l->fetch, http, connect_ms, e);
    if (r < 0)
        return r;
    l->gap_ms = gap_ms;
    l->is_open = true;
    return 0;
}

void wyoming_link_close(struct wyoming_link *l)
{
    if (l && l->is_open)
        link_shut(l);
}

bool wyoming_link_is_open(const struct wyoming_link *l)
{
    return l && l->is_open;
}

static int no_body(const void *bytes, size_t len, void *user, struct err *e)
{
    (void)bytes;
    (void)len;
    (void)user;
    return err_set(e, -EPROTO, "a body where none was asked for");
}

int wyoming_link_new(struct wyoming_link **ret, struct loop *loop, const struct fetch_place *place,
                     const struct wyoming_link_events *events, struct err *e)
{
    AUTO(wyoming_link_freep) struct wyoming_link *l = calloc(1, sizeof(*l));
    int r;

    if (!l)
        return err_set(e, -ENOMEM, "%s: out of memory", place->what);
    wyoming_reader_init(&l->reader);
    l->fd = -1;
    l->events = *events;
    l->place = *place;
    l->loop = loop;
    r = loop_timer_new(&l->timer, loop, link_on_timer, l, e);
    if (r >= 0)
        r = fetch_new(&l->fetch, loop, place,
                      &(struct fetch_events){ .on_body = no_body,
                                              .on_end = link_on_connected,
                                              .on_socket = link_on_socket,
                                              .user = l },
                      e);
    if (r < 0)
        return r;
    *ret = STEAL(l);
    return 0;
}

struct wyoming_link *wyoming_link_free(struct wyoming_link *l)
{
    if (!l)
        return NULL;
    if (l->fetch)
        link_shut(l);
    fetch_free(l->fetch);
    loop_timer_free(l->timer);
    free(l);
    return NULL;
}
