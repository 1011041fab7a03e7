/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/rational.h - one fixed rate to another, whose ratio is a fraction of small numbers
 * (44.1 kHz to 16 kHz is 160/441), by a polyphase FIR.
 *
 *     in  . . . . . . . . .      output m stands at input m * down / up; of the `up` sets of
 *     out    |      |      |     taps the one is taken that belongs to the place between two
 *                                input samples
 *
 * Kaiser window, beta 9.5, 64 taps of the slower rate long, cut-off 0.4625 of it: aliases 95 dB
 * down, -1 dB at 0.44 (44.1 -> 16 kHz: 7.1 kHz), delay 2 ms at 16 kHz. The table is computed at
 * set-up (115 kB for 44.1 kHz) and may be shared by channels.
 * Source: Crochiere & Rabiner, Multirate Digital Signal Processing, ch. 3.
 * Threads: new and free outside real time; run and clear are RT-safe; the table is constant. */
#ifndef JARVIS_DSP_RATIONAL_H
#define JARVIS_DSP_RATIONAL_H

#include <stdbool.h>
#include <stddef.h>

enum {
    RATIONAL_UP_MAX = 640,     /* sets of taps; more is not worth its memory */
    RATIONAL_TAPS_MAX = 1024,  /* of one set */
    RATIONAL_IN_FRAMES_MAX = 1920, /* a call */
};

struct rational_table {
    unsigned up, down, taps;
    float set[]; /* [up][taps] */
};

struct rational {
    const struct rational_table *table; /* borrowed */
    size_t at;       /* of the next output's first tap in `line` */
    unsigned phase;  /* of the next output, < up */
    size_t line_n;
    float line[RATIONAL_TAPS_MAX + RATIONAL_IN_FRAMES_MAX];
};

/* Is the ratio one of small numbers? */
bool rational_fits(unsigned in_hz, unsigned out_hz);
/* Owned by the caller, free() it. NULL: out of memory, or the ratio does not fit. */
struct rational_table *rational_table_new(unsigned in_hz, unsigned out_hz);
void rational_init(struct rational *r, const struct rational_table *table);
/* RT-safe from here on. */
void rational_clear(struct rational *r); /* forgets the signal */
/* `count` <= RATIONAL_IN_FRAMES_MAX; returns frames put to `out`, count * up / down + 1 at most. */
size_t rational_run(struct rational *r, const float *in, size_t count, float *out);

#endif
