/* SPDX-License-Identifier: Apache-2.0 */
/* core/helper.c - a supervised helper process on one end of an RPC socket.
 *
 *     START --spawn--> UP --socket closed or silent--> ENDING --reaped--> DOWN --timer--> START
 *                       '------------- reaped ------------------------------^
 *
 * The pidfd tells the death, the socket its end; whichever comes first. In ENDING no frame is
 * sent any more and SIGKILL is on its way: a process that is ending already keeps its own exit
 * status, so the words about its death are true in both cases.
 *
 * Of a helper behind a socket there is no process to watch: its end is that of the socket, told from
 * the loop by the start timer (is_lost). GREETS is UP without having been told so: it may turn out that
 * nobody is there.
 *
 *     START --connect--> GREETS --pong--> UP --socket closed or silent--> DOWN --timer--> START
 *
 * A callback may free the helper: `depth` counts the callbacks under way, and the last one
 * to leave frees the memory. */
#include "core/helper.h"

#include "base/confine.h"
#include "base/must.h"
#include "base/str.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

enum {
    BACKOFF_FIRST_MS = 100,
    BACKOFF_MOST_MS = 10000,
    HEALTHY_MS = 10000,     /* that long up: the back-off begins anew */
    TERM_WAIT_MS = 200,     /* between SIGTERM and SIGKILL in helper_free() */
    SOCKET_BYTES = 4 << 20, /* asked for; the kernel gives what net.core.wmem_max allows */
    FRAMES_PER_TURN = 64,   /* then the other descriptors of the loop have theirs */
    HELPER_ARGS_MAX = 16,
};

struct helper {
    struct loop *loop;               /* borrowed */
    struct helper_opts opts;         /* program and args are not used after helper_new() */
    char *argv[HELPER_ARGS_MAX + 2]; /* owned; argv[0] is the program's path */
    char *socket;                    /* owned; NULL: none */
    bool is_remote;                  /* it is served on `socket` this time */
    bool greets;                     /* connected; the first pong is not there */
    bool is_lost;                    /* the connection has ended; still to be told */
    uint8_t *packet;                 /* owned; RPC_FRAME_BYTES_MAX */
    pthread_mutex_t lock;            /* guards fd, pid, restarts */
    int fd;                          /* our end of the socket; -1 unless up */
    pid_t pid;                       /* 0 while down */
    unsigned starts;                 /* successful ones */
    int pidfd;                       /* -1 while down */
    struct loop_io *io, *pid_io;     /* owned */
    struct loop_timer *start_timer;  /* owned */
    struct loop_timer *ping_timer;   /* owned; next ping, or the deadline of the one under way */
    uint32_t ping_serial;
    bool ping_waits;      /* a ping is not answered yet */
    int64_t ping_at_usec; /* planned time of the last ping */
    int64_t up_since_ms;
    int64_t backoff_ms; /* before the next start */
    struct err why;     /* of the last death or failure; empty while all is well */
    int depth;          /* callbacks under way */
    bool freed;         /* helper_free() was called within one */
};

/* ---- the child ------------------------------------------------------------------------------ */

struct child {
    char *const *argv; /* borrowed */
    int socket;        /* its end */
    int status;        /* write end of a pipe: errno of what failed; closed by a good exec */
    size_t memory_bytes_max;
    int files;         /* rule set of what it may read; -1: the kernel has none */
    char *const *envp; /* all of its environment */
    pid_t parent;
};

enum { ENV_MAX = 24 };

/* What a helper may know of our environment. Everything else stays here: passwords and keys of
 * settings stand in it. The last rows are of sanitizers and coverage. */
static const char *const env_allowed[] = {
    "LANG=", "LC_ALL=", "LC_CTYPE=", "TZ=", "ESPEAK_DATA_PATH=", "JOURNAL_STREAM=", "MUST_ABORT=",
    "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS=", "LSAN_OPTIONS=", "GCOV_PREFIX=",
};

/* Borrows from our own environment; the list ends with NULL. */
static void child_environment(char *out[ENV_MAX])
{
    static char home[] = "HOME=/nonexistent", path[] = "PATH=/usr/bin:/bin";
    size_t n = 0;

    out[n++] = home;
    out[n++] = path;
    for (char **p = environ; *p; p++)
        for (size_t i = 0; i < sizeof(env_allowed) / sizeof(env_allowed[0]); i++)
            if (n < ENV_MAX - 1 && str_starts(*p, env_allowed[i]))
                out[n++] = *p;
    out[n] = NULL;
}

