/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/salvage_test.c - rows are read out of files that SQLite would not open.
 *
 * A file is made by SQLite itself, with our schema, then damaged. */
#include "store/salvage.h"

#include "store/db.h"
#include "store/schema.h"
#include "store/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/dir.h"

enum { PAGE = 4096, SEEN_MAX = 4000 };

struct seen {
    unsigned n[SALVAGE_N];
    int64_t ids[SEEN_MAX]; /* of sessions, in the order they came */
    size_t longest;        /* text */
    char last[256];        /* first text of the last row */
    int64_t wall_usec;     /* of the last row */
};

struct world {
    char dir[DIR_BYTES], path[128];
    struct seen seen;
};

static void on_row(const struct salvage_row *row, void *user)
{
    struct seen *s = user;

    if (row->kind == SALVAGE_SESSION && s->n[row->kind] < SEEN_MAX)
        s->ids[s->n[row->kind]] = row->id;
    s->n[row->kind]++;
    for (size_t i = 0; i < SALVAGE_TEXTS && row->texts[i]; i++)
        if (strlen(row->texts[i]) > s->longest)
            s->longest = strlen(row->texts[i]);
    snprintf(s->last, sizeof(s->last), "%.200s", row->texts[0]);
    s->wall_usec = row->wall_usec;
}

static const struct seen *salvage_all(struct world *w)
{
    AUTO(salvage_freep) struct salvage *s = NULL;

    memset(&w->seen, 0, sizeof(w->seen));
    assert_int_equal(salvage_new(&s, w->path, NULL), 0);
    while (salvage_page(s, on_row, &w->seen))
        ;
    assert_int_equal(salvage_unreadable(s), 0);
    return &w->seen;
}

