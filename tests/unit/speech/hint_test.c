/* SPDX-License-Identifier: Apache-2.0 */
/* speech/hint: which names of the house a recogniser elsewhere is told, and what is only their echo. */
#include "speech/hint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void names_of_a_house(void **state)
{
    static const struct {
        const char *devices, *hint;
    } rows[] = {
        { "[]", "" },
        { "{}", "" },
        { "[{}]", "" },
        { "[{\"name\":\"desk lamp\"}]", "desk lamp" },
        { "[{\"name\":\"fan\",\"area\":\"kitchen\"},{\"name\":\"lamp\",\"area\":\"hall\"}]", "kitchen, hall, fan, lamp" },
        { "[{\"name\":\"fan\",\"area\":\"hall\"},{\"name\":\"lamp\",\"area\":\"hall\"}]", "hall, fan, lamp" },
        { "[{\"name\":\"Fan\",\"aliases\":[\"fan\",\"blower\"]}]", "Fan, blower" },
        { "[{\"name\":\"lamp\",\"aliases\":[\"light\"]},{\"name\":\"fan\"}]", "lamp, fan, light" },
        { "[{\"name\":\"lamp\"},{\"name\":\"lamps\"},{\"name\":\"amp\"}]", "lamp, lamps, amp" }, /* no part of a name */
        { "[{\"name\":\"caf\xc3\xa9\"}]", "caf\xc3\xa9" },
        { "[{\"name\":\"vault\",\"area\":\"cellar\",\"assistant\":false},{\"name\":\"fan\",\"assistant\":true}]", "fan" },
        { "[{\"name\":\"one, two\"},{\"name\":\"a\\nb\"},{\"name\":\"\"},{\"name\":7},{\"name\":null},{\"name\":\"fan\"}]",
          "fan" },
        { "[{\"name\":\"a\xff\"},{\"name\":\"fan\"}]", "fan" },
        { "[{\"name\":\" \"},{\"name\":\"..\"},{\"name\":\" a\"},{\"name\":\"a \"},{\"name\":\"St. Ann\"}]", "St. Ann" },
        { "[{\"name\":\"fan\",\"aliases\":{\"a\":\"b\"}},7,\"lamp\",null]", "fan" },
    };
    AUTO_STR out = STR_INIT;

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_JSON *devices = cJSON_Parse(rows[i].devices);

        assert_non_null(devices);
        hint_make(&out, devices);
        assert_string_equal(str_text(&out), rows[i].hint);
    }
    hint_make(&out, NULL);
    assert_string_equal(str_text(&out), "");
}

/* However many devices: whole names, and no more than fit. */
static void a_hint_is_bounded(void **state)
{
    AUTO_JSON *devices = cJSON_CreateArray();
    AUTO_STR out = STR_INIT;
    char name[HINT_BYTES + 100];

    (void)state;
    for (int i = 0; i < 2000; i++) {
        cJSON *device = cJSON_CreateObject();

        snprintf(name, sizeof(name), "lamp number %04d", i);
        cJSON_AddStringToObject(device, "name", name);
        cJSON_AddItemToArray(devices, device);
    }
    hint_make(&out, devices);
    assert_in_range(out.len, HINT_BYTES - 18, HINT_BYTES);
    assert_true(strncmp(str_text(&out), "lamp number 0000, lamp number 0001, ", 36) == 0);
    assert_int_equal((out.len + 2) % 18, 0); /* none is cut */

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    cJSON_ReplaceItemInObject(cJSON_GetArrayItem(devices, 0), "name", cJSON_CreateString(name));
    hint_make(&out, devices);
    assert_true(strncmp(str_text(&out), "lamp number 0001, ", 18) == 0); /* one too long is left out */
}

static void an_echo_is_nothing_heard(void **state)
{
    static const char hint[] = "hall, kitchen, desk lamp, Fan, reading light";
    static const struct {
        const char *text;
        bool is_echo;
    } rows[] = {
        { "hall, kitchen, desk lamp, Fan, reading light", true },
        { "hall, kitchen", true },
        { "Kitchen, desk lamp.", true },
        { "fan, reading light...", true },
        { "reading light", false }, /* an answer to a question */
        { "hall", false },
        { "Hall.", false },
        { "turn on the fan, reading light", false },
        { "hall, desk lamp", false }, /* not as it was told: somebody may have said it */
        { "all, kitchen", false },
        { "hall, kitch", false },
        { "", false },
        { ".", false },
        { ", ", false },
        { "hall, kitchen, desk lamp, Fan, reading light, and more", false },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_int_equal(hint_is_echo(hint, rows[i].text), rows[i].is_echo);
    assert_true(hint_is_echo("hall, Mr. T.", "Hall, Mr. T."));
    assert_false(hint_is_echo("", "hall, kitchen"));
    assert_false(hint_is_echo("", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_a_house),
        cmocka_unit_test(a_hint_is_bounded),
        cmocka_unit_test(an_echo_is_nothing_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
