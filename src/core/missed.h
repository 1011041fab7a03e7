/* SPDX-License-Identifier: Apache-2.0 */
/* core/missed.h - what was not understood, with what could be taught so that it is.
 *
 *   store_missed() -> [{text, count, at, session, lacks?, then?}]
 *     -> {missed: [{text, count, at, session, lacks?, kind?,
 *                    proposals: [{text, device} or {text, means}]}]}
 *
 * A proposal is what MSG_LEARN {add: ...} takes. The words that lacked a device are proposed as a name of
 * those that it may be (`lacks` and `kind` stay for who chooses another); a sentence as another way to say what was done
 * right after it.
 * Threads: no state. */
#ifndef JARVIS_CORE_MISSED_H
#define JARVIS_CORE_MISSED_H

#include "base/json.h"

/* Owned by the caller; NULL: out of memory. */
cJSON *missed_view(const cJSON *rows);

#endif
