/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/schema_test.c - migrations go forward, whole, and never guess. */
#include "store/schema.h"

#include "store/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const steps[] = {
    "CREATE TABLE a (x); INSERT INTO a VALUES (1)",
    "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1",
    "CREATE TABLE b (z); INSERT INTO b SELECT y FROM a",
};
static const char *const broken[] = {
    "CREATE TABLE a (x); INSERT INTO a VALUES (1)",
    "UPDATE a SET x = 5; INSERT INTO nowhere VALUES (1)",
};

static int setup(void **state)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return -1;
    *state = db;
    return 0;
}

static int teardown(void **state)
{
    db_close(*state);
    return 0;
}

static int64_t ask(sqlite3 *db, const char *sql)
{
    int64_t n = -1;

    db_int(&n, db, sql, NULL);
    return n;
}

static void test_from_each_version(void **state)
{
    (void)state;
    for (size_t from = 0; from <= 3; from++) {
        const struct schema old = { "test.db", steps, from, NULL, 0 },
                            now = { "test.db", steps, 3, NULL, 0 };
        AUTO_DB *db = NULL;

        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        assert_int_equal(schema_migrate(db, &old, NULL), 0);
        assert_int_equal(ask(db, "PRAGMA user_version"), from);
        assert_int_equal(schema_migrate(db, &now, NULL), 0);
        assert_int_equal(ask(db, "PRAGMA user_version"), 3);
        assert_int_equal(ask(db, "SELECT z FROM b"), 2);
        assert_int_equal(schema_migrate(db, &now, NULL), 0); /* nothing twice */
        assert_int_equal(ask(db, "SELECT count(*) FROM b"), 1);
    }
}

static void test_failed_step_leaves_the_version_before(void **state)
{
    const struct schema s = { "test.db", broken, 2, NULL, 0 };
    struct err e = ERR_INIT;

    assert_true(schema_migrate(*state, &s, &e) < 0);
    assert_non_null(strstr(e.text, "test.db: step 2"));
    assert_int_equal(ask(*state, "PRAGMA user_version"), 1);
    assert_int_equal(ask(*state, "SELECT x FROM a"), 1);
    assert_true(sqlite3_get_autocommit(*state));
}

static const struct {
    const char *name, *sql, *text;
} strange[] = {
    { "newer", "PRAGMA user_version=4", "has version 4, this program knows 3" },
    { "far newer", "PRAGMA user_version=2147483647", "has version 2147483647" },
    { "negative", "PRAGMA user_version=-1", "has version -1" },
};

static void test_strange_versions_are_refused(void **state)
{
    const struct schema s = { "test.db", steps, 3, NULL, 0 };

    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        struct err e = ERR_INIT;

        print_message("%s\n", strange[i].name);
        db_exec(*state, strange[i].sql, NULL);
        assert_int_equal(schema_migrate(*state, &s, &e), -EPROTONOSUPPORT);
        assert_non_null(strstr(e.text, strange[i].text));
        assert_int_equal(ask(*state, "SELECT count(*) FROM sqlite_master"), 0);
    }
}

static void test_our_own_schemas(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILE_N; i++) {
        AUTO_DB *db = NULL;

        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        assert_int_equal(schema_migrate(db, &store_schemas[i], NULL), 0);
        assert_int_equal(db_check(db, NULL), 0);
    }
}

/* Every step of our own: a file of each version with a row in each table keeps them. */
static void test_our_own_steps_keep_rows(void **state)
{
    static const struct {
        enum store_file file;
        size_t version;
        const char *put, *count;
    } rows[] = {
        { FILE_HISTORY, 1, "INSERT INTO sessions VALUES (7, 1, '', '', '', '', '', '{}')",
          "SELECT count(*) FROM sessions WHERE id = 7" },
        { FILE_CONFIG, 1, "INSERT INTO devices VALUES ('lamp', '{}', 1)",
          "SELECT count(*) FROM devices WHERE id = 'lamp'" },
        { FILE_CONFIG, 2, "INSERT INTO entries VALUES ('mute', 1, 'on')",
          "SELECT count(*) FROM entries WHERE value = 'on'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct schema *now = &store_schemas[rows[i].file];
        const struct schema old = { now->name, now->steps, rows[i].version, NULL, 0 };
        AUTO_DB *db = NULL;

        assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
        assert_int_equal(schema_migrate(db, &old, NULL), 0);
        assert_int_equal(db_exec(db, rows[i].put, NULL), 0);
        assert_int_equal(schema_migrate(db, now, NULL), 0);
        assert_int_equal(ask(db, rows[i].count), 1);
        assert_int_equal(ask(db, "PRAGMA user_version"), now->n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_each_version),
        cmocka_unit_test_setup_teardown(test_failed_step_leaves_the_version_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_strange_versions_are_refused, setup, teardown),
        cmocka_unit_test(test_our_own_schemas),
        cmocka_unit_test(test_our_own_steps_keep_rows),
    };

    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
