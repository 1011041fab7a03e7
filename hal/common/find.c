/* SPDX-License-Identifier: Apache-2.0 */
/* hal/common/find.c - back ends by name. */
#include "hal/audio.h"
#include "hal/button.h"
#include "hal/led.h"

#include <string.h>

static const struct hal_audio *const audio_backends[] = {
    &hal_audio_alsa,
    &hal_audio_null,
    &hal_audio_sim,
};

static const struct hal_led *const led_backends[] = {
    &hal_led_sysfs,
    &hal_led_null,
    &hal_led_sim,
};

static const struct hal_button *const button_backends[] = {
    &hal_button_gpio,
    &hal_button_null,
    &hal_button_sim,
};

/* Settings say "none" where the tables say "null". */
static const char *name_of(const char *name)
{
    return strcmp(name, "none") == 0 ? "null" : name;
}

const struct hal_audio *hal_audio_find(const char *name)
{
    for (size_t i = 0; i < sizeof(audio_backends) / sizeof(audio_backends[0]); i++)
        if (strcmp(audio_backends[i]->name, name) == 0)
            return audio_backends[i];
    return NULL;
}

const struct hal_led *hal_led_find(const char *name)
{
    for (size_t i = 0; i < sizeof(led_backends) / sizeof(led_backends[0]); i++)
        if (strcmp(led_backends[i]->name, name_of(name)) == 0)
            return led_backends[i];
    return NULL;
}

const struct hal_button *hal_button_find(const char *name)
{
    for (size_t i = 0; i < sizeof(button_backends) / sizeof(button_backends[0]); i++)
        if (strcmp(button_backends[i]->name, name_of(name)) == 0)
            return button_backends[i];
    return NULL;
}
