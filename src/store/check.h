/* SPDX-License-Identifier: Apache-2.0 */
/* store/check.h - is a database whole? Asked in steps so small that nobody waits for the answer.
 *
 * PRAGMA quick_check reads the whole file in one call: seconds for a large history, on the thread
 * that answers durable rows. A file of at most CHECK_SMALL_PAGES gets just that; of a larger one
 * every row of every table is read, CHECK_ROWS a step, through tree and overflow pages. What that
 * cannot see (a wrong free list) SQLite sees when it next takes a page from it.
 * Who owns what: the connection is borrowed and must outlive the check.
 * What may fail: -EUCLEAN the file is damaged; any other error says nothing about the file.
 * Threads: the connection's. */
#ifndef JARVIS_STORE_CHECK_H
#define JARVIS_STORE_CHECK_H

#include "base/cleanup.h"
#include "store/schema.h"

enum { CHECK_ROWS = 128, CHECK_SMALL_PAGES = 256 };

struct check;

/* Reads every table of the schema that the file has. */
int check_new(struct check **ret, sqlite3 *db, const struct schema *s, struct err *e);
struct check *check_free(struct check *c);
AUTO_DEFINE(struct check *, check_free)
/* 1: there is more; 0: the file is whole. */
int check_step(struct check *c, struct err *e);

/* At once, for the start: all of a small file; the ends of every table of a large one. */
int check_start(sqlite3 *db, const struct schema *s, struct err *e);

#endif
