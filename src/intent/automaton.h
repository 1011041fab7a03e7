/* SPDX-License-Identifier: Apache-2.0 */
/* intent/automaton.h - a set of sentences as the smallest deterministic word automaton.
 *
 *   spelling (letters, epsilon arcs)  --automaton_new()-->  words
 *
 * The sentences are spelled into a non-deterministic automaton of letters, because templates
 * branch inside words (light[s]). It is made deterministic and minimal bottom-up while the
 * subsets are built (it has no cycles, so a state is finished before those that lead to it:
 * Revuz 1992); the states behind a blank are then the states of the word automaton, and the
 * spellings between them its arcs. A blank is one or more blanks and never the first or last
 * character of a sentence.
 * Threads: one owner. */
#ifndef JARVIS_INTENT_AUTOMATON_H
#define JARVIS_INTENT_AUTOMATON_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SPELLING_STATES_MAX = 1000000, /* more is no speech grammar any more */
    AUTOMATON_LETTERS_MAX = 2000, /* longest sentence */
    AUTOMATON_ARCS_MAX = 100000,
    AUTOMATON_WORD_MAX = 63,
};

/* A word that nobody says: what follows it is rarely said. */
#define AUTOMATON_RARE "!"

/* ---- spelling ---- */
struct spelling {
    struct spelling_arc {
        uint32_t from, to;
        char letter; /* 'a'..'z', apostrophe, that of AUTOMATON_RARE, blank; '\0': epsilon */
    } *arcs;         /* owned */
    size_t arcs_n, arcs_cap;
    uint32_t states_n;
    int failed; /* 0, -ENOMEM or -E2BIG: remembered, the calls after it do nothing */
};

#define SPELLING_INIT ((struct spelling){ 0 })

uint32_t spelling_state(struct spelling *s); /* a new state's number */
/* `letter` as above; others have no sound: the arc is left out. */
void spelling_arc(struct spelling *s, uint32_t from, char letter, uint32_t to);
/* Spells text behind `from`; returns the state after it. */
uint32_t spelling_text(struct spelling *s, uint32_t from, const char *text);
void spelling_done(struct spelling *s);

/* ---- words ---- */
struct automaton_arc {
    uint32_t from, to, word;
};

struct automaton {
    uint32_t states_n; /* 0 is the start, states_n - 1 the one final state */
    struct automaton_arc *arcs; /* owned; by from, then word */
    size_t arcs_n;
    uint32_t *finals; /* owned; states that may also end: arcs without a word to the final one */
    size_t finals_n;
    char **words; /* owned; sorted, each once */
    size_t words_n;
};

/* The sentences that lead from state `start` to state `final`. -ENOENT (there are none), -E2BIG
 * (limits), -ELOOP (a cycle), -ENOMEM. */
int automaton_new(struct automaton **ret, const struct spelling *s, uint32_t start, uint32_t final,
                  struct err *e);
struct automaton *automaton_free(struct automaton *a);
AUTO_DEFINE(struct automaton *, automaton_free)

#endif
