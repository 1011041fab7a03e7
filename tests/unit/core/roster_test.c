/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/roster_test.c - the house as the bus tells it. */
#include "core/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void tell(struct roster *r, enum msg_type type, const char *json)
{
    AUTO(msg_freep) struct msg *m = msg_new(type, 0);

    assert_non_null(m);
    assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    roster_take(r, m);
}

static void wants(cJSON *j, const char *want)
{
    AUTO_JSON *held = j;
    AUTO_FREE char *text = json_text(held);

    assert_non_null(text);
    assert_string_equal(text, want);
}

static void nothing_told_is_an_empty_house(void **state)
{
    struct roster r = { NULL };

    (void)state;
    wants(roster_devices(&r, 0, 10), "{\"devices\":[],\"total\":0}");
    wants(roster_areas(&r), "{\"areas\":[]}");
    assert_false(roster_has(&r, "a"));
    tell(&r, MSG_DEVICE, "{\"id\":\"a\",\"state\":{\"state\":\"on\"}}"); /* nobody knows it */
    wants(roster_devices(&r, 0, 10), "{\"devices\":[],\"total\":0}");
    roster_done(&r);
}

static void states_and_pages(void **state)
{
    static const struct {
        size_t from, count;
        const char *want;
    } pages[] = {
        { 0, 1, "{\"devices\":[{\"id\":\"a\",\"area\":\"Hall\",\"state\":{\"state\":\"on\"}}],"
                "\"total\":3}" },
        { 1, 2, "{\"devices\":[{\"id\":\"b\"},{\"id\":\"c\",\"area\":\"Hall\"}],\"total\":3}" },
        { 2, 9, "{\"devices\":[{\"id\":\"c\",\"area\":\"Hall\"}],\"total\":3}" },
        { 3, 9, "{\"devices\":[],\"total\":3}" },
        { SIZE_MAX, SIZE_MAX, "{\"devices\":[],\"total\":3}" },
    };
    struct roster r = { NULL };

    (void)state;
    tell(&r, MSG_DEVICES, "[{\"id\":\"a\",\"area\":\"Hall\",\"state\":{\"state\":\"off\"}},"
                          "{\"id\":\"b\"},{\"id\":\"c\",\"area\":\"Hall\"}]");
    tell(&r, MSG_DEVICE, "{\"id\":\"a\",\"state\":{\"state\":\"on\"}}");
    tell(&r, MSG_DEVICE, "{\"id\":\"z\",\"state\":{}}");
    tell(&r, MSG_DEVICE, "{\"id\":\"b\"}");
    tell(&r, MSG_DEVICE, "{}");
    tell(&r, MSG_DEVICES, "{\"no\":\"list\"}");
    tell(&r, MSG_STATE, "[]");
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        wants(roster_devices(&r, pages[i].from, pages[i].count), pages[i].want);
    wants(roster_areas(&r), "{\"areas\":[{\"name\":\"Hall\",\"devices\":[\"a\",\"c\"]}]}");
    assert_true(roster_has(&r, "c") && !roster_has(&r, "z"));
    tell(&r, MSG_DEVICES, "[{\"id\":\"a\",\"area\":\"Hall\",\"area_aliases\":[\"Flur\"]}]");
    wants(roster_areas(&r), "{\"areas\":[{\"name\":\"Hall\",\"aliases\":[\"Flur\"],\"devices\":[\"a\"]}]}");
    tell(&r, MSG_DEVICES, "[]");
    assert_int_equal(roster_count(&r), 0);
    roster_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_told_is_an_empty_house),
        cmocka_unit_test(states_and_pages),
    };

    return cmocka_run_group_tests_name("core/roster", tests, NULL, NULL);
}
