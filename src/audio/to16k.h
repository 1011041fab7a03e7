/* SPDX-License-Identifier: Apache-2.0 */
/* audio/to16k.h - a device's rate to the 16 kHz of everything behind it.
 *
 * 16 kHz: copied. 48 kHz: dsp/decimate.h. 44.1 kHz and other ratios of small numbers:
 * dsp/rational.h. What is left: libsamplerate, medium quality. How, is a row of a table.
 * Threads: init and done outside real time (they allocate); clear and run are RT-safe. */
#ifndef JARVIS_AUDIO_TO16K_H
#define JARVIS_AUDIO_TO16K_H

#include "base/err.h"
#include "dsp/decimate.h"
#include "dsp/rational.h"

#include <stddef.h>

enum {
    TO16K_RATE_MIN_HZ = 8000,
    TO16K_RATE_MAX_HZ = 192000,
    TO16K_IN_FRAMES_MAX = TO16K_RATE_MAX_HZ / 100, /* a call: 10 ms of the fastest device */
    TO16K_OUT_FRAMES_MAX = 512,                    /* from one call */
};

struct SRC_STATE_tag; /* libsamplerate */

struct to16k;

struct to16k_way { /* RT-safe, both */
    size_t (*run)(struct to16k *t, const float *in, size_t count, float *out);
    void (*clear)(struct to16k *t);
};

struct to16k {
    unsigned rate_hz;
    size_t in_most; /* frames that a call takes: what comes of them has room */
    const struct to16k_way *way;
    struct SRC_STATE_tag *src; /* owned; NULL where none is needed */
    struct decimate fir;
    float staged[DECIMATE_IN_FRAMES]; /* 48 kHz: not yet a whole period */
    size_t staged_n;
    struct rational_table *table; /* owned; NULL where none is needed, or another has it */
    struct rational fir_any;
};

extern const struct to16k_way to16k_copy, to16k_decimate, to16k_rational, to16k_src;

/* -EINVAL (rate), -ENOMEM. `t` may hold anything before. `like`: another one of the same rate that
 * outlives it, whose table is shared; NULL: none. */
int to16k_init(struct to16k *t, unsigned rate_hz, const struct to16k *like, struct err *e);
void to16k_done(struct to16k *t); /* a zeroed struct is fine; leaves one */
void to16k_clear(struct to16k *t); /* the stream was torn: forgets what is inside */
/* `count` <= in_most, which is 10 ms of the device and more; `out` has room for TO16K_OUT_FRAMES_MAX. Returns frames out. */
size_t to16k_run(struct to16k *t, const float *in, size_t count, float *out);

#endif
