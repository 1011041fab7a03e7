/* SPDX-License-Identifier: Apache-2.0 */
/* intent/match.h - which template does a sentence follow, and what stands in its slots.
 *
 * Works on characters, because notation stands inside words (light[s]). All readings are
 * enumerated, blocks in file order, alternatives left to right; the best one wins:
 *   1. with a slot `name` that is no wildcard; the longest text in it
 *   2. fewest wildcards
 *   3. most literal characters of the template matched (those in list values do not count)
 *   4. the first in the order of enumeration
 * Rules read from hassil's recognize.py and string_matcher.py. What differs: a word starts
 * where a blank or a digit ends instead of where a flag says so; hyphens and blanks are the same
 * on both sides; a missing accent is forgiven (the literal then does not count for rule 3);
 * no regular expressions are tried first.
 *
 * The work is bounded by MATCH_STEPS_MAX steps and MATCH_DEPTH_MAX levels; a sentence that
 * needs more matches nothing.
 * Threads: reads the catalogue; no state. */
#ifndef JARVIS_INTENT_MATCH_H
#define JARVIS_INTENT_MATCH_H

#include "intent/catalog.h"

enum {
    MATCH_STEPS_MAX = 500000, /* sentences of everyday take up to some 14,000 */
    MATCH_DEPTH_MAX = 1500,
    MATCH_SLOTS_MAX = 16,
    MATCH_CONTEXT_MAX = 64,
};

struct match_slot {
    const char *name;
    struct datum value; /* DATUM_HEARD: the characters from..to */
    size_t from, to;    /* in the sentence; equal for fixed and copied slots */
    bool is_wildcard;
};

struct match {
    const struct block *block; /* NULL: nothing matched */
    const struct template *template;
    struct match_slot slots[MATCH_SLOTS_MAX];
    size_t slots_n;
    unsigned literal, wildcards;
    size_t name_chars; /* length of the text in the slot `name`; 0: none */
    unsigned long steps;
    bool is_spent; /* the budget ended the search: no match, whatever was found */
    /* Where the nearest miss stopped: for hints to people. */
    const struct template *nearest;
    size_t nearest_at; /* character of the sentence that no template could take */
};

/* `context` is what is known beforehand (area = Kitchen). Strings in *ret point into the
 * catalogue, its lists and the context. Always succeeds; see block. */
void match_find(struct match *ret, const struct catalog *c, const struct sentence *s,
                const struct pair *context);
/* Whether a list's value with this context can stand in a sentence of the block. */
bool match_allows(const struct block *b, const struct pair *context);

#endif
