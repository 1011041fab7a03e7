/* SPDX-License-Identifier: Apache-2.0 */
/* web/socket.c - the WebSocket server: its thread and its queue. One client's frames are in
 * client.c.
 *
 * Everything that reaches the thread is a job in one bounded queue: a new connection, an
 * event for all, an event for one. When the queue is full the event is dropped and every
 * client gets a new "hello" instead, which holds the whole state. */
#include "web/socket.h"

#include "base/must.h"
#include "base/str.h"
#include "core/deadlines.h"
#include "web/client.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { READY_MAX = 64, TICK_MS = 1000 };

enum job_kind { JOB_CLIENT, JOB_ALL, JOB_ONE };

struct job {
    enum job_kind kind;
    uint32_t to;           /* JOB_ONE */
    bool brief;            /* JOB_ALL */
    struct client *client; /* JOB_CLIENT; owned */
    size_t bytes;          /* of the text */
    struct job *next;
    char text[]; /* terminated */
};

struct socket_server {
    struct socket_deps deps; /* all borrowed */
    struct worker *worker; /* owned; NULL: not started */
    int epoll_fd, wake_fd; /* owned */
    _Atomic unsigned count; /* clients, from the handover to the end */

    pthread_mutex_t mutex; /* the queue */
    struct job *first, **last;
    size_t jobs, jobs_bytes;
    bool lost; /* an event was dropped */
    bool stopping;

    /* WebSocket thread */
    struct client *clients[SOCKETS_MAX]; /* owned; NULL: free place */
    uint32_t ids;
    int64_t tick_usec;
};

unsigned socket_count(const struct socket_server *s)
{
    return atomic_load_explicit(&s->count, memory_order_relaxed);
}

/* With the mutex held. An answer may use twice the place: somebody waits for it, while events are
 * made good by a new "hello". New connections are bounded by SOCKETS_COMING_MAX. */
static bool job_fits(const struct socket_server *s, const struct job *job)
{
    size_t times = job->kind == JOB_ONE ? 2 : 1;

    return job->kind == JOB_CLIENT ||
           (s->jobs < times * SOCKET_EVENTS_MAX &&
            s->jobs_bytes + job->bytes <= times * SOCKET_EVENTS_BYTES_MAX);
}

/* Takes the job over; false: it was dropped. */
static bool job_push(struct socket_server *s, struct job *job)
{
    AUTO_FREE struct job *held = job;
    bool pushed = false;

    pthread_mutex_lock(&s->mutex);
    must(s->jobs > 0 || s->jobs_bytes == 0);
    if (!held || s->stopping || !job_fits(s, held)) {
        s->lost = true;
    } else {
        s->jobs++;
        must(s->jobs <= 2 * SOCKET_EVENTS_MAX + SOCKETS_COMING_MAX);
        s->jobs_bytes += held->bytes;
        held->next = NULL;
        *s->last = held;
        s->last = &held->next;
        held = NULL;
        pushed = true;
    }
    pthread_mutex_unlock(&s->mutex);
    if (pushed)
        eventfd_write(s->wake_fd, 1);
    return pushed;
}

static struct job *job_new(enum job_kind kind, const char *text)
{
    size_t len = strlen(text);
    struct job *job = calloc(1, sizeof(*job) + len + 1);

    if (!job)
        return NULL;
    job->kind = kind;
    job->bytes = len;
    memcpy(job->text, text, len + 1);
    return job;
}

void socket_send_all(struct socket_server *s, const char *text, bool brief)
{
    struct job *job;

    if (socket_count(s) == 0)
        return;
    job = job_new(JOB_ALL, text);
    if (job)
        job->brief = brief;
    job_push(s, job);
}

void socket_send_one(struct socket_server *s, uint32_t client, const char *text)
{
    struct job *job = job_new(JOB_ONE, text);

    if (job)
        job->to = client;
    job_push(s, job);
}

/* ---- WebSocket thread ------------------------------------------------------------------- */

static void server_hello(struct socket_server *s, struct client *c)
{
    AUTO_FREE char *hello = s->deps.hello(s->deps.user);

    if (hello)
        client_send(c, hello, false);
}

