/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/helper_test.c - a helper is started, talked to, lost, silenced and restarted.
 *
 * The helper is this very program with a first argument that names how it behaves. */
#include "lib/hurt.h"
#include "core/helper.h"

#include "base/confine.h"
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lib/dir.h"

enum { ECHO = RPC_OWN, REPORT, DIE, FREE_ME, PROBE };
enum { PATIENCE_MS = 20000 }; /* bounds a test that fails; nothing is measured */

/* ---- the helper's side ---------------------------------------------------------------------- */

static int child_report(uint32_t serial)
{
    struct rlimit core = { 1, 1 };
    sigset_t mask;
    struct sigaction pipe_action;
    char text[160];
    int extra = 0;

    for (int fd = HELPER_FD + 1; fd < 256; fd++)
        extra += fcntl(fd, F_GETFD) >= 0;
    getrlimit(RLIMIT_CORE, &core);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    sigaction(SIGPIPE, NULL, &pipe_action);
    snprintf(text, sizeof(text), "extra=%d core=%d usr1=%d pipe=%d stdin=%d", extra,
             (int)core.rlim_cur, sigismember(&mask, SIGUSR1), pipe_action.sa_handler == SIG_DFL,
             (int)lseek(STDIN_FILENO, 0, SEEK_END));
    return rpc_send(HELPER_FD, REPORT, serial, text, strlen(text), NULL);
}

static const char *outcome(int r)
{
    return r >= 0 ? "done" : strerrorname_np(errno);
}

/* What somebody would try who has taken a helper over. The payload is the folder of the state. */
static int child_probe(const struct rpc_frame *f)
{
    char text[512], path[PATH_MAX];
    struct sockaddr_un door = { .sun_family = AF_UNIX };
    struct rlimit core;
    size_t n = 0;

#define TRY(name, call) \
    n += (size_t)snprintf(text + n, sizeof(text) - n, "%s=%s ", name, outcome(call))
    snprintf(path, sizeof(path), "%.*s/settings.yaml", (int)f->len, (const char *)f->payload);
    snprintf(door.sun_path, sizeof(door.sun_path), "%.80s", path);
    TRY("inet", socket(AF_INET, SOCK_STREAM, 0));
    TRY("unix", socket(AF_UNIX, SOCK_SEQPACKET, 0));
    TRY("connect", connect(HELPER_FD, (struct sockaddr *)&door, sizeof(door)));
    TRY("state", open(path, O_RDONLY));
    TRY("write", open("/tmp/jarvis-probe", O_WRONLY | O_CREAT, 0600));
    TRY("unlink", unlink(path));
    TRY("passwd", open("/etc/passwd", O_RDONLY));
    TRY("usr", open("/usr/bin", O_RDONLY));
    TRY("fork", fork());
    TRY("kill", kill(getppid(), 0));
    TRY("tgkill", syscall(SYS_tgkill, getppid(), getppid(), 0));
    TRY("queue", sigqueue(getppid(), 0, (union sigval){ 0 }));
    TRY("limit", prlimit(getppid(), RLIMIT_CORE, NULL, &core));
    TRY("itself", syscall(SYS_tgkill, getpid(), gettid(), 0)); /* abort() */
    TRY("limits", getrlimit(RLIMIT_CORE, &core));
    snprintf(path, sizeof(path), "%.*s/model", (int)f->len, (const char *)f->payload);
    TRY("named", open(path, O_RDONLY));
    confine_calls(true);
    TRY("exec", execl("/bin/true", "true", NULL));
#undef TRY
    n += (size_t)snprintf(text + n, sizeof(text) - n, "secret=%d", getenv("JARVIS_LLM_KEY") != NULL);
    return rpc_send(HELPER_FD, PROBE, f->serial, text, n, NULL);
}

/* Packets that are no frames, and what is said of them. */
static const struct {
    const char *how;
    size_t bytes;
    const char *words;
} junk[] = {
    { "one-byte", 1, "1 bytes is shorter" },
    { "seven-bytes", 7, "7 bytes is shorter" },
    { "endless", RPC_FRAME_BYTES_MAX + 100, "longer than 65536" },
};

/* Sends what `how` names, between two good frames. */
static void child_junk(const char *how)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX + 100] = "VJ";

    for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
        if (strcmp(how, junk[i].how) == 0) {
            rpc_send(HELPER_FD, ECHO, 1, "before", 6, NULL);
            (void)!write(HELPER_FD, packet, junk[i].bytes);
            rpc_send(HELPER_FD, ECHO, 2, "behind", 6, NULL);
        }
}

