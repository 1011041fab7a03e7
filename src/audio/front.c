/* SPDX-License-Identifier: Apache-2.0 */
/* audio/front.c - the capture side's signal chain: the real-time calls. */
#include "audio/front.h"

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
    if (count > TO16K_IN_FRAMES_MAX)
        count = TO16K_IN_FRAMES_MAX;
    for (size_t i = 0; i < count; i++)
        f->mono[i] = (float)frames[i * f->channels] / s16_scale;
    if (FRONT_FIFO_FRAMES - f->fifo_n < TO16K_OUT_FRAMES_MAX)
        front_lost(f, f->fifo_n); /* the caller did not take its blocks */
    f->fifo_n += to16k_run(&f->to16k, f->mono, count, f->fifo + f->fifo_n);
}

static void front_measure(struct front *f, const float *x, struct audio_block *b)
{
    float heard[BLOCK_FRAMES];

    memcpy(heard, x, sizeof(heard));
    hpf_run(&f->hpf, heard, BLOCK_FRAMES);
    b->level_db = level_rms_db(heard, BLOCK_FRAMES);
    b->voiced = vad_run(&f->vad, b->level_db);
    for (int i = 0; i < BLOCK_FRAMES; i++)
        b->wake[i] = to_s16(heard[i]);
    level_run(&f->level, heard, BLOCK_FRAMES, b->level_db, b->voiced);
    for (int i = 0; i < BLOCK_FRAMES; i++)
        b->pcm[i] = to_s16(heard[i]);
}

static void front_silence(struct front *f, struct audio_block *b)
{
    hpf_clear(&f->hpf);
    memset(b->wake, 0, sizeof(b->wake));
    memset(b->pcm, 0, sizeof(b->pcm));
    b->level_db = LEVEL_FLOOR_DB;
    b->voiced = false;
}

bool front_take(struct front *f, bool muted, struct audio_block *ret)
{
    if (f->fifo_n < BLOCK_FRAMES)
        return false;
    if (muted)
        front_silence(f, ret);
    else
        front_measure(f, f->fifo, ret);
    ret->noise_db = f->vad.noise_db;
    ret->position = f->position;
    ret->captured_usec = 0;
    ret->lost_before = f->lost;
    f->lost = false;
    f->position += BLOCK_FRAMES;
    f->fifo_n -= BLOCK_FRAMES;
    memmove(f->fifo, f->fifo + BLOCK_FRAMES, f->fifo_n * sizeof(f->fifo[0]));
    return true;
}

void front_lost(struct front *f, uint64_t samples)
{
    f->position += samples;
    f->lost = true;
    f->fifo_n = 0;
    to16k_clear(&f->to16k);
    hpf_clear(&f->hpf);
}
