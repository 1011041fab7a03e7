/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/look.h - the second look at a sentence that was heard: is it that one?
 *
 *     sound ----> first decoder, all sentences ----> "turn on the lamp"
 *       '-------> decoder aside ---- "turn on the lamp"    own score, misfit
 *                               ---- "turn off the lamp"   other, margin = own - other
 *                               ---- "turn the lamp"       said   = own - without the word
 *
 * Each is decoded alone (doubt.h). The decoder aside is made when it is needed first: many houses have nothing
 * doubtful. A look is kept until the sentence changes.
 * Threads: one. */
#ifndef JARVIS_STT_LOOK_H
#define JARVIS_STT_LOOK_H

#include "doubt.h"

struct look {
    ps_decoder_t *aside; /* owned; NULL: not made yet */
    char *sentence;      /* owned; that was looked at; NULL: none yet */
    char *other;         /* owned; of the sentences that it may be the nearest; NULL: there is none */
    int margin;          /* by which `other` fits worse */
    int said;            /* by which the sentence fits worse without its doubtful word; LOOK_SAID_SURELY: it
                          * has none, or is another sentence then */
    double misfit;       /* doubt.h */
    unsigned times;      /* looks at this sound */
};

enum { LOOK_SAID_SURELY = 1 << 24 };

struct look_sound { /* all borrowed */
    cmd_ln_t *config;              /* of the decoder aside */
    const fsg_model_t *sentences;  /* what may be said */
    const struct mean_kept *begun; /* the cepstral mean before the sound */
    const int16_t *frames;         /* 16 kHz */
    size_t count;
};

/* Looks at the sentence, unless that is done. -ENOMEM, -EIO: nothing is known of it then. */
int look_at(struct look *l, const struct look_sound *on, const char *sentence, struct err *e);
/* The sentence is forgotten, the decoder aside stays. */
void look_forget(struct look *l);
/* Gives back what it owns; it may be used again. */
void look_done(struct look *l);

#endif
