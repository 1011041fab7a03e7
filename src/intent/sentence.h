/* SPDX-License-Identifier: Apache-2.0 */
/* intent/sentence.h - a typed or heard sentence, made comparable.
 *
 * Normalised in this order: invisible characters dropped, letters and marks composed
 * (NFC), curly apostrophes made straight, punctuation at the edges of words dropped (never
 * inside "2.5"; the last dot of "A.C." stays), blanks collapsed, case folded. One blank
 * stands behind the last word, so that templates find a word boundary there.
 * `clean` keeps the case for what is shown; both arrays have the same indices.
 * Threads: plain values. */
#ifndef JARVIS_INTENT_SENTENCE_H
#define JARVIS_INTENT_SENTENCE_H

#include "base/err.h"
#include "intent/unicode.h"

/* Longer texts are no commands: they are refused before any matching. */
enum { SENTENCE_MAX = 1000 };

struct sentence {
    uint32_t fold[SENTENCE_MAX + 2], clean[SENTENCE_MAX + 2]; /* code points */
    size_t len;                                               /* with the blank at the end */
};

/* -EINVAL (not UTF-8, NUL inside), -E2BIG (more than SENTENCE_MAX characters); *ret is
 * untouched on failure. A text without any word gives len 0. */
int sentence_parse(struct sentence *ret, const char *text, size_t len, struct err *e);
/* Removes each of the n skip words (folded, longest first) that stands alone. */
struct skip_word {
    const uint32_t *fold;
    size_t len;
    const struct skip_word *next;
};
void sentence_skip(struct sentence *s, const struct skip_word *words);
/* The characters from..to as UTF-8 without blanks at the ends. */
void sentence_text(struct str *out, const struct sentence *s, size_t from, size_t to);

/* The part of the above that template literals share: composes and folds cp[0..len) in place,
 * returns the new length. */
size_t sentence_compose(uint32_t *cp, size_t len);
/* The same letter but for a missing accent, or hyphen, underscore and blank for one another. */
bool sentence_is_alike(uint32_t typed, uint32_t wanted);
uint32_t sentence_straight(uint32_t cp); /* curly apostrophes and exotic blanks to plain ones */

#endif
