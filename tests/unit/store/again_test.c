/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/again_test.c - a disk that takes nothing for a while: who asked is told at once, what he asked for is
 * kept when there is room again, and the fault ends by itself, also where nobody asks for anything. */
#include "fixture.h"
#include "testvfs.h"

#include "base/str.h"
#include "store/queue.h"

static int setup_failing(void **state)
{
    tv_fail(0, 0);
    return setup(state);
}

static int teardown_failing(void **state)
{
    tv_fail(0, 0);
    return teardown(state);
}

static void later(struct fixture *f)
{
    clock_advance_usec(&f->clock, INT64_C(10) * 1000000);
}

/* The writer has had its turn: what was answered has been put in its place. */
static void turn(struct fixture *f)
{
    const unsigned beats = seen(f, &f->beats);

    assert_true(wait_for(f, &f->beats, beats + 2));
}

/* The fault has ended after `n` notices in all. */
static void expect_well(struct fixture *f, unsigned n)
{
    assert_true(wait_for(f, &f->notices, n));
    assert_int_equal(f->notice_code, 0);
    assert_non_null(strstr(f->notice, "works again"));
}

/* The disk takes things again, and that is found out. */
static void room_again(struct fixture *f)
{
    tv_fail(0, 0);
    later(f);
    expect_well(f, 2);
}

/* What was said of a session; "" where it is not there. */
static void heard_of(char out[64], struct fixture *f, uint64_t id)
{
    AUTO_JSON *one = NULL;

    out[0] = '\0';
    if (store_session_get(&one, f->r, id, NULL) == 0)
        snprintf(out, 64, "%s", json_str(one, "heard", ""));
}

static void test_sessions_wait_for_room(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    for (uint64_t id = 2; id <= 4; id++)
        put_wait(f, id);
    assert_int_equal(f->failures, 3); /* told at once, and once */
    assert_int_equal(f->code, -ENOSPC);
    assert_int_equal(f->notices, 1);
    turn(f);
    store_stats(f->s, &st);
    assert_int_equal(st.queued, 3);
    later(f);
    turn(f); /* tried again, in vain */
    put_wait(f, 5);
    assert_int_equal(f->notices, 1);
    room_again(f);
    assert_int_equal(sessions_count(f), 5);
    store_stats(f->s, &st);
    assert_int_equal(st.queued, 0);
    assert_int_equal(st.violations, 0);
}

/* No sooner than that: a disk that is full is not asked all the time. */
static void test_nothing_is_tried_meanwhile(void **state)
{
    struct fixture *f = *state;
    struct store_stats before, after;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    put_wait(f, 2);
    turn(f);
    store_stats(f->s, &before);
    turn(f);
    store_stats(f->s, &after);
    assert_int_equal(after.errors, before.errors);
    assert_int_equal(after.queued, 1);
}

static void empty(struct fixture *f, const char *name)
{
    char path[128];

    path_in(path, sizeof(path), f, name);
    assert_int_equal(truncate(path, 0), 0);
}

/* The fault came of something that does not wait: a small write finds that it is over. */
static void test_the_fault_ends_where_nothing_waits(void **state)
{
    struct fixture *f = *state;

    put_wait(f, 1);
    fixture_close(f);
    empty(f, "history.db");
    fixture_open(f);
    turn(f);
    tv_fail(SQLITE_FULL, 0);
    assert_int_equal(store_acknowledge(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, 2));
    assert_int_equal(f->code, -ENOSPC);
    assert_int_equal(f->notices, 1);
    later(f);
    turn(f);
    assert_int_equal(seen(f, &f->notices), 1); /* still full */
    room_again(f);
    assert_int_equal(f->acknowledged, 0); /* it was refused, and may be asked again */
    assert_int_equal(store_acknowledge(f->s, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->acknowledged, 1));
}

