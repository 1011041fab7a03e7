/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/slow_test.c - workers and the slow thread: order, bounds, the end. */
#include "core/slow.h"

#include "base/clock.h"
#include "base/worker.h"

#include <sched.h>
#include <semaphore.h>
#include "lib/settle.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct rig {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct health *health;
    struct slow *slow;
    sem_t gate, entered; /* a job may be made to wait in run() */
    char trace[512];     /* what was answered, in order */
    int ran;
};

struct job {
    struct rig *rig;
    const char *name;
    int code;
    bool waits, must;
};

static void rig_new(struct rig *g, bool is_virtual)
{
    memset(g, 0, sizeof(*g));
    if (is_virtual)
        clock_init_virtual(&g->clock, 0);
    else
        clock_init_real(&g->clock);
    sem_init(&g->gate, 0, 0);
    sem_init(&g->entered, 0, 0);
    assert_int_equal(loop_new(&g->loop, &g->clock, NULL), 0);
    assert_int_equal(bus_new(&g->bus, g->loop, NULL), 0);
    assert_int_equal(health_new(&g->health, g->loop, g->bus, NULL), 0);
    assert_int_equal(slow_new(&g->slow, g->loop, g->health, NULL), 0);
}

static void rig_free(struct rig *g)
{
    slow_end(g->slow, -1);
    health_free(g->health);
    bus_free(g->bus);
    loop_free(g->loop);
    sem_destroy(&g->gate);
    sem_destroy(&g->entered);
}

static int job_run(void *user, struct err *e)
{
    struct job *j = user;

    if (j->waits) {
        sem_post(&j->rig->entered);
        sem_wait(&j->rig->gate);
    }
    __atomic_add_fetch(&j->rig->ran, 1, __ATOMIC_RELAXED);
    return j->code < 0 ? err_set(e, j->code, "%s failed", j->name) : 0;
}

static void job_done(int code, const char *words, void *user)
{
    struct job *j = user;
    size_t n = strlen(j->rig->trace);

    snprintf(j->rig->trace + n, sizeof(j->rig->trace) - n, "%s%s:%d:%s", n ? " " : "", j->name,
             code, words);
    free(j);
}

static int job_post(struct rig *g, const struct job *like, size_t bytes, struct err *e)
{
    struct job *j = malloc(sizeof(*j));
    struct slow_job slow = { .what = "test", .run = job_run, .done = job_done, .bytes = bytes };
    int r;

    *j = *like;
    j->rig = g;
    slow.job = j;
    slow.must = j->must;
    r = slow_post(g->slow, &slow, e);
    if (r < 0)
        free(j);
    return r;
}

static void answers_come_in_order_with_words(void **state)
{
    for (int is_virtual = 0; is_virtual < 2; is_virtual++) {
        struct slow_stats st;
        struct rig g;

        (void)state;
        rig_new(&g, is_virtual);
        assert_int_equal(job_post(&g, &(struct job){ .name = "a" }, 10, NULL), 0);
        assert_int_equal(job_post(&g, &(struct job){ .name = "b", .code = -EIO }, 10, NULL), 0);
        assert_int_equal(job_post(&g, &(struct job){ .name = "c" }, 10, NULL), 0);
        assert_string_equal(g.trace, ""); /* never from within slow_post() */
        settle(g.loop, g.slow);
        assert_string_equal(g.trace, "a:0: b:-5:b failed c:0:");
        slow_stats(g.slow, &st);
        assert_true(st.posted == 3 && st.failed == 1 && st.waiting == 0 && st.bytes == 0);
        rig_free(&g);
    }
}

/* The loop fetches answers by itself. */
static void the_loop_delivers(void **state)
{
    struct rig g;

    (void)state;
    rig_new(&g, false);
    assert_int_equal(job_post(&g, &(struct job){ .name = "a" }, 0, NULL), 0);
    for (int i = 0; i < 100 && !g.trace[0]; i++)
        loop_step(g.loop, 100);
    assert_string_equal(g.trace, "a:0:");
    rig_free(&g);
}

static void it_is_bounded_in_count_and_bytes(void **state)
{
    struct err e = ERR_INIT;
    struct slow_stats st;
    struct rig g;

    (void)state;
    rig_new(&g, false);
    assert_int_equal(job_post(&g, &(struct job){ .name = "w", .waits = true }, 0, NULL), 0);
    sem_wait(&g.entered); /* what runs counts too */
    assert_int_equal(job_post(&g, &(struct job){ .name = "x" }, SLOW_BYTES_MAX + 1, &e), -EBUSY);
    assert_int_equal(job_post(&g, &(struct job){ .name = "y" }, SLOW_BYTES_MAX, NULL), 0);
    assert_int_equal(job_post(&g, &(struct job){ .name = "z" }, 1, &e), -EBUSY);
    assert_non_null(strstr(err_text(&e), "try again"));
    for (int i = 2; i < SLOW_JOBS_MAX; i++)
        assert_int_equal(job_post(&g, &(struct job){ .name = "" }, 0, NULL), 0);
    assert_int_equal(job_post(&g, &(struct job){ .name = "n" }, 0, &e), -EBUSY);
    slow_stats(g.slow, &st);
    assert_true(st.waiting == SLOW_JOBS_MAX && st.refused == 3);
    sem_post(&g.gate);
    settle(g.loop, g.slow);
    assert_int_equal(g.ran, SLOW_JOBS_MAX);
    rig_free(&g);
}

