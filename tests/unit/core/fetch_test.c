/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/fetch_test.c - asking HTTP servers: what is sent, what is taken, every fault in words
 * that name the server and the setting, the order of events, and that a cancel closes at once.
 * Time is virtual: a deadline passes when the test says so. */
#include "base/str.h"
#include "core/fetch.h"

#include "lib/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STEPS_MAX = 2000, STEP_MS = 10, FLOOD_BYTES = 100 << 20 };

#define HEAD(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n"
#define STATUS(line) \
    "HTTP/1.1 " line "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
#define KEY "sk-secret-0123456789"

static const struct fetch_place place = {
    .what = "voice",
    .url_row = "voice.url",
    .key_row = "voice.key",
    .connect_row = "voice.connect_ms",
    .path_rows = "voice.url and voice.name",
    .kind_rows = "voice.kind",
};
static const char *const types[] = { "audio/wav", "audio/x-wav", NULL };

struct bench {
    struct clock clock;
    struct loop *loop;
    struct fetch *fetch;
    struct fake_server server;
    struct str body;  /* what on_body() was given */
    char order[64];   /* of the events: b, m, w, e */
    size_t enough_at; /* bytes after which no more is wanted; 0: never */
    int body_code, whole_code;
    bool cancel_on_more, ask_on_end, ended;
    int code;
    char words[ERR_TEXT_BYTES];
    int fd; /* of fetch_connect() */
};

/* How often on_more() comes in between is the network's; the last one counts. */
static void note(struct bench *b, char c)
{
    size_t n = strlen(b->order);

    if (c != 'e' && n > 0 && b->order[n - 1] == 'm')
        b->order[--n] = '\0';
    if ((n == 0 || b->order[n - 1] != c) && n + 1 < sizeof(b->order))
        b->order[n] = c;
}

static int on_body(const void *bytes, size_t len, void *user, struct err *e)
{
    struct bench *b = user;

    note(b, 'b');
    str_add_bytes(&b->body, bytes, len);
    if (b->body_code < 0)
        return err_set(e, b->body_code, "not to my taste");
    return b->enough_at > 0 && b->body.len >= b->enough_at;
}

static void on_more(void *user)
{
    struct bench *b = user;

    if (b->body.len > 0)
        note(b, 'm');
    if (b->cancel_on_more && b->body.len > 0)
        fetch_cancel(b->fetch);
}

static int on_whole(void *user, struct err *e)
{
    struct bench *b = user;

    note(b, 'w');
    return b->whole_code < 0 ? err_set(e, b->whole_code, "it lacks its end, said %s", KEY) : 0;
}

static struct fetch_request request(const struct bench *b)
{
    static char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%u/speak?a=1", b->server.port);
    return (struct fetch_request){
        .url = url,
        .key = KEY,
        .accept = "audio/wav",
        .types = types,
        .type = "application/json",
        .body = "{}",
        .len = 2,
        .connect_ms = 5000,
        .gap_ms = 3000,
        .total_ms = 20000,
    };
}

static void on_end(int code, const char *words, void *user)
{
    struct bench *b = user;

    note(b, 'e');
    b->code = code;
    b->ended = true;
    str_copy(b->words, sizeof(b->words), words);
    if (b->ask_on_end) {
        struct fetch_request q = request(b);

        b->ask_on_end = b->ended = false;
        assert_int_equal(fetch_ask(b->fetch, &q, NULL), 0);
    }
}

static void on_socket(int fd, void *user)
{
    struct bench *b = user;

    note(b, 's');
    b->fd = fd;
}

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    const struct fetch_events events = { on_body, on_more, on_whole, on_end, on_socket, b };

    if (!b || fake_start(&b->server) != 0)
        return -1;
    *state = b;
    clock_init_virtual(&b->clock, 1000000);
    assert_int_equal(loop_new(&b->loop, &b->clock, NULL), 0);
    return fetch_new(&b->fetch, b->loop, &place, &events, NULL);
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    b->fetch = fetch_free(b->fetch);
    b->loop = loop_free(b->loop);
    fake_stop(&b->server);
    str_done(&b->body);
    free(STEAL(*state));
    return 0;
}

