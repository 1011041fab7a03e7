/* SPDX-License-Identifier: Apache-2.0 */
/* store/writer.c - the thread that owns the writing connections.
 *
 * When a group is due:
 *     durable row            20 ms after it was posted (the first of the group counts)
 *     best effort            5 s after it was posted: a chatty sensor must not wear out the disk
 *     256 rows, flush, end   at once
 * The waits are real time even where the store's clock is virtual: they only pace the disk. */
#include "store/writer.h"

#include "base/file.h"
#include "store/group.h"
#include "store/recover.h"
#include "store/upkeep.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    GROUP_MS = 20,
    LAZY_MS = 5000,
    GROUP_ROWS = 256,
    BEAT_MS = 500,
    STACK_BYTES = 512 << 10,
};

static const int64_t HISTORY_BYTES_MAX = INT64_C(256) << 20;

struct writer {
    struct store_opts opts; /* dir is borrowed from the store */
    struct guard *guard;    /* borrowed */
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* guards from here to `open_why` */
    pthread_cond_t wake;  /* CLOCK_MONOTONIC; for the writer, and once for writer_new() */
    struct request *first, **last;
    unsigned n;
    int64_t due_usec; /* real monotonic; INT64_MAX: nothing waits */
    bool stop;
    bool opened; /* the thread has opened the files, or failed to */
    struct err open_why;

    struct rows files[FILE_N]; /* the thread's own from here on */
    struct upkeep *upkeep;
    struct request *copies_waiting; /* backup requests for the next copy */
    struct request *copies_running; /* backup requests for the one under way */
    int fault;                      /* code that was told; 0: well */
    _Atomic uint64_t commits, rows, errors, wal_bytes, backups;
};

static void count(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

/* ---- the queue ------------------------------------------------------------------------------ */

static int64_t request_due_usec(const struct request *r)
{
    if (r->kind == REQUEST_FLUSH || r->kind == REQUEST_BACKUP)
        return 0;
    return clock_now_usec() + (r->done ? GROUP_MS : LAZY_MS) * INT64_C(1000);
}

int writer_post(struct writer *w, struct request *r, struct err *e)
{
    int64_t due_usec = request_due_usec(r);
    bool full;

    r->next = NULL;
    pthread_mutex_lock(&w->lock);
    full = w->n >= STORE_QUEUE_MAX;
    if (!full) {
        *w->last = r;
        w->last = &r->next;
        w->n++;
        if (w->n >= GROUP_ROWS)
            due_usec = 0;
        if (due_usec < w->due_usec) {
            w->due_usec = due_usec;
            pthread_cond_signal(&w->wake);
        }
    }
    pthread_mutex_unlock(&w->lock);
    if (full)
        return err_set(e, -EOVERFLOW, "store: %d rows wait for the disk already", STORE_QUEUE_MAX);
    return 0;
}

/* Cuts up to GROUP_ROWS requests off the queue. What stays is due at once. */
static struct request *queue_take(struct writer *w)
{
    struct request *list = w->first, **end = &w->first;
    unsigned n = 0;

    while (*end && n < GROUP_ROWS) {
        end = &(*end)->next;
        n++;
    }
    if (n == 0)
        return NULL;
    w->first = *end;
    if (!w->first)
        w->last = &w->first;
    *end = NULL;
    w->n -= n;
    w->due_usec = w->n > 0 ? 0 : INT64_MAX;
    return list;
}

/* Waits for a group to become due, but no longer than a beat, and not at all while there is
 * upkeep to do. false: the end, and nothing waits. */
static bool queue_wait(struct writer *w, bool busy, struct request **list)
{
    int64_t until_usec = clock_now_usec() + (busy ? 0 : BEAT_MS * INT64_C(1000));
    bool goes_on;

    pthread_mutex_lock(&w->lock);
    while (!w->stop && w->due_usec > clock_now_usec() && clock_now_usec() < until_usec) {
        int64_t at_usec = w->due_usec < until_usec ? w->due_usec : until_usec;
        const struct timespec ts = clock_timespec(at_usec);

        pthread_cond_timedwait(&w->wake, &w->lock, &ts);
    }
    *list = w->stop || w->due_usec <= clock_now_usec() ? queue_take(w) : NULL;
    goes_on = !w->stop || *list;
    pthread_mutex_unlock(&w->lock);
    return goes_on;
}

/* ---- answers -------------------------------------------------------------------------------- */

static void writer_notice(struct writer *w, int code, const char *text)
{
    if (w->opts.notice)
        w->opts.notice(code, text, w->opts.user);
}

static void request_answer(struct request *r)
{
    if (r->done)
        r->done(r->why.code, r->why.code ? err_text(&r->why) : "", r->user);
    free(r);
}

static void answer_list(struct request **list, const struct err *why)
{
    while (*list) {
        struct request *r = *list;

        *list = r->next;
        if (why)
            r->why = *why;
        request_answer(r);
    }
}

/* A fault is told when it comes, when it changes, and when it has gone. */
static void writer_judge(struct writer *w, const struct err *fault, bool worked)
{
    if (fault->code < 0 && fault->code != w->fault) {
        w->fault = fault->code;
        writer_notice(w, fault->code, err_text(fault));
    } else if (fault->code == 0 && worked && w->fault) {
        w->fault = 0;
        writer_notice(w, 0, "the store works again");
    }
}

static void writer_measure(struct writer *w)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < FILE_N; i++) {
        char path[STORE_PATH_BYTES + 64];
        struct stat st;

        snprintf(path, sizeof(path), "%s/%s-wal", w->opts.dir, w->files[i].name);
        if (stat(path, &st) == 0)
            bytes += (uint64_t)st.st_size;
    }
    atomic_store_explicit(&w->wal_bytes, bytes, memory_order_relaxed);
}

