/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/core/fields_test.c - JSON by tables when memory runs out: nothing half, nothing lost. */
#include "base/fields.h"
#include "core/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fault/fault.h"

struct note {
    char *text;
};

struct list {
    char *name;
    struct field_list notes;
    cJSON *more;
};

static const struct field note_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct note, text), .min = 1, .max = 20, .flags = FIELD_NEEDED },
};
static const struct fields note_fields = FIELDS(struct note, note_rows);
static const struct field list_rows[] = {
    { "name", FIELD_TEXT, FIELD_AT(struct list, name), .max = 20, .flags = FIELD_LINE },
    { "notes", FIELD_LIST, FIELD_AT(struct list, notes), .max = 5, .of = &note_fields },
    { "more", FIELD_JSON, FIELD_AT(struct list, more) },
};
static const struct fields list_fields = FIELDS_STRICT(struct list, list_rows);

static const char json[] =
    "{\"name\":\"shopping\",\"notes\":[{\"text\":\"milk\"},{\"text\":\"tea\"}],\"more\":[1,{}]}";

static int hook_cjson(void **state)
{
    cJSON_Hooks hooks = { malloc, free };

    (void)state;
    cJSON_InitHooks(&hooks);
    return 0;
}

static int run_take_and_put(void)
{
    struct list l, before;
    AUTO_JSON *back = NULL;
    AUTO_FREE char *text = NULL;
    int r;

    memset(&l, 0x5a, sizeof(l));
    before = l;
    r = fields_parse(&l, &list_fields, json, strlen(json), NULL);
    if (r < 0) {
        assert_memory_equal(&l, &before, sizeof(l)); /* untouched */
        return r;
    }
    back = fields_put(&l, &list_fields);
    fields_done(&l, &list_fields);
    text = json_text(back);
    if (!text)
        return -ENOMEM;
    assert_string_equal(text, json);
    return 0;
}

FAULT_TEST(take_and_put, run_take_and_put())

static int run_schema(void)
{
    AUTO_JSON *schema = fields_schema(&list_fields);
    AUTO_STR words = STR_INIT;

    fields_describe(&words, &list_fields);
    return schema && !words.failed ? 0 : -ENOMEM;
}

FAULT_TEST(schema, run_schema())

/* A message that memory does not suffice for leaves the house as it was. */
static int run_roster(void)
{
    static const char *const told[] = { "[{\"id\":\"a\",\"area\":\"Hall\",\"state\":{\"on\":false}}]",
                                        "{\"id\":\"a\",\"state\":{\"on\":true}}" };
    struct roster r = { NULL };
    AUTO_JSON *devices = NULL, *areas = NULL;

    for (size_t i = 0; i < 2; i++) {
        AUTO(msg_freep) struct msg *m = msg_new(i == 0 ? MSG_DEVICES : MSG_DEVICE, 0);

        if (!m || json_parse(&m->json, told[i], strlen(told[i]), NULL) < 0) {
            roster_done(&r);
            return -ENOMEM;
        }
        roster_take(&r, m);
    }
    devices = roster_devices(&r, 0, 10);
    areas = roster_areas(&r);
    for (const cJSON *d = r.devices ? r.devices->child : NULL; d; d = d->next)
        assert_non_null(cJSON_GetObjectItemCaseSensitive(d, "state"));
    roster_done(&r);
    return devices && areas ? 0 : -ENOMEM;
}

FAULT_TEST(roster, run_roster())

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take_and_put),
        cmocka_unit_test(schema),
        cmocka_unit_test(roster),
    };

    return cmocka_run_group_tests_name("base/fields", tests, hook_cjson, NULL);
}
