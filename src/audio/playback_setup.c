/* SPDX-License-Identifier: Apache-2.0 */
/* audio/playback_setup.c - mixer to loudspeaker: set-up. */
#include "audio/playback.h"

static int playback_begin(void *user, const struct hal_pcm_info *info, struct err *e)
{
    struct playback *p = user;
    unsigned chunk = info->rate_hz / 100;
    struct to16k to16k;
    int r = to16k_init(&to16k, info->rate_hz, NULL, e);

    if (r < 0)
        return r;
    to16k_done(&p->to16k);
    p->to16k = to16k;
    p->heard_n = 0;
    p->torn = p->torn || p->position > 0;
    p->channels = info->channels;
    p->chunk_frames = chunk < info->period_frames ? chunk : info->period_frames;
    if (p->mixer.rate_hz != info->rate_hz)
        mixer_discard(&p->mixer); /* what waits was made for another rate */
    p->mixer.rate_hz = info->rate_hz;
    return 0;
}

static void playback_idle(void *user)
{
    struct playback *p = user;

    mixer_discard(&p->mixer);
}

static bool playback_is_wanted(void *user)
{
    const struct playback *p = user;

    return mixer_is_used(&p->mixer);
}

const struct flow_ops playback_ops = {
    .begin = playback_begin,
    .period = playback_period,
    .idle = playback_idle,
    .is_wanted = playback_is_wanted,
};

int playback_init(struct playback *p, const struct clock *clock, int volume_percent,
                  struct err *e)
{
    int r;

    *p = (struct playback){ .clock = clock, .channels = 1 };
    r = mixer_init(&p->mixer, volume_percent, e);
    if (r < 0)
        return r;
    r = ring_new(&p->reference, REFER_RING_BLOCKS, sizeof(struct refer_block), e);
    if (r < 0)
        return err_wrap(e, r, "playback");
    return 0;
}

void playback_done(struct playback *p)
{
    to16k_done(&p->to16k);
    mixer_done(&p->mixer);
    p->reference = ring_free(p->reference);
}
