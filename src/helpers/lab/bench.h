/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/bench.h - a virtual clock that stands still while a helper owes an answer.
 *
 *     tick: audio_step -> speech_step -> main loop until nobody owes an answer -> +10 ms
 *
 * So a run gives the same events on a fast and on a slow machine.
 * Threads: one. */
#ifndef JARVIS_LAB_BENCH_H
#define JARVIS_LAB_BENCH_H

#include "audio/audio.h"
#include "core/loop.h"
#include "speech/speech.h"

enum { BENCH_TICK_MS = 10 };

struct bench { /* all borrowed */
    struct clock *clock; /* virtual */
    struct loop *loop;
    struct audio *audio;
    struct speech *speech;
};

/* -ETIMEDOUT in words: who did not answer. */
int bench_tick(struct bench *b, struct err *e);
int bench_wait_ready(struct bench *b, struct err *e); /* the helpers, and the grammar if any */
int bench_wait_wake(struct bench *b, struct err *e);  /* the wake word is listened for */
/* What the simulated microphone will hear next. Returns the frames of 16 kHz that it lasts. */
int bench_feed(struct bench *b, const char *path, uint64_t *ret_frames, struct err *e);
bool bench_is_heard(const struct bench *b); /* all that was fed */

#endif
