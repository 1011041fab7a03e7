/* SPDX-License-Identifier: Apache-2.0 */
/* app/app.c - the wiring: makes every part in order and hands each the ones before it. */
#include "app/app.h"

#include "base/confine.h"
#include "base/file.h"
#include "base/must.h"
#include "core/deadlines.h"

#include <string.h>
#include <systemd/sd-daemon.h>

enum { BEAT_MS = 500, READY_WAIT_MS = 10000 };

static void app_on_audio_fault(const char *part, int code, const char *text, void *user)
{
    struct app *a = user;

    bus_post_fault(a->bus, part, code, text);
}

/* RT-safe: one relaxed store. */
static void app_on_audio_beat(enum hal_dir dir, void *user)
{
    struct app *a = user;

    health_beat(dir == HAL_CAPTURE ? a->beat_capture : a->beat_playback);
}

/* A loss stays a fault of its own until somebody acknowledges it: core/loss.h. */
static void app_on_store_notice(enum store_notice kind, int code, const char *text, void *user)
{
    struct app *a = user;

    if (kind == STORE_NOTICE_FAULT || kind == STORE_NOTICE_BACKUP)
        bus_post_fault(a->bus, kind == STORE_NOTICE_FAULT ? "store" : "backup", code, text);
    else
        loss_tell(a->bus, kind, code, text);
}

/* While the store is closed the assistant still hears and acts; it only forgets. */
static int app_open_store(struct app *a, struct err *e)
{
    const struct store_opts o = {
        .dir = a->paths.state,
        .clock = a->clock,
        .history_days = a->settings.store_history_days,
        .backup_hours = a->settings.store_backup_hours,
        .notice = app_on_store_notice,
        .user = a,
        .watch = health_watcher(a->health),
        .deadline_ms = DEADLINE_STORE_MS,
        .end_wait_ms = DEADLINE_STOP_DISK_MS,
    };
    int r = store_open(&a->store, &o, e);

    if (r >= 0)
        r = store_reader_new(&a->reader, a->store, e);
    return r < 0 ? r : store_reader_new(&a->slow_reader, a->store, e);
}

/* What stood there in the last run; a store that is closed has told so itself. */
static void app_read_last_id(struct app *a, uint64_t *ret)
{
    struct err why = ERR_INIT;

    if (a->reader && store_session_last_id(ret, a->reader, &why) < 0)
        log_warn(a->log, "store", "the last session's number: %s", err_text(&why));
}

/* The loop and what hangs on it alone. */
static int app_new_loop(struct app *a, struct err *e)
{
    int r = loop_new(&a->loop, a->clock, e);

    if (r >= 0)
        r = bus_new(&a->bus, a->loop, e);
    if (r >= 0)
        r = health_new(&a->health, a->loop, a->bus, e);
    if (r >= 0)
        r = slow_new(&a->slow, a->loop, a->opts.lab ? NULL : a->health, e);
    return r < 0 ? r : status_new(a, e);
}

static int app_new_foundation(struct app *a, struct err *e)
{
    int r = log_new(&a->log, a->opts.lab ? a->opts.log_least : LOG_LEVEL_INFO, e);

    if (r < 0)
        return r;
    r = paths_init(&a->paths, a->opts.root, e);
    if (r < 0)
        return r;
    r = configure_load(&a->settings, a, e);
    if (r < 0)
        return r;
    a->booted = a->settings;
    if (!a->opts.lab) {
        enum log_level least;

        if (log_level_parse(&least, a->settings.log_level, NULL) == 0)
            log_set_level(a->log, least);
    }
    r = file_mkdirs(a->paths.run, 0755, e);
    if (r < 0)
        return err_wrap(e, r, "folder for sockets");
    r = app_new_loop(a, e);
    if (r < 0)
        return r;
    configure_tell(a);
    r = events_log(a, e);
    if (r >= 0)
        r = engine_begin(a, e);
    if (r < 0 || a->opts.lab)
        return r; /* the laboratory's clock stands still while helpers work */
    return health_watch(&a->beat_main, a->health, "main", DEADLINE_MAIN_MS, e);
}

