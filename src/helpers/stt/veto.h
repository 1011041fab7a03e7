/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/veto.h - was that the wake word? A second judge of what the keyphrase search has heard.
 *
 *     the last 2 s of sound -> 16 vectors of the speech embedding, 80 ms apart
 *       -> each 8 in a row (1.3 s) -> a small network -> the best score
 *
 * The keyphrase search alone has to choose between words that it misses and words that wake by mistake. With
 * a veto behind it, it may listen for less (decoder.c). Only a hit costs anything: 25 steps of the embedding.
 * The network is ours (veto_net.inc, made by tools/train-wake) and knows "jarvis" alone.
 * Threads: one. */
#ifndef JARVIS_STT_VETO_H
#define JARVIS_STT_VETO_H

#include "base/cleanup.h"
#include "base/err.h"
#include "dsp/embedding.h"
#include "small_net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Below it, it was not. */
#define VETO_LEAST (-1.0)

enum { VETO_VECTORS = 8, VETO_STEPS = 25, VETO_KEPT = VETO_STEPS * EMBEDDING_STEP,
       VETO_INPUTS = VETO_VECTORS * EMBEDDING_SIZE };

extern const struct small_net veto_net;

struct veto; /* 240 kB */

int veto_new(struct veto **ret, const struct embedding_net *net, struct err *e); /* `net` outlives it */
struct veto *veto_free(struct veto *v);
AUTO_DEFINE(struct veto *, veto_free)

bool veto_knows(const char *phrase);
/* Sound as it comes. */
void veto_push(struct veto *v, const int16_t *frames, size_t count);
void veto_clear(struct veto *v); /* what was before is not known: silence */
/* How likely it is that the wake word ended in the last half second: natural logarithm of the odds. */
double veto_score(struct veto *v);

#endif
