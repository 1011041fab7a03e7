/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/kaiser.h - the Kaiser window, for the tables of the FIR filters.
 * Source: Oppenheim & Schafer, Discrete-Time Signal Processing, window method.
 * Threads: no state; for set-up, it is slow. */
#ifndef JARVIS_DSP_KAISER_H
#define JARVIS_DSP_KAISER_H

#include <math.h>

/* Modified Bessel function of the first kind, order 0, by its power series. */
static inline double kaiser_bessel(double x)
{
    double sum = 1.0, term = 1.0;

    for (int k = 1; k < 64 && term > sum * 1e-16; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* At x of -1..1, 0 in the middle; 0 outside. */
static inline double kaiser(double x, double beta)
{
    if (x < -1.0 || x > 1.0)
        return 0.0;
    return kaiser_bessel(beta * sqrt(1.0 - x * x)) / kaiser_bessel(beta);
}

#endif
