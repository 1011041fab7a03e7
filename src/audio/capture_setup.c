/* SPDX-License-Identifier: Apache-2.0 */
/* audio/capture_setup.c - microphone to blocks: set-up, and the listen thread's side. */
#include "audio/capture.h"

#include "dsp/level.h"

#include <string.h>
#include <sys/eventfd.h>

static int capture_begin(void *user, const struct hal_pcm_info *info, struct err *e)
{
    struct capture *c = user;
    unsigned chunk = info->rate_hz / 100;
    int r = front_open(&c->front, info->rate_hz, info->channels, e);

    if (r < 0)
        return r;
    c->chunk_frames = chunk < info->period_frames ? chunk : info->period_frames;
    c->barren_reads = 0;
    capture_gap(c, clock_mono_usec(c->clock));
    return 0;
}

static void capture_idle(void *user)
{
    struct capture *c = user;

    atomic_store_explicit(&c->level_db, LEVEL_FLOOR_DB, memory_order_relaxed);
    atomic_store_explicit(&c->voiced, false, memory_order_relaxed);
}

const struct flow_ops capture_ops = {
    .begin = capture_begin,
    .period = capture_period,
    .idle = capture_idle,
};

int capture_init(struct capture *c, const struct clock *clock, int channel, struct ring *reference,
                 struct err *e)
{
    int r;

    *c = (struct capture){ .clock = clock, .fd = -1 };
    atomic_init(&c->batch, 1);
    front_init(&c->front, channel, reference);
    capture_idle(c);
    atomic_store_explicit(&c->noise_db, LEVEL_FLOOR_DB, memory_order_relaxed);
    r = ring_new(&c->ring, CAPTURE_RING_BLOCKS, sizeof(struct audio_block), e);
    if (r < 0)
        return err_wrap(e, r, "capture");
    c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->fd < 0)
        return err_set(e, -errno, "capture: no eventfd: %s", err_words(errno));
    return 0;
}

void capture_done(struct capture *c)
{
    front_done(&c->front);
    c->ring = ring_free(c->ring);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

bool capture_pop(struct capture *c, struct audio_block *ret)
{
    eventfd_t count;

    if (ring_pop(c->ring, ret))
        return true;
    /* empty: take the signal back, then look again, for one may have come in between */
    eventfd_read(c->fd, &count);
    return ring_pop(c->ring, ret);
}
