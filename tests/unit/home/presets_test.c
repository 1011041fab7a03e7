/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/presets_test.c - every make with every kind: it loads, and each command that it can
 * is a message that a broker takes, with nothing left to be filled in. */
#include "home/presets.h"

#include "base/str.h"
#include "home/link.h"
#include "home/mqtt_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static void on_complaint(const char *text, void *user)
{
    str_addf(user, "%s\n", text);
}

/* One device of the make and kind; NULL: it does not load, and `told` says why. */
static struct devices *load(const char *via, enum device_kind kind, struct str *told)
{
    static const char *const more[KIND_N] = { [KIND_LIGHT] = ", color: true, color_temp: true",
                                              [KIND_BINARY_SENSOR] = ", class: motion" };
    const struct devices_sink sink = { on_complaint, told };
    AUTO(yaml_freep) struct yaml *tree = NULL;
    AUTO_STR text = STR_INIT;
    struct devices *d = NULL;

    str_addf(&text, "devices:\n  - {name: Thing, area: Hall, kind: %s, via: %s, topic: node/object%s}\n",
             device_kind_name(kind), via, more[kind] ? more[kind] : "");
    assert_int_equal(yaml_parse(&tree, "d.yaml", str_text(&text), text.len, NULL), 0);
    assert_int_equal(devices_read(&d, tree, "d.yaml", &sink, NULL), 0);
    if (d->n == 1)
        return d;
    devices_free(d);
    return NULL;
}

static bool make_has_kind(const char *via, enum device_kind kind)
{
    for (size_t i = 0; i < preset_rows_n; i++)
        if (strcmp(preset_rows[i].via, via) == 0 && preset_rows[i].kinds & (1u << kind))
            return true;
    return false;
}

/* A place that nobody has filled: a lower-case word in braces. */
static bool has_place(const char *text)
{
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        const size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");

        if (n > 0 && at[n + 1] == '}')
            return true;
    }
    return false;
}

static void is_good_topic(const char *topic, const char *via, const char *what)
{
    if (topic[0] == '\0' || topic[0] == '$' || strpbrk(topic, "+# ") || has_place(topic))
        fail_msg("%s: %s: topic '%s'", via, what, topic);
}

/* Values at both ends, as plan.c lets them through. */
static void try_command(const struct device *d, const char *via, enum act_command command)
{
    static const struct {
        enum act_command command;
        double number;
    } ends[] = {
        { ACT_ON, 0 },            { ACT_OFF, 0 },           { ACT_OPEN, 0 },
        { ACT_CLOSE, 0 },         { ACT_STOP, 0 },          { ACT_LOCK, 0 },
        { ACT_UNLOCK, 0 },        { ACT_TOGGLE, 0 },        { ACT_BRIGHTNESS, 1 },
        { ACT_BRIGHTNESS, 100 },  { ACT_POSITION, 0 },      { ACT_POSITION, 100 },
        { ACT_TEMPERATURE, 5 },   { ACT_TEMPERATURE, 20.5 }, { ACT_COLOR_TEMP, 2000 },
        { ACT_COLOR_TEMP, 6500 }, { ACT_COLOR, 0 },
    };
    bool tried = false;

    for (size_t i = 0; i < N_OF(ends); i++) {
        const struct act_step step = { d, command, ends[i].number, 0x0a0b0c };
        const char *topic = NULL;
        AUTO_FREE char *payload = NULL;
        AUTO_JSON *j = NULL;
        struct err e = ERR_INIT;

        if (ends[i].command != command)
            continue;
        tried = true;
        if (mqtt_command(&topic, &payload, &step, &e) < 0)
            fail_msg("%s %s %s: %s", via, device_kind_name(d->kind), act_command_name(command), err_text(&e));
        is_good_topic(topic, via, act_command_name(command));
        if (has_place(payload) || (payload[0] == '{' && json_parse(&j, payload, strlen(payload), NULL) < 0))
            fail_msg("%s %s %s: payload %s", via, device_kind_name(d->kind), act_command_name(command), payload);
    }
    if (!tried)
        fail_msg("%s: %s has no row in this test", via, act_command_name(command));
}

static void every_make_loads_and_commands(void **state)
{
    (void)state;
    for (const char *const *via = preset_vias; *via; via++) {
        for (int kind = 0; kind < KIND_N; kind++) {
            AUTO_STR told = STR_INIT;
            AUTO(devices_freep) struct devices *all = load(*via, (enum device_kind)kind, &told);

            if (!make_has_kind(*via, (enum device_kind)kind)) {
                if (all || !strstr(str_text(&told), device_kind_name((enum device_kind)kind)))
                    fail_msg("%s has no %s, and that is not told: %s", *via,
                             device_kind_name((enum device_kind)kind), str_text(&told));
                continue;
            }
            if (!all)
                fail_msg("%s: %s", *via, str_text(&told));
            assert_string_equal(str_text(&told), ""); /* nothing to complain about */
            assert_true(all->list[0].can != 0 || all->list[0].tells != 0);
            for (enum act_command c = ACT_NONE + 1; c < ACT_N; c++)
                if (all->list[0].can & (1u << c))
                    try_command(&all->list[0], *via, c);
        }
    }
}

/* What it tells, it tells at a topic of its own, and each place once. */
static void every_report_has_its_place(void **state)
{
    (void)state;
    for (const char *const *via = preset_vias; *via; via++) {
        for (int kind = 0; kind < KIND_N; kind++) {
            AUTO_STR told = STR_INIT;
            AUTO(devices_freep) struct devices *all = load(*via, (enum device_kind)kind, &told);
            const struct mqtt_device *m = all ? mqtt_device_of(&all->list[0]) : NULL;

            for (size_t i = 0; m && i < m->reports_n; i++) {
                const struct mqtt_report *r = &m->reports[i];

                is_good_topic(r->topic, *via, "report");
                assert_true(r->prop < PROP_N && all->list[0].tells & (1u << r->prop));
                assert_true(!r->key || (r->key[0] != '\0' && !has_place(r->key)));
                for (size_t k = 0; k < i; k++)
                    if (m->reports[k].prop == r->prop && strcmp(m->reports[k].topic, r->topic) == 0 &&
                        strcmp(m->reports[k].key ? m->reports[k].key : "", r->key ? r->key : "") == 0)
                        fail_msg("%s: %s is read twice from %s", *via, r->key ? r->key : "it", r->topic);
            }
        }
    }
}

/* The rows themselves: a make that exists, a kind that exists, each field of a kind once. */
static void no_row_stands_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < preset_rows_n; i++) {
        const struct preset_row *a = &preset_rows[i];

        assert_non_null(strstr(preset_names, a->via));
        assert_true(a->kinds != 0 && a->kinds <= IS_ANY && a->field < FIELD_N);
        for (size_t k = 0; k < i; k++) {
            const struct preset_row *b = &preset_rows[k];

            if (strcmp(a->via, b->via) == 0 && a->kinds & b->kinds && a->field == b->field &&
                (a->classes == b->classes || (a->classes & b->classes)))
                fail_msg("%s: rows %zu and %zu both fill field %d: '%s', '%s'", a->via, k, i, (int)a->field,
                         b->text, a->text);
        }
    }
    for (size_t i = 0; i < preset_reports_n; i++)
        assert_true(strstr(preset_names, preset_reports[i].via) && preset_reports[i].kinds != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_make_loads_and_commands),
        cmocka_unit_test(every_report_has_its_place),
        cmocka_unit_test(no_row_stands_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
