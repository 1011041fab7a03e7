/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/home_test.c - the home part as the bus sees it: dry, and with a real broker. */
#include "lib/hurt.h"
#include "home/act.h"
#include "home/home.h"

#include "base/str.h"
#include "broker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { WAIT_MS = 15000 };

static const char house[] =
    "devices:\n"
    "  - {name: Kitchen light, aliases: [ceiling lamp], area: Kitchen, kind: light, via: home, topic: kitchen}\n"
    "  - {name: Fan, area: Bedroom, kind: switch, command_topic: fan/set, state_topic: fan}\n"
    "  - {name: Outdoor temperature, area: Garden, kind: sensor, state_topic: weather, unit: C}\n";

struct rig {
    struct clock clock;
    struct settings settings;
    struct paths paths;
    struct loop *loop;
    struct bus *bus;
    struct home *home;
    struct msg *last[MSG_N]; /* newest of each type; owned */
    int count[MSG_N];
    struct str faults; /* "part code text\n" */
};

static void on_any(const struct msg *m, void *user)
{
    struct rig *r = user;
    struct msg *copy = msg_new(m->type, m->session);

    assert_non_null(copy);
    copy->code = m->code;
    copy->text = str_dup(m->text);
    copy->json = m->json ? cJSON_Duplicate(m->json, true) : NULL;
    msg_free(r->last[m->type]);
    r->last[m->type] = copy;
    r->count[m->type]++;
    if (m->type == MSG_FAULT)
        str_addf(&r->faults, "%s %d %s\n", m->part, m->code, m->text ? m->text : "");
}

