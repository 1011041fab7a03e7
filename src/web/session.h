/* SPDX-License-Identifier: Apache-2.0 */
/* web/session.h - sessions as clients see them: one form whether they come live from the bus or
 * later from the store.
 * Threads: no shared state. */
#ifndef JARVIS_WEB_SESSION_H
#define JARVIS_WEB_SESSION_H

#include "base/json.h"
#include "core/msg.h"

/* What a typed sentence led to, of MSG_ANSWER: the session's fields, id, session, reply, outcome.
 * Owned by the caller; NULL: out of memory. */
cJSON *session_answer(const struct msg *msg);

#endif
