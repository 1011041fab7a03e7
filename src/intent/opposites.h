/* SPDX-License-Identifier: Apache-2.0 */
/* intent/opposites.h - words that a mistake must never carry over into one another: on and off, open and
 * close, lock and unlock. Each language's file says its own (`opposites`); those of every language that is
 * understood hold at once, as a scene may have its name from another one.
 *
 * Threads: reads the tongues; no state. */
#ifndef JARVIS_INTENT_OPPOSITES_H
#define JARVIS_INTENT_OPPOSITES_H

#include "intent/tongue.h"
#include "intent/vocab.h"

enum { OPPOSITES_MARGIN = 2 }; /* edits that the opposite must be farther away */

struct opposites { /* borrowed */
    const struct tongue *const *tongues;
    size_t n;
};

/* Whether `said` may be taken for `word` (folded code points), which is `edits` away from it: no word
 * that says the opposite is nearly as near. */
bool opposites_allow(const struct opposites *o, const uint32_t *said, size_t said_len,
                     const struct vocab_near *near);
/* Whether the word has an opposite. */
bool opposites_has(const struct opposites *o, const uint32_t *word, size_t len);

#endif
