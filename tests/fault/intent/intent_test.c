/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/intent/intent_test.c - sentences, names and grammars without memory: a clean
 * -ENOMEM, nothing half made, nothing lost that was there. */
#include "unit/intent/house.h"

#include "intent/fsg.h"
#include "intent/grammar.h"
#include "intent/intent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fault/fault.h"
#include "lib/dir.h"

static const char yaml[] =
    "language: en\n"
    "skip_words: [please]\n"
    "lists:\n"
    "  level: { range: { from: 0, to: 100, type: percentage } }\n"
    "  color: { values: [red, { in: '(blue|azure)', out: blue, context: { a: b } },\n"
    "                    { in: all, out: [x, y] } ] }\n"
    "expansion_rules: { the: '[(the|my)]', bad: '(x' }\n"
    "intents:\n"
    "  HassTurnOn:\n"
    "    data:\n"
    "      - sentences: ['turn on <the> {name}', 'set {name} to {level}', '({area};now) {color}']\n"
    "        metadata: { speech: true }\n"
    "      - sentences: ['<mine> go']\n"
    "        expansion_rules: { mine: 'our' }\n"
    "        lists: { own: { values: [x] } }\n"
    "        slots: { domain: light, level: 5 }\n"
    "        response: r\n"
    "        required_keywords: [go]\n"
    "        requires_context: { area: { value: [a, b], slot: true } }\n"
    "        excludes_context: { area: null }\n";

static char root[64];
static struct paths paths;
static struct settings settings;
static struct clock now;

static int set_up(void **state)
{
    cJSON_Hooks hooks = { malloc, free };
    char file[128];

    (void)state;
    cJSON_InitHooks(&hooks);
    if (dir_make(root, "intent") < 0)
        return -1;
    snprintf(paths.share, sizeof(paths.share), "%s", root);
    snprintf(paths.etc, sizeof(paths.etc), "%s/none", root);
    snprintf(paths.lent, sizeof(paths.lent), "%s", root);
    snprintf(file, sizeof(file), "%s/sentences", root);
    if (mkdir(file, 0700) < 0)
        return -1;
    snprintf(file, sizeof(file), "%s/sentences/en.yaml", root);
    str_copy(settings.language, sizeof(settings.language), "en");
    str_copy(settings.device_area, sizeof(settings.device_area), "Kitchen");
    clock_init_virtual(&now, 0);
    return file_write(file, yaml, strlen(yaml), 0600, NULL);
}

static int tear_down(void **state)
{
    static const char *const names[] = { "/sentences/en.yaml", "/sentences", "/grammar-en.fsg",
                                         "" };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char file[128];

        snprintf(file, sizeof(file), "%s%s", root, names[i]);
        remove(file);
    }
    return 0;
}

static int run_house(void)
{
    AUTO(house_done) struct house h = { 0 };
    AUTO_STR got = STR_INIT;
    struct err e = ERR_INIT;
    int r = house_parse(&h, "en", yaml, strlen(yaml), house_english, &e);

    if (r < 0) {
        assert_true(e.text[0] != '\0');
        return r;
    }
    house_understand(&got, &h, "please turn on my Kitchen light");
    if (!got.failed)
        assert_string_equal(str_text(&got), "HassTurnOn name=kitchen_light");
    return got.failed || h.complaints.failed ? -ENOMEM : 0;
}

FAULT_TEST(houses, run_house())

static struct house shared;

static int run_grammar(void)
{
    AUTO(automaton_freep) struct automaton *a = NULL;
    AUTO_STR text = STR_INIT;
    struct err e = ERR_INIT;
    int r = grammar_new(&a, shared.catalog, NULL, &e);

    if (r < 0) {
        assert_null(a);
        assert_true(e.text[0] != '\0');
        return r;
    }
    fsg_write(&text, a, "x");
    return text.failed ? -ENOMEM : 0;
}

static void grammars(void **state)
{
    (void)state;
    assert_int_equal(house_parse(&shared, "en", yaml, strlen(yaml), house_english, NULL), 0);
    FAULT_LOOP(run_grammar());
    house_done(&shared);
}

struct told {
    unsigned intents, failed, grammars, faults;
};

static void on_any(const struct msg *m, void *user)
{
    struct told *t = user;

    t->intents += m->type == MSG_INTENT;
    t->failed += m->type == MSG_INTENT && m->code == -ENOMEM;
    t->grammars += m->type == MSG_GRAMMAR;
    t->faults += m->type == MSG_FAULT && m->code == -ENOMEM;
}

static void drain(struct bus *bus)
{
    while (bus_drain(bus))
        ;
}

static void ask_in_house(struct bus *bus)
{
    struct msg *m = msg_new(MSG_DEVICES, 0);

    if (m && json_parse(&m->json, house_english, strlen(house_english), NULL) < 0)
        m = msg_free(m);
    bus_post(bus, m);
    bus_post_text(bus, MSG_UNDERSTAND, 1, "turn on the kitchen light");
    drain(bus);
}

