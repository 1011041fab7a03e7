/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wake_helper.h - the wake engine that lives in jarvis-stt.
 *
 * Sends eight blocks at a time: twelve wake-ups of the helper a second instead of a
 * hundred, for 40 ms of delay on average.
 *
 *     listen thread: feed() --WAKE_AUDIO--> jarvis-stt --WAKE_PROGRESS--> main loop: stt.c
 *                    feed() <--- ring of hits <--- wake_helper_heard() <-------'
 *
 * Threads: as the picture says. */
#ifndef JARVIS_SPEECH_WAKE_HELPER_H
#define JARVIS_SPEECH_WAKE_HELPER_H

#include "speech/stt.h"
#include "wake/engine.h"

enum { WAKE_HELPER_BLOCKS = 8, WAKE_HELPER_HITS = 4 };

/* -ENOMEM; freed by ret->free(). `stt` is borrowed. */
int wake_helper_make(struct wake_engine *ret, struct stt *stt, struct err *e);
/* Main loop: the helper has heard it. More than WAKE_HELPER_HITS that nobody asks for are lost, and
 * all where another engine listens. */
void wake_helper_heard(const struct wake_engine *w, const struct wake_hit *hit);

#endif
