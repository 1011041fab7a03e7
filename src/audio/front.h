/* SPDX-License-Identifier: Apache-2.0 */
/* audio/front.h - the capture side's signal chain, 10 ms at a time.
 *
 *   interleaved s16 -> first channel -> 16 kHz -> HPF -+-> tap A (wake word)
 *                                                      +-> VAD -> level control -> tap B
 *
 * The level control stands behind the VAD, so that its gain never moves a decision.
 * Threads: open and done outside real time; the rest is RT-safe; one owner at a time. */
#ifndef JARVIS_AUDIO_FRONT_H
#define JARVIS_AUDIO_FRONT_H

#include "audio/to16k.h"
#include "dsp/hpf.h"
#include "dsp/level.h"
#include "dsp/vad.h"
#include "rt/block.h"

#include <stdbool.h>
#include <stdint.h>

enum { FRONT_FIFO_FRAMES = BLOCK_FRAMES + TO16K_OUT_FRAMES_MAX };

struct front {
    unsigned channels;
    struct to16k to16k;
    struct hpf hpf;
    struct vad vad;
    struct level level;
    uint64_t position; /* of the next block's first sample */
    bool lost;         /* samples are missing before the next block */
    float fifo[FRONT_FIFO_FRAMES]; /* 16 kHz, not yet a block */
    size_t fifo_n;
    float mono[TO16K_IN_FRAMES_MAX]; /* scratch */
};

void front_init(struct front *f);
/* A device of this rate and channel count was opened. Floor, gain and position go on over a
 * device that was lost. -EINVAL, -ENOMEM; untouched then. */
int front_open(struct front *f, unsigned rate_hz, unsigned channels, struct err *e);
void front_done(struct front *f);

/* `count` <= 10 ms of interleaved frames. Take every block before the next push. */
void front_push(struct front *f, const int16_t *frames, size_t count);
/* False: no whole block yet. Muted: digital silence, and nothing is learnt from the sound.
 * Leaves captured_usec to the caller. */
bool front_take(struct front *f, bool muted, struct audio_block *ret);
/* `samples` of 16 kHz never came. */
void front_lost(struct front *f, uint64_t samples);

#endif
