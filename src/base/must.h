/* SPDX-License-Identifier: Apache-2.0 */
/* base/must.h - what has to hold, stated where it is relied on.
 *
 *   must(x)       An invariant that costs nothing to test: a state, a counter, who owns what. In
 *                 every build. Violated: tests (MUST_ABORT in the environment) and sanitizer, debug
 *                 and fuzz builds stop; a release counts it and evaluates to false, so that the
 *                 caller fails this operation and not the box:
 *                     if (!must(q->n <= QUEUE_MAX)) return -EINVAL;
 *   invariant(x)  The same for what is dear to test (walks a list, runs per sample): evaluated in
 *                 sanitizer, debug and fuzz builds only.
 *   must_const(x) What the compiler can tell.
 *
 * Never for input from outside: that gets an error with words. No side effects in x.
 * Threads: any. */
#ifndef JARVIS_BASE_MUST_H
#define JARVIS_BASE_MUST_H

#include <stdbool.h>
#include <stdint.h>

/* Set by the Makefile for sanitizer, debug and fuzz builds. */
#ifndef JARVIS_STRICT
#define JARVIS_STRICT 0
#endif

#define MUST_TEXT_(x) #x
#define MUST_TEXT(x) MUST_TEXT_(x)

/* `what` is a constant. Counts; prints it and aborts in a strict build or with MUST_ABORT set.
 * Always false. */
bool must_fail(const char *what);
uint64_t must_broken(void);       /* how many were violated since the start */
const char *must_broken_at(void); /* "file:line: condition" of the first; NULL: none */

#define must(x) \
    (__builtin_expect(!!(x), 1) ? true : must_fail(__FILE__ ":" MUST_TEXT(__LINE__) ": " #x))
#if JARVIS_STRICT
#define invariant(x) ((void)must(x))
#else
#define invariant(x) ((void)sizeof(!!(x)))
#endif
#define must_const(x) _Static_assert(x, #x)

#endif
