/* SPDX-License-Identifier: Apache-2.0 */
/* store/recover.c - opens a database whatever state it is in.
 *
 * The log (-wal) is moved before the database: after a crash between the two, a log that fits a
 * moved file must not be replayed into the empty file that takes its place. */
#include "store/recover.h"

#include "base/must.h"
#include "store/check.h"
#include "store/db.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = STORE_PATH_BYTES + 128 };

static void place_path(char *out, const struct backup_place *p, const char *tail)
{
    snprintf(out, PATH_BYTES, "%s/%s%s", p->dir, p->name, tail);
}

void recover_aside(char *out, size_t size, const struct backup_place *place, unsigned nth)
{
    snprintf(out, size, "%s/%s.damaged.%u", place->dir, place->name, nth + 1);
}

/* -1: it is not there. */
static int64_t place_bytes(const struct backup_place *p, const char *tail)
{
    char path[PATH_BYTES];
    struct stat st;

    place_path(path, p, tail);
    return stat(path, &st) < 0 ? -1 : (int64_t)st.st_size;
}

/* Empty or gone, though it had content once. */
static bool place_is_lost(const struct backup_place *p)
{
    char path[PATH_BYTES];

    if (place_bytes(p, "") > 0)
        return false;
    return place_bytes(p, ".made") >= 0 || place_bytes(p, "-wal") > 0 ||
           backup_nth(path, sizeof(path), p, 0) == 0;
}

static int place_mark_made(const struct backup_place *p, struct err *e)
{
    char path[PATH_BYTES];
    int fd;

    if (place_bytes(p, ".made") >= 0)
        return 0;
    place_path(path, p, ".made");
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    close(fd);
    return backup_sync_dir(p->dir, e);
}

static int recover_try(sqlite3 **ret, const struct backup_place *p, const struct schema *s,
                       struct err *e)
{
    AUTO_DB *db = NULL;
    char path[PATH_BYTES];
    int r;

    place_path(path, p, "");
    r = db_open(&db, path, p->vfs, DB_WRITE, e);
    if (r < 0)
        return r;
    r = schema_migrate(db, s, e);
    if (r >= 0)
        r = check_start(db, s, e);
    if (r >= 0)
        r = place_mark_made(p, e);
    if (r < 0)
        return err_wrap(e, r, "%s", path);
    *ret = STEAL(db);
    return 0;
}

static int move_one(const char *from, const char *to, struct err *e)
{
    if (rename(from, to) < 0 && errno != ENOENT)
        return err_set(e, -errno, "%s: cannot be moved to %s: %s", from, to, err_words(errno));
    return 0;
}

/* A file that is gone leaves an empty one behind, so that a rescue is due even after a crash. */
static int aside_mark(const char *aside, struct err *e)
{
    AUTO_CLOSE int fd = open(aside, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);

    return fd < 0 ? err_set(e, -errno, "%s: %s", aside, err_words(errno)) : 0;
}

static int move_aside(const struct backup_place *p, struct err *e)
{
    static const char *const tails[] = { "-wal", "-journal", "" };
    char from[PATH_BYTES], aside[PATH_BYTES], to[PATH_BYTES + 16];
    struct stat st;
    unsigned nth = 0;
    int r = 0;

    do {
        recover_aside(aside, sizeof(aside), p, nth++);
    } while (nth < RECOVER_ASIDE_MAX && lstat(aside, &st) == 0);
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]) && r >= 0; i++) {
        place_path(from, p, tails[i]);
        snprintf(to, sizeof(to), "%s%s", aside, tails[i]);
        r = move_one(from, to, e);
    }
    if (r >= 0)
        r = aside_mark(aside, e);
    place_path(from, p, "-shm"); /* derived from the log */
    unlink(from);
    return r < 0 ? r : backup_sync_dir(p->dir, e);
}

int recover_open(struct recovered *ret, const struct backup_place *place, const struct schema *s,
                 bool damaged, struct err *e)
{
    struct err why = ERR_INIT;
    int r = -EUCLEAN;

    *ret = (struct recovered){ .unclean = place_bytes(place, "-wal") >= 0 };
    backup_sweep(place);
    if (damaged)
        err_set(&why, r, "%s/%s: the file is damaged", place->dir, place->name);
    else if (place_is_lost(place))
        err_set(&why, r, "%s/%s: the file is missing or empty", place->dir, place->name);
    else
        r = recover_try(&ret->db, place, s, &why);
    must((r >= 0) == (ret->db != NULL));
    if (r >= 0)
        return 0;
    if (r != -EUCLEAN)
        return err_set(e, r, "%s", err_text(&why));
    r = move_aside(place, e);
    if (r >= 0)
        r = recover_try(&ret->db, place, s, e);
    if (r < 0)
        return r;
    must(ret->db && why.code == -EUCLEAN);
    ret->lost = true;
    ret->unclean = false;
    ret->why = why;
    return 0;
}
