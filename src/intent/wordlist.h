/* SPDX-License-Identifier: Apache-2.0 */
/* intent/wordlist.h - the words of a text as they stand there, to cut it and to put others in.
 *
 *   "éteins-la, et ferme"  ->  éteins | la , | et | ferme
 * Blanks and hyphens part words. A word is compared as people write it (base/fold.h).
 * Threads: plain values; texts are borrowed. */
#ifndef JARVIS_INTENT_WORDLIST_H
#define JARVIS_INTENT_WORDLIST_H

#include "base/str.h"
#include "intent/catalog.h"

enum { WORDS_MAX = 80 }; /* of one text; longer ones are no commands */

struct words {
    const char *text;
    struct word {
        size_t from, to; /* bytes, without the comma */
        bool comma;      /* behind it */
    } at[WORDS_MAX];
    size_t n; /* 0: none, or too many */
};

void words_init(struct words *ret, const char *text);
/* How many words from `i` on are `wanted` ("and then" is two); 0: they are others. */
size_t words_are(const struct words *w, size_t i, const char *wanted);
/* How many words from `i` on are one of the list's values, the longest; *which is it. 0: none. A NULL
 * list has none. */
size_t words_of_list(const struct words *w, size_t i, const struct list *list,
                     const struct value **which);
/* The bytes of the words from..to - 1; none where from == to. */
void words_text(struct str *out, const struct words *w, size_t from, size_t to);
/* The list of the language by that name; NULL: it has none. */
const struct list *words_list(const struct catalog *c, const char *name);

#endif
