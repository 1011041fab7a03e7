/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/upkeep_test.c - backups and retention on a clock that we move. */
#include "fixture.h"
#include "store/db.h"
#include "store/upkeep.h"

static const int64_t HOUR_USEC = INT64_C(3600) * 1000000;
static const int64_t DAY_USEC = INT64_C(86400) * 1000000;

/* ---- backups through the store -------------------------------------------------------------- */

static uint64_t backups(struct fixture *f)
{
    struct store_stats st;

    store_stats(f->s, &st);
    return st.backups;
}

/* Every flush gives the writer a turn; a copy of such small files takes two. */
static void turns(struct fixture *f)
{
    for (int i = 0; i < 8; i++)
        fixture_flush(f);
}

static void backup_now(struct fixture *f)
{
    unsigned n = f->answers + 1;

    assert_int_equal(store_backup(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, n));
    assert_int_equal(f->failures, 0);
}

static void test_keeps_three(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    for (uint64_t i = 1; i <= 5; i++) {
        put_wait(f, i);
        backup_now(f);
    }
    assert_int_equal(find_entries(f, "/backup", "history.db.", NULL, 0), 3);
    assert_int_equal(find_entries(f, "/backup", "history.db.5", NULL, 0), 1);
    assert_int_equal(find_entries(f, "/backup", "history.db.2", NULL, 0), 0);
    assert_int_equal(find_entries(f, "/backup", "config.db.", NULL, 0), 3);
    assert_int_equal(find_entries(f, "/backup", "history.db.new", NULL, 0), 0);
}

static void test_copy_is_a_whole_database(void **state)
{
    struct fixture *f = *state;
    AUTO_DB *db = NULL;
    char path[128];
    int64_t n = 0;

    fixture_open(f);
    for (uint64_t i = 1; i <= 300; i++)
        assert_int_equal(put(f, i, NULL), 0);
    backup_now(f);
    path_in(path, sizeof(path), f, "backup/history.db.1");
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(db_check(db, NULL), 0);
    assert_int_equal(db_int(&n, db, "SELECT count(*) FROM sessions", NULL), 0);
    assert_int_equal(n, 300);
}

static void test_hourly_and_only_after_changes(void **state)
{
    struct fixture *f = *state;
    struct store_opts o = fixture_opts(f);

    o.backup_hours = 1;
    assert_int_equal(store_open(&f->s, &o, NULL), 0);
    put_wait(f, 1);
    turns(f);
    assert_int_equal(find_entries(f, "/backup", "history.db.", NULL, 0), 0);
    clock_advance_usec(&f->clock, HOUR_USEC);
    turns(f);
    assert_int_equal(backups(f), 1);
    assert_int_equal(find_entries(f, "/backup", "history.db.1", NULL, 0), 1);
    for (int i = 0; i < 3; i++) { /* nothing changed: nothing is written */
        clock_advance_usec(&f->clock, HOUR_USEC);
        turns(f);
    }
    assert_int_equal(find_entries(f, "/backup", "history.db.", NULL, 0), 1);
    put_wait(f, 2);
    clock_advance_usec(&f->clock, HOUR_USEC);
    turns(f);
    assert_int_equal(find_entries(f, "/backup", "history.db.", NULL, 0), 2);
    assert_int_equal(find_entries(f, "/backup", "config.db.", NULL, 0), 1);
    f->s = store_close(f->s);
    assert_int_equal(store_open(&f->s, &o, NULL), 0);
    assert_int_equal(f->notices, 0);
}

static void test_hostile_names_in_the_folder(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = { "history.db.",   "history.db.0",
                                         "history.db.x",  "history.db.99999999999",
                                         "history.db.-1", "other" };
    char path[128];

    fixture_open(f);
    path_in(path, sizeof(path), f, "backup");
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%.64s/backup/%s", f->dir, names[i]);
        close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    put_wait(f, 1);
    backup_now(f);
    assert_int_equal(find_entries(f, "/backup", "history.db.1", NULL, 0), 1);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_true(find_entries(f, "/backup", names[i], NULL, 0) >= 1); /* not ours to delete */
}

