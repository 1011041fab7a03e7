/* SPDX-License-Identifier: Apache-2.0 */
/* store/upkeep.h - what the writer does between groups: backups and retention.
 *
 * Both are planned on the monotonic clock. Retention compares wall times, which may be wrong:
 * one step an hour deletes at most RETENTION_ROWS of the oldest ids, and never a row that
 * claims to be of the future, so that a clock that jumps costs little.
 * Threads: the writer's. */
#ifndef JARVIS_STORE_UPKEEP_H
#define JARVIS_STORE_UPKEEP_H

#include "store/backup.h"
#include "store/group.h"

enum { RETENTION_ROWS = 256, RETENTION_SCAN = 4096 };

struct upkeep;

struct upkeep_opts {
    struct rows *files;        /* borrowed; FILE_N, open */
    const char *dir, *vfs;     /* borrowed */
    const struct clock *clock; /* borrowed */
    int64_t history_days, backup_hours;
    int64_t history_bytes_max;
};

int upkeep_new(struct upkeep **ret, const struct upkeep_opts *o, struct err *e);
struct upkeep *upkeep_free(struct upkeep *u);
AUTO_DEFINE(struct upkeep *, upkeep_free)
/* Copies both files now; false while a copy is under way. */
bool upkeep_backup(struct upkeep *u);
bool upkeep_is_busy(const struct upkeep *u); /* upkeep_run() has more to do at once */

enum upkeep_event { UPKEEP_NOTHING, UPKEEP_COPIED, UPKEEP_FAILED };
/* One small piece of work. UPKEEP_COPIED: the backup under way is finished. UPKEEP_FAILED: a
 * backup or retention failed, `e` says why; a backup under way is over. */
enum upkeep_event upkeep_run(struct upkeep *u, struct err *e);

#endif
