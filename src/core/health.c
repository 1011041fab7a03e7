/* SPDX-License-Identifier: Apache-2.0 */
/* core/health.c - deadlines of the threads, faults of the parts, and systemd's watchdog.
 *
 * A late thread is also told as MSG_FAULT of the part "watchdog", so that the log says why
 * systemd is about to restart the daemon. */
#include "core/health.h"

#include "base/must.h"
#include "base/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <systemd/sd-daemon.h>

enum { HEALTH_ROWS_MAX = 16, HEALTH_FAULTS_MAX = 32, CHECK_MS = 1000 };

struct health_row {
    const struct clock *clock; /* borrowed */
    const char *name;          /* constant */
    unsigned deadline_ms;
    _Atomic int64_t beat_usec; /* monotonic */
};

struct health_fault {
    const char *part; /* constant; NULL: the place is free */
    char *text;       /* owned; NULL when there was no memory for words */
    int64_t at_usec;  /* monotonic; since when */
};

struct health {
    struct loop *loop;        /* borrowed */
    struct bus *bus;          /* borrowed */
    struct loop_timer *timer; /* owned */
    int64_t next_usec;        /* planned time of the next check */
    int64_t period_ms;
    bool dog;             /* systemd waits for our notifications */
    const char *told;     /* late thread that MSG_FAULT was sent about; NULL: none */
    pthread_mutex_t lock; /* guards rows (but beat_usec) and faults */
    struct health_row *rows[HEALTH_ROWS_MAX]; /* owned; NULL: the place is free */
    struct health_fault faults[HEALTH_FAULTS_MAX];
};

static int64_t row_silent_ms(const struct health_row *row)
{
    int64_t beat_usec = atomic_load_explicit(&row->beat_usec, memory_order_relaxed);
    int64_t now_usec = clock_mono_usec(row->clock);

    return now_usec > beat_usec ? (now_usec - beat_usec) / 1000 : 0; /* resting: in the future */
}

static const struct health_row *health_late(struct health *h)
{
    for (size_t i = 0; i < HEALTH_ROWS_MAX; i++) {
        const struct health_row *row = h->rows[i];

        if (row && row_silent_ms(row) > row->deadline_ms)
            return row;
    }
    return NULL;
}

bool health_is_alive(struct health *h, const char **late)
{
    const struct health_row *row;
    const char *name;

    pthread_mutex_lock(&h->lock);
    row = health_late(h);
    name = row ? row->name : NULL;
    pthread_mutex_unlock(&h->lock);
    if (name && late)
        *late = name;
    return !name;
}

static void health_tell(struct health *h, const char *late)
{
    AUTO_STR text = STR_INIT;

    if (late == h->told)
        return;
    h->told = late;
    if (late)
        str_addf(&text, "the thread '%s' missed its deadline%s", late,
                 h->dog ? "; systemd will restart the daemon unless it comes back" : "");
    else
        str_add(&text, "every thread is in time again");
    bus_post_fault(h->bus, "watchdog", late ? -ETIME : 0, str_text(&text));
}

static void health_on_timer(void *user)
{
    struct health *h = user;
    const char *late = NULL;
    int64_t now_usec = clock_mono_usec(loop_clock(h->loop));

    h->next_usec += h->period_ms * 1000;
    if (h->next_usec <= now_usec) /* the loop stood still: no burst of checks to catch up */
        h->next_usec = now_usec + h->period_ms * 1000;
    loop_timer_set(h->timer, h->next_usec);
    if (health_is_alive(h, &late) && h->dog)
        sd_notify(0, "WATCHDOG=1");
    health_tell(h, late);
}

/* Place of a part's fault, else a free one, else that of the oldest. */
static struct health_fault *fault_place(struct health *h, const char *part)
{
    struct health_fault *best = &h->faults[0];

    for (size_t i = 0; i < HEALTH_FAULTS_MAX; i++) {
        struct health_fault *f = &h->faults[i];

        if (f->part && strcmp(f->part, part) == 0)
            return f;
        if (best->part && (!f->part || f->at_usec < best->at_usec))
            best = f;
    }
    return best;
}

static void health_on_fault(const struct msg *m, void *user)
{
    struct health *h = user;
    const char *part = m->part ? m->part : "unknown";
    struct health_fault *f;

    pthread_mutex_lock(&h->lock);
    f = fault_place(h, part);
    must(!f->part || f->at_usec <= m->at_usec || strcmp(f->part, part) != 0);
    if (m->code < 0) {
        if (!f->part || strcmp(f->part, part) != 0)
            f->at_usec = m->at_usec; /* else the fault goes on, with new words */
        free(f->text);
        f->text = str_dup(m->text ? m->text : err_words(m->code));
        f->part = part;
    } else if (f->part && strcmp(f->part, part) == 0) {
        free(f->text);
        *f = (struct health_fault){ 0 };
    }
    pthread_mutex_unlock(&h->lock);
}

int health_new(struct health **ret, struct loop *loop, struct bus *bus, struct err *e)
{
    AUTO(health_freep) struct health *h = calloc(1, sizeof(*h));
    uint64_t dog_usec = 0;
    int r;

    if (!h)
        return err_set(e, -ENOMEM, "health: out of memory");
    h->loop = loop;
    h->bus = bus;
    pthread_mutex_init(&h->lock, NULL);
    h->dog = sd_watchdog_enabled(0, &dog_usec) > 0;
    h->period_ms = CHECK_MS;
    if (h->dog && dog_usec / 2000 < CHECK_MS)
        h->period_ms = dog_usec / 2000 > 0 ? (int64_t)(dog_usec / 2000) : 1;
    r = bus_on(bus, MSG_FAULT, health_on_fault, h, e);
    if (r >= 0)
        r = loop_timer_new(&h->timer, loop, health_on_timer, h, e);
    if (r < 0)
        return err_wrap(e, r, "health");
    h->next_usec = clock_mono_usec(loop_clock(loop)) + h->period_ms * 1000;
    loop_timer_set(h->timer, h->next_usec);
    *ret = STEAL(h);
    return 0;
}

