/* SPDX-License-Identifier: Apache-2.0 */
/* store/guard.c - a layer below SQLite that lets one thread write, and no other. */
#include "store/guard.h"

#include "base/must.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct guard {
    sqlite3_vfs vfs;   /* registered with SQLite */
    sqlite3_vfs *real; /* borrowed; the default one */
    char name[40];
    bool strict;
    bool owned;
    pthread_t owner; /* valid once owned */
    _Atomic uint64_t violations;
    _Atomic int files; /* open */
    int write_code;    /* errno of the owner's last write that failed */
};

struct guard_file { /* the file of the real VFS follows it in memory */
    sqlite3_file base;
    struct guard *guard; /* borrowed */
    bool kept;           /* a database, log or journal; no temporary file */
};

enum { KEPT_FLAGS = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL };

static sqlite3_file *file_real(sqlite3_file *f)
{
    return (sqlite3_file *)((struct guard_file *)(void *)f + 1);
}

static const sqlite3_io_methods *file_methods(sqlite3_file *f)
{
    return file_real(f)->pMethods;
}

static int guard_check(struct guard *g)
{
    if (g->owned && pthread_equal(g->owner, pthread_self()))
        return SQLITE_OK;
    atomic_fetch_add_explicit(&g->violations, 1, memory_order_relaxed);
    if (g->strict) {
        fputs("store: a database is written on a thread that is not its writer\n", stderr);
        abort();
    }
    return SQLITE_IOERR_WRITE;
}

static int file_check(sqlite3_file *f)
{
    const struct guard_file *gf = (struct guard_file *)(void *)f;

    return gf->kept ? guard_check(gf->guard) : SQLITE_OK;
}

/* SQLite asks for the system's error in most cases at once, but not when a COMMIT fails: by then
 * errno is long gone. db_error() asks here. */
static int file_written(sqlite3_file *f, int rc)
{
    const struct guard_file *gf = (struct guard_file *)(void *)f;

    if (rc != SQLITE_OK && gf->kept)
        gf->guard->write_code = gf->guard->real->xGetLastError(gf->guard->real, 0, NULL);
    return rc;
}

static int file_write(sqlite3_file *f, const void *buf, int n, sqlite3_int64 at)
{
    int rc = file_check(f);

    return rc ? rc : file_written(f, file_methods(f)->xWrite(file_real(f), buf, n, at));
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = file_check(f);

    return rc ? rc : file_written(f, file_methods(f)->xTruncate(file_real(f), size));
}

static int file_close(sqlite3_file *f)
{
    int left = atomic_fetch_sub(&((struct guard_file *)(void *)f)->guard->files, 1) - 1;

    must(left >= 0);
    return file_methods(f)->xClose(file_real(f));
}

static int file_read(sqlite3_file *f, void *buf, int n, sqlite3_int64 at)
{
    return file_methods(f)->xRead(file_real(f), buf, n, at);
}

static int file_sync(sqlite3_file *f, int flags)
{
    int rc = file_check(f);

    return rc ? rc : file_written(f, file_methods(f)->xSync(file_real(f), flags));
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return file_methods(f)->xFileSize(file_real(f), size);
}

