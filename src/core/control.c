/* SPDX-License-Identifier: Apache-2.0 */
/* core/control.c - the control socket for jarvisctl.
 *
 * A client that fails (gone, does not read, talks nonsense) is only marked as lost; a timer
 * frees it and its calls at the end of the turn, because the function that noticed may have been
 * called by a handler that still holds the call. */
#include "core/control.h"

#include "base/must.h"
#include "base/utf8.h"
#include "base/str.h"
#include "core/origin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { REQUESTS_PER_TURN = 8, BACKLOG = 8, ACCEPT_PAUSE_MS = 1000 };

struct control_client {
    struct control *control; /* borrowed */
    struct loop_io *io;      /* owned */
    int fd;                  /* owned; -1: lost */
    unsigned calls;          /* that are not answered */
    int64_t heard_usec;      /* monotonic: when it connected or asked last */
    struct control_client *next;
};

struct control_call {
    struct control *control;       /* borrowed */
    struct control_client *client; /* borrowed */
    uint64_t id;
    uint32_t serial;
    struct control_call *next;
};

struct control {
    struct loop *loop;              /* borrowed */
    const struct control_row *rows; /* borrowed */
    size_t n;
    void *user; /* borrowed */
    struct sockaddr_un address;
    bool bound;                /* the socket file is ours to remove */
    int fd;                    /* listening; owned */
    struct loop_io *io;        /* owned */
    struct loop_timer *reaper; /* owned */
    uint8_t *packet;           /* owned; RPC_FRAME_BYTES_MAX */
    struct control_client *clients;
    unsigned clients_n;
    struct control_call *calls;
    uint64_t last_id;
};

static void client_lose(struct control_client *cl)
{
    if (cl->fd < 0)
        return;
    cl->io = loop_io_free(cl->io);
    close(STEAL_FD(cl->fd));
    loop_timer_after_ms(cl->control->reaper, 0);
}

static void client_free(struct control_client *cl)
{
    struct control *c = cl->control;
    struct control_call **call = &c->calls;

    while (*call) {
        struct control_call *held = *call;

        if (held->client != cl) {
            call = &held->next;
            continue;
        }
        *call = held->next;
        free(held);
    }
    loop_io_free(cl->io);
    if (cl->fd >= 0)
        close(cl->fd);
    must(c->clients_n > 0);
    c->clients_n--;
    free(cl);
}

static void control_on_reap(void *user)
{
    struct control *c = user;
    struct control_client **p = &c->clients;

    loop_io_events(c->io, EPOLLIN);
    while (*p) {
        struct control_client *cl = *p;

        if (cl->fd >= 0) {
            p = &cl->next;
            continue;
        }
        *p = cl->next;
        client_free(cl);
    }
}

static void call_free(struct control_call *call)
{
    struct control_call **p = &call->control->calls;

    while (*p && *p != call)
        p = &(*p)->next;
    if (must(*p != NULL)) /* answered exactly once */
        *p = call->next;
    must(call->client->calls > 0);
    call->client->calls--;
    free(call);
}

/* A frame that cannot be sent costs the client its connection; 0 or -EMSGSIZE otherwise. */
static int call_send(struct control_call *call, uint16_t type, const cJSON *json)
{
    struct control_client *cl = call->client;
    int r;

    if (cl->fd < 0)
        return 0;
    r = rpc_send_json(cl->fd, type, call->serial, json, NULL);
    if (r < 0 && r != -EMSGSIZE)
        client_lose(cl);
    return r == -EMSGSIZE ? r : 0;
}

void control_event(struct control_call *call, const cJSON *json)
{
    call_send(call, CONTROL_EVENT, json);
}

void control_done(struct control_call *call, const cJSON *json)
{
    AUTO_JSON *empty = json ? NULL : cJSON_CreateObject();

    if (call_send(call, CONTROL_DONE, json ? json : empty) == -EMSGSIZE) {
        control_fail(call, "the answer is longer than %d bytes; ask for less", RPC_FRAME_BYTES_MAX);
        return;
    }
    call_free(call);
}

void control_fail(struct control_call *call, const char *format, ...)
{
    AUTO_JSON *j = cJSON_CreateObject();
    char text[ERR_TEXT_BYTES * 2];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    utf8_clean(text); /* what it quotes may be cut within a character */
    if (!j || !cJSON_AddStringToObject(j, "error", text))
        client_lose(call->client); /* no memory to say so: hanging up is an answer, too */
    else
        call_send(call, CONTROL_DONE, j);
    call_free(call);
}

uint64_t control_call_id(const struct control_call *call)
{
    return call->id;
}

struct control_call *control_call_find(struct control *c, uint64_t id)
{
    for (struct control_call *call = c->calls; call; call = call->next)
        if (call->id == id)
            return call->client->fd >= 0 ? call : NULL;
    return NULL;
}

static const struct control_row *control_row_find(const struct control *c, const char *cmd)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->rows[i].cmd, cmd) == 0)
            return &c->rows[i];
    return NULL;
}

