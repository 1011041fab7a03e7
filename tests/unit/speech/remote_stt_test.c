/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/remote_stt_test.c - recognisers on other machines: what each kind is sent, what is
 * taken from it, everything a server may do wrong, and that the next sentence works.
 * The servers are of this test; time is virtual. */
#include "base/str.h"
#include "core/wyoming.h"
#include "speech/remote_stt.h"
#include "speech/wav_head.h"

#include "lib/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STEPS_MAX = 1500, STEP_MS = 10, SAMPLES = 2500, FLOOD_BYTES = 100 << 20 };

#define JSON(status) \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
#define OK  JSON("200 OK")
#define ON  "{\"type\":\"transcript\",\"data\":{\"text\":\"on\"}}\n"
#define KEY "sk-secret-0123456789"

struct bench {
    struct clock clock;
    struct loop *loop;
    struct settings settings;
    struct remote_stt *remote;
    struct fake_server server;
    int16_t samples[SAMPLES];
    bool ended;
    int code;
    char text[ERR_TEXT_BYTES];
};

static void on_end(int code, const char *text, void *user)
{
    struct bench *b = user;

    str_copy(b->text, sizeof(b->text), text);
    b->code = code;
    assert_false(b->ended);
    b->ended = true;
}

static void bench_make(struct bench *b, const char *kind, const char *url)
{
    struct err e = ERR_INIT;

    b->remote = remote_stt_free(b->remote);
    str_copy(b->settings.stt_remote, sizeof(b->settings.stt_remote), kind);
    str_copy(b->settings.stt_url, sizeof(b->settings.stt_url), url);
    assert_int_equal(remote_stt_new(&b->remote, b->loop, &b->settings, on_end, b, &e), 0);
}

static void bench_http(struct bench *b, const char *kind, const char *path)
{
    char url[128];

    snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", b->server.port, path);
    bench_make(b, kind, url);
}

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    if (!b || fake_start(&b->server) != 0)
        return -1;
    for (int i = 0; i < SAMPLES; i++)
        b->samples[i] = (int16_t)(i * 7);
    clock_init_virtual(&b->clock, 1000000);
    b->settings.stt_connect_ms = 1000;
    b->settings.stt_remote_ms = 8000;
    str_copy(b->settings.stt_key, sizeof(b->settings.stt_key), KEY);
    str_copy(b->settings.stt_remote_model, sizeof(b->settings.stt_remote_model), "tiny");
    *state = b;
    return loop_new(&b->loop, &b->clock, NULL);
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    b->remote = remote_stt_free(b->remote);
    fake_stop(&b->server);
    b->loop = loop_free(b->loop);
    free(STEAL(*state));
    return 0;
}

static struct remote_stt_question question(const struct bench *b)
{
    return (struct remote_stt_question){ b->samples, SAMPLES, "en", "kitchen lamp, fan" };
}

static void bench_ask(struct bench *b)
{
    const struct remote_stt_question q = question(b);
    struct err e = ERR_INIT;

    b->ended = false;
    b->text[0] = '\0';
    if (remote_stt_ask(b->remote, &q, &e) < 0)
        fail_msg("%s", e.text);
}

static void bench_run(struct bench *b)
{
    for (int i = 0; i < STEPS_MAX && !b->ended; i++)
        loop_step(b->loop, STEP_MS);
    assert_true(b->ended);
}

/* ---- HTTP ------------------------------------------------------------------------------- */

static const struct {
    const char *name, *answer;
    int want;
    const char *text;
} answers[] = {
    { "text", OK "{\"text\":\"turn on the lamp\"}", 0, "turn on the lamp" },
    { "segments and blanks", OK "{\"text\":\" Turn on\\n the  lamp.\\n\"}", 0,
      "Turn on the lamp." },
    { "other keys", OK "{\"task\":\"transcribe\",\"text\":\"a\",\"language\":\"en\"}", 0, "a" },
    { "UTF-8", OK "{\"text\":\"allume la lumi\xc3\xa8re\"}", 0, "allume la lumi\xc3\xa8re" },
    { "nothing heard", OK "{\"text\":\"\"}", 0, "" },
    { "blanks heard", OK "{\"text\":\" \\n\"}", 0, "" },
    { "a list", OK "[]", -EPROTO,
      "recogniser at 127.0.0.1 sent JSON without a text: check stt.remote" },
    { "no text", OK "{\"segments\":[]}", -EPROTO, "without a text" },
    { "text a number", OK "{\"text\":5}", -EPROTO, "without a text" },
    { "half a reply", OK "{\"text\":\"turn on", -EPROTO, "sent no JSON" },
    { "an error with 200", OK "{\"error\":\"failed to decode\"}", -EREMOTEIO, "failed to decode" },
    { "empty", OK, -EPROTO, "sent no JSON" },
    { "plain text",
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nInvalid request",
      -EREMOTEIO, "recogniser at 127.0.0.1: HTTP status 400" },
    { "a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>",
      -EPROTO, "sent text/html, not application/json: check stt.remote and stt.url" },
    { "no such path", JSON("404 Not Found") "", -ENOENT, "check stt.url and stt.remote_model" },
    { "refused", JSON("401 No") "{\"error\":\"bad key " KEY "\"}", -EACCES,
      "check stt.key: bad key ***" },
    { "loading", JSON("503 Wait") "{\"status\":\"loading model\"}", -EAGAIN, "is not ready yet" },
    { "closed", "", -ECONNRESET, "closed the connection" },
};

