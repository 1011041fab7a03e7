/* SPDX-License-Identifier: Apache-2.0 */
/* store/group.c - one group of requests written in one transaction a file.
 *
 * A row that is refused is rolled back to its savepoint and does not touch its neighbours. Some
 * errors (disk full, I/O, memory) make SQLite roll the whole transaction back by itself: then
 * every request of the file that had gone well so far gets that error, and the next one
 * begins anew. */
#include "store/group.h"

#include "base/must.h"
#include "store/db.h"

#include <string.h>

static const struct {
    enum store_file file;
    const char *put;
    const char *binds; /* a parameter each: 'i' the id, 't' the next text, 'w' the wall time */
} kinds[REQUEST_ROWS_N] = {
    [REQUEST_SESSION] = {
        FILE_HISTORY,
        "INSERT INTO sessions (id, source, heard, intent, reply, outcome, detail, wall_usec)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET source=excluded.source, heard=excluded.heard,"
        " intent=excluded.intent, reply=excluded.reply, outcome=excluded.outcome,"
        " detail=excluded.detail, wall_usec=excluded.wall_usec",
        "ittttttw",
    },
    [REQUEST_DEVICE] = {
        FILE_CONFIG,
        /* a state that did not change costs no write */
        "INSERT INTO devices (id, state, wall_usec) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET state=excluded.state, wall_usec=excluded.wall_usec"
        " WHERE state<>excluded.state",
        "ttw",
    },
    [REQUEST_VALUE] = {
        FILE_CONFIG,
        "INSERT INTO entries (key, value, wall_usec) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value=excluded.value, wall_usec=excluded.wall_usec"
        " WHERE value<>excluded.value",
        "ttw",
    },
    [REQUEST_FORGET] = { FILE_CONFIG, "DELETE FROM entries WHERE key = ?", "t" },
    [REQUEST_ACKNOWLEDGE] = { FILE_CONFIG, "DELETE FROM entries WHERE " LOST_KEYS, "" },
};

int rows_prepare(struct rows *files, struct err *e)
{
    for (size_t k = 0; k < REQUEST_ROWS_N; k++) {
        struct rows *f = &files[kinds[k].file];
        int r = db_prepare(&f->put[k], f->db, kinds[k].put, e);

        if (r < 0)
            return err_wrap(e, r, "%s", f->name);
    }
    return 0;
}

/* SQLite writes the page of a header value also where the value is the same. */
static int file_probe(struct rows *f, struct err *e)
{
    int64_t version = 0;
    char sql[64];
    int r = db_int(&version, f->db, "PRAGMA user_version", e);

    must(!f->began && sqlite3_get_autocommit(f->db));
    snprintf(sql, sizeof(sql), "BEGIN IMMEDIATE; PRAGMA user_version=%d; COMMIT", (int)version);
    if (r >= 0)
        r = db_exec(f->db, sql, e);
    if (r < 0) {
        db_rollback(f->db);
        err_wrap(e, r, "%s", f->name);
    }
    return r;
}

int rows_probe(struct rows *files, struct err *e)
{
    int r = 0;

    for (size_t i = 0; i < FILE_N && r >= 0; i++)
        r = file_probe(&files[i], e);
    return r;
}

void rows_done(struct rows *files)
{
    for (size_t i = 0; i < FILE_N; i++) {
        for (size_t k = 0; k < REQUEST_ROWS_N; k++) {
            sqlite3_finalize(files[i].put[k]);
            files[i].put[k] = NULL;
        }
        must(!files[i].began);
        files[i].db = db_close(files[i].db);
    }
}

static bool is_row(const struct request *r)
{
    return r->kind < REQUEST_ROWS_N;
}

/* Every request of file `at` up to `end` (not included) that was well gets the file's fault. */
static void group_spoil(struct request *list, const struct request *end, enum store_file at,
                        const struct err *why)
{
    for (struct request *r = list; r != end; r = r->next)
        if (is_row(r) && kinds[r->kind].file == at && r->why.code == 0)
            r->why = *why;
}

