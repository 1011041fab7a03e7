/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/wyoming_test.c - events of the Wyoming protocol: where data may stand, every split,
 * limits to the byte, what a peer gets wrong, and what is written is read again. */
#include "core/wyoming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BLANKS_16 "                "

/* One event as text: "type data payload". */
static void event_words(struct str *out, const struct wyoming_reader *r)
{
    char *data = json_text(r->event.data);

    str_addf(out, "[%s %s %.*s]", r->event.type, data, (int)r->bytes.len, str_text(&r->bytes));
    free(data);
}

/* Feeds `len` bytes, `step` at a time; the events so far in `out`; the code of the first failure. */
static int read_all(struct str *out, const char *bytes, size_t len, size_t step, struct err *e)
{
    struct wyoming_reader r;
    int got = 0;

    wyoming_reader_init(&r);
    for (size_t at = 0; at < len && got >= 0;) {
        size_t used = 99, n = len - at < step ? len - at : step;

        got = wyoming_feed(&r, bytes + at, n, &used, e);
        if (got >= 0) {
            assert_true(used > 0 && used <= n);
            assert_true(got == 1 || used == n);
            at += used;
        }
        if (got == 1)
            event_words(out, &r);
    }
    if (got >= 0)
        str_add(out, wyoming_is_between(&r) ? "" : "...");
    wyoming_reader_done(&r);
    return got < 0 ? got : 0;
}

static const struct {
    const char *name, *bytes;
    int want;
    const char *text; /* the events, or words of the failure */
} cases[] = {
    { "no data", "{\"type\":\"describe\"}\n", 0, "[describe {} ]" },
    { "two, CRLF", "{\"type\":\"a\"}\r\n{\"type\":\"b\"}\n", 0, "[a {} ][b {} ]" },
    { "data in the line", "{\"type\":\"a\",\"data\":{\"x\":1}}\n", 0, "[a {\"x\":1} ]" },
    { "data behind it", "{\"type\":\"a\",\"data_length\":7}\n{\"x\":2}", 0, "[a {\"x\":2} ]" },
    { "in both: the later wins, the rest stays",
      "{\"type\":\"a\",\"data\":{\"x\":1,\"y\":3},\"data_length\":7}\n{\"x\":2}", 0,
      "[a {\"y\":3,\"x\":2} ]" },
    { "payload", "{\"type\":\"a\",\"payload_length\":3}\n\n\n!{\"type\":\"b\"}\n", 0,
      "[a {} \n\n!][b {} ]" },
    { "data and payload", "{\"type\":\"a\",\"data_length\":7,\"payload_length\":2}\n{\"x\":2}{}", 0,
      "[a {\"x\":2} {}]" },
    { "nulls are nothing",
      "{\"type\":\"a\",\"data\":null,\"data_length\":null,\"version\":\"1\"}\n", 0, "[a {} ]" },
    { "nulls inside",
      "{\"type\":\"a\",\"data\":{\"n\":null,\"v\":{\"s\":null,\"t\":1},\"l\":[null]}}\n", 0,
      "[a {\"v\":{\"t\":1},\"l\":[null]} ]" },
    { "a null behind takes nothing away",
      "{\"type\":\"a\",\"data\":{\"x\":1},\"data_length\":10}\n{\"x\":null}", 0, "[a {\"x\":1} ]" },
    { "zero lengths", "{\"type\":\"a\",\"data_length\":0,\"payload_length\":0}\n", 0, "[a {} ]" },
    { "cut in the line", "{\"type\":\"a\"}\n{\"ty", 0, "[a {} ]..." },
    { "cut in the data", "{\"type\":\"a\",\"data_length\":7}\n{\"x\"", 0, "..." },
    { "cut in the payload", "{\"type\":\"a\",\"payload_length\":7}\n123456", 0, "..." },

    { "no JSON", "hello\n", -EPROTO, "the peer's event is no JSON" },
    { "empty line", "\n", -EPROTO, "the peer's event is no JSON" },
    { "HTTP", "GET / HTTP/1.1\r\n", -EPROTO, "the peer's event is no JSON" },
    { "no object", "[1]\n", -EPROTO, "the peer's event is no JSON object" },
    { "no type", "{\"data\":{}}\n", -EPROTO, "type: is missing" },
    { "type null", "{\"type\":null}\n", -EPROTO, "type: is missing" },
    { "type a number", "{\"type\":7}\n", -EPROTO, "the peer's event: type" },
    { "type empty", "{\"type\":\"\"}\n", -EPROTO, "the peer's event: type" },
    { "data a list", "{\"type\":\"a\",\"data\":[1]}\n", -EPROTO, "data is no object" },
    { "data behind a list", "{\"type\":\"a\",\"data_length\":3}\n[1]", -EPROTO,
      "data is no JSON object" },
    { "data behind garbage", "{\"type\":\"a\",\"data_length\":3}\n{1}", -EPROTO,
      "data is no JSON" },
    { "a negative length", "{\"type\":\"a\",\"data_length\":-1}\n", -EMSGSIZE, "data_length" },
    { "half a byte", "{\"type\":\"a\",\"payload_length\":1.5}\n", -EPROTO, "payload_length" },
    { "a length in words", "{\"type\":\"a\",\"payload_length\":\"9\"}\n", -EPROTO,
      "payload_length" },
    { "one byte of data too many", "{\"type\":\"a\",\"data_length\":1048577}\n", -EMSGSIZE,
      "data_length" },
    { "a lying peer", "{\"type\":\"a\",\"payload_length\":250000000}\n", -EMSGSIZE,
      "payload_length" },
    { "beyond every number", "{\"type\":\"a\",\"payload_length\":1e300}\n", -EMSGSIZE,
      "payload_length" },
    { "the first is good", "{\"type\":\"a\"}\n{\"type\":}\n", -EPROTO,
      "the peer's event is no JSON" },
};

