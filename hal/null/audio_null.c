/* SPDX-License-Identifier: Apache-2.0 */
/* hal/null/audio_null.c - silence in, nowhere out, paced by the clock. */
#include "hal/audio.h"
#include "hal/pace.h"

#include <stdlib.h>
#include <string.h>

enum { NULL_RATE_HZ = 48000, NULL_RATE_MIN_HZ = 8000, NULL_RATE_MAX_HZ = 192000 };

struct hal_pcm {
    struct pace pace;
    unsigned channels, period_frames;
};

static int null_open(struct hal_pcm **ret, const struct hal_pcm_want *want,
                     struct hal_pcm_info *info, struct err *e)
{
    unsigned rate_hz = want->rate_hz ? want->rate_hz : NULL_RATE_HZ;
    struct hal_pcm *pcm;

    if (rate_hz < NULL_RATE_MIN_HZ || rate_hz > NULL_RATE_MAX_HZ || want->channels < 1 ||
        want->channels > HAL_AUDIO_CHANNELS_MAX || want->period_ms < 1 || want->period_ms > 100)
        return err_set(e, -EINVAL, "null sound device: %u Hz, %u channels, %u ms are not possible",
                       rate_hz, want->channels, want->period_ms);
    pcm = calloc(1, sizeof(*pcm));
    if (!pcm)
        return err_set(e, -ENOMEM, "null sound device: out of memory");
    pace_init(&pcm->pace, want->clock, rate_hz);
    pcm->channels = want->channels;
    pcm->period_frames = rate_hz * want->period_ms / 1000;
    *info = (struct hal_pcm_info){ rate_hz, pcm->channels, pcm->period_frames,
                                   pcm->period_frames };
    *ret = pcm;
    return 0;
}

static void null_close(struct hal_pcm *pcm)
{
    free(pcm);
}

static int null_read(struct hal_pcm *pcm, int16_t *frames, size_t count)
{
    if (count > pcm->period_frames)
        count = pcm->period_frames;
    memset(frames, 0, count * pcm->channels * sizeof(*frames));
    pace_wait(&pcm->pace, (unsigned)count);
    return (int)count;
}

static int null_write(struct hal_pcm *pcm, const int16_t *frames, size_t count)
{
    (void)frames;
    if (count > pcm->period_frames)
        count = pcm->period_frames;
    pace_wait(&pcm->pace, (unsigned)count);
    return (int)count;
}

static size_t null_delay(struct hal_pcm *pcm)
{
    (void)pcm;
    return 0;
}

static int null_rest(struct hal_pcm *pcm)
{
    pace_init(&pcm->pace, pcm->pace.clock, pcm->pace.rate_hz);
    return 0;
}

const struct hal_audio hal_audio_null = {
    .version = HAL_AUDIO_VERSION,
    .name = "null",
    .open = null_open,
    .close = null_close,
    .read = null_read,
    .write = null_write,
    .delay = null_delay,
    .rest = null_rest,
};
