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
    { "full, told by the system", SQLITE_IOERR_WRITE, ENOSPC, -ENOSPC, "no space left" },
    { "quota", SQLITE_IOERR_WRITE, EDQUOT, -EDQUOT, "quota" },
    { "I/O error", SQLITE_IOERR_WRITE, EIO, -EIO, "the disk fails" },
    { "sync fails", SQLITE_IOERR_FSYNC, EIO, -EIO, "the disk fails" },
    { "read-only", SQLITE_IOERR_WRITE, EROFS, -EROFS, "the disk is read-only" },
    { "read-only, told by SQLite", SQLITE_READONLY, 0, -EROFS, "read-only" },
};

static void test_faults(void **state)
{
    struct fixture *f = *state;
    uint64_t id = 1, errors = 0;

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
        assert_int_equal(sessions_count(f), before + 2); /* the other one has waited */
        store_stats(f->s, &st);
        assert_true(st.errors > errors);
        assert_int_equal(st.queued, 0);
        errors = st.errors;
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

/* The files cannot be made: the store is there, closed, says why to everybody who asks, and opens by
 * itself when it can. */
static const struct {
    const char *name;
    int rc, code, want;
    const char *text;
} closed[] = {
    { "full", SQLITE_FULL, 0, -ENOSPC, "disk is full" },
    { "read-only", SQLITE_IOERR_WRITE, EROFS, -EROFS, "the disk is read-only" },
    { "fails", SQLITE_IOERR_FSYNC, EIO, -EIO, "the disk fails" },
};

static void expect_closed(struct fixture *f, int want, const char *text)
{
    AUTO_JSON *list = NULL;
    struct store_stats st;
    struct err e = ERR_INIT;
    uint64_t last = 7;

    assert_int_equal(put(f, 1, on_done), want);
    assert_int_equal(store_value_put(f->s, "mute", "on", on_done, f, NULL), want);
    assert_int_equal(store_flush(f->s, on_done, f, NULL), want);
    assert_int_equal(store_backup(f->s, on_done, f, NULL), want);
    assert_int_equal(store_sessions(&list, f->r, 0, 10, &e), want);
    assert_null(list);
    assert_non_null(strstr(e.text, text));
    assert_non_null(strstr(e.text, "tries again every 10 s"));
    assert_int_equal(store_session_last_id(&last, f->r, NULL), want);
    assert_int_equal(last, 7);
    assert_int_equal(store_device_put(f->s, "lamp", "{\"on\":true}", 1, NULL), 0); /* waits */
    store_stats(f->s, &st);
    assert_false(st.open);
    assert_int_equal(st.states, 1);
}

static void test_opens_by_itself(void **state)
{
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
        struct fixture *f = *state;
        AUTO_JSON *devices = NULL;
        unsigned beats;

        print_message("%s\n", closed[i].name);
        fixture_close(f);
        dir_remove(f->dir); /* a first start needs writes */
        tv_fail(closed[i].rc, closed[i].code);
        fixture_open(f);
        expect_closed(f, closed[i].want, closed[i].text);
        clock_advance_usec(&f->clock, INT64_C(10) * 1000000);
        beats = seen(f, &f->beats);
        assert_true(wait_for(f, &f->beats, beats + 2)); /* tried again, in vain */
        assert_int_equal(seen(f, &f->notices), 1);      /* told once */
        assert_int_equal(f->notice_code, closed[i].want);
        assert_int_equal(find_entries(f, "", "history.db.damaged", NULL, 0), 0);
        tv_fail(0, 0);
        clock_advance_usec(&f->clock, INT64_C(10) * 1000000);
        assert_true(wait_for(f, &f->notices, 2));
        assert_int_equal(f->notice_code, 0);
        assert_non_null(strstr(f->notice, "works again"));
        put_wait(f, 1); /* with the same store and the same reader */
        assert_int_equal(sessions_count(f), 1);
        fixture_flush(f);
        assert_int_equal(store_devices(&devices, f->r, NULL), 0);
        assert_int_equal(cJSON_GetArraySize(devices), 1);
        assert_int_equal(f->failures, 0);
        assert_int_equal(f->losses, 0);
        teardown(state);
        assert_int_equal(setup(state), 0);
    }
}

/* Whatever a closed store still holds is let go when it ends. */
static void test_ends_while_closed(void **state)
{
    struct fixture *f = *state;

    fixture_close(f);
    dir_remove(f->dir);
    tv_fail(SQLITE_FULL, 0);
    fixture_open(f);
    assert_int_equal(store_device_put(f->s, "lamp", "1", 1, NULL), 0);
    fixture_close(f);
    tv_fail(0, 0);
}

