/* SPDX-License-Identifier: Apache-2.0 */
/* speech/pcm.c - samples of one voice that grow. */
#include "speech/pcm.h"

#include "base/must.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pcm_add(struct pcm *p, const void *samples, size_t n, unsigned rate_hz)
{
    if (rate_hz < 8000 || rate_hz > 48000 || (p->count && rate_hz != p->rate_hz))
        return -EBADMSG;
    if (n > (size_t)rate_hz * PCM_SECONDS_MAX - p->count)
        return -EFBIG;
    if (p->count + n > p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 32768;
        int16_t *frames;

        while (cap < p->count + n)
            cap *= 2;
        frames = realloc(p->frames, cap * sizeof(*frames));
        if (!frames)
            return -ENOMEM;
        p->frames = frames;
        p->cap = cap;
    }
    p->rate_hz = rate_hz;
    if (n > 0) /* else there may be no frames yet */
        memcpy(p->frames + p->count, samples, n * sizeof(int16_t));
    p->count += n;
    must(p->count <= p->cap);
    return 0;
}

void pcm_done(struct pcm *p)
{
    free(p->frames);
    *p = (struct pcm){ .frames = NULL };
}

bool pcm_copy(struct pcm *to, const struct pcm *from)
{
    to->frames = malloc(from->count * sizeof(*to->frames) + 1);
    if (!to->frames)
        return false;
    memcpy(to->frames, from->frames, from->count * sizeof(*to->frames));
    to->count = to->cap = from->count;
    to->rate_hz = from->rate_hz;
    return true;
}
