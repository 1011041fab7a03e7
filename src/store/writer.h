/* SPDX-License-Identifier: Apache-2.0 */
/* store/writer.h - the thread that owns the writing connections.
 *
 *     any thread                         writer thread
 *     writer_post(request) -- queue -->  take a group -> one transaction a file, a savepoint a
 *                                        request -> COMMIT -> done(code) for each
 *                                        between groups: some pages of a backup, a step of
 *                                        retention
 * Threads: writer_post() and writer_stats() from any; new and free from one. */
#ifndef JARVIS_STORE_WRITER_H
#define JARVIS_STORE_WRITER_H

#include "store/guard.h"
#include "store/schema.h"
#include "store/store.h"

struct writer;

enum request_kind {
    REQUEST_SESSION,
    REQUEST_DEVICE,
    REQUEST_VALUE,
    REQUEST_FORGET, /* a value */
    REQUEST_ROWS_N, /* the kinds from here on write no row */
    REQUEST_FLUSH = REQUEST_ROWS_N,
    REQUEST_BACKUP,
};
enum { REQUEST_TEXTS = 6 };

struct request {
    enum request_kind kind;
    int64_t id; /* REQUEST_SESSION */
    int64_t wall_usec;
    const char *texts[REQUEST_TEXTS]; /* columns in the order of the statement; into `bytes` */
    store_done_fn done;               /* may be NULL */
    void *user;                       /* borrowed */
    struct err why;                   /* code 0: done */
    struct request *next;             /* used by the writer */
    char bytes[];
};

/* Opens both files on the new thread and waits for it. Errors of store_open(). o->dir and the
 * guard outlive the writer. */
int writer_new(struct writer **ret, const struct store_opts *o, struct guard *guard, struct err *e);
struct writer *writer_free(struct writer *w); /* commits what waits */
AUTO_DEFINE(struct writer *, writer_free)
/* Takes ownership of `r` when it succeeds. -EOVERFLOW. */
int writer_post(struct writer *w, struct request *r, struct err *e);
void writer_stats(struct writer *w, struct store_stats *ret);

#endif
