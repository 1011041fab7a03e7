/* SPDX-License-Identifier: Apache-2.0 */
/* speech/stt.h - client side of jarvis-stt: wake feed, utterances, grammar.
 *
 *   listen thread: stt_wake_*(), stt_utt_*()     --> helper's socket (never waits)
 *   main loop:     stt_grammar(), stt_expect()    --> helper
 *                  helper's frames                --> on_wake, MSG_EARLY, MSG_TRANSCRIPT, on_unknown
 *
 * A sentence that is not sure goes to a recogniser elsewhere where one is set (speech/second.h); its text
 * is what was heard then, and without an answer from there what was found here holds.
 *
 * The helper killed: the utterance that is expected is answered with -ECONNRESET, settings
 * and grammar are sent again when it is back.
 * Threads: as above; each function says its own. */
#ifndef JARVIS_SPEECH_STT_H
#define JARVIS_SPEECH_STT_H

#include "base/paths.h"
#include "core/bus.h"
#include "core/engines.h"
#include "speech/wire.h"
#include "wake/engine.h"

#include <stdint.h>

enum { STT_WORDS_SHOWN = 20 };

struct stt;

struct stt_deps {
    struct loop *loop;
    struct bus *bus;
    const struct settings *settings;
    const struct paths *paths;
    const struct engines *engines; /* NULL: none is ever there */
    /* Main loop: words of the grammar that nobody can pronounce (JSON array, borrowed). */
    void (*on_unknown)(const struct field_list *words, void *user);
    /* Main loop: the recogniser was lost while an utterance was under way. */
    void (*on_lost)(uint64_t session, void *user);
    /* Main loop: jarvis-stt has heard the wake phrase. */
    void (*on_wake)(const struct wake_hit *hit, void *user);
    void *user; /* borrowed */
};

int stt_new(struct stt **ret, const struct stt_deps *d, struct err *e);
struct stt *stt_free(struct stt *s);
AUTO_DEFINE(struct stt *, stt_free)

/* ---- main loop ---- */
void stt_configure(struct stt *s);                 /* settings changed: phrase, model, threshold */
void stt_wake_elsewhere(struct stt *s);            /* before it starts: another engine listens for the wake word */
void stt_settings_changed(struct stt *s);          /* the recogniser elsewhere, where one is named */
void stt_house(struct stt *s, const cJSON *devices); /* json of MSG_DEVICES: names as a hint to it */
void stt_restart(struct stt *s); /* other model or dictionary: a helper that may read them */
int stt_grammar(struct stt *s, const char *fsg, struct err *e);
/* Pronunciations (struct wire_sound) for unknown words, taken over; loads the grammar again with
 * them. */
void stt_lexicon(struct stt *s, struct field_list *lexicon);
/* From now the result of utterance `serial` belongs to `session`; serial 0: none is expected. */
uint32_t stt_expect(struct stt *s, uint64_t session);
/* Nothing is expected for `session` any more; what belongs to another one stays. False: it was
 * not expected (any more). */
bool stt_forget(struct stt *s, uint64_t session);
uint64_t stt_expects(const struct stt *s);        /* the session that waits; 0: none */
bool stt_can_hear(const struct stt *s);            /* up and configured: an utterance gets a result */
bool stt_is_ready(const struct stt *s);
const char *stt_owes(const struct stt *s);         /* the answer that is owed, in words; NULL: none */
void stt_stats(const struct stt *s, pid_t *pid, unsigned *restarts, unsigned *words,
               unsigned *unknown);
/* Who hears a sentence, in order: [{name, kind, ready}], owned by the caller; NULL: out of memory. */
cJSON *stt_order(const struct stt *s);
/* The first STT_WORDS_SHOWN words of the grammar that nobody can pronounce; borrowed until the next
 * grammar; NULL: none is loaded. */
const cJSON *stt_unknown_words(const struct stt *s);

/* ---- listen thread ---- */
int stt_wake_audio(struct stt *s, uint64_t position, const int16_t *frames, size_t count);
void stt_wake_clear(struct stt *s);
void stt_utt_start(struct stt *s, uint32_t serial, uint64_t position);
/* `quiet_ms`: so long nobody has spoken; 0 also where nothing may be told before the end (MSG_EARLY). */
void stt_utt_audio(struct stt *s, uint64_t position, const int16_t *frames, size_t count,
                   unsigned quiet_ms);
void stt_utt_end(struct stt *s, uint32_t serial);
void stt_utt_drop(struct stt *s, uint32_t serial);
enum wire_state stt_utt_state(const struct stt *s); /* what was heard of it so far */
uint64_t stt_dropped_blocks(const struct stt *s);  /* any thread */

#endif
