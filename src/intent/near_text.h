/* SPDX-License-Identifier: Apache-2.0 */
/* intent/near_text.h - a sentence as words that can be changed: which of them are none in the language,
 * which stand in names of the house, and the text again with others in their place.
 *
 * Threads: plain values; words are borrowed from the tongue's vocabulary. */
#ifndef JARVIS_INTENT_NEAR_TEXT_H
#define JARVIS_INTENT_NEAR_TEXT_H

#include "intent/near.h"
#include "intent/vocab.h"

struct near_word {
    size_t from, to; /* letters of the sentence */
    bool is_name;    /* stands in a name */
};

struct near_text {
    struct sentence s;
    struct near_word at[NEAR_WORDS_MAX];
    size_t n;
    size_t unknown[NEAR_UNKNOWN_MAX + 1], unknown_n; /* which of them are no words */
};

/* False: no text, or too long; or the language has no vocabulary, or no blanks between its words. More
 * than NEAR_UNKNOWN_MAX unknown words are counted as one more and the text is not worth mending: then false
 * as well, with unknown_n set. */
bool near_text_read(struct near_text *ret, const struct tongue *t, const char *text);
/* Words from..to - 1 as they were written. */
void near_text_copy(struct str *out, const struct near_text *x, size_t from, size_t to);
/* A word of the vocabulary, or two; with a blank before it where one is due. */
void near_text_word(struct str *out, const struct vocab_word *word, const struct vocab_word *second);
void near_text_add(struct str *out, const char *text);
/* Whether a name (folded letters) holds all the words of from..to - 1, in any order, and is not just those
 * in order. */
bool near_text_in_name(const struct near_text *x, size_t from, size_t to, const uint32_t *name,
                       size_t len);
/* How many of the words from..to - 1 it holds. */
unsigned near_text_shared(const struct near_text *x, size_t from, size_t to, const uint32_t *name,
                          size_t len);
/* Whether the words say enough to mean a device: one of four letters. */
bool near_text_is_worth(const struct near_text *x, size_t from, size_t to);

#endif
