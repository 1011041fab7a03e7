/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/remote_tts_test.c - voices on other machines: what each kind is asked, that sound leaves
 * as it comes, everything a server may do wrong, and that the next sentence works.
 * The servers are of this test; time is virtual. */
#include "base/str.h"
#include "core/wyoming.h"
#include "speech/remote_tts.h"
#include "speech/wav_head.h"

#include "lib/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STEPS_MAX = 1500, STEP_MS = 10 };

#define HEAD(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n"
#define KEY        "sk-secret-0123456789"

struct bench {
    struct clock clock;
    struct loop *loop;
    struct settings settings;
    struct remote_tts *remote;
    int listening, fd;
    char asked[8192];
    size_t asked_len;
    struct str sound; /* what came */
    uint32_t rate_hz;
    bool cancel_on_sound, ended;
    int code;
    char words[ERR_TEXT_BYTES];
};

static void on_sound(const int16_t *samples, size_t n, uint32_t rate_hz, void *user)
{
    struct bench *b = user;

    assert_true(n > 0);
    assert_true(b->rate_hz == 0 || b->rate_hz == rate_hz);
    b->rate_hz = rate_hz;
    str_add_bytes(&b->sound, samples, n * sizeof(*samples));
    if (b->cancel_on_sound)
        remote_tts_cancel(b->remote);
}

static void on_end(int code, const char *words, void *user)
{
    struct bench *b = user;

    b->code = code;
    str_copy(b->words, sizeof(b->words), words);
    assert_false(b->ended);
    b->ended = true;
}

static void bench_make(struct bench *b, const char *kind, const char *scheme, const char *path)
{
    const struct remote_tts_events events = { on_sound, on_end, b };
    struct sockaddr_in a = { 0 };
    socklen_t len = sizeof(a);
    struct err e = ERR_INIT;

    b->remote = remote_tts_free(b->remote);
    getsockname(b->listening, (struct sockaddr *)&a, &len);
    str_copy(b->settings.tts_remote, sizeof(b->settings.tts_remote), kind);
    snprintf(b->settings.tts_url, sizeof(b->settings.tts_url), "%s://127.0.0.1:%u%s", scheme,
             ntohs(a.sin_port), path);
    if (remote_tts_new(&b->remote, b->loop, &b->settings, &events, &e) < 0)
        fail_msg("%s", e.text);
}

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    b->fd = -1;
    b->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(b->listening, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(b->listening, 4) < 0)
        return -1;
    *state = b;
    str_copy(b->settings.tts_key, sizeof(b->settings.tts_key), KEY);
    str_copy(b->settings.tts_remote_voice, sizeof(b->settings.tts_remote_voice), "amy");
    b->settings.tts_connect_ms = 500;
    b->settings.tts_remote_ms = 2500;
    clock_init_virtual(&b->clock, 1000000);
    return loop_new(&b->loop, &b->clock, NULL);
}

static void leave(struct bench *b)
{
    if (b->fd >= 0)
        close(b->fd);
    b->fd = -1;
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    b->remote = remote_tts_free(b->remote);
    b->loop = loop_free(b->loop);
    leave(b);
    close(b->listening);
    str_done(&b->sound);
    free(STEAL(*state));
    return 0;
}

/* The server has read it: an HTTP request to its body's end, or an event. */
static void await_ask(struct bench *b, const char *until)
{
    b->asked_len = 0;
    for (int i = 0; i < STEPS_MAX; i++) {
        struct pollfd p = { .fd = b->listening, .events = POLLIN };
        ssize_t n;

        loop_step(b->loop, 1);
        if (b->fd < 0 && poll(&p, 1, 0) == 1)
            b->fd = accept4(b->listening, NULL, NULL, SOCK_CLOEXEC);
        n = b->fd < 0 ? -1
                      : recv(b->fd, b->asked + b->asked_len, sizeof(b->asked) - 1 - b->asked_len,
                             MSG_DONTWAIT);
        if (n > 0)
            b->asked_len += (size_t)n;
        b->asked[b->asked_len] = '\0';
        if (strstr(b->asked, until))
            return;
    }
    fail_msg("'%s' was not sent, but: %s", until, b->asked);
}

