/* SPDX-License-Identifier: Apache-2.0 */
/* rt/thread_setup.h - starts a thread with real-time attributes where that is allowed.
 *
 * rt_memory_lock() once per process, then rt_thread_start() for each thread. Nothing here
 * is called from inside a real-time thread's loop.
 * Threads: any thread, not real-time. */
#ifndef JARVIS_RT_THREAD_SETUP_H
#define JARVIS_RT_THREAD_SETUP_H

#include "base/thread.h"

#include <stdbool.h>

enum { RT_STACK_BYTES = 256 << 10 };

struct rt_thread_opts {
    const char *name;       /* at most 15 characters, shown by ps and top */
    int priority;           /* SCHED_FIFO 1..99; 0: normal scheduling */
    void *(*main)(void *user);
    void *user;             /* borrowed */
};

struct rt_thread {
    struct thread thread;
    bool is_started;
    bool is_realtime; /* SCHED_FIFO was granted */
    int why_not;      /* what pthread_create() said about SCHED_FIFO, negative errno; 0: granted */
};

/* SCHED_FIFO when asked for and allowed, else a normal thread with why_not set. Flush-to-zero
 * is on in the new thread. -EAGAIN, -ENOMEM, -EINVAL. */
int rt_thread_start(struct rt_thread *t, const struct rt_thread_opts *o, struct err *e);
void rt_thread_join(struct rt_thread *t); /* nothing when it was not started */

/* Keeps the pages the process uses in memory, and bounds the processor time that a real-time
 * thread may take without waiting (RLIMIT_RTTIME), where nobody set a bound: a loop gone wild
 * then ends the process instead of the machine. -EPERM, -ENOMEM with the remedy. Does nothing
 * in sanitizer builds. */
int rt_memory_lock(struct err *e);

#endif