static void test_backup_that_cannot_be_made(void **state)
{
    struct fixture *f = *state;
    struct store_opts o = fixture_opts(f);
    char path[128];

    o.backup_hours = 24;
    assert_int_equal(store_open(&f->s, &o, NULL), 0);
    put_wait(f, 1);
    path_in(path, sizeof(path), f, "backup");
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); /* a file where the folder goes */
    assert_int_equal(store_backup(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, 2));
    assert_int_equal(f->failures, 1);
    assert_non_null(strstr(f->text, "backup of history.db"));
    assert_true(f->copy_code < 0); /* a fault of its own: that rows are kept does not end it */
    put_wait(f, 2);
    assert_int_equal(f->failures, 1);
    assert_int_equal(f->copy_notices, 1);
    assert_int_equal(f->notices, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(store_backup(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->copy_notices, 2));
    assert_int_equal(f->copy_code, 0);
}

/* ---- retention, upkeep alone ---------------------------------------------------------------- */

struct bench {
    struct rows files[FILE_N];
    struct upkeep *u;
    struct upkeep_opts o;
};

static void bench_open(struct bench *b, struct fixture *f, int64_t days, int64_t bytes_max)
{
    static const char *const names[FILE_N] = { "history.db", "config.db" };
    char path[128];

    memset(b, 0, sizeof(*b));
    for (size_t i = 0; i < FILE_N; i++) {
        path_in(path, sizeof(path), f, names[i]);
        b->files[i].name = names[i];
        assert_int_equal(db_open(&b->files[i].db, path, NULL, DB_WRITE, NULL), 0);
        assert_int_equal(schema_migrate(b->files[i].db, &store_schemas[i], NULL), 0);
    }
    b->o = (struct upkeep_opts){
        .files = b->files,
        .dir = f->dir,
        .clock = &f->clock,
        .history_days = days,
        .history_bytes_max = bytes_max,
    };
    assert_int_equal(upkeep_new(&b->u, &b->o, NULL), 0);
}

static void bench_close(struct bench *b)
{
    upkeep_free(b->u);
    rows_done(b->files);
}

/* `n` sessions of `age_usec` (negative: of the future) as the clock is now. */
static void bench_fill(struct bench *b, struct fixture *f, int n, int64_t age_usec)
{
    char sql[256];

    snprintf(sql, sizeof(sql),
             "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d)"
             " INSERT INTO sessions SELECT (SELECT coalesce(max(id), 0) FROM sessions) + i, %lld,"
             " '', '', '', '', '', hex(zeroblob(100)) FROM c",
             n, (long long)(clock_wall_usec(&f->clock) - age_usec));
    assert_int_equal(db_exec(b->files[FILE_HISTORY].db, sql, NULL), 0);
}

static int64_t bench_count(struct bench *b)
{
    int64_t n = -1;

    db_int(&n, b->files[FILE_HISTORY].db, "SELECT count(*) FROM sessions", NULL);
    return n;
}

static void bench_run(struct bench *b)
{
    for (int i = 0; i < 10; i++) {
        struct upkeep_event ev;

        upkeep_run(b->u, &ev);
        assert_int_equal(ev.kind, UPKEEP_NOTHING);
    }
}

/* So many hours pass, each with what the store does then. */
static void bench_hours(struct fixture *f, struct bench *b, int hours)
{
    while (hours-- > 0) {
        clock_advance_usec(&f->clock, HOUR_USEC);
        bench_run(b);
    }
}

/* After so many hours there are so many rows. */
static void bench_becomes(struct fixture *f, struct bench *b, int hours, int rows)
{
    bench_hours(f, b, hours);
    assert_int_equal(bench_count(b), rows);
}

