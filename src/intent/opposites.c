/* SPDX-License-Identifier: Apache-2.0 */
/* intent/opposites.c - what must not be mixed up. */
#include "intent/opposites.h"

#include "base/must.h"

#include <string.h>

static bool is_word(const struct skip_word *w, const uint32_t *cp, size_t len)
{
    return w->len == len && memcmp(w->fold, cp, len * sizeof(cp[0])) == 0;
}

/* What says the opposite of the word in this row; NULL: it has none there. */
static const struct skip_word *opposite_in(const struct opposite *row, const uint32_t *word, size_t len)
{
    return is_word(&row->one, word, len)     ? &row->other
           : is_word(&row->other, word, len) ? &row->one
                                             : NULL;
}

bool opposites_has(const struct opposites *o, const uint32_t *word, size_t len)
{
    for (size_t i = 0; i < o->n; i++)
        for (const struct opposite *row = o->tongues[i]->catalog->opposites; row; row = row->next)
            if (opposite_in(row, word, len))
                return true;
    return false;
}

bool opposites_allow(const struct opposites *o, const uint32_t *said, size_t said_len,
                     const struct vocab_near *near)
{
    const unsigned least = near->edits + OPPOSITES_MARGIN;

    must(said_len > 0 && near->word);
    for (size_t i = 0; i < o->n; i++)
        for (const struct opposite *row = o->tongues[i]->catalog->opposites; row; row = row->next) {
            const struct skip_word *other = opposite_in(row, near->word->fold, near->word->len);

            if (other && vocab_edits(said, said_len, other->fold, other->len, least) < least)
                return false;
        }
    return true;
}
