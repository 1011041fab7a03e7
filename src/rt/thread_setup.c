/* SPDX-License-Identifier: Apache-2.0 */
/* rt/thread_setup.c - starts a thread with real-time attributes where that is allowed. */
#include "rt/thread_setup.h"

#include "rt/denormal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Sanitizers keep shadow frames on the stack and cannot live with locked memory. */
#ifdef JARVIS_SANITIZED
enum { IS_SANITIZED = 1, STACK_BYTES = RT_STACK_BYTES * 8 };
#else
enum { IS_SANITIZED = 0, STACK_BYTES = RT_STACK_BYTES };
#endif

enum { RTTIME_SOFT_USEC = 500000, RTTIME_HARD_USEC = 1000000 };

struct rt_start {
    void *(*main)(void *user);
    void *user;
};

static void *rt_thread_main(void *arg)
{
    struct rt_start start = *(struct rt_start *)arg;

    free(arg);
    denormal_flush();
    return start.main(start.user);
}

int rt_thread_start(struct rt_thread *t, const struct rt_thread_opts *o, struct err *e)
{
    struct rt_thread new = { 0 };
    struct thread_opts opts = {
        .name = o->name,
        .main = rt_thread_main,
        .stack_bytes = STACK_BYTES,
        .priority = IS_SANITIZED ? 0 : o->priority,
    };
    struct rt_start *start;
    int r;

    if (o->priority < 0 || o->priority > 99)
        return err_set(e, -EINVAL, "thread %s: priority %d is outside 0..99", o->name,
                       o->priority);
    start = calloc(1, sizeof(*start));
    if (!start)
        return err_set(e, -ENOMEM, "thread %s: out of memory", o->name);
    start->main = o->main;
    start->user = o->user;
    opts.user = start;
    r = thread_start(&new.thread, &opts, e);
    new.is_realtime = r == 0 && opts.priority > 0;
    if (r == -EPERM && opts.priority > 0) {
        new.why_not = r;
        opts.priority = 0;
        r = thread_start(&new.thread, &opts, e);
    }
    if (r < 0) {
        free(start);
        return r;
    }
    new.is_started = true;
    *t = new;
    return 0;
}

void rt_thread_join(struct rt_thread *t)
{
    thread_join(&t->thread, -1);
    t->is_started = false;
}

static void rt_time_bound(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_RTTIME, &limit) < 0 || limit.rlim_cur != RLIM_INFINITY)
        return;
    limit.rlim_cur = RTTIME_SOFT_USEC;
    if (limit.rlim_max == RLIM_INFINITY)
        limit.rlim_max = RTTIME_HARD_USEC;
    else if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_RTTIME, &limit);
}

int rt_memory_lock(struct err *e)
{
    /* On fault only: locking whole mappings would hold every thread's full stack. */
    int flags = MCL_CURRENT | MCL_ONFAULT;
    struct rlimit limit;

    if (IS_SANITIZED)
        return 0;
    rt_time_bound();
    /* With a bounded RLIMIT_MEMLOCK, MCL_FUTURE would make later allocations fail. */
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
        flags |= MCL_FUTURE;
    if (mlockall(flags) < 0)
        return err_set(e, -errno, "memory could not be locked (%s); sound may stutter when memory "
                       "is short: allow it by LimitMEMLOCK=infinity", err_words(errno));
    return 0;
}
