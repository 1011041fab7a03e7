/* SPDX-License-Identifier: Apache-2.0 */
/* base/thread.h - the one place where a thread begins.
 *
 * Every thread has a name (ps -L, top -H, gdb) and blocks every signal that is not its own
 * fault: SIGTERM, SIGHUP, SIGCHLD ... belong to the main loop, whichever thread the kernel
 * would have picked. The faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU) stay open.
 * Threads watched by core/health are started by base/worker.h, real-time ones by
 * rt/thread_setup.h; both end up here.
 *
 * Owner: whoever holds the struct thread; it is joined or abandoned exactly once.
 * May fail: starting (-EAGAIN, -ENOMEM, -EPERM for SCHED_FIFO); joining with a deadline. */
#ifndef JARVIS_BASE_THREAD_H
#define JARVIS_BASE_THREAD_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { THREAD_NAME_BYTES = 16 };

struct thread_opts {
    const char *name;          /* copied; at most 15 characters are shown */
    void *(*main)(void *user); /* its return value goes nowhere */
    void *user;                /* borrowed; must outlive the thread */
    size_t stack_bytes;        /* 0: the system's */
    int priority;              /* SCHED_FIFO 1..99; 0: normal scheduling */
};

struct thread_life; /* shared with the thread */

struct thread {
    pthread_t id;
    struct thread_life *life; /* the last of both frees it */
    bool is_started;
};

int thread_start(struct thread *t, const struct thread_opts *o, struct err *e);
/* Waits for its end; nothing when it was not started. `wait_ms` < 0: for ever. -ETIMEDOUT: it
 * still runs, and may be joined again or abandoned. */
int thread_join(struct thread *t, int wait_ms);
/* A condition whose deadlines are of CLOCK_MONOTONIC (clock_timespec() of clock_now_usec()). */
void thread_cond_init(pthread_cond_t *c);
/* Gives up on a thread that hangs (a name look-up, a dead disk): what it uses must never be
 * freed. */
void thread_abandon(struct thread *t);

#endif
