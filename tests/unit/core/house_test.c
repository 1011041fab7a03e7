/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, classes, commands and intents by name. */
#include "core/house.h"
#include "core/intents.h"
#include "core/msg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_names_come_back(void **state)
{
    (void)state;
    for (int i = 0; i < KIND_N; i++) {
        enum device_kind kind = KIND_N;

        assert_int_equal(device_kind_parse(&kind, device_kind_name((enum device_kind)i)), 0);
        assert_int_equal(kind, i);
    }
    for (int i = CLASS_NONE + 1; i < CLASS_N; i++) {
        enum device_class c = CLASS_NONE;

        assert_int_equal(device_class_parse(&c, device_class_name((enum device_class)i)), 0);
        assert_int_equal(c, i);
    }
    for (int i = ACT_NONE + 1; i < ACT_N; i++) {
        enum act_command c = ACT_NONE;

        assert_int_equal(act_command_parse(&c, act_command_name((enum act_command)i)), 0);
        assert_int_equal(c, i);
    }
}

static void test_unknown_names(void **state)
{
    enum device_kind kind = KIND_N;
    enum device_class c = CLASS_N;
    enum act_command command = ACT_N;

    (void)state;
    assert_int_equal(device_kind_parse(&kind, "toaster"), -ENOENT);
    assert_int_equal(device_class_parse(&c, ""), -ENOENT);
    assert_int_equal(act_command_parse(&command, "none"), -ENOENT);
    assert_true(kind == KIND_N && c == CLASS_N && command == ACT_N);
    assert_null(intents_find("HassOpenEverything"));
    assert_null(intents_find(NULL));
}

/* The safety list: what no collective sentence may reach. */
static void test_ways_into_the_house(void **state)
{
    static const struct {
        enum device_kind kind;
        enum device_class c;
        bool guarded;
    } cases[] = {
        { KIND_COVER, CLASS_NONE, false },    { KIND_COVER, CLASS_BLIND, false },
        { KIND_COVER, CLASS_SHUTTER, false }, { KIND_COVER, CLASS_AWNING, false },
        { KIND_COVER, CLASS_GARAGE, true },   { KIND_COVER, CLASS_GATE, true },
        { KIND_COVER, CLASS_DOOR, true },     { KIND_COVER, CLASS_WINDOW, true },
        { KIND_LOCK, CLASS_NONE, true },      { KIND_BINARY_SENSOR, CLASS_DOOR, false },
        { KIND_LIGHT, CLASS_NONE, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(device_is_guarded(cases[i].kind, cases[i].c), cases[i].guarded);
    assert_true(device_class_fits(CLASS_GARAGE, KIND_COVER));
    assert_false(device_class_fits(CLASS_MOTION, KIND_COVER));
    assert_true(device_class_fits(CLASS_NONE, KIND_LIGHT));
}

static void test_every_intent_is_whole(void **state)
{
    const struct intent_def *d;
    size_t n = 0;

    (void)state;
    for (; (d = intents_at(n)); n++) {
        assert_ptr_equal(intents_find(d->name), d);
        assert_non_null(d->outcome);
        if (d->where == INTENT_HERE)
            assert_int_equal(d->does[0].command, ACT_NONE);
        else
            assert_int_equal(d->does[0].command != ACT_NONE, d->risk == RISK_ACTS);
    }
    assert_true(n > 10);
}

static void test_origins(void **state)
{
    (void)state;
    for (int i = 0; i < ORIGIN_N; i++) {
        uint64_t e = endpoint_of((enum origin_kind)i, ENDPOINT_CLIENT_MAX);

        assert_int_equal(endpoint_kind(e), i);
        assert_true(strlen(origin_kind_name((enum origin_kind)i)) > 1);
    }
    assert_true(endpoint_hears(ENDPOINT_BOX));
    assert_true(endpoint_hears(endpoint_of(ORIGIN_SATELLITE, 3)));
    assert_false(endpoint_hears(endpoint_of(ORIGIN_WEBSOCKET, 3)));
}

/* Home Assistant's sentences ask whether a sensor is "on"; ours call that open, wet, detected. */
static void test_words_of_a_state(void **state)
{
    static const struct {
        const char *state, *wanted;
        bool is;
    } rows[] = {
        { "open", "open", true },        { "open", "on", true },        { "open", "off", false },
        { "closed", "off", true },       { "closed", "on", false },     { "closed", "open", false },
        { "wet", "on", true },           { "wet", "detected", true },   { "dry", "detected", false },
        { "detected", "on", true },      { "clear", "off", true },      { "clear", "on", false },
        { "low", "on", true },           { "normal", "off", true },     { "problem", "on", true },
        { "ok", "off", true },           { "plugged", "on", true },     { "unplugged", "on", false },
        { "on", "open", false },         { "On", "on", true },          { "OPEN", "on", true },
        { "unknown", "on", false },      { "unknown", "off", false },   { "unknown", "unknown", true },
        { "on", "detected", true },      { "on", "wet", false },        { "detected", "open", false },
        /* a lock is on when it is locked, a sensor of one when it is not: neither is guessed */
        { "locked", "locked", true },    { "locked", "on", false },     { "unlocked", "on", false },
        { "locked", "unlocked", false }, { "locked", "off", false },    { "", "off", false },
        { "heat", "heat", true },        { "heat", "on", false },       { "", "", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (state_word_is(rows[i].state, rows[i].wanted) != rows[i].is)
            fail_msg("%s, %s", rows[i].state, rows[i].wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_come_back),     cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_ways_into_the_house), cmocka_unit_test(test_every_intent_is_whole),
        cmocka_unit_test(test_origins),             cmocka_unit_test(test_words_of_a_state),
    };

    return cmocka_run_group_tests_name("core/house", tests, NULL, NULL);
}