static int row_bind(sqlite3_stmt *put, const struct request *r)
{
    const char *binds = kinds[r->kind].binds;
    size_t text = 0;
    int rc = SQLITE_OK;

    for (int at = 0; binds[at] && rc == SQLITE_OK; at++)
        switch (binds[at]) {
        case 'i':
            rc = sqlite3_bind_int64(put, at + 1, r->id);
            break;
        case 't':
            must(text < REQUEST_TEXTS && r->texts[text]);
            rc = sqlite3_bind_text(put, at + 1, r->texts[text++], -1, SQLITE_STATIC);
            break;
        default:
            rc = sqlite3_bind_int64(put, at + 1, r->wall_usec);
        }
    return rc;
}

static int row_put(struct rows *f, struct request *r)
{
    sqlite3_stmt *put = f->put[r->kind];
    int rc = row_bind(put, r);
    int code = 0;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(put);
    if (rc != SQLITE_DONE)
        code = db_error(f->db, rc, &r->why);
    sqlite3_reset(put);
    sqlite3_clear_bindings(put);
    return code;
}

static int row_in_savepoint(struct rows *f, struct request *r)
{
    int code = db_exec(f->db, "SAVEPOINT row", &r->why);

    if (code < 0)
        return code;
    code = row_put(f, r);
    if (code >= 0)
        return db_exec(f->db, "RELEASE row", &r->why);
    if (!sqlite3_get_autocommit(f->db))
        db_exec(f->db, "ROLLBACK TO row; RELEASE row", NULL);
    return code;
}

static void group_row(struct rows *files, struct request *list, struct request *r)
{
    enum store_file at = kinds[r->kind].file;
    struct rows *f = &files[at];
    int code = 0;

    must(f->put[r->kind] && f->began == !sqlite3_get_autocommit(f->db));
    if (!f->began) {
        code = db_exec(f->db, "BEGIN IMMEDIATE", &r->why);
        f->began = code >= 0;
    }
    if (code >= 0)
        code = row_in_savepoint(f, r);
    if (code < 0)
        err_wrap(&r->why, code, "%s", f->name);
    if (f->began && sqlite3_get_autocommit(f->db)) {
        f->began = false;
        group_spoil(list, r, at, &r->why);
    }
}

static void group_end(struct rows *files, enum store_file at, struct request *list,
                      struct group_result *ret)
{
    struct rows *f = &files[at];
    int code;

    if (!f->began)
        return;
    must(!sqlite3_get_autocommit(f->db));
    f->began = false;
    f->why = ERR_INIT;
    code = db_exec(f->db, "COMMIT", &f->why);
    if (code < 0) {
        db_rollback(f->db);
        err_wrap(&f->why, code, "%s", f->name);
        group_spoil(list, NULL, at, &f->why);
        return;
    }
    ret->commits++;
}

/* What the caller of one row got wrong is no fault of the store. */
static bool is_fault(int code)
{
    return code < 0 && code != -EINVAL && code != -E2BIG;
}

static void group_count(struct rows *files, const struct request *r, struct group_result *ret)
{
    ret->rows += r->why.code == 0;
    ret->errors += r->why.code != 0;
    if (is_fault(r->why.code))
        ret->fault = r->why;
    if (r->why.code == -EUCLEAN)
        files[kinds[r->kind].file].damaged = true;
}

void group_commit(struct rows *files, struct request *list, struct group_result *ret)
{
    *ret = (struct group_result){ .fault = ERR_INIT };
    for (struct request *r = list; r; r = r->next)
        if (is_row(r))
            group_row(files, list, r);
    for (size_t at = 0; at < FILE_N; at++) {
        group_end(files, (enum store_file)at, list, ret);
        must(!files[at].began && sqlite3_get_autocommit(files[at].db));
    }
    for (struct request *r = list; r; r = r->next)
        if (is_row(r))
            group_count(files, r, ret);
    for (struct request *r = list; r; r = r->next)
        if (r->kind == REQUEST_FLUSH) /* it promises that what came before it is safe */
            r->why = ret->fault;
}
