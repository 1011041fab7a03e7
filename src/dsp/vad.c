/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/vad.c - energy against a noise floor found by minimum tracking. */
#include "dsp/vad.h"

#include "base/must.h"

enum { SLOT_BLOCKS = 25 };

static const float margin_db = 6.0f;         /* above the floor: voiced */
static const float floor_least_db = -75.0f; /* the softest room that is believed */
/* Fast up, so that a word's beginning is not lost; slower down, over the gaps inside words. */
static const float rise = 0.5f, fall = 0.2f; /* smoothing of the level, per block */

void vad_init(struct vad *v)
{
    *v = (struct vad){ .smooth_db = floor_least_db, .noise_db = floor_least_db };
}

float vad_least_db(const struct vad *v)
{
    float least = v->slots_db[0];

    for (int i = 1; i < VAD_SLOTS; i++)
        if (v->slots_db[i] < least)
            least = v->slots_db[i];
    return least;
}

void vad_shift(struct vad *v, float by_db)
{
    v->smooth_db += by_db;
    for (int i = 0; i < VAD_SLOTS; i++)
        v->slots_db[i] += by_db;
}

bool vad_run(struct vad *v, float rms_db)
{
    if (!v->begun) {
        v->begun = true;
        v->smooth_db = rms_db;
        for (int i = 0; i < VAD_SLOTS; i++)
            v->slots_db[i] = rms_db;
    }
    v->smooth_db += (rms_db - v->smooth_db) * (rms_db > v->smooth_db ? rise : fall);
    if (v->in_slot == SLOT_BLOCKS) {
        v->slot = (v->slot + 1) % VAD_SLOTS;
        v->in_slot = 0;
        v->slots_db[v->slot] = v->smooth_db;
    }
    v->in_slot++;
    invariant(v->slot < VAD_SLOTS && v->in_slot <= SLOT_BLOCKS);
    if (v->smooth_db < v->slots_db[v->slot])
        v->slots_db[v->slot] = v->smooth_db;
    v->noise_db = vad_least_db(v);
    if (v->noise_db < floor_least_db)
        v->noise_db = floor_least_db;
    return v->smooth_db > v->noise_db + margin_db;
}