static void write_house(const struct rig *r, const char *text)
{
    char path[PATHS_BYTES + 32];
    FILE *f;

    snprintf(path, sizeof(path), "%s/devices.yaml", r->paths.etc);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void remove_house(const struct rig *r)
{
    char path[PATHS_BYTES + 32];

    snprintf(path, sizeof(path), "%s/devices.yaml", r->paths.etc);
    unlink(path);
}

static void rig_init(struct rig *r, int port)
{
    struct home_deps d;
    struct err e = ERR_INIT;

    memset(r, 0, sizeof(*r));
    clock_init_real(&r->clock);
    str_copy(r->paths.etc, sizeof(r->paths.etc), "/tmp/jarvis-home-XXXXXX");
    assert_non_null(mkdtemp(r->paths.etc));
    r->settings.mqtt_enabled = port != 0;
    r->settings.mqtt_port = port;
    str_copy(r->settings.mqtt_host, sizeof(r->settings.mqtt_host), "127.0.0.1");
    str_copy(r->settings.mqtt_client_id, sizeof(r->settings.mqtt_client_id), "box");
    assert_int_equal(loop_new(&r->loop, &r->clock, &e), 0);
    assert_int_equal(bus_new(&r->bus, r->loop, &e), 0);
    d = (struct home_deps){ r->loop, r->bus, &r->settings, &r->paths };
    assert_int_equal(home_new(&r->home, &d, &e), 0);
    for (int t = 0; t < MSG_N; t++)
        if (t != MSG_ACT)
            assert_int_equal(bus_on(r->bus, (enum msg_type)t, on_any, r, &e), 0);
    write_house(r, house);
}

static void rig_done(struct rig *r)
{
    home_free(r->home);
    bus_free(r->bus);
    loop_free(r->loop);
    for (int t = 0; t < MSG_N; t++)
        msg_free(r->last[t]);
    str_done(&r->faults);
    remove_house(r);
    rmdir(r->paths.etc);
}

static void rig_start(struct rig *r, const char *kept)
{
    AUTO_JSON *j = NULL;
    struct err e = ERR_INIT;

    if (kept)
        assert_int_equal(json_parse(&j, kept, strlen(kept), &e), 0);
    if (home_start(r->home, j, &e) < 0)
        fail_msg("%s", err_text(&e));
    bus_drain(r->bus);
}

#define UNTIL(r, cond)                                                            \
    do {                                                                          \
        int64_t until_ = clock_mono_ms(&(r)->clock) + WAIT_MS;                    \
        while (!(cond)) {                                                         \
            loop_step((r)->loop, 10);                                             \
            if (clock_mono_ms(&(r)->clock) > until_)                              \
                fail_msg("never: %s; faults: %s", #cond, str_text(&(r)->faults)); \
        }                                                                         \
    } while (0)

/* Posts MSG_ACT. */
static void ask(struct rig *r, uint64_t session, const char *json)
{
    struct msg *m = msg_new(MSG_ACT, session);

    assert_non_null(m);
    assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    bus_post(r->bus, m);
    while (bus_drain(r->bus) > 0) /* and what it causes */
        ;
}

/* Posts MSG_ACT and waits for MSG_ACTED. */
static const struct msg *act(struct rig *r, const char *json)
{
    const int before = r->count[MSG_ACTED];

    ask(r, 7, json);
    UNTIL(r, r->count[MSG_ACTED] > before);
    assert_int_equal(r->last[MSG_ACTED]->session, 7);
    return r->last[MSG_ACTED];
}

#define ON        "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"value\":\"kitchen_light\"}}}"
#define OFF       "{\"intent\":\"HassTurnOff\",\"slots\":{\"name\":{\"value\":\"kitchen_light\"}}}"
#define STATE(id) "{\"intent\":\"HassGetState\",\"slots\":{\"name\":{\"value\":\"" id "\"}}}"

/* json with its "published_usec" taken out, as text. */
static void expect_json(const struct msg *m, const char *want)
{
    AUTO_JSON *j = cJSON_Duplicate(m->json, true);
    AUTO_FREE char *text = NULL;

    cJSON_DeleteItemFromObject(j, "published_usec");
    cJSON_DeleteItemFromObject(j, "publishes");
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(j, "state"), "at");
    text = json_text(j);
    assert_string_equal(text, want);
}

/* ---- without a broker ------------------------------------------------------------------- */

static void dry_run(void **state)
{
    static const struct {
        const char *request;
        int want;
        const char *json; /* or the words */
    } cases[] = {
        { ON, 0,
          "{\"devices\":[{\"id\":\"kitchen_light\",\"name\":\"Kitchen light\",\"area\":\"Kitchen\","
          "\"kind\":\"light\",\"state\":{},\"did\":{\"on\":true}}],\"missed\":[],\"sent\":"
          "[\"home/light/kitchen "
          "{\\\"power\\\":\\\"on\\\"} (not sent)\"]}" },
        { STATE("fan"), 0,
          "{\"devices\":[{\"id\":\"fan\",\"name\":\"Fan\",\"area\":\"Bedroom\",\"kind\":\"switch\","
          "\"state\":{\"state\":\"on\",\"stale\":true,\"summary\":\"on\"}}],\"missed\":[],\"sent\":[]}" },
        { STATE("piano"), -ENOENT, "there is no device called piano" },
        { "{\"intent\":\"HassBake\"}", -EBADMSG, "HassBake" },
        { "[]", -EBADMSG, "does not know" },
    };
    struct rig r;

    (void)state;
    rig_init(&r, 0);
    rig_start(&r, "{\"fan\":{\"state\":\"on\"},\"gone\":{\"state\":\"on\"},\"kitchen_light\":5}");
    assert_int_equal(r.count[MSG_FAULT], 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        const struct msg *m = act(&r, cases[i].request);

        assert_int_equal(m->code, cases[i].want);
        if (m->code == 0)
            expect_json(m, cases[i].json);
        else
            assert_non_null(strstr(m->text, cases[i].json));
    }
    rig_done(&r);
}

static void tells_devices(void **state)
{
    struct rig r;
    AUTO_FREE char *text = NULL;

    (void)state;
    rig_init(&r, 0);
    rig_start(&r, NULL);
    assert_int_equal(r.count[MSG_DEVICES], 1);
    text = json_text(r.last[MSG_DEVICES]->json);
    assert_true(str_starts(
        text, "[{\"id\":\"kitchen_light\",\"name\":\"Kitchen light\",\"area\":\"Kitchen\","
              "\"kind\":\"light\",\"state\":{},\"aliases\":[\"ceiling lamp\"],"
              "\"can\":[\"on\",\"off\",\"brightness\"]},"));
    assert_int_equal(cJSON_GetArraySize(r.last[MSG_DEVICES]->json), 3);
    rig_done(&r);
}

/* A faulty file: told with its line; what can be loaded is; what was there stays. */
static void reloads(void **state)
{
    struct rig r;
    struct err e = ERR_INIT;

    (void)state;
    rig_init(&r, 0);
    rig_start(&r, "{\"fan\":{\"state\":\"off\"}}");

    write_house(&r, "devices:\n  - {name: Fan, kind: switch, command_topic: new/set}\n"
                    "  - {name: Lamp, kind: light, comand_topic: x}\n  - {name: X}\n");
    assert_int_equal(home_reload(r.home, &e), -EINVAL);
    assert_non_null(strstr(err_text(&e), "devices loaded: 1, faults: 2"));
    assert_non_null(strstr(err_text(&e), "line 3"));
    bus_drain(r.bus);
    assert_int_equal(cJSON_GetArraySize(r.last[MSG_DEVICES]->json), 1);
    assert_non_null(strstr(str_text(&r.faults), "devices -22 "));
    assert_non_null(strstr(str_text(&r.faults), "did you mean command_topic?"));
    assert_string_equal(
        json_str(
            cJSON_GetObjectItem(cJSON_GetArrayItem(act(&r, STATE("fan"))->json->child, 0), "state"),
            "state", "?"),
        "off"); /* carried over */

    write_house(&r, "devices: [\n");
    assert_int_equal(home_reload(r.home, &e), -EINVAL);
    assert_non_null(strstr(err_text(&e), "devices.yaml line"));
    assert_int_equal(act(&r, STATE("fan"))->code, 0);

    write_house(&r, house);
    assert_int_equal(home_reload(r.home, &e), 0);
    bus_drain(r.bus);
    assert_int_equal(cJSON_GetArraySize(r.last[MSG_DEVICES]->json), 3);
    assert_non_null(strstr(str_text(&r.faults), "devices 0 devices.yaml is well again: 3 devices"));
    rig_done(&r);
}

static void no_file(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, 0);
    remove_house(&r);
    rig_start(&r, NULL);
    assert_non_null(strstr(str_text(&r.faults), "devices.yaml is missing"));
    assert_int_equal(cJSON_GetArraySize(r.last[MSG_DEVICES]->json), 0);
    assert_int_equal(act(&r, ON)->code, -ENOENT);
    rig_done(&r);
}