static void test_answers(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        print_message("%s\n", answers[i].name);
        bench_http(b, i % 2 ? "openai" : "whisper", "");
        fake_script(&b->server, answers[i].answer, FAKE_CLOSE, 0);
        bench_ask(b);
        bench_run(b);
        assert_int_equal(b->code, answers[i].want);
        if (answers[i].want == 0)
            assert_string_equal(b->text, answers[i].text);
        else
            assert_non_null(strstr(b->text, answers[i].text));
        assert_null(strstr(b->text, KEY));
        assert_false(remote_stt_is_busy(b->remote));
    }
}

/* A hundred megabytes cost one, and the next sentence works. */
static void test_flood(void **state)
{
    struct bench *b = *state;

    bench_http(b, "whisper", "");
    fake_script(&b->server, OK "{\"text\":\"", FAKE_FLOOD, FLOOD_BYTES);
    bench_ask(b);
    bench_run(b);
    assert_int_equal(b->code, -EMSGSIZE);
    assert_true(b->server.flooded < (size_t)FLOOD_BYTES / 2);
    fake_script(&b->server, OK "{\"text\":\"on\"}", FAKE_TRICKLE, 0);
    bench_ask(b);
    bench_run(b);
    assert_int_equal(b->code, 0);
    assert_string_equal(b->text, "on");
}

static void test_long_text(void **state)
{
    struct bench *b = *state;
    AUTO_STR answer = STR_INIT;
    char text[REMOTE_STT_TEXT_MAX + 100];

    str_add(&answer, OK "{\"text\":\"");
    for (int i = 0; i < 20000; i++)
        str_add(&answer, "\xc3\xa9 ");
    str_add(&answer, "\"}");
    bench_http(b, "whisper", "");
    fake_script(&b->server, str_text(&answer), FAKE_CLOSE, 0);
    bench_ask(b);
    bench_run(b);
    assert_int_equal(b->code, 0);
    snprintf(text, sizeof(text), "%s", b->text);
    assert_true(strlen(text) > 100 && strlen(text) <= REMOTE_STT_TEXT_MAX);
}

static const struct {
    const char *kind, *path, *line;
} paths[] = {
    { "whisper", "", "POST /inference HTTP/1.1\r\n" },
    { "whisper", "/", "POST /inference HTTP/1.1\r\n" },
    { "whisper", "/v1/audio/transcriptions", "POST /v1/audio/transcriptions HTTP/1.1\r\n" },
    { "openai", "", "POST /v1/audio/transcriptions HTTP/1.1\r\n" },
    { "openai", "/api/stt", "POST /api/stt HTTP/1.1\r\n" },
};

static void has(const struct bench *b, const char *bytes, size_t len)
{
    if (!memmem(b->server.request, b->server.request_len, bytes, len))
        fail_msg("'%s' was not sent", bytes);
}

static void test_sent(void **state)
{
    struct bench *b = *state;
    uint8_t head[WAV_HEAD_BYTES];

    wav_head_put(head, 16000, SAMPLES);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        bench_http(b, paths[i].kind, paths[i].path);
        fake_script(&b->server, OK "{\"text\":\"a\"}", FAKE_CLOSE, 0);
        bench_ask(b);
        bench_run(b);
        has(b, paths[i].line, strlen(paths[i].line));
        has(b, (const char *)head, sizeof(head));
        has(b, (const char *)b->samples, sizeof(b->samples));
        has(b, "name=\"model\"\r\n\r\ntiny\r\n", 22);
        has(b, "name=\"language\"\r\n\r\nen\r\n", 23);
        has(b, "name=\"prompt\"\r\n\r\nkitchen lamp, fan\r\n", 36);
        has(b, "Authorization: Bearer " KEY "\r\n", 24 + strlen(KEY));
    }
}

