/* SPDX-License-Identifier: Apache-2.0 */
/* audio/to16k_setup.c - a device's rate to 16 kHz: the calls that allocate. */
#include "audio/to16k.h"

#include "rt/block.h"

#include <samplerate.h>

int to16k_init(struct to16k *t, unsigned rate_hz, struct err *e)
{
    SRC_STATE *src = NULL;
    int why = 0;

    if (rate_hz < TO16K_RATE_MIN_HZ || rate_hz > TO16K_RATE_MAX_HZ)
        return err_set(e, -EINVAL, "the device runs at %u Hz; supported are %d..%d Hz", rate_hz,
                       TO16K_RATE_MIN_HZ, TO16K_RATE_MAX_HZ);
    if (rate_hz != BLOCK_RATE_HZ && rate_hz != BLOCK_RATE_HZ * DECIMATE_FACTOR) {
        src = src_new(SRC_SINC_MEDIUM_QUALITY, 1, &why);
        if (!src)
            return err_set(e, -ENOMEM, "resampler: %s", src_strerror(why));
    }
    *t = (struct to16k){ .rate_hz = rate_hz, .src = src };
    decimate_init(&t->fir);
    return 0;
}

void to16k_done(struct to16k *t)
{
    if (t->src)
        src_delete(t->src);
    *t = (struct to16k){ .rate_hz = 0 };
}
