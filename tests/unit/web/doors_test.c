/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/doors_test.c - what a client may take of the server: connections, time, requests
 * a second, and what it may tell a device to do. */
#include "unit/web/rig.h"

#include "web/http.h"
#include "web/route.h"

#include <poll.h>

static struct answer answer; /* too large for a stack */

/* A refusal costs no new connection where the bytes can be trusted. */
static void test_refusals_keep_their_connection(void **state)
{
    static const struct {
        const char *request;
        int status;
        bool closes;
    } cases[] = {
        { "GET /nothing HTTP/1.1\r\nHost: @\r\n\r\n", 404, false },
        { "BREW /health HTTP/1.1\r\nHost: @\r\n\r\n", 405, false },
        { "GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, false },
        { "GET /api/sessions?limit=201 HTTP/1.1\r\nHost: @\r\n\r\n", 400, false },
        { "GET /ws HTTP/1.1\r\nHost: @\r\n\r\n", 426, false },
        { "POST /api/chat HTTP/1.1\r\nHost: @\r\n\r\n", 411, false },
        { "GET /health HTTP/1.1\r\nHost: @\r\nHost: @\r\n\r\n", 400, true },
        { "GET /%00 HTTP/1.1\r\nHost: @\r\n\r\n", 400, true },
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int fd = rig_dial(rig);

        rig_send(rig, fd, cases[i].request);
        rig_answer(&answer, fd);
        assert_int_equal(answer.status, cases[i].status);
        if (cases[i].closes) {
            assert_string_equal(answer_field(&answer, "Connection"), "close");
        } else {
            rig_send(rig, fd, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
            rig_answer(&answer, fd);
            if (answer.status != 200)
                fail_msg("%s: closed", cases[i].request);
        }
        close(fd);
    }
}

/* ---- time and places ---- */

/* Is there something to read, or the end? */
static bool has_more(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    return poll(&p, 1, 50) > 0;
}

/* Slow loris: what drips in keeps the library's clock of silence from ever running out; only ours,
 * for the whole, ends it. */
static void test_slow_requests_end(void **state)
{
    static const struct {
        const char *name, *start, *drip;
    } cases[] = {
        { "request line", "GET /hea", "l" },
        { "fields", "GET /health HTTP/1.1\r\nHost: @\r\n", "X-A: b\r\n" },
        { "body",
          "POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Type: application/json\r\n"
          "Content-Length: 1000\r\n\r\n",
          " " },
        { "second request", "GET /health HTTP/1.1\r\nHost: @\r\n\r\nGET /hea", "l" },
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int fd = rig_dial(rig);
        bool is_open = true;

        rig_send(rig, fd, cases[i].start);
        while (is_open) {
            clock_advance_usec(&rig->clock, 500000);
            rig_send(rig, fd, cases[i].drip);
            is_open = !has_more(fd) || rig_read(fd, answer.body, sizeof(answer.body)) > 0;
        }
        close(fd);
    }
    rig_ask(rig, &answer, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
    assert_int_equal(answer.status, 200);
}

/* 64 that say nothing: the longest idle one makes room, the newcomer is served. */
static void test_idle_connections_make_room(void **state)
{
    struct rig *rig = *state;
    int fds[CONNS_PER_ADDRESS_MAX];
    char last;

    for (size_t i = 0; i < CONNS_PER_ADDRESS_MAX; i++) {
        fds[i] = rig_dial(rig);
        rig_send(rig, fds[i], "GET /health HTTP/1.1\r\nHost: @\r\n\r\n"); /* it is accepted */
        rig_answer(&answer, fds[i]);
        clock_advance_usec(&rig->clock, 1000);
    }
    rig_ask(rig, &answer, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
    assert_int_equal(answer.status, 200);
    assert_int_equal(rig_read(fds[0], &last, 1), 0); /* the first was closed */
    rig_send(rig, fds[1], "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
    rig_answer(&answer, fds[1]);
    assert_int_equal(answer.status, 200);
    for (size_t i = 0; i < CONNS_PER_ADDRESS_MAX; i++)
        close(fds[i]);
}

/* 64 that are being served: one more is told so, another address is not concerned. */
static void test_too_many_connections_are_told(void **state)
{
    static const char half[] = "POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Type: "
                               "application/json\r\nContent-Length: 20\r\nExpect: 100-continue"
                               "\r\n\r\n";
    struct rig *rig = *state;
    int fds[CONNS_PER_ADDRESS_MAX], fd;
    char line[64];

    for (size_t i = 0; i < CONNS_PER_ADDRESS_MAX; i++) {
        if (i == (size_t)route_rates[RATE_WRITE].burst)
            clock_advance_usec(&rig->clock, 9 * 1000000); /* a new burst; nobody's time is over */
        fds[i] = rig_dial(rig);
        rig_send(rig, fds[i], half);
        assert_int_equal(rig_read(fds[i], line, 25), 25); /* "HTTP/1.1 100 Continue": it waits */
        assert_memory_equal(line, "HTTP/1.1 100", 12);
    }
    rig_ask(rig, &answer, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(answer.body, "64 connections"));
    assert_string_equal(answer_field(&answer, "Retry-After"), "10");
    fd = rig_dial_from(rig, 2);
    rig_send(rig, fd, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
    rig_answer(&answer, fd);
    assert_int_equal(answer.status, 200);
    close(fd);
    for (size_t i = 0; i < CONNS_PER_ADDRESS_MAX; i++)
        close(fds[i]);
}

static void test_too_many_reads(void **state)
{
    struct rig *rig = *state;
    int fd = rig_dial(rig);

    for (int i = 0; i < (int)route_rates[RATE_READ].burst; i++) {
        rig_send(rig, fd, "GET /api/sessions HTTP/1.1\r\nHost: @\r\n\r\n");
        rig_answer(&answer, fd);
        assert_int_equal(answer.status, 503); /* there is no store here */
    }
    rig_send(rig, fd, "GET /api/sessions HTTP/1.1\r\nHost: @\r\n\r\n");
    rig_answer(&answer, fd);
    assert_int_equal(answer.status, 429);
    rig_send(rig, fd, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n"); /* costs nothing */
    rig_answer(&answer, fd);
    assert_int_equal(answer.status, 200);
    close(fd);
}

/* ---- devices ---- */

static const struct {
    const char *device, *body;
    int status;
    const char *words;
} device_acts[] = {
    { "lamp", "{\"command\":\"on\"}", 200,
      "{\"asked\":{\"device\":\"lamp\",\"command\":\"on\"},\"text\":\"\"}" },
    { "lamp", "{\"command\":\"brightness\",\"value\":40}", 200, "\"value\":40}" },
    { "lamp", "{\"command\":\"color\",\"value\":\"#ff8800\"}", 200, "\"value\":\"#ff8800\"}" },
    { "door", "{\"command\":\"open\"}", 409, "front door: cannot" },
    { "blind", "{\"command\":\"open\"}", 504, "do not know whether" },
    { "lamp", "{}", 400, "command: is missing" },
    { "lamp", "{\"command\":\"dance\"}", 400, "'dance' is unknown; known are on, off, toggle" },
    { "lamp", "{\"command\":\"none\"}", 400, "'none' is unknown" },
    { "lamp", "{\"command\":\"on\",\"value\":[1]}", 400, "value: must be a number or text" },
    { "lamp", "{\"command\":\"on\",\"confirmed\":true}", 400, "confirmed: is unknown" },
    { "none", "{\"command\":\"on\"}", 404, "no device none" },
};

static void test_devices_are_told(void **state)
{
    struct rig *rig = *state;
    unsigned acts = 0;

    for (size_t i = 0; i < sizeof(device_acts) / sizeof(device_acts[0]); i++) {
        int fd = rig_dial(rig);
        char path[64];

        snprintf(path, sizeof(path), "/api/devices/%s", device_acts[i].device);
        rig_post(rig, fd, path, device_acts[i].body);
        rig_answer(&answer, fd);
        close(fd);
        if (answer.status != device_acts[i].status || !strstr(answer.body, device_acts[i].words))
            fail_msg("%s %s: %d %s", device_acts[i].device, device_acts[i].body, answer.status,
                     answer.body);
        acts += answer.status == 200 || answer.status == 409 || answer.status == 504;
        assert_int_equal(atomic_load(&rig->acts), acts); /* nothing wrong reaches the house */
    }
}

static void test_silent_device_ends(void **state)
{
    struct rig *rig = *state;
    int fd = rig_dial(rig);

    rig_post(rig, fd, "/api/devices/heating", "{\"command\":\"on\"}");
    rig_wait(&rig->acts, 1);
    clock_advance_usec(&rig->clock, 16 * 1000000LL);
    rig_answer(&answer, fd);
    close(fd);
    assert_int_equal(answer.status, 504);
}

static void test_too_many_wait(void **state)
{
    struct rig *rig = *state;
    int fds[PENDING_MAX + 1];

    for (size_t i = 0; i < PENDING_MAX; i++) { /* from as many addresses as it takes */
        fds[i] = rig_dial_from(rig, 1 + (unsigned)i / 16);
        rig_chat(rig, fds[i], "{\"message\":\"never\"}");
    }
    rig_wait(&rig->texts, PENDING_MAX);
    fds[PENDING_MAX] = rig_dial_from(rig, 2 + PENDING_MAX / 16);
    rig_chat(rig, fds[PENDING_MAX], "{\"message\":\"never\"}");
    rig_answer(&answer, fds[PENDING_MAX]);
    assert_int_equal(answer.status, 503);
    assert_string_equal(answer_field(&answer, "Retry-After"), "1");
    /* health does not wait for anybody */
    rig_ask(rig, &answer, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
    assert_int_equal(answer.status, 200);
    for (size_t i = 0; i <= PENDING_MAX; i++)
        close(fds[i]); /* half of the server's end: it finds them gone when it answers */
}

static void test_too_many_posts(void **state)
{
    struct rig *rig = *state;
    int refused_n = 0;

    for (int i = 0; i < (int)route_rates[RATE_WRITE].burst + 3; i++) {
        int fd = rig_dial(rig);

        rig_chat(rig, fd, "{}");
        rig_answer(&answer, fd);
        close(fd);
        if (answer.status == 429) {
            refused_n++;
            assert_string_equal(answer_field(&answer, "Retry-After"), "1");
        }
    }
    assert_int_equal(refused_n, 3);
    clock_advance_usec(&rig->clock, 1000000); /* five more */
    {
        int fd = rig_dial(rig);

        rig_chat(rig, fd, "{}");
        rig_answer(&answer, fd);
        close(fd);
        assert_int_equal(answer.status, 400);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(test_refusals_keep_their_connection),
        WEB_TEST(test_slow_requests_end),
        WEB_TEST(test_idle_connections_make_room),
        WEB_TEST(test_too_many_connections_are_told),
        WEB_TEST(test_too_many_reads),
        WEB_TEST(test_devices_are_told),
        WEB_TEST(test_silent_device_ends),
        WEB_TEST(test_too_many_wait),
        WEB_TEST(test_too_many_posts),
    };

    return cmocka_run_group_tests_name("web/doors", tests, NULL, NULL);
}
