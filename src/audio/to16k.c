/* SPDX-License-Identifier: Apache-2.0 */
/* audio/to16k.c - a device's rate to 16 kHz: the real-time calls. */
#include "audio/to16k.h"

#include "base/must.h"
#include "rt/block.h"

#include <samplerate.h>
#include <string.h>

void to16k_clear(struct to16k *t)
{
    if (t->way)
        t->way->clear(t);
}

static void clear_copy(struct to16k *t)
{
    (void)t;
}

static size_t run_copy(struct to16k *t, const float *in, size_t count, float *out)
{
    (void)t;
    memcpy(out, in, count * sizeof(*in));
    return count;
}

const struct to16k_way to16k_copy = { run_copy, clear_copy };

static void clear_fir(struct to16k *t)
{
    t->staged_n = 0;
    decimate_clear(&t->fir);
}

static size_t run_fir(struct to16k *t, const float *in, size_t count, float *out)
{
    size_t made = 0;

    while (count > 0) {
        size_t n = DECIMATE_IN_FRAMES - t->staged_n;

        if (n > count)
            n = count;
        memcpy(t->staged + t->staged_n, in, n * sizeof(*in));
        t->staged_n += n;
        in += n;
        count -= n;
        if (t->staged_n == DECIMATE_IN_FRAMES) {
            invariant(made + DECIMATE_OUT_FRAMES <= TO16K_OUT_FRAMES_MAX);
            decimate_run(&t->fir, t->staged, out + made);
            made += DECIMATE_OUT_FRAMES;
            t->staged_n = 0;
        }
    }
    return made;
}

const struct to16k_way to16k_decimate = { run_fir, clear_fir };

static void clear_rational(struct to16k *t)
{
    rational_clear(&t->fir_any);
}

static size_t run_rational(struct to16k *t, const float *in, size_t count, float *out)
{
    return rational_run(&t->fir_any, in, count, out);
}

const struct to16k_way to16k_rational = { run_rational, clear_rational };

static void clear_src(struct to16k *t)
{
    src_reset(t->src);
}

static size_t run_src(struct to16k *t, const float *in, size_t count, float *out)
{
    SRC_DATA d = {
        .data_in = in,
        .data_out = out,
        .input_frames = (long)count,
        .output_frames = TO16K_OUT_FRAMES_MAX,
        .src_ratio = (double)BLOCK_RATE_HZ / t->rate_hz,
    };

    if (src_process(t->src, &d) != 0)
        return 0;
    return (size_t)d.output_frames_gen;
}

const struct to16k_way to16k_src = { run_src, clear_src };

size_t to16k_run(struct to16k *t, const float *in, size_t count, float *out)
{
    size_t made;

    invariant(count <= t->in_most);
    made = t->way->run(t, in, count, out);
    invariant(made <= TO16K_OUT_FRAMES_MAX);
    return made;
}
