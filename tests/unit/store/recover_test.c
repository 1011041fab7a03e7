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

static void copy_file(struct fixture *f, const char *from, const char *to)
{
    char path[256], bytes[65536];
    size_t n;
    FILE *in, *out;

    path_in(path, sizeof(path), f, from);
    in = fopen(path, "re");
    path_in(path, sizeof(path), f, to);
    out = fopen(path, "we");
    assert_true(in && out);
    while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
        assert_int_equal(fwrite(bytes, 1, n, out), n);
    fclose(in);
    fclose(out);
}

/* Sessions 1 and 2 are in the backup, 3 only in the file. The log of all that is kept beside. */
static void fill(struct fixture *f, bool backup)
{
    fixture_open(f);
    put_wait(f, 1);
    put_wait(f, 2);
    if (backup)
        backup_now(f);
    put_wait(f, 3);
    copy_file(f, "history.db-wal", "wal.saved");
    fixture_close(f);
}

enum { LARGE_ROWS = 3000 };

/* More than check.h calls small. */
static void fill_large(struct fixture *f)
{
    static char heard[600];

    memset(heard, 'x', sizeof(heard) - 1);
    fixture_open(f);
    for (uint64_t id = 1; id <= LARGE_ROWS; id++) {
        const struct store_session row = { .id = id, .heard = heard };

        assert_int_equal(store_session_put(f->s, &row, NULL, NULL, NULL), 0);
    }
    fixture_close(f);
}

static int all_sessions(struct fixture *f)
{
    uint64_t before = 0;
    int n = 0, got;

    do {
        AUTO_JSON *page = NULL;

        assert_int_equal(store_sessions(&page, f->r, before, 200, NULL), 0);
        got = cJSON_GetArraySize(page);
        n += got;
        if (got > 0)
            before = (uint64_t)json_num(cJSON_GetArrayItem(page, got - 1), "id", 0);
    } while (got > 0);
    return n;
}

static void beats(struct fixture *f, unsigned n)
{
    unsigned from = seen(f, &f->beats);

    while (seen(f, &f->beats) < from + n)
        fixture_flush(f);
}

static void damage_pages(struct fixture *f)
{
    overwrite(f, "history.db", 2 * 4096, "this is no page of a database any more, is it?");
}

