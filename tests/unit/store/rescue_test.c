/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/rescue_test.c - which of two rows stays when both are there, and what is kept. */
#include "store/rescue.h"

#include "store/db.h"
#include "store/recover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/dir.h"

struct world {
    char dir[DIR_BYTES];
    struct clock clock;
    struct backup_place place;
    enum store_file file;
    sqlite3 *db;
};

static void path_of(const struct world *w, char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/%s", w->dir, name);
}

/* A file of ours, closed, with what `sql` puts in. */
static void file_make(const struct world *w, const char *name, const char *sql)
{
    AUTO_DB *db = NULL;
    char path[160];

    path_of(w, path, sizeof(path), name);
    assert_int_equal(db_open(&db, path, NULL, DB_COPY, NULL), 0);
    assert_int_equal(schema_migrate(db, &store_schemas[w->file], NULL), 0);
    assert_int_equal(db_exec(db, sql, NULL), 0);
}

static void world_open(struct world *w, enum store_file file, const char *sql)
{
    char path[160];

    w->file = file;
    w->place = (struct backup_place){ w->dir, store_schemas[file].name, NULL };
    path_of(w, path, sizeof(path), w->place.name);
    assert_int_equal(db_open(&w->db, path, NULL, DB_WRITE, NULL), 0);
    assert_int_equal(schema_migrate(w->db, &store_schemas[file], NULL), 0);
    assert_int_equal(db_exec(w->db, sql, NULL), 0);
}

/* The words at the end; "" when there was nothing to do. */
static const char *rescue_all(struct world *w)
{
    static char words[200];
    const struct rescue_opts o = { w->place, w->file, w->db, &w->clock };
    AUTO(rescue_freep) struct rescue *r = NULL;
    int code = 1;

    words[0] = '\0';
    assert_int_equal(rescue_new(&r, &o, NULL), 0);
    while (r && (code = rescue_step(r, NULL)) > 0)
        ;
    if (r) {
        assert_int_equal(code, 0);
        rescue_words(r, words, sizeof(words));
    }
    return words;
}

static const char *ask(struct world *w, const char *sql)
{
    static char out[200];
    sqlite3_stmt *q = NULL;

    out[0] = '\0';
    assert_int_equal(db_prepare(&q, w->db, sql, NULL), 0);
    while (sqlite3_step(q) == SQLITE_ROW)
        snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s ", sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    return out;
}

#define SESSION(id, wall, heard) \
    "INSERT INTO sessions VALUES (" #id ", " #wall ", '', '" heard "', '', '', '', '{}');"
#define ENTRY(key, wall, value) "INSERT INTO entries VALUES ('" key "', " #wall ", '" value "');"
#define DEVICE(id, wall, state) "INSERT INTO devices VALUES ('" id "', '" state "', " #wall ");"

static const struct {
    const char *name;
    enum store_file file;
    const char *now, *damaged, *backup; /* what stands in each; NULL: there is none */
    const char *sql, *want;
} rows[] = {
    { "nothing to do", FILE_HISTORY, SESSION(1, 1, "now"), NULL, SESSION(2, 1, "backup"),
      "SELECT heard FROM sessions", "now " },
    { "of the damaged file", FILE_HISTORY, "", SESSION(1, 1, "a") SESSION(2, 2, "b"), NULL,
      "SELECT heard FROM sessions ORDER BY id", "a b " },
    { "of both", FILE_HISTORY, "", SESSION(2, 2, "damaged"), SESSION(1, 1, "backup"),
      "SELECT heard FROM sessions ORDER BY id", "backup damaged " },
    { "the damaged file is newer than the backup", FILE_HISTORY, "", SESSION(1, 1, "damaged"),
      SESSION(1, 1, "backup"), "SELECT heard FROM sessions", "damaged " },
    { "what was put since stays", FILE_HISTORY, SESSION(1, 5, "now"), SESSION(1, 1, "damaged"),
      SESSION(1, 1, "backup"), "SELECT heard FROM sessions", "now " },
    { "a value of a later time", FILE_CONFIG, ENTRY("mute", 1, "now"), ENTRY("mute", 2, "damaged"),
      ENTRY("mute", 1, "backup"), "SELECT value FROM entries", "damaged " },
    { "a value of an earlier time", FILE_CONFIG, ENTRY("mute", 3, "now"),
      ENTRY("mute", 2, "damaged"), ENTRY("mute", 1, "backup"), "SELECT value FROM entries",
      "now " },
    { "an acknowledged loss stays acknowledged", FILE_CONFIG, "",
      ENTRY("lost.history.db", 2, "old") ENTRY("lost", 2, "x") ENTRY("lostx", 2, "y"),
      ENTRY("lost.config.db", 1, "old"), "SELECT key FROM entries ORDER BY key", "lost lostx " },
    { "states", FILE_CONFIG, DEVICE("lamp", 9, "now"),
      DEVICE("lamp", 2, "damaged") DEVICE("fan", 2, "damaged"), DEVICE("fan", 1, "backup"),
      "SELECT state FROM devices ORDER BY id", "damaged now " },
};

