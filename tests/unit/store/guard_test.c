/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/guard_test.c - writes on a wrong thread are refused, counted, or abort. */
#include "fixture.h"
#include "store/db.h"
#include "store/internal.h"

#include <signal.h>
#include <sys/wait.h>

static void reopen(struct fixture *f, bool strict)
{
    struct store_opts o = fixture_opts(f);

    o.strict = strict;
    assert_int_equal(store_open(&f->s, &o, NULL), 0);
    assert_int_equal(store_reader_new(&f->r, f->s, NULL), 0);
}

/* What a careless programmer might do: a second connection that writes, on this thread. */
static int write_here(struct fixture *f, const char *sql)
{
    AUTO_DB *db = NULL;
    char path[128];

    path_in(path, sizeof(path), f, "history.db");
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, guard_vfs(f->s->guard)) != SQLITE_OK)
        return -1;
    return sqlite3_exec(db, sql, NULL, NULL, NULL) & 0xff;
}

static const char *const writes[] = {
    "INSERT INTO sessions VALUES (7, 0, '', '', '', '', '', '{}')",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA user_version=5",
};

static void test_refused_and_counted(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;

    reopen(f, false);
    put_wait(f, 1);
    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        uint64_t before;

        print_message("%s\n", writes[i]);
        store_stats(f->s, &st);
        before = st.violations;
        assert_int_equal(write_here(f, writes[i]), SQLITE_IOERR);
        store_stats(f->s, &st);
        assert_true(st.violations > before);
    }
    put_wait(f, 2); /* the writer goes on */
    assert_int_equal(f->failures, 0);
    assert_int_equal(sessions_count(f), 2);
}

static void test_strict_aborts(void **state)
{
    struct fixture *f = *state;
    int status = 0;
    pid_t pid;

    /* the child opens its own store: threads do not survive a fork */
    pid = fork();
    if (pid == 0) {
        AUTO_CLOSE int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        struct store_opts o = fixture_opts(f);

        signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        dup2(null, STDERR_FILENO);
        if (store_open(&f->s, &o, NULL) == 0)
            write_here(f, writes[0]);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* SQLite itself keeps a read-only connection from writing rows, but would let it checkpoint. */
static void test_readers_cannot_write(void **state)
{
    struct fixture *f = *state;
    AUTO_DB *db = NULL;
    char path[128];
    struct store_stats st;

    reopen(f, false);
    put_wait(f, 1);
    path_in(path, sizeof(path), f, "history.db");
    assert_int_equal(db_open(&db, path, guard_vfs(f->s->guard), DB_READ, NULL), 0);
    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
        assert_int_not_equal(sqlite3_exec(db, writes[i], NULL, NULL, NULL), SQLITE_OK);
    db = db_close(db);
    put_wait(f, 2);
    assert_int_equal(sessions_count(f), 2);
    store_stats(f->s, &st);
    assert_int_equal(st.violations, 1); /* the checkpoint */
}

/* What a reader does in a day, with a log that is long enough for a checkpoint of its own. */
static void test_readers_do_not_try(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;

    reopen(f, true);
    for (uint64_t id = 1; id <= 1500; id++) {
        assert_int_equal(put(f, id, NULL), 0);
        if (id % 100 == 0) {
            fixture_flush(f);
            assert_int_not_equal(sessions_count(f), -1);
        }
    }
    store_stats(f->s, &st);
    assert_int_equal(st.violations, 0);
}

static void test_nothing_is_mapped(void **state)
{
    struct fixture *f = *state;
    AUTO_FCLOSE FILE *maps = fopen("/proc/self/maps", "re");
    char line[1024];

    reopen(f, true);
    put_wait(f, 1);
    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps)) {
        if (!strstr(line, f->dir))
            continue;
        assert_non_null(strstr(line, "-shm")); /* the log's index is shared memory by design */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refused_and_counted, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_strict_aborts, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_readers_cannot_write, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_readers_do_not_try, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_mapped, setup_closed, teardown),
    };

    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
