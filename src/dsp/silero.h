/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/silero.h - is somebody speaking? Silero's network (v6, 16 kHz), one answer a chunk of 32 ms.
 *
 *   64 samples before + 512 new, 64 mirrored at the end
 *     -> 4 windows of 256 (Hann), 128 apart -> magnitudes 129 x 4
 *     -> 129->128 x 4 -> 128->64 x 2 -> 64->64 x 1 -> 64->128    (3 taps, ReLU after each)
 *     -> LSTM 128 -> ReLU -> 1 -> sigmoid = p
 *
 * 353,664 multiply-adds a chunk. The windows' spectra, a convolution in the file, are an FFT here
 * (two real windows as one complex one). Of the convolutions only what can see sound is done:
 * the last one has one frame before it, so its outer taps see padding alone.
 *
 * p falls 60 to 90 ms after the last word and comes 0 to 32 ms late; without the 64 samples before
 * it is junk. It hears speech, television and singing alike (speech/endpoint.h).
 * Source: the file's graph (github.com/snakers4/silero-vad, MIT; weights only, no code).
 * Threads: a net is read only and shared; a silero belongs to one owner, caller's memory, no heap.
 * silero_net_new() reads a file: not for a real-time thread. */
#ifndef JARVIS_DSP_SILERO_H
#define JARVIS_DSP_SILERO_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SILERO_CHUNK = 512, SILERO_CONTEXT = 64, SILERO_CHUNK_MS = 32,
    SILERO_WINDOW = 256, SILERO_FRAMES = 4, SILERO_BINS = 129, SILERO_TAPS = 3,
    SILERO_WIDE = 128, SILERO_SLIM = 64, SILERO_GATES = 4 * SILERO_WIDE,
    SILERO_FILE_MAX = 8 << 20,
};

struct silero_net; /* 0.9 MB */

/* The weights of the file at `path`, which must be the very file that is meant (its SHA-256 is
 * known here): -ENOENT ... of file_read(), -EBADMSG it is another one. */
int silero_net_new(struct silero_net **ret, const char *path, struct err *e);
/* The same from bytes, whoever made them; errors of onnx_find(). */
int silero_net_parse(struct silero_net **ret, const void *bytes, size_t len, struct err *e);
struct silero_net *silero_net_free(struct silero_net *n);
AUTO_DEFINE(struct silero_net *, silero_net_free)

struct silero {
    const struct silero_net *net; /* borrowed */
    float context[SILERO_CONTEXT]; /* the last samples of the chunk before */
    float h[SILERO_WIDE], c[SILERO_WIDE];
};

void silero_init(struct silero *s, const struct silero_net *net); /* silence was before */
/* The next SILERO_CHUNK samples -> probability of speech, 0..1. */
float silero_run(struct silero *s, const int16_t *frames);

#endif
