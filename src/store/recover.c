/* SPDX-License-Identifier: Apache-2.0 */
/* store/recover.c - opens a database whatever state it is in.
 *
 * The log (-wal) is moved before the database: after a crash between the two, a log that fits a
 * moved file must not be replayed into the backup that takes its place. */
#include "store/recover.h"

#include "store/db.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { ASIDE_TRIES = 100 };

static int recover_try(sqlite3 **ret, const char *path, const struct backup_place *place,
                       const struct schema *s, struct err *e)
{
    AUTO_DB *db = NULL;
    struct stat st;
    int r;

    /* a file system that was cut off, or we were, between moving aside and restoring */
    if ((stat(path, &st) < 0 ? errno == ENOENT : st.st_size == 0) && backup_exists(place))
        return err_set(e, -EUCLEAN, "%s: the file is missing or empty", path);
    r = db_open(&db, path, place->vfs, DB_WRITE, e);
    if (r < 0)
        return r;
    r = db_check(db, e);
    if (r >= 0)
        r = schema_migrate(db, s, e);
    if (r < 0)
        return err_wrap(e, r, "%s", path);
    *ret = STEAL(db);
    return 0;
}

/* A free name for the damaged file; the time is for people. */
static int aside_name(char *out, size_t size, const char *path, const struct clock *clock)
{
    time_t now = (time_t)(clock_wall_usec(clock) / 1000000);
    char stamp[32] = "";
    struct tm tm;
    struct stat st;

    if (gmtime_r(&now, &tm))
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    for (int i = 1; i <= ASIDE_TRIES; i++) {
        if (i == 1)
            snprintf(out, size, "%s.corrupt-%s", path, stamp);
        else
            snprintf(out, size, "%s.corrupt-%s.%d", path, stamp, i);
        if (lstat(out, &st) < 0 && errno == ENOENT)
            return 0;
    }
    return -EEXIST;
}

static int move_aside(const char *path, const char *aside, struct err *e)
{
    static const char *const tails[] = { "-wal", "-journal", "" };
    char from[STORE_PATH_BYTES + 128], to[STORE_PATH_BYTES + 192];

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        snprintf(from, sizeof(from), "%s%s", path, tails[i]);
        snprintf(to, sizeof(to), "%s%s", aside, tails[i]);
        if (rename(from, to) < 0 && errno != ENOENT)
            return err_set(e, -errno, "%s: cannot be moved to %s: %s", from, to, strerror(errno));
    }
    snprintf(from, sizeof(from), "%s-shm", path); /* derived from the log */
    unlink(from);
    return 0;
}

int recover_open(sqlite3 **ret, const struct backup_place *place, const struct schema *s,
                 const struct clock *clock, struct err *said, struct err *e)
{
    char path[STORE_PATH_BYTES + 64], aside[STORE_PATH_BYTES + 128];
    struct err why = ERR_INIT;
    int number = 0;
    int r;

    snprintf(path, sizeof(path), "%s/%s", place->dir, place->name);
    r = recover_try(ret, path, place, s, &why);
    if (r >= 0)
        return 0;
    if (r != -EUCLEAN)
        return err_set(e, r, "%s", err_text(&why));
    r = aside_name(aside, sizeof(aside), path, clock);
    if (r < 0)
        return err_set(e, r,
                       "%s is damaged, and there are too many damaged files beside it: "
                       "move them away",
                       path);
    r = move_aside(path, aside, e);
    if (r >= 0)
        r = backup_restore(&number, place, s, e);
    if (r < 0 && r != -ENOENT)
        return r;
    r = recover_try(ret, path, place, s, e);
    if (r < 0)
        return r;
    if (number)
        err_set(said, -EUCLEAN,
                "%s; what there was is kept as %s; backup number %d took its "
                "place: what came after that backup is missing",
                err_text(&why), strrchr(aside, '/') + 1, number);
    else
        err_set(said, -EUCLEAN,
                "%s; what there was is kept as %s; an empty one took its place, "
                "because there is no good backup",
                err_text(&why), strrchr(aside, '/') + 1);
    return 1;
}
