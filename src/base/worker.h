/* SPDX-License-Identifier: Apache-2.0 */
/* base/worker.h - one way to start, name, watch and end a thread of the daemon.
 *
 *     main loop                                  the thread
 *     worker_start() --------------------------> main(w, user)
 *                                                  worker_beat(w)   at each turn
 *                                                  worker_rest(w)   before waiting for work
 *     worker_end(): is_ending, wake(user) -----> worker_is_ending(w): returns
 *
 * A worker with a deadline has a row with whoever watches threads (core/health), handed down as a
 * struct worker_watch, so that folders below core are watched the same way: silent for longer, systemd
 * is no longer told that we live. One that waits for work rests: nothing is due then, and it need not
 * wake up just to say so. Real-time threads (rt/thread_setup.h) are none: they beat by themselves.
 *
 * Threads: start and end on the main loop; beat, rest and is_ending on the worker's own.
 * Owner: whoever started it; `user` is borrowed and must outlive main() - for ever when
 * worker_end() says -ETIMEDOUT.
 * May fail: starting (-EAGAIN, -ENOMEM, -ENOSPC no row left); ending (-ETIMEDOUT). */
#ifndef JARVIS_BASE_WORKER_H
#define JARVIS_BASE_WORKER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct worker;

/* Who watches. The row is made at the start; forget() takes it out of every report, drop() frees it
 * once its thread cannot beat any more, which may be much later. */
struct worker_watch {
    int (*begin)(void **ret, const char *name, unsigned deadline_ms, void *user, struct err *e);
    void (*beat)(void *row); /* any thread, as rest and drop */
    void (*rest)(void *row);
    void (*forget)(void *row, void *user);
    void (*drop)(void *row);
    void *user; /* borrowed; outlives every worker that has not hung */
};

struct worker_opts {
    const char *name;          /* constant: of the thread and of its row */
    unsigned deadline_ms;      /* 0: not watched */
    struct worker_watch watch; /* copied; begin NULL: not watched */
    size_t stack_bytes;        /* 0: the system's */
    void (*main)(struct worker *w, void *user);
    void (*wake)(void *user); /* main loop: gets main() out of its wait; NULL: it looks by itself */
    void *user;
};

int worker_start(struct worker **ret, const struct worker_opts *o, struct err *e);
/* Asks it to end and waits up to `wait_ms` (< 0: for ever). 0: it has ended. -ETIMEDOUT: it hangs
 * and is left alone for the rest of the process; what `user` points to must then never be freed.
 * `w` may not be used afterwards in either case. NULL is fine: 0. */
int worker_end(struct worker *w, int wait_ms);

void worker_beat(struct worker *w);
void worker_rest(struct worker *w); /* until the next beat nothing is due */
bool worker_is_ending(const struct worker *w);

#endif
