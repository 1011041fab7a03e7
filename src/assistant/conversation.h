/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/conversation.h - all conversations: who is talked with, and whose turn it is.
 *
 *   endpoint (core/origin.h)      conversation                     turns (turn.h)
 *   the box's microphone    -->   [memory, typed sentences] -----> one that is heard or done
 *   each browser, jarvisctl -->   [memory, typed sentences]        one that the model answers
 *   each satellite ...                                             questions that wait for it
 *
 * Several at once, and none waits for another. Within a conversation a sentence is matched as soon
 * as the one before it is understood (that takes a millisecond); a command waits neither for what the
 * house says about the one before nor for a language model, whose answer holds up only a second
 * question. "Stop" and "never mind" break the answer off. The wake word and
 * the button do so with everything in the box's conversation.
 * Fair: each conversation has at most one sentence to be understood, TURNS_MAX under way and one question at the model, so that
 * 100 of them go round. Bounded: CONVERSATIONS_MAX, of which the idle one that rested longest gives
 * way (it only remembers); when none is idle, the sentence is refused with -EBUSY. A conversation
 * holds TYPED_MAX sentences, TURNS_MAX turns (QUESTIONS_MAX of them questions) and MEMORY_TURNS turns of
 * memory: about 13 KiB at rest, 350 KiB at worst (each turn is bounded in turn.h).
 *
 * Refusals of a button with an origin: -ENODEV no microphone, or muted; -EBUSY it listens already;
 * -ECANCELED Jarvis was speaking and is quiet now. The same origin again within
 * CONVERSATION_PRESS_MS is the same press.
 * Asked back: a guarded device by voice ("Shall I open the garage door?", MSG_ACTED -ENOKEY) and a name
 * that several devices bear (MSG_INTENT -ENOTUNIQ), and a sentence that the recogniser is not sure of
 * (MSG_TRANSCRIPT with alternatives). Where it is spoken Jarvis listens again without the
 * wake word; yes does it, anything else and silence do not, and it says so. A question to which
 * nobody answers is forgotten after DEADLINE_CONFIRM_MS, or with the next wake word.
 * MSG_STATE: each conversation's state with its endpoint; the box's (ENDPOINT_BOX) is that of the
 * whole: listening, speaking, else thinking while anybody's turn is open.
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_CONVERSATION_H
#define JARVIS_ASSISTANT_CONVERSATION_H

#include "assistant/turn.h"

enum { CONVERSATIONS_MAX = 128, TURNS_MAX = 12, QUESTIONS_MAX = 4, CONVERSATION_PRESS_MS = 500 };

struct talk;

struct talk_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    struct filters *filters; /* NULL: none */
    uint64_t last_session_id;
    /* The words of another language, borrowed for as long as the talk lives; NULL: none. */
    struct reply *(*words)(const char *language, void *user);
    void *user; /* borrowed */
};

int talk_new(struct talk **ret, const struct talk_deps *d, struct err *e);
struct talk *talk_free(struct talk *t);
AUTO_DEFINE(struct talk *, talk_free)
/* The words of the box's language; borrowed for as long as `t` lives. Set before the first message. */
const cJSON *talk_registry(const struct talk *k); /* MSG_DEVICES as it was told last; borrowed; NULL: not yet */
void talk_set_reply(struct talk *t, struct reply *reply);
void talk_settings_changed(struct talk *t); /* of the language model */
/* Ends every open turn as "stopped" and refuses new ones: -ESHUTDOWN. */
void talk_stop(struct talk *t);
void talk_ids_above(struct talk *t, uint64_t last); /* of sessions that begin from now on */
const char *talk_state_name(const struct talk *t); /* of the whole */
bool talk_is_busy(const struct talk *t);

struct talk_stats {
    size_t conversations, turns, waiting, waiting_bytes;
    uint64_t refused, given_way;
};
void talk_stats(const struct talk *t, struct talk_stats *ret);

#endif
