/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/control_test.c - requests, hostile clients, stale and live sockets. */
#include "core/control.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "lib/dir.h"

struct fixture {
    struct clock clock;
    struct loop *loop;
    struct control *c;
    char dir[64], path[108];
    uint64_t held; /* id of the call that is answered later */
    int calls;
    uint8_t buf[RPC_FRAME_BYTES_MAX];
};

struct echo_args {
    char *a;
    int32_t count;
};

static const struct field echo_rows[] = {
    { "a", FIELD_TEXT, FIELD_AT(struct echo_args, a), .max = 10, .flags = FIELD_SPARSE },
    { "count", FIELD_INT, FIELD_AT(struct echo_args, count), .max = 100000, .flags = FIELD_SPARSE },
};
static const struct fields echo_fields = FIELDS_STRICT(struct echo_args, echo_rows);

static void cmd_echo(struct control_call *call, void *args, void *user)
{
    struct fixture *f = user;
    AUTO_JSON *j = fields_put(args, &echo_fields);

    f->calls++;
    control_done(call, j);
}

static void cmd_events(struct control_call *call, void *args, void *user)
{
    AUTO_JSON *j = cJSON_CreateObject();

    (void)user;
    cJSON_AddStringToObject(j, "n", "event");
    for (int i = 0; i < ((const struct echo_args *)args)->count; i++)
        control_event(call, j);
    control_done(call, NULL);
}

static void cmd_hold(struct control_call *call, void *args, void *user)
{
    struct fixture *f = user;

    (void)args;
    f->held = control_call_id(call);
}

static void cmd_fail(struct control_call *call, void *args, void *user)
{
    (void)args;
    (void)user;
    control_fail(call, "no %s today", "bananas");
}

static void cmd_large(struct control_call *call, void *args, void *user)
{
    AUTO_FREE char *text = malloc(100000);
    AUTO_JSON *j = cJSON_CreateObject();

    (void)args;
    (void)user;
    memset(text, 'x', 99999);
    text[99999] = '\0';
    cJSON_AddStringToObject(j, "text", text);
    control_done(call, j);
}

static const struct control_row rows[] = {
    { "echo", cmd_echo, &echo_fields, "answers what it was asked" },
    { "events", cmd_events, &echo_fields, "many events" },
    { "hold", cmd_hold, NULL, "answered later" },
    { "fail", cmd_fail, NULL, "fails" },
    { "large", cmd_large, NULL, "answers too much" },
};

static int control_start(struct fixture *f, struct control **ret, struct err *e)
{
    return control_new(ret, f->loop, f->path, rows, sizeof(rows) / sizeof(rows[0]), f, e);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    if (dir_make(f->dir, "control") < 0)
        return -1;
    snprintf(f->path, sizeof(f->path), "%s/control.sock", f->dir);
    clock_init_virtual(&f->clock, 1760000000LL * 1000000);
    if (loop_new(&f->loop, &f->clock, NULL) < 0)
        return -1;
    *state = f;
    return control_start(f, &f->c, NULL);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    int left;

    control_free(f->c);
    loop_free(f->loop);
    left = lstat(f->path, &st) == 0;
    rmdir(f->dir);
    free(f);
    return left ? -1 : 0; /* the socket file must be gone */
}

static void turn(struct fixture *f)
{
    while (loop_step(f->loop, 0))
        ;
}

static int dial(struct fixture *f)
{
    struct err e = ERR_INIT;
    int fd = -1;

    assert_int_equal(control_connect(&fd, f->path, &e), 0);
    turn(f);
    return fd;
}

static void send_text(int fd, uint32_t serial, const char *text)
{
    assert_int_equal(rpc_send(fd, CONTROL_REQUEST, serial, text, strlen(text), NULL), 0);
}

/* The next frame as text; "" when there is none, "(closed)" at the end. */
static const char *hear(struct fixture *f, int fd, struct rpc_frame *frame)
{
    static char text[4096];
    int r;

    turn(f);
    r = rpc_recv(fd, f->buf, frame, 0, NULL);
    if (r <= 0)
        return r == 0 ? "" : "(closed)";
    snprintf(text, sizeof(text), "%.*s", (int)frame->len, (const char *)frame->payload);
    return text;
}

static void is_served(struct fixture *f, int fd)
{
    struct rpc_frame frame;

    send_text(fd, 1, "{\"cmd\":\"echo\"}");
    assert_string_equal(hear(f, fd, &frame), "{}");
}