/* At the end what somebody waits for is run, the rest is answered without. */
static void the_end_runs_what_must_be(void **state)
{
    struct rig g;

    (void)state;
    rig_new(&g, false);
    job_post(&g, &(struct job){ .name = "w", .waits = true }, 0, NULL);
    sem_wait(&g.entered);
    job_post(&g, &(struct job){ .name = "a" }, 0, NULL);
    job_post(&g, &(struct job){ .name = "m", .must = true }, 0, NULL);
    job_post(&g, &(struct job){ .name = "b" }, 0, NULL);
    sem_post(&g.gate);
    g.slow = slow_end(g.slow, 10000);
    assert_null(g.slow);
    assert_non_null(strstr(g.trace, "w:0:"));
    assert_non_null(strstr(g.trace, "m:0:"));
    assert_true(strstr(g.trace, "a:-125:it was broken off") || strstr(g.trace, "a:0:"));
    rig_free(&g);
}

static void busy_main(struct worker *w, void *user)
{
    sigset_t blocked;

    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    if (sigismember(&blocked, SIGTERM) && sigismember(&blocked, SIGHUP) &&
        !sigismember(&blocked, SIGSEGV))
        sem_post(user);
    worker_beat(w);
    while (!worker_is_ending(w))
        sched_yield();
}

static void a_worker_is_named_masked_and_ends(void **state)
{
    struct worker_opts o = { .name = "busy", .deadline_ms = 1000, .main = busy_main };
    struct worker *w = NULL;
    struct rig g;
    AUTO_JSON *report = NULL;

    (void)state;
    rig_new(&g, false);
    o.watch = health_watcher(g.health);
    o.user = &g.gate;
    assert_int_equal(worker_start(&w, &o, NULL), 0);
    sem_wait(&g.gate);
    report = health_report(g.health);
    assert_string_equal(
        json_str(cJSON_GetArrayItem(cJSON_GetObjectItem(report, "threads"), 1), "name", ""),
        "busy");
    assert_int_equal(worker_end(w, 10000), 0);
    cJSON_Delete(report);
    report = health_report(g.health);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(report, "threads")), 1); /* slow */
    assert_int_equal(worker_end(NULL, 0), 0);
    rig_free(&g);
}

static void stuck_main(struct worker *w, void *user)
{
    (void)w;
    sem_wait(user);
}

/* A job that hangs keeps what it uses: whoever ends the worker is told. */
static void a_job_that_hangs_is_told(void **state)
{
    static struct rig g; /* outlives the test, as the contract asks */
    static struct job hangs = { .rig = &g, .name = "hangs", .waits = true };
    const struct slow_job slow = { "hangs", job_run, job_done, &hangs, 1, false };

    (void)state;
    rig_new(&g, false);
    assert_int_equal(slow_post(g.slow, &slow, NULL), 0);
    sem_wait(&g.entered);
    assert_ptr_equal(slow_end(g.slow, 1), g.slow);
    assert_string_equal(g.trace, ""); /* done() was not called */
    health_free(g.health);
    bus_free(g.bus);
    loop_free(g.loop);
    sem_post(&g.gate);
    sched_yield();
}

/* A thread that hangs is left alone and no longer watched, and may beat once more. */
static void a_worker_that_hangs_is_given_up(void **state)
{
    static sem_t never; /* these outlive the test, as the contract asks */
    static struct rig g;
    struct worker_opts o = { .name = "stuck", .deadline_ms = 60000, .main = stuck_main };
    struct worker *w = NULL;
    AUTO_JSON *report = NULL;

    (void)state;
    sem_init(&never, 0, 0);
    rig_new(&g, false);
    o.watch = health_watcher(g.health);
    o.user = &never;
    assert_int_equal(worker_start(&w, &o, NULL), 0);
    assert_int_equal(worker_end(w, 1), -ETIMEDOUT);
    report = health_report(g.health);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(report, "threads")), 1);
    rig_free(&g);
    sem_post(&never);
    sched_yield();
}

/* Who waits for work is not late, however long it waits. */
static void resting_is_not_late(void **state)
{
    struct health_row *row = NULL;
    struct rig g;

    (void)state;
    rig_new(&g, true);
    assert_int_equal(health_watch(&row, g.health, "worker", 1000, NULL), 0);
    clock_advance_usec(&g.clock, 2000000);
    assert_false(health_is_alive(g.health, NULL));
    health_rest(row);
    clock_advance_usec(&g.clock, INT64_C(3600000000));
    assert_true(health_is_alive(g.health, NULL));
    health_beat(row);
    clock_advance_usec(&g.clock, 2000000);
    assert_false(health_is_alive(g.health, NULL));
    health_rest(NULL);
    rig_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_in_order_with_words),
        cmocka_unit_test(the_loop_delivers),
        cmocka_unit_test(it_is_bounded_in_count_and_bytes),
        cmocka_unit_test(the_end_runs_what_must_be),
        cmocka_unit_test(a_worker_is_named_masked_and_ends),
        cmocka_unit_test(a_job_that_hangs_is_told),
        cmocka_unit_test(a_worker_that_hangs_is_given_up),
        cmocka_unit_test(resting_is_not_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
