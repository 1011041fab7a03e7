/* SPDX-License-Identifier: Apache-2.0 */
/* store/rescue.h - saves rows of a damaged file into the one that took its place.
 *
 *     NAME.damaged.1..4, then backups, newest first
 *        -- salvage.h, RESCUE_PAGES a step, one transaction each --> NAME (open, in use)
 *     at the end: NAME.damaged.N -> NAME.corrupt-<time>, the newest two are kept
 *
 * While it runs the store is used as ever: a row that is there already stays, but for one that the
 * damaged file has of a later time. A rescue that a crash or a full disk cut off begins again at the
 * next start, or goes on: NAME.damaged.N is there until the end, and a row saved twice is saved once.
 * Who owns what: the connection is borrowed and must outlive the rescue.
 * What may fail: the disk (the step may be tried again); a source that cannot be opened is told
 * and passed over.
 * Threads: the writer's. */
#ifndef JARVIS_STORE_RESCUE_H
#define JARVIS_STORE_RESCUE_H

#include "base/clock.h"
#include "store/backup.h"

enum { RESCUE_PAGES = 32, CORRUPT_KEPT = 2 };

struct rescue;

struct rescue_opts {
    struct backup_place place;
    enum store_file file;
    sqlite3 *db;               /* borrowed */
    const struct clock *clock; /* borrowed */
};

/* *ret NULL: there is nothing to save. */
int rescue_new(struct rescue **ret, const struct rescue_opts *o, struct err *e);
struct rescue *rescue_free(struct rescue *r);
AUTO_DEFINE(struct rescue *, rescue_free)
/* 1: there is more; 0: all that can be read is saved; negative errno: try again later. */
int rescue_step(struct rescue *r, struct err *e);
/* What was done, for people: "57 rows were saved; the damaged file is kept as ...". */
void rescue_words(const struct rescue *r, char *out, size_t size);

#endif
