/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wake_helper.c - the wake engine that lives in jarvis-stt. */
#include "speech/wake_helper.h"

#include <string.h>

static void wake_helper_clear(void *self)
{
    struct wake_helper *w = self;

    w->n = 0;
    stt_wake_clear(w->stt);
}

static int wake_helper_feed(void *self, const struct audio_block *b, struct wake_hit *ret)
{
    struct wake_helper *w = self;

    (void)ret;
    if (w->n > 0 && b->position != w->position + w->n)
        w->n = 0; /* a gap: what waited would be heard as the sound right before it */
    if (w->n == 0)
        w->position = b->position;
    memcpy(w->frames + w->n, b->wake, sizeof(b->wake));
    w->n += BLOCK_FRAMES;
    if (w->n < sizeof(w->frames) / sizeof(w->frames[0]))
        return 0;
    w->n = 0;
    return stt_wake_audio(w->stt, w->position, w->frames, sizeof(w->frames) / sizeof(w->frames[0]));
}

void wake_helper_init(struct wake_helper *w, struct stt *stt, struct wake_engine *ret)
{
    *w = (struct wake_helper){ .stt = stt };
    *ret = (struct wake_engine){
        .version = WAKE_ENGINE_VERSION,
        .name = "pocketsphinx",
        .blocks = WAKE_HELPER_BLOCKS,
        .self = w,
        .feed = wake_helper_feed,
        .clear = wake_helper_clear,
    };
}
