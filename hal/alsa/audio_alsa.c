/* SPDX-License-Identifier: Apache-2.0 */
/* hal/alsa/audio_alsa.c - a sound device by ALSA, with explicit parameters.
 *
 * The handle is non-blocking: only snd_pcm_wait() waits, for HAL_AUDIO_WAIT_MS at most. What
 * can happen to a stream and what becomes of it, in pcm_mend():
 *
 *     -EPIPE     xrun                    prepared (capture: started)        -> -EPIPE
 *     -ESTRPIPE  machine was suspended   resumed, or prepared               -> -EPIPE
 *     -EAGAIN    nothing yet                                                -> 0
 *     anything else, state DISCONNECTED                                     -> -ENODEV
 */
#include "base/str.h"
#include "hal/audio.h"
#include "hal/pace.h"

#include <alsa/asoundlib.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    PERIODS_CAPTURE = 8,  /* what waits here costs nothing until it is late */
    PERIODS_PLAYBACK = 4, /* what waits here is heard after a barge-in */
    PERIODS_BEFORE_START = 2, /* playback starts when so many are waiting */
    RESUME_PAUSE_MS = 50,
    NAMES_LISTED_MAX = 8,
};

struct hal_pcm {
    snd_pcm_t *handle; /* owned */
    enum hal_dir dir;
    unsigned period_frames;
    bool is_timeless; /* ALSA's null device is always ready: paced here, else a thread spins */
    struct pace pace;
};

/* ---- words ----------------------------------------------------------------------------- */

static void alsa_be_quiet(const char *file, int line, const char *function, int code,
                          const char *format, ...)
{
    (void)file;
    (void)line;
    (void)function;
    (void)code;
    (void)format;
}

static void alsa_quiet_once(void)
{
    snd_lib_error_set_handler(alsa_be_quiet);
}

static bool alsa_has_card(void)
{
    int card = -1;

    return snd_card_next(&card) == 0 && card >= 0;
}

/* "default, plughw:CARD=Device,DEV=0, ..." of the direction; the caller adds them to words. */
static void alsa_names(struct str *names, enum hal_dir dir)
{
    const char *wanted = dir == HAL_CAPTURE ? "Input" : "Output";
    void **hints = NULL;
    int listed = 0;

    if (snd_device_name_hint(-1, "pcm", &hints) < 0)
        return;
    for (void **h = hints; *h && listed < NAMES_LISTED_MAX; h++) {
        char *name = snd_device_name_get_hint(*h, "NAME");
        char *dir_text = snd_device_name_get_hint(*h, "IOID"); /* NULL: both directions */

        if (name && strcmp(name, "null") != 0 && (!dir_text || strcmp(dir_text, wanted) == 0))
            str_addf(names, "%s%s", listed++ ? ", " : "", name);
        free(name);
        free(dir_text);
    }
    snd_device_name_free_hint(hints);
}

static int alsa_open_words(const struct hal_pcm_want *want, int code, struct err *e)
{
    AUTO_STR names = STR_INIT;

    switch (code) {
    case -EBUSY:
        return err_set(e, code, "'%s' is in use by another program; 'fuser -v /dev/snd/*' tells "
                       "which", want->device);
    case -EACCES:
    case -EPERM:
        return err_set(e, -EACCES, "'%s': no permission; add this user to the group audio",
                       want->device);
    case -ENOMEM:
        return err_set(e, code, "'%s': out of memory", want->device);
    default:
        break;
    }
    if (!alsa_has_card())
        return err_set(e, -ENODEV, "no sound card on this machine ('%s': %s); plug one in, or set "
                       "audio.backend to sim or null", want->device, snd_strerror(code));
    alsa_names(&names, want->dir);
    return err_set(e, -ENODEV, "no ALSA device '%s' (%s); there are: %s", want->device,
                   snd_strerror(code), names.len ? str_text(&names) : "none");
}

/* ---- parameters ------------------------------------------------------------------------ */

