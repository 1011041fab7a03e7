/* SPDX-License-Identifier: Apache-2.0 */
/* audio/refer.c - what the loudspeaker plays, at the time at which it is heard. */
#include "audio/refer.h"

#include "base/must.h"

#include <math.h>
#include <string.h>

enum { BLOCK_USEC = BLOCK_MS * 1000, FRAMES_PER_MS = BLOCK_RATE_HZ / 1000 };

static const float smooth = 1.0f / 64.0f;

void refer_init(struct refer *r, struct ring *ring)
{
    *r = (struct refer){ .ring = ring };
}

static int64_t usec_of(size_t frames)
{
    return (int64_t)frames * 1000 / FRAMES_PER_MS;
}

static void refer_drop(struct refer *r, size_t frames)
{
    invariant(frames <= r->line_n);
    r->line_n -= frames;
    r->line_usec += usec_of(frames);
    memmove(r->line, r->line + frames, r->line_n * sizeof(r->line[0]));
}

static void refer_add(struct refer *r, const struct refer_block *b)
{
    bool goes_on = !b->torn && b->position == r->position && r->line_n > 0;
    int64_t first_usec;

    r->position = b->position + BLOCK_FRAMES;
    if (!goes_on && b->torn)
        r->aligned = false;
    if (!goes_on)
        r->line_n = 0;
    if (r->line_n + BLOCK_FRAMES > REFER_LINE_FRAMES)
        refer_drop(r, BLOCK_FRAMES); /* nobody captures */
    for (size_t i = 0; i < BLOCK_FRAMES; i++)
        r->line[r->line_n + i] = (float)b->pcm[i] / 32768.0f;
    first_usec = b->heard_usec - BLOCK_USEC - usec_of(r->line_n);
    if (goes_on)
        r->line_usec += (int64_t)((float)(first_usec - r->line_usec) * smooth);
    else
        r->line_usec = first_usec;
    r->line_n += BLOCK_FRAMES;
}

/* Frames of the line that were heard before the block that is wanted; negative: it begins later. */
static int64_t refer_early(const struct refer *r, int64_t captured_usec)
{
    return (captured_usec - BLOCK_USEC - r->line_usec) * FRAMES_PER_MS / 1000;
}

static void refer_align(struct refer *r, int64_t captured_usec)
{
    int64_t early = refer_early(r, captured_usec);

    if (early < 0)
        return; /* heard later than what is captured: wait */
    if ((uint64_t)early >= r->line_n) {
        r->line_n = 0; /* all of it is over */
        return;
    }
    refer_drop(r, (size_t)early);
    r->aligned = true;
    r->slip = 0.0f;
    r->alignments++;
}

bool refer_take(struct refer *r, int64_t captured_usec, float *out)
{
    memset(out, 0, BLOCK_FRAMES * sizeof(*out));
    if (!r->ring)
        return false;
    while (ring_pop(r->ring, &r->block)) /* bounded: the ring's blocks, while 10 ms pass */
        refer_add(r, &r->block);
    if (r->line_n == 0) {
        r->aligned = false;
        return false;
    }
    if (r->aligned) {
        r->slip += ((float)refer_early(r, captured_usec) - r->slip) * smooth;
        r->aligned = fabsf(r->slip) <= REFER_SLIP_FRAMES;
    }
    if (!r->aligned)
        refer_align(r, captured_usec);
    r->aligned = r->aligned && r->line_n >= BLOCK_FRAMES; /* short: the times will tell */
    if (!r->aligned)
        return false;
    memcpy(out, r->line, BLOCK_FRAMES * sizeof(*out));
    refer_drop(r, BLOCK_FRAMES);
    return true;
}