/* Asks, and the server has read it. */
static void ask(struct bench *b, const char *text, const char *until)
{
    struct err e = ERR_INIT;

    leave(b);
    str_clear(&b->sound);
    b->ended = false;
    b->rate_hz = 0;
    if (remote_tts_speak(b->remote, text, "en", &e) < 0)
        fail_msg("%s", e.text);
    await_ask(b, until);
}

static void run(struct bench *b)
{
    for (int i = 0; i < STEPS_MAX && !b->ended; i++)
        loop_step(b->loop, STEP_MS);
    assert_true(b->ended);
}

static void ended_as(const struct bench *b, int want, const char *words)
{
    assert_false(remote_tts_is_busy(b->remote));
    assert_int_equal(b->code, want);
    assert_non_null(strstr(b->words, words));
}

static void until_sound(struct bench *b, size_t bytes)
{
    for (int i = 0; i < STEPS_MAX && b->sound.len < bytes; i++)
        loop_step(b->loop, STEP_MS);
    assert_int_equal(b->sound.len, bytes);
}

static void say(struct bench *b, const void *bytes, size_t len)
{
    assert_true(fake_send(b->fd, bytes, len));
}

static void say_wav_head(struct bench *b)
{
    uint8_t head[WAV_HEAD_BYTES];

    wav_head_put(head, 22050, 0); /* 0: how long is not known */
    say(b, HEAD("audio/wav"), sizeof(HEAD("audio/wav")) - 1);
    say(b, head, sizeof(head));
}

/* ---- HTTP -------------------------------------------------------------------------------- */

static const struct {
    const char *kind, *path, *line, *body;
} asked[] = {
    { "piper", "", "POST /synthesize HTTP/1.1\r\n", "{\"text\":\"It's 7.\",\"voice\":\"amy\"}" },
    { "piper", "/", "POST /synthesize HTTP/1.1\r\n", "{\"text\":\"It's 7.\",\"voice\":\"amy\"}" },
    { "piper", "/api/tts", "POST /api/tts HTTP/1.1\r\n",
      "{\"text\":\"It's 7.\",\"voice\":\"amy\"}" },
    { "openai", "", "POST /v1/audio/speech HTTP/1.1\r\n",
      "{\"input\":\"It's 7.\",\"response_format\":\"wav\",\"model\":\"tts-1\",\"voice\":\"amy\"}" },
};

static void test_http(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        bench_make(b, asked[i].kind, "http", asked[i].path);
        ask(b, "It's 7.", asked[i].body);
        assert_non_null(strstr(b->asked, asked[i].line));
        assert_non_null(strstr(b->asked, "Authorization: Bearer " KEY));
        say_wav_head(b);
        say(b, "\1\2\3", 3);
        until_sound(b, 2); /* before the end is there; half a sample waits */
        assert_false(b->ended);
        say(b, "\4\5\6", 3);
        leave(b);
        run(b);
        assert_int_equal(b->code, 0);
        assert_int_equal(b->rate_hz, 22050);
        assert_int_equal(b->sound.len, 6);
        assert_memory_equal(b->sound.data, "\1\2\3\4\5\6", 6);
    }
}

