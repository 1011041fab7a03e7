/* SPDX-License-Identifier: Apache-2.0 */
/* intent/near.h - a sentence that nothing fitted, as it was probably meant.
 *
 *   "trun on the kichen light"    words that are none, for the nearest ones that are (vocab.h)
 *   "turn on the bed side lamp"   parted, or "bedsidelamp" joined
 *   "turn on the bedside"         part of a name, where the rest of it makes a sentence
 *
 * Only for sentences that were not understood, so that what is understood costs nothing more. Numbers
 * are never mended, and no word is taken for one whose opposite is nearly as near (opposites.h).
 * What would act is marked `unsure`, and is to be asked about first, where it is guarded
 * (docs/safety.md), where a part of a name stood for a thing that moves or heats, and where two meanings
 * are as near. Bounded: NEAR_TRIES_MAX readings.
 *
 * Threads: reads the tongue; no state. */
#ifndef JARVIS_INTENT_NEAR_H
#define JARVIS_INTENT_NEAR_H

#include "intent/meaning.h"
#include "intent/opposites.h"

enum {
    NEAR_WORDS_MAX = 20,  /* of a sentence; longer ones are left alone */
    NEAR_UNKNOWN_MAX = 2, /* words that are none; with more it is talk */
    NEAR_TRIES_MAX = 8,
};

/* Words of the text that are none in this language, at most NEAR_UNKNOWN_MAX + 1. */
unsigned near_unknown(const struct tongue *t, const char *text);
struct near_query { /* all borrowed */
    const struct tongue *t;
    const struct opposites *opposites; /* of every language that is understood */
    const char *room;
    const cJSON *last; /* as several_find() */
};
/* 0: *ret as MSG_INTENT's json of one command, with `corrected` (the text as it was taken), and
 * `unsure`: true with `choices` [{text, means: MSG_INTENT's json}, the likeliest first] where it is to be asked
 * about. -ENOTUNIQ:
 * with `candidates`. -ENOENT: nothing is near; *ret is NULL then. -ENOMEM. */
int near_find(cJSON **ret, const struct near_query *q, const char *text);
/* What the sentence would be if some of its words were a device's name or alias: {text: those words,
 * as: {intent, slots without name}, devices: [ids, the likeliest first]}. NULL: nothing. */
cJSON *near_lacks(const struct tongue *t, const char *text, const char *room);

#endif
