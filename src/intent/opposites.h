/* SPDX-License-Identifier: Apache-2.0 */
/* intent/opposites.h - words that a mistake must never carry over into one another: on and off, open and
 * close, lock and unlock, in each language that has sentences.
 *
 * Threads: no state. */
#ifndef JARVIS_INTENT_OPPOSITES_H
#define JARVIS_INTENT_OPPOSITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OPPOSITES_MARGIN = 2 }; /* edits that the opposite must be farther away */

struct opposites {
    const char *one, *other; /* folded */
};
extern const struct opposites opposites_table[];
extern const size_t opposites_n;

/* Whether `said` may be taken for `word` (folded code points), which is `edits` away from it: no word
 * that says the opposite is nearly as near. */
bool opposites_allow(const uint32_t *said, size_t said_len, const uint32_t *word, size_t word_len,
                     unsigned edits);
/* Whether the word has an opposite. */
bool opposites_has(const uint32_t *word, size_t len);

#endif
