/* SPDX-License-Identifier: Apache-2.0 */
/* hal/gpio/button_gpio.c - a button or switch on a GPIO line, by the kernel's own interface
 * (linux/gpio.h, version 2: Linux 5.10 and newer), so that no version of a library matters.
 *
 *     /dev/gpiochip0 --GET_LINE--> line's descriptor: readable on an edge that stayed for
 *                                  SETTLE_USEC (the kernel debounces), GET_VALUES: its level
 *
 * Pressed is low: the line has a pull-up, and the kernel is told that it is active low. */
#include "hal/button.h"
#include "hal/gpio_sys.h"

#include "base/cleanup.h"
#include "base/must.h"

#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

enum { SETTLE_USEC = 20000, EDGES_A_READ = 16, EDGE_READS_MAX = 8, CHIP_PATH_BYTES = 64 };

must_const(GPIO_V2_LINE_NUM_ATTRS_MAX >= 1);
must_const(sizeof(struct gpio_v2_line_event) == 48); /* the kernel's ABI, also on 32 bits */

static int sys_open(const char *path, int flags)
{
    return open(path, flags | O_CLOEXEC);
}

static int sys_ioctl(int fd, unsigned long request, void *arg)
{
    return ioctl(fd, request, arg);
}

static const struct hal_gpio_sys kernel = { sys_open, sys_ioctl, read, close };
static const struct hal_gpio_sys *gpio_sys = &kernel;

void hal_gpio_sys_set(const struct hal_gpio_sys *sys)
{
    gpio_sys = sys ? sys : &kernel;
}

struct hal_button_dev {
    int line_fd; /* owned */
    bool down;   /* as told */
};

static void gpio_close(struct hal_button_dev *button)
{
    if (!button)
        return;
    if (button->line_fd >= 0)
        gpio_sys->close(button->line_fd);
    free(button);
}

static void gpio_closep(struct hal_button_dev **button)
{
    gpio_close(*button);
}

static int gpio_words(const char *chip, unsigned line, int code, struct err *e)
{
    switch (code) {
    case -ENOENT:
    case -ENOTTY:
    case -ENODEV:
        return err_set(e, -ENOENT, "%s is no GPIO chip; 'gpiodetect' lists them", chip);
    case -EACCES:
    case -EPERM:
        return err_set(e, -EACCES, "%s: no permission; add this user to the group gpio", chip);
    case -EBUSY:
        return err_set(e, -EBUSY, "line %u of %s is in use; 'gpioinfo' tells by whom", line, chip);
    case -EINVAL:
        return err_set(e, -EINVAL, "%s has no line %u that can be an input", chip, line);
    default:
        return err_set(e, code, "line %u of %s: %s", line, chip, err_words(code));
    }
}

/* Asks the chip for the line; its descriptor, or a negative errno. */
static int gpio_request(int chip_fd, unsigned line)
{
    struct gpio_v2_line_request want = {
        .offsets = { line },
        .num_lines = 1,
        .consumer = "jarvis",
        .config = {
            .flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_ACTIVE_LOW |
                     GPIO_V2_LINE_FLAG_BIAS_PULL_UP | GPIO_V2_LINE_FLAG_EDGE_RISING |
                     GPIO_V2_LINE_FLAG_EDGE_FALLING,
            .num_attrs = 1,
            .attrs = { { .attr = { .id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE,
                                   .debounce_period_us = SETTLE_USEC },
                         .mask = 1 } },
        },
    };
    int flags;

    if (gpio_sys->ioctl(chip_fd, GPIO_V2_GET_LINE_IOCTL, &want) < 0)
        return -errno;
    flags = fcntl(want.fd, F_GETFL);
    if (flags < 0 || fcntl(want.fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        int r = -errno;

        gpio_sys->close(want.fd);
        return r;
    }
    return want.fd;
}

/* 1: down, 0: up. */
static int gpio_level(const struct hal_button_dev *button)
{
    struct gpio_v2_line_values level = { .mask = 1 };

    if (gpio_sys->ioctl(button->line_fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &level) < 0)
        return -errno;
    return level.bits & 1 ? 1 : 0;
}

static int gpio_open(struct hal_button_dev **ret, const char *chip, unsigned line, struct err *e)
{
    AUTO(gpio_closep) struct hal_button_dev *button = NULL;
    char path[CHIP_PATH_BYTES];
    int chip_fd, r;

    if (!chip || chip[0] == '\0')
        return err_set(e, -ENOENT, "this board has no GPIO chip; name one, for example "
                       "/dev/gpiochip0");
    /* "gpiochip0" is what gpiodetect prints */
    if ((size_t)snprintf(path, sizeof(path), "%s%s", strchr(chip, '/') ? "" : "/dev/", chip) >=
        sizeof(path))
        return err_set(e, -ENAMETOOLONG, "'%.60s...' is too long for a GPIO chip", chip);
    button = calloc(1, sizeof(*button));
    if (!button)
        return err_set(e, -ENOMEM, "out of memory");
    button->line_fd = -1;
    chip_fd = gpio_sys->open(path, O_RDWR);
    if (chip_fd < 0)
        return gpio_words(path, line, -errno, e);
    button->line_fd = gpio_request(chip_fd, line);
    gpio_sys->close(chip_fd); /* the line lives on without it */
    if (button->line_fd < 0)
        return gpio_words(path, line, button->line_fd, e);
    r = gpio_level(button);
    if (r < 0)
        return gpio_words(path, line, r, e);
    button->down = r == 1;
    *ret = STEAL(button);
    return 0;
}

static int gpio_fd(const struct hal_button_dev *button)
{
    return button->line_fd;
}

/* Takes the edges that wait; what is left after so many makes the descriptor readable again. */
static int gpio_take_edges(const struct hal_button_dev *button)
{
    struct gpio_v2_line_event edges[EDGES_A_READ];

    for (int i = 0; i < EDGE_READS_MAX; i++) {
        ssize_t n = gpio_sys->read(button->line_fd, edges, sizeof(edges));

        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
            return -ENODEV;
    }
    return 0;
}

static int gpio_read(struct hal_button_dev *button, bool *ret_down, struct err *e)
{
    int r = gpio_take_edges(button);

    if (r >= 0)
        r = gpio_level(button);
    if (r < 0)
        return err_set(e, r, "the line is gone: %s", err_words(r));
    *ret_down = r == 1;
    if (*ret_down == button->down)
        return 0;
    button->down = *ret_down;
    return 1;
}

static int gpio_level_told(struct hal_button_dev *button, bool *ret_down, struct err *e)
{
    int r = gpio_level(button);

    if (r < 0)
        return err_set(e, r, "the line cannot be read: %s", err_words(r));
    *ret_down = button->down = r == 1;
    return 0;
}

const struct hal_button hal_button_gpio = {
    .version = HAL_BUTTON_VERSION,
    .name = "gpio",
    .open = gpio_open,
    .close = gpio_close,
    .fd = gpio_fd,
    .read = gpio_read,
    .level = gpio_level_told,
};
