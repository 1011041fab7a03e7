/* SPDX-License-Identifier: Apache-2.0 */
/* intent/pick.h - which device does a reading mean, and is there one at all.
 *
 * Several devices may bear the name that was said. Those are left that
 *   1. stand in the room that was said (or in none), else the reading means nothing;
 *   2. are written letter by letter as it was said, if any is ("Büro" beside "Buro");
 *   3. stand in the room that Jarvis stands in, if any does;
 *   4. are of a kind that the intent is about, if any is.
 * What is left is asked back when it is more than one.
 * Threads: no state. */
#ifndef JARVIS_INTENT_PICK_H
#define JARVIS_INTENT_PICK_H

#include "intent/match.h"
#include "intent/names.h"

enum { PICK_MAX = 16 }; /* candidates; more are not told apart by asking either */

struct pick {
    const struct named *at[PICK_MAX]; /* each once */
    bool exact[PICK_MAX];
    size_t n;
};

/* The devices that the slot `name` of the reading may mean; n 0: none, and the reading is void.
 * `here`: the room that Jarvis stands in, or NULL. */
void pick_devices(struct pick *ret, const struct names *n, const struct match *m,
                  const char *here);
/* Whether the slot `name` speaks of one device or more; false for none, and for "all". */
bool pick_asks(const struct match *m);
/* Whether a reading without a name reaches any device by its room, domain and class; *ret_only is that
 * device, NULL where there are more. */
bool pick_reaches(const struct named **ret_only, const struct names *n, const struct match *m);

#endif
