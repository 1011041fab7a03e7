/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wire.h - frames between jarvisd and the speech helpers (over core/rpc.h).
 *
 * jarvis-stt                                               payload
 *   STT_CONFIG      -> once after start                    JSON {model, dictionary, phrase,
 *                                                          threshold_exp, wake (bool)}
 *   STT_CONFIG_OK   <- model loaded (same serial)          JSON {unknown [..]} or {error};
 *                                                          unknown: words of the phrase
 *   STT_GRAMMAR     -> load a grammar                      JSON {fsg (path),
 *                                                          lexicon {word: ["HH AH ..", ..]}}
 *   STT_GRAMMAR_OK  <- loaded (same serial)                JSON {words, unknown [..]} or {error};
 *                                                          the one before stays on error
 *   WAKE_AUDIO      -> struct wire_audio + s16 samples
 *   WAKE_PROGRESS   <- one per WAKE_AUDIO, same serial     struct wire_progress
 *   WAKE_CLEAR      -> forget the stream so far
 *   UTT_START       -> serial names the utterance, as in    struct wire_audio (no samples)
 *                      UTT_END, UTT_RESULT and UTT_DROP
 *   UTT_AUDIO       -> struct wire_audio + samples
 *   UTT_PROGRESS    <- one per UTT_AUDIO, same serial      struct wire_progress (position)
 *   UTT_END         -> no more samples
 *   UTT_RESULT      <- exactly one per UTT_END             JSON {text, other?, rejected, broken
 *                                                          (bool), words, margin, cpu_ms,
 *                                                          audio_ms, late_ms} or {error};
 *                                                          other: a sentence that fits about as
 *                                                          well; broken: the end of text was not
 *                                                          heard; late_ms: work after UTT_END
 *   UTT_DROP        -> forget the utterance, no result
 * jarvis-tts
 *   TTS_SPEAK       -> serial names the sentence           JSON {text, voice, language, rate_wpm}
 *   TTS_AUDIO       <- any number                          struct wire_speech + s16 samples
 *   TTS_END         <- exactly one per TTS_SPEAK           JSON {frames, rate_hz} or {error}
 *   TTS_CANCEL      -> serial; TTS_END with error "cancelled" follows unless it was out already
 *   TTS_PHONEMES    ->                                     JSON {words [..], language}
 *   TTS_PHONEMES_OK <-                                     JSON {word: "kirshenbaum", ..}
 * Frames of sound (WAKE_AUDIO, UTT_AUDIO) are numbered by their serials.
 * Samples are mono, host order; WAKE and UTT at 16 kHz, TTS at wire_speech.rate_hz. */
#ifndef JARVIS_SPEECH_WIRE_H
#define JARVIS_SPEECH_WIRE_H

#include "core/helper.h"

#include <stdint.h>

enum {
    STT_CONFIG = RPC_OWN,
    STT_CONFIG_OK,
    STT_GRAMMAR,
    STT_GRAMMAR_OK,
    WAKE_AUDIO,
    WAKE_PROGRESS,
    WAKE_CLEAR,
    UTT_START,
    UTT_AUDIO,
    UTT_PROGRESS,
    UTT_END,
    UTT_RESULT,
    UTT_DROP,
    TTS_SPEAK,
    TTS_AUDIO,
    TTS_END,
    TTS_CANCEL,
    TTS_PHONEMES,
    TTS_PHONEMES_OK,
};

enum { WIRE_FRAMES_MAX = 8000 }; /* samples in one frame */

struct wire_audio {
    uint64_t position; /* first sample's number in the 16 kHz stream */
};

/* What an utterance is up to the newest sample, as far as anyone can tell. */
enum wire_state {
    WIRE_NOTHING, /* no word but the wake phrase */
    WIRE_BEGUN,   /* a sentence that cannot end here */
    WIRE_WHOLE,   /* a sentence, or speech that is none */
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

#endif
