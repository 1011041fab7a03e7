/* SPDX-License-Identifier: Apache-2.0 */
/* audio/front.c - from what the sound device brings to blocks: the real-time calls. */
#include "audio/front.h"

#include "base/must.h"
#include "dsp/level.h"

#include <string.h>

static const float s16_scale = 32768.0f;

static int16_t to_s16(float x)
{
    float y = x * s16_scale;

    if (y >= 32767.0f)
        return 32767;
    if (y <= -32767.0f)
        return -32767;
    return (int16_t)(y + (y >= 0.0f ? 0.5f : -0.5f));
}

void front_push(struct front *f, const int16_t *frames, size_t count)
{
    size_t made = 0;

    if (count > f->to16k[0].in_most)
        count = f->to16k[0].in_most;
    if (FRONT_FIFO_FRAMES - f->fifo_n < TO16K_OUT_FRAMES_MAX)
        front_lost(f, f->fifo_n); /* the caller did not take its blocks */
    for (unsigned c = 0; c < f->used; c++) {
        const int16_t *from = frames + f->first + c;
        size_t n;

        for (size_t i = 0; i < count; i++)
            f->mono[i] = (float)from[i * f->device_channels] / s16_scale;
        n = to16k_run(&f->to16k[c], f->mono, count, f->fifo[c] + f->fifo_n);
        invariant(c == 0 || n == made); /* the channels stay in step */
        made = n;
    }
    f->fifo_n += made;
}

static void front_measure(struct front *f, struct audio_block *b)
{
    const float *rec[STAGE_CHANNELS_MAX], *play[] = { f->play };
    float *tap[CHAIN_TAPS];

    for (unsigned c = 0; c < STAGE_CHANNELS_MAX; c++)
        rec[c] = f->fifo[c];
    for (int i = 0; i < CHAIN_TAPS; i++)
        tap[i] = f->taps[i];
    chain_run(f->chain, rec, play, tap, &f->note);
    for (int i = 0; i < BLOCK_FRAMES; i++) {
        b->wake[i] = to_s16(f->taps[CHAIN_WAKE][i]);
        b->pcm[i] = to_s16(f->taps[CHAIN_SPEECH][i]);
    }
    b->level_db = f->note.level_db;
    b->voiced = f->note.voiced;
}

static void front_silence(struct front *f, struct audio_block *b)
{
    chain_clear(f->chain);
    memset(b->wake, 0, sizeof(b->wake));
    memset(b->pcm, 0, sizeof(b->pcm));
    b->level_db = LEVEL_FLOOR_DB;
    b->voiced = false;
}

bool front_take(struct front *f, bool muted, int64_t read_usec, struct audio_block *ret)
{
    if (f->fifo_n < BLOCK_FRAMES)
        return false;
    must(f->chain && f->fifo_n <= FRONT_FIFO_FRAMES);
    f->fifo_n -= BLOCK_FRAMES;
    ret->captured_usec = read_usec - (int64_t)f->fifo_n * 1000 * BLOCK_MS / BLOCK_FRAMES;
    refer_take(&f->refer, ret->captured_usec, f->play);
    if (muted)
        front_silence(f, ret);
    else
        front_measure(f, ret);
    ret->noise_db = f->note.noise_db;
    ret->position = f->position;
    ret->lost_before = f->lost;
    f->lost = false;
    f->position += BLOCK_FRAMES;
    for (unsigned c = 0; c < f->used; c++)
        memmove(f->fifo[c], f->fifo[c] + BLOCK_FRAMES, f->fifo_n * sizeof(f->fifo[c][0]));
    return true;
}

void front_lost(struct front *f, uint64_t samples)
{
    f->position += samples;
    f->lost = true;
    f->fifo_n = 0;
    for (unsigned c = 0; c < f->used; c++)
        to16k_clear(&f->to16k[c]);
    if (f->chain)
        chain_clear(f->chain);
}
