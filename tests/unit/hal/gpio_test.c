/* SPDX-License-Identifier: Apache-2.0 */
/* GPIO lines without hardware: the kernel's calls are played by this program, the line's
 * descriptor is a pipe that the test writes edges into. */
#include "hal/button.h"
#include "hal/gpio_sys.h"

#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHIP_FD = 4000 };

static struct chip {
    int open_errno, line_errno, level_errno, read_errno; /* 0: works */
    bool down;
    int line[2]; /* a pipe; [0] is what the kernel hands out, -1: closed */
    unsigned chips_open;
    char path[64];
    struct gpio_v2_line_request asked;
} chip;

static int refuse(int code)
{
    errno = code;
    return -1;
}

static int play_open(const char *path, int flags)
{
    assert_int_equal(flags, O_RDWR);
    snprintf(chip.path, sizeof(chip.path), "%s", path);
    if (chip.open_errno)
        return refuse(chip.open_errno);
    chip.chips_open++;
    return CHIP_FD;
}

static int play_ioctl(int fd, unsigned long request, void *arg)
{
    if (request == GPIO_V2_GET_LINE_IOCTL) {
        struct gpio_v2_line_request *want = arg;

        assert_int_equal(fd, CHIP_FD);
        chip.asked = *want;
        if (chip.line_errno)
            return refuse(chip.line_errno);
        assert_int_equal(pipe(chip.line), 0);
        want->fd = chip.line[0];
        return 0;
    }
    assert_true(request == GPIO_V2_LINE_GET_VALUES_IOCTL);
    assert_int_equal(fd, chip.line[0]);
    if (chip.level_errno)
        return refuse(chip.level_errno);
    ((struct gpio_v2_line_values *)arg)->bits = chip.down;
    return 0;
}

static ssize_t play_read(int fd, void *buf, size_t len)
{
    return chip.read_errno ? refuse(chip.read_errno) : read(fd, buf, len);
}

static int play_close(int fd)
{
    if (fd == CHIP_FD) {
        chip.chips_open--;
        return 0;
    }
    assert_int_equal(fd, chip.line[0]);
    close(chip.line[1]);
    chip.line[0] = -1;
    return close(fd);
}

static const struct hal_gpio_sys played = { play_open, play_ioctl, play_read, play_close };

static int set_up(void **state)
{
    (void)state;
    chip = (struct chip){ .line = { -1, -1 } };
    hal_gpio_sys_set(&played);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hal_gpio_sys_set(NULL);
    assert_int_equal(chip.chips_open, 0);
    return chip.line[0] == -1 ? 0 : -1; /* whatever happened, nothing stays open */
}

static void edges(unsigned count)
{
    struct gpio_v2_line_event e = { .id = GPIO_V2_LINE_EVENT_RISING_EDGE };

    for (unsigned i = 0; i < count; i++)
        assert_int_equal(write(chip.line[1], &e, sizeof(e)), sizeof(e));
}

static bool is_readable(const struct hal_button_dev *button)
{
    struct pollfd p = { .fd = hal_button_gpio.fd(button), .events = POLLIN };

    return poll(&p, 1, 0) == 1;
}

static void asks_for_a_debounced_input(void **state)
{
    static const uint64_t flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_ACTIVE_LOW |
                                  GPIO_V2_LINE_FLAG_BIAS_PULL_UP | GPIO_V2_LINE_FLAG_EDGE_RISING |
                                  GPIO_V2_LINE_FLAG_EDGE_FALLING;
    struct hal_button_dev *button = NULL;

    (void)state;
    assert_int_equal(hal_button_gpio.open(&button, "gpiochip0", 27, NULL), 0);
    assert_string_equal(chip.path, "/dev/gpiochip0"); /* as gpiodetect prints it */
    assert_int_equal(chip.asked.num_lines, 1);
    assert_int_equal(chip.asked.offsets[0], 27);
    assert_int_equal(chip.asked.config.flags, flags);
    assert_int_equal(chip.asked.config.num_attrs, 1);
    assert_int_equal(chip.asked.config.attrs[0].attr.id, GPIO_V2_LINE_ATTR_ID_DEBOUNCE);
    assert_int_equal(chip.asked.config.attrs[0].attr.debounce_period_us, 20000);
    assert_int_equal(chip.asked.config.attrs[0].mask, 1);
    assert_string_equal(chip.asked.consumer, "jarvis");
    hal_button_gpio.close(button);
}

