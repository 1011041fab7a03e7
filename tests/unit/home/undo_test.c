/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/undo_test.c - what goes back, and what is left. */
#include "home/undo.h"

#include "base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char house[] =
    "devices:\n"
    "  - {name: Lamp, kind: light, via: virtual}\n"
    "  - {name: Plug, kind: switch, via: virtual}\n"
    "  - {name: Blind, kind: cover, class: blind, via: virtual}\n"
    "  - {name: Gate, kind: cover, class: gate, via: virtual}\n"
    "  - {name: Stove, kind: climate, via: virtual}\n"
    "  - {name: Door, kind: lock, via: virtual}\n"
    "  - {name: Night, kind: scene, via: virtual}\n";

#define ALL ((1u << PROP_N) - 1)
#define STATE(is_on) \
    { .known = ALL, .on = is_on, .online = true, .brightness_percent = 40, .kelvin = 2700, \
      .position_percent = 30, .target = 19.5, .color = "#102030" }

/* clang-format off */
static const struct {
    const char *device;
    enum act_command did;
    struct device_state before;
    int want;
    enum act_command back; /* the first step */
    double number;
    size_t steps;
} cases[] = {
    { "lamp", ACT_ON, STATE(false), 0, ACT_OFF, 0, 1 },
    { "lamp", ACT_OFF, STATE(true), 0, ACT_BRIGHTNESS, 40, 1 },
    { "lamp", ACT_BRIGHTNESS, STATE(true), 0, ACT_BRIGHTNESS, 40, 1 },
    { "lamp", ACT_BRIGHTNESS, STATE(false), 0, ACT_OFF, 0, 1 },
    { "lamp", ACT_COLOR, STATE(true), 0, ACT_BRIGHTNESS, 40, 2 },
    { "lamp", ACT_OFF, { .known = ALL, .on = true, .online = true, .stale = true }, -ESTALE, 0, 0, 0 },
    { "plug", ACT_OFF, STATE(true), 0, ACT_ON, 0, 1 },
    { "plug", ACT_ON, { .known = 0 }, -ESTALE, 0, 0, 0 },
    { "blind", ACT_CLOSE, STATE(true), 0, ACT_POSITION, 30, 1 },
    { "blind", ACT_OPEN, { .known = 1u << PROP_POWER, .on = false }, 0, ACT_CLOSE, 0, 1 },
    { "blind", ACT_STOP, STATE(true), -EOPNOTSUPP, 0, 0, 0 },
    { "gate", ACT_CLOSE, STATE(true), -EPERM, 0, 0, 0 },
    { "gate", ACT_OPEN, STATE(false), -EPERM, 0, 0, 0 },
    { "stove", ACT_TEMPERATURE, STATE(true), 0, ACT_TEMPERATURE, 19.5, 1 },
    { "stove", ACT_OFF, STATE(true), 0, ACT_ON, 0, 1 },
    { "door", ACT_LOCK, STATE(false), -EPERM, 0, 0, 0 },
    { "door", ACT_UNLOCK, STATE(true), 0, ACT_LOCK, 0, 1 },
    { "door", ACT_UNLOCK, STATE(false), -EPERM, 0, 0, 0 },
    { "night", ACT_ON, STATE(false), -EOPNOTSUPP, 0, 0, 0 },
};
/* clang-format on */

struct fixture {
    struct devices *devices;
    struct device_state states[N_OF(cases)];
    struct past past;
};

static int enter(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    AUTO(yaml_freep) struct yaml *tree = NULL;

    assert_non_null(f);
    assert_int_equal(yaml_parse(&tree, "house", house, strlen(house), NULL), 0);
    assert_int_equal(devices_read(&f->devices, tree, "house", NULL, NULL), 0);
    assert_int_equal(f->devices->n, 7);
    *state = f;
    return 0;
}

static int leave(void **state)
{
    struct fixture *f = *state;

    past_done(&f->past);
    devices_free(f->devices);
    free(f);
    return 0;
}

static void keep(struct fixture *f, uint64_t session, const char *id, enum act_command did,
                 const struct device_state *before)
{
    const struct device *d = devices_by_id(f->devices, id);
    struct act_step step = { .device = d, .command = did };
    const struct plan p = { .steps = &step, .steps_n = 1 };

    assert_non_null(d);
    f->states[devices_index(f->devices, d)] = *before;
    past_keep(&f->past, session, session, &p, f->devices, f->states);
}

