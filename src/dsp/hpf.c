/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/hpf.c - DC block and 80 Hz high-pass. */
#include "dsp/hpf.h"

#include <math.h>

static const double dc_hz = 5.0;
static const double corner_hz = 80.0;

void hpf_init(struct hpf *h, unsigned rate_hz)
{
    double w = 2.0 * M_PI * corner_hz / rate_hz;
    double alpha = sin(w) / M_SQRT2; /* sin(w) / 2Q */
    double a0 = 1.0 + alpha;

    h->dc_pole = (float)(1.0 - 2.0 * M_PI * dc_hz / rate_hz);
    h->b0 = (float)((1.0 + cos(w)) / 2.0 / a0);
    h->b1 = -2.0f * h->b0;
    h->b2 = h->b0;
    h->a1 = (float)(-2.0 * cos(w) / a0);
    h->a2 = (float)((1.0 - alpha) / a0);
    hpf_clear(h);
}

void hpf_clear(struct hpf *h)
{
    h->dc_in = h->dc_out = 0.0f;
    h->z1 = h->z2 = 0.0f;
}

void hpf_run(struct hpf *h, float *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float in = samples[i];
        float x = in - h->dc_in + h->dc_pole * h->dc_out;
        float y = h->b0 * x + h->z1;

        h->dc_in = in;
        h->dc_out = x;
        h->z1 = h->b1 * x - h->a1 * y + h->z2;
        h->z2 = h->b2 * x - h->a2 * y;
        samples[i] = y;
    }
}
