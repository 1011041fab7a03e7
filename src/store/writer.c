/* SPDX-License-Identifier: Apache-2.0 */
/* store/writer.c - the thread that owns the writing connections.
 *
 * When a group is due:
 *     durable row            at once; what is posted during its fsync makes the next group
 *     best effort            LAZY_MS after it was posted
 *     states                 STATES_MS after the first one that waits: a chatty sensor must not
 *                            wear out the disk, and the house tells again after a start
 *     256 rows, flush, end   at once, states too
 * The waits are real time even where the store's clock is virtual: they only pace the disk. */
#include "store/writer.h"

#include "base/must.h"
#include "base/thread.h"
#include "base/worker.h"
#include "store/files.h"
#include "store/heals.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    LAZY_MS = 5000,
    STATES_MS = 5 * 60 * 1000,
    BEAT_MS = 500,
    OPEN_WAIT_MS = 3000,      /* store_open() waits no longer for a disk that hangs */
    END_WAIT_MS = 8000,       /* and the end not either */
    RESCUE_AT_START_MS = 100, /* the rest in the background */
    DOUBT_EVERY_MS = 3600 * 1000,
    STACK_BYTES = 512 << 10,
};

static const int64_t NEVER = INT64_MAX;

enum writer_phase { OPENING, OPEN, CLOSED };

struct told {
    enum store_notice kind;
    const char *well; /* the words for its end; constant */
    int code;         /* that was told; 0: well */
};

struct writer {
    struct store_opts opts; /* dir is borrowed from the store */
    struct guard *guard;    /* borrowed */
    struct worker *worker; /* owned; NULL: ended, or never begun */
    bool hangs;            /* it could not be ended */

    pthread_mutex_t lock; /* guards from here to `why` */
    pthread_cond_t wake;  /* CLOCK_MONOTONIC; for the writer, and once for writer_new() */
    struct queue queue;
    int64_t due_usec, states_due_usec; /* real monotonic; NEVER: nothing waits */
    _Atomic bool stop;
    bool flush; /* a flush waits: states too */
    enum writer_phase phase;
    unsigned generation;
    struct err why; /* CLOSED */

    struct files files;             /* the thread's own from here on */
    int64_t retry_ms;               /* store's clock; CLOSED: when it is tried again */
    struct heals heals;
    struct request *copies_waiting; /* backup requests for the next copy */
    struct request *copies_running; /* backup requests for the one under way */
    struct told disk, copies;       /* what is wrong with writing, and with making copies */
    int64_t again_ms;               /* store's clock; when a disk that is at fault is tried again */
    int64_t doubted_ms[FILE_N];     /* store's clock; the last check for a reader's sake */
    _Atomic unsigned doubts;        /* a bit a file */
    _Atomic uint64_t commits, rows, errors, wal_bytes, backups, checks;
};