/* Asks whether the daemon lives, and tells what it heard. */
static int child_pings(uint8_t *buf)
{
    struct rpc_frame f;

    if (rpc_send(HELPER_FD, RPC_PING, 77, "abc", 3, NULL) < 0 || rpc_recv(HELPER_FD, buf, &f, -1, NULL) != 1)
        return -1;
    return rpc_send(HELPER_FD, ECHO, f.serial, f.payload, f.type == RPC_PONG ? f.len : 0, NULL);
}

static int child_main(const char *how)
{
    static uint8_t buf[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;
    int r = 0;

    if (strcmp(how, "exit3") == 0)
        return 3;
    if (strcmp(how, "nonsense") == 0)
        r = write(HELPER_FD, "nonsense, twelve bytes", 22) == 22 ? 0 : -1;
    if (strcmp(how, "last-words") == 0) {
        for (uint32_t i = 0; i < 200; i++)
            rpc_send(HELPER_FD, ECHO, i, "bye", 3, NULL);
        return 0;
    }
    child_junk(how);
    if (strcmp(how, "pings") == 0)
        r = child_pings(buf);
    while (strcmp(how, "chatter") == 0 && r != -EPIPE)
        r = rpc_send(HELPER_FD, ECHO, 1, "and so on", 9, NULL);
    while (r >= 0 && rpc_recv(HELPER_FD, buf, &f, -1, NULL) == 1) {
        if (f.type == RPC_PING && strcmp(how, "liar") == 0)
            r = rpc_send(HELPER_FD, RPC_PONG, f.serial + 1, NULL, 0, NULL); /* of another ping */
        else if (f.type == RPC_PING && strcmp(how, "silent") != 0)
            r = rpc_send(HELPER_FD, RPC_PONG, f.serial, NULL, 0, NULL);
        else if (f.type == ECHO || f.type == FREE_ME)
            r = rpc_send(HELPER_FD, f.type, f.serial, f.payload, f.len, NULL);
        else if (f.type == REPORT)
            r = child_report(f.serial);
        else if (f.type == PROBE)
            r = child_probe(&f);
        else if (f.type == DIE)
            abort();
    }
    if (strcmp(how, "stubborn") == 0) { /* neither the closed socket nor SIGTERM ends it */
        signal(SIGTERM, SIG_IGN);
        for (;;)
            pause();
    }
    return 0;
}

/* ---- the test's side ------------------------------------------------------------------------ */

struct fixture {
    struct clock clock;
    struct loop *loop;
    struct helper *h;
    int ups, downs, frames;
    uint32_t serial; /* of the last frame */
    char why[512], text[512];
    bool free_on_down;
};

static char self[PATH_MAX];
static const char *readable; /* one more file that the next helper may read */

static void on_state(struct helper *h, bool up, const char *why, void *user)
{
    struct fixture *f = user;

    assert_ptr_equal(h, f->h);
    if (up) {
        f->ups++;
        return;
    }
    f->downs++;
    snprintf(f->why, sizeof(f->why), "%s", why);
    if (f->free_on_down)
        f->h = helper_free(f->h);
}

static void on_frame(struct helper *h, const struct rpc_frame *frame, void *user)
{
    struct fixture *f = user;

    assert_ptr_equal(h, f->h);
    assert_true(frame->type >= RPC_OWN);
    f->frames++;
    f->serial = frame->serial;
    snprintf(f->text, sizeof(f->text), "%.*s", (int)frame->len, (const char *)frame->payload);
    if (frame->type == FREE_ME)
        f->h = helper_free(f->h);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    clock_init_real(&f->clock);
    if (loop_new(&f->loop, &f->clock, NULL) < 0)
        return -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    helper_free(f->h);
    loop_free(f->loop);
    free(f);
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1; /* all are reaped */
}

static void start(struct fixture *f, const char *how, unsigned ping_ms, unsigned deadline_ms)
{
    const char *const args[] = { how, NULL };
    const struct helper_opts o = {
        .name = "test-helper",
        .program = self,
        .args = args,
        .memory_bytes_max = (size_t)512 << 20,
        .readable = { readable },
        .ping_ms = ping_ms,
        .deadline_ms = deadline_ms,
        .on_state = on_state,
        .on_frame = on_frame,
        .user = f,
    };
    struct err e = ERR_INIT;

    assert_int_equal(helper_new(&f->h, f->loop, &o, &e), 0);
}

/* Steps the loop until the condition holds; fails the test when it never does. */
#define UNTIL(f, condition)                                  \
    do {                                                     \
        struct clock real_;                                  \
        int64_t end_;                                        \
        clock_init_real(&real_);                             \
        end_ = clock_mono_ms(&real_) + PATIENCE_MS;          \
        while (!(condition) && clock_mono_ms(&real_) < end_) \
            loop_step((f)->loop, 20);                        \
        assert_true(condition);                              \
    } while (0)

static void test_talks(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;

    start(f, "echo", 0, 0);
    assert_int_equal(helper_send(f->h, ECHO, 1, "early", 5, &e), -ENOTCONN);
    assert_non_null(strstr(e.text, "test-helper is down"));
    assert_false(helper_is_up(f->h));
    assert_int_equal(helper_pid(f->h), 0);
    UNTIL(f, f->ups >= 1);
    assert_true(helper_is_up(f->h));
    assert_true(helper_pid(f->h) > 0);
    assert_int_equal(helper_send(f->h, ECHO, 41, "one", 3, &e), 0);
    assert_int_equal(helper_send2(f->h, ECHO, 42, "t", 1, "wo", 2, &e), 0);
    UNTIL(f, f->frames == 2);
    assert_int_equal(f->serial, 42);
    assert_string_equal(f->text, "two");
    assert_int_equal(helper_restarts(f->h), 0);
    assert_int_equal(helper_send(f->h, ECHO, 1, f, RPC_FRAME_BYTES_MAX, &e), -EMSGSIZE);
    assert_true(strncmp(e.text, "test-helper: ", 13) == 0);
}

static void test_inherits_nothing(void **state)
{
    struct fixture *f = *state;
    sigset_t usr1, before;

    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, &before);
    signal(SIGPIPE, SIG_IGN);
    start(f, "echo", 0, 0);
    UNTIL(f, f->ups >= 1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(helper_send(f->h, REPORT, 1, NULL, 0, NULL), 0);
    UNTIL(f, f->frames == 1);
    assert_string_equal(f->text, "extra=0 core=0 usr1=0 pipe=1 stdin=0");
}

static bool may_be_confined(void)
{
#ifdef JARVIS_SANITIZED
    print_message("SKIP: a sanitizer's run-time cannot be confined\n");
    return false;
#else
    struct confine_support has;

    confine_has(&has);
    if (has.landlock > 0 && has.seccomp)
        return true;
    print_message("SKIP: this kernel has no %s\n", has.seccomp ? "Landlock" : "seccomp");
    return false;
#endif
}

/* "Confined" is true: no network, no state, no control socket, no other program, no secrets. */
static void test_is_confined(void **state)
{
    struct fixture *f = *state;
    char dir[64], kept[128], model[128];

    if (!may_be_confined()) {
        skip();
        return;
    }
    assert_int_equal(dir_make(dir, "helper"), 0);
    snprintf(kept, sizeof(kept), "%s/settings.yaml", dir);
    snprintf(model, sizeof(model), "%s/model", dir);
    assert_int_equal(file_write(kept, "secret", 6, 0600, NULL), 0);
    assert_int_equal(file_write(model, "model", 5, 0600, NULL), 0);
    setenv("JARVIS_LLM_KEY", "secret", 1);
    readable = model;
    start(f, "echo", 0, 0);
    UNTIL(f, f->ups >= 1);
    assert_int_equal(helper_send(f->h, PROBE, 1, dir, strlen(dir), NULL), 0);
    UNTIL(f, f->frames == 1);
    unsetenv("JARVIS_LLM_KEY");
    readable = NULL;
    assert_string_equal(f->text, "inet=EPERM unix=EPERM connect=EPERM state=EACCES write=EACCES "
                                 "unlink=EACCES passwd=EACCES usr=done fork=EPERM kill=EPERM "
                                 "tgkill=EPERM queue=EPERM limit=EPERM itself=done limits=done "
                                 "named=done exec=EPERM secret=0");
    assert_true(file_exists(kept));
    dir_remove(dir);
}

/* Started anew, it may read what is named then. */
static void test_restarts_when_asked(void **state)
{
    struct fixture *f = *state;
    pid_t first;

    start(f, "echo", 0, 0);
    helper_restart(f->h, "starts anew with other files"); /* not up yet: nothing happens */
    UNTIL(f, f->ups >= 1);
    first = helper_pid(f->h);
    helper_restart(f->h, "starts anew with other files");
    UNTIL(f, f->ups >= 2);
    assert_int_not_equal(helper_pid(f->h), first);
    assert_string_equal(f->why, "test-helper: starts anew with other files; it was killed by signal 9 "
                                "(Killed)");
}

static void test_seconds_of_audio_fit(void **state)
{
    struct fixture *f = *state;
    uint8_t block[320 * 2 + 8] = { 0 };
    struct err e = ERR_INIT;

    start(f, "echo", 0, 0);
    UNTIL(f, f->ups >= 1);
    hurt(helper_pid(f->h), SIGSTOP);
    for (int i = 0; i < 100; i++) /* two seconds in blocks of 20 ms */
        assert_int_equal(helper_send(f->h, ECHO, (uint32_t)i, block, sizeof(block), &e), 0);
    for (int i = 0; i < 100000 && helper_send(f->h, ECHO, 0, block, sizeof(block), &e) == 0; i++)
        ;
    assert_int_equal(helper_send(f->h, ECHO, 0, block, sizeof(block), &e), -EAGAIN);
    hurt(helper_pid(f->h), SIGCONT);
    UNTIL(f, f->frames >= 100);
}

static void test_restarts(void **state)
{
    struct fixture *f = *state;
    pid_t first;

    start(f, "echo", 0, 0);
    UNTIL(f, f->ups >= 1);
    first = helper_pid(f->h);
    hurt(first, SIGKILL);
    UNTIL(f, f->ups >= 2);
    assert_int_equal(f->downs, 1);
    assert_string_equal(f->why, "test-helper: was killed by signal 9 (Killed)");
    assert_int_not_equal(helper_pid(f->h), first);
    assert_int_equal(helper_restarts(f->h), 1);
    assert_int_equal(helper_send(f->h, DIE, 1, NULL, 0, NULL), 0);
    UNTIL(f, f->ups >= 3);
    assert_non_null(strstr(f->why, "signal 6 (Aborted)"));
    assert_int_equal(helper_send(f->h, ECHO, 7, "alive", 5, NULL), 0);
    UNTIL(f, f->frames == 1);
    assert_string_equal(f->text, "alive");
}

static void test_last_words_are_heard(void **state)
{
    struct fixture *f = *state;

    start(f, "last-words", 0, 0);
    UNTIL(f, f->downs >= 1); /* it is started again at once and says the same */
    assert_true(f->frames >= 200 * f->downs);
    assert_string_equal(f->why, "test-helper: ended with exit code 0");
}

static void test_silence_is_death(void **state)
{
    struct fixture *f = *state;

    start(f, "silent", 10, 50);
    UNTIL(f, f->ups >= 2);
    assert_string_equal(f->why, "test-helper: did not answer for 50 ms; it was killed by signal 9 "
                                "(Killed)");
}

static void test_stopped_process_is_replaced(void **state)
{
    struct fixture *f = *state;

    start(f, "echo", 20, 2000);
    UNTIL(f, f->ups >= 1);
    hurt(helper_pid(f->h), SIGSTOP);
    UNTIL(f, f->ups >= 2);
    assert_non_null(strstr(f->why, "did not answer"));
    assert_int_equal(helper_send(f->h, ECHO, 7, "alive", 5, NULL), 0);
    UNTIL(f, f->frames == 1);
}

static void test_pings_go_on(void **state)
{
    struct fixture *f = *state;
    int64_t until;

    start(f, "echo", 5, 5000);
    UNTIL(f, f->ups >= 1);
    until = clock_mono_ms(&f->clock) + 200;
    UNTIL(f, clock_mono_ms(&f->clock) >= until);
    assert_int_equal(f->downs, 0);
    assert_int_equal(f->frames, 0); /* pongs are not the user's business */
}

static void test_nonsense_is_death(void **state)
{
    struct fixture *f = *state;

    start(f, "nonsense", 0, 0);
    UNTIL(f, f->downs >= 1);
    assert_non_null(strstr(f->why, "test-helper: sent nonsense (frame begins with"));
    assert_non_null(strstr(f->why, "; it was killed by signal 9"));
}

/* Whatever it sends that is no frame ends it, with words that say what it was; what came before was heard,
 * what lay behind is not. */
static void test_each_kind_of_nonsense(void **state)
{
    struct fixture *f = *state;

    clock_init_virtual(&f->clock, 0); /* it stays down between the looks */
    for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
        f->frames = f->downs = 0;
        start(f, junk[i].how, 0, 0);
        UNTIL(f, f->downs >= 1);
        if (!strstr(f->why, "sent nonsense") || !strstr(f->why, junk[i].words))
            fail_msg("%s: %s", junk[i].how, f->why);
        assert_int_equal(f->frames, 1);
        assert_string_equal(f->text, "before");
        f->h = helper_free(f->h);
    }
}

