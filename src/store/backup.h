/* SPDX-License-Identifier: Apache-2.0 */
/* store/backup.h - online copies of a database, numbered upwards.
 *
 *     <dir>/backup/history.db.12      numbers, not dates: a clock that jumps cannot make an
 *                                     old copy look newer than it is
 *     copy PAGES_PER_STEP pages a step -> read the copy through (check.h) -> rename -> drop the
 *     oldest beyond BACKUPS_KEPT
 *
 * A copy has its number only when it has been read through: what a rescue finds is whole.
 * Who owns what: an unfinished copy (NAME.new) belongs to its backup and goes with it; one that a
 * crash left is removed by the next start (backup_sweep).
 * Threads: the writer's (a backup reads through the one writing connection, so that what is
 * committed while it runs is in the copy as well). */
#ifndef JARVIS_STORE_BACKUP_H
#define JARVIS_STORE_BACKUP_H

#include "base/cleanup.h"
#include "base/err.h"
#include "store/schema.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { BACKUPS_KEPT = 3, STORE_PATH_BYTES = 512 };

struct backup; /* one copy under way */

struct backup_place {
    const char *dir;  /* the state folder; borrowed */
    const char *name; /* "history.db"; borrowed */
    const char *vfs;  /* borrowed */
};

int backup_begin(struct backup **ret, sqlite3 *from, const struct backup_place *place,
                 const struct schema *schema, struct err *e);
/* Copies or reads some more pages. 1: there is more, 0: the copy is whole, durable and in its
 * place, and older ones than the newest three are gone; negative errno: -EUCLEAN, what was copied
 * is damaged. */
int backup_step(struct backup *b, struct err *e);
struct backup *backup_free(struct backup *b); /* an unfinished copy is removed */
AUTO_DEFINE(struct backup *, backup_free)

/* Does the newest copy stand for the file as it is (by their times of change)? */
bool backup_is_current(const struct backup_place *place);
int64_t backup_wall_usec(const struct backup_place *place); /* of the newest copy; 0: none */
/* Path of the nth newest copy, 0: the newest. -ENOENT. */
int backup_nth(char *out, size_t size, const struct backup_place *place, size_t nth);
/* Removes what a copy left that was cut off. */
void backup_sweep(const struct backup_place *place);
int backup_sync_dir(const char *path, struct err *e);

#endif
