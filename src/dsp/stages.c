/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/stages.c - the filters of this folder as stages of the capture chain. */
#include "dsp/hpf.h"
#include "dsp/level.h"
#include "dsp/pick.h"
#include "dsp/stage.h"
#include "dsp/vad.h"

#include <errno.h>
#include <string.h>

static unsigned no_latency(const void *state)
{
    (void)state;
    return 0;
}

static void nothing_to_clear(void *state)
{
    (void)state;
}

static int one_channel(const struct stage_opts *o, unsigned *ret_out)
{
    *ret_out = 1;
    return o->in == 1 ? 0 : -EINVAL;
}

/* ---- high-pass ----------------------------------------------------------------------------- */

struct hpf_stage {
    unsigned channels;
    struct hpf hpf[STAGE_CHANNELS_MAX];
};

static int hpf_stage_init(void *state, const struct stage_opts *o, unsigned *ret_out)
{
    struct hpf_stage *s = state;

    if (o->in < 1 || o->in > STAGE_CHANNELS_MAX)
        return -EINVAL;
    s->channels = *ret_out = o->in;
    for (unsigned c = 0; c < o->in; c++)
        hpf_init(&s->hpf[c], o->rate_hz);
    return 0;
}

static void hpf_stage_run(void *state, const float *const rec[], const float *const play[],
                          float *const out[], size_t n, struct stage_note *note)
{
    struct hpf_stage *s = state;

    (void)play;
    (void)note;
    for (unsigned c = 0; c < s->channels; c++) {
        if (out[c] != rec[c])
            memcpy(out[c], rec[c], n * sizeof(*out[c]));
        hpf_run(&s->hpf[c], out[c], n);
    }
}

static void hpf_stage_clear(void *state)
{
    struct hpf_stage *s = state;

    for (unsigned c = 0; c < s->channels; c++)
        hpf_clear(&s->hpf[c]);
}

const struct stage stage_hpf = {
    .version = STAGE_VERSION,
    .name = "high-pass",
    .state_bytes = sizeof(struct hpf_stage),
    .init = hpf_stage_init,
    .run = hpf_stage_run,
    .clear = hpf_stage_clear,
    .latency = no_latency,
};

/* ---- channel ------------------------------------------------------------------------------- */

static int pick_stage_init(void *state, const struct stage_opts *o, unsigned *ret_out)
{
    *ret_out = 1;
    return pick_init(state, o->in);
}

static void pick_stage_run(void *state, const float *const rec[], const float *const play[],
                           float *const out[], size_t n, struct stage_note *note)
{
    (void)play;
    pick_run(state, rec, out[0], n, note);
}

const struct stage stage_pick = {
    .version = STAGE_VERSION,
    .name = "channel",
    .state_bytes = sizeof(struct pick),
    .init = pick_stage_init,
    .run = pick_stage_run,
    .clear = nothing_to_clear, /* which microphone is best is known over a gap, too */
    .latency = no_latency,
};

/* ---- voice --------------------------------------------------------------------------------- */

static int vad_stage_init(void *state, const struct stage_opts *o, unsigned *ret_out)
{
    vad_init(state);
    return one_channel(o, ret_out);
}

static void vad_stage_run(void *state, const float *const rec[], const float *const play[],
                          float *const out[], size_t n, struct stage_note *note)
{
    struct vad *v = state;

    (void)play;
    if (note->shift_db != 0.0f)
        vad_shift(v, note->shift_db);
    note->level_db = level_rms_db(rec[0], n);
    note->voiced = vad_run(v, note->level_db);
    note->noise_db = v->noise_db;
    if (out[0] != rec[0])
        memcpy(out[0], rec[0], n * sizeof(*out[0]));
}

const struct stage stage_vad = {
    .version = STAGE_VERSION,
    .name = "voice",
    .state_bytes = sizeof(struct vad),
    .init = vad_stage_init,
    .run = vad_stage_run,
    .clear = nothing_to_clear, /* the room's floor goes on over a gap */
    .latency = no_latency,
};

/* ---- level control ------------------------------------------------------------------------- */

static int level_stage_init(void *state, const struct stage_opts *o, unsigned *ret_out)
{
    level_init(state);
    return one_channel(o, ret_out);
}

static void level_stage_run(void *state, const float *const rec[], const float *const play[],
                            float *const out[], size_t n, struct stage_note *note)
{
    (void)play;
    if (out[0] != rec[0])
        memcpy(out[0], rec[0], n * sizeof(*out[0]));
    level_run(state, out[0], n, note->level_db, note->voiced);
}

const struct stage stage_level = {
    .version = STAGE_VERSION,
    .name = "level",
    .state_bytes = sizeof(struct level),
    .init = level_stage_init,
    .run = level_stage_run,
    .clear = nothing_to_clear, /* the speaker is the same after a gap */
    .latency = no_latency,
};
