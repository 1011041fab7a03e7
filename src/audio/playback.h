/* SPDX-License-Identifier: Apache-2.0 */
/* audio/playback.h - mixer to loudspeaker, and what was written back as the echo reference.
 *
 * While anybody has a source open a period is written even when it is silent: the device's clock
 * and the reference go on. After PLAYBACK_REST_MS without a source the device rests.
 * Threads: playback_period() on the playback thread, RT; begin and idle there outside real
 * time; the reference is popped by one other; counters from any. */
#ifndef JARVIS_AUDIO_PLAYBACK_H
#define JARVIS_AUDIO_PLAYBACK_H

#include "audio/mixer.h"
#include "audio/flow.h"
#include "audio/refer.h"
#include "audio/to16k.h"
#include "rt/ring.h"

enum {
    PLAYBACK_REST_MS = 1000,
    PLAYBACK_TRIES_MAX = 10, /* writes of one period without progress */
};

struct playback {
    const struct clock *clock; /* borrowed */
    struct ring *reference;    /* owned; struct refer_block */
    struct mixer mixer;
    /* the playback thread */
    unsigned channels, chunk_frames;
    struct to16k to16k;
    float heard[TO16K_OUT_FRAMES_MAX + BLOCK_FRAMES]; /* 16 kHz, not yet a block */
    size_t heard_n;
    uint64_t unused_frames; /* written since anybody had a source */
    uint64_t position; /* of the next reference block */
    bool torn;         /* reference samples are missing before it */
    int16_t mono[MIXER_FRAMES_MAX];
    int16_t frames[MIXER_FRAMES_MAX * HAL_AUDIO_CHANNELS_MAX];
    float scaled[MIXER_FRAMES_MAX];
    struct refer_block block;
    /* any thread reads */
    _Atomic uint64_t periods, xruns;
};

extern const struct flow_ops playback_ops;

int playback_init(struct playback *p, const struct clock *clock, int volume_percent,
                  struct err *e);
void playback_done(struct playback *p);
/* RT, for playback_ops. */
int playback_period(void *user, const struct hal_audio *hal, struct hal_pcm *pcm);

#endif