/* A page of rows in the middle of a large file: the start reads its ends. */
static void damage_leaf(struct fixture *f)
{
    char path[128];
    unsigned char kind = 0;
    off_t page = 2;
    int fd;

    path_in(path, sizeof(path), f, "history.db");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    for (int leaves = 0; leaves < 100; leaves += kind == 0x0d)
        assert_int_equal(pread(fd, &kind, 1, ++page * 4096), 1);
    close(fd);
    overwrite(f, "history.db", page * 4096, "\x07nobody would call this a page any more");
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

static void damage_to_empty_log(struct fixture *f)
{
    damage_to_empty(f);
    copy_file(f, "wal.saved", "history.db-wal");
}

static const struct {
    const char *name;
    void (*damage)(struct fixture *f);
    const char *text;
    int kept;   /* files moved aside */
    int backed; /* sessions there afterwards, with a backup of the first two */
    int alone;  /* without one */
} damages[] = {
    { "a page is overwritten", damage_pages, "damaged", 1, 2, 0 },
    { "the header is overwritten", damage_header, "no database", 1, 3, 3 },
    { "the file is cut", damage_length, "damaged", 1, 2, 0 },
    { "the file is empty", damage_to_empty, "missing or empty", 0, 2, 0 },
    { "the file is empty, its log is there", damage_to_empty_log, "missing or empty", 1, 3, 3 },
    { "the file is gone", damage_away, "missing or empty", 0, 2, 0 },
};

static void expect_lost(struct fixture *f, size_t i, int sessions)
{
    char words[64], aside[256];

    assert_true(f->losses >= 1);
    assert_non_null(strstr(f->lost, "history.db"));
    assert_non_null(strstr(f->lost, damages[i].text));
    snprintf(words, sizeof(words), "%d rows were saved", sessions);
    assert_non_null(strstr(f->lost, words));
    assert_int_equal(find_entries(f, "", "history.db.corrupt-20260921T", aside, sizeof(aside)) > 0,
                     damages[i].kept);
    if (damages[i].kept)
        assert_non_null(strstr(f->lost, "the damaged file is kept as history.db.corrupt-"));
    assert_int_equal(find_entries(f, "", "history.db.damaged", NULL, 0), 0);
    assert_int_equal(sessions_count(f), sessions);
}

/* The loss stays told whatever is written, and over restarts, until it is acknowledged. */
static void expect_told_until_acknowledged(struct fixture *f)
{
    char words[sizeof(f->lost)];
    unsigned losses;

    snprintf(words, sizeof(words), "%s", f->lost);
    put_wait(f, 4);
    for (int i = 0; i < 2; i++) {
        fixture_close(f);
        losses = f->losses;
        fixture_open(f);
        assert_int_equal(f->losses, losses + 1);
        assert_string_equal(f->lost, words);
    }
    losses = f->losses;
    assert_int_equal(store_acknowledge(f->s, NULL, NULL, NULL), 0);
    fixture_flush(f);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(f->losses, losses);
}

static void test_what_can_be_read_is_saved(void **state)
{
    for (size_t i = 0; i < 2 * sizeof(damages) / sizeof(damages[0]); i++) {
        struct fixture *f = *state;
        bool backup = i % 2;
        int sessions = backup ? damages[i / 2].backed : damages[i / 2].alone;

        print_message("%s, %s backup\n", damages[i / 2].name, backup ? "with a" : "no");
        fill(f, backup);
        damages[i / 2].damage(f);
        fixture_open(f);
        expect_lost(f, i / 2, sessions);
        expect_told_until_acknowledged(f);
        assert_int_equal(sessions_count(f), sessions + 1);
        teardown(state);
        assert_int_equal(setup_closed(state), 0);
    }
}

static void test_damaged_often_keeps_two(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 5; i++) {
        fixture_open(f);
        put_wait(f, (uint64_t)i + 1);
        fixture_close(f);
        damage_header(f);
    }
    fixture_open(f);
    assert_int_equal(sessions_count(f), 5);
    assert_int_equal(find_entries(f, "", "history.db.corrupt-", NULL, 0), 2);
    assert_int_equal(find_entries(f, "", "history.db.damaged", NULL, 0), 0);
}

/* All copies are asked: what one has lost another may have. */
static void test_all_backups_help(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    put_wait(f, 1);
    backup_now(f);
    put_wait(f, 2);
    backup_now(f);
    fixture_close(f);
    damage_pages(f);
    overwrite(f, "backup/history.db.2", 2 * 4096, "the newest copy is damaged as well");
    fixture_open(f);
    assert_int_equal(sessions_count(f), 1);
}

/* A first start that was cut off after it made an empty file is no loss. */
static void test_first_start_cut_off(void **state)
{
    struct fixture *f = *state;
    char path[128];

    path_in(path, sizeof(path), f, "history.db");
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    fixture_open(f);
    assert_int_equal(f->losses, 0);
    assert_int_equal(f->notices, 0);
    put_wait(f, 1);
}

/* A rescue that was cut off is done at the next start: NAME.damaged.N says that it is due. */
static void test_rescue_is_done_later(void **state)
{
    struct fixture *f = *state;
    char from[128], to[128];

    fill(f, false);
    path_in(from, sizeof(from), f, "history.db");
    path_in(to, sizeof(to), f, "history.db.damaged.2");
    assert_int_equal(rename(from, to), 0);
    path_in(from, sizeof(from), f, "history.db.made");
    assert_int_equal(unlink(from), 0); /* as after the empty file took its place */
    fixture_open(f);
    assert_int_equal(sessions_count(f), 3);
    assert_int_equal(f->losses, 1);
    assert_int_equal(find_entries(f, "", "history.db.corrupt-", NULL, 0), 1);
}