static bool app_level_wanted(void *user)
{
    const struct app *a = user;

    return a->web && web_is_watched(a->web);
}

/* No helper stays away for it, but nobody shall believe what is not so. */
static void app_tell_confinement(struct app *a)
{
    struct confine_support has;
    const char *lack;

    confine_has(&has);
    lack = confine_lack(&has);
    if (lack && !a->opts.lab)
        log_warn(a->log, "helpers", "%s", lack);
}

static int app_new_sound(struct app *a, struct err *e)
{
    struct audio_opts o = {
        .fault = app_on_audio_fault,
        .beat = app_on_audio_beat,
        .user = a,
    };
    struct speech_deps d = {
        .loop = a->loop,
        .bus = a->bus,
        .health = a->health,
        .settings = &a->settings,
        .paths = &a->paths,
        .engines = a->engines,
        .level_wanted = app_level_wanted,
        .user = a,
    };
    int r = hardware_audio(&o, a, e);

    if (r < 0)
        return r;
    r = audio_new(&a->audio, &o, e);
    if (r < 0)
        return r;
    a->muted = !a->opts.lab; /* nothing is heard before it is known that it may be */
    audio_mute_set(a->audio, a->muted);
    d.audio = a->audio;
    app_tell_confinement(a);
    return speech_new(&a->speech, &d, e);
}

static int app_new_mind(struct app *a, struct err *e)
{
    struct assistant_deps ad = {
        .loop = a->loop, .bus = a->bus, .settings = &a->settings, .paths = &a->paths
    };
    const struct intent_deps id = {
        .loop = a->loop, .bus = a->bus, .settings = &a->settings, .paths = &a->paths,
        .engines = a->engines, .slow = a->slow
    };
    const struct home_deps hd = {
        .loop = a->loop, .bus = a->bus, .settings = &a->settings, .paths = &a->paths
    };
    int r = intent_new(&a->intent, &id, e);

    if (r >= 0)
        r = filters_new(&a->filters, a->loop, e);
    if (r < 0)
        return r;
    ad.filters = a->filters;
    app_read_last_id(a, &ad.last_session_id);
    r = assistant_new(&a->assistant, &ad, e);
    if (r < 0)
        return r;
    return home_new(&a->home, &hd, e);
}

static cJSON *app_web_status(void *user)
{
    return status_json(user);
}

static int app_new_doors(struct app *a, struct err *e)
{
    const struct web_deps d = {
        .loop = a->loop,
        .bus = a->bus,
        .health = a->health,
        .settings = &a->settings,
        .store = a->store,
        .status = app_web_status,
        .user = a,
    };
    int r = commands_new(&a->commands, a, e);

    if (r < 0)
        return r;
    if (!a->settings.http_enabled)
        return 0;
    return web_new(&a->web, &d, e);
}

int app_new(struct app **ret, const struct app_opts *o, struct err *e)
{
    AUTO(app_freep) struct app *a = calloc(1, sizeof(*a));
    int r;

    if (!a)
        return err_set(e, -ENOMEM, "jarvisd: out of memory");
    a->opts = *o;
    a->clock = o->clock;
    a->started_usec = clock_mono_usec(a->clock);
    r = app_new_foundation(a, e);
    if (r < 0)
        return r;
    if (!o->lab) {
        r = app_open_store(a, e);
        if (r < 0)
            return r;
    }
    r = keeper_new(&a->keeper, a, e);
    if (r >= 0)
        r = stop_new(&a->stop, a, e);
    if (r < 0)
        return r;
    r = app_new_sound(a, e);
    if (r < 0)
        return r;
    r = app_new_mind(a, e);
    if (r < 0)
        return r;
    if (!o->lab) {
        r = app_new_doors(a, e);
        if (r < 0)
            return r;
    }
    *ret = STEAL(a);
    return 0;
}

