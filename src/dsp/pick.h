/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/pick.h - which of several microphones hears the voice?
 *
 * Each channel's noise floor is followed; while any channel is voiced, the height of each above
 * its own floor is learnt, and how much of it other microphones hear as well (the peak of the
 * normalised cross-correlation within the travel time between them): a channel with a loud fault
 * of its own is high but alone. Another channel takes over when it is better by a margin for some
 * voiced blocks, or at once when the chosen one is dead, and never while the loudspeaker plays,
 * for then the loudest is the one that hears ourselves. The change fades over one block.
 * Threads: caller's memory, no heap; RT-safe. */
#ifndef JARVIS_DSP_PICK_H
#define JARVIS_DSP_PICK_H

#include "dsp/stage.h"
#include "dsp/vad.h"

enum { PICK_LAGS = 12 }; /* samples to each side: 25 cm between microphones */

struct pick_channel {
    struct vad vad;     /* its floor and level */
    float height_db;    /* of voiced blocks above the floor, smoothed */
    float together;     /* 0..1: how much of it another channel hears too, smoothed */
    bool voiced;
};

struct pick {
    unsigned channels;  /* 1..STAGE_CHANNELS_MAX */
    unsigned chosen;    /* < channels */
    unsigned rival, rival_blocks; /* who was better, for how many voiced blocks in a row */
    struct pick_channel channel[STAGE_CHANNELS_MAX];
};

/* -EINVAL: channels are outside 1..STAGE_CHANNELS_MAX. */
int pick_init(struct pick *p, unsigned channels);
/* One block of n <= STAGE_FRAMES; `out` may be rec[0]. */
void pick_run(struct pick *p, const float *const rec[], float *out, size_t n,
              struct stage_note *note);

#endif
