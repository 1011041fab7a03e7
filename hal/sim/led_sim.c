/* SPDX-License-Identifier: Apache-2.0 */
/* hal/sim/led_sim.c - a light that keeps what was set. */
#include "hal/led.h"

#include <stdlib.h>

struct hal_led_dev {
    int percent;
};

static int sim_open(struct hal_led_dev **ret, const char *device, struct err *e)
{
    struct hal_led_dev *led = calloc(1, sizeof(*led));

    (void)device;
    if (!led)
        return err_set(e, -ENOMEM, "simulated light: out of memory");
    *ret = led;
    return 0;
}

static void sim_close(struct hal_led_dev *led)
{
    free(led);
}

static int sim_set(struct hal_led_dev *led, int percent, struct err *e)
{
    if (percent < 0 || percent > 100)
        return err_set(e, -EINVAL, "light: %d is outside 0..100 %%", percent);
    led->percent = percent;
    return 0;
}

int hal_sim_led_percent(const struct hal_led_dev *led)
{
    return led->percent;
}

const struct hal_led hal_led_sim = {
    .version = HAL_LED_VERSION,
    .name = "sim",
    .open = sim_open,
    .close = sim_close,
    .set = sim_set,
};
