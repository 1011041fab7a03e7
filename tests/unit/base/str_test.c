/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/str_test.c - growing text, UTF-8, small helpers. */
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
static void utf8_by_the_letter(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
        bool want;
    } cases[] = {
        { "empty", "", 0, true },
        { "ascii", "abc", 3, true },
        { "NUL inside", "a\0b", 3, false },
        { "lowest of two", "\xc2\x80", 2, true },
        { "overlong of two", "\xc1\xbf", 2, false },
        { "lowest of three", "\xe0\xa0\x80", 3, true },
        { "overlong of three", "\xe0\x9f\xbf", 3, false },
        { "last before surrogates", "\xed\x9f\xbf", 3, true },
        { "surrogate", "\xed\xa0\x80", 3, false },
        { "first after surrogates", "\xee\x80\x80", 3, true },
        { "lowest of four", "\xf0\x90\x80\x80", 4, true },
        { "overlong of four", "\xf0\x8f\xbf\xbf", 4, false },
        { "highest", "\xf4\x8f\xbf\xbf", 4, true },
        { "beyond", "\xf4\x90\x80\x80", 4, false },
        { "five bytes", "\xf8\x88\x80\x80\x80", 5, false },
        { "lone continuation", "\x80", 1, false },
        { "cut", "ab\xe2\x82", 4, false },
        { "wrong continuation", "\xe2\x28\xa1", 3, false },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        if (str_is_utf8(cases[i].bytes, cases[i].len) != cases[i].want)
            fail_msg("%s", cases[i].name);
    }
}

static void controls_and_cleaning(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "plain", "plain" },
        { "", "" },
        { "a\tb\nc", "a?b?c" },
        { "\x7f", "?" },
        { "\xc2\x85x", "??x" },
        { "\u00a0", "\u00a0" },
        { "\u2027\u2028\u2029\u202a", "\u2027??????\u202a" },
        { "a\xff\xe2\x82", "a???" },
        { "\xe2\x82\xac", "\u20ac" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        char buf[64];

        str_copy(buf, sizeof(buf), cases[i].text);
        str_clean(buf);
        assert_string_equal(buf, cases[i].want);
    }
}

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
        cmocka_unit_test(utf8_by_the_letter),
        cmocka_unit_test(controls_and_cleaning),
        cmocka_unit_test(trim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