/* The threads end here; what they use is freed by app_free() when all have. false: one hangs. */
static bool app_end(struct app *a)
{
    bool stored;

    loop_timer_free(a->beat_timer);
    a->slow = slow_end(a->slow, DEADLINE_STOP_SLOW_MS); /* its answers go to the parts below */
    hardware_close(a);
    commands_free(a->commands);
    web_free(a->web);
    home_free(a->home);
    assistant_free(a->assistant);
    filters_free(a->filters);
    intent_free(a->intent);
    a->speech = speech_free(a->speech);
    if (!a->speech)
        audio_free(a->audio);
    if (!a->slow)
        a->slow_reader = store_reader_free(a->slow_reader);
    a->reader = store_reader_free(a->reader); /* the last to close puts the journal into the file: the writer */
    stored = store_end(a->store) >= 0;        /* its last answers still go through the keeper */
    return stored && !a->slow && !a->speech;
}

struct app *app_free(struct app *a)
{
    if (!a)
        return NULL;
    if (!app_end(a))
        return a; /* a job reads by it, a writer answers to it: the process has to end with it */
    store_close(a->store);
    engines_free(a->engines);
    keeper_free(a->keeper);
    stop_free(a->stop);
    health_free(a->health);
    bus_free(a->bus);
    loop_free(a->loop);
    log_free(a->log);
    json_free(a->complaints);
    free(a);
    return NULL;
}

static int app_start_audio(struct app *a, struct err *e)
{
    int r;

    if (a->audio_started)
        return 0;
    if (!must(a->muted || (a->mute_asked == MUTE_OFF && a->mute_switch == MUTE_OFF)))
        return err_set(e, -EINVAL, "the microphone was to be opened before it was known whether "
                       "it may");
    a->audio_started = true;
    r = health_watch(&a->beat_capture, a->health, "capture", DEADLINE_AUDIO_MS, e);
    if (r < 0)
        return r;
    r = health_watch(&a->beat_playback, a->health, "playback", DEADLINE_AUDIO_MS, e);
    if (r < 0)
        return r;
    return audio_start(a->audio, e);
}

/* The simulated microphone begins to play when it is opened: not before someone listens. */
static bool app_audio_waits(const struct app *a)
{
    int64_t waited_ms = (clock_mono_usec(a->clock) - a->started_usec) / 1000;

    return strcmp(a->settings.audio_backend, "sim") == 0 && !speech_is_ready(a->speech) &&
           waited_ms < READY_WAIT_MS;
}

static void app_on_beat(void *user)
{
    struct app *a = user;
    struct err e = ERR_INIT;

    loop_timer_after_ms(a->beat_timer, a->ready_told ? BEAT_MS : BEAT_MS / 10);
    health_beat(a->beat_main);
    if (!a->audio_started && !app_audio_waits(a)) {
        int r = app_start_audio(a, &e);

        if (r < 0) {
            log_error(a->log, "audio", "%s", err_text(&e));
            loop_quit(a->loop, 1);
            return;
        }
    }
    if (!a->ready_told && a->audio_started) {
        a->ready_told = true;
        sd_notify(0, "READY=1\nSTATUS=listening");
        log_info(a->log, "app", "ready after %lld ms",
                 (long long)((clock_mono_usec(a->clock) - a->started_usec) / 1000));
    }
}

static int app_start_home(struct app *a, struct err *e)
{
    AUTO_JSON *kept = NULL;
    struct err why = ERR_INIT;

    if (a->reader && store_devices(&kept, a->reader, &why) < 0)
        log_warn(a->log, "store", "kept device states: %s", err_text(&why));
    return home_start(a->home, kept, e);
}

int app_start(struct app *a, struct err *e)
{
    int r = speech_start(a->speech, e);

    if (r < 0)
        return r;
    r = app_start_home(a, e);
    if (r < 0)
        return r;
    if (a->opts.lab)
        return audio_step_open(a->audio, e);
    r = hardware_open(a, e);
    if (r < 0)
        return r;
    if (a->web) {
        struct err why = ERR_INIT;

        r = web_start(a->web, &why);
        if (r < 0) /* the microphone matters more than the page */
            bus_post_fault(a->bus, "web", r, err_text(&why));
        else
            log_info(a->log, "web", "page on http://%s:%u", a->settings.http_bind,
                     web_port(a->web));
    }
    r = loop_timer_new(&a->beat_timer, a->loop, app_on_beat, a, e);
    if (r < 0)
        return r;
    app_on_beat(a);
    return 0;
}
