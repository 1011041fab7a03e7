/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/home/home_test.c - every allocation of home/ fails once, and from then on. */
#include "home/plan.h"
#include "home/home.h"
#include "home/mqtt_payload.h"

#include "base/file.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault/fault.h"

#define CELLAR                                                      \
    "  - {name: One, area: Cellar, kind: switch, via: virtual}\n"    \
    "  - {name: Two, area: Cellar, kind: switch, via: virtual}\n"    \
    "  - {name: Three, area: Cellar, kind: switch, via: virtual}\n"

static const char house[] =
    "areas: [{name: Cellar, aliases: [Keller, cave]}, {name: Attic}]\n"
    "devices:\n"
    "  - {name: Kitchen light, aliases: [lamp, ceiling], area: Kitchen, kind: light, via: home, "
    "topic: kitchen, color: true}\n"
    "  - {name: Blinds, kind: cover, command_topic: b, position_topic: p}\n"
    "  - {name: Fault, kind: light, comand_topic: x}\n"
    "  - {name: Fan, area: Kitchen, kind: switch, via: tasmota, topic: fan}\n"
    CELLAR;

static struct yaml *tree;
static struct devices *devices;
static struct device_state states[7];

/* 0, -ENOMEM with nothing given, or a fault of the test. */
static int read_house(void)
{
    AUTO(devices_freep) struct devices *d = NULL;
    int r = devices_read(&d, tree, "d.yaml", NULL, NULL);

    assert_true(r == 0 ? d && d->n == 6 : !d);
    return r;
}

static int read_payload(void)
{
    static const char text[] = "{\"power\":\"on\",\"brightness\":100,\"color\":\"#010203\"}";
    const struct mqtt_device *m = mqtt_device_of(&devices->list[0]);
    const struct payload_form f = { &devices->list[0],
                                    3,
                                    { &m->reports[0], &m->reports[1], &m->reports[2] } };
    struct device_state s = { .known = 0 };
    const struct device_state before = s;
    int r = payload_parse(&s, &f, text, sizeof(text) - 1, NULL);
    AUTO_JSON *j = NULL;

    assert_true(r == 0 || state_is_same(&s, &before));
    if (r < 0)
        return r;
    j = state_json(&s, f.device);
    return j ? 0 : -ENOMEM;
}

static int plan(void)
{
    AUTO_JSON *slots = cJSON_CreateObject(), *request = cJSON_CreateObject();
    AUTO(plan_done) struct plan a = { .steps = NULL };
    int r;

    if (!slots || !request || !cJSON_AddNumberToObject(slots, "brightness", 50) ||
        !cJSON_AddStringToObject(slots, "name", "all") ||
        !cJSON_AddStringToObject(slots, "color", "red") ||
        !cJSON_AddStringToObject(request, "intent", "HassLightSet") ||
        !cJSON_AddItemToObject(request, "slots", slots))
        return -ENOMEM;
    slots = NULL;
    r = plan_make(&a, devices, states, request, false, NULL);
    assert_true(r == 0 ? a.steps_n == 2 : !a.steps);
    return r;
}

static void on_acted(const struct msg *m, void *user)
{
    int *done = user;

    if (m->code == 0)
        *done = cJSON_GetArraySize(cJSON_GetObjectItem(m->json, "devices"));
}

/* Three switches of a home: none is told to be off that was not reached. */
static int all_off(struct bus *bus, struct home *home)
{
    static const char all[] =
        "{\"intent\":\"HassTurnOff\",\"slots\":{\"area\":\"Cellar\",\"domain\":\"switch\"}}";
    AUTO(msg_freep) struct msg *m = msg_new(MSG_ACT, 1);
    AUTO_JSON *status = NULL;
    int done = 0, r = bus_on(bus, MSG_ACTED, on_acted, &done, NULL);

    if (r < 0 || !m || json_parse(&m->json, all, sizeof(all) - 1, NULL) < 0)
        return -ENOMEM;
    bus_post(bus, STEAL(m));
    while (bus_drain(bus) > 0)
        ;
    bus_off(bus, &done);
    status = home_status(home);
    if (!status)
        return -ENOMEM;
    assert_true(done <= json_int(status, "virtual_sent", 0, 3, -1));
    return done == 3 ? 0 : -ENOMEM;
}

/* A dry home from start to the answer: the answer may be lost, but then the bus counts it. */
static int whole_home(void)
{
    struct clock clock;
    struct settings settings = { .mqtt_enabled = false };
    struct paths paths = { .etc = "" };
    AUTO(loop_freep) struct loop *loop = NULL;
    AUTO(bus_freep) struct bus *bus = NULL;
    AUTO(home_freep) struct home *home = NULL;
    AUTO(msg_freep) struct msg *m = NULL;
    AUTO_JSON *status = NULL;
    struct home_deps d;
    int r;

    clock_init_virtual(&clock, 0);
    str_copy(paths.etc, sizeof(paths.etc), getenv("FAULT_HOME"));
    r = loop_new(&loop, &clock, NULL);
    if (r >= 0)
        r = bus_new(&bus, loop, NULL);
    if (r < 0)
        return r;
    d = (struct home_deps){ loop, bus, &settings, &paths };
    r = home_new(&home, &d, NULL);
    if (r >= 0)
        r = home_start(home, NULL, NULL);
    if (r < 0)
        return r;
    m = msg_new(MSG_ACT, 1);
    if (!m)
        return -ENOMEM;
    m->json = cJSON_CreateObject();
    if (!cJSON_AddStringToObject(m->json, "intent", "HassTurnOn"))
        return -ENOMEM;
    bus_post(bus, STEAL(m));
    while (bus_drain(bus) > 0)
        ;
    r = all_off(bus, home);
    if (r < 0)
        return r;
    status = home_status(home);
    return status ? home_reload(home, NULL) == -ENOMEM ? -ENOMEM : 0 : -ENOMEM;
}

FAULT_TEST(reading, read_house())
FAULT_TEST(payloads, read_payload())
FAULT_TEST(plans, plan())

static void homes(void **state)
{
    char dir[] = "/tmp/jarvis-fault-XXXXXX", path[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/devices.yaml", dir);
    assert_int_equal(file_write(path, house, sizeof(house) - 1, 0600, NULL), 0);
    setenv("FAULT_HOME", dir, 1);
    FAULT_LOOP(whole_home());
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading),
        cmocka_unit_test(payloads),
        cmocka_unit_test(plans),
        cmocka_unit_test(homes),
    };
    int r;

    if (yaml_parse(&tree, "d.yaml", house, sizeof(house) - 1, NULL) < 0 ||
        devices_read(&devices, tree, "d.yaml", NULL, NULL) < 0)
        return 1;
    r = cmocka_run_group_tests(tests, NULL, NULL);
    devices_free(devices);
    yaml_free(tree);
    return r;
}
