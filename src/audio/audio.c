/* SPDX-License-Identifier: Apache-2.0 */
/* audio/audio.c - life cycle of both directions, and what is asked of them.
 *
 * Where the rest stands: flow.c keeps one direction's device open (thread, retry, step);
 * capture.c + front.c and playback.c + mixer.c are the real-time parts behind it, each with
 * its allocating calls in a *_setup.c of its own; play.c is the main loop's side of a
 * source. */
#include "audio/parts.h"

#include "base/must.h"

#include <string.h>

/* Capture above playback: a lost sample of the microphone cannot be said again. */
enum { CAPTURE_PRIORITY = 60, PLAYBACK_PRIORITY = 55 };

const char audio_part_realtime[] = "realtime";

const char *audio_part(enum hal_dir dir)
{
    return dir == HAL_CAPTURE ? "microphone" : "loudspeaker";
}

static int audio_init(struct audio *a, const struct audio_opts *o, struct err *e)
{
    int r = flow_init(&a->in, HAL_CAPTURE, o, e);

    if (r < 0)
        return r;
    r = flow_init(&a->out, HAL_PLAYBACK, o, e);
    if (r < 0)
        return r;
    a->in.ops = &capture_ops;
    a->in.user = &a->capture;
    a->out.ops = &playback_ops;
    a->out.user = &a->playback;
    r = playback_init(&a->playback, o->clock, o->volume_percent, e);
    if (r < 0)
        return r;
    return capture_init(&a->capture, o->clock, o->channel, a->playback.reference, e);
}

int audio_new(struct audio **ret, const struct audio_opts *o, struct err *e)
{
    AUTO(audio_freep) struct audio *a = NULL;
    int r;

    if (!o->capture_hal || !o->playback_hal || !o->clock)
        return err_set(e, -EINVAL, "audio: needs two back ends and a clock");
    if (o->capture_hal->version != HAL_AUDIO_VERSION ||
        o->playback_hal->version != HAL_AUDIO_VERSION)
        return err_set(e, -EINVAL, "audio: back ends are of version %d and %d, not %d",
                       o->capture_hal->version, o->playback_hal->version, HAL_AUDIO_VERSION);
    if (o->channel < -1 || o->channel >= HAL_AUDIO_CHANNELS_MAX)
        return err_set(e, -EINVAL, "audio: channel %d is outside 0..%d", o->channel,
                       HAL_AUDIO_CHANNELS_MAX - 1);
    if (o->volume_percent < 0 || o->volume_percent > 100)
        return err_set(e, -EINVAL, "audio: volume %d is outside 0..100 %%", o->volume_percent);
    a = calloc(1, sizeof(*a));
    if (!a)
        return err_set(e, -ENOMEM, "audio: out of memory");
    a->clock = o->clock;
    a->realtime = o->realtime;
    a->fault = o->fault;
    a->user = o->user;
    a->in.wake_fd = a->out.wake_fd = a->capture.fd = -1;
    r = audio_init(a, o, e);
    if (r < 0)
        return r;
    *ret = STEAL(a);
    return 0;
}

struct audio *audio_free(struct audio *a)
{
    if (!a)
        return NULL;
    flow_done(&a->in);
    flow_done(&a->out);
    must(!a->in.thread.is_started && !a->out.thread.is_started);
    capture_done(&a->capture);
    playback_done(&a->playback);
    free(a);
    return NULL;
}

/* What the system refused of real time, in one fault; the sound goes on without. */
static void audio_tell_realtime(const struct audio *a, int memory, const char *memory_text)
{
    bool thread = a->in.thread.why_not < 0 || a->out.thread.why_not < 0;
    struct err e = ERR_INIT;

    if (!a->fault || (memory >= 0 && !thread))
        return;
    if (thread)
        err_set(&e, -EPERM, "real-time priority was refused; sound may stutter on a busy machine: "
                "allow it by LimitRTPRIO=70 in the unit, or rtprio in /etc/security/limits.d%s%s",
                memory < 0 ? "; " : "", memory < 0 ? memory_text : "");
    else
        err_set(&e, memory, "%s", memory_text);
    a->fault(audio_part_realtime, e.code, e.text, a->user);
}

