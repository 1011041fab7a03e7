/* SPDX-License-Identifier: Apache-2.0 */
/* speech/voiced.c - does this block hold a voice? */
#include "speech/voiced.h"

#include "base/must.h"

#include <string.h>

/* Measured in kitchens, pubs, music and beside a television: .8 and .6 end sentences soonest without
 * cutting them; .5 hears every television. */
static const float rises_at = 0.8f, falls_at = 0.6f;

must_const((int)BLOCK_FRAMES <= (int)SILERO_CHUNK);

void voiced_init(struct voiced *v, const struct silero_net *net)
{
    *v = (struct voiced){ .has_network = net != NULL };
    if (net)
        silero_init(&v->silero, net);
}

static void voiced_judge(struct voiced *v)
{
    float p = silero_run(&v->silero, v->chunk);

    must(p >= 0.0f && p <= 1.0f);
    v->is_voice = p > (v->is_voice ? falls_at : rises_at);
    v->fill = 0;
}

bool voiced_step(struct voiced *v, const struct audio_block *b)
{
    size_t first = SILERO_CHUNK - v->fill;

    if (!v->has_network)
        return b->voiced;
    must(v->fill < SILERO_CHUNK);
    if (first > BLOCK_FRAMES)
        first = BLOCK_FRAMES;
    memcpy(v->chunk + v->fill, b->pcm, first * sizeof(b->pcm[0]));
    v->fill += first;
    if (v->fill == SILERO_CHUNK)
        voiced_judge(v);
    if (first < BLOCK_FRAMES) {
        v->fill = BLOCK_FRAMES - first;
        memcpy(v->chunk, b->pcm + first, v->fill * sizeof(b->pcm[0]));
    }
    return v->is_voice;
}