static void test_flush_tells_of_a_failed_commit(void **state)
{
    struct fixture *f = *state;

    tv_fail(SQLITE_FULL, 0);
    assert_int_equal(put(f, 1, NULL), 0); /* nobody waits for it */
    assert_int_equal(store_device_put(f->s, "lamp", "1", 1, NULL), 0);
    assert_int_equal(store_flush(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, 1));
    assert_int_equal(f->code, -ENOSPC);
    tv_fail(0, 0);
    fixture_flush(f); /* the state was not lost: it waited */
    assert_int_equal(f->failures, 1);
    {
        AUTO_JSON *devices = NULL;

        assert_int_equal(store_devices(&devices, f->r, NULL), 0);
        assert_int_equal(cJSON_GetArraySize(devices), 1);
    }
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

/* A disk that hangs stops the writer and nobody else: who puts, asks or looks goes on, and what waits
 * is bounded. When it goes on, everything is answered. */
static void test_disk_that_hangs(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;

    put_wait(f, 1);
    tv.hangs = true;
    for (uint64_t id = 2; id <= 201; id++)
        assert_int_equal(put(f, id, on_done), 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(store_device_put(f->s, "lamp", i % 2 ? "1" : "0", 1, NULL), 0);
    assert_int_equal(store_value_put(f->s, "mute", "on", on_done, f, NULL), 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(sessions_count(f), 1);
    store_stats(f->s, &st);
    assert_in_range(st.queued, 0, 201); /* the writer holds a part of them */
    assert_int_equal(seen(f, &f->answers), 1);
    tv.hangs = false;
    assert_true(wait_for(f, &f->answers, 202));
    assert_int_equal(f->failures, 0);
    assert_int_equal(sessions_count(f), 200);
}

static unsigned long history_inode(struct fixture *f)
{
    char path[128];
    struct stat st;

    path_in(path, sizeof(path), f, "history.db");
    assert_int_equal(stat(path, &st), 0);
    return (unsigned long)st.st_ino;
}

/* A part of the file cannot be read any more, as a worn card has it: the rows that can are saved, and
 * the store goes on in a new file. (The salvage reads past SQLite: here it can read all.) */
static void test_bad_sectors(void **state)
{
    for (int in_use = 0; in_use < 2; in_use++) {
        struct fixture *f = *state;

        print_message("%s\n", in_use ? "in use" : "at the start");
        for (uint64_t id = 1; id <= 3; id++)
            put_wait(f, id);
        fixture_close(f);
        if (in_use)
            fixture_open(f);
        tv.bad_inode = history_inode(f);
        if (!in_use)
            fixture_open(f);
        while (seen(f, &f->losses) == 0 && sessions_count(f) <= 3)
            fixture_settle(f);
        tv.bad_inode = 0;
        while (sessions_count(f) < 3) /* in use it is the reader that meets it */
            fixture_settle(f);
        assert_non_null(strstr(f->lost, "history.db"));
        put_wait(f, 4);
        assert_int_equal(sessions_count(f), 4);
        teardown(state);
        assert_int_equal(setup(state), 0);
    }
}

static bool log_is_there(struct fixture *f)
{
    return find_entries(f, "", "history.db-wal", NULL, 0) +
           find_entries(f, "", "config.db-wal", NULL, 0);
}

/* The end does not wait for ever for such a disk; the thread that is left behind still answers. */
static void test_end_while_the_disk_hangs(void **state)
{
    static struct store *left_behind; /* never freed: the thread uses it */
    const struct timespec pause = { 0, 1000000 };
    struct fixture *f = *state;
    struct store_opts o = fixture_opts(f);

    fixture_close(f);
    o.end_wait_ms = 20;
    assert_int_equal(store_open(&f->s, &o, NULL), 0);
    put_wait(f, 1);
    tv.hangs = true;
    assert_int_equal(put(f, 2, on_done), 0);
    left_behind = f->s;
    assert_int_equal(store_end(f->s), -ETIMEDOUT);
    f->s = store_close(f->s);
    assert_ptr_equal(f->s, left_behind);
    assert_int_equal(seen(f, &f->answers), 1);
    tv.hangs = false;
    assert_true(wait_for(f, &f->answers, 2));
    while (log_is_there(f)) /* the thread has closed the files: it ends */
        nanosleep(&pause, NULL);
    assert_int_equal(f->failures, 0);
    assert_int_equal(store_end(left_behind), -ETIMEDOUT); /* nobody has looked after it since */
    fixture_open(f);
    assert_int_equal(sessions_count(f), 2);
}

/* Each write of opening, of a group and of the end fails in turn. Nothing that was answered is lost,
 * nothing is taken for damage, and the store goes on when the disk does. */
static void test_each_write_fails(void **state)
{
    struct fixture *f = *state;
    uint64_t id = 0, acknowledged = 0;
    int hits = 0;

    fixture_close(f);
    for (int nth = 1; nth < 200; nth++) {
        unsigned failures;

        tv_fail_nth(nth, SQLITE_IOERR_WRITE, EIO);
        fixture_open(f);
        failures = seen(f, &f->failures);
        if (put(f, ++id, on_done) == 0) {
            fixture_settle(f);
            if (seen(f, &f->failures) == failures)
                acknowledged = id;
        }
        fixture_close(f);
        hits = tv_fail_nth(0, 0, 0) ? hits + 1 : 0;
        fixture_open(f);
        assert_true(acknowledged == 0 || sessions_have(f, acknowledged));
        assert_int_equal(f->losses, 0);
        fixture_close(f);
        if (hits == 0)
            break;
    }
    assert_true(acknowledged == id); /* the last run had no failure */
    fixture_open(f);
}

static int setup_failing(void **state)
{
    tv_fail(0, 0);
    tv.hangs = false;
    tv.bad_inode = 0;
    return setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_faults, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_whole_group_is_told, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_backup_onto_a_full_disk, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_close_on_a_full_disk, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_opens_by_itself, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_ends_while_closed, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_flush_tells_of_a_failed_commit, setup_failing,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_small_disk, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_disk_that_hangs, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_end_while_the_disk_hangs, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_each_write_fails, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_bad_sectors, setup_failing, teardown),
    };

    return TV_RUN("disk", tests);
}
