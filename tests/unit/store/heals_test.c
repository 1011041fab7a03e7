/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/heals_test.c - a disk that damages the files again and again: healed three times
 * in a row, then given up on in growing pauses, with words; and forgotten when it behaves. */
#include "fixture.h"
#include "testvfs.h"

#include "store/heals.h"

enum { MIN_MS = 60 * 1000 };

static const struct {
    const char *name;
    int64_t at_min[12]; /* of each damage; ends with 0 after the first */
    int64_t rest_min[12];
} rows[] = {
    { "three are healed", { 1, 1, 1 }, { 0, 0, 0 } },
    { "the fourth is not", { 1, 2, 3, 4 }, { 0, 0, 0, 1 } },
    { "the rest grows, up to an hour",
      { 1, 1, 1, 1, 2, 4, 8, 16, 32, 64, 124 },
      { 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60 } },
    { "nine minutes apart are in a row", { 1, 10, 19, 28 }, { 0, 0, 0, 1 } },
    { "ten are not", { 1, 11, 21, 31, 41 }, { 0, 0, 0, 0, 0 } },
    { "a try that held is forgotten", { 1, 1, 1, 1, 12, 12, 12, 12 }, { 0, 0, 0, 1, 0, 0, 0, 1 } },
    { "a try that held for a while is not", { 1, 1, 1, 1, 11 }, { 0, 0, 0, 1, 2 } },
    { "the time counts from the end of the rest",
      { 1, 1, 1, 1, 2, 4, 17 },
      { 0, 0, 0, 1, 2, 4, 8 } },
};

static void test_how_often(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct heals h = { 0 };

        print_message("%s\n", rows[i].name);
        for (size_t k = 0; k < 12 && rows[i].at_min[k]; k++)
            assert_int_equal(heals_take(&h, rows[i].at_min[k] * MIN_MS),
                             rows[i].rest_min[k] * MIN_MS);
    }
}

/* The clock of the store begins at 0: the first damage of a life is not the fourth. */
static void test_first_of_all(void **state)
{
    struct heals h = { 0 };

    (void)state;
    for (int i = 0; i < HEALS_MAX; i++)
        assert_int_equal(heals_take(&h, 0), 0);
    assert_int_equal(heals_take(&h, 0), HEALS_REST_MS);
}

/* The next write meets damage, once; the session that is put then is refused. */
static void damage_once(struct fixture *f, uint64_t id)
{
    unsigned failures = seen(f, &f->failures);

    tv_fail_nth(1, SQLITE_CORRUPT, 0);
    put_wait(f, id);
    assert_int_equal(seen(f, &f->failures), failures + 1);
    assert_int_equal(f->code, -EUCLEAN);
}

static void damage_healed(struct fixture *f, uint64_t id)
{
    unsigned losses = seen(f, &f->losses);

    damage_once(f, id);
    assert_true(wait_for(f, &f->losses, losses + 2)); /* begun, done */
    fixture_settle(f);
    put_wait(f, id);
    assert_true(sessions_have(f, id));
}

static void damage_given_up(struct fixture *f, uint64_t id)
{
    struct store_stats st;

    damage_once(f, id);
    for (unsigned beats = 0; beats < 3; beats++) /* what it does after the answer is done by then */
        assert_true(wait_for(f, &f->beats, seen(f, &f->beats) + 1));
    assert_int_equal(put(f, id, on_done), -EIO);
    store_stats(f->s, &st);
    assert_false(st.open);
}

static void pass_minutes(struct fixture *f, int minutes)
{
    clock_advance_usec(&f->clock, minutes * INT64_C(60) * 1000000);
}

static void expect_open(struct fixture *f, uint64_t id)
{
    struct store_stats st;

    do {
        assert_true(wait_for(f, &f->beats, seen(f, &f->beats) + 1));
        store_stats(f->s, &st);
    } while (!st.open);
    put_wait(f, id);
    assert_true(sessions_have(f, id));
}

