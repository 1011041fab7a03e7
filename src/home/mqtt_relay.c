/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_relay.c - stands between the socket and libmosquitto. */
#include "home/mqtt_relay.h"

#include "base/must.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LENGTH_BITS_MAX = 28, BITS = 7, MORE = 0x80 };

int mqtt_frame_take(struct mqtt_frame *f, const void *bytes, size_t len, uint32_t max)
{
    const uint8_t *p = bytes, *end = p + len;

    while (p < end) {
        if (f->left > 0) {
            const size_t n = f->left < (size_t)(end - p) ? f->left : (size_t)(end - p);

            f->left -= (uint32_t)n;
            p += n;
        } else if (!f->in_length) {
            *f = (struct mqtt_frame){ .in_length = true };
            p++;
        } else {
            must(f->shift <= LENGTH_BITS_MAX - BITS);
            f->length |= (uint32_t)(*p & ~MORE) << f->shift;
            f->shift += BITS;
            f->in_length = *p++ & MORE;
            if (f->length > max)
                return -EMSGSIZE;
            if (f->in_length && f->shift >= LENGTH_BITS_MAX)
                return -EPROTO;
            if (!f->in_length)
                f->left = f->length;
        }
    }
    return 0;
}

void mqtt_relay_init(struct mqtt_relay *r)
{
    memset(r, 0, sizeof(*r));
    r->tcp = r->inner = -1;
}

int mqtt_relay_open(struct mqtt_relay *r, int fd, struct err *e)
{
    int pair[2], tcp;

    must(r->tcp < 0 && r->inner < 0);
    tcp = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (tcp < 0)
        return err_set(e, -errno, "mqtt: no descriptor");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0) {
        close(tcp);
        return err_set(e, -errno, "mqtt: no socket pair");
    }
    if (dup3(pair[0], fd, O_CLOEXEC) < 0) {
        const int code = -errno;

        close(tcp);
        close(pair[0]);
        close(pair[1]);
        return err_set(e, code, "mqtt: no descriptor");
    }
    close(pair[0]);
    mqtt_relay_init(r);
    r->tcp = tcp;
    r->inner = pair[1];
    return 0;
}

void mqtt_relay_close(struct mqtt_relay *r)
{
    if (r->tcp >= 0)
        close(r->tcp);
    if (r->inner >= 0)
        close(r->inner);
    r->tcp = r->inner = -1;
}

static bool pipe_is_empty(const struct relay_pipe *p)
{
    must(p->from <= p->to && p->to <= RELAY_BYTES);
    return p->from == p->to;
}

/* Bytes read into an empty pipe; 0: none now; -EPIPE: the other side hung up; -errno. */
static int pipe_fill(struct relay_pipe *p, int fd)
{
    ssize_t n;

    if (!pipe_is_empty(p))
        return 0;
    n = recv(fd, p->bytes, sizeof(p->bytes), MSG_DONTWAIT);
    if (n == 0)
        return -EPIPE;
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    p->from = 0;
    p->to = (size_t)n;
    return (int)n;
}

static int pipe_drain(struct relay_pipe *p, int fd)
{
    while (!pipe_is_empty(p)) {
        const ssize_t n =
            send(fd, p->bytes + p->from, p->to - p->from, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        p->from += (size_t)n;
    }
    return 0;
}

void mqtt_relay_poll(const struct mqtt_relay *r, struct pollfd fds[2])
{
    fds[0] = (struct pollfd){ .fd = r->is_over ? -1 : r->tcp };
    fds[1] = (struct pollfd){ .fd = r->inner };
    if (r->tcp < 0)
        return;
    fds[0].events =
        (short)((pipe_is_empty(&r->in) ? POLLIN : 0) | (pipe_is_empty(&r->out) ? 0 : POLLOUT));
    fds[1].events =
        (short)((pipe_is_empty(&r->out) ? POLLIN : 0) | (pipe_is_empty(&r->in) ? 0 : POLLOUT));
}

/* The broker is gone: libmosquitto gets what came before, and then the end. */
static void relay_over(struct mqtt_relay *r, int code)
{
    if (r->is_over)
        return;
    r->is_over = true;
    r->error = code == -EPIPE ? 0 : -code;
}

int mqtt_relay_pump(struct mqtt_relay *r, uint32_t max)
{
    int n = 0, code;

    if (r->tcp < 0)
        return 0;
    if (!r->is_over) {
        n = pipe_fill(&r->in, r->tcp);
        if (n < 0) {
            relay_over(r, n);
            n = 0;
        }
        code = n > 0 ? mqtt_frame_take(&r->frame, r->in.bytes, (size_t)n, max) : 0;
        if (code < 0)
            return code; /* nothing of it goes on */
    }
    (void)pipe_drain(&r->in, r->inner);
    if (r->is_over && pipe_is_empty(&r->in))
        (void)shutdown(r->inner, SHUT_WR);
    (void)pipe_fill(&r->out, r->inner);
    code = r->is_over ? 0 : pipe_drain(&r->out, r->tcp);
    if (code < 0)
        relay_over(r, code);
    return n;
}
