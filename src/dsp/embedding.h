/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/embedding.h - what was said in the last 0.8 s, as 96 numbers each 80 ms.
 *
 *   1280 samples -> 8 rows of 32 bands (melspec.h) -> 20 convolutions -> 96 numbers
 *
 *   3x3, then in turn 1x3 along the bands and 3x1 along the time; y = max(leaky(v), -0.4) after
 *   each but the last; the largest of two bands, and thrice of two rows, is handed on.
 *
 * A vector sees 76 rows (EMBEDDING_WINDOW samples). Along the time nothing is padded and what is
 * taken together is 2 x 2 x 2 = 8 rows, one step: so of each layer only what is new is computed,
 * 5.6 million multiply-adds and not 42, and the two last rows of a layer's input are all that is
 * kept. The numbers are about 16 in size, 75 at most; they tell sounds of speech apart and are
 * the ground for small networks of our own.
 * Source: Lin, Kilgour, Roblek, Sharifi, "Training keyword spotters with limited and synthesized
 * speech data", 2020 (network and weights, Apache-2.0).
 * Threads: a net is read only and shared; an embedding belongs to one owner, caller's memory, no
 * heap. embedding_net_new() reads a file: not for a real-time thread. */
#ifndef JARVIS_DSP_EMBEDDING_H
#define JARVIS_DSP_EMBEDDING_H

#include "base/cleanup.h"
#include "base/err.h"
#include "dsp/melspec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EMBEDDING_STEP = 1280, EMBEDDING_STEP_MS = 80, EMBEDDING_SIZE = 96, EMBEDDING_ROWS = 76,
    EMBEDDING_NEW_ROWS = EMBEDDING_STEP / MEL_HOP,
    EMBEDDING_WINDOW = (EMBEDDING_ROWS - 1) * MEL_HOP + MEL_FRAME,
    EMBEDDING_FIRST = 10, /* the step whose vector is the first that sees no sound from before */
    EMBEDDING_BEFORE = MEL_FRAME - MEL_HOP,
    EMBEDDING_LAYERS = 20,
    EMBEDDING_RINGS = 29044, /* floats: the input of the layers along the time */
    EMBEDDING_WIDEST = EMBEDDING_NEW_ROWS * (MEL_BANDS + 2) * 24,
    EMBEDDING_FILE_MAX = 8 << 20,
};

struct embedding_net; /* 1.3 MB */

/* The weights of the file at `path`, which must be the very file that is meant (its SHA-256 is
 * known here): -ENOENT ... of file_read(), -EBADMSG it is another one. */
int embedding_net_new(struct embedding_net **ret, const char *path, struct err *e);
/* The same from bytes, whoever made them; errors of onnx_find(). */
int embedding_net_parse(struct embedding_net **ret, const void *bytes, size_t len, struct err *e);
struct embedding_net *embedding_net_free(struct embedding_net *n);
AUTO_DEFINE(struct embedding_net *, embedding_net_free)

struct embedding { /* 170 kB */
    const struct embedding_net *net; /* borrowed */
    unsigned steps;                  /* up to EMBEDDING_FIRST */
    int16_t before[EMBEDDING_BEFORE];
    _Alignas(16) float ring[EMBEDDING_RINGS];
    _Alignas(16) float wide[EMBEDDING_WIDEST], flat[EMBEDDING_WIDEST]; /* between two layers */
};

void embedding_init(struct embedding *e, const struct embedding_net *net);
/* The next EMBEDDING_STEP samples -> EMBEDDING_SIZE numbers; false, and `ret` as it was, until the
 * window is full. */
bool embedding_run(struct embedding *e, const int16_t *frames, float *ret);

#endif
