/* SPDX-License-Identifier: Apache-2.0 */
/* One helper process as jarvisd sees it, by a third kind of it: questions and whose answers count, the
 * configuration, what is owed, a helper that dies. */
#include "fuzz/speech/stub_helper.h"

#include "speech/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { CONFIG = RPC_OWN, CONFIG_OK, SPELL, SPELL_OK, NEWS, FOREIGN };

static struct clock clock_;
static struct loop *loop;
static struct bus *bus;
static struct paths paths;
static struct engine *engine;
static bool is_out_of_memory;
static char told[128];  /* "config:ok spell:error:text up down news:7 " */
static char fault[128]; /* "part code words" of the newest */

static void tell(const char *format, ...)
{
    size_t n = strlen(told);
    va_list list;

    va_start(list, format);
    vsnprintf(told + n, sizeof(told) - n, format, list);
    va_end(list);
}

struct said {
    char *say;
};
static const struct field said_rows[] = {
    { "say", FIELD_TEXT, FIELD_AT(struct said, say), .max = 20 },
};
static const struct fields said_fields = FIELDS_STRICT(struct said, said_rows);

static const char *said_text(const struct said *head)
{
    return head->say ? head->say : "ok";
}

static void on_config(const void *head, const char *error, void *user)
{
    assert_true(!head != !error);
    assert_ptr_equal(user, &engine);
    tell("config:%s ", error ? error : said_text(head));
}

static void on_spell(const void *head, const char *error, void *user)
{
    (void)user;
    assert_true(!head != !error);
    tell("spell:%s ", error ? error : said_text(head));
}

static void on_news(const struct rpc_frame *f, void *user)
{
    (void)user;
    tell("news:%u ", f->serial);
}

static void on_up(void *user)
{
    (void)user;
    tell("up ");
}

static void on_down(void *user)
{
    (void)user;
    assert_false(engine_is_ready(engine));
    tell("down ");
}

static cJSON *config(void *user)
{
    (void)user;
    return is_out_of_memory ? NULL : cJSON_Parse("{\"model\":\"m\"}");
}

static const struct engine_ask asks[] = {
    { CONFIG, CONFIG_OK, &said_fields, "a configuration", on_config },
    { SPELL, SPELL_OK, &said_fields, "a spelling", on_spell },
};
static const struct engine_frame frames[] = { { NEWS, on_news } };
static const struct engine_kind scribe = {
    .program = "jarvis-scribe", .part = "scribe", .down = "a start", .ready = "can write",
    .memory_bytes_max = 1 << 20, .asks = asks, .asks_n = 2, .frames = frames, .frames_n = 1,
    .config = config, .on_up = on_up, .on_down = on_down,
};
static const struct engine_kind plain = {
    .program = "jarvis-plain", .part = "plain", .down = "a start", .ready = "is there",
    .asks = asks + 1, .asks_n = 1,
};

static void on_fault(const struct msg *m, void *user)
{
    (void)user;
    snprintf(fault, sizeof(fault), "%s %d %s", m->part, m->code, m->text);
}

static void make(const struct engine_kind *kind)
{
    const struct engine_deps d = { .loop = loop, .bus = bus, .paths = &paths, .user = &engine,
                                   .readable = { "/etc/model", "/etc/words" } };

    assert_int_equal(engine_new(&engine, kind, &d, NULL), 0);
}

static int set_up(void **state)
{
    (void)state;
    told[0] = fault[0] = '\0';
    is_out_of_memory = false;
    clock_init_virtual(&clock_, 0);
    snprintf(paths.helpers, sizeof(paths.helpers), "/opt/h");
    assert_int_equal(loop_new(&loop, &clock_, NULL), 0);
    assert_int_equal(bus_new(&bus, loop, NULL), 0);
    assert_int_equal(bus_on(bus, MSG_FAULT, on_fault, NULL, NULL), 0);
    make(&scribe);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    engine = engine_free(engine);
    bus_free(bus);
    loop_free(loop);
    return 0;
}