static const struct {
    const char *name, *answer;
    int want;
    const char *words;
} faults[] = {
    { "no such voice",
      "HTTP/1.1 404 No\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"error\":\"no voice amy\"}",
      -ENOENT,
      "voice at 127.0.0.1 knows no such path or model: check tts.url and tts.remote_voice: no voice amy" },
    { "500", "HTTP/1.1 500 Oh\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>",
      -EREMOTEIO, "HTTP status 500" },
    { "a page", HEAD("text/html") "<html>", -EPROTO,
      "sent text/html, not audio/wav: check tts.remote and tts.url" },
    { "MP3", HEAD("audio/mpeg") "ID3", -EPROTO, "sent audio/mpeg, not audio/wav" },
    { "no WAV", HEAD("audio/wav") "OggS............", -EPROTO,
      "voice at 127.0.0.1 sent: no WAV sound" },
    { "nothing", HEAD("audio/wav"), -EPROTO, "sent no sound" },
    { "half a head", HEAD("audio/wav") "RIFF", -EPROTO, "sent no sound" },
    { "closed", "", -ECONNRESET, "closed the connection without an answer" },
};

static void test_faults(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        print_message("%s\n", faults[i].name);
        bench_make(b, "piper", "http", "");
        ask(b, "Yes.", "\"Yes.\"");
        say(b, faults[i].answer, strlen(faults[i].answer));
        leave(b);
        run(b);
        ended_as(b, faults[i].want, faults[i].words);
        assert_int_equal(b->sound.len, 0);
    }
}

static void test_silent(void **state)
{
    struct bench *b = *state;

    bench_make(b, "piper", "http", "");
    ask(b, "Yes.", "\"Yes.\"");
    say_wav_head(b);
    say(b, "\1\2", 2);
    until_sound(b, 2);
    clock_advance_usec(&b->clock, 2501 * 1000LL);
    run(b);
    ended_as(b, -ETIMEDOUT, "voice at 127.0.0.1: silent for 2500 ms");
}

