/* SPDX-License-Identifier: Apache-2.0 */
/* intent/sentence.h - a typed or heard sentence, made comparable.
 *
 *     text   "Can you turn on the Küche-Lampe?"
 *     clean  "Can you turn on the Küche-Lampe "   for what is shown: case and signs stay
 *     fold   "can you turn on the kuche lampe "   base letters (base/fold.h), compared
 *     exact  "can you turn on the küche-lampe "   the same places without case only
 *
 * Normalised in this order: invisible characters dropped, letters and marks composed (NFC),
 * curly apostrophes made straight, punctuation and quotes at the edges of words dropped (never
 * inside "2.5"; the last dot of "A.C." stays), blanks collapsed, folded. One blank stands behind
 * the last word, so that templates find a word boundary there. A minus before a number stays.
 * All indices are those of `fold`; `at` leads from there to `clean`.
 * Threads: plain values. */
#ifndef JARVIS_INTENT_SENTENCE_H
#define JARVIS_INTENT_SENTENCE_H

#include "base/err.h"
#include "base/str.h"
#include "intent/unicode.h"

/* Longer texts are no commands: they are refused before any matching. */
enum { SENTENCE_MAX = 1000, SENTENCE_FOLD_MAX = 2 * SENTENCE_MAX };

struct sentence {
    uint32_t fold[SENTENCE_FOLD_MAX + 2], exact[SENTENCE_FOLD_MAX + 2];
    uint16_t at[SENTENCE_FOLD_MAX + 3]; /* where in clean the letter stands; at[len]: its end */
    size_t len;                         /* with the blank at the end */
    uint32_t clean[SENTENCE_MAX + 2];   /* code points */
    size_t clean_len;
    bool joined; /* of a script without blanks: none is left in fold, none is asked for */
};

/* -EINVAL (not UTF-8, NUL inside), -E2BIG (more than SENTENCE_MAX characters or twice as many
 * base letters); *ret is untouched on failure. A text without any word gives len 0. */
int sentence_parse(struct sentence *ret, const char *text, size_t len, struct err *e);
/* What there is of it: a sentence is large, and mostly empty. */
void sentence_copy(struct sentence *to, const struct sentence *from);
/* Words that may be said and mean nothing, folded, longest first. */
struct skip_word {
    const uint32_t *fold;
    size_t len;
    const struct skip_word *next;
};
/* Removes each that stands alone, everywhere or only at both ends; whether any was there. */
bool sentence_skip(struct sentence *s, const struct skip_word *words);
bool sentence_skip_ends(struct sentence *s, const struct skip_word *words);
/* For scripts that do not part words: takes all blanks out, and lets literals match without theirs. */
void sentence_join(struct sentence *s);
/* The characters from..to as UTF-8 without blanks at the ends. */
void sentence_text(struct str *out, const struct sentence *s, size_t from, size_t to);

/* Goes on in the sentence from *at as long as letters[0..len) follow; true: all of them did, and
 * *at is behind them, else where it stopped. Apostrophes may be missing on either side, one at
 * the end (l') needs its own or a blank. `exact` (NULL: not asked) decides on *loose: whether
 * something was not written letter by letter. */
bool sentence_take(const struct sentence *s, size_t *at, const uint32_t *letters,
                   const uint32_t *exact, size_t len, bool *loose);
/* Whether the word stands alone at `at`; *end is behind it. */
bool sentence_word_stands(const struct sentence *s, size_t at, const struct skip_word *w, size_t *end);
/* The same; every word is looked for at every letter, and most end at their first one. */
static inline bool sentence_word_at(const struct sentence *s, size_t at, const struct skip_word *w, size_t *end)
{
    return (s->fold[at] == w->fold[0] || s->fold[at] == '\'' || w->fold[0] == '\'') &&
           sentence_word_stands(s, at, w, end);
}
/* The letters of cp[0..n) as in `fold` and `exact` (room for SENTENCE_FOLD_MAX + 2 each); returns
 * how many, 0 if there is no room. */
size_t sentence_fold(uint32_t *fold, uint32_t *exact, uint16_t *at, const uint32_t *cp, size_t n);
uint32_t sentence_straight(uint32_t cp); /* curly apostrophes and exotic blanks to plain ones */

#endif