static void bench_run(struct bench *b)
{
    for (int i = 0; i < STEPS_MAX && !b->ended; i++)
        loop_step(b->loop, STEP_MS);
}

static void bench_ask(struct bench *b, const struct fetch_request *q, const char *answer,
                      enum fake_manner manner)
{
    struct err e = ERR_INIT;

    fake_script(&b->server, answer, manner, FLOOD_BYTES);
    str_clear(&b->body);
    b->order[0] = b->words[0] = '\0';
    memset(b->order, 0, sizeof(b->order));
    b->ended = false;
    b->code = 99;
    if (fetch_ask(b->fetch, q, &e) < 0)
        fail_msg("%s", e.text);
}

/* ---- answers --------------------------------------------------------------------------- */

static const struct {
    const char *name, *answer;
    enum fake_manner manner;
    int body_code, whole_code;
    size_t enough_at;
    int want;
    const char *text; /* the body, or words of the fault */
    const char *order;
} answers[] = {
    { "whole", HEAD("audio/wav") "abc", FAKE_CLOSE, 0, 0, 0, 0, "abc", "bwme" },
    { "the other type", HEAD("audio/x-wav; rate=8000") "abc", FAKE_CLOSE, 0, 0, 0, 0, "abc",
      "bwme" },
    { "type in capitals", HEAD("Audio/WAV") "abc", FAKE_CLOSE, 0, 0, 0, 0, "abc", "bwme" },
    { "no body", HEAD("audio/wav"), FAKE_CLOSE, 0, 0, 0, 0, "", "we" },
    { "enough is as good", HEAD("audio/wav") "abcdef", FAKE_HOLD, 0, 0, 3, 0, "abcdef", "bwme" },
    { "refused by the reader", HEAD("audio/wav") "abc", FAKE_HOLD, -EPROTO, 0, 0, -EPROTO,
      "not to my taste", "bme" },
    { "whole, but wrong: the key stays unsaid", HEAD("audio/wav") "abc", FAKE_CLOSE, 0, -EPROTO, 0,
      -EPROTO, "it lacks its end, said ***", "bwme" },
    { "longer type", HEAD("audio/wavelet") "abc", FAKE_CLOSE, 0, 0, 0, -EPROTO,
      "voice at 127.0.0.1 sent audio/wavelet, not audio/wav: check voice.kind", "e" },
    { "a page", HEAD("text/html") "<html>", FAKE_CLOSE, 0, 0, 0, -EPROTO,
      "sent text/html, not audio/wav", "e" },
    { "no type", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", FAKE_CLOSE, 0, 0, 0, -EPROTO,
      "sent no content type", "e" },
    { "401", STATUS("401 No") "{}", FAKE_CLOSE, 0, 0, 0, -EACCES,
      "voice at 127.0.0.1 refused the key: check voice.key", "e" },
    { "403 quotes the key", STATUS("403 No") "{\"error\":{\"message\":\"bad " KEY "\"}}",
      FAKE_CLOSE, 0, 0, 0, -EACCES, "check voice.key: bad ***", "e" },
    { "404", STATUS("404 No") "{\"error\":\"no voice amy\"}", FAKE_CLOSE, 0, 0, 0, -ENOENT,
      "check voice.url and voice.name: no voice amy", "e" },
    { "429", STATUS("429 Slow") "", FAKE_CLOSE, 0, 0, 0, -EBUSY, "has too many requests", "e" },
    { "503", STATUS("503 Wait") "", FAKE_CLOSE, 0, 0, 0, -EAGAIN, "is not ready yet", "e" },
    { "500 with words", STATUS("500 Oh") "{\"error\":\"out of memory there\"}", FAKE_CLOSE, 0, 0, 0,
      -EREMOTEIO, "voice at 127.0.0.1: out of memory there", "e" },
    { "500 without", STATUS("500 Oh") "<html>", FAKE_CLOSE, 0, 0, 0, -EREMOTEIO, "HTTP status 500",
      "e" },
    { "redirected",
      "HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
      FAKE_CLOSE, 0, 0, 0, -EPROTO, "redirects, which is not followed: set voice.url", "e" },
    { "closed at once", "", FAKE_CLOSE, 0, 0, 0, -ECONNRESET,
      "closed the connection without an answer", "e" },
    { "cut", "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 100\r\n\r\nabc",
      FAKE_CLOSE, 0, 0, 0, -ECONNRESET, "it broke the connection", NULL },
    { "garbage", "\x01\x02 nothing of HTTP\r\n\r\n", FAKE_CLOSE, 0, 0, 0, -EPROTO,
      "voice at 127.0.0.1: ", NULL },
    { "a refusal without end", STATUS("500 Oh") "{\"error\":\"x\",", FAKE_FLOOD, 0, 0, 0,
      -EREMOTEIO, "HTTP status 500", "e" },
    { "an answer without end", HEAD("audio/wav") "abc", FAKE_FLOOD, 0, 0, 0, -EMSGSIZE,
      "sent more than 32 MB", NULL },
};

