/* SPDX-License-Identifier: Apache-2.0 */
/* speech/remote_tts.h - a voice on another machine, asked for one sentence at a time.
 *
 *   remote_tts_speak(text) -> row of `tts.remote` -> on_sound() any number of times -> on_end(), once
 *       piper     POST <tts.url>/synthesize {text, voice?}            piper's HTTP server
 *       openai    POST <tts.url>/v1/audio/speech {model, input, ..}   any compatible server
 *       wyoming   synthesize -> audio-start, -chunk .., -stop         wyoming-piper and its kind
 *
 * A text of several sentences is asked for one by one, the next when the one before is there: the first sounds
 * while the others are made. A Wyoming server that knows streams (`info`, asked once) is given all at once:
 * synthesize-start, -chunk for each, synthesize, -stop -> groups of audio-start .. -stop, synthesize-stopped.
 * An address with a path of its own is taken as it stands. Sound leaves as it comes, before the whole is
 * there. Where it fails before any sound, the owner's own voice may still say the sentence.
 *
 * Who owns what: text and settings are copied; samples are borrowed for the call.
 * Bounds: REMOTE_TTS_SECONDS_MAX of sound, tts.remote_ms without any.
 * Protocols: piper1-gpl's http_server, the OpenAI audio API, OHF-Voice/wyoming 1.9.0.
 * Threads: main loop. */
#ifndef JARVIS_SPEECH_REMOTE_TTS_H
#define JARVIS_SPEECH_REMOTE_TTS_H

#include "core/loop.h"
#include "core/settings.h"

#include <stddef.h>
#include <stdint.h>

enum { REMOTE_TTS_SECONDS_MAX = 120, REMOTE_TTS_TEXT_MAX = 4096 };

struct remote_tts;

struct remote_tts_events {
    /* Main loop, never from within remote_tts_speak(). Mono; the rate is the same in one sentence. May
     * cancel. */
    void (*on_sound)(const int16_t *samples, size_t n, uint32_t rate_hz, void *user);
    /* The same. 0, or words that name the server, the fault and the setting. May speak again. */
    void (*on_end)(int code, const char *words, void *user);
    void *user; /* borrowed */
};

/* -EINVAL with the row's name: the settings do not fit together; -ENOENT: tts.remote is none. */
int remote_tts_new(struct remote_tts **ret, struct loop *loop, const struct settings *s,
                   const struct remote_tts_events *events, struct err *e);
struct remote_tts *remote_tts_free(struct remote_tts *r); /* cancels */
AUTO_DEFINE(struct remote_tts *, remote_tts_free)
/* `text` is not empty. -EBUSY, -EHOSTDOWN, -EMSGSIZE, -ENOMEM: no event comes. */
int remote_tts_speak(struct remote_tts *r, const char *text, const char *language, struct err *e);
void remote_tts_cancel(struct remote_tts *r); /* NULL and nothing under way are fine */
bool remote_tts_is_busy(const struct remote_tts *r);
/* Is `r` what these settings ask for? NULL is right for none. */
bool remote_tts_fits(const struct remote_tts *r, const struct settings *s);

#endif
