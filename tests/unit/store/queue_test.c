/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/queue_test.c - what waits is bounded, in order, and nothing accepted gives way. */
#include "store/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A request as store.c makes it; `size` is what it claims to weigh. */
static struct request *request(enum request_kind kind, const char *text, int64_t id, size_t size)
{
    struct request *r = calloc(1, sizeof(*r) + 64);

    assert_non_null(r);
    r->kind = kind;
    r->id = id;
    r->size = size;
    snprintf(r->bytes, 64, "%s", text);
    r->texts[0] = r->bytes;
    return r;
}

static int put(struct queue *q, enum request_kind kind, const char *text, int64_t id, size_t size)
{
    struct request *r = request(kind, text, id, size), *freed = NULL;
    int code = queue_put(q, r, &freed, NULL);

    free(freed);
    if (code < 0)
        free(r);
    return code;
}

/* "lamp:2 fan:1 | 7 8": the states, then the list. */
static const char *taken(struct queue *q, bool states)
{
    static char out[1024];
    struct request *r = queue_take(q, states);
    size_t len = 0;

    out[0] = '\0';
    while (r) {
        struct request *next = r->next;

        if (r->kind == REQUEST_DEVICE)
            len +=
                (size_t)snprintf(out + len, sizeof(out) - len, "%s:%d ", r->texts[0], (int)r->id);
        else if (len < sizeof(out))
            len += (size_t)snprintf(out + len, sizeof(out) - len, "%d ", (int)r->id);
        free(r);
        r = next;
    }
    return out;
}

static void test_order(void **state)
{
    struct queue q;

    (void)state;
    queue_init(&q);
    assert_int_equal(put(&q, REQUEST_SESSION, "", 1, 10), 0);
    assert_int_equal(put(&q, REQUEST_DEVICE, "lamp", 1, 10), 0);
    assert_int_equal(put(&q, REQUEST_DEVICE, "fan", 1, 10), 0);
    assert_int_equal(put(&q, REQUEST_VALUE, "mute", 2, 10), 0);
    assert_int_equal(put(&q, REQUEST_DEVICE, "lamp", 2, 20), 0);
    assert_int_equal(q.states_bytes, 30);
    assert_string_equal(taken(&q, false), "1 2 ");
    assert_int_equal(put(&q, REQUEST_SESSION, "", 3, 10), 0);
    assert_string_equal(taken(&q, true), "fan:1 lamp:2 3 ");
    assert_string_equal(taken(&q, true), "");
    queue_done(&q);
}

static void test_groups(void **state)
{
    struct queue q;
    unsigned n = 0;

    (void)state;
    queue_init(&q);
    for (int i = 0; i < GROUP_ROWS + 3; i++)
        assert_int_equal(put(&q, REQUEST_SESSION, "", i, 10), 0);
    for (struct request *r = queue_take(&q, false); r; n++) {
        struct request *next = r->next;

        assert_int_equal(r->id, n);
        free(r);
        r = next;
    }
    assert_int_equal(n, GROUP_ROWS);
    assert_string_equal(taken(&q, false), "256 257 258 ");
    assert_int_equal(put(&q, REQUEST_SESSION, "", 1, 10), 0);
    queue_done(&q); /* frees what is left */
}

static const struct {
    const char *name;
    enum request_kind kind;
    size_t size;
    bool same_device;
    unsigned fits; /* so many, and no more */
} bounds[] = {
    { "sessions by number", REQUEST_SESSION, 1, false, STORE_QUEUE_MAX },
    { "sessions by bytes", REQUEST_SESSION, 1 << 20, false, STORE_QUEUE_BYTES >> 20 },
    { "values by number", REQUEST_VALUE, 1, false, STORE_QUEUE_MAX + QUEUE_RESERVE },
    { "values by bytes", REQUEST_VALUE, 1 << 20, false,
      (STORE_QUEUE_BYTES + QUEUE_RESERVE_BYTES) >> 20 },
    { "devices by number", REQUEST_DEVICE, 1, false, QUEUE_STATES },
    { "devices by bytes", REQUEST_DEVICE, 1 << 20, false, QUEUE_STATES_BYTES >> 20 },
    { "one device", REQUEST_DEVICE, 1 << 20, true, 100000 },
};

