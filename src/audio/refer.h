/* SPDX-License-Identifier: Apache-2.0 */
/* audio/refer.h - what the loudspeaker plays, at the time at which it is heard.
 *
 *     playback thread                           capture thread
 *     refer_block: 10 ms that the device   -->  refer_take(): the 10 ms that were heard while a
 *     took, and when they are heard              captured block was
 *     (now + device's delay)
 *
 * The two devices have clocks of their own and their threads wake with jitter, so single time
 * stamps are not followed: once aligned, samples are taken one for one, and only when the
 * smoothed difference passes REFER_SLIP_FRAMES is it aligned anew (an xrun, a rest, drift).
 * Threads: refer_take() and the struct on the capture thread, RT-safe. */
#ifndef JARVIS_AUDIO_REFER_H
#define JARVIS_AUDIO_REFER_H

#include "rt/block.h"
#include "rt/ring.h"

enum {
    REFER_RING_BLOCKS = 128,                  /* 1.28 s between the threads */
    REFER_LINE_FRAMES = 64 * BLOCK_FRAMES,    /* 640 ms: more than a device holds */
    REFER_SLIP_FRAMES = BLOCK_RATE_HZ / 200,  /* 5 ms */
};

struct refer_block {
    uint64_t position;  /* of its first sample in the stream of what was played, at 16 kHz */
    int64_t heard_usec; /* when its last sample is heard */
    bool torn;          /* samples are missing before it, or the device rested */
    int16_t pcm[BLOCK_FRAMES];
};

struct refer {
    struct ring *ring;  /* borrowed; struct refer_block; NULL: there is no loudspeaker */
    float line[REFER_LINE_FRAMES]; /* not yet taken */
    size_t line_n;
    int64_t line_usec;  /* when its first sample is heard; smoothed */
    uint64_t position;  /* that the next block has to have */
    bool aligned;
    float slip;         /* frames by which line[0] is not what is wanted; smoothed */
    struct refer_block block; /* scratch */
    uint64_t alignments;
};

void refer_init(struct refer *r, struct ring *ring);
/* Fills `out` (BLOCK_FRAMES) with what was heard in the 10 ms before `captured_usec`. False: the
 * loudspeaker was silent or it is not known; zeros then. */
bool refer_take(struct refer *r, int64_t captured_usec, float *out);

#endif
