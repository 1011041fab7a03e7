/* SPDX-License-Identifier: Apache-2.0 */
/* audio/chain.h - the capture side's stages, in order; a further stage is a further row.
 *
 *     microphones --row 0--> .. --row k--+--> .. --row n-1--+
 *                                        '-> tap            '-> tap
 *
 * Each row says what is tapped behind it. The chain owns the stages' memory and the planar
 * buffers between them.
 * Threads: new and free outside real time; run, clear and latency are RT-safe; one owner. */
#ifndef JARVIS_AUDIO_CHAIN_H
#define JARVIS_AUDIO_CHAIN_H

#include "base/cleanup.h"
#include "base/err.h"
#include "dsp/stage.h"

enum chain_tap {
    CHAIN_WAKE,   /* tap A: for the wake word */
    CHAIN_SPEECH, /* tap B: for VAD, endpoint and recognition */
    CHAIN_TAPS
};

enum { CHAIN_STAGES_MAX = 16 };

struct chain_row {
    const struct stage *stage;
    unsigned taps; /* 1 << enum chain_tap: taken behind it, its first channel */
};

extern const struct chain_row chain_rows[]; /* the product's */
extern const size_t chain_rows_n;

struct chain;
/* Versions are compared, each tap must be taken exactly once. -EINVAL with the stage's name,
 * -ENOMEM. `rows` are borrowed. */
int chain_new(struct chain **ret, const struct chain_row *rows, size_t n, unsigned channels,
              struct err *e);
struct chain *chain_free(struct chain *c);
AUTO_DEFINE(struct chain *, chain_free)
/* RT-safe from here on. One block of STAGE_FRAMES; tap[i] has room for one. */
void chain_run(struct chain *c, const float *const rec[], const float *const play[],
               float *const tap[CHAIN_TAPS], struct stage_note *note);
void chain_clear(struct chain *c);
unsigned chain_latency(const struct chain *c, enum chain_tap tap); /* frames */

#endif
