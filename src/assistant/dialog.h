/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/dialog.h - the dialogue's state machine: one session at a time.
 *
 *   rows of (state, message) -> handler; a message without a row, or of a session that is over,
 *   is passed over
 *   waits: each step that waits for a sibling has a deadline and a sentence for its passing
 *
 *   state      waits for                                       goes on with
 *   idle       wake, button, text                              listening | thinking
 *   listening  speech end, transcript                          thinking
 *   thinking   transcript, intent, action, model, store        speaking | idle
 *   speaking   (streamed answer: model, store), loudspeaker    idle
 *
 * Wake word in any state: hush, the model's connection is closed, the old session ends as
 * "cancelled" with its timeline, a new one begins. Texts that come while a session is open wait in
 * a queue of TEXTS_MAX. Every MSG_TEXT gets exactly one MSG_ANSWER: code 0 with the session's
 * json whenever there is an answer (its "outcome" tells how it went), else a negative errno with
 * words: -EINVAL, -E2BIG, -EBUSY, -ECANCELED (the wake word came), -ENOMEM.
 * Stored before spoken: a reply leaves for the voice after MSG_STORED, or DIALOG_STORED_MS later.
 * A language model's answer is spoken while it is written, so for it the rule holds at the end: the
 * session is stored with the whole answer before its last sentence is said.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_DIALOG_H
#define JARVIS_ASSISTANT_DIALOG_H

#include "assistant/llm.h"
#include "assistant/reply.h"
#include "core/bus.h"
#include "core/settings.h"

enum {
    DIALOG_SAYS_MAX = 4,            /* sentences that the voice holds at once */
    DIALOG_REPLY_BYTES_MAX = 16384, /* of an answer; the model is stopped there */
    DIALOG_LISTEN_GRACE_MS = 2000,  /* beyond the endpoint's own limits */
    DIALOG_TRANSCRIPT_MS = 5000,
    DIALOG_INTENT_MS = 1000,
    DIALOG_ACTION_MS = 3000,
    DIALOG_LLM_GRACE_MS = 2000,     /* beyond the model's own time-outs */
    DIALOG_STORED_MS = 500,
    DIALOG_SAY_MS = 60000,          /* for one sentence */
};

struct dialog;

struct dialog_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    uint64_t last_session_id;
};

int dialog_new(struct dialog **ret, const struct dialog_deps *d, struct err *e);
struct dialog *dialog_free(struct dialog *d);
AUTO_DEFINE(struct dialog *, dialog_free)
/* Borrowed until the next call; set before the first message. */
void dialog_set_reply(struct dialog *d, struct reply *reply);
/* Borrowed; NULL: no language model. An answer under way ends as broken off, so that the model
 * before may be freed afterwards. */
void dialog_set_llm(struct dialog *d, struct llm *llm);
/* What the model of dialog_set_llm() must be made with. */
void dialog_llm_events(struct dialog *d, struct llm_events *ret);
const char *dialog_state_name(const struct dialog *d);
bool dialog_is_busy(const struct dialog *d);

#endif
