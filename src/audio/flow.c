/* SPDX-License-Identifier: Apache-2.0 */
/* audio/flow.c - one direction of a sound device, kept open whatever happens to it. */
#include "audio/flow.h"

#include "base/must.h"
#include "base/str.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

/* A microphone that could be one of two: most cards have two. */
enum { WANT_CHANNELS = 2 };
enum { REST_BEAT_MS = 1000 };
enum { RETRY_MS = 1000, IDLE_MS = 100, NOTHING_TOLD = 1 };

/* ---- telling --------------------------------------------------------------------------- */

/* An unnamed device (simulated, null) is called by its back end. */
static const char *device_name(const struct flow *s)
{
    return s->device[0] ? s->device : s->hal->name;
}

/* The same fault is told once, not with every try. */
static void flow_tell(struct flow *s, int code, const char *text)
{
    if (s->told == code)
        return;
    s->told = code;
    if (s->fault)
        s->fault(audio_part(s->dir), code, text, s->told_user);
}

static void flow_tell_works(struct flow *s)
{
    char text[ERR_TEXT_BYTES];

    snprintf(text, sizeof(text), "'%s' works: %u Hz, %u channel%s", device_name(s), s->info.rate_hz,
             s->info.channels, s->info.channels == 1 ? "" : "s");
    flow_tell(s, 0, text);
}

static void flow_tell_lost(struct flow *s, int code)
{
    struct err e = ERR_INIT;

    if (code == -ENODEV)
        err_set(&e, code, "'%s' is gone (unplugged?); it is tried again each second",
                device_name(s));
    else
        err_set(&e, code, "'%s' brings or takes no sound (%s); it is opened again each second",
                device_name(s), err_words(code));
    flow_tell(s, code, e.text);
}

static void flow_beat(const struct flow *s)
{
    if (s->beat)
        s->beat(s->dir, s->told_user);
}

/* ---- opening --------------------------------------------------------------------------- */

static void flow_close(struct flow *s)
{
    atomic_store_explicit(&s->is_open, false, memory_order_relaxed);
    s->hal->close(s->pcm);
    s->pcm = NULL;
}

int flow_open(struct flow *s, struct err *e)
{
    const struct hal_pcm_want want = {
        .dir = s->dir,
        .device = s->device,
        .rate_hz = s->want_rate_hz,
        .channels = s->want_channels,
        .period_ms = BLOCK_MS,
        .clock = s->clock,
    };
    struct hal_pcm_info info = { 0 };
    int r = s->hal->open(&s->pcm, &want, &info, e);

    if (r < 0)
        return r;
    if (info.period_frames == 0 || info.channels == 0 || info.channels > HAL_AUDIO_CHANNELS_MAX)
        r = err_set(e, -EINVAL, "the device gave %u channels, periods of %u frames", info.channels,
                    info.period_frames);
    if (r >= 0)
        r = s->ops->begin(s->user, &info, e);
    if (r < 0) {
        flow_close(s);
        return err_wrap(e, r, "'%s'", device_name(s));
    }
    s->info = info;
    atomic_store_explicit(&s->rate_hz, info.rate_hz, memory_order_relaxed);
    atomic_store_explicit(&s->channels, info.channels, memory_order_relaxed);
    atomic_store_explicit(&s->is_open, true, memory_order_relaxed);
    return 0;
}

/* ---- the thread ------------------------------------------------------------------------ */

/* A device that only opens does not work yet: not before it has moved sound. */
static int flow_prove(struct flow *s)
{
    int r = 0;

    while (r == 0 && !atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        r = s->ops->period(s->user, s->hal, s->pcm);
        flow_beat(s);
    }
    return r;
}

/* AUDIO THREAD, real time: rules in docs/realtime.md. */
static int flow_run(struct flow *s)
{
    int r = 0;

    while (r >= 0 && r != FLOW_REST && !atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        r = s->ops->period(s->user, s->hal, s->pcm);
        flow_beat(s);
    }
    return r;
}

static bool flow_is_stopped(const struct flow *s)
{
    return atomic_load_explicit(&s->stop, memory_order_relaxed);
}

/* Until somebody wakes it, `ms` at most. */
static void flow_sleep(struct flow *s, int ms)
{
    struct pollfd woken = { .fd = s->wake_fd, .events = POLLIN };
    eventfd_t count;

    if (poll(&woken, 1, ms) > 0)
        eventfd_read(s->wake_fd, &count);
}

static void flow_idle(struct flow *s)
{
    int64_t until_usec = clock_mono_usec(s->clock) + RETRY_MS * 1000;

    while (!flow_is_stopped(s) && clock_mono_usec(s->clock) < until_usec) {
        s->ops->idle(s->user);
        flow_beat(s);
        flow_sleep(s, IDLE_MS);
    }
}

