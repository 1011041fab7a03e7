/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wake_helper.c - the wake engine that lives in jarvis-stt. */
#include "speech/wake_helper.h"

#include "base/must.h"
#include "rt/ring.h"

#include <stdlib.h>
#include <string.h>

struct wake_helper {
    struct stt *stt;   /* borrowed */
    struct ring *hits; /* owned; struct wake_hit, from the main loop */
    uint64_t position;
    size_t n; /* samples waiting */
    int16_t frames[WAKE_HELPER_BLOCKS * BLOCK_FRAMES];
};

static void wake_helper_clear(void *self)
{
    struct wake_helper *w = self;

    w->n = 0;
    ring_drop(w->hits);
    stt_wake_clear(w->stt);
}

static int wake_helper_send(struct wake_helper *w, const struct audio_block *b)
{
    if (w->n > 0 && b->position != w->position + w->n)
        w->n = 0; /* a gap: what waited would be heard as the sound right before it */
    if (w->n == 0)
        w->position = b->position;
    invariant(w->n + BLOCK_FRAMES <= sizeof(w->frames) / sizeof(w->frames[0]));
    memcpy(w->frames + w->n, b->wake, sizeof(b->wake));
    w->n += BLOCK_FRAMES;
    if (w->n < sizeof(w->frames) / sizeof(w->frames[0]))
        return 0;
    w->n = 0;
    return stt_wake_audio(w->stt, w->position, w->frames, sizeof(w->frames) / sizeof(w->frames[0]));
}

static int wake_helper_feed(void *self, const struct audio_block *b, struct wake_hit *ret)
{
    struct wake_helper *w = self;
    int r = b ? wake_helper_send(w, b) : 0;

    return ring_pop(w->hits, ret) ? 1 : r;
}

static void wake_helper_free(void *self)
{
    struct wake_helper *w = self;

    ring_free(w->hits);
    free(w);
}

void wake_helper_heard(const struct wake_engine *e, const struct wake_hit *hit)
{
    struct wake_helper *w = e->self;

    if (e->feed == wake_helper_feed) /* else another engine listens, and `self` is its own */
        ring_push(w->hits, hit);
}

int wake_helper_make(struct wake_engine *ret, struct stt *stt, struct err *e)
{
    struct wake_helper *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return err_set(e, -ENOMEM, "wake word: out of memory");
    w->stt = stt;
    r = ring_new(&w->hits, WAKE_HELPER_HITS, sizeof(struct wake_hit), e);
    if (r < 0) {
        free(w);
        return err_wrap(e, r, "wake word");
    }
    *ret = (struct wake_engine){
        .version = WAKE_ENGINE_VERSION,
        .name = "pocketsphinx",
        .blocks = WAKE_HELPER_BLOCKS,
        .self = w,
        .feed = wake_helper_feed,
        .clear = wake_helper_clear,
        .free = wake_helper_free,
    };
    return 0;
}
