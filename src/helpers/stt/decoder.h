/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/decoder.h - one PocketSphinx decoder with two searches: the wake keyphrase
 * and the command grammar.
 *
 *     decoder_wake() ... --\                            /--> hit: where the word lies
 *                           one acoustic model, one CMN
 *     decoder_utter() ... -/                            \--> decoder_result(): text, rejected
 *
 * One decoder and not two: the speech around the wake word adapts the cepstral mean that
 * the command is then decoded with (a cold mean costs 13 % of the commands), and the
 * model is in memory once. A decoder never changes its words: a new grammar makes a new
 * decoder, which takes over the mean by decoder_adopt(), and the old one works until then.
 * Threads: one. */
#ifndef JARVIS_STT_DECODER_H
#define JARVIS_STT_DECODER_H

#include "base/cleanup.h"
#include "base/err.h"
#include "dict.h"
#include "veto.h"
#include "speech/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct decoder;

struct decoder_opts {              /* all borrowed for the call */
    const char *model;             /* folder of the acoustic model */
    const char *phrase;            /* wake phrase; "" for none */
    bool wake;                     /* listen to the phrase; else it is only led in with commands */
    struct veto *veto;             /* of the wake word; outlives the decoder; NULL: none */
    int threshold_exp;             /* keyphrase threshold 10^x */
    const char *fsg;               /* grammar file; NULL: no commands */
    double filler_probability;     /* see grammar.h */
    double inner_probability;
};

/* `d` holds the grammar's and the phrase's words, looked up. -EINVAL with the file's name. */
int decoder_new(struct decoder **ret, const struct decoder_opts *o, const struct dict *d,
                struct err *e);
struct decoder *decoder_free(struct decoder *d);
AUTO_DEFINE(struct decoder *, decoder_free)
void decoder_adopt(struct decoder *d, const struct decoder *old); /* cepstral mean; NULL: nothing */

struct decoder_hit {
    uint64_t from_position, to_position; /* of the wake word in the 16 kHz stream */
    double score;                        /* log likelihood ratio, larger is surer */
};

/* The next samples of the wake stream; a jump of `position` begins anew. 1: heard, 0: not,
 * -ENOENT: no phrase, -EIO. Ends an utterance under way without a result. */
int decoder_wake(struct decoder *d, uint64_t position, const int16_t *frames, size_t count,
                 struct decoder_hit *ret, struct err *e);
void decoder_wake_clear(struct decoder *d);

int decoder_utter_start(struct decoder *d, struct err *e); /* -ENOENT: no grammar */
int decoder_utter(struct decoder *d, const int16_t *frames, size_t count, struct err *e);
enum wire_state decoder_state(struct decoder *d); /* of the utterance under way */

struct decoder_heard {
    char *text;  /* owned; the sentence without the wake phrase; "" when nothing was understood */
    char *other; /* owned; NULL, or another sentence that fits about as well: ask which */
    bool rejected; /* no sentence of the grammar fits */
    bool broken;   /* a word of it was not said, mostly the last: what fits best was completed, not heard */
    int margin;    /* between text and other */
    double misfit; /* doubt.h; 0 where no sentence was heard */
};

/* Is what was heard of the utterance under way the whole of it, so surely that it may be done before its end?
 * It must be final, unchanged for some pieces, and fit better than is wanted at the end. 1: *ret is it; 0: not now; -ENOMEM, -EIO. */
int decoder_early(struct decoder *d, struct decoder_heard *ret, struct err *e);
void decoder_heard_done(struct decoder_heard *h);
/* Ends the utterance. */
int decoder_result(struct decoder *d, struct decoder_heard *ret, struct err *e);
void decoder_drop(struct decoder *d);
/* Nothing is under way for now: gives back the memory that only an utterance needs, some 10 MB with a
 * second look. Nothing while one is under way. */
void decoder_rest(struct decoder *d);

#endif
