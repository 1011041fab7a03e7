/* SPDX-License-Identifier: Apache-2.0 */
/* core/loop.c - the main loop: sd-event for descriptors, and timers on our own clock.
 *
 * Timers are an unsorted list: there are a few dozen of them, and a walk of the list
 * costs less than the system call that follows it. */
#include "core/loop.h"

#include "base/must.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIRES_PER_TURN = 1000, EVENTS_PER_STEP = 1000 };

struct loop_timer {
    struct loop *loop; /* borrowed */
    loop_timer_fn fn;
    void *user;              /* borrowed */
    int64_t at_usec;         /* monotonic; INT64_MAX while unarmed */
    struct loop_timer *next; /* in the loop's list */
};

struct loop_io {
    sd_event_source *source; /* owned */
    loop_io_fn fn;
    void *user; /* borrowed */
};

struct loop {
    sd_event *event;           /* owned */
    sd_event_source *wakeup;   /* owned; armed for the earliest timer on the real clock */
    const struct clock *clock; /* borrowed */
    struct loop_timer *timers; /* list; each owned by its creator */
};

static int64_t loop_earliest(const struct loop *l)
{
    int64_t at = INT64_MAX;

    for (const struct loop_timer *t = l->timers; t; t = t->next)
        if (t->at_usec < at)
            at = t->at_usec;
    return at;
}

static void loop_arm(struct loop *l)
{
    int64_t at;

    if (l->clock->is_virtual)
        return;
    at = loop_earliest(l);
    if (at == INT64_MAX) {
        sd_event_source_set_enabled(l->wakeup, SD_EVENT_OFF);
        return;
    }
    sd_event_source_set_time(l->wakeup, at > 0 ? (uint64_t)at : 0);
    sd_event_source_set_enabled(l->wakeup, SD_EVENT_ONESHOT);
}

/* Fires due timers one by one, the earliest first: each callback may free or arm any timer, so
 * the list is searched afresh after each. A timer that re-arms itself in the past fires again
 * (periodic work catches up on the virtual clock), but not for ever: descriptors have their
 * turn. */
static bool loop_fire(struct loop *l)
{
    int64_t now = clock_mono_usec(l->clock);
    bool ran = false;
    int budget = FIRES_PER_TURN;

    while (budget-- > 0) {
        struct loop_timer *due = NULL;

        for (struct loop_timer *t = l->timers; t; t = t->next)
            if (t->at_usec <= now && (!due || t->at_usec < due->at_usec))
                due = t;
        if (!due)
            break;
        must(due->loop == l && due->fn);
        due->at_usec = INT64_MAX;
        due->fn(due->user); /* may free `due` */
        ran = true;
    }
    loop_arm(l);
    return ran;
}

static int loop_on_wakeup(sd_event_source *s, uint64_t usec, void *user)
{
    (void)s;
    (void)usec;
    loop_fire(user);
    return 0;
}

int loop_new(struct loop **ret, const struct clock *clock, struct err *e)
{
    AUTO(loop_freep) struct loop *l = calloc(1, sizeof(*l));
    int r;

    if (!l)
        return err_set(e, -ENOMEM, "main loop: out of memory");
    l->clock = clock;
    r = sd_event_new(&l->event);
    if (r < 0)
        return err_set(e, r, "main loop: %s", err_words(r));
    r = sd_event_add_time(l->event, &l->wakeup, CLOCK_MONOTONIC, 0, 1000, loop_on_wakeup, l);
    if (r >= 0)
        r = sd_event_source_set_enabled(l->wakeup, SD_EVENT_OFF);
    if (r < 0)
        return err_set(e, r, "main loop timer: %s", err_words(r));
    *ret = STEAL(l);
    return 0;
}

struct loop *loop_free(struct loop *l)
{
    if (!l)
        return NULL;
    for (struct loop_timer *t = l->timers; t; t = t->next)
        t->loop = NULL; /* its owner still frees it */
    sd_event_source_disable_unref(l->wakeup);
    sd_event_unref(l->event);
    free(l);
    return NULL;
}

sd_event *loop_event(struct loop *l)
{
    return l->event;
}

const struct clock *loop_clock(const struct loop *l)
{
    return l->clock;
}

int loop_timer_new(struct loop_timer **ret, struct loop *l, loop_timer_fn fn, void *user,
                   struct err *e)
{
    struct loop_timer *t = calloc(1, sizeof(*t));

    if (!t)
        return err_set(e, -ENOMEM, "timer: out of memory");
    t->loop = l;
    t->fn = fn;
    t->user = user;
    t->at_usec = INT64_MAX;
    t->next = l->timers;
    l->timers = t;
    *ret = t;
    return 0;
}

struct loop_timer *loop_timer_free(struct loop_timer *t)
{
    struct loop_timer **p;

    if (!t)
        return NULL;
    if (t->loop) {
        p = &t->loop->timers;
        while (*p && *p != t)
            p = &(*p)->next;
        if (must(*p == t)) /* every timer of a loop hangs in its list */
            *p = t->next;
        loop_arm(t->loop);
    }
    free(t);
    return NULL;
}

void loop_timer_set(struct loop_timer *t, int64_t at_usec)
{
    if (!must(t->loop)) /* the loop is gone: its timers may only be freed */
        return;
    t->at_usec = at_usec;
    loop_arm(t->loop);
}

void loop_timer_after_ms(struct loop_timer *t, int64_t ms)
{
    loop_timer_set(t, clock_mono_usec(t->loop->clock) + ms * 1000);
}

void loop_timer_clear(struct loop_timer *t)
{
    loop_timer_set(t, INT64_MAX);
}

bool loop_timer_is_set(const struct loop_timer *t)
{
    return t->at_usec != INT64_MAX;
}

static int loop_on_io(sd_event_source *s, int fd, uint32_t revents, void *user)
{
    struct loop_io *io = user;

    (void)s;
    io->fn(fd, revents, io->user);
    return 0;
}

int loop_io_new(struct loop_io **ret, struct loop *l, int fd, uint32_t events, loop_io_fn fn,
                void *user, struct err *e)
{
    AUTO_FREE struct loop_io *io = calloc(1, sizeof(*io));
    int r;

    if (!io)
        return err_set(e, -ENOMEM, "descriptor watch: out of memory");
    io->fn = fn;
    io->user = user;
    r = sd_event_add_io(l->event, &io->source, fd, events, loop_on_io, io);
    if (r < 0)
        return err_set(e, r, "descriptor watch: %s", err_words(r));
    *ret = STEAL(io);
    return 0;
}

struct loop_io *loop_io_free(struct loop_io *io)
{
    if (!io)
        return NULL;
    sd_event_source_disable_unref(io->source);
    free(io);
    return NULL;
}

void loop_io_events(struct loop_io *io, uint32_t events)
{
    sd_event_source_set_io_events(io->source, events);
}

int loop_run(struct loop *l, struct err *e)
{
    int r;

    loop_arm(l);
    r = sd_event_loop(l->event);
    if (r < 0)
        return err_set(e, r, "main loop: %s", err_words(r));
    return r;
}

void loop_quit(struct loop *l, int code)
{
    sd_event_exit(l->event, code);
}

bool loop_step(struct loop *l, int wait_ms)
{
    bool ran = loop_fire(l);
    uint64_t wait_usec = ran ? 0 : (uint64_t)wait_ms * 1000;

    for (int i = 0; i < EVENTS_PER_STEP && sd_event_run(l->event, wait_usec) > 0; i++) {
        ran = true;
        wait_usec = 0;
    }
    return ran;
}
