/* SPDX-License-Identifier: Apache-2.0 */
/* audio/mixer.c - up to PLAY_SOURCES_MAX mono sources into one: the real-time calls. */
#include "audio/mixer.h"

#include "base/must.h"

#include <string.h>

static const float ducked = 0.1f; /* -20 dB */

enum {
    DUCK_DOWN_MS = 40,  /* from full to ducked */
    DUCK_UP_MS = 300,
    VOLUME_MS = 100,    /* from 0 to full scale */
    HOLD_MS = 300,
    CUT_MS = 10,
};

static bool slot_is_used(const struct slot *s)
{
    return atomic_load_explicit(&s->state, memory_order_acquire) == SLOT_USED;
}

static bool flag(const _Atomic bool *b)
{
    return atomic_load_explicit(b, memory_order_acquire);
}

/* The main loop writes no more into a slot that it asked to cut or close. */
static bool slot_is_cut(const struct slot *s)
{
    return flag(&s->cut) || flag(&s->closed);
}

static void slot_finish(struct slot *s)
{
    ring_drop(s->ring);
    s->hold_frames = 0;
    atomic_store_explicit(&s->done, true, memory_order_release);
}

bool mixer_is_used(const struct mixer *m)
{
    for (int i = 0; i < PLAY_SOURCES_MAX; i++)
        if (slot_is_used(&m->slots[i]))
            return true;
    return false;
}

/* The highest priority that sounds in this period, -1 when all is quiet. */
static int mixer_top(struct mixer *m, size_t count)
{
    int top = -1;

    for (int i = 0; i < PLAY_SOURCES_MAX; i++) {
        struct slot *s = &m->slots[i];

        if (!slot_is_used(s) || flag(&s->done) || slot_is_cut(s))
            continue;
        if (ring_fill(s->ring) > 0)
            s->hold_frames = m->rate_hz * HOLD_MS / 1000;
        else
            s->hold_frames -= s->hold_frames < count ? s->hold_frames : (unsigned)count;
        if (s->hold_frames > 0 && (int)s->prio > top)
            top = (int)s->prio;
    }
    return top;
}

static float approach(float now, float want, float step)
{
    if (now < want)
        return now + step < want ? now + step : want;
    return now - step > want ? now - step : want;
}

static void slot_mix(struct slot *s, struct mixer *m, size_t count, int top)
{
    bool cut = slot_is_cut(s);
    bool ended = flag(&s->ended); /* before reading: nothing comes after it */
    float want = (int)s->prio < top ? ducked : 1.0f;
    float span_ms = want < s->gain ? DUCK_DOWN_MS : DUCK_UP_MS;
    float step = (1.0f - ducked) * 1000.0f / (span_ms * (float)m->rate_hz);
    size_t fade_frames = m->rate_hz * CUT_MS / 1000;
    float fade = 1.0f, fade_step = 0.0f;
    size_t n = ring_read(s->ring, m->part, count);

    must(n <= count && s->gain > 0.0f && s->gain <= 1.0f);
    if (cut) /* it ends in this period */
        fade_step = 1.0f / (float)(fade_frames < count ? fade_frames : count);
    for (size_t i = 0; i < n; i++) {
        s->gain = approach(s->gain, want, step);
        fade = fade > fade_step ? fade - fade_step : 0.0f;
        m->sum[i] += (float)m->part[i] * s->gain * fade;
    }
    if (n > 0 && !flag(&s->started))
        s->begins = true;
    if (n > 0)
        s->last_frame = m->written + n;
    if (cut)
        slot_finish(s);
    else if (ended && ring_fill(s->ring) == 0)
        s->drained = true;
}

static int16_t saturate(float x)
{
    if (x >= 32767.0f)
        return 32767;
    if (x <= -32767.0f)
        return -32767;
    return (int16_t)(x + (x >= 0.0f ? 0.5f : -0.5f));
}

void mixer_run(struct mixer *m, int16_t *out, size_t count)
{
    float want = atomic_load_explicit(&m->volume_want, memory_order_relaxed);
    float step = 1000.0f / (VOLUME_MS * (float)m->rate_hz);
    int top = mixer_top(m, count);

    must(count <= MIXER_FRAMES_MAX && m->rate_hz > 0);
    memset(m->sum, 0, count * sizeof(m->sum[0]));
    for (int i = 0; i < PLAY_SOURCES_MAX; i++) {
        struct slot *s = &m->slots[i];

        if (slot_is_used(s) && !flag(&s->done))
            slot_mix(s, m, count, top);
    }
    for (size_t i = 0; i < count; i++) {
        m->volume = approach(m->volume, want, step);
        out[i] = saturate(m->sum[i] * m->volume);
    }
}

static void slot_written(struct slot *s, uint64_t heard, int64_t now_usec)
{
    if (s->begins) {
        s->begins = false;
        atomic_store_explicit(&s->started_usec, now_usec, memory_order_relaxed);
        atomic_store_explicit(&s->started, true, memory_order_release);
    }
    if (s->drained && heard >= s->last_frame)
        atomic_store_explicit(&s->done, true, memory_order_release);
    if (flag(&s->done) && flag(&s->closed))
        atomic_store_explicit(&s->state, SLOT_FREE, memory_order_release);
}

void mixer_written(struct mixer *m, size_t count, size_t delay, int64_t now_usec)
{
    must(count <= MIXER_FRAMES_MAX);
    m->written += count;
    for (int i = 0; i < PLAY_SOURCES_MAX; i++)
        if (slot_is_used(&m->slots[i]))
            slot_written(&m->slots[i], m->written > delay ? m->written - delay : 0, now_usec);
}

void mixer_discard(struct mixer *m)
{
    for (int i = 0; i < PLAY_SOURCES_MAX; i++) {
        struct slot *s = &m->slots[i];
        bool ended;

        if (!slot_is_used(s))
            continue;
        ended = flag(&s->ended);
        ring_drop(s->ring);
        if (ended || slot_is_cut(s))
            slot_finish(s);
        if (flag(&s->done) && flag(&s->closed))
            atomic_store_explicit(&s->state, SLOT_FREE, memory_order_release);
    }
}