struct health *health_free(struct health *h)
{
    if (!h)
        return NULL;
    bus_off(h->bus, h);
    loop_timer_free(h->timer);
    for (size_t i = 0; i < HEALTH_FAULTS_MAX; i++)
        free(h->faults[i].text);
    for (size_t i = 0; i < HEALTH_ROWS_MAX; i++)
        free(h->rows[i]);
    pthread_mutex_destroy(&h->lock);
    free(h);
    return NULL;
}

/* Lock held. The place of `row`; with NULL a free one. -1: none. */
static int row_place(const struct health *h, const struct health_row *row)
{
    for (int i = 0; i < HEALTH_ROWS_MAX; i++)
        if (h->rows[i] == row)
            return i;
    return -1;
}

int health_watch(struct health_row **ret, struct health *h, const char *name, unsigned deadline_ms,
                 struct err *e)
{
    struct health_row *row = calloc(1, sizeof(*row));
    int place;

    if (!row)
        return err_set(e, -ENOMEM, "health: out of memory");
    row->clock = loop_clock(h->loop);
    row->deadline_ms = deadline_ms;
    row->name = name;
    health_beat(row);
    pthread_mutex_lock(&h->lock);
    place = row_place(h, NULL);
    if (place >= 0)
        h->rows[place] = row;
    pthread_mutex_unlock(&h->lock);
    if (place < 0) {
        free(row);
        return err_set(e, -ENOSPC, "health: no place to watch the thread '%s' (at most %d)", name,
                       HEALTH_ROWS_MAX);
    }
    *ret = row;
    return 0;
}

static void health_forget(struct health *h, struct health_row *row)
{
    int place;

    if (!row)
        return;
    pthread_mutex_lock(&h->lock);
    place = row_place(h, row);
    if (must(place >= 0))
        h->rows[place] = NULL;
    pthread_mutex_unlock(&h->lock);
}

void health_unwatch(struct health *h, struct health_row *row)
{
    health_forget(h, row); /* nobody reports on it from here on */
    free(row);
}

void health_beat(struct health_row *row)
{
    if (row)
        atomic_store_explicit(&row->beat_usec, clock_mono_usec(row->clock), memory_order_relaxed);
}

void health_rest(struct health_row *row)
{
    if (row)
        atomic_store_explicit(&row->beat_usec, INT64_MAX, memory_order_relaxed);
}

static int watcher_begin(void **ret, const char *name, unsigned deadline_ms, void *user,
                         struct err *e)
{
    struct health_row *row = NULL;
    int r = health_watch(&row, user, name, deadline_ms, e);

    if (r >= 0)
        *ret = row;
    return r;
}

static void watcher_beat(void *row)
{
    health_beat(row);
}

static void watcher_rest(void *row)
{
    health_rest(row);
}

static void watcher_forget(void *row, void *user)
{
    health_forget(user, row);
}

struct worker_watch health_watcher(struct health *h)
{
    if (!h)
        return (struct worker_watch){ .begin = NULL };
    return (struct worker_watch){ watcher_begin, watcher_beat, watcher_rest, watcher_forget, free, h };
}

static cJSON *row_json(const struct health_row *row)
{
    AUTO_JSON *j = cJSON_CreateObject();
    int64_t late_ms = row_silent_ms(row) - (int64_t)row->deadline_ms;

    if (!j || !cJSON_AddStringToObject(j, "name", row->name) ||
        !cJSON_AddNumberToObject(j, "late_ms", late_ms > 0 ? (double)late_ms : 0) ||
        !cJSON_AddNumberToObject(j, "deadline_ms", row->deadline_ms))
        return NULL;
    return STEAL(j);
}

static cJSON *fault_json(const struct health *h, const struct health_fault *f)
{
    AUTO_JSON *j = cJSON_CreateObject();
    int64_t since_ms = (clock_mono_usec(loop_clock(h->loop)) - f->at_usec) / 1000;

    if (!j || !cJSON_AddStringToObject(j, "part", f->part) ||
        !cJSON_AddStringToObject(j, "text", f->text ? f->text : "") ||
        !json_put_int(j, "since_ms", since_ms > 0 ? since_ms : 0))
        return NULL;
    return STEAL(j);
}

static cJSON *health_faults_locked(struct health *h)
{
    AUTO_JSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < HEALTH_FAULTS_MAX; i++)
        if (h->faults[i].part && !json_push(list, fault_json(h, &h->faults[i])))
            return NULL;
    return STEAL(list);
}

static cJSON *health_report_locked(struct health *h)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *threads;

    if (!j || !cJSON_AddBoolToObject(j, "alive", !health_late(h)))
        return NULL;
    threads = cJSON_AddArrayToObject(j, "threads");
    if (!threads || !json_put(j, "faults", health_faults_locked(h)))
        return NULL;
    for (size_t i = 0; i < HEALTH_ROWS_MAX; i++)
        if (h->rows[i] && !json_push(threads, row_json(h->rows[i])))
            return NULL;
    return STEAL(j);
}

cJSON *health_report(struct health *h)
{
    cJSON *j;

    pthread_mutex_lock(&h->lock);
    j = health_report_locked(h);
    pthread_mutex_unlock(&h->lock);
    return j;
}
