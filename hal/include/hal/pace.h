/* SPDX-License-Identifier: Apache-2.0 */
/* hal/pace.h - lets a simulated device take as long as a real one; for back ends only.
 *
 * Periods are planned from the first one on, so that no drift adds up; a reader that comes
 * late gets its periods at once until it has caught up, and is forgiven after half a second.
 * Threads: the stream's real-time thread. */
#ifndef JARVIS_HAL_PACE_H
#define JARVIS_HAL_PACE_H

#include "base/clock.h"

struct pace {
    const struct clock *clock; /* borrowed; a virtual one never waits; NULL: real */
    int64_t begun_usec;        /* 0: not yet */
    uint64_t frames;           /* since begun_usec */
    unsigned rate_hz;
};

void pace_init(struct pace *p, const struct clock *clock, unsigned rate_hz);
/* Returns when `frames` more frames have passed since the last call. */
void pace_wait(struct pace *p, unsigned frames);

#endif
