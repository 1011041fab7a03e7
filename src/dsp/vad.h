/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/vad.h - is someone speaking? Energy against a noise floor found by minimum tracking.
 *
 * The block's level, smoothed, is voiced when it stands 6 dB above the floor; the floor is
 * the smallest smoothed level of the last 3 s, longer than most sentences go without a pause.
 * The decision has no hang-over: the endpoint adds its own.
 * Source: R. Martin, "Spectral subtraction based on minimum statistics", EUSIPCO 1994,
 * on the power of the whole band.
 * Threads: caller's memory, no heap; RT-safe. */
#ifndef JARVIS_DSP_VAD_H
#define JARVIS_DSP_VAD_H

#include <stdbool.h>

enum { VAD_SLOTS = 12 };

struct vad {
    float smooth_db;          /* level of the last blocks */
    float noise_db;           /* floor estimate */
    float slots_db[VAD_SLOTS]; /* minimum of each quarter second, newest at `slot` */
    unsigned slot, in_slot;   /* blocks in the newest */
    bool begun;
};

void vad_init(struct vad *v);
/* One 10 ms block of the given level, dBFS. */
bool vad_run(struct vad *v, float rms_db);
float vad_least_db(const struct vad *v); /* the floor, also where it is too soft to be believed */
/* Another microphone is heard from now on, whose floor is so much louder. */
void vad_shift(struct vad *v, float by_db);

#endif
