/* SPDX-License-Identifier: Apache-2.0 */
/* store/upkeep.c - what the writer does between groups, one small piece at a time. */
#include "store/upkeep.h"

#include "base/must.h"
#include "store/check.h"
#include "store/db.h"

enum {
    FIRST_BACKUP_MS = 5 * 60 * 1000,
    LOOK_MS = 60 * 1000,  /* between two looks at the size of the history */
    AGAIN_MS = 60 * 1000, /* after a failure */
    CHECK_REST_MS = 10,   /* a check is in no hurry */
    VACUUM_PAGES = 256,
    FREE_PAGES_OK = 16,
    CHECKPOINT_BUSY_MS = 20,
    BUSY_MS = 2000, /* as db.c */
};

static const int64_t HOUR_MS = 3600 * 1000;
static const int64_t HOUR_USEC = INT64_C(3600) * 1000000;
static const int64_t DAY_USEC = INT64_C(86400) * 1000000;
static const int64_t NEVER = INT64_MAX;

struct upkeep_file {
    int64_t copied_at;     /* sqlite3_total_changes64() when it was copied; -1: unknown */
    int64_t copy_due_ms;   /* monotonic; next copy; NEVER */
    int64_t check_due_ms;  /* monotonic; NEVER: nothing to check */
    int64_t rescue_due_ms; /* monotonic; after a failure */
    struct check *check;   /* owned; under way */
    struct rescue *rescue; /* owned; under way */
};

struct upkeep {
    struct upkeep_opts opts;
    struct upkeep_file files[FILE_N];
    sqlite3_stmt *forget; /* owned; a step of retention */
    int64_t look_ms;      /* monotonic; when retention looks again */
    int64_t age_ms;       /* monotonic; when it may delete by age again */
    int64_t steady_ms;    /* monotonic; since then the wall clock goes with the monotonic one */
    int64_t offset_usec;  /* wall minus monotonic, at the last look */
    int64_t vacuum_left;  /* free pages at the last vacuum; 0: none is under way */
    struct backup *copy;  /* owned; under way */
    size_t copy_file;     /* which file; FILE_N: no backup is under way */
    bool forced;          /* unchanged files as well */
    int64_t wrote_ms;     /* monotonic; last write that the log may still hold; NEVER: none */
};

static const char forget_sql[] =
    "DELETE FROM sessions WHERE id IN ("
    " SELECT id FROM (SELECT id, wall_usec FROM sessions ORDER BY id LIMIT ?)"
    " WHERE wall_usec < ? ORDER BY id LIMIT ?)";

static int64_t now_ms(const struct upkeep *u)
{
    return clock_mono_ms(u->opts.clock);
}

static struct backup_place upkeep_place(const struct upkeep *u, size_t file)
{
    return (struct backup_place){ u->opts.dir, u->opts.files[file].name, u->opts.vfs };
}

static int file_bytes(int64_t *ret, int64_t *ret_free, sqlite3 *db, struct err *e)
{
    int64_t pages = 0, unused = 0, page_bytes = 0;
    int r = db_int(&pages, db, "PRAGMA page_count", e);

    if (r >= 0)
        r = db_int(&unused, db, "PRAGMA freelist_count", e);
    if (r >= 0)
        r = db_int(&page_bytes, db, "PRAGMA page_size", e);
    if (r < 0)
        return r;
    must(unused <= pages);
    *ret = (pages - unused) * page_bytes;
    *ret_free = unused;
    return 0;
}

/* ---- backups -------------------------------------------------------------------------------- */

/* A copy writes the whole file: a large one is copied more rarely, so that copies alone never wear
 * out a card. */
static int64_t copy_every_ms(struct upkeep *u, size_t file)
{
    int64_t bytes = 0, unused = 0, ms = u->opts.backup_hours * HOUR_MS;

    if (file_bytes(&bytes, &unused, u->opts.files[file].db, NULL) >= 0 &&
        bytes * 24 * HOUR_MS / BACKUP_BYTES_A_DAY > ms)
        ms = bytes * 24 * HOUR_MS / BACKUP_BYTES_A_DAY;
    return ms;
}

