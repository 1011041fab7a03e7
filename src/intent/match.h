/* SPDX-License-Identifier: Apache-2.0 */
/* intent/match.h - which template does a sentence follow, and what stands in its slots.
 *
 * Works on letters, because notation stands inside words (light[s]). All readings are
 * enumerated, of the sentence as it was said, then without skip words at its ends, then without
 * any; blocks in file order, alternatives left to right. The best one wins:
 *   1. one that the caller takes, and of these one that reaches something (`judge`)
 *   2. one of a person's own sentences, unless it needs more wildcards
 *   3. with a slot `name` that is no wildcard; the longest text in it
 *   4. fewest wildcards
 *   5. most literal characters of the template matched (those in list values do not count)
 *   6. the first in the order of enumeration
 * A name that is made of the language's own words only (a lamp called "Light") gives way to the
 * reading that takes them as words, where that one speaks of another room than the lamp's or of
 * the whole house. One that stands for several things (list `collective`: "Lights", "Blinds") gives way
 * wherever that reading reaches more than the lamp, unless the lamp's room was said: rank_sets_apart().
 * It asks for a judge.
 * Rules 3 to 6 read from hassil's recognize.py and string_matcher.py. What differs: a word starts
 * where a blank or a digit ends instead of where a flag says so; hyphens and blanks are the same
 * on both sides; a missing or added accent or apostrophe is forgiven (the literal then does not
 * count for rule 5); no regular expressions are tried first.
 *
 * The work is bounded by MATCH_STEPS_MAX steps and MATCH_DEPTH_MAX levels; a sentence that
 * needs more matches nothing.
 * Threads: reads the catalogue; no state. */
#ifndef JARVIS_INTENT_MATCH_H
#define JARVIS_INTENT_MATCH_H

#include "intent/catalog.h"

enum {
    MATCH_STEPS_MAX = 200000, /* sentences of everyday take up to some 14,000 */
    MATCH_DEPTH_MAX = 1500,
    MATCH_SLOTS_MAX = 16,
    MATCH_CONTEXT_MAX = 64,
};

struct match_slot {
    const char *name;
    struct datum value;           /* DATUM_HEARD: the characters from..to */
    const struct value *of_list;  /* the list's value that was said; NULL: of no list */
    size_t from, to;              /* in the sentence; equal for fixed and copied slots */
    int line;                     /* of a fixed slot: where it stands; 0 for others */
    bool is_wildcard, is_copied;  /* is_copied: from the context */
};

struct match {
    const struct block *block; /* NULL: nothing matched */
    const struct template *template;
    const struct sentence *s; /* what the places of slots are in: as said, or without skip words */
    struct match_slot slots[MATCH_SLOTS_MAX];
    size_t slots_n;
    const char *refused; /* why nothing is done: the template's reason, or a list value's; NULL: it is done */
    bool is_shadow;      /* what cannot be read stands in it: it wins over readings with wildcards only */
    unsigned literal, wildcards;
    size_t name_chars; /* length of the text in the slot `name`; 0: none */
    /* What the judge found. */
    const char *place; /* room of the device that is named; NULL: none */
    bool reaches;      /* something is there that it can be done to */
    const struct named *only; /* a reading without a name reaches nothing but this; NULL: more, or nothing */
    unsigned long steps;
    bool is_spent; /* the budget ended the search: no match, whatever was found */
    const struct template *costly; /* the one that took most of the steps */
    unsigned long costly_steps;
    /* Where the nearest miss stopped, of match_hint(). */
    const struct template *nearest;
    const struct sentence *nearest_s;
    size_t nearest_at; /* character of nearest_s that no template could take */
};

/* A sentence with and without its skip words. */
struct said {
    struct sentence s[3];
    size_t n; /* of them that differ */
};

/* With the skip words of the language, and without blanks where its script has none. */
void said_init(struct said *said, const struct sentence *s, const struct catalog *c);

/* Asked about each whole reading, with all its slots; may fill in what it found. False: this is
 * no reading. */
typedef bool (*match_judge_fn)(struct match *reading, void *user);

struct match_query {
    const struct catalog *catalog;
    const struct said *said;
    const struct pair *context;     /* what is known beforehand (area = Kitchen) */
    match_judge_fn judge;           /* NULL: every reading is taken, and reaches something */
    void *user;
    bool by_reference;              /* a name made of the language's words is a name as any other */
};

/* Strings in *ret point into the catalogue, its lists and the context. Always succeeds; see
 * block. */
void match_find(struct match *ret, const struct match_query *q);
/* For people, where nothing was found: fills in `nearest` of *ret. It walks all that match_find() could
 * leave out, so it costs several times as much; it asks no judge. */
void match_hint(struct match *ret, const struct match_query *q);
const struct match_slot *match_slot(const struct match *m, const char *name); /* NULL: none */
/* Whether a list's value with this context can stand in a sentence of the block. */
bool match_allows(const struct block *b, const struct pair *context);

#endif