static void test_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        struct queue q;
        unsigned n = 0;

        print_message("%s\n", bounds[i].name);
        queue_init(&q);
        for (; n < 100000; n++) {
            char name[32];

            snprintf(name, sizeof(name), "device %u", bounds[i].same_device ? 0 : n);
            if (put(&q, bounds[i].kind, name, n, bounds[i].size) < 0)
                break;
        }
        assert_int_equal(n, bounds[i].fits);
        queue_done(&q);
        assert_int_equal(q.bytes + q.states_bytes + q.n + q.states_n, 0);
    }
}

/* Sessions that fill the queue leave the reserve to small things. */
static void test_reserve(void **state)
{
    struct queue q;

    (void)state;
    queue_init(&q);
    while (put(&q, REQUEST_SESSION, "", 1, 1) == 0)
        ;
    assert_int_equal(put(&q, REQUEST_SESSION, "", 1, 1), -EOVERFLOW);
    for (int i = 0; i < QUEUE_RESERVE; i++)
        assert_int_equal(put(&q, i % 2 ? REQUEST_VALUE : REQUEST_FLUSH, "mute", 1, 1), 0);
    assert_int_equal(put(&q, REQUEST_VALUE, "mute", 1, 1), -EOVERFLOW);
    assert_int_equal(put(&q, REQUEST_DEVICE, "lamp", 1, 1), 0);
    queue_done(&q);
}

static void test_put_back(void **state)
{
    struct queue q;

    (void)state;
    queue_init(&q);
    assert_int_equal(put(&q, REQUEST_DEVICE, "lamp", 2, 10), 0);
    queue_put_back(&q, request(REQUEST_DEVICE, "lamp", 1, 10)); /* a newer one came */
    queue_put_back(&q, request(REQUEST_DEVICE, "fan", 1, 10));
    assert_string_equal(taken(&q, true), "fan:1 lamp:2 ");
    while (put(&q, REQUEST_DEVICE, "big", 1, QUEUE_STATES_BYTES) < 0)
        ;
    queue_put_back(&q, request(REQUEST_DEVICE, "lamp", 1, 10)); /* no room: it gives way */
    assert_string_equal(taken(&q, true), "big:1 ");
    queue_done(&q);
}

/* What the disk did not take stands before what came meanwhile, and counts all the while. */
static void test_put_first(void **state)
{
    struct queue q;
    struct request *rows, *end;

    (void)state;
    queue_init(&q);
    for (int id = 1; id <= STORE_QUEUE_MAX; id++)
        assert_int_equal(put(&q, REQUEST_SESSION, "s", id, sizeof(struct request)), 0);
    rows = queue_take(&q, false);
    assert_int_equal(q.n, STORE_QUEUE_MAX - GROUP_ROWS);
    assert_int_equal(put(&q, REQUEST_SESSION, "s", 9999, sizeof(struct request)), -EOVERFLOW);
    for (end = rows; end->next->next; end = end->next)
        ;
    free(end->next); /* the last one was written */
    end->next = NULL;
    queue_put_first(&q, rows);
    queue_settle(&q);
    assert_int_equal(q.n, STORE_QUEUE_MAX - 1);
    assert_int_equal(put(&q, REQUEST_SESSION, "s", 9999, sizeof(struct request)), 0);
    for (int id = 1; q.n > 0;) {
        rows = queue_take(&q, false);
        while (rows) {
            struct request *next = rows->next;

            assert_int_equal(rows->id, id <= STORE_QUEUE_MAX ? id : 9999);
            id += id == GROUP_ROWS - 1 ? 2 : 1;
            free(rows);
            rows = next;
        }
        queue_settle(&q);
    }
    assert_int_equal(q.bytes + q.out + q.out_bytes, 0);
    queue_put_first(&q, NULL);
    assert_int_equal(put(&q, REQUEST_SESSION, "s", 1, 100), 0);
    rows = queue_take(&q, false);
    queue_put_first(&q, rows); /* into an empty list: what comes then stands behind */
    assert_int_equal(put(&q, REQUEST_SESSION, "s", 2, 100), 0);
    assert_string_equal(taken(&q, false), "1 2 ");
    queue_done(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),    cmocka_unit_test(test_groups),
        cmocka_unit_test(test_bounds),   cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_put_back), cmocka_unit_test(test_put_first),
    };

    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