static void each(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO(plan_done) struct plan back = { .steps = NULL };
        struct err e = ERR_INIT;

        keep(f, i + 1, cases[i].device, cases[i].did, &cases[i].before);
        if (past_plan(&back, &f->past, i + 1, f->devices, f->states, &e) != cases[i].want)
            fail_msg("%zu %s: %s", i, cases[i].device, err_text(&e));
        assert_int_equal(back.steps_n, cases[i].steps);
        if (back.steps_n == 0)
            continue;
        assert_int_equal(back.steps[0].command, cases[i].back);
        assert_true(back.steps[0].number == cases[i].number);
        if (back.steps_n == 2)
            assert_int_equal(back.steps[1].command, ACT_COLOR_TEMP);
    }
}

/* Two actions on one lamp go back to what was before the first; what is left is missed. */
static void together(void **state)
{
    const struct device_state off = STATE(false), on = STATE(true);
    AUTO(plan_done) struct plan back = { .steps = NULL };
    struct fixture *f = *state;

    keep(f, 5, "lamp", ACT_ON, &off);
    keep(f, 5, "lamp", ACT_BRIGHTNESS, &on);
    keep(f, 5, "gate", ACT_OPEN, &off);
    keep(f, 6, "plug", ACT_ON, &off);
    assert_int_equal(past_plan(&back, &f->past, 5, f->devices, f->states, NULL), 0);
    assert_int_equal(back.steps_n, 1);
    assert_int_equal(back.steps[0].command, ACT_OFF);
    assert_int_equal(back.missed_n, 1);
    assert_int_equal(back.missed[0].code, -EPERM);
    assert_int_equal(f->past.n, 1); /* the other session's */
    assert_int_equal(past_plan(&back, &f->past, 5, f->devices, f->states, NULL), -ENOENT);
}

static void away_and_gone(void **state)
{
    struct device_state away = STATE(true);
    AUTO(plan_done) struct plan back = { .steps = NULL };
    struct fixture *f = *state;

    away.online = false;
    keep(f, 1, "plug", ACT_OFF, &away);
    assert_int_equal(past_plan(&back, &f->past, 1, f->devices, f->states, NULL), -EHOSTDOWN);
    keep(f, 2, "plug", ACT_OFF, &away);
    snprintf(f->past.at[0].items[0].id, 5, "gone");
    assert_int_equal(past_plan(&back, &f->past, 2, f->devices, f->states, NULL), -ENOENT);
}

/* A device that a command never reached is taken out of that command, and of no other. */
static void forgotten(void **state)
{
    static const struct {
        uint64_t number;
        const char *id; /* NULL: all of the command */
        size_t actions; /* that are left */
    } rows[] = { { 9, "plug", 3 }, { 2, "lamp", 3 }, { 1, "plug", 2 }, { 3, NULL, 1 } };
    const struct device_state off = STATE(false);
    AUTO(plan_done) struct plan back = { .steps = NULL };
    struct fixture *f = *state;

    keep(f, 1, "plug", ACT_ON, &off);
    keep(f, 2, "plug", ACT_ON, &off);
    keep(f, 3, "lamp", ACT_ON, &off);
    for (size_t i = 0; i < N_OF(rows); i++) {
        past_forget(&f->past, rows[i].number, rows[i].id);
        assert_int_equal(f->past.n, rows[i].actions);
    }
    assert_int_equal(past_plan(&back, &f->past, 1, f->devices, f->states, NULL), -ENOENT);
    assert_int_equal(past_plan(&back, &f->past, 3, f->devices, f->states, NULL), -ENOENT);
    assert_int_equal(past_plan(&back, &f->past, 2, f->devices, f->states, NULL), 0);
    assert_int_equal(back.steps_n, 1);
    assert_string_equal(back.steps[0].device->id, "plug");
}

/* The oldest is forgotten; what is only asked about is not kept. */
static void bound(void **state)
{
    const struct device_state off = STATE(false);
    AUTO(plan_done) struct plan back = { .steps = NULL };
    struct fixture *f = *state;

    keep(f, 99, "plug", ACT_NONE, &off);
    assert_int_equal(f->past.n, 0);
    for (uint64_t i = 1; i <= PAST_MAX + 1; i++)
        keep(f, i, "plug", ACT_ON, &off);
    assert_int_equal(f->past.n, PAST_MAX);
    assert_int_equal(past_plan(&back, &f->past, 1, f->devices, f->states, NULL), -ENOENT);
    assert_int_equal(past_plan(&back, &f->past, 2, f->devices, f->states, NULL), 0);
}

