/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of streamed answers: both formats, every split, every fault, the limits. */
#include "assistant/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define OLLAMA(text) "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"" text \
                     "\"},\"done\":false}"
#define CHUNK(delta) "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{" delta \
                     "},\"finish_reason\":null}]}"
#define LAST "{\"done\":true,\"done_reason\":\"stop\",\"eval_count\":3}"

static const struct {
    const char *name;
    enum stream_kind kind;
    const char *bytes, *text;
    int want;
    const char *words; /* of the error */
} cases[] = {
    { "ollama", STREAM_NDJSON, OLLAMA("Hel") "\n" OLLAMA("lo.") "\n" LAST "\n", "Hello.", 0, "" },
    { "ollama CRLF, empty lines", STREAM_NDJSON,
      "\r\n" OLLAMA("a") "\r\n\r\n  \r\n" OLLAMA("b") "\r\n" LAST "\r\n", "ab", 0, "" },
    { "last line without an end", STREAM_NDJSON, OLLAMA("a") "\n" LAST, "a", 0, "" },
    { "content in the last line", STREAM_NDJSON,
      "{\"message\":{\"content\":\"all\"},\"done\":true}", "all", 0, "" },
    { "escapes and UTF-8", STREAM_NDJSON, OLLAMA("\\u00e9 \xc3\xa9 \\ud83d\\ude00") "\n" LAST "\n",
      "\xc3\xa9 \xc3\xa9 \xf0\x9f\x98\x80", 0, "" },
    { "thinking is not spoken", STREAM_NDJSON,
      "{\"message\":{\"thinking\":\"hm\",\"content\":\"\"},\"done\":false}\n" OLLAMA("x") "\n" LAST
                                                                                          "\n",
      "x", 0, "" },
    { "tool calls are not spoken", STREAM_NDJSON,
      "{\"message\":{\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":"
      "{}}}]},\"done\":false}\n" LAST "\n",
      "", 0, "" },
    { "content is null", STREAM_NDJSON,
      "{\"message\":{\"content\":null},\"done\":false}\n" LAST "\n", "", 0, "" },
    { "behind the end", STREAM_NDJSON, OLLAMA("a") "\n" LAST "\nrubbish\n{]\n", "a", 0, "" },
    { "error in a good stream", STREAM_NDJSON, OLLAMA("a") "\n{\"error\":\"out of GPU memory\"}\n",
      "a", -EREMOTEIO, "out of GPU memory" },
    { "ollama broke off", STREAM_NDJSON, OLLAMA("a") "\n", "a", -EPROTO, "broke the answer off" },
    { "ollama cut in a line", STREAM_NDJSON, OLLAMA("a") "\n{\"message\":{\"cont", "a", -EPROTO,
      "no JSON" },
    { "ollama empty", STREAM_NDJSON, "", "", -EPROTO, "broke the answer off" },
    { "html", STREAM_NDJSON, "<html><body>hello</body></html>\n", "", -EPROTO, "no JSON" },
    { "other JSON", STREAM_NDJSON, "{\"hello\":1}\n", "", -EPROTO, "not an answer of /api/chat" },
    { "JSON that is no object", STREAM_NDJSON, "[1,2]\n", "", -EPROTO, "not an answer" },
    { "two values in a line", STREAM_NDJSON, LAST LAST "\n", "", -EPROTO, "no JSON" },
    { "invalid UTF-8", STREAM_NDJSON, OLLAMA("a\xff") "\n", "", -EPROTO, "no JSON" },

    { "sse", STREAM_SSE,
      CHUNK("\"role\":\"assistant\"") "\n\n" CHUNK("\"content\":\"Hel\"") "\n\n" CHUNK(
          "\"content\":\"lo.\"") "\n\ndata: [DONE]\n\n",
      "Hello.", 0, "" },
    { "sse CRLF, comments, other fields", STREAM_SSE,
      ": ping\r\n\r\nevent: message\r\nid: 7\r\nretry: 10\r\n" CHUNK(
          "\"content\":\"a\"") "\r\n\r\n:\r\n\r\ndata: [DONE]\r\n\r\n",
      "a", 0, "" },
    { "sse CR alone", STREAM_SSE, CHUNK("\"content\":\"a\"") "\r\rdata: [DONE]\r\r", "a", 0, "" },
    { "sse byte order mark", STREAM_SSE,
      "\xef\xbb\xbf" CHUNK("\"content\":\"a\"") "\n\ndata: [DONE]\n\n", "a", 0, "" },
    { "sse without blanks", STREAM_SSE,
      "data:{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata:[DONE]\n\n", "a", 0, "" },
    { "sse event in two data lines", STREAM_SSE,
      "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n", "a", 0,
      "" },
    { "sse ended by a finish_reason", STREAM_SSE,
      "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n", "a",
      0, "" },
    { "sse last event without an end", STREAM_SSE, CHUNK("\"content\":\"a\"") "\n\ndata: [DONE]",
      "a", 0, "" },
    { "sse usage without choices", STREAM_SSE,
      CHUNK("\"content\":\"a\"") "\n\ndata: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n", "a",
      0, "" },
    { "sse reasoning is not spoken", STREAM_SSE,
      CHUNK("\"reasoning_content\":\"hm\"") "\n\n" CHUNK(
          "\"content\":\"a\"") "\n\ndata: [DONE]\n\n",
      "a", 0, "" },
    { "sse error event", STREAM_SSE,
      "data: {\"error\":{\"code\":500,\"message\":\"context is full\",\"type\":\"x\"}}\n\n", "",
      -EREMOTEIO, "context is full" },
    { "sse error without words", STREAM_SSE, "data: {\"error\":{\"code\":500}}\n\n", "", -EREMOTEIO,
      "without words" },
    { "sse error field", STREAM_SSE, "error: {\"message\":\"no slot\"}\n\n", "", -EREMOTEIO,
      "no slot" },
    { "sse broke off", STREAM_SSE, CHUNK("\"content\":\"a\"") "\n\n", "a", -EPROTO,
      "broke the answer off" },
    { "sse garbage", STREAM_SSE, "data: hello\n\n", "", -EPROTO, "no JSON" },
    { "sse other JSON", STREAM_SSE, "data: {\"a\":1}\n\n", "", -EPROTO, "chat completion chunk" },
};

