/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/timeline_test.c - marks, their limit, cutting at a character, JSON. */
#include "core/timeline.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_json(void **state)
{
    struct timeline t;
    AUTO_JSON *j = NULL;
    AUTO_FREE char *text = NULL;

    (void)state;
    timeline_start(&t, 5000000);
    timeline_mark(&t, STEP_WAKE, 5000000, "jarvis");
    timeline_mark(&t, STEP_SPEECH_END, 6830999, NULL);
    j = timeline_json(&t);
    text = json_text(j);
    assert_string_equal(text, "[{\"step\":\"wake\",\"ms\":0,\"detail\":\"jarvis\"},"
                              "{\"step\":\"speech_end\",\"ms\":1830,\"detail\":\"\"}]");
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < STEP_N; i++)
        assert_non_null(step_name((enum step)i));
    assert_string_equal(step_name(STEP_FIRST_AUDIO), "first_audio");
    assert_string_equal(step_name(STEP_N), "unknown");
}

static void test_limit(void **state)
{
    struct timeline t;

    (void)state;
    timeline_start(&t, 0);
    for (int i = 0; i < TIMELINE_MARKS_MAX + 5; i++)
        timeline_mark(&t, STEP_LLM, i, "x");
    assert_int_equal(t.n, TIMELINE_MARKS_MAX);
    timeline_start(&t, 0);
    assert_int_equal(t.n, 0);
}

static const struct {
    const char *name;
    size_t before; /* ASCII letters before the character */
    const char *character;
    size_t want; /* bytes kept */
} cuts[] = {
    { "fits", 100, "\xc3\xa9", 102 },
    { "just fits", TIMELINE_DETAIL_BYTES - 3, "\xc3\xa9", TIMELINE_DETAIL_BYTES - 1 },
    { "two bytes cut", TIMELINE_DETAIL_BYTES - 2, "\xc3\xa9", TIMELINE_DETAIL_BYTES - 2 },
    { "four bytes cut", TIMELINE_DETAIL_BYTES - 4, "\xf0\x9f\x94\x8a", TIMELINE_DETAIL_BYTES - 4 },
    { "far too long", TIMELINE_DETAIL_BYTES + 50, "x", TIMELINE_DETAIL_BYTES - 1 },
};

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        AUTO_STR text = STR_INIT;
        struct timeline t;

        print_message("%s\n", cuts[i].name);
        for (size_t k = 0; k < cuts[i].before; k++)
            str_add_char(&text, 'x');
        str_add(&text, cuts[i].character);
        timeline_start(&t, 0);
        timeline_mark(&t, STEP_TEXT, 0, str_text(&text));
        assert_int_equal(strlen(t.marks[0].detail), cuts[i].want);
        assert_true(utf8_is_valid(t.marks[0].detail, cuts[i].want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
