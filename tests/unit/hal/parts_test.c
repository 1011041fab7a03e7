/* SPDX-License-Identifier: Apache-2.0 */
/* Lights, buttons and boards. The kernel's LED folder is a made-up one; for a GPIO line only
 * the refusals can be seen without hardware. */
#include "hal/board.h"
#include "hal/button.h"
#include "hal/led.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/jarvis-parts-test-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const files[] = { "brightness", "max_brightness", "trigger", "model" };
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static void put(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static long number_in(const char *name)
{
    char path[128], text[32] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "re");
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof(text), f));
    fclose(f);
    return strtol(text, NULL, 10);
}

static void led_of_the_kernel(void **state)
{
    static const struct {
        int percent;
        long want;
    } cases[] = { { 100, 255 }, { 50, 128 }, { 1, 3 }, { 0, 0 } };
    const struct hal_led *hal = hal_led_find("sysfs");
    struct hal_led_dev *led = NULL;
    struct err e = ERR_INIT;

    (void)state;
    put("max_brightness", "255\n");
    put("brightness", "");
    put("trigger", "");
    assert_int_equal(hal->open(&led, dir, &e), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put("brightness", "");
        assert_int_equal(hal->set(led, cases[i].percent, NULL), 0);
        assert_int_equal(number_in("brightness"), cases[i].want);
    }
    assert_int_equal(hal->set(led, 101, &e), -EINVAL);
    assert_int_equal(hal->set(led, -1, &e), -EINVAL);
    assert_non_null(strstr(e.text, "0..100"));
    hal->set(led, 100, NULL);
    put("brightness", "");
    hal->close(led);
    assert_int_equal(number_in("brightness"), 0); /* off at the end */
    hal->close(NULL);
}

static void led_refused(void **state)
{
    static const struct {
        const char *device;
        int want;
        const char *text;
    } cases[] = {
        { "", -EINVAL, "a name under /sys/class/leds" },
        { "../../etc", -EINVAL, "a name under" },
        { "no-such-light", -ENOENT, "there are:" },
        { "/nowhere/led", -ENOENT, "no light '/nowhere/led'" },
    };
    struct hal_led_dev *led = (struct hal_led_dev *)&cases;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(hal_led_sysfs.open(&led, cases[i].device, &e), cases[i].want);
        if (!strstr(e.text, cases[i].text))
            fail_msg("'%s': %s", cases[i].device, e.text);
        assert_ptr_equal(led, &cases);
    }
    put("max_brightness", "nonsense\n");
    assert_int_equal(hal_led_sysfs.open(&led, dir, &e), -EIO);
}

static void led_null_and_sim(void **state)
{
    struct hal_led_dev *led = NULL;

    (void)state;
    assert_ptr_equal(hal_led_find("none"), &hal_led_null);
    assert_ptr_equal(hal_led_find("null"), &hal_led_null);
    assert_null(hal_led_find("neopixel"));
    assert_int_equal(hal_led_null.open(&led, "", NULL), 0);
    assert_int_equal(hal_led_null.set(led, 50, NULL), 0);
    assert_int_equal(hal_led_null.set(led, 500, NULL), -EINVAL);
    hal_led_null.close(led);
    assert_int_equal(hal_led_sim.open(&led, "", NULL), 0);
    assert_int_equal(hal_led_sim.set(led, 50, NULL), 0);
    assert_int_equal(hal_led_sim.set(led, 500, NULL), -EINVAL);
    assert_int_equal(hal_sim_led_percent(led), 50);
    hal_led_sim.close(led);
}

static void button_sim(void **state)
{
    const struct hal_button *hal = hal_button_find("sim");
    struct hal_button_dev *button = NULL;
    struct pollfd p = { .events = POLLIN };
    bool down = true;

    (void)state;
    assert_int_equal(hal->open(&button, NULL, 0, NULL), 0);
    p.fd = hal->fd(button);
    assert_int_equal(poll(&p, 1, 0), 0);
    assert_int_equal(hal->read(button, &down, NULL), 0);
    assert_false(down);
    hal_sim_button_press(button, true);
    assert_int_equal(poll(&p, 1, 0), 1);
    assert_int_equal(hal->read(button, &down, NULL), 1);
    assert_true(down);
    assert_int_equal(poll(&p, 1, 0), 0);
    hal_sim_button_press(button, false);
    hal_sim_button_press(button, true); /* bounced back before anyone looked */
    assert_int_equal(hal->read(button, &down, NULL), 0);
    assert_true(down);
    hal_sim_button_press(button, false);
    assert_int_equal(hal->level(button, &down, NULL), 0);
    assert_false(down);
    assert_int_equal(hal->read(button, &down, NULL), 0); /* told already */
    hal->close(button);
    assert_int_equal(hal->open(&button, "down", 0, NULL), 0); /* pressed since before */
    assert_int_equal(hal->read(button, &down, NULL), 0);
    assert_int_equal(hal->level(button, &down, NULL), 0);
    assert_true(down);
    hal->close(button);
}

static void button_null_and_gpio(void **state)
{
    struct hal_button_dev *button = NULL;
    struct err e = ERR_INIT;
    bool down = true;

    (void)state;
    assert_ptr_equal(hal_button_find("none"), &hal_button_null);
    assert_null(hal_button_find("keyboard"));
    assert_int_equal(hal_button_null.open(&button, "", 0, NULL), 0);
    assert_int_equal(hal_button_null.fd(button), -1);
    assert_int_equal(hal_button_null.read(button, &down, NULL), 0);
    assert_false(down);
    assert_int_equal(hal_button_null.level(button, &down, NULL), 0);
    assert_false(down);
    hal_button_null.close(button);
    button = (struct hal_button_dev *)&e;
    assert_int_equal(hal_button_gpio.open(&button, "/dev/no-such-chip", 17, &e), -ENOENT);
    assert_non_null(strstr(e.text, "gpiodetect"));
    assert_int_equal(hal_button_gpio.open(&button, "/dev/null", 17, &e), -ENOENT);
    assert_int_equal(hal_button_gpio.open(&button, NULL, 17, &e), -ENOENT);
    assert_non_null(strstr(e.text, "/dev/gpiochip0"));
    assert_ptr_equal(button, &e);
    hal_button_gpio.close(NULL);
}

static void boards(void **state)
{
    static const struct {
        const char *model, *want;
    } cases[] = {
        { "Raspberry Pi 3 Model B Plus Rev 1.3", "rpi3" },
        { "Raspberry Pi 4 Model B Rev 1.4", "rpi4" },
        { "Raspberry Pi 5 Model B Rev 1.0", "rpi5" },
        { "Raspberry Pi Zero 2 W Rev 1.0", "zero2w" },
        { "Raspberry Pi Zero W Rev 1.1", "generic" },
        { "", "generic" },
    };
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/model", dir);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put("model", cases[i].model);
        assert_string_equal(hal_board_detect(path)->name, cases[i].want);
    }
    assert_string_equal(hal_board_detect("/nowhere/model")->name, "generic");
    assert_null(hal_board_find("toaster"));
    for (size_t i = 0; i < hal_boards_n; i++) {
        assert_ptr_equal(hal_board_find(hal_boards[i].name), &hal_boards[i]);
        assert_non_null(hal_boards[i].help);
        assert_non_null(hal_boards[i].capture);
        assert_non_null(hal_boards[i].playback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(led_of_the_kernel),
        cmocka_unit_test(led_refused),
        cmocka_unit_test(led_null_and_sim),
        cmocka_unit_test(button_sim),
        cmocka_unit_test(button_null_and_gpio),
        cmocka_unit_test(boards),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
