/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/registry_test.c - which devices there are, what is known of each, and how often that is
 * told; with a link of the test's own time. */
#include "home/registry.h"

#include "base/file.h"
#include "home/link.h"
#include "lib/dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define ROW(id, kind) "  - {name: " id ", id: " id ", kind: " kind ", via: virtual}\n"

struct rig {
    char dir[64];
    struct clock clock;
    struct paths paths;
    struct loop *loop;
    struct bus *bus;
    struct registry *registry;
    struct str told;  /* "lamp " for each MSG_DEVICE, "[lamp fan] " for each MSG_DEVICES */
    struct str words; /* of MSG_FAULT, each with a LF */
};

static void on_told(const struct msg *m, void *user)
{
    struct rig *r = user;
    const cJSON *d;

    if (m->type == MSG_DEVICE) {
        str_addf(&r->told, "%s ", json_str(m->json, "id", "?"));
    } else if (m->type == MSG_DEVICES) {
        str_add_char(&r->told, '[');
        cJSON_ArrayForEach(d, m->json)
            str_addf(&r->told, "%s%s", d == m->json->child ? "" : " ", json_str(d, "id", "?"));
        str_add(&r->told, "] ");
    } else if (m->type == MSG_FAULT) {
        str_addf(&r->words, "%d %s\n", m->code, m->text);
    }
}

static void write_house(const struct rig *r, const char *rows)
{
    AUTO_STR text = STR_INIT;
    char path[PATHS_BYTES + 32];

    str_addf(&text, "devices:\n%s", rows);
    snprintf(path, sizeof(path), "%s/devices.yaml", r->dir);
    assert_int_equal(file_write(path, str_text(&text), text.len, 0600, NULL), 0);
}

static void settle(struct rig *r)
{
    while (bus_drain(r->bus) > 0 || loop_step(r->loop, 0))
        ;
}

static void pass_ms(struct rig *r, int ms)
{
    for (; ms > 0; ms--) {
        clock_advance_usec(&r->clock, 1000);
        settle(r);
    }
}

static void assert_told(struct rig *r, const char *want)
{
    settle(r);
    assert_string_equal(str_text(&r->told), want);
    str_clear(&r->told);
}

static void load(struct rig *r, const char *rows, const char *kept)
{
    AUTO_JSON *json = NULL;
    struct err e = ERR_INIT;

    write_house(r, rows);
    if (kept)
        assert_int_equal(json_parse(&json, kept, strlen(kept), NULL), 0);
    if (registry_load(r->registry, json, &e) < 0)
        fail_msg("%s", err_text(&e));
}

static const struct device *device(const struct rig *r, const char *id)
{
    const struct device *d = devices_by_id(registry_devices(r->registry), id);

    assert_non_null(d);
    return d;
}

/* The device told that it is on or off. */
static void tells(struct rig *r, const char *id, bool on)
{
    struct device_state s = *registry_state(r->registry, device(r, id));

    s.known |= 1u << PROP_POWER;
    s.on = on;
    s.stale = false;
    registry_report(r->registry, device(r, id), &s);
}

static int enter(void **state)
{
    static struct rig r;
    struct registry_deps d;

    memset(&r, 0, sizeof(r));
    if (dir_make(r.dir, "registry") < 0)
        return -1;
    str_copy(r.paths.etc, sizeof(r.paths.etc), r.dir);
    clock_init_virtual(&r.clock, 1700000000LL * 1000000);
    clock_advance_usec(&r.clock, 1000000);
    assert_int_equal(loop_new(&r.loop, &r.clock, NULL), 0);
    assert_int_equal(bus_new(&r.bus, r.loop, NULL), 0);
    assert_int_equal(bus_on(r.bus, MSG_N, on_told, &r, NULL), 0);
    d = (struct registry_deps){ .loop = r.loop, .bus = r.bus, .paths = &r.paths };
    assert_int_equal(registry_new(&r.registry, &d, NULL), 0);
    *state = &r;
    return 0;
}

