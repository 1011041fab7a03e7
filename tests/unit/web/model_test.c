/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/model_test.c - bus messages become snapshot and events. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/str.h"
#include "web/message.h"
#include "web/model.h"

#include <string.h>

struct rig {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct health *health;
    struct pending *pending;
    struct model *model;
    bool audience;
    int statuses;      /* how often the status was made */
    struct str events; /* one a line */
    struct str direct; /* "socket: text" */
};

static void on_event(const char *text, bool brief, void *user)
{
    struct rig *rig = user;

    str_addf(&rig->events, "%s%s\n", brief ? "brief " : "", text);
}

static void on_direct(uint32_t socket, const char *text, void *user)
{
    struct rig *rig = user;

    str_addf(&rig->direct, "%u: %s\n", socket, text);
}

static bool has_audience(void *user)
{
    struct rig *rig = user;

    return rig->audience;
}

static cJSON *make_status(void *user)
{
    static const char text[] =
        "{\"state\":\"speaking\",\"version\":\"9\",\"audio\":{\"muted\":true}}";
    struct rig *rig = user;
    cJSON *j = NULL;

    rig->statuses++;
    assert_int_equal(json_parse(&j, text, strlen(text), NULL), 0);
    return j;
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    struct web_deps d = { .status = make_status };
    struct model_out out = { .event = on_event, .direct = on_direct, .has_audience = has_audience };

    assert_non_null(rig);
    clock_init_virtual(&rig->clock, 1760000000LL * 1000000);
    rig->audience = true;
    assert_int_equal(loop_new(&rig->loop, &rig->clock, NULL), 0);
    assert_int_equal(bus_new(&rig->bus, rig->loop, NULL), 0);
    assert_int_equal(health_new(&rig->health, rig->loop, rig->bus, NULL), 0);
    assert_int_equal(pending_new(&rig->pending, NULL), 0);
    d.loop = rig->loop;
    d.bus = rig->bus;
    d.health = rig->health;
    d.user = out.user = rig;
    out.pending = rig->pending;
    assert_int_equal(model_new(&rig->model, &d, &out, NULL), 0);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    model_free(rig->model);
    pending_free(rig->pending);
    health_free(rig->health);
    bus_free(rig->bus);
    loop_free(rig->loop);
    str_done(&rig->events);
    str_done(&rig->direct);
    free(rig);
    return 0;
}

static struct msg *with_json(enum msg_type type, uint64_t session, const char *json)
{
    struct msg *m = msg_new(type, session);

    assert_non_null(m);
    assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    return m;
}

static void deliver(struct rig *rig, struct msg *m)
{
    str_clear(&rig->events);
    str_clear(&rig->direct);
    bus_post(rig->bus, m);
    bus_drain(rig->bus);
}

static void assert_hello_has(struct rig *rig, const char *words)
{
    AUTO_FREE char *hello = model_hello(rig->model);

    if (!hello || !strstr(hello, words))
        fail_msg("no %s in %s", words, hello ? hello : "nothing");
}

static void test_state(void **state)
{
    struct rig *rig = *state;
    struct msg *m = msg_new(MSG_STATE, 7);

    m->text = str_dup("thinking");
    deliver(rig, m);
    assert_string_equal(str_text(&rig->events),
                        "{\"type\":\"state\",\"state\":\"thinking\",\"session\":7}\n");
    assert_hello_has(rig, "\"state\":\"thinking\"");
}

static void test_level_is_brief(void **state)
{
    struct rig *rig = *state;
    struct msg *m = msg_new(MSG_LEVEL, 0);

    m->level.level_db = -30.55F;
    m->level.noise_db = -60;
    deliver(rig, m);
    assert_string_equal(
        str_text(&rig->events),
        "brief {\"type\":\"level\",\"level_db\":-30.5,\"noise_db\":-60,\"voiced\":false}\n");
}

static void test_nobody_looks_on(void **state)
{
    struct rig *rig = *state;
    struct msg *fault = msg_new(MSG_FAULT, 0);

    rig->audience = false;
    deliver(rig, msg_new(MSG_LEVEL, 0));
    assert_int_equal(rig->events.len, 0);
    deliver(rig, with_json(MSG_SESSION, 1, "{\"heard\":\"x\"}"));
    assert_int_equal(rig->events.len, 0);
    fault->part = "mqtt";
    fault->code = -EIO;
    deliver(rig, fault);
    assert_int_equal(rig->events.len, 0);
    assert_hello_has(rig, "\"part\":\"mqtt\""); /* kept for the one who comes */
}

static void test_fault_comes_and_goes(void **state)
{
    struct rig *rig = *state;
    static const struct {
        int code;
        const char *text, *event, *hello;
    } steps[] = {
        { -ENODEV, "no sound card", "\"ok\":false,\"text\":\"no sound card\"",
          "[{\"part\":\"microphone\",\"text\":\"no sound card\"" },
        { -ENODEV, "still none", "still none",
          "[{\"part\":\"microphone\",\"text\":\"still none\"" },
        { -EIO, NULL, "\"ok\":false", "reading or writing failed" },
        { 0, "works again", "\"ok\":true", "\"faults\":[]" },
        { 0, NULL, "\"ok\":true,\"text\":\"\"", "\"faults\":[]" },
    };

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct msg *m = msg_new(MSG_FAULT, 0);

        m->part = "microphone";
        m->code = steps[i].code;
        m->text = str_dup(steps[i].text);
        deliver(rig, m);
        assert_non_null(strstr(str_text(&rig->events), steps[i].event));
        assert_hello_has(rig, steps[i].hello);
    }
}

