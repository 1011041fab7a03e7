/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/wyoming_link_test.c - a connection to a server of the Wyoming protocol: what is sent
 * before it stands, events cut anywhere, every way to end, silence, a server that does not read.
 * The server is this test itself; time is virtual. */
#include "core/wyoming_link.h"

#include "lib/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STEPS_MAX = 500, STEP_MS = 5, GAP_MS = 4000 };

static const struct fetch_place place = {
    .what = "recogniser",
    .url_row = "stt.url",
    .key_row = "stt.key",
    .connect_row = "stt.connect_ms",
    .path_rows = "stt.url",
    .kind_rows = "stt.kind",
};

struct bench {
    struct clock clock;
    struct loop *loop;
    struct wyoming_link *link;
    int listening, fd; /* the server's */
    char url[64];
    struct str events; /* "type:payload " of each */
    bool ended, close_on_event, open_on_end;
    unsigned ends;
    int code;
    char words[ERR_TEXT_BYTES];
};

static void on_event(const struct wyoming_reader *r, void *user)
{
    struct bench *b = user;

    str_addf(&b->events, "%s:%.*s ", r->event.type, (int)r->bytes.len, str_text(&r->bytes));
    if (b->close_on_event)
        wyoming_link_close(b->link);
}

static void on_end(int code, const char *words, void *user)
{
    struct bench *b = user;

    b->ended = true;
    b->ends++;
    b->code = code;
    str_copy(b->words, sizeof(b->words), words);
    if (b->open_on_end) {
        b->open_on_end = false;
        assert_int_equal(wyoming_link_open(b->link, b->url, 1000, GAP_MS, NULL), 0);
    }
}

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    const struct wyoming_link_events events = { on_event, on_end, b };
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(a);

    if (!b)
        return -1;
    b->fd = -1;
    b->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(b->listening, (struct sockaddr *)&a, len) < 0 || listen(b->listening, 4) < 0 ||
        getsockname(b->listening, (struct sockaddr *)&a, &len) < 0)
        return -1;
    snprintf(b->url, sizeof(b->url), "tcp://127.0.0.1:%u", ntohs(a.sin_port));
    clock_init_virtual(&b->clock, 1000000);
    *state = b;
    if (loop_new(&b->loop, &b->clock, NULL) < 0)
        return -1;
    return wyoming_link_new(&b->link, b->loop, &place, &events, NULL);
}

static int bench_close(void **state)
{
    struct bench *b = *state;

    wyoming_link_free(b->link);
    loop_free(b->loop);
    if (b->fd >= 0)
        close(b->fd);
    close(b->listening);
    str_done(&b->events);
    free(b);
    return 0;
}

static void steps(struct bench *b, int n)
{
    for (int i = 0; i < n; i++)
        loop_step(b->loop, STEP_MS);
}

static void run_to_end(struct bench *b)
{
    for (int i = 0; i < STEPS_MAX && !b->ended; i++)
        loop_step(b->loop, STEP_MS);
    assert_true(b->ended);
}

static void send_type(struct bench *b, const char *type)
{
    AUTO_STR bytes = STR_INIT;

    wyoming_put(&bytes, type, NULL, NULL, 0);
    assert_int_equal(wyoming_link_send(b->link, &bytes, NULL), 0);
}

/* Opened, and what was sent meanwhile has come. */
static void stand(struct bench *b)
{
    char got[64] = "";

    assert_int_equal(wyoming_link_open(b->link, b->url, 1000, GAP_MS, NULL), 0);
    send_type(b, "describe");
    for (int i = 0; i < STEPS_MAX; i++) {
        struct pollfd p = { .fd = b->listening, .events = POLLIN };

        loop_step(b->loop, STEP_MS);
        if (b->fd < 0 && poll(&p, 1, 0) == 1)
            b->fd = accept4(b->listening, NULL, NULL, SOCK_CLOEXEC);
        if (b->fd >= 0 && recv(b->fd, got, sizeof(got) - 1, MSG_DONTWAIT) > 0)
            break;
    }
    assert_string_equal(got, "{\"type\":\"describe\"}\n");
}

