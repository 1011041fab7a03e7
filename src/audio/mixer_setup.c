/* SPDX-License-Identifier: Apache-2.0 */
/* audio/mixer_setup.c - the mixer's memory, and the main loop's side of its slots. */
#include "audio/mixer.h"

#include "base/must.h"

enum { RATE_BEFORE_DEVICE_HZ = 48000 };

float mixer_volume_of(int percent)
{
    float x = (float)(percent < 0 ? 0 : percent > 100 ? 100 : percent) / 100.0f;

    return x * x;
}

int mixer_init(struct mixer *m, int volume_percent, struct err *e)
{
    *m = (struct mixer){ .rate_hz = RATE_BEFORE_DEVICE_HZ };
    m->volume = mixer_volume_of(volume_percent);
    atomic_init(&m->volume_want, m->volume);
    for (int i = 0; i < PLAY_SOURCES_MAX; i++) {
        int r = ring_new(&m->slots[i].ring, MIXER_RING_FRAMES, sizeof(int16_t), e);

        if (r < 0) {
            mixer_done(m);
            return err_wrap(e, r, "mixer");
        }
    }
    return 0;
}

void mixer_done(struct mixer *m)
{
    for (int i = 0; i < PLAY_SOURCES_MAX; i++)
        m->slots[i].ring = ring_free(m->slots[i].ring);
}

struct slot *mixer_slot_take(struct mixer *m, enum play_prio prio)
{
    for (int i = 0; i < PLAY_SOURCES_MAX; i++) {
        struct slot *s = &m->slots[i];

        if (atomic_load_explicit(&s->state, memory_order_acquire) != SLOT_FREE)
            continue;
        must(ring_fill(s->ring) == 0); /* who had it before left nothing behind */
        s->prio = prio;
        atomic_store_explicit(&s->ended, false, memory_order_relaxed);
        atomic_store_explicit(&s->cut, false, memory_order_relaxed);
        atomic_store_explicit(&s->closed, false, memory_order_relaxed);
        atomic_store_explicit(&s->started, false, memory_order_relaxed);
        atomic_store_explicit(&s->done, false, memory_order_relaxed);
        atomic_store_explicit(&s->started_usec, 0, memory_order_relaxed);
        s->gain = 1.0f;
        s->begins = s->drained = false;
        s->last_frame = 0;
        s->hold_frames = 0;
        atomic_store_explicit(&s->state, SLOT_USED, memory_order_release);
        return s;
    }
    return NULL;
}
