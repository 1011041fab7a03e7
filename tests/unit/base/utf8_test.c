/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/utf8_test.c - well-formed or not, walking, writing, cutting, controls. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

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
        if (utf8_is_valid(cases[i].bytes, cases[i].len) != cases[i].want)
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
        utf8_clean(buf);
        assert_string_equal(buf, cases[i].want);
    }
}

/* Every code point is written as one well-formed sequence and read back as itself. */
static void all_code_points_come_back(void **state)
{
    (void)state;
    for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
        AUTO_STR out = STR_INIT;
        uint32_t back = 0;
        size_t pos = 0;

        if (cp == 0xd800)
            cp = 0xe000;
        utf8_add(&out, cp);
        if (!utf8_step(&back, out.data, out.len, &pos) || back != cp || pos != out.len ||
            utf8_wanted((unsigned char)out.data[0]) != out.len)
            fail_msg("U+%04X", (unsigned)cp);
    }
}

static void a_walk_stops_at_the_first_bad_byte(void **state)
{
    const char *text = "a\xc3\xa9\xff" "b";
    uint32_t cp = 0;
    size_t pos = 0;

    (void)state;
    assert_true(utf8_step(&cp, text, 5, &pos) && cp == 'a' && pos == 1);
    assert_true(utf8_step(&cp, text, 5, &pos) && cp == 0xe9 && pos == 3);
    assert_false(utf8_step(&cp, text, 5, &pos));
    assert_int_equal(pos, 3);
    assert_int_equal(cp, 0xe9); /* untouched */
    pos = 5;
    assert_false(utf8_step(&cp, text, 5, &pos));
}

static void cut_between_characters(void **state)
{
    static const struct {
        const char *text;
        size_t most, want;
    } cases[] = {
        { "abc", 5, 3 },
        { "abc", 3, 3 },
        { "abc", 2, 2 },
        { "abc", 0, 0 },
        { "\xc3\xa9", 1, 0 },
        { "a\xc3\xa9", 2, 1 },
        { "a\xe2\x82\xac", 3, 1 },
        { "a\xe2\x82\xac", 4, 4 },
        { "\xf0\x9f\x94\x8ax", 3, 0 },
        { "\xf0\x9f\x94\x8ax", 4, 4 },
        { "\x80\x80\x80\x80\x80\x80\x80", 5, 5 }, /* no start to go back to */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        char buf[16];

        assert_int_equal(utf8_cut(cases[i].text, cases[i].most), cases[i].want);
        assert_int_equal(utf8_copy(buf, cases[i].most + 1, cases[i].text),
                         cases[i].want == strlen(cases[i].text));
        assert_int_equal(strlen(buf), cases[i].want);
        assert_memory_equal(buf, cases[i].text, cases[i].want);
    }
}

static void control_characters_are_found(void **state)
{
    static const struct {
        const char *text, *but;
        bool want;
    } cases[] = {
        { "plain \u00e9", "", false }, { "tab\t", "", true },       { "tab\t", "\t", false },
        { "a\nb\tc", "\t", true },     { "\x7f", "", true },        { "\xc2\x85", "", true },
        { "\u2028", "\t\r\n", true },  { "bad\xff\x01", "", true }, { "bad\xff", "", false },
        { "", "", false },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++)
        if (utf8_has_control(cases[i].text, cases[i].but) != cases[i].want)
            fail_msg("case %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_by_the_letter),
        cmocka_unit_test(controls_and_cleaning),
        cmocka_unit_test(all_code_points_come_back),
        cmocka_unit_test(a_walk_stops_at_the_first_bad_byte),
        cmocka_unit_test(cut_between_characters),
        cmocka_unit_test(control_characters_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
