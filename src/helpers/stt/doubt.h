/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/doubt.h - a second look at words that are easily taken for one another.
 *
 * "off" is heard as "on" in one of fourteen sentences, and with a heating or a lock that is the
 * worst that can happen. So when the sentence holds such a word, the sound is decoded twice more,
 * once with a grammar of that one sentence and once with the other word in its place, both under
 * the cepstral mean that the utterance began with. The difference of the two scores says how sure
 * it is; what is below doubt_need() is told as unsure, with both sentences. The other words that mean
 * the opposite, numbers that sound alike, and "up" and "down" for "on" and "off" are looked at likewise.
 * Threads: one. */
#ifndef JARVIS_STT_DOUBT_H
#define JARVIS_STT_DOUBT_H

#include "base/err.h"
#include "base/str.h"

#include <pocketsphinx.h>
#include <stdbool.h>
#include <stdint.h>

/* Between opposites. Made speech of development (three voices of flite and festival): what was heard wrong in quiet
 * and in a room was above 250 once (256) and below 300 always, of 77 right ones 7 are below 300. In kitchen noise of 10 dB
 * 320 and 322 were wrong, and 682 once ("lights off"), of 39 right ones 13 are below 400 and 24 below 600: no bound
 * parts them there. */
enum { DOUBT_SURE = 300, DOUBT_SURE_IN_NOISE = 600 };

/* What fits worse is no sentence of the house. Of 80 spoken orders of people in quiet 2 are above it (one of
 * them was heard wrong), the others below 4, one at 11.7; of 40 in kitchen noise of 18 dB 7 at most, at 9 dB
 * 10.4; made commands of flite and festival 8; of espeak-ng, which is like no person, one in six is above 12. Of
 * 52 pieces of talk those that were heard as a sentence: 14 and more. */
#define DOUBT_MISFIT_MAX 12.0
/* What fits better was heard to its end, whatever fitted the last frames a little better still: of 40
 * sentences that broke off the nearest is at 2.7. Not so where another word was heard last, or fewer: "lamp to"
 * fitted at 0 as "lamp pink", "turn the lamp" as "turn on the lamp". */
#define DOUBT_MISFIT_WHOLE 1.0

/* Any other word that the sentence may have in place of one of its own fits worse by this, or it is asked which: "blinds"
 * that were heard as "lights" by 58 to 191, "fifty" as "eighty" by 26. Of 139 right ones in quiet, in noise and in a room
 * 6 are below it. */
enum { DOUBT_RIVAL = 200 };

/* A doubtful word before the last was said when the sentence fits worse without it, by this at least. */
enum { DOUBT_SAID = 150 };
#define DOUBT_ARTICLE "the"

/* Before the end it must fit better: what goes on behind it is no part of it. How sure it is need not be surer:
 * the end looks at the same sound. */
#define DOUBT_MISFIT_EARLY 6.0

struct mean_kept { /* a cepstral mean and how much is behind it */
    mfcc_t mean[64], sum[64];
    int32 frames, len;
};

void mean_keep(struct mean_kept *k, ps_decoder_t *ps);
void mean_restore(const struct mean_kept *k, ps_decoder_t *ps);

bool doubt_has(const char *word); /* Is it a word of a group? */
/* Are these two words of one group? */
bool doubt_pair(const char *a, const char *b);
/* The margin below which both are told: more where the sound is little louder than its noise. */
int doubt_need(const int16_t *sound, size_t count);

struct doubt_way {
    int32 end;  /* asked for: the state of the model that it ends in */
    int score;  /* of the best sentence that ends there; DOUBT_NO_WAY: there is none */
    char *text; /* owned by the caller; that sentence; NULL: none */
};

enum { DOUBT_NO_WAY = -(1 << 28) };

/* The beams of the decoder for it: nothing is given up. The phones beside the sentence cost nothing, and what
 * they are better by adds up: 1e-120 lost a sentence of two seconds in a voice that the model does not know,
 * 1e-300 orders of nine seconds, heard rightly. */
#define DOUBT_BEAM 0.0

/* Decodes the sound by the model, which is consumed (NULL: there was no memory for it), and tells of each way how
 * well it fits. *misfit: by how much a frame a loop of free phones fits better than the first way: near 0 for
 * what was said, 13 and more for other talk. The decoder is left idle, with the mean it had. -EIO, -ENOMEM. */
int doubt_score(double *misfit, struct doubt_way *ways, size_t n, ps_decoder_t *ps,
                const struct mean_kept *begun, fsg_model_t *model, const int16_t *sound, size_t count,
                struct err *e);

#endif