static int leave(void **state)
{
    struct rig *r = *state;
    char path[PATHS_BYTES + 32];

    registry_free(r->registry);
    bus_free(r->bus);
    loop_free(r->loop);
    str_done(&r->told);
    str_done(&r->words);
    snprintf(path, sizeof(path), "%s/devices.yaml", r->dir);
    remove(path);
    return remove(r->dir);
}

static void nothing_yet(void **state)
{
    struct rig *r = *state;
    struct err e = ERR_INIT;
    const char *first;

    assert_int_equal(registry_devices(r->registry)->n, 0);
    registry_tell_all(r->registry);
    assert_told(r, "[] ");
    assert_true(registry_load(r->registry, NULL, &e) < 0); /* there is no file */
    assert_non_null(strstr(err_text(&e), "devices.yaml"));
    settle(r);
    assert_non_null(strstr(str_text(&r->words), "devices.yaml"));
    assert_int_equal(registry_complaints(r->registry, &first), 0);
    registry_age(r->registry, &link_virtual);
    assert_told(r, "");
}

/* The first word at once, what comes soon after it once and late, what is no news never. */
static void not_too_often(void **state)
{
    struct rig *r = *state;

    load(r, ROW("lamp", "light") ROW("fan", "switch"), NULL);
    tells(r, "lamp", true);
    assert_told(r, "lamp ");
    tells(r, "lamp", true);
    assert_told(r, "");
    tells(r, "lamp", false);
    tells(r, "lamp", true);
    tells(r, "lamp", false);
    assert_told(r, "");
    pass_ms(r, REGISTRY_TELL_MS - 1);
    assert_told(r, "");
    pass_ms(r, 2);
    assert_told(r, "lamp ");
    assert_false(registry_state(r->registry, device(r, "lamp"))->on);
    tells(r, "fan", true); /* another's word is not held up */
    assert_told(r, "fan ");
    pass_ms(r, 10 * REGISTRY_TELL_MS);
    assert_told(r, "");
    tells(r, "lamp", true); /* and after a while it is told at once again */
    assert_told(r, "lamp ");
}

/* Many at once are told in turns of the loop, each in the end, none for ever behind the first. */
static void many_at_once(void **state)
{
    enum { MANY = 3 * REGISTRY_TELL_AT_ONCE };
    struct rig *r = *state;
    AUTO_STR rows = STR_INIT;
    int told = 0;

    for (int i = 0; i < MANY; i++)
        str_addf(&rows, "  - {name: lamp %d, id: l%d, kind: light, via: virtual}\n", i, i);
    load(r, str_text(&rows), NULL);
    for (int on = 1; on >= 0; on--)
        for (int i = 0; i < MANY; i++) {
            char id[16];

            snprintf(id, sizeof(id), "l%d", i);
            tells(r, id, on);
        }
    settle(r);
    str_clear(&r->told); /* the first words */
    pass_ms(r, REGISTRY_TELL_MS);
    pass_ms(r, 50);
    for (int i = 0; i < MANY; i++) {
        char id[16];

        snprintf(id, sizeof(id), "l%d ", i);
        if (!strstr(str_text(&r->told), id))
            fail_msg("%s was never told", id);
    }
    for (const char *p = str_text(&r->told); *p; p++)
        told += *p == ' ';
    assert_int_equal(told, MANY); /* each once */
    str_clear(&r->told);
}

static void the_way_is_lost(void **state)
{
    struct rig *r = *state;

    load(r, ROW("lamp", "light") ROW("fan", "switch") ROW("quiet", "light"), NULL);
    tells(r, "lamp", true);
    tells(r, "fan", true);
    assert_told(r, "lamp fan ");
    registry_age(r->registry, &link_mqtt); /* not theirs */
    pass_ms(r, 2 * REGISTRY_TELL_MS);
    assert_told(r, "");
    registry_age(r->registry, &link_virtual);
    registry_age(r->registry, &link_virtual); /* once is enough */
    pass_ms(r, 2 * REGISTRY_TELL_MS);
    settle(r);
    assert_non_null(strstr(str_text(&r->told), "lamp "));
    assert_non_null(strstr(str_text(&r->told), "fan "));
    assert_null(strstr(str_text(&r->told), "quiet"));
    assert_int_equal(r->told.len, strlen("lamp fan "));
    str_clear(&r->told);
    assert_true(registry_state(r->registry, device(r, "lamp"))->stale);
    assert_true(registry_state(r->registry, device(r, "lamp"))->on); /* "was on when I last heard" */
    tells(r, "lamp", true);
    assert_told(r, "lamp "); /* the same, but it is known again */
}

