/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/bus_queue_test.c - the bounds of what waits: every type's count and bytes, every
 * origin's share, and what gives way to what. */
#include "core/bus_queue.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    return bus_queue_new((struct bus_queue **)state, NULL);
}

static int teardown(void **state)
{
    bus_queue_free(*state);
    return 0;
}

/* Puts one; a refused one is freed, as its poster does. `text` NULL: none. */
static int put(struct bus_queue *q, enum msg_type type, uint64_t session, const char *text,
               const struct origin *from)
{
    struct msg *m = msg_new(type, session);
    int r;

    assert_non_null(m);
    m->text = text ? str_dup(text) : NULL;
    if (from)
        m->origin = *from;
    r = bus_queue_put(q, m);
    if (r < 0)
        msg_free(m);
    return r;
}

static struct bus_stats stats_of(struct bus_queue *q)
{
    struct bus_stats s;

    bus_queue_stats(q, &s);
    return s;
}

/* Takes all; returns how many. */
static size_t take_all(struct bus_queue *q)
{
    size_t n = 0;

    for (struct msg *m; (m = bus_queue_take(q)); n++)
        msg_free(m);
    return n;
}

/* Many askers together never have more than the type's row; the next one is refused and counted, and
 * once one is taken there is room for one. */
static void every_type_has_a_bound(void **state)
{
    struct bus_queue *q = *state;

    for (enum msg_type type = MSG_NONE + 1; type < MSG_N; type++) {
        const struct bus_row row = bus_row_of(type);
        struct origin from = { .kind = ORIGIN_HTTP };
        const uint64_t refused = stats_of(q).refused;
        size_t n = 0;
        int r = 0;

        assert_true(row.count_max > 0 && row.bytes_max > 0);
        if (row.rule == RULE_NEWEST)
            continue; /* below */
        for (; r >= 0 && n <= row.count_max; n += r >= 0) {
            from.client = n / (BUS_ORIGIN_MAX / 2); /* in turns: none has too many */
            r = put(q, type, n, NULL, row.rule == RULE_REFUSE ? &from : NULL);
        }
        if (r != -EBUSY || n > row.count_max)
            fail_msg("%s: %zu of %zu went in, then %d", msg_type_name(type), n, row.count_max, r);
        assert_int_equal(stats_of(q).waiting, n);
        assert_int_equal(stats_of(q).refused, refused + 1);
        assert_int_equal(stats_of(q).refused_type, type);
        msg_free(bus_queue_take(q));
        assert_true(put(q, type, n, NULL, NULL) >= 0);
        assert_int_equal(take_all(q), n);
        assert_int_equal(stats_of(q).bytes, 0);
    }
}

/* What would never fit is told so; the queue stays as it was. */
static void what_is_too_large_never_fits(void **state)
{
    struct bus_queue *q = *state;
    const size_t most = bus_row_of(MSG_BUTTON).bytes_max;
    AUTO_FREE char *text = calloc(most + 1, 1);

    assert_non_null(text);
    memset(text, 'x', most);
    assert_int_equal(put(q, MSG_BUTTON, 0, text, NULL), -EMSGSIZE);
    assert_int_equal(stats_of(q).waiting, 0);
    assert_int_equal(stats_of(q).bytes, 0);
    assert_null(bus_queue_take(q));
    text[most / 2] = '\0';
    assert_int_equal(put(q, MSG_BUTTON, 0, text, NULL), 1); /* it was empty: wake the loop */
    assert_true(stats_of(q).bytes >= most / 2);
    assert_int_equal(put(q, MSG_BUTTON, 0, text, NULL), -EBUSY); /* by bytes, not by count */
    assert_int_equal(put(q, MSG_WAKE, 0, NULL, NULL), 0);        /* another type has its own */
    assert_int_equal(take_all(q), 2);
}

/* One that floods has the door shut before anybody else has. */
static void an_origin_has_its_share(void **state)
{
    struct bus_queue *q = *state;
    const struct origin loud = { .kind = ORIGIN_WEBSOCKET, .client = 1 };
    const struct origin calm = { .kind = ORIGIN_WEBSOCKET, .client = 2 };

    for (int i = 0; i < BUS_ORIGIN_MAX; i++)
        assert_true(put(q, MSG_TEXT, 0, "x", &loud) >= 0);
    assert_int_equal(put(q, MSG_TEXT, 0, "x", &loud), -EBUSY);
    assert_int_equal(put(q, MSG_TEXT, 0, "x", &calm), 0);
    assert_int_equal(put(q, MSG_ANSWER, 0, "x", &loud), 0); /* a step: what is under way goes on */
    msg_free(bus_queue_take(q));
    assert_int_equal(put(q, MSG_TEXT, 0, "x", &loud), 0);
    assert_int_equal(put(q, MSG_TEXT, 0, "x", &loud), -EBUSY);
    assert_int_equal(take_all(q), BUS_ORIGIN_MAX + 2);
}

/* In order of posting, whatever the type; 1 only for the first into an empty queue. */
static void order_is_kept(void **state)
{
    struct bus_queue *q = *state;
    static const enum msg_type types[] = { MSG_ACT, MSG_TEXT, MSG_SAY, MSG_ACT, MSG_STORED, MSG_TEXT };
    const size_t n = sizeof(types) / sizeof(types[0]);

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < n; i++)
            assert_int_equal(put(q, types[i], i, NULL, NULL), i == 0);
        for (size_t i = 0; i < n; i++) {
            AUTO(msg_freep) struct msg *m = bus_queue_take(q);

            assert_non_null(m);
            assert_int_equal(m->type, types[i]);
            assert_int_equal(m->session, i);
        }
        assert_null(bus_queue_take(q));
    }
    assert_int_equal(stats_of(q).posted, 2 * n);
    assert_int_equal(stats_of(q).delivered, 2 * n);
}

/* Under pressure the newest state of each endpoint is left, the newest last. */
static void the_newest_of_a_key_is_left(void **state)
{
    struct bus_queue *q = *state;
    enum { ENDPOINTS = 3, ROUNDS = 100 };
    uint64_t last[ENDPOINTS] = { 0 };

    for (uint64_t i = 1; i <= ROUNDS * ENDPOINTS; i++) {
        struct msg *m = msg_new(MSG_STATE, i);

        assert_non_null(m);
        m->endpoint = endpoint_of(ORIGIN_HTTP, i % ENDPOINTS + 1);
        m->text = str_dup("thinking");
        assert_true(bus_queue_put(q, m) >= 0);
    }
    assert_in_range(stats_of(q).waiting, ENDPOINTS, BUS_NEWEST_PRESSURE + ENDPOINTS);
    assert_int_equal(stats_of(q).waiting + stats_of(q).replaced, ROUNDS * ENDPOINTS);
    assert_int_equal(stats_of(q).refused, 0);
    for (struct msg *m; (m = bus_queue_take(q)); msg_free(m)) {
        uint64_t *newest = &last[m->session % ENDPOINTS];

        assert_true(m->session > *newest); /* never an older one after a newer one */
        *newest = m->session;
    }
    for (uint64_t i = 0; i < ENDPOINTS; i++)
        assert_true(last[i] > (ROUNDS - 1) * ENDPOINTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_type_has_a_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_too_large_never_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(an_origin_has_its_share, setup, teardown),
        cmocka_unit_test_setup_teardown(order_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_of_a_key_is_left, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
