/* SPDX-License-Identifier: Apache-2.0 */
/* hal/sim/audio_sim.c - a simulated sound card on files.
 *
 * Microphone: a sound file at the file's own rate and channels, then what hal_sim_feed() brings
 * (on every channel), then silence for ever. Loudspeaker: a WAV file that grows while it
 * is written; silence that lasts is not recorded beyond half a second, so that a program
 * which runs for days does not fill the disk.
 * File access happens in read() and write(): this back end is not for real-time threads. */
#include "base/cleanup.h"
#include "hal/audio.h"
#include "hal/pace.h"

#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIM_RATE_HZ = 48000, /* without a file, so that the whole chain is in use */
    SIM_RATE_MIN_HZ = 8000,
    SIM_RATE_MAX_HZ = 192000,
    SIM_FEED_FRAMES_MAX = 600 * 48000, /* unread, at any rate */
    SIM_OUT_SECONDS_MAX = 3600,
    SIM_SILENCE_KEPT_MS = 500,
};

struct hal_pcm {
    enum hal_dir dir;
    struct pace pace;
    unsigned rate_hz, channels, period_frames;
    SNDFILE *file; /* owned; NULL: silence or discard */
    uint64_t file_left_frames;   /* capture: not yet read */
    int16_t *fed;                /* owned; capture */
    size_t fed_at, fed_n, fed_cap; /* frames */
    uint64_t out_frames;         /* playback: recorded */
    unsigned silent_frames;      /* playback: at the end of what was recorded */
};

/* ---- opening --------------------------------------------------------------------------- */

static int sim_open_in(struct hal_pcm *pcm, const char *path, struct err *e)
{
    SF_INFO sf = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_set(e, -ENODEV, "simulated microphone: %s: %s; name a WAV, FLAC or Ogg file",
                       path, err_words(errno));
    pcm->file = sf_open_fd(fd, SFM_READ, &sf, SF_TRUE);
    if (!pcm->file)
        return err_set(e, -EINVAL, "simulated microphone: %s: %s", path, sf_strerror(NULL));
    if (sf.samplerate < SIM_RATE_MIN_HZ || sf.samplerate > SIM_RATE_MAX_HZ ||
        sf.channels < 1 || sf.channels > HAL_AUDIO_CHANNELS_MAX)
        return err_set(e, -EINVAL, "simulated microphone: %s: %d Hz, %d channels; allowed are "
                       "%d..%d Hz, 1..%d channels", path, sf.samplerate, sf.channels,
                       SIM_RATE_MIN_HZ, SIM_RATE_MAX_HZ, HAL_AUDIO_CHANNELS_MAX);
    pcm->rate_hz = (unsigned)sf.samplerate;
    pcm->channels = (unsigned)sf.channels;
    pcm->file_left_frames = sf.frames > 0 ? (uint64_t)sf.frames : 0;
    return 0;
}

