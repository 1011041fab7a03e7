/* SPDX-License-Identifier: Apache-2.0 */
/* intent/grammar.h - the sentences of the catalogue's speech blocks as a word automaton.
 *
 * Names come from the lists `name` and `area`, filtered by what each block requires of the
 * context; ranges become number words (percentages 1..9 and every fifth, temperatures 5..30
 * in whole degrees); wildcards and signs without a sound leave their alternative out. One skip
 * word ("please") may stand before each sentence, and one of the end words behind it: what begins
 * a further command ("can you ...") must not vanish there.
 * Whatever the automaton accepts, match_find() understands: tests/unit/intent checks it.
 * Threads: one owner. */
#ifndef JARVIS_INTENT_GRAMMAR_H
#define JARVIS_INTENT_GRAMMAR_H

#include "intent/automaton.h"
#include "intent/catalog.h"

enum { GRAMMAR_NUMBERS_MAX = 120 }; /* values of one range */

/* `context` as for match_find(). Errors of automaton_new(). */
int grammar_new(struct automaton **ret, const struct catalog *c, const struct pair *context,
                struct err *e);

#endif