/* An answer to another ping is none. */
static void test_a_liar_is_silent(void **state)
{
    struct fixture *f = *state;

    start(f, "liar", 10, 50);
    UNTIL(f, f->ups >= 2);
    assert_non_null(strstr(f->why, "did not answer for 50 ms"));
}

static void test_its_pings_are_answered(void **state)
{
    struct fixture *f = *state;

    start(f, "pings", 0, 0);
    UNTIL(f, f->frames >= 1);
    assert_int_equal(f->frames, 1); /* the ping itself is not the user's business */
    assert_int_equal(f->serial, 77);
    assert_string_equal(f->text, "abc"); /* with what it asked */
}

static void count_up(void *user)
{
    (*(int *)user)++;
}

/* One that never stops talking leaves the loop its other work, and can be ended. */
static void test_a_chatterbox_starves_nobody(void **state)
{
    struct fixture *f = *state;
    struct loop_timer *t;
    int fired = 0, frames = 0;

    assert_int_equal(loop_timer_new(&t, f->loop, count_up, &fired, NULL), 0);
    start(f, "chatter", 0, 0);
    UNTIL(f, f->frames > 0);
    for (int i = 1; i <= 20; i++) {
        frames = f->frames;
        loop_timer_after_ms(t, 0);
        UNTIL(f, fired == i);
        UNTIL(f, f->frames > frames); /* and is still heard */
    }
    loop_timer_free(t);
    f->h = helper_free(f->h);
}

