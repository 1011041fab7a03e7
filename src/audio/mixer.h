/* SPDX-License-Identifier: Apache-2.0 */
/* audio/mixer.h - up to PLAY_SOURCES_MAX mono sources into one, by priority.
 *
 *   main loop                                playback thread, RT
 *   slot_take() -> ring_write() ...      ->  mixer_run(): ring_read, duck, fade, volume, sum
 *   ended / cut / closed (atomic flags)  ->  mixer_written(): started, done (atomic answers)
 *
 * A slot belongs to the main loop while it is FREE and to both afterwards; only the
 * playback thread makes it FREE again, so nothing is ever freed under its hands.
 * Threads: as the picture says. */
#ifndef JARVIS_AUDIO_MIXER_H
#define JARVIS_AUDIO_MIXER_H

#include "audio/audio.h"
#include "audio/to16k.h"
#include "rt/ring.h"

#include <stdatomic.h>
#include <stdint.h>

enum {
    MIXER_FRAMES_MAX = TO16K_IN_FRAMES_MAX, /* a call */
    MIXER_RING_FRAMES = 131072,             /* 2 s of 48 kHz and more */
};

enum slot_state { SLOT_FREE, SLOT_USED };

struct slot {
    struct ring *ring; /* owned; mono s16 at the device's rate */
    _Atomic int state; /* enum slot_state */
    enum play_prio prio; /* constant while USED */
    /* the main loop asks */
    _Atomic bool ended, cut, closed;
    /* the playback thread answers */
    _Atomic bool started, done;
    _Atomic int64_t started_usec;
    /* the playback thread's own */
    float gain;           /* ducking, linear */
    bool begins;          /* its first frame is in the period being written */
    bool drained;         /* its last frame was mixed */
    uint64_t last_frame;  /* device frames written when its last one is */
    unsigned hold_frames; /* still counts as sounding, so that gaps do not pump */
};

struct mixer {
    struct slot slots[PLAY_SOURCES_MAX];
    unsigned rate_hz;           /* of the device; set while the playback thread is outside RT */
    _Atomic float volume_want;  /* linear */
    float volume;               /* now */
    uint64_t written;           /* device frames */
    float sum[MIXER_FRAMES_MAX]; /* scratch */
    int16_t part[MIXER_FRAMES_MAX];
};

int mixer_init(struct mixer *m, int volume_percent, struct err *e); /* -ENOMEM */
void mixer_done(struct mixer *m);
float mixer_volume_of(int percent); /* percent to linear gain: 50 % is -12 dB */

/* Main loop. NULL: all are in use. */
struct slot *mixer_slot_take(struct mixer *m, enum play_prio prio);

/* Playback thread, RT. `count` <= MIXER_FRAMES_MAX; mono. */
void mixer_run(struct mixer *m, int16_t *out, size_t count);
/* What mixer_run() made was written; `delay` frames of all are not yet heard. */
void mixer_written(struct mixer *m, size_t count, size_t delay, int64_t now_usec);
bool mixer_is_used(const struct mixer *m); /* somebody has a source open, or it still fades */
/* There is no loudspeaker: what came is forgotten, what ended is done. */
void mixer_discard(struct mixer *m);

#endif
