/* SPDX-License-Identifier: Apache-2.0 */
/* core/filter.c - the ordered filter step.
 *
 * A run keeps its place by the order number and the age of the filter that it asked last, not by a
 * pointer: filters may come and go while it waits. */
#include "core/filter.h"

#include "base/must.h"
#include "base/str.h"
#include "base/utf8.h"
#include "core/deadlines.h"

#include <string.h>

struct filter {
    struct filter_def def;
    uint64_t age; /* rises with each filter_add() */
};

struct filter_run {
    struct filters *filters;
    uint64_t id;             /* another run may begin at the address of one that has ended */
    struct filter_run *next;
    struct filter_text head; /* text is NULL here */
    char *text;              /* owned; what the filters made of it so far */
    filter_done_fn done;
    void *user;
    int order;               /* of the filter asked last, with its age */
    uint64_t age;
    uint64_t ticket;         /* 0: nobody is asked */
    bool is_left;            /* the filter that was asked is gone */
    int64_t until_usec;      /* for all filters together */
    struct loop_timer *timer; /* owned */
};

struct filters {
    struct loop *loop;                /* borrowed */
    struct filter list[FILTERS_MAX];  /* by point, order and age */
    size_t n;
    struct filter_run *runs;          /* owned by their owners */
    uint64_t ages, tickets;
    struct filters_stats stats;
};

static bool filter_is_before(const struct filter *a, const struct filter *b)
{
    if (a->def.point != b->def.point)
        return a->def.point < b->def.point;
    return a->def.order != b->def.order ? a->def.order < b->def.order : a->age < b->age;
}

static void filters_check(const struct filters *f)
{
    must(f->n <= FILTERS_MAX);
    for (size_t i = 1; i < f->n; i++)
        invariant(filter_is_before(&f->list[i - 1], &f->list[i]));
}

int filter_add(struct filters *f, const struct filter_def *def, struct err *e)
{
    struct filter one = { .def = *def, .age = ++f->ages };
    size_t at = f->n;

    must(def->fn && def->point < FILTER_POINT_N);
    if (f->n == FILTERS_MAX)
        return err_set(e, -ENOSPC, "filter %s: there are %d already", def->name, FILTERS_MAX);
    for (; at > 0 && filter_is_before(&one, &f->list[at - 1]); at--)
        f->list[at] = f->list[at - 1];
    f->list[at] = one;
    f->n++;
    filters_check(f);
    return 0;
}

bool filters_are_none(const struct filters *f, enum filter_point point)
{
    for (size_t i = 0; f && i < f->n; i++)
        if (f->list[i].def.point == point)
            return false;
    return true;
}

/* ---- a run ----------------------------------------------------------------------------- */

/* The first filter behind the one that was asked last. */
static const struct filter *run_next(const struct filter_run *r)
{
    const struct filter last = { .def = { .point = r->head.point, .order = r->order },
                                 .age = r->age };

    for (size_t i = 0; i < r->filters->n; i++) {
        const struct filter *one = &r->filters->list[i];

        if (one->def.point == r->head.point && filter_is_before(&last, one))
            return one;
    }
    return NULL;
}

static void run_end(struct filter_run *r, enum filter_verdict verdict)
{
    filter_done_fn done = r->done;
    void *user = r->user;
    AUTO_FREE char *text = STEAL(r->text);

    filter_drop(r);
    done(verdict, text ? text : "", user);
}

/* Takes `replace`. false: the text is stopped. */
static bool run_take(struct filter_run *r, enum filter_verdict verdict, char *replace)
{
    AUTO_FREE char *text = replace;
    struct filters_stats *s = &r->filters->stats;

    if (verdict == FILTER_STOP)
        s->stopped++;
    if (verdict == FILTER_REPLACE && text && utf8_is_valid(text, strlen(text))) {
        s->replaced++;
        if (strlen(text) > FILTER_TEXT_BYTES_MAX) {
            text[FILTER_TEXT_BYTES_MAX] = '\0';
            for (size_t n = FILTER_TEXT_BYTES_MAX; n > 0 && !utf8_is_valid(text, n);)
                text[--n] = '\0';
        }
        free(r->text);
        r->text = STEAL(text);
    }
    return verdict != FILTER_STOP;
}

static int64_t run_now(const struct filter_run *r)
{
    return clock_mono_usec(loop_clock(r->filters->loop));
}

/* Waits for the filter that was asked; not longer than all may take. */
static void run_wait(struct filter_run *r, const struct filter *f)
{
    int64_t at = run_now(r) + f->def.deadline_ms * 1000;

    loop_timer_set(r->timer, at < r->until_usec ? at : r->until_usec);
}

/* Is the run still there? A filter may have made its owner drop it. */
static bool run_is_alive(const struct filters *f, uint64_t id)
{
    for (const struct filter_run *r = f->runs; r; r = r->next)
        if (r->id == id)
            return true;
    return false;
}