/* clang-format off */
static const struct {
    const char *device;
    enum act_command command;
    struct device_state before;
    int want;
} early_cases[] = {
    { "lamp", ACT_ON, STATE(false), 0 },
    { "lamp", ACT_ON, STATE(true), 0 },
    { "lamp", ACT_OFF, STATE(true), 0 },
    { "lamp", ACT_BRIGHTNESS, STATE(true), 0 },
    { "lamp", ACT_COLOR, STATE(true), 0 },
    { "lamp", ACT_COLOR_TEMP, STATE(true), 0 },
    { "blind", ACT_CLOSE, STATE(true), 0 },
    { "blind", ACT_POSITION, STATE(true), 0 },
    /* nobody knows how it was */
    { "lamp", ACT_ON, { .known = 0 }, -EAGAIN },
    { "lamp", ACT_OFF, { .known = ALL, .on = true, .online = true, .stale = true }, -EAGAIN },
    { "lamp", ACT_TOGGLE, { .known = 0 }, -EAGAIN },
    { "lamp", ACT_BRIGHTNESS, { .known = 1u << PROP_POWER, .on = true }, -EAGAIN },
    { "lamp", ACT_COLOR, { .known = 1u << PROP_POWER, .on = true }, -EAGAIN },
    { "blind", ACT_OPEN, { .known = 0 }, -EAGAIN },
    /* it would be bright, or red, when it is turned on next */
    { "lamp", ACT_BRIGHTNESS, STATE(false), -EAGAIN },
    { "lamp", ACT_COLOR, STATE(false), -EAGAIN },
    /* no way back, a way in, or something may get hot */
    { "blind", ACT_STOP, STATE(true), -EAGAIN },
    { "plug", ACT_ON, STATE(false), -EAGAIN },
    { "plug", ACT_OFF, STATE(true), -EAGAIN },
    { "gate", ACT_CLOSE, STATE(true), -EAGAIN },
    { "gate", ACT_OPEN, STATE(false), -EAGAIN },
    { "stove", ACT_TEMPERATURE, STATE(true), -EAGAIN },
    { "stove", ACT_OFF, STATE(true), -EAGAIN },
    { "door", ACT_LOCK, STATE(false), -EAGAIN },
    { "door", ACT_UNLOCK, STATE(true), -EAGAIN },
    { "night", ACT_ON, STATE(false), -EAGAIN },
    { "lamp", ACT_NONE, STATE(true), -EAGAIN },
};
/* clang-format on */

static int is_early(struct fixture *f, struct act_step *steps, size_t n, size_t missed)
{
    struct plan_missed away = { .device = steps[0].device };
    const struct plan p = { .steps = steps, .steps_n = n, .missed = &away, .missed_n = missed };
    struct err e = ERR_INIT;
    const int r = past_is_early(&p, f->devices, f->states, &e);

    assert_int_equal(r, e.code); /* with words */
    return r;
}

/* Only what is harmless and goes back as it was is done before its sentence has ended. */
static void early(void **state)
{
    struct fixture *f = *state;
    struct act_step many[EARLY_DEVICES_MAX + 1];

    for (size_t i = 0; i < N_OF(early_cases); i++) {
        const struct device *d = devices_by_id(f->devices, early_cases[i].device);
        struct act_step step = { .device = d, .command = early_cases[i].command };

        f->states[devices_index(f->devices, d)] = early_cases[i].before;
        if (is_early(f, &step, 1, 0) != early_cases[i].want)
            fail_msg("%zu: %s", i, early_cases[i].device);
        assert_int_equal(is_early(f, &step, 1, 1), -EAGAIN); /* not all of it would be done */
    }
    for (size_t i = 0; i < N_OF(many); i++)
        many[i] = (struct act_step){ .device = devices_by_id(f->devices, "lamp"), .command = ACT_ON };
    f->states[0] = (struct device_state)STATE(false);
    assert_int_equal(is_early(f, many, EARLY_DEVICES_MAX, 0), 0);
    assert_int_equal(is_early(f, many, N_OF(many), 0), -EAGAIN);
    many[1].device = devices_by_id(f->devices, "plug"); /* one that must wait holds the rest up */
    assert_int_equal(is_early(f, many, 2, 0), -EAGAIN);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = { CASE(each), CASE(together), CASE(away_and_gone),
                                        CASE(forgotten), CASE(bound), CASE(early) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