/* What stays keeps its state; a device that has become another thing does not. */
static void read_again(void **state)
{
    struct rig *r = *state;

    load(r, ROW("lamp", "light") ROW("fan", "switch") ROW("old", "light"), NULL);
    tells(r, "lamp", true);
    tells(r, "fan", true);
    tells(r, "old", true);
    load(r, ROW("new", "light") ROW("fan", "light") ROW("lamp", "light"), NULL);
    assert_int_equal(registry_devices(r->registry)->n, 3);
    assert_true(registry_state(r->registry, device(r, "lamp"))->on);
    assert_int_equal(registry_state(r->registry, device(r, "fan"))->known, 0);
    assert_int_equal(registry_state(r->registry, device(r, "new"))->known, 0);
    assert_null(devices_by_id(registry_devices(r->registry), "old"));
    settle(r);
    str_clear(&r->told);
    registry_tell_all(r->registry);
    assert_told(r, "[new fan lamp] ");
}

/* What an earlier run knew is old; what does not fit is not known. */
static void kept_from_before(void **state)
{
    struct rig *r = *state;
    const struct device_state *lamp;

    load(r, ROW("lamp", "light") ROW("fan", "switch") ROW("bad", "light"),
         "{\"lamp\":{\"state\":\"on\",\"brightness\":40,\"at\":1690000000000},\"fan\":\"on\",\"bad\":{\"state\":7},"
         "\"gone\":{\"state\":\"on\"}}");
    lamp = registry_state(r->registry, device(r, "lamp"));
    assert_true(lamp->stale && lamp->on && lamp->brightness_percent == 40);
    assert_int_equal(lamp->at_ms, 1690000000000);
    assert_int_equal(registry_state(r->registry, device(r, "fan"))->known, 0);
    assert_int_equal(registry_state(r->registry, device(r, "bad"))->known, 0);
}

static void complaints(void **state)
{
    struct rig *r = *state;
    const char *first;
    AUTO_JSON *status = cJSON_CreateObject();
    AUTO_FREE char *text = NULL;

    load(r, ROW("lamp", "light") "  - {name: bad, kind: spaceship, via: virtual}\n"
            "  - {name: Garage door, kind: cover, via: virtual}\n", NULL);
    settle(r);
    assert_int_equal(registry_complaints(r->registry, &first), 1);
    assert_non_null(strstr(first, "spaceship"));
    assert_non_null(strstr(str_text(&r->words), "spaceship"));
    assert_true(registry_status(r->registry, status)); /* whose class is a guess */
    text = json_text(status);
    assert_string_equal(text, "{\"guessed\":[{\"id\":\"garage_door\",\"class\":\"garage\",\"class_guessed\":true}]}");

    /* a file without a single device that is well costs nobody theirs */
    write_house(r, "  - {name: bad, kind: spaceship, via: virtual}\n");
    assert_true(registry_load(r->registry, NULL, NULL) < 0);
    assert_int_equal(registry_devices(r->registry)->n, 2);
    str_clear(&r->words);
    load(r, ROW("lamp", "light"), NULL);
    settle(r);
    assert_non_null(strstr(str_text(&r->words), "0 devices.yaml is well again: 1 devices"));
    str_clear(&r->words);
    load(r, ROW("lamp", "light"), NULL);
    settle(r);
    assert_string_equal(str_text(&r->words), ""); /* it was well before */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_yet, enter, leave),
        cmocka_unit_test_setup_teardown(not_too_often, enter, leave),
        cmocka_unit_test_setup_teardown(many_at_once, enter, leave),
        cmocka_unit_test_setup_teardown(the_way_is_lost, enter, leave),
        cmocka_unit_test_setup_teardown(read_again, enter, leave),
        cmocka_unit_test_setup_teardown(kept_from_before, enter, leave),
        cmocka_unit_test_setup_teardown(complaints, enter, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