static struct control_call *call_new(struct control_client *cl, uint32_t serial)
{
    struct control *c = cl->control;
    struct control_call *call = calloc(1, sizeof(*call));

    if (!call)
        return NULL;
    call->control = c;
    call->client = cl;
    call->serial = serial;
    must(c->last_id < ENDPOINT_CLIENT_MAX); /* an id is an origin's client */
    call->id = ++c->last_id;
    call->next = c->calls;
    c->calls = call;
    cl->calls++;
    return call;
}

/* Runs the row's command with what stands beside "cmd". */
static void call_run(struct control_call *call, const struct control_row *row, cJSON *request)
{
    static const struct fields none = { NULL, 0, 1, true };
    const struct fields *f = row->args ? row->args : &none;
    void *user = call->control->user; /* the call may be gone afterwards */
    AUTO_FREE void *args = calloc(1, f->bytes);
    struct err e = ERR_INIT;

    cJSON_DeleteItemFromObjectCaseSensitive(request, "cmd");
    if (!args) {
        control_fail(call, "out of memory");
        return;
    }
    if (fields_take(args, f, request, &e) < 0) {
        control_fail(call, "%s: %s", row->cmd, err_text(&e));
        return;
    }
    row->fn(call, row->args ? args : NULL, user);
    fields_done(args, f);
}

static void client_request(struct control_client *cl, const struct rpc_frame *f)
{
    struct control *c = cl->control;
    struct control_call *call = call_new(cl, f->serial);
    const struct control_row *row;
    AUTO_JSON *request = NULL;
    const char *cmd = NULL;
    struct err e = ERR_INIT;

    cl->heard_usec = clock_mono_usec(loop_clock(c->loop));
    if (!call) {
        client_lose(cl);
    } else if (cl->calls > CONTROL_CALLS_MAX) {
        control_fail(call, "more than %d requests are waiting for an answer", CONTROL_CALLS_MAX);
    } else if (f->type != CONTROL_REQUEST) {
        control_fail(call, "frame type %u is no request", f->type);
    } else if (rpc_json(&request, f, &e) < 0 || json_need_str(&cmd, request, "cmd", &e) < 0) {
        control_fail(call, "request: %s", err_text(&e));
    } else {
        row = control_row_find(c, cmd);
        if (row)
            call_run(call, row, request);
        else
            control_fail(call, "'%.64s': no such command; see `jarvisctl --help`", cmd);
    }
}

static void client_on_readable(int fd, uint32_t revents, void *user)
{
    struct control_client *cl = user;
    struct control *c = cl->control;

    (void)revents;
    for (int i = 0; i < REQUESTS_PER_TURN && cl->fd >= 0; i++) {
        struct rpc_frame f;
        int r = rpc_recv(fd, c->packet, &f, 0, NULL);

        if (r == 0)
            break;
        if (r < 0)
            client_lose(cl);
        else
            client_request(cl, &f);
    }
}

/* Told with serial 0: it answers no request. */
static void control_refuse(int fd, const char *words)
{
    AUTO_JSON *j = cJSON_CreateObject();

    if (json_put_text(j, "error", words))
        rpc_send_json(fd, CONTROL_DONE, 0, j, NULL);
}

/* Makes room for one more; false where all wait for an answer. */
static bool control_make_room(struct control *c)
{
    struct control_client *oldest = NULL;

    must(c->clients_n <= CONTROL_CLIENTS_MAX);
    if (c->clients_n < CONTROL_CLIENTS_MAX)
        return true;
    for (struct control_client *cl = c->clients; cl; cl = cl->next)
        if (cl->calls == 0 && (!oldest || cl->heard_usec < oldest->heard_usec))
            oldest = cl;
    if (!oldest)
        return false;
    if (oldest->fd >= 0)
        control_refuse(oldest->fd, "idle for too long: another client needed the place");
    client_lose(oldest);
    control_on_reap(c);
    return c->clients_n < CONTROL_CLIENTS_MAX;
}

static int client_new(struct control *c, int fd)
{
    struct control_client *cl = calloc(1, sizeof(*cl));

    if (!cl)
        return -ENOMEM;
    cl->control = c;
    if (loop_io_new(&cl->io, c->loop, fd, EPOLLIN, client_on_readable, cl, NULL) < 0) {
        free(cl);
        return -ENOMEM;
    }
    cl->fd = fd;
    cl->heard_usec = clock_mono_usec(loop_clock(c->loop));
    must(c->clients_n < CONTROL_CLIENTS_MAX);
    cl->next = c->clients;
    c->clients = cl;
    c->clients_n++;
    return 0;
}

static void control_on_connect(int listener, uint32_t revents, void *user)
{
    struct control *c = user;
    AUTO_CLOSE int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)revents;
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
        loop_io_events(c->io, 0); /* else the waiting client would keep the loop spinning */
        loop_timer_after_ms(c->reaper, ACCEPT_PAUSE_MS);
    }
    if (fd < 0)
        return;
    if (!control_make_room(c))
        control_refuse(fd, "too many clients wait for an answer; try again");
    else if (client_new(c, fd) == 0)
        fd = -1; /* the client owns it */
}

