/* SPDX-License-Identifier: Apache-2.0 */
/* audio/front.h - from what the sound device brings to blocks, 10 ms at a time.
 *
 *   interleaved s16 -> each channel -> 16 kHz -\                    +-> tap A (wake word)
 *   what the loudspeaker plays (refer.h) ------+-> chain (chain.h) -+-> tap B (recognition)
 *
 * Threads: init, open and done outside real time; the rest is RT-safe; one owner at a time. */
#ifndef JARVIS_AUDIO_FRONT_H
#define JARVIS_AUDIO_FRONT_H

#include "audio/chain.h"
#include "audio/refer.h"
#include "audio/to16k.h"
#include "rt/block.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    FRONT_FIFO_FRAMES = BLOCK_FRAMES + TO16K_OUT_FRAMES_MAX,
    FRONT_CHANNEL_AUTO = -1,
};

struct front {
    int channel;       /* of the device, wanted; FRONT_CHANNEL_AUTO: the one with the voice */
    unsigned device_channels;
    unsigned first, used; /* channels of the device that are taken: first .. first + used - 1;
                           * none before the first device */
    struct chain *chain;  /* owned; NULL before the first device */
    unsigned chain_in;    /* channels it was made for */
    struct refer refer;
    struct to16k *to16k;  /* owned; `used` of one rate; the first has the table */
    struct stage_note note; /* of the newest block */
    uint64_t position; /* of the next block's first sample */
    bool lost;         /* samples are missing before the next block */
    float fifo[STAGE_CHANNELS_MAX][FRONT_FIFO_FRAMES]; /* 16 kHz, not yet a block */
    size_t fifo_n;
    float mono[TO16K_IN_FRAMES_MAX]; /* scratch */
    float taps[CHAIN_TAPS][BLOCK_FRAMES];
    float play[BLOCK_FRAMES];
};

/* `reference`: struct refer_block of what is played; NULL: none; borrowed. */
void front_init(struct front *f, int channel, struct ring *reference);
/* A device of this rate and channel count was opened. What was learnt and the position go on over
 * a device that was lost and comes back with as many channels. -EINVAL, -ENOMEM; untouched then. */
int front_open(struct front *f, unsigned rate_hz, unsigned channels, struct err *e);
void front_done(struct front *f);

/* `count` <= 10 ms of interleaved frames. Take every block before the next push. */
void front_push(struct front *f, const int16_t *frames, size_t count);
/* False: no whole block yet. Muted: digital silence, and nothing is learnt from the sound.
 * `read_usec`: when the newest pushed frame was read. */
bool front_take(struct front *f, bool muted, int64_t read_usec, struct audio_block *ret);
/* `samples` of 16 kHz never came. */
void front_lost(struct front *f, uint64_t samples);
/* Of the device: the channel that is heard. */
static inline unsigned front_channel(const struct front *f)
{
    return f->first + f->note.channel;
}

#endif
