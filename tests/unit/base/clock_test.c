/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/clock_test.c - the virtual clock stands still, the real one never goes back. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void virtual_time_moves_when_told(void **state)
{
    struct clock c;

    (void)state;
    clock_init_virtual(&c, 1700000000000000);
    assert_int_equal(clock_mono_usec(&c), 0);
    assert_int_equal(clock_wall_usec(&c), 1700000000000000);
    clock_advance_usec(&c, 1999);
    assert_int_equal(clock_mono_usec(&c), 1999);
    assert_int_equal(clock_mono_ms(&c), 1);
    assert_int_equal(clock_wall_usec(&c), 1700000000001999);
    clock_advance_usec(&c, 1);
    assert_int_equal(clock_mono_ms(&c), 2);
}

static void real_time_cannot_be_moved(void **state)
{
    struct clock c;
    int64_t before, after;

    (void)state;
    clock_init_real(&c);
    before = clock_mono_usec(&c);
    clock_advance_usec(&c, INT64_C(1000000000000));
    after = clock_mono_usec(&c);
    assert_true(after >= before);
    assert_true(after - before < INT64_C(1000000000000));
    assert_true(clock_wall_usec(&c) / 1000000 >= (int64_t)time(NULL) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_time_moves_when_told),
        cmocka_unit_test(real_time_cannot_be_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