static void test_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t step = 1; step <= 64; step = step == 1   ? 2
                                                 : step == 2 ? 7
                                                 : step == 7 ? 64
                                                             : 65) {
            AUTO_STR out = STR_INIT;
            struct err e = ERR_INIT;
            int r = read_all(&out, cases[i].bytes, strlen(cases[i].bytes), step, &e);

            print_message("%s, by %zu\n", cases[i].name, step);
            assert_int_equal(r, cases[i].want);
            if (r == 0)
                assert_string_equal(str_text(&out), cases[i].text);
            else
                assert_non_null(strstr(e.text, cases[i].text));
        }
}

/* A line of `len` bytes before its end. */
static int read_line_of(size_t len, struct err *e)
{
    AUTO_STR bytes = STR_INIT;
    AUTO_STR out = STR_INIT;

    str_add(&bytes, "{\"type\":\"a\"");
    while (bytes.len < len - 1)
        str_add_char(&bytes, ' ');
    str_add(&bytes, "}\n");
    return read_all(&out, bytes.data, bytes.len, 4096, e);
}

static void test_line_limit(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(read_line_of(WYOMING_LINE_BYTES_MAX - 1, NULL), 0);
    assert_int_equal(read_line_of(WYOMING_LINE_BYTES_MAX, NULL), 0);
    assert_int_equal(read_line_of(WYOMING_LINE_BYTES_MAX + 1, &e), -EMSGSIZE);
    assert_non_null(strstr(e.text, "more than 65536 bytes"));
}

/* A peer that sends a line without end is left long before memory matters. */
static void test_endless_line(void **state)
{
    struct wyoming_reader r;
    size_t used = 0;
    int got = 0, n = 0;

    (void)state;
    wyoming_reader_init(&r);
    for (; got == 0 && n < 100000; n++)
        got = wyoming_feed(&r, BLANKS_16, 16, &used, NULL);
    assert_int_equal(got, -EMSGSIZE);
    assert_int_equal(n, WYOMING_LINE_BYTES_MAX / 16 + 1);
    wyoming_reader_done(&r);
}

