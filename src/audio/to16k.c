/* SPDX-License-Identifier: Apache-2.0 */
/* audio/to16k.c - a device's rate to 16 kHz: the real-time calls. */
#include "audio/to16k.h"

#include "rt/block.h"

#include <samplerate.h>
#include <string.h>

void to16k_clear(struct to16k *t)
{
    t->staged_n = 0;
    decimate_clear(&t->fir);
    if (t->src)
        src_reset(t->src);
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
        if (t->staged_n == DECIMATE_IN_FRAMES &&
            made + DECIMATE_OUT_FRAMES <= TO16K_OUT_FRAMES_MAX) {
            decimate_run(&t->fir, t->staged, out + made);
            made += DECIMATE_OUT_FRAMES;
            t->staged_n = 0;
        }
    }
    return made;
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

size_t to16k_run(struct to16k *t, const float *in, size_t count, float *out)
{
    if (t->src)
        return run_src(t, in, count, out);
    if (t->rate_hz != BLOCK_RATE_HZ)
        return run_fir(t, in, count, out);
    memcpy(out, in, count * sizeof(*in));
    return count;
}