static int sim_open_out(struct hal_pcm *pcm, const char *path, struct err *e)
{
    SF_INFO sf = {
        .samplerate = (int)pcm->rate_hz,
        .channels = (int)pcm->channels,
        .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
    };

    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

    if (fd < 0)
        return err_set(e, -ENODEV, "simulated loudspeaker: %s: %s; its folder must exist and be "
                       "writable", path, err_words(errno));
    pcm->file = sf_open_fd(fd, SFM_WRITE, &sf, SF_TRUE);
    if (!pcm->file)
        return err_set(e, -EINVAL, "simulated loudspeaker: %s: %s", path, sf_strerror(NULL));
    /* A reader finds a whole file at any time, even when this process is killed. */
    sf_command(pcm->file, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
    return 0;
}

static void sim_close(struct hal_pcm *pcm)
{
    if (!pcm)
        return;
    if (pcm->file)
        sf_close(pcm->file);
    free(pcm->fed);
    free(pcm);
}

static void sim_closep(struct hal_pcm **pcm)
{
    sim_close(*pcm);
}

static bool sim_can(const struct hal_pcm_want *want)
{
    return want->channels >= 1 && want->channels <= HAL_AUDIO_CHANNELS_MAX &&
           want->period_ms >= 1 && want->period_ms <= 100 &&
           (want->rate_hz == 0 ||
            (want->rate_hz >= SIM_RATE_MIN_HZ && want->rate_hz <= SIM_RATE_MAX_HZ));
}

static int sim_open(struct hal_pcm **ret, const struct hal_pcm_want *want,
                    struct hal_pcm_info *info, struct err *e)
{
    AUTO(sim_closep) struct hal_pcm *pcm = NULL;
    bool has_file = want->device && want->device[0] != '\0';
    int r = 0;

    if (!sim_can(want))
        return err_set(e, -EINVAL, "simulated sound: %u Hz, %u channels, %u ms are not possible",
                       want->rate_hz, want->channels, want->period_ms);
    pcm = calloc(1, sizeof(*pcm));
    if (!pcm)
        return err_set(e, -ENOMEM, "simulated sound: out of memory");
    pcm->dir = want->dir;
    pcm->rate_hz = want->rate_hz ? want->rate_hz : SIM_RATE_HZ;
    pcm->channels = want->dir == HAL_CAPTURE ? 1 : want->channels;
    if (has_file)
        r = want->dir == HAL_CAPTURE ? sim_open_in(pcm, want->device, e)
                                     : sim_open_out(pcm, want->device, e);
    if (r < 0)
        return r;
    pcm->period_frames = pcm->rate_hz * want->period_ms / 1000;
    pace_init(&pcm->pace, want->clock, pcm->rate_hz);
    *info = (struct hal_pcm_info){ pcm->rate_hz, pcm->channels, pcm->period_frames,
                                   pcm->period_frames };
    *ret = STEAL(pcm);
    return 0;
}

/* ---- microphone ------------------------------------------------------------------------ */

static size_t sim_read_file(struct hal_pcm *pcm, int16_t *frames, size_t count)
{
    sf_count_t n;

    if (pcm->file_left_frames == 0)
        return 0;
    n = sf_readf_short(pcm->file, frames, (sf_count_t)count);
    if (n <= 0) {
        pcm->file_left_frames = 0;
        return 0;
    }
    pcm->file_left_frames -= (uint64_t)n < pcm->file_left_frames ? (uint64_t)n
                                                                 : pcm->file_left_frames;
    return (size_t)n;
}

static size_t sim_read_fed(struct hal_pcm *pcm, int16_t *frames, size_t count)
{
    size_t left = pcm->fed_n - pcm->fed_at;

    if (count > left)
        count = left;
    if (count == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        for (unsigned c = 0; c < pcm->channels; c++)
            frames[i * pcm->channels + c] = pcm->fed[pcm->fed_at + i];
    pcm->fed_at += count;
    return count;
}

static int sim_read(struct hal_pcm *pcm, int16_t *frames, size_t count)
{
    size_t n;

    if (pcm->dir != HAL_CAPTURE)
        return -EINVAL;
    if (count > pcm->period_frames)
        count = pcm->period_frames;
    n = sim_read_file(pcm, frames, count);
    n += sim_read_fed(pcm, frames + n * pcm->channels, count - n);
    memset(frames + n * pcm->channels, 0, (count - n) * pcm->channels * sizeof(*frames));
    pace_wait(&pcm->pace, (unsigned)count);
    return (int)count;
}

int hal_sim_feed(struct hal_pcm *pcm, const int16_t *frames, size_t count, struct err *e)
{
    size_t left = pcm->fed_n - pcm->fed_at;

    if (pcm->dir != HAL_CAPTURE)
        return err_set(e, -EINVAL, "simulated sound: only a microphone can be fed");
    if (count > SIM_FEED_FRAMES_MAX - left)
        return err_set(e, -EFBIG, "simulated microphone: %zu frames are too many; %d fit", count,
                       SIM_FEED_FRAMES_MAX);
    if (pcm->fed_at > 0) { /* what was read makes room */
        memmove(pcm->fed, pcm->fed + pcm->fed_at, left * sizeof(*frames));
        pcm->fed_at = 0;
        pcm->fed_n = left;
    }
    if (count > pcm->fed_cap - left) {
        int16_t *grown = realloc(pcm->fed, (left + count) * sizeof(*frames));

        if (!grown)
            return err_set(e, -ENOMEM, "simulated microphone: out of memory for %zu frames",
                           left + count);
        pcm->fed = grown;
        pcm->fed_cap = left + count;
    }
    if (count > 0)
        memcpy(pcm->fed + left, frames, count * sizeof(*frames));
    pcm->fed_n = left + count;
    return 0;
}

size_t hal_sim_unread(const struct hal_pcm *pcm)
{
    return pcm->fed_n - pcm->fed_at + (size_t)pcm->file_left_frames;
}

/* ---- loudspeaker ----------------------------------------------------------------------- */

static bool is_silent(const int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (samples[i] != 0)
            return false;
    return true;
}

/* False: the file cannot take it (disk full). */
static bool sim_record(struct hal_pcm *pcm, const int16_t *frames, size_t count)
{
    unsigned kept = pcm->rate_hz * SIM_SILENCE_KEPT_MS / 1000;

    if (!pcm->file || pcm->out_frames / pcm->rate_hz >= SIM_OUT_SECONDS_MAX)
        return true;
    if (!is_silent(frames, count * pcm->channels))
        pcm->silent_frames = 0;
    else if (pcm->silent_frames >= kept)
        return true;
    else
        pcm->silent_frames += (unsigned)count;
    if (sf_writef_short(pcm->file, frames, (sf_count_t)count) != (sf_count_t)count)
        return false;
    pcm->out_frames += count;
    return true;
}

static int sim_write(struct hal_pcm *pcm, const int16_t *frames, size_t count)
{
    if (pcm->dir != HAL_PLAYBACK)
        return -EINVAL;
    if (count > pcm->period_frames)
        count = pcm->period_frames;
    if (!sim_record(pcm, frames, count))
        return -ENODEV;
    pace_wait(&pcm->pace, (unsigned)count);
    return (int)count;
}

static size_t sim_delay(struct hal_pcm *pcm)
{
    (void)pcm;
    return 0;
}

static int sim_rest(struct hal_pcm *pcm)
{
    pace_init(&pcm->pace, pcm->pace.clock, pcm->pace.rate_hz);
    return 0;
}

const struct hal_audio hal_audio_sim = {
    .version = HAL_AUDIO_VERSION,
    .name = "sim",
    .open = sim_open,
    .close = sim_close,
    .read = sim_read,
    .write = sim_write,
    .delay = sim_delay,
    .rest = sim_rest,
};
