/* SPDX-License-Identifier: Apache-2.0 */
/* rt/denormal.h - flush-to-zero for the calling thread.
 *
 * A recursive filter that rings out into silence ends in denormal numbers, which cost up to
 * a hundred times the time of normal ones on some cores. Sound does not need them.
 * Threads: acts on the calling thread only; RT-safe. */
#ifndef JARVIS_RT_DENORMAL_H
#define JARVIS_RT_DENORMAL_H

#include <stdint.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

static inline void denormal_flush(void)
{
#if defined(__SSE__)
    enum { FLUSH_RESULTS = 0x8000, READ_AS_ZERO = 0x0040 };

    _mm_setcsr(_mm_getcsr() | FLUSH_RESULTS | READ_AS_ZERO);
#elif defined(__aarch64__)
    uint64_t fpcr;

    __asm__ __volatile__("mrs %0, fpcr" : "=r"(fpcr));
    fpcr |= UINT64_C(1) << 24;
    __asm__ __volatile__("msr fpcr, %0" : : "r"(fpcr));
#endif
}

#endif