static void wait_ms(struct bus *bus, struct loop *loop, int64_t ms)
{
    clock_advance_usec(&now, ms * 1000);
    loop_step(loop, 0);
    drain(bus);
}

/* Start, devices, a sentence, a grammar. Either all of it, or some part says -ENOMEM; bus and
 * loop themselves are made before memory gets short. */
static int run_bus(struct bus *bus, struct loop *loop, struct told *told)
{
    const struct intent_deps d = { loop, bus, &settings, &paths, NULL, NULL };
    AUTO(intent_freep) struct intent *i = NULL;
    uint64_t lost = bus_lost(bus);
    struct err e = ERR_INIT;
    int r = intent_new(&i, &d, &e);

    if (r < 0) {
        assert_true(e.text[0] != '\0');
        return r;
    }
    ask_in_house(bus);
    wait_ms(bus, loop, 60);
    if (bus_lost(bus) != lost || told->failed || told->faults || !told->grammars)
        return -ENOMEM;
    return told->intents == 1 ? 0 : -EPROTO;
}

static int run_world(void)
{
    struct told told = { 0 };
    struct loop *loop = NULL;
    struct bus *bus = NULL;
    int r;

    r = loop_new(&loop, &now, NULL);
    if (r == 0)
        r = bus_new(&bus, loop, NULL);
    if (r == 0)
        r = bus_on(bus, MSG_N, on_any, &told, NULL);
    if (r == 0)
        r = run_bus(bus, loop, &told);
    bus_free(bus);
    loop_free(loop);
    return r;
}

FAULT_TEST(worlds, run_world())

/* ---- a build without memory --------------------------------------------------------------------- */

struct stage {
    struct told told;
    struct loop *loop;
    struct bus *bus;
    struct slow *slow;
    struct intent *intent;
};

static void stage_open(struct stage *s, bool has_slow)
{
    struct intent_deps d = { .settings = &settings, .paths = &paths };

    *s = (struct stage){ .loop = NULL };
    assert_int_equal(loop_new(&s->loop, &now, NULL), 0);
    assert_int_equal(bus_new(&s->bus, s->loop, NULL), 0);
    assert_int_equal(bus_on(s->bus, MSG_N, on_any, &s->told, NULL), 0);
    if (has_slow)
        assert_int_equal(slow_new(&s->slow, s->loop, NULL, NULL), 0);
    d.loop = s->loop;
    d.bus = s->bus;
    d.slow = s->slow;
    assert_int_equal(intent_new(&s->intent, &d, NULL), 0);
    ask_in_house(s->bus);
    assert_int_equal(s->told.intents, 0); /* it waits for the house */
}

static void stage_close(struct stage *s)
{
    intent_free(s->intent);
    if (s->slow)
        slow_end(s->slow, 1000);
    bus_free(s->bus);
    loop_free(s->loop);
}

/* Answered, or its answer was lost for want of memory. */
static unsigned answered(const struct stage *s)
{
    return s->told.intents + (bus_lost(s->bus) > 0);
}

/* Where the nth allocation of the first build fails there is time to breathe before the next. */
static bool breathes(long nth)
{
    struct stage s;
    unsigned then;
    bool hit;

    stage_open(&s, false);
    fault_arm(nth, false);
    wait_ms(s.bus, s.loop, 60);
    hit = fault_hit();
    fault_disarm();
    then = s.told.intents;
    wait_ms(s.bus, s.loop, 20);
    if (s.told.intents != then)
        fail_msg("allocation %ld failed, and it was built again at once", nth);
    wait_ms(s.bus, s.loop, 250);
    assert_true(answered(&s) > 0);
    stage_close(&s);
    return hit;
}

/* Each allocation in turn, until none is left to fail. */
static void each(bool (*fails)(long nth))
{
    long nth = 1;

    while (fails(nth))
        nth++;
    assert_in_range(nth, 100, 9999);
}

static void a_build_that_failed_waits(void **state)
{
    (void)state;
    each(breathes);
}

/* What cannot be given to the slow worker is not made on the main loop instead. */
static bool leaves_it_to_the_worker(long nth)
{
    struct slow_stats given;
    struct stage s;
    bool hit;

    stage_open(&s, true);
    fault_arm(nth, false);
    clock_advance_usec(&now, 60000);
    loop_step(s.loop, 0);
    hit = fault_hit();
    fault_disarm();
    drain(s.bus);
    slow_stats(s.slow, &given);
    if (s.told.intents > 0 && given.posted == 0)
        fail_msg("allocation %ld failed, and it was built on the main loop", nth);
    for (int i = 0; i < 4; i++)
        wait_ms(s.bus, s.loop, 250);
    assert_true(answered(&s) > 0);
    stage_close(&s);
    return hit;
}

static void the_main_loop_builds_nothing(void **state)
{
    (void)state;
    each(leaves_it_to_the_worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(houses),
        cmocka_unit_test(grammars),
        cmocka_unit_test(worlds),
        cmocka_unit_test(a_build_that_failed_waits),
        cmocka_unit_test(the_main_loop_builds_nothing),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
