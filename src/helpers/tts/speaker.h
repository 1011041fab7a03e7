/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/speaker.h - what jarvisd asks of jarvis-tts.
 *
 *     socket -> inbox -> TTS_SPEAK: voice -> TTS_AUDIO ..., TTS_END
 *                        TTS_PHONEMES: TTS_PHONEMES_OK
 *
 * While a sentence is made the socket is read between two pieces: a cancel stops the
 * sentence under way or takes a waiting one out, a ping is answered, the rest waits.
 * Threads: one. */
#ifndef JARVIS_TTS_SPEAKER_H
#define JARVIS_TTS_SPEAKER_H

#include "voice.h"

struct speaker;

int speaker_new(struct speaker **ret, int fd, struct err *e); /* `fd` is borrowed */
struct speaker *speaker_free(struct speaker *s);
AUTO_DEFINE(struct speaker *, speaker_free)
int speaker_serve(struct speaker *s, struct err *e); /* until the socket closes: -EPIPE */

#endif
