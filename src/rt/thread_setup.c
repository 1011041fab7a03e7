/* SPDX-License-Identifier: Apache-2.0 */
/* rt/thread_setup.c - starts a thread with real-time attributes where that is allowed. */
#include "rt/thread_setup.h"

#include "base/str.h"
#include "rt/denormal.h"

#include <sched.h>
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
    char name[RT_NAME_BYTES];
};

static void *rt_thread_main(void *arg)
{
    struct rt_start start = *(struct rt_start *)arg;

    free(arg);
    pthread_setname_np(pthread_self(), start.name);
    denormal_flush();
    return start.main(start.user);
}

/* One try; `priority` 0 is normal scheduling. Returns 0 or a negative errno. */
static int rt_thread_try(pthread_t *id, int priority, struct rt_start *start)
{
    struct sched_param param = { .sched_priority = priority };
    pthread_attr_t attr;
    int r = pthread_attr_init(&attr);

    if (r != 0)
        return -r;
    r = pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (r == 0 && priority > 0)
        r = pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    if (r == 0 && priority > 0)
        r = pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
    if (r == 0 && priority > 0)
        r = pthread_attr_setschedparam(&attr, &param);
    if (r == 0)
        r = pthread_create(id, &attr, rt_thread_main, start);
    pthread_attr_destroy(&attr);
    return -r;
}

int rt_thread_start(struct rt_thread *t, const struct rt_thread_opts *o, struct err *e)
{
    struct rt_thread new = { .is_started = true };
    int priority = IS_SANITIZED ? 0 : o->priority;
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
    str_copy(start->name, sizeof(start->name), o->name); /* a long name is cut */
    r = rt_thread_try(&new.id, priority, start);
    new.is_realtime = r == 0 && priority > 0;
    if (r == -EPERM && priority > 0) {
        new.why_not = r;
        r = rt_thread_try(&new.id, 0, start);
    }
    if (r < 0) {
        free(start);
        return err_set(e, r, "thread %s: %s", o->name, strerror(-r));
    }
    *t = new;
    return 0;
}

void rt_thread_join(struct rt_thread *t)
{
    if (!t->is_started)
        return;
    pthread_join(t->id, NULL);
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
                       "is short: allow it by LimitMEMLOCK=infinity", strerror(errno));
    return 0;
}
