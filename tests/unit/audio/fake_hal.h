/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/audio/fake_hal.h - a sound device that does what a script says.
 *
 * One script a direction, a character a call of open, read or write:
 *     .  works      d  -ENODEV      p  -EPIPE      0  nothing within the wait
 * The last character stands for all calls after it. What is written is kept. */
#ifndef JARVIS_TESTS_FAKE_HAL_H
#define JARVIS_TESTS_FAKE_HAL_H

#include "hal/audio.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { FAKE_KEPT_FRAMES = 48000 * 4 };

struct fake_script {
    const char *open, *io;
    unsigned rate_hz, channels, period_frames; /* what the device forces */
    size_t delay_frames;
    int16_t sample; /* what every captured sample of channel 0 is */
    _Atomic int rest_code;
    _Atomic unsigned opens, closes, ios, rests;
    size_t kept; /* frames written, channel 0 */
    int16_t written[FAKE_KEPT_FRAMES];
};

struct hal_pcm {
    struct fake_script *script;
    struct hal_pcm_info info;
};

static struct fake_script fake_in, fake_out;

static int fake_code(const char *script, unsigned call)
{
    size_t n = strlen(script);
    char c = n == 0 ? '.' : script[call < n ? call : n - 1];

    return c == 'd' ? -ENODEV : c == 'p' ? -EPIPE : c == '0' ? 0 : 1;
}

static void fake_set(struct fake_script *s, const char *open, const char *io, unsigned rate_hz,
                     unsigned channels)
{
    memset(s, 0, sizeof(*s));
    s->open = open;
    s->io = io;
    s->rate_hz = rate_hz;
    s->channels = channels;
    s->period_frames = rate_hz / 100;
}

static int fake_open(struct hal_pcm **ret, const struct hal_pcm_want *want,
                     struct hal_pcm_info *info, struct err *e)
{
    struct fake_script *s = want->dir == HAL_CAPTURE ? &fake_in : &fake_out;
    int code = fake_code(s->open, atomic_fetch_add(&s->opens, 1));
    struct hal_pcm *pcm;

    if (code < 0)
        return err_set(e, code, "fake device '%s' is missing", want->device);
    pcm = calloc(1, sizeof(*pcm));
    if (!pcm)
        return err_set(e, -ENOMEM, "fake: out of memory");
    pcm->script = s;
    pcm->info = (struct hal_pcm_info){ s->rate_hz, s->channels, s->period_frames,
                                       s->period_frames * 4 };
    *info = pcm->info;
    *ret = pcm;
    return 0;
}

static void fake_close(struct hal_pcm *pcm)
{
    if (pcm)
        atomic_fetch_add(&pcm->script->closes, 1);
    free(pcm);
}

static int fake_read(struct hal_pcm *pcm, int16_t *frames, size_t count)
{
    struct fake_script *s = pcm->script;
    int code = fake_code(s->io, atomic_fetch_add(&s->ios, 1));

    if (code <= 0)
        return code;
    memset(frames, 0, count * s->channels * sizeof(*frames));
    for (size_t i = 0; i < count; i++)
        frames[i * s->channels] = s->sample;
    return (int)count;
}

static int fake_write(struct hal_pcm *pcm, const int16_t *frames, size_t count)
{
    struct fake_script *s = pcm->script;
    int code = fake_code(s->io, atomic_fetch_add(&s->ios, 1));

    if (code <= 0)
        return code;
    for (size_t i = 0; i < count && s->kept < FAKE_KEPT_FRAMES; i++)
        s->written[s->kept++] = frames[i * s->channels];
    return (int)count;
}

static size_t fake_delay(struct hal_pcm *pcm)
{
    return pcm->script->delay_frames;
}

static int fake_rest(struct hal_pcm *pcm)
{
    atomic_fetch_add(&pcm->script->rests, 1);
    return pcm->script->rest_code;
}

static const struct hal_audio fake_hal = {
    .version = HAL_AUDIO_VERSION,
    .name = "fake",
    .open = fake_open,
    .close = fake_close,
    .read = fake_read,
    .write = fake_write,
    .delay = fake_delay,
    .rest = fake_rest,
};

#endif
