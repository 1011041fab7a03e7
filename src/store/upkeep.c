/* SPDX-License-Identifier: Apache-2.0 */
/* store/upkeep.c - what the writer does between groups: backups and retention. */
#include "store/upkeep.h"

#include "store/db.h"

enum { FIRST_BACKUP_MS = 5 * 60 * 1000 };

static const int64_t HOUR_MS = 3600 * 1000;
static const int64_t DAY_USEC = INT64_C(86400) * 1000000;

struct upkeep {
    struct upkeep_opts opts;
    sqlite3_stmt *forget;      /* owned; a step of retention by age */
    int64_t retention_at_ms;   /* monotonic; next step */
    int64_t backup_at_ms;      /* monotonic; next copy; INT64_MAX: never */
    struct backup *copy;       /* owned; under way */
    size_t copy_file;          /* which file; FILE_N: no backup is under way */
    bool forced;               /* unchanged files as well */
    int64_t copied_at[FILE_N]; /* sqlite3_total_changes64() when it was copied; -1: unknown */
};

static const char forget_sql[] =
    "DELETE FROM sessions WHERE id IN ("
    " SELECT id FROM (SELECT id, wall_usec FROM sessions ORDER BY id LIMIT ?)"
    " WHERE wall_usec < ? ORDER BY id LIMIT ?)";

static struct backup_place upkeep_place(const struct upkeep *u, size_t file)
{
    return (struct backup_place){ u->opts.dir, u->opts.files[file].name, u->opts.vfs };
}

int upkeep_new(struct upkeep **ret, const struct upkeep_opts *o, struct err *e)
{
    AUTO(upkeep_freep) struct upkeep *u = calloc(1, sizeof(*u));
    int64_t now_ms = clock_mono_ms(o->clock);
    int r;

    if (!u)
        return err_set(e, -ENOMEM, "store: out of memory");
    u->opts = *o;
    u->copy_file = FILE_N;
    u->retention_at_ms = now_ms + HOUR_MS;
    u->backup_at_ms = o->backup_hours > 0 ? now_ms + FIRST_BACKUP_MS : INT64_MAX;
    for (size_t i = 0; i < FILE_N; i++) {
        struct backup_place place = upkeep_place(u, i);

        u->copied_at[i] = backup_is_current(&place) ? sqlite3_total_changes64(o->files[i].db) : -1;
    }
    r = db_prepare(&u->forget, o->files[FILE_HISTORY].db, forget_sql, e);
    if (r < 0)
        return err_wrap(e, r, "%s", o->files[FILE_HISTORY].name);
    *ret = STEAL(u);
    return 0;
}

struct upkeep *upkeep_free(struct upkeep *u)
{
    if (!u)
        return NULL;
    backup_free(u->copy);
    sqlite3_finalize(u->forget);
    free(u);
    return NULL;
}

bool upkeep_is_busy(const struct upkeep *u)
{
    return u->copy_file < FILE_N;
}

bool upkeep_backup(struct upkeep *u)
{
    if (upkeep_is_busy(u))
        return false;
    u->copy_file = 0;
    u->forced = true;
    return true;
}

/* ---- retention ------------------------------------------------------------------------------ */

static int forget_older(struct upkeep *u, int64_t before_usec, struct err *e)
{
    int rc;

    sqlite3_bind_int(u->forget, 1, RETENTION_SCAN);
    sqlite3_bind_int64(u->forget, 2, before_usec);
    sqlite3_bind_int(u->forget, 3, RETENTION_ROWS);
    rc = sqlite3_step(u->forget);
    sqlite3_reset(u->forget);
    return rc == SQLITE_DONE ? 0 : db_error(u->opts.files[FILE_HISTORY].db, rc, e);
}

static int history_bytes(int64_t *ret, sqlite3 *db, struct err *e)
{
    int64_t pages = 0, unused = 0, page_bytes = 0;
    int r = db_int(&pages, db, "PRAGMA page_count", e);

    if (r >= 0)
        r = db_int(&unused, db, "PRAGMA freelist_count", e);
    if (r >= 0)
        r = db_int(&page_bytes, db, "PRAGMA page_size", e);
    if (r >= 0)
        *ret = (pages - unused) * page_bytes;
    return r;
}

static int retention_step(struct upkeep *u, struct err *e)
{
    sqlite3 *db = u->opts.files[FILE_HISTORY].db;
    int64_t now_usec = clock_wall_usec(u->opts.clock);
    int64_t bytes = 0;
    int r = history_bytes(&bytes, db, e);

    if (r < 0)
        return r;
    if (bytes > u->opts.history_bytes_max)
        r = forget_older(u, INT64_MAX, e); /* too large: the oldest ids go, whatever their dates */
    else if (u->opts.history_days > 0 && u->opts.history_days < now_usec / DAY_USEC)
        r = forget_older(u, now_usec - u->opts.history_days * DAY_USEC, e);
    if (r < 0)
        return r;
    return db_exec(db, "PRAGMA incremental_vacuum(256)", e);
}

/* ---- backups -------------------------------------------------------------------------------- */

static int backup_run(struct upkeep *u, struct err *e)
{
    size_t i = u->copy_file;
    struct backup_place place = upkeep_place(u, i);
    sqlite3 *db = u->opts.files[i].db;
    int r;

    if (!u->copy) {
        int64_t changes = sqlite3_total_changes64(db);

        if (u->copied_at[i] == changes && !u->forced) {
            u->copy_file++;
            return 0;
        }
        r = backup_begin(&u->copy, db, &place, e);
        if (r < 0)
            return r;
        u->copied_at[i] = changes; /* what changes from now on may be in the copy or not */
    }
    r = backup_step(u->copy, e);
    if (r > 0)
        return 0;
    u->copy = backup_free(u->copy);
    if (r < 0)
        u->copied_at[i] = -1;
    else
        u->copy_file++;
    return r;
}

enum upkeep_event upkeep_run(struct upkeep *u, struct err *e)
{
    int64_t now_ms = clock_mono_ms(u->opts.clock);
    int r;

    if (!upkeep_is_busy(u) && now_ms >= u->backup_at_ms) {
        u->copy_file = 0;
        u->forced = false;
        u->backup_at_ms = now_ms + u->opts.backup_hours * HOUR_MS;
    }
    if (upkeep_is_busy(u)) {
        if (backup_run(u, e) < 0) {
            u->copy_file = FILE_N;
            return UPKEEP_FAILED;
        }
        return upkeep_is_busy(u) ? UPKEEP_NOTHING : UPKEEP_COPIED;
    }
    if (now_ms >= u->retention_at_ms) {
        u->retention_at_ms = now_ms + HOUR_MS;
        r = retention_step(u, e);
        if (r < 0) {
            err_wrap(e, r, "deleting old sessions");
            return UPKEEP_FAILED;
        }
    }
    return UPKEEP_NOTHING;
}
