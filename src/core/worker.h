/* SPDX-License-Identifier: Apache-2.0 */
/* core/worker.h - one way to start, name, watch and end a thread of the daemon.
 *
 *     main loop                                  the thread
 *     worker_start() --------------------------> main(w, user)
 *                                                  worker_beat(w)   at each turn
 *                                                  worker_rest(w)   before waiting for work
 *     worker_end(): is_ending, wake(user) -----> worker_is_ending(w): returns
 *
 * A worker with a deadline has a row in core/health under its name: silent for longer, systemd is
 * no longer told that we live. One that waits for work rests: nothing is due then, and it need
 * not wake up just to say so.
 *
 * Threads: start and end on the main loop; beat, rest and is_ending on the worker's own.
 * Owner: whoever started it; `user` is borrowed and must outlive main() - for ever when
 * worker_end() says -ETIMEDOUT.
 * May fail: starting (-EAGAIN, -ENOMEM, -ENOSPC no health row left); ending (-ETIMEDOUT). */
#ifndef JARVIS_CORE_WORKER_H
#define JARVIS_CORE_WORKER_H

#include "core/health.h"

struct worker;

struct worker_opts {
    const char *name;       /* constant: of the thread and of its health row */
    unsigned deadline_ms;   /* 0: not watched */
    struct health *health;  /* borrowed; NULL: not watched */
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
