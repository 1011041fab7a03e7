/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_net.h - the network of a microWakeWord model: a few rows of the front end in, how sure
 * it is out.
 *
 *     int8 [1, rows, 40] -> convolutions and rings, all in int8 -> uint8, 255 = sure
 *
 * A ring is a variable of the file: read, joined with what is new, its last rows kept. Every operator
 * is done in the file's order; moves cost little beside the convolutions (0.7 M multiply-adds a
 * second). Requantising is TensorFlow Lite Micro's to the bit: on the rising edge plain rounding is
 * off by up to 12 of 255.
 * Sources: the file's graph; the published arithmetic of int8 quantisation (gemmlowp's fixed-point
 * multiplication); no code.
 * Threads: a net belongs to one owner. micro_net_parse() allocates, nothing else does.
 * Memory: the file's bytes, and at most MICRO_NET_BYTES for everything else. */
#ifndef JARVIS_WAKE_MICRO_NET_H
#define JARVIS_WAKE_MICRO_NET_H

#include "base/cleanup.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
    MICRO_NET_FILE_MAX = 1 << 20, MICRO_NET_BYTES = 1 << 20,
    /* of one run, so that a hostile file cannot take all time: multiply-adds, bytes that are moved; and
     * the inputs of one sum, so that it fits 32 bits */
    MICRO_NET_MACS_MAX = 4 << 20, MICRO_NET_MOVED_MAX = 1 << 20, MICRO_NET_SUM_MAX = 1 << 15,
};

struct micro_net;

/* `bytes` are copied. Errors of tflite_parse(), and -ENOTSUP what does not fit together, named;
 * -E2BIG it needs more memory or time than any wake word. */
int micro_net_parse(struct micro_net **ret, const void *bytes, size_t len, struct err *e);
struct micro_net *micro_net_free(struct micro_net *n);
AUTO_DEFINE(struct micro_net *, micro_net_free)

unsigned micro_net_rows(const struct micro_net *n); /* of the front end, that a run takes */
void micro_net_clear(struct micro_net *n);          /* silence was before */
/* rows[micro_net_rows()][MICRO_BANDS] -> how sure, 0..255. */
uint8_t micro_net_run(struct micro_net *n, const int8_t *rows);

#endif
