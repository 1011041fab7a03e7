/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/voice.h - text to sound and to phonemes, by flite (English) and espeak-ng.
 *
 *     voice_speak(text) -> flite or espeak-ng -> trim silence -> pieces of 50 ms -> sink()
 *
 * flite is loaded by the first sentence that it says. Where it is not installed, for other languages, for
 * letters it does not know and for phonemes there is espeak-ng.
 * espeak-ng keeps its state in the process: there is one voice, and one call at a time.
 * Threads: one. */
#ifndef JARVIS_TTS_VOICE_H
#define JARVIS_TTS_VOICE_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { VOICE_TEXT_BYTES = 2000, VOICE_WORD_BYTES = 64, VOICE_SOUND_BYTES = 256 };

#define VOICE_FLITE "flite" /* a name of a voice */

struct voice;

/* Called with the next piece while it speaks; a negative errno stops the sentence. */
typedef int (*voice_sink_fn)(const int16_t *frames, size_t count, void *user);

int voice_new(struct voice **ret, struct err *e); /* -ENOENT: espeak-ng has no data */
struct voice *voice_free(struct voice *v);
AUTO_DEFINE(struct voice *, voice_free)
unsigned voice_rate_hz(const struct voice *v); /* of the sentence under way, or the last one */
/* To be called now and then while nothing is spoken: gives flite's memory back some time after its last
 * sentence. */
void voice_rest(struct voice *v);

/* `name`: VOICE_FLITE, or as in `espeak-ng --voices` ("en-us+f3"); "" takes the one of the language ("en",
 * "fr"): flite's for English, else espeak-ng's, which also speaks the languages that flite does not.
 * -ENOENT: no such voice, -EINVAL: no name of a voice. */
int voice_choose(struct voice *v, const char *name, const char *language, struct err *e);
/* Speaks plain text (no markup is understood) of at most VOICE_TEXT_BYTES bytes of UTF-8 without
 * control characters. What sink() returned when it stopped the sentence; -EINVAL, -E2BIG, -EIO. */
int voice_speak(struct voice *v, const char *text, unsigned rate_wpm, voice_sink_fn sink,
                void *user, struct err *e);
/* One word's phonemes in espeak-ng's ASCII names (Kirshenbaum), '_' between them, with the marks
 * of stress: "k_'I_tS_@_n". -EINVAL. */
int voice_phonemes(struct voice *v, const char *word, char *out, size_t size, struct err *e);

#endif
