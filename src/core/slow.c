/* SPDX-License-Identifier: Apache-2.0 */
/* core/slow.c - what may wait for a disk runs beside the main loop.
 *
 * Two lists under one mutex: `todo` (posted, not yet begun) and `over` (run, not yet answered). The
 * job that runs is in neither. What waits is counted from posting to answering: an answer that the
 * loop does not fetch holds memory just as well. */
#include "core/slow.h"

#include "base/clock.h"
#include "base/must.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/worker.h"
#include "core/deadlines.h"

#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

struct slow_item {
    struct slow_job job;
    int code;
    char *words; /* owned; NULL: none */
    struct slow_item *next;
};

struct slow_list {
    struct slow_item *first, **end;
};

struct slow {
    struct loop *loop;     /* borrowed */
    struct loop_io *io;    /* owned */
    struct worker *worker; /* owned; NULL on a virtual clock */
    int fd;                /* eventfd, owned: something is over */

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;  /* work for the thread */
    struct slow_list todo, over;
    struct slow_stats stats;
    bool runs, ending;
};

static void slow_push(struct slow_list *l, struct slow_item *i)
{
    i->next = NULL;
    *l->end = i;
    l->end = &i->next;
}

static struct slow_item *slow_pop(struct slow_list *l)
{
    struct slow_item *i = l->first;

    if (!i)
        return NULL;
    l->first = i->next;
    if (!l->first)
        l->end = &l->first;
    return i;
}

/* Neither lock held nor thread needed: the words of a failure outlive the stack of run(). */
static void item_run(struct slow_item *i)
{
    struct err e = ERR_INIT;

    i->code = i->job.run(i->job.job, &e);
    must(i->code <= 0);
    if (i->code < 0)
        i->words = str_dup(err_text(&e));
}

static void item_done(struct slow *s, struct slow_item *i)
{
    pthread_mutex_lock(&s->lock);
    must(s->stats.waiting > 0 && s->stats.bytes >= i->job.bytes);
    s->stats.waiting--;
    s->stats.bytes -= i->job.bytes;
    s->stats.failed += i->code < 0;
    pthread_mutex_unlock(&s->lock);
    i->job.done(i->code, i->words ? i->words : i->code < 0 ? err_words(i->code) : "", i->job.job);
    free(i->words);
    free(i);
}

/* Answers what is over; what the answers post is not waited for. */
static void slow_deliver(struct slow *s)
{
    struct slow_list over;
    struct slow_item *i;

    pthread_mutex_lock(&s->lock);
    over = s->over;
    if (!over.first)
        over.end = &over.first;
    s->over.first = NULL;
    s->over.end = &s->over.first;
    pthread_mutex_unlock(&s->lock);
    while ((i = slow_pop(&over)))
        item_done(s, i);
}

static void slow_on_readable(int fd, uint32_t revents, void *user)
{
    eventfd_t count;

    (void)revents;
    eventfd_read(fd, &count);
    slow_deliver(user);
}

/* Slow thread, lock held; let go while the job runs. */
static void slow_run_one(struct slow *s, struct worker *w, struct slow_item *i)
{
    int64_t began = clock_now_ms(), took;

    s->runs = true;
    pthread_mutex_unlock(&s->lock);
    worker_beat(w);
    item_run(i);
    worker_rest(w);
    pthread_mutex_lock(&s->lock);
    s->runs = false;
    took = clock_now_ms() - began;
    if (took > s->stats.longest_ms)
        s->stats.longest_ms = took;
    slow_push(&s->over, i);
    eventfd_write(s->fd, 1);
}

/* The next job for the thread; at the end only what must be run is. */
static struct slow_item *slow_next(struct slow *s)
{
    struct slow_item *i = slow_pop(&s->todo);

    while (i && s->ending && !i->job.must) {
        i->code = -ECANCELED;
        slow_push(&s->over, i);
        i = slow_pop(&s->todo);
    }
    return i;
}

