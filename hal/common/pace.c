/* SPDX-License-Identifier: Apache-2.0 */
/* hal/common/pace.c - lets a simulated device take as long as a real one. */
#include "hal/pace.h"

#include <errno.h>
#include <time.h>

enum { FORGIVE_USEC = 500000, USEC_PER_S = 1000000 };

void pace_init(struct pace *p, const struct clock *clock, unsigned rate_hz)
{
    *p = (struct pace){ .clock = clock, .rate_hz = rate_hz };
}

void pace_wait(struct pace *p, unsigned frames)
{
    struct timespec until;
    int64_t now, due;

    if (p->clock && p->clock->is_virtual)
        return;
    now = clock_now_usec();
    if (p->begun_usec == 0)
        p->begun_usec = now;
    p->frames += frames;
    due = p->begun_usec + (int64_t)(p->frames * USEC_PER_S / p->rate_hz);
    if (now - due > FORGIVE_USEC) {
        p->begun_usec = now;
        p->frames = 0;
        return;
    }
    until = clock_timespec(due);
    while (due > now && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}
