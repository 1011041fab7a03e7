/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/rivals.h - the sentences that differ in one word from the one that was heard.
 *
 *     heard      turn up  the lamp
 *     opposite        off           a word of its group (doubt.h)
 *     alike              my  lamp   another word that sounds like it, one less, or one more in front
 *     less            -             no sentence: a doubtful word, not the last, is left out, or was an article
 *
 * The first two are sentences of the grammar, found by two walks over its arcs: which states the first k words
 * lead to, and from which states the last n - k lead to the end; an arc between them is a rival. Of many that are
 * alike those are kept that sound most so; what would mean the same ("the" for "my") is none.
 * All of them are decoded at once, by a model with a row of states for the sentence itself and one for each kind:
 *
 *     row 0   0 --turn--> 1 --up--> 2 --the--> 3 --lamp--> 4      way 0 ends here
 *     row 1              1' --off-> 2'--the--> 3'--lamp--> 4'     the best of its kind ends here
 *
 * Their scores can be compared, since what is looked for beside them is the same in each frame: a score is relative to
 * the best sound that is looked for. Two decodings are a word of 650 apart by that alone.
 * Threads: one. */
#ifndef JARVIS_STT_RIVALS_H
#define JARVIS_STT_RIVALS_H

#include "base/err.h"

#include <pocketsphinx.h>
#include <stdbool.h>
#include <stddef.h>

enum rival_kind { RIVAL_OPPOSITE, RIVAL_ALIKE, RIVAL_LESS, RIVAL_KINDS };

enum { RIVALS_MAX = 24, RIVALS_WORDS_MAX = 32 };

struct rival {
    enum rival_kind kind;
    size_t at;        /* the word of the sentence that it stands for, or that it stands before */
    bool more;        /* before it, and not in its place */
    bool rare;        /* it is a denial, a delay .. (intent/fsg.h): it has a price */
    const char *word; /* borrowed from the grammar; NULL: it is left out */
    double far;       /* how different it sounds: 0 the same, 1 altogether; of an opposite and of less 0 */
};

struct rivals {
    struct rival list[RIVALS_MAX]; /* nearest first */
    size_t n;
    bool rare; /* the sentence itself is */
};

/* Of the `sentence`, words parted by blanks, in grammar `m`. `ps` knows how the words sound. A sentence of more
 * than RIVALS_WORDS_MAX words, or none of the grammar, has none. -ENOMEM. */
int rivals_find(struct rivals *ret, const fsg_model_t *m, ps_decoder_t *ps, const char *sentence);
/* How different two ways to say a word sound ("T ER N"): edits that cost less within a kind of sound, by the
 * longer one. */
double rivals_distance(const char *a, const char *b);
/* The model of the sentence and its rivals, and a loop over all phones that leads nowhere. ends[0] is the state where
 * the sentence ends, ends[1 + kind] where those of a kind do. NULL: out of memory, or too long a sentence. */
fsg_model_t *rivals_model(int32 ends[1 + RIVAL_KINDS], logmath_t *math, const char *sentence,
                          const struct rivals *rivals);

#endif
