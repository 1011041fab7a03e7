/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/helper_socket_test.c - a helper that is somebody else's: it is served on a socket, as
 * systemd does with Accept=yes, and can neither be killed nor reaped by us. The listener is a thread of
 * this test, the helper this very program; what it is to do stands in its first argument. */
#include "core/helper.h"

#include "base/hangup.h"
#include "base/str.h"
#include "lib/dir.h"
#include "lib/hurt.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ECHO = RPC_OWN, HANG, DIE };
enum { PATIENCE_MS = 20000, CHILDREN_MAX = 64 };

extern char **environ;

/* ---- the helper's side ----------------------------------------------------------------------- */

/* It computes for ever and reads nothing any more. */
static _Noreturn void hang(void)
{
    for (volatile unsigned n = 0;; n++)
        ;
}

/* "echo" answers; "mute" reads and says nothing; "gone" ends at once; "forked" is none of the socket's. */
static int child_main(const char *how)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;

    if (strcmp(how, "gone") == 0)
        return 3;
    if (hangup_ends_us(HELPER_FD, NULL) < 0)
        return 4;
    while (rpc_recv(HELPER_FD, packet, &f, -1, NULL) > 0) {
        if (strcmp(how, "mute") == 0)
            continue;
        if (f.type == RPC_PING)
            rpc_send(HELPER_FD, RPC_PONG, f.serial, f.payload, f.len, NULL);
        if (f.type == ECHO)
            rpc_send(HELPER_FD, ECHO, f.serial, how, strlen(how), NULL);
        if (f.type == HANG)
            hang();
        if (f.type == DIE)
            return 5;
    }
    return 0;
}

/* ---- who serves it --------------------------------------------------------------------------- */

static char self[PATH_MAX];

static struct server {
    char dir[DIR_BYTES], path[108];
    const char *how; /* of those that are started from now on */
    int fd;          /* listens; -1: nobody does */
    pthread_t thread;
    bool accepts;
    _Atomic unsigned n;
    _Atomic pid_t pids[CHILDREN_MAX];
} server;

static void serve_one(int conn)
{
    char *const argv[] = { self, (char *)server.how, NULL };
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, conn, HELPER_FD);
    if (server.n < CHILDREN_MAX && posix_spawn(&pid, self, &actions, NULL, argv, environ) == 0) {
        server.pids[server.n] = pid;
        server.n++; /* then it may be looked at */
    }
    posix_spawn_file_actions_destroy(&actions);
    close(conn);
}

