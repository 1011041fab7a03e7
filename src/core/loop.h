/* SPDX-License-Identifier: Apache-2.0 */
/* core/loop.h - the main loop: sd-event for descriptors, and timers on our own clock.
 *
 * Timers go through here, not through sd-event, so that they run on the virtual clock
 * of jarvis-lab and the tests as well. One sd-event time source is armed for the
 * earliest of them.
 *
 *     real clock:     loop_run() until loop_quit()
 *     virtual clock:  clock_advance_usec(); loop_step(loop, 0) fires what became due
 *
 * Threads: everything on the thread that runs the loop, loop_quit() too. */
#ifndef JARVIS_CORE_LOOP_H
#define JARVIS_CORE_LOOP_H

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"

#include <systemd/sd-event.h>

struct loop;
struct loop_timer;
struct loop_io;

/* Main loop thread. May free its own timer. */
typedef void (*loop_timer_fn)(void *user);
/* Main loop thread; `revents` are EPOLL* bits. May free its own source. */
typedef void (*loop_io_fn)(int fd, uint32_t revents, void *user);

int loop_new(struct loop **ret, const struct clock *clock, struct err *e);
struct loop *loop_free(struct loop *l); /* timers that are left may only be freed after it */
AUTO_DEFINE(struct loop *, loop_free)
sd_event *loop_event(struct loop *l); /* borrowed; for sd-bus, signals, children */
const struct clock *loop_clock(const struct loop *l);

/* One-shot timers: created unarmed, loop_timer_set() arms (again), loop_timer_clear() disarms.
 * Periodic work re-arms from its planned time. -ENOMEM. `user` is borrowed. */
int loop_timer_new(struct loop_timer **ret, struct loop *l, loop_timer_fn fn, void *user,
                   struct err *e);
struct loop_timer *loop_timer_free(struct loop_timer *t);
AUTO_DEFINE(struct loop_timer *, loop_timer_free)
void loop_timer_set(struct loop_timer *t, int64_t at_usec); /* monotonic */
void loop_timer_after_ms(struct loop_timer *t, int64_t ms);
void loop_timer_clear(struct loop_timer *t);
bool loop_timer_is_set(const struct loop_timer *t);

/* Watches a descriptor (borrowed; close it after loop_io_free()). `events`: EPOLLIN ... */
int loop_io_new(struct loop_io **ret, struct loop *l, int fd, uint32_t events, loop_io_fn fn,
                void *user, struct err *e);
struct loop_io *loop_io_free(struct loop_io *io);
AUTO_DEFINE(struct loop_io *, loop_io_free)
void loop_io_events(struct loop_io *io, uint32_t events);

/* Runs until loop_quit(); returns its code. Real clock only. */
int loop_run(struct loop *l, struct err *e);
void loop_quit(struct loop *l, int code);
/* Fires due timers and ready descriptors, waiting up to wait_ms of real time for a descriptor
 * (0: not at all). Returns whether anything ran. For the virtual clock and the tests. */
bool loop_step(struct loop *l, int wait_ms);

#endif
