/* SPDX-License-Identifier: Apache-2.0 */
/* store/schema.c - what stands in each database, as numbered steps forward. */
#include "store/schema.h"

#include "base/must.h"
#include "store/db.h"

#include <stdio.h>

static const char *const history_steps[] = {
    /* 1: the text columns are for searching, everything else about a session is in `detail` */
    "CREATE TABLE sessions ("
    "  id INTEGER PRIMARY KEY,"
    "  wall_usec INTEGER NOT NULL," /* since 1970 UTC; for people, orders nothing */
    "  source TEXT NOT NULL,"
    "  heard TEXT NOT NULL,"
    "  intent TEXT NOT NULL,"
    "  reply TEXT NOT NULL,"
    "  outcome TEXT NOT NULL,"
    "  detail TEXT NOT NULL"
    ") STRICT;",
};

static const char *const config_steps[] = {
    /* 1 */
    "CREATE TABLE devices ("
    "  id TEXT PRIMARY KEY,"
    "  state TEXT NOT NULL," /* JSON */
    "  wall_usec INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",
    /* 2: small things that must survive: a mute, a notice that nobody has read yet */
    "CREATE TABLE entries ("
    "  key TEXT PRIMARY KEY,"
    "  wall_usec INTEGER NOT NULL,"
    "  value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;",
};

static const struct schema_table history_tables[] = { { "sessions", "id" } };
static const struct schema_table config_tables[] = { { "devices", "id" }, { "entries", "key" } };

#define LIST(list) (list), sizeof(list) / sizeof((list)[0])

const struct schema store_schemas[FILE_N] = {
    [FILE_HISTORY] = { "history.db", LIST(history_steps), LIST(history_tables) },
    [FILE_CONFIG] = { "config.db", LIST(config_steps), LIST(config_tables) },
};

static int schema_step(sqlite3 *db, const struct schema *s, size_t version, struct err *e)
{
    char number[48];
    int r;

    must(version >= 1 && version <= s->n && sqlite3_get_autocommit(db));
    r = db_exec(db, "BEGIN IMMEDIATE", e);
    if (r < 0)
        return r;
    snprintf(number, sizeof(number), "PRAGMA user_version=%zu", version);
    r = db_exec(db, s->steps[version - 1], e);
    if (r >= 0)
        r = db_exec(db, number, e);
    if (r >= 0)
        r = db_exec(db, "COMMIT", e);
    if (r < 0) {
        db_rollback(db);
        return err_wrap(e, r, "%s: step %zu", s->name, version);
    }
    return 0;
}

int schema_migrate(sqlite3 *db, const struct schema *s, struct err *e)
{
    int64_t version = 0;
    int r = db_int(&version, db, "PRAGMA user_version", e);

    if (r < 0)
        return r;
    if (version < 0 || (uint64_t)version > s->n)
        return err_set(e, -EPROTONOSUPPORT,
                       "%s has version %lld, this program knows %zu: install the newer program "
                       "again, or move the file away",
                       s->name, (long long)version, s->n);
    for (size_t v = (size_t)version + 1; v <= s->n && r >= 0; v++)
        r = schema_step(db, s, v, e);
    return r;
}
