/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/loop_test.c - timers on both clocks, descriptors, freeing inside callbacks. */
#include "core/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cmocka.h>

struct fixture {
    struct clock clock;
    struct loop *loop;
    char order[32]; /* one letter for each callback */
    struct probe {
        struct fixture *f;
        char letter;
        struct loop_timer *t;
        struct loop_io *io;
        int fd;
        int64_t again_usec;   /* re-arm at this time; 0: do not */
        struct probe *victim; /* freed by the callback */
    } p[4];
};

static void note(struct fixture *f, char letter)
{
    size_t n = strlen(f->order);

    if (n + 1 < sizeof(f->order))
        f->order[n] = letter;
}

static void on_timer(void *user)
{
    struct probe *p = user;

    note(p->f, p->letter);
    if (p->again_usec)
        loop_timer_set(p->t, p->again_usec);
    if (p->victim)
        p->victim->t = loop_timer_free(p->victim->t);
}

static void on_io(int fd, uint32_t revents, void *user)
{
    struct probe *p = user;
    eventfd_t count;

    assert_true(revents & EPOLLIN);
    eventfd_read(fd, &count);
    note(p->f, p->letter);
    if (p->victim)
        p->victim->io = loop_io_free(p->victim->io);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    clock_init_virtual(&f->clock, 0);
    if (loop_new(&f->loop, &f->clock, NULL) < 0)
        return -1;
    for (int i = 0; i < 4; i++) {
        f->p[i] = (struct probe){ .f = f, .letter = (char)('a' + i) };
        f->p[i].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (loop_timer_new(&f->p[i].t, f->loop, on_timer, &f->p[i], NULL) < 0 ||
            loop_io_new(&f->p[i].io, f->loop, f->p[i].fd, EPOLLIN, on_io, &f->p[i], NULL) < 0)
            return -1;
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 4; i++) {
        loop_timer_free(f->p[i].t);
        loop_io_free(f->p[i].io);
        close(f->p[i].fd);
    }
    loop_free(f->loop);
    free(f);
    return 0;
}

static void test_fires_in_order_of_time(void **state)
{
    struct fixture *f = *state;

    loop_timer_set(f->p[0].t, 3000);
    loop_timer_after_ms(f->p[1].t, 1);
    loop_timer_set(f->p[2].t, 2000);
    assert_true(loop_timer_is_set(f->p[2].t));
    assert_false(loop_step(f->loop, 0));
    clock_advance_usec(&f->clock, 999);
    assert_false(loop_step(f->loop, 0));
    clock_advance_usec(&f->clock, 1);
    assert_true(loop_step(f->loop, 0));
    assert_string_equal(f->order, "b");
    assert_false(loop_timer_is_set(f->p[1].t));
    clock_advance_usec(&f->clock, 5000);
    loop_step(f->loop, 0);
    assert_string_equal(f->order, "bca");
}

static void test_clear_and_set_again(void **state)
{
    struct fixture *f = *state;

    loop_timer_set(f->p[0].t, 1000);
    loop_timer_clear(f->p[0].t);
    assert_false(loop_timer_is_set(f->p[0].t));
    clock_advance_usec(&f->clock, 5000);
    assert_false(loop_step(f->loop, 0));
    loop_timer_set(f->p[0].t, 1000); /* of the past: at once */
    assert_true(loop_step(f->loop, 0));
    assert_string_equal(f->order, "a");
}

/* The earliest frees another one that is due as well, and itself. */
static void test_free_inside_timer(void **state)
{
    struct fixture *f = *state;

    loop_timer_set(f->p[0].t, 1000);
    loop_timer_set(f->p[1].t, 2000);
    loop_timer_set(f->p[2].t, 3000);
    f->p[0].victim = &f->p[1];
    f->p[2].victim = &f->p[2];
    clock_advance_usec(&f->clock, 5000);
    loop_step(f->loop, 0);
    assert_string_equal(f->order, "ac");
    assert_null(f->p[2].t);
}

static void test_endless_timer_lets_others_run(void **state)
{
    struct fixture *f = *state;

    f->p[0].again_usec = 1; /* always of the past */
    loop_timer_set(f->p[0].t, 1);
    clock_advance_usec(&f->clock, 1000);
    f->p[1].victim = &f->p[1];
    eventfd_write(f->p[1].fd, 1);
    assert_true(loop_step(f->loop, 0)); /* comes back */
    assert_int_equal(f->order[0], 'a');
    assert_null(f->p[1].io); /* and the descriptor had its turn */
}

static void test_descriptors(void **state)
{
    struct fixture *f = *state;

    assert_false(loop_step(f->loop, 0));
    eventfd_write(f->p[0].fd, 1);
    assert_true(loop_step(f->loop, 0));
    assert_string_equal(f->order, "a");
    loop_io_events(f->p[0].io, 0);
    eventfd_write(f->p[0].fd, 1);
    assert_false(loop_step(f->loop, 0));
    loop_io_events(f->p[0].io, EPOLLIN);
    assert_true(loop_step(f->loop, 0));
    assert_string_equal(f->order, "aa");
}

/* Two ready descriptors: whichever comes first frees both. */
static void test_free_inside_io(void **state)
{
    struct fixture *f = *state;

    f->p[0].victim = &f->p[1];
    f->p[1].victim = &f->p[0];
    eventfd_write(f->p[0].fd, 1);
    eventfd_write(f->p[1].fd, 1);
    loop_step(f->loop, 0);
    assert_int_equal(strlen(f->order), 1);
    f->p[2].victim = &f->p[2];
    eventfd_write(f->p[2].fd, 1);
    loop_step(f->loop, 0);
    assert_null(f->p[2].io);
}

static void test_bad_descriptor(void **state)
{
    struct fixture *f = *state;
    struct loop_io *io = (struct loop_io *)f;
    struct err e = ERR_INIT;

    assert_true(loop_io_new(&io, f->loop, -1, EPOLLIN, on_io, f, &e) < 0);
    assert_ptr_equal(io, f);
    assert_non_null(strstr(e.text, "descriptor watch"));
}

static void on_quit_timer(void *user)
{
    struct fixture *f = user;

    note(f, 'q');
    loop_quit(f->loop, 7);
}

static void test_real_clock_runs_and_quits(void **state)
{
    struct fixture f = { .order = "" };
    AUTO(loop_timer_freep) struct loop_timer *t = NULL;
    struct err e = ERR_INIT;

    (void)state;
    clock_init_real(&f.clock);
    assert_int_equal(loop_new(&f.loop, &f.clock, &e), 0);
    assert_int_equal(loop_timer_new(&t, f.loop, on_quit_timer, &f, &e), 0);
    loop_timer_after_ms(t, 5);
    assert_int_equal(loop_run(f.loop, &e), 7);
    assert_string_equal(f.order, "q");
    f.loop = loop_free(f.loop); /* the timer outlives its loop: its owner frees it later */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fires_in_order_of_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clear_and_set_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_inside_timer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_endless_timer_lets_others_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_inside_io, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_descriptor, setup, teardown),
        cmocka_unit_test(test_real_clock_runs_and_quits),
    };

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