static void test_json(void **state)
{
    struct fixture *f = *state;
    AUTO_JSON *j = cJSON_CreateObject();
    struct err e = ERR_INIT;

    cJSON_AddStringToObject(j, "text", "two \"words\"");
    start(f, "echo", 0, 0);
    UNTIL(f, f->ups >= 1);
    assert_int_equal(helper_send_json(f->h, ECHO, 31, j, &e), 0);
    UNTIL(f, f->frames >= 1);
    assert_int_equal(f->serial, 31);
    assert_string_equal(f->text, "{\"text\":\"two \\\"words\\\"\"}");
    hurt(helper_pid(f->h), SIGKILL);
    UNTIL(f, f->downs >= 1);
    if (!helper_is_up(f->h)) /* it may be up again by now */
        assert_int_equal(helper_send_json(f->h, ECHO, 32, j, &e), -ENOTCONN);
}

/* On the virtual clock each restart waits for its planned moment. */
static void test_backoff(void **state)
{
    struct fixture *f = *state;
    static const int waits_ms[] = { 0, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000 };

    clock_init_virtual(&f->clock, 0);
    start(f, "exit3", 20, 20); /* no pings on the virtual clock: they would kill it */
    for (int i = 0; i < (int)(sizeof(waits_ms) / sizeof(waits_ms[0])); i++) {
        UNTIL(f, f->downs >= i + 1);
        assert_string_equal(f->why, "test-helper: ended with exit code 3");
        if (waits_ms[i] > 0) {
            clock_advance_usec(&f->clock, (waits_ms[i] - 1) * 1000);
            loop_step(f->loop, 5);
            assert_int_equal(f->ups, i + 1);
            clock_advance_usec(&f->clock, 1000);
        }
    }
}

