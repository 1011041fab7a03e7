/* SPDX-License-Identifier: Apache-2.0 */
/* core/slow.h - what may wait for a disk or takes long runs beside the main loop, one at a time.
 *
 *     main loop                                 thread "slow"
 *     slow_post(job) --> bounded queue -------> run(job)
 *     done(code, words, job) <-- eventfd ------'
 *
 * Writing and syncing a settings file, compiling sentences, building the grammar, reading the
 * history: nothing of that may hold up the loop that answers "stop". Jobs run in the order they
 * were posted, so that two changes of one file cannot overtake each other.
 *
 * On a virtual clock (jarvis-lab, tests) a job is run by slow_post() itself and only its answer
 * comes by the loop: a laboratory stays in step.
 *
 * Who owns what: a job that was taken belongs to the queue until done() is called - exactly once,
 * on the main loop - and done() frees it. One that was refused stays its poster's.
 * What may fail: posting (-EBUSY when SLOW_JOBS_MAX jobs or SLOW_BYTES_MAX bytes wait). At the end
 * jobs that did not run are answered -ECANCELED, but those marked `must` are run first. A job
 * that hangs then is left to the end of the process; its done() is not called.
 * Threads: run() on the slow thread, everything else on the main loop. */
#ifndef JARVIS_CORE_SLOW_H
#define JARVIS_CORE_SLOW_H

#include "core/health.h"

#include <stddef.h>

enum { SLOW_JOBS_MAX = 64, SLOW_BYTES_MAX = 8 << 20 };

struct slow;

struct slow_job {
    const char *what; /* constant, for words: "settings", "grammar" */
    /* Slow thread. 0 or negative errno with words. */
    int (*run)(void *job, struct err *e);
    /* Main loop. `words` of the failure are borrowed; "" when code is 0. Frees `job`. */
    void (*done)(int code, const char *words, void *job);
    void *job;
    size_t bytes; /* about what it holds in memory until done */
    bool must;    /* somebody waits for it to be durable: run it even when the daemon stops */
};

struct slow_stats {
    uint64_t posted, refused, failed; /* since the start */
    size_t waiting, bytes;            /* now */
    int64_t longest_ms;               /* of one run() */
};

/* There may be others beside the one called "slow", so that one need not wait behind the other's disk; the name
 * is a constant. `health` may be NULL (not watched). -EAGAIN, -ENOMEM, -ENOSPC. */
int slow_new(struct slow **ret, struct loop *loop, struct health *health, struct err *e);
int slow_new_named(struct slow **ret, const char *name, struct loop *loop, struct health *health,
                   struct err *e);
/* Runs what must be run, waits for it up to `wait_ms`, answers the rest with -ECANCELED. NULL; itself
 * where a job hangs: what that job uses must never be freed. */
struct slow *slow_end(struct slow *s, int wait_ms);
int slow_post(struct slow *s, const struct slow_job *job, struct err *e);
void slow_stats(struct slow *s, struct slow_stats *ret);

#endif
