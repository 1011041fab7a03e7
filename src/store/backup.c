/* SPDX-License-Identifier: Apache-2.0 */
/* store/backup.c - online copies of a database, numbered upwards, and the way back. */
#include "store/backup.h"

#include "base/file.h"
#include "base/must.h"
#include "store/check.h"
#include "store/db.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PAGES_PER_STEP = 256, SEEN_MAX = 16, NUMBER_DIGITS_MAX = 9 };

struct backup {
    struct backup_place place;        /* borrowed parts */
    const struct schema *schema;      /* constant */
    char path[STORE_PATH_BYTES + 64]; /* of the unfinished copy */
    sqlite3 *to;                      /* owned */
    sqlite3_backup *job;              /* owned; NULL: every page is copied */
    struct check *check;              /* owned; of the copy */
    bool in_place;
};

static void backup_dir(char *out, size_t size, const struct backup_place *p)
{
    snprintf(out, size, "%s/backup", p->dir);
}

static void backup_path(char *out, size_t size, const struct backup_place *p, int number)
{
    snprintf(out, size, "%s/backup/%s.%d", p->dir, p->name, number);
}

/* The number in "history.db.12"; 0 for any other name. */
static int backup_number(const char *entry, const char *name)
{
    size_t len = strlen(name);
    const char *digits;
    int n = 0;

    if (strncmp(entry, name, len) != 0 || entry[len] != '.')
        return 0;
    digits = entry + len + 1;
    if (strlen(digits) > NUMBER_DIGITS_MAX || digits[0] == '0')
        return 0;
    for (; *digits; digits++) {
        if (*digits < '0' || *digits > '9')
            return 0;
        n = n * 10 + (*digits - '0');
    }
    return n;
}

/* The newest copies' numbers, descending; returns how many. */
static size_t backup_list(int *numbers, const struct backup_place *p)
{
    char dir[STORE_PATH_BYTES + 64];
    size_t n = 0;
    struct dirent *entry;
    DIR *d;

    backup_dir(dir, sizeof(dir), p);
    d = opendir(dir);
    if (!d)
        return 0;
    while ((entry = readdir(d))) {
        int number = backup_number(entry->d_name, p->name);
        size_t at = 0;

        if (number == 0)
            continue;
        while (at < n && numbers[at] > number)
            at++;
        if (at == SEEN_MAX)
            continue;
        if (n < SEEN_MAX)
            n++;
        must(at < n && n <= SEEN_MAX);
        memmove(&numbers[at + 1], &numbers[at], (n - 1 - at) * sizeof(numbers[0]));
        numbers[at] = number;
    }
    closedir(d);
    return n;
}

int backup_sync_dir(const char *path, struct err *e)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    return 0;
}

static void backup_unlink(const char *path)
{
    static const char *const tails[] = { "", "-journal", "-wal", "-shm" };
    char name[STORE_PATH_BYTES + 80];

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, tails[i]);
        unlink(name);
    }
}

static int backup_open(struct backup *b, sqlite3 *from, struct err *e)
{
    int r;

    backup_unlink(b->path); /* of a run that did not end well */
    r = db_open(&b->to, b->path, b->place.vfs, DB_COPY, e);
    if (r < 0)
        return r;
    b->job = sqlite3_backup_init(b->to, "main", from, "main");
    return b->job ? 0 : db_error(b->to, sqlite3_errcode(b->to), e);
}

int backup_begin(struct backup **ret, sqlite3 *from, const struct backup_place *place,
                 const struct schema *schema, struct err *e)
{
    AUTO(backup_freep) struct backup *b = calloc(1, sizeof(*b));
    char dir[STORE_PATH_BYTES + 64];
    int r;

    if (!b)
        return err_set(e, -ENOMEM, "backup of %s: out of memory", place->name);
    b->place = *place;
    b->schema = schema;
    backup_dir(dir, sizeof(dir), place);
    snprintf(b->path, sizeof(b->path), "%s/backup/%s.new", place->dir, place->name);
    r = file_mkdirs(dir, 0750, e);
    if (r >= 0)
        r = backup_open(b, from, e);
    if (r < 0)
        return err_wrap(e, r, "backup of %s", place->name);
    *ret = STEAL(b);
    return 0;
}

