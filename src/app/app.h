/* SPDX-License-Identifier: Apache-2.0 */
/* app/app.h - the wiring: the only place that knows all folders.
 *
 *   app_new():   paths, settings, log, loop, bus, health, store, audio, speech, intent,
 *                assistant, home, web, control -- each gets the ones before it
 *   app_start(): threads, helpers, broker, port; a part that cannot start now (no sound
 *                card, broker away) is a fault that is told and retried, not the end
 *
 * The rest of the folder: keeper.c (bus <-> store), hardware.c (sound back end, LED,
 * button), mute.c (may the microphone hear), commands.c (control socket), status.c (what people
 * ask), events.c (what is logged), configure.c and rules.c (settings). jarvis-lab uses the same wiring with a virtual clock.
 * Threads: main loop. */
#ifndef JARVIS_APP_APP_H
#define JARVIS_APP_APP_H

#include "assistant/assistant.h"
#include "audio/audio.h"
#include "base/log.h"
#include "base/version.h"
#include "core/control.h"
#include "core/counters.h"
#include "core/engines.h"
#include "core/filter.h"
#include "core/health.h"
#include "core/loss.h"
#include "core/settings_change.h"
#include "hal/board.h"
#include "hal/button.h"
#include "hal/led.h"
#include "home/home.h"
#include "intent/intent.h"
#include "speech/speech.h"
#include "store/store.h"
#include "web/web.h"

struct app_opts {
    const char *root;        /* "" or a folder that all paths hang off */
    const struct clock *clock;
    bool lab;                /* no store, web, control socket, broker; audio is stepped */
    enum log_level log_least; /* lab only; the daemon takes it from the settings */
};

/* Not known counts as on: the microphone stays off until somebody may hear. */
enum mute { MUTE_UNKNOWN, MUTE_OFF, MUTE_ON };

struct keeper;
struct commands;
struct stop;

struct app {
    struct app_opts opts;
    struct paths paths;
    struct settings settings;
    struct settings booted;    /* as they were at the start: what else needs a restart */
    cJSON *complaints;         /* owned; about the settings' sources, texts */
    bool complained;           /* a fault of the part "settings" stands */
    const struct clock *clock; /* borrowed */
    int64_t started_usec;      /* monotonic */

    struct log *log;
    struct loop *loop;
    struct bus *bus;
    struct health *health;
    struct slow *slow;
    struct counters counters;
    struct engines *engines;          /* recognisers that are no part of this package */
    bool engine_told;                 /* a fault of the part "engine" stands */
    struct store *store;              /* NULL in the lab; it may be closed for now */
    struct store_reader *reader;      /* main loop's own; NULL in the lab */
    struct store_reader *slow_reader; /* the slow worker's; NULL in the lab */
    struct audio *audio;
    struct speech *speech;
    struct intent *intent;
    struct filters *filters;          /* what plugins and automations put into a sentence's way */
    struct assistant *assistant;
    struct home *home;
    struct web *web;                  /* NULL when http.enabled is false */
    struct control *control;

    struct keeper *keeper;
    struct commands *commands;
    struct stop *stop;
    struct health_row *beat_main, *beat_capture, *beat_playback;
    struct loop_timer *beat_timer;    /* main loop's own heartbeat, level and readiness */
    bool audio_started;
    bool ready_told;                  /* READY=1 went to systemd */

    /* hardware.c */
    const struct hal_board *board;
    const struct hal_led *led_hal;
    struct hal_led_dev *led;
    bool led_failed; /* when it was set last */
    const struct hal_button *button_hal, *mute_hal;
    struct hal_button_dev *button, *mute;
    struct loop_io *button_io, *mute_io;
    enum mute mute_switch, mute_asked; /* what the switch on the box says, what people do */
    bool muted;                        /* either of them, or not known yet */
    bool mute_unkept;                  /* the store did not take what people do */
};

int app_new(struct app **ret, const struct app_opts *o, struct err *e);
/* NULL; itself where a thread hangs in a job, a disk or a wake engine: then what hangs must find
 * everything in its place until the process ends. */
struct app *app_free(struct app *a);
AUTO_DEFINE(struct app *, app_free)
int app_start(struct app *a, struct err *e);
/* stop.c: ends the loop in stages; `why` for the log. Called again: at once. */
void app_stop(struct app *a, const char *why);
int stop_new(struct stop **ret, struct app *a, struct err *e);
struct stop *stop_free(struct stop *s);

/* keeper.c: sessions and device states into the store, MSG_STORED back. */
int keeper_new(struct keeper **ret, struct app *a, struct err *e);
struct keeper *keeper_free(struct keeper *k);

/* hardware.c: audio_opts by settings and board; LED follows MSG_STATE; button and mute switch.
 * Nothing is heard before hardware_open() has learnt whether the microphone may. */
struct input_opts { /* one button-like input */
    const char *backend, *chip;
    int64_t line;
    loop_io_fn fn;
};
int hardware_input(struct app *a, const struct input_opts *o, const struct hal_button **ret_hal,
                   struct hal_button_dev **ret_dev, struct loop_io **ret_io, struct err *e);
int hardware_audio(struct audio_opts *o, struct app *a, struct err *e);
int hardware_open(struct app *a, struct err *e);
void hardware_close(struct app *a);

/* mute.c: a person wants the microphone off or on. -EPERM, -EIO: the switch keeps it off. */
int mute_set(struct app *a, bool on, struct err *e);
void mute_open(struct app *a); /* after the store, before the sound */
void mute_on_fault(const struct msg *m, void *user); /* MSG_FAULT; user: the app */
void mute_close(struct app *a);

/* configure.c: the settings of the running daemon. A reload reads settings and devices. */
int configure_load(struct settings *s, struct app *a, struct err *e); /* keeps the complaints */
void configure_tell(struct app *a);                                   /* ... as a fault */
int configure_set(struct app *a, const char *key, const char *value, settings_done_fn done,
                  void *user, struct err *e);
void configure_changed(struct app *a, const char *key); /* MSG_SETTINGS and the log's level */
int configure_reload(struct app *a, struct err *e); /* of files that are in memory: reload.c */
/* Main loop, exactly once unless reload_begin() failed: 0, or words of what was wrong in the files. */
typedef void (*reload_done_fn)(int code, const char *words, void *user);
/* Reads settings, devices and sentences again, without waiting for a disk. -EBUSY, -ENOMEM. */
int reload_begin(struct app *a, reload_done_fn done, void *user, struct err *e);
cJSON *configure_status(struct app *a); /* {restart: [keys], complaints: [texts]}; owned */
/* rules.c: checks that need more than core knows. */
extern const struct settings_rule configure_rules[];
extern const size_t configure_rules_n;

/* engines.c: the fault of the part "engine" where a setting names one that cannot be used. */
int engine_begin(struct app *a, struct err *e);
/* May the setting be this value, as far as engines go? -ENOENT, -EINVAL with words; 0 for all others. */
int engine_may_set(struct app *a, const char *key, const char *value, struct err *e);

/* events.c: what happens on the bus, in the log's words. */
int events_log(struct app *a, struct err *e);

/* status.c: the rows of what is counted; the document is owned by the caller, NULL when out of
 * memory. */
int status_new(struct app *a, struct err *e);
cJSON *status_json(struct app *a);

/* commands.c: the rows of the control socket. */
int commands_new(struct commands **ret, struct app *a, struct err *e);
struct commands *commands_free(struct commands *c);
AUTO_DEFINE(struct commands *, commands_free)

#endif