int audio_start(struct audio *a, struct err *e)
{
    struct err why = ERR_INIT;
    int memory = 0, r;

    if (a->clock->is_virtual)
        return err_set(e, -EINVAL, "audio: threads need a real clock; step a virtual one");
    if (a->realtime)
        memory = rt_memory_lock(&why);
    r = flow_start(&a->in, a->realtime ? CAPTURE_PRIORITY : 0, e);
    if (r < 0)
        return r;
    r = flow_start(&a->out, a->realtime ? PLAYBACK_PRIORITY : 0, e);
    if (r < 0) {
        flow_stop(&a->in);
        return r;
    }
    audio_tell_realtime(a, memory, err_text(&why));
    return 0;
}

void audio_stop(struct audio *a)
{
    flow_stop(&a->in);
    flow_stop(&a->out);
}

int audio_step_open(struct audio *a, struct err *e)
{
    int r;

    if (!a->clock->is_virtual)
        return err_set(e, -EINVAL, "audio: only a virtual clock can be stepped");
    r = a->in.pcm ? 0 : flow_open(&a->in, e);
    if (r < 0)
        return err_wrap(e, r, "microphone");
    r = a->out.pcm ? 0 : flow_open(&a->out, e);
    return r < 0 ? err_wrap(e, r, "loudspeaker") : 0;
}

void audio_step(struct audio *a)
{
    if (!a->clock->is_virtual)
        return;
    flow_step(&a->in);
    flow_step(&a->out);
}

struct hal_pcm *audio_capture_pcm(struct audio *a)
{
    bool is_sim = a->in.hal == &hal_audio_sim && !a->in.thread.is_started;

    return is_sim ? a->in.pcm : NULL;
}

int audio_capture_fd(const struct audio *a)
{
    return a->capture.fd;
}

void audio_capture_batch(struct audio *a, unsigned blocks)
{
    atomic_store_explicit(&a->capture.batch, blocks > 0 ? blocks : 1, memory_order_relaxed);
}

bool audio_capture_pop(struct audio *a, struct audio_block *ret)
{
    return capture_pop(&a->capture, ret);
}

void audio_volume_set(struct audio *a, int percent)
{
    atomic_store_explicit(&a->playback.mixer.volume_want, mixer_volume_of(percent),
                          memory_order_relaxed);
}

void audio_mute_set(struct audio *a, bool on)
{
    atomic_store_explicit(&a->capture.muted, on, memory_order_relaxed);
}

void audio_stats(const struct audio *a, struct audio_stats *ret)
{
    const struct capture *c = &a->capture;
    const struct playback *p = &a->playback;

    *ret = (struct audio_stats){
        .capture_open = atomic_load_explicit(&a->in.is_open, memory_order_relaxed),
        .playback_open = atomic_load_explicit(&a->out.is_open, memory_order_relaxed),
        .capture_rate_hz = atomic_load_explicit(&a->in.rate_hz, memory_order_relaxed),
        .playback_rate_hz = atomic_load_explicit(&a->out.rate_hz, memory_order_relaxed),
        .capture_channels = atomic_load_explicit(&a->in.channels, memory_order_relaxed),
        .capture_channel = atomic_load_explicit(&c->channel, memory_order_relaxed),
        .capture_blocks = atomic_load_explicit(&c->blocks, memory_order_relaxed),
        .capture_overruns = atomic_load_explicit(&c->overruns, memory_order_relaxed),
        .capture_xruns = atomic_load_explicit(&c->xruns, memory_order_relaxed),
        .playback_resting = atomic_load_explicit(&a->out.is_resting, memory_order_relaxed),
        .playback_periods = atomic_load_explicit(&p->periods, memory_order_relaxed),
        .playback_xruns = atomic_load_explicit(&p->xruns, memory_order_relaxed),
        .level_db = atomic_load_explicit(&c->level_db, memory_order_relaxed),
        .noise_db = atomic_load_explicit(&c->noise_db, memory_order_relaxed),
        .voiced = atomic_load_explicit(&c->voiced, memory_order_relaxed),
        .realtime = atomic_load_explicit(&a->in.is_realtime, memory_order_relaxed) &&
                    atomic_load_explicit(&a->out.is_realtime, memory_order_relaxed),
    };
}
