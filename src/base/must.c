/* SPDX-License-Identifier: Apache-2.0 */
/* base/must.c - what is done when something that has to hold does not. */
#include "base/must.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_uint_fast64_t broken;
static _Atomic(const char *) first;

bool must_fail(const char *what)
{
    const char *none = NULL;

    atomic_fetch_add_explicit(&broken, 1, memory_order_relaxed);
    atomic_compare_exchange_strong_explicit(&first, &none, what, memory_order_relaxed,
                                            memory_order_relaxed);
    if (JARVIS_STRICT || getenv("MUST_ABORT")) {
        fprintf(stderr, "must hold: %s\n", what);
        abort();
    }
    return false;
}

uint64_t must_broken(void)
{
    return atomic_load_explicit(&broken, memory_order_relaxed);
}

const char *must_broken_at(void)
{
    return atomic_load_explicit(&first, memory_order_relaxed);
}