static int control_address(struct sockaddr_un *ret, const char *path, struct err *e)
{
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (!str_copy(ret->sun_path, sizeof(ret->sun_path), path))
        return err_set(e, -ENAMETOOLONG, "%s: a socket's path has at most %zu bytes", path,
                       sizeof(ret->sun_path) - 1);
    return 0;
}

static int control_dial(const struct sockaddr_un *a, int flags)
{
    AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
    int r;

    if (fd < 0)
        return -errno;
    do {
        r = connect(fd, (const struct sockaddr *)a, sizeof(*a));
    } while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : STEAL_FD(fd);
}

/* Removes what an earlier daemon left behind; refuses what is alive or no socket. */
static int control_clear(const struct sockaddr_un *a, struct err *e)
{
    AUTO_CLOSE int fd = -1;
    struct stat st;

    if (lstat(a->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : err_set(e, -errno, "%s: %s", a->sun_path, err_words(errno));
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, -EEXIST, "%s is in the way and is no socket: remove it", a->sun_path);
    fd = control_dial(a, SOCK_NONBLOCK);
    if (fd >= 0 || fd == -EAGAIN)
        return err_set(e, -EADDRINUSE, "another jarvisd is running (it answers on %s)",
                       a->sun_path);
    if (fd != -ECONNREFUSED && fd != -ENOENT)
        return err_set(e, fd, "%s: %s", a->sun_path, err_words(fd));
    if (unlink(a->sun_path) < 0 && errno != ENOENT)
        return err_set(e, -errno, "%s: cannot remove the old socket: %s", a->sun_path,
                       err_words(errno));
    return 0;
}

static int control_bind(struct control *c, struct err *e)
{
    const char *path = c->address.sun_path;
    int r = control_clear(&c->address, e);

    if (r < 0)
        return r;
    c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* the mode is set before there is a file, so that it is never wider than this */
    if (c->fd < 0 || fchmod(c->fd, 0660) < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    if (bind(c->fd, (const struct sockaddr *)&c->address, sizeof(c->address)) < 0)
        return err_set(e, -errno, "%s: %s%s", path, err_words(errno),
                       errno == ENOENT ? " (the folder is missing)" : "");
    c->bound = true;
    if (chmod(path, 0660) < 0 || listen(c->fd, BACKLOG) < 0) /* the umask may have cut it */
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    return 0;
}

int control_new(struct control **ret, struct loop *loop, const char *path,
                const struct control_row *rows, size_t n, void *user, struct err *e)
{
    AUTO(control_freep) struct control *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return err_set(e, -ENOMEM, "control socket: out of memory");
    for (size_t i = 0; i < n; i++)
        invariant(!rows[i].args || fields_check(rows[i].args, NULL) == 0);
    c->loop = loop;
    c->rows = rows;
    c->n = n;
    c->user = user;
    c->fd = -1;
    c->packet = malloc(RPC_FRAME_BYTES_MAX);
    if (!c->packet)
        return err_set(e, -ENOMEM, "control socket: out of memory");
    r = control_address(&c->address, path, e);
    if (r >= 0)
        r = loop_timer_new(&c->reaper, loop, control_on_reap, c, e);
    if (r >= 0)
        r = control_bind(c, e);
    if (r >= 0)
        r = loop_io_new(&c->io, loop, c->fd, EPOLLIN, control_on_connect, c, e);
    if (r < 0)
        return err_wrap(e, r, "control socket");
    *ret = STEAL(c);
    return 0;
}

struct control *control_free(struct control *c)
{
    if (!c)
        return NULL;
    must(c->clients_n <= CONTROL_CLIENTS_MAX);
    while (c->clients) {
        struct control_client *next = c->clients->next;

        client_free(c->clients);
        c->clients = next;
    }
    must(!c->calls && c->clients_n == 0); /* they died with their clients */
    loop_io_free(c->io);
    loop_timer_free(c->reaper);
    if (c->fd >= 0)
        close(c->fd);
    if (c->bound)
        unlink(c->address.sun_path);
    free(c->packet);
    free(c);
    return NULL;
}

int control_connect(int *ret_fd, const char *path, struct err *e)
{
    struct sockaddr_un address;
    int r = control_address(&address, path, e);

    if (r < 0)
        return r;
    r = control_dial(&address, 0);
    switch (r) {
    case -ENOENT:
    case -ECONNREFUSED:
        return err_set(e, r,
                       "jarvisd is not running (nobody answers on %s): start it with "
                       "`systemctl start jarvisd` or `make run`",
                       path);
    case -EACCES:
        return err_set(e, r, "%s: permission denied: join its group (`sudo usermod -aG jarvis $USER`, "
                       "then log in again), or ask as root",
                       path);
    default:
        break;
    }
    if (r < 0)
        return err_set(e, r, "%s: %s", path, err_words(r));
    *ret_fd = r;
    return 0;
}
