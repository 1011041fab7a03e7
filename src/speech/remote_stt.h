/* SPDX-License-Identifier: Apache-2.0 */
/* speech/remote_stt.h - a recogniser on another machine, asked with the sound of one sentence.
 *
 *   remote_stt_ask(samples) -> row of `stt.remote` -> on_end(0, text) or on_end(code, words), once
 *       whisper   POST <stt.url>/inference, a form           whisper.cpp's server
 *       openai    POST <stt.url>/v1/audio/transcriptions     any compatible server
 *       wyoming   transcribe, audio-start, -chunk .., -stop  faster-whisper and its kind
 *
 * An address with a path of its own is taken as it stands. "" is an answer: nothing was heard.
 * A server that failed three times is left alone for a while (core/breaker.h): then -EHOSTDOWN at once,
 * and whoever asks goes on without it.
 *
 * Who owns what: samples are copied; one question at a time.
 * Bounds: REMOTE_STT_SECONDS_MAX of sound, REMOTE_STT_TEXT_MAX bytes of text; stt.remote_ms in all.
 * Protocols: whisper.cpp examples/server, the OpenAI audio API, OHF-Voice/wyoming 1.9.0.
 * Threads: main loop. */
#ifndef JARVIS_SPEECH_REMOTE_STT_H
#define JARVIS_SPEECH_REMOTE_STT_H

#include "core/loop.h"
#include "core/settings.h"

#include <stddef.h>
#include <stdint.h>

enum { REMOTE_STT_SECONDS_MAX = 60, REMOTE_STT_TEXT_MAX = 4096 };

struct remote_stt;

struct remote_stt_question { /* borrowed */
    const int16_t *samples;  /* 16 kHz, mono */
    size_t n;
    const char *language; /* "en"; NULL: the server finds out */
    const char *names;    /* of the house, for servers that take a hint; NULL: none */
};

/* Main loop, never from within remote_stt_ask(). Code 0: `text` is what was heard, one line; else
 * words that name the server, the fault and the setting. May ask again. */
typedef void (*remote_stt_end_fn)(int code, const char *text, void *user);

/* -EINVAL with the row's name: the settings do not fit together; -ENOENT: stt.remote is none. */
int remote_stt_new(struct remote_stt **ret, struct loop *loop, const struct settings *s,
                   remote_stt_end_fn on_end, void *user, struct err *e);
struct remote_stt *remote_stt_free(struct remote_stt *r); /* cancels */
AUTO_DEFINE(struct remote_stt *, remote_stt_free)
/* -EBUSY, -EHOSTDOWN, -EMSGSIZE, -ENOMEM: on_end() does not come. */
int remote_stt_ask(struct remote_stt *r, const struct remote_stt_question *q, struct err *e);
void remote_stt_cancel(struct remote_stt *r); /* NULL and nothing under way are fine */
bool remote_stt_is_busy(const struct remote_stt *r);
/* Is `r` what these settings ask for? NULL is right for none. */
bool remote_stt_fits(const struct remote_stt *r, const struct settings *s);

#endif
