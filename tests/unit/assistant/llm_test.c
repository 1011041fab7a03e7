/* SPDX-License-Identifier: Apache-2.0 */
/* Language model clients against a server that behaves in every way: what is said, what fails and
 * in which words, and that a cancel closes the connection at once.
 * Time is virtual: a deadline passes when the test says so, never because the machine is slow. */
#include "core/breaker.h"
#include "base/utf8.h"
#include "assistant/llm.h"
#include "assistant/memory.h"

#include "lib/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STEPS_MAX = 2000, STEP_MS = 10, FLOOD_BYTES = 100 << 20 }; /* 20 s of real time at most */

#define HEAD(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n"
#define ND HEAD("application/x-ndjson")
#define SSE HEAD("text/event-stream; charset=utf-8")
#define LINE(text) "{\"message\":{\"content\":\"" text "\"},\"done\":false}\n"
#define DONE "{\"done\":true}\n"
#define CHUNK(text) "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"
#define KEY "sk-secret-0123456789"

struct bench {
    struct clock clock;
    struct loop *loop;
    struct settings settings;
    struct llm *llm;
    struct fake_server server;
    struct str text;
    bool ended, cancel_on_text;
    int code;
    char words[ERR_TEXT_BYTES];
};

static void on_text(const char *text, size_t len, void *user)
{
    struct bench *b = user;

    assert_int_equal(strlen(text), len);
    str_add(&b->text, text);
    if (b->cancel_on_text)
        llm_cancel(b->llm);
}

static void on_end(int code, const char *words, void *user)
{
    struct bench *b = user;

    assert_false(b->ended);
    b->ended = true;
    b->code = code;
    str_copy(b->words, sizeof(b->words), words);
}

static void bench_make(struct bench *b, const char *kind)
{
    const struct llm_events events = { on_text, on_end, b };
    struct err e = ERR_INIT;

    llm_free(b->llm);
    b->llm = NULL;
    str_copy(b->settings.llm_kind, sizeof(b->settings.llm_kind), kind);
    if (llm_new(&b->llm, b->loop, &b->settings, &events, &e) < 0)
        fail_msg("%s", e.text);
}

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    if (!b || fake_start(&b->server) != 0)
        return -1;
    clock_init_virtual(&b->clock, 1000000);
    b->settings.llm_connect_ms = 5000;
    b->settings.llm_first_token_ms = 10000;
    b->settings.llm_gap_ms = 5000;
    b->settings.llm_total_ms = 60000;
    snprintf(b->settings.llm_url, sizeof(b->settings.llm_url), "http://127.0.0.1:%u/",
             b->server.port);
    str_copy(b->settings.llm_model, sizeof(b->settings.llm_model), "tiny");
    str_copy(b->settings.llm_key, sizeof(b->settings.llm_key), KEY);
    *state = b;
    return loop_new(&b->loop, &b->clock, NULL);
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    llm_free(b->llm);
    loop_free(b->loop);
    fake_stop(&b->server);
    str_done(&b->text);
    free(b);
    return 0;
}

static void bench_ask(struct bench *b)
{
    static const struct llm_turn turns[] = { { "system", "Be brief." }, { "user", "Why \"x\"?" } };
    struct err e = ERR_INIT;

    str_clear(&b->text);
    b->ended = false;
    b->words[0] = '\0';
    if (llm_ask(b->llm, turns, 2, &e) < 0)
        fail_msg("%s", e.text);
}

static void bench_run_until(struct bench *b, const _Atomic unsigned *count, unsigned want)
{
    for (int i = 0; i < STEPS_MAX && !b->ended && (!count || *count < want); i++)
        loop_step(b->loop, STEP_MS);
}

static void bench_script(struct bench *b, const char *answer, enum fake_manner manner)
{
    fake_script(&b->server, answer, manner, FLOOD_BYTES);
}

/* ---- whole answers --------------------------------------------------------------------- */

