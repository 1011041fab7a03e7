/* SPDX-License-Identifier: Apache-2.0 */
/* web/session.h - sessions as clients see them: one form whether they come live from the bus or
 * later from the store.
 * Threads: no shared state. */
#ifndef JARVIS_WEB_SESSION_H
#define JARVIS_WEB_SESSION_H

#include "base/json.h"
#include "core/msg.h"

/* Puts a session's number into an object (in place of one that is there). It is written out in
 * full: clients put it into addresses, and cJSON would make 1.795541745777e+15 of it. false: out
 * of memory. */
bool session_put_id(cJSON *to, const char *key, uint64_t id);
/* The same for the "id" of a row that the store gave. */
bool session_fix_id(cJSON *row);

/* {id, at, source, heard, intent, reply, outcome, detail{...}} of MSG_SESSION. Owned by the
 * caller; NULL: out of memory. */
cJSON *session_view(const struct msg *msg);
/* What a typed sentence led to, of MSG_ANSWER: the session's fields, id, session, reply, outcome.
 * Owned by the caller; NULL: out of memory. */
cJSON *session_answer(const struct msg *msg);

#endif
