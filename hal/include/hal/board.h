/* SPDX-License-Identifier: Apache-2.0 */
/* hal/board.h - what a supported board has: one row each, chosen by board.name or found by
 * /proc/device-tree/model. Defaults for the audio, LED and button settings.
 * Threads: constant. */
#ifndef JARVIS_HAL_BOARD_H
#define JARVIS_HAL_BOARD_H

#include <stddef.h>

struct hal_board {
    const char *name;        /* "generic", "rpi4", "respeaker-2mic", "sim" */
    const char *model;       /* start of the device tree's model, NULL: never found by it */
    const char *capture, *playback; /* ALSA devices */
    const char *led;         /* name under /sys/class/leds, NULL: none */
    const char *gpio_chip;   /* NULL: no button */
    unsigned button_line, mute_line;
    const char *help;        /* one line for people */
};

extern const struct hal_board hal_boards[];
extern const size_t hal_boards_n;
const struct hal_board *hal_board_find(const char *name); /* NULL: unknown */
/* By the model text at `path` ("/proc/device-tree/model"); generic when nothing fits. */
const struct hal_board *hal_board_detect(const char *path);

#endif
