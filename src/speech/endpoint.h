/* SPDX-License-Identifier: Apache-2.0 */
/* speech/endpoint.h - when a sentence begins and ends: by the voice, its loudness and the words.
 *
 *     wake word | rest of it | gap    v v v v v v . v v . . . . . .
 *     L: its loudness          start ^                      end ^
 *
 * Start: START_VOICED blocks of the talker's voice among the last START_BLOCKS, so that a click
 * starts nothing. Voice that goes on without a gap from the wake word is the wake word, until the
 * recogniser hears another word or it has gone on for JOINED_MS.
 *
 * End, whichever comes first:
 *     the recogniser has a sentence that is final (no likely word goes on with it) since silence_ms, and
 *         either nobody has spoken for silence_ms, or the talker has not for twice as long;
 *     it has a whole one that may go on ("turn off everything" "... in the kitchen") since silence_ms,
 *         and nobody has spoken for twice as long;
 *     nobody has spoken for patience_ms, or the talker has not for FAR_MS longer;
 *     max_ms since the start; no_speech_ms without one.
 * A sentence that ends with no word but the wake word soon after it is none: it waits anew.
 *
 * The talker is told from a television by loudness alone: his voice stands above L - NEAR_DB, where
 * L is what nine in sixty of the wake word's blocks reach (the 85th percentile), then the same of
 * the sentence's own voiced blocks, but never more than FOLLOW_DB from the wake word: people speak
 * softer after it, and a loud television must not become the talker. Speaker embeddings did not
 * tell them apart; a fixed L cuts those who go on softer.
 *
 * Our own sound (the chime) neither begins, holds up nor ends anything: its blocks count as time only.
 * A click or a single block of voice does not hold the end up (HOLD_VOICED of HOLD_BLOCKS).
 * Source: measured, docs/adr/0021-end-of-a-sentence.md.
 * Threads: one owner; caller's memory, no heap. */
#ifndef JARVIS_SPEECH_ENDPOINT_H
#define JARVIS_SPEECH_ENDPOINT_H

#include "core/msg.h"
#include "speech/wire.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ENDPOINT_START_BLOCKS = 10, ENDPOINT_START_VOICED = 6,
    ENDPOINT_HOLD_BLOCKS = 5, ENDPOINT_HOLD_VOICED = 2,
    ENDPOINT_JOINED_MS = 600,    /* the rest of a wake word is shorter */
    ENDPOINT_GAP_BLOCKS = 8,     /* without voice: the wake word is over */
    ENDPOINT_WAKE_ONLY_MS = 1500, /* no word within it: somebody thinks before he speaks */
    ENDPOINT_FAR_MS = 200,
    ENDPOINT_NEAR_DB = 7, ENDPOINT_FOLLOW_DB = 6,
    ENDPOINT_MEAN_BLOCKS = 10,   /* loudness is the mean power of so many */
    ENDPOINT_LEVEL_BLOCKS = 60,  /* of the wake word's end that tell its loudness */
    ENDPOINT_LEVEL_LEAST = 30,   /* voiced blocks of the sentence that tell it anew */
    ENDPOINT_BINS = 200,         /* of half a dB, from -100 dBFS */
};

struct endpoint_opts {
    int silence_ms;   /* that ends a final sentence, and twice that a whole one */
    int patience_ms;  /* that ends any; not less than silence_ms */
    int max_ms;       /* from its start */
    int no_speech_ms; /* from the first block */
};

struct endpoint_block { /* 10 ms */
    int64_t at_usec;       /* when it was captured */
    float level_db;        /* dBFS */
    bool voiced;           /* speech/voiced.h */
    bool ours;             /* what is heard in it is our own sound */
    enum wire_state state; /* what the recogniser has heard up to about now */
};

enum endpoint_event { ENDPOINT_NOTHING, ENDPOINT_STARTED, ENDPOINT_ENDED };

struct loudness { /* percentile of levels */
    uint16_t counts[ENDPOINT_BINS];
    unsigned n;
};

struct endpoint {
    struct endpoint_opts opts;
    uint32_t recent, recent_near; /* the last blocks' voice and the talker's, newest in bit 0 */
    float power[ENDPOINT_MEAN_BLOCKS]; /* of the last blocks, newest at block % MEAN_BLOCKS */
    unsigned block;             /* how many there were */
    float wake[ENDPOINT_LEVEL_BLOCKS]; /* the wake word's levels */
    unsigned wake_n;            /* how many there were; 0: nobody woke it by a word */
    float wake_db;              /* their percentile */
    struct loudness talk;       /* of the sentence's voiced blocks */
    int since_wake_ms;          /* since the first block; a wait anew does not set it back */
    int elapsed_ms;             /* since the first block, or since the start */
    int quiet_ms;               /* since anybody's last voiced block */
    int far_ms;                 /* since the talker's */
    int whole_ms, final_ms;     /* since which the recogniser has a whole sentence, a final one */
    bool joined;                /* the voice of the wake word still goes on */
    bool started;
    enum end_reason reason;     /* after ENDPOINT_ENDED */
    int64_t last_voiced_usec;   /* capture time of the talker's last block that counted; 0: none */
    int64_t first_voiced_usec;  /* of the block with which the sentence began */
};

void endpoint_init(struct endpoint *p, const struct endpoint_opts *o);
/* A block of the wake word, in their order, before the first step. */
void endpoint_wake(struct endpoint *p, float level_db);
/* After ENDPOINT_ENDED: init anew, or step on: it comes again while its reason lasts. */
enum endpoint_event endpoint_step(struct endpoint *p, const struct endpoint_block *b);
/* How loud the talker is, dBFS; -INFINITY: not known, everybody is the talker. */
float endpoint_talker_db(const struct endpoint *p);

#endif
