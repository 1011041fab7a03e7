/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/str_test.c - growing text, small helpers. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void it_grows(void **state)
{
    AUTO_STR s = STR_INIT;

    (void)state;
    assert_string_equal(str_text(&s), "");
    for (int i = 0; i < 1000; i++)
        str_addf(&s, "%03d,", i);
    assert_false(s.failed);
    assert_int_equal(s.len, 4000);
    assert_memory_equal(s.data + 3996, "999,", 5);
    str_clear(&s);
    assert_string_equal(str_text(&s), "");
    str_add(&s, "a");
    str_add(&s, NULL);
    str_add_char(&s, 'b');
    str_add_bytes(&s, "cd", 1);
    assert_string_equal(s.data, "abc");
    str_add_item(&s, "d");
    assert_string_equal(s.data, "abc, d");
    str_clear(&s);
    str_add_item(&s, "x");
    str_add_item(&s, "y");
    assert_string_equal(s.data, "x, y");
}

static void what_cannot_be_held_is_remembered(void **state)
{
    AUTO_STR s = STR_INIT;

    (void)state;
    str_add(&s, "kept");
    str_add_bytes(&s, "", SIZE_MAX / 2);
    assert_true(s.failed);
    str_add(&s, "ignored");
    assert_string_equal(str_text(&s), "kept");
    assert_null(str_take(&s));
    assert_null(s.data);
}

static void take_gives_ownership(void **state)
{
    struct str s = STR_INIT;
    AUTO_FREE char *empty = str_take(&s);

    (void)state;
    assert_string_equal(empty, "");
    str_add(&s, "x");
    AUTO_FREE char *text = str_take(&s);

    assert_string_equal(text, "x");
    assert_null(s.data);
    assert_int_equal(s.cap, 0);
}

static void copy_says_when_it_cuts(void **state)
{
    char buf[4] = "???";

    (void)state;
    assert_true(str_copy(buf, sizeof(buf), "abc"));
    assert_string_equal(buf, "abc");
    assert_false(str_copy(buf, sizeof(buf), "abcd"));
    assert_string_equal(buf, "abc");
    assert_true(str_copy(buf, sizeof(buf), NULL));
    assert_string_equal(buf, "");
    assert_false(str_copy(buf, 0, "x"));
    assert_null(str_dup(NULL));
    assert_true(str_starts("abc", "ab"));
    assert_true(str_starts("abc", ""));
    assert_false(str_starts("ab", "abc"));
}

/* Boundaries of each length, and what Unicode forbids (Unicode 15, table 3-7). */
static void trim(void **state)
{
    char padded[] = " \t a b \r\n", blank[] = " \n ", none[] = "";

    (void)state;
    assert_string_equal(str_trim(padded), "a b");
    assert_string_equal(str_trim(blank), "");
    assert_string_equal(str_trim(none), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows),
        cmocka_unit_test(what_cannot_be_held_is_remembered),
        cmocka_unit_test(take_gives_ownership),
        cmocka_unit_test(copy_says_when_it_cuts),
        cmocka_unit_test(trim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
