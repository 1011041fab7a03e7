/* SPDX-License-Identifier: Apache-2.0 */
/* speech/tts.h - client side of jarvis-tts: a queue of sentences, one of them sounding, the
 * next already being rendered.
 *
 *   tts_say() -> queue -> TTS_SPEAK -> TTS_AUDIO.. -> play source -> MSG_SAY_START, MSG_SAID
 *
 * Where `tts.remote` names a voice on another machine (speech/remote_tts.h) it says the sentences, and
 * the helper those that it cannot say: what of a sentence was not heard yet is said whole by the other.
 * Its faults are those of the part "tts.remote". What was kept of its voice (speech/bank.h) says what it holds
 * whole, and, joined of pieces, what that voice cannot say now.
 *
 * Two apologies are rendered as soon as the helper is up and kept as samples: they can be
 * heard while a helper is down. The voice killed in mid-sentence: the sentence that breaks off
 * is followed by the apology, then MSG_SAID -ECONNRESET; sentences that were rendered whole
 * play on, and one that nobody has heard anything of is rendered again.
 * Threads: main loop. */
#ifndef JARVIS_SPEECH_TTS_H
#define JARVIS_SPEECH_TTS_H

#include "audio/audio.h"
#include "base/fields.h"
#include "base/paths.h"
#include "core/bus.h"
#include "core/settings.h"
#include "speech/bank.h"

struct tts;

enum { TTS_QUEUE_MAX = 32 };
enum tts_apology { TTS_LOST_VOICE, TTS_LOST_EARS, TTS_APOLOGY_N };

struct tts_deps { /* all borrowed */
    struct loop *loop;
    struct bus *bus;
    struct audio *audio;
    const struct settings *settings;
    const struct paths *paths;
    /* Answer to tts_phonemes(): struct wire_sound of each word that can be said, borrowed. */
    void (*on_phonemes)(const struct field_list *sounds, void *user);
    struct health *health; /* may be NULL */
    void *user;
};

int tts_new(struct tts **ret, const struct tts_deps *d, struct err *e);
struct tts *tts_free(struct tts *t);
AUTO_DEFINE(struct tts *, tts_free)
/* Queues a sentence; its MSG_SAID comes in every case, also when the queue is full. */
void tts_say(struct tts *t, uint64_t session, uint32_t serial, const char *text);
void tts_hush(struct tts *t);                       /* cuts and forgets all, MSG_SAID -ECANCELED */
void tts_apologise(struct tts *t, enum tts_apology which); /* nothing when it was never rendered */
/* char *, copied; as many as fit into a frame. on_phonemes follows, after the helper is up where it
 * is not. A newer question replaces it. */
int tts_phonemes(struct tts *t, const struct field_list *words, struct err *e);
void tts_settings_changed(struct tts *t);           /* language or voice: render apologies anew */
void tts_step(struct tts *t);                       /* moves samples on; for the virtual clock */
bool tts_is_ready(const struct tts *t);
const char *tts_owes(const struct tts *t);          /* samples or phonemes, in words; NULL: none */
struct bank *tts_bank(const struct tts *t);         /* borrowed */
void tts_stats(const struct tts *t, pid_t *pid, unsigned *restarts);

#endif