/* Asks filter after filter until one needs time or none is left. */
static void run_on(struct filter_run *r)
{
    struct filters *all = r->filters;
    const uint64_t id = r->id;
    const struct filter *f;

    must(r->ticket == 0 && r->text);
    while ((f = run_next(r))) {
        const struct filter one = *f; /* it may remove itself */
        struct filter_text t = r->head;
        char *replace = NULL;
        enum filter_verdict verdict;
        uint64_t ticket;

        t.text = r->text;
        r->order = one.def.order;
        r->age = one.age;
        r->ticket = ++all->tickets;
        run_wait(r, &one);
        ticket = r->ticket;
        verdict = one.def.fn(&t, ticket, &replace, one.def.user);
        if (!run_is_alive(all, id) || r->ticket != ticket) {
            free(replace); /* dropped, or answered, from within */
            return;
        }
        if (verdict == FILTER_LATER)
            return;
        r->ticket = 0;
        if (!run_take(r, verdict, replace)) {
            run_end(r, FILTER_STOP);
            return;
        }
    }
    run_end(r, FILTER_PASS);
}

static void run_on_late(void *user)
{
    struct filter_run *r = user;

    must(r->ticket != 0);
    r->filters->stats.late += r->is_left ? 0 : 1;
    r->is_left = false;
    r->ticket = 0;
    if (run_now(r) >= r->until_usec)
        run_end(r, FILTER_PASS); /* the others had no time left */
    else
        run_on(r);
}

static int run_new(struct filter_run **ret, struct filters *f, const struct filter_text *t,
                   struct err *e)
{
    AUTO(filter_dropp) struct filter_run *r = calloc(1, sizeof(*r));
    int code;

    if (!r)
        return err_set(e, -ENOMEM, "filter: out of memory");
    r->filters = f;
    r->next = f->runs;
    f->runs = r;
    r->head = *t;
    r->head.text = NULL;
    r->order = INT32_MIN;
    r->text = str_dup(t->text);
    if (!r->text)
        return err_set(e, -ENOMEM, "filter: out of memory");
    code = loop_timer_new(&r->timer, f->loop, run_on_late, r, e);
    if (code < 0)
        return code;
    r->until_usec = run_now(r) + (int64_t)DEADLINE_FILTER_MS * 1000;
    *ret = STEAL(r);
    return 0;
}

int filter_run(struct filter_run **ret, struct filters *f, const struct filter_text *t,
               filter_done_fn done, void *user, struct err *e)
{
    struct filter_run *r = NULL;
    uint64_t id;
    int code;

    *ret = NULL;
    if (filters_are_none(f, t->point)) {
        done(FILTER_PASS, t->text, user);
        return 0;
    }
    code = run_new(&r, f, t, e);
    if (code < 0)
        return code;
    id = r->id = ++f->stats.runs;
    r->done = done;
    r->user = user;
    *ret = r; /* `done` may want to see it gone: it is set before */
    run_on(r);
    if (*ret == r && !run_is_alive(f, id))
        *ret = NULL; /* else `done` has begun another one there */
    return 0;
}

struct filter_run *filter_drop(struct filter_run *r)
{
    struct filter_run **p = r ? &r->filters->runs : NULL;

    if (!r)
        return NULL;
    while (*p && *p != r)
        p = &(*p)->next;
    if (must(*p == r))
        *p = r->next;
    loop_timer_free(r->timer);
    free(r->text);
    free(r);
    return NULL;
}

void filter_answer(struct filters *f, uint64_t ticket, enum filter_verdict verdict, char *replace)
{
    struct filter_run *r = f->runs;

    while (r && (ticket == 0 || r->ticket != ticket))
        r = r->next;
    if (!r || verdict == FILTER_LATER) {
        f->stats.strange++;
        free(replace);
        return;
    }
    r->ticket = 0;
    loop_timer_clear(r->timer);
    must(r->text && r->filters == f);
    if (run_take(r, verdict, replace))
        run_on(r);
    else
        run_end(r, FILTER_STOP);
}

/* ---- the table ------------------------------------------------------------------------- */

/* Texts that wait for a filter which is gone go on with the next turn of the loop. */
static void runs_wait_no_more(struct filters *f, const struct filter *gone)
{
    for (struct filter_run *r = f->runs; r; r = r->next)
        if (r->ticket != 0 && r->head.point == gone->def.point && r->age == gone->age) {
            r->is_left = true;
            loop_timer_after_ms(r->timer, 0);
        }
}

void filter_remove(struct filters *f, const void *user)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n; i++) {
        if (f->list[i].def.user == user)
            runs_wait_no_more(f, &f->list[i]);
        else
            f->list[kept++] = f->list[i];
    }
    f->n = kept;
    filters_check(f);
}

void filters_stats(const struct filters *f, struct filters_stats *ret)
{
    *ret = f ? f->stats : (struct filters_stats){ 0 };
}

int filters_new(struct filters **ret, struct loop *loop, struct err *e)
{
    struct filters *f = calloc(1, sizeof(*f));

    if (!f)
        return err_set(e, -ENOMEM, "filters: out of memory");
    f->loop = loop;
    *ret = f;
    return 0;
}

struct filters *filters_free(struct filters *f)
{
    if (!f)
        return NULL;
    must(!f->runs);
    free(f);
    return NULL;
}
