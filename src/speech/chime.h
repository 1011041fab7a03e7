/* SPDX-License-Identifier: Apache-2.0 */
/* speech/chime.h - a short sound that tells that the box listens, and one that says "done".
 *
 * Two soft tones of 60 ms, rising; computed once. Voices and alarms duck it. "Done" are the same, falling.
 * Its own samples are known, so it is told from a voice: chime_sounds_in() finds blocks in which more than half of
 * the power is at its two pitches. A voice over it takes that share away and counts as a voice. What follows it and
 * is much softer is its echo, or a detector that has not yet calmed down.
 * Threads: main loop; chime_sounds_in() any. */
#ifndef JARVIS_SPEECH_CHIME_H
#define JARVIS_SPEECH_CHIME_H

#include "audio/audio.h"
#include "core/loop.h"
#include "rt/block.h"

/* After chime_play(): no loudspeaker and room are so late that it is still heard. */
enum { CHIME_HEARD_MS = 600 };

enum { CHIME_RATE_HZ = 16000, CHIME_FRAMES = 2 * 60 * CHIME_RATE_HZ / 1000 };

struct chime;

/* The samples of "done", to be played in the row of what is spoken. */
void chime_done(int16_t frames[CHIME_FRAMES]);
int chime_new(struct chime **ret, struct loop *loop, struct audio *audio, struct err *e);
struct chime *chime_free(struct chime *c);
AUTO_DEFINE(struct chime *, chime_free)

struct chime_ear { /* tells blocks of the microphone in which our chime is heard; caller's memory */
    int64_t from_usec; /* when it was begun; 0: none was */
    int64_t last_usec; /* the newest block that was it; 0: none yet */
    float loudest_db;
};

bool chime_sounds_in(const int16_t pcm[BLOCK_FRAMES]);
bool chime_ear_step(struct chime_ear *ear, const struct audio_block *b); /* blocks in their order */
void chime_play(struct chime *c); /* from its beginning; nothing when no source is free */

#endif
