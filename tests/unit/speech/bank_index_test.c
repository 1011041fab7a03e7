/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/bank_index_test.c - the table of pieces beside a plain list, by chance: the same is in both, the
 * same bytes, and the same one gives way. */
#include "speech/bank_index.h"

#include "lib/chance.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { KEYS = 400, STEPS = 20000 };

static void expect_same(const struct bank_index *x, const struct bank_entry *model)
{
    uint64_t bytes = 0;
    size_t n = 0;

    for (size_t i = 0; i < KEYS; i++) {
        const struct bank_entry *there = bank_index_find(x, model[i].key ? model[i].key : i + 1);

        n += model[i].key != 0;
        bytes += model[i].bytes;
        if (model[i].key == 0)
            continue;
        assert_non_null(there);
        assert_int_equal(there->bytes, model[i].bytes);
        assert_int_equal(there->used_s, model[i].used_s);
    }
    assert_int_equal(x->n, n);
    assert_int_equal(x->bytes, bytes);
}

static uint32_t model_least(const struct bank_entry *model)
{
    uint32_t least = UINT32_MAX;

    for (size_t i = 0; i < KEYS; i++)
        if (model[i].key && !model[i].needed && model[i].used_s < least)
            least = model[i].used_s;
    return least;
}

/* Keys that fall into few places, so that they stand in each other's way. */
static uint64_t key_of(size_t i)
{
    return (uint64_t)(i % 7) | (uint64_t)(i + 1) << 20;
}

static void as_a_list(struct chance *c)
{
    static struct bank_entry model[KEYS];
    struct bank_index x = { .list = NULL };

    memset(model, 0, sizeof(model));
    for (int step = 0; step < STEPS; step++) {
        size_t i = chance_of(c, KEYS);

        if (chance_of(c, 3) > 0) {
            model[i] = (struct bank_entry){ .key = key_of(i),
                                            .bytes = (uint32_t)chance_of(c, 9000),
                                            .used_s = (uint32_t)step,
                                            .needed = chance_of(c, 4) == 0 };
            assert_int_equal(bank_index_add(&x, &model[i]), 0);
        } else {
            bank_index_remove(&x, key_of(i));
            model[i] = (struct bank_entry){ .key = 0 };
            assert_null(bank_index_find(&x, key_of(i)));
        }
        if (step % 500 == 0) {
            const struct bank_entry *least = bank_index_least(&x);

            expect_same(&x, model);
            assert_int_equal(least ? least->used_s : UINT32_MAX, model_least(model));
        }
    }
    expect_same(&x, model);
    bank_index_done(&x);
    assert_int_equal(x.n, 0);
}

static void test_as_a_list(void **state)
{
    (void)state;
    chance_each(3, as_a_list);
}

static void test_empty(void **state)
{
    struct bank_index x = { .list = NULL };

    (void)state;
    assert_null(bank_index_find(&x, 1));
    assert_null(bank_index_find(&x, 0));
    assert_null(bank_index_least(&x));
    bank_index_remove(&x, 1);
    bank_index_done(&x);
}

static void test_full(void **state)
{
    struct bank_index x = { .list = NULL };
    struct bank_entry entry = { .key = 1, .bytes = 1, .needed = true };

    (void)state;
    for (; entry.key <= BANK_INDEX_MAX; entry.key++)
        assert_int_equal(bank_index_add(&x, &entry), 0);
    assert_int_equal(bank_index_add(&x, &entry), -ENOSPC);
    assert_null(bank_index_least(&x)); /* all are needed */
    entry.key = 7;
    entry.bytes = 3;
    assert_int_equal(bank_index_add(&x, &entry), 0); /* in the place of another */
    assert_int_equal(x.bytes, BANK_INDEX_MAX + 2);
    bank_index_done(&x);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_a_list),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
