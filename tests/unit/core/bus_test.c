/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/bus_test.c - order, handlers that change the table, posting threads. */
#include "core/bus.h"

#include "base/str.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

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

/* "microphone: microphone: cannot be opened": everybody who shows a fault names its part. */
static void test_a_fault_names_its_part_once(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "mqtt: refused", "refused" },       { "mqtt: mqtt: refused", "refused" },
        { "mqtt.user: wrong", "mqtt.user: wrong" }, { "mqttx: a", "mqttx: a" },
        { "mqtt:", "mqtt:" },                 { "the mqtt: a", "the mqtt: a" },
        { "cut \xc3", "cut ?" },             { "of\ntwo lines", "of?two lines" },
    };
    struct fixture *f = *state;

    bus_on(f->bus, MSG_FAULT, on_fault, f, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bus_post_fault(f->bus, "mqtt", -EIO, cases[i].text);
        bus_drain(f->bus);
        assert_string_equal(f->order, cases[i].want);
    }
    bus_post_fault(f->bus, "mqtt", 0, NULL);
    bus_drain(f->bus);
    assert_string_equal(f->order, "");
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

    for (uint32_t i = 1; i <= POSTS;) {
        struct msg *m = msg_new(MSG_SAY, (uint64_t)p->number);

        if (m)
            m->say.serial = i;
        if (bus_post(p->bus, m) == 0)
            i++;
        else
            sched_yield(); /* full: the loop is slower than four threads */
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

/* ---- bounds --------------------------------------------------------------------------------- */

static int post_text_of(struct fixture *f, enum origin_kind kind, uint64_t client)
{
    struct msg *m = msg_new(MSG_TEXT, 0);

    m->origin = (struct origin){ .kind = kind, .client = client };
    return bus_post(f->bus, m);
}

static void test_a_flooder_shuts_out_only_himself(void **state)
{
    struct fixture *f = *state;
    const size_t answers = bus_row_of(MSG_ANSWER).count_max;
    struct bus_stats st;
    size_t taken = 0;

    bus_on(f->bus, MSG_FAULT, on_fault, f, NULL);
    for (int i = 0; i < 100000; i++)
        taken += post_text_of(f, ORIGIN_WEBSOCKET, 1) == 0;
    assert_int_equal(taken, BUS_ORIGIN_MAX + answers);
    assert_int_equal(post_text_of(f, ORIGIN_WEBSOCKET, 2), 0);
    assert_int_equal(post_text_of(f, ORIGIN_CONTROL, 1), 0);
    assert_int_equal(post_text_of(f, ORIGIN_BOX, 0), 0);
    bus_stats(f->bus, &st);
    assert_true(st.waiting == BUS_ORIGIN_MAX + answers + 3);
    assert_true(st.bytes < 1 << 20);
    bus_drain(f->bus);
    bus_drain(f->bus);
    assert_string_equal(f->part, "bus");
    assert_int_equal(f->code, -EBUSY);
    assert_non_null(strstr(f->order, "too many messages of the kind"));
    assert_int_equal(post_text_of(f, ORIGIN_WEBSOCKET, 1), 0); /* his have been delivered */
    clock_advance_usec(&f->clock, 6000000);
    while (loop_step(f->loop, 0))
        ;
    assert_int_equal(f->code, 0); /* and calm again */
}

static void on_refusal(const struct msg *m, void *user)
{
    int *n = user;

    assert_int_equal(m->code, -EBUSY);
    assert_int_equal(m->origin.client, 1);
    *n += 1;
}

/* A question that does not get in is answered all the same. */
static void test_a_refused_asker_is_answered(void **state)
{
    struct fixture *f = *state;
    int refusals = 0;

    bus_on(f->bus, MSG_ANSWER, on_refusal, &refusals, NULL);
    for (int i = 0; i < 100; i++)
        assert_int_equal(post_text_of(f, ORIGIN_WEBSOCKET, 1), 0);
    bus_drain(f->bus);
    assert_int_equal(refusals, 100 - BUS_ORIGIN_MAX);
}

static void post_device(struct fixture *f, const char *id, int n)
{
    struct msg *m = msg_new(MSG_DEVICE, 0);

    m->code = n;
    m->json = cJSON_CreateObject();
    cJSON_AddStringToObject(m->json, "id", id);
    assert_int_equal(bus_post(f->bus, m), 0);
}

struct newest {
    int last[3], seen, before; /* last code of a, b, c; how often "devices" came before c's last */
};

static void on_newest(const struct msg *m, void *user)
{
    struct newest *n = user;

    n->seen++;
    if (m->type == MSG_DEVICES)
        n->before = n->last[2];
    else
        n->last[json_str(m->json, "id", "?")[0] - 'a'] = m->code;
}

static void test_the_newest_state_wins(void **state)
{
    struct fixture *f = *state;
    struct newest n = { .before = -1 };
    struct bus_stats st;

    bus_on(f->bus, MSG_DEVICE, on_newest, &n, NULL);
    bus_on(f->bus, MSG_DEVICES, on_newest, &n, NULL);
    post_device(f, "c", 1);
    bus_post_text(f->bus, MSG_DEVICES, 0, NULL);
    for (int i = 0; i < 30000; i++)
        post_device(f, "a", i);
    post_device(f, "b", 5);
    post_device(f, "c", 2);
    bus_stats(f->bus, &st);
    assert_true(st.waiting <= BUS_NEWEST_PRESSURE + 4 && st.refused == 0 && st.replaced > 29000);
    bus_drain(f->bus);
    assert_int_equal(n.last[0], 29999);
    assert_int_equal(n.last[1], 5);
    assert_int_equal(n.last[2], 2);
    /* the older state of c gave way; were it still there it would have come before the list */
    assert_int_equal(n.before, 0);
}

static void test_bytes_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct bus_stats st;
    char *big = malloc((1 << 20) + 1);
    int taken = 0;

    memset(big, 'x', 1 << 20);
    big[1 << 20] = '\0';
    for (int i = 0; i < 100; i++) {
        struct msg *m = msg_new(MSG_SAY, 0);

        m->text = str_dup(big);
        taken += bus_post(f->bus, m) == 0;
    }
    free(big);
    bus_stats(f->bus, &st);
    assert_int_equal(taken, 3); /* of 4 MB a type */
    assert_true(st.bytes <= bus_row_of(MSG_SAY).bytes_max);
    for (int type = MSG_NONE + 1; type < MSG_N; type++) {
        struct bus_row row = bus_row_of((enum msg_type)type);

        assert_true(row.count_max > BUS_NEWEST_PRESSURE && row.bytes_max > sizeof(struct msg));
        assert_true(row.bytes_max <= BUS_BYTES_MAX);
    }
}

