/* SPDX-License-Identifier: Apache-2.0 */
/* store/salvage.h - reads rows out of a database that SQLite cannot or must not open.
 *
 *     NAME, NAME-wal -- page by page, the log's newest pages first --> each cell that has exactly
 *                       the shape of a row of one of our tables --> row(kind, columns)
 *
 * Nothing in the file is believed but the shape of single rows: no header, no tree, no free list, no
 * checksum. A damaged page costs its own rows only. Rows of pages that were freed may come back;
 * retention takes them again. The file is untrusted input: tests/fuzz/store/salvage_fuzz.c.
 * Who owns what: the salvage owns its descriptors; a row's texts are borrowed for the call.
 * What may fail: opening (-errno with the path) and memory; a page that cannot be read is counted
 * and passed over.
 * Threads: one at a time. */
#ifndef JARVIS_STORE_SALVAGE_H
#define JARVIS_STORE_SALVAGE_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { SALVAGE_TEXTS = 6, SALVAGE_PAGES_MAX = 1 << 20 };

enum salvage_kind { SALVAGE_SESSION, SALVAGE_DEVICE, SALVAGE_VALUE, SALVAGE_N };

struct salvage_row {
    enum salvage_kind kind;
    int64_t id; /* of a session */
    int64_t wall_usec;
    const char *texts[SALVAGE_TEXTS]; /* in the table's order; terminated UTF-8 without NUL */
};

typedef void (*salvage_row_fn)(const struct salvage_row *row, void *user);

struct salvage;

int salvage_new(struct salvage **ret, const char *path, struct err *e);
/* The same of open descriptors, which it owns from here on, whatever happens; `log` -1: none. */
int salvage_new_of(struct salvage **ret, int file, int log, struct err *e);
struct salvage *salvage_free(struct salvage *s);
AUTO_DEFINE(struct salvage *, salvage_free)
/* Reads one page. true: there are more. */
bool salvage_page(struct salvage *s, salvage_row_fn fn, void *user);
uint64_t salvage_unreadable(const struct salvage *s); /* pages that the disk did not give */

#endif