/* The time of the newest copy counts over restarts; one of the future counts as of now. */
static int64_t copy_first_ms(struct upkeep *u, size_t file)
{
    struct backup_place place = upkeep_place(u, file);
    int64_t copied_usec = backup_wall_usec(&place);
    int64_t age_ms = (clock_wall_usec(u->opts.clock) - copied_usec) / 1000, rest_ms;

    if (u->opts.backup_hours <= 0)
        return NEVER;
    if (age_ms < 0)
        age_ms = 0;
    rest_ms = copied_usec == 0 ? 0 : copy_every_ms(u, file) - age_ms;
    return now_ms(u) + (rest_ms > FIRST_BACKUP_MS ? rest_ms : FIRST_BACKUP_MS);
}

static bool copies_run(const struct upkeep *u)
{
    return u->copy_file < FILE_N;
}

bool upkeep_backup(struct upkeep *u)
{
    if (copies_run(u))
        return false;
    u->copy_file = 0;
    u->forced = true;
    return true;
}

static bool copy_is_due(const struct upkeep *u, size_t file)
{
    return u->forced ||
           (now_ms(u) >= u->files[file].copy_due_ms &&
            u->files[file].copied_at != sqlite3_total_changes64(u->opts.files[file].db));
}

/* 1: there is more. */
static int copy_begin(struct upkeep *u, size_t file, struct err *e)
{
    struct backup_place place = upkeep_place(u, file);
    sqlite3 *db = u->opts.files[file].db;
    int64_t changes = sqlite3_total_changes64(db);
    int r = backup_begin(&u->copy, db, &place, &store_schemas[file], e);

    if (r < 0)
        return r;
    u->files[file].copied_at = changes; /* later changes may be in the copy or not */
    return 1;
}

static void copy_end(struct upkeep *u, size_t file, int r)
{
    u->copy = backup_free(u->copy);
    if (u->opts.backup_hours > 0)
        u->files[file].copy_due_ms = now_ms(u) + (r < 0 ? HOUR_MS : copy_every_ms(u, file));
    if (r < 0)
        u->files[file].copied_at = -1;
    if (r == -EUCLEAN) /* the copy or the file: the file can be asked */
        upkeep_check(u, (enum store_file)file, 0);
}

static int copy_piece(struct upkeep *u, struct err *e)
{
    size_t file = u->copy_file;
    int r;

    must(file < FILE_N);
    if (!u->copy && !copy_is_due(u, file)) {
        u->copy_file++;
        return 0;
    }
    r = u->copy ? backup_step(u->copy, e) : copy_begin(u, file, e);
    if (r > 0)
        return 0;
    copy_end(u, file, r);
    if (r == 0)
        u->copy_file++;
    return r;
}

static void copies_piece(struct upkeep *u, struct upkeep_event *ret)
{
    must(copies_run(u));
    ret->file = (enum store_file)u->copy_file;
    if (copy_piece(u, &ret->why) < 0) {
        u->copy_file = FILE_N;
        ret->kind = UPKEEP_FAILED;
        ret->of_backup = true;
    } else if (!copies_run(u)) {
        ret->kind = UPKEEP_COPIED;
    }
    if (!copies_run(u))
        u->forced = false;
}

static bool copies_start(struct upkeep *u)
{
    for (size_t i = 0; i < FILE_N && !copies_run(u); i++)
        if (copy_is_due(u, i))
            u->copy_file = i;
    return copies_run(u);
}

/* ---- retention ------------------------------------------------------------------------------ */

/* How many went; negative errno. */
static int forget_older(struct upkeep *u, int64_t before_usec, struct err *e)
{
    sqlite3 *db = u->opts.files[FILE_HISTORY].db;
    int rc;

    sqlite3_bind_int(u->forget, 1, RETENTION_SCAN);
    sqlite3_bind_int64(u->forget, 2, before_usec);
    sqlite3_bind_int(u->forget, 3, RETENTION_ROWS);
    rc = sqlite3_step(u->forget);
    sqlite3_reset(u->forget);
    return rc == SQLITE_DONE ? sqlite3_changes(db) : db_error(db, rc, e);
}

/* Is the wall clock believed? One that has gone with the monotonic one for a day is. */
static bool clock_is_steady(struct upkeep *u)
{
    int64_t offset = clock_wall_usec(u->opts.clock) - clock_mono_usec(u->opts.clock);
    int64_t jump = offset - u->offset_usec;

    if (jump > HOUR_USEC || jump < -HOUR_USEC)
        u->steady_ms = now_ms(u);
    u->offset_usec = offset;
    return now_ms(u) - u->steady_ms >= RETENTION_STEADY_H * HOUR_MS;
}

