/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/fields_test.c - JSON objects by tables: what is taken, in which words the rest is
 * refused, what comes back, and what the table says of itself. */
#include "base/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_BLUE };

struct point {
    int16_t x;
    char *note;
};

struct sample {
    bool on;
    int said; /* -1: not said */
    int8_t tiny;
    uint16_t small;
    uint64_t id;
    double real;
    char *text;
    char *lines;
    char name[12];
    enum colour colour;
    struct point at;
    struct field_list points, words;
    cJSON *any;
};

static const struct field point_rows[] = {
    { "x", FIELD_INT, FIELD_AT(struct point, x), .min = -300, .max = 300, .fallback = 7 },
    { "note", FIELD_TEXT, FIELD_AT(struct point, note), .max = 5, .flags = FIELD_SPARSE },
};
static const struct fields point_fields = FIELDS_STRICT(struct point, point_rows);

static const struct field word_rows[] = {
    { NULL, FIELD_TEXT, .size = sizeof(char *), .min = 1, .max = 4 },
};
static const struct fields word_fields = FIELDS(char *, word_rows);

static const char *const colours[] = { "", "red", "blue", NULL };

#define AT(member) FIELD_AT(struct sample, member)
/* clang-format off */
static const struct field rows[] = {
    { "on", FIELD_BOOL, AT(on), .fallback = 1, .help = "is it on" },
    { "said", FIELD_BOOL, AT(said), .fallback = -1 },
    { "tiny", FIELD_INT, AT(tiny), .min = -128, .max = 127 },
    { "small", FIELD_UINT, AT(small), .min = 1, .max = 65535, .fallback = 20 },
    { "id", FIELD_UINT, AT(id), .max = JSON_INT_MAX },
    { "real", FIELD_REAL, AT(real), .min = -1, .max = 1 },
    { "text", FIELD_TEXT, AT(text), .min = 2, .max = 10, .flags = FIELD_NEEDED | FIELD_LINE,
      .help = "the sentence" },
    { "lines", FIELD_TEXT, AT(lines), .max = 10, .flags = FIELD_LINES | FIELD_SPARSE },
    { "name", FIELD_NAME, AT(name), .max = 7 },
    { "colour", FIELD_CHOICE, AT(colour), .words = colours },
    { "at", FIELD_OBJECT, AT(at), .of = &point_fields },
    { "points", FIELD_LIST, AT(points), .max = 3, .of = &point_fields },
    { "words", FIELD_LIST, AT(words), .max = 3, .of = &word_fields },
    { "any", FIELD_JSON, AT(any) },
};
/* clang-format on */
static const struct fields sample_fields = FIELDS(struct sample, rows);

static int sample_take(struct sample *s, const char *json, struct err *e)
{
    return fields_parse(s, &sample_fields, json, strlen(json), e);
}