static const struct {
    const char *name, *kind, *answer;
    enum fake_manner manner;
    const char *text;
    int want;
    const char *words;
} cases[] = {
    { "ollama", "ollama", ND LINE("Hello ") LINE("there.") DONE, FAKE_CLOSE, "Hello there.", 0,
      "" },
    { "ollama trickled", "ollama", ND LINE("H\xc3\xa9") DONE, FAKE_TRICKLE, "H\xc3\xa9", 0, "" },
    { "ollama, connection stays open", "ollama", ND LINE("a") DONE, FAKE_HOLD, "a", 0, "" },
    { "ollama, last line without an end", "ollama", ND LINE("a") "{\"done\":true}", FAKE_CLOSE, "a",
      0, "" },
    { "openai", "openai", SSE CHUNK("Hel") CHUNK("lo") "data: [DONE]\n\n", FAKE_CLOSE, "Hello", 0,
      "" },
    { "openai trickled", "openai", SSE ": hi\r\n\r\n" CHUNK("a") "data: [DONE]\r\n\r\n",
      FAKE_TRICKLE, "a", 0, "" },
    { "chunked", "openai",
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2e\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\r\n1\r\n\n\r\n"
      "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n",
      FAKE_CLOSE, "a", 0, "" },

    { "cut", "ollama", ND LINE("Hello "), FAKE_CLOSE, "Hello ", -EPROTO, "broke the answer off" },
    { "cut in a chunk", "openai",
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2d\r\ndata: {",
      FAKE_CLOSE, "", -ECONNRESET, "broke the connection" },
    { "no answer", "ollama", "", FAKE_CLOSE, "", -ECONNRESET, "without an answer" },
    { "empty body", "ollama", ND, FAKE_CLOSE, "", -EPROTO, "broke the answer off" },
    { "garbage", "ollama", ND "%%%% not json\n", FAKE_CLOSE, "", -EPROTO, "no JSON" },
    { "no HTTP", "ollama", "hello, I am no web server\r\n\r\n", FAKE_CLOSE, "", -EPROTO,
      "127.0.0.1" },
    { "error in the stream", "ollama", ND LINE("a") "{\"error\":\"no memory\"}\n", FAKE_CLOSE, "a",
      -EREMOTEIO, "no memory" },
    { "a web page", "ollama", HEAD("text/html") "<html>login</html>", FAKE_CLOSE, "", -EPROTO,
      "sent text/html, not application/x-ndjson: check llm.kind" },
    { "JSON for a stream", "openai",
      HEAD("application/json") "{\"error\":{\"message\":\"no way\"}}", FAKE_CLOSE, "", -EREMOTEIO,
      "no way" },
    { "no content type", "ollama", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" LINE("a"),
      FAKE_CLOSE, "", -EPROTO, "no content type" },
    { "unknown model", "ollama",
      "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 31\r\n\r\n"
      "{\"error\":\"model 'x' not found\"}\n",
      FAKE_CLOSE, "", -ENOENT, "llm.model: model 'x' not found" },
    { "bad key", "openai",
      "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n{\"error\":{\"message\":\"bad " KEY
      "\"}}",
      FAKE_CLOSE, "", -EACCES, "check llm.key: bad ***" },
    { "loading", "openai", "HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n", FAKE_CLOSE, "",
      -EAGAIN, "not ready" },
    { "server error", "ollama", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", FAKE_HOLD, "",
      -EREMOTEIO, "HTTP status 500" },
    { "redirect", "ollama",
      "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", FAKE_HOLD,
      "", -EPROTO, "redirects, which is not followed" },
    { "100 MB in a line", "ollama", ND, FAKE_FLOOD, "", -EMSGSIZE, "a line of more than" },
    { "100 MB of a web page", "ollama", HEAD("text/html"), FAKE_FLOOD, "", -EPROTO, "text/html" },
};

static void test_answers(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bench_make(b, cases[i].kind);
        bench_script(b, cases[i].answer, cases[i].manner);
        bench_ask(b);
        bench_run_until(b, NULL, 0);
        if (!b->ended || b->code != cases[i].want || !strstr(b->words, cases[i].words) ||
            strcmp(str_text(&b->text), cases[i].text) != 0)
            fail_msg("%s: ended %d, %d '%s' text '%s'", cases[i].name, b->ended, b->code, b->words,
                     str_text(&b->text));
        assert_null(strstr(b->words, KEY));
        assert_false(llm_is_busy(b->llm));
        if (cases[i].manner == FAKE_FLOOD)
            assert_true(b->server.flooded < (32u << 20));
    }
}

