/* SPDX-License-Identifier: Apache-2.0 */
/* speech/bank_sound.c - speech cut and joined. */
#include "speech/bank_sound.h"

#include "base/must.h"
#include "speech/bank_file.h"

#include <math.h>
#include <samplerate.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = BANK_RATE_HZ / 100, /* 10 ms */
    LEAD_MS = 15,                /* kept before the first sound: an "f" begins softly */
    TAIL_MS = 40,
    QUIET = 40,           /* a peak below this is silence in any case: -58 dB */
    QUIET_PART = 80,      /* and below this part of the loudest: -38 dB */
    LEVEL_SILENCE = 1000, /* tenths of a dB */
    RATE_MIN_HZ = 8000,
    RATE_MAX_HZ = 48000,
};

/* ---- rate ---------------------------------------------------------------------------------- */

static int16_t clip(double x)
{
    return (int16_t)lrint(fmax(-32768, fmin(32767, x)));
}

/* *ret: room for ret_n samples, owned by the caller. */
static int sound_convert(int16_t **ret, size_t *ret_n, const int16_t *frames, size_t n,
                         unsigned rate_hz, struct err *e)
{
    double ratio = (double)BANK_RATE_HZ / rate_hz;
    size_t room = (size_t)((double)n * ratio) + 64;
    AUTO_FREE float *in = malloc(n * sizeof(*in) + 1), *out = malloc(room * sizeof(*out));
    int16_t *made = malloc(room * sizeof(*made));
    SRC_DATA d = { .data_in = in, .data_out = out, .input_frames = (long)n,
                   .output_frames = (long)room, .end_of_input = 1, .src_ratio = ratio };

    if (!in || !out || !made) {
        free(made);
        return err_set(e, -ENOMEM, "voice bank: out of memory for %zu samples", n);
    }
    src_short_to_float_array(frames, in, (int)n);
    if (src_simple(&d, SRC_SINC_MEDIUM_QUALITY, 1) != 0) {
        free(made);
        return err_set(e, -ENOMEM, "voice bank: out of memory for resampling");
    }
    must(d.output_frames_gen >= 0 && (size_t)d.output_frames_gen <= room);
    *ret_n = (size_t)d.output_frames_gen;
    for (size_t i = 0; i < *ret_n; i++)
        made[i] = clip((double)out[i] * 32768);
    *ret = made;
    return 0;
}

/* ---- silence and edges ---------------------------------------------------------------------- */

static int peak_of(const int16_t *frames, size_t n)
{
    int peak = 0;

    for (size_t i = 0; i < n; i++)
        peak = abs(frames[i]) > peak ? abs(frames[i]) : peak;
    return peak;
}

static bool is_quiet(const int16_t *frames, size_t n, int loudest)
{
    int peak = peak_of(frames, n);

    return peak < QUIET || peak * QUIET_PART < loudest;
}

static size_t ms_samples(unsigned ms)
{
    return (size_t)BANK_RATE_HZ * ms / 1000;
}

/* The part of the samples that is speech, with a little before and behind. */
static void sound_bounds(const int16_t *frames, size_t n, size_t *from, size_t *to)
{
    int loudest = peak_of(frames, n);
    size_t first = 0, last = n;

    while (first + WINDOW <= n && is_quiet(frames + first, WINDOW, loudest))
        first += WINDOW;
    while (last > first + WINDOW && is_quiet(frames + last - WINDOW, WINDOW, loudest))
        last -= WINDOW;
    *from = first > ms_samples(LEAD_MS) ? first - ms_samples(LEAD_MS) : 0;
    *to = n - last > ms_samples(TAIL_MS) ? last + ms_samples(TAIL_MS) : n;
    must(*from <= *to && *to <= n);
}

static void sound_fade(int16_t *frames, size_t n)
{
    size_t edge = ms_samples(BANK_FADE_MS);

    if (edge > n / 2)
        edge = n / 2;
    for (size_t i = 0; i < edge; i++) {
        frames[i] = (int16_t)(frames[i] * (long)i / (long)edge);
        frames[n - 1 - i] = (int16_t)(frames[n - 1 - i] * (long)i / (long)edge);
    }
}

int bank_sound_make(int16_t **ret, size_t *ret_n, const int16_t *frames, size_t n, unsigned rate_hz,
                    struct err *e)
{
    AUTO_FREE int16_t *made = NULL;
    size_t count = 0, from, to;
    int r;

    if (rate_hz < RATE_MIN_HZ || rate_hz > RATE_MAX_HZ)
        return err_set(e, -EINVAL, "voice bank: sound of %u Hz", rate_hz);
    if (n > (size_t)rate_hz * BANK_FILE_SECONDS_MAX)
        return err_set(e, -EFBIG, "voice bank: more than %d s of sound", BANK_FILE_SECONDS_MAX);
    if (peak_of(frames, n) < QUIET)
        return err_set(e, -ENODATA, "voice bank: the voice sent silence");
    r = sound_convert(&made, &count, frames, n, rate_hz, e);
    if (r < 0)
        return r;
    sound_bounds(made, count, &from, &to);
    if (to - from < WINDOW)
        return err_set(e, -ENODATA, "voice bank: the voice sent silence");
    memmove(made, made + from, (to - from) * sizeof(*made));
    sound_fade(made, to - from);
    *ret_n = to - from;
    *ret = STEAL(made);
    return 0;
}

/* ---- level --------------------------------------------------------------------------------- */

unsigned bank_sound_level(const int16_t *frames, size_t n)
{
    int loudest = peak_of(frames, n);
    double sum = 0;
    size_t used = 0;

    for (size_t at = 0; at < n; at += WINDOW) {
        size_t len = n - at < WINDOW ? n - at : WINDOW;

        if (is_quiet(frames + at, len, loudest / 4))
            continue; /* pauses and breath do not count */
        for (size_t i = 0; i < len; i++)
            sum += (double)frames[at + i] * frames[at + i];
        used += len;
    }
    if (used == 0 || sum <= 0)
        return LEVEL_SILENCE;
    return (unsigned)fmin(LEVEL_SILENCE,
                          fmax(0, -100 * log10(sum / (double)used / (32768.0 * 32768.0))));
}

void bank_sound_match(int16_t *frames, size_t n, unsigned is_ddb, unsigned wanted_ddb)
{
    double db = ((double)is_ddb - (double)wanted_ddb) / 10;
    double gain = pow(10, fmax(-BANK_GAIN_DB, fmin(BANK_GAIN_DB, db)) / 20);

    for (size_t i = 0; i < n; i++)
        frames[i] = clip(frames[i] * gain);
}

unsigned bank_sound_pause_ms(const char *text)
{
    size_t len = strlen(text);
    char last = len ? text[len - 1] : '\0';

    switch (last) {
    case '.':
    case '!':
    case '?':
        return 250;
    case ',':
    case ';':
    case ':':
        return 110;
    default:
        return 15;
    }
}