/* A file of ours with what `sql` puts in. With `log` nothing of that is in the file itself. */
static void make(struct world *w, enum store_file file, const char *sql, bool log)
{
    AUTO_DB *db = NULL;
    char kept[180], name[160];

    snprintf(w->path, sizeof(w->path), "%s/%s", w->dir, store_schemas[file].name);
    snprintf(name, sizeof(name), "%s-wal", w->path);
    snprintf(kept, sizeof(kept), "%s-kept", name);
    assert_int_equal(db_open(&db, w->path, NULL, DB_WRITE, NULL), 0);
    assert_int_equal(schema_migrate(db, &store_schemas[file], NULL), 0);
    assert_int_equal(
        db_exec(db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint=0", NULL), 0);
    assert_int_equal(db_exec(db, sql, NULL), 0);
    if (log) { /* closing would empty it */
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        assert_int_equal(link(name, kept), 0);
    }
    db = db_close(db);
    if (log)
        rename(kept, name);
}

#define NUMBERS(n) \
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < " #n ") "
#define SESSIONS(n, texts)                                                           \
    NUMBERS(n)                                                                       \
    "INSERT INTO sessions SELECT i, i * 1000, 'voice', 'sentence ' || i, '', " texts \
    ", 'done', '{}' FROM c"

static const struct {
    const char *name;
    enum store_file file;
    const char *sql;
    unsigned sessions, devices, values;
    size_t longest;
} files[] = {
    { "no rows", FILE_HISTORY, "SELECT 1", 0, 0, 0, 0 },
    { "one", FILE_HISTORY, SESSIONS(1, "'ok'"), 1, 0, 0, 10 },
    { "many pages", FILE_HISTORY, SESSIONS(3000, "'ok'"), 3000, 0, 0, 13 },
    { "just within a page", FILE_HISTORY, SESSIONS(5, "hex(zeroblob(2020))"), 5, 0, 0, 4040 },
    { "one overflow page", FILE_HISTORY, SESSIONS(5, "hex(zeroblob(2100))"), 5, 0, 0, 4200 },
    { "overflow chains", FILE_HISTORY, SESSIONS(5, "hex(zeroblob(90000))"), 5, 0, 0, 180000 },
    { "ids of all sizes", FILE_HISTORY,
      "INSERT INTO sessions SELECT 1 << value, -1, '', '', '', '', '', '' FROM"
      " (SELECT 0 AS value UNION SELECT 7 UNION SELECT 14 UNION SELECT 35 UNION SELECT 52)",
      5, 0, 0, 0 },
    { "ids that are none", FILE_HISTORY,
      "INSERT INTO sessions VALUES (0, 1, '', '', '', '', '', ''), (-5, 1, '', '', '', '', '', ''),"
      " (1 << 53, 1, '', '', '', '', '', '')",
      0, 0, 0, 0 },
    { "no UTF-8, a NUL", FILE_HISTORY,
      "INSERT INTO sessions VALUES (1, 1, '', CAST(x'ff41' AS TEXT), '', '', '', ''),"
      " (2, 1, '', CAST(x'410041' AS TEXT), '', '', '', '')",
      0, 0, 0, 0 },
    { "states and values", FILE_CONFIG,
      "INSERT INTO devices VALUES ('lamp', '{}', 5); INSERT INTO entries VALUES ('mute', 7, 'on')",
      0, 1, 1, 4 },
    { "an index of several levels", FILE_CONFIG,
      NUMBERS(2000) "INSERT INTO devices SELECT 'device ' || i, hex(zeroblob(100)), i FROM c", 0,
      2000, 0, 200 },
    { "a long value", FILE_CONFIG, "INSERT INTO entries VALUES ('k', 0, hex(zeroblob(50000)))", 0,
      0, 1, 100000 },
};

/* Whole files, then the same without their header, and from the log alone. */
static void test_every_row(void **state)
{
    enum { WHOLE, HEADERLESS, LOGGED, FORMS };

    for (size_t i = 0; i < FORMS * sizeof(files) / sizeof(files[0]); i++) {
        struct world *w = *state;
        size_t k = i / FORMS;
        const struct seen *s;

        print_message("%s, form %zu\n", files[k].name, i % FORMS);
        make(w, files[k].file, files[k].sql, i % FORMS == LOGGED);
        if (i % FORMS == HEADERLESS) {
            int fd = open(w->path, O_WRONLY | O_CLOEXEC);

            assert_int_equal(pwrite(fd, w->dir, 20, 0), 20);
            close(fd);
        }
        if (i % FORMS == LOGGED)
            assert_int_equal(truncate(w->path, 0), 0);
        s = salvage_all(w);
        assert_int_equal(s->n[SALVAGE_SESSION], files[k].sessions);
        assert_int_equal(s->n[SALVAGE_DEVICE], files[k].devices);
        assert_int_equal(s->n[SALVAGE_VALUE], files[k].values);
        assert_int_equal(s->longest, files[k].longest);
        dir_remove(w->dir);
        mkdir(w->dir, 0700);
    }
}

static void test_columns(void **state)
{
    struct world *w = *state;
    const struct seen *s;

    make(w, FILE_CONFIG, "INSERT INTO entries VALUES ('mute', -1790000000000000, 'on')", false);
    s = salvage_all(w);
    assert_string_equal(s->last, "mute");
    assert_int_equal(s->wall_usec, INT64_C(-1790000000000000));
}

/* Each page of a file is made unreadable in turn: only what stood on it is missing. */
static void test_a_page_costs_its_own_rows(void **state)
{
    struct world *w = *state;
    struct stat st;
    int worst = 0;

    make(w, FILE_HISTORY, SESSIONS(400, "hex(zeroblob(100))"), false);
    assert_int_equal(stat(w->path, &st), 0);
    for (off_t page = 0; page < st.st_size / PAGE; page++) {
        static char noise[PAGE], kept[PAGE];
        int fd = open(w->path, O_RDWR | O_CLOEXEC);
        int missing;

        memset(noise, 0xa5, sizeof(noise));
        assert_int_equal(pread(fd, kept, PAGE, page * PAGE), PAGE);
        assert_int_equal(pwrite(fd, noise, PAGE, page * PAGE), PAGE);
        missing = 400 - (int)salvage_all(w)->n[SALVAGE_SESSION];
        assert_int_equal(pwrite(fd, kept, PAGE, page * PAGE), PAGE);
        close(fd);
        assert_in_range(missing, 0, 20);
        worst = missing > worst ? missing : worst;
    }
    assert_in_range(worst, 8, 20);
}

/* The newest of a page's copies in the log counts, and one of an earlier run does not. */
static void test_the_log_is_newer(void **state)
{
    struct world *w = *state;
    char log[160];
    int fd;

    make(w, FILE_CONFIG,
         "INSERT INTO entries VALUES ('mute', 1, 'off');"
         "UPDATE entries SET key = 'sound'; UPDATE entries SET key = 'newest'",
         true);
    assert_string_equal(salvage_all(w)->last, "newest");
    assert_int_equal(w->seen.n[SALVAGE_VALUE], 1);
    snprintf(log, sizeof(log), "%s-wal", w->path);
    fd = open(log, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "other salts", 8, 16), 8);
    close(fd);
    assert_int_equal(salvage_all(w)->n[SALVAGE_VALUE], 0);
}

static void test_what_is_no_file(void **state)
{
    struct world *w = *state;
    struct salvage *s = NULL;
    struct err e = ERR_INIT;
    char path[128];

    snprintf(path, sizeof(path), "%s/nothing", w->dir);
    assert_int_equal(salvage_new(&s, path, &e), -ENOENT);
    assert_non_null(strstr(e.text, path));
    assert_null(salvage_free(NULL));
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    *state = w;
    return w && dir_make(w->dir, "salvage") == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *w = *state;

    dir_remove(w->dir);
    free(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_row, setup, teardown),
        cmocka_unit_test_setup_teardown(test_columns, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_page_costs_its_own_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_log_is_newer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_file, setup, teardown),
    };

    return cmocka_run_group_tests_name("salvage", tests, NULL, NULL);
}
