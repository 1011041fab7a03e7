/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/decimate.h - 48 kHz to 16 kHz by a 192-tap linear-phase FIR.
 *
 * Kaiser window, beta 9.5, cut-off 7.4 kHz: aliases at least 95 dB down (above 8.6 kHz),
 * -1 dB at 7.1 kHz, delay 95.5 input samples (2.0 ms). Computed in three phases, so that
 * the inner loop runs over outputs and compilers vectorise it.
 * Source: Oppenheim & Schafer, Discrete-Time Signal Processing, window method; Crochiere &
 * Rabiner, polyphase decimators.
 * Threads: caller's memory, no heap; RT-safe. */
#ifndef JARVIS_DSP_DECIMATE_H
#define JARVIS_DSP_DECIMATE_H

enum {
    DECIMATE_FACTOR = 3,
    DECIMATE_TAPS = 192,
    DECIMATE_OUT_FRAMES = 160,
    DECIMATE_IN_FRAMES = DECIMATE_OUT_FRAMES * DECIMATE_FACTOR,
    DECIMATE_PHASE_TAPS = DECIMATE_TAPS / DECIMATE_FACTOR,
    DECIMATE_PHASE_FRAMES = DECIMATE_PHASE_TAPS - 1 + DECIMATE_OUT_FRAMES,
};

struct decimate {
    float taps[DECIMATE_FACTOR][DECIMATE_PHASE_TAPS];
    /* input samples 3m + p stand in phases[p][m]; the first 63 of each are history */
    float phases[DECIMATE_FACTOR][DECIMATE_PHASE_FRAMES];
};

void decimate_init(struct decimate *d);
void decimate_clear(struct decimate *d); /* forgets the signal, keeps the taps */
/* One period of 10 ms: DECIMATE_IN_FRAMES samples in, DECIMATE_OUT_FRAMES out; no overlap. */
void decimate_run(struct decimate *d, const float *in, float *out);

#endif
