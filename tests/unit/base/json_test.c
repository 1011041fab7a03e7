/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/json_test.c - what JSON is taken, what is refused and why. */
#include "base/json.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void good_text_is_taken(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "{}", "{}" },
        { " [ 1 , -2.5e3 , 0 , true , false , null ] \r\n", "[1,-2500,0,true,false,null]" },
        { "\"caf\\u00e9 \\ud83d\\ude00\"", "\"caf\u00e9 \U0001f600\"" },
        { "{\"a\":{\"a\":1},\"A\":2}", "{\"a\":{\"a\":1},\"A\":2}" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
        { "0.1E+1", "1" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *j = NULL;
        struct err e = ERR_INIT;

        if (json_parse(&j, cases[i].text, strlen(cases[i].text), &e) < 0)
            fail_msg("%s: %s", cases[i].text, err_text(&e));
        AUTO_FREE char *text = json_text(j);

        assert_string_equal(text, cases[i].want);
    }
}

#define TEN "[[[[[[[[[["

static void bad_text_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *name, *text;
        size_t len; /* 0: strlen */
        const char *words;
    } cases[] = {
        { "nothing", "", 0, "nothing there" },
        { "blanks", "  ", 0, "byte 2" },
        { "bytes after the value", "{} x", 0, "byte 3: something follows" },
        { "two values", "1 2", 0, "something follows" },
        { "NUL after the value", "{}\0", 3, "NUL" },
        { "NUL by escape", "\"a\\u0000b\"", 0, "NUL in a string" },
        { "not UTF-8", "\"\xff\"", 0, "not UTF-8" },
        { "byte order mark", "\xef\xbb\xbf{}", 0, "byte 0" },
        { "vertical tab as blank", "[\v1]", 0, "byte 1" },
        { "newline in a string", "\"a\nb\"", 0, "control character" },
        { "leading zero", "01", 0, "something follows" },
        { "plus sign", "+1", 0, "byte 0" },
        { "no digits", "-", 0, "no JSON value" },
        { "point without digits", "[1.]", 0, "point" },
        { "exponent without digits", "1e", 0, "exponent" },
        { "hexadecimal", "0x10", 0, "something follows" },
        { "not a number", "NaN", 0, "no JSON value" },
        { "too large", "[1e999]", 0, "too large" },
        { "lone high surrogate", "\"\\ud800\"", 0, "surrogate" },
        { "high surrogate and letter", "\"\\ud800\\u0041\"", 0, "surrogate" },
        { "lone low surrogate", "\"\\udc00\"", 0, "surrogate" },
        { "bad escape", "\"\\x41\"", 0, "no such escape" },
        { "short escape", "\"\\u12\"", 0, "four hexadecimal" },
        { "backslash at the end", "\"\\", 0, "no such escape" },
        { "string without end", "[\"abc", 0, "no end" },
        { "comma at the end", "[1,]", 0, "no JSON value" },
        { "comma at the end of an object", "{\"a\":1,}", 0, "a string must stand here" },
        { "no colon", "{\"a\" 1}", 0, "':' must follow" },
        { "bare key", "{a:1}", 0, "a string must stand here" },
        { "array without end", "[1", 0, "',' or ']'" },
        { "crossed brackets", "[{]}", 0, "a string must stand here" },
        { "two words", "[falsenull]", 0, "byte 6: ',' or ']'" },
        { "word cut", "tru", 0, "no JSON value" },
        { "word with a tail", "nullx", 0, "something follows" },
        { "wrong case", "True", 0, "no JSON value" },
        { "key twice", "{\"a\":1,\"b\":2,\"a\":3}", 0, "key 'a' stands twice" },
        { "key twice, once escaped", "[{\"a\":1,\"\\u0061\":3}]", 0, "stands twice" },
        { "deep", TEN TEN TEN "[[[", 0, "nested too deep" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
        cJSON *const before = (cJSON *)(uintptr_t)&cases[i];
        cJSON *j = before;
        struct err e = ERR_INIT;

        if (json_parse(&j, cases[i].text, len, &e) != -EINVAL || j != before)
            fail_msg("%s: was taken", cases[i].name);
        if (!strstr(err_text(&e), cases[i].words))
            fail_msg("%s: says '%s'", cases[i].name, err_text(&e));
    }
}

static void deepest_that_is_allowed(void **state)
{
    char text[2 * JSON_DEPTH_MAX];
    AUTO_JSON *j = NULL;

    (void)state;
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    assert_int_equal(json_parse(&j, text, sizeof(text), NULL), 0);
}

/* 60,000 keys: comparing each with each would be seen as a test that hangs. */
static void many_keys_are_quick(void **state)
{
    AUTO_STR s = STR_INIT;
    AUTO_JSON *j = NULL;

    (void)state;
    for (int i = 0; i < 60000; i++)
        str_addf(&s, "%c\"%d\":0", i ? ',' : '{', i);
    str_add(&s, "}");
    assert_int_equal(json_parse(&j, s.data, s.len, NULL), 0);
    s.len--;
    str_add(&s, ",\"777\":1}");
    cJSON *again = NULL;
    struct err e = ERR_INIT;

    assert_int_equal(json_parse(&again, s.data, s.len, &e), -EINVAL);
    assert_null(again);
    assert_non_null(strstr(err_text(&e), "'777'"));
}