static void count(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

/* ---- the queue ------------------------------------------------------------------------------ */

/* true: that is earlier than it was. */
static bool due_at(int64_t *due_usec, int64_t at_usec)
{
    bool earlier = at_usec < *due_usec;

    if (earlier)
        *due_usec = at_usec;
    return earlier;
}

/* Under the lock. */
static void writer_schedule(struct writer *w, const struct request *r)
{
    bool earlier;

    if (r->kind == REQUEST_DEVICE)
        earlier = due_at(&w->states_due_usec, clock_now_usec() + STATES_MS * INT64_C(1000));
    else if (r->kind == REQUEST_SESSION && !r->done && w->queue.n < GROUP_ROWS)
        earlier = due_at(&w->due_usec, clock_now_usec() + LAZY_MS * INT64_C(1000));
    else
        earlier = due_at(&w->due_usec, 0);
    w->flush = w->flush || r->kind == REQUEST_FLUSH || r->kind == REQUEST_BACKUP;
    if (earlier) /* a flood of states wakes nobody */
        pthread_cond_signal(&w->wake);
}

static bool row_is_value(const struct request *r)
{
    return r->kind == REQUEST_VALUE || r->kind == REQUEST_FORGET;
}

/* Who puts a row wants it kept, however often the disk has to be asked. */
static bool row_waits(const struct request *r)
{
    return r->kind == REQUEST_SESSION || row_is_value(r);
}

/* What waits was told with a reason. Who put a session asks no more; of a value it is told that this was not its
 * end, and once more when it is. */
static int request_wait(struct request *r, const struct err *why, struct err *e)
{
    must(row_waits(r) && why->code < 0);
    r->is_told = true;
    if (row_is_value(r))
        return err_set(e, why->code, "not done yet: %s", err_text(why));
    r->done = NULL;
    return err_set(e, why->code, "%s", err_text(why));
}

/* Under the lock, while it is closed: the caller is told why. */
static int post_closed(struct writer *w, struct request **r, struct err *e)
{
    struct request *replaced = NULL, *put = *r;

    if (row_waits(put) && queue_put(&w->queue, put, &replaced, NULL) >= 0) {
        *r = NULL;
        must(!replaced);
        return request_wait(put, &w->why, e);
    }
    return err_set(e, w->why.code, "%s", err_text(&w->why));
}

int writer_post(struct writer *w, struct request **r, struct err *e)
{
    struct request *replaced = NULL;
    int code;

    must((*r)->size >= sizeof(**r) && (*r)->why.code == 0);
    pthread_mutex_lock(&w->lock);
    must(!w->stop);
    if (w->phase == CLOSED && (*r)->kind != REQUEST_DEVICE) {
        code = post_closed(w, r, e);
    } else {
        code = queue_put(&w->queue, *r, &replaced, e);
        if (code >= 0)
            writer_schedule(w, STEAL(*r));
    }
    pthread_mutex_unlock(&w->lock);
    free(replaced);
    return code;
}

/* Under the lock. What stays in the list is due at once. */
static struct request *writer_take(struct writer *w)
{
    int64_t now = clock_now_usec();
    bool states = w->stop || w->flush || w->states_due_usec <= now;
    struct request *list;

    if (!states && w->due_usec > now)
        return NULL;
    list = queue_take(&w->queue, states);
    if (states)
        w->states_due_usec = NEVER;
    must(!states || w->queue.states_n == 0);
    w->due_usec = w->queue.n > 0 ? 0 : NEVER;
    w->flush = w->flush && w->queue.n > 0;
    return list;
}

/* Waits for a group to become due, at most `rest_ms`. false: the end, and nothing waits. */
static bool queue_wait(struct writer *w, int rest_ms, struct request **list)
{
    int64_t until_usec = clock_now_usec() + rest_ms * INT64_C(1000);
    bool goes_on, open;

    pthread_mutex_lock(&w->lock);
    queue_settle(&w->queue);
    open = w->phase == OPEN;
    while (!w->stop && clock_now_usec() < until_usec) {
        int64_t at_usec = until_usec;
        struct timespec ts;

        if (open) {
            due_at(&at_usec, w->due_usec);
            due_at(&at_usec, w->states_due_usec);
        }
        if (at_usec <= clock_now_usec())
            break;
        ts = clock_timespec(at_usec);
        pthread_cond_timedwait(&w->wake, &w->lock, &ts);
    }
    *list = open || w->stop ? writer_take(w) : NULL;
    goes_on = !w->stop || *list;
    pthread_mutex_unlock(&w->lock);
    return goes_on;
}

/* ---- answers and notices -------------------------------------------------------------------- */

static void writer_notice(struct writer *w, enum store_notice kind, int code, const char *text)
{
    if (w->opts.notice)
        w->opts.notice(kind, code, text, w->opts.user);
}

static void request_answer(struct request *r)
{
    must(r->why.code <= 0);
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
static void judge(struct writer *w, struct told *t, const struct err *fault, bool worked)
{
    if (fault->code < 0 && fault->code != t->code) {
        t->code = fault->code;
        writer_notice(w, t->kind, fault->code, err_text(fault));
    } else if (fault->code == 0 && worked && t->code) {
        t->code = 0;
        writer_notice(w, t->kind, 0, t->well);
    }
}

static void writer_judge(struct writer *w, const struct err *fault, bool worked)
{
    if (fault->code < 0)
        w->again_ms = clock_mono_ms(w->opts.clock) + WRITER_RETRY_MS;
    judge(w, &w->disk, fault, worked);
}

static void writer_measure(struct writer *w)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < FILE_N; i++) {
        char path[STORE_PATH_BYTES + 64];
        struct stat st;

        snprintf(path, sizeof(path), "%s/%s-wal", w->opts.dir, store_schemas[i].name);
        if (stat(path, &st) == 0)
            bytes += (uint64_t)st.st_size;
    }
    atomic_store_explicit(&w->wal_bytes, bytes, memory_order_relaxed);
}

