/* SPDX-License-Identifier: Apache-2.0 */
/* store/backup.h - online copies of a database, numbered upwards, and the way back.
 *
 *     <dir>/backup/history.db.12      numbers, not dates: a clock that jumps cannot make an
 *                                     old copy look newer than it is
 * Threads: the writer's (a backup reads through the one writing connection, so that what is
 * committed while it runs is in the copy as well). */
#ifndef JARVIS_STORE_BACKUP_H
#define JARVIS_STORE_BACKUP_H

#include "base/cleanup.h"
#include "base/err.h"
#include "store/schema.h"

#include <sqlite3.h>
#include <stdbool.h>

enum { BACKUPS_KEPT = 3, STORE_PATH_BYTES = 512 };

struct backup; /* one copy under way */

struct backup_place {
    const char *dir;  /* the state folder; borrowed */
    const char *name; /* "history.db"; borrowed */
    const char *vfs;  /* borrowed */
};

int backup_begin(struct backup **ret, sqlite3 *from, const struct backup_place *place,
                 struct err *e);
/* Copies some more pages. 1: there is more, 0: the copy is durable and in its place, and older
 * ones than the newest three are gone; negative errno. */
int backup_step(struct backup *b, struct err *e);
struct backup *backup_free(struct backup *b); /* an unfinished copy is removed */
AUTO_DEFINE(struct backup *, backup_free)

/* Does the newest copy stand for the file as it is (by their times of change)? */
bool backup_is_current(const struct backup_place *place);
/* Puts the newest copy that is whole and not of a newer version in the place of the file, which
 * must be gone. `ret_number` tells which. -ENOENT: there is none. */
int backup_restore(int *ret_number, const struct backup_place *place, const struct schema *s,
                   struct err *e);
bool backup_exists(const struct backup_place *place);

#endif