/* ---- the thread ----------------------------------------------------------------------------- */

/* Backups are answered when their copy is made, the rest at once. */
static void writer_answer_group(struct writer *w, struct request *list)
{
    while (list) {
        struct request *r = list;

        list = r->next;
        if (r->kind == REQUEST_BACKUP) {
            r->next = w->copies_waiting;
            w->copies_waiting = r;
        } else {
            request_answer(r);
        }
    }
}

static void writer_group(struct writer *w, struct request *list)
{
    struct group_result g;

    group_commit(w->files, list, &g);
    count(&w->commits, g.commits);
    count(&w->rows, g.rows);
    count(&w->errors, g.errors);
    writer_measure(w);
    writer_judge(w, &g.fault, g.commits > 0);
    writer_answer_group(w, list);
}

static void writer_upkeep(struct writer *w)
{
    struct err e = ERR_INIT;

    if (w->copies_waiting && upkeep_backup(w->upkeep)) {
        w->copies_running = w->copies_waiting;
        w->copies_waiting = NULL;
    }
    switch (upkeep_run(w->upkeep, &e)) {
    case UPKEEP_COPIED:
        count(&w->backups, 1);
        writer_judge(w, &e, true);
        answer_list(&w->copies_running, NULL);
        break;
    case UPKEEP_FAILED:
        count(&w->errors, 1);
        writer_judge(w, &e, false);
        answer_list(&w->copies_running, &e);
        break;
    case UPKEEP_NOTHING:
        break;
    }
}

static int writer_open_file(struct writer *w, size_t i, struct err *e)
{
    struct rows *f = &w->files[i];
    const struct backup_place place = { w->opts.dir, store_schemas[i].name, guard_vfs(w->guard) };
    struct err said = ERR_INIT;
    int r;

    f->name = store_schemas[i].name;
    r = recover_open(&f->db, &place, &store_schemas[i], w->opts.clock, &said, e);
    if (r > 0) {
        w->fault = said.code;
        writer_notice(w, said.code, err_text(&said));
    }
    return r;
}

