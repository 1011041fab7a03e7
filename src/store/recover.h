/* SPDX-License-Identifier: Apache-2.0 */
/* store/recover.h - opens a database whatever state it is in.
 *
 *     open, quick_check, migrate -- good --> done
 *                 | damaged
 *     NAME -> NAME.corrupt-<time> (never deleted), newest good backup or an empty file -> NAME
 *
 * Threads: the writer's. */
#ifndef JARVIS_STORE_RECOVER_H
#define JARVIS_STORE_RECOVER_H

#include "base/clock.h"
#include "store/backup.h"

/* 0: opened; 1: opened after a repair, which `said` tells in words; negative errno: neither the
 * file nor a new one can be opened, or it is of a newer version (-EPROTONOSUPPORT). */
int recover_open(sqlite3 **ret, const struct backup_place *place, const struct schema *s,
                 const struct clock *clock, struct err *said, struct err *e);

#endif
