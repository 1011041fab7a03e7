/* SPDX-License-Identifier: Apache-2.0 */
/* store/schema.h - what stands in each database, as numbered steps forward.
 *
 * Step n brings a file from version n-1 to n, in one transaction with its number in
 * PRAGMA user_version. A step that was released is never changed: a new one is added.
 * What may fail: a step, for the disk's reasons: the file then has the version before it. A file of
 * a newer program is refused and left as it is. tests/unit/store/schema_test.c has a row for a file
 * of every version that was ever written.
 * Threads: the tables are constant; schema_migrate() on the writer's. */
#ifndef JARVIS_STORE_SCHEMA_H
#define JARVIS_STORE_SCHEMA_H

#include "base/err.h"

#include <sqlite3.h>
#include <stddef.h>

enum store_file { FILE_HISTORY, FILE_CONFIG, FILE_N };

struct schema_table {
    const char *name, *key; /* the key is the first column, and orders the rows */
};

struct schema {
    const char *name;         /* "history.db" */
    const char *const *steps; /* SQL */
    size_t n;                 /* the newest version */
    const struct schema_table *tables;
    size_t tables_n;
};

/* Keys of `entries` that tell of lost data until somebody acknowledges them. */
#define LOST_PREFIX "lost."
#define LOST_KEYS   "key >= 'lost.' AND key < 'lost/'"

extern const struct schema store_schemas[FILE_N];

/* Brings the open database up to date; a failed step leaves the version before it.
 * -EPROTONOSUPPORT: made by a newer program. */
int schema_migrate(sqlite3 *db, const struct schema *s, struct err *e);

#endif
