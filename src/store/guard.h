/* SPDX-License-Identifier: Apache-2.0 */
/* store/guard.h - a layer below SQLite that lets one thread write, and no other.
 *
 *     SQLite (all connections of one store)
 *       -> guard: xWrite, xTruncate, xDelete of databases, logs and journals only on the owner's
 *          thread; everything else passes through
 *       -> the default VFS
 *
 * SQLite 3.7.0-3.51.2 can corrupt a database in WAL mode when two connections write or
 * checkpoint at the same moment (docs/adr/0001-single-sqlite-writer.md). A rule that matters that
 * much is checked where it cannot be got round. The guard also has no xFetch, so that no
 * database is ever mapped into memory.
 * Threads: guard_own() once, on the thread that may write, before the first database is opened. */
#ifndef JARVIS_STORE_GUARD_H
#define JARVIS_STORE_GUARD_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct guard;

/* sqlite3_file_control(db, "main", GUARD_WRITE_CODE, int *): errno of the last failed write. */
enum { GUARD_WRITE_CODE = 0x4a56 };

/* `strict`: a violation aborts the program (tests); else SQLite gets an I/O error. */
int guard_new(struct guard **ret, bool strict, struct err *e);
struct guard *guard_free(struct guard *g); /* after the last connection was closed */
AUTO_DEFINE(struct guard *, guard_free)
void guard_own(struct guard *g);
const char *guard_vfs(const struct guard *g); /* name for sqlite3_open_v2(); borrowed */
uint64_t guard_violations(const struct guard *g);

#endif
