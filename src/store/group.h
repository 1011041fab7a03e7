/* SPDX-License-Identifier: Apache-2.0 */
/* store/group.h - the writing connections, and one group of requests written through them.
 *
 *     BEGIN, for each request: SAVEPOINT, put, RELEASE; COMMIT -- once a file that has a row
 *         a row that breaks a rule     its savepoint is rolled back, its neighbours stay
 *         the disk refuses             every request of that file in the group gets the error
 *         a flush in the group         gets what went wrong, whatever it was
 *
 * Who owns what: the rows own connection and statements, from opening to rows_done(); the requests
 * stay the caller's.
 * What may fail: any write, for the disk's reasons, in a request's `why`; after group_commit() no
 * transaction is open, whatever happened.
 * Threads: the writer's. */
#ifndef JARVIS_STORE_GROUP_H
#define JARVIS_STORE_GROUP_H

#include "store/queue.h"
#include "store/schema.h"

#include <sqlite3.h>

struct rows {                          /* one database that is written to */
    const char *name;                  /* "history.db"; constant */
    sqlite3 *db;                       /* owned; NULL: not open */
    sqlite3_stmt *put[REQUEST_ROWS_N]; /* owned; NULL: a kind of the other file */
    bool began;                        /* a transaction is open */
    bool damaged;                      /* it said -EUCLEAN: to be moved aside */
    struct err why;                    /* the transaction's fault */
};

struct group_result {
    unsigned commits, rows, errors;
    struct err fault; /* of the disk, not of a row; code 0: none */
};

/* Writes a little into each file, which changes nothing: does the disk take it? */
int rows_probe(struct rows *files, struct err *e);
int rows_prepare(struct rows *files, struct err *e); /* both databases are open */
void rows_done(struct rows *files);                  /* closes */
/* Writes the list in one transaction a file and sets each request's `why`; a flush gets the
 * fault of its group. A file that turns out damaged is marked. */
void group_commit(struct rows *files, struct request *list, struct group_result *ret);

#endif