/* A page that is damaged while the store is in use: found by what touches it, healed at once. */
static void test_damaged_in_use(void **state)
{
    struct fixture *f = *state;
    uint64_t id = 0;

    fill_large(f);
    fixture_open(f);
    assert_int_equal(all_sessions(f), LARGE_ROWS);
    damage_leaf(f);
    while (f->failures == 0 && id < LARGE_ROWS)
        put_wait(f, id += 4); /* a page has about six */
    assert_int_equal(f->code, -EUCLEAN);
    assert_true(wait_for(f, &f->losses, 2)); /* begun, done */
    assert_true(wait_for(f, &f->notices, 2));
    assert_int_equal(f->notice_code, 0);
    assert_non_null(strstr(f->lost, "rows were saved"));
    assert_true(all_sessions(f) >= LARGE_ROWS - 10); /* the reader follows to the new file */
    put_wait(f, id);
    assert_int_equal(f->failures, 1);
}

/* Readers alone may meet it; the file is then read through, and found. */
static void test_damage_that_a_reader_meets(void **state)
{
    struct fixture *f = *state;
    uint64_t id = 0;
    int r = 0;

    fill_large(f);
    fixture_open(f);
    damage_leaf(f);
    while (r == 0 && id < LARGE_ROWS) {
        AUTO_JSON *one = NULL;

        r = store_session_get(&one, f->r, ++id, NULL);
    }
    assert_int_equal(r, -EUCLEAN);
    assert_true(wait_for(f, &f->losses, 2)); /* begun, done */
    assert_true(wait_for(f, &f->notices, 2));
    assert_non_null(strstr(f->lost, "rows were saved"));
    assert_true(all_sessions(f) >= LARGE_ROWS - 10);
}