/* The device stands still. A wake-up that came before is still in wake_fd. */
static int flow_rest(struct flow *s)
{
    int r = s->hal->rest(s->pcm);

    must(s->dir == HAL_PLAYBACK && s->ops->is_wanted); /* a microphone never rests */
    if (r < 0)
        return r;
    atomic_store_explicit(&s->is_resting, true, memory_order_relaxed);
    while (!flow_is_stopped(s) && !s->ops->is_wanted(s->user)) {
        flow_beat(s);
        flow_sleep(s, REST_BEAT_MS);
    }
    atomic_store_explicit(&s->is_resting, false, memory_order_relaxed);
    return 0;
}

static int flow_live(struct flow *s)
{
    struct err e = ERR_INIT;
    int r = flow_open(s, &e);

    if (r < 0) {
        flow_tell(s, r, err_text(&e));
        return r;
    }
    r = flow_prove(s);
    if (r > 0) {
        flow_tell_works(s);
        while (r >= 0 && !flow_is_stopped(s)) {
            r = flow_run(s);
            if (r == FLOW_REST)
                r = flow_rest(s);
        }
    }
    if (r < 0)
        flow_tell_lost(s, r);
    flow_close(s);
    return r;
}

static void *flow_main(void *user)
{
    struct flow *s = user;

    while (!atomic_load_explicit(&s->stop, memory_order_relaxed))
        if (flow_live(s) < 0)
            flow_idle(s);
    return NULL;
}

int flow_start(struct flow *s, int priority, struct err *e)
{
    const struct rt_thread_opts o = {
        .name = s->dir == HAL_CAPTURE ? "capture" : "playback",
        .priority = priority,
        .main = flow_main,
        .user = s,
    };
    int r;

    if (s->thread.is_started)
        return 0;
    atomic_store_explicit(&s->stop, false, memory_order_relaxed);
    r = rt_thread_start(&s->thread, &o, e);
    if (r < 0)
        return r;
    atomic_store_explicit(&s->is_realtime, s->thread.is_realtime, memory_order_relaxed);
    return 0;
}

void flow_wake(struct flow *s)
{
    eventfd_write(s->wake_fd, 1);
}

void flow_stop(struct flow *s)
{
    if (s->thread.is_started) {
        atomic_store_explicit(&s->stop, true, memory_order_relaxed);
        flow_wake(s);
        rt_thread_join(&s->thread);
    }
    if (s->pcm)
        flow_close(s);
}

/* ---- by steps -------------------------------------------------------------------------- */

void flow_step(struct flow *s)
{
    int64_t now = clock_mono_usec(s->clock);
    struct err e = ERR_INIT;
    int r = 0;

    if (!s->pcm) {
        if (now >= s->retry_usec)
            r = flow_open(s, &e);
        if (r < 0) {
            flow_tell(s, r, err_text(&e));
            s->retry_usec = now + RETRY_MS * 1000;
        }
    }
    if (s->pcm) {
        r = s->ops->period(s->user, s->hal, s->pcm);
        if (r > 0) {
            flow_tell_works(s);
        } else if (r < 0) {
            flow_tell_lost(s, r);
            flow_close(s);
            s->retry_usec = now + RETRY_MS * 1000;
        }
    } else {
        s->ops->idle(s->user);
    }
    flow_beat(s);
}

/* ---- life cycle ------------------------------------------------------------------------ */

int flow_init(struct flow *s, enum hal_dir dir, const struct audio_opts *o, struct err *e)
{
    const char *device = dir == HAL_CAPTURE ? o->capture_device : o->playback_device;

    *s = (struct flow){
        .dir = dir,
        .hal = dir == HAL_CAPTURE ? o->capture_hal : o->playback_hal,
        .want_rate_hz = o->rate_hz,
        .want_channels = dir == HAL_PLAYBACK ? 1 : o->channel < 0 ? WANT_CHANNELS
                                                                  : (unsigned)o->channel + 1,
        .clock = o->clock,
        .fault = o->fault,
        .beat = o->beat,
        .told_user = o->user,
        .told = NOTHING_TOLD,
        .wake_fd = -1,
    };
    s->device = str_dup(device ? device : "");
    if (!s->device)
        return err_set(e, -ENOMEM, "audio: out of memory");
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake_fd < 0)
        return err_set(e, -errno, "audio: no eventfd: %s", err_words(errno));
    return 0;
}

void flow_done(struct flow *s)
{
    flow_stop(s);
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    s->wake_fd = -1;
    free(s->device);
    s->device = NULL;
}