/* One script a case: the level when it is opened, then pairs of level and edges that wait. */
static void tells_changes_and_levels(void **state)
{
    static const struct {
        const char *name;
        bool down;
        struct {
            bool down;
            unsigned edges;
            int want;
        } steps[4];
        size_t n;
    } cases[] = {
        { "pressed and let go", false, { { true, 1, 1 }, { false, 1, 1 } }, 2 },
        { "bounced back before anyone looked", false, { { false, 2, 0 }, { true, 1, 1 } }, 2 },
        { "a switch that is on from the start", true, { { true, 0, 0 }, { false, 1, 1 } }, 2 },
        { "a storm of edges", false, { { true, 500, 1 }, { true, 0, 0 } }, 2 },
        { "an edge that was missed", false, { { true, 0, 1 } }, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hal_button_dev *button = NULL;
        bool down;

        chip.down = cases[i].down;
        assert_int_equal(hal_button_gpio.open(&button, "/dev/gpiochip4", 17, NULL), 0);
        assert_int_equal(hal_button_gpio.level(button, &down, NULL), 0);
        assert_int_equal(down, cases[i].down);
        for (size_t k = 0; k < cases[i].n; k++) {
            int rounds = 0, told = 0;

            chip.down = cases[i].steps[k].down;
            edges(cases[i].steps[k].edges);
            do /* as the loop does: while there is something to read */
                told |= hal_button_gpio.read(button, &down, NULL);
            while (is_readable(button) && ++rounds < 100);
            if (told != cases[i].steps[k].want || down != cases[i].steps[k].down)
                fail_msg("%s, step %zu: %d", cases[i].name, k, told);
        }
        hal_button_gpio.close(button);
        assert_int_equal(chip.line[0], -1);
    }
}

static void refusals_in_words(void **state)
{
    static const struct {
        const char *chip;
        int open_errno, line_errno, level_errno, want;
        const char *words;
    } cases[] = {
        { "gpiochip9", ENOENT, 0, 0, -ENOENT, "/dev/gpiochip9 is no GPIO chip" },
        { "gpiochip0", EACCES, 0, 0, -EACCES, "group gpio" },
        { "/dev/null", 0, ENOTTY, 0, -ENOENT, "gpiodetect" },
        { "gpiochip0", 0, EBUSY, 0, -EBUSY, "line 5 of /dev/gpiochip0 is in use" },
        { "gpiochip0", 0, EINVAL, 0, -EINVAL, "no line 5" },
        { "gpiochip0", 0, 0, EIO, -EIO, "line 5 of /dev/gpiochip0" },
        { "", 0, 0, 0, -ENOENT, "/dev/gpiochip0" },
        { "/dev/a-name-that-is-much-longer-than-any-chip-has-and-does-not-fit-in", 0, 0, 0,
          -ENAMETOOLONG, "too long" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hal_button_dev *button = NULL;
        struct err e = ERR_INIT;

        chip.open_errno = cases[i].open_errno;
        chip.line_errno = cases[i].line_errno;
        chip.level_errno = cases[i].level_errno;
        assert_int_equal(hal_button_gpio.open(&button, cases[i].chip, 5, &e), cases[i].want);
        if (!strstr(e.text, cases[i].words))
            fail_msg("case %zu: %s", i, e.text);
        assert_null(button);
        assert_int_equal(chip.chips_open, 0);
        assert_int_equal(chip.line[0], -1);
    }
}

static void a_line_that_goes(void **state)
{
    struct hal_button_dev *button = NULL;
    struct err e = ERR_INIT;
    bool down = true;

    (void)state;
    assert_int_equal(hal_button_gpio.open(&button, "gpiochip0", 5, NULL), 0);
    chip.read_errno = ENODEV; /* the chip was unbound */
    assert_int_equal(hal_button_gpio.read(button, &down, &e), -ENODEV);
    assert_non_null(strstr(e.text, "gone"));
    chip.read_errno = 0;
    chip.level_errno = ENODEV;
    assert_int_equal(hal_button_gpio.read(button, &down, &e), -ENODEV);
    assert_int_equal(hal_button_gpio.level(button, &down, &e), -ENODEV);
    assert_true(down); /* nothing was told */
    hal_button_gpio.close(button);
    hal_button_gpio.close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_for_a_debounced_input, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_changes_and_levels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_in_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_goes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