static void broker_away(void **state)
{
    struct rig r;
    int port;
    AUTO_JSON *status = NULL;

    (void)state;
    close(loopback_socket(&port, -1));
    rig_init(&r, port);
    rig_start(&r, NULL);
    UNTIL(&r, strstr(str_text(&r.faults), "mqtt -111 home broker 127.0.0.1:"));
    assert_int_equal(act(&r, ON)->code, -ENOTCONN);
    assert_string_equal(r.last[MSG_ACTED]->text, "the home broker cannot be reached");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(r.last[MSG_ACTED]->json, "sent")), 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(r.last[MSG_ACTED]->json, "missed")), 1);
    assert_int_equal(act(&r, STATE("fan"))->code, 0); /* a question needs no broker */
    status = home_status(r.home);
    assert_false(json_bool(status, "connected", true));
    assert_int_equal(json_num(status, "devices", 0), 3);
    rig_done(&r);
}

static void bad_client_id(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, 1);
    str_copy(r.settings.mqtt_client_id, sizeof(r.settings.mqtt_client_id), "a/b");
    rig_start(&r, NULL);
    assert_non_null(strstr(str_text(&r.faults), "mqtt -22 mqtt.client_id"));
    assert_int_equal(act(&r, ON)->code, -ENOTCONN);
    rig_done(&r);
}

/* A box's own name at the broker: the same at every start, another beside another folder. The setting
 * stays empty, which says that the name may get another end when a copied card has it too. */
static void client_ids_differ(void **state)
{
    char ids[3][64];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        AUTO_JSON *status = NULL;
        struct rig r;

        rig_init(&r, 1);
        assert_int_equal(settings_load(&r.settings, &r.paths, NULL, NULL, NULL), 0);
        assert_string_equal(r.settings.mqtt_client_id, "");
        r.settings.mqtt_enabled = true;
        r.settings.mqtt_port = 1;
        if (i < 2) { /* two starts of one box */
            remove_house(&r);
            rmdir(r.paths.etc);
            str_copy(r.paths.etc, sizeof(r.paths.etc), "/tmp/jarvis-home-own");
            assert_int_equal(mkdir(r.paths.etc, 0700), 0);
            write_house(&r, house);
        }
        rig_start(&r, NULL);
        status = home_status(r.home);
        str_copy(ids[i], sizeof(ids[i]), json_str(status, "client_id", ""));
        assert_true(str_starts(ids[i], "jarvis-") && strlen(ids[i]) == 15);
        rig_done(&r);
    }
    assert_string_equal(ids[0], ids[1]);
    assert_string_not_equal(ids[0], ids[2]);
}

/* ---- with a broker ---------------------------------------------------------------------- */

static void rig_with_broker(struct rig *r, struct broker *b)
{
    if (!broker_is_there()) {
        print_message("skip: mosquitto is not installed\n");
        skip();
    }
    broker_init(b);
    assert_true(broker_start(b, "allow_anonymous true"));
    rig_init(r, b->port);
}

