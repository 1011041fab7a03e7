/* SPDX-License-Identifier: Apache-2.0 */
/* speech/chime.h - a short sound that tells that the box listens.
 *
 * Two soft tones of 60 ms, rising; computed once. Voices and alarms duck it.
 * Threads: main loop. */
#ifndef JARVIS_SPEECH_CHIME_H
#define JARVIS_SPEECH_CHIME_H

#include "audio/audio.h"
#include "core/loop.h"

struct chime;

int chime_new(struct chime **ret, struct loop *loop, struct audio *audio, struct err *e);
struct chime *chime_free(struct chime *c);
AUTO_DEFINE(struct chime *, chime_free)
void chime_play(struct chime *c); /* from its beginning; nothing when no source is free */

#endif
