/* SPDX-License-Identifier: Apache-2.0 */
/* app/hardware.c - the board's parts by settings: sound back end, LED, button; mute.c has the
 * mute switch.
 *
 * A part that is set but not there is told as a fault; the assistant runs without it. */
#include "app/app.h"

#include "base/must.h"

#include <string.h>
#include <sys/epoll.h>

static const struct { /* what the light shows, in percent */
    const char *state;
    int percent;
} led_states[] = {
    { "idle", 0 },
    { "listening", 100 },
    { "thinking", 40 },
    { "speaking", 70 },
};

static const char *device_or(const char *set, const char *of_board)
{
    bool unset = set[0] == '\0' || strcmp(set, "default") == 0;

    return unset && of_board ? of_board : set;
}

static void hardware_board(struct app *a)
{
    const char *name = a->settings.board_name;
    bool by_itself = strcmp(name, "auto") == 0;

    a->board = by_itself ? hal_board_detect("/proc/device-tree/model") : hal_board_find(name);
    if (must(a->board)) /* the setting's words are the names of the table */
        return;
    a->board = hal_board_find("generic");
}

int hardware_audio(struct audio_opts *o, struct app *a, struct err *e)
{
    const struct settings *s = &a->settings;
    bool alsa = strcmp(s->audio_backend, "auto") == 0 || strcmp(s->audio_backend, "alsa") == 0;

    hardware_board(a);
    o->capture_hal = o->playback_hal = hal_audio_find(alsa ? "alsa" : s->audio_backend);
    if (!must(o->capture_hal))
        return err_set(e, -ENOENT, "audio.backend: no back end '%s'", s->audio_backend);
    o->capture_device = alsa ? device_or(s->audio_capture, a->board->capture) : s->audio_capture;
    o->playback_device = alsa ? device_or(s->audio_playback, a->board->playback)
                              : s->audio_playback;
    if (!alsa && strcmp(o->capture_device, "default") == 0)
        o->capture_device = "";
    if (!alsa && strcmp(o->playback_device, "default") == 0)
        o->playback_device = "";
    o->rate_hz = (unsigned)s->audio_rate_hz;
    o->channel = strcmp(s->audio_channel, "auto") == 0 ? -1 : s->audio_channel[0] - '0';
    o->volume_percent = (int)s->audio_volume_percent;
    o->realtime = s->audio_realtime && !a->opts.lab;
    o->clock = a->clock;
    return 0;
}

static void hardware_on_state(const struct msg *m, void *user)
{
    struct app *a = user;
    struct err e = ERR_INIT;

    if (!a->led || !m->text || (m->endpoint != 0 && m->endpoint != ENDPOINT_BOX))
        return;
    for (size_t i = 0; i < sizeof(led_states) / sizeof(led_states[0]); i++) {
        if (strcmp(led_states[i].state, m->text) != 0)
            continue;
        if (a->led_hal->set(a->led, led_states[i].percent, &e) < 0)
            bus_post_fault(a->bus, "led", e.code, err_text(&e));
        else if (a->led_failed)
            bus_post_fault(a->bus, "led", 0, "it can be set again");
        a->led_failed = e.code < 0;
        return;
    }
}

static void hardware_on_settings(const struct msg *m, void *user)
{
    struct app *a = user;

    if (settings_touches(m->text, SETTINGS_SOUND))
        audio_volume_set(a->audio, (int)a->settings.audio_volume_percent);
}

static void hardware_on_button(int fd, uint32_t revents, void *user)
{
    struct app *a = user;
    struct err e = ERR_INIT;
    bool down = false;
    int r = a->button_hal->read(a->button, &down, &e);

    (void)fd;
    (void)revents;
    if (r < 0) {
        a->button_io = loop_io_free(a->button_io); /* a broken line must not spin the loop */
        bus_post_fault(a->bus, "button", r, err_text(&e));
    } else if (r > 0 && down) {
        bus_post(a->bus, msg_new(MSG_BUTTON, 0));
    }
}

int hardware_input(struct app *a, const struct input_opts *o, const struct hal_button **ret_hal,
                   struct hal_button_dev **ret_dev, struct loop_io **ret_io, struct err *e)
{
    const struct hal_button *hal = hal_button_find(o->backend);
    int r;

    if (!hal)
        return err_set(e, -EINVAL, "no back end '%s'", o->backend);
    if (hal->version != HAL_BUTTON_VERSION)
        return err_set(e, -EINVAL, "back end '%s' is of version %d, not %d", hal->name,
                       hal->version, HAL_BUTTON_VERSION);
    r = hal->open(ret_dev, o->chip[0] ? o->chip : a->board->gpio_chip, (unsigned)o->line, e);
    if (r < 0)
        return r;
    *ret_hal = hal;
    if (hal->fd(*ret_dev) < 0)
        return 0;
    return loop_io_new(ret_io, a->loop, hal->fd(*ret_dev), EPOLLIN, o->fn, a, e);
}

static void hardware_open_button(struct app *a)
{
    const struct settings *s = &a->settings;
    const struct input_opts o = { s->button_backend, s->button_chip, s->button_line,
                                  hardware_on_button };
    struct err e = ERR_INIT;
    int r = hardware_input(a, &o, &a->button_hal, &a->button, &a->button_io, &e);

    if (r < 0)
        bus_post_fault(a->bus, "button", r, err_text(&e));
}

int hardware_open(struct app *a, struct err *e)
{
    const struct settings *s = &a->settings;
    struct err why = ERR_INIT;
    int r = bus_on(a->bus, MSG_STATE, hardware_on_state, a, e);

    if (r >= 0)
        r = bus_on(a->bus, MSG_SETTINGS, hardware_on_settings, a, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_FAULT, mute_on_fault, a, e);
    if (r < 0)
        return r;
    a->led_hal = hal_led_find(s->led_backend);
    if (a->led_hal) {
        const char *name = s->led_name[0] ? s->led_name : a->board->led;

        r = a->led_hal->open(&a->led, name ? name : "", &why);
        if (r < 0)
            bus_post_fault(a->bus, "led", r, err_text(&why));
    }
    hardware_open_button(a);
    mute_open(a);
    return 0;
}

void hardware_close(struct app *a)
{
    mute_close(a);
    loop_io_free(a->button_io);
    if (a->button_hal)
        a->button_hal->close(a->button);
    if (a->led_hal)
        a->led_hal->close(a->led);
}
