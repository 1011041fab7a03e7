/* SPDX-License-Identifier: Apache-2.0 */
/* store/upkeep.h - what the writer does between groups, one small piece at a time.
 *
 *     in this order     piece                         when
 *     rescue            RESCUE_PAGES of a damaged     until all that can be read is saved
 *     retention         RETENTION_ROWS rows           over its size: at once, until it is not;
 *                       then free pages to the disk   over its age: see below
 *     backup            256 pages                     when changed, every backup_hours, rarer for a
 *                                                     large file (BACKUP_BYTES_A_DAY)
 *     check             CHECK_ROWS rows               after an unclean end, or a doubt
 *     checkpoint        the log into the file         CHECKPOINT_IDLE_MS without a write, so that a
 *                                                     damaged log costs little
 *
 * Retention by age compares wall times, which may be wrong. A clock that has gone steadily for a day
 * is believed, and everything too old goes at once; until then one step an hour, and never a row that
 * claims to be of the future: a clock that jumps costs little. Why the size bound holds: it asks for
 * no clock, each step deletes rows, and the next step follows until the file is below it.
 * Who owns what: the files are borrowed, open, and must outlive it.
 * What may fail: any piece, for the disk's reasons: it is told (UPKEEP_FAILED) and tried again
 * later; a file that turns out damaged is marked in `files`.
 * Threads: the writer's. */
#ifndef JARVIS_STORE_UPKEEP_H
#define JARVIS_STORE_UPKEEP_H

#include "store/backup.h"
#include "store/group.h"
#include "store/rescue.h"

enum {
    RETENTION_ROWS = 256,
    RETENTION_SCAN = 4096,
    RETENTION_STEADY_H = 24,
    CHECKPOINT_IDLE_MS = 10 * 1000,
    BACKUP_BYTES_A_DAY = 16 << 20,
};

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
/* Reads a file through in the background, not before `delay_ms`. */
void upkeep_check(struct upkeep *u, enum store_file file, int64_t delay_ms);
/* Rows are to be saved into this file: takes `r`. */
void upkeep_rescue(struct upkeep *u, enum store_file file, struct rescue *r);
bool upkeep_rescues(const struct upkeep *u); /* a rescue has more to do at once */
void upkeep_wrote(struct upkeep *u);         /* a group was committed */
/* How long the writer may rest before upkeep_run(): 0 there is more to do at once; -1: it has
 * nothing, look again at the next beat. */
int upkeep_rest_ms(const struct upkeep *u);

enum upkeep_kind {
    UPKEEP_NOTHING,
    UPKEEP_COPIED,  /* the backup under way is finished */
    UPKEEP_CHECKED, /* a file was read through and is whole */
    UPKEEP_RESCUED, /* all is saved: `rescue` says what; it is freed at the next run */
    UPKEEP_FAILED,  /* `why`; `of_backup`: and the backup under way is over */
};
struct upkeep_event {
    enum upkeep_kind kind;
    enum store_file file;
    bool of_backup;
    struct err why;
    char words[160]; /* UPKEEP_RESCUED */
};
void upkeep_run(struct upkeep *u, struct upkeep_event *ret);

#endif
