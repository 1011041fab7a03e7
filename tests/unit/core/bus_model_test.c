/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/bus_model_test.c - what waits for the main loop beside a simple model of it: a plain
 * array that keeps the rules of core/bus_queue.h the slow way. Posts and takes by chance; after each the
 * two must agree on the answer, the order, and every count. */
#include "core/bus_queue.h"

#include "base/str.h"
#include "lib/chance.h"

#include <stdio.h>
#include <string.h>

enum { STEPS = 6000, WAITING_MAX = 8192, CLIENTS = 5, KEYS = 24 };

/* Of each rule some, with small bounds and large. */
static const enum msg_type types[] = { MSG_BUTTON, MSG_WAKE, MSG_LEVEL, MSG_STATE, MSG_DEVICE, MSG_FAULT, MSG_SAY,
                                       MSG_MUTE };
enum { TYPES = sizeof(types) / sizeof(types[0]) };
static const char *const parts[] = { "microphone", "store", "voice", "" };

struct waiting {
    enum msg_type type;
    uint64_t id, client;
    size_t key; /* the place that a newer one of the type takes */
};

struct model {
    struct waiting all[WAITING_MAX];
    size_t n;
    uint64_t posted, delivered, refused, replaced;
};

static struct model model;

static size_t model_count(enum msg_type type)
{
    size_t n = 0;

    for (size_t i = 0; i < model.n; i++)
        n += model.all[i].type == type;
    return n;
}

static size_t model_of_client(uint64_t client)
{
    size_t n = 0;

    for (size_t i = 0; i < model.n; i++)
        n += client && bus_row_of(model.all[i].type).rule == RULE_REFUSE && model.all[i].client == client;
    return n;
}

static void model_remove(size_t at)
{
    memmove(&model.all[at], &model.all[at + 1], (model.n - at - 1) * sizeof(model.all[0]));
    model.n--;
}

/* What bus_queue_put() must answer. */
static int model_put(const struct waiting *w)
{
    const struct bus_row row = bus_row_of(w->type);
    int r;

    model.posted++;
    if (row.rule == RULE_NEWEST && model_count(w->type) >= BUS_NEWEST_PRESSURE)
        for (size_t i = model.n; i-- > 0;)
            if (model.all[i].type == w->type && model.all[i].key == w->key) {
                model_remove(i);
                model.replaced++;
                break;
            }
    if (model_count(w->type) >= row.count_max ||
        (row.rule == RULE_REFUSE && model_of_client(w->client) >= BUS_ORIGIN_MAX)) {
        model.refused++;
        return -EBUSY;
    }
    assert_true(model.n < WAITING_MAX);
    r = model.n == 0;
    model.all[model.n++] = *w;
    return r;
}

/* The message that the model's row stands for. */
static struct msg *message(const struct waiting *w)
{
    struct msg *m = msg_new(w->type, w->id);
    char id[32];

    assert_non_null(m);
    if (w->client)
        m->origin = (struct origin){ .kind = ORIGIN_WEBSOCKET, .client = w->client };
    if (w->type == MSG_STATE)
        m->endpoint = w->key + 1;
    if (w->type == MSG_FAULT)
        m->part = parts[w->key];
    if (w->type == MSG_DEVICE) {
        snprintf(id, sizeof(id), "lamp%zu", w->key);
        m->json = cJSON_CreateObject();
        assert_non_null(cJSON_AddStringToObject(m->json, "id", id));
    }
    return m;
}

static size_t key_of(enum msg_type type, struct chance *c)
{
    if (type == MSG_STATE || type == MSG_DEVICE)
        return chance_of(c, KEYS);
    return type == MSG_FAULT ? chance_of(c, sizeof(parts) / sizeof(parts[0])) : 0; /* of the others there is one */
}

static void put_one(struct bus_queue *q, struct chance *c, uint64_t id)
{
    struct waiting w = { .type = types[chance_of(c, TYPES)], .id = id, .client = chance_of(c, CLIENTS) };
    struct msg *m;
    int want, got;

    w.key = key_of(w.type, c);
    m = message(&w);
    want = model_put(&w);
    got = bus_queue_put(q, m);
    if (got < 0)
        msg_free(m);
    if (got != want)
        fail_msg("%s %llu: %d, the model says %d", msg_type_name(w.type), (unsigned long long)id, got, want);
}

static void take_one(struct bus_queue *q)
{
    struct msg *m = bus_queue_take(q);

    if (model.n == 0) {
        assert_null(m);
        return;
    }
    assert_non_null(m);
    assert_int_equal(m->session, model.all[0].id);
    assert_int_equal(m->type, model.all[0].type);
    assert_null(m->queue.next);
    model_remove(0);
    model.delivered++;
    msg_free(m);
}

static void agree(struct bus_queue *q)
{
    struct bus_stats s;

    bus_queue_stats(q, &s);
    assert_int_equal(s.waiting, model.n);
    assert_int_equal(s.posted, model.posted);
    assert_int_equal(s.delivered, model.delivered);
    assert_int_equal(s.refused, model.refused);
    assert_int_equal(s.replaced, model.replaced);
    assert_int_equal(s.posted, s.delivered + s.refused + s.replaced + s.waiting); /* each has one end */
    assert_true((s.bytes > 0) == (s.waiting > 0));
}

/* Fills for a while, then empties for a while: both ends of every bound are reached. */
static void scenario(struct chance *c)
{
    struct bus_queue *q;
    uint64_t id = 0;

    memset(&model, 0, sizeof(model));
    assert_int_equal(bus_queue_new(&q, NULL), 0);
    for (int step = 0; step < STEPS; step++) {
        bool fills = step / (STEPS / 6) % 2 == 0;

        if (chance_of(c, 10) < (fills ? 9u : 2u))
            put_one(q, c, ++id);
        else
            take_one(q);
        agree(q);
    }
    assert_true(model.refused > 0 && model.replaced > 0);
    while (model.n > 0)
        take_one(q);
    agree(q);
    for (int i = 0; i < 50; i++)
        put_one(q, c, ++id);
    bus_queue_free(q); /* with messages that wait: theirs is the sanitizers' to see */
}

static void it_keeps_the_rules(void **state)
{
    (void)state;
    chance_each(3, scenario);
}

/* Of a crowd of devices that all change at once the last word on each is what arrives, whatever
 * waited before. */
static void after_a_burst_the_house_is_right(void **state)
{
    enum { LAMPS = 200, ROUNDS = 40 };
    uint64_t last[LAMPS] = { 0 }, id = 0;
    struct bus_queue *q;

    (void)state;
    assert_int_equal(bus_queue_new(&q, NULL), 0);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t lamp = 0; lamp < LAMPS; lamp++) {
            const struct waiting w = { .type = MSG_DEVICE, .id = ++id, .key = lamp };
            struct msg *m = message(&w);

            assert_true(bus_queue_put(q, m) >= 0); /* none is refused */
        }
    for (struct msg *m; (m = bus_queue_take(q)); msg_free(m)) {
        size_t lamp = (size_t)strtoul(json_str(m->json, "id", "") + 4, NULL, 10);

        assert_true(m->session > last[lamp]); /* never an older one behind a newer */
        last[lamp] = m->session;
    }
    for (size_t lamp = 0; lamp < LAMPS; lamp++)
        assert_int_equal(last[lamp], (uint64_t)(ROUNDS - 1) * LAMPS + lamp + 1);
    bus_queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_the_rules),
        cmocka_unit_test(after_a_burst_the_house_is_right),
    };

    return cmocka_run_group_tests_name("bus beside a model", tests, NULL, NULL);
}
