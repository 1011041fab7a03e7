/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/fake_server.h - a small HTTP server on loopback that answers one
 * connection after the other by a script: good, slow, cut, silent, endless.
 * Threads: one of its own; fake_script() from the test's. */
#ifndef JARVIS_TESTS_FAKE_SERVER_H
#define JARVIS_TESTS_FAKE_SERVER_H

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { FAKE_REQUEST_BYTES = 65536, FAKE_WAIT_MS = 10000 };

enum fake_manner {
    FAKE_CLOSE,   /* all at once, then the connection is closed */
    FAKE_TRICKLE, /* byte by byte */
    FAKE_HOLD,    /* then nothing, until the client closes */
    FAKE_PAUSE,   /* to the form feed, the rest after fake_go(), then as FAKE_HOLD */
    FAKE_FLOOD,   /* then `flood` bytes of 'x', or until the client closes */
};

struct fake_server {
    int fd;
    unsigned port;
    pthread_t thread;
    _Atomic bool stop;
    _Atomic unsigned requests;  /* read to their end */
    _Atomic unsigned dropped;   /* the client closed before we did */
    _Atomic size_t flooded;
    _Atomic bool go;
    pthread_mutex_t lock;
    struct fake_script {
        char *answer; /* owned; whole bytes, head and body */
        size_t len;
        enum fake_manner manner;
        size_t flood;
    } script;         /* guarded by lock */
    char request[FAKE_REQUEST_BYTES]; /* of the last request; read it after `requests` rose */
    size_t request_len;               /* a body may hold zeros */
};

/* Head and body that arrived, up to its Content-Length. */
static inline bool fake_read(struct fake_server *s, int fd)
{
    size_t len = 0;

    while (len < sizeof(s->request) - 1) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t n = poll(&p, 1, FAKE_WAIT_MS) == 1
                        ? recv(fd, s->request + len, sizeof(s->request) - 1 - len, 0) : -1;
        const char *body, *length;

        if (n <= 0)
            return false;
        len += (size_t)n;
        s->request[len] = '\0';
        body = strstr(s->request, "\r\n\r\n");
        length = strcasestr(s->request, "Content-Length:");
        s->request_len = len;
        if (body && s->request + len - (body + 4) >= (length ? strtol(length + 15, NULL, 10) : 0))
            return true;
    }
    return false;
}

static inline bool fake_send(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* Did the client close within the bound? */
static inline bool fake_is_left(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char c;

    return poll(&p, 1, FAKE_WAIT_MS) == 1 && recv(fd, &c, 1, 0) <= 0;
}

static inline char *fake_copy(const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    if (copy)
        memcpy(copy, bytes, len);
    return copy;
}

static inline void fake_script_bytes(struct fake_server *s, const void *answer, size_t len,
                                     enum fake_manner manner, size_t flood)
{
    char *copy = fake_copy(answer, len);

    pthread_mutex_lock(&s->lock);
    free(s->script.answer);
    s->script = (struct fake_script){ copy, len, manner, flood };
    pthread_mutex_unlock(&s->lock);
}

static inline void fake_script(struct fake_server *s, const char *answer, enum fake_manner manner,
                               size_t flood)
{
    fake_script_bytes(s, answer, strlen(answer), manner, flood);
}

static inline struct fake_script fake_take(struct fake_server *s)
{
    struct fake_script now;

    pthread_mutex_lock(&s->lock);
    now = s->script;
    now.answer = now.answer ? fake_copy(now.answer, now.len) : NULL;
    pthread_mutex_unlock(&s->lock);
    return now;
}

static inline void fake_go(struct fake_server *s)
{
    s->go = true;
}

/* The part before the form feed, at once; then it waits. Where the rest begins. */
static inline size_t fake_pause(struct fake_server *s, int fd, const char *answer)
{
    const struct timespec nap = { .tv_nsec = 1000000 };
    size_t first = strcspn(answer, "\f");

    if (!fake_send(fd, answer, first))
        return strlen(answer);
    while (!s->go && !s->stop)
        nanosleep(&nap, NULL);
    s->go = false;
    return first + (answer[first] == '\f');
}

static inline void fake_answer(struct fake_server *s, int fd)
{
    static const char xs[4096] = { [0 ... 4095] = 'x' };
    struct fake_script now = fake_take(s);
    size_t len = now.answer ? now.len : 0;
    size_t step = now.manner == FAKE_TRICKLE ? 1 : len;
    size_t at = now.manner == FAKE_PAUSE ? fake_pause(s, fd, now.answer) : 0;
    bool ok = true;

    for (; ok && at < len; at += step)
        ok = fake_send(fd, now.answer + at, step < len - at ? step : len - at);
    if (now.manner == FAKE_FLOOD) {
        for (s->flooded = 0; ok && s->flooded < now.flood; s->flooded += sizeof(xs))
            ok = fake_send(fd, xs, sizeof(xs));
    }
    if (!ok || ((now.manner == FAKE_HOLD || now.manner == FAKE_PAUSE) && fake_is_left(fd)))
        s->dropped++;
    free(now.answer);
}

static inline void *fake_main(void *user)
{
    struct fake_server *s = user;

    while (!s->stop) {
        AUTO_CLOSE int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0)
            break;
        if (fake_read(s, fd)) {
            s->requests++;
            fake_answer(s, fd);
        }
    }
    return NULL;
}

static inline int fake_start(struct fake_server *s)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(a);

    memset(s, 0, sizeof(*s));
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, len) < 0 || listen(s->fd, 4) < 0 ||
        getsockname(s->fd, (struct sockaddr *)&a, &len) < 0)
        return -1;
    s->port = ntohs(a.sin_port);
    pthread_mutex_init(&s->lock, NULL);
    return pthread_create(&s->thread, NULL, fake_main, s);
}

static inline void fake_stop(struct fake_server *s)
{
    s->stop = true;
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    pthread_mutex_destroy(&s->lock);
    free(s->script.answer);
}

#endif
