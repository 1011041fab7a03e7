/* SPDX-License-Identifier: Apache-2.0 */
/* intent/several.h - one text, one command or several, with what was spoken of before.
 *
 *   "turn off the lamp and close the blinds"     two sentences
 *   "turn on the kitchen and the hall light"     the second part takes the words of the first around
 *                                                its target; "the lamp and the fan off": of the next
 *   "turn on the salt and pepper lamp"           understood whole: a name is not split
 *   "turn it off", "dim the lights there"        `last` tells what "it" and "there" are
 *
 *     text -> whole? -> with `last`? -> split at the joints of the language -> every part understood
 *
 * Every part is a whole sentence for the templates, also one that was completed: nothing is understood
 * here that a person could not have said at length. All parts or none: where one is not understood the
 * rest is not done either (docs/safety.md); a part that is denied denies the whole.
 * The words come from the language's file: list `joint` ({in: and then}), list `pronoun` ({in: it}),
 * list `there` ({in: there, out: "in $"}, $ is the room). A language without them has none of this.
 *
 * Threads: reads the tongue; no state. */
#ifndef JARVIS_INTENT_SEVERAL_H
#define JARVIS_INTENT_SEVERAL_H

#include "intent/meaning.h"

enum {
    SEVERAL_MAX = 6,        /* commands of one sentence */
    SEVERAL_ASKED_MAX = 120 /* sentences tried for one text */
};

/* As meaning_find(). Several: code 0 {commands: [as one each], language, text}; -ENOTUNIQ with
 * `candidates` those of the first command that has some. -ENOENT with `part`: the part that was not
 * understood where others were and would have acted.
 * `last`: {commands: [MSG_INTENT's json, with the devices that it reached as `reached` [ids]]}, the newest
 * last; NULL: nothing was spoken of. */
int several_find(cJSON **ret, const struct tongue *t, const char *text, const char *room,
                 const cJSON *last, struct err *e);
/* The same in two steps, for one of several languages: where nothing fits, *ret of several_try() is {part?,
 * refused?}, and several_hint() makes of it what people are told. */
int several_try(cJSON **ret, const struct tongue *t, const char *text, const char *room, const cJSON *last);
int several_hint(cJSON **ret, const struct tongue *t, const char *text, const char *room, struct err *e);

#endif
