/* SPDX-License-Identifier: Apache-2.0 */
/* audio/audio.h - capture and playback threads, front end, mixer, echo reference.
 *
 *   hal read -> [capture thread, RT] to 16 kHz, chain of stages (chain.h), two taps
 *               -> capture ring (audio_block) + eventfd -> listen thread
 *   play_write() -> per-source ring -> [playback thread, RT] mix by priority, volume,
 *               hal write -> reference ring (refer.h) -> the chain, at the time it is heard
 *
 * A missing or unplugged device is no failure of audio_start(): its thread leaves the
 * real-time part, reports through the fault function and tries again each second.
 * With a virtual clock there are no threads: audio_step() moves both directions by one
 * period (10 ms) and the caller advances the clock.
 * Threads: new/free/start/stop and play_* on the main loop; capture ring: the listen
 * thread (or whoever steps); stats from any thread. */
#ifndef JARVIS_AUDIO_AUDIO_H
#define JARVIS_AUDIO_AUDIO_H

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "hal/audio.h"
#include "rt/block.h"

struct audio;
struct play; /* one source of the mixer */

enum play_prio { PLAY_MEDIA, PLAY_CHIME, PLAY_VOICE, PLAY_ALARM, PLAY_PRIO_N };
enum { PLAY_SOURCES_MAX = 8 };

/* The parts that are told of; constants, so that they may be kept. */
extern const char audio_part_realtime[]; /* "realtime": priority, locked memory */
const char *audio_part(enum hal_dir dir); /* "microphone", "loudspeaker" */

/* Audio threads outside their real-time part, or audio_start(): a part failed (code < 0, words
 * with the remedy; they do not name the part again) or works again (code 0). */
typedef void (*audio_fault_fn)(const char *part, int code, const char *text, void *user);
/* Audio threads, RT: once a period; for health deadlines. May be NULL. */
typedef void (*audio_beat_fn)(enum hal_dir dir, void *user);

struct audio_opts {
    const struct hal_audio *capture_hal, *playback_hal;
    const char *capture_device, *playback_device; /* copied */
    unsigned rate_hz;          /* 0: the device's best */
    int channel;               /* of the microphone, from 0; -1: the one with the voice */
    int volume_percent;        /* 0..100 */
    bool realtime;             /* SCHED_FIFO, mlockall; falls back with a fault text when refused */
    const struct clock *clock; /* borrowed */
    audio_fault_fn fault;
    audio_beat_fn beat;
    void *user; /* borrowed */
};

int audio_new(struct audio **ret, const struct audio_opts *o, struct err *e);
struct audio *audio_free(struct audio *a); /* stops first */
AUTO_DEFINE(struct audio *, audio_free)
int audio_start(struct audio *a, struct err *e); /* threads; -ENOMEM, -EAGAIN */
void audio_stop(struct audio *a);
/* Virtual clock only: opens the devices, then one period of each direction a call. */
int audio_step_open(struct audio *a, struct err *e);
void audio_step(struct audio *a);
/* sim only, for hal_sim_feed(); NULL when not open, another back end or a thread has it. */
struct hal_pcm *audio_capture_pcm(struct audio *a);

/* Listen thread. The eventfd becomes readable when as many blocks wait as audio_capture_batch() said
 * last (at first: one); popping until false clears it. */
int audio_capture_fd(const struct audio *a);
void audio_capture_batch(struct audio *a, unsigned blocks);
bool audio_capture_pop(struct audio *a, struct audio_block *ret);

void audio_volume_set(struct audio *a, int percent);   /* RT-safe hand-over */
void audio_mute_set(struct audio *a, bool on);         /* capture: digital silence */

/* Opens a source of the given rate (resampled to the device's by libsamplerate, medium quality).
 * Lower priorities are ducked by 20 dB while a higher one sounds. -ENOSPC, -EINVAL, -ENOMEM. */
int play_open(struct play **ret, struct audio *a, enum play_prio prio, unsigned rate_hz,
              struct err *e);
/* Mono s16. Returns the frames taken (0 when the source's 2 s ring is full). After play_end()
 * or play_cut() all is taken and forgotten; so is what waits while no loudspeaker is there. */
size_t play_write(struct play *p, const int16_t *frames, size_t count);
void play_end(struct play *p);                 /* no more will come: play out */
void play_cut(struct play *p);                 /* fade out within 10 ms and forget the rest */
bool play_is_started(const struct play *p);    /* its first frame was written to the device */
int64_t play_started_usec(const struct play *p);
bool play_is_done(const struct play *p);       /* all heard (device delay included), or cut */
struct play *play_close(struct play *p);       /* cut when still sounding */
AUTO_DEFINE(struct play *, play_close)

struct audio_stats {
    bool capture_open, playback_open;
    unsigned capture_rate_hz, playback_rate_hz, capture_channels;
    unsigned capture_channel; /* the one that is heard, from 0 */
    uint64_t capture_blocks, capture_overruns, capture_xruns;
    uint64_t playback_periods, playback_xruns;
    bool playback_resting; /* open, but standing still: nobody plays */
    float level_db, noise_db; /* newest block */
    bool voiced;
    bool realtime; /* SCHED_FIFO was granted */
};
void audio_stats(const struct audio *a, struct audio_stats *ret); /* any thread */

#endif
