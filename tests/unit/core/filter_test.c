/* SPDX-License-Identifier: Apache-2.0 */
/* The ordered filter step with fake filters: at once, later, late, replacing, stopping, removing
 * themselves. A table of filters, and what becomes of a text. */
#include "core/filter.h"

#include "base/str.h"
#include "core/deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { FAKES_MAX = 4 };

struct fake {
    const char *does; /* "pass", "stop", "gone", "+x" (adds x); "~..." the same, but 100 ms later */
    int order;
    int64_t deadline_ms;
    uint64_t ticket; /* that still has to be answered; 0: none */
    struct bench *bench;
};

struct bench {
    struct clock clock;
    struct loop *loop;
    struct filters *filters;
    struct fake fakes[FAKES_MAX];
    struct filter_run *run;
    struct str log; /* what the filters saw, what came of it */
};

static enum filter_verdict fake_verdict(struct fake *f, const char *text, char **replace)
{
    const char *does = f->does[0] == '~' ? f->does + 1 : f->does;
    AUTO_STR more = STR_INIT;

    if (strcmp(does, "stop") == 0)
        return FILTER_STOP;
    if (does[0] != '+')
        return FILTER_PASS;
    str_addf(&more, "%s%s", text, does + 1);
    *replace = str_take(&more);
    return FILTER_REPLACE;
}

static enum filter_verdict fake_fn(const struct filter_text *t, uint64_t ticket, char **replace,
                                   void *user)
{
    struct fake *f = user;

    str_addf(&f->bench->log, "%d(%s) ", f->order, t->text);
    assert_int_equal(t->session, 7);
    if (strcmp(f->does, "gone") == 0)
        filter_remove(f->bench->filters, f);
    if (strcmp(f->does, "~gone") == 0 || f->does[0] == '~') {
        f->ticket = ticket;
        return FILTER_LATER;
    }
    return fake_verdict(f, t->text, replace);
}

static void on_done(enum filter_verdict verdict, const char *text, void *user)
{
    struct bench *b = user;

    b->run = NULL;
    str_addf(&b->log, "%s(%s)", verdict == FILTER_STOP ? "stopped" : "passed", text);
}

static void bench_open(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    clock_init_virtual(&b->clock, 1700000000000000);
    assert_int_equal(loop_new(&b->loop, &b->clock, NULL), 0);
    assert_int_equal(filters_new(&b->filters, b->loop, NULL), 0);
}

static void bench_close(struct bench *b)
{
    filter_drop(b->run);
    filters_free(b->filters);
    loop_free(b->loop);
    str_done(&b->log);
}

static void bench_add(struct bench *b, size_t i, const char *does, int order, int64_t deadline_ms)
{
    struct filter_def def = { .name = "fake", .point = FILTER_HEARD, .order = order,
                              .deadline_ms = deadline_ms, .fn = fake_fn, .user = &b->fakes[i] };

    b->fakes[i] = (struct fake){ does, order, deadline_ms, 0, b };
    assert_int_equal(filter_add(b->filters, &def, NULL), 0);
}

static void bench_run(struct bench *b, const char *text)
{
    const struct filter_text t = { .point = FILTER_HEARD, .session = 7, .text = text };

    assert_int_equal(filter_run(&b->run, b->filters, &t, on_done, b, NULL), 0);
}

static void bench_wait(struct bench *b, int64_t ms)
{
    clock_advance_usec(&b->clock, ms * 1000);
    while (loop_step(b->loop, 0))
        ;
}

/* Those that said "later" answer what they were asked for. */
static void bench_answer(struct bench *b)
{
    for (size_t i = 0; i < FAKES_MAX; i++) {
        struct fake *f = &b->fakes[i];
        char *replace = NULL;
        enum filter_verdict verdict;
        uint64_t ticket = f->ticket;

        if (ticket == 0)
            continue;
        f->ticket = 0;
        verdict = fake_verdict(f, "late", &replace);
        filter_answer(b->filters, ticket, verdict, replace);
    }
}

static const struct {
    const char *name;
    struct {
        const char *does;
        int order;
    } filters[FAKES_MAX];
    int64_t wait_ms; /* before those that said "later" answer */
    const char *log;
    struct filters_stats stats;
} cases[] = {
    { "none", { { NULL } }, 0, "passed(a)", { 0 } },
    { "one that passes", { { "pass", 1 } }, 0, "1(a) passed(a)", { .runs = 1 } },
    { "one that replaces", { { "+b", 1 } }, 0, "1(a) passed(ab)", { .runs = 1, .replaced = 1 } },
    { "one that stops", { { "stop", 1 } }, 0, "1(a) stopped(a)", { .runs = 1, .stopped = 1 } },
    { "by order, not by age", { { "+c", 2 }, { "+b", 1 } }, 0, "1(a) 2(ab) passed(abc)",
      { .runs = 1, .replaced = 2 } },
    { "equal order by age", { { "+b", 1 }, { "+c", 1 } }, 0, "1(a) 1(ab) passed(abc)",
      { .runs = 1, .replaced = 2 } },
    { "who stops ends it", { { "stop", 1 }, { "+c", 2 } }, 0, "1(a) stopped(a)",
      { .runs = 1, .stopped = 1 } },
    { "later", { { "~+b", 1 }, { "+c", 2 } }, 100, "1(a) 2(lateb) passed(latebc)",
      { .runs = 1, .replaced = 2 } },
    { "later, and stops", { { "~stop", 1 }, { "+c", 2 } }, 100, "1(a) stopped(a)",
      { .runs = 1, .stopped = 1 } },
    { "late: passed over, its answer is a stranger's", { { "~+b", 1 }, { "+c", 2 } }, 250,
      "1(a) 2(a) passed(ac)", { .runs = 1, .replaced = 1, .late = 1, .strange = 1 } },
    { "one after another", { { "~+b", 1 }, { "~+c", 2 } }, 100, "1(a) 2(lateb) passed(latec)",
      { .runs = 1, .replaced = 2 } },
    { "removes itself", { { "gone", 1 }, { "+c", 2 } }, 0, "1(a) 2(a) passed(ac)",
      { .runs = 1, .replaced = 1 } },
    { "no UTF-8 is no replacement", { { "+\xff", 1 } }, 0, "1(a) passed(a)", { .runs = 1 } },
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench b;
        struct filters_stats got;

        bench_open(&b);
        for (size_t f = 0; f < FAKES_MAX && cases[i].filters[f].does; f++)
            bench_add(&b, f, cases[i].filters[f].does, cases[i].filters[f].order, 200);
        bench_run(&b, "a");
        for (int n = 0; n < FAKES_MAX; n++) {
            bench_wait(&b, cases[i].wait_ms);
            bench_answer(&b);
        }
        filters_stats(b.filters, &got);
        if (strcmp(str_text(&b.log), cases[i].log) != 0)
            fail_msg("%s: got %s want %s", cases[i].name, str_text(&b.log), cases[i].log);
        if (memcmp(&got, &cases[i].stats, sizeof(got)) != 0)
            fail_msg("%s: counted otherwise (late %llu, strange %llu, replaced %llu)",
                     cases[i].name, (unsigned long long)got.late, (unsigned long long)got.strange,
                     (unsigned long long)got.replaced);
        bench_close(&b);
    }
}