static void test_answers(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct breaker fresh = { 0 };
        struct fetch_request q = request(b);

        print_message("%s\n", answers[i].name);
        fetch_share_breaker(b->fetch, &fresh);
        b->body_code = answers[i].body_code;
        b->whole_code = answers[i].whole_code;
        b->enough_at = answers[i].enough_at;
        bench_ask(b, &q, answers[i].answer, answers[i].manner);
        bench_run(b);
        assert_true(b->ended);
        assert_int_equal(b->code, answers[i].want);
        if (answers[i].want == 0)
            assert_string_equal(str_text(&b->body), answers[i].text);
        else
            assert_non_null(strstr(b->words, answers[i].text));
        if (answers[i].order)
            assert_string_equal(b->order, answers[i].order);
        assert_null(strstr(b->words, KEY));
        assert_false(fetch_is_busy(b->fetch));
        assert_int_equal(fresh.failures, answers[i].want < 0);
    }
}

/* ---- what is sent ---------------------------------------------------------------------- */

static void sent(struct bench *b, const struct fetch_request *q)
{
    bench_ask(b, q, HEAD("audio/wav") "x", FAKE_CLOSE);
    bench_run(b);
    assert_int_equal(b->code, 0);
}

static void has(const struct bench *b, const char *text)
{
    if (!strstr(b->server.request, text))
        fail_msg("'%s' is not in\n%s", text, b->server.request);
}

static void test_sent(void **state)
{
    struct bench *b = *state;
    struct fetch_request q = request(b);

    sent(b, &q);
    has(b, "POST /speak?a=1 HTTP/1.1\r\n");
    has(b, "Content-Type: application/json\r\n");
    has(b, "Accept: audio/wav\r\n");
    has(b, "Authorization: Bearer " KEY "\r\n");
    has(b, "Content-Length: 2\r\n");
    has(b, "\r\n\r\n{}");

    q.key = "";
    q.body = NULL;
    q.type = NULL;
    sent(b, &q);
    has(b, "GET /speak?a=1 HTTP/1.1\r\n");
    assert_null(strstr(b->server.request, "Authorization"));
}

static void test_form(void **state)
{
    struct bench *b = *state;
    const struct fetch_part parts[] = {
        { "file", "speech.wav", "audio/wav", "RIFF\0\1", 6 },
        { "language", NULL, NULL, "en", 2 },
    };
    struct fetch_request q = request(b);

    q.body = NULL;
    q.parts = parts;
    q.parts_n = 2;
    sent(b, &q);
    has(b, "Content-Type: multipart/form-data; boundary=");
    has(b, "name=\"file\"; filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF");
    assert_non_null(memmem(b->server.request, b->server.request_len, "RIFF\0\1\r\n--", 10));
    assert_non_null(
        memmem(b->server.request, b->server.request_len, "name=\"language\"\r\n\r\nen\r\n", 23));
    assert_null(strstr(b->server.request, "Content-Type: application/json"));
}