static void test_endless(void **state)
{
    static char second[44100];
    struct bench *b = *state;

    bench_make(b, "piper", "http", "");
    ask(b, "Yes.", "\"Yes.\"");
    say_wav_head(b);
    for (int i = 0; i < 2 * REMOTE_TTS_SECONDS_MAX && !b->ended; i++) {
        size_t sent = 0;

        for (int n = 0; n < STEPS_MAX && sent < sizeof(second) && !b->ended; n++) {
            ssize_t k =
                send(b->fd, second + sent, sizeof(second) - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

            sent += k > 0 ? (size_t)k : 0;
            loop_step(b->loop, 0);
        }
    }
    assert_true(b->ended);
    assert_int_equal(b->code, -EMSGSIZE);
    assert_non_null(strstr(b->words, "more than 120 s of sound"));
    assert_true(b->sound.len <= (REMOTE_TTS_SECONDS_MAX + 2) * sizeof(second));
}

static void test_cancelled_from_within(void **state)
{
    struct bench *b = *state;
    char c;

    b->cancel_on_sound = true;
    bench_make(b, "piper", "http", "");
    ask(b, "Yes.", "\"Yes.\"");
    say_wav_head(b);
    say(b, "\1\2", 2);
    until_sound(b, 2);
    assert_false(remote_tts_is_busy(b->remote));
    for (int i = 0; i < STEPS_MAX && recv(b->fd, &c, 1, MSG_DONTWAIT) != 0; i++)
        loop_step(b->loop, STEP_MS);
    assert_false(b->ended);
    assert_int_equal(remote_tts_speak(b->remote, "No.", "en", NULL),
                     0); /* the next one may begin */
    assert_int_equal(remote_tts_speak(b->remote, "No.", "en", NULL), -EBUSY);
    remote_tts_cancel(b->remote);
    remote_tts_cancel(NULL);
}

/* ---- Wyoming ----------------------------------------------------------------------------- */

#define START "{\"type\":\"audio-start\",\"data\":{\"rate\":16000,\"width\":2,\"channels\":1}}\n"
#define CHUNK(bytes)                                                                  \
    "{\"type\":\"audio-chunk\",\"data\":{\"rate\":16000,\"width\":2,\"channels\":1}," \
    "\"payload_length\":2}\n" bytes
#define STOP "{\"type\":\"audio-stop\"}\n"

static const struct {
    const char *name, *answer;
    int want;
    const char *text; /* the sound, or words */
} events[] = {
    { "usual", START CHUNK("ab") CHUNK("cd") STOP, 0, "abcd" },
    { "nothing to say", STOP, 0, "" },
    { "what comes behind is passed over", START CHUNK("ab") STOP "rubbish", 0, "ab" },
    { "unknown events",
      "{\"type\":\"x\"}\n" START "{\"type\":\"y\",\"payload_length\":1}\nz" CHUNK("ab") STOP, 0,
      "ab" },
    { "no voice", "{\"type\":\"error\",\"data\":{\"text\":\"no voice amy\"}}\n", -EREMOTEIO,
      "no voice amy" },
    { "an error in the middle",
      START CHUNK("ab") "{\"type\":\"error\",\"data\":{\"text\":\"broke\"}}\n", -EREMOTEIO,
      "broke" },
    { "closed in the middle", START CHUNK("ab"), -ECONNRESET,
      "closed the connection before the end of the sound" },
    { "closed in an event", START "{\"type\":\"aud", -ECONNRESET, "inside an event" },
    { "two channels",
      "{\"type\":\"audio-start\",\"data\":{\"rate\":16000,\"width\":2,\"channels\":2}}\n", -EPROTO,
      "sound of 2 channels and 2 bytes a sample" },
    { "the rate changes",
      START "{\"type\":\"audio-start\",\"data\":{\"rate\":8000,\"width\":2,\"channels\":1}}\n",
      -EPROTO, "changes from 16000 to 8000 Hz" },
    { "half a sample",
      START "{\"type\":\"audio-chunk\",\"data\":{\"rate\":16000,\"width\":2,\"channels\":1},"
            "\"payload_length\":1}\na",
      -EPROTO, "half a sample" },
    { "no format", "{\"type\":\"audio-start\"}\n", -EPROTO, "rate: is missing" },
    { "garbage", "HTTP/1.1 400\r\n", -EPROTO, "no JSON" },
};

static void test_wyoming(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        bench_make(b, "wyoming", "tcp", "");
        print_message("%s\n", events[i].name);
        ask(b, "It's 7.", "{\"text\":\"It's 7.\",\"voice\":{\"name\":\"amy\"}}");
        assert_non_null(strstr(b->asked, "{\"type\":\"synthesize\",\"data_length\":"));
        say(b, events[i].answer, strlen(events[i].answer));
        if (events[i].want == -ECONNRESET)
            leave(b);
        run(b);
        ended_as(b, events[i].want, events[i].want < 0 ? events[i].text : "");
        if (events[i].want == 0)
            assert_string_equal(str_text(&b->sound), events[i].text);
    }
}

static void test_wyoming_language(void **state)
{
    struct bench *b = *state;

    b->settings.tts_remote_voice[0] = '\0';
    bench_make(b, "wyoming", "tcp", "");
    ask(b, "Yes.", "{\"text\":\"Yes.\",\"voice\":{\"language\":\"en\"}}");
}

/* ---- a text of several sentences ---------------------------------------------------------------- */

#define LONG_TEXT "The kitchen light is on. It is 7. 30 degrees were too much for Dr. Who! Is it so?"

/* The first sounds while the second is not even asked for; marks within a sentence do not cut it. */
static void test_by_sentence(void **state)
{
    static const char *const sentences[] = { "The kitchen light is on.",
                                             "It is 7. 30 degrees were too much for Dr. Who!", "Is it so?" };
    struct bench *b = *state;

    bench_make(b, "piper", "http", "");
    for (size_t i = 0; i < 3; i++) {
        AUTO_STR body = STR_INIT;

        str_addf(&body, "{\"text\":\"%s\",\"voice\":\"amy\"}", sentences[i]);
        if (i == 0)
            ask(b, LONG_TEXT, str_text(&body));
        else
            await_ask(b, str_text(&body));
        say_wav_head(b);
        say(b, "\1\2", 2);
        until_sound(b, 2 * (i + 1));
        assert_false(b->ended);
        leave(b);
    }
    run(b);
    ended_as(b, 0, "");
    assert_int_equal(b->sound.len, 6);
}

