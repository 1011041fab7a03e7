/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/disk_test.c - the disk is full, fails or turns read-only: the request is
 * answered with the error, reading goes on, and writing does again without a restart. */
#include "fixture.h"
#include "testvfs.h"

#include "store/internal.h"

#include <errno.h>
#include <sys/mount.h>

static const struct {
    const char *name;
    int rc, code; /* what the disk does */
    int want;
    const char *text;
} faults[] = {
    { "full", SQLITE_FULL, 0, -ENOSPC, "history.db: the disk is full" },
    { "full, told by the system", SQLITE_IOERR_WRITE, ENOSPC, -ENOSPC, "No space left" },
    { "quota", SQLITE_IOERR_WRITE, EDQUOT, -EDQUOT, "quota" },
    { "I/O error", SQLITE_IOERR_WRITE, EIO, -EIO, "the disk fails" },
    { "sync fails", SQLITE_IOERR_FSYNC, EIO, -EIO, "the disk fails" },
    { "read-only", SQLITE_IOERR_WRITE, EROFS, -EROFS, "Read-only file system" },
    { "read-only, told by SQLite", SQLITE_READONLY, 0, -EROFS, "read-only" },
};

static void test_faults(void **state)
{
    struct fixture *f = *state;
    uint64_t id = 1;

    put_wait(f, id++);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        int before = sessions_count(f);
        unsigned failures = f->failures;
        struct store_stats st;

        print_message("%s\n", faults[i].name);
        tv_fail(faults[i].rc, faults[i].code);
        put_wait(f, id);
        put_wait(f, id + 1);
        assert_int_equal(f->failures, failures + 2);
        assert_int_equal(f->code, faults[i].want);
        assert_non_null(strstr(f->text, faults[i].text));
        assert_int_equal(f->notice_code, faults[i].want);
        assert_int_equal(sessions_count(f), before); /* reading goes on */
        tv_fail(0, 0);
        put_wait(f, id);
        assert_int_equal(f->failures, failures + 2);
        assert_int_equal(f->notice_code, 0);
        assert_non_null(strstr(f->notice, "works again"));
        assert_int_equal(sessions_count(f), before + 1);
        store_stats(f->s, &st);
        assert_int_equal(st.errors, (i + 1) * 2);
        assert_int_equal(st.violations, 0);
        id += 2;
    }
    assert_int_equal(f->notices, 2 * sizeof(faults) / sizeof(faults[0])); /* each told once */
}

static void test_whole_group_is_told(void **state)
{
    struct fixture *f = *state;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    for (uint64_t id = 2; id <= 101; id++)
        assert_int_equal(put(f, id, on_done), 0);
    assert_true(wait_for(f, &f->answers, 101));
    assert_int_equal(f->failures, 100);
    tv_fail(0, 0);
    for (uint64_t id = 2; id <= 101; id++)
        assert_int_equal(put(f, id, on_done), 0);
    assert_true(wait_for(f, &f->answers, 201));
    assert_int_equal(f->failures, 100);
    assert_int_equal(sessions_count(f), 101);
}

static void test_backup_onto_a_full_disk(void **state)
{
    struct fixture *f = *state;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    assert_int_equal(store_backup(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, 2));
    assert_int_equal(f->code, -ENOSPC);
    assert_non_null(strstr(f->text, "backup of history.db"));
    tv_fail(0, 0);
    assert_int_equal(find_entries(f, "/backup", "history.db.", NULL, 0), 0);
    put_wait(f, 2);
    assert_int_equal(f->failures, 1);
}

static void test_close_on_a_full_disk(void **state)
{
    struct fixture *f = *state;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    assert_int_equal(put(f, 2, on_done), 0);
    fixture_close(f);
    assert_int_equal(f->answers, 2); /* answered, with the error */
    assert_int_equal(f->code, -ENOSPC);
    tv_fail(0, 0);
    fixture_open(f);
    assert_int_equal(sessions_count(f), 1);
    assert_int_equal(f->notices, 1);
}

static void test_open_on_a_full_disk(void **state)
{
    struct fixture *f = *state;
    struct store_opts o;
    struct err e = ERR_INIT;

    fixture_close(f);
    o = fixture_opts(f);
    tv_fail(SQLITE_FULL, 0);
    /* files that need no write open well; a first start needs writes */
    dir_remove(f->dir);
    assert_int_equal(store_open(&f->s, &o, &e), -ENOSPC);
    assert_null(f->s);
    assert_non_null(strstr(e.text, "disk is full"));
    assert_non_null(strstr(e.text, f->dir));
    tv_fail(0, 0);
    assert_int_equal(find_entries(f, "", "history.db.corrupt", NULL, 0), 0);
    fixture_open(f);
}

/* A real disk of one megabyte that really fills up. */
static void test_small_disk(void **state)
{
    struct fixture *f = *state;
    struct store_opts o = fixture_opts(f);
    char dir[128], path[256];
    uint64_t id = 0;
    int fd;

    fixture_close(f);
    path_in(dir, sizeof(dir), f, "small");
    assert_int_equal(mkdir(dir, 0700), 0);
    if (mount("tmpfs", dir, "tmpfs", 0, "size=1m") < 0) {
        print_message("skipped: a tmpfs cannot be mounted here (%s)\n", strerror(errno));
        skip();
    }
    o.dir = dir;
    assert_int_equal(store_open(&f->s, &o, NULL), 0);
    assert_int_equal(store_reader_new(&f->r, f->s, NULL), 0);
    put_wait(f, ++id);
    snprintf(path, sizeof(path), "%s/filler", dir);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    while (write(fd, path, sizeof(path)) > 0)
        ;
    close(fd);
    for (int i = 0; i < 300 && f->failures == 0; i++)
        put_wait(f, ++id);
    assert_int_equal(f->code, -ENOSPC);
    assert_true(sessions_count(f) >= 1);
    unlink(path);
    put_wait(f, ++id);
    assert_int_equal(f->failures, 1);
    fixture_close(f);
    assert_int_equal(umount(dir), 0);
}

static int setup_failing(void **state)
{
    tv_fail(0, 0);
    return setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_faults, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_whole_group_is_told, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_backup_onto_a_full_disk, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_close_on_a_full_disk, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_open_on_a_full_disk, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_small_disk, setup_failing, teardown),
    };
    int failed;

    if (tv_install() < 0)
        return 1;
    failed = cmocka_run_group_tests_name("disk", tests, NULL, NULL);
    tv_done();
    return failed;
}