/* The newer row of a session comes after the older one that waits. */
static void test_the_newest_stays(void **state)
{
    const struct store_session more = { .id = 2, .wall_usec = 1, .heard = "the end of it" };
    struct fixture *f = *state;
    char heard[64];

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    put_wait(f, 2);
    tv_fail(0, 0);
    assert_int_equal(store_session_put(f->s, &more, on_done, f, NULL), 0);
    expect_well(f, 2);
    heard_of(heard, f, 2);
    assert_string_equal(heard, "the end of it");
    assert_int_equal(sessions_count(f), 2);
}

/* A try in vain is no news; each of the `n` values that wait is told when it is done, without a further failure. */
static void mute_is_kept_in_the_end(struct fixture *f, unsigned n)
{
    const unsigned answers = seen(f, &f->answers), failures = seen(f, &f->failures);
    AUTO_FREE char *text = NULL;

    later(f);
    turn(f);
    assert_int_equal(seen(f, &f->answers), answers);
    room_again(f);
    assert_true(wait_for(f, &f->answers, answers + n));
    assert_int_equal(seen(f, &f->failures), failures);
    assert_int_equal(store_value_get(&text, f->r, "mute", NULL), 0);
    assert_string_equal(text, "on");
}

static void test_values_wait_too(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *gone = NULL;

    assert_int_equal(store_value_put(f->s, "gone", "x", on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, 1));
    tv_fail(SQLITE_IOERR_WRITE, ENOSPC);
    assert_int_equal(store_value_put(f->s, "mute", "off", on_done, f, NULL), 0);
    assert_int_equal(store_value_put(f->s, "mute", "on", on_done, f, NULL), 0);
    assert_int_equal(store_value_put(f->s, "gone", NULL, on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, 4));
    assert_int_equal(f->failures, 3);
    assert_true(str_starts(f->text, "not done yet: ")); /* for it will be */
    mute_is_kept_in_the_end(f, 3);
    assert_int_equal(store_value_get(&gone, f->r, "gone", NULL), -ENOENT);
}

/* More than one group: nobody waits for an answer until those before him have been tried. */
static void test_many_are_told_and_kept(void **state)
{
    enum { MANY = 3 * GROUP_ROWS };
    struct fixture *f = *state;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    for (uint64_t id = 2; id <= MANY; id++)
        assert_int_equal(put(f, id, on_done), 0);
    assert_true(wait_for(f, &f->answers, MANY));
    assert_int_equal(f->failures, MANY - 1);
    put_wait(f, MANY + 1); /* behind all the others */
    assert_int_equal(f->failures, MANY);
    room_again(f);
    fixture_flush(f);
    for (uint64_t id = 1; id <= MANY + 1; id++)
        assert_true(sessions_have(f, id));
    assert_int_equal(f->failures, MANY);
}

/* What waits is bounded, and who finds no place is told. */
static void test_what_waits_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;
    uint64_t id = 2;
    int code = 0;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    put_wait(f, id++);
    for (int i = 0; i < 2 * STORE_QUEUE_MAX && code == 0; i++)
        code = put(f, id++, NULL);
    assert_int_equal(code, -EOVERFLOW);
    store_stats(f->s, &st);
    assert_true(st.queued <= STORE_QUEUE_MAX);
    room_again(f);
    fixture_flush(f);
    for (uint64_t i = 1; i <= STORE_QUEUE_MAX + 1; i++)
        assert_true(sessions_have(f, i));
}

/* A store that is closed refuses with the reason, and keeps what it refused when it opens. */
static void test_rows_wait_for_a_closed_store(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;

    fixture_close(f);
    dir_remove(f->dir);
    tv_fail(SQLITE_FULL, 0);
    fixture_open(f);
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(put(f, id, on_done), -ENOSPC);
    assert_int_equal(store_flush(f->s, on_done, f, NULL), -ENOSPC);
    store_stats(f->s, &st);
    assert_int_equal(st.queued, 3);
    room_again(f);
    fixture_flush(f);
    assert_int_equal(sessions_count(f), 3);
    assert_int_equal(f->answers, 1); /* the flush's: who was refused is not called */
}

