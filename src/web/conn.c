/* SPDX-License-Identifier: Apache-2.0 */
/* web/conn.c - the open HTTP connections and their time. */
#include "web/conn.h"

#include "base/must.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

struct conn {
    enum conn_phase phase;
    int fd; /* borrowed */
    struct limit_key address;
    int64_t since_usec;    /* when the phase began */
    int64_t deadline_usec; /* 0: none */
    bool over;             /* its address has too many */
    bool asked;            /* a request has begun on it */
    bool shut;
};

struct conns {
    pthread_mutex_t mutex;
    unsigned n; /* rows that are not free */
    struct conn rows[CONNS_MAX];
};

static const int phase_ms[CONN_N] = {
    [CONN_HEAD] = CONN_HEAD_MS,
    [CONN_BODY] = CONN_BODY_MS,
    [CONN_ANSWER] = CONN_ANSWER_MS,
};

int conns_new(struct conns **ret, struct err *e)
{
    struct conns *t = calloc(1, sizeof(*t));

    if (!t)
        return err_set(e, -ENOMEM, "web: out of memory");
    pthread_mutex_init(&t->mutex, NULL);
    *ret = t;
    return 0;
}

struct conns *conns_free(struct conns *t)
{
    if (!t)
        return NULL;
    must(t->n == 0); /* the server has ended and closed each */
    pthread_mutex_destroy(&t->mutex);
    free(t);
    return NULL;
}

/* With the mutex held, as the functions below. */
static void phase_set(struct conn *c, enum conn_phase phase, int64_t now_usec)
{
    c->phase = phase;
    c->since_usec = now_usec;
    c->deadline_usec = phase_ms[phase] ? now_usec + phase_ms[phase] * 1000LL : 0;
}

static bool is_counted(const struct conn *c, const struct limit_key *address)
{
    return c->phase != CONN_FREE && c->phase != CONN_SOCKET && !c->shut &&
           (!address || memcmp(&c->address, address, sizeof(*address)) == 0);
}

static unsigned count_locked(const struct conns *t, const struct limit_key *address)
{
    unsigned n = 0;

    for (size_t i = 0; i < CONNS_MAX; i++)
        n += is_counted(&t->rows[i], address);
    return n;
}

static void shut(struct conn *c)
{
    must(c->phase != CONN_FREE && c->phase != CONN_SOCKET);
    c->shut = true;
    (void)shutdown(c->fd, SHUT_RDWR);
}

/* Ends the one that has waited longest for its request; false: all are being served. */
static bool make_room(struct conns *t, const struct limit_key *address)
{
    struct conn *oldest = NULL;

    for (size_t i = 0; i < CONNS_MAX; i++) {
        struct conn *c = &t->rows[i];

        if (c->phase == CONN_HEAD && is_counted(c, address) &&
            (!oldest || c->since_usec < oldest->since_usec))
            oldest = c;
    }
    if (oldest)
        shut(oldest);
    return oldest != NULL;
}

static struct conn *row_free(struct conns *t)
{
    for (size_t i = 0; i < CONNS_MAX; i++)
        if (t->rows[i].phase == CONN_FREE)
            return &t->rows[i];
    return NULL;
}

struct conn *conn_open(struct conns *t, int fd, const struct limit_key *address, int64_t now_usec)
{
    struct conn *c;
    bool over;

    must(fd >= 0);
    pthread_mutex_lock(&t->mutex);
    over = count_locked(t, address) >= CONNS_PER_ADDRESS_MAX && !make_room(t, address);
    if (count_locked(t, NULL) >= CONNS_MAX - CONNS_SPARE)
        (void)make_room(t, NULL);
    c = row_free(t);
    if (c) {
        *c = (struct conn){ .fd = fd, .address = *address, .over = over };
        phase_set(c, CONN_HEAD, now_usec);
        t->n++;
        must(t->n <= CONNS_MAX);
    }
    pthread_mutex_unlock(&t->mutex);
    return c;
}

void conn_close(struct conns *t, struct conn *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&t->mutex);
    if (must(c->phase != CONN_FREE && t->n > 0))
        t->n--;
    *c = (struct conn){ .phase = CONN_FREE, .fd = -1 };
    pthread_mutex_unlock(&t->mutex);
}

void conn_enter(struct conns *t, struct conn *c, enum conn_phase phase, int64_t now_usec)
{
    if (!c)
        return;
    must(phase > CONN_FREE && phase < CONN_N);
    pthread_mutex_lock(&t->mutex);
    must(c->phase != CONN_FREE && c->phase != CONN_SOCKET); /* nothing leads back from there */
    phase_set(c, phase, now_usec);
    pthread_mutex_unlock(&t->mutex);
}

void conn_request(struct conns *t, struct conn *c, int64_t now_usec)
{
    if (!c)
        return;
    pthread_mutex_lock(&t->mutex);
    must(c->phase == CONN_HEAD);
    if (c->asked)
        phase_set(c, CONN_HEAD, now_usec);
    c->asked = true;
    pthread_mutex_unlock(&t->mutex);
}

bool conn_is_over(const struct conn *c)
{
    return !c || c->over;
}

unsigned conn_expire(struct conns *t, int64_t now_usec)
{
    unsigned n = 0;

    pthread_mutex_lock(&t->mutex);
    for (size_t i = 0; i < CONNS_MAX; i++) {
        struct conn *c = &t->rows[i];

        if (c->phase == CONN_FREE || c->shut || !c->deadline_usec || now_usec < c->deadline_usec)
            continue;
        shut(c);
        n++;
    }
    pthread_mutex_unlock(&t->mutex);
    return n;
}
