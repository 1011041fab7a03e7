/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/voice.h - espeak-ng: text to samples, words to phonemes.
 * Threads: one; espeak-ng keeps its state in globals, so there is one voice a process. */
#ifndef JARVIS_TTS_VOICE_H
#define JARVIS_TTS_VOICE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { VOICE_TEXT_BYTES_MAX = 2000, VOICE_PIECE_MS = 50 };

/* Within voice_speak(), per piece of about VOICE_PIECE_MS. < 0 stops the sentence. */
typedef int (*voice_out_fn)(const int16_t *frames, size_t count, void *user);

struct voice_want {
    const char *text;     /* UTF-8, at most VOICE_TEXT_BYTES_MAX bytes, no control characters */
    const char *voice;    /* espeak-ng's name of a voice; "" = by language */
    const char *language; /* "en", "fr" ... */
    int rate_wpm;         /* 80..450 */
};

int voice_open(unsigned *ret_rate_hz, struct err *e); /* -ENOENT: no espeak-ng data */
void voice_close(void);
/* -EINVAL (empty, too long, control characters, no such voice), -ECANCELED when `out` stopped it. */
int voice_speak(const struct voice_want *w, voice_out_fn out, void *user, struct err *e);
/* The word's phonemes in espeak's ASCII (Kirshenbaum) notation; -EINVAL, -ENOSPC. */
int voice_phonemes(char *out, size_t size, const char *word, const char *language, struct err *e);

#endif
