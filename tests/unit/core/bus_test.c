/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/bus_test.c - order, handlers that change the table, posting threads. */
#include "core/bus.h"

#include "base/str.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { POSTERS = 4, POSTS = 5000, TURNS_MAX = 100000 };

struct fixture {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    char order[64];
    int seen;
    const char *part;
    int code;
    int64_t at_usec;
};

struct handler {
    struct fixture *f;
    const char *tag;
    struct handler *drop; /* removed by the callback */
    struct handler *add;  /* registered by the callback */
    enum msg_type post;   /* posted by the callback */
};

static void on_msg(const struct msg *m, void *user)
{
    struct handler *h = user;
    size_t n = strlen(h->f->order);

    snprintf(h->f->order + n, sizeof(h->f->order) - n, "%s%s ", h->tag, m->text ? m->text : "");
    h->f->at_usec = m->at_usec;
    if (h->drop)
        bus_off(h->f->bus, h->drop);
    if (h->add) {
        bus_on(h->f->bus, m->type, on_msg, h->add, NULL);
        h->add = NULL;
    }
    if (h->post)
        bus_post_text(h->f->bus, h->post, 0, "p");
    h->post = MSG_NONE;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    clock_init_virtual(&f->clock, 0);
    clock_advance_usec(&f->clock, 42);
    if (loop_new(&f->loop, &f->clock, NULL) < 0 || bus_new(&f->bus, f->loop, NULL) < 0)
        return -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    bus_free(f->bus);
    loop_free(f->loop);
    free(f);
    return 0;
}

static void test_order_and_types(void **state)
{
    struct fixture *f = *state;
    struct handler a = { .f = f, .tag = "a" }, b = { .f = f, .tag = "b" },
                   all = { .f = f, .tag = "*" };

    assert_int_equal(bus_on(f->bus, MSG_SAY, on_msg, &a, NULL), 0);
    assert_int_equal(bus_on(f->bus, MSG_N, on_msg, &all, NULL), 0);
    assert_int_equal(bus_on(f->bus, MSG_SAY, on_msg, &b, NULL), 0);
    bus_post_text(f->bus, MSG_SAY, 1, "1");
    bus_post_text(f->bus, MSG_HUSH, 1, NULL);
    bus_post_text(f->bus, MSG_SAY, 1, "2");
    assert_string_equal(f->order, ""); /* nothing is delivered while posting */
    assert_int_equal(bus_drain(f->bus), 3);
    assert_string_equal(f->order, "a1 *1 b1 * a2 *2 b2 ");
    assert_int_equal(f->at_usec, 42);
    assert_int_equal(bus_drain(f->bus), 0);
}

static void test_loop_delivers(void **state)
{
    struct fixture *f = *state;
    struct handler a = { .f = f, .tag = "a", .post = MSG_HUSH }, b = { .f = f, .tag = "b" };

    bus_on(f->bus, MSG_SAY, on_msg, &a, NULL);
    bus_on(f->bus, MSG_HUSH, on_msg, &b, NULL);
    bus_post_text(f->bus, MSG_SAY, 1, "1");
    bus_post_text(f->bus, MSG_SAY, 1, "2");
    while (loop_step(f->loop, 0))
        ;
    assert_string_equal(f->order, "a1 a2 bp "); /* the posted one after those that waited */
}

static void test_handlers_change_the_table(void **state)
{
    struct fixture *f = *state;
    struct handler late = { .f = f, .tag = "late" }, c = { .f = f, .tag = "c" };
    struct handler b = { .f = f, .tag = "b" }, a = { .f = f, .tag = "a", .drop = &b, .add = &late };

    b.drop = &b;
    bus_on(f->bus, MSG_SAY, on_msg, &a, NULL);
    bus_on(f->bus, MSG_SAY, on_msg, &b, NULL);
    bus_on(f->bus, MSG_SAY, on_msg, &c, NULL);
    bus_post_text(f->bus, MSG_SAY, 0, "1");
    bus_drain(f->bus);
    assert_string_equal(f->order, "a1 c1 late1 ");
    c.drop = &c; /* itself */
    f->order[0] = '\0';
    bus_post_text(f->bus, MSG_SAY, 0, "2");
    bus_post_text(f->bus, MSG_SAY, 0, "3");
    bus_drain(f->bus);
    assert_string_equal(f->order, "a2 c2 late2 a3 late3 ");
}

static void test_lost_is_counted(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(bus_lost(f->bus), 0);
    bus_post(f->bus, NULL);
    assert_int_equal(bus_lost(f->bus), 1);
}

static void on_fault(const struct msg *m, void *user)
{
    struct fixture *f = user;

    f->part = m->part;
    f->code = m->code;
    snprintf(f->order, sizeof(f->order), "%s", m->text ? m->text : "");
}

static void test_fault(void **state)
{
    struct fixture *f = *state;

    bus_on(f->bus, MSG_FAULT, on_fault, f, NULL);
    bus_post_fault(f->bus, "mqtt", -ECONNREFUSED, "the broker refuses");
    bus_drain(f->bus);
    assert_string_equal(f->part, "mqtt");
    assert_int_equal(f->code, -ECONNREFUSED);
    assert_string_equal(f->order, "the broker refuses");
}

static void test_free_with_waiting_messages(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 10; i++)
        bus_post_text(f->bus, MSG_TEXT, 1, "never read");
    f->bus = bus_free(f->bus); /* the address sanitizer sees what would be left */
    assert_null(bus_free(NULL));
}

/* Four threads post numbered messages; each one's order must hold and none may be missing. */
struct poster {
    pthread_t thread;
    struct bus *bus;
    int number;
};

struct counts {
    uint64_t last[POSTERS]; /* serial seen last */
    int n, disorder;
};

static void *poster_run(void *user)
{
    struct poster *p = user;

    for (uint32_t i = 1; i <= POSTS; i++) {
        struct msg *m = msg_new(MSG_SAY, (uint64_t)p->number);

        if (m)
            m->say.serial = i;
        bus_post(p->bus, m);
    }
    return NULL;
}

static void on_count(const struct msg *m, void *user)
{
    struct counts *c = user;

    c->disorder += m->say.serial != c->last[m->session] + 1;
    c->last[m->session] = m->say.serial;
    c->n++;
}

static void test_posting_threads(void **state)
{
    struct fixture *f = *state;
    struct counts c = { .n = 0 };
    struct poster p[POSTERS];

    bus_on(f->bus, MSG_SAY, on_count, &c, NULL);
    for (int i = 0; i < POSTERS; i++) {
        p[i] = (struct poster){ .bus = f->bus, .number = i };
        assert_int_equal(pthread_create(&p[i].thread, NULL, poster_run, &p[i]), 0);
    }
    for (int turn = 0; turn < TURNS_MAX && c.n < POSTERS * POSTS; turn++)
        loop_step(f->loop, 100); /* by the eventfd alone: a lost wake-up would leave some */
    for (int i = 0; i < POSTERS; i++)
        pthread_join(p[i].thread, NULL);
    assert_int_equal(c.n, POSTERS * POSTS);
    assert_int_equal(c.disorder, 0);
    assert_int_equal(bus_lost(f->bus), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_types, setup, teardown),
        cmocka_unit_test_setup_teardown(test_loop_delivers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_handlers_change_the_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_with_waiting_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_posting_threads, setup, teardown),
    };

    return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
