/* SPDX-License-Identifier: Apache-2.0 */
/* The pre-roll: order, wrap-around, and finding a position across gaps. */
#include "wake/preroll.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct preroll p;

static void add(uint64_t position)
{
    struct audio_block b = { .position = position };

    preroll_add(&p, &b);
}

static void empty(void **state)
{
    (void)state;
    memset(&p, 0, sizeof(p));
    assert_int_equal(preroll_find(&p, 0), 0);
    assert_int_equal(p.fill, 0);
}

static void keeps_the_newest(void **state)
{
    (void)state;
    memset(&p, 0, sizeof(p));
    for (uint64_t i = 0; i < PREROLL_BLOCKS + 57; i++)
        add(i * BLOCK_FRAMES);
    assert_int_equal(p.fill, PREROLL_BLOCKS);
    for (size_t i = 0; i < PREROLL_BLOCKS; i++)
        assert_int_equal(preroll_at(&p, i)->position, (i + 57) * BLOCK_FRAMES);
}

static void finds(void **state)
{
    /* blocks at 1000, 1160, 1320, then 480 samples were lost, 1960, 2120 */
    static const uint64_t kept[] = { 1000, 1160, 1320, 1960, 2120 };
    static const struct {
        uint64_t position;
        size_t want;
    } cases[] = {
        { 0, 0 },    { 1000, 0 }, { 1159, 0 }, { 1160, 1 }, { 1479, 2 },       { 1480, 3 },
        { 1959, 3 }, { 1960, 3 }, { 2279, 4 }, { 2280, 5 }, { UINT64_MAX, 5 },
    };

    (void)state;
    memset(&p, 0, sizeof(p));
    for (size_t i = 0; i < 5; i++)
        add(kept[i]);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(preroll_find(&p, cases[i].position), cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(keeps_the_newest),
        cmocka_unit_test(finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
