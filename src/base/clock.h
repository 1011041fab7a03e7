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

struct clock {
    bool is_virtual;
    _Atomic int64_t mono_usec; /* virtual only: the time that it is */
    int64_t wall_base_usec;    /* virtual only: wall time at mono_usec 0, since 1970 UTC */
};

void clock_init_real(struct clock *c);
void clock_init_virtual(struct clock *c, int64_t wall_base_usec);
int64_t clock_mono_usec(const struct clock *c);
int64_t clock_mono_ms(const struct clock *c);
/* since 1970 UTC; for people, never for deadlines */
int64_t clock_wall_usec(const struct clock *c);
void clock_advance_usec(struct clock *c, int64_t usec); /* virtual only */

#endif
