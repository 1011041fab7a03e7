/* SPDX-License-Identifier: Apache-2.0 */
/* audio/chain_setup.c - the stages' rows and memory. */
#include "audio/chain_layout.h"
#include "base/must.h"
#include "rt/block.h"

#include <stdlib.h>

must_const((int)STAGE_FRAMES == (int)BLOCK_FRAMES);
must_const(CHAIN_TAPS <= 8);

/* An echo canceller stands before the channel is chosen, a beam in its place, noise suppression
 * behind the first tap. */
const struct chain_row chain_rows[] = {
    { &stage_hpf, 0 },
    { &stage_pick, 1u << CHAIN_WAKE },
    { &stage_vad, 0 },
    { &stage_level, 1u << CHAIN_SPEECH },
};
const size_t chain_rows_n = sizeof(chain_rows) / sizeof(chain_rows[0]);

static int chain_check(const struct chain_row *rows, size_t n, struct err *e)
{
    unsigned seen = 0;

    if (n < 1 || n > CHAIN_STAGES_MAX)
        return err_set(e, -EINVAL, "sound chain: %zu stages; allowed are 1..%d", n,
                       CHAIN_STAGES_MAX);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].stage->version != STAGE_VERSION)
            return err_set(e, -EINVAL, "sound chain: stage '%s' is of version %d, not %d",
                           rows[i].stage->name, rows[i].stage->version, STAGE_VERSION);
        if (seen & rows[i].taps)
            return err_set(e, -EINVAL, "sound chain: a tap is taken twice, again behind '%s'",
                           rows[i].stage->name);
        seen |= rows[i].taps;
    }
    if (seen != (1u << CHAIN_TAPS) - 1)
        return err_set(e, -EINVAL, "sound chain: a tap is missing");
    return 0;
}

static int chain_link(struct chain_link *l, const struct chain_row *row, unsigned in,
                      struct err *e)
{
    const struct stage_opts o = { .rate_hz = BLOCK_RATE_HZ, .in = in, .play = 1 };
    int r;

    *l = (struct chain_link){ .stage = row->stage, .taps = row->taps, .in = in };
    l->state = calloc(1, row->stage->state_bytes);
    if (!l->state)
        return err_set(e, -ENOMEM, "sound chain: out of memory for '%s'", row->stage->name);
    r = row->stage->init(l->state, &o, &l->out);
    if (r < 0)
        return err_set(e, r, "sound chain: stage '%s' cannot work on %u channels",
                       row->stage->name, in);
    if (!must(l->out >= 1 && l->out <= STAGE_CHANNELS_MAX))
        return err_set(e, -EINVAL, "sound chain: stage '%s' puts out %u channels",
                       row->stage->name, l->out);
    return 0;
}

int chain_new(struct chain **ret, const struct chain_row *rows, size_t n, unsigned channels,
              struct err *e)
{
    AUTO(chain_freep) struct chain *c = NULL;
    int r = chain_check(rows, n, e);

    if (r < 0)
        return r;
    c = calloc(1, sizeof(*c));
    if (!c)
        return err_set(e, -ENOMEM, "sound chain: out of memory");
    for (size_t i = 0; i < n; i++) {
        r = chain_link(&c->links[c->n++], &rows[i], channels, e);
        if (r < 0)
            return r;
        channels = c->links[i].out;
    }
    *ret = STEAL(c);
    return 0;
}

struct chain *chain_free(struct chain *c)
{
    if (!c)
        return NULL;
    for (size_t i = 0; i < c->n; i++)
        free(c->links[i].state);
    free(c);
    return NULL;
}