static void server_remove(struct socket_server *s, size_t place)
{
    must(s->clients[place] && socket_count(s) > 0);
    client_free(s->clients[place]);
    s->clients[place] = NULL;
    atomic_fetch_sub_explicit(&s->count, 1, memory_order_relaxed);
}

/* How many are from there, and which of them has asked for nothing longest. `address` NULL: all. */
static unsigned server_idlest(struct socket_server *s, const struct limit_key *address,
                              size_t *place)
{
    unsigned n = 0;

    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        const struct client *c = s->clients[i];

        if (!c || (address && !client_is_from(c, address)))
            continue;
        if (n++ == 0 || client_active_usec(c) < client_active_usec(s->clients[*place]))
            *place = i;
    }
    return n;
}

/* A free place for one more from there. */
static size_t server_place(struct socket_server *s, const struct limit_key *address)
{
    size_t place = 0;

    if (server_idlest(s, address, &place) >= SOCKETS_PER_ADDRESS_MAX ||
        server_idlest(s, NULL, &place) == SOCKETS_MAX) {
        client_close(s->clients[place], CLIENT_GOING_AWAY, "another page needed the place");
        server_remove(s, place);
        return place;
    }
    for (place = 0; s->clients[place];)
        place++;
    must(place < SOCKETS_MAX);
    return place;
}

static void server_add(struct socket_server *s, struct client *c)
{
    size_t place = server_place(s, client_address(c));

    must(!s->clients[place]);
    s->clients[place] = c;
    if (client_open(c, s->epoll_fd, ++s->ids, &s->deps) < 0) {
        server_remove(s, place);
        return;
    }
    server_hello(s, c);
    client_read(c);
}

static void server_do(struct socket_server *s, struct job *job)
{
    must((job->kind == JOB_CLIENT) == (job->client != NULL));
    if (job->kind == JOB_CLIENT) {
        server_add(s, STEAL(job->client));
        return;
    }
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        if (s->clients[i] && (job->kind == JOB_ALL || client_id(s->clients[i]) == job->to))
            client_send(s->clients[i], job->text, job->brief);
}

/* Returns false when the server is to end. */
static bool server_jobs(struct socket_server *s)
{
    struct job *job;
    bool lost, stopping;

    pthread_mutex_lock(&s->mutex);
    job = s->first;
    s->first = NULL;
    s->last = &s->first;
    s->jobs = s->jobs_bytes = 0;
    lost = s->lost;
    s->lost = false;
    stopping = s->stopping;
    pthread_mutex_unlock(&s->mutex);
    while (job) {
        struct job *next = job->next;

        server_do(s, job);
        free(job);
        job = next;
    }
    for (size_t i = 0; lost && i < SOCKETS_MAX; i++)
        if (s->clients[i])
            server_hello(s, s->clients[i]);
    return !stopping;
}

static void server_tick(struct socket_server *s, struct worker *w)
{
    int64_t now = clock_mono_usec(s->deps.clock);

    if (now - s->tick_usec < TICK_MS * 1000)
        return;
    s->tick_usec = now;
    worker_beat(w);
    s->deps.tick(s->deps.user);
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        if (s->clients[i])
            client_tick(s->clients[i], now);
}

/* Last in each turn: the events of a turn point to clients. */
static void server_sweep(struct socket_server *s)
{
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        if (s->clients[i] && client_is_done(s->clients[i]))
            server_remove(s, i);
}

static void server_run(struct worker *w, void *arg)
{
    struct socket_server *s = arg;
    struct epoll_event ready[READY_MAX];
    bool go_on = true;

    while (go_on) {
        int n = epoll_wait(s->epoll_fd, ready, READY_MAX, TICK_MS);

        for (int i = 0; i < n; i++) {
            eventfd_t count;

            if (ready[i].data.ptr)
                client_ready(ready[i].data.ptr, ready[i].events);
            else
                eventfd_read(s->wake_fd, &count);
        }
        go_on = server_jobs(s) && !worker_is_ending(w);
        server_tick(s, w);
        server_sweep(s);
    }
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        if (!s->clients[i])
            continue;
        client_close(s->clients[i], CLIENT_GOING_AWAY, "the server is ending");
        server_remove(s, i);
    }
}

