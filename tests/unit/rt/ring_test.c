/* SPDX-License-Identifier: Apache-2.0 */
/* The ring: limits, order, wrap-around, and 200,000 items between two threads. */
#include "rt/ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ITEMS = 200000, BATCH = 37 };

static void refused(void **state)
{
    static const struct {
        const char *name;
        size_t slots, item_bytes;
    } cases[] = {
        { "no slots", 0, 4 },
        { "no bytes", 4, 0 },
        { "too much", 1 << 20, 1 << 20 },
        { "overflow", SIZE_MAX / 2, 4 },
        { "one huge item", 1, SIZE_MAX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ring *r = (struct ring *)&cases;
        struct err e = ERR_INIT;

        assert_int_equal(ring_new(&r, cases[i].slots, cases[i].item_bytes, &e), -EINVAL);
        assert_non_null(strstr(e.text, "ring:"));
        assert_ptr_equal(r, &cases); /* untouched */
    }
    assert_null(ring_free(NULL));
}

static void rounded_and_full(void **state)
{
    AUTO(ring_freep) struct ring *r = NULL;
    int x = 0;

    (void)state;
    assert_int_equal(ring_new(&r, 5, sizeof(int), NULL), 0);
    assert_int_equal(ring_fill(r), 0);
    assert_false(ring_pop(r, &x));
    for (int i = 0; i < 8; i++)
        assert_true(ring_push(r, &i));
    x = 99;
    assert_false(ring_push(r, &x));
    assert_int_equal(ring_fill(r), 8);
    assert_int_equal(ring_fill(r), 8);
    for (int i = 0; i < 8; i++) {
        assert_true(ring_pop(r, &x));
        assert_int_equal(x, i);
    }
    assert_false(ring_pop(r, &x));
}

static void many_at_once_across_the_end(void **state)
{
    AUTO(ring_freep) struct ring *r = NULL;
    int in[6], out[8], next = 0, want = 0;

    (void)state;
    assert_int_equal(ring_new(&r, 8, sizeof(int), NULL), 0);
    for (int round = 0; round < 20; round++) {
        size_t n;

        for (int i = 0; i < 6; i++)
            in[i] = next + i;
        n = ring_write(r, in, 6);
        next += (int)n;
        n = ring_read(r, out, round % 2 ? 8 : 3);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(out[i], want++);
    }
    assert_true(next > 60);
    assert_int_equal(ring_fill(r), (size_t)(next - want));
    ring_drop(r);
    assert_int_equal(ring_fill(r), 0);
    assert_int_equal(ring_read(r, out, 8), 0);
    assert_int_equal(ring_write(r, in, 6), 6);
    assert_int_equal(ring_read(r, out, 8), 6);
}

struct item {
    uint64_t number, copy;
    unsigned char rest[48];
};

static void *writer(void *user)
{
    struct ring *r = user;
    struct item batch[BATCH];
    uint64_t next = 0;

    while (next < ITEMS) {
        size_t n = ITEMS - next < BATCH ? ITEMS - next : BATCH;
        size_t done;

        for (size_t i = 0; i < n; i++) {
            batch[i].number = next + i;
            batch[i].copy = ~(next + i);
            memset(batch[i].rest, (int)(next + i), sizeof(batch[i].rest));
        }
        done = next % 3 ? ring_write(r, batch, n) : (size_t)ring_push(r, batch);
        if (done == 0)
            sched_yield();
        next += done;
    }
    return NULL;
}

static void two_threads(void **state)
{
    AUTO(ring_freep) struct ring *r = NULL;
    struct item got[11];
    uint64_t want = 0;
    pthread_t thread;

    (void)state;
    assert_int_equal(ring_new(&r, 64, sizeof(struct item), NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, writer, r), 0);
    while (want < ITEMS) {
        size_t n = want % 2 ? ring_read(r, got, 11) : (size_t)ring_pop(r, got);

        if (n == 0)
            sched_yield();
        assert_true(ring_fill(r) <= 64);
        for (size_t i = 0; i < n; i++, want++) {
            if (got[i].number != want || got[i].copy != ~want ||
                got[i].rest[47] != (unsigned char)want)
                fail_msg("item %llu came as %llu", (unsigned long long)want,
                         (unsigned long long)got[i].number);
        }
    }
    pthread_join(thread, NULL);
    assert_int_equal(ring_fill(r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(rounded_and_full),
        cmocka_unit_test(many_at_once_across_the_end),
        cmocka_unit_test(two_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
