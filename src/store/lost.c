/* SPDX-License-Identifier: Apache-2.0 */
/* store/lost.c - what was lost stays told, over restarts, until somebody acknowledges it. */
#include "store/lost.h"

#include "base/must.h"
#include "store/db.h"

#include <stdio.h>
#include <string.h>

static int lost_bind(sqlite3_stmt *q, const char *file)
{
    char key[64];

    must(strlen(file) + sizeof(LOST_PREFIX) <= sizeof(key));
    snprintf(key, sizeof(key), LOST_PREFIX "%s", file);
    return sqlite3_bind_text(q, 1, key, -1, SQLITE_TRANSIENT);
}

int lost_put(sqlite3 *config, const char *file, const char *text, int64_t wall_usec, struct err *e)
{
    sqlite3_stmt *q = NULL;
    int r = db_prepare(&q, config,
                       "INSERT OR REPLACE INTO entries (key, value, wall_usec)"
                       " VALUES (?, ?, ?)",
                       e);

    if (r < 0)
        return r;
    if (lost_bind(q, file) != SQLITE_OK ||
        sqlite3_bind_text(q, 2, text, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_int64(q, 3, wall_usec) != SQLITE_OK)
        r = err_set(e, -ENOMEM, "out of memory");
    else if (sqlite3_step(q) != SQLITE_DONE)
        r = db_error(config, sqlite3_extended_errcode(config), e);
    sqlite3_finalize(q);
    return r;
}

bool lost_get(char *out, size_t size, sqlite3 *config, const char *file)
{
    sqlite3_stmt *q = NULL;
    const char *text = NULL;

    out[0] = '\0';
    if (db_prepare(&q, config, "SELECT value FROM entries WHERE key = ?", NULL) < 0)
        return false;
    if (lost_bind(q, file) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        text = (const char *)sqlite3_column_text(q, 0);
    if (text)
        snprintf(out, size, "%s", text);
    sqlite3_finalize(q);
    return text != NULL;
}
