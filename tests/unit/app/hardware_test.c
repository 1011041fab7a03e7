/* SPDX-License-Identifier: Apache-2.0 */
/* The mute switch and whoever mutes by word: the microphone is off while either says so, and
 * while it is not known; what was said survives a restart. Hardware is simulated, the store is a
 * real one. */
#include "app/app.h"

#include "lib/dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char dir[DIR_BYTES];

static struct rig {
    struct clock clock, real;
    struct app app;
    unsigned mutes, buttons, faults;
    bool on; /* as told last */
    char fault[256];
} rig;

static void on_msg(const struct msg *m, void *user)
{
    (void)user;
    if (m->type == MSG_MUTE) {
        rig.mutes++;
        rig.on = m->mute.on;
    }
    rig.buttons += m->type == MSG_BUTTON;
    if (m->type == MSG_FAULT) {
        rig.faults++;
        snprintf(rig.fault, sizeof(rig.fault), "%s: %s", m->part, m->text);
    }
}

static void turn(void)
{
    while (loop_step(rig.app.loop, 0))
        ;
}

static void open_store(struct app *a)
{
    const struct store_opts o = { .dir = dir, .clock = &rig.real };

    clock_init_real(&rig.real);
    assert_int_equal(store_open(&a->store, &o, NULL), 0);
    assert_int_equal(store_reader_new(&a->reader, a->store, NULL), 0);
}

/* A box whose mute switch is the given one; hardware_open() has been called. */
static void power_up(const char *backend, const char *chip, bool store)
{
    struct app *a = &rig.app;
    struct settings *s = &a->settings;
    struct audio_opts o = { .capture_hal = &hal_audio_sim, .playback_hal = &hal_audio_sim,
                            .clock = &rig.clock };

    memset(&rig, 0, sizeof(rig));
    clock_init_virtual(&rig.clock, 0);
    snprintf(s->led_backend, sizeof(s->led_backend), "none");
    snprintf(s->button_backend, sizeof(s->button_backend), "sim");
    snprintf(s->mute_backend, sizeof(s->mute_backend), "%s", backend);
    snprintf(s->mute_chip, sizeof(s->mute_chip), "%s", chip);
    a->clock = &rig.clock;
    a->board = hal_board_find("generic");
    assert_int_equal(loop_new(&a->loop, &rig.clock, NULL), 0);
    assert_int_equal(bus_new(&a->bus, a->loop, NULL), 0);
    assert_int_equal(bus_on(a->bus, MSG_N, on_msg, NULL, NULL), 0);
    assert_int_equal(audio_new(&a->audio, &o, NULL), 0);
    if (store)
        open_store(a);
    assert_int_equal(hardware_open(a, NULL), 0);
    turn();
}

static void power_off(void)
{
    struct app *a = &rig.app;

    hardware_close(a);
    audio_free(a->audio);
    store_reader_free(a->reader);
    store_close(a->store);
    bus_free(a->bus);
    loop_free(a->loop);
}

/* Is what the microphone hears kept from everyone? */
static bool is_deaf(void)
{
    static int16_t loud[480 * 4];
    struct audio_block b;
    bool deaf = true;

    for (size_t i = 0; i < 480 * 4; i++)
        loud[i] = i % 96 < 48 ? 9000 : -9000;
    assert_int_equal(audio_step_open(rig.app.audio, NULL), 0);
    assert_int_equal(hal_sim_feed(audio_capture_pcm(rig.app.audio), loud, 480 * 4, NULL), 0);
    for (int i = 0; i < 4; i++) {
        audio_step(rig.app.audio);
        clock_advance_usec(&rig.clock, 10000);
    }
    while (audio_capture_pop(rig.app.audio, &b))
        deaf = deaf && b.level_db < -90.0f;
    return deaf;
}