static int retain_by_age(struct upkeep *u, struct err *e)
{
    int64_t wall_usec = clock_wall_usec(u->opts.clock);
    bool steady = clock_is_steady(u);
    int n = 0;

    if (now_ms(u) < u->age_ms || u->opts.history_days <= 0 ||
        u->opts.history_days >= wall_usec / DAY_USEC)
        return 0;
    n = forget_older(u, wall_usec - u->opts.history_days * DAY_USEC, e);
    u->age_ms = now_ms(u) + (n == RETENTION_ROWS && steady ? 0 : HOUR_MS);
    must(n <= RETENTION_ROWS);
    return n;
}

/* Free pages go back to the disk. An older file that cannot give them back uses them again. */
static int retention_vacuum(struct upkeep *u, int64_t unused, struct err *e)
{
    int r;

    if (unused <= FREE_PAGES_OK || unused == u->vacuum_left) {
        u->vacuum_left = 0;
        return 0;
    }
    u->vacuum_left = unused;
    r = db_exec(u->opts.files[FILE_HISTORY].db, "PRAGMA incremental_vacuum(256)", e);
    must_const(VACUUM_PAGES == 256);
    return r < 0 ? r : 1;
}

/* > 0: the next step may follow at once. */
static int retention_step(struct upkeep *u, struct err *e)
{
    int64_t bytes = 0, unused = 0;
    int r = file_bytes(&bytes, &unused, u->opts.files[FILE_HISTORY].db, e);
    int n;

    if (r < 0)
        return r;
    /* too large: the oldest ids go, whatever their dates */
    n = bytes > u->opts.history_bytes_max ? forget_older(u, INT64_MAX, e) : retain_by_age(u, e);
    if (n < 0)
        return n;
    must(n <= RETENTION_ROWS && sqlite3_get_autocommit(u->opts.files[FILE_HISTORY].db));
    r = retention_vacuum(u, unused, e);
    if (n > 0 || r > 0)
        upkeep_wrote(u);
    return r < 0 ? r : n > 0 || r > 0;
}

static void retention_piece(struct upkeep *u, struct upkeep_event *ret)
{
    int r = retention_step(u, &ret->why);

    u->look_ms = now_ms(u) + (r > 0 ? 0 : r < 0 ? AGAIN_MS : LOOK_MS);
    if (r >= 0)
        return;
    err_wrap(&ret->why, r, "deleting old sessions");
    ret->kind = UPKEEP_FAILED;
    ret->file = FILE_HISTORY;
}

/* ---- check, rescue, checkpoint -------------------------------------------------------------- */

void upkeep_check(struct upkeep *u, enum store_file file, int64_t delay_ms)
{
    u->files[file].check = check_free(u->files[file].check);
    u->files[file].check_due_ms = now_ms(u) + delay_ms;
}

static void check_piece(struct upkeep *u, size_t file, struct upkeep_event *ret)
{
    struct upkeep_file *f = &u->files[file];
    sqlite3 *db = u->opts.files[file].db;
    int r = 1;

    if (!f->check)
        r = check_new(&f->check, db, &store_schemas[file], &ret->why);
    if (r >= 0)
        r = check_step(f->check, &ret->why);
    if (r > 0)
        return;
    f->check = check_free(f->check);
    f->check_due_ms = r < 0 ? now_ms(u) + AGAIN_MS : NEVER;
    ret->kind = r < 0 ? UPKEEP_FAILED : UPKEEP_CHECKED;
}

void upkeep_rescue(struct upkeep *u, enum store_file file, struct rescue *r)
{
    must(!u->files[file].rescue);
    u->files[file].rescue = r;
    u->files[file].rescue_due_ms = now_ms(u);
}

static void rescue_piece(struct upkeep *u, size_t file, struct upkeep_event *ret)
{
    struct upkeep_file *f = &u->files[file];
    int r = rescue_step(f->rescue, &ret->why);

    upkeep_wrote(u);
    if (r > 0) {
        ret->why = ERR_INIT; /* words of a source that could not be opened */
        return;
    }
    if (r < 0) {
        f->rescue_due_ms = now_ms(u) + AGAIN_MS;
        ret->kind = UPKEEP_FAILED;
        return;
    }
    rescue_words(f->rescue, ret->words, sizeof(ret->words));
    f->rescue = rescue_free(f->rescue);
    ret->kind = UPKEEP_RESCUED;
}

void upkeep_wrote(struct upkeep *u)
{
    u->wrote_ms = now_ms(u);
}

