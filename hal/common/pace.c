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

static int64_t real_usec(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * USEC_PER_S + ts.tv_nsec / 1000;
}

void pace_wait(struct pace *p, unsigned frames)
{
    struct timespec until;
    int64_t now, due;

    if (p->clock && p->clock->is_virtual)
        return;
    now = real_usec();
    if (p->begun_usec == 0)
        p->begun_usec = now;
    p->frames += frames;
    due = p->begun_usec + (int64_t)(p->frames * USEC_PER_S / p->rate_hz);
    if (now - due > FORGIVE_USEC) {
        p->begun_usec = now;
        p->frames = 0;
        return;
    }
    until.tv_sec = due / USEC_PER_S;
    until.tv_nsec = due % USEC_PER_S * 1000;
    while (due > now && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}