static void test_given_up_and_tried_again(void **state)
{
    struct fixture *f = *state;
    AUTO_JSON *list = NULL;
    struct err e = ERR_INIT;
    unsigned losses;

    put_wait(f, 1);
    for (uint64_t id = 2; id < 2 + HEALS_MAX; id++)
        damage_healed(f, id);
    losses = seen(f, &f->losses);
    damage_given_up(f, 9);
    assert_int_equal(f->notice_code, -EIO);
    assert_non_null(strstr(f->notice, "damaged its files 4 times in a row"));
    assert_non_null(strstr(f->notice, "replace a worn memory card"));
    assert_int_equal(store_sessions(&list, f->r, 0, 10, &e), -EIO); /* readers are told as well */
    assert_non_null(strstr(e.text, "worn memory card"));
    assert_int_equal(store_device_put(f->s, "lamp", "{\"on\":true}", 1, NULL), 0); /* waits */
    clock_advance_usec(&f->clock, INT64_C(59) * 1000000);
    assert_true(wait_for(f, &f->beats, seen(f, &f->beats) + 2)); /* not tried yet */
    assert_int_equal(seen(f, &f->losses), losses);
    clock_advance_usec(&f->clock, INT64_C(1) * 1000000);
    expect_open(f, 9);
    assert_int_equal(f->notice_code, 0);
    assert_non_null(strstr(f->notice, "works again"));
    assert_true(sessions_have(f, 1)); /* what was acknowledged is still there */
    assert_true(sessions_have(f, 1 + HEALS_MAX));
}

static void test_pauses_grow(void **state)
{
    struct fixture *f = *state;
    unsigned notices;

    for (uint64_t id = 2; id < 2 + HEALS_MAX; id++)
        damage_healed(f, id);
    damage_given_up(f, 9);
    pass_minutes(f, 1);
    expect_open(f, 9);
    damage_given_up(f, 10);
    notices = seen(f, &f->notices);
    pass_minutes(f, 1); /* now it is two */
    assert_true(wait_for(f, &f->beats, seen(f, &f->beats) + 2));
    assert_int_equal(put(f, 10, on_done), -EIO);
    assert_int_equal(seen(f, &f->notices), notices); /* and is not told again */
    pass_minutes(f, 1);
    expect_open(f, 10);
    pass_minutes(f, 11);
    damage_healed(f, 11); /* a disk that behaved is healed at once again */
}

/* Even the empty file that takes the damaged one's place is damaged: no file is written every ten
 * seconds for ever, and none is lost that was moved aside. */
static void test_new_files_are_damaged_too(void **state)
{
    struct fixture *f = *state;

    put_wait(f, 1);
    fixture_close(f);
    overwrite(f, "history.db", 0, "nothing that SQLite would know");
    tv_fail(SQLITE_CORRUPT, 0);
    fixture_open(f);
    for (int i = 0; i < HEALS_MAX + 2; i++) {
        pass_minutes(f, 1);
        assert_true(wait_for(f, &f->beats, seen(f, &f->beats) + 2));
    }
    assert_int_equal(put(f, 2, on_done), -EIO);
    tv_fail(0, 0);
    pass_minutes(f, 61);
    expect_open(f, 2);
    assert_true(sessions_have(f, 1));
}

static void test_ends_while_given_up(void **state)
{
    struct fixture *f = *state;

    put_wait(f, 1);
    for (uint64_t id = 2; id < 2 + HEALS_MAX; id++)
        damage_healed(f, id);
    damage_given_up(f, 9);
    fixture_close(f);
    fixture_open(f);
    assert_true(sessions_have(f, 1)); /* a start is a try of its own */
    put_wait(f, 9);
}

static int setup_whole(void **state)
{
    tv_fail(0, 0);
    tv_fail_nth(0, 0, 0);
    return setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_often),
        cmocka_unit_test(test_first_of_all),
        cmocka_unit_test_setup_teardown(test_given_up_and_tried_again, setup_whole, teardown),
        cmocka_unit_test_setup_teardown(test_pauses_grow, setup_whole, teardown),
        cmocka_unit_test_setup_teardown(test_new_files_are_damaged_too, setup_whole, teardown),
        cmocka_unit_test_setup_teardown(test_ends_while_given_up, setup_whole, teardown),
    };

    return TV_RUN("heals", tests);
}
