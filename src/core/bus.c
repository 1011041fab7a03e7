/* SPDX-License-Identifier: Apache-2.0 */
/* core/bus.c - typed messages from any thread to handlers on the main loop.
 *
 * The queue is a Treiber stack that the main loop takes whole and turns round: a push
 * is one compare-and-swap, the order of each poster is kept, and nothing is freed by a
 * poster, so there is no ABA problem. */
#include "core/bus.h"

#include "base/str.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

struct bus_handler {
    enum msg_type type;
    bus_fn fn;
    void *user; /* borrowed */
    struct bus_handler *next;
    bool dead; /* removed while a delivery was under way */
};

struct bus {
    struct loop *loop;            /* borrowed */
    struct loop_io *io;           /* owned */
    int fd;                       /* eventfd, owned */
    _Atomic(struct msg *) posted; /* newest first; owned */
    _Atomic uint64_t lost;
    struct bus_handler *handlers; /* owned, in order of registration */
    int depth;                    /* deliveries under way */
};

static struct msg *bus_take(struct bus *b)
{
    struct msg *m = atomic_exchange_explicit(&b->posted, NULL, memory_order_acquire);
    struct msg *in_order = NULL;

    while (m) {
        struct msg *next = m->next;

        m->next = in_order;
        in_order = m;
        m = next;
    }
    return in_order;
}

static void bus_sweep(struct bus *b)
{
    struct bus_handler **p = &b->handlers;

    while (*p) {
        struct bus_handler *h = *p;

        if (!h->dead) {
            p = &h->next;
            continue;
        }
        *p = h->next;
        free(h);
    }
}

static void bus_deliver(struct bus *b, const struct msg *m)
{
    b->depth++;
    for (struct bus_handler *h = b->handlers; h; h = h->next)
        if (!h->dead && (h->type == m->type || h->type == MSG_N))
            h->fn(m, h->user);
    b->depth--;
    if (b->depth == 0)
        bus_sweep(b);
}

size_t bus_drain(struct bus *b)
{
    struct msg *m = bus_take(b);
    size_t n = 0;

    while (m) {
        struct msg *next = m->next;

        bus_deliver(b, m);
        msg_free(m);
        m = next;
        n++;
    }
    return n;
}

static void bus_on_readable(int fd, uint32_t revents, void *user)
{
    struct bus *b = user;
    eventfd_t count;

    (void)revents;
    eventfd_read(fd, &count);
    bus_drain(b);
}

int bus_new(struct bus **ret, struct loop *loop, struct err *e)
{
    AUTO(bus_freep) struct bus *b = calloc(1, sizeof(*b));
    int r;

    if (!b)
        return err_set(e, -ENOMEM, "bus: out of memory");
    b->loop = loop;
    atomic_init(&b->posted, NULL);
    atomic_init(&b->lost, 0);
    b->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (b->fd < 0)
        return err_set(e, -errno, "bus: eventfd: %s", strerror(errno));
    r = loop_io_new(&b->io, loop, b->fd, EPOLLIN, bus_on_readable, b, e);
    if (r < 0)
        return err_wrap(e, r, "bus");
    *ret = STEAL(b);
    return 0;
}

struct bus *bus_free(struct bus *b)
{
    struct msg *m;

    if (!b)
        return NULL;
    m = bus_take(b);
    while (m) {
        struct msg *next = m->next;

        msg_free(m);
        m = next;
    }
    while (b->handlers) {
        struct bus_handler *next = b->handlers->next;

        free(b->handlers);
        b->handlers = next;
    }
    loop_io_free(b->io);
    if (b->fd >= 0)
        close(b->fd);
    free(b);
    return NULL;
}

int bus_on(struct bus *b, enum msg_type type, bus_fn fn, void *user, struct err *e)
{
    struct bus_handler *h = calloc(1, sizeof(*h));
    struct bus_handler **p = &b->handlers;

    if (!h)
        return err_set(e, -ENOMEM, "bus: out of memory for a handler of %s", msg_type_name(type));
    h->type = type;
    h->fn = fn;
    h->user = user;
    while (*p)
        p = &(*p)->next;
    *p = h;
    return 0;
}

void bus_off(struct bus *b, void *user)
{
    for (struct bus_handler *h = b->handlers; h; h = h->next)
        if (h->user == user)
            h->dead = true;
    if (b->depth == 0)
        bus_sweep(b);
}

void bus_post(struct bus *b, struct msg *m)
{
    struct msg *head;

    if (!m) {
        atomic_fetch_add_explicit(&b->lost, 1, memory_order_relaxed);
        return;
    }
    if (m->at_usec == 0)
        m->at_usec = clock_mono_usec(loop_clock(b->loop));
    head = atomic_load_explicit(&b->posted, memory_order_relaxed);
    do {
        m->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&b->posted, &head, m, memory_order_release,
                                                    memory_order_relaxed));
    if (!head)
        eventfd_write(b->fd, 1);
}

void bus_post_text(struct bus *b, enum msg_type type, uint64_t session, const char *text)
{
    AUTO(msg_freep) struct msg *m = msg_new(type, session);

    if (m && text) {
        m->text = str_dup(text);
        if (!m->text)
            m = msg_free(m);
    }
    bus_post(b, STEAL(m));
}

void bus_post_fault(struct bus *b, const char *part, int code, const char *text)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_FAULT, 0);

    if (m) {
        m->part = part;
        m->code = code;
        m->text = str_dup(text);
    }
    bus_post(b, STEAL(m));
}

uint64_t bus_lost(const struct bus *b)
{
    return atomic_load_explicit(&b->lost, memory_order_relaxed);
}
