/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_word.h - one word that a microWakeWord model listens for: manifest, network, decision.
 *
 *     {"type": "micro", "version": 2, "wake_word": "Hey Jarvis", "model": "hey_jarvis.tflite",
 *      "author": ..., "trained_languages": ["en"],
 *      "micro": {"probability_cutoff": 0.97, "sliding_window_size": 5, "feature_step_size": 10}}
 *
 * Heard is a word when the sum of the last `window` answers is above cutoff x window. Nothing is
 * believed in the first 74 rows after a start or a detection, and those only count on while the
 * newest answer is below the cutoff, so that one long word is not heard twice.
 * Source: ESPHome's description of manifest and rule (2025); no code.
 * Threads: a word belongs to one owner; loading reads files, the rest allocates nothing. */
#ifndef JARVIS_WAKE_MICRO_WORD_H
#define JARVIS_WAKE_MICRO_WORD_H

#include "wake/micro_front.h"
#include "wake/micro_net.h"

#include <stdbool.h>
#include <stddef.h>

enum { MICRO_NAME = 64, MICRO_WINDOW_MAX = 100, MICRO_ROWS_MAX = 64, MICRO_COOL_ROWS = 74,
       MICRO_MANIFEST_MAX = 64 << 10 };

struct micro_manifest {
    char phrase[MICRO_NAME]; /* "Hey Jarvis" */
    char model[MICRO_NAME];  /* a file name without a path, beside the manifest */
    double cutoff;           /* 0..1 */
    unsigned window;         /* answers */
    unsigned step_ms;        /* of the front end: 10, 20 or 30 */
    unsigned version;        /* 1 or 2 */
};

struct micro_word {
    struct micro_manifest about;
    struct micro_net *net; /* owned */
    unsigned cutoff;       /* 0..255 */
    uint8_t answers[MICRO_WINDOW_MAX];
    unsigned next, sum;
    unsigned heard; /* the sum at the last detection */
    int8_t rows[MICRO_ROWS_MAX][MICRO_BANDS];
    unsigned rows_n;
    int cool; /* rows until it may be believed, negative */
};

/* -EBADMSG no JSON; errors of fields_take(); -EINVAL no manifest of a microWakeWord model, named. */
int micro_manifest_parse(struct micro_manifest *ret, const void *buf, size_t len, struct err *e);
/* Manifest and the model beside it. `cutoff` 0: the manifest's. Errors of file_read(),
 * micro_manifest_parse() and micro_net_parse(). */
int micro_word_load(struct micro_word *ret, const char *manifest_path, double cutoff, struct err *e);
/* The same from bytes. */
int micro_word_init(struct micro_word *ret, const struct micro_manifest *about, double cutoff,
                    const void *model, size_t len, struct err *e);
void micro_word_done(struct micro_word *w);
void micro_word_clear(struct micro_word *w); /* silence was before; nothing is believed for a while */
/* A row of the front end: the answers go on, nothing is decided. */
void micro_word_row(struct micro_word *w, const uint16_t row[MICRO_BANDS]);
/* Heard just now? Then it begins anew; asked once behind each row. A model that tells voices from
 * noise is only looked at (micro_word_is_above()), so that it keeps what it has heard. */
bool micro_word_heard(struct micro_word *w);
/* Mean of the last answers, 0..1; and at the last detection. */
double micro_word_score(const struct micro_word *w);
double micro_word_heard_score(const struct micro_word *w);
bool micro_word_is_above(const struct micro_word *w); /* the mean above the cutoff, now? */

#endif
