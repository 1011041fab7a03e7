/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/testvfs.h - a default VFS that fails on demand and remembers what was written.
 *
 * Below the store's guard: SQLite -> guard -> this -> unix.
 *     tv_fail(rc, errno)   every write, truncation and sync fails so, until tv_fail(0, 0)
 *     tv.bad_inode = n     of the file with this number nothing but the first page can be read
 *     tv.hangs = true      every write and sync waits until it is false
 *     tv_record(true)      each write, truncation, sync and deletion is kept in tv.ops
 * Databases and logs only; the log's index is shared memory and is lost in a power cut. */
#ifndef JARVIS_TESTS_STORE_TESTVFS_H
#define JARVIS_TESTS_STORE_TESTVFS_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { TV_FILES_MAX = 8, TV_OPS_MAX = 200000 };

enum tv_kind { TV_WRITE, TV_TRUNCATE, TV_SYNC, TV_DELETE, TV_ACK };

struct tv_op {
    enum tv_kind kind;
    int file;
    int64_t at; /* offset, size, or the acknowledged id */
    size_t len;
    uint8_t *data; /* owned */
};

struct tv_file { /* the unix file follows */
    sqlite3_file base;
    int number; /* -1: not recorded */
    unsigned long inode;
};

static struct {
    sqlite3_vfs vfs, *real;
    _Atomic int rc, code;
    _Atomic bool hangs;
    _Atomic unsigned long bad_inode;   /* of this file nothing but the first page can be read */
    _Atomic int nth, nth_rc, nth_code; /* nth 0: none */
    _Atomic bool nth_hit;
    pthread_mutex_t lock; /* guards what follows */
    bool recording;
    char files[TV_FILES_MAX][512]; /* paths */
    int files_n;
    struct tv_op *ops;
    size_t n;
} tv = { .lock = PTHREAD_MUTEX_INITIALIZER };

static sqlite3_file *tv_real(sqlite3_file *f)
{
    return (sqlite3_file *)(void *)((struct tv_file *)(void *)f + 1);
}

static void tv_note(enum tv_kind kind, int file, int64_t at, const void *data, size_t len)
{
    pthread_mutex_lock(&tv.lock);
    if (tv.recording && file >= 0 && tv.n < TV_OPS_MAX) {
        struct tv_op *op = &tv.ops[tv.n++];

        *op = (struct tv_op){ kind, file, at, len, NULL };
        if (data) {
            op->data = malloc(len);
            if (op->data)
                memcpy(op->data, data, len);
        }
    }
    pthread_mutex_unlock(&tv.lock);
}

static int tv_number(const char *path)
{
    int number = -1;

    pthread_mutex_lock(&tv.lock);
    for (int i = 0; i < tv.files_n; i++)
        if (strcmp(tv.files[i], path) == 0)
            number = i;
    if (number < 0 && tv.recording && tv.files_n < TV_FILES_MAX) {
        number = tv.files_n++;
        snprintf(tv.files[number], sizeof(tv.files[number]), "%s", path);
    }
    pthread_mutex_unlock(&tv.lock);
    return number;
}

/* A disk that hangs: until it does not any more. */
static void tv_wait(void)
{
    const struct timespec pause = { 0, 1000000 };

    while (tv.hangs)
        nanosleep(&pause, NULL);
}

/* What the disk says to the next change; 0: it takes it. */
static int tv_refuses(void)
{
    int left = tv.nth;

    tv_wait();
    if (left > 0) {
        tv.nth = left - 1;
        tv.nth_hit = left == 1;
    }
    return left == 1 ? tv.nth_rc : tv.rc;
}

static int tv_write(sqlite3_file *f, const void *buf, int n, sqlite3_int64 at)
{
    int refused = tv_refuses();

    if (refused)
        return refused;
    tv_note(TV_WRITE, ((struct tv_file *)(void *)f)->number, at, buf, (size_t)n);
    return tv_real(f)->pMethods->xWrite(tv_real(f), buf, n, at);
}

static int tv_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int refused = tv_refuses();

    if (refused)
        return refused;
    tv_note(TV_TRUNCATE, ((struct tv_file *)(void *)f)->number, size, NULL, 0);
    return tv_real(f)->pMethods->xTruncate(tv_real(f), size);
}

static int tv_sync(sqlite3_file *f, int flags)
{
    int rc = tv_refuses();

    if (rc)
        return rc;
    rc = tv_real(f)->pMethods->xSync(tv_real(f), flags);
    tv_note(TV_SYNC, ((struct tv_file *)(void *)f)->number, 0, NULL, 0);
    return rc;
}

static int tv_close(sqlite3_file *f)
{
    return tv_real(f)->pMethods->xClose(tv_real(f));
}

static int tv_read(sqlite3_file *f, void *buf, int n, sqlite3_int64 at)
{
    if (tv.bad_inode && ((struct tv_file *)(void *)f)->inode == tv.bad_inode && at >= 4096)
        return SQLITE_IOERR_READ;
    return tv_real(f)->pMethods->xRead(tv_real(f), buf, n, at);
}

static int tv_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return tv_real(f)->pMethods->xFileSize(tv_real(f), size);
}

static int tv_lock_file(sqlite3_file *f, int level)
{
    return tv_real(f)->pMethods->xLock(tv_real(f), level);
}

static int tv_unlock_file(sqlite3_file *f, int level)
{
    return tv_real(f)->pMethods->xUnlock(tv_real(f), level);
}

static int tv_reserved(sqlite3_file *f, int *held)
{
    return tv_real(f)->pMethods->xCheckReservedLock(tv_real(f), held);
}

