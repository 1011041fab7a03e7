/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/settle.h - runs the loop until the slow worker has run and answered all that it was given. */
#ifndef JARVIS_TESTS_LIB_SETTLE_H
#define JARVIS_TESTS_LIB_SETTLE_H

#include "core/slow.h"

enum { SETTLE_STEPS_MAX = 10000, SETTLE_STEP_MS = 10 };

static inline void settle(struct loop *loop, struct slow *slow)
{
    struct slow_stats st;

    for (int i = 0; i < SETTLE_STEPS_MAX; i++) {
        slow_stats(slow, &st);
        if (st.waiting == 0)
            return;
        loop_step(loop, SETTLE_STEP_MS);
    }
}

#endif
