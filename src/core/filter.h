/* SPDX-License-Identifier: Apache-2.0 */
/* core/filter.h - the ordered step between what was heard and what is understood, and before what is
 * said: where plugins and automations may pass, replace or stop a text.
 *
 *   heard --FILTER_HEARD: filter 10, filter 20 ...--> understood --...--> --FILTER_SAID--> said
 *
 * A text runs through the filters of its point by their order (equal: as they were added), each with
 * what the one before made of it. A filter answers at once, or says FILTER_LATER and calls
 * filter_answer() with the ticket it got. One that is late - its own deadline, or what is left of
 * DEADLINE_FILTER_MS for all - is passed over and counted; its answer is then a stranger's and
 * ignored. With no filter at a point filter_run() calls back at once: no message, no allocation.
 *
 * Who owns what: the run's owner calls filter_drop() before he goes. A filter may remove itself or
 * others, also from within its own call; texts wait for it no longer then.
 * What may fail: -ENOMEM; the caller then goes on as if there were no filter.
 * Bound: FILTERS_MAX filters; a replacement is cut at FILTER_TEXT_BYTES_MAX.
 * Threads: main loop. */
#ifndef JARVIS_CORE_FILTER_H
#define JARVIS_CORE_FILTER_H

#include "core/loop.h"
#include "core/origin.h"

enum { FILTERS_MAX = 32, FILTER_TEXT_BYTES_MAX = 16384 };

enum filter_point { FILTER_HEARD, FILTER_SAID, FILTER_POINT_N };
enum filter_verdict {
    FILTER_PASS,
    FILTER_REPLACE, /* by the text that comes with it */
    FILTER_STOP,    /* nothing of it is understood or said */
    FILTER_LATER    /* filter_answer() follows */
};

struct filters;
struct filter_run;

struct filter_text { /* borrowed for the call */
    enum filter_point point;
    uint64_t session, endpoint;
    struct origin origin;
    const char *text;
};

struct filter_def {
    const char *name; /* borrowed constant; for status */
    enum filter_point point;
    int order;
    int64_t deadline_ms; /* at most DEADLINE_FILTER_MS counts */
    /* FILTER_REPLACE: *replace is owned by the caller then; else untouched. */
    enum filter_verdict (*fn)(const struct filter_text *t, uint64_t ticket, char **replace,
                              void *user);
    void *user; /* borrowed */
};

/* FILTER_PASS: `text` is what the filters made of it; FILTER_STOP: text is the last form of it.
 * Borrowed for the call. May call filter_run() and filter_drop(). */
typedef void (*filter_done_fn)(enum filter_verdict verdict, const char *text, void *user);

int filters_new(struct filters **ret, struct loop *loop, struct err *e);
struct filters *filters_free(struct filters *f); /* after its runs were dropped */
AUTO_DEFINE(struct filters *, filters_free)
/* -ENOSPC, -ENOMEM */
int filter_add(struct filters *f, const struct filter_def *def, struct err *e);
void filter_remove(struct filters *f, const void *user); /* every filter of `user` */
/* NULL is fine: no filters. */
bool filters_are_none(const struct filters *f, enum filter_point point);
/* *ret: the run that is under way, or NULL when `done` was called already. f may be NULL. */
int filter_run(struct filter_run **ret, struct filters *f, const struct filter_text *t,
               filter_done_fn done, void *user, struct err *e);
struct filter_run *filter_drop(struct filter_run *r); /* `done` is not called; returns NULL */
AUTO_DEFINE(struct filter_run *, filter_drop)
/* The answer of one that said FILTER_LATER. `replace` is taken, always. An unknown ticket (late,
 * dropped, answered before) is counted and ignored. */
void filter_answer(struct filters *f, uint64_t ticket, enum filter_verdict verdict, char *replace);

struct filters_stats {
    uint64_t runs, replaced, stopped, late, strange;
};
void filters_stats(const struct filters *f, struct filters_stats *ret);

#endif