/* 0 or an errno. For ever, also after exec. */
static int child_confine(const struct child *c)
{
#ifndef JARVIS_SANITIZED
    int r = c->files < 0 ? 0 : confine_files_enter(c->files);

    if (r >= 0)
        r = confine_calls(false);
    if (r < 0 && r != -EINVAL && r != -ENOSYS) /* those two: this kernel (or qemu) has no filters */
        return -r;
#endif
    (void)c;
    return 0;
}

/* Only async-signal-safe calls from here to exec: other threads may have held any lock. */
static int child_prepare(const struct child *c)
{
    const struct sched_param normal = { .sched_priority = 0 };
    const struct rlimit no_core = { 0, 0 };
    sigset_t none;
    int null, why;

    setsid(); /* Ctrl-C in our terminal is for the daemon, which then ends its helpers */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() != c->parent)
        return ESRCH; /* the daemon died before the line above */
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL); /* ignored signals would stay ignored; SIGKILL's refusal is fine */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (sched_getscheduler(0) != SCHED_OTHER)
        sched_setscheduler(0, SCHED_OTHER, &normal);
    setrlimit(RLIMIT_CORE, &no_core);
#ifndef JARVIS_SANITIZED /* a sanitizer's shadow memory takes terabytes of addresses */
    if (c->memory_bytes_max) {
        const struct rlimit most = { c->memory_bytes_max, c->memory_bytes_max };

        if (setrlimit(RLIMIT_AS, &most) < 0)
            return errno;
    }
