/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/level.c - brings speech slowly to one loudness; never clips. */
#include "dsp/level.h"

#include "base/must.h"

#include <math.h>

static const float target_db = -23.0f;
static const float gain_min_db = -20.0f, gain_max_db = 24.0f;
static const float up_db = 0.1f, down_db = 0.3f; /* per block of 10 ms */
static const float follow = 0.03f;               /* of the loudness, per voiced block */
static const float follow_loud = 0.15f;          /* the same when it rises */
static const float active_db = 20.0f;            /* blocks softer than this below do not count */
static const float ceiling = 0.89f;              /* -1 dBFS */
static const float release = 1.06f;              /* 0.5 dB a block, after the limiter acted */

float level_rms_db(const float *samples, size_t count)
{
    float sum = 0.0f;
    float db;

    for (size_t i = 0; i < count; i++)
        sum += samples[i] * samples[i];
    if (count == 0 || sum <= 0.0f)
        return LEVEL_FLOOR_DB;
    db = 10.0f * log10f(sum / (float)count);
    return db > LEVEL_FLOOR_DB ? db : LEVEL_FLOOR_DB;
}

void level_init(struct level *l)
{
    *l = (struct level){ .speech_db = target_db, .gain_db = 0.0f, .gain = 1.0f };
}

static float clamp(float x, float least, float most)
{
    return x < least ? least : x > most ? most : x;
}

static void level_follow(struct level *l, float rms_db)
{
    float step = rms_db - l->speech_db;
    float want_db;

    if (!l->heard) {
        l->heard = true;
        l->speech_db = rms_db;
    } else if (step > -active_db) {
        l->speech_db += step * (step > 0.0f ? follow_loud : follow);
    } else {
        l->speech_db -= follow * active_db; /* far softer for long: someone else speaks */
    }
    want_db = clamp(target_db - l->speech_db, gain_min_db, gain_max_db);
    l->gain_db = clamp(want_db, l->gain_db - down_db, l->gain_db + up_db);
}

/* First sample that would pass the ceiling at `gain`, and the block's peak. */
static size_t level_first_over(const float *samples, size_t count, float gain, float *ret_peak)
{
    size_t first = count;

    *ret_peak = 0.0f;
    for (size_t i = 0; i < count; i++) {
        float a = fabsf(samples[i]);

        if (a > *ret_peak)
            *ret_peak = a;
        if (first == count && a * gain > ceiling)
            first = i;
    }
    return first;
}

void level_run(struct level *l, float *samples, size_t count, float rms_db, bool voiced)
{
    float begin = l->gain, end, peak, step;
    size_t first, ramp = count;

    if (count == 0)
        return;
    must(l->gain > 0.0f && l->gain_db >= gain_min_db && l->gain_db <= gain_max_db);
    if (voiced)
        level_follow(l, rms_db);
    end = clamp(powf(10.0f, l->gain_db / 20.0f), 0.0f, begin * release);
    first = level_first_over(samples, count, begin > end ? begin : end, &peak);
    if (first < count) { /* be down before the first peak arrives, stay down to the end */
        end = clamp(ceiling / peak, 0.0f, end);
        ramp = first;
    }
    step = ramp > 0 ? (end - begin) / (float)ramp : 0.0f;
    for (size_t i = 0; i < count; i++) {
        float gain = i < ramp ? begin + step * (float)(i + 1) : end;

        samples[i] = clamp(samples[i] * gain, -1.0f, 1.0f);
    }
    l->gain = end;
}
