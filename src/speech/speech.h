/* SPDX-License-Identifier: Apache-2.0 */
/* speech/speech.h - ears and voice: the listen thread (wake word, endpoint), and the
 * client side of jarvis-stt and jarvis-tts.
 *
 *   audio blocks -> listen (wake feed | utterance) -> helper jarvis-stt -> MSG_WAKE,
 *       MSG_SPEECH_START, MSG_EARLY, MSG_SPEECH_END, MSG_TRANSCRIPT
 *   MSG_SAY -> jarvis-tts -> play source -> MSG_SAY_START, MSG_SAID
 *   MSG_GRAMMAR -> jarvis-stt; words it cannot pronounce -> jarvis-tts' phonemes -> lexicon
 *
 * Helper killed: the utterance or sentence under way is answered with MSG_TRANSCRIPT
 * -ECONNRESET or MSG_SAID -ECONNRESET after the apology (rendered at start and kept) was
 * played; the supervisor brings the helper back, grammar and settings are sent again.
 * Threads: main loop, but the listen thread inside. Takes its messages from the bus. */
#ifndef JARVIS_SPEECH_SPEECH_H
#define JARVIS_SPEECH_SPEECH_H

#include "audio/audio.h"
#include "base/paths.h"
#include "core/bus.h"
#include "core/engines.h"
#include "core/health.h"
#include "core/settings.h"
#include "speech/bank.h"

struct speech;

struct speech_deps { /* all borrowed; they outlive speech */
    struct loop *loop;
    struct bus *bus;
    struct audio *audio;
    struct health *health; /* may be NULL */
    const struct settings *settings;
    const struct paths *paths;
    const struct engines *engines; /* NULL: none is ever there */
    /* Does anybody look at the level? Asked once a second; NULL: nobody ever does. */
    bool (*level_wanted)(void *user);
    void *user;
};

int speech_new(struct speech **ret, const struct speech_deps *d, struct err *e);
struct speech *speech_free(struct speech *s); /* stops the thread and the helpers */
AUTO_DEFINE(struct speech *, speech_free)
int speech_start(struct speech *s, struct err *e); /* starts the listen thread (real clock) */

/* Virtual clock: takes all captured blocks and moves playback on, synchronously. */
void speech_step(struct speech *s);
/* A helper owes an answer that the virtual clock must wait for (wake progress, transcript,
 * synthesis, grammar, start of a helper). */
bool speech_is_busy(const struct speech *s);
const char *speech_owes(const struct speech *s); /* which one, in words; NULL: none */
/* Both helpers are up and the grammar (if one was sent) is loaded. */
bool speech_is_ready(const struct speech *s);

struct speech_stats {
    pid_t stt_pid, tts_pid;
    unsigned stt_restarts, tts_restarts;
    uint64_t dropped_blocks; /* the recogniser did not keep up */
    bool wake_is_on;
    bool has_network; /* tells voices from noise; false: the loudness does */
    struct bank_stats bank;
    unsigned grammar_words, grammar_unknown; /* words in it; words nobody can pronounce */
};
void speech_stats(const struct speech *s, struct speech_stats *ret);
/* What is to be said to wake it; borrowed. */
const char *speech_wake_phrase(const struct speech *s);
cJSON *speech_order(const struct speech *s); /* as stt_order() */
/* Words of the grammar that nobody can pronounce, some of them; borrowed; NULL: not known. */
const cJSON *speech_unknown_words(const struct speech *s);

#endif