#endif
    null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        return errno;
    if (dup2(c->socket, HELPER_FD) < 0)
        return errno;
    if (close_range(HELPER_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return errno;
    why = child_confine(c);
    if (why != 0)
        return why;
    execve(c->argv[0], c->argv, c->envp);
    return errno;
}

static _Noreturn void child_run(const struct child *c)
{
    int why = child_prepare(c);
    ssize_t n = write(c->status, &why, sizeof(why));

    _exit(n == (ssize_t)sizeof(why) ? 127 : 126);
}

/* Moves a descriptor out of the places 0..3, which the child overwrites. */
static int fd_lift(int fd)
{
    int high;

    if (fd < 0 || fd > HELPER_FD)
        return fd;
    high = fcntl(fd, F_DUPFD_CLOEXEC, HELPER_FD + 1);
    close(fd);
    return high;
}

/* Reads what the child says about its exec: 0 when it succeeded (the pipe just closes). */
static int child_status(int fd)
{
    int why = 0;
    ssize_t n;

    do {
        n = read(fd, &why, sizeof(why));
    } while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(why) ? -why : 0;
}

static int helper_socketpair(int *ours, int *theirs)
{
    const int bytes = SOCKET_BYTES;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    for (int i = 0; i < 2; i++)
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    *ours = fd_lift(pair[0]);
    *theirs = fd_lift(pair[1]);
    return *ours < 0 || *theirs < 0 ? -EMFILE : 0;
}

/* What it may read: its own program and what its owner names, as it stands now. */
static int helper_files(const struct helper *h)
{
    const char *readable[HELPER_READABLE_MAX + 1] = { h->argv[0] };
    size_t n = 1;

    for (size_t i = 0; i < HELPER_READABLE_MAX && h->opts.readable[i]; i++)
        if (h->opts.readable[i][0])
            readable[n++] = h->opts.readable[i];
    return confine_files_new(readable, n);
}

/* Forks and waits for the exec, which takes a few milliseconds. */
static int child_start(struct helper *h, pid_t *ret_pid, int *ret_fd, struct err *e)
{
    AUTO_CLOSE int ours = -1, theirs = -1, status_r = -1, status_w = -1, files = -1;
    char *env[ENV_MAX];
    struct child c = { .argv = h->argv, .memory_bytes_max = h->opts.memory_bytes_max,
                       .envp = env };
    int status[2];
    pid_t pid;
    int r = helper_socketpair(&ours, &theirs);

    if (r == 0 && pipe2(status, O_CLOEXEC) < 0)
        r = -errno;
    if (r < 0)
        return err_set(e, r, "%s: %s", h->opts.name, err_words(r));
    status_r = status[0];
    status_w = fd_lift(status[1]);
    c.socket = theirs;
    c.status = status_w;
    c.parent = getpid();
    child_environment(env);
    c.files = files = fd_lift(helper_files(h));
    pid = fork();
    if (pid < 0)
        return err_set(e, -errno, "%s: fork: %s", h->opts.name, err_words(errno));
    if (pid == 0)
        child_run(&c);
    close(STEAL_FD(status_w));
    r = child_status(status_r);
    if (r < 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        return err_set(e, r, "%s: %s: %s", h->opts.name, h->argv[0], err_words(r));
    }
    *ret_pid = pid;
    *ret_fd = STEAL_FD(ours);
    return 0;
}

/* ---- state ---------------------------------------------------------------------------------- */

static void helper_destroy(struct helper *h)
{
    for (size_t i = 0; i < sizeof(h->argv) / sizeof(h->argv[0]); i++)
        free(h->argv[i]);
    free(h->socket);
    free(h->packet);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static void helper_enter(struct helper *h)
{
    h->depth++;
}

static void helper_leave(struct helper *h)
{
    must(h->depth > 0);
    if (--h->depth == 0 && h->freed)
        helper_destroy(h);
}

static void helper_tell(struct helper *h, bool up, const char *why)
{
    if (h->opts.on_state && !h->freed)
        h->opts.on_state(h, up, why, h->opts.user);
}

/* DOWN: `why` in words. A start that fails again for the same reason is not told again. */
static void helper_fell(struct helper *h, bool was_up, const struct err *why)
{
    bool news = was_up || strcmp(h->why.text, why->text) != 0;

    must(h->pid == 0 && h->fd < 0 && !h->io); /* down: nothing of it is left */
    loop_timer_after_ms(h->start_timer, h->backoff_ms);
    h->backoff_ms = h->backoff_ms ? h->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (h->backoff_ms > BACKOFF_MOST_MS)
        h->backoff_ms = BACKOFF_MOST_MS;
    h->why = *why;
    if (news)
        helper_tell(h, false, why->text);
}

static void helper_close_socket(struct helper *h)
{
    must(!h->io || h->fd >= 0); /* nothing watches a descriptor that is not ours */
    h->io = loop_io_free(h->io);
    loop_timer_clear(h->ping_timer);
    pthread_mutex_lock(&h->lock);
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
    pthread_mutex_unlock(&h->lock);
}

/* UP -> ENDING. What h->why holds by now stands before the exit status. */
static void helper_end(struct helper *h)
{
    if (h->pid > 0)
        kill(h->pid, SIGKILL); /* first: it would end by itself when the socket closes */
    helper_close_socket(h);
    if (!h->is_remote)
        return; /* its death will be told */
    h->is_lost = true;
    loop_timer_after_ms(h->start_timer, 0);
}

static bool helper_pings(const struct helper *h)
{
    /* virtual time may run far ahead of a helper that works in real time */
    return h->opts.ping_ms > 0 && !loop_clock(h->loop)->is_virtual;
}

static void helper_pong(struct helper *h)
{
    h->ping_waits = false;
    if (helper_pings(h))
        loop_timer_set(h->ping_timer, h->ping_at_usec + (int64_t)h->opts.ping_ms * 1000);
    else
        loop_timer_clear(h->ping_timer);
    if (!h->greets)
        return;
    h->greets = false;
    h->why = ERR_INIT;
    pthread_mutex_lock(&h->lock);
    h->starts++;
    pthread_mutex_unlock(&h->lock);
    helper_tell(h, true, "");
}

static void helper_frame(struct helper *h, const struct rpc_frame *f)
{
    switch (f->type) {
    case RPC_PING:
        helper_send(h, RPC_PONG, f->serial, f->payload, f->len, NULL);
        break;
    case RPC_PONG:
        if (!h->ping_waits || f->serial != h->ping_serial)
            break;
        helper_pong(h);
        break;
    default:
        if (h->opts.on_frame)
            h->opts.on_frame(h, f, h->opts.user);
    }
}

/* Delivers up to `most` waiting frames; -EPIPE or -EBADMSG when the socket is of no more use. */
static int helper_drain(struct helper *h, int most, struct err *e)
{
    while (most-- > 0 && h->fd >= 0) {
        struct rpc_frame f;
        int r = rpc_recv(h->fd, h->packet, &f, 0, e);

        if (r <= 0)
            return r;
        helper_frame(h, &f); /* may close the socket by helper_free() */
    }
    return 0;
}

static void helper_on_readable(int fd, uint32_t revents, void *user)
{
    struct helper *h = user;
    struct err e = ERR_INIT;
    int r;

    (void)fd;
    (void)revents;
    helper_enter(h);
    r = helper_drain(h, FRAMES_PER_TURN, &e);
    if (r == -EBADMSG)
        err_set(&h->why, r, "sent nonsense (%s)", err_text(&e));
    if (r < 0)
        helper_end(h);
    helper_leave(h);
}

static void helper_obituary(struct helper *h, struct err *why, int status)
{
    const char *before = h->why.text;
    const char *comma = before[0] ? "; it " : "";

    if (WIFSIGNALED(status))
        err_set(why, -ECHILD, "%s: %s%swas killed by signal %d (%s)", h->opts.name, before, comma,
                WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        err_set(why, -ECHILD, "%s: %s%sended with exit code %d", h->opts.name, before, comma,
                WEXITSTATUS(status));
}

static void helper_on_death(int fd, uint32_t revents, void *user)
{
    struct helper *h = user;
    struct err why = ERR_INIT;
    int status = 0;
    pid_t pid;

    (void)fd;
    (void)revents;
    helper_enter(h);
    while (h->fd >= 0 && helper_drain(h, FRAMES_PER_TURN, NULL) == 0 && h->fd >= 0) {
        struct pollfd p = { .fd = h->fd, .events = POLLIN };

        if (poll(&p, 1, 0) <= 0)
            break; /* its last words are heard; a grandchild may hold the socket open */
    }
    if (h->freed) {
        helper_leave(h);
        return;
    }
    helper_close_socket(h);
    do {
        pid = waitpid(h->pid, &status, 0); /* does not wait: the pidfd said that it is dead */
    } while (pid < 0 && errno == EINTR);
    h->pid_io = loop_io_free(h->pid_io);
    close(STEAL_FD(h->pidfd));
    pthread_mutex_lock(&h->lock);
    h->pid = 0;
    pthread_mutex_unlock(&h->lock);
    if (clock_mono_ms(loop_clock(h->loop)) - h->up_since_ms >= HEALTHY_MS)
        h->backoff_ms = 0;
    helper_obituary(h, &why, status);
    helper_fell(h, true, &why);
    helper_leave(h);
}

/* Kills and reaps a process that was started but cannot be watched. */
static void helper_abandon(struct helper *h)
{
    helper_close_socket(h);
    h->pid_io = loop_io_free(h->pid_io);
    if (h->pidfd >= 0)
        close(STEAL_FD(h->pidfd));
    if (h->pid > 0) {
        kill(h->pid, SIGKILL);
        while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    pthread_mutex_lock(&h->lock);
    h->pid = 0;
    pthread_mutex_unlock(&h->lock);
}

static int helper_spawn(struct helper *h, struct err *e)
{
    pid_t pid = 0;
    int fd = -1;
    int r = child_start(h, &pid, &fd, e);

    if (r < 0)
        return r;
    pthread_mutex_lock(&h->lock);
    h->pid = pid;
    h->fd = fd;
    h->starts++;
    pthread_mutex_unlock(&h->lock);
    h->pidfd = pidfd_open(pid, 0); /* close-on-exec by itself */
    if (h->pidfd < 0)
        r = err_set(e, -errno, "%s: pidfd: %s", h->opts.name, err_words(errno));
    if (r >= 0)
        r = loop_io_new(&h->pid_io, h->loop, h->pidfd, EPOLLIN, helper_on_death, h, e);
    if (r >= 0)
        r = loop_io_new(&h->io, h->loop, fd, EPOLLIN, helper_on_readable, h, e);
    if (r < 0)
        helper_abandon(h);
    return r;
}

/* ---- one that is somebody else's ------------------------------------------------------------- */

/* Without the right to write there is none for us: it serves another user's daemon. */
static bool is_served(const struct helper *h)
{
    return h->socket && !loop_clock(h->loop)->is_virtual && access(h->socket, W_OK) == 0;
}

static int socket_connect(int *ret_fd, const struct helper *h, struct err *e)
{
    AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    const int bytes = SOCKET_BYTES;

    if (fd < 0)
        return err_set(e, -errno, "%s: %s", h->opts.name, err_words(errno));
    must(str_copy(to.sun_path, sizeof(to.sun_path), h->socket)); /* helper_new() has looked */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        return err_set(e, -errno, "%s: %s: %s; see: systemctl status %s.socket", h->opts.name,
                       h->socket, err_words(errno), h->opts.name);
    *ret_fd = STEAL_FD(fd);
    return 0;
}

static void helper_ping(struct helper *h);

static int helper_connect(struct helper *h, struct err *e)
{
    int fd = -1;
    int r = socket_connect(&fd, h, e);

    if (r < 0)
        return r;
    pthread_mutex_lock(&h->lock);
    h->fd = fd;
    pthread_mutex_unlock(&h->lock);
    r = loop_io_new(&h->io, h->loop, fd, EPOLLIN, helper_on_readable, h, e);
    if (r < 0) {
        helper_close_socket(h);
        return r;
    }
    h->is_remote = h->greets = true;
    helper_ping(h);
    return 0;
}

/* Its connection has ended, by whichever end. */
static void helper_lost(struct helper *h)
{
    const bool was_up = !h->greets;
    struct err why = ERR_INIT;

    must(h->is_remote && h->fd < 0);
    h->is_lost = h->is_remote = h->greets = false;
    err_set(&why, -ECHILD, "%s: %s%sits connection ended", h->opts.name, h->why.text,
            h->why.text[0] ? "; " : "");
    if (!was_up)
        err_set(&why, -ECHILD, "%s: does not start; see: journalctl -u '%s@*'", h->opts.name,
                h->opts.name);
    if (was_up && clock_mono_ms(loop_clock(h->loop)) - h->up_since_ms >= HEALTHY_MS)
        h->backoff_ms = 0;
    helper_fell(h, was_up, &why);
}

/* ---- starting and pinging -------------------------------------------------------------------- */

static int helper_begin(struct helper *h, struct err *e)
{
    int r = is_served(h) ? helper_connect(h, e) : helper_spawn(h, e);

    if (r < 0)
        return r;
    h->up_since_ms = clock_mono_ms(loop_clock(h->loop));
    if (h->is_remote)
        return 0;
    h->why = ERR_INIT;
    h->ping_waits = false;
    h->ping_at_usec = clock_mono_usec(loop_clock(h->loop));
    if (helper_pings(h))
        loop_timer_after_ms(h->ping_timer, h->opts.ping_ms);
    helper_tell(h, true, "");
    return 0;
}

static void helper_on_start(void *user)
{
    struct helper *h = user;
    struct err e = ERR_INIT;

    helper_enter(h);
    if (h->is_lost)
        helper_lost(h);
    else if (helper_begin(h, &e) < 0)
        helper_fell(h, false, &e);
    helper_leave(h);
}

static void helper_on_ping(void *user)
{
    struct helper *h = user;

    if (!h->ping_waits) {
        helper_ping(h);
        return;
    }
    if (!h->greets) /* else it has never been there, as was told last time */
        err_set(&h->why, -ETIMEDOUT, "did not answer for %u ms", h->opts.deadline_ms);
    helper_end(h);
}

static void helper_ping(struct helper *h)
{
    h->ping_waits = true;
    h->ping_serial++;
    h->ping_at_usec = clock_mono_usec(loop_clock(h->loop));
    /* A full socket counts as silence: the deadline runs either way. */
    helper_send(h, RPC_PING, h->ping_serial, NULL, 0, NULL);
    loop_timer_after_ms(h->ping_timer, h->opts.deadline_ms);
}

/* ---- interface ------------------------------------------------------------------------------ */

static int helper_copy_args(struct helper *h, const struct helper_opts *o, struct err *e)
{
    size_t n = 0;

    h->argv[n++] = str_dup(o->program);
    for (const char *const *arg = o->args; arg && *arg; arg++) {
        if (n > HELPER_ARGS_MAX)
            return err_set(e, -E2BIG, "%s: more than %d arguments", o->name, HELPER_ARGS_MAX);
        h->argv[n++] = str_dup(*arg);
    }
    for (size_t i = 0; i < n; i++)
        if (!h->argv[i])
            return err_set(e, -ENOMEM, "%s: out of memory", o->name);
    return 0;
}

static int helper_copy_socket(struct helper *h, const struct helper_opts *o, struct err *e)
{
    const struct sockaddr_un to = { .sun_family = AF_UNIX };

    h->opts.socket = NULL;
    if (!o->socket)
        return 0;
    if (!must(o->deadline_ms > 0))
        return err_set(e, -EINVAL, "%s: a socket needs a deadline", o->name);
    if (strlen(o->socket) >= sizeof(to.sun_path))
        return err_set(e, -ENAMETOOLONG, "%s: %s: the path is too long for a socket", o->name,
                       o->socket);
    h->socket = str_dup(o->socket);
    return h->socket ? 0 : err_set(e, -ENOMEM, "%s: out of memory", o->name);
}

int helper_new(struct helper **ret, struct loop *loop, const struct helper_opts *o, struct err *e)
{
    AUTO(helper_freep) struct helper *h = calloc(1, sizeof(*h));
    int r;

    if (!h)
        return err_set(e, -ENOMEM, "%s: out of memory", o->name);
    h->loop = loop;
    h->opts = *o;
    h->fd = -1;
    h->pidfd = -1;
    pthread_mutex_init(&h->lock, NULL);
    r = helper_copy_args(h, o, e);
    if (r < 0)
        return r;
    h->opts.program = h->argv[0];
    h->opts.args = NULL;
    r = helper_copy_socket(h, o, e);
    if (r < 0)
        return r;
    h->packet = malloc(RPC_FRAME_BYTES_MAX);
    if (!h->packet)
        return err_set(e, -ENOMEM, "%s: out of memory", o->name);
    r = loop_timer_new(&h->start_timer, loop, helper_on_start, h, e);
    if (r >= 0)
        r = loop_timer_new(&h->ping_timer, loop, helper_on_ping, h, e);
    if (r < 0)
        return err_wrap(e, r, "%s", o->name);
    loop_timer_after_ms(h->start_timer, 0); /* from the loop, so that the caller has *ret first */
    *ret = STEAL(h);
    return 0;
}

/* Lets the helper end by itself for a moment, then kills; reaps in any case. */
static void helper_stop(struct helper *h)
{
    struct pollfd p = { .fd = h->pidfd, .events = POLLIN };

    if (h->pid <= 0)
        return;
    kill(h->pid, SIGTERM);
    if (h->pidfd >= 0)
        poll(&p, 1, TERM_WAIT_MS);
    helper_abandon(h);
}

struct helper *helper_free(struct helper *h)
{
    if (!h || h->freed)
        return NULL;
    h->freed = true;
    if (h->ping_timer)
        helper_close_socket(h);
    helper_stop(h);
    h->start_timer = loop_timer_free(h->start_timer);
    h->ping_timer = loop_timer_free(h->ping_timer);
    if (h->depth == 0)
        helper_destroy(h);
    return NULL;
}

int helper_send2(struct helper *h, uint16_t type, uint32_t serial, const void *head,
                 size_t head_len, const void *bulk, size_t bulk_len, struct err *e)
{
    int r;

    pthread_mutex_lock(&h->lock);
    if (h->fd < 0)
        r = err_set(e, -ENOTCONN, "%s is down", h->opts.name);
    else
        r = rpc_send2(h->fd, type, serial, head, head_len, bulk, bulk_len, e);
    pthread_mutex_unlock(&h->lock);
    return r < 0 && r != -ENOTCONN ? err_wrap(e, r, "%s", h->opts.name) : r;
}

int helper_send(struct helper *h, uint16_t type, uint32_t serial, const void *payload, size_t len,
                struct err *e)
{
    return helper_send2(h, type, serial, payload, len, NULL, 0, e);
}

int helper_send_json(struct helper *h, uint16_t type, uint32_t serial, const cJSON *json,
                     struct err *e)
{
    AUTO_FREE char *text = json_text(json);

    if (!text)
        return err_set(e, -ENOMEM, "%s: out of memory for a frame", h->opts.name);
    return helper_send(h, type, serial, text, strlen(text), e);
}

void helper_restart(struct helper *h, const char *why)
{
    if (h->fd < 0)
        return; /* it starts with what is named now anyhow */
    err_set(&h->why, -ECANCELED, "%s", why);
    helper_end(h);
}

/* The readers of what the lock guards take it too; it is no part of what they promise to keep. */
static pthread_mutex_t *helper_lock(const struct helper *h)
{
    return (pthread_mutex_t *)&h->lock;
}

bool helper_is_up(const struct helper *h)
{
    bool up;

    pthread_mutex_lock(helper_lock(h));
    up = h->fd >= 0;
    pthread_mutex_unlock(helper_lock(h));
    return up;
}

unsigned helper_restarts(const struct helper *h)
{
    unsigned n;

    pthread_mutex_lock(helper_lock(h));
    n = h->starts > 0 ? h->starts - 1 : 0;
    pthread_mutex_unlock(helper_lock(h));
    return n;
}

pid_t helper_pid(const struct helper *h)
{
    pid_t pid;

    pthread_mutex_lock(helper_lock(h));
    pid = h->pid;
    pthread_mutex_unlock(helper_lock(h));
    return pid;
}
