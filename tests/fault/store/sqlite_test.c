/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/store/sqlite_test.c - each allocation of SQLite itself fails: nothing crashes, what
 * was acknowledged is there, and the store goes on when there is memory again. */
#include "store/store.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/dir.h"
#include "lib/waiter.h"

enum { RUNS_MAX = 100000 };

static sqlite3_mem_methods real;
static _Atomic long countdown; /* 0: not armed */
static _Atomic bool hit;

static bool fails_now(void)
{
    long left = atomic_load(&countdown);

    if (left == 0)
        return false;
    if (atomic_fetch_sub(&countdown, 1) != 1)
        return false;
    atomic_store(&hit, true);
    return true;
}

static void *failing_malloc(int n)
{
    return fails_now() ? NULL : real.xMalloc(n);
}

static void *failing_realloc(void *p, int n)
{
    return fails_now() ? NULL : real.xRealloc(p, n);
}

static int put(struct store *s, uint64_t id, struct waiter *w)
{
    const struct store_session row = { .id = id, .heard = "x" };
    int r = store_session_put(s, &row, waiter_done, w, NULL);

    return r < 0 ? r : waiter_wait(w);
}

struct world {
    char dir[64];
    struct clock clock;
    struct waiter w;
    uint64_t id, acknowledged;
};

static int open_store(struct world *k, struct store **s)
{
    const struct store_opts o = { .dir = k->dir, .clock = &k->clock, .strict = true };

    return store_open(s, &o, NULL);
}

static void work(struct world *k, struct store *s)
{
    AUTO(store_reader_freep) struct store_reader *r = NULL;
    AUTO_JSON *list = NULL;

    if (put(s, ++k->id, &k->w) == 0)
        k->acknowledged = k->id;
    store_device_put(s, "lamp", k->id % 2 ? "1" : "0", 1, NULL);
    store_flush(s, NULL, NULL, NULL);
    if (store_reader_new(&r, s, NULL) == 0)
        store_sessions(&list, r, 0, 5, NULL);
}

/* With memory again: the same store works, and what was acknowledged is there. */
static void check(struct world *k, struct store *s)
{
    AUTO(store_reader_freep) struct store_reader *r = NULL;
    AUTO_JSON *one = NULL;

    assert_int_equal(put(s, ++k->id, &k->w), 0);
    assert_int_equal(store_reader_new(&r, s, NULL), 0);
    if (k->acknowledged)
        assert_int_equal(store_session_get(&one, r, k->acknowledged, NULL), 0);
    k->acknowledged = k->id;
}

/* Steps of one at first, then wider: SQLite allocates some thousand times in a run. */
static long next(long n)
{
    return n < 100 ? n + 1 : n + n / 40;
}

static void test_working(void **state)
{
    struct world *k = *state;
    AUTO(store_closep) struct store *s = NULL;
    long runs = 0;

    assert_int_equal(open_store(k, &s), 0);
    for (long n = 1; n < RUNS_MAX; n = next(n)) {
        atomic_store(&hit, false);
        atomic_store(&countdown, n);
        work(k, s);
        atomic_store(&countdown, 0);
        check(k, s);
        runs++;
        if (!atomic_load(&hit))
            break;
    }
    print_message("%ld runs\n", runs);
    assert_in_range(runs, 20, RUNS_MAX);
}

static bool is_open(struct store *s)
{
    struct store_stats st;

    store_stats(s, &st);
    return st.open;
}

/* A store that stayed closed for want of memory opens by itself; every sixteenth is awaited. */
static void check_opened(struct world *k, struct store *s, long run)
{
    const struct timespec pause = { 0, 20 * 1000000 };

    if (!is_open(s)) {
        assert_int_equal(put(s, ++k->id, &k->w), -ENOMEM);
        if (run % 16 != 0)
            return;
        clock_advance_usec(&k->clock, INT64_C(11) * 1000000);
        for (int i = 0; i < 1500 && !is_open(s); i++)
            nanosleep(&pause, NULL);
    }
    check(k, s);
}

static void test_opening(void **state)
{
    struct world *k = *state;
    long runs = 0;

    for (long n = 1; n < RUNS_MAX; n = next(n)) {
        struct store *s = NULL;
        int r;

        atomic_store(&hit, false);
        atomic_store(&countdown, n);
        r = open_store(k, &s);
        atomic_store(&countdown, 0);
        if (r < 0)
            assert_int_equal(r, -ENOMEM);
        else
            check_opened(k, s, runs);
        store_close(s);
        assert_false(dir_holds(k->dir, "corrupt") || dir_holds(k->dir, "damaged"));
        runs++;
        if (!atomic_load(&hit))
            break;
    }
    print_message("%ld runs\n", runs);
    assert_in_range(runs, 20, RUNS_MAX);
}

static int setup(void **state)
{
    struct world *k = calloc(1, sizeof(*k));

    if (!k || dir_make(k->dir, "store") < 0)
        return -1;
    clock_init_virtual(&k->clock, INT64_C(1790000000) * 1000000);
    pthread_mutex_init(&k->w.lock, NULL);
    pthread_cond_init(&k->w.answered, NULL);
    *state = k;
    return 0;
}

static int teardown(void **state)
{
    struct world *k = *state;

    dir_remove(k->dir);
    free(k);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_working, setup, teardown),
        cmocka_unit_test_setup_teardown(test_opening, setup, teardown),
    };
    sqlite3_mem_methods failing;

    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
        return 1;
    failing = real;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK)
        return 1;
    return cmocka_run_group_tests_name("sqlite faults", tests, NULL, NULL);
}
