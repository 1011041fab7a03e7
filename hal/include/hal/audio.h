/* SPDX-License-Identifier: Apache-2.0 */
/* hal/audio.h - a sound device as a table of functions.
 *
 * Back ends: alsa (real), null (silence in, nowhere out, paced by the clock), sim (WAV
 * in, WAV out; real or virtual clock). One struct hal_pcm is one direction of a device.
 *
 * Threads: open/close/start from the thread that owns the stream outside its real-time
 * part; read/write from the real-time thread only, they are the only calls that block
 * and they never block longer than HAL_AUDIO_WAIT_MS. */
#ifndef JARVIS_HAL_AUDIO_H
#define JARVIS_HAL_AUDIO_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HAL_AUDIO_VERSION = 2, HAL_AUDIO_WAIT_MS = 200, HAL_AUDIO_CHANNELS_MAX = 8 };

enum hal_dir { HAL_CAPTURE, HAL_PLAYBACK };

struct hal_pcm_want {
    enum hal_dir dir;
    const char *device;    /* ALSA name; sim: path of a WAV file ("" = silence / discard) */
    unsigned rate_hz;      /* 0: the back end's best of 48000, 16000, 44100 */
    unsigned channels;     /* wanted; the device may force another count */
    unsigned period_ms;    /* 10 */
    const struct clock *clock; /* borrowed; sim and null pace by it */
};

struct hal_pcm; /* opaque, one per open stream; defined by each back end */

struct hal_pcm_info {
    unsigned rate_hz;       /* what the device really runs at */
    unsigned channels;      /* interleaved */
    unsigned period_frames; /* frames per read/write call */
    unsigned buffer_frames;
};

struct hal_audio {
    int version; /* HAL_AUDIO_VERSION */
    const char *name;
    /* -ENODEV (no such device / no sound card), -EBUSY, -EINVAL, each with what to do. */
    int (*open)(struct hal_pcm **ret, const struct hal_pcm_want *want, struct hal_pcm_info *info,
                struct err *e);
    void (*close)(struct hal_pcm *pcm); /* NULL is fine */
    /* Interleaved s16. Returns frames (<= period_frames), 0 when the wait ran out, -EPIPE when
     * samples were lost (xrun; the stream was recovered), -ENODEV when the device is gone. RT. */
    int (*read)(struct hal_pcm *pcm, int16_t *frames, size_t count);
    int (*write)(struct hal_pcm *pcm, const int16_t *frames, size_t count);
    /* Frames written but not yet heard (playback). RT-safe. */
    size_t (*delay)(struct hal_pcm *pcm);
    /* Playback: stands still until the next write, without interrupts; what it still holds is
     * forgotten. -ENODEV. Outside real time. */
    int (*rest)(struct hal_pcm *pcm);
};

extern const struct hal_audio hal_audio_alsa, hal_audio_null, hal_audio_sim;

/* "alsa", "null", "sim"; NULL when unknown. */
const struct hal_audio *hal_audio_find(const char *name);

/* sim only, from the thread that steps the clock or before start: append samples to what the
 * simulated microphone will hear (mono s16 at the stream's rate); tells how many are unread. */
int hal_sim_feed(struct hal_pcm *pcm, const int16_t *frames, size_t count, struct err *e);
size_t hal_sim_unread(const struct hal_pcm *pcm);

#endif