static void what_is_refused_is_named(void **state)
{
    static const struct {
        const char *json;
        int want;
        const char *words;
    } cases[] = {
        { "", -EINVAL, "nothing there" },
        { "[]", -EINVAL, "an object {...} is expected" },
        { "{}", -EINVAL, "text: is missing" },
        { "{\"text\":null}", -EINVAL, "text: must be a string" },
        { "{\"text\":\"\"}", -EINVAL, "text: is empty" },
        { "{\"text\":\" \\n\\t \"}", -EINVAL, "text: is empty" },
        { "{\"text\":\"a\"}", -ERANGE, "text: has 1 bytes, at least 2 are needed" },
        { "{\"text\":\"12345678901\"}", -EMSGSIZE, "text: has 11 bytes, at most 10 are taken" },
        { "{\"text\":\"a\\u0007b\"}", -EINVAL, "text: has a control character" },
        { "{\"text\":\"a\\u2028b\"}", -EINVAL, "text: has a control character" },
        { "{\"text\":\"a\\u0085b\"}", -EINVAL, "text: has a control character" },
        { "{\"text\":\"ab\",\"lines\":\"\\u001b\"}", -EINVAL, "lines: has a control character" },
        { "{\"text\":\"ab\",\"name\":\"12345678\"}", -EMSGSIZE, "name: has 8 bytes, at most 7" },
        { "{\"text\":\"ab\",\"name\":\"a\\nb\"}", -EINVAL, "name: has a control character" },
        { "{\"text\":\"ab\",\"on\":1}", -EINVAL, "on: must be true or false" },
        { "{\"text\":\"ab\",\"said\":null}", -EINVAL, "said: must be true or false" },
        { "{\"text\":\"ab\",\"tiny\":128}", -ERANGE, "tiny: must be within -128..127" },
        { "{\"text\":\"ab\",\"tiny\":-129}", -ERANGE, "tiny: must be within" },
        { "{\"text\":\"ab\",\"tiny\":1.5}", -EINVAL, "tiny: must be a whole number" },
        { "{\"text\":\"ab\",\"tiny\":\"1\"}", -EINVAL, "tiny: must be a whole number" },
        { "{\"text\":\"ab\",\"tiny\":1e300}", -ERANGE, "tiny: must be within" },
        { "{\"text\":\"ab\",\"small\":0}", -ERANGE, "small: must be within 1..65535" },
        { "{\"text\":\"ab\",\"small\":-5}", -ERANGE, "small: must be within" },
        { "{\"text\":\"ab\",\"id\":-1}", -ERANGE, "id: must be within" },
        { "{\"text\":\"ab\",\"id\":1e300}", -ERANGE, "id: must be within" },
        { "{\"text\":\"ab\",\"id\":9223372036854775808}", -ERANGE, "id: must be within" },
        { "{\"text\":\"ab\",\"real\":1.01}", -ERANGE, "real: must be within -1..1" },
        { "{\"text\":\"ab\",\"real\":true}", -EINVAL, "real: must be a number" },
        { "{\"text\":\"ab\",\"colour\":\"green\"}", -EINVAL,
          "colour: 'green' is unknown; known are red, blue" },
        { "{\"text\":\"ab\",\"colour\":\"\"}", -EINVAL, "colour: '' is unknown" },
        { "{\"text\":\"ab\",\"colour\":2}", -EINVAL, "colour: must be a string" },
        { "{\"text\":\"ab\",\"at\":3}", -EINVAL, "at: an object {...} is expected" },
        { "{\"text\":\"ab\",\"at\":{\"x\":301}}", -ERANGE, "at.x: must be within -300..300" },
        { "{\"text\":\"ab\",\"at\":{\"y\":1}}", -EINVAL, "at: y: is unknown; known are x, note" },
        { "{\"text\":\"ab\",\"points\":{}}", -EINVAL, "points: must be a list" },
        { "{\"text\":\"ab\",\"points\":[{},{},{},{}]}", -ERANGE,
          "points: has 4 items, 0 to 3 are taken" },
        { "{\"text\":\"ab\",\"points\":[{\"note\":\"abc\"},{\"note\":\"a\",\"x\":\"b\"}]}",
          -EINVAL, "points[1].x: must be a whole number" },
        { "{\"text\":\"ab\",\"points\":[{\"note\":\"abc\"},3]}", -EINVAL, "points[1]: an object" },
        { "{\"text\":\"ab\",\"words\":[\"a\",\"\"]}", -EINVAL, "words[1]: is empty" },
        { "{\"text\":\"ab\",\"words\":[\"abcde\"]}", -EMSGSIZE, "words[0]: has 5 bytes" },
        { "{\"text\":\"ab\",\"text\":\"cd\"}", -EINVAL, "stands twice" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct sample s, before;
        struct err e = ERR_INIT;
        int r;

        memset(&s, 0x5a, sizeof(s));
        before = s;
        r = sample_take(&s, cases[i].json, &e);
        if (r != cases[i].want || !strstr(err_text(&e), cases[i].words))
            fail_msg("%s: %d %s", cases[i].json, r, err_text(&e));
        assert_memory_equal(&s, &before, sizeof(s)); /* untouched */
    }
}

static void what_is_absent_has_its_fallback(void **state)
{
    struct sample s;

    (void)state;
    memset(&s, 0x5a, sizeof(s));
    assert_int_equal(sample_take(&s, "{\"text\":\"ab\",\"more\":[1]}", NULL), 0);
    assert_true(s.on && s.said == -1 && s.tiny == 0 && s.small == 20 && s.id == 0);
    assert_true(s.real == 0 && !s.lines && s.name[0] == '\0' && s.colour == COLOUR_NONE);
    assert_true(s.at.x == 7 && !s.at.note && s.points.n == 0 && !s.points.items && !s.any);
    fields_done(&s, &sample_fields);
    assert_null(s.text);
}

static void what_goes_in_comes_out(void **state)
{
    static const char json[] =
        "{\"on\":false,\"said\":true,\"tiny\":-128,\"small\":65535,\"id\":1795751050414000,"
        "\"real\":0.5,\"text\":\"turn on\",\"lines\":\"a\\n\\tb\",\"name\":\"caf\u00e9 x\","
        "\"colour\":\"blue\",\"at\":{\"x\":-300},\"points\":[{\"x\":1,\"note\":\"n\"},{\"x\":7}],"
        "\"words\":[\"one\",\"two\"],\"any\":{\"deep\":[1,null]}}";
    AUTO_FREE char *text = NULL;
    AUTO_JSON *j = NULL;
    struct sample s;
    struct err e = ERR_INIT;

    (void)state;
    if (sample_take(&s, json, &e) < 0)
        fail_msg("%s", err_text(&e));
    assert_int_equal(s.id, 1795751050414000);
    assert_int_equal(s.colour, COLOUR_BLUE);
    assert_int_equal(s.points.n, 2);
    assert_string_equal(((char **)s.words.items)[1], "two");
    j = fields_put(&s, &sample_fields);
    text = json_text(j);
    assert_string_equal(text, json);
    fields_done(&s, &sample_fields);
    assert_true(!s.text && !s.points.items && !s.any);
}

static void a_line_is_one_line(void **state)
{
    struct sample s;

    (void)state;
    assert_int_equal(sample_take(&s, "{\"text\":\" \\nhi\\r\\tyou\"}", NULL), 0);
    assert_string_equal(s.text, "hi  you");
    fields_done(&s, &sample_fields);
}

static void unsigned_bytes_come_back_unsigned(void **state)
{
    struct four {
        uint8_t a;
        uint32_t b;
        int32_t c;
        int64_t d;
    };
    static const struct field four_rows[] = {
        { "a", FIELD_UINT, FIELD_AT(struct four, a), .max = 255 },
        { "b", FIELD_UINT, FIELD_AT(struct four, b), .max = UINT32_MAX },
        { "c", FIELD_INT, FIELD_AT(struct four, c), .min = INT32_MIN, .max = INT32_MAX },
        { "d", FIELD_INT, FIELD_AT(struct four, d), .min = -JSON_INT_MAX, .max = JSON_INT_MAX },
    };
    static const struct fields four_fields = FIELDS(struct four, four_rows);
    static const char json[] =
        "{\"a\":255,\"b\":4294967295,\"c\":-2147483648,\"d\":-4503599627370496}";
    AUTO_FREE char *text = NULL;
    AUTO_JSON *j = NULL;
    struct four v;

    (void)state;
    assert_int_equal(fields_check(&four_fields, NULL), 0);
    assert_int_equal(fields_parse(&v, &four_fields, json, strlen(json), NULL), 0);
    assert_true(v.a == 255 && v.b == UINT32_MAX && v.c == INT32_MIN && v.d == -JSON_INT_MAX);
    j = fields_put(&v, &four_fields);
    text = json_text(j);
    assert_string_equal(text, json);
}

static void the_table_describes_itself(void **state)
{
    AUTO_JSON *j = fields_schema(&sample_fields);
    AUTO_FREE char *text = json_text(j);
    AUTO_STR words = STR_INIT;
    static const char *const schema[] = {
        "\"type\":\"object\"",
        "\"on\":{\"type\":\"boolean\",\"default\":true,\"description\":\"is it on\"}",
        "\"small\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535,\"default\":20}",
        "\"real\":{\"type\":\"number\",\"minimum\":-1,\"maximum\":1}",
        "\"text\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":10,",
        "\"colour\":{\"enum\":[\"red\",\"blue\"],\"type\":\"string\"}",
        "\"additionalProperties\":false",
        "\"words\":{\"type\":\"array\",\"maxItems\":3,\"items\":{\"type\":\"string\"",
        "\"required\":[\"text\"]",
    };
    static const char *const lines[] = {
        "- `on`: true or false, true when absent; is it on\n",
        "- `small`: whole number, 1 to 65535, 20 when absent\n",
        "- `text`: text of 1 to 10 bytes, needed; the sentence\n",
        "- `colour`: one of red, blue\n",
        "- `at`: object {x, note}\n",
        "- `points`: list of at most 3, each an object {x, note}\n",
        "- `any`: any value\n",
    };

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < N_OF(schema); i++)
        if (!strstr(text, schema[i]))
            fail_msg("%s is not in %s", schema[i], text);
    fields_describe(&words, &sample_fields);
    for (size_t i = 0; i < N_OF(lines); i++)
        if (!strstr(str_text(&words), lines[i]))
            fail_msg("%s is not in %s", lines[i], str_text(&words));
}

