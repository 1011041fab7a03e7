/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/times.h - microseconds, and their order. Included by bench programs only. */
#ifndef JARVIS_TESTS_BENCH_TIMES_H
#define JARVIS_TESTS_BENCH_TIMES_H

#include <time.h>

/* CLOCK_MONOTONIC, or CLOCK_THREAD_CPUTIME_ID: this thread alone, which other programs cost nothing. */
static inline double times_usec(clockid_t which)
{
    struct timespec t;

    clock_gettime(which, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* For qsort(). */
static inline int times_compare(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

#endif