static const struct {
    const char *name, *request, *want;
} asks[] = {
    { "echo", "{\"cmd\":\"echo\",\"a\":\"b\"}", "{\"a\":\"b\"}" },
    { "wrong type", "{\"cmd\":\"echo\",\"a\":1}", "echo: a: must be a string" },
    { "too long", "{\"cmd\":\"echo\",\"a\":\"12345678901\"}", "echo: a: has 11 bytes" },
    { "below the range", "{\"cmd\":\"echo\",\"count\":-5}", "echo: count: must be within" },
    { "far beyond", "{\"cmd\":\"echo\",\"count\":1e300}", "echo: count: must be within" },
    { "unknown key", "{\"cmd\":\"echo\",\"b\":1}", "echo: b: is unknown; known are a, count" },
    { "takes nothing", "{\"cmd\":\"hold\",\"b\":1}", "hold: b: is unknown" },
    { "fails", "{\"cmd\":\"fail\"}", "{\"error\":\"no bananas today\"}" },
    { "unknown", "{\"cmd\":\"dance\"}", "'dance': no such command" },
    { "unknown, and cut within a character",
      "{\"cmd\":\"012345678901234567890123456789012345678901234567890123456789012é5\"}",
      "0123456789012?': no such command" },
    { "unknown, of control characters", "{\"cmd\":\"\\u001b[2J\"}", "'?[2J': no such command" },
    { "no command", "{\"a\":1}", "cmd" },
    { "command is a number", "{\"cmd\":5}", "cmd" },
    { "no object", "[1,2]", "cmd" },
    { "no JSON", "{\"cmd\":", "request: " },
    { "empty", "", "request: " },
    { "too large an answer", "{\"cmd\":\"large\"}", "longer than 65536" },
};

static void test_requests(void **state)
{
    struct fixture *f = *state;
    AUTO_CLOSE int fd = dial(f);

    for (uint32_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
        struct rpc_frame frame = { 0 };
        const char *got;

        print_message("%s\n", asks[i].name);
        send_text(fd, 100 + i, asks[i].request);
        got = hear(f, fd, &frame);
        assert_non_null(strstr(got, asks[i].want));
        assert_int_equal(frame.type, CONTROL_DONE);
        assert_int_equal(frame.serial, 100 + i);
        assert_string_equal(hear(f, fd, &frame), ""); /* exactly one answer */
    }
}

static void test_other_frames(void **state)
{
    struct fixture *f = *state;
    AUTO_CLOSE int fd = dial(f);
    struct rpc_frame frame;

    assert_int_equal(rpc_send(fd, 999, 1, "{}", 2, NULL), 0);
    assert_non_null(strstr(hear(f, fd, &frame), "frame type 999"));
    assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    assert_string_equal(hear(f, fd, &frame), "(closed)"); /* not one of ours */
}

static void test_events_and_late_answers(void **state)
{
    struct fixture *f = *state;
    AUTO_CLOSE int fd = dial(f);
    struct rpc_frame frame;

    send_text(fd, 1, "{\"cmd\":\"events\",\"count\":2}");
    assert_string_equal(hear(f, fd, &frame), "{\"n\":\"event\"}");
    assert_int_equal(frame.type, CONTROL_EVENT);
    hear(f, fd, &frame);
    assert_string_equal(hear(f, fd, &frame), "{}");
    assert_int_equal(frame.type, CONTROL_DONE);
    send_text(fd, 2, "{\"cmd\":\"hold\"}");
    assert_string_equal(hear(f, fd, &frame), "");
    send_text(fd, 3, "{\"cmd\":\"echo\"}");
    hear(f, fd, &frame);
    assert_int_equal(frame.serial, 3);
    control_done(control_call_find(f->c, f->held), NULL);
    hear(f, fd, &frame);
    assert_int_equal(frame.serial, 2);
    assert_null(control_call_find(f->c, f->held));
}

static void test_client_goes_before_the_answer(void **state)
{
    struct fixture *f = *state;
    int fd = dial(f);

    send_text(fd, 1, "{\"cmd\":\"hold\"}");
    turn(f);
    assert_non_null(control_call_find(f->c, f->held));
    close(fd);
    turn(f);
    assert_null(control_call_find(f->c, f->held));
    assert_null(control_call_find(f->c, 12345));
}

static void test_too_many_calls(void **state)
{
    struct fixture *f = *state;
    AUTO_CLOSE int fd = dial(f);
    struct rpc_frame frame;

    for (uint32_t i = 0; i < 16; i++)
        send_text(fd, i, "{\"cmd\":\"hold\"}");
    assert_string_equal(hear(f, fd, &frame), "");
    send_text(fd, 99, "{\"cmd\":\"hold\"}");
    assert_non_null(strstr(hear(f, fd, &frame), "more than 16 requests"));
    assert_int_equal(frame.serial, 99);
}

