/* SPDX-License-Identifier: Apache-2.0 */
/* rt/block.h - the unit of sound between capture and the listen thread.
 *
 * 10 ms of 16 kHz mono after the front end. int16 full scale is +-32767; the float
 * domain of dsp/ uses the same scale divided by 32768 (so +-1.0).
 * Threads: plain values; copied through rt/ring.h. */
#ifndef JARVIS_RT_BLOCK_H
#define JARVIS_RT_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { BLOCK_RATE_HZ = 16000, BLOCK_FRAMES = 160, BLOCK_MS = 10 };

struct audio_block {
    uint64_t position;          /* first sample's number since the stream began, at 16 kHz */
    int64_t captured_usec;      /* monotonic time at which its last sample was read */
    float level_db;             /* RMS of the block before level control, dBFS */
    float noise_db;             /* noise floor estimate, dBFS */
    bool voiced;                /* VAD decision without hang-over */
    bool lost_before;           /* samples are missing before this block (xrun, unplug, overrun) */
    int16_t wake[BLOCK_FRAMES]; /* tap A: for the wake word */
    int16_t pcm[BLOCK_FRAMES];  /* tap B: for VAD, endpoint and recognition */
};

#endif
