/* SPDX-License-Identifier: Apache-2.0 */
/* core/shelf.h - where installed engines stand: one folder each, whole or not there.
 *
 *     <state>/engines/small-ear/manifest.json     as it was installed
 *                               ear, tiny.bin ..  its files, 0644, its program 0755
 *     <state>/engines/.small-ear.new              while it is brought; shelf_sweep() takes it away
 *
 *     shelf_put(): room is looked for -> each file (core/download.h) -> manifest.json -> one rename
 * A rename is the only step that shows: whatever stops it before, nothing of it stays; an older version stands
 * until the newer one is whole. All may read what is here: a helper may be another user (ADR 15).
 *
 * Owner: a shelf owns its manifests; shelf_done(). May fail: as core/download.h; -ENOSPC before anything is
 * fetched, -ENOENT, -E2BIG (SHELF_MAX engines are there), -ENOMEM.
 * Threads: one writer at a time, a worker's: all of it waits for the disk. */
#ifndef JARVIS_CORE_SHELF_H
#define JARVIS_CORE_SHELF_H

#include "base/paths.h"
#include "core/manifest.h"

enum { SHELF_MAX = 32 };

struct shelf {
    struct manifest items[SHELF_MAX]; /* by name */
    size_t n;
};

/* What is installed. One whose manifest cannot be read is left out, with a line to `told` (may be NULL). */
void shelf_scan(struct shelf *ret, const struct paths *p, struct str *told);
void shelf_done(struct shelf *s);
const struct manifest *shelf_find(const struct shelf *s, const char *name); /* NULL: none */

/* `stop` as of struct download. */
int shelf_put(const struct paths *p, const struct manifest *m, int stop, struct err *e);
int shelf_drop(const struct paths *p, const char *name, struct err *e);
void shelf_sweep(const struct paths *p); /* what was killed on its way */

/* The folder of one, or a file in it (part NULL: the folder). -ENAMETOOLONG. */
int shelf_path(char *out, size_t size, const struct paths *p, const char *name, const char *part,
               struct err *e);

#endif
