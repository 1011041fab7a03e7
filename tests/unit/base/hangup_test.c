/* SPDX-License-Identifier: Apache-2.0 */
/* base/hangup: the process ends when the other end of its socket closes, whatever it is doing, and not
 * before. */
#include "base/hangup.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void computes(int fd)
{
    (void)fd;
    for (volatile unsigned n = 0;; n++)
        ;
}

static void waits_for_a_lock(int fd)
{
    (void)fd;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock); /* its own */
}

static void waits_for_nothing(int fd)
{
    (void)fd;
    for (;;)
        pause();
}

/* What was sent lies unread in the socket. */
static void leaves_frames(int fd)
{
    (void)fd;
    computes(fd);
}

static void blocks_signals(int fd)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    waits_for_nothing(fd);
}

static const struct {
    const char *name;
    void (*does)(int fd);
    int frames; /* sent before the end */
} rows[] = {
    { "computes", computes, 0 },
    { "waits for a lock that it holds", waits_for_a_lock, 0 },
    { "waits for nothing", waits_for_nothing, 0 },
    { "leaves frames", leaves_frames, 20 },
    { "blocks signals", blocks_signals, 3 },
};

/* The child says when it is about to hang; with nothing to do it looks for its end when that is over. */
static _Noreturn void child_run(int fd, void (*does)(int fd))
{
    char said;

    if (!does && read(fd, &said, 1) != 0)
        _exit(2);
    if (hangup_ends_us(fd, NULL) < 0 || (does && write(fd, "!", 1) != 1))
        _exit(3);
    (does ? does : waits_for_nothing)(fd);
    _exit(4);
}

static pid_t child_new(int *ret_ours, void (*does)(int fd))
{
    int pair[2];
    pid_t pid;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(pair[0]);
        child_run(pair[1], does);
    }
    close(pair[1]);
    *ret_ours = pair[0];
    return pid;
}

static void it_ends_with_its_socket(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int ours, status = 0;
        pid_t pid = child_new(&ours, rows[i].does);
        char said;

        assert_int_equal(read(ours, &said, 1), 1);
        for (int k = 0; k < rows[i].frames; k++)
            assert_int_equal(write(ours, "frame", 5), 5);
        assert_int_equal(waitpid(pid, &status, WNOHANG), 0); /* it goes on as long as we are there */
        close(ours);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("%s: status %d", rows[i].name, status);
    }
}

/* Closed before anybody looked. */
static void it_ends_at_once_where_nobody_is(void **state)
{
    int ours, status = 0;
    pid_t pid = child_new(&ours, NULL);

    (void)state;
    close(ours);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_with_its_socket),
        cmocka_unit_test(it_ends_at_once_where_nobody_is),
    };

    return cmocka_run_group_tests_name("hangup", tests, NULL, NULL);
}
