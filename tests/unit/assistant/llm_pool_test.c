/* SPDX-License-Identifier: Apache-2.0 */
/* The language model's places: four answers at once, the others in order; who leaves makes room; what
 * the settings take away is told. The server accepts and says nothing. */
#include "assistant/llm_pool.h"
#include "lib/fake_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

enum { MANY = LLM_PARALLEL + LLM_POOL_WAITS_MAX + 1 };

struct crowd {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct settings settings;
    struct fake_server server;
    struct llm_pool *pool;
    struct person {
        struct crowd *crowd;
        struct llm_asker asker;
        bool fails; /* its question cannot be asked */
    } people[MANY];
    struct str log; /* "ask3", "end3:-125" */
};

static int on_ask(struct llm *l, void *user, struct err *e)
{
    static const struct llm_turn turn = { "user", "why" };
    struct person *p = user;

    str_addf(&p->crowd->log, "%sask%td", p->crowd->log.len > 0 ? " " : "",
             p - p->crowd->people);
    return p->fails ? err_set(e, -ENOMEM, "no memory") : llm_ask(l, &turn, 1, e);
}

static void on_text(const char *text, size_t len, void *user)
{
    (void)text;
    (void)len;
    (void)user;
}

static void on_end(int code, const char *words, void *user)
{
    struct person *p = user;

    assert_null(p->asker.model); /* it may ask again */
    assert_true(code <= 0 && words);
    str_addf(&p->crowd->log, " end%td:%d", p - p->crowd->people, code);
}

static int setup(void **state)
{
    struct crowd *c = calloc(1, sizeof(*c));

    if (!c || fake_start(&c->server) != 0)
        return -1;
    fake_script(&c->server, "", FAKE_HOLD, 0);
    clock_init_virtual(&c->clock, 1700000000000000);
    clock_advance_usec(&c->clock, 1000000);
    str_copy(c->settings.llm_kind, sizeof(c->settings.llm_kind), "openai");
    str_copy(c->settings.llm_model, sizeof(c->settings.llm_model), "tiny");
    snprintf(c->settings.llm_url, sizeof(c->settings.llm_url), "http://127.0.0.1:%u",
             c->server.port);
    c->settings.llm_connect_ms = 1000;
    c->settings.llm_first_token_ms = 10000;
    c->settings.llm_gap_ms = 5000;
    c->settings.llm_total_ms = 60000;
    for (size_t i = 0; i < MANY; i++) {
        c->people[i].crowd = c;
        c->people[i].asker.events =
            (struct llm_asker_events){ on_ask, on_text, on_end, &c->people[i] };
    }
    if (loop_new(&c->loop, &c->clock, NULL) < 0 || bus_new(&c->bus, c->loop, NULL) < 0)
        return -1;
    *state = c;
    return llm_pool_new(&c->pool, c->loop, c->bus, &c->settings, NULL);
}

static int teardown(void **state)
{
    struct crowd *c = *state;

    for (size_t i = MANY; i-- > 0;)
        llm_pool_leave(&c->people[i].asker);
    llm_pool_free(c->pool);
    bus_free(c->bus);
    loop_free(c->loop);
    fake_stop(&c->server);
    str_done(&c->log);
    free(c);
    return 0;
}

static void ask_all(struct crowd *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(llm_pool_ask(c->pool, &c->people[i].asker), 0);
}

static void expect(struct crowd *c, const char *log)
{
    assert_string_equal(str_text(&c->log), log);
    str_clear(&c->log);
}

static void test_places(void **state)
{
    struct crowd *c = *state;

    ask_all(c, 7);
    expect(c, "ask0 ask1 ask2 ask3"); /* the others wait */
    llm_pool_leave(&c->people[5].asker); /* one that waits */
    expect(c, "");
    llm_pool_leave(&c->people[2].asker); /* one that has a place */
    expect(c, "ask4");
    llm_pool_leave(&c->people[0].asker);
    expect(c, "ask6");
    llm_pool_leave(&c->people[1].asker);
    llm_pool_leave(&c->people[1].asker); /* twice is nothing */
    expect(c, "");
    assert_int_equal(llm_pool_ask(c->pool, &c->people[5].asker), 0);
    expect(c, "ask5");
}

static void test_full(void **state)
{
    struct crowd *c = *state;

    ask_all(c, MANY - 1);
    assert_int_equal(llm_pool_ask(c->pool, &c->people[MANY - 1].asker), -EBUSY);
    assert_null(c->people[MANY - 1].asker.model);
}

/* A question that cannot be asked makes room at once. */
static void test_asking_fails(void **state)
{
    struct crowd *c = *state;

    c->people[1].fails = c->people[4].fails = c->people[5].fails = true;
    ask_all(c, 7);
    expect(c, "ask0 ask1 end1:-12 ask2 ask3 ask4 end4:-12 ask5 end5:-12 ask6");
}

static void test_time_passes(void **state)
{
    struct crowd *c = *state;

    ask_all(c, 5);
    str_clear(&c->log);
    clock_advance_usec(&c->clock, 11100000);
    while (loop_step(c->loop, 0))
        ;
    for (size_t i = 0; i < LLM_PARALLEL; i++) {
        char word[32];

        snprintf(word, sizeof(word), "end%zu:-110", i);
        assert_non_null(strstr(str_text(&c->log), word));
    }
    assert_non_null(strstr(str_text(&c->log), "ask4"));
    str_clear(&c->log);
    /* three in a row: the breaker tells the next at once */
    assert_int_equal(llm_pool_ask(c->pool, &c->people[5].asker), 0);
    expect(c, "ask5 end5:-112");
}

static void test_settings(void **state)
{
    struct crowd *c = *state;

    assert_true(llm_pool_is_there(c->pool));
    ask_all(c, 6);
    str_clear(&c->log);
    llm_pool_settings_changed(c->pool); /* nothing that matters */
    expect(c, "");
    str_copy(c->settings.llm_kind, sizeof(c->settings.llm_kind), "none");
    llm_pool_settings_changed(c->pool);
    assert_false(llm_pool_is_there(c->pool));
    expect(c, " end0:-125 end1:-125 end2:-125 end3:-125 end4:-125 end5:-125");
    str_copy(c->settings.llm_kind, sizeof(c->settings.llm_kind), "ollama");
    c->settings.llm_model[0] = '\0';
    llm_pool_settings_changed(c->pool);
    assert_false(llm_pool_is_there(c->pool));
    str_copy(c->settings.llm_model, sizeof(c->settings.llm_model), "small");
    llm_pool_settings_changed(c->pool);
    assert_true(llm_pool_is_there(c->pool));
    ask_all(c, 1);
    expect(c, "ask0");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_places), TEST(test_full), TEST(test_asking_fails), TEST(test_time_passes),
        TEST(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
