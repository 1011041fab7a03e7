/* SPDX-License-Identifier: Apache-2.0 */
/* store/check.c - is a database whole? Asked in steps so small that nobody waits for the answer. */
#include "store/check.h"

#include "base/must.h"
#include "store/db.h"

#include <stdio.h>
#include <string.h>

struct check {
    sqlite3 *db;            /* borrowed */
    const struct schema *s; /* constant */
    size_t table;           /* under way; s->tables_n: all are read */
    sqlite3_stmt *rows;     /* owned; of the table under way */
    sqlite3_value *last;    /* owned; the key of the last row read; NULL: none */
    bool small;
};

static int is_small(bool *ret, sqlite3 *db, struct err *e)
{
    int64_t pages = 0;
    int r = db_int(&pages, db, "PRAGMA page_count", e);

    *ret = pages <= CHECK_SMALL_PAGES;
    return r;
}

int check_new(struct check **ret, sqlite3 *db, const struct schema *s, struct err *e)
{
    AUTO(check_freep) struct check *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return err_set(e, -ENOMEM, "store: out of memory");
    c->db = db;
    c->s = s;
    sqlite3_db_release_memory(db); /* what the disk has is asked, not what was read before */
    r = is_small(&c->small, db, e);
    if (r < 0)
        return err_wrap(e, r, "%s", s->name);
    *ret = STEAL(c);
    return 0;
}

struct check *check_free(struct check *c)
{
    if (!c)
        return NULL;
    sqlite3_finalize(c->rows);
    sqlite3_value_free(c->last);
    free(c);
    return NULL;
}

/* "x > ?" is true for no NULL: the first step has no condition. */
static int rows_prepare_step(struct check *c, struct err *e)
{
    const struct schema_table *t = &c->s->tables[c->table];
    char sql[160];
    int r;

    must(!c->rows);
    snprintf(sql, sizeof(sql), "SELECT * FROM %s %s%s%s ORDER BY %s LIMIT %d", t->name,
             c->last ? "WHERE " : "", c->last ? t->key : "", c->last ? " > ?" : "", t->key,
             CHECK_ROWS);
    r = db_prepare(&c->rows, c->db, sql, e);
    if (r >= 0 && c->last && sqlite3_bind_value(c->rows, 1, c->last) != SQLITE_OK)
        r = err_set(e, -ENOMEM, "out of memory");
    return r;
}

static int row_read(struct check *c, struct err *e)
{
    sqlite3_value *key = NULL;

    for (int i = 0; i < sqlite3_column_count(c->rows); i++) /* through the overflow pages too */
        if (sqlite3_column_type(c->rows, i) == SQLITE_TEXT && !sqlite3_column_text(c->rows, i))
            return err_set(e, -ENOMEM, "out of memory");
    key = sqlite3_value_dup(sqlite3_column_value(c->rows, 0)); /* the key is the first column */
    if (!key)
        return err_set(e, -ENOMEM, "out of memory");
    sqlite3_value_free(c->last);
    c->last = key;
    return 0;
}

/* 1: the table has more rows, 0: it has been read. */
static int table_step(struct check *c, struct err *e)
{
    int n = 0, rc = SQLITE_ROW, r = rows_prepare_step(c, e);

    while (r >= 0 && (rc = sqlite3_step(c->rows)) == SQLITE_ROW) {
        r = row_read(c, e);
        n++;
    }
    if (r >= 0 && rc != SQLITE_DONE)
        r = db_error(c->db, rc, e);
    sqlite3_finalize(c->rows);
    c->rows = NULL;
    must(n <= CHECK_ROWS);
    return r < 0 ? r : n == CHECK_ROWS;
}

static bool table_exists(sqlite3 *db, const char *name)
{
    return sqlite3_table_column_metadata(db, "main", name, NULL, NULL, NULL, NULL, NULL, NULL) ==
           SQLITE_OK;
}

int check_step(struct check *c, struct err *e)
{
    int r = 0;

    must(c->table <= c->s->tables_n);
    if (c->small)
        r = db_check(c->db, e);
    else if (c->table < c->s->tables_n && table_exists(c->db, c->s->tables[c->table].name))
        r = table_step(c, e);
    if (r < 0)
        return err_wrap(e, r, "%s", c->s->name);
    must(r == 0 || !c->small);
    if (c->small || c->table == c->s->tables_n)
        return 0;
    if (r == 0) { /* this table is done */
        c->table++;
        sqlite3_value_free(c->last);
        c->last = NULL;
    }
    return 1;
}

int check_start(sqlite3 *db, const struct schema *s, struct err *e)
{
    bool small = false;
    int r = is_small(&small, db, e);

    if (r >= 0 && small)
        return db_check(db, e);
    for (size_t i = 0; i < s->tables_n && r >= 0; i++) {
        char sql[160];
        int64_t there = 0;

        snprintf(sql, sizeof(sql), "SELECT (SELECT min(%s) FROM %s) IS (SELECT max(%s) FROM %s)",
                 s->tables[i].key, s->tables[i].name, s->tables[i].key, s->tables[i].name);
        r = db_int(&there, db, sql, e);
    }
    return r;
}