static void say(struct bench *b, const char *bytes)
{
    assert_true(fake_send(b->fd, bytes, strlen(bytes)));
}

static void leave(struct bench *b)
{
    close(b->fd);
    b->fd = -1;
}

#define EVENT(type) "{\"type\":\"" type "\"}\n"
#define PAYLOAD     "{\"type\":\"audio-chunk\",\"payload_length\":3}\nabc"

static const struct {
    const char *name, *bytes;
    int want;
    const char *events, *words;
} ends[] = {
    { "answered and closed", EVENT("transcript"), 0, "transcript: ", "" },
    { "several", EVENT("a") PAYLOAD EVENT("b"), 0, "a: audio-chunk:abc b: ", "" },
    { "closed without a word", "", 0, "", "" },
    { "closed in a line", EVENT("a") "{\"ty", -ECONNRESET,
      "a: ", "recogniser at 127.0.0.1: it closed the connection inside an event" },
    { "closed in a payload", "{\"type\":\"a\",\"payload_length\":9}\nabc", -ECONNRESET, "",
      "it closed the connection inside an event" },
    { "no Wyoming", "HTTP/1.1 400 Bad Request\r\n\r\n", -EPROTO, "",
      "recogniser at 127.0.0.1: the peer's event is no JSON" },
    { "garbage behind an event", EVENT("a") "xyz\n", -EPROTO, "a: ", "no JSON" },
    { "too large", "{\"type\":\"a\",\"payload_length\":104857600}\n", -EMSGSIZE, "",
      "payload_length" },
};

static void test_ends(void **state)
{
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        print_message("%s\n", ends[i].name);
        b->ended = false;
        b->ends = 0;
        str_clear(&b->events);
        stand(b);
        for (const char *at = ends[i].bytes; *at; at++) { /* byte by byte */
            fake_send(b->fd, at, 1);
            if (at[1] == '\0' || at - ends[i].bytes < 40)
                steps(b, 1);
        }
        leave(b);
        run_to_end(b);
        assert_int_equal(b->code, ends[i].want);
        assert_int_equal(b->ends, 1);
        assert_string_equal(str_text(&b->events), ends[i].events);
        assert_non_null(strstr(b->words, ends[i].words));
        assert_false(wyoming_link_is_open(b->link));
    }
}

static void test_closed_from_within(void **state)
{
    struct bench *b = *state;
    char c;

    b->close_on_event = true;
    stand(b);
    say(b, EVENT("a") EVENT("b"));
    steps(b, 20);
    assert_string_equal(str_text(&b->events), "a: ");
    assert_false(b->ended);
    assert_int_equal(recv(b->fd, &c, 1, 0), 0); /* the server sees it */
}

static void test_opened_again_from_within(void **state)
{
    struct bench *b = *state;

    b->open_on_end = true;
    stand(b);
    leave(b);
    run_to_end(b);
    assert_true(wyoming_link_is_open(b->link));
    assert_int_equal(wyoming_link_open(b->link, b->url, 1000, GAP_MS, NULL), -EBUSY);
    wyoming_link_close(b->link);
    wyoming_link_close(b->link);
    wyoming_link_close(NULL);
    assert_false(wyoming_link_is_open(b->link));
    assert_int_equal(b->ends, 1);
}

/* Silence is a fault only where an answer is owed, and each event puts it off. */
static void test_silence(void **state)
{
    struct bench *b = *state;

    stand(b);
    clock_advance_usec(&b->clock, 10LL * GAP_MS * 1000);
    steps(b, 3);
    assert_false(b->ended);
    wyoming_link_await(b->link);
    clock_advance_usec(&b->clock, (GAP_MS - 100) * 1000LL);
    say(b, EVENT("pong"));
    steps(b, 20);
    clock_advance_usec(&b->clock, (GAP_MS - 100) * 1000LL);
    steps(b, 3);
    assert_false(b->ended);
    clock_advance_usec(&b->clock, 200 * 1000LL);
    run_to_end(b);
    assert_int_equal(b->code, -ETIMEDOUT);
    assert_string_equal(b->words, "recogniser at 127.0.0.1: silent for 4000 ms");
}

