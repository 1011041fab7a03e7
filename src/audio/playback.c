/* SPDX-License-Identifier: Apache-2.0 */
/* audio/playback.c - mixer to loudspeaker: the real-time part. */
#include "audio/playback.h"

#include "base/must.h"

#include <string.h>

/* `heard_usec`: when the last of p->heard is. */
static void playback_emit(struct playback *p, int64_t heard_usec)
{
    struct refer_block *b = &p->block;
    size_t later = p->heard_n - BLOCK_FRAMES;

    b->position = p->position;
    b->heard_usec = heard_usec - (int64_t)later * 1000 * BLOCK_MS / BLOCK_FRAMES;
    b->torn = p->torn;
    for (int i = 0; i < BLOCK_FRAMES; i++) {
        float x = p->heard[i] * 32768.0f;

        b->pcm[i] = (int16_t)(x > 32767.0f ? 32767.0f : x < -32767.0f ? -32767.0f : x);
    }
    p->position += BLOCK_FRAMES;
    p->torn = !ring_push(p->reference, b); /* nobody captures: the newest are missing */
    p->heard_n -= BLOCK_FRAMES;
    memmove(p->heard, p->heard + BLOCK_FRAMES, p->heard_n * sizeof(p->heard[0]));
}

/* The reference is made of what the device took, after volume and saturation. */
static void playback_refer(struct playback *p, const int16_t *mono, size_t count,
                           int64_t heard_usec)
{
    for (size_t i = 0; i < count; i++)
        p->scaled[i] = (float)mono[i] / 32768.0f;
    p->heard_n += to16k_run(&p->to16k, p->scaled, count, p->heard + p->heard_n);
    must(p->heard_n <= sizeof(p->heard) / sizeof(p->heard[0]));
    while (p->heard_n >= BLOCK_FRAMES)
        playback_emit(p, heard_usec);
}

static void playback_spread(struct playback *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (unsigned c = 0; c < p->channels; c++)
            p->frames[i * p->channels + c] = p->mono[i];
}

/* Frames that the device took: all, or fewer when it failed for good (*ret_code < 0). */
static size_t playback_write(struct playback *p, const struct hal_audio *hal, struct hal_pcm *pcm,
                             int *ret_code)
{
    size_t taken = 0;
    int tries = 0;

    *ret_code = 0;
    while (taken < p->chunk_frames) {
        int n = hal->write(pcm, p->frames + taken * p->channels, p->chunk_frames - taken);

        if (n > 0) {
            taken += (size_t)n;
            continue;
        }
        if (n == -EPIPE)
            atomic_fetch_add_explicit(&p->xruns, 1, memory_order_relaxed);
        else if (n < 0)
            *ret_code = n;
        if (*ret_code == 0 && ++tries == PLAYBACK_TRIES_MAX)
            *ret_code = -EIO;
        if (*ret_code < 0)
            break;
    }
    return taken;
}

/* Nobody has had a source for long: the device may stand still, and its stream has a hole then. */
static bool playback_may_rest(struct playback *p, size_t taken)
{
    p->unused_frames = mixer_is_used(&p->mixer) ? 0 : p->unused_frames + taken;
    if (p->unused_frames < (uint64_t)p->mixer.rate_hz * PLAYBACK_REST_MS / 1000)
        return false;
    p->unused_frames = 0;
    p->torn = true;
    return true;
}

/* AUDIO THREAD, real time: rules in docs/realtime.md. */
int playback_period(void *user, const struct hal_audio *hal, struct hal_pcm *pcm)
{
    struct playback *p = user;
    int64_t now;
    size_t taken;
    int r;

    must(p->chunk_frames >= 1 && p->chunk_frames <= MIXER_FRAMES_MAX);
    mixer_run(&p->mixer, p->mono, p->chunk_frames);
    playback_spread(p, p->chunk_frames);
    taken = playback_write(p, hal, pcm, &r);
    must(taken <= p->chunk_frames && (r < 0 || taken == p->chunk_frames));
    now = clock_mono_usec(p->clock);
    if (taken > 0) {
        size_t delay = r < 0 ? 0 : hal->delay(pcm);

        mixer_written(&p->mixer, taken, delay, now);
        playback_refer(p, p->mono, taken,
                       now + (int64_t)delay * 1000000 / (int64_t)p->mixer.rate_hz);
    }
    if (r < 0)
        return r;
    atomic_fetch_add_explicit(&p->periods, 1, memory_order_relaxed);
    return playback_may_rest(p, taken) ? FLOW_REST : 1;
}