/* After an unclean end a large file is read through in the background; the store is used meanwhile. */
static void test_checked_after_an_unclean_end(void **state)
{
    static const struct {
        const char *name;
        bool unclean, damaged;
    } rows[] = {
        { "a clean end, whole", false, false },
        { "an unclean end, whole", true, false },
        { "an unclean end, damaged", true, true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture *f = *state;
        struct store_stats st;
        char path[128];

        print_message("%s\n", rows[i].name);
        fill_large(f);
        path_in(path, sizeof(path), f, "history.db-wal");
        if (rows[i].unclean)
            close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        if (rows[i].damaged)
            damage_leaf(f);
        fixture_open(f);
        assert_int_equal(seen(f, &f->losses), 0); /* nobody has read it through yet */
        put_wait(f, LARGE_ROWS + 1);
        clock_advance_usec(&f->clock, INT64_C(11) * 1000000);
        if (rows[i].damaged)
            assert_true(wait_for(f, &f->losses, 2));
        beats(f, rows[i].damaged ? 2 : 80);
        store_stats(f->s, &st);
        assert_int_equal(st.checks, rows[i].unclean && !rows[i].damaged);
        assert_true(all_sessions(f) >= LARGE_ROWS + 1 - (rows[i].damaged ? 10 : 0));
        teardown(state);
        assert_int_equal(setup_closed(state), 0);
    }
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
    assert_non_null(strstr(f->lost, "config.db"));
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

static void set_version(const char *path, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_newer_version_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[128];

    fixture_open(f);
    put_wait(f, 1);
    fixture_close(f);
    path_in(path, sizeof(path), f, "history.db");
    set_version(path, "PRAGMA user_version=99");
    fixture_open(f);
    assert_int_equal(f->notice_code, -EPROTONOSUPPORT);
    assert_non_null(strstr(f->notice, "history.db has version 99, this program knows 1"));
    assert_int_equal(put(f, 2, NULL), -EPROTONOSUPPORT);
    fixture_close(f);
    assert_int_equal(find_entries(f, "", "history.db.damaged", NULL, 0), 0);
    set_version(path, "PRAGMA user_version=1");
    fixture_open(f); /* untouched */
    assert_int_equal(sessions_count(f), 1);
}

/* The folder cannot be used: the store says so with its path, and opens when it can. */
static void test_folder_in_the_way(void **state)
{
    struct fixture *f = *state;
    char path[128], words[512];

    path_in(path, sizeof(path), f, "state");
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    snprintf(words, sizeof(words), "%s", f->dir);
    snprintf(f->dir, sizeof(f->dir), "%.50s/state", words);
    fixture_open(f);
    assert_int_equal(f->notice_code, -ENOTDIR);
    assert_non_null(strstr(f->notice, f->dir));
    assert_int_equal(put(f, 1, NULL), -ENOTDIR);
    assert_int_equal(unlink(path), 0);
    clock_advance_usec(&f->clock, INT64_C(10) * 1000000);
    assert_true(wait_for(f, &f->notices, 2));
    assert_int_equal(f->notice_code, 0);
    put_wait(f, 1);
    fixture_close(f);
    dir_remove(f->dir);
    snprintf(f->dir, sizeof(f->dir), "%.60s", words);
}

/* What a run that was cut off left is gone after the next start, and nothing else is. */
static void test_leftovers_are_swept(void **state)
{
    static const char *const ours[] = { "backup/history.db.new", "backup/history.db.new-journal",
                                        "backup/config.db.new", "history.db.restore" };
    static const char *const others[] = { "backup/history.db.7", "notes.txt" };
    struct fixture *f = *state;
    char path[256];

    path_in(path, sizeof(path), f, "backup");
    assert_int_equal(mkdir(path, 0700), 0);
    fixture_open(f); /* so that a copy of its name alone is no loss */
    fixture_close(f);
    for (size_t i = 0; i < 6; i++) {
        path_in(path, sizeof(path), f, i < 4 ? ours[i] : others[i - 4]);
        close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    fixture_open(f);
    for (size_t i = 0; i < 6; i++) {
        path_in(path, sizeof(path), f, i < 4 ? ours[i] : others[i - 4]);
        assert_int_equal(access(path, F_OK), i < 4 ? -1 : 0);
    }
    assert_int_equal(f->losses, 0);
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

/* So many bytes of a file, from `at` on, become `fill`. */
static void overwrite_bytes(const char *path, off_t at, int fill, size_t bytes)
{
    char page[4096];
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0 && bytes <= sizeof(page));
    memset(page, fill, sizeof(page));
    assert_int_equal(pwrite(fd, page, bytes, at), bytes);
    close(fd);
}

/* Each page of a small history in turn, overwritten at its start or all of it: the daemon's store opens,
 * tells the loss or has none, gives what other pages hold, and takes new sessions. */
static void test_each_page_in_turn(void **state)
{
    static const struct {
        const char *name;
        size_t bytes;
        int fill; /* the byte written over it */
    } harms[] = { { "its head", 16, 0 }, { "all of it", 4096, 0 }, { "all ones", 4096, 0xff } };
    enum { ROWS = 40 };

    for (size_t k = 0; k < sizeof(harms) / sizeof(harms[0]); k++)
        for (int page = 0, pages = 1; page < pages; page++) {
            struct fixture *f = *state;
            char path[256];
            struct stat st;

            fixture_open(f);
            for (uint64_t id = 1; id <= ROWS; id++)
                assert_int_equal(put(f, id, on_done), 0);
            assert_true(wait_for(f, &f->answers, ROWS));
            backup_now(f);
            fixture_close(f);
            path_in(path, sizeof(path), f, "history.db");
            assert_int_equal(stat(path, &st), 0);
            pages = (int)(st.st_size / 4096);
            assert_true(pages > 2);
            overwrite_bytes(path, page * 4096, harms[k].fill, harms[k].bytes);
            fixture_open(f);
            for (int i = 0; i < 200 && sessions_count(f) < ROWS; i++)
                fixture_settle(f);
            if (sessions_count(f) != ROWS) /* the backup has them all */
                fail_msg("page %d of %d, %s: %d sessions; %s", page, pages, harms[k].name,
                         sessions_count(f), f->lost);
            put_wait(f, ROWS + 1);
            assert_true(sessions_have(f, ROWS + 1));
            teardown(state);
            assert_int_equal(setup_closed(state), 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_can_be_read_is_saved, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_often_keeps_two, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_all_backups_help, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_first_start_cut_off, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_rescue_is_done_later, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_in_use, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_damage_that_a_reader_meets, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_checked_after_an_unclean_end, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_config_too, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_garbage_log, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_newer_version_is_refused, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_folder_in_the_way, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_leftovers_are_swept, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_each_page_in_turn, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_long_path, setup_closed, teardown),
    };

    return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}
