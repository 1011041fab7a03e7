/* SPDX-License-Identifier: Apache-2.0 */
/* core/bus.c - typed messages from any thread to handlers on the main loop.
 *
 * A turn of the loop delivers for BUS_TURN_USEC and then lets the other descriptors have theirs; a
 * flood makes the bus late, never the clock, the watchdog or the door. */
#include "core/bus.h"

#include "base/must.h"
#include "base/utf8.h"
#include "base/str.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { BUS_TURN_USEC = 4000, BUS_CALM_MS = 5000 };

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
    struct loop_timer *calm;      /* owned; nothing was refused for a while */
    struct bus_queue *queue;      /* owned */
    int fd;                       /* eventfd, owned */
    _Atomic uint64_t lost;
    _Atomic uint64_t posted;      /* the number of the newest message */
    struct bus_handler *handlers; /* owned, in order of registration */
    int depth;                    /* deliveries under way */
    uint64_t refused_told;        /* how many had been when it was told */
    bus_tap_fn tap;               /* the laboratory's; NULL: none */
    void *tap_user;
};

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
    must(b->depth == 0); /* a handler that delivers would turn the order upside down */
    b->depth++;
    for (struct bus_handler *h = b->handlers; h; h = h->next)
        if (!h->dead && (h->type == m->type || h->type == MSG_N))
            h->fn(m, h->user);
    b->depth--;
    if (b->depth == 0)
        bus_sweep(b);
}

/* Something was refused: a fault that lasts until nothing has been for BUS_CALM_MS. */
static void bus_tell_refused(struct bus *b)
{
    struct bus_stats st;
    AUTO_STR text = STR_INIT;

    bus_queue_stats(b->queue, &st);
    if (st.refused == b->refused_told)
        return;
    str_addf(&text, "too many messages of the kind '%s' at once: %llu were refused",
             msg_type_name(st.refused_type), (unsigned long long)st.refused);
    b->refused_told = st.refused;
    loop_timer_after_ms(b->calm, BUS_CALM_MS);
    bus_post_fault(b, "bus", -EBUSY, str_text(&text));
}

static void bus_on_calm(void *user)
{
    bus_post_fault(user, "bus", 0, "no message is refused any more");
}

/* At most `most` messages; `until_usec` on the machine's clock, INT64_MAX: no limit of time. */
static size_t bus_deliver_some(struct bus *b, size_t most, int64_t until_usec)
{
    size_t n = 0;

    while (n < most) {
        struct msg *m = bus_queue_take(b->queue);

        if (!m)
            break;
        n++;
        bus_deliver(b, m);
        msg_free(m);
        if (until_usec != INT64_MAX && clock_now_usec() >= until_usec)
            break;
    }
    bus_tell_refused(b);
    return n;
}

size_t bus_drain(struct bus *b)
{
    struct bus_stats st;

    bus_queue_stats(b->queue, &st);
    return bus_deliver_some(b, st.waiting, INT64_MAX);
}

static void bus_on_readable(int fd, uint32_t revents, void *user)
{
    struct bus *b = user;
    bool is_virtual = loop_clock(b->loop)->is_virtual;
    struct bus_stats st;
    eventfd_t count;

    (void)revents;
    eventfd_read(fd, &count);
    bus_queue_stats(b->queue, &st);
    bus_deliver_some(b, st.waiting, is_virtual ? INT64_MAX : clock_now_usec() + BUS_TURN_USEC);
    bus_queue_stats(b->queue, &st);
    if (st.waiting > 0)
        eventfd_write(fd, 1); /* the rest in the next turn */
}

int bus_new(struct bus **ret, struct loop *loop, struct err *e)
{
    AUTO(bus_freep) struct bus *b = calloc(1, sizeof(*b));
    int r;

    if (!b)
        return err_set(e, -ENOMEM, "bus: out of memory");
    b->loop = loop;
    atomic_init(&b->lost, 0);
    atomic_init(&b->posted, 0);
    b->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (b->fd < 0)
        return err_set(e, -errno, "bus: eventfd: %s", err_words(errno));
    r = bus_queue_new(&b->queue, e);
    if (r >= 0)
        r = loop_io_new(&b->io, loop, b->fd, EPOLLIN, bus_on_readable, b, e);
    if (r >= 0)
        r = loop_timer_new(&b->calm, loop, bus_on_calm, b, e);
    if (r < 0)
        return err_wrap(e, r, "bus");
    *ret = STEAL(b);
    return 0;
}

struct bus *bus_free(struct bus *b)
{
    if (!b)
        return NULL;
    must(b->depth == 0);
    bus_queue_free(b->queue);
    while (b->handlers) {
        struct bus_handler *next = b->handlers->next;

        free(b->handlers);
        b->handlers = next;
    }
    loop_timer_free(b->calm);
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

/* Whoever asks gets one answer, also when the question does not get in. */
static bool refusal_becomes_answer(struct msg *m)
{
    bool asked = m->type == MSG_TEXT || m->type == MSG_BUTTON || m->type == MSG_ANNOUNCE ||
                 m->type == MSG_LEARN;

    if (!asked || m->origin.kind == ORIGIN_NONE || m->origin.kind == ORIGIN_BOX)
        return false;
    free(m->text);
    m->text = str_dup("too much is asked at once; try again in a moment");
    m->json = json_free(m->json);
    m->type = MSG_ANSWER;
    m->code = -EBUSY;
    return true;
}

int bus_give(struct bus *b, struct msg *m)
{
    int r;

    if (m->at_usec == 0)
        m->at_usec = clock_mono_usec(loop_clock(b->loop));
    r = bus_queue_put(b->queue, m);
    if (r < 0 && refusal_becomes_answer(m))
        r = bus_queue_put(b->queue, m);
    if (r < 0)
        msg_free(m);
    if (r != 0) /* it was empty, or something has to be told */
        eventfd_write(b->fd, 1);
    return r < 0 ? r : 0;
}

int bus_post(struct bus *b, struct msg *m)
{
    if (!m) {
        atomic_fetch_add_explicit(&b->lost, 1, memory_order_relaxed);
        return -ENOMEM;
    }
    must(m->number == 0); /* whoever posts a message twice would make two of one */
    m->number = 1 + atomic_fetch_add_explicit(&b->posted, 1, memory_order_relaxed);
    if (b->tap && b->tap(m, b->tap_user))
        return 0;
    return bus_give(b, m);
}

void bus_tap(struct bus *b, bus_tap_fn tap, void *user)
{
    b->tap = tap;
    b->tap_user = user;
}

void bus_stats(struct bus *b, struct bus_stats *ret)
{
    bus_queue_stats(b->queue, ret);
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

/* Everybody shows "part: words"; words that begin with the part again would say it twice. */
static const char *fault_words(const char *part, const char *text)
{
    size_t n = strlen(part);

    while (text && strncmp(text, part, n) == 0 && text[n] == ':' && text[n + 1] == ' ')
        text += n + 2;
    return text;
}

void bus_post_fault(struct bus *b, const char *part, int code, const char *text)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_FAULT, 0);

    if (m) {
        m->part = part;
        m->code = code;
        m->text = str_dup(fault_words(part, text));
        if (m->text)
            utf8_clean(m->text); /* it is shown and sent as JSON, whatever it quotes */
    }
    bus_post(b, STEAL(m));
}

uint64_t bus_lost(const struct bus *b)
{
    return atomic_load_explicit(&b->lost, memory_order_relaxed);
}
