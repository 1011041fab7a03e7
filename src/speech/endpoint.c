/* SPDX-License-Identifier: Apache-2.0 */
/* speech/endpoint.c - when a sentence begins and ends, from the VAD's decisions. */
#include "speech/endpoint.h"

#include "base/must.h"

#include "rt/block.h"

void endpoint_init(struct endpoint *p, const struct endpoint_opts *o)
{
    must(o->silence_ms > 0 && o->max_ms > 0 && o->no_speech_ms > 0);
    *p = (struct endpoint){ .opts = *o };
}

static int voiced_of_last(uint32_t recent, int blocks)
{
    return __builtin_popcount(recent & ((1u << blocks) - 1));
}

static enum endpoint_event endpoint_end(struct endpoint *p, enum end_reason reason)
{
    must(reason < END_N && (reason == END_NO_SPEECH) == !p->started);
    p->reason = reason;
    return ENDPOINT_ENDED;
}

static enum endpoint_event endpoint_wait(struct endpoint *p, int64_t at_usec)
{
    int blocks = ENDPOINT_START_BLOCKS;

    if (voiced_of_last(p->recent, blocks) >= ENDPOINT_START_VOICED) {
        /* the sentence began with the oldest voiced block of the window */
        while (!(p->recent & (1u << (blocks - 1))))
            blocks--;
        must(blocks > 0);
        p->started = true;
        p->elapsed_ms = blocks * BLOCK_MS;
        p->first_voiced_usec = at_usec - (int64_t)(blocks - 1) * BLOCK_MS * 1000;
        return ENDPOINT_STARTED;
    }
    if (p->elapsed_ms >= p->opts.no_speech_ms)
        return endpoint_end(p, END_NO_SPEECH);
    return ENDPOINT_NOTHING;
}

enum endpoint_event endpoint_step(struct endpoint *p, bool voiced, int64_t at_usec)
{
    p->recent = p->recent << 1 | voiced;
    p->elapsed_ms += BLOCK_MS;
    p->quiet_ms += BLOCK_MS;
    if (voiced && voiced_of_last(p->recent, ENDPOINT_HOLD_BLOCKS) >= ENDPOINT_HOLD_VOICED) {
        p->quiet_ms = 0;
        p->last_voiced_usec = at_usec;
    }
    must(p->quiet_ms >= 0 && p->elapsed_ms > 0);
    if (!p->started)
        return endpoint_wait(p, at_usec);
    if (!voiced && p->quiet_ms >= p->opts.silence_ms)
        return endpoint_end(p, END_SILENCE);
    if (p->elapsed_ms >= p->opts.max_ms)
        return endpoint_end(p, END_TOO_LONG);
    return ENDPOINT_NOTHING;
}
