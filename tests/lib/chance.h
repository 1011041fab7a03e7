/* SPDX-License-Identifier: Apache-2.0 */
/* tests/lib/chance.h - random numbers that can be had again: SEED=17 repeats a test, and a test that fails
 * prints which seed it had. Each seed is one run of the whole scenario. */
#ifndef JARVIS_TESTS_LIB_CHANCE_H
#define JARVIS_TESTS_LIB_CHANCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct chance {
    uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014) */
static inline uint64_t chance_next(struct chance *c)
{
    uint64_t z = c->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 .. n-1 */
static inline size_t chance_of(struct chance *c, size_t n)
{
    return (size_t)(chance_next(c) % n);
}

/* Runs the scenario with `seeds` seeds, or with the one of the environment. */
static inline void chance_each(unsigned seeds, void (*scenario)(struct chance *c))
{
    const char *only = getenv("SEED");
    unsigned first = only ? (unsigned)strtoul(only, NULL, 10) : 1;

    for (unsigned seed = first; seed < first + (only ? 1 : seeds); seed++) {
        struct chance c = { seed };

        print_message("SEED=%u\n", seed);
        scenario(&c);
    }
}

#endif
