/* SPDX-License-Identifier: Apache-2.0 */
/* hal/gpio/button_gpiod.c - a push button on a GPIO line, by libgpiod 1.6.
 *
 * A contact bounces for some milliseconds. The descriptor handed out is an epoll over the
 * line's edges and a timer: each edge starts the timer anew, and only when the line has been
 * still for SETTLE_MS is its level read and compared with what was told before. */
#include "hal/button.h"

#include "base/cleanup.h"

#include <gpiod.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

enum { SETTLE_MS = 20, EDGES_MAX = 64 };

static const char consumer[] = "jarvis";

struct hal_button_dev {
    struct gpiod_chip *chip; /* owned */
    struct gpiod_line *line; /* owned by the chip */
    int line_fd;             /* owned by the line */
    int timer_fd, epoll_fd;  /* owned */
    bool down;               /* as told */
};

static void gpio_close(struct hal_button_dev *button)
{
    if (!button)
        return;
    if (button->epoll_fd >= 0)
        close(button->epoll_fd);
    if (button->timer_fd >= 0)
        close(button->timer_fd);
    if (button->chip)
        gpiod_chip_close(button->chip); /* releases the line */
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
        return err_set(e, -ENOENT, "button: %s is no GPIO chip; 'gpiodetect' lists them", chip);
    case -EACCES:
    case -EPERM:
        return err_set(e, -EACCES, "button: %s: no permission; add this user to the group gpio",
                       chip);
    case -EBUSY:
        return err_set(e, -EBUSY, "button: line %u of %s is in use; 'gpioinfo' tells by whom", line,
                       chip);
    case -EINVAL:
        return err_set(e, -EINVAL, "button: %s has no line %u that can be an input", chip, line);
    default:
        return err_set(e, code, "button: line %u of %s: %s", line, chip, strerror(-code));
    }
}

static int gpio_request(struct hal_button_dev *button, unsigned line)
{
    button->line = gpiod_chip_get_line(button->chip, line);
    if (!button->line)
        return -errno;
    if (gpiod_line_request_both_edges_events_flags(
            button->line, consumer,
            GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW | GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP) < 0)
        return -errno;
    button->line_fd = gpiod_line_event_get_fd(button->line);
    return button->line_fd < 0 ? -errno : 0;
}

static int gpio_watch(struct hal_button_dev *button)
{
    struct epoll_event edge = { .events = EPOLLIN }, still = { .events = EPOLLIN };

    button->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    button->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (button->timer_fd < 0 || button->epoll_fd < 0 ||
        epoll_ctl(button->epoll_fd, EPOLL_CTL_ADD, button->line_fd, &edge) < 0 ||
        epoll_ctl(button->epoll_fd, EPOLL_CTL_ADD, button->timer_fd, &still) < 0)
        return -errno;
    return 0;
}

static int gpio_open(struct hal_button_dev **ret, const char *chip, unsigned line, struct err *e)
{
    AUTO(gpio_closep) struct hal_button_dev *button = NULL;
    int r;

    if (!chip || chip[0] == '\0')
        return err_set(e, -ENOENT, "button: this board has no GPIO chip; name one, for example "
                       "/dev/gpiochip0");
    button = calloc(1, sizeof(*button));
    if (!button)
        return err_set(e, -ENOMEM, "button: out of memory");
    button->timer_fd = button->epoll_fd = -1;
    button->chip = gpiod_chip_open(chip);
    if (!button->chip)
        return gpio_words(chip, line, -errno, e);
    r = gpio_request(button, line);
    if (r >= 0)
        r = gpio_watch(button);
    if (r < 0)
        return gpio_words(chip, line, r, e);
    r = gpiod_line_get_value(button->line);
    if (r < 0)
        return gpio_words(chip, line, -errno, e);
    button->down = r == 1;
    *ret = STEAL(button);
    return 0;
}

static int gpio_fd(const struct hal_button_dev *button)
{
    return button->epoll_fd;
}

/* Takes the edges that wait; true when there were any. -errno: the line is gone. */
static int gpio_take_edges(struct hal_button_dev *button)
{
    const struct timespec now = { 0, 0 };
    int taken = 0;

    for (; taken < EDGES_MAX; taken++) {
        struct gpiod_line_event edge;
        int r = gpiod_line_event_wait(button->line, &now);

        if (r > 0)
            r = gpiod_line_event_read(button->line, &edge) < 0 ? -1 : 1;
        if (r < 0)
            return -errno;
        if (r == 0)
            break;
    }
    return taken > 0;
}

static int gpio_read(struct hal_button_dev *button, bool *ret_down, struct err *e)
{
    const struct itimerspec settle = { .it_value = { 0, SETTLE_MS * 1000000L } };
    uint64_t expired = 0;
    int r = gpio_take_edges(button);

    if (r < 0)
        return err_set(e, r, "button: the line is gone: %s", strerror(-r));
    if (r > 0) {
        if (timerfd_settime(button->timer_fd, 0, &settle, NULL) < 0)
            return err_set(e, -errno, "button: no timer: %s", strerror(errno));
        *ret_down = button->down;
        return 0;
    }
    if (read(button->timer_fd, &expired, sizeof(expired)) < 0 && errno != EAGAIN)
        return err_set(e, -errno, "button: no timer: %s", strerror(errno));
    r = gpiod_line_get_value(button->line);
    if (r < 0)
        return err_set(e, -errno, "button: the line cannot be read: %s", strerror(errno));
    *ret_down = r == 1;
    if (*ret_down == button->down)
        return 0;
    button->down = *ret_down;
    return 1;
}

const struct hal_button hal_button_gpio = {
    .version = HAL_BUTTON_VERSION,
    .name = "gpio",
    .open = gpio_open,
    .close = gpio_close,
    .fd = gpio_fd,
    .read = gpio_read,
};
