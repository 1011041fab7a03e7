/* SPDX-License-Identifier: Apache-2.0 */
/* store/db.c - one SQLite connection, opened our way, and its errors in our words. */
#include "store/db.h"

#include "base/must.h"
#include "store/guard.h"

#include <fcntl.h>
#include <string.h>

enum { BUSY_MS = 2000 };

static const struct {
    int rc; /* primary result code */
    int code;
    const char *remedy;
} db_errors[] = {
    { SQLITE_FULL, -ENOSPC, "the disk is full: free some space, writing goes on by itself" },
    { SQLITE_READONLY, -EROFS, "the disk or the file is read-only" },
    { SQLITE_NOMEM, -ENOMEM, "out of memory" },
    { SQLITE_CORRUPT, -EUCLEAN, "the file is damaged" },
    { SQLITE_NOTADB, -EUCLEAN, "the file is no database" },
    { SQLITE_BUSY, -EBUSY, "another program holds the database: end it" },
    { SQLITE_LOCKED, -EBUSY, "the database is locked" },
    { SQLITE_PERM, -EACCES, "check the owner and the mode of the file and its folder" },
    { SQLITE_AUTH, -EACCES, "check the owner and the mode of the file and its folder" },
    { SQLITE_TOOBIG, -E2BIG, "the row is too large" },
    { SQLITE_CONSTRAINT, -EINVAL, "the row breaks a rule of the table" },
    { SQLITE_MISMATCH, -EINVAL, "the row breaks a rule of the table" },
    { SQLITE_IOERR, -EIO, "the disk fails" },
    { SQLITE_CANTOPEN, -EIO, "the file cannot be opened" },
};

/* What the system said: SQLite keeps it, but not for a COMMIT that failed. */
static int db_errno(sqlite3 *db, int rc)
{
    int code = 0;

    switch (rc) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
        sqlite3_file_control(db, "main", GUARD_WRITE_CODE, &code);
        return code;
    default:
        return (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN
                   ? sqlite3_system_errno(db)
                   : 0;
    }
}

/* Only codes that say more than SQLite's own words. */
static int db_system_code(sqlite3 *db, int rc)
{
    int code = db ? db_errno(db, rc) : 0;

    switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EROFS:
    case EACCES:
    case EPERM:
    case EMFILE:
    case ENFILE:
        return -code;
    default:
        return 0;
    }
}

int db_error(sqlite3 *db, int rc, struct err *e)
{
    int primary = rc & 0xff;
    int system_code = db_system_code(db, rc);
    const char *says = db ? sqlite3_errmsg(db) : sqlite3_errstr(rc);

    /* an extended out-of-memory error of the I/O layer */
    if (rc == SQLITE_IOERR_NOMEM)
        primary = SQLITE_NOMEM;
    if (system_code)
        return err_set(e, system_code, "%s (%s)", err_words(system_code), says);
    if (rc == SQLITE_IOERR_READ) /* as good as damaged: what can be read is saved page by page */
        return err_set(e, -EUCLEAN, "a part of the file cannot be read (%s)", says);
    for (size_t i = 0; i < sizeof(db_errors) / sizeof(db_errors[0]); i++)
        if (db_errors[i].rc == primary)
            return err_set(e, db_errors[i].code, "%s (%s)", db_errors[i].remedy, says);
    return err_set(e, -EIO, "%s", says);
}

int db_exec(sqlite3 *db, const char *sql, struct err *e)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : db_error(db, rc, e);
}

int db_prepare(sqlite3_stmt **ret, sqlite3 *db, const char *sql, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);

    if (rc != SQLITE_OK)
        return db_error(db, rc, e);
    *ret = stmt;
    return 0;
}

int db_int(int64_t *ret, sqlite3 *db, const char *sql, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    int r = db_prepare(&stmt, db, sql, e);
    int rc;

    if (r < 0)
        return r;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *ret = sqlite3_column_int64(stmt, 0);
    else
        r = rc == SQLITE_DONE ? err_set(e, -ENODATA, "'%s' gives no row", sql)
                              : db_error(db, rc, e);
    sqlite3_finalize(stmt);
    return r;
}