static void test_devices(void **state)
{
    struct rig *rig = *state;
    AUTO_FREE char *devices = NULL;

    deliver(rig, with_json(MSG_DEVICES, 0,
                           "[{\"id\":\"a\",\"state\":{\"power\":\"off\"}},{\"id\":\"b\"}]"));
    assert_true(
        str_starts(str_text(&rig->events), "{\"type\":\"devices\",\"devices\":[{\"id\":\"a\""));
    deliver(rig, with_json(MSG_DEVICE, 0, "{\"id\":\"a\",\"state\":{\"power\":\"on\"}}"));
    assert_string_equal(
        str_text(&rig->events),
        "{\"type\":\"device\",\"device\":{\"id\":\"a\",\"state\":{\"power\":\"on\"}}}\n");
    deliver(rig, with_json(MSG_DEVICE, 0, "{\"id\":\"b\",\"state\":{\"power\":\"on\"}}"));
    deliver(rig, with_json(MSG_DEVICE, 0, "{\"id\":\"nobody\",\"state\":{\"power\":\"on\"}}"));
    deliver(rig, with_json(MSG_DEVICE, 0, "{\"state\":{}}"));
    assert_int_equal(rig->events.len, 0); /* a device without a name is none */
    devices = model_devices(rig->model);
    assert_string_equal(devices, "{\"devices\":[{\"id\":\"a\",\"state\":{\"power\":\"on\"}},"
                                 "{\"id\":\"b\",\"state\":{\"power\":\"on\"}}],\"total\":2}");
}

static void test_session_looks_like_in_the_store(void **state)
{
    struct rig *rig = *state;

    deliver(rig,
            with_json(MSG_SESSION, 1795541745777000,
                      "{\"id\":12,\"at\":5,\"heard\":\"x\",\"outcome\":\"done\",\"timeline\":[],"
                      "\"sent\":[1],\"secret\":1}"));
    assert_string_equal(
        str_text(&rig->events),
        "{\"type\":\"session\",\"session\":{\"id\":1795541745777000,\"at\":5,\"source\":null,"
        "\"heard\":\"x\",\"intent\":null,\"reply\":null,\"outcome\":\"done\","
        "\"detail\":{\"sent\":[1],\"timeline\":[]}}}\n");
}

static void test_answer_to_a_socket(void **state)
{
    struct rig *rig = *state;
    struct msg *m = msg_new(MSG_ANSWER, 3);

    m->origin = (struct origin){ ORIGIN_WEBSOCKET, 4, 5, 0 };
    m->text = str_dup("hello");
    deliver(rig, m);
    assert_string_equal(str_text(&rig->direct),
                        "4: {\"id\":3,\"session\":3,\"reply\":\"hello\",\"outcome\":\"done\","
                        "\"type\":\"answer\",\"ref\":5}\n");
    /* one of the control socket's, or of a request that has gone: nobody's here */
    m = msg_new(MSG_ANSWER, 3);
    m->origin = (struct origin){ .kind = ORIGIN_CONTROL, .client = 1 };
    deliver(rig, m);
    assert_int_equal(rig->direct.len, 0);
}

static void test_status_at_most_once_a_second(void **state)
{
    struct rig *rig = *state;
    AUTO_FREE char *first = model_status(rig->model, true);
    AUTO_FREE char *second = NULL, *third = NULL;

    assert_null(first);
    model_start(rig->model);
    assert_int_equal(rig->statuses, 1);
    second = model_status(rig->model, false);
    assert_non_null(second);
    for (int i = 0; i < 5; i++) {
        model_ask_status(rig->model);
        loop_step(rig->loop, 0);
    }
    assert_int_equal(rig->statuses, 1);
    clock_advance_usec(&rig->clock, 1000001);
    third = model_status(rig->model, false);
    assert_null(third);
    model_ask_status(rig->model);
    loop_step(rig->loop, 0);
    assert_int_equal(rig->statuses, 2);
    assert_hello_has(rig, "\"state\":\"speaking\",\"muted\":true,\"about\":{\"name\":null,"
                          "\"version\":\"9\"");
}

#define MODEL_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(test_state),
        MODEL_TEST(test_level_is_brief),
        MODEL_TEST(test_nobody_looks_on),
        MODEL_TEST(test_fault_comes_and_goes),
        MODEL_TEST(test_devices),
        MODEL_TEST(test_session_looks_like_in_the_store),
        MODEL_TEST(test_answer_to_a_socket),
        MODEL_TEST(test_status_at_most_once_a_second),
    };

    return cmocka_run_group_tests_name("web/model", tests, NULL, NULL);
}