static int tv_control(sqlite3_file *f, int op, void *arg)
{
    return tv_real(f)->pMethods->xFileControl(tv_real(f), op, arg);
}

static int tv_sector(sqlite3_file *f)
{
    return tv_real(f)->pMethods->xSectorSize(tv_real(f));
}

static int tv_traits(sqlite3_file *f)
{
    (void)f;
    return 0; /* promises nothing, so that SQLite writes in its most careful way */
}

static int tv_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **map)
{
    return tv_real(f)->pMethods->xShmMap(tv_real(f), region, size, extend, map);
}

static int tv_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return tv_real(f)->pMethods->xShmLock(tv_real(f), offset, n, flags);
}

static void tv_shm_barrier(sqlite3_file *f)
{
    tv_real(f)->pMethods->xShmBarrier(tv_real(f));
}

static int tv_shm_unmap(sqlite3_file *f, int remove)
{
    return tv_real(f)->pMethods->xShmUnmap(tv_real(f), remove);
}

static const sqlite3_io_methods tv_io = {
    .iVersion = 2,
    .xClose = tv_close,
    .xRead = tv_read,
    .xWrite = tv_write,
    .xTruncate = tv_truncate,
    .xSync = tv_sync,
    .xFileSize = tv_size,
    .xLock = tv_lock_file,
    .xUnlock = tv_unlock_file,
    .xCheckReservedLock = tv_reserved,
    .xFileControl = tv_control,
    .xSectorSize = tv_sector,
    .xDeviceCharacteristics = tv_traits,
    .xShmMap = tv_shm_map,
    .xShmLock = tv_shm_lock,
    .xShmBarrier = tv_shm_barrier,
    .xShmUnmap = tv_shm_unmap,
};

static int tv_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *got)
{
    struct tv_file *file = (struct tv_file *)(void *)f;
    int rc = tv.real->xOpen(tv.real, path, tv_real(f), flags, got);
    struct stat st;

    (void)v;
    file->number = path ? tv_number(path) : -1;
    file->inode = path && stat(path, &st) == 0 ? (unsigned long)st.st_ino : 0;
    file->base.pMethods = tv_real(f)->pMethods ? &tv_io : NULL;
    return rc;
}

static int tv_delete(sqlite3_vfs *v, const char *path, int sync_dir)
{
    int number = tv_number(path);
    int rc;

    (void)v;
    tv_note(TV_DELETE, number, 0, NULL, 0);
    rc = tv.real->xDelete(tv.real, path, sync_dir);
    if (sync_dir) /* the folder was synced: this deletion is not lost any more */
        tv_note(TV_SYNC, number, 0, NULL, 0);
    return rc;
}

static int tv_access(sqlite3_vfs *v, const char *path, int flags, int *yes)
{
    (void)v;
    return tv.real->xAccess(tv.real, path, flags, yes);
}

static int tv_full_path(sqlite3_vfs *v, const char *path, int n, char *out)
{
    (void)v;
    return tv.real->xFullPathname(tv.real, path, n, out);
}

static int tv_random(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    return tv.real->xRandomness(tv.real, n, out);
}

static int tv_sleep(sqlite3_vfs *v, int usec)
{
    (void)v;
    return tv.real->xSleep(tv.real, usec);
}

static int tv_time(sqlite3_vfs *v, double *days)
{
    (void)v;
    return tv.real->xCurrentTime(tv.real, days);
}

static int tv_last_error(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    return tv.code ? tv.code : tv.real->xGetLastError(tv.real, n, out);
}

static int tv_install(void)
{
    tv.real = sqlite3_vfs_find(NULL);
    tv.ops = calloc(TV_OPS_MAX, sizeof(*tv.ops));
    tv.vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct tv_file) + tv.real->szOsFile,
        .mxPathname = tv.real->mxPathname,
        .zName = "test",
        .xOpen = tv_open,
        .xDelete = tv_delete,
        .xAccess = tv_access,
        .xFullPathname = tv_full_path,
        .xRandomness = tv_random,
        .xSleep = tv_sleep,
        .xCurrentTime = tv_time,
        .xGetLastError = tv_last_error,
    };
    return tv.ops && sqlite3_vfs_register(&tv.vfs, 1) == SQLITE_OK ? 0 : -1;
}

__attribute__((unused)) static void tv_fail(int rc, int code)
{
    tv.code = code;
    tv.rc = rc;
}

/* The nth write, truncation or sync from now fails so, once. Did the last one asked for happen? */
__attribute__((unused)) static bool tv_fail_nth(int nth, int rc, int code)
{
    bool hit = tv.nth_hit;

    tv.nth_rc = rc;
    tv.nth_code = code;
    tv.nth_hit = false;
    tv.nth = nth;
    return hit;
}

__attribute__((unused)) static void tv_record(bool on)
{
    pthread_mutex_lock(&tv.lock);
    tv.recording = on;
    pthread_mutex_unlock(&tv.lock);
}

__attribute__((unused)) static void tv_done(void)
{
    sqlite3_vfs_unregister(&tv.vfs);
    for (size_t i = 0; i < tv.n; i++)
        free(tv.ops[i].data);
    free(tv.ops);
}

__attribute__((unused)) static int tv_end(int failed)
{
    tv_done();
    return failed;
}

/* A test's main: all of `tests` with the failing file system in place. */
#define TV_RUN(name, tests) \
    (tv_install() < 0 ? 1 : tv_end(cmocka_run_group_tests_name(name, tests, NULL, NULL)))

#endif