void db_rollback(sqlite3 *db)
{
    if (!sqlite3_get_autocommit(db)) /* some errors have rolled back already */
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

/* SQLite puts "*** in database main ***" on a line of its own before its complaint. */
static const char *last_line(const char *text)
{
    const char *newline = strrchr(text, '\n');

    return newline && newline[1] ? newline + 1 : text;
}

int db_check(sqlite3 *db, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    int r = db_prepare(&stmt, db, "PRAGMA quick_check(1)", e);
    const char *says;
    int rc;

    if (r < 0)
        return r;
    rc = sqlite3_step(stmt);
    says = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (rc != SQLITE_ROW)
        r = db_error(db, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc, e);
    else if (!says)
        r = err_set(e, -ENOMEM, "out of memory");
    else if (strcmp(says, "ok") != 0)
        r = err_set(e, -EUCLEAN, "the file is damaged (%s)", last_line(says));
    sqlite3_finalize(stmt);
    return r;
}

/* synchronous: in WAL mode EXTRA is FULL. Before that, while a new file is made, EXTRA also syncs
 * the folder after the rollback journal was deleted: a deletion that a power cut undoes would later
 * roll the database back to its empty beginning (tests/unit/store/powercut_test.c finds it).
 * auto_vacuum works only when it comes before the first table; the journal mode writes the
 * header, so it stands after it. mmap_size: no database is mapped. */
static const char write_pragmas[] = "PRAGMA synchronous=EXTRA;"
                                    "PRAGMA auto_vacuum=INCREMENTAL;"
                                    "PRAGMA journal_mode=WAL;"
                                    "PRAGMA journal_size_limit=4194304;"
                                    "PRAGMA wal_autocheckpoint=1000;"
                                    "PRAGMA mmap_size=0;"
                                    "PRAGMA temp_store=MEMORY;"
                                    "PRAGMA cell_size_check=ON;"
                                    "PRAGMA trusted_schema=OFF;";
static const char read_pragmas[] = "PRAGMA query_only=ON;"
                                   "PRAGMA wal_autocheckpoint=0;"
                                   "PRAGMA mmap_size=0;"
                                   "PRAGMA temp_store=MEMORY;"
                                   "PRAGMA trusted_schema=OFF;";
static const char copy_pragmas[] = "PRAGMA synchronous=EXTRA;"
                                   "PRAGMA mmap_size=0;";

static const struct {
    int flags;
    const char *pragmas;
} db_modes[] = {
    [DB_WRITE] = { SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, write_pragmas },
    [DB_READ] = { SQLITE_OPEN_READONLY, read_pragmas },
    [DB_COPY] = { SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, copy_pragmas },
};

/* The pragma is no error where it is refused: a file system without locks or shared memory. */
static int db_need_wal(sqlite3 *db, struct err *e)
{
    sqlite3_stmt *stmt = NULL;
    int r = db_prepare(&stmt, db, "PRAGMA journal_mode", e);
    const char *mode;

    if (r < 0)
        return r;
    mode = sqlite3_step(stmt) == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    if (!mode)
        r = db_error(db, sqlite3_errcode(db), e);
    else if (strcmp(mode, "wal") != 0)
        r = err_set(e, -EOPNOTSUPP,
                    "the file system refuses write-ahead logging (mode '%s'): "
                    "put the state folder on a local disk",
                    mode);
    sqlite3_finalize(stmt);
    return r;
}

/* SQLite would make the file readable for all. */
static int db_make_file(const char *path, struct err *e)
{
    AUTO_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

    if (fd >= 0)
        return 0;
    return err_set(e, -errno, "%s: check the disk, and the owner and the mode of the folder",
                   err_words(errno));
}

static int db_open_quiet(sqlite3 **ret, const char *path, const char *vfs, enum db_mode mode,
                         struct err *e)
{
    AUTO_DB *db = NULL;
    int r = mode == DB_READ ? 0 : db_make_file(path, e);
    int rc;

    if (r < 0)
        return r;
    rc = sqlite3_open_v2(path, &db, db_modes[mode].flags | SQLITE_OPEN_NOMUTEX, vfs);
    if (rc != SQLITE_OK)
        return db_error(db, rc, e);
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (mode == DB_READ)
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    r = db_exec(db, db_modes[mode].pragmas, e);
    if (r >= 0 && mode == DB_WRITE)
        r = db_need_wal(db, e);
    if (r < 0)
        return r;
    must(sqlite3_get_autocommit(db) && sqlite3_db_readonly(db, "main") == (mode == DB_READ));
    *ret = STEAL(db);
    return 0;
}

int db_open(sqlite3 **ret, const char *path, const char *vfs, enum db_mode mode, struct err *e)
{
    int r = db_open_quiet(ret, path, vfs, mode, e);

    return r < 0 ? err_wrap(e, r, "%s", path) : 0;
}
