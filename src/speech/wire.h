/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wire.h - frames between jarvisd and the speech helpers (over core/rpc.h).
 *
 * jarvis-stt                                               payload
 *   STT_CONFIG      -> once after start                    JSON of wire_config
 *   STT_CONFIG_OK   <- model loaded (same serial)          JSON of wire_loaded; unknown: words of
 *                                                          the phrase
 *   STT_GRAMMAR     -> load a grammar                      JSON of wire_grammar
 *   STT_GRAMMAR_OK  <- loaded (same serial)                JSON of wire_loaded; where it could not
 *                                                          be, the one before stays
 *   WAKE_AUDIO      -> struct wire_audio + s16 samples
 *   WAKE_PROGRESS   <- one per WAKE_AUDIO, same serial     struct wire_progress
 *   WAKE_CLEAR      -> forget the stream so far
 *   UTT_START       -> serial names the utterance, as in    struct wire_audio (no samples)
 *                      UTT_EARLY, UTT_END, UTT_RESULT
 *                      and UTT_DROP
 *   UTT_AUDIO       -> struct wire_audio + samples
 *   UTT_PROGRESS    <- one per UTT_AUDIO, same serial      struct wire_progress (position)
 *   UTT_EARLY       <- at most one an utterance, before    JSON of wire_result: whole, sure, and nothing
 *                      its result                          likely follows; only after a quiet_ms
 *   UTT_END         -> no more samples
 *   UTT_RESULT      <- exactly one per UTT_END             JSON of wire_result
 *   UTT_DROP        -> forget the utterance, no result
 * jarvis-tts
 *   TTS_SPEAK       -> serial names the sentence           JSON of wire_speak
 *   TTS_AUDIO       <- any number                          struct wire_speech + s16 samples
 *   TTS_END         <- exactly one per TTS_SPEAK           JSON of wire_spoken
 *   TTS_CANCEL      -> serial; TTS_END with error "cancelled" follows unless it was out already
 *   TTS_PHONEMES    ->                                     JSON of wire_words
 *   TTS_PHONEMES_OK <-                                     JSON of wire_sounds
 *
 * The JSON of each is a struct and a table (base/fields.h) in wire.c, which both sides use: a new
 * field is one member and one row. Instead of it an answer may be {"error": words}. What is wrong,
 * missing or of no table is refused with words that name it; neither side falls over it.
 * Frames of sound (WAKE_AUDIO, UTT_AUDIO) are numbered by their serials.
 * Samples are mono, host order; WAKE and UTT at 16 kHz, TTS at wire_speech.rate_hz. */
#ifndef JARVIS_SPEECH_WIRE_H
#define JARVIS_SPEECH_WIRE_H

#include "base/fields.h"
#include "base/must.h"
#include "core/helper.h"

#include <stdint.h>

/* Programs from elsewhere know these numbers (docs/engines.md): a new kind takes the next one that is free. */
enum {
    STT_CONFIG = RPC_OWN,
    STT_CONFIG_OK = 17,
    STT_GRAMMAR = 18,
    STT_GRAMMAR_OK = 19,
    WAKE_AUDIO = 20,
    WAKE_PROGRESS = 21,
    WAKE_CLEAR = 22,
    UTT_START = 23,
    UTT_AUDIO = 24,
    UTT_PROGRESS = 25,
    UTT_END = 26,
    UTT_RESULT = 27,
    UTT_DROP = 28,
    TTS_SPEAK = 29,
    TTS_AUDIO = 30,
    TTS_END = 31,
    TTS_CANCEL = 32,
    TTS_PHONEMES = 33,
    TTS_PHONEMES_OK = 34,
    UTT_EARLY = 35,
};
must_const(RPC_OWN == 16);

/* Of all that stands here; a dictation engine of another one is not used. */
enum { WIRE_VERSION = 1 };

enum { WIRE_FRAMES_MAX = 8000 }; /* samples in one frame */

struct wire_audio {
    uint64_t position; /* first sample's number in the 16 kHz stream */
    uint32_t quiet_ms; /* UTT_AUDIO: so long nobody has spoken; 0: somebody speaks, or UTT_EARLY is not wanted */
    uint32_t pad;
};

/* What an utterance is up to the newest sample, as far as anyone can tell. */
enum wire_state {
    WIRE_NOTHING, /* no word but the wake phrase */
    WIRE_BEGUN,   /* a sentence that cannot end here */
    WIRE_WHOLE,   /* a sentence that may go on */
    WIRE_FINAL,   /* a sentence that no likely word goes on with, or speech that is none */
};

