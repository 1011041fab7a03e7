/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/assistant/broken.h - a scene in which the nth allocation fails, or all from then on. */
#ifndef JARVIS_TESTS_BROKEN_H
#define JARVIS_TESTS_BROKEN_H

#include "fault/fault.h"
#include "unit/assistant/scene.h"

/* Plays it to its end in a started scene; a scene that hangs fails the test. Did one fail? */
static inline bool broken_play(struct scene *s, const char *script, long nth, bool for_ever)
{
    bool hit;

    fault_arm(nth, for_ever);
    scene_play(s, script);
    hit = fault_hit();
    fault_disarm();
    if (!scene_ends(s))
        fail_msg("%s: allocation %ld%s: it hangs: %s", script, nth, for_ever ? " for ever" : "",
                 str_text(&s->log));
    return hit;
}

#endif
