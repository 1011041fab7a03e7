/* SPDX-License-Identifier: Apache-2.0 */
/* audio/chain.c - the capture side's stages, in order: the real-time calls. */
#include "audio/chain_layout.h"
#include "base/must.h"
#include "dsp/level.h"

#include <string.h>

static void chain_tapped(const struct chain *c, unsigned taps, float *const tap[CHAIN_TAPS])
{
    for (int i = 0; i < CHAIN_TAPS; i++)
        if (taps & 1u << i)
            memcpy(tap[i], c->work[0], sizeof(c->work[0]));
}

/* Each stage works in place: channel i of the buffers is its rec[i] and its out[i]. */
void chain_run(struct chain *c, const float *const rec[], const float *const play[],
               float *const tap[CHAIN_TAPS], struct stage_note *note)
{
    const float *in[STAGE_CHANNELS_MAX];
    float *out[STAGE_CHANNELS_MAX];

    invariant(c->n >= 1 && c->n <= CHAIN_STAGES_MAX);
    for (unsigned i = 0; i < STAGE_CHANNELS_MAX; i++) {
        out[i] = c->work[i];
        in[i] = i < c->links[0].in ? rec[i] : c->work[i];
    }
    note->shift_db = 0.0f;
    note->play_db = level_rms_db(play[0], STAGE_FRAMES);
    for (size_t k = 0; k < c->n; k++) {
        const struct chain_link *l = &c->links[k];

        invariant(k == 0 || l->in == c->links[k - 1].out);
        l->stage->run(l->state, in, play, out, STAGE_FRAMES, note);
        chain_tapped(c, l->taps, tap);
        for (unsigned i = 0; i < STAGE_CHANNELS_MAX; i++)
            in[i] = c->work[i];
    }
}

void chain_clear(struct chain *c)
{
    for (size_t k = 0; k < c->n; k++)
        c->links[k].stage->clear(c->links[k].state);
}

unsigned chain_latency(const struct chain *c, enum chain_tap tap)
{
    unsigned frames = 0;

    for (size_t k = 0; k < c->n; k++) {
        frames += c->links[k].stage->latency(c->links[k].state);
        if (c->links[k].taps & 1u << tap)
            break;
    }
    return frames;
}