struct wire_progress {
    uint64_t position; /* everything before this sample was listened to */
    uint64_t from_position, to_position; /* the wake word, when heard */
    double score;
    uint32_t heard; /* 1: the wake word was heard */
    uint32_t state; /* UTT_PROGRESS: enum wire_state; else 0 */
};

struct wire_speech {
    uint32_t rate_hz;
    uint32_t pad;
};

/* ---- heads in JSON: texts and lists are owned by the struct ------------------------------- */

enum {
    WIRE_WORDS_MAX = 512,         /* in one list */
    WIRE_WORD_BYTES_MAX = 255,
    WIRE_SOUND_BYTES_MAX = 1023,
    WIRE_ROOM_BYTES = 56 * 1024,  /* of one list of words or sounds, so that it fits into a frame */
    WIRE_SPEAK_BYTES_MAX = 16384, /* the voice itself speaks less */
};

struct wire_config {
    char *model, *dictionary; /* folder, file */
    char *embedding;          /* file of the speech embedding's weights; NULL: none is wanted */
    char *phrase;             /* wake phrase; "": none */
    int threshold_exp;        /* 10^x; the higher, the surer it must be */
    bool wake;                /* listen to the phrase */
    char *language;           /* NULL: English, by the package's model; else of an engine: phones and words are
                               * those of its dictionary */
};

struct wire_sound {
    char *word, *sound; /* "HH AH .." to jarvis-stt, Kirshenbaum from jarvis-tts */
};

struct wire_grammar {
    char *fsg;                 /* its file */
    struct field_list lexicon; /* struct wire_sound; of words that no dictionary knows */
};

struct wire_loaded {
    char *embedding; /* why there is none; NULL: there is, or it is not installed */
    unsigned wire;             /* WIRE_VERSION of its side */
    unsigned words, unknown_n; /* how many; of these without a pronunciation */
    struct field_list unknown; /* char *; the first WIRE_WORDS_MAX of them, or as many as fit */
};

struct wire_result {
    char *text;            /* "": nothing was understood */
    char *other;           /* NULL, or a sentence that fits about as well */
    bool rejected, broken; /* no sentence fits; the end of text was not heard */
    unsigned words;        /* in text */
    int margin;            /* between text and other */
    double misfit;         /* how badly text fits the sound: 0 well, 12 and more not at all */
    double cpu_ms, audio_ms, late_ms; /* late_ms: work after UTT_END */
};

struct wire_speak {
    char *text, *voice, *language; /* voice "": the language's */
    unsigned rate_wpm;
};

struct wire_spoken {
    uint64_t frames; /* sent in TTS_AUDIO */
    unsigned rate_hz;
};

struct wire_words {
    struct field_list words; /* char * */
    char *language;
};

struct wire_sounds {
    struct field_list words; /* struct wire_sound, of those that can be said */
};

/* wire_<head>_fields, and wire_<head>_done(), which frees what the struct owns and zeroes it. */
#define WIRE_HEAD(head)                                        \
    extern const struct fields wire_##head##_fields;           \
    static inline void wire_##head##_done(struct wire_##head *h) \
    {                                                          \
        fields_done(h, &wire_##head##_fields);                 \
    }
WIRE_HEAD(config)
WIRE_HEAD(grammar)
WIRE_HEAD(loaded)
WIRE_HEAD(result)
WIRE_HEAD(speak)
WIRE_HEAD(spoken)
WIRE_HEAD(words)
WIRE_HEAD(sounds)
#undef WIRE_HEAD

/* What was asked. -EBADMSG with words; *ret untouched on failure, as of the next. */
int wire_take(void *ret, const struct fields *head, const struct rpc_frame *f, struct err *e);
/* What was answered. -EREMOTEIO: it could not, in the words of the other side; -EBADMSG. */
int wire_answer_take(void *ret, const struct fields *head, const struct rpc_frame *f, struct err *e);
/* {"error": words}, owned by the caller; NULL: out of memory. A head itself is written by
 * fields_put(). */
cJSON *wire_error_json(const char *words);

/* Add to a list that must fit into one frame: *room begins as WIRE_ROOM_BYTES and shrinks.
 * -ENOSPC: the list or the frame is full; -EINVAL: it could not be taken (empty, too long, a control
 * character); -ENOMEM. The list is as it was on failure. */
int wire_word_add(struct field_list *to, size_t *room, const char *word);
int wire_sound_add(struct field_list *to, size_t *room, const char *word, const char *sound);

#endif