/* All filters together have no more time than one point may take. */
static void test_all_are_late(void **state)
{
    struct bench b;
    struct filters_stats got;

    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < FAKES_MAX; i++)
        bench_add(&b, i, "~pass", (int)i, 200);
    bench_run(&b, "a");
    for (int i = 0; i < DEADLINE_FILTER_MS / 50; i++)
        bench_wait(&b, 50);
    assert_string_equal(str_text(&b.log), "0(a) 1(a) 2(a) passed(a)");
    filters_stats(b.filters, &got);
    assert_int_equal(got.late, 3);
    bench_close(&b);
}

/* Who is waited for goes away: the text goes on at once, and nobody was late. */
static void test_removed_while_waited_for(void **state)
{
    struct bench b;
    struct filters_stats got;

    (void)state;
    bench_open(&b);
    bench_add(&b, 0, "~+b", 1, 200);
    bench_add(&b, 1, "+c", 2, 200);
    bench_run(&b, "a");
    filter_remove(b.filters, &b.fakes[0]);
    bench_wait(&b, 0);
    assert_string_equal(str_text(&b.log), "1(a) 2(a) passed(ac)");
    filters_stats(b.filters, &got);
    assert_int_equal(got.late, 0);
    bench_answer(&b);
    filters_stats(b.filters, &got);
    assert_int_equal(got.strange, 1);
    bench_close(&b);
}

static void test_dropped(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    bench_add(&b, 0, "~+b", 1, 200);
    bench_run(&b, "a");
    assert_non_null(b.run);
    b.run = filter_drop(b.run);
    bench_answer(&b);
    bench_wait(&b, 1000);
    assert_string_equal(str_text(&b.log), "1(a) ");
    bench_close(&b);
}

static void test_limits(void **state)
{
    struct bench b;
    struct filter_def def = { .name = "one more", .fn = fake_fn, .user = &b };
    struct err e = ERR_INIT;

    (void)state;
    bench_open(&b);
    for (int i = 0; i < FILTERS_MAX; i++)
        assert_int_equal(filter_add(b.filters, &def, NULL), 0);
    assert_int_equal(filter_add(b.filters, &def, &e), -ENOSPC);
    assert_non_null(strstr(e.text, "one more"));
    assert_true(filters_are_none(b.filters, FILTER_SAID));
    assert_false(filters_are_none(b.filters, FILTER_HEARD));
    assert_true(filters_are_none(NULL, FILTER_HEARD));
    filter_remove(b.filters, &b);
    assert_true(filters_are_none(b.filters, FILTER_HEARD));
    bench_close(&b);
}

/* The end of one text begins the next, which may lie where the first lay: the first owner must not take
 * it for his own. */
struct follower {
    struct bench *bench;
    struct filter_run *run; /* of the second text */
};

static void on_first_done(enum filter_verdict verdict, const char *text, void *user)
{
    struct follower *next = user;
    const struct filter_text t = { .point = FILTER_HEARD, .session = 7, .text = "second" };

    str_addf(&next->bench->log, "first %s(%s) ", verdict == FILTER_PASS ? "passed" : "stopped", text);
    next->bench->fakes[0].does = "~pass";
    assert_int_equal(filter_run(&next->run, next->bench->filters, &t, on_done, next->bench, NULL), 0);
}

static void test_an_end_that_begins_another(void **state)
{
    const struct filter_text t = { .point = FILTER_HEARD, .session = 7, .text = "first" };
    struct filter_run *first = NULL;
    struct bench b;
    struct follower next = { .bench = &b };

    (void)state;
    bench_open(&b);
    bench_add(&b, 0, "pass", 1, 200);
    assert_int_equal(filter_run(&first, b.filters, &t, on_first_done, &next, NULL), 0);
    assert_null(first);
    assert_non_null(next.run);
    b.run = next.run;
    bench_answer(&b);
    assert_null(b.run);
    assert_string_equal(str_text(&b.log), "1(first) first passed(first) 1(second) passed(second)");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_all_are_late),
        cmocka_unit_test(test_removed_while_waited_for),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_an_end_that_begins_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
