/* SPDX-License-Identifier: Apache-2.0 */
/* app/hardware.c - the board's parts by settings: sound back end, LED, button, mute switch.
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

static int hardware_board(struct app *a, struct err *e)
{
    const char *name = a->settings.board_name;

    if (strcmp(name, "auto") == 0) {
        a->board = hal_board_detect("/proc/device-tree/model");
        return 0;
    }
    a->board = hal_board_find(name);
    if (a->board)
        return 0;
    AUTO_STR known = STR_INIT;

    for (size_t i = 0; i < hal_boards_n; i++)
        str_addf(&known, "%s%s", i ? ", " : "", hal_boards[i].name);
    return err_set(e, -EINVAL, "board.name: no board '%s'; known: auto, %s", name,
                   str_text(&known));
}

int hardware_audio(struct audio_opts *o, struct app *a, struct err *e)
{
    const struct settings *s = &a->settings;
    bool alsa = strcmp(s->audio_backend, "auto") == 0 || strcmp(s->audio_backend, "alsa") == 0;
    int r = hardware_board(a, e);

    if (r < 0)
        return r;
    o->capture_hal = o->playback_hal = hal_audio_find(alsa ? "alsa" : s->audio_backend);
    if (!o->capture_hal)
        return err_set(e, -EINVAL, "audio.backend: no back end '%s'", s->audio_backend);
    o->capture_device = alsa ? device_or(s->audio_capture, a->board->capture) : s->audio_capture;
    o->playback_device = alsa ? device_or(s->audio_playback, a->board->playback)
                              : s->audio_playback;
    if (!alsa && strcmp(o->capture_device, "default") == 0)
        o->capture_device = "";
    if (!alsa && strcmp(o->playback_device, "default") == 0)
        o->playback_device = "";
    o->rate_hz = (unsigned)s->audio_rate_hz;
    o->volume_percent = (int)s->audio_volume_percent;
    o->realtime = s->audio_realtime && !a->opts.lab;
    o->clock = a->clock;
    return 0;
}

static void hardware_on_state(const struct msg *m, void *user)
{
    struct app *a = user;
    struct err e = ERR_INIT;

    if (!a->led || !m->text)
        return;
    for (size_t i = 0; i < sizeof(led_states) / sizeof(led_states[0]); i++) {
        if (strcmp(led_states[i].state, m->text) != 0)
            continue;
        if (a->led_hal->set(a->led, led_states[i].percent, &e) < 0)
            bus_post_fault(a->bus, "led", e.code, err_text(&e));
        return;
    }
}

static void hardware_on_settings(const struct msg *m, void *user)
{
    struct app *a = user;
    enum log_level least;

    (void)m;
    audio_volume_set(a->audio, (int)a->settings.audio_volume_percent);
    if (log_level_parse(&least, a->settings.log_level, NULL) == 0)
        log_set_level(a->log, least);
}

/* The microphone is off while the switch on the box says so, or a person does; what is not known
 * counts as off. */
static void hardware_mute_apply(struct app *a)
{
    bool on = a->mute_switch != MUTE_OFF || a->mute_asked != MUTE_OFF;
    bool changed = on != a->muted;
    struct msg *m;

    a->muted = on;
    audio_mute_set(a->audio, on);
    if (!changed)
        return;
    m = msg_new(MSG_MUTE, 0);
    if (m)
        m->mute.on = on;
    bus_post(a->bus, m);
}

int hardware_mute(struct app *a, bool on, struct err *e)
{
    a->mute_asked = on ? MUTE_ON : MUTE_OFF;
    hardware_mute_apply(a);
    if (!on && a->mute_switch == MUTE_ON)
        return err_set(e, -EPERM, "the switch on the box keeps the microphone off");
    if (!on && a->mute_switch == MUTE_UNKNOWN)
        return err_set(e, -EIO, "the mute switch cannot be read, so the microphone stays off; "
                       "mend it, or set mute.backend to none");
    must(a->muted == on || a->mute_switch != MUTE_OFF);
    return 0;
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

/* A switch that is set but cannot be read protects nobody unless it counts as thrown. */
static void hardware_switch_lost(struct app *a, const struct err *why)
{
    struct err e = *why;

    a->mute_switch = MUTE_UNKNOWN;
    err_set(&e, why->code, "%.200s; the microphone stays off: mend it, or set mute.backend to none",
            err_text(why));
    bus_post_fault(a->bus, "mute", e.code, e.text);
    hardware_mute_apply(a);
}

static void hardware_on_mute(int fd, uint32_t revents, void *user)
{
    struct app *a = user;
    struct err e = ERR_INIT;
    bool down = false;
    int r = a->mute_hal->read(a->mute, &down, &e);

    (void)fd;
    (void)revents;
    if (r < 0) {
        a->mute_io = loop_io_free(a->mute_io);
        hardware_switch_lost(a, &e);
    } else {
        a->mute_switch = down ? MUTE_ON : MUTE_OFF;
        hardware_mute_apply(a);
    }
}

struct input_opts { /* one button-like input */
    const char *backend, *chip;
    int64_t line;
    loop_io_fn fn;
};

static int hardware_input(struct app *a, const struct input_opts *o,
                          const struct hal_button **ret_hal, struct hal_button_dev **ret_dev,
                          struct loop_io **ret_io, struct err *e)
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

/* A switch is a level: it may stand on "muted" since before the power came on. */
static void hardware_open_mute(struct app *a)
{
    const struct settings *s = &a->settings;
    const struct input_opts o = { s->mute_backend, s->mute_chip, s->mute_line, hardware_on_mute };
    struct err e = ERR_INIT;
    bool down = false;
    int r = hardware_input(a, &o, &a->mute_hal, &a->mute, &a->mute_io, &e);

    if (r >= 0)
        r = a->mute_hal->level(a->mute, &down, &e);
    if (r < 0) {
        hardware_switch_lost(a, &e);
        return;
    }
    a->mute_switch = down ? MUTE_ON : MUTE_OFF;
    hardware_mute_apply(a);
}

int hardware_open(struct app *a, struct err *e)
{
    const struct settings *s = &a->settings;
    struct err why = ERR_INIT;
    int r = bus_on(a->bus, MSG_STATE, hardware_on_state, a, e);

    if (r >= 0)
        r = bus_on(a->bus, MSG_SETTINGS, hardware_on_settings, a, e);
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
    a->mute_asked = MUTE_OFF;
    hardware_open_mute(a);
    return 0;
}

void hardware_close(struct app *a)
{
    loop_io_free(a->button_io);
    loop_io_free(a->mute_io);
    if (a->button_hal)
        a->button_hal->close(a->button);
    if (a->mute_hal)
        a->mute_hal->close(a->mute);
    if (a->led_hal)
        a->led_hal->close(a->led);
}
