/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that are no YAML: what stands beside the fault is taken, and one complaint names its line. */
#include "core/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What people break: each costs itself and one complaint, wherever it stands. `line`: the one that is named, from
 * the first of it. */
static const struct {
    const char *text;
    int line;
} broken[] = {
    { "garbage: [[[[\n", 0 },
    { "garbage: {{{{\n", 0 },
    { "garbage: [{[{\n", 0 },
    { "garbage: ]]]]\n", 0 },
    { "garbage: }\n", 0 },
    { "garbage: [a, b\n", 0 },
    { "garbage: [\n  a,\n  b\n", 0 },
    { "garbage: [\n  a,\n  @b\n]\n", 0 },
    { "garbage: {a: 1,\n  b: *c\n}\n", 1 },
    { "garbage: \"open\n", 0 },
    { "garbage: 'open\n", 0 },
    { "garbage: [\"open\n", 0 },
    { "garbage: *nowhere\n", 0 },
    { "garbage: &\n", 0 },
    { "garbage: !tag x\n", 0 },
    { "garbage: @x\n", 0 },
    { "garbage: `x\n", 0 },
    { "garbage: %x\n", 0 },
    { "garbage: a: b\n", 0 },
    { "garbage: \"a\" b\n", 0 },
    { "garbage\n", 0 },
    { "garbage:x\n", 0 },
    { "- garbage\n", 0 },
    { "? [garbage]\n: x\n", 0 },
    { "gar\tbage: 1\n", 0 },
    { "\tgarbage: 1\n", 0 },
    { "garbage: K\xfc" "che\n", 0 },
    { "garbage: 1\n", 0 },
    { "garbage:\n  - 1\n  - 2\n", 0 },
    { "garbage: |\n  a\n  b\n", 0 },
    { "language: fr\nlanguage: de\n", 1 },
};

struct told {
    int n;
    char first[ERR_TEXT_BYTES];
};

static void tell(const char *text, void *user)
{
    struct told *t = user;

    if (t->n++ == 0)
        str_copy(t->first, sizeof(t->first), text);
}

/* `at`: how many of the good sections stand before it. */
static void check_broken(size_t i, int at)
{
    static const char *const good[] = { "http:\n  port: 9000\n\n", "# a comment\nmqtt:\n  port: 2000\n",
                                        "device:\n  area: Hall\n" };
    AUTO_STR text = STR_INIT, where = STR_INIT;
    struct settings s;
    struct told told = { 0 };
    struct settings_text from = { .name = "jarvis.yaml" };
    int line = 1;

    assert_int_equal(cfg_defaults(settings_rows, settings_rows_n, &s, NULL), 0);
    for (int k = 0; k <= 3; k++) {
        if (k == at) {
            line += broken[i].line;
            str_addf(&where, "jarvis.yaml line %d: ", line);
            str_add(&text, broken[i].text);
        }
        if (k == 3)
            break;
        str_add(&text, good[k]);
        for (const char *c = good[k]; k < at && *c; c++)
            line += *c == '\n';
    }
    from.bytes = text.data;
    from.len = text.len;
    assert_int_equal(settings_parse(&s, &from, tell, &told, NULL), 0);
    if (told.n != 1 || !str_starts(told.first, str_text(&where)))
        print_message("%s(%d)\nwants '%s', %d: %s\n", broken[i].text, at, str_text(&where), told.n, told.first);
    assert_int_equal(told.n, 1);
    assert_true(str_starts(told.first, str_text(&where)));
    assert_int_equal(s.http_port, 9000);
    assert_int_equal(s.mqtt_port, 2000);
    assert_string_equal(s.device_area, "Hall");
}

static void what_is_broken_costs_itself_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        for (int at = 0; at <= 3; at++)
            check_broken(i, at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_broken_costs_itself_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