/* The server has read the question and says half of its answer. */
static void ask_and_hang(struct bench *b)
{
    fake_script(&b->server, OK "{\"te", FAKE_HOLD, 0);
    bench_ask(b);
    for (int i = 0; i < STEPS_MAX && b->server.requests == 0; i++)
        loop_step(b->loop, STEP_MS);
}

static void test_stalls(void **state)
{
    struct bench *b = *state;

    bench_http(b, "whisper", "");
    ask_and_hang(b);
    assert_int_equal(
        remote_stt_ask(b->remote, &(struct remote_stt_question){ b->samples, 1, NULL, NULL }, NULL),
        -EBUSY);
    clock_advance_usec(&b->clock, 9001 * 1000LL);
    bench_run(b);
    assert_int_equal(b->code, -ETIMEDOUT);
    assert_string_equal(b->text, "recogniser at 127.0.0.1: no whole answer within 8000 ms");
}

static void test_cancelled(void **state)
{
    struct bench *b = *state;

    bench_http(b, "whisper", "");
    ask_and_hang(b);
    remote_stt_cancel(b->remote);
    remote_stt_cancel(NULL);
    assert_false(remote_stt_is_busy(b->remote));
    for (int i = 0; i < STEPS_MAX && b->server.dropped == 0; i++)
        loop_step(b->loop, STEP_MS);
    assert_int_equal(b->server.dropped, 1);
    assert_false(b->ended);
}

/* ---- Wyoming ---------------------------------------------------------------------------- */

/* A server in this thread: takes one connection, reads until audio-stop, then says `answer`. */
struct peer {
    int listening, fd;
    struct wyoming_reader reader;
    struct str types; /* of the events that came */
    size_t samples;
    char language[8];
    bool is_whole; /* audio-stop came */
};

static void peer_open(struct peer *p, struct bench *b)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(a);
    char url[64];

    *p = (struct peer){ .fd = -1 };
    wyoming_reader_init(&p->reader);
    p->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(p->listening, (struct sockaddr *)&a, len) || listen(p->listening, 4) ||
                         getsockname(p->listening, (struct sockaddr *)&a, &len),
                     0);
    snprintf(url, sizeof(url), "tcp://127.0.0.1:%u", ntohs(a.sin_port));
    bench_make(b, "wyoming", url);
}

