/* SPDX-License-Identifier: Apache-2.0 */
/* store/db.h - one SQLite connection, opened our way, and its errors in our words.
 *
 * Every error of SQLite becomes one of few: -ENOSPC, -EROFS, -EACCES, -EIO ... of the disk, with the
 * remedy; -EUCLEAN the file is damaged, or a part of it cannot be read; -EINVAL, -E2BIG the row was
 * wrong; -ENOMEM. Who gets -EUCLEAN may give the file up, who gets another error may not.
 * Who owns what: the caller the connection and its statements.
 * Threads: a connection belongs to the thread that opened it. */
#ifndef JARVIS_STORE_DB_H
#define JARVIS_STORE_DB_H

#include "base/cleanup.h"
#include "base/err.h"

#include <sqlite3.h>
#include <stdint.h>

static inline sqlite3 *db_close(sqlite3 *db)
{
    sqlite3_close_v2(db);
    return NULL;
}
AUTO_DEFINE(sqlite3 *, db_close)
#define AUTO_DB AUTO(db_closep) sqlite3

enum db_mode {
    DB_WRITE, /* the one writing connection: WAL, synchronous=FULL; makes the file */
    DB_READ,  /* a reader of a file that the writer has open: never writes or checkpoints */
    DB_COPY,  /* a backup file: rollback journal; makes the file */
};

/* -EUCLEAN: no database or a broken one; else the errno of the system with path and remedy. */
int db_open(sqlite3 **ret, const char *path, const char *vfs, enum db_mode mode, struct err *e);
/* PRAGMA quick_check. -EUCLEAN with SQLite's first complaint. */
int db_check(sqlite3 *db, struct err *e);
int db_exec(sqlite3 *db, const char *sql, struct err *e);
int db_int(int64_t *ret, sqlite3 *db, const char *sql, struct err *e); /* first column */
void db_rollback(sqlite3 *db); /* when a transaction is open */
int db_prepare(sqlite3_stmt **ret, sqlite3 *db, const char *sql, struct err *e);
/* Negative errno and words for what the connection says last; `rc` is SQLite's result. */
int db_error(sqlite3 *db, int rc, struct err *e);

#endif
