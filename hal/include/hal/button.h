/* SPDX-License-Identifier: Apache-2.0 */
/* hal/button.h - a push button or a mute switch. Back ends: gpio (the kernel's), null, sim.
 *
 * A button is an edge: a descriptor that becomes readable on a change, and read(), which tells
 * the state after it (still for 20 ms). A switch is a level: whoever opens one asks level()
 * once, for it may stand on "down" since before the power came on.
 * Threads: main loop. */
#ifndef JARVIS_HAL_BUTTON_H
#define JARVIS_HAL_BUTTON_H

#include "base/err.h"

#include <stdbool.h>

enum { HAL_BUTTON_VERSION = 2 };

struct hal_button_dev;

struct hal_button {
    int version;
    const char *name;
    /* chip "/dev/gpiochip0", line number; pressed = low (pull-up). -ENOENT, -EBUSY, -EACCES. */
    int (*open)(struct hal_button_dev **ret, const char *chip, unsigned line, struct err *e);
    void (*close)(struct hal_button_dev *button); /* NULL is fine */
    int (*fd)(const struct hal_button_dev *button); /* -1: never readable */
    /* Takes pending changes; *ret_down is the state after the last. 1: changed, 0: not. */
    int (*read)(struct hal_button_dev *button, bool *ret_down, struct err *e);
    /* The state now, changed or not; read() tells changes from it on. */
    int (*level)(struct hal_button_dev *button, bool *ret_down, struct err *e);
};

extern const struct hal_button hal_button_gpio, hal_button_null, hal_button_sim;
const struct hal_button *hal_button_find(const char *name); /* "none" is null; NULL: unknown */
void hal_sim_button_press(struct hal_button_dev *button, bool down); /* sim only */

#endif