static unsigned distance(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

/* The wanted rate, else the nearest of the usual ones that the device takes; 0: none. */
static unsigned alsa_pick_rate(snd_pcm_t *handle, snd_pcm_hw_params_t *hw, unsigned want_hz)
{
    static const unsigned usual_hz[] = { 48000, 16000, 44100 }; /* best first */
    unsigned best = 0;

    if (want_hz > 0 && snd_pcm_hw_params_test_rate(handle, hw, want_hz, 0) == 0)
        return want_hz;
    for (size_t i = 0; i < sizeof(usual_hz) / sizeof(usual_hz[0]); i++) {
        bool nearer = best == 0 || (want_hz > 0 && distance(usual_hz[i], want_hz) <
                                                       distance(best, want_hz));

        if (nearer && snd_pcm_hw_params_test_rate(handle, hw, usual_hz[i], 0) == 0)
            best = usual_hz[i];
    }
    return best;
}

static int alsa_bad(struct err *e, const struct hal_pcm_want *want, const char *what, int code)
{
    return err_set(e, code == -ENODEV ? -ENODEV : -EINVAL, "'%s' does not take %s (%s)",
                   want->device, what, snd_strerror(code));
}

static int alsa_set_hw(struct hal_pcm *pcm, const struct hal_pcm_want *want,
                       struct hal_pcm_info *info, struct err *e)
{
    AUTO(cleanup_freep) snd_pcm_hw_params_t *hw = calloc(1, snd_pcm_hw_params_sizeof());
    snd_pcm_uframes_t period, buffer;
    unsigned channels = want->channels;
    unsigned rate_hz;
    int r;

    if (!hw)
        return err_set(e, -ENOMEM, "'%s': out of memory", want->device);
    if ((r = snd_pcm_hw_params_any(pcm->handle, hw)) < 0)
        return alsa_bad(e, want, "any parameters", r);
    if ((r = snd_pcm_hw_params_set_access(pcm->handle, hw, SND_PCM_ACCESS_RW_INTERLEAVED)) < 0)
        return alsa_bad(e, want, "interleaved access", r);
    if ((r = snd_pcm_hw_params_set_format(pcm->handle, hw, SND_PCM_FORMAT_S16)) < 0)
        return alsa_bad(e, want, "16-bit samples; try the plughw: name of it", r);
    if ((r = snd_pcm_hw_params_set_channels_near(pcm->handle, hw, &channels)) < 0 ||
        channels > HAL_AUDIO_CHANNELS_MAX)
        return alsa_bad(e, want, "1 to 8 channels", r);
    rate_hz = alsa_pick_rate(pcm->handle, hw, want->rate_hz);
    if (rate_hz == 0)
        return alsa_bad(e, want, "48000, 16000 or 44100 Hz", -EINVAL);
    if ((r = snd_pcm_hw_params_set_rate(pcm->handle, hw, rate_hz, 0)) < 0)
        return alsa_bad(e, want, "its own rate", r);
    period = (snd_pcm_uframes_t)rate_hz * want->period_ms / 1000;
    if ((r = snd_pcm_hw_params_set_period_size_near(pcm->handle, hw, &period, NULL)) < 0)
        return alsa_bad(e, want, "a period", r);
    buffer = period * (want->dir == HAL_CAPTURE ? PERIODS_CAPTURE : PERIODS_PLAYBACK);
    if ((r = snd_pcm_hw_params_set_buffer_size_near(pcm->handle, hw, &buffer)) < 0)
        return alsa_bad(e, want, "a buffer", r);
    if ((r = snd_pcm_hw_params(pcm->handle, hw)) < 0)
        return alsa_bad(e, want, "the parameters together", r);
    if (buffer < period * 2)
        return alsa_bad(e, want, "a buffer of two periods", -EINVAL);
    *info = (struct hal_pcm_info){ rate_hz, channels, (unsigned)period, (unsigned)buffer };
    return 0;
}

static int alsa_set_sw(struct hal_pcm *pcm, const struct hal_pcm_want *want,
                       const struct hal_pcm_info *info, struct err *e)
{
    AUTO(cleanup_freep) snd_pcm_sw_params_t *sw = calloc(1, snd_pcm_sw_params_sizeof());
    snd_pcm_uframes_t start = (snd_pcm_uframes_t)info->period_frames * PERIODS_BEFORE_START;
    int r;

    if (!sw)
        return err_set(e, -ENOMEM, "'%s': out of memory", want->device);
    if (start > info->buffer_frames)
        start = info->buffer_frames;
    r = snd_pcm_sw_params_current(pcm->handle, sw);
    if (r >= 0)
        r = snd_pcm_sw_params_set_avail_min(pcm->handle, sw, info->period_frames);
    if (r >= 0)
        r = snd_pcm_sw_params_set_start_threshold(pcm->handle, sw, start);
    if (r >= 0)
        r = snd_pcm_sw_params(pcm->handle, sw);
    return r < 0 ? alsa_bad(e, want, "software parameters", r) : 0;
}

/* ---- open and close -------------------------------------------------------------------- */

static void alsa_close(struct hal_pcm *pcm)
{
    if (!pcm)
        return;
    if (pcm->handle) {
        snd_pcm_drop(pcm->handle);
        snd_pcm_close(pcm->handle);
    }
    free(pcm);
}

static void alsa_closep(struct hal_pcm **pcm)
{
    alsa_close(*pcm);
}

static int alsa_prepare(struct hal_pcm *pcm)
{
    int r = snd_pcm_prepare(pcm->handle);

    if (r >= 0 && pcm->dir == HAL_CAPTURE)
        r = snd_pcm_start(pcm->handle);
    return r;
}

static int alsa_open(struct hal_pcm **ret, const struct hal_pcm_want *want,
                     struct hal_pcm_info *info, struct err *e)
{
    static pthread_once_t quiet = PTHREAD_ONCE_INIT; /* alsa-lib would print to stderr */
    AUTO(alsa_closep) struct hal_pcm *pcm = NULL;
    struct hal_pcm_info got = { 0 };
    int r;

    if (want->channels < 1 || want->channels > HAL_AUDIO_CHANNELS_MAX || want->period_ms < 1 ||
        want->period_ms > 100)
        return err_set(e, -EINVAL, "'%s': %u channels, %u ms periods are not possible",
                       want->device, want->channels, want->period_ms);
    pthread_once(&quiet, alsa_quiet_once);
    pcm = calloc(1, sizeof(*pcm));
    if (!pcm)
        return err_set(e, -ENOMEM, "'%s': out of memory", want->device);
    pcm->dir = want->dir;
    r = snd_pcm_open(&pcm->handle, want->device,
                     want->dir == HAL_CAPTURE ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK,
                     SND_PCM_NONBLOCK);
    if (r < 0) {
        pcm->handle = NULL;
        return alsa_open_words(want, r, e);
    }
    r = alsa_set_hw(pcm, want, &got, e);
    if (r >= 0)
        r = alsa_set_sw(pcm, want, &got, e);
    if (r < 0)
        return r;
    pcm->period_frames = got.period_frames;
    pcm->is_timeless = snd_pcm_type(pcm->handle) == SND_PCM_TYPE_NULL;
    pace_init(&pcm->pace, want->clock, got.rate_hz);
    r = alsa_prepare(pcm);
    if (r < 0)
        return alsa_bad(e, want, "a start", r);
    *info = got;
    *ret = STEAL(pcm);
    return 0;
}

/* ---- real-time calls ------------------------------------------------------------------- */

static int pcm_resume(struct hal_pcm *pcm)
{
    int r = snd_pcm_resume(pcm->handle);

    if (r == -EAGAIN) { /* the driver is not back yet; the caller comes again */
        poll(NULL, 0, RESUME_PAUSE_MS);
        return 0;
    }
    if (r < 0)
        r = alsa_prepare(pcm);
    return r < 0 ? -ENODEV : -EPIPE;
}

/* What a call's negative result means to the caller; table on top. */
static int pcm_mend(struct hal_pcm *pcm, int code)
{
    if (code == -EAGAIN || code == -EINTR)
        return 0;
    if (snd_pcm_state(pcm->handle) == SND_PCM_STATE_DISCONNECTED)
        return -ENODEV;
    if (code == -ESTRPIPE)
        return pcm_resume(pcm);
    if (code == -EPIPE && alsa_prepare(pcm) >= 0)
        return -EPIPE;
    return -ENODEV;
}

/* Waits for the device and bounds *count. 1: go on; else what the call returns. */
static int pcm_ready(struct hal_pcm *pcm, size_t *count)
{
    int r = snd_pcm_wait(pcm->handle, HAL_AUDIO_WAIT_MS);

    if (r <= 0)
        return r < 0 ? pcm_mend(pcm, r) : 0;
    if (*count > pcm->period_frames)
        *count = pcm->period_frames;
    return 1;
}

/* n frames were moved, or it failed. */
static int pcm_moved(struct hal_pcm *pcm, snd_pcm_sframes_t n)
{
    if (n < 0)
        return pcm_mend(pcm, (int)n);
    if (pcm->is_timeless && n > 0)
        pace_wait(&pcm->pace, (unsigned)n);
    return (int)n;
}

static int alsa_read(struct hal_pcm *pcm, int16_t *frames, size_t count)
{
    int r = pcm_ready(pcm, &count);

    return r <= 0 ? r : pcm_moved(pcm, snd_pcm_readi(pcm->handle, frames, count));
}

static int alsa_write(struct hal_pcm *pcm, const int16_t *frames, size_t count)
{
    int r = pcm_ready(pcm, &count);

    return r <= 0 ? r : pcm_moved(pcm, snd_pcm_writei(pcm->handle, frames, count));
}

static size_t alsa_delay(struct hal_pcm *pcm)
{
    snd_pcm_sframes_t delay = 0;

    if (snd_pcm_delay(pcm->handle, &delay) < 0 || delay < 0)
        return 0;
    return (size_t)delay;
}

/* Prepared, it starts again by itself when PERIODS_BEFORE_START periods were written. */
static int alsa_rest(struct hal_pcm *pcm)
{
    if (snd_pcm_drop(pcm->handle) < 0 || snd_pcm_prepare(pcm->handle) < 0)
        return -ENODEV;
    pace_init(&pcm->pace, pcm->pace.clock, pcm->pace.rate_hz);
    return 0;
}

const struct hal_audio hal_audio_alsa = {
    .version = HAL_AUDIO_VERSION,
    .name = "alsa",
    .open = alsa_open,
    .close = alsa_close,
    .read = alsa_read,
    .write = alsa_write,
    .delay = alsa_delay,
    .rest = alsa_rest,
};
