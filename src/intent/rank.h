/* SPDX-License-Identifier: Apache-2.0 */
/* intent/rank.h - which of two readings of one sentence wins: rules 1 to 6 of match.h, and the rule about
 * names that are made of the language's own words.
 * Threads: no state. */
#ifndef JARVIS_INTENT_RANK_H
#define JARVIS_INTENT_RANK_H

#include "intent/match.h"

/* Whether `a`, which came later, goes before `b`; b->block NULL: there is none yet. */
bool rank_is_better(const struct match *a, const struct match *b);
/* Whether the reading with a device's name gives way to the best one without. */
bool rank_sets_apart(const struct catalog *c, const struct match *named, const struct match *plain);

#endif
