/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/areas_test.c - further names of rooms: what is read, what is refused with which words, and
 * what devices, actions and the careful guess make of them. */
#include "home/devices.h"
#include "home/targets.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define DEVICES                                                                      \
    "devices:\n"                                                                     \
    "  - {name: Lamp, area: Kitchen, kind: light, via: virtual}\n"                   \
    "  - {name: Spot, area: KITCHEN, kind: light, via: virtual}\n"                   \
    "  - {name: Shade, area: Unten, kind: cover, via: virtual}\n"                    \
    "  - {name: Fan, area: Hall, kind: switch, via: virtual}\n"

static void note(const char *text, void *user)
{
    str_addf(user, "%s\n", text);
}

static struct devices *house(struct str *told, const char *text)
{
    const struct devices_sink sink = { note, told };
    AUTO(yaml_freep) struct yaml *tree = NULL;
    struct devices *d = NULL;
    struct err e = ERR_INIT;

    if (yaml_parse(&tree, "d.yaml", text, strlen(text), &e) < 0 || devices_read(&d, tree, "d.yaml", &sink, &e) < 0)
        fail_msg("%s", err_text(&e));
    return d;
}

static void what_is_read(void **state)
{
    static const struct {
        const char *areas, *told; /* told: in the complaints; NULL: there is none */
        size_t n;
    } rows[] = {
        { "areas: []\n", NULL, 0 },
        { "areas:\n", NULL, 0 },
        { "areas: [{name: Kitchen, aliases: [K\u00fcche, cuisine]}]\n", NULL, 1 },
        { "areas: [{name: Kitchen, aliases: [Kitchen, cuisine, CUISINE]}]\n", NULL, 1 },
        { "areas: [{name: Kitchen, aliases: [K\u00fcche]}, {name: Unten, aliases: [K\u00fcche, down]}]\n",
          "line 1: aliases: 'K\u00fcche' also names the room of line 1; it is left out", 2 },
        { "areas: [{name: Kitchen, aliases: [a]}, {name: kitchen, aliases: [b]}]\n",
          "name: 'kitchen' also names the room of line 1; write all its aliases there", 1 },
        { "areas: [{name: Kitchen, aliases: [a]}, {name: A, aliases: [b]}]\n", "line 1: aliases: 'a' is the name of the room of line 1; it is left out", 2 },
        { "areas: [{name: Kitchen, aliases: [a]}, {name: A}]\n", "aliases: 'a' is the name of the room of line 1", 1 },
        { "areas: [{aliases: [a]}]\n", "name: is missing; give the room", 0 },
        { "areas: [{name: Kitchen}]\n", "aliases: must be a list of further names", 0 },
        { "areas: [{name: Kitchen, aliases: x}]\n", "aliases: must be a list of further names", 0 },
        { "areas: [{name: Kitchen, aliases: [[x]]}]\n", "aliases: each must be one text", 1 },
        { "areas: [{name: Kitchen, aliases: ['']}]\n", "aliases: is empty", 1 },
        { "areas: [{name: Kitchen, alias: [x]}]\n", "alias: a room has no such key", 0 },
        { "areas: [{name: Kitchen, aliases: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}]\n", "more than 16", 0 },
        { "areas: [Kitchen]\n", "a room must be a list of keys", 0 },
        { "areas: {Kitchen: K\u00fcche}\n", "areas: must be a list", 0 },
        { "areas: [{name: Kitchn, aliases: [a]}]\n", "no device stands in 'Kitchn'; did you mean Kitchen?", 1 },
        { "areas: [{name: Observatory, aliases: [a]}]\n", "no device stands in 'Observatory'\n", 1 },
        { "rooms: []\n", "rooms: no such key beside 'devices' and 'areas'", 0 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_STR told = STR_INIT, text = STR_INIT;
        AUTO(devices_freep) struct devices *d = NULL;

        str_addf(&text, "%s%s", rows[i].areas, DEVICES);
        d = house(&told, str_text(&text));
        if (d->n != 4 || d->areas.n != rows[i].n || !rows[i].told != (told.len == 0) ||
            (rows[i].told && !strstr(str_text(&told), rows[i].told)))
            fail_msg("%s%zu devices, %zu rooms: %s", rows[i].areas, d->n, d->areas.n, str_text(&told));
    }
}

static void many_are_bounded(void **state)
{
    AUTO_STR told = STR_INIT, text = STR_INIT;
    AUTO(devices_freep) struct devices *d = NULL;

    (void)state;
    str_add(&text, "areas:\n");
    for (int i = 0; i <= AREAS_MAX; i++)
        str_addf(&text, "  - {name: Room %d, aliases: [other %d]}\n", i, i);
    str_add(&text, DEVICES);
    d = house(&told, str_text(&text));
    assert_int_equal(d->areas.n, AREAS_MAX);
    assert_non_null(strstr(str_text(&told), "line 202: areas: the first 200 are taken"));
}

/* What an alias may not do: bring a device into a room that it does not stand in. */
static void no_device_moves(void **state)
{
    static const struct {
        const char *areas, *first, *second; /* the areas of two devices, as they are written */
        const char *in_first, *in_second;   /* and as they are */
        const char *told;                   /* in the complaints; NULL: there is none */
        size_t aliases_n;                   /* of all rooms */
    } rows[] = {
        { "[{name: Kitchen, aliases: [Bedroom, cuisine]}]", "Kitchen", "Bedroom", "Kitchen", "Bedroom",
          "line 1: aliases: 'Bedroom' is left out of 'Kitchen': the device of line 4 stands in 'Bedroom', others in "
          "'Kitchen'; if that is one room, write one name in all its devices\n", 1 },
        { "[{name: Kitchen, aliases: [cuisine, Bedroom]}]", "BEDROOM", "kitchen", "BEDROOM", "Kitchen",
          "'Bedroom' is left out of 'Kitchen': the device of line 3", 1 },
        { "[{name: Kitchen, aliases: [K\u00fcche, cuisine]}]", "cuisine", "K\u00fcche", "Kitchen", "K\u00fcche",
          "'K\u00fcche' is left out of 'Kitchen': the device of line 4 stands in 'K\u00fcche', others in 'cuisine'", 1 },
        { "[{name: Kitchen, aliases: [a]}, {name: A, aliases: [b]}]", "Kitchen", "A", "Kitchen", "A",
          "'a' is the name of the room of line 1; it is left out", 1 },
        { "[{name: A, aliases: [b]}, {name: Kitchen, aliases: [a]}]", "Kitchen", "A", "Kitchen", "A",
          "'a' also names the room of line 1; it is left out", 1 },
        { "[{name: Kitchen, aliases: [a]}, {name: A, aliases: no list}]", "Kitchen", "A", "Kitchen", "A",
          "'a' is the name of the room of line 1; it is left out", 0 },
        { "[{name: Kitchen, aliases: [K\u00fcche]}]", "k\u00fcche", "K\u00dcCHE", "Kitchen", "Kitchen", NULL, 1 },
        { "[{name: Kitchen, aliases: [K\u00fcche]}]", "KITCHEN", "kitchen", "Kitchen", "Kitchen", NULL, 1 },
        { "[{name: Kitchen, aliases: [K\u00fcche]}]", "Hall", "k\u00fcche", "Hall", "Kitchen", NULL, 1 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_STR told = STR_INIT, text = STR_INIT;
        AUTO(devices_freep) struct devices *d = NULL;
        size_t aliases_n = 0;

        str_addf(&text, "areas: %s\ndevices:\n", rows[i].areas);
        str_addf(&text, "  - {name: One, area: %s, kind: light, via: virtual}\n", rows[i].first);
        str_addf(&text, "  - {name: Two, area: %s, kind: light, via: virtual}\n", rows[i].second);
        d = house(&told, str_text(&text));
        for (size_t k = 0; k < d->areas.n; k++)
            aliases_n += d->areas.list[k].aliases_n;
        if (strcmp(d->list[0].area, rows[i].in_first) != 0 || strcmp(d->list[1].area, rows[i].in_second) != 0 ||
            aliases_n != rows[i].aliases_n || !rows[i].told != (told.len == 0) ||
            (rows[i].told && !strstr(str_text(&told), rows[i].told)))
            fail_msg("%s: %s, %s, %zu aliases: %s", rows[i].areas, d->list[0].area, d->list[1].area, aliases_n,
                     str_text(&told));
    }
}

/* What is said of one room does nothing in the other, by the alias neither. */
static void a_refused_alias_reaches_its_own_room(void **state)
{
    static const char text[] = "areas: [{name: Kitchen, aliases: [Bedroom]}]\ndevices:\n"
                               "  - {name: Stove light, area: Kitchen, kind: light, via: virtual}\n"
                               "  - {name: Bed lamp, area: Bedroom, kind: light, via: virtual}\n";
    static const struct {
        const char *area, *id;
    } rows[] = { { "Kitchen", "stove_light" }, { "Bedroom", "bed_lamp" }, { "bedroom", "bed_lamp" } };
    AUTO_STR told = STR_INIT;
    AUTO(devices_freep) struct devices *d = house(&told, text);

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_JSON *slots = cJSON_CreateObject();
        struct targets t = { .list = NULL };

        cJSON_AddStringToObject(cJSON_AddObjectToObject(slots, "area"), "value", rows[i].area);
        assert_int_equal(targets_find(&t, d, intents_find("HassTurnOff"), slots, false, NULL), 0);
        assert_int_equal(t.n, 1);
        assert_string_equal(t.list[0]->id, rows[i].id);
        targets_done(&t);
    }
}

#define NAMED "areas: [{name: Kitchen, aliases: [K\u00fcche, cuisine]}, {name: Unten, aliases: [Garage]}]\n" DEVICES

/* One room, however it is written; what moves in it is guarded by each of its names. */
static void one_room(void **state)
{
    AUTO_STR told = STR_INIT;
    AUTO(devices_freep) struct devices *d = house(&told, NAMED);

    (void)state;
    assert_string_equal(str_text(&told), "");
    assert_string_equal(d->list[1].area, "Kitchen");
    assert_ptr_equal(d->list[0].room, d->list[1].room);
    assert_null(d->list[3].room);
    assert_int_equal(d->list[2].class, CLASS_NONE); /* a shade is harmless wherever it hangs */
    assert_string_equal(areas_name(&d->areas, "CUISINE"), "Kitchen");
    assert_string_equal(areas_name(&d->areas, "Hall"), "Hall");
    assert_null(areas_find(&d->areas, "Hall"));
    d = (devices_free(d), house(&told, "areas: [{name: Unten, aliases: [Garage]}]\ndevices:\n"
                                       "  - {name: Number 1, area: Unten, kind: cover, via: virtual}\n"));
    assert_int_equal(d->list[0].class, CLASS_GARAGE);
    assert_true(d->list[0].class_guessed);
}

/* Who is meant, by an alias of the room. */
static void targets_by_alias(void **state)
{
    static const struct {
        const char *intent, *slots, *want; /* ids, or "" for none */
    } rows[] = {
        { "HassTurnOff", "{\"area\":{\"value\":\"K\u00fcche\",\"text\":\"x\"}}", "lamp spot " },
        { "HassTurnOff", "{\"area\":{\"value\":\"cuisine\",\"text\":\"x\"},\"domain\":{\"value\":\"light\"}}",
          "lamp spot " },
        { "HassTurnOff", "{\"area\":{\"value\":\"Hall\",\"text\":\"x\"}}", "fan " },
        { "HassTurnOff", "{\"area\":{\"value\":\"Keller\",\"text\":\"x\"}}", "" },
        { "HassTurnOff", "{\"name\":{\"value\":\"all\"},\"except_area\":{\"value\":\"k\u00fcche\"}}", "fan " },
    };
    AUTO_STR told = STR_INIT;
    AUTO(devices_freep) struct devices *d = house(&told, NAMED);

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_JSON *slots = cJSON_Parse(rows[i].slots);
        struct targets t = { .list = NULL };
        AUTO_STR got = STR_INIT;

        if (targets_find(&t, d, intents_find(rows[i].intent), slots, false, NULL) == 0)
            for (size_t k = 0; k < t.n; k++)
                str_addf(&got, "%s ", t.list[k]->id);
        targets_done(&t);
        if (strcmp(str_text(&got), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].slots, str_text(&got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(many_are_bounded),
        cmocka_unit_test(no_device_moves),
        cmocka_unit_test(a_refused_alias_reaches_its_own_room),
        cmocka_unit_test(one_room),
        cmocka_unit_test(targets_by_alias),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