static int writer_open(struct writer *w, struct err *e)
{
    const struct upkeep_opts o = {
        .files = w->files,
        .dir = w->opts.dir,
        .vfs = guard_vfs(w->guard),
        .clock = w->opts.clock,
        .history_days = w->opts.history_days,
        .backup_hours = w->opts.backup_hours,
        .history_bytes_max = HISTORY_BYTES_MAX,
    };
    int r = file_mkdirs(w->opts.dir, 0750, e);

    for (size_t i = 0; i < FILE_N && r >= 0; i++)
        r = writer_open_file(w, i, e);
    if (r >= 0)
        r = rows_prepare(w->files, e);
    return r < 0 ? r : upkeep_new(&w->upkeep, &o, e);
}

static void writer_close(struct writer *w)
{
    const struct err ended = { -ECANCELED, "the store was closed before the backup was made" };

    w->upkeep = upkeep_free(w->upkeep);
    answer_list(&w->copies_running, &ended);
    answer_list(&w->copies_waiting, &ended);
    rows_done(w->files);
}

static void writer_loop(struct writer *w)
{
    struct request *list = NULL;

    while (queue_wait(w, upkeep_is_busy(w->upkeep) || w->copies_waiting, &list)) {
        if (list)
            writer_group(w, list);
        writer_upkeep(w);
        if (w->opts.beat)
            w->opts.beat(w->opts.user);
    }
}

static void *writer_run(void *user)
{
    struct writer *w = user;
    struct err why = ERR_INIT;

    pthread_setname_np(pthread_self(), "store");
    guard_own(w->guard);
    if (writer_open(w, &why) >= 0)
        why = ERR_INIT; /* words of what was tried and mended on the way */
    pthread_mutex_lock(&w->lock);
    w->opened = true;
    w->open_why = why;
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
    if (why.code == 0)
        writer_loop(w);
    writer_close(w);
    return NULL;
}

static int writer_start(struct writer *w)
{
    pthread_condattr_t monotonic;
    pthread_attr_t attr;
    int r;

    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    r = pthread_create(&w->thread, &attr, writer_run, w);
    pthread_attr_destroy(&attr);
    w->started = r == 0;
    return -r;
}

int writer_new(struct writer **ret, const struct store_opts *o, struct guard *guard, struct err *e)
{
    AUTO(writer_freep) struct writer *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return err_set(e, -ENOMEM, "store: out of memory");
    w->opts = *o;
    w->guard = guard;
    w->last = &w->first;
    w->due_usec = INT64_MAX;
    r = writer_start(w); /* makes also what writer_free() needs */
    if (r < 0)
        return err_set(e, r, "store: no writer thread: %s", strerror(-r));
    pthread_mutex_lock(&w->lock);
    while (!w->opened)
        pthread_cond_wait(&w->wake, &w->lock);
    pthread_mutex_unlock(&w->lock);
    if (w->open_why.code < 0)
        return err_set(e, w->open_why.code, "store: %s", err_text(&w->open_why));
    *ret = STEAL(w);
    return 0;
}

struct writer *writer_free(struct writer *w)
{
    if (!w)
        return NULL;
    if (w->started) {
        pthread_mutex_lock(&w->lock);
        w->stop = true;
        pthread_cond_broadcast(&w->wake);
        pthread_mutex_unlock(&w->lock);
        pthread_join(w->thread, NULL);
    }
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return NULL;
}

void writer_stats(struct writer *w, struct store_stats *ret)
{
    *ret = (struct store_stats){
        .commits = atomic_load_explicit(&w->commits, memory_order_relaxed),
        .rows = atomic_load_explicit(&w->rows, memory_order_relaxed),
        .errors = atomic_load_explicit(&w->errors, memory_order_relaxed),
        .wal_bytes = atomic_load_explicit(&w->wal_bytes, memory_order_relaxed),
        .backups = atomic_load_explicit(&w->backups, memory_order_relaxed),
        .violations = guard_violations(w->guard),
    };
    pthread_mutex_lock(&w->lock);
    ret->queued = w->n;
    pthread_mutex_unlock(&w->lock);
}
