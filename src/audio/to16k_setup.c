/* SPDX-License-Identifier: Apache-2.0 */
/* audio/to16k_setup.c - a device's rate to 16 kHz: the calls that allocate. */
#include "audio/to16k.h"

#include "base/must.h"
#include "rt/block.h"

#include <samplerate.h>
#include <stdlib.h>

/* the slowest device makes the most of a call */
must_const((int)TO16K_OUT_FRAMES_MAX >= (int)BLOCK_FRAMES + 1);
must_const((int)RATIONAL_IN_FRAMES_MAX >= (int)TO16K_IN_FRAMES_MAX);

/* One frame more than the ratio may come of a call; of whole periods, one more than it has. */
static size_t in_most(unsigned rate_hz)
{
    size_t most = (size_t)(TO16K_OUT_FRAMES_MAX - 1) * rate_hz / BLOCK_RATE_HZ;

    if (rate_hz == BLOCK_RATE_HZ * DECIMATE_FACTOR)
        most = TO16K_OUT_FRAMES_MAX / DECIMATE_OUT_FRAMES * DECIMATE_IN_FRAMES;
    must(most >= rate_hz / 100);
    return most < TO16K_IN_FRAMES_MAX ? most : TO16K_IN_FRAMES_MAX;
}

static int rational_make(struct to16k *t, const struct to16k *like, struct err *e)
{
    const struct rational_table *table = like && like->rate_hz == t->rate_hz
                                             ? like->fir_any.table : NULL;

    if (!table)
        table = t->table = rational_table_new(t->rate_hz, BLOCK_RATE_HZ);
    if (!table)
        return err_set(e, -ENOMEM, "resampler: out of memory");
    rational_init(&t->fir_any, table);
    t->way = &to16k_rational;
    return 0;
}

static int src_make(struct to16k *t, struct err *e)
{
    int why = 0;

    t->src = src_new(SRC_SINC_MEDIUM_QUALITY, 1, &why);
    if (!t->src)
        return err_set(e, -ENOMEM, "resampler: %s", src_strerror(why));
    t->way = &to16k_src;
    return 0;
}

int to16k_init(struct to16k *t, unsigned rate_hz, const struct to16k *like, struct err *e)
{
    if (rate_hz < TO16K_RATE_MIN_HZ || rate_hz > TO16K_RATE_MAX_HZ)
        return err_set(e, -EINVAL, "the device runs at %u Hz; supported are %d..%d Hz", rate_hz,
                       TO16K_RATE_MIN_HZ, TO16K_RATE_MAX_HZ);
    *t = (struct to16k){ .rate_hz = rate_hz, .in_most = in_most(rate_hz), .way = &to16k_copy };
    if (rate_hz == BLOCK_RATE_HZ * DECIMATE_FACTOR) {
        decimate_init(&t->fir);
        t->way = &to16k_decimate;
    } else if (rate_hz != BLOCK_RATE_HZ) {
        return rational_fits(rate_hz, BLOCK_RATE_HZ) ? rational_make(t, like, e) : src_make(t, e);
    }
    return 0;
}

void to16k_done(struct to16k *t)
{
    if (t->src)
        src_delete(t->src);
    free(t->table);
    *t = (struct to16k){ .rate_hz = 0 };
}