/* ---- groups --------------------------------------------------------------------------------- */

static bool state_waits_again(const struct request *r)
{
    return r->kind == REQUEST_DEVICE && r->why.code < 0 && r->why.code != -EINVAL;
}

static void state_put_back(struct writer *w, struct request *r)
{
    pthread_mutex_lock(&w->lock);
    queue_put_back(&w->queue, r);
    due_at(&w->states_due_usec, clock_now_usec() + STATES_MS * INT64_C(1000));
    pthread_mutex_unlock(&w->lock);
}

/* What its caller got wrong stays wrong. */
static bool row_waits_again(const struct request *r)
{
    return row_waits(r) && r->why.code < 0 && r->why.code != -EINVAL && r->why.code != -E2BIG;
}

/* Whoever asked knows; what he asked for waits on. */
static void request_tell(struct request *r)
{
    store_done_fn done = r->is_told ? NULL : r->done;
    struct err told = ERR_INIT;

    request_wait(r, &r->why, &told);
    if (done)
        done(told.code, err_text(&told), r->user);
    r->why = ERR_INIT;
}

/* Not at once: newcomers try, or writer_again(). */
static void rows_put_back(struct writer *w, struct request *list)
{
    pthread_mutex_lock(&w->lock);
    if (w->queue.n == 0)
        w->due_usec = NEVER;
    queue_put_first(&w->queue, list);
    pthread_mutex_unlock(&w->lock);
}

/* Backups are answered when their copy is made, the rest at once. */
static void writer_answer_group(struct writer *w, struct request *list, bool last)
{
    struct request *again = NULL, **end = &again;

    while (list) {
        struct request *r = list;

        list = r->next;
        if (r->kind == REQUEST_BACKUP && r->why.code == 0) {
            r->next = w->copies_waiting;
            w->copies_waiting = r;
        } else if (!last && state_waits_again(r)) {
            state_put_back(w, r);
        } else if (!last && row_waits_again(r)) {
            request_tell(r);
            *end = r;
            end = &r->next;
        } else {
            request_answer(r);
        }
    }
    *end = NULL;
    if (again)
        rows_put_back(w, again);
}

/* Appends all that waits in the list, with the reason why it was not tried. */
static void group_add_rest(struct writer *w, struct request **list, const struct err *why)
{
    struct request *rest, **end = list;

    while (*end)
        end = &(*end)->next;
    pthread_mutex_lock(&w->lock);
    while ((rest = queue_take(&w->queue, false)))
        for (*end = rest; *end; end = &(*end)->next)
            (*end)->why = *why;
    must(w->queue.n == 0);
    w->due_usec = NEVER;
    w->flush = false;
    pthread_mutex_unlock(&w->lock);
}

static void group_acknowledged(struct writer *w, const struct request *list)
{
    for (const struct request *r = list; r; r = r->next)
        if (r->kind == REQUEST_ACKNOWLEDGE && r->why.code == 0)
            files_acknowledged(&w->files);
}

static void writer_group(struct writer *w, struct request *list)
{
    struct group_result g;

    must(w->files.upkeep && w->phase == OPEN);
    group_commit(w->files.rows, list, &g);
    if (g.fault.code < 0 && g.commits == 0 && !w->stop)
        group_add_rest(w, &list, &g.fault);
    count(&w->commits, g.commits);
    count(&w->rows, g.rows);
    count(&w->errors, g.errors);
    writer_measure(w);
    if (g.commits > 0)
        upkeep_wrote(w->files.upkeep);
    writer_judge(w, &g.fault, g.commits > 0);
    group_acknowledged(w, list);
    writer_answer_group(w, list, w->stop);
}

/* ---- upkeep --------------------------------------------------------------------------------- */

/* The words of a loss, where they are to survive. */
static void writer_keep_losses(struct writer *w)
{
    struct err e = ERR_INIT;
    const int r = files_keep_losses(&w->files, &e);

    writer_judge(w, &e, r > 0 && w->phase == OPEN); /* this thread alone changes it */
}

