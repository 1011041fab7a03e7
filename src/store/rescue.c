/* SPDX-License-Identifier: Apache-2.0 */
/* store/rescue.c - saves rows of a damaged file into the one that took its place. */
#include "store/rescue.h"

#include "base/must.h"
#include "store/db.h"
#include "store/recover.h"
#include "store/salvage.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = STORE_PATH_BYTES + 128, SOURCES_MAX = RECOVER_ASIDE_MAX + BACKUPS_KEPT };

/* A row that is there already is newer, unless the times say otherwise. A notice of a loss is not
 * saved: it was acknowledged, or is written anew. */
static const struct {
    enum store_file file;
    const char *put;
    const char *binds; /* as in group.c */
} saves[SALVAGE_N] = {
    [SALVAGE_SESSION] = {
        FILE_HISTORY,
        "INSERT INTO sessions (id, source, heard, intent, reply, outcome, detail, wall_usec)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET source=excluded.source, heard=excluded.heard,"
        " intent=excluded.intent, reply=excluded.reply, outcome=excluded.outcome,"
        " detail=excluded.detail, wall_usec=excluded.wall_usec"
        " WHERE excluded.wall_usec > sessions.wall_usec",
        "ittttttw",
    },
    [SALVAGE_DEVICE] = {
        FILE_CONFIG,
        "INSERT INTO devices (id, state, wall_usec) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET state=excluded.state, wall_usec=excluded.wall_usec"
        " WHERE excluded.wall_usec > devices.wall_usec",
        "ttw",
    },
    [SALVAGE_VALUE] = {
        FILE_CONFIG,
        "INSERT INTO entries (key, value, wall_usec) SELECT ?1, ?2, ?3"
        " WHERE NOT (?1 >= 'lost.' AND ?1 < 'lost/')"
        " ON CONFLICT (key) DO UPDATE SET value=excluded.value, wall_usec=excluded.wall_usec"
        " WHERE excluded.wall_usec > entries.wall_usec",
        "ttw",
    },
};

struct rescue {
    struct rescue_opts opts;
    sqlite3_stmt *put[SALVAGE_N]; /* owned; NULL: a kind of the other file */
    char sources[SOURCES_MAX][PATH_BYTES];
    size_t sources_n, at;
    struct salvage *salvage; /* owned; of sources[at] */
    int rc;                  /* SQLite's, of this step; the first error */
    uint64_t saved, unreadable;
    char kept[64]; /* name of the damaged file; "" when there is none to keep */
};

static void rescue_add(struct rescue *r, const char *path)
{
    if (!must(r->sources_n < SOURCES_MAX))
        return;
    snprintf(r->sources[r->sources_n++], PATH_BYTES, "%s", path);
}

static void rescue_sources(struct rescue *r)
{
    char path[PATH_BYTES];
    struct stat st;

    for (unsigned nth = 0; nth < RECOVER_ASIDE_MAX; nth++) {
        recover_aside(path, sizeof(path), &r->opts.place, nth);
        if (stat(path, &st) == 0)
            rescue_add(r, path);
    }
    for (size_t nth = 0; nth < BACKUPS_KEPT && r->sources_n > 0; nth++)
        if (backup_nth(path, sizeof(path), &r->opts.place, nth) == 0)
            rescue_add(r, path);
}

int rescue_new(struct rescue **ret, const struct rescue_opts *o, struct err *e)
{
    AUTO(rescue_freep) struct rescue *r = calloc(1, sizeof(*r));
    int code = 0;

    *ret = NULL;
    if (!r)
        return err_set(e, -ENOMEM, "store: out of memory");
    r->opts = *o;
    rescue_sources(r);
    if (r->sources_n == 0)
        return 0;
    for (size_t k = 0; k < SALVAGE_N && code >= 0; k++)
        if (saves[k].file == o->file)
            code = db_prepare(&r->put[k], o->db, saves[k].put, e);
    if (code < 0)
        return err_wrap(e, code, "%s", o->place.name);
    *ret = STEAL(r);
    return 0;
}

struct rescue *rescue_free(struct rescue *r)
{
    if (!r)
        return NULL;
    salvage_free(r->salvage);
    for (size_t k = 0; k < SALVAGE_N; k++)
        sqlite3_finalize(r->put[k]);
    free(r);
    return NULL;
}

/* The texts of a value stand as key, value; the file has the time between them. */
static int save_bind(sqlite3_stmt *put, const char *binds, const struct salvage_row *row)
{
    size_t text = 0;
    int rc = SQLITE_OK;

    for (int at = 0; binds[at] && rc == SQLITE_OK; at++) {
        must(binds[at] != 't' || (text < SALVAGE_TEXTS && row->texts[text]));
        if (binds[at] == 't')
            rc = sqlite3_bind_text(put, at + 1, row->texts[text++], -1, SQLITE_STATIC);
        else
            rc = sqlite3_bind_int64(put, at + 1, binds[at] == 'i' ? row->id : row->wall_usec);
    }
    return rc;
}

static void rescue_on_row(const struct salvage_row *row, void *user)
{
    struct rescue *r = user;
    sqlite3_stmt *put = r->put[row->kind];
    int rc;

    if (!put || r->rc != SQLITE_OK)
        return;
    rc = save_bind(put, saves[row->kind].binds, row);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(put);
    if (rc == SQLITE_DONE)
        r->saved += (uint64_t)sqlite3_changes(r->opts.db);
    else if ((rc & 0xff) != SQLITE_CONSTRAINT && (rc & 0xff) != SQLITE_TOOBIG)
        r->rc = rc; /* of the disk or of memory: this step is done again */
    sqlite3_reset(put);
    sqlite3_clear_bindings(put);
}

/* ---- the end -------------------------------------------------------------------------------- */