static void test_request(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *kind, *base, *line;
    } urls[] = {
        { "ollama", "", "POST /api/chat HTTP/1.1" },
        { "ollama", "/", "POST /api/chat HTTP/1.1" },
        { "ollama", "/api", "POST /api/chat HTTP/1.1" },
        { "ollama", "/proxy/api/chat", "POST /proxy/api/chat HTTP/1.1" },
        { "openai", "", "POST /v1/chat/completions HTTP/1.1" },
        { "openai", "/v1/", "POST /v1/chat/completions HTTP/1.1" },
        { "openai", "/x/v1/chat/completions", "POST /x/v1/chat/completions HTTP/1.1" },
    };

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        snprintf(b->settings.llm_url, sizeof(b->settings.llm_url), "http://127.0.0.1:%u%s",
                 b->server.port, urls[i].base);
        bench_make(b, urls[i].kind);
        bench_script(b, ND DONE, FAKE_CLOSE);
        bench_ask(b);
        bench_run_until(b, NULL, 0);
        assert_true(b->ended);
        if (!str_starts(b->server.request, urls[i].line))
            fail_msg("%s%s: %.60s", urls[i].kind, urls[i].base, b->server.request);
        assert_non_null(strstr(b->server.request, "\r\nAuthorization: Bearer " KEY "\r\n"));
        assert_non_null(strstr(b->server.request, "\"stream\":true"));
        assert_non_null(strstr(b->server.request, "\"model\":\"tiny\""));
        assert_non_null(strstr(b->server.request,
                               "[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                               "{\"role\":\"user\",\"content\":\"Why \\\"x\\\"?\"}]"));
    }
}

static void test_bad_url(void **state)
{
    struct bench *b = *state;
    const struct llm_events events = { on_text, on_end, b };
    static const struct {
        const char *url, *words;
    } urls[] = {
        { "", "http or https" },
        { "file:///etc/passwd", "http or https" },
        { "ftp://host/", "http or https" },
        { "gopher://127.0.0.1:6379/_x", "http or https" },
        { "http://user:secret@host/", "no user or password" },
        { "http://", "http or https" },
        { "http://a b/", "http or https" },
    };

    str_copy(b->settings.llm_kind, sizeof(b->settings.llm_kind), "ollama");
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct llm *l = (struct llm *)b;
        struct err e = ERR_INIT;

        str_copy(b->settings.llm_url, sizeof(b->settings.llm_url), urls[i].url);
        assert_int_equal(llm_new(&l, b->loop, &b->settings, &events, &e), -EINVAL);
        assert_ptr_equal(l, b);
        if (!strstr(e.text, urls[i].words) || strstr(e.text, "secret"))
            fail_msg("%s: %s", urls[i].url, e.text);
    }
}

/* ---- time ------------------------------------------------------------------------------ */

static const struct {
    const char *name, *answer;
    int64_t ms;
    const char *text, *words;
} stalls[] = {
    { "no head", "", 15000, "", "no first word within 10000 ms" },
    { "no body", SSE, 15000, "", "no first word" },
    { "comments are no life", SSE ": ping\n\n: ping\n\n", 15000, "", "no first word" },
    { "half a line is no life", SSE "data: {\"choices\":[", 15000, "", "no first word" },
    { "gap", SSE CHUNK("a"), 5000, "a", "silent for 5000 ms" },
    { "reasoning for ever",
      SSE "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n", 5000, "",
      "silent" },
};