static void test_old_rows_go_in_small_steps(void **state)
{
    struct fixture *f = *state;
    struct bench b;

    bench_open(&b, f, 30, INT64_MAX);
    bench_fill(&b, f, 600, 31 * DAY_USEC);
    bench_fill(&b, f, 50, 29 * DAY_USEC);
    bench_run(&b);
    assert_int_equal(bench_count(&b), 650); /* nothing in the first hour */
    bench_becomes(f, &b, 1, 650 - RETENTION_ROWS);
    bench_becomes(f, &b, 5, 50);
    bench_close(&b);
}

/* A clock that has gone steadily for a day is believed: all that is too old goes at once. */
static void test_believed_after_a_day(void **state)
{
    struct fixture *f = *state;
    struct bench b;

    bench_open(&b, f, 30, INT64_MAX);
    bench_hours(f, &b, 25);
    bench_fill(&b, f, 5000, 31 * DAY_USEC);
    bench_fill(&b, f, 50, 29 * DAY_USEC);
    clock_advance_usec(&f->clock, HOUR_USEC);
    while (upkeep_rest_ms(b.u) == 0)
        bench_run(&b);
    assert_int_equal(bench_count(&b), 50);
    bench_close(&b);
}

/* The wall clock jumps ten years ahead, as without a battery or by a wrong hand: what is lost
 * before somebody notices is bounded, and rows dated in the future stay when it is back. */
static void test_clock_jump(void **state)
{
    struct fixture *f = *state;
    struct bench b;

    bench_open(&b, f, 30, INT64_MAX);
    bench_fill(&b, f, 5000, DAY_USEC);
    f->clock.wall_base_usec += 3650 * DAY_USEC;
    bench_becomes(f, &b, 1, 5000 - RETENTION_ROWS);
    bench_fill(&b, f, 10, 0); /* written meanwhile: of the future, later */
    f->clock.wall_base_usec -= 3650 * DAY_USEC;
    bench_becomes(f, &b, 24, 5010 - RETENTION_ROWS);
    f->clock.wall_base_usec = 0; /* 1970: nothing is old */
    bench_becomes(f, &b, 1, 5010 - RETENTION_ROWS);
    bench_close(&b);
}

static void test_kept_for_ever(void **state)
{
    struct fixture *f = *state;
    struct bench b;

    bench_open(&b, f, 0, INT64_MAX);
    bench_fill(&b, f, 10, 9000 * DAY_USEC);
    bench_becomes(f, &b, 1, 10);
    bench_close(&b);
}

/* Over its size the history shrinks at once, step after step, with no regard to clocks. */
static void test_size_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct bench b;
    int64_t before = 0, after = 0;

    bench_open(&b, f, 0, 200000);
    bench_fill(&b, f, 5000, -DAY_USEC); /* about 1.2 MB, and of the future */
    db_int(&before, b.files[FILE_HISTORY].db, "PRAGMA page_count", NULL);
    clock_advance_usec(&f->clock, HOUR_USEC / 60);
    while (upkeep_rest_ms(b.u) == 0)
        bench_run(&b);
    assert_in_range(bench_count(&b), 100, 1500);
    db_int(&after, b.files[FILE_HISTORY].db, "PRAGMA page_count", NULL);
    assert_true(after * 4096 < 200000 + 64 * 4096); /* the file itself shrank */
    assert_true(after < before / 2);
    bench_close(&b);
}

/* A file that cannot give pages back does not keep the upkeep busy for ever. */
static void test_file_without_vacuum(void **state)
{
    struct fixture *f = *state;
    struct bench b;

    bench_open(&b, f, 0, 200000);
    assert_int_equal(db_exec(b.files[FILE_HISTORY].db,
                             "PRAGMA journal_mode=DELETE; PRAGMA auto_vacuum=NONE; VACUUM", NULL),
                     0);
    bench_fill(&b, f, 5000, 0);
    clock_advance_usec(&f->clock, HOUR_USEC / 60);
    while (upkeep_rest_ms(b.u) == 0)
        bench_run(&b);
    assert_in_range(bench_count(&b), 100, 1500);
    bench_close(&b);
}

/* ---- the log -------------------------------------------------------------------------------- */