static void getters_fall_back(void **state)
{
    AUTO_JSON *j = NULL;
    const char *text = "{\"s\":\"x\",\"n\":1.5,\"b\":true}";

    (void)state;
    assert_int_equal(json_parse(&j, text, strlen(text), NULL), 0);
    assert_string_equal(json_str(j, "s", "?"), "x");
    assert_string_equal(json_str(j, "n", "?"), "?");
    assert_null(json_str(j, "none", NULL));
    assert_null(json_str(NULL, "s", NULL));
    assert_true(json_num(j, "n", 0) == 1.5);
    assert_true(json_num(j, "s", 7) == 7);
    assert_true(json_bool(j, "b", false));
    assert_true(json_bool(j, "n", true));
    assert_null(json_text(NULL));
}

static void needed_strings(void **state)
{
    AUTO_JSON *j = cJSON_Parse("{\"message\":\"hi\",\"n\":1}");
    const char *const before = "before";
    const char *got = before;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(json_need_str(&got, j, "n", &e), -EINVAL);
    assert_string_equal(err_text(&e), "n: must be a string");
    assert_int_equal(json_need_str(&got, j, "text", &e), -EINVAL);
    assert_string_equal(err_text(&e), "text: is missing");
    assert_ptr_equal(got, before);
    assert_int_equal(json_need_str(&got, j, "message", &e), 0);
    assert_string_equal(got, "hi");
}

static void whole_numbers_or_the_fallback(void **state)
{
    static const struct {
        const char *text;
        int64_t min, max, want;
    } cases[] = {
        { "{\"n\":7}", 0, 9, 7 },          { "{\"n\":-7}", 0, 9, 42 },
        { "{\"n\":7.5}", 0, 9, 42 },       { "{\"n\":\"7\"}", 0, 9, 42 },
        { "{}", 0, 9, 42 },                { "{\"n\":1e300}", 0, INT64_MAX, 42 },
        { "{\"n\":-1e300}", INT64_MIN, 0, 42 },
        { "{\"n\":9223372036854775808}", 0, INT64_MAX, 42 },
        { "{\"n\":-9223372036854775808}", INT64_MIN, 0, INT64_MIN },
        { "{\"n\":1795752661766000}", 0, JSON_INT_MAX, 1795752661766000 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *j = cJSON_Parse(cases[i].text);

        if (json_int(j, "n", cases[i].min, cases[i].max, 42) != cases[i].want)
            fail_msg("%s", cases[i].text);
    }
}

/* What is put is owned by the tree, or gone: ASan tells a leak or a second free. */
static void putting_takes_over(void **state)
{
    AUTO_JSON *j = cJSON_CreateObject(), *list = cJSON_CreateArray(), *one = cJSON_CreateNumber(1);
    AUTO_FREE char *text = NULL;

    (void)state;
    assert_false(json_put(NULL, "a", cJSON_CreateNumber(1)));
    assert_false(json_put(j, "a", NULL));
    assert_false(json_push(NULL, cJSON_CreateNumber(1)));
    assert_false(json_push(list, NULL));
    assert_true(json_push(list, cJSON_CreateNumber(5)));
    assert_true(json_put_copy(j, "copy", one) && json_put_copy(j, "none", NULL));
    assert_true(json_put(j, "list", STEAL(list)));
    assert_true(json_put_text(j, "text", "t") && json_put_text(j, "no text", NULL));
    assert_true(json_put_int(j, "int", -JSON_INT_MAX) && json_put_bool(j, "yes", true));
    text = json_text(j);
    assert_string_equal(text, "{\"copy\":1,\"none\":null,\"list\":[5],\"text\":\"t\","
                              "\"no text\":null,\"int\":-4503599627370496,\"yes\":true}");
}

/* cJSON alone writes 1.795752661766e+15: no script reads that as an id. */
static void whole_numbers_are_written_whole(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        { "[1795752661766000]", "[1795752661766000]" },
        { "[1e15,-1e15]", "[1000000000000000,-1000000000000000]" },
        { "[4503599627370495]", "[4503599627370495]" },
        { "[1e16]", "[1e+16]" }, /* beyond what a double holds exactly */
        { "[0.5,1e-7]", "[0.5,1e-07]" },
        { "{\"1e+15\":\"1e+15 \\\" 2e+15\",\"b\":2e15}",
          "{\"1e+15\":\"1e+15 \\\" 2e+15\",\"b\":2000000000000000}" },
        { "{\"\\\\\":1e15}", "{\"\\\\\":1000000000000000}" },
        { "[true,null,false,\"e+\",-1]", "[true,null,false,\"e+\",-1]" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *j = cJSON_Parse(cases[i].in);
        AUTO_FREE char *text = json_text(j);

        assert_non_null(j);
        assert_string_equal(text, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_or_the_fallback),
        cmocka_unit_test(putting_takes_over),
        cmocka_unit_test(whole_numbers_are_written_whole),
        cmocka_unit_test(good_text_is_taken),
        cmocka_unit_test(bad_text_is_refused_with_its_place),
        cmocka_unit_test(deepest_that_is_allowed),
        cmocka_unit_test(many_keys_are_quick),
        cmocka_unit_test(getters_fall_back),
        cmocka_unit_test(needed_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
