/* SPDX-License-Identifier: Apache-2.0 */
/* audio/front_setup.c - from what the sound device brings to blocks: the calls that allocate. */
#include "audio/front.h"

#include "base/must.h"
#include "dsp/level.h"
#include "hal/audio.h"

#include <stdlib.h>

must_const((int)STAGE_CHANNELS_MAX == (int)HAL_AUDIO_CHANNELS_MAX);

void front_init(struct front *f, int channel, struct ring *reference)
{
    *f = (struct front){
        .channel = channel,
        .device_channels = 1,
        .note = { .level_db = LEVEL_FLOOR_DB, .noise_db = LEVEL_FLOOR_DB },
    };
    refer_init(&f->refer, reference);
}

static struct to16k *rates_free(struct to16k *t, unsigned n)
{
    while (n > 0)
        to16k_done(&t[--n]);
    free(t);
    return NULL;
}

static int rates_new(struct to16k **ret, unsigned n, unsigned rate_hz, struct err *e)
{
    struct to16k *t = calloc(n, sizeof(*t));

    if (!t)
        return err_set(e, -ENOMEM, "microphone: out of memory");
    for (unsigned c = 0; c < n; c++) {
        int r = to16k_init(&t[c], rate_hz, c > 0 ? &t[0] : NULL, e);

        if (r < 0) {
            rates_free(t, c + 1);
            return r;
        }
    }
    *ret = t;
    return 0;
}

static int front_chain(struct front *f, unsigned channels, struct err *e)
{
    struct chain *chain = NULL;
    int r = chain_new(&chain, chain_rows, chain_rows_n, channels, e);

    if (r < 0)
        return r;
    chain_free(f->chain);
    f->chain = chain;
    f->chain_in = channels;
    return 0;
}

int front_open(struct front *f, unsigned rate_hz, unsigned channels, struct err *e)
{
    bool fixed = f->channel != FRONT_CHANNEL_AUTO;
    unsigned used = fixed ? 1 : channels;
    struct to16k *rates = NULL;
    int r;

    if (channels < 1 || channels > HAL_AUDIO_CHANNELS_MAX)
        return err_set(e, -EINVAL, "the device has %u channels; supported are 1..%d", channels,
                       HAL_AUDIO_CHANNELS_MAX);
    if (fixed && (unsigned)f->channel >= channels)
        return err_set(e, -EINVAL, "the device has %u channel%s, counted from 0, and none of number "
                       "%d; set audio.channel to auto", channels, channels == 1 ? "" : "s",
                       f->channel);
    r = rates_new(&rates, used, rate_hz, e);
    if (r < 0)
        return r;
    if (!f->chain || f->chain_in != used) {
        r = front_chain(f, used, e);
        if (r < 0) {
            rates_free(rates, used);
            return r;
        }
    }
    rates_free(f->to16k, f->used);
    f->to16k = rates;
    f->device_channels = channels;
    f->first = fixed ? (unsigned)f->channel : 0;
    f->used = used;
    f->fifo_n = 0;
    must(f->first + f->used <= channels && f->chain_in == f->used);
    return 0;
}

void front_done(struct front *f)
{
    f->to16k = rates_free(f->to16k, f->used);
    f->used = 0;
    f->chain = chain_free(f->chain);
}