static void says(uint16_t type, uint32_t serial, const char *payload)
{
    const struct rpc_frame f = { .type = type, .serial = serial, .len = strlen(payload),
                                 .payload = (const uint8_t *)payload };

    helper_says(helper_made, &f);
    bus_drain(bus);
}

static void flip(void)
{
    helper_flip(helper_made);
    bus_drain(bus);
}

/* What was told since the last time. */
static const char *news(void)
{
    static char copy[sizeof(told)];

    memcpy(copy, told, sizeof(copy));
    told[0] = '\0';
    return copy;
}

static void it_is_ready_when_it_is_configured(void **state)
{
    (void)state;
    assert_string_equal(engine_owes(engine), "a start");
    engine_configure(engine); /* it will come by itself */
    assert_int_equal(helper_made->sent.n, 0);
    flip();
    assert_string_equal(news(), "up ");
    assert_int_equal(helper_made->sent.type, CONFIG);
    assert_string_equal(helper_made->sent.text, "{\"model\":\"m\"}");
    assert_string_equal(engine_owes(engine), "a configuration");
    assert_false(engine_is_ready(engine));
    says(CONFIG_OK, helper_made->sent.serial, "{}");
    assert_string_equal(news(), "config:ok ");
    assert_string_equal(fault, "scribe 0 can write");
    assert_true(engine_is_ready(engine));
    assert_null(engine_owes(engine));
}

static void a_configuration_that_fails_is_told(void **state)
{
    (void)state;
    flip();
    says(CONFIG_OK, helper_made->sent.serial, "{\"error\":\"no such model\"}");
    assert_string_equal(news(), "up config:no such model ");
    assert_string_equal(fault, "scribe -22 no such model");
    assert_false(engine_is_ready(engine));
    engine_configure(engine);
    says(CONFIG_OK, helper_made->sent.serial, "[");
    assert_non_null(strstr(fault, "scribe -22 sent nonsense: "));
    engine_configure(engine);
    says(CONFIG_OK, helper_made->sent.serial, "{\"says\":\"a\"}");
    assert_string_equal(fault, "scribe -22 sent nonsense: says: is unknown; known are say");
    assert_false(engine_is_ready(engine));
    is_out_of_memory = true;
    engine_configure(engine);
    bus_drain(bus);
    assert_string_equal(fault, "scribe -12 out of memory");
    assert_null(engine_owes(engine)); /* nothing is asked: nobody waits for it */
}

/* Which of two questions is answered, how often, and by what. */
static void only_the_newest_question_has_an_answer(void **state)
{
    static const struct {
        const char *name;
        uint16_t type;
        int older; /* serials before the newest */
        const char *payload, *want;
    } cases[] = {
        { "its own", SPELL_OK, 0, "{\"say\":\"a\"}", "spell:a " },
        { "its own again", SPELL_OK, 0, "{\"say\":\"a\"}", "" },
        { "of the one before", SPELL_OK, 1, "{\"say\":\"a\"}", "" },
        { "of one to come", SPELL_OK, -1, "{\"say\":\"a\"}", "" },
        { "of a wrong type", SPELL_OK, 0, "{\"say\":7}", "spell:sent nonsense: say: must be a string " },
        { "an error and more", SPELL_OK, 0, "{\"error\":\"a\",\"say\":\"b\"}", "spell:sent nonsense: say: is unknown" },
        { "of another row", CONFIG_OK, 0, "{}", "" },
        { "a frame of the kind", NEWS, 0, "", "news" },
        { "a frame of nobody", FOREIGN, 0, "", "" },
    };
    uint32_t serial = 0;

    (void)state;
    flip();
    says(CONFIG_OK, helper_made->sent.serial, "{}");
    news();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (i != 1) {
            engine_ask(engine, SPELL, NULL, NULL);
            assert_int_equal(engine_ask(engine, SPELL, NULL, NULL), 0);
            serial = helper_made->sent.serial;
        }
        says(cases[i].type, serial - (uint32_t)cases[i].older, cases[i].payload);
        const char *got = news();

        if (strncmp(got, cases[i].want, strlen(cases[i].want)) != 0 ||
            (cases[i].want[0] == '\0' && got[0] != '\0'))
            fail_msg("%s: '%s', not '%s'", cases[i].name, got, cases[i].want);
    }
}