/* The handler still holds the call while its client is dropped for not reading. */
static void test_client_that_does_not_read(void **state)
{
    struct fixture *f = *state;
    AUTO_CLOSE int fd = dial(f), other = dial(f);
    struct rpc_frame frame;
    int r;

    send_text(fd, 1, "{\"cmd\":\"events\",\"count\":100000}");
    turn(f);
    send_text(other, 2, "{\"cmd\":\"echo\"}");
    assert_string_equal(hear(f, other, &frame), "{}");
    while ((r = rpc_recv(fd, f->buf, &frame, 0, NULL)) == 1)
        assert_int_equal(frame.type, CONTROL_EVENT);
    assert_int_equal(r, -EPIPE);
}

/* All the places taken, a millisecond apart; `text`: what each asks, NULL: nothing. */
static void fill(struct fixture *f, int fds[CONTROL_CLIENTS_MAX], const char *text)
{
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        fds[i] = dial(f);
        clock_advance_usec(&f->clock, 1000);
        if (text)
            send_text(fds[i], 1, text);
        if (text)
            turn(f);
    }
}

/* 16 that say nothing: the one that was heard longest ago gives way. */
static void test_idle_clients_lock_nobody_out(void **state)
{
    struct fixture *f = *state;
    int fds[CONTROL_CLIENTS_MAX];
    AUTO_CLOSE int one_more = -1;
    struct rpc_frame frame;

    fill(f, fds, NULL);
    is_served(f, fds[0]); /* so that the second is the oldest */
    one_more = dial(f);
    assert_non_null(strstr(hear(f, fds[1], &frame), "idle for too long"));
    assert_string_equal(hear(f, fds[1], &frame), "(closed)");
    is_served(f, one_more);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        if (i != 1)
            is_served(f, fds[i]);
        close(fds[i]);
    }
}

/* Those that wait for an answer keep their places. */
static void test_too_many_that_wait(void **state)
{
    struct fixture *f = *state;
    int fds[CONTROL_CLIENTS_MAX];
    AUTO_CLOSE int one_more = -1;
    struct rpc_frame frame;

    fill(f, fds, "{\"cmd\":\"hold\"}");
    one_more = dial(f);
    assert_non_null(strstr(hear(f, one_more, &frame), "too many clients"));
    assert_string_equal(hear(f, one_more, &frame), "(closed)");
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
    turn(f);
    close(one_more);
    one_more = dial(f);
    is_served(f, one_more);
}

static void test_mode(void **state)
{
    struct fixture *f = *state;
    struct stat st;

    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
}

static void test_live_socket_is_refused(void **state)
{
    struct fixture *f = *state;
    struct control *second = NULL;
    AUTO_CLOSE int fd = -1;
    struct err e = ERR_INIT;

    assert_int_equal(control_start(f, &second, &e), -EADDRINUSE);
    assert_null(second);
    assert_non_null(strstr(e.text, "another jarvisd is running"));
    fd = dial(f); /* the first one still answers */
    is_served(f, fd);
}

static void test_stale_socket_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    AUTO_CLOSE int fd = -1;
    int stale;

    f->c = control_free(f->c);
    stale = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    memcpy(a.sun_path, f->path, sizeof(a.sun_path));
    assert_int_equal(bind(stale, (struct sockaddr *)&a, sizeof(a)), 0);
    close(stale); /* as kill -9 leaves it */
    assert_int_equal(control_start(f, &f->c, NULL), 0);
    fd = dial(f);
}

static void test_file_in_the_way(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;

    f->c = control_free(f->c);
    close(open(f->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_int_equal(control_start(f, &f->c, &e), -EEXIST);
    assert_null(f->c);
    assert_non_null(strstr(e.text, "is no socket"));
    assert_int_equal(unlink(f->path), 0); /* it was left alone */
}

static void test_missing_folder_and_long_path(void **state)
{
    struct fixture *f = *state;
    struct control *c = NULL;
    char path[200];
    struct err e = ERR_INIT;

    assert_int_equal(control_new(&c, f->loop, "/nowhere/at/all.sock", rows, 1, f, &e), -ENOENT);
    assert_non_null(strstr(e.text, "the folder is missing"));
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(control_new(&c, f->loop, path, rows, 1, f, &e), -ENAMETOOLONG);
    assert_null(c);
}

static void test_connect_says_the_remedy(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;
    int fd = -7;

    f->c = control_free(f->c);
    assert_int_equal(control_connect(&fd, f->path, &e), -ENOENT);
    assert_int_equal(fd, -7);
    assert_non_null(strstr(e.text, "jarvisd is not running"));
    assert_non_null(strstr(e.text, "systemctl start jarvisd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(test_events_and_late_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_goes_before_the_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_that_does_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_idle_clients_lock_nobody_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_that_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
        cmocka_unit_test_setup_teardown(test_live_socket_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale_socket_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_in_the_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_folder_and_long_path, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connect_says_the_remedy, setup, teardown),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
