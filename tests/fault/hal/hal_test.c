/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/hal/hal_test.c - every allocation of the back ends fails once. */
#include "hal/audio.h"
#include "hal/button.h"
#include "hal/led.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fault/fault.h"

static const char *backend;

static int open_sound(void)
{
    const struct hal_audio *hal = hal_audio_find(backend);
    struct clock clock;
    const struct hal_pcm_want want = {
        .dir = HAL_CAPTURE, .device = "", .channels = 1, .period_ms = 10, .clock = &clock,
    };
    struct hal_pcm_info info;
    struct hal_pcm *pcm = NULL;
    int r;

    clock_init_virtual(&clock, 0);
    r = hal->open(&pcm, &want, &info, NULL);
    if (r < 0 && pcm)
        return -EPROTO;
    hal->close(pcm);
    return r;
}

static void sound(void **state)
{
    static const char *const names[] = { "null", "sim" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        backend = names[i];
        FAULT_LOOP(open_sound());
    }
}

static int open_light(void)
{
    struct hal_led_dev *led = NULL;
    int r = hal_led_sim.open(&led, "", NULL);

    hal_led_sim.close(led);
    return r;
}

static int open_button(void)
{
    struct hal_button_dev *button = NULL;
    int r = hal_button_sim.open(&button, NULL, 0, NULL);

    hal_button_sim.close(button);
    return r;
}

static void light_and_button(void **state)
{
    (void)state;
    FAULT_LOOP(open_light());
    FAULT_LOOP(open_button());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound),
        cmocka_unit_test(light_and_button),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
