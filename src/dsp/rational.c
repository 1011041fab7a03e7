/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/rational.c - one fixed rate to another by a polyphase FIR: the real-time calls. */
#include "dsp/rational.h"

#include "base/must.h"

#include <string.h>

enum { LANES = 8 };

/* Half of the filter stands before the first sample: silence. */
void rational_clear(struct rational *r)
{
    r->at = 0;
    r->phase = 0;
    r->line_n = r->table->taps - 1;
    memset(r->line, 0, r->line_n * sizeof(r->line[0]));
}

/* Independent sums in lanes, so that compilers vectorise without re-ordering additions; `taps` is a
 * multiple of LANES. */
static float rational_sum(const float *restrict taps, const float *restrict x, size_t n)
{
    float lane[LANES] = { 0.0f };

    for (size_t i = 0; i < n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] += taps[i + k] * x[i + k];
    return ((lane[0] + lane[4]) + (lane[1] + lane[5])) +
           ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}

size_t rational_run(struct rational *r, const float *in, size_t count, float *out)
{
    const struct rational_table *t = r->table;
    size_t made = 0;

    invariant(count <= RATIONAL_IN_FRAMES_MAX && r->phase < t->up);
    invariant(r->line_n < t->taps + t->down);
    memcpy(r->line + r->line_n, in, count * sizeof(*in));
    r->line_n += count;
    while (r->at + t->taps <= r->line_n) {
        out[made++] = rational_sum(t->set + (size_t)r->phase * t->taps, r->line + r->at, t->taps);
        r->phase += t->down;
        r->at += r->phase / t->up;
        r->phase %= t->up;
    }
    if (r->at > r->line_n) { /* more is skipped than came yet */
        r->at -= r->line_n;
        r->line_n = 0;
        return made;
    }
    r->line_n -= r->at;
    memmove(r->line, r->line + r->at, r->line_n * sizeof(r->line[0]));
    r->at = 0;
    return made;
}
