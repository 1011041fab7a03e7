/* SPDX-License-Identifier: Apache-2.0 */
/* speech/hint.h - the names of the house as a hint to a recogniser elsewhere, which spells what it heard by
 * them ("the Leuchte in the Esszimmer", not "the lawyer in the s-timer").
 *
 *     json of MSG_DEVICES -> "hall, kitchen, desk lamp, fan, reading light"
 *
 * Areas first, then names, then aliases, until HINT_BYTES are full: a recogniser reads the last 200 or so
 * words of a hint, and a long one makes it slow. What is not exposed to the assistant is not told.
 *
 * On silence and noise a recogniser may answer with its hint. Names alone do nothing, but hint_is_echo()
 * finds such an answer, and nothing was heard then.
 * Threads: any; no state. */
#ifndef JARVIS_SPEECH_HINT_H
#define JARVIS_SPEECH_HINT_H

#include "base/json.h"
#include "base/str.h"

enum { HINT_BYTES = 600 };

/* Replaces what `ret` holds; empty without a name that can be told. Failure of memory: `ret->failed`. */
void hint_make(struct str *ret, const cJSON *devices);
/* Are two or more names of `hint` all of `text`, in its order? Case and a full stop do not count. */
bool hint_is_echo(const char *hint, const char *text);

#endif
