/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/question.h - what Jarvis asked back in one conversation, and what its answer does.
 *
 *   MSG_ACTED -ENOKEY     -> question_guarded() "Shall I open the garage door?"  yes -> MSG_ACT confirmed
 *   MSG_INTENT -ENOTUNIQ  -> question_intent()  "Which one: the kitchen or the hall?" a name or a room
 *   MSG_TRANSCRIPT unsure -> question_misheard() "Did you say turn on or turn off ...?"   the sentence again
 *   the next MSG_INTENT   -> question_intent()  the answer
 *
 * A wrong action is the worst fault: a guarded device moves only after an intent whose shape is
 * SHAPE_YES; anything else, nonsense and silence do not move it, and Jarvis says so. Which of several:
 * a text that names exactly one of them; another whole sentence is done instead. A question waits
 * DEADLINE_CONFIRM_MS.
 * Who owns what: the conversation owns the question and has it listened to (conversation.c).
 * Threads: main loop. */
#ifndef JARVIS_ASSISTANT_QUESTION_H
#define JARVIS_ASSISTANT_QUESTION_H

#include "assistant/turn.h"

/* MEANT: what a sentence with mistakes was probably meant to be. */
enum question_kind { QUESTION_NONE, QUESTION_CONFIRM, QUESTION_WHICH, QUESTION_AGAIN, QUESTION_MEANT };

struct question { /* zeroed: nothing was asked */
    enum question_kind kind;
    cJSON *intent;     /* owned; what will be done */
    uint64_t asked_by; /* the turn in which it was asked */
    uint64_t heard_by; /* the turn that listens for the answer; 0: none yet */
    int64_t until_usec;
};

void question_forget(struct question *q);
/* The turn asks for a yes to what it was told not to do (MSG_ACTED). */
void question_guarded(struct question *q, struct turn *t, const struct msg *m);
/* The recogniser is not sure which of two sentences it heard, or heard only a part: it is asked once,
 * and whatever is said then is a sentence of its own. With `choices` [{text, means}] as in MSG_INTENT it is asked
 * whether that was meant, and a yes does it. */
void question_misheard(struct question *q, struct turn *t, const cJSON *unsure);
/* A turn of the conversation was understood: true when it was an answer, or something that has to be
 * asked back; the turn goes on by itself then. */
bool question_intent(struct question *q, struct turn *t, const struct msg *m);

#endif
