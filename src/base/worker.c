/* SPDX-License-Identifier: Apache-2.0 */
/* base/worker.c - one way to start, name, watch and end a thread of the daemon. */
#include "base/worker.h"

#include "base/cleanup.h"
#include "base/must.h"
#include "base/thread.h"

#include <stdatomic.h>
#include <stdlib.h>

struct worker {
    struct worker_opts opts;
    struct thread thread;
    void *row; /* of opts.watch; NULL: not watched */
    atomic_bool ending;
    atomic_int holders; /* the owner and the thread; the last one frees */
};

static void worker_drop(struct worker *w)
{
    int left = atomic_fetch_sub_explicit(&w->holders, 1, memory_order_acq_rel) - 1;

    if (!must(left >= 0) || left > 0)
        return;
    if (w->row)
        w->opts.watch.drop(w->row); /* its thread has beaten for the last time */
    free(w);
}

static void *worker_main(void *user)
{
    struct worker *w = user;

    w->opts.main(w, w->opts.user);
    worker_rest(w); /* until its owner takes the row away, an ended thread is not late */
    worker_drop(w);
    return NULL;
}

static void worker_forget(const struct worker *w)
{
    if (w->row)
        w->opts.watch.forget(w->row, w->opts.watch.user);
}

int worker_start(struct worker **ret, const struct worker_opts *o, struct err *e)
{
    AUTO_FREE struct worker *w = calloc(1, sizeof(*w));
    const struct thread_opts t = { .name = o->name, .main = worker_main, .user = w,
                                   .stack_bytes = o->stack_bytes };
    int r = 0;

    if (!must(o->name && o->main))
        return err_set(e, -EINVAL, "a worker needs a name and something to do");
    if (!w)
        return err_set(e, -ENOMEM, "thread %s: out of memory", o->name);
    w->opts = *o;
    atomic_init(&w->ending, false);
    atomic_init(&w->holders, 2);
    if (o->watch.begin && o->deadline_ms > 0)
        r = o->watch.begin(&w->row, o->name, o->deadline_ms, o->watch.user, e);
    if (r < 0)
        return r;
    r = thread_start(&w->thread, &t, e);
    if (r < 0) {
        worker_forget(w);
        if (w->row)
            o->watch.drop(w->row);
        return r;
    }
    *ret = STEAL(w);
    return 0;
}

int worker_end(struct worker *w, int wait_ms)
{
    int r;

    if (!w)
        return 0;
    must(!atomic_load_explicit(&w->ending, memory_order_relaxed));
    atomic_store_explicit(&w->ending, true, memory_order_release);
    if (w->opts.wake)
        w->opts.wake(w->opts.user);
    r = thread_join(&w->thread, wait_ms);
    worker_forget(w); /* not late any more, though one that hangs may still beat */
    if (r < 0)
        thread_abandon(&w->thread);
    else
        must(atomic_load_explicit(&w->holders, memory_order_acquire) == 1);
    worker_drop(w);
    return r;
}

void worker_beat(struct worker *w)
{
    if (w->row)
        w->opts.watch.beat(w->row);
}

void worker_rest(struct worker *w)
{
    if (w->row)
        w->opts.watch.rest(w->row);
}

bool worker_is_ending(const struct worker *w)
{
    return atomic_load_explicit(&w->ending, memory_order_acquire);
}