static const struct {
    const char *name, *url;
    int want;
    const char *text;
} urls[] = {
    { "http", "http://box:10/a?b", 0, "box" },
    { "https", "https://a.example", 0, "a.example" },
    { "IPv6", "http://[::1]:8/", 0, "[::1]" },
    { "ftp", "ftp://box/", -EINVAL, "voice.url: must be an http or https address" },
    { "file", "file:///etc/passwd", -EINVAL, "must be an http or https address" },
    { "none", "", -EINVAL, "must be an http or https address" },
    { "a name alone", "box", -EINVAL, "must be an http or https address" },
    { "with a password", "http://me:secret@box/", -EINVAL, "must hold no user or password" },
};

static void test_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        char host[64] = "before";
        struct err e = ERR_INIT;
        int r = fetch_url_check(urls[i].url, "voice.url", host, sizeof(host), &e);

        print_message("%s\n", urls[i].name);
        assert_int_equal(r, urls[i].want);
        assert_non_null(strstr(r < 0 ? e.text : host, urls[i].text));
        if (r < 0)
            assert_string_equal(host, "before");
        assert_null(strstr(e.text, "secret"));
    }
}

/* ---- time and ends ---------------------------------------------------------------------- */

static const struct {
    const char *name, *answer;
    int64_t gap_ms, advance_ms;
    const char *words;
} silences[] = {
    { "silent from the start", "", 3000, 9000, "silent for 3000 ms" },
    { "silent in the middle", HEAD("audio/wav") "abc", 3000, 3100, "silent for 3000 ms" },
    { "no gap is watched", HEAD("audio/wav") "abc", 0, 20100, "no whole answer within 20000 ms" },
};

static void test_silence(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
        struct fetch_request q = request(b);
        unsigned before = b->server.requests;

        print_message("%s\n", silences[i].name);
        q.gap_ms = silences[i].gap_ms;
        bench_ask(b, &q, silences[i].answer, FAKE_HOLD);
        for (int n = 0; n < STEPS_MAX && (b->server.requests == before ||
                                          (silences[i].answer[0] && b->body.len == 0));
             n++)
            loop_step(b->loop, STEP_MS);
        assert_false(b->ended);
        clock_advance_usec(&b->clock, silences[i].advance_ms * 1000);
        bench_run(b);
        assert_int_equal(b->code, -ETIMEDOUT);
        assert_non_null(strstr(b->words, silences[i].words));
    }
}

/* A trickle is life, but not for ever. */
static void test_total(void **state)
{
    struct bench *b = *state;
    struct fetch_request q = request(b);

    bench_ask(b, &q, HEAD("audio/wav") "abc", FAKE_HOLD);
    for (int n = 0; n < STEPS_MAX && b->body.len == 0; n++)
        loop_step(b->loop, STEP_MS);
    clock_advance_usec(&b->clock, 20001 * 1000LL);
    bench_run(b);
    assert_int_equal(b->code, -ETIMEDOUT);
    assert_non_null(strstr(b->words, "no whole answer within 20000 ms"));
}

static void test_cancel(void **state)
{
    struct bench *b = *state;
    struct fetch_request q = request(b);

    bench_ask(b, &q, HEAD("audio/wav") "abc", FAKE_HOLD);
    assert_int_equal(fetch_ask(b->fetch, &q, NULL), -EBUSY);
    b->cancel_on_more = true;
    for (int n = 0; n < STEPS_MAX && b->server.dropped == 0; n++)
        loop_step(b->loop, STEP_MS);
    assert_int_equal(b->server.dropped, 1);
    assert_false(b->ended);
    assert_false(fetch_is_busy(b->fetch));
    fetch_cancel(b->fetch);
    fetch_cancel(NULL);
    assert_false(fetch_is_busy(NULL));
}

static void test_asked_again_from_within(void **state)
{
    struct bench *b = *state;
    struct fetch_request q = request(b);

    b->ask_on_end = true;
    bench_ask(b, &q, HEAD("audio/wav") "abc", FAKE_CLOSE);
    bench_run(b);
    assert_int_equal(b->code, 0);
    assert_int_equal(b->server.requests, 2);
}

