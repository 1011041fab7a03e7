/* SPDX-License-Identifier: Apache-2.0 */
/* base/thread.c - the one place where a thread begins. */
#include "base/thread.h"

#include "base/clock.h"
#include "base/must.h"
#include "base/utf8.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* pthread_timedjoin_np() counts on the wall clock, and the one that does not is unknown to the
 * thread sanitizer: so the thread says itself when it is about to end. */
struct thread_life {
    void *(*main)(void *user);
    void *user; /* borrowed */
    char name[THREAD_NAME_BYTES];
    atomic_int holders; /* the thread, and whoever joins or abandons it */
    pthread_mutex_t lock;
    pthread_cond_t end; /* CLOCK_MONOTONIC */
    bool ended;         /* guarded by lock */
};

static void life_drop(struct thread_life *life)
{
    int left = atomic_fetch_sub_explicit(&life->holders, 1, memory_order_acq_rel) - 1;

    if (!must(left >= 0) || left > 0)
        return;
    pthread_cond_destroy(&life->end);
    pthread_mutex_destroy(&life->lock);
    free(life);
}

void thread_cond_init(pthread_cond_t *c)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(c, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static struct thread_life *life_new(const struct thread_opts *o)
{
    struct thread_life *life = calloc(1, sizeof(*life));

    if (!life)
        return NULL;
    life->main = o->main;
    life->user = o->user;
    utf8_copy(life->name, sizeof(life->name), o->name); /* a long name is cut */
    atomic_init(&life->holders, 2);
    pthread_mutex_init(&life->lock, NULL);
    thread_cond_init(&life->end);
    return life;
}

static bool life_ends(struct thread_life *life, int wait_ms)
{
    struct timespec until = clock_timespec(clock_now_usec() + (int64_t)wait_ms * 1000);
    bool ended;
    int r = 0;

    pthread_mutex_lock(&life->lock);
    while (!life->ended && r == 0)
        r = pthread_cond_timedwait(&life->end, &life->lock, &until);
    ended = life->ended;
    pthread_mutex_unlock(&life->lock);
    return ended;
}

static void *thread_main(void *arg)
{
    struct thread_life *life = arg;

    pthread_setname_np(pthread_self(), life->name);
    life->main(life->user);
    pthread_mutex_lock(&life->lock);
    life->ended = true;
    pthread_cond_signal(&life->end);
    pthread_mutex_unlock(&life->lock);
    life_drop(life);
    return NULL;
}

static void signals_not_ours(sigset_t *set)
{
    static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGTRAP };

    sigfillset(set);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        sigdelset(set, own[i]);
}

/* 0 or a negative errno. */
static int attributes_set(pthread_attr_t *attr, const struct thread_opts *o)
{
    const struct sched_param param = { .sched_priority = o->priority };
    int r = 0;

    if (o->stack_bytes > 0)
        r = pthread_attr_setstacksize(attr, o->stack_bytes);
    if (o->priority == 0)
        return -r;
    if (r == 0)
        r = pthread_attr_setinheritsched(attr, PTHREAD_EXPLICIT_SCHED);
    if (r == 0)
        r = pthread_attr_setschedpolicy(attr, SCHED_FIFO);
    if (r == 0)
        r = pthread_attr_setschedparam(attr, &param);
    return -r;
}

static int thread_create(struct thread *t, const struct thread_opts *o, struct thread_life *life)
{
    sigset_t blocked, before;
    pthread_attr_t attr;
    int r = -pthread_attr_init(&attr);

    if (r < 0)
        return r;
    r = attributes_set(&attr, o);
    if (r >= 0) {
        signals_not_ours(&blocked);
        pthread_sigmask(SIG_SETMASK, &blocked, &before); /* the new thread inherits it */
        r = -pthread_create(&t->id, &attr, thread_main, life);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attr);
    return r;
}

int thread_start(struct thread *t, const struct thread_opts *o, struct err *e)
{
    struct thread_life *life;
    int r;

    if (!must(!t->is_started && o->main && o->priority >= 0 && o->priority <= 99))
        return err_set(e, -EINVAL, "thread %s: wrongly started", o->name);
    life = life_new(o);
    if (!life)
        return err_set(e, -ENOMEM, "thread %s: out of memory", o->name);
    r = thread_create(t, o, life);
    if (r < 0) {
        atomic_store(&life->holders, 1);
        life_drop(life);
        return err_set(e, r, "thread %s: %s", o->name, err_words(r));
    }
    t->life = life;
    t->is_started = true;
    return 0;
}

int thread_join(struct thread *t, int wait_ms)
{
    int r;

    if (!t->is_started)
        return 0;
    if (!must(!pthread_equal(t->id, pthread_self())))
        return -EDEADLK;
    if (wait_ms >= 0 && !life_ends(t->life, wait_ms))
        return -ETIMEDOUT;
    r = pthread_join(t->id, NULL);
    must(r == 0);
    life_drop(t->life);
    *t = (struct thread){ 0 };
    return 0;
}

void thread_abandon(struct thread *t)
{
    if (!t->is_started)
        return;
    pthread_detach(t->id);
    life_drop(t->life);
    *t = (struct thread){ 0 };
}