static void test_largest_parts(void **state)
{
    static char payload[WYOMING_PAYLOAD_BYTES_MAX];
    AUTO_STR bytes = STR_INIT;
    struct wyoming_reader r;
    size_t used = 0;

    (void)state;
    memset(payload, '\n', sizeof(payload));
    wyoming_put(&bytes, "audio-chunk", NULL, payload, sizeof(payload));
    wyoming_reader_init(&r);
    assert_int_equal(wyoming_feed(&r, bytes.data, bytes.len, &used, NULL), 1);
    assert_int_equal(used, bytes.len);
    assert_int_equal(r.bytes.len, sizeof(payload));
    assert_memory_equal(r.bytes.data, payload, sizeof(payload));
    wyoming_reader_done(&r);
}

/* What was handed out stands until the next byte, and does not come twice. */
static void test_whole_once(void **state)
{
    struct wyoming_reader r;
    const char bytes[] = "{\"type\":\"a\"}\n";
    size_t used = 0;

    (void)state;
    wyoming_reader_init(&r);
    assert_true(wyoming_is_between(&r));
    assert_int_equal(wyoming_feed(&r, bytes, strlen(bytes), &used, NULL), 1);
    assert_true(wyoming_is_between(&r));
    assert_int_equal(wyoming_feed(&r, NULL, 0, &used, NULL), 0);
    assert_string_equal(r.event.type, "a");
    assert_int_equal(wyoming_feed(&r, bytes, 3, &used, NULL), 0);
    assert_null(r.event.type);
    assert_false(wyoming_is_between(&r));
    wyoming_reader_done(&r);
}

/* ---- writing ---- */

static void test_put(void **state)
{
    AUTO_STR out = STR_INIT;
    AUTO_JSON *empty = cJSON_CreateObject();

    (void)state;
    wyoming_put(&out, "describe", NULL, NULL, 0);
    assert_string_equal(str_text(&out), "{\"type\":\"describe\"}\n");
    str_clear(&out);
    wyoming_put(&out, "describe", empty, NULL, 0);
    assert_string_equal(str_text(&out), "{\"type\":\"describe\"}\n");
    str_clear(&out);
    json_put_text(empty, "text", "on \xc3\xa9\n");
    wyoming_put(&out, "transcript", empty, "ab", 2);
    assert_string_equal(str_text(&out),
                        "{\"type\":\"transcript\",\"data_length\":18,\"payload_length\":2}\n"
                        "{\"text\":\"on \xc3\xa9\\n\"}ab");
}

static const struct {
    const char *name;
    struct wyoming_synthesize said;
    const char *data;
} synthesize_cases[] = {
    { "text alone: no empty voice", { (char *)"hi", { NULL, NULL, NULL } }, "{\"text\":\"hi\"}" },
    { "voice",
      { (char *)"hi", { (char *)"amy", NULL, NULL } },
      "{\"text\":\"hi\",\"voice\":{\"name\":\"amy\"}}" },
    { "start of a stream",
      { NULL, { (char *)"amy", (char *)"en", (char *)"2" } },
      "{\"voice\":{\"name\":\"amy\",\"language\":\"en\",\"speaker\":\"2\"}}" },
};

static void test_put_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(synthesize_cases) / sizeof(synthesize_cases[0]); i++) {
        AUTO_STR out = STR_INIT;
        const char *data;

        wyoming_put_of(&out, "synthesize", &synthesize_cases[i].said, &wyoming_synthesize_fields,
                       NULL, 0);
        data = strchr(str_text(&out), '\n');
        print_message("%s\n", synthesize_cases[i].name);
        assert_non_null(data);
        assert_string_equal(data + 1, synthesize_cases[i].data);
    }
}

static const struct fields *const tables[] = {
    &wyoming_format_fields,     &wyoming_text_fields,  &wyoming_transcribe_fields,
    &wyoming_synthesize_fields, &wyoming_error_fields,
};

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        struct err e = ERR_INIT;

        if (fields_check(tables[i], &e) < 0)
            fail_msg("table %zu: %s", i, e.text);
    }
}