static void upkeep_told(struct writer *w, const struct upkeep_event *ev)
{
    static const struct err well = { 0, "" };

    switch (ev->kind) {
    case UPKEEP_COPIED:
        count(&w->backups, 1);
        judge(w, &w->copies, &well, true);
        answer_list(&w->copies_running, NULL);
        break;
    case UPKEEP_CHECKED:
        count(&w->checks, 1);
        break;
    case UPKEEP_RESCUED:
        files_rescued(&w->files, ev->file, ev->words);
        writer_keep_losses(w);
        break;
    case UPKEEP_FAILED:
        count(&w->errors, 1);
        if (!ev->of_backup)
            writer_judge(w, &ev->why, false);
        else if (w->opts.backup_hours > 0) /* it is tried again, else only who asked for it need know */
            judge(w, &w->copies, &ev->why, false);
        if (ev->of_backup)
            answer_list(&w->copies_running, &ev->why);
        break;
    case UPKEEP_NOTHING:
        break;
    }
}

static void writer_doubts(struct writer *w)
{
    unsigned doubts = atomic_exchange_explicit(&w->doubts, 0, memory_order_relaxed);
    int64_t now_ms = clock_mono_ms(w->opts.clock);

    for (size_t i = 0; i < FILE_N; i++) {
        if (!(doubts & 1u << i) || now_ms < w->doubted_ms[i] + DOUBT_EVERY_MS)
            continue;
        w->doubted_ms[i] = now_ms;
        upkeep_check(w->files.upkeep, (enum store_file)i, 0);
    }
}

static void writer_upkeep(struct writer *w)
{
    struct upkeep_event ev;

    if (w->copies_waiting && upkeep_backup(w->files.upkeep)) {
        must(!w->copies_running);
        w->copies_running = w->copies_waiting;
        w->copies_waiting = NULL;
    }
    writer_doubts(w);
    upkeep_run(w->files.upkeep, &ev);
    upkeep_told(w, &ev);
}

/* ---- opening and closing -------------------------------------------------------------------- */

static void writer_close(struct writer *w, const char *why)
{
    struct err ended = ERR_INIT;

    err_set(&ended, -ECANCELED, "%s before the backup was made", why);
    answer_list(&w->copies_running, &ended);
    answer_list(&w->copies_waiting, &ended);
    files_close(&w->files);
}