static void a_frame_without_a_question_answers_none(void **state)
{
    (void)state;
    flip();
    says(SPELL_OK, 0, "{}"); /* nobody asked: its serial would be 0 */
    assert_string_equal(news(), "up ");
    engine_ask(engine, SPELL, NULL, NULL);
    engine_forget(engine, SPELL);
    says(SPELL_OK, helper_made->sent.serial, "{}");
    assert_string_equal(news(), "");
}

static void one_that_dies_owes_nothing_and_is_configured_anew(void **state)
{
    uint32_t serial;

    (void)state;
    flip();
    says(CONFIG_OK, helper_made->sent.serial, "{}");
    assert_int_equal(engine_ask(engine, SPELL, NULL, NULL), 0);
    serial = helper_made->sent.serial;
    assert_string_equal(engine_owes(engine), "a spelling");
    news();
    flip();
    assert_string_equal(news(), "down ");
    assert_string_equal(fault, "scribe -10 by the test");
    assert_string_equal(engine_owes(engine), "a start");
    assert_int_equal(engine_ask(engine, SPELL, NULL, NULL), -ENOTCONN);
    flip();
    assert_false(engine_is_ready(engine));
    says(SPELL_OK, serial, "{}"); /* of its life before */
    assert_string_equal(news(), "up ");
    says(CONFIG_OK, helper_made->sent.serial, "{}");
    assert_true(engine_is_ready(engine));
}

static void a_new_configuration_asks_nothing_else(void **state)
{
    uint32_t serial;

    (void)state;
    flip();
    says(CONFIG_OK, helper_made->sent.serial, "{}");
    engine_ask(engine, SPELL, NULL, NULL);
    serial = helper_made->sent.serial;
    engine_configure(engine);
    assert_false(engine_is_ready(engine));
    news();
    says(SPELL_OK, serial, "{}"); /* by what was configured before */
    assert_string_equal(news(), "");
    assert_string_equal(engine_owes(engine), "a configuration");
}

static void one_without_configuration_is_ready_when_it_is_up(void **state)
{
    (void)state;
    engine = engine_free(engine);
    make(&plain);
    assert_false(engine_is_ready(engine));
    flip();
    assert_true(engine_is_ready(engine));
    assert_string_equal(fault, "plain 0 is there");
    assert_int_equal(helper_made->sent.n, 0);
    assert_int_equal(engine_ask(engine, SPELL, NULL, NULL), 0);
    says(SPELL_OK, helper_made->sent.serial, "{\"error\":\"no\"}");
    assert_string_equal(news(), "spell:no ");
    flip();
    assert_false(engine_is_ready(engine));
}

static void serials_are_never_zero_and_the_files_are_handed_on(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 4; i++)
        assert_int_equal(engine_serial(engine), i);
    assert_string_equal(helper_made->opts.readable[1], "/etc/words");
    assert_null(helper_made->opts.readable[2]);
    assert_int_equal(helper_made->opts.memory_bytes_max, 1 << 20);
    assert_string_equal(helper_made->opts.name, "jarvis-scribe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_ready_when_it_is_configured, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_configuration_that_fails_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_newest_question_has_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_without_a_question_answers_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_dies_owes_nothing_and_is_configured_anew, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_new_configuration_asks_nothing_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_without_configuration_is_ready_when_it_is_up, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(serials_are_never_zero_and_the_files_are_handed_on, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
