/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/hpf.h - removes what is no speech at the low end: a first-order DC block (5 Hz) and a
 * second-order Butterworth high-pass at 80 Hz.
 * Source: R. Bristow-Johnson, Audio EQ Cookbook (high-pass, Q = 1/sqrt 2).
 * Threads: caller's memory, no heap; RT-safe. */
#ifndef JARVIS_DSP_HPF_H
#define JARVIS_DSP_HPF_H

#include <stddef.h>

struct hpf {
    float dc_pole;            /* coefficient of the DC block */
    float b0, b1, b2, a1, a2; /* biquad, a0 = 1 */
    float dc_in, dc_out;      /* state */
    float z1, z2;             /* state, transposed direct form 2 */
};

void hpf_init(struct hpf *h, unsigned rate_hz);
void hpf_clear(struct hpf *h);
void hpf_run(struct hpf *h, float *samples, size_t count); /* in place */

#endif