static int file_lock(sqlite3_file *f, int level)
{
    return file_methods(f)->xLock(file_real(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return file_methods(f)->xUnlock(file_real(f), level);
}

static int file_check_lock(sqlite3_file *f, int *held)
{
    return file_methods(f)->xCheckReservedLock(file_real(f), held);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    if (op == GUARD_WRITE_CODE) {
        *(int *)arg = ((struct guard_file *)(void *)f)->guard->write_code;
        return SQLITE_OK;
    }
    return file_methods(f)->xFileControl(file_real(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
    return file_methods(f)->xSectorSize(file_real(f));
}

static int file_traits(sqlite3_file *f)
{
    return file_methods(f)->xDeviceCharacteristics(file_real(f));
}

static int file_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **map)
{
    return file_methods(f)->xShmMap(file_real(f), region, size, extend, map);
}

static int file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return file_methods(f)->xShmLock(file_real(f), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *f)
{
    file_methods(f)->xShmBarrier(file_real(f));
}

static int file_shm_unmap(sqlite3_file *f, int remove)
{
    return file_methods(f)->xShmUnmap(file_real(f), remove);
}

static const sqlite3_io_methods file_io = {
    .iVersion = 2, /* shared memory for the log's index, no xFetch */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static struct guard *vfs_guard(sqlite3_vfs *v)
{
    return v->pAppData;
}

static int vfs_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *got)
{
    struct guard *g = vfs_guard(v);
    struct guard_file *gf = (struct guard_file *)(void *)f;
    int rc;

    gf->base.pMethods = NULL;
    gf->guard = g;
    gf->kept = (flags & KEPT_FLAGS) != 0;
    rc = g->real->xOpen(g->real, path, file_real(f), flags, got);
    if (file_methods(f)) { /* set: SQLite will close the file, even one that failed to open */
        gf->base.pMethods = &file_io;
        atomic_fetch_add(&g->files, 1);
    }
    return rc;
}

static int vfs_delete(sqlite3_vfs *v, const char *path, int sync_dir)
{
    struct guard *g = vfs_guard(v);
    int rc = guard_check(g);

    return rc ? rc : g->real->xDelete(g->real, path, sync_dir);
}

static int vfs_access(sqlite3_vfs *v, const char *path, int flags, int *yes)
{
    return vfs_guard(v)->real->xAccess(vfs_guard(v)->real, path, flags, yes);
}

static int vfs_full_path(sqlite3_vfs *v, const char *path, int n, char *out)
{
    return vfs_guard(v)->real->xFullPathname(vfs_guard(v)->real, path, n, out);
}

static int vfs_random(sqlite3_vfs *v, int n, char *out)
{
    return vfs_guard(v)->real->xRandomness(vfs_guard(v)->real, n, out);
}

static int vfs_sleep(sqlite3_vfs *v, int usec)
{
    return vfs_guard(v)->real->xSleep(vfs_guard(v)->real, usec);
}

static int vfs_time(sqlite3_vfs *v, double *days)
{
    return vfs_guard(v)->real->xCurrentTime(vfs_guard(v)->real, days);
}

static int vfs_last_error(sqlite3_vfs *v, int n, char *out)
{
    return vfs_guard(v)->real->xGetLastError(vfs_guard(v)->real, n, out);
}

int guard_new(struct guard **ret, bool strict, struct err *e)
{
    AUTO_FREE struct guard *g = calloc(1, sizeof(*g));

    if (!g)
        return err_set(e, -ENOMEM, "store: out of memory");
    g->real = sqlite3_vfs_find(NULL);
    if (!g->real)
        return err_set(e, -ENOMEM, "store: SQLite did not start");
    g->strict = strict;
    atomic_init(&g->violations, 0);
    snprintf(g->name, sizeof(g->name), "jarvis-%p", (void *)g);
    g->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct guard_file) + g->real->szOsFile,
        .mxPathname = g->real->mxPathname,
        .zName = g->name,
        .pAppData = g,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
    };
    if (sqlite3_vfs_register(&g->vfs, 0) != SQLITE_OK)
        return err_set(e, -ENOMEM, "store: SQLite did not take the guard");
    *ret = STEAL(g);
    return 0;
}

struct guard *guard_free(struct guard *g)
{
    if (!g)
        return NULL;
    must(atomic_load(&g->files) == 0); /* a connection would write through what is gone */
    sqlite3_vfs_unregister(&g->vfs);
    free(g);
    return NULL;
}

void guard_own(struct guard *g)
{
    must(!g->owned && atomic_load(&g->files) == 0);
    g->owner = pthread_self();
    g->owned = true;
}

const char *guard_vfs(const struct guard *g)
{
    return g->name;
}

uint64_t guard_violations(const struct guard *g)
{
    return atomic_load_explicit(&g->violations, memory_order_relaxed);
}