/* Turns the finished copy from WAL mode, which a lone file has no use for. */
static int backup_seal(struct backup *b, struct err *e)
{
    int rc = sqlite3_backup_finish(STEAL(b->job));
    int r = rc == SQLITE_OK ? 0 : db_error(b->to, rc, e);

    if (r >= 0)
        r = db_exec(b->to, "PRAGMA journal_mode=DELETE", e);
    return r < 0 ? r : check_new(&b->check, b->to, b->schema, e);
}

static void backup_prune(const struct backup_place *p)
{
    int numbers[SEEN_MAX];
    size_t n = backup_list(numbers, p);

    for (size_t i = BACKUPS_KEPT; i < n; i++) {
        char path[STORE_PATH_BYTES + 64];

        must(numbers[i] < numbers[i - 1]); /* never the newest */
        backup_path(path, sizeof(path), p, numbers[i]);
        backup_unlink(path);
    }
}

static int backup_finish(struct backup *b, struct err *e)
{
    char dir[STORE_PATH_BYTES + 64], path[STORE_PATH_BYTES + 64];
    int numbers[SEEN_MAX];
    size_t n = backup_list(numbers, &b->place);
    int r;

    must(!b->job);
    b->check = check_free(b->check);
    b->to = db_close(b->to);
    backup_path(path, sizeof(path), &b->place, n > 0 ? numbers[0] + 1 : 1);
    if (rename(b->path, path) < 0)
        return err_set(e, -errno, "%s: %s", path, err_words(errno));
    b->in_place = true;
    backup_dir(dir, sizeof(dir), &b->place);
    r = backup_sync_dir(dir, e);
    if (r >= 0)
        backup_prune(&b->place);
    return r;
}

/* A copy that cannot be read through is a copy of a damaged file, or a damaged copy. */
static int backup_verify(struct backup *b, struct err *e)
{
    int r = check_step(b->check, e);

    return r == 0 ? backup_finish(b, e) : r;
}

int backup_step(struct backup *b, struct err *e)
{
    int rc = b->job ? sqlite3_backup_step(b->job, PAGES_PER_STEP) : SQLITE_OK;
    int r = 1;

    must(!b->in_place && b->to);

    if (!b->job)
        r = backup_verify(b, e);
    else if (rc != SQLITE_OK)
        r = rc == SQLITE_DONE ? backup_seal(b, e) : db_error(b->to, rc, e);
    if (r < 0)
        return err_wrap(e, r, "backup of %s", b->place.name);
    return b->in_place ? 0 : 1;
}

struct backup *backup_free(struct backup *b)
{
    if (!b)
        return NULL;
    sqlite3_backup_finish(b->job);
    check_free(b->check);
    db_close(b->to);
    if (!b->in_place)
        backup_unlink(b->path);
    free(b);
    return NULL;
}

int backup_nth(char *out, size_t size, const struct backup_place *place, size_t nth)
{
    int numbers[SEEN_MAX];

    if (nth >= backup_list(numbers, place))
        return -ENOENT;
    backup_path(out, size, place, numbers[nth]);
    return 0;
}

static bool is_newer(const char *path, const struct stat *than)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    if (st.st_mtim.tv_sec != than->st_mtim.tv_sec)
        return st.st_mtim.tv_sec > than->st_mtim.tv_sec;
    return st.st_mtim.tv_nsec > than->st_mtim.tv_nsec;
}

bool backup_is_current(const struct backup_place *place)
{
    char path[STORE_PATH_BYTES + 64];
    int numbers[SEEN_MAX];
    struct stat copy;

    if (backup_list(numbers, place) == 0)
        return false;
    backup_path(path, sizeof(path), place, numbers[0]);
    if (stat(path, &copy) < 0)
        return false;
    snprintf(path, sizeof(path), "%s/%s", place->dir, place->name);
    if (is_newer(path, &copy))
        return false;
    snprintf(path, sizeof(path), "%s/%s-wal", place->dir, place->name);
    return !is_newer(path, &copy);
}

int64_t backup_wall_usec(const struct backup_place *place)
{
    char path[STORE_PATH_BYTES + 64];
    struct stat st;

    if (backup_nth(path, sizeof(path), place, 0) < 0 || stat(path, &st) < 0)
        return 0;
    return (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
}

void backup_sweep(const struct backup_place *place)
{
    char path[STORE_PATH_BYTES + 64];

    snprintf(path, sizeof(path), "%s/backup/%s.new", place->dir, place->name);
    backup_unlink(path);
    snprintf(path, sizeof(path), "%s/%s.restore", place->dir, place->name); /* of version 0.1 */
    backup_unlink(path);
}
