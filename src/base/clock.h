/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.h - monotonic and wall time, real or virtual.
 *
 * Every duration and deadline is taken from the monotonic clock, so that a jump of
 * the wall clock (no RTC at boot, NTP, daylight saving) changes nothing but the
 * dates shown. jarvis-lab and the tests run on a virtual clock that stands still
 * until clock_advance_usec().
 * Threads: reading is safe from any thread and RT-safe; advancing from one. */
#ifndef JARVIS_BASE_CLOCK_H
#define JARVIS_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct clock {
    bool is_virtual;
    _Atomic int64_t mono_usec; /* virtual only: the time that it is */
    int64_t wall_base_usec;    /* virtual only: wall time at mono_usec 0, since 1970 UTC */
};

void clock_init_real(struct clock *c);
void clock_init_virtual(struct clock *c, int64_t wall_base_usec);
int64_t clock_mono_usec(const struct clock *c);
int64_t clock_mono_ms(const struct clock *c);
/* The machine's own monotonic clock: for threads and waits that no virtual time drives. */
int64_t clock_now_usec(void);
int64_t clock_now_ms(void);
/* `usec` of it as the kernel and condition variables with CLOCK_MONOTONIC want it. */
struct timespec clock_timespec(int64_t usec);
/* since 1970 UTC; for people, never for deadlines */
int64_t clock_wall_usec(const struct clock *c);
void clock_advance_usec(struct clock *c, int64_t usec); /* virtual only */

#endif