/* Written, cut into bytes, read, taken: the same. */
static void test_round(void **state)
{
    const struct wyoming_format out = { 16000, 2, 1, 1234 };
    struct wyoming_format in = { 0 };
    struct wyoming_reader r;
    AUTO_STR bytes = STR_INIT;
    int got = 0;

    (void)state;
    wyoming_put_of(&bytes, "audio-chunk", &out, &wyoming_format_fields, "\0\1\2\3", 4);
    wyoming_reader_init(&r);
    for (size_t at = 0, used = 0; at < bytes.len; at += used) {
        got = wyoming_feed(&r, bytes.data + at, 1, &used, NULL);
        assert_int_equal(got, at + 1 == bytes.len);
    }
    assert_int_equal(wyoming_take(&in, &wyoming_format_fields, &r.event, NULL), 0);
    assert_int_equal(in.rate_hz, out.rate_hz); /* one by one: the struct has padding */
    assert_int_equal(in.width, out.width);
    assert_int_equal(in.channels, out.channels);
    assert_int_equal(in.timestamp_ms, out.timestamp_ms);
    assert_int_equal(r.bytes.len, 4);
    assert_memory_equal(r.bytes.data, "\0\1\2\3", 4);
    wyoming_reader_done(&r);
}

static const struct {
    const char *name;
    const struct fields *table;
    const char *data;
    int want;
    const char *text;
} take_cases[] = {
    { "format", &wyoming_format_fields, "{\"rate\":22050,\"width\":2,\"channels\":1}", 0, NULL },
    { "no rate", &wyoming_format_fields, "{\"width\":2,\"channels\":1}", -EPROTO,
      "the peer's x: rate: is missing" },
    { "a rate of nothing", &wyoming_format_fields, "{\"rate\":0,\"width\":2,\"channels\":1}",
      -EMSGSIZE, "rate" },
    { "a rate of everything", &wyoming_format_fields, "{\"rate\":4e9,\"width\":2,\"channels\":1}",
      -EMSGSIZE, "rate" },
    { "text", &wyoming_text_fields, "{\"text\":\"\",\"language\":\"en\"}", 0, NULL },
    { "no text", &wyoming_text_fields, "{}", -EPROTO, "text: is missing" },
    { "text a list", &wyoming_text_fields, "{\"text\":[]}", -EPROTO, "the peer's x: text" },
    { "error", &wyoming_error_fields, "{\"text\":\"no model\",\"code\":\"x\",\"more\":1}", 0,
      NULL },
    { "voice without words", &wyoming_synthesize_fields, "{\"text\":\"a\",\"voice\":null}", 0,
      NULL },
};

static void test_take(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(take_cases) / sizeof(take_cases[0]); i++) {
        AUTO_STR bytes = STR_INIT;
        struct wyoming_reader r;
        struct err e = ERR_INIT;
        size_t used = 0;
        union {
            struct wyoming_format format;
            struct wyoming_text text;
            struct wyoming_synthesize synthesize;
            struct wyoming_error error;
        } got = { 0 };

        print_message("%s\n", take_cases[i].name);
        str_addf(&bytes, "{\"type\":\"x\",\"data\":%s}\n", take_cases[i].data);
        wyoming_reader_init(&r);
        assert_int_equal(wyoming_feed(&r, bytes.data, bytes.len, &used, NULL), 1);
        assert_int_equal(wyoming_take(&got, take_cases[i].table, &r.event, &e), take_cases[i].want);
        if (take_cases[i].want < 0)
            assert_non_null(strstr(e.text, take_cases[i].text));
        fields_done(&got, take_cases[i].table);
        wyoming_reader_done(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),       cmocka_unit_test(test_line_limit),
        cmocka_unit_test(test_endless_line), cmocka_unit_test(test_largest_parts),
        cmocka_unit_test(test_whole_once),   cmocka_unit_test(test_put),
        cmocka_unit_test(test_put_of),       cmocka_unit_test(test_tables),
        cmocka_unit_test(test_round),        cmocka_unit_test(test_take),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