static void a_table_that_is_wrong_is_found(void **state)
{
    static const struct field wrong[] = {
        { "a", FIELD_INT, AT(tiny), .min = -129, .max = 127 },
        { "a", FIELD_UINT, AT(small), .max = 65536 },
        { "a", FIELD_UINT, AT(small), .min = -1, .max = 5 },
        { "a", FIELD_INT, AT(tiny), .min = 5, .max = 4 },
        { "a", FIELD_INT, AT(tiny), .max = 5, .fallback = 128 },
        { "a", FIELD_UINT, AT(id), .max = JSON_INT_MAX + 1 },
        { "a", FIELD_INT, AT(id), .min = -JSON_INT_MAX - 1 },
        { "a", FIELD_BOOL, AT(on), .fallback = -1 },
        { "a", FIELD_BOOL, AT(text) },
        { "a", FIELD_REAL, AT(small) },
        { "a", FIELD_TEXT, AT(name), .max = 7 },
        { "a", FIELD_TEXT, AT(text) },
        { "a", FIELD_NAME, AT(name), .max = 12 },
        { "a", FIELD_CHOICE, AT(colour) },
        { "a", FIELD_OBJECT, AT(at) },
        { "a", FIELD_OBJECT, AT(points), .of = &word_fields },
        { "a", FIELD_LIST, AT(points), .of = &point_fields },
        { "a", FIELD_LIST, AT(points), .max = 1 },
        { "a", FIELD_N, AT(points), .max = 1 },
        { "a", FIELD_INT, .offset = sizeof(struct sample), .size = 1, .max = 1 },
    };
    static const struct field twice[] = {
        { "a", FIELD_BOOL, AT(on) },
        { "a", FIELD_INT, AT(tiny), .max = 1 },
    };
    static const struct fields both = FIELDS(struct sample, twice);
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(fields_check(&sample_fields, NULL), 0);
    for (size_t i = 0; i < N_OF(wrong); i++) {
        const struct fields f = { &wrong[i], 1, sizeof(struct sample), false };

        if (fields_check(&f, NULL) != -EINVAL)
            fail_msg("row %zu is taken", i);
    }
    assert_int_equal(fields_check(&both, &e), -EINVAL);
    assert_non_null(strstr(err_text(&e), "stands twice"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused_is_named),
        cmocka_unit_test(what_is_absent_has_its_fallback),
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(a_line_is_one_line),
        cmocka_unit_test(unsigned_bytes_come_back_unsigned),
        cmocka_unit_test(the_table_describes_itself),
        cmocka_unit_test(a_table_that_is_wrong_is_found),
    };

    return cmocka_run_group_tests_name("base/fields", tests, NULL, NULL);
}
