/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/doubt.h - a second look at words that are easily taken for one another.
 *
 * "off" is heard as "on" in one of fourteen sentences, and with a heating or a lock that is the
 * worst that can happen. So when the sentence holds such a word, the sound is decoded twice more,
 * once with a grammar of that one sentence and once with the other word in its place, both under
 * the cepstral mean that the utterance began with. The difference of the two scores says how sure
 * it is; what is below doubt_need() is told as unsure, with both sentences. The other words that mean
 * the opposite, and numbers that sound alike, are looked at likewise.
 * Threads: one. */
#ifndef JARVIS_STT_DOUBT_H
#define JARVIS_STT_DOUBT_H

#include "base/err.h"
#include "base/str.h"

#include <pocketsphinx.h>
#include <stdbool.h>
#include <stdint.h>

/* From findings on made speech: in quiet 230 parts every "off" that scored as "on" (2 of 70) from the
 * right ones; in kitchen noise of 10 dB 6 of 84 were wrong by more, and with 600 one in a hundred. */
enum { DOUBT_SURE = 230, DOUBT_SURE_IN_NOISE = 600 };

struct mean_kept { /* a cepstral mean and how much is behind it */
    mfcc_t mean[64], sum[64];
    int32 frames, len;
};

void mean_keep(struct mean_kept *k, ps_decoder_t *ps);
void mean_restore(const struct mean_kept *k, ps_decoder_t *ps);

/* The sentence with its doubtful word replaced by the other one; false: there is none. */
bool doubt_other(struct str *other, const char *sentence);
/* The margin below which both are told: more where the sound is little louder than its noise. */
int doubt_need(const int16_t *sound, size_t count);
/* By how much `sentence` scores better than `other` on the sound; negative: worse. The decoder is
 * left idle, with the mean it had. -EIO, -ENOMEM. */
int doubt_margin(int *ret, ps_decoder_t *ps, const struct mean_kept *begun, const char *sentence,
                 const char *other, const int16_t *sound, size_t count, struct err *e);

#endif
