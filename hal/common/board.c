/* SPDX-License-Identifier: Apache-2.0 */
/* hal/common/board.c - what each supported board has. A new board is a new row. */
#include "hal/board.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <string.h>

enum { MODEL_BYTES = 128 };

/* clang-format off */
const struct hal_board hal_boards[] = {
    /* name, start of the model, capture, playback, LED, GPIO chip, button line, mute line,
     * help */
    { "generic", NULL, "default", "default", NULL, NULL, 0, 0,
      "Any machine with a sound card that ALSA knows." },
    { "rpi3", "Raspberry Pi 3", "default", "default", "ACT", "/dev/gpiochip0", 17, 27,
      "Raspberry Pi 3 A+, B, B+ with a USB sound card." },
    { "rpi4", "Raspberry Pi 4", "default", "default", "ACT", "/dev/gpiochip0", 17, 27,
      "Raspberry Pi 4 B with a USB sound card." },
    { "rpi5", "Raspberry Pi 5", "default", "default", "ACT", "/dev/gpiochip0", 17, 27,
      "Raspberry Pi 5 with a USB sound card." },
    { "zero2w", "Raspberry Pi Zero 2 W", "default", "default", "ACT", "/dev/gpiochip0", 17, 27,
      "Raspberry Pi Zero 2 W with a USB sound card." },
    { "respeaker-2mic", NULL, "plughw:0,0", "plughw:0,0", NULL, "/dev/gpiochip0", 17, 27,
      "Seeed ReSpeaker 2-Mics HAT (WM8960, button on GPIO 17) as the only sound card." },
    { "sim", NULL, "", "", NULL, NULL, 0, 0,
      "No hardware at all: files and the clock." },
};
/* clang-format on */
const size_t hal_boards_n = sizeof(hal_boards) / sizeof(hal_boards[0]);

const struct hal_board *hal_board_find(const char *name)
{
    for (size_t i = 0; i < hal_boards_n; i++)
        if (strcmp(hal_boards[i].name, name) == 0)
            return &hal_boards[i];
    return NULL;
}

const struct hal_board *hal_board_detect(const char *path)
{
    AUTO_FCLOSE FILE *f = fopen(path, "re");
    char model[MODEL_BYTES] = "";

    if (f && fread(model, 1, sizeof(model) - 1, f) > 0)
        for (size_t i = 0; i < hal_boards_n; i++)
            if (hal_boards[i].model && str_starts(model, hal_boards[i].model))
                return &hal_boards[i];
    return hal_board_find("generic");
}