/* A copy owns what it holds, and the bus's own links are not copied. */
static void test_copies(void **state)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_TEXT, 7), *copy = NULL;

    (void)state;
    m->text = str_dup("words");
    m->json = cJSON_CreateObject();
    m->queue.key = 5;
    copy = msg_copy(m);
    assert_true(copy && copy->text != m->text && copy->json != m->json && copy->queue.key == 0);
    assert_string_equal(copy->text, "words");
    assert_int_equal(copy->session, 7);
}

static bool tap_twice(struct msg *m, void *user)
{
    bus_give(user, msg_copy(m));
    return false;
}

static void on_number(const struct msg *m, void *user)
{
    str_addf(user, "%llu ", (unsigned long long)m->number);
}

/* Each posting has a number of its own, by which one that is delivered twice is known. */
static void test_a_copy_is_the_same_posting(void **state)
{
    struct fixture *f = *state;
    AUTO_STR numbers = STR_INIT;

    bus_on(f->bus, MSG_SAY, on_number, &numbers, NULL);
    bus_post_text(f->bus, MSG_SAY, 0, "a");
    bus_tap(f->bus, tap_twice, f->bus);
    bus_post_text(f->bus, MSG_SAY, 0, "b");
    bus_tap(f->bus, NULL, NULL);
    bus_post_text(f->bus, MSG_SAY, 0, "a");
    bus_drain(f->bus);
    assert_string_equal(str_text(&numbers), "1 2 2 3 ");
}

static bool tap_every_other(struct msg *m, void *user)
{
    int *n = user;

    if ((*n)++ % 2 == 0)
        return false;
    msg_free(m);
    return true;
}

static void test_a_laboratory_may_lose_messages(void **state)
{
    struct fixture *f = *state;
    struct handler a = { .f = f, .tag = "a" };
    int n = 0;

    bus_on(f->bus, MSG_SAY, on_msg, &a, NULL);
    bus_tap(f->bus, tap_every_other, &n);
    for (int i = 0; i < 4; i++)
        bus_post_text(f->bus, MSG_SAY, 0, (const char *[]){ "0", "1", "2", "3" }[i]);
    bus_drain(f->bus);
    assert_string_equal(f->order, "a0 a2 ");
}

/* ---- fairness ------------------------------------------------------------------------------- */

static void on_busy(const struct msg *m, void *user)
{
    int64_t until = clock_now_usec() + 5000; /* longer than a turn may take */

    while (clock_now_usec() < until)
        ;
    str_add(user, m->text ? "m" : "?");
}

static void on_other(int fd, uint32_t revents, void *user)
{
    eventfd_t count;

    (void)revents;
    eventfd_read(fd, &count);
    str_add(user, "d");
}

/* A descriptor that is ready is served between the messages of a flood, not after it. */
static void test_other_descriptors_have_their_turn(void **state)
{
    struct clock real;
    struct loop *loop = NULL;
    struct bus *bus = NULL;
    struct loop_io *io = NULL;
    AUTO_STR order = STR_INIT;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    (void)state;
    clock_init_real(&real);
    assert_int_equal(loop_new(&loop, &real, NULL), 0);
    assert_int_equal(bus_new(&bus, loop, NULL), 0);
    assert_int_equal(loop_io_new(&io, loop, fd, EPOLLIN, on_other, &order, NULL), 0);
    bus_on(bus, MSG_SAY, on_busy, &order, NULL);
    for (int i = 0; i < 8; i++)
        bus_post_text(bus, MSG_SAY, 0, "x");
    eventfd_write(fd, 1);
    while (order.len < 9)
        loop_step(loop, 100);
    assert_non_null(strchr(order.data, 'd'));
    assert_true(order.data[8] == 'm'); /* the descriptor was not the last */
    loop_io_free(io);
    bus_free(bus);
    loop_free(loop);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_types, setup, teardown),
        cmocka_unit_test_setup_teardown(test_loop_delivers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_handlers_change_the_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_fault_names_its_part_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_with_waiting_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_posting_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_flooder_shuts_out_only_himself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_refused_asker_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_newest_state_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_copy_is_the_same_posting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_laboratory_may_lose_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_descriptors_have_their_turn, setup, teardown),
    };

    return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
