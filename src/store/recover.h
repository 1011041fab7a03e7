/* SPDX-License-Identifier: Apache-2.0 */
/* store/recover.h - opens a database whatever state it is in, in a time that no history lengthens.
 *
 *     open, look at the ends, migrate -- good --> done; was the last end unclean?
 *                 | damaged, empty or gone
 *     NAME -> NAME.damaged.N (never deleted here), an empty file -> NAME, and rescue.h saves rows
 *
 * Unclean: SQLite removes the log (NAME-wal) when the last connection closes well, so a log that is
 * there says that the last run did not end well. Then the whole file is checked in the background.
 * NAME.made says that a file once had content: an empty or missing one is a loss, not a first start.
 * What may fail: -EPROTONOSUPPORT made by a newer program; disk errors with the path and the remedy.
 * Nothing is moved aside for an error that says nothing about the file.
 * Threads: the writer's. */
#ifndef JARVIS_STORE_RECOVER_H
#define JARVIS_STORE_RECOVER_H

#include "store/backup.h"

enum { RECOVER_ASIDE_MAX = 4 };

struct recovered {
    sqlite3 *db; /* owned by the taker */
    bool unclean;
    bool lost; /* what was there has been moved aside or was gone: `why` */
    struct err why;
};

/* `damaged`: the file is known to be damaged, from use. */
int recover_open(struct recovered *ret, const struct backup_place *place, const struct schema *s,
                 bool damaged, struct err *e);
/* Name of the nth file that was moved aside (0..RECOVER_ASIDE_MAX-1), whether it exists or not. */
void recover_aside(char *out, size_t size, const struct backup_place *place, unsigned nth);

#endif