/* A server that never reads costs WYOMING_OUT_BYTES_MAX and no more. */
static void test_server_does_not_read(void **state)
{
    static char chunk[65536];
    struct bench *b = *state;
    AUTO_STR bytes = STR_INIT;
    struct err e = ERR_INIT;
    int n = 0, r = 0;

    stand(b);
    wyoming_put(&bytes, "audio-chunk", NULL, chunk, sizeof(chunk));
    for (; r == 0 && n < 1000; n++)
        r = wyoming_link_send(b->link, &bytes, &e);
    assert_int_equal(r, -ENOBUFS);
    assert_non_null(strstr(e.text, "recogniser at 127.0.0.1 does not take what it is sent"));
    assert_in_range(n, WYOMING_OUT_BYTES_MAX / (int)sizeof(chunk) - 1, 500);
    /* it reads again: all comes, in order */
    for (int i = 0; i < 5000 && wyoming_link_send(b->link, &bytes, NULL) < 0; i++) {
        while (recv(b->fd, chunk, sizeof(chunk), MSG_DONTWAIT) > 0)
            ;
        loop_step(b->loop, 0);
    }
    assert_int_equal(wyoming_link_send(b->link, &bytes, NULL), 0);
    assert_false(b->ended);
}

static void test_nobody_there(void **state)
{
    struct bench *b = *state;
    AUTO_STR bytes = STR_INIT;

    assert_int_equal(wyoming_link_send(b->link, &bytes, NULL), -ENOTCONN);
    close(b->listening);
    b->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        b->ended = false;
        assert_int_equal(wyoming_link_open(b->link, b->url, 1000, GAP_MS, NULL), 0);
        run_to_end(b);
        assert_int_equal(b->code, -ECONNREFUSED);
        assert_non_null(strstr(b->words, "recogniser at 127.0.0.1: nothing answers there"));
    }
    assert_int_equal(wyoming_link_open(b->link, b->url, 1000, GAP_MS, NULL), -EHOSTDOWN);
    assert_false(wyoming_link_is_open(b->link));
}

static const struct {
    const char *url, *want; /* NULL: refused */
} urls[] = {
    { "tcp://box:10300", "http://box:10300" },
    { "box:10300", "http://box:10300" },
    { "tcp://[::1]:10300", "http://[::1]:10300" },
    { "tcp://box", NULL },
    { "tcp://box:", NULL },
    { "tcp://box:abc", NULL },
    { "tcp://box:1/path", NULL },
    { "tcp://box:99999", NULL },
    { "http://box:10300", NULL },
    { "tcp://me@box:10300", NULL },
    { "a b:10300", NULL },
    { ":10300", NULL },
    { "", NULL },
};

static void test_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        AUTO_FREE char *got = NULL;
        struct err e = ERR_INIT;
        int r = wyoming_link_url(&got, urls[i].url, "stt.url", &e);

        print_message("%s\n", urls[i].url);
        assert_int_equal(r, urls[i].want ? 0 : -EINVAL);
        if (urls[i].want)
            assert_string_equal(got, urls[i].want);
        else
            assert_non_null(strstr(e.text, "stt.url: must be tcp://host:port"));
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)
    const struct CMUnitTest tests[] = {
        TEST(test_ends),
        TEST(test_closed_from_within),
        TEST(test_opened_again_from_within),
        TEST(test_silence),
        TEST(test_server_does_not_read),
        TEST(test_nobody_there),
        cmocka_unit_test(test_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
