/* SPDX-License-Identifier: Apache-2.0 */
/* base/worker: one way to begin, watch and end a thread. Its row is made once, beaten and rested by the
 * thread, taken out of the reports at the end and dropped exactly once - also of one that hangs. */
#include "base/worker.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct row {
    const char *name;
    unsigned deadline_ms;
    _Atomic unsigned begun, beats, rests, forgotten, dropped;
    int code; /* of beginning */
} row;
static sem_t gate, entered;

static int row_begin(void **ret, const char *name, unsigned deadline_ms, void *user, struct err *e)
{
    struct row *r = user;

    if (r->code < 0)
        return err_set(e, r->code, "no place to watch '%s'", name);
    r->begun++;
    r->name = name;
    r->deadline_ms = deadline_ms;
    *ret = r;
    return 0;
}

static void row_beat(void *of)
{
    ((struct row *)of)->beats++;
}

static void row_rest(void *of)
{
    ((struct row *)of)->rests++;
}

static void row_forget(void *of, void *user)
{
    struct row *r = of;

    assert_ptr_equal(of, user);
    r->forgotten++;
    assert_int_equal(r->dropped, 0);
}

static void row_drop(void *of)
{
    struct row *r = of;

    r->dropped++;
}

static const struct worker_watch watch = { row_begin, row_beat, row_rest, row_forget, row_drop, &row };

static void waits(struct worker *w, void *user)
{
    worker_beat(w);
    sem_post(&entered);
    sem_wait(user);
    worker_beat(w);
}

static void looks(struct worker *w, void *user)
{
    (void)user;
    sem_post(&entered);
    while (!worker_is_ending(w))
        sched_yield();
}

static void open_gate(void *user)
{
    sem_post(user);
}

static int set_up(void **state)
{
    (void)state;
    memset(&row, 0, sizeof(row));
    sem_init(&gate, 0, 0);
    sem_init(&entered, 0, 0);
    return 0;
}

static void a_row_from_begin_to_end(void **state)
{
    const struct worker_opts o = { .name = "waits", .deadline_ms = 700, .watch = watch, .main = waits,
                                   .wake = open_gate, .user = &gate, .stack_bytes = 256 << 10 };
    struct worker *w = NULL;

    (void)state;
    assert_int_equal(worker_start(&w, &o, NULL), 0);
    sem_wait(&entered);
    assert_true(row.begun == 1 && row.forgotten == 0 && row.dropped == 0);
    assert_string_equal(row.name, "waits");
    assert_int_equal(row.deadline_ms, 700);
    assert_int_equal(worker_end(w, -1), 0); /* it was woken */
    assert_true(row.beats == 2 && row.rests == 1 && row.forgotten == 1 && row.dropped == 1);
}

/* Whose row is not wanted: no deadline, or nobody who watches. */
static void one_that_is_not_watched(void **state)
{
    const struct worker_opts rows[] = {
        { .name = "looks", .main = looks, .watch = watch },
        { .name = "looks", .main = looks, .deadline_ms = 700 },
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct worker *w = NULL;

        assert_int_equal(worker_start(&w, &rows[i], NULL), 0);
        sem_wait(&entered);
        assert_int_equal(worker_end(w, -1), 0);
    }
    assert_true(row.begun == 0 && row.rests == 0 && row.dropped == 0);
    assert_int_equal(worker_end(NULL, -1), 0);
}

static void one_that_cannot_begin_leaves_nothing(void **state)
{
    struct worker_opts o = { .name = "looks", .deadline_ms = 700, .watch = watch, .main = looks };
    struct worker *untouched = (void *)&row, *w = untouched;
    struct err e = ERR_INIT;

    (void)state;
    row.code = -ENOSPC;
    assert_int_equal(worker_start(&w, &o, &e), -ENOSPC);
    assert_string_equal(err_text(&e), "no place to watch 'looks'");
    row.code = 0;
    o.stack_bytes = 1; /* no thread has so little */
    assert_true(worker_start(&w, &o, &e) < 0);
    assert_ptr_equal(w, untouched);
    assert_true(row.begun == 1 && row.forgotten == 1 && row.dropped == 1);
}

/* Forgotten at once, dropped when it has beaten for the last time. */
static void one_that_hangs_keeps_its_row(void **state)
{
    const struct worker_opts o = { .name = "hangs", .deadline_ms = 700, .watch = watch, .main = waits,
                                   .user = &gate };
    struct worker *w = NULL;

    (void)state;
    assert_int_equal(worker_start(&w, &o, NULL), 0);
    sem_wait(&entered);
    assert_int_equal(worker_end(w, 1), -ETIMEDOUT);
    assert_true(row.forgotten == 1 && row.dropped == 0);
    sem_post(&gate);
    while (row.dropped == 0)
        sched_yield();
    assert_true(row.beats == 2 && row.rests == 1 && row.forgotten == 1);
}

#define ROW(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_row_from_begin_to_end),
        ROW(one_that_is_not_watched),
        ROW(one_that_cannot_begin_leaves_nothing),
        ROW(one_that_hangs_keeps_its_row),
    };

    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