/* The owner's own deadline ends it like any fault, and counts. */
static void test_fail(void **state)
{
    struct bench *b = *state;
    struct breaker shared = { 0 };
    struct fetch_request q = request(b);
    struct err e = ERR_INIT;

    fetch_share_breaker(b->fetch, &shared);
    err_set(&e, -ETIMEDOUT, "no first word");
    fetch_fail(b->fetch, &e); /* nothing is under way */
    assert_false(b->ended);
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        bench_ask(b, &q, "", FAKE_HOLD);
        fetch_fail(b->fetch, &e);
        assert_true(b->ended);
        assert_string_equal(b->words, "no first word");
    }
    assert_int_equal(fetch_ask(b->fetch, &q, &e), -EHOSTDOWN);
    assert_non_null(strstr(e.text, "voice at 127.0.0.1 failed 3 times; next try in 30 s"));
}

static void test_nobody_there(void **state)
{
    struct bench *b = *state;
    struct fetch_request q = request(b);
    char url[64];
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(a);
    AUTO_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    /* a port that is bound and does not listen */
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(a.sin_port));
    q.url = url;
    bench_ask(b, &q, "", FAKE_CLOSE);
    bench_run(b);
    assert_int_equal(b->code, -ECONNREFUSED);
    assert_non_null(strstr(b->words, "voice at 127.0.0.1: nothing answers there"));
}

/* What comes out is a connection that the owner speaks on; nothing was sent before. */
static void test_connect(void **state)
{
    struct bench *b = *state;
    char url[64], got[8] = "";

    snprintf(url, sizeof(url), "http://127.0.0.1:%u", b->server.port);
    fake_script(&b->server, "hello", FAKE_CLOSE, 0);
    assert_int_equal(fetch_connect(b->fetch, url, 1000, NULL), 0);
    bench_run(b);
    assert_int_equal(b->code, 0);
    assert_string_equal(b->order, "se");
    assert_true(fake_send(b->fd, "GET\r\n\r\n", 7));
    assert_int_equal(poll(&(struct pollfd){ .fd = b->fd, .events = POLLIN }, 1, FAKE_WAIT_MS), 1);
    assert_int_equal(recv(b->fd, got, 5, 0), 5);
    assert_string_equal(got, "hello");
    close(b->fd);
}

/* Followed only where it was asked for, and no further than that; never from one scheme into another kind. */
static void test_redirects(void **state)
{
    static const struct {
        const char *to;
        int want;
        const char *words;
    } rows[] = {
        { "/", -EPROTO, "it redirects over and over" },
        { "file:///etc/passwd", -EPROTO, "voice at 127.0.0.1: " },
    };
    struct bench *b = *state;
    struct fetch_request q = request(b);

    q.key = "";
    q.redirects = 2;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned before = b->server.requests;
        char answer[200];

        snprintf(answer, sizeof(answer), "HTTP/1.1 302 There\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                 rows[i].to);
        bench_ask(b, &q, answer, FAKE_CLOSE);
        bench_run(b);
        assert_int_equal(b->code, rows[i].want);
        assert_non_null(strstr(b->words, rows[i].words));
        assert_string_equal(str_text(&b->body), "");
        assert_true(b->server.requests - before <= 3);
    }
}

/* A bound of the asker's own, narrower or wider than the usual one. */
static void test_bound(void **state)
{
    struct bench *b = *state;
    struct fetch_request q = request(b);

    q.bytes_max = 3;
    bench_ask(b, &q, HEAD("audio/wav") "abcd", FAKE_CLOSE);
    bench_run(b);
    assert_int_equal(b->code, -EMSGSIZE);
    assert_non_null(strstr(b->words, "sent more than 3 bytes"));
    bench_ask(b, &q, HEAD("audio/wav") "abc", FAKE_CLOSE);
    bench_run(b);
    assert_int_equal(b->code, 0);
    assert_string_equal(str_text(&b->body), "abc");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(test_answers),
        TEST(test_sent),
        TEST(test_form),
        TEST(test_silence),
        TEST(test_total),
        TEST(test_cancel),
        TEST(test_fail),
        TEST(test_nobody_there),
        TEST(test_asked_again_from_within),
        TEST(test_connect),
        TEST(test_redirects),
        TEST(test_bound),
        cmocka_unit_test(test_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