static void *server_run(void *user)
{
    int conn;

    (void)user;
    while ((conn = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        serve_one(conn);
    return NULL;
}

/* `accepts` false: it listens, and nobody ever comes to the door. */
static void server_open(const char *how, bool accepts)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };

    server.how = how;
    server.n = 0;
    server.accepts = accepts;
    server.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    snprintf(at.sun_path, sizeof(at.sun_path), "%s", server.path);
    assert_int_equal(bind(server.fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(server.fd, 4), 0);
    if (accepts)
        assert_int_equal(pthread_create(&server.thread, NULL, server_run, NULL), 0);
}

static void server_close(void)
{
    if (server.fd < 0)
        return;
    shutdown(server.fd, SHUT_RDWR);
    if (server.accepts)
        pthread_join(server.thread, NULL);
    close(server.fd);
    server.fd = -1;
    unlink(server.path);
}

/* Ends by itself; its exit code, or minus the signal. */
static int ended(unsigned i)
{
    int status = 0;

    assert_int_equal(waitpid(server.pids[i], &status, 0), server.pids[i]);
    server.pids[i] = 0;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- the test's side ------------------------------------------------------------------------- */

struct fixture {
    struct clock clock;
    struct loop *loop;
    struct helper *h;
    int ups, downs, frames;
    char why[512], text[128];
};

static void on_state(struct helper *h, bool up, const char *why, void *user)
{
    struct fixture *f = user;

    assert_ptr_equal(h, f->h);
    f->ups += up;
    f->downs += !up;
    if (!up)
        snprintf(f->why, sizeof(f->why), "%s", why);
}

static void on_frame(struct helper *h, const struct rpc_frame *frame, void *user)
{
    struct fixture *f = user;

    (void)h;
    f->frames++;
    snprintf(f->text, sizeof(f->text), "%.*s", (int)frame->len, (const char *)frame->payload);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    memset(&server, 0, sizeof(server));
    server.fd = -1;
    if (!f || dir_make(server.dir, "sockets") < 0)
        return -1;
    snprintf(server.path, sizeof(server.path), "%.80s/test-helper", server.dir);
    clock_init_real(&f->clock);
    *state = f;
    return loop_new(&f->loop, &f->clock, NULL);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    helper_free(f->h);
    server_close();
    for (unsigned i = 0; i < server.n; i++)
        if (server.pids[i])
            ended(i); /* a helper that nobody talks to ends, or this hangs */
    loop_free(f->loop);
    free(f);
    return dir_remove(server.dir);
}

static void start(struct fixture *f, unsigned ping_ms, unsigned deadline_ms)
{
    static const char *const args[] = { "forked", NULL };
    struct helper_opts o = { .name = "test-helper", .program = self, .args = args };

    o.socket = server.path;
    o.ping_ms = ping_ms;
    o.deadline_ms = deadline_ms;
    o.on_state = on_state;
    o.on_frame = on_frame;
    o.user = f;
    assert_int_equal(helper_new(&f->h, f->loop, &o, NULL), 0);
}

#define UNTIL(f, condition)                                         \
    do {                                                            \
        const int64_t end_ = clock_now_ms() + PATIENCE_MS;          \
        while (!(condition) && clock_now_ms() < end_)               \
            loop_step((f)->loop, 20);                               \
        assert_true(condition);                                     \
    } while (0)

static const char *asked(struct fixture *f)
{
    const int before = f->frames;

    assert_int_equal(helper_send(f->h, ECHO, 7, NULL, 0, NULL), 0);
    UNTIL(f, f->frames > before);
    return f->text;
}

static void start_and_see_it_up(struct fixture *f, unsigned ping_ms, unsigned deadline_ms)
{
    server_open("echo", true);
    start(f, ping_ms, deadline_ms);
    UNTIL(f, f->ups == 1);
}

static void one_that_is_served_is_used(void **state)
{
    struct fixture *f = *state;

    start_and_see_it_up(f, 0, 5000);
    assert_string_equal(asked(f), "echo");
    assert_true(helper_is_up(f->h));
    assert_int_equal(helper_pid(f->h), 0); /* it is not ours */
    assert_int_equal(helper_restarts(f->h), 0);
    f->h = helper_free(f->h);
    assert_int_equal(ended(0), 0); /* we have hung up */
    assert_int_equal(f->downs, 0);
}

static void without_a_socket_it_is_ours(void **state)
{
    struct fixture *f = *state;

    start(f, 0, 5000);
    UNTIL(f, f->ups == 1);
    assert_true(helper_pid(f->h) > 0);
    assert_string_equal(asked(f), "forked");
}

/* Made and taken away while we run: each start looks anew. */
static void the_socket_comes_and_goes(void **state)
{
    struct fixture *f = *state;

    start(f, 0, 5000);
    UNTIL(f, f->ups == 1);
    server_open("echo", true);
    helper_restart(f->h, "starts anew with other files");
    UNTIL(f, f->ups == 2);
    assert_string_equal(asked(f), "echo");
    server_close();
    helper_restart(f->h, "starts anew with other files");
    UNTIL(f, f->ups == 3);
    assert_string_equal(f->why, "test-helper: starts anew with other files; its connection ended");
    assert_string_equal(asked(f), "forked");
    assert_int_equal(helper_restarts(f->h), 2);
}

/* That of another user's daemon is none for us. */
static void a_socket_of_others_is_left_alone(void **state)
{
    struct fixture *f = *state;

    if (geteuid() == 0) { /* may use everything: a path that cannot be looked at stands for it */
        snprintf(server.path, sizeof(server.path), "%.80s/none/test-helper", server.dir);
    } else {
        server_open("echo", true);
        assert_int_equal(chmod(server.path, 0), 0);
    }
    start(f, 0, 5000);
    UNTIL(f, f->ups == 1);
    assert_string_equal(asked(f), "forked");
}

static void one_that_dies_is_connected_anew(void **state)
{
    struct fixture *f = *state;

    server_open("echo", true);
    start(f, 0, 5000);
    for (int i = 1; i <= 3; i++) {
        UNTIL(f, f->ups == i);
        assert_int_equal(helper_send(f->h, DIE, 1, NULL, 0, NULL), 0);
        UNTIL(f, f->downs == i);
        assert_string_equal(f->why, "test-helper: its connection ended");
    }
    UNTIL(f, f->ups == 4);
    assert_int_equal(helper_restarts(f->h), 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(ended(i), 5);
}

/* It computes for ever: it is told, given up, and ends all the same - without a signal of ours. */
static void one_that_hangs_is_hung_up_on(void **state)
{
    struct fixture *f = *state;

    start_and_see_it_up(f, 20, 300);
    assert_int_equal(helper_send(f->h, HANG, 1, NULL, 0, NULL), 0);
    UNTIL(f, f->downs == 1);
    assert_string_equal(f->why, "test-helper: did not answer for 300 ms; its connection ended");
    assert_int_equal(ended(0), 0);
    UNTIL(f, f->ups == 2);
    assert_string_equal(asked(f), "echo");
}

static void one_that_is_stopped_is_replaced(void **state)
{
    struct fixture *f = *state;

    start_and_see_it_up(f, 20, 300);
    hurt(server.pids[0], SIGSTOP);
    UNTIL(f, f->ups == 2);
    assert_string_equal(asked(f), "echo");
    hurt(server.pids[0], SIGCONT);
    assert_int_equal(ended(0), 0); /* the first thing it sees */
}

/* Who connects does not know yet whether somebody is there: that is told by an answer only. */
static void one_that_does_not_start(void **state)
{
    static const struct {
        const char *how;
        bool accepts;
    } rows[] = { { "gone", true }, { "mute", true }, { "echo", false } };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture *f = *state;

        f->downs = f->ups = 0;
        server_open(rows[i].how, rows[i].accepts);
        start(f, 20, 200);
        UNTIL(f, f->downs == 1);
        assert_string_equal(f->why, "test-helper: does not start; see: journalctl -u 'test-helper@*'");
        for (int k = 0; k < 20; k++)
            loop_step(f->loop, 20); /* tried again, and not told again */
        assert_int_equal(f->downs, 1);
        assert_int_equal(f->ups, 0);
        assert_int_equal(helper_restarts(f->h), 0);
        f->h = helper_free(f->h);
        server_close();
        for (unsigned k = 0; k < server.n; k++)
            ended(k);
        server.n = 0;
    }
}

/* A socket that nobody listens on any more is there all the same: told, with where to look. */
static void a_socket_without_a_listener(void **state)
{
    struct fixture *f = *state;

    server_open("echo", true);
    shutdown(server.fd, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    server.accepts = false;
    close(server.fd);
    start(f, 0, 5000);
    UNTIL(f, f->downs == 1);
    assert_non_null(strstr(f->why, "nobody answers there: is it started, and is the port right?; see: systemctl status test-helper.socket"));
    unlink(server.path);
    server_open("echo", true); /* and it comes back by itself */
    UNTIL(f, f->ups == 1);
    assert_string_equal(asked(f), "echo");
}

static void what_is_wrong_with_the_path(void **state)
{
    struct fixture *f = *state;
    struct helper_opts o = { .name = "test-helper", .program = self, .socket = server.path,
                             .deadline_ms = 100 };
    char path[200];
    struct err e = ERR_INIT;
    struct helper *h = NULL;

    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    o.socket = path;
    assert_int_equal(helper_new(&h, f->loop, &o, &e), -ENAMETOOLONG);
    assert_non_null(strstr(err_text(&e), "too long for a socket"));
    assert_null(h);
}

/* On the virtual clock no deadline holds: the laboratory has helpers of its own. */
static void a_laboratory_has_its_own(void **state)
{
    struct fixture *f = *state;

    f->loop = loop_free(f->loop);
    clock_init_virtual(&f->clock, 0);
    assert_int_equal(loop_new(&f->loop, &f->clock, NULL), 0);
    server_open("echo", true);
    start(f, 20, 200);
    UNTIL(f, f->ups == 1);
    assert_string_equal(asked(f), "forked");
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        ROW(one_that_is_served_is_used),
        ROW(without_a_socket_it_is_ours),
        ROW(the_socket_comes_and_goes),
        ROW(a_socket_of_others_is_left_alone),
        ROW(one_that_dies_is_connected_anew),
        ROW(one_that_hangs_is_hung_up_on),
        ROW(one_that_is_stopped_is_replaced),
        ROW(one_that_does_not_start),
        ROW(a_socket_without_a_listener),
        ROW(what_is_wrong_with_the_path),
        ROW(a_laboratory_has_its_own),
    };
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n < 0)
        return 1;
    if (argc > 1)
        return child_main(argv[1]);
    return cmocka_run_group_tests_name("helper_socket", tests, NULL, NULL);
}