static void a_switch_is_a_level(void **state)
{
    static const struct {
        const char *name, *backend, *chip;
        bool muted;
        const char *fault; /* NULL: none */
    } cases[] = {
        { "no switch", "none", "", false, NULL },
        { "off at power-up", "sim", "", false, NULL },
        { "on at power-up", "sim", "down", true, NULL },
        { "cannot be opened", "gpio", "/dev/null", true,
          "mute: /dev/null is no GPIO chip; 'gpiodetect' lists them; the microphone stays off" },
        { "does not exist", "lever", "", true, "mute: no back end 'lever'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        power_up(cases[i].backend, cases[i].chip, true);
        if (rig.app.muted != cases[i].muted)
            fail_msg("%s: muted %d", cases[i].name, rig.app.muted);
        if (rig.mutes > 0)
            assert_int_equal(rig.on, cases[i].muted);
        assert_true(!cases[i].muted || rig.mutes == 1);
        assert_int_equal(rig.faults, cases[i].fault != NULL);
        if (cases[i].fault && !strstr(rig.fault, cases[i].fault))
            fail_msg("%s: %s", cases[i].name, rig.fault);
        assert_int_equal(is_deaf(), cases[i].muted);
        power_off();
    }
}

/* S/s: the switch on/off; M/m: a person mutes/unmutes. */
static void either_keeps_it_off(void **state)
{
    static const struct {
        const char *script;
        bool muted;
        int code; /* of the last M or m */
    } cases[] = {
        { "S", true, 0 },   { "Ss", false, 0 },    { "M", true, 0 },         { "Mm", false, 0 },
        { "SM", true, 0 },  { "SMs", true, 0 },    { "SMsm", false, 0 },     { "MS", true, 0 },
        { "MSm", true, -EPERM }, { "MSms", false, -EPERM }, { "Sm", true, -EPERM },
        { "m", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int code = 0;

        power_up("sim", "", true);
        for (const char *p = cases[i].script; *p; p++) {
            if (*p == 'S' || *p == 's')
                hal_sim_button_press(rig.app.mute, *p == 'S');
            else
                code = mute_set(&rig.app, *p == 'M', NULL);
            turn();
        }
        if (rig.app.muted != cases[i].muted || code != cases[i].code)
            fail_msg("%s: muted %d, code %d", cases[i].script, rig.app.muted, code);
        assert_int_equal(rig.on, cases[i].muted);
        assert_int_equal(is_deaf(), cases[i].muted);
        mute_set(&rig.app, false, NULL); /* the next case starts anew */
        power_off();
    }
}

/* What was wanted by word is there again after the restart, with the switch beside it. */
static void survives_a_restart(void **state)
{
    static const struct {
        const char *words; /* M: mute, m: unmute */
        const char *chip;  /* of the switch at the second start */
        bool muted;
    } cases[] = {
        { "M", "", true },  { "Mm", "", false },    { "MmM", "", true },
        { "m", "", false }, { "m", "down", true }, { "M", "down", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        power_up("sim", "", true);
        for (const char *p = cases[i].words; *p; p++)
            mute_set(&rig.app, *p == 'M', NULL);
        power_off();
        power_up("sim", cases[i].chip, true);
        if (rig.app.muted != cases[i].muted)
            fail_msg("'%s', switch '%s'", cases[i].words, cases[i].chip);
        assert_int_equal(rig.faults, 0);
        assert_int_equal(is_deaf(), cases[i].muted);
        power_off();
    }
}

/* What is not known counts as off, until the store can tell or a person says otherwise. */
static void without_a_store_it_stays_off(void **state)
{
    static const char *const chips[] = { "", "down" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        power_up("sim", chips[i], false);
        assert_true(rig.app.muted);
        assert_true(is_deaf());
        assert_int_equal(rig.faults, 1);
        assert_non_null(strstr(rig.fault, "it is not known whether"));
        assert_int_equal(mute_set(&rig.app, false, NULL), i == 1 ? -EPERM : 0);
        turn();
        assert_int_equal(rig.app.muted, i == 1);
        assert_int_equal(rig.faults, 2);
        assert_non_null(strstr(rig.fault, "may forget"));
        power_off();
    }
}

/* M: the store, when it opens at last, says that somebody had muted; m: that nobody had. */
static void asked_again_when_the_store_works(void **state)
{
    (void)state;
    for (int muted = 0; muted < 2; muted++) {
        power_up("sim", "", true);
        mute_set(&rig.app, muted, NULL);
        power_off();
        power_up("sim", "", false);
        assert_true(rig.app.muted);
        open_store(&rig.app);
        bus_post_fault(rig.app.bus, "store", 0, "the store works again");
        turn();
        assert_int_equal(rig.app.muted, muted);
        assert_int_equal(is_deaf(), muted);
        assert_non_null(strstr(rig.fault, "it is known again"));
        power_off();
    }
}

static void a_button_is_an_edge(void **state)
{
    (void)state;
    power_up("none", "", true);
    assert_int_equal(rig.buttons, 0);
    hal_sim_button_press(rig.app.button, true);
    turn();
    hal_sim_button_press(rig.app.button, false);
    turn();
    assert_int_equal(rig.buttons, 1);
    power_off();
}

static int set_up(void **state)
{
    (void)state;
    return dir_make(dir, "hardware-test");
}

static int tear_down(void **state)
{
    (void)state;
    return dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_switch_is_a_level, set_up, tear_down),
        cmocka_unit_test_setup_teardown(either_keeps_it_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_store_it_stays_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asked_again_when_the_store_works, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_button_is_an_edge, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