static void writer_phase(struct writer *w, enum writer_phase phase, const struct err *why)
{
    pthread_mutex_lock(&w->lock);
    must(phase == CLOSED ? why->code < 0 : why->code == 0);
    must(phase != OPENING || w->phase == OPEN); /* to be healed */
    must(phase != OPEN || w->phase != OPEN);
    must((phase == OPEN) == (w->files.upkeep && phase != OPENING));
    w->phase = phase;
    w->why = *why;
    w->generation += phase == OPEN;
    if (phase == OPEN) { /* what has waited for it */
        due_at(&w->states_due_usec, w->queue.states_n > 0 ? 0 : NEVER);
        due_at(&w->due_usec, w->queue.n > 0 ? 0 : NEVER);
    }
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

/* What was accepted before the store was closed is answered; rows wait on. */
static void refuse_list(struct writer *w, const struct err *why)
{
    struct request *list = NULL;

    must(w->phase == CLOSED && why->code < 0);
    group_add_rest(w, &list, why);
    writer_answer_group(w, list, false);
}

/* A rescue that is due begins at once: a small file is whole again before anybody asks. */
static void writer_rescue_some(struct writer *w)
{
    int64_t until_usec = clock_now_usec() + RESCUE_AT_START_MS * INT64_C(1000);

    while (upkeep_rescues(w->files.upkeep) && clock_now_usec() < until_usec)
        writer_upkeep(w);
}

/* Closed until the store's clock has gone `rest_ms` further. */
static void writer_shut(struct writer *w, int64_t rest_ms, const struct err *why)
{
    must(rest_ms > 0 && why->code < 0);
    writer_close(w, "the store was closed");
    w->retry_ms = clock_mono_ms(w->opts.clock) + rest_ms;
    writer_judge(w, why, false); /* told before store_open() returns */
    writer_phase(w, CLOSED, why);
    refuse_list(w, why);
}

/* Every new file is damaged as well: -EIO, because it is the disk that fails. */
static void writer_give_up(struct writer *w, int64_t rest_ms)
{
    struct err why = ERR_INIT;

    err_set(&why, -EIO,
            "the store is closed and tries again later: the disk damaged its files %d times in a "
            "row; check the disk, and replace a worn memory card",
            HEALS_MAX + 1);
    writer_shut(w, rest_ms, &why);
}

static void writer_open(struct writer *w)
{
    struct err e = ERR_INIT, why = ERR_INIT;
    int r = files_open(&w->files, &e);
    int64_t rest_ms = r == -EUCLEAN ? heals_take(&w->heals, clock_mono_ms(w->opts.clock)) : 0;

    if (r >= 0) {
        writer_rescue_some(w);
        writer_phase(w, OPEN, &why);
        writer_judge(w, &why, true);
        writer_keep_losses(w);
        return;
    }
    if (rest_ms > 0) { /* even the empty file that took the damaged one's place */
        writer_give_up(w, rest_ms);
        return;
    }
    err_set(&why, r, "the store is closed and tries again every %d s: %s", WRITER_RETRY_MS / 1000,
            err_text(&e));
    writer_shut(w, WRITER_RETRY_MS, &why);
}

/* A file turned out damaged in use: it is moved aside, and its rows are saved. */
static void writer_heal(struct writer *w)
{
    static const struct err none = { 0, "" };
    int64_t rest_ms;

    if (!files_damaged(&w->files))
        return;
    rest_ms = heals_take(&w->heals, clock_mono_ms(w->opts.clock));
    if (rest_ms > 0) {
        writer_give_up(w, rest_ms);
        return;
    }
    writer_phase(w, OPENING, &none);
    writer_close(w, "a file is damaged, and the store was closed");
    writer_open(w);
}

/* ---- the thread ----------------------------------------------------------------------------- */

static int writer_rest_ms(struct writer *w)
{
    int rest_ms = w->files.upkeep ? upkeep_rest_ms(w->files.upkeep) : -1;

    if (w->copies_waiting && w->files.upkeep)
        return 0;
    return rest_ms < 0 ? BEAT_MS : rest_ms;
}

/* Does the disk take something again? What waits is tried, else a small write. */
static void writer_again(struct writer *w)
{
    struct err e = ERR_INIT;
    bool waits;
    int r;

    if (w->disk.code == 0 || clock_mono_ms(w->opts.clock) < w->again_ms)
        return;
    w->again_ms = clock_mono_ms(w->opts.clock) + WRITER_RETRY_MS;
    pthread_mutex_lock(&w->lock);
    waits = w->queue.n > 0 || w->queue.states_n > 0;
    due_at(&w->due_usec, w->queue.n > 0 ? 0 : NEVER);
    due_at(&w->states_due_usec, w->queue.states_n > 0 ? 0 : NEVER);
    pthread_mutex_unlock(&w->lock);
    r = files_keep_losses(&w->files, &e);
    if (r >= 0 && !waits)
        r = rows_probe(w->files.rows, &e);
    writer_judge(w, &e, r >= 0 && !waits);
}

static void writer_work(struct writer *w, struct request *list)
{
    must((w->files.upkeep != NULL) == (w->phase == OPEN));
    if (!w->files.upkeep) { /* closed: phase changes on this thread alone */
        answer_list(&list, &w->why);
        if (clock_mono_ms(w->opts.clock) >= w->retry_ms)
            writer_open(w);
        return;
    }
    if (list)
        writer_group(w, list);
    writer_again(w);
    writer_upkeep(w);
    writer_heal(w);
}

static void writer_run(struct worker *worker, void *user)
{
    struct writer *w = user;
    struct request *list = NULL;

    guard_own(w->guard);
    writer_open(w);
    while (queue_wait(w, writer_rest_ms(w), &list)) {
        writer_work(w, list);
        worker_beat(worker);
    }
    writer_close(w, "the store was closed");
}

static void writer_wake(void *user)
{
    struct writer *w = user;

    w->stop = true; /* before the lock: who waits has looked under it, or looks again */
    pthread_mutex_lock(&w->lock);
    pthread_cond_broadcast(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

static int writer_start(struct writer *w, struct err *e)
{
    const struct worker_opts o = {
        .name = "store",
        .deadline_ms = w->opts.deadline_ms,
        .watch = w->opts.watch,
        .main = writer_run,
        .wake = writer_wake,
        .user = w,
        .stack_bytes = STACK_BYTES,
    };

    pthread_mutex_init(&w->lock, NULL);
    thread_cond_init(&w->wake);
    return worker_start(&w->worker, &o, e);
}

/* Until the first try to open the files is over, or the disk seems to hang. */
static void writer_await(struct writer *w)
{
    const struct timespec until = clock_timespec(clock_now_usec() + OPEN_WAIT_MS * INT64_C(1000));

    pthread_mutex_lock(&w->lock);
    while (w->phase == OPENING && w->generation == 0 &&
           pthread_cond_timedwait(&w->wake, &w->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&w->lock);
}

int writer_new(struct writer **ret, const struct store_opts *o, struct guard *guard, struct err *e)
{
    struct writer *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return err_set(e, -ENOMEM, "store: out of memory");
    w->opts = *o;
    w->guard = guard;
    w->files = (struct files){ .opts = &w->opts, .guard = guard };
    w->disk = (struct told){ STORE_NOTICE_FAULT, "the store works again", 0 };
    w->copies = (struct told){ STORE_NOTICE_BACKUP, "the copies are made again", 0 };
    queue_init(&w->queue);
    w->due_usec = w->states_due_usec = NEVER;
    for (size_t i = 0; i < FILE_N; i++)
        w->doubted_ms[i] = -DOUBT_EVERY_MS;
    r = writer_start(w, e); /* makes also what writer_free() needs */
    if (r < 0) {
        writer_free(w);
        return err_wrap(e, r, "store");
    }
    writer_await(w);
    *ret = w;
    return 0;
}

int writer_end(struct writer *w)
{
    int wait_ms;

    if (!w || !w->worker)
        return w && w->hangs ? -ETIMEDOUT : 0;
    wait_ms = w->opts.end_wait_ms > 0 ? w->opts.end_wait_ms : END_WAIT_MS;
    w->hangs = worker_end(STEAL(w->worker), wait_ms) < 0;
    return w->hangs ? -ETIMEDOUT : 0;
}

void writer_free(struct writer *w)
{
    if (!w)
        return;
    must(!w->worker && !w->hangs);
    must(!w->copies_running && !w->copies_waiting && !w->queue.first);
    queue_done(&w->queue);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

int writer_state(struct writer *w, unsigned *generation, struct err *e)
{
    struct err why;
    enum writer_phase phase;

    pthread_mutex_lock(&w->lock);
    phase = w->phase;
    why = w->why;
    *generation = w->generation;
    pthread_mutex_unlock(&w->lock);
    must(phase != OPEN || *generation > 0);
    if (phase == OPEN)
        return 0;
    if (phase == OPENING)
        return err_set(e, -EAGAIN, "the store is being opened");
    return err_set(e, why.code, "%s", err_text(&why));
}

void writer_doubt(struct writer *w, unsigned file)
{
    if (must(file < FILE_N))
        atomic_fetch_or_explicit(&w->doubts, 1u << file, memory_order_relaxed);
}

void writer_stats(struct writer *w, struct store_stats *ret)
{
    *ret = (struct store_stats){
        .commits = atomic_load_explicit(&w->commits, memory_order_relaxed),
        .rows = atomic_load_explicit(&w->rows, memory_order_relaxed),
        .errors = atomic_load_explicit(&w->errors, memory_order_relaxed),
        .wal_bytes = atomic_load_explicit(&w->wal_bytes, memory_order_relaxed),
        .backups = atomic_load_explicit(&w->backups, memory_order_relaxed),
        .checks = atomic_load_explicit(&w->checks, memory_order_relaxed),
        .violations = guard_violations(w->guard),
    };
    pthread_mutex_lock(&w->lock);
    ret->open = w->phase == OPEN;
    ret->queued = w->queue.n;
    ret->queued_bytes = w->queue.bytes;
    ret->states = w->queue.states_n;
    pthread_mutex_unlock(&w->lock);
}
