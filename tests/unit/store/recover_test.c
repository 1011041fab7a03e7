/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/recover_test.c - damaged, missing, newer and unreachable files at the start. */
#include "fixture.h"

#include <sqlite3.h>

static void backup_now(struct fixture *f)
{
    unsigned n = f->answers + 1;

    assert_int_equal(store_backup(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, n));
    assert_int_equal(f->failures, 0);
}

/* Sessions 1 and 2 are in the backup, 3 only in the file. */
static void fill(struct fixture *f)
{
    fixture_open(f);
    put_wait(f, 1);
    put_wait(f, 2);
    backup_now(f);
    put_wait(f, 3);
    fixture_close(f);
}

static void damage_pages(struct fixture *f)
{
    overwrite(f, "history.db", 2 * 4096, "this is no page of a database any more, is it?");
}

static void damage_header(struct fixture *f)
{
    overwrite(f, "history.db", 0, "Not a database at all, but some text");
}

static void damage_length(struct fixture *f)
{
    char path[128];

    path_in(path, sizeof(path), f, "history.db");
    assert_int_equal(truncate(path, 5000), 0);
}

static void damage_to_empty(struct fixture *f)
{
    char path[128];

    path_in(path, sizeof(path), f, "history.db");
    assert_int_equal(truncate(path, 0), 0);
}

static void damage_away(struct fixture *f)
{
    char path[128];

    path_in(path, sizeof(path), f, "history.db");
    assert_int_equal(unlink(path), 0);
}

static const struct {
    const char *name;
    void (*damage)(struct fixture *f);
    const char *text;
    int kept; /* files moved aside */
} damages[] = {
    { "a page is overwritten", damage_pages, "damaged", 1 },
    { "the header is overwritten", damage_header, "no database", 1 },
    { "the file is cut", damage_length, "damaged", 1 },
    { "the file is empty", damage_to_empty, "empty", 1 },
    { "the file is gone", damage_away, "missing", 0 },
};

static void test_backup_takes_the_place(void **state)
{
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct fixture *f = *state;
        char aside[256];

        print_message("%s\n", damages[i].name);
        fill(f);
        damages[i].damage(f);
        fixture_open(f);
        assert_int_equal(f->notice_code, -EUCLEAN);
        assert_non_null(strstr(f->notice, "history.db"));
        assert_non_null(strstr(f->notice, damages[i].text));
        assert_non_null(strstr(f->notice, "backup number 1 took its place"));
        assert_int_equal(find_entries(f, "", "history.db.corrupt-", aside, sizeof(aside)),
                         damages[i].kept);
        assert_int_equal(sessions_count(f), 2);
        put_wait(f, 4); /* and it goes on from there; the notice says so */
        assert_int_equal(sessions_count(f), 3);
        assert_int_equal(f->notice_code, 0);
        fixture_close(f);
        fixture_open(f);
        assert_int_equal(sessions_count(f), 3);
        teardown(state);
        assert_int_equal(setup_closed(state), 0);
    }
}

static void test_no_backup(void **state)
{
    struct fixture *f = *state;
    char aside[256];

    fixture_open(f);
    put_wait(f, 1);
    fixture_close(f);
    damage_header(f);
    fixture_open(f);
    assert_non_null(strstr(f->notice, "an empty one took its place"));
    assert_non_null(strstr(f->notice, "no good backup"));
    assert_int_equal(find_entries(f, "", "history.db.corrupt-20260921T", aside, sizeof(aside)), 1);
    assert_int_equal(sessions_count(f), 0);
    put_wait(f, 1);
}

static void test_damaged_twice_keeps_both(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        fixture_open(f);
        put_wait(f, 1);
        fixture_close(f);
        damage_header(f);
    }
    fixture_open(f);
    assert_int_equal(find_entries(f, "", "history.db.corrupt-", NULL, 0), 2);
}

static void test_newest_good_backup(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    put_wait(f, 1);
    backup_now(f);
    put_wait(f, 2);
    backup_now(f);
    fixture_close(f);
    damage_header(f);
    overwrite(f, "backup/history.db.2", 2 * 4096, "the newest copy is damaged as well");
    fixture_open(f);
    assert_non_null(strstr(f->notice, "backup number 1"));
    assert_int_equal(sessions_count(f), 1);
}

static void test_config_too(void **state)
{
    struct fixture *f = *state;
    AUTO_JSON *all = NULL;

    fixture_open(f);
    store_device_put(f->s, "lamp", "{\"on\":true}", 1, NULL);
    backup_now(f);
    fixture_close(f);
    overwrite(f, "config.db", 0, "nothing that SQLite would know");
    fixture_open(f);
    assert_non_null(strstr(f->notice, "config.db"));
    assert_int_equal(store_devices(&all, f->r, NULL), 0);
    assert_int_equal(cJSON_GetArraySize(all), 1);
}

/* A log that is garbage is ignored by SQLite: what was checkpointed stays. */
static void test_garbage_log(void **state)
{
    struct fixture *f = *state;
    char path[128];
    FILE *log;

    fixture_open(f);
    put_wait(f, 1);
    fixture_close(f);
    path_in(path, sizeof(path), f, "history.db-wal");
    log = fopen(path, "we");
    assert_non_null(log);
    for (int i = 0; i < 1000; i++)
        fputs("garbage ", log);
    fclose(log);
    fixture_open(f);
    assert_int_equal(f->notices, 0);
    assert_int_equal(sessions_count(f), 1);
}

static void test_newer_version_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct store_opts o = fixture_opts(f);
    struct err e = ERR_INIT;
    char path[128];
    sqlite3 *db = NULL;

    fixture_open(f);
    put_wait(f, 1);
    fixture_close(f);
    path_in(path, sizeof(path), f, "history.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(store_open(&f->s, &o, &e), -EPROTONOSUPPORT);
    assert_null(f->s);
    assert_non_null(strstr(e.text, "history.db has version 99, this program knows 1"));
    assert_int_equal(find_entries(f, "", "history.db.corrupt-", NULL, 0), 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=1", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    fixture_open(f); /* untouched */
    assert_int_equal(sessions_count(f), 1);
}

static void test_folder_is_a_file(void **state)
{
    struct fixture *f = *state;
    struct store_opts o = fixture_opts(f);
    char path[128];
    struct err e = ERR_INIT;

    fixture_open(f);
    fixture_close(f);
    path_in(path, sizeof(path), f, "history.db");
    o.dir = path;
    assert_int_equal(store_open(&f->s, &o, &e), -ENOTDIR);
    assert_null(f->s);
    assert_non_null(strstr(e.text, path));
}

static void test_unwritable_folder(void **state)
{
    struct fixture *f = *state;
    struct store_opts o = fixture_opts(f);
    struct err e = ERR_INIT;

    o.dir = "/proc/self/nothing-can-be-made-here";
    assert_true(store_open(&f->s, &o, &e) < 0);
    assert_null(f->s);
    assert_non_null(strstr(e.text, "/proc/self/nothing-can-be-made-here"));
}

static void test_long_path(void **state)
{
    struct fixture *f = *state;
    struct store_opts o = fixture_opts(f);
    char path[700];
    struct err e = ERR_INIT;

    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    o.dir = path;
    assert_int_equal(store_open(&f->s, &o, &e), -ENAMETOOLONG);
    assert_null(f->s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_backup_takes_the_place, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_no_backup, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_twice_keeps_both, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_newest_good_backup, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_config_too, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_garbage_log, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_newer_version_is_refused, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_folder_is_a_file, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_unwritable_folder, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_long_path, setup_closed, teardown),
    };

    return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}
