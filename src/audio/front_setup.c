/* SPDX-License-Identifier: Apache-2.0 */
/* audio/front_setup.c - the capture side's signal chain: the calls that allocate. */
#include "audio/front.h"

#include "hal/audio.h"

void front_init(struct front *f)
{
    *f = (struct front){ .channels = 1 };
    hpf_init(&f->hpf, BLOCK_RATE_HZ);
    vad_init(&f->vad);
    level_init(&f->level);
}

int front_open(struct front *f, unsigned rate_hz, unsigned channels, struct err *e)
{
    struct to16k to16k;
    int r;

    if (channels < 1 || channels > HAL_AUDIO_CHANNELS_MAX)
        return err_set(e, -EINVAL, "the device has %u channels; supported are 1..%d", channels,
                       HAL_AUDIO_CHANNELS_MAX);
    r = to16k_init(&to16k, rate_hz, e);
    if (r < 0)
        return r;
    to16k_done(&f->to16k);
    f->to16k = to16k;
    f->channels = channels;
    f->fifo_n = 0;
    return 0;
}

void front_done(struct front *f)
{
    to16k_done(&f->to16k);
}