static void test_stalls(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(stalls) / sizeof(stalls[0]); i++) {
        unsigned requests = b->server.requests, dropped = b->server.dropped;

        bench_make(b, "openai");
        bench_script(b, stalls[i].answer, FAKE_HOLD);
        bench_ask(b);
        bench_run_until(b, &b->server.requests, requests + 1);
        for (int k = 0; k < 20; k++)
            loop_step(b->loop, STEP_MS); /* what was sent has arrived */
        clock_advance_usec(&b->clock, stalls[i].ms * 1000 - 1000);
        loop_step(b->loop, 0);
        if (b->ended)
            fail_msg("%s: too early: %s", stalls[i].name, b->words);
        clock_advance_usec(&b->clock, 2000);
        loop_step(b->loop, 0);
        if (b->code != -ETIMEDOUT || !strstr(b->words, stalls[i].words) ||
            strcmp(str_text(&b->text), stalls[i].text) != 0)
            fail_msg("%s: ended %d, %d '%s' text '%s'", stalls[i].name, b->ended, b->code, b->words,
                     str_text(&b->text));
        bench_run_until(b, &b->server.dropped, dropped + 1);
    }
}

static void test_total(void **state)
{
    struct bench *b = *state;

    b->settings.llm_first_token_ms = 100000;
    bench_make(b, "openai");
    bench_script(b, SSE, FAKE_HOLD);
    bench_ask(b);
    bench_run_until(b, &b->server.requests, 1);
    clock_advance_usec(&b->clock, 60001000);
    loop_step(b->loop, 0);
    assert_true(b->ended);
    assert_non_null(strstr(b->words, "no whole answer within 60000 ms"));
}

static void test_refused(void **state)
{
    struct bench *b = *state;
    struct fake_server gone;
    unsigned port;

    assert_int_equal(fake_start(&gone), 0);
    port = gone.port;
    fake_stop(&gone);
    snprintf(b->settings.llm_url, sizeof(b->settings.llm_url), "http://127.0.0.1:%u", port);
    bench_make(b, "ollama");
    bench_ask(b);
    bench_run_until(b, NULL, 0);
    assert_int_equal(b->code, -ECONNREFUSED);
    assert_non_null(strstr(b->words, "is it running?"));
}

/* ---- cancel ---------------------------------------------------------------------------- */

/* Barge-in: the server sees the connection go though the time stands still. */
static void test_cancel(void **state)
{
    struct bench *b = *state;

    bench_make(b, "openai");
    bench_script(b, SSE CHUNK("a"), FAKE_HOLD);
    bench_ask(b);
    assert_int_equal(llm_ask(b->llm, NULL, 0, NULL), -EBUSY);
    for (int i = 0; i < STEPS_MAX && b->text.len == 0; i++)
        loop_step(b->loop, STEP_MS);
    assert_string_equal(str_text(&b->text), "a");
    llm_cancel(b->llm);
    assert_false(llm_is_busy(b->llm));
    for (int i = 0; i < STEPS_MAX && b->server.dropped == 0; i++)
        loop_step(b->loop, STEP_MS);
    assert_int_equal(b->server.dropped, 1);
    assert_false(b->ended);
    bench_script(b, SSE CHUNK("b") "data: [DONE]\n\n", FAKE_CLOSE);
    bench_ask(b);
    bench_run_until(b, NULL, 0);
    assert_int_equal(b->code, 0);
    assert_string_equal(str_text(&b->text), "b");
}

static void test_cancel_from_within(void **state)
{
    struct bench *b = *state;

    b->cancel_on_text = true;
    bench_make(b, "openai");
    bench_script(b, SSE CHUNK("a") CHUNK("b") "data: [DONE]\n\n", FAKE_HOLD);
    bench_ask(b);
    for (int i = 0; i < STEPS_MAX && b->server.dropped == 0; i++)
        loop_step(b->loop, STEP_MS);
    assert_false(b->ended);
    assert_false(llm_is_busy(b->llm));
    llm_cancel(b->llm);
    llm_cancel(NULL);
}

/* ---- circuit breaker and memory -------------------------------------------------------- */