/* The first sentence sounds, and the second is asked for. */
static void until_second(struct bench *b)
{
    bench_make(b, "piper", "http", "");
    ask(b, LONG_TEXT, "light is on.");
    say_wav_head(b);
    say(b, "\1\2", 2);
    until_sound(b, 2);
    leave(b);
    await_ask(b, "Who!");
}

static void test_by_sentence_fails(void **state)
{
    struct bench *b = *state;

    until_second(b);
    say(b, HEAD("text/html"), sizeof(HEAD("text/html")) - 1);
    leave(b);
    run(b);
    ended_as(b, -EPROTO, "sent text/html");
    ask(b, "Yes.", "\"Yes.\""); /* nothing of the text before comes behind it */
    say_wav_head(b);
    say(b, "\3\4", 2);
    leave(b);
    run(b);
    ended_as(b, 0, "");
    assert_int_equal(b->sound.len, 2);
}

static void test_cancelled_between_sentences(void **state)
{
    struct bench *b = *state;

    until_second(b);
    remote_tts_cancel(b->remote);
    assert_false(remote_tts_is_busy(b->remote));
    for (int i = 0; i < 50; i++)
        loop_step(b->loop, 1);
    assert_false(b->ended);
}

#define INFO(streams) "{\"type\":\"info\",\"data\":{\"tts\":[{\"name\":\"piper\"" streams "}]}}\n"

/* A server of streams gets all in one connection; its groups are one text, and its end is the end. */
static void test_wyoming_stream(void **state)
{
    struct bench *b = *state;

    bench_make(b, "wyoming", "tcp", "");
    for (int round = 0; round < 2; round++) {
        ask(b, LONG_TEXT, round == 0 ? "\"describe\"" : "\"synthesize-stop\"");
        if (round == 0) {
            say(b, INFO(",\"supports_synthesize_streaming\":true"),
                sizeof(INFO(",\"supports_synthesize_streaming\":true")) - 1);
            await_ask(b, "\"synthesize-stop\"");
        }
        assert_non_null(strstr(b->asked, "\"synthesize-start\""));
        assert_non_null(strstr(b->asked, "{\"text\":\"The kitchen light is on. \"}"));
        assert_non_null(strstr(b->asked, "{\"text\":\"Is it so?\"}"));
        assert_non_null(strstr(b->asked, "{\"text\":\"" LONG_TEXT "\",\"voice\":{\"name\":\"amy\"}}"));
        say(b, START CHUNK("ab") STOP, strlen(START CHUNK("ab") STOP));
        until_sound(b, 2);
        assert_false(b->ended); /* a group is not the text */
        say(b, START CHUNK("cd") STOP "{\"type\":\"synthesize-stopped\"}\n",
            strlen(START CHUNK("cd") STOP "{\"type\":\"synthesize-stopped\"}\n"));
        run(b);
        ended_as(b, 0, "");
        assert_string_equal(str_text(&b->sound), "abcd");
    }
}

/* One that knows none, or does not say: a sentence a connection. */
static void test_wyoming_without_streams(void **state)
{
    static const char *const infos[] = { INFO(""), INFO(",\"supports_synthesize_streaming\":null"),
                                         "{\"type\":\"info\",\"data\":{}}\n", "" };
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
        bench_make(b, "wyoming", "tcp", "");
        ask(b, "The kitchen light is on. It is late now.", "\"describe\"");
        if (infos[i][0])
            say(b, infos[i], strlen(infos[i]));
        else
            leave(b); /* it closes the connection */
        await_ask(b, "{\"text\":\"The kitchen light is on.\",");
        say(b, START CHUNK("ab") STOP, strlen(START CHUNK("ab") STOP));
        until_sound(b, 2);
        leave(b);
        await_ask(b, "{\"text\":\"It is late now.\",");
        assert_null(strstr(b->asked, "describe"));
        say(b, START CHUNK("cd") STOP, strlen(START CHUNK("cd") STOP));
        run(b);
        ended_as(b, 0, "");
        assert_string_equal(str_text(&b->sound), "abcd");
    }
}

