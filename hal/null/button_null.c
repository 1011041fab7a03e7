/* SPDX-License-Identifier: Apache-2.0 */
/* hal/null/button_null.c - no button: never readable, never pressed. */
#include "hal/button.h"

#include <stddef.h>

static int null_open(struct hal_button_dev **ret, const char *chip, unsigned line, struct err *e)
{
    (void)chip;
    (void)line;
    (void)e;
    *ret = NULL; /* a button without state */
    return 0;
}

static void null_close(struct hal_button_dev *button)
{
    (void)button;
}

static int null_fd(const struct hal_button_dev *button)
{
    (void)button;
    return -1;
}

static int null_read(struct hal_button_dev *button, bool *ret_down, struct err *e)
{
    (void)button;
    (void)e;
    *ret_down = false;
    return 0;
}

static int null_level(struct hal_button_dev *button, bool *ret_down, struct err *e)
{
    (void)button;
    (void)e;
    *ret_down = false;
    return 0;
}

const struct hal_button hal_button_null = {
    .version = HAL_BUTTON_VERSION,
    .name = "null",
    .open = null_open,
    .close = null_close,
    .fd = null_fd,
    .read = null_read,
    .level = null_level,
};