static void test_health_resets_backoff(void **state)
{
    struct fixture *f = *state;

    clock_init_virtual(&f->clock, 0);
    start(f, "echo", 0, 0);
    for (int i = 1; i <= 3; i++) { /* would be 0, 100, 200 ms without the ten seconds of health */
        UNTIL(f, f->ups >= i && helper_pid(f->h) > 0);
        clock_advance_usec(&f->clock, 10000000);
        hurt(helper_pid(f->h), SIGKILL);
        UNTIL(f, f->downs >= i);
    }
    UNTIL(f, f->ups >= 4);
}

static void test_missing_program(void **state)
{
    struct fixture *f = *state;
    const struct helper_opts o = {
        .name = "jarvis-stt",
        .program = "/nowhere/jarvis-stt",
        .on_state = on_state,
        .user = f,
    };
    struct err e = ERR_INIT;

    clock_init_virtual(&f->clock, 0);
    assert_int_equal(helper_new(&f->h, f->loop, &o, &e), 0);
    UNTIL(f, f->downs >= 1);
    assert_string_equal(f->why, "jarvis-stt: /nowhere/jarvis-stt: no such file or folder");
    for (int i = 0; i < 20; i++) { /* tried again and again, told once */
        clock_advance_usec(&f->clock, 10000000);
        loop_step(f->loop, 0);
    }
    assert_int_equal(f->downs, 1);
    assert_int_equal(f->ups, 0);
    assert_int_equal(helper_restarts(f->h), 0);
}

