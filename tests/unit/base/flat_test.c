/* SPDX-License-Identifier: Apache-2.0 */
/* FlatBuffers that nobody vouches for: what is there is found, what points outside is not followed. */
#include "base/flat.h"
#include "lib/tflite.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct made m;
static size_t root;

/* A root with an int, a byte, a text, a table and lists. */
static int setup(void **state)
{
    static const float floats[2] = { 0.5f, -3.0f };
    static const int64_t longs[1] = { INT64_C(-9000000000) };
    size_t child, list;

    (void)state;
    m = (struct made){ .n = 8 };
    memcpy(m.at + 4, "ABCD", 4);
    root = made_table(&m);
    made_ref(&m, 0, root);
    made_int(&m, root, 0, -77);
    made_int(&m, root, 1, 0x1fe);
    made_bytes(&m, root, 2, "caf\xc3\xa9\n", 6);
    child = made_child(&m, root, 3);
    made_int(&m, child, 0, 5);
    memcpy(m.at + made_vector(&m, child, 1, 2, 4), floats, sizeof(floats));
    memcpy(m.at + made_vector(&m, child, 2, 1, 8), longs, sizeof(longs));
    list = made_vector(&m, root, 4, 2, 4);
    made_int(&m, made_item(&m, list, 0), 0, 10);
    made_int(&m, made_item(&m, list, 1), 0, 11);
    return 0;
}

static struct flat whole(void)
{
    return (struct flat){ .bytes = m.at, .len = m.n };
}

static void what_is_there(void **state)
{
    struct flat f = whole();
    size_t table = flat_root(&f, "ABCD"), child;
    struct flat_list l;
    char text[16];

    (void)state;
    assert_int_equal(table, root);
    assert_int_equal(flat_int(&f, table, 0, 1), -77);
    assert_int_equal(flat_byte(&f, table, 1, 1), -2);
    assert_false(flat_text(&f, table, 2, text, sizeof(text)));
    assert_string_equal(text, "caf???");
    assert_false(flat_text(&f, table, 2, text, 3));
    assert_string_equal(text, "ca");
    child = flat_table(&f, table, 3);
    assert_int_equal(flat_int(&f, child, 0, 0), 5);
    l = flat_list(&f, child, 1, 4);
    assert_int_equal(l.n, 2);
    assert_true(flat_item_float(&f, l, 0) == 0.5f && flat_item_float(&f, l, 1) == -3.0f);
    assert_true(flat_item_long(&f, flat_list(&f, child, 2, 8), 0) == INT64_C(-9000000000));
    l = flat_list(&f, table, 4, 4);
    assert_int_equal(flat_int(&f, flat_item(&f, l, 1), 0, 0), 11);
    assert_false(f.is_broken);
}

/* Absent is not broken: the fallback, an empty list, no text. */
static void what_is_not_there(void **state)
{
    struct flat f = whole();
    struct flat_list l = flat_list(&f, root, 4, 4);
    char text[4] = "old";

    (void)state;
    assert_int_equal(flat_int(&f, root, 5, 42), 42);
    assert_int_equal(flat_byte(&f, root, 6, 7), 7);
    assert_int_equal(flat_int(&f, root, 200, 43), 43);
    assert_int_equal(flat_table(&f, root, 5), FLAT_NONE);
    assert_int_equal(flat_int(&f, FLAT_NONE, 0, 44), 44);
    assert_int_equal(flat_list(&f, root, 5, 4).n, 0);
    assert_int_equal(flat_item(&f, l, 2), FLAT_NONE);
    assert_int_equal(flat_item_int(&f, l, 2), 0);
    assert_true(flat_text(&f, root, 5, text, sizeof(text)));
    assert_string_equal(text, "");
    assert_false(f.is_broken);
}

static void other_letters(void **state)
{
    struct flat f = whole();

    (void)state;
    assert_int_equal(flat_root(&f, "ABCE"), FLAT_NONE);
    f = (struct flat){ .bytes = m.at, .len = 7 };
    assert_int_equal(flat_root(&f, "ABCD"), FLAT_NONE);
    assert_true(f.is_broken);
}

/* Each four bytes become an offset far outside, in turn: no reading beyond the end (the sanitizers
 * look), and a list never claims more items than there are bytes. */
static void offsets_that_lead_outside(void **state)
{
    static const int32_t lies[] = { 0x7fffffff, -1, -0x7fffffff, 0, 0x10000 };
    unsigned broken = 0;

    (void)state;
    for (size_t at = 0; at + 4 <= m.n; at += 2)
        for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
            struct made copy = m;
            struct flat f = { .bytes = copy.at, .len = copy.n };
            size_t table, child;
            struct flat_list l;
            char text[16];

            made_put(&copy, at, lies[i]);
            table = flat_root(&f, "ABCD");
            flat_int(&f, table, 0, 0);
            flat_text(&f, table, 2, text, sizeof(text));
            child = flat_table(&f, table, 3);
            l = flat_list(&f, child, 1, 4);
            assert_true(l.n <= copy.n / 4);
            flat_item_float(&f, l, l.n - 1);
            l = flat_list(&f, table, 4, 4);
            flat_int(&f, flat_item(&f, l, 0), 0, 0);
            broken += f.is_broken;
        }
    assert_true(broken > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there),
        cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(other_letters),
        cmocka_unit_test(offsets_that_lead_outside),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