/* A value that a closed store refuses is not done yet; its end is told. */
static void test_values_wait_for_a_closed_store(void **state)
{
    struct fixture *f = *state;
    struct err e = ERR_INIT;

    fixture_close(f);
    dir_remove(f->dir);
    tv_fail(SQLITE_FULL, 0);
    fixture_open(f);
    assert_int_equal(store_value_put(f->s, "mute", "on", on_done, f, &e), -ENOSPC);
    assert_true(str_starts(err_text(&e), "not done yet: the store is closed and tries again"));
    assert_int_equal(seen(f, &f->answers), 0);
    mute_is_kept_in_the_end(f, 1);
}

/* At the end nothing waits any more: the last word is the truth. */
static void test_a_value_that_is_never_done(void **state)
{
    struct fixture *f = *state;
    AUTO_FREE char *text = NULL;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    assert_int_equal(store_value_put(f->s, "mute", "on", on_done, f, NULL), 0);
    assert_true(wait_for(f, &f->answers, 2));
    assert_true(str_starts(f->text, "not done yet: "));
    fixture_close(f);
    assert_int_equal(f->answers, 3);
    assert_int_equal(f->failures, 2);
    assert_false(str_starts(f->text, "not done yet: "));
    tv_fail(0, 0);
    fixture_open(f);
    assert_int_equal(store_value_get(&text, f->r, "mute", NULL), -ENOENT);
}

/* The last try is at the end; then what the disk does not take is gone, and the files are whole. */
static void test_the_end_on_a_full_disk(void **state)
{
    struct fixture *f = *state;

    put_wait(f, 1);
    tv_fail(SQLITE_FULL, 0);
    put_wait(f, 2);
    tv_fail(0, 0);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(sessions_count(f), 2);
    tv_fail(SQLITE_FULL, 0);
    put_wait(f, 3);
    fixture_close(f);
    tv_fail(0, 0);
    fixture_open(f);
    assert_int_equal(sessions_count(f), 2);
}

/* ---- two losses ------------------------------------------------------------------------------- */

/* Each is told in its own notice, at each start, until they are acknowledged. */
static void test_both_files_are_lost(void **state)
{
    const unsigned both = 1u << STORE_NOTICE_LOST_HISTORY | 1u << STORE_NOTICE_LOST_CONFIG;
    struct fixture *f = *state;

    put_wait(f, 1);
    fixture_close(f);
    empty(f, "history.db");
    empty(f, "config.db");
    for (int i = 0; i < 3; i++) {
        f->lost_files = 0;
        fixture_open(f);
        fixture_flush(f);
        assert_int_equal(f->lost_files, both);
        if (i < 2)
            fixture_close(f);
    }
    assert_int_equal(f->acknowledged, 0);
    assert_int_equal(store_acknowledge(f->s, on_done, f, NULL), 0);
    fixture_flush(f);
    assert_int_equal(f->acknowledged, 2);
    fixture_close(f);
    f->lost_files = 0;
    fixture_open(f);
    fixture_flush(f);
    assert_int_equal(f->lost_files, 0);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup_failing, teardown_failing)
    const struct CMUnitTest tests[] = {
        TEST(test_sessions_wait_for_room),
        TEST(test_nothing_is_tried_meanwhile),
        TEST(test_the_fault_ends_where_nothing_waits),
        TEST(test_the_newest_stays),
        TEST(test_values_wait_too),
        TEST(test_many_are_told_and_kept),
        TEST(test_what_waits_is_bounded),
        TEST(test_rows_wait_for_a_closed_store),
        TEST(test_values_wait_for_a_closed_store),
        TEST(test_a_value_that_is_never_done),
        TEST(test_the_end_on_a_full_disk),
        TEST(test_both_files_are_lost),
    };

    return TV_RUN("again", tests);
}