static int64_t log_bytes(const struct fixture *f)
{
    char path[128];
    struct stat st;

    path_in(path, sizeof(path), f, "history.db-wal");
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static void test_idle_log_is_emptied(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    put_wait(f, 1);
    turns(f);
    assert_true(log_bytes(f) > 0); /* not while somebody talks */
    clock_advance_usec(&f->clock, INT64_C(11) * 1000000);
    turns(f);
    assert_int_equal(log_bytes(f), 0);
    assert_int_equal(sessions_count(f), 1);
    put_wait(f, 2);
    assert_int_equal(sessions_count(f), 2);
}

static void test_reader_delays_the_emptying(void **state)
{
    struct fixture *f = *state;
    char path[128];
    sqlite3 *db = NULL;

    fixture_open(f);
    put_wait(f, 1);
    path_in(path, sizeof(path), f, "history.db");
    assert_int_equal(db_open(&db, path, NULL, DB_READ, NULL), 0);
    assert_int_equal(db_exec(db, "BEGIN; SELECT count(*) FROM sessions", NULL), 0);
    put_wait(f, 2);
    clock_advance_usec(&f->clock, INT64_C(11) * 1000000);
    turns(f);
    assert_true(log_bytes(f) > 0);
    assert_int_equal(f->notices, 0); /* no fault: the next time */
    assert_int_equal(db_exec(db, "COMMIT", NULL), 0);
    db_close(db);
    clock_advance_usec(&f->clock, INT64_C(11) * 1000000);
    turns(f);
    assert_int_equal(log_bytes(f), 0);
}

/* ---- when copies are made ------------------------------------------------------------------- */

static void test_copies_over_restarts(void **state)
{
    struct fixture *f = *state;
    struct store_opts o = fixture_opts(f);

    o.backup_hours = 24;
    f->clock.wall_base_usec = (int64_t)time(NULL) * 1000000; /* the copies' times are the disk's */
    for (int i = 0; i < 10; i++) { /* a box that is switched off each hour copies once a day */
        assert_int_equal(store_open(&f->s, &o, NULL), 0);
        put_wait(f, (uint64_t)i + 1);
        clock_advance_usec(&f->clock, HOUR_USEC);
        turns(f);
        f->s = store_close(f->s);
    }
    assert_int_equal(find_entries(f, "/backup", "history.db.", NULL, 0), 1);
}

static void test_damaged_copy_is_none(void **state)
{
    struct fixture *f = *state;
    struct backup_place place = { f->dir, "history.db", NULL };
    struct bench b;
    struct backup *copy = NULL;
    struct err e = ERR_INIT;
    char path[128];
    int r;

    bench_open(&b, f, 0, INT64_MAX);
    bench_fill(&b, f, 50, 0);
    path_in(path, sizeof(path), f, "backup/history.db.new");
    assert_int_equal(
        backup_begin(&copy, b.files[FILE_HISTORY].db, &place, &store_schemas[FILE_HISTORY], &e), 0);
    assert_int_equal(backup_step(copy, &e), 1); /* all pages are copied */
    overwrite(f, "backup/history.db.new", 2 * 4096, "this copy was damaged on its way to the disk");
    do {
        r = backup_step(copy, &e);
    } while (r > 0);
    assert_int_equal(r, -EUCLEAN);
    backup_free(copy);
    assert_int_equal(find_entries(f, "/backup", "history.db", NULL, 0), 0);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keeps_three, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_copy_is_a_whole_database, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_hourly_and_only_after_changes, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_names_in_the_folder, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_backup_that_cannot_be_made, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_old_rows_go_in_small_steps, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_clock_jump, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_kept_for_ever, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_believed_after_a_day, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_size_is_bounded, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_file_without_vacuum, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_idle_log_is_emptied, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_reader_delays_the_emptying, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_copies_over_restarts, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_copy_is_none, setup_closed, teardown),
    };

    return cmocka_run_group_tests_name("upkeep", tests, NULL, NULL);
}
