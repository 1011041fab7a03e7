/* SPDX-License-Identifier: Apache-2.0 */
/* store/lost.h - what was lost stays told, over restarts, until somebody acknowledges it.
 *
 * A loss is an event, not a condition that ends with the next good commit. Its words are a row of
 * `entries` in config.db, key "lost.<file>"; REQUEST_ACKNOWLEDGE (group.h) deletes them.
 * What may fail: the disk. A notice that could not be kept has been told all the same.
 * Threads: the writer's. */
#ifndef JARVIS_STORE_LOST_H
#define JARVIS_STORE_LOST_H

#include "store/schema.h"

#include <stdbool.h>
#include <stdint.h>

int lost_put(sqlite3 *config, const char *file, const char *text, int64_t wall_usec, struct err *e);
/* Words of a file's loss; false: none, or unreadable. */
bool lost_get(char *out, size_t size, sqlite3 *config, const char *file);

#endif
