/* SPDX-License-Identifier: Apache-2.0 */
/* core/health.h - every critical thread reports within its own deadline, or systemd is
 * not told that we are alive.
 *
 *     thread:     health_beat(row)  (one relaxed store; RT-safe)
 *     main loop:  each second: all rows in time? -> sd_notify(WATCHDOG=1)
 *
 * Faults of parts that may fail without a restart (broker away, no microphone) are kept
 * here, and nowhere else, as words for /health, the page and `jarvisctl status`; they do not stop the dog.
 * Threads: health_beat() from the row's thread; the rest on the main loop, but
 * health_report() from any thread (mutex). */
#ifndef JARVIS_CORE_HEALTH_H
#define JARVIS_CORE_HEALTH_H

#include "base/json.h"
#include "base/worker.h"
#include "core/bus.h"

struct health;
struct health_row; /* one watched thread */

int health_new(struct health **ret, struct loop *loop, struct bus *bus, struct err *e);
struct health *health_free(struct health *h);
AUTO_DEFINE(struct health *, health_free)
/* `name` is a constant. The first deadline runs from here. -ENOSPC after 16 rows,
 * -ENOMEM. The row is owned by health. */
int health_watch(struct health_row **ret, struct health *h, const char *name, unsigned deadline_ms,
                 struct err *e);
void health_unwatch(struct health *h, struct health_row *row); /* frees it; its thread has ended */
/* The same for threads that are workers; NULL: one that watches nothing. */
struct worker_watch health_watcher(struct health *h);
void health_beat(struct health_row *row); /* RT-safe; NULL is fine */
/* It waits for work: nothing is due before its next beat. RT-safe; NULL is fine. */
void health_rest(struct health_row *row);
/* Everything is in time now? The name of the first late thread otherwise. */
bool health_is_alive(struct health *h, const char **late);
/* {alive, threads:[{name, late_ms, deadline_ms}], faults:[{part, text, since_ms}]}; owned by the
 * caller; NULL when out of memory. late_ms: beyond the deadline; since_ms: how long ago. Faults are
 * collected from MSG_FAULT, the newest of at most 32 parts. A late thread is itself told so, as
 * a fault of the part "watchdog". */
cJSON *health_report(struct health *h);

#endif
