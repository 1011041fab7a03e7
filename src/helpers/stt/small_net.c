/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/small_net.c - a small network of our own. */
#include "small_net.h"

#include "base/must.h"

#include <string.h>

static float unit(const struct small_net *n, int of, const float *x)
{
    const int8_t *w = n->wide + of * n->inputs;
    float sum = 0;

    for (int i = 0; i < n->inputs; i++)
        sum += (float)w[i] * x[i];
    sum = sum * n->scale[of] + n->bias[of];
    return sum > 0 ? sum : 0;
}

void small_net_run(const struct small_net *n, const float *x, float *ret)
{
    must(n->outputs > 0 && n->outputs <= SMALL_NET_OUTPUTS_MAX && n->inputs > 0);
    memcpy(ret, n->out_bias, (size_t)n->outputs * sizeof(*ret));
    for (int i = 0; i < SMALL_NET_HIDDEN; i++) {
        float u = unit(n, i, x);

        for (int o = 0; o < n->outputs; o++)
            ret[o] += n->out[o * SMALL_NET_HIDDEN + i] * u;
    }
}
