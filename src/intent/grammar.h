/* SPDX-License-Identifier: Apache-2.0 */
/* intent/grammar.h - the sentences of the catalogue's speech blocks as a word automaton.
 *
 * Names come from the lists `name` and `area`, filtered by what each block requires of the
 * context; ranges become number words (percentages 1..9 and every fifth, temperatures 5..30
 * in whole degrees); wildcards and signs without a sound leave their alternative out. What the
 * catalogue has for `before` and `behind` may stand at the ends of each sentence; where it has none, one
 * skip word before ("please") and one of the end words behind: what begins a further command ("can
 * you ...") must not vanish there. Since the ends are the same for all sentences, they cost the
 * automaton nothing but themselves.
 * What a block of an intent says, match_find() understands as that: tests/unit/intent checks it. What
 * stands before and behind may make something else of it ("don't", "in ten minutes").
 * Threads: one owner. */
#ifndef JARVIS_INTENT_GRAMMAR_H
#define JARVIS_INTENT_GRAMMAR_H

#include "intent/automaton.h"
#include "intent/catalog.h"

enum { GRAMMAR_NUMBERS_MAX = 120 }; /* values of one range */

/* `context` as for match_find(). Errors of automaton_new(). */
int grammar_new(struct automaton **ret, const struct catalog *c, const struct pair *context,
                struct err *e);

/* The sentences of one block of it alone. */
int grammar_of_block(struct automaton **ret, const struct catalog *c, const struct pair *context,
                     const struct block *only, struct err *e);

#endif