static void peer_leave(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static void peer_close(struct peer *p)
{
    peer_leave(p);
    close(p->listening);
    wyoming_reader_done(&p->reader);
    str_done(&p->types);
}

static void peer_event(struct peer *p)
{
    const struct wyoming_event *event = &p->reader.event;

    if (strcmp(event->type, "audio-chunk") == 0) {
        p->samples += p->reader.bytes.len / 2;
        return;
    }
    str_addf(&p->types, "%s ", event->type);
    if (strcmp(event->type, "transcribe") == 0)
        str_copy(p->language, sizeof(p->language), json_str(event->data, "language", "?"));
    p->is_whole = strcmp(event->type, "audio-stop") == 0;
}

/* Until the sentence has come. */
static void peer_hear(struct peer *p, struct bench *b)
{
    char bytes[4096];

    p->is_whole = false;
    p->samples = 0;
    str_clear(&p->types);
    for (int i = 0; i < STEPS_MAX && !p->is_whole; i++) {
        struct pollfd poll_fd = { .fd = p->listening, .events = POLLIN };
        ssize_t n;

        loop_step(b->loop, 1);
        if (p->fd < 0 && poll(&poll_fd, 1, 0) == 1)
            p->fd = accept4(p->listening, NULL, NULL, SOCK_CLOEXEC);
        n = p->fd < 0 ? 0 : recv(p->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        for (size_t at = 0, used = 0; n > 0 && at < (size_t)n; at += used)
            if (wyoming_feed(&p->reader, bytes + at, (size_t)n - at, &used, NULL) == 1)
                peer_event(p);
    }
    assert_true(p->is_whole);
}

static const struct {
    const char *name, *answer;
    int want;
    const char *text;
} events[] = {
    { "transcript",
      "{\"type\":\"transcript\",\"data_length\":29}\n{\"text\":\" turn on the lamp \"}", 0,
      "turn on the lamp" },
    { "inline, with nulls",
      "{\"type\":\"transcript\",\"data\":{\"text\":\"on\",\"language\":null}}\n", 0, "on" },
    { "streamed",
      "{\"type\":\"transcript-start\"}\n{\"type\":\"transcript-chunk\",\"data\":{\"text\":\"o\"}}\n"
      "{\"type\":\"transcript\",\"data\":{\"text\":\"on\"}}\n{\"type\":\"transcript-stop\"}\n",
      0, "on" },
    { "nothing heard", "{\"type\":\"transcript\",\"data\":{\"text\":\"\"}}\n", 0, "" },
    { "unknown events before",
      "{\"type\":\"x\",\"payload_length\":2}\nab{\"type\":\"transcript\",\"data\":{\"text\":\"on\"}}\n",
      0, "on" },
    { "an error", "{\"type\":\"error\",\"data\":{\"text\":\"no model\",\"code\":\"x\"}}\n",
      -EREMOTEIO, "no model" },
    { "no text", "{\"type\":\"transcript\",\"data\":{}}\n", -EPROTO,
      "the peer's transcript: text: is missing" },
    { "garbage", "hello\n", -EPROTO, "no JSON" },
    { "closed without", "", -ECONNRESET, "closed the connection without a transcript" },
    { "closed in the middle", "{\"type\":\"transcr", -ECONNRESET,
      "closed the connection inside an event" },
};

static void test_wyoming(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct peer p;

        print_message("%s\n", events[i].name);
        peer_open(&p, b);
        bench_ask(b);
        peer_hear(&p, b);
        assert_string_equal(str_text(&p.types), "transcribe audio-start audio-stop ");
        assert_int_equal(p.samples, SAMPLES);
        assert_string_equal(p.language, "en");
        assert_true(events[i].answer[0] == '\0' ||
                    fake_send(p.fd, events[i].answer, strlen(events[i].answer)));
        if (events[i].want == -ECONNRESET)
            peer_leave(&p);
        bench_run(b);
        assert_int_equal(b->code, events[i].want);
        assert_non_null(strstr(b->text, events[i].text));
        if (events[i].want == 0)
            assert_string_equal(b->text, events[i].text);
        assert_false(remote_stt_is_busy(b->remote));
        peer_close(&p);
    }
}

/* One connection a sentence, also where the server would keep it; a silent one is left. */
static void test_wyoming_again(void **state)
{
    struct bench *b = *state;
    struct peer p;

    peer_open(&p, b);
    for (int i = 0; i < 3; i++) {
        bench_ask(b);
        peer_hear(&p, b);
        fake_send(p.fd, ON, sizeof(ON) - 1);
        bench_run(b);
        assert_int_equal(b->code, 0);
        peer_leave(&p);
    }
    bench_ask(b);
    peer_hear(&p, b);
    clock_advance_usec(&b->clock, 9001 * 1000LL);
    bench_run(b);
    assert_int_equal(b->code, -ETIMEDOUT);
    peer_close(&p);
}

/* ---- settings --------------------------------------------------------------------------- */

static const struct {
    const char *kind, *url;
    int want;
    const char *text;
} bad[] = {
    { "none", "", -ENOENT, "stt.remote: is none" },
    { "whisper", "", -EINVAL, "stt.url: must be an http or https address" },
    { "openai", "tcp://box:1", -EINVAL, "stt.url: must be an http or https address" },
    { "wyoming", "http://box:1", -EINVAL, "stt.url: must be tcp://host:port" },
    { "wyoming", "", -EINVAL, "stt.url: must be tcp://host:port" },
};

static void test_settings(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err e = ERR_INIT;

        str_copy(b->settings.stt_remote, sizeof(b->settings.stt_remote), bad[i].kind);
        str_copy(b->settings.stt_url, sizeof(b->settings.stt_url), bad[i].url);
        assert_int_equal(remote_stt_new(&b->remote, b->loop, &b->settings, on_end, b, &e),
                         bad[i].want);
        assert_null(b->remote);
        assert_non_null(strstr(e.text, bad[i].text));
        assert_int_equal(remote_stt_fits(NULL, &b->settings), i == 0);
    }
    bench_http(b, "whisper", "");
    assert_true(remote_stt_fits(b->remote, &b->settings));
    b->settings.stt_remote_ms++;
    assert_false(remote_stt_fits(b->remote, &b->settings));
}

static void test_too_long(void **state)
{
    struct bench *b = *state;
    struct remote_stt_question q = question(b);

    bench_http(b, "whisper", "");
    q.n = REMOTE_STT_SECONDS_MAX * 16000 + 1;
    assert_int_equal(remote_stt_ask(b->remote, &q, NULL), -EMSGSIZE);
    assert_false(remote_stt_is_busy(b->remote));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(test_answers),  TEST(test_flood),     TEST(test_long_text), TEST(test_sent),
        TEST(test_stalls),   TEST(test_cancelled), TEST(test_wyoming),   TEST(test_wyoming_again),
        TEST(test_settings), TEST(test_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
