/* SPDX-License-Identifier: Apache-2.0 */
/* store/files.h - the files that the writer writes, from opening to closing, and what was lost.
 *
 *     files_open():  recover.h opens each one, rows are prepared, upkeep begins; a rescue that is due
 *                    and a check after an unclean end are handed to it; losses are told
 *     in use:        rows (group.h) and upkeep (upkeep.h) work on the same connections
 *     files_close(): the last connection empties the logs; all or nothing is open
 *
 * Who owns what: the files own the connections, the statements and the upkeep; opts and guard are
 * borrowed. A loss that was found is remembered here until its words stand in config.db.
 * What may fail: opening, with the path and the remedy; then nothing is open. Words of a loss that
 * cannot be written down are told all the same, and kept later.
 * Threads: the writer's. */
#ifndef JARVIS_STORE_FILES_H
#define JARVIS_STORE_FILES_H

#include "store/group.h"
#include "store/guard.h"
#include "store/upkeep.h"

struct loss {
    char text[2 * ERR_TEXT_BYTES];
    bool is_told;   /* in this run, and not acknowledged */
    bool is_unkept; /* its words do not stand in config.db yet */
};

struct files {
    const struct store_opts *opts; /* borrowed */
    struct guard *guard;           /* borrowed */
    struct rows rows[FILE_N];      /* owned */
    struct upkeep *upkeep;         /* owned; NULL: nothing is open */
    struct err lost[FILE_N];       /* found, and not yet told */
    struct loss losses[FILE_N];
};

int files_open(struct files *f, struct err *e);
void files_close(struct files *f);         /* after a failed opening too */
bool files_damaged(const struct files *f); /* one turned out so in use: close and open */
/* A rescue is over: `words` say what it saved. */
void files_rescued(struct files *f, enum store_file file, const char *words);
/* Writes down the words of losses: how many; what the disk says against it. */
int files_keep_losses(struct files *f, struct err *e);
void files_acknowledged(struct files *f); /* their words are gone from config.db */

#endif
