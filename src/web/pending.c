/* SPDX-License-Identifier: Apache-2.0 */
/* web/pending.c - HTTP requests that wait for the main loop.
 *
 * A connection is suspended and resumed with the mutex held: an answer cannot come
 * between the entry in the table and the suspension, and nobody resumes twice. */
#include "web/pending.h"

#include "base/clock.h"
#include "base/must.h"
#include "base/thread.h"
#include "core/origin.h"

#include <microhttpd.h>
#include <pthread.h>

enum slot_state { SLOT_FREE, SLOT_WAITS, SLOT_RESUMED };

struct pending_slot {
    enum slot_state state;
    enum wait_kind kind;
    enum wait_result result;
    uint64_t token;
    int64_t deadline_usec;             /* monotonic */
    struct MHD_Connection *connection; /* borrowed */
    unsigned status;
    char *answer; /* owned; NULL: none */
};

struct pending {
    pthread_mutex_t mutex;
    pthread_cond_t settled; /* CLOCK_MONOTONIC */
    uint64_t tokens; /* last one given */
    unsigned owed;   /* parked and not settled */
    bool stopping;
    struct pending_slot slots[PENDING_MAX];
};

static bool is_ours(const struct pending *p, const struct pending_slot *s)
{
    return s >= p->slots && s < p->slots + PENDING_MAX;
}

int pending_new(struct pending **ret, struct err *e)
{
    struct pending *p = calloc(1, sizeof(*p));

    if (!p)
        return err_set(e, -ENOMEM, "web: out of memory");
    pthread_mutex_init(&p->mutex, NULL);
    thread_cond_init(&p->settled);
    *ret = p;
    return 0;
}

struct pending *pending_free(struct pending *p)
{
    if (!p)
        return NULL;
    for (size_t i = 0; i < PENDING_MAX; i++) {
        must(p->slots[i].state == SLOT_FREE); /* the server has ended: nobody waits */
        free(p->slots[i].answer);
    }
    pthread_cond_destroy(&p->settled);
    pthread_mutex_destroy(&p->mutex);
    free(p);
    return NULL;
}

int pending_park(struct pending_slot **ret, uint64_t *token, struct pending *p,
                 struct MHD_Connection *connection, enum wait_kind kind, int64_t deadline_usec)
{
    int r = -EBUSY;

    must(connection && kind < WAIT_N);
    pthread_mutex_lock(&p->mutex);
    must(p->tokens < ENDPOINT_CLIENT_MAX); /* a token is an origin's client */
    if (p->stopping)
        r = -ESHUTDOWN;
    for (size_t i = 0; i < PENDING_MAX && r == -EBUSY; i++) {
        struct pending_slot *s = &p->slots[i];

        if (s->state != SLOT_FREE)
            continue;
        must(!s->answer); /* it was taken by whoever waited */
        *s = (struct pending_slot){
            .state = SLOT_WAITS,
            .kind = kind,
            .token = ++p->tokens,
            .deadline_usec = deadline_usec,
            .connection = connection,
        };
        MHD_suspend_connection(connection);
        p->owed++;
        *ret = s;
        if (token)
            *token = s->token;
        r = 0;
    }
    pthread_mutex_unlock(&p->mutex);
    return r;
}

enum wait_result pending_take(struct pending *p, struct pending_slot *slot, unsigned *status,
                              char **answer)
{
    enum wait_result result;

    pthread_mutex_lock(&p->mutex);
    must(is_ours(p, slot) && slot->state == SLOT_RESUMED);
    result = slot->result;
    *status = slot->status;
    *answer = STEAL(slot->answer);
    slot->state = SLOT_FREE;
    pthread_mutex_unlock(&p->mutex);
    return result;
}

void pending_drop(struct pending *p, struct pending_slot *slot)
{
    AUTO_FREE char *answer = NULL;

    if (!slot)
        return;
    pthread_mutex_lock(&p->mutex);
    must(is_ours(p, slot) && slot->state != SLOT_FREE);
    answer = STEAL(slot->answer);
    slot->state = SLOT_FREE;
    pthread_mutex_unlock(&p->mutex);
}

void pending_settle(struct pending *p)
{
    pthread_mutex_lock(&p->mutex);
    if (must(p->owed > 0) && --p->owed == 0)
        pthread_cond_signal(&p->settled);
    pthread_mutex_unlock(&p->mutex);
}

int pending_await(struct pending *p, int wait_ms)
{
    const struct timespec until = clock_timespec(clock_now_usec() + wait_ms * INT64_C(1000));
    int r = 0;

    pthread_mutex_lock(&p->mutex);
    must(p->stopping); /* nobody parks any more */
    while (p->owed > 0 && r == 0)
        r = pthread_cond_timedwait(&p->settled, &p->mutex, &until);
    r = p->owed > 0 ? -ETIMEDOUT : 0;
    pthread_mutex_unlock(&p->mutex);
    return r;
}

/* With the mutex held. */
static void slot_resume(struct pending_slot *s, enum wait_result result)
{
    must(s->state == SLOT_WAITS && s->connection); /* nobody is resumed twice */
    s->state = SLOT_RESUMED;
    s->result = result;
    MHD_resume_connection(s->connection);
}

void pending_answer(struct pending *p, uint64_t token, unsigned status, char *answer)
{
    AUTO_FREE char *held = answer;

    pthread_mutex_lock(&p->mutex);
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending_slot *s = &p->slots[i];

        if (s->state != SLOT_WAITS || s->kind != WAIT_ANSWER || s->token != token)
            continue;
        s->status = status;
        s->answer = STEAL(held);
        slot_resume(s, WAIT_READY);
        break;
    }
    pthread_mutex_unlock(&p->mutex);
}

void pending_wake(struct pending *p, enum wait_kind kind)
{
    pthread_mutex_lock(&p->mutex);
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (p->slots[i].state == SLOT_WAITS && p->slots[i].kind == kind)
            slot_resume(&p->slots[i], WAIT_READY);
    pthread_mutex_unlock(&p->mutex);
}

void pending_expire(struct pending *p, int64_t now_usec)
{
    pthread_mutex_lock(&p->mutex);
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (p->slots[i].state == SLOT_WAITS && p->slots[i].deadline_usec <= now_usec)
            slot_resume(&p->slots[i], WAIT_EXPIRED);
    pthread_mutex_unlock(&p->mutex);
}

void pending_stop(struct pending *p)
{
    pthread_mutex_lock(&p->mutex);
    p->stopping = true;
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (p->slots[i].state == SLOT_WAITS)
            slot_resume(&p->slots[i], WAIT_STOPPING);
    pthread_mutex_unlock(&p->mutex);
}
