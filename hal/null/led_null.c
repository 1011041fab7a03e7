/* SPDX-License-Identifier: Apache-2.0 */
/* hal/null/led_null.c - no light: everything succeeds. */
#include "hal/led.h"

#include <stddef.h>

static int null_open(struct hal_led_dev **ret, const char *device, struct err *e)
{
    (void)device;
    (void)e;
    *ret = NULL; /* a light without state */
    return 0;
}

static void null_close(struct hal_led_dev *led)
{
    (void)led;
}

static int null_set(struct hal_led_dev *led, int percent, struct err *e)
{
    (void)led;
    if (percent < 0 || percent > 100)
        return err_set(e, -EINVAL, "light: %d is outside 0..100 %%", percent);
    return 0;
}

const struct hal_led hal_led_null = {
    .version = HAL_LED_VERSION,
    .name = "null",
    .open = null_open,
    .close = null_close,
    .set = null_set,
};