static void test_breaker(void **state)
{
    struct bench *b = *state;
    static const struct llm_turn turn = { "user", "x" };
    struct err e = ERR_INIT;

    bench_make(b, "ollama");
    bench_script(b, ND "{\"error\":\"down\"}\n", FAKE_CLOSE);
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        bench_ask(b);
        bench_run_until(b, NULL, 0);
        assert_int_equal(b->code, -EREMOTEIO);
    }
    assert_int_equal(llm_ask(b->llm, &turn, 1, &e), -EHOSTDOWN);
    assert_non_null(strstr(e.text, "failed 3 times; next try in 30 s"));
    clock_advance_usec(&b->clock, BREAKER_OPEN_MS * 1000LL);
    bench_ask(b); /* the probe fails: twice as long */
    bench_run_until(b, NULL, 0);
    clock_advance_usec(&b->clock, BREAKER_OPEN_MS * 1000LL);
    assert_int_equal(llm_ask(b->llm, &turn, 1, NULL), -EHOSTDOWN);
    clock_advance_usec(&b->clock, BREAKER_OPEN_MS * 1000LL);
    bench_script(b, ND DONE, FAKE_CLOSE);
    bench_ask(b);
    bench_run_until(b, NULL, 0);
    assert_int_equal(b->code, 0);
    bench_ask(b); /* closed again */
    bench_run_until(b, NULL, 0);
    assert_int_equal(b->code, 0);
}

static void test_breaker_limits(void **state)
{
    struct breaker b = { 0 };
    int64_t now = 5;

    (void)state;
    assert_int_equal(breaker_wait_ms(&b, now), 0);
    for (int i = 0; i < 50; i++) {
        breaker_begun(&b, now);
        breaker_failed(&b, now);
        assert_true(breaker_wait_ms(&b, now) <= BREAKER_OPEN_MS_MAX);
        now = b.probe_at_usec > now ? b.probe_at_usec : now;
        assert_int_equal(breaker_wait_ms(&b, now), 0);
    }
    assert_int_equal(b.open_ms, BREAKER_OPEN_MS_MAX);
    breaker_begun(&b, now); /* one probe at a time ... */
    assert_true(breaker_wait_ms(&b, now) > 0);
    breaker_cancelled(&b, now); /* ... and the next one when it is given up */
    assert_int_equal(breaker_wait_ms(&b, now), 0);
    breaker_begun(&b, now);
    breaker_failed(&b, now);
    breaker_failed(&b, now); /* one that was under way before says nothing new */
    assert_int_equal(b.probe_at_usec, now + BREAKER_OPEN_MS_MAX * 1000LL);
    now = b.probe_at_usec;
    breaker_begun(&b, now);
    breaker_succeeded(&b);
    breaker_failed(&b, now);
    assert_int_equal(breaker_wait_ms(&b, now), 0);
}

static void test_memory(void **state)
{
    struct memory *m = calloc(1, sizeof(*m));
    AUTO_STR long_text = STR_INIT;

    (void)state;
    for (int i = 0; i < 1000; i++)
        str_add(&long_text, "a\xc3\xa9");
    for (int i = 0; i < MEMORY_TURNS + 2; i++) {
        char text[8];

        snprintf(text, sizeof(text), "%d", i);
        memory_add(m, i * 60000000LL, text, str_text(&long_text));
    }
    assert_int_equal(m->n, MEMORY_TURNS);
    assert_string_equal(m->turns[0].heard, "2");
    assert_string_equal(m->turns[MEMORY_TURNS - 1].heard, "7");
    assert_true(utf8_is_valid(m->turns[0].reply, strlen(m->turns[0].reply)));
    assert_true(strlen(m->turns[0].reply) > MEMORY_TEXT_BYTES - 4);
    assert_int_equal(memory_first(m, 7 * 60000000LL), 0);
    assert_int_equal(memory_first(m, 14 * 60000000LL), 2);
    assert_int_equal(memory_first(m, 60 * 60000000LL), MEMORY_TURNS);
    free(m);
}

static void test_fits(void **state)
{
    struct bench *b = *state;

    str_copy(b->settings.llm_kind, sizeof(b->settings.llm_kind), "none");
    assert_true(llm_fits(NULL, &b->settings));
    bench_make(b, "ollama");
    assert_true(llm_fits(b->llm, &b->settings));
    assert_false(llm_fits(NULL, &b->settings));
    b->settings.llm_gap_ms++;
    assert_false(llm_fits(b->llm, &b->settings));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers),    TEST(test_request), TEST(test_bad_url),
        TEST(test_stalls),     TEST(test_total),   TEST(test_refused),
        TEST(test_cancel),     TEST(test_cancel_from_within), TEST(test_breaker),
        TEST(test_fits),       cmocka_unit_test(test_breaker_limits), cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