static void slow_main(struct worker *w, void *user)
{
    struct slow *s = user;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        struct slow_item *i = slow_next(s);

        if (i) {
            slow_run_one(s, w, i);
        } else if (s->ending) {
            break;
        } else {
            worker_rest(w);
            pthread_cond_wait(&s->wake, &s->lock);
        }
    }
    pthread_mutex_unlock(&s->lock);
}

static void slow_wake(void *user)
{
    struct slow *s = user;

    pthread_mutex_lock(&s->lock);
    s->ending = true;
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

static void slow_init(struct slow *s, struct loop *loop)
{

    s->loop = loop;
    s->todo.end = &s->todo.first;
    s->over.end = &s->over.first;
    pthread_mutex_init(&s->lock, NULL);
    thread_cond_init(&s->wake);
}

static struct slow *slow_free(struct slow *s)
{
    loop_io_free(s->io);
    if (s->fd >= 0)
        close(s->fd);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}

int slow_new(struct slow **ret, struct loop *loop, struct health *health, struct err *e)
{
    return slow_new_named(ret, "slow", loop, health, e);
}

int slow_new_named(struct slow **ret, const char *name, struct loop *loop, struct health *health,
                   struct err *e)
{
    struct slow *s = calloc(1, sizeof(*s));
    const struct worker_opts o = {
        .name = name,
        .deadline_ms = DEADLINE_SLOW_MS,
        .watch = health_watcher(health),
        .main = slow_main,
        .wake = slow_wake,
        .user = s,
    };
    int r;

    if (!s)
        return err_set(e, -ENOMEM, "slow work: out of memory");
    slow_init(s, loop);
    s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = s->fd < 0 ? err_set(e, -errno, "slow work: eventfd: %s", err_words(errno)) : 0;
    if (r >= 0)
        r = loop_io_new(&s->io, loop, s->fd, EPOLLIN, slow_on_readable, s, e);
    if (r >= 0 && !loop_clock(loop)->is_virtual)
        r = worker_start(&s->worker, &o, e);
    if (r < 0) {
        slow_free(s);
        return err_wrap(e, r, "slow work");
    }
    *ret = s;
    return 0;
}

struct slow *slow_end(struct slow *s, int wait_ms)
{
    if (!s)
        return NULL;
    if (worker_end(s->worker, wait_ms) < 0) {
        s->io = loop_io_free(s->io);
        return s; /* all else is still used by the thread that hangs in a job */
    }
    slow_deliver(s);
    must(!s->todo.first && s->stats.waiting == 0);
    return slow_free(s);
}

static bool slow_has_room(const struct slow *s, const struct slow_job *job)
{
    return !s->ending && s->stats.waiting < SLOW_JOBS_MAX &&
           job->bytes <= SLOW_BYTES_MAX - s->stats.bytes;
}

int slow_post(struct slow *s, const struct slow_job *job, struct err *e)
{
    struct slow_item *i = calloc(1, sizeof(*i));
    bool taken;

    if (!i)
        return err_set(e, -ENOMEM, "%s: out of memory", job->what);
    must(job->run && job->done);
    i->job = *job;
    pthread_mutex_lock(&s->lock);
    taken = slow_has_room(s, job);
    if (taken) {
        s->stats.posted++;
        s->stats.waiting++;
        s->stats.bytes += job->bytes;
        if (s->worker)
            slow_push(&s->todo, i);
        pthread_cond_signal(&s->wake);
    } else {
        s->stats.refused++;
    }
    pthread_mutex_unlock(&s->lock);
    if (!taken) {
        free(i);
        return err_set(e, -EBUSY, "%s: too much waits for the disk; try again", job->what);
    }
    if (!s->worker) { /* virtual time: at once, and only the answer comes by the loop */
        item_run(i);
        slow_push(&s->over, i);
        eventfd_write(s->fd, 1);
    }
    return 0;
}

void slow_stats(struct slow *s, struct slow_stats *ret)
{
    pthread_mutex_lock(&s->lock);
    *ret = s->stats;
    pthread_mutex_unlock(&s->lock);
}
