/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/look.h - the second look at a sentence that was heard: is it that one?
 *
 *     sound ----> first decoder, all sentences ----> "turn on the lamp"
 *       '-------> decoder aside ---- "turn on the lamp"                          own score, misfit
 *                               '--- "turn off the lamp" | "turn up .." ..       other, margin = own - other
 *                               '--- "turn on the fan" | "don't turn on .." ..   rival, rival_margin
 *                               '--- "turn the lamp"                             said = own - without the word
 *
 * It is decoded once, beside its rivals (rivals.h). The decoder aside is made when it is needed first. A look is kept
 * until the sentence changes.
 * Threads: one. */
#ifndef JARVIS_STT_LOOK_H
#define JARVIS_STT_LOOK_H

#include "doubt.h"

struct look {
    ps_decoder_t *aside; /* owned; NULL: not made yet */
    char *sentence;      /* owned; that was looked at; NULL: none yet */
    char *other;         /* owned; the nearest with an opposite; NULL: there is none */
    char *rival;         /* owned; the nearest that sounds alike; NULL: there is none */
    int margin, rival_margin; /* by which they fit worse */
    int said;            /* by which the sentence fits worse without its doubtful word; LOOK_SURE: it has none */
    double misfit;       /* doubt.h */
    unsigned times;      /* looks at this sound */
};

enum { LOOK_SURE = 1 << 24 };

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
