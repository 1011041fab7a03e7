/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/level.h - brings speech slowly to one loudness; never clips.
 *
 * Loudness is followed on voiced blocks only, so the gain stands still in pauses. Up
 * 10 dB/s, down 30 dB/s, gain within -20..+24 dB, target -23 dBFS. A limiter that sees the
 * whole block lowers the gain ahead of a peak that would pass -1 dBFS.
 * Threads: caller's memory, no heap; RT-safe. */
#ifndef JARVIS_DSP_LEVEL_H
#define JARVIS_DSP_LEVEL_H

#include <stdbool.h>
#include <stddef.h>

#define LEVEL_FLOOR_DB (-100.0f) /* what digital silence measures */

struct level {
    float speech_db; /* loudness of voiced blocks, smoothed; before gain */
    float gain_db;   /* wanted now, limits applied */
    float gain;      /* linear, at the end of the last block, limiter included */
    bool heard;      /* speech_db holds something */
};

float level_rms_db(const float *samples, size_t count); /* dBFS of the RMS, >= LEVEL_FLOOR_DB */
void level_init(struct level *l);
/* In place on one 10 ms block (count <= 480); `rms_db` is the block's level_rms_db(). */
void level_run(struct level *l, float *samples, size_t count, float rms_db, bool voiced);

#endif
