/* SPDX-License-Identifier: Apache-2.0 */
/* intent/vocab.h - the words that a language's sentences and the names of the house are made of, and
 * which of them is nearest to a word that is none.
 *
 * Words are folded (base/fold.h); apostrophes part them as blanks do. A piece of a word that a template
 * has in brackets is joined to the rest: "light[s]" gives light and lights. Edits are insertions,
 * omissions, other letters and two that changed places, one each. How many are forgiven grows with the
 * word: none up to three letters, one up to seven, else two. What has a digit is near nothing.
 * Threads: constant after vocab_new(). */
#ifndef JARVIS_INTENT_VOCAB_H
#define JARVIS_INTENT_VOCAB_H

#include "intent/names.h"

enum { VOCAB_WORD_MAX = 32, VOCAB_NEAR_MAX = 4 };

struct vocab_word {
    const uint32_t *fold, *exact; /* exact: as it is written, without case */
    uint8_t len;
    bool is_name;     /* stands in a device's name */
    bool is_said;     /* stands in a sentence of the language */
    uint64_t letters; /* which it has, a bit each */
};

struct vocab;

/* `names`: NULL for none. -ENOMEM. */
int vocab_new(struct vocab **ret, const struct catalog *c, const struct names *names,
              struct err *e);
struct vocab *vocab_free(struct vocab *v);
AUTO_DEFINE(struct vocab *, vocab_free)
/* The word; NULL: it is none. */
const struct vocab_word *vocab_find(const struct vocab *v, const uint32_t *fold, size_t len);
struct vocab_near {
    const struct vocab_word *word;
    unsigned edits;
};
/* The nearest ones, all of the same and smallest number of edits; returns how many, 0: nothing is near,
 * or more than VOCAB_NEAR_MAX are. */
size_t vocab_nearest(struct vocab_near ret[VOCAB_NEAR_MAX], const struct vocab *v,
                     const uint32_t *fold, size_t len);
/* Edits from a to b; `most` + 1 where it is more than `most`. */
unsigned vocab_edits(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len,
                     unsigned most);

#endif
