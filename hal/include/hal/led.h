/* SPDX-License-Identifier: Apache-2.0 */
/* hal/led.h - one status light. Back ends: sysfs (real), null, sim (keeps what was set).
 * Threads: main loop. */
#ifndef JARVIS_HAL_LED_H
#define JARVIS_HAL_LED_H

#include "base/err.h"

enum { HAL_LED_VERSION = 1 };

struct hal_led_dev;

struct hal_led {
    int version;
    const char *name;
    /* `device`: sysfs: name under /sys/class/leds, or the whole path of such a folder. -EINVAL,
     * -ENOENT lists what there is; -EACCES. */
    int (*open)(struct hal_led_dev **ret, const char *device, struct err *e);
    void (*close)(struct hal_led_dev *led); /* NULL is fine; the light goes off */
    int (*set)(struct hal_led_dev *led, int percent, struct err *e); /* 0..100 */
};

extern const struct hal_led hal_led_sysfs, hal_led_null, hal_led_sim;
const struct hal_led *hal_led_find(const char *name); /* "none" is null; NULL: unknown */
int hal_sim_led_percent(const struct hal_led_dev *led); /* sim only */

#endif
