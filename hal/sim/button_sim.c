/* SPDX-License-Identifier: Apache-2.0 */
/* hal/sim/button_sim.c - a button that a test presses; on chip "down" it was pressed before. */
#include "hal/button.h"

#include "base/cleanup.h"

#include <string.h>
#include <sys/eventfd.h>

struct hal_button_dev {
    int fd; /* owned eventfd: a change waits */
    bool down, told_down;
};

static void sim_close(struct hal_button_dev *button)
{
    if (!button)
        return;
    if (button->fd >= 0)
        close(button->fd);
    free(button);
}

static int sim_open(struct hal_button_dev **ret, const char *chip, unsigned line, struct err *e)
{
    struct hal_button_dev *button = calloc(1, sizeof(*button));
    int r;

    (void)line;
    if (!button)
        return err_set(e, -ENOMEM, "simulated button: out of memory");
    button->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (button->fd < 0) {
        r = err_set(e, -errno, "simulated button: no eventfd: %s", err_words(errno));
        sim_close(button);
        return r;
    }
    button->down = button->told_down = chip && strcmp(chip, "down") == 0;
    *ret = button;
    return 0;
}

static int sim_fd(const struct hal_button_dev *button)
{
    return button->fd;
}

static int sim_read(struct hal_button_dev *button, bool *ret_down, struct err *e)
{
    eventfd_t count;
    bool changed = button->down != button->told_down;

    (void)e;
    eventfd_read(button->fd, &count);
    button->told_down = button->down;
    *ret_down = button->down;
    return changed ? 1 : 0;
}

static int sim_level(struct hal_button_dev *button, bool *ret_down, struct err *e)
{
    (void)e;
    *ret_down = button->told_down = button->down;
    return 0;
}

void hal_sim_button_press(struct hal_button_dev *button, bool down)
{
    button->down = down;
    eventfd_write(button->fd, 1);
}

const struct hal_button hal_button_sim = {
    .version = HAL_BUTTON_VERSION,
    .name = "sim",
    .open = sim_open,
    .close = sim_close,
    .fd = sim_fd,
    .read = sim_read,
    .level = sim_level,
};
