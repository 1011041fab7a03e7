/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/fault.h - fail the n-th allocation, for n = 1, 2, 3 ... until a run passes.
 *
 * The wrapped names are malloc, calloc, realloc and strdup as called from our own objects.
 *     FAULT_LOOP(run(&state));   run() returns 0, or -ENOMEM when an allocation failed
 * fails the test when run() returns something else, or when no run passes within 10,000. */
#ifndef JARVIS_TESTS_FAULT_H
#define JARVIS_TESTS_FAULT_H

#include <stdbool.h>

void fault_arm(long nth, bool for_ever); /* the nth allocation from now fails (0: none) */
bool fault_hit(void);                    /* did one fail since fault_arm()? */
void fault_disarm(void);

#define FAULT_LOOP_MODE(call, for_ever)                                            \
    do {                                                                           \
        long nth_ = 1;                                                             \
        for (; nth_ < 10000; nth_++) {                                             \
            int r_;                                                                \
            fault_arm(nth_, for_ever);                                             \
            r_ = (call);                                                           \
            if (!fault_hit()) {                                                    \
                fault_disarm();                                                    \
                assert_int_equal(r_, 0);                                           \
                break;                                                             \
            }                                                                      \
            fault_disarm();                                                        \
            if (r_ != 0 && r_ != -ENOMEM)                                          \
                fail_msg("allocation %ld failed and gave %d, not -ENOMEM", nth_, r_); \
        }                                                                          \
        assert_in_range(nth_, 2, 9999);                                            \
    } while (0)
#define FAULT_LOOP(call)               \
    do {                               \
        FAULT_LOOP_MODE(call, false);  \
        FAULT_LOOP_MODE(call, true);   \
    } while (0)

/* The usual test: FAULT_TEST(reading, read_house()) defines `reading` for cmocka_unit_test(). */
#define FAULT_TEST(name, call)      \
    static void name(void **state)  \
    {                               \
        (void)state;                \
        FAULT_LOOP(call);           \
    }

#endif