static void test_free_within_callback(void **state)
{
    struct fixture *f = *state;

    start(f, "echo", 0, 0);
    UNTIL(f, f->ups >= 1);
    helper_send(f->h, FREE_ME, 1, NULL, 0, NULL);
    helper_send(f->h, ECHO, 2, NULL, 0, NULL);
    UNTIL(f, f->h == NULL);
    assert_int_equal(f->frames, 1);
    f->free_on_down = true;
    start(f, "exit3", 0, 0);
    UNTIL(f, f->h == NULL);
}

static void test_stubborn_helper_is_killed(void **state)
{
    struct fixture *f = *state;

    start(f, "stubborn", 0, 0);
    UNTIL(f, f->ups >= 1);
    helper_send(f->h, ECHO, 1, NULL, 0, NULL);
    UNTIL(f, f->frames == 1);
    f->h = helper_free(f->h); /* the teardown sees that nothing is left to reap */
}

static void test_too_many_args(void **state)
{
    struct fixture *f = *state;
    const char *args[32] = { 0 };
    struct helper_opts o = { .name = "h", .program = self, .args = args };
    struct err e = ERR_INIT;

    for (int i = 0; i < 31; i++)
        args[i] = "x";
    assert_int_equal(helper_new(&f->h, f->loop, &o, &e), -E2BIG);
    assert_null(f->h);
    args[16] = NULL;
    assert_int_equal(helper_new(&f->h, f->loop, &o, &e), 0);
}

/* Senders on other threads while the helper dies and comes back: for the thread sanitizer. */
struct sender {
    pthread_t thread;
    struct helper *h;
    _Atomic bool *stop;
    unsigned odd; /* results that no sender should see */
};

static void *sender_run(void *user)
{
    struct sender *s = user;
    uint8_t block[320] = { 0 };

    while (!atomic_load(s->stop)) {
        int r = helper_send(s->h, ECHO, 1, block, sizeof(block), NULL);

        s->odd += r != 0 && r != -ENOTCONN && r != -EAGAIN && r != -EPIPE;
        helper_is_up(s->h);
        sched_yield();
    }
    return NULL;
}

static void test_senders_on_threads(void **state)
{
    struct fixture *f = *state;
    struct sender senders[4] = { 0 };
    _Atomic bool stop = false;

    start(f, "echo", 0, 0);
    for (int i = 0; i < 4; i++) {
        senders[i].h = f->h;
        senders[i].stop = &stop;
        assert_int_equal(pthread_create(&senders[i].thread, NULL, sender_run, &senders[i]), 0);
    }
    for (int i = 1; i <= 3; i++) {
        int seen = f->frames;

        UNTIL(f, f->ups >= i && f->frames > seen + 20 && helper_pid(f->h) > 0);
        hurt(helper_pid(f->h), SIGKILL);
        UNTIL(f, f->downs >= i);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 4; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_int_equal(senders[i].odd, 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_talks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inherits_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_confined, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restarts_when_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_seconds_of_audio_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_last_words_are_heard, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silence_is_death, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stopped_process_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pings_go_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nonsense_is_death, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_kind_of_nonsense, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_liar_is_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_its_pings_are_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_chatterbox_starves_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_backoff, setup, teardown),
        cmocka_unit_test_setup_teardown(test_health_resets_backoff, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_program, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_within_callback, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stubborn_helper_is_killed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_args, setup, teardown),
        cmocka_unit_test_setup_teardown(test_senders_on_threads, setup, teardown),
    };
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n < 0)
        return 1;
    if (argc > 1)
        return child_main(argv[1]);
    return cmocka_run_group_tests_name("helper", tests, NULL, NULL);
}
