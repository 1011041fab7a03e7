/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/session.h - what is known about one exchange: a sentence and its answer.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_SESSION_H
#define JARVIS_ASSISTANT_SESSION_H

#include "base/str.h"
#include "core/msg.h"
#include "core/session_doc.h"

struct session {
    uint64_t id;        /* 0: no session */
    uint64_t endpoint;
    int64_t wall_usec;  /* when it began */
    const char *source; /* constant: "voice", or who sent the text */
    bool is_typed;
    bool asks;          /* somebody waits for MSG_ANSWER: every text, a button with an origin */
    bool is_answered;   /* MSG_ANSWER went out */
    bool is_kept;       /* MSG_SESSION went out */
    bool speaks;        /* the reply is said aloud */
    struct origin origin; /* for MSG_ANSWER */
    char *heard;        /* owned; NULL: nothing yet */
    cJSON *intent;      /* owned; MSG_INTENT's json, NULL: none */
    cJSON *sent;        /* owned; of MSG_ACTED, NULL: none */
    cJSON *publishes;   /* owned; the same as scripts of earlier versions read it; NULL: none */
    struct str reply;   /* owned */
    char *error;        /* owned; what went wrong, NULL: nothing */
    const char *outcome; /* constant; see core/session_doc.h */
    struct timeline timeline;
};

#define SESSION_ID_MAX ((1ULL << 53) - 1)

/* The greater of last + 1 and the wall clock in milliseconds times 1000: rising through restarts
 * and jumps of the clock, and a whole number for JavaScript (< 2^53). */
uint64_t session_id_next(uint64_t last, int64_t wall_usec);
/* Marks in the order of the steps: a time before the last mark's counts as the last mark's. (The
 * first voiced frame of a command spoken in one breath is older than the report of the wake
 * word.) */
void session_mark(struct session *s, enum step step, int64_t at_usec, const char *detail);
/* MSG_SPEECH_END's mark: why it ended, and how long the silence was. */
void session_mark_speech_end(struct session *s, const struct msg *m);
/* Keeps the first error; a copy that memory does not suffice for is left out. */
void session_fail(struct session *s, const char *words);
/* Keeps what MSG_ACTED says was sent, and marks it ("home/light/kitchen ON"). */
void session_acted(struct session *s, const struct msg *m);
/* *to becomes a copy, or NULL: a session that lacks a part is better than none. */
void session_json_keep(cJSON **to, const cJSON *json);
/* The document of core/session_doc.h, owned by the caller; NULL: out of memory. */
cJSON *session_json(const struct session *s);
void session_done(struct session *s); /* frees; leaves no session */

#endif
