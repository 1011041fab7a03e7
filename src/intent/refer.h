/* SPDX-License-Identifier: Apache-2.0 */
/* intent/refer.h - "it" and "there": a sentence about what was spoken of before.
 *
 *   before: "turn on the hall light"         now: "turn it off" -> "turn Hall light off"
 *   before: "close the blinds in the kitchen" now: "open them"  -> a blind of it, then all of them
 *   before: "is the window in the bath open"  now: "turn on the lights there" -> "... in Bath"
 *
 * A name or a room is put in for the word, and the sentence understood as if it had been said at
 * length; where several were spoken of, the slots that meant them then replace the name. The words
 * are the lists `pronoun` and `there` of the language's file.
 * Threads: no state. */
#ifndef JARVIS_INTENT_REFER_H
#define JARVIS_INTENT_REFER_H

#include "intent/meaning.h"

/* `last`: MSG_INTENT's json of one command with `reached` [ids of devices], or NULL. Codes as
 * meaning_find(); -ENOENT also where the text refers to nothing; *ret is set for 0 only. */
int refer_find(cJSON **ret, const struct tongue *t, const char *text, const char *room,
               const cJSON *last, unsigned *asked);

#endif