static void with_broker(void **state)
{
    struct broker b;
    struct rig r;
    AUTO_JSON *status = NULL;
    const struct msg *m;

    (void)state;
    rig_with_broker(&r, &b);
    broker_witness(&b, "home/#");
    UNTIL(&r, (broker_say(&b, "witness", "ready", false), strstr(broker_heard(&b), "ready")));
    broker_say(&b, "fan", "ON", true);
    rig_start(&r, "{\"fan\":{\"state\":\"off\"}}");

    /* the retained state corrects the kept one */
    UNTIL(&r, r.count[MSG_DEVICE] == 1);
    expect_json(r.last[MSG_DEVICE],
                "{\"id\":\"fan\",\"name\":\"Fan\",\"area\":\"Bedroom\",\"kind\":\"switch\","
                "\"state\":{\"state\":\"on\",\"summary\":\"on\"}}");

    /* confirmed by the broker, and heard by somebody else; on the shared topic it is no report of the lamp */
    m = act(&r, ON);
    assert_int_equal(m->code, 0);
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(m->json, "sent"), 0)),
        "home/light/kitchen {\"power\":\"on\"}");
    assert_true(json_num(m->json, "published_usec", 0) > 0);
    assert_true(
        json_bool(cJSON_GetArrayItem(cJSON_GetObjectItem(m->json, "publishes"), 0), "sent", false));
    UNTIL(&r, strstr(broker_heard(&b), "home/light/kitchen {\"power\":\"on\"} 0\n"));
    assert_int_equal(r.count[MSG_DEVICE], 1);
    broker_say(&b, "home/light/kitchen", "{\"power\":\"on\",\"brightness\":51}", false);
    UNTIL(&r, r.count[MSG_DEVICE] == 2);
    expect_json(r.last[MSG_DEVICE],
                "{\"id\":\"kitchen_light\",\"name\":\"Kitchen light\",\"area\":\"Kitchen\",\"kind\":\"light\","
                "\"state\":{\"state\":\"on\",\"brightness\":20,\"summary\":\"on, 20 %\"}}");

    /* nonsense is counted and changes nothing */
    broker_say(&b, "fan", "sideways", false);
    broker_say(&b, "weather", "21.5", false);
    UNTIL(&r, r.count[MSG_DEVICE] == 3);
    status = home_status(r.home);
    assert_int_equal(json_num(status, "rejected", 0), 1);
    assert_string_equal(json_str(status, "last_rejected", "?"),
                        "fan: state: 'sideways' is neither on nor off");
    assert_true(json_bool(status, "connected", false));

    /* frozen: too late; killed while a command waits: away */
    hurt(b.pid, SIGSTOP);
    assert_int_equal(act(&r, OFF)->code, -ETIMEDOUT);
    assert_non_null(strstr(r.last[MSG_ACTED]->text, "did not confirm"));
    ask(&r, 8, OFF);
    broker_end(&b.pid, SIGKILL);
    UNTIL(&r, r.last[MSG_ACTED]->session == 8);
    assert_int_equal(r.last[MSG_ACTED]->code, -ENOTCONN);
    assert_int_equal(act(&r, OFF)->code, -ENOTCONN);
    rig_done(&r);
    broker_done(&b);
}

/* More commands than may be under way: the first wait, the rest are told so. */
static void too_many(void **state)
{
    struct broker b;
    struct rig r;

    (void)state;
    rig_with_broker(&r, &b);
    rig_start(&r, NULL);
    UNTIL(&r, strstr(str_text(&r.faults), "mqtt 0 connected"));
    hurt(b.pid, SIGSTOP);
    for (uint64_t i = 0; i < ACT_PENDING_MAX; i++)
        ask(&r, 1000 + i, ON);
    assert_int_equal(r.count[MSG_ACTED], 0);
    ask(&r, 2000, ON);
    assert_int_equal(r.last[MSG_ACTED]->session, 2000);
    assert_int_equal(r.last[MSG_ACTED]->code, -EBUSY);
    hurt(b.pid, SIGCONT);
    UNTIL(&r, r.count[MSG_ACTED] == ACT_PENDING_MAX + 1);
    assert_int_equal(act(&r, ON)->code, 0);
    ask(&r, 3000, ON); /* freed while one waits */
    rig_done(&r);
    broker_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dry_run),     cmocka_unit_test(tells_devices),
        cmocka_unit_test(reloads),     cmocka_unit_test(no_file),
        cmocka_unit_test(broker_away), cmocka_unit_test(bad_client_id),
        cmocka_unit_test(client_ids_differ),
        cmocka_unit_test(with_broker), cmocka_unit_test(too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
