/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/web/web_test.c - the n-th allocation fails: the parsers, the snapshot, the pages and
 * the parts of the server say so and leak nothing. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "fault/fault.h"

#include "base/str.h"
#include "web/message.h"
#include "web/model.h"
#include "web/route.h"
#include "web/socket.h"

#include <string.h>

static int parse_one(int (*parse)(struct message *ret, const void *bytes, size_t len,
                                  struct err *e),
                     const char *text)
{
    struct message m = { 0 };
    int r = parse(&m, text, strlen(text), NULL);

    message_done(&m);
    /* the JSON reader cannot tell lack of memory from a fault in the text */
    return r == -EINVAL && fault_hit() ? -ENOMEM : r;
}

static int make_openapi(void)
{
    AUTO_JSON *j = describe_openapi();

    return j ? 0 : -ENOMEM;
}

static int make_markdown(void)
{
    AUTO_STR page = STR_INIT;

    describe_markdown(&page);
    return page.failed ? -ENOMEM : 0;
}

struct rig {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct health *health;
    unsigned events;
};

static void on_event(const char *text, bool brief, void *user)
{
    struct rig *rig = user;

    (void)brief;
    assert_non_null(text);
    rig->events++;
}

static void on_direct(uint32_t socket, const char *text, void *user)
{
    (void)socket;
    on_event(text, false, user);
}

static bool has_audience(void *user)
{
    (void)user;
    return true;
}

static char *no_hello(void *user)
{
    (void)user;
    return NULL;
}

static void no_tick(void *user)
{
    (void)user;
}

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    clock_init_virtual(&rig.clock, 0);
    assert_int_equal(loop_new(&rig.loop, &rig.clock, NULL), 0);
    assert_int_equal(bus_new(&rig.bus, rig.loop, NULL), 0);
    assert_int_equal(health_new(&rig.health, rig.loop, rig.bus, NULL), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    health_free(rig.health);
    bus_free(rig.bus);
    loop_free(rig.loop);
    return 0;
}

static int make_sockets(void)
{
    const struct socket_deps d = { .bus = rig.bus,
                                   .clock = &rig.clock,
                                   .health = rig.health,
                                   .hello = no_hello,
                                   .tick = no_tick };
    struct socket_server *s = NULL;
    int r = socket_new(&s, &d, NULL);

    if (r >= 0) {
        socket_send_all(s, "nobody is there", false);
        socket_send_one(s, 1, "nobody is there");
    }
    socket_free(s);
    return r;
}

/* A message that memory does not suffice for is an event less, never a broken snapshot. */
static int keep_model(void)
{
    static const char devices[] = "[{\"id\":\"a\",\"state\":{\"power\":\"off\"}}]";
    static const char device[] = "{\"id\":\"a\",\"state\":{\"power\":\"on\"}}";
    struct web_deps d = { .loop = rig.loop, .bus = rig.bus, .health = rig.health };
    struct model_out out = {
        .event = on_event, .direct = on_direct, .has_audience = has_audience, .user = &rig
    };
    AUTO(pending_freep) struct pending *pending = NULL;
    AUTO(model_freep) struct model *model = NULL;
    AUTO_FREE char *hello = NULL, *list = NULL;
    static const enum msg_type types[] = { MSG_STATE,      MSG_LEVEL,   MSG_MUTE,
                                           MSG_TRANSCRIPT, MSG_FAULT,   MSG_DEVICES,
                                           MSG_DEVICE,     MSG_SESSION, MSG_ANSWER };
    int r = pending_new(&pending, NULL);

    if (r < 0)
        return r;
    out.pending = pending;
    r = model_new(&model, &d, &out, NULL);
    if (r < 0)
        return r;
    model_start(model);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct msg *m = msg_new(types[i], 1);
        const char *json = types[i] == MSG_DEVICES ? devices : device;

        if (!m)
            return -ENOMEM;
        m->text = str_dup("text");
        m->code = types[i] == MSG_FAULT ? -EIO : 0;
        if (types[i] == MSG_ANSWER)
            m->origin = (struct origin){ ORIGIN_WEBSOCKET, 1, 1, 0 };
        if (json_parse(&m->json, json, strlen(json), NULL) < 0) {
            msg_free(m);
            return -ENOMEM;
        }
        bus_post(rig.bus, m);
        bus_drain(rig.bus);
    }
    hello = model_hello(model);
    list = model_devices(model);
    return hello && list ? 0 : -ENOMEM;
}

static void test_parsers(void **state)
{
    (void)state;
    FAULT_LOOP(
        parse_one(chat_parse, "{\"message\":\" turn on the light \",\"speak\":true}"));
    FAULT_LOOP(parse_one(ws_parse, "{\"type\":\"text\",\"message\":\"x\",\"ref\":3}"));
}

static void test_pages(void **state)
{
    (void)state;
    FAULT_LOOP(make_openapi());
    FAULT_LOOP(make_markdown());
}

FAULT_TEST(test_sockets, make_sockets())

static void test_model(void **state)
{
    (void)state;
    FAULT_LOOP(keep_model());
    assert_true(rig.events > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parsers),
        cmocka_unit_test(test_pages),
        cmocka_unit_test_setup_teardown(test_sockets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_model, setup, teardown),
    };

    return cmocka_run_group_tests_name("web fault", tests, NULL, NULL);
}