/* Main loop: out of its wait. */
static void server_wake(void *arg)
{
    struct socket_server *s = arg;

    eventfd_write(s->wake_fd, 1);
}

/* ---- HTTP thread ------------------------------------------------------------------------ */

static void on_upgrade(void *cls, struct MHD_Connection *connection, void *con_cls,
                       const char *extra, size_t extra_len, MHD_socket fd,
                       struct MHD_UpgradeResponseHandle *urh)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct limit_key address = { { 0 } };
    struct socket_server *s = cls;
    struct client *c = NULL;
    struct job *job = job_new(JOB_CLIENT, "");

    (void)con_cls;
    if (info && info->client_addr)
        address = limit_key_address(info->client_addr);
    if (!job || client_new(&c, fd, urh, &address, extra, extra_len) < 0) {
        free(job);
        MHD_upgrade_action(urh, MHD_UPGRADE_ACTION_CLOSE);
        return;
    }
    job->client = c;
    atomic_fetch_add_explicit(&s->count, 1, memory_order_relaxed);
    must(socket_count(s) <= SOCKETS_MAX + SOCKETS_COMING_MAX);
    if (job_push(s, job))
        return;
    atomic_fetch_sub_explicit(&s->count, 1, memory_order_relaxed);
    client_free(c);
}

int socket_upgrade(struct MHD_Response **ret, struct socket_server *s, struct err *e)
{
    struct MHD_Response *r;
    bool stopping;

    pthread_mutex_lock(&s->mutex);
    stopping = s->stopping;
    pthread_mutex_unlock(&s->mutex);
    if (stopping)
        return err_set(e, -ESHUTDOWN, "the server is ending");
    if (socket_count(s) >= SOCKETS_MAX + SOCKETS_COMING_MAX)
        return err_set(e, -EBUSY, "too many WebSockets are opened at once");
    r = MHD_create_response_for_upgrade(on_upgrade, s);
    if (!r)
        return err_set(e, -ENOMEM, "WebSocket: out of memory");
    *ret = r;
    return 0;
}

/* ---- main loop -------------------------------------------------------------------------- */

int socket_new(struct socket_server **ret, const struct socket_deps *d, struct err *e)
{
    AUTO(socket_freep) struct socket_server *s = calloc(1, sizeof(*s));
    struct epoll_event wake = { .events = EPOLLIN };

    if (!s)
        return err_set(e, -ENOMEM, "web: out of memory");
    s->deps = *d;
    s->last = &s->first;
    pthread_mutex_init(&s->mutex, NULL);
    atomic_init(&s->count, 0);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->wake_fd < 0 || s->epoll_fd < 0 ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->wake_fd, &wake) < 0)
        return err_set(e, -errno, "WebSocket: no epoll");
    *ret = STEAL(s);
    return 0;
}

int socket_start(struct socket_server *s, struct err *e)
{
    const struct worker_opts o = {
        .name = "websocket",
        .deadline_ms = DEADLINE_SOCKET_MS,
        .watch = health_watcher(s->deps.health),
        .main = server_run,
        .wake = server_wake,
        .user = s,
    };

    must(!s->worker);
    return worker_start(&s->worker, &o, e);
}

void socket_stop(struct socket_server *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->mutex);
    s->stopping = true;
    pthread_mutex_unlock(&s->mutex);
    (void)worker_end(STEAL(s->worker), -1); /* its turns are short: nothing in them waits */
}

struct socket_server *socket_free(struct socket_server *s)
{
    if (!s)
        return NULL;
    socket_stop(s);
    must(!s->worker);
    while (s->first) {
        struct job *next = s->first->next;

        client_free(s->first->client);
        free(s->first);
        s->first = next;
    }
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    if (s->epoll_fd >= 0)
        close(s->epoll_fd);
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        must(!s->clients[i]); /* the thread has given each back to the library */
    pthread_mutex_destroy(&s->mutex);
    free(s);
    return NULL;
}