static int parse(struct str *text, enum stream_kind kind, const char *bytes, size_t step,
                 struct err *e)
{
    struct stream s;
    size_t len = strlen(bytes);
    int r = 0;

    stream_init(&s, kind);
    for (size_t at = 0; r == 0 && at < len; at += step)
        r = stream_feed(&s, bytes + at, at + step < len ? step : len - at, e);
    if (r == 0)
        r = stream_end(&s, e);
    str_add(text, str_text(&s.text));
    stream_done(&s);
    return r;
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t step = 1; step < 40; step += step < 5 ? 1 : 7) {
            AUTO_STR text = STR_INIT;
            struct err e = ERR_INIT;
            int r = parse(&text, cases[i].kind, cases[i].bytes, step, &e);

            if (r != cases[i].want || !strstr(e.text, cases[i].words) ||
                strcmp(str_text(&text), cases[i].text) != 0)
                fail_msg("%s, by %zu bytes: %d '%s' (%s), want %d '%s' (%s)", cases[i].name, step,
                         r, str_text(&text), e.text, cases[i].want, cases[i].text, cases[i].words);
        }
    }
}

static void test_line_limit(void **state)
{
    enum { STEP = 4096 };
    static char bytes[STEP];
    struct stream s;
    struct err e = ERR_INIT;
    size_t fed = 0;
    int r = 0;

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    stream_init(&s, STREAM_NDJSON);
    while (r == 0 && fed < 4 * (size_t)STREAM_LINE_BYTES_MAX) {
        r = stream_feed(&s, bytes, sizeof(bytes), &e);
        fed += sizeof(bytes);
    }
    assert_int_equal(r, -EMSGSIZE);
    assert_true(fed <= (size_t)STREAM_LINE_BYTES_MAX + STEP);
    assert_non_null(strstr(e.text, "a line of more than"));
    stream_done(&s);
}

/* Comments and empty lines have no content but count, so that a server cannot send for ever. */
static void test_answer_limit(void **state)
{
    static const char comment[] = ": keep-alive\n\n\n";
    struct stream s;
    struct err e = ERR_INIT;
    size_t fed = 0;
    int r = 0;

    (void)state;
    stream_init(&s, STREAM_SSE);
    while (r == 0 && fed < 2 * (size_t)STREAM_BYTES_MAX) {
        r = stream_feed(&s, comment, sizeof(comment) - 1, &e);
        fed += sizeof(comment) - 1;
    }
    assert_int_equal(r, -EMSGSIZE);
    assert_true(fed <= (size_t)STREAM_BYTES_MAX + sizeof(comment));
    assert_int_equal(s.events, 0);
    stream_done(&s);
}

static void test_event_limit(void **state)
{
    static char line[65536];
    struct stream s;
    struct err e = ERR_INIT;
    int r = 0;

    (void)state;
    memset(line, 'x', sizeof(line));
    memcpy(line, "data: ", 6);
    line[sizeof(line) - 1] = '\n';
    stream_init(&s, STREAM_SSE);
    for (int i = 0; r == 0 && i < 100; i++)
        r = stream_feed(&s, line, sizeof(line), &e);
    assert_int_equal(r, -EMSGSIZE);
    assert_non_null(strstr(e.text, "an event of more than"));
    stream_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_line_limit),
        cmocka_unit_test(test_answer_limit),
        cmocka_unit_test(test_event_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