/* Both logs into their files, and the logs to nothing. A reader in the way: the next time. */
static void checkpoint_piece(struct upkeep *u, struct upkeep_event *ret)
{
    u->wrote_ms = NEVER;
    for (size_t i = 0; i < FILE_N; i++) {
        sqlite3 *db = u->opts.files[i].db;
        int rc;

        sqlite3_busy_timeout(db, CHECKPOINT_BUSY_MS);
        rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        sqlite3_busy_timeout(db, BUSY_MS);
        if (rc == SQLITE_OK)
            continue;
        u->wrote_ms = now_ms(u);
        if ((rc & 0xff) == SQLITE_BUSY)
            continue;
        ret->kind = UPKEEP_FAILED;
        ret->file = (enum store_file)i;
        err_wrap(&ret->why, db_error(db, rc, &ret->why), "%s: the log", u->opts.files[i].name);
    }
}

/* ---- the order ------------------------------------------------------------------------------ */

int upkeep_new(struct upkeep **ret, const struct upkeep_opts *o, struct err *e)
{
    AUTO(upkeep_freep) struct upkeep *u = calloc(1, sizeof(*u));
    int r;

    if (!u)
        return err_set(e, -ENOMEM, "store: out of memory");
    u->opts = *o;
    u->copy_file = FILE_N;
    u->steady_ms = now_ms(u);
    u->offset_usec = clock_wall_usec(o->clock) - clock_mono_usec(o->clock);
    u->look_ms = now_ms(u) + LOOK_MS;
    u->age_ms = now_ms(u) + HOUR_MS;
    u->wrote_ms = now_ms(u); /* the start may have written */
    for (size_t i = 0; i < FILE_N; i++) {
        struct backup_place place = upkeep_place(u, i);

        u->files[i] = (struct upkeep_file){
            .copied_at = backup_is_current(&place) ? sqlite3_total_changes64(o->files[i].db) : -1,
            .copy_due_ms = copy_first_ms(u, i),
            .check_due_ms = NEVER,
        };
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
    for (size_t i = 0; i < FILE_N; i++) {
        check_free(u->files[i].check);
        rescue_free(u->files[i].rescue);
    }
    backup_free(u->copy);
    sqlite3_finalize(u->forget);
    free(u);
    return NULL;
}

static bool rescue_is_due(const struct upkeep *u, size_t file)
{
    return u->files[file].rescue && now_ms(u) >= u->files[file].rescue_due_ms;
}

bool upkeep_rescues(const struct upkeep *u)
{
    return rescue_is_due(u, FILE_HISTORY) || rescue_is_due(u, FILE_CONFIG);
}

static bool check_is_due(const struct upkeep *u, size_t file)
{
    return now_ms(u) >= u->files[file].check_due_ms;
}

int upkeep_rest_ms(const struct upkeep *u)
{
    int rest_ms = -1;

    for (size_t i = 0; i < FILE_N; i++) {
        if (rescue_is_due(u, i))
            return 0;
        if (check_is_due(u, i))
            rest_ms = CHECK_REST_MS;
    }
    return copies_run(u) || now_ms(u) >= u->look_ms ? 0 : rest_ms;
}

/* Rescue and check; true: a piece was done. */
static bool files_piece(struct upkeep *u, bool (*is_due)(const struct upkeep *, size_t),
                        void (*piece)(struct upkeep *, size_t, struct upkeep_event *),
                        struct upkeep_event *ret)
{
    for (size_t i = 0; i < FILE_N; i++) {
        if (!is_due(u, i))
            continue;
        ret->file = (enum store_file)i;
        piece(u, i, ret);
        return true;
    }
    return false;
}

void upkeep_run(struct upkeep *u, struct upkeep_event *ret)
{
    must(!u->copy || copies_run(u));
    *ret = (struct upkeep_event){ .kind = UPKEEP_NOTHING };
    if (files_piece(u, rescue_is_due, rescue_piece, ret))
        ;
    else if (now_ms(u) >= u->look_ms)
        retention_piece(u, ret);
    else if (copies_run(u) || copies_start(u))
        copies_piece(u, ret);
    else if (files_piece(u, check_is_due, check_piece, ret))
        ;
    else if (u->wrote_ms != NEVER && now_ms(u) - u->wrote_ms >= CHECKPOINT_IDLE_MS)
        checkpoint_piece(u, ret);
    must((ret->kind == UPKEEP_FAILED) == (ret->why.code < 0));
    if (ret->kind == UPKEEP_FAILED && ret->why.code == -EUCLEAN && !ret->of_backup)
        u->opts.files[ret->file].damaged = true;
}