static int name_order(const void *a, const void *b)
{
    return strcmp(b, a); /* the newest time first */
}

static void corrupt_unlink(const struct backup_place *p, const char *name)
{
    static const char *const tails[] = { "", "-wal", "-journal", "-shm" };
    char path[PATH_BYTES + 80];

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s%s", p->dir, name, tails[i]);
        unlink(path);
    }
}

/* People may look at damaged files, but a disk that damages many must not fill with them. */
static void corrupt_prune(const struct backup_place *p)
{
    enum { SEEN = 64 };
    char names[SEEN][64], prefix[40];
    size_t n = 0, len;
    struct dirent *entry;
    DIR *d = opendir(p->dir);

    snprintf(prefix, sizeof(prefix), "%s.corrupt-", p->name);
    len = strlen(prefix);
    while (d && n < SEEN && (entry = readdir(d))) {
        size_t size = strlen(entry->d_name);

        if (strncmp(entry->d_name, prefix, len) != 0 || size >= sizeof(names[0]) ||
            strchr(entry->d_name + len, '-')) /* "-wal" goes with its file */
            continue;
        memcpy(names[n++], entry->d_name, size + 1);
    }
    if (d)
        closedir(d);
    qsort(names, n, sizeof(names[0]), name_order);
    for (size_t i = CORRUPT_KEPT; i < n; i++)
        corrupt_unlink(p, names[i]);
}

/* A free name; the time is for people, the number keeps two of one second apart and in order. */
static void corrupt_name(char *out, size_t size, const struct rescue *r)
{
    time_t now = (time_t)(clock_wall_usec(r->opts.clock) / 1000000);
    char stamp[32] = "", path[PATH_BYTES];
    struct tm tm;
    struct stat st;

    if (gmtime_r(&now, &tm))
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    for (int i = 1; i < 100; i++) {
        snprintf(out, size, "%s.corrupt-%s.%02d", r->opts.place.name, stamp, i);
        snprintf(path, sizeof(path), "%s/%s", r->opts.place.dir, out);
        if (lstat(path, &st) < 0)
            return;
    }
}

static int keep_damaged(struct rescue *r, const char *path, struct err *e)
{
    char to[PATH_BYTES], from_log[PATH_BYTES + 8], to_log[PATH_BYTES + 8];
    struct stat st;

    snprintf(from_log, sizeof(from_log), "%s-wal", path);
    if (stat(path, &st) == 0 && st.st_size == 0 && stat(from_log, &st) < 0) {
        if (unlink(path) < 0)
            return err_set(e, -errno, "%s: %s", path, err_words(errno));
        return 0;
    }
    corrupt_name(r->kept, sizeof(r->kept), r);
    snprintf(to, sizeof(to), "%s/%s", r->opts.place.dir, r->kept);
    snprintf(to_log, sizeof(to_log), "%s-wal", to);
    rename(from_log, to_log); /* there is none after a clean end */
    if (rename(path, to) < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    return 0;
}

static int rescue_end(struct rescue *r, struct err *e)
{
    char path[PATH_BYTES];
    int code = 0;

    must(!r->salvage && r->at == r->sources_n);
    for (unsigned nth = 0; nth < RECOVER_ASIDE_MAX && code >= 0; nth++) {
        struct stat st;

        recover_aside(path, sizeof(path), &r->opts.place, nth);
        if (stat(path, &st) == 0)
            code = keep_damaged(r, path, e);
    }
    corrupt_prune(&r->opts.place);
    return code;
}

/* ---- steps ---------------------------------------------------------------------------------- */

static int rescue_pages(struct rescue *r, bool *more, struct err *e)
{
    int code;

    must(r->salvage && sqlite3_get_autocommit(r->opts.db));
    code = db_exec(r->opts.db, "BEGIN IMMEDIATE", e);
    r->rc = SQLITE_OK;
    for (int i = 0; i < RESCUE_PAGES && code >= 0 && *more && r->rc == SQLITE_OK; i++)
        *more = salvage_page(r->salvage, rescue_on_row, r);
    if (code >= 0 && r->rc != SQLITE_OK)
        code = db_error(r->opts.db, r->rc, e);
    if (code >= 0)
        code = db_exec(r->opts.db, "COMMIT", e);
    if (code < 0)
        db_rollback(r->opts.db);
    must(code < 0 || sqlite3_get_autocommit(r->opts.db));
    return code;
}

/* A source is read from its beginning again when a step of it failed: rows are not saved twice. */
static int source_step(struct rescue *r, struct err *e)
{
    bool more = true;
    int code = r->salvage ? 0 : salvage_new(&r->salvage, r->sources[r->at], e);

    if (code == -ENOMEM)
        return code;
    if (code < 0) { /* the others may be readable */
        r->unreadable++;
        r->at++;
        return 0;
    }
    code = rescue_pages(r, &more, e);
    if (code >= 0 && more)
        return 0;
    r->unreadable += salvage_unreadable(r->salvage);
    r->salvage = salvage_free(r->salvage);
    if (code >= 0)
        r->at++;
    return code;
}

int rescue_step(struct rescue *r, struct err *e)
{
    bool ended = r->at == r->sources_n;
    int code;

    must(r->at <= r->sources_n);
    code = ended ? rescue_end(r, e) : source_step(r, e);
    if (code < 0)
        return err_wrap(e, code, "saving what is left of %s", r->opts.place.name);
    return ended ? 0 : 1;
}

void rescue_words(const struct rescue *r, char *out, size_t size)
{
    snprintf(out, size, "%llu rows were saved from it and its backups%s%s%s",
             (unsigned long long)r->saved,
             r->unreadable ? ", a part could not be read from the disk" : "",
             r->kept[0] ? "; the damaged file is kept as " : "", r->kept);
}
