/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/ends_test.c - the server's start and end: at once after one another, with clients in
 * every state, twice. */
#include "unit/web/rig.h"

enum { ROUNDS = 150 };

static void rounds(void (*client)(const struct rig *rig))
{
    for (int i = 0; i < ROUNDS; i++) {
        struct rig rig;
        struct err e = ERR_INIT;

        rig_init(&rig, true, 0, NULL);
        assert_int_equal(web_start(rig.web, &e), 0);
        client(&rig);
        rig_stop(&rig);
    }
}

static void says_nothing(const struct rig *rig)
{
    (void)rig;
}

/* libmicrohttpd 0.9.75 aborts the program when it is told to take nothing new while its own thread is
 * just taking up the listening socket: at the start, and whenever a client comes. */
static void test_ended_at_once(void **state)
{
    (void)state;
    rounds(says_nothing);
}

static void comes_and_goes(const struct rig *rig)
{
    close(rig_dial(rig));
}

static void asks_and_goes(const struct rig *rig)
{
    int fd = rig_dial(rig);

    rig_send(rig, fd, "GET /api/status HTTP/1.1\r\nHost: @\r\n\r\n");
    close(fd);
}

static void test_ended_while_clients_come(void **state)
{
    (void)state;
    rounds(comes_and_goes);
    rounds(asks_and_goes);
}

/* What comes at the server's end: to those who wait for an answer one, to the others their line's end. */
static const struct {
    const char *name, *request;
    int status; /* 0: closed without an answer */
    const char *words;
} open_ones[] = {
    { "says nothing", "", 0, NULL },
    { "half a request line", "GET /hea", 0, NULL },
    { "half a head", "GET /health HTTP/1.1\r\nHost: @\r\n", 0, NULL },
    { "half a body",
      "POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Type: application/json\r\n"
      "Content-Length: 100\r\n\r\n{\"mess",
      0, NULL },
    { "waits for the assistant",
      "POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Type: application/json\r\n"
      "Content-Length: 19\r\n\r\n{\"message\":\"never\"}",
      503, "the server is ending" },
    { "waits for the house",
      "POST /api/devices/heating HTTP/1.1\r\nHost: @\r\nContent-Type: application/json\r\n"
      "Content-Length: 16\r\n\r\n{\"command\":\"on\"}",
      503, "the server is ending" },
};

static void clients_at_the_end(void)
{
    static struct answer answer;
    struct rig rig;
    int fds[sizeof(open_ones) / sizeof(open_ones[0])];

    rig_init(&rig, true, 0, NULL);
    rig_start(&rig);
    for (size_t i = 0; i < sizeof(open_ones) / sizeof(open_ones[0]); i++) {
        fds[i] = rig_dial(&rig);
        rig_send(&rig, fds[i], open_ones[i].request);
    }
    rig_wait(&rig.texts, 1);
    rig_wait(&rig.acts, 1);
    rig_stop(&rig);
    for (size_t i = 0; i < sizeof(open_ones) / sizeof(open_ones[0]); i++) {
        rig_answer(&answer, fds[i]);
        if (answer.status != open_ones[i].status)
            fail_msg("%s: %d", open_ones[i].name, answer.status);
        if (answer.status != 0) {
            assert_non_null(strstr(answer.body, open_ones[i].words));
            assert_string_equal(answer_field(&answer, "Retry-After"), "5");
        }
        close(fds[i]);
    }
}

/* Again and again: who is resumed must be answered before the library ends, however they meet. */
static void test_clients_at_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        clients_at_the_end();
}

/* As many as one address may have waiting: each is answered. */
static void test_many_wait_at_the_end(void **state)
{
    static struct answer answer;
    struct rig rig;
    int fds[20];

    (void)state;
    rig_init(&rig, true, 0, NULL);
    rig_start(&rig);
    for (int i = 0; i < 20; i++) {
        fds[i] = rig_dial(&rig);
        rig_send(&rig, fds[i], open_ones[4].request);
    }
    rig_wait(&rig.texts, 20);
    rig_stop(&rig);
    for (int i = 0; i < 20; i++) {
        rig_answer(&answer, fds[i]);
        assert_int_equal(answer.status, 503);
        close(fds[i]);
    }
}

/* The port is free again as soon as the server has ended: the next start of the daemon takes it. */
static void test_the_port_is_free_again(void **state)
{
    static struct answer answer;
    unsigned port = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct rig rig;

        rig_init(&rig, true, port, NULL);
        rig_start(&rig);
        port = web_port(rig.web);
        rig_ask(&rig, &answer, "GET /health HTTP/1.1\r\nHost: @\r\n\r\n");
        assert_int_equal(answer.status, 200);
        rig_stop(&rig);
    }
}

/* Another program has the port: told in words, and the end of what did start is an end. */
static void test_the_port_is_taken(void **state)
{
    struct rig *first = *state, second;
    struct err e = ERR_INIT;

    rig_init(&second, true, web_port(first->web), NULL);
    assert_int_equal(web_start(second.web, &e), -EADDRINUSE);
    assert_non_null(strstr(err_text(&e), "is in use by another program"));
    assert_int_equal(web_port(second.web), 0);
    assert_false(web_is_watched(second.web));
    rig_stop(&second);
}

/* Made and never started: as when another part could not be made. */
static void test_never_started(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, true, 0, NULL);
    assert_int_equal(web_port(rig.web), 0);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ended_at_once),
        cmocka_unit_test(test_ended_while_clients_come),
        cmocka_unit_test(test_clients_at_the_end),
        cmocka_unit_test(test_many_wait_at_the_end),
        cmocka_unit_test(test_the_port_is_free_again),
        WEB_TEST(test_the_port_is_taken),
        cmocka_unit_test(test_never_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