static int setup(void **state);
static int teardown(void **state);

static void test_which_row_stays(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world *w = *state;
        char aside[160], name[64];

        print_message("%s\n", rows[i].name);
        world_open(w, rows[i].file, rows[i].now);
        recover_aside(aside, sizeof(aside), &w->place, 0);
        if (rows[i].damaged)
            file_make(w, strrchr(aside, '/') + 1, rows[i].damaged);
        path_of(w, aside, sizeof(aside), "backup");
        assert_int_equal(mkdir(aside, 0700), 0);
        snprintf(name, sizeof(name), "backup/%s.1", w->place.name);
        if (rows[i].backup)
            file_make(w, name, rows[i].backup);
        assert_int_equal(strlen(rescue_all(w)) > 0, rows[i].damaged != NULL);
        assert_string_equal(ask(w, rows[i].sql), rows[i].want);
        assert_string_equal(rescue_all(w), ""); /* it is done */
        assert_int_equal(dir_holds(w->dir, ".corrupt-"), rows[i].damaged != NULL);
        teardown(state);
        assert_int_equal(setup(state), 0);
    }
}

/* Four damaged files wait at most; all are read, two are kept for people. */
static void test_several(void **state)
{
    struct world *w = *state;
    char words[64];

    world_open(w, FILE_HISTORY, "");
    file_make(w, "history.db.damaged.1", SESSION(1, 1, "a"));
    file_make(w, "history.db.damaged.3", SESSION(3, 1, "c"));
    file_make(w, "history.db.damaged.4", SESSION(4, 1, "d"));
    snprintf(words, sizeof(words), "%.20s", rescue_all(w));
    assert_string_equal(words, "3 rows were saved fr");
    assert_string_equal(ask(w, "SELECT heard FROM sessions ORDER BY id"), "a c d ");
    assert_false(dir_holds(w->dir, ".damaged"));
    assert_true(dir_holds(w->dir, ".corrupt-20260921T") && dir_holds(w->dir, ".03"));
    assert_false(dir_holds(w->dir, ".01")); /* the oldest */
}

/* What cannot be opened as a source is told, and the others are read. */
static void test_a_source_that_is_none(void **state)
{
    struct world *w = *state;
    char path[160];
    const char *words;

    world_open(w, FILE_HISTORY, "");
    path_of(w, path, sizeof(path), "history.db.damaged.1");
    assert_int_equal(mkdir(path, 0700), 0);
    file_make(w, "history.db.damaged.2", SESSION(1, 1, "a"));
    words = rescue_all(w);
    assert_non_null(strstr(words, "1 rows were saved"));
    assert_non_null(strstr(words, "could not be read"));
    assert_string_equal(ask(w, "SELECT heard FROM sessions"), "a ");
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    *state = w;
    if (!w || dir_make(w->dir, "rescue") < 0)
        return -1;
    clock_init_virtual(&w->clock, INT64_C(1790000000) * 1000000);
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    db_close(w->db);
    dir_remove(w->dir);
    free(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_which_row_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_several, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_source_that_is_none, setup, teardown),
    };

    return cmocka_run_group_tests_name("rescue", tests, NULL, NULL);
}
