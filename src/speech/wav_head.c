/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wav_head.c - WAV over the network. */
#include "speech/wav_head.h"

#include "base/must.h"

#include <errno.h>
#include <string.h>

enum {
    RIFF_BYTES = 12,
    CHUNK_BYTES = 8,
    FMT_BYTES = 16,
    CHANNELS_MAX = 8,
    RATE_MIN = 4000,
    RATE_MAX = 192000
};

static void put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value & 0xffff);
    put16(to + 2, value >> 16);
}

static uint32_t get16(const char *at)
{
    return (uint32_t)(uint8_t)at[0] | (uint32_t)(uint8_t)at[1] << 8;
}

static uint32_t get32(const char *at)
{
    return get16(at) | get16(at + 2) << 16;
}

void wav_head_put(uint8_t to[WAV_HEAD_BYTES], uint32_t rate_hz, uint32_t samples)
{
    uint32_t bytes = samples * 2;

    must(samples <= (UINT32_MAX - WAV_HEAD_BYTES) / 2);
    memcpy(to, "RIFF....WAVEfmt ", 16);
    put32(to + 4, bytes + WAV_HEAD_BYTES - CHUNK_BYTES);
    put32(to + 16, FMT_BYTES);
    put16(to + 20, 1); /* PCM */
    put16(to + 22, 1); /* channels */
    put32(to + 24, rate_hz);
    put32(to + 28, rate_hz * 2);
    put16(to + 32, 2);
    put16(to + 34, 16);
    memcpy(to + 36, "data", 4);
    put32(to + 40, bytes);
}

void wav_in_init(struct wav_in *w)
{
    *w = (struct wav_in){ .left = UINT64_MAX };
}

void wav_in_done(struct wav_in *w)
{
    str_done(&w->bytes);
    wav_in_init(w);
}

static int take_format(struct wav_in *w, const char *at, uint32_t size, struct err *e)
{
    uint32_t kind = size >= FMT_BYTES ? get16(at) : 0;

    if (size < FMT_BYTES || (kind != 1 && kind != 0xfffe) || get16(at + 14) != 16)
        return err_set(e, -EPROTO, "sound that is not 16 bit PCM");
    w->channels = get16(at + 2);
    w->rate_hz = get32(at + 4);
    if (w->channels < 1 || w->channels > CHANNELS_MAX || w->rate_hz < RATE_MIN ||
        w->rate_hz > RATE_MAX)
        return err_set(e, -EPROTO, "sound of %u channels at %u Hz", w->channels, w->rate_hz);
    return 0;
}

/* Looks for `data` in what has come. *used: bytes before the sound; 0: not there yet. */
static int find_sound(struct wav_in *w, size_t *used, struct err *e)
{
    const char *bytes = str_text(&w->bytes);
    size_t at = RIFF_BYTES;

    *used = 0;
    if (w->bytes.len < RIFF_BYTES)
        return 0;
    if (memcmp(bytes, "RIFF", 4) != 0 || memcmp(bytes + 8, "WAVE", 4) != 0)
        return err_set(e, -EPROTO, "no WAV sound");
    while (w->bytes.len - at >= CHUNK_BYTES) {
        uint32_t size = get32(bytes + at + 4);
        size_t room = w->bytes.len - at - CHUNK_BYTES;
        int r = 0;

        if (memcmp(bytes + at, "data", 4) == 0) {
            if (w->rate_hz == 0)
                return err_set(e, -EPROTO, "WAV sound without a format");
            w->left = size == 0 || size == UINT32_MAX ? UINT64_MAX : size;
            *used = at + CHUNK_BYTES;
            return 0;
        }
        if (room < size || room - size < (size & 1))
            return 0; /* the chunk is not whole */
        if (memcmp(bytes + at, "fmt ", 4) == 0)
            r = take_format(w, bytes + at + CHUNK_BYTES, size, e);
        if (r < 0)
            return r;
        at += CHUNK_BYTES + size + (size & 1);
    }
    return 0;
}

/* Whole frames of w->bytes become samples of the first channel. */
static void take_frames(struct wav_in *w, struct str *out)
{
    size_t frame = 2 * w->channels, at = 0;
    uint64_t n = w->left < w->bytes.len ? w->left : w->bytes.len;

    for (; n - at >= frame; at += frame) {
        int16_t s = (int16_t)get16(w->bytes.data + at);

        str_add_bytes(out, &s, sizeof(s));
    }
    if (w->left != UINT64_MAX)
        w->left -= at;
    if (w->left < frame) { /* what stands behind the sound is nothing to hear */
        str_clear(&w->bytes);
        return;
    }
    memmove(w->bytes.data, w->bytes.data + at, w->bytes.len - at);
    w->bytes.len -= at;
}

int wav_in_feed(struct wav_in *w, const void *bytes, size_t len, struct str *out, struct err *e)
{
    size_t used = 0;
    int r;

    str_add_bytes(&w->bytes, bytes, len);
    if (w->bytes.failed)
        return err_set(e, -ENOMEM, "out of memory for sound");
    if (!w->has_begun) {
        r = find_sound(w, &used, e);
        if (r < 0)
            return r;
        if (used == 0)
            return w->bytes.len > WAV_HEAD_BYTES_MAX
                       ? err_set(e, -EPROTO, "WAV sound that does not begin")
                       : 0;
        w->has_begun = true;
        memmove(w->bytes.data, w->bytes.data + used, w->bytes.len - used);
        w->bytes.len -= used;
    }
    must(w->channels >= 1 && w->rate_hz >= RATE_MIN);
    if (w->bytes.len > 0)
        take_frames(w, out);
    return out->failed ? err_set(e, -ENOMEM, "out of memory for sound") : 0;
}