static void test_wyoming_stream_faults(void **state)
{
    static const struct {
        const char *answer;
        int want;
        const char *words;
    } cases[] = {
        { START CHUNK("ab") STOP, -ECONNRESET, "before the end of the sound" },
        { START CHUNK("ab") "{\"type\":\"error\",\"data\":{\"text\":\"broke\"}}\n", -EREMOTEIO, "broke" },
        { "{\"type\":\"synthesize-stopped\"}\n", 0, "" },
        { INFO("") "{\"type\":\"synthesize-stopped\"}\n", 0, "" }, /* told again: nothing is asked again */
    };
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bench_make(b, "wyoming", "tcp", "");
        ask(b, LONG_TEXT, "\"describe\"");
        say(b, INFO(",\"supports_synthesize_streaming\":true"),
            sizeof(INFO(",\"supports_synthesize_streaming\":true")) - 1);
        await_ask(b, "\"synthesize-stop\"");
        say(b, cases[i].answer, strlen(cases[i].answer));
        if (cases[i].want == -ECONNRESET)
            leave(b);
        run(b);
        ended_as(b, cases[i].want, cases[i].words);
    }
}

/* ---- settings ---------------------------------------------------------------------------- */

static const struct {
    const char *kind, *url;
    int want;
    const char *text;
} bad[] = {
    { "none", "", -ENOENT, "tts.remote: is none" },
    { "piper", "", -EINVAL, "tts.url: must be an http or https address" },
    { "openai", "tcp://box:1", -EINVAL, "tts.url: must be an http or https address" },
    { "wyoming", "http://box:1", -EINVAL, "tts.url: must be tcp://host:port" },
};

static void test_settings(void **state)
{
    const struct remote_tts_events none = { 0 };
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err e = ERR_INIT;

        str_copy(b->settings.tts_remote, sizeof(b->settings.tts_remote), bad[i].kind);
        str_copy(b->settings.tts_url, sizeof(b->settings.tts_url), bad[i].url);
        assert_int_equal(remote_tts_new(&b->remote, b->loop, &b->settings, &none, &e), bad[i].want);
        assert_null(b->remote);
        assert_non_null(strstr(e.text, bad[i].text));
        assert_int_equal(remote_tts_fits(NULL, &b->settings), i == 0);
    }
    bench_make(b, "piper", "http", "");
    assert_true(remote_tts_fits(b->remote, &b->settings));
    b->settings.tts_remote_voice[0] = 'x';
    assert_false(remote_tts_fits(b->remote, &b->settings));
}

static void test_too_long(void **state)
{
    static char text[REMOTE_TTS_TEXT_MAX + 2];
    struct bench *b = *state;

    memset(text, 'a', sizeof(text) - 1);
    bench_make(b, "piper", "http", "");
    assert_int_equal(remote_tts_speak(b->remote, text, "en", NULL), -EMSGSIZE);
    assert_false(remote_tts_is_busy(b->remote));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(test_http),     TEST(test_faults),   TEST(test_silent),
        TEST(test_endless),  TEST(test_wyoming),  TEST(test_cancelled_from_within),
        TEST(test_settings), TEST(test_too_long), TEST(test_wyoming_language),
        TEST(test_by_sentence), TEST(test_by_sentence_fails), TEST(test_cancelled_between_sentences),
        TEST(test_wyoming_stream), TEST(test_wyoming_without_streams), TEST(test_wyoming_stream_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
