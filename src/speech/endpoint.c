/* SPDX-License-Identifier: Apache-2.0 */
/* speech/endpoint.c - when a sentence begins and ends. */
#include "speech/endpoint.h"

#include "base/must.h"

#include "rt/block.h"

#include <math.h>

enum { PERCENTILE = 85, LEAST_DB = -100, BINS_A_DB = 2 };

void endpoint_init(struct endpoint *p, const struct endpoint_opts *o)
{
    must(o->silence_ms > 0 && o->max_ms > 0 && o->no_speech_ms > 0);
    must(o->patience_ms >= o->silence_ms);
    *p = (struct endpoint){ .opts = *o };
}

/* ---- how loud the talker is ---------------------------------------------------------------- */

static void loudness_add(struct loudness *l, float db)
{
    int bin = (int)((db - LEAST_DB) * BINS_A_DB);

    if (!(db > LEAST_DB))
        bin = 0; /* digital silence is -INFINITY */
    if (bin >= ENDPOINT_BINS)
        bin = ENDPOINT_BINS - 1;
    must(bin >= 0);
    if (l->counts[bin] == UINT16_MAX)
        return;
    l->counts[bin]++;
    l->n++;
}

static float loudness_db(const struct loudness *l)
{
    unsigned below = 0;
    int bin = 0;

    must(l->n > 0);
    while (bin < ENDPOINT_BINS - 1) {
        below += l->counts[bin];
        if (below * 100 >= l->n * PERCENTILE)
            break;
        bin++;
    }
    return LEAST_DB + ((float)bin + 0.5f) / BINS_A_DB;
}

void endpoint_wake(struct endpoint *p, float level_db)
{
    struct loudness l = { .n = 0 };

    must(p->block == 0);
    p->wake[p->wake_n++ % ENDPOINT_LEVEL_BLOCKS] = level_db;
    for (unsigned i = 0; i < p->wake_n && i < ENDPOINT_LEVEL_BLOCKS; i++)
        loudness_add(&l, p->wake[i]);
    p->wake_db = loudness_db(&l);
    p->joined = true;
}

float endpoint_talker_db(const struct endpoint *p)
{
    float db;

    if (p->talk.n < ENDPOINT_LEVEL_LEAST)
        return p->wake_n > 0 ? p->wake_db : -INFINITY;
    db = loudness_db(&p->talk);
    if (p->wake_n > 0 && db > p->wake_db + ENDPOINT_FOLLOW_DB)
        db = p->wake_db + ENDPOINT_FOLLOW_DB;
    if (p->wake_n > 0 && db < p->wake_db - ENDPOINT_FOLLOW_DB)
        db = p->wake_db - ENDPOINT_FOLLOW_DB;
    return db;
}

/* The mean of the last blocks: a voice has dips. */
static float mean_db(struct endpoint *p, float level_db)
{
    unsigned n = p->block + 1 < ENDPOINT_MEAN_BLOCKS ? p->block + 1 : ENDPOINT_MEAN_BLOCKS;
    float sum = 0.0f;

    p->power[p->block % ENDPOINT_MEAN_BLOCKS] = powf(10.0f, level_db / 10.0f);
    p->block++;
    for (unsigned i = 0; i < n; i++)
        sum += p->power[i];
    return 10.0f * log10f(sum / (float)n + 1e-12f);
}

/* ---- start and end ------------------------------------------------------------------------- */

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

/* Is this voice still the wake word's? */
static bool joined_goes_on(const struct endpoint *p, const struct endpoint_block *b)
{
    return p->joined && b->state == WIRE_NOTHING && p->since_wake_ms < ENDPOINT_JOINED_MS &&
           (p->block < ENDPOINT_GAP_BLOCKS || voiced_of_last(p->recent, ENDPOINT_GAP_BLOCKS) > 0);
}

static enum endpoint_event endpoint_wait(struct endpoint *p, const struct endpoint_block *b)
{
    uint32_t whose = b->state == WIRE_NOTHING ? p->recent_near : p->recent;
    int blocks = ENDPOINT_START_BLOCKS;

    if (p->joined && !joined_goes_on(p, b)) {
        p->joined = false;
        if (b->state == WIRE_NOTHING && p->since_wake_ms < ENDPOINT_JOINED_MS)
            p->recent = p->recent_near = whose = 0; /* what was before the gap */
    }
    if (!p->joined && voiced_of_last(whose, blocks) >= ENDPOINT_START_VOICED) {
        /* the sentence began with the oldest voiced block of the window */
        while (!(whose & (1u << (blocks - 1))))
            blocks--;
        must(blocks > 0);
        p->started = true;
        p->elapsed_ms = blocks * BLOCK_MS;
        p->first_voiced_usec = b->at_usec - (int64_t)(blocks - 1) * BLOCK_MS * 1000;
        return ENDPOINT_STARTED;
    }
    if (p->elapsed_ms >= p->opts.no_speech_ms)
        return endpoint_end(p, END_NO_SPEECH);
    return ENDPOINT_NOTHING;
}

/* A block of voice ends nothing, should it have no company yet; but somebody else's may. */
static bool is_silent(const struct endpoint *p)
{
    const struct endpoint_opts *o = &p->opts;
    int quiet_ms = p->recent & 1 ? 0 : p->quiet_ms, far_ms = p->recent_near & 1 ? 0 : p->far_ms;

    if (p->final_ms >= o->silence_ms &&
        (quiet_ms >= o->silence_ms || far_ms >= 2 * o->silence_ms))
        return true;
    if (p->whole_ms >= o->silence_ms && quiet_ms >= 2 * o->silence_ms)
        return true;
    return quiet_ms >= o->patience_ms || far_ms >= o->patience_ms + ENDPOINT_FAR_MS;
}

/* Nothing was said but the wake word: as if nothing had begun. */
static void endpoint_wait_anew(struct endpoint *p)
{
    must(p->started && !p->joined);
    p->started = false;
    p->elapsed_ms = p->quiet_ms = p->far_ms = 0;
    p->recent = p->recent_near = 0;
    p->talk = (struct loudness){ .n = 0 };
}

static void count_block(struct endpoint *p, const struct endpoint_block *b)
{
    bool near = mean_db(p, b->level_db) > endpoint_talker_db(p) - ENDPOINT_NEAR_DB;

    p->since_wake_ms += BLOCK_MS;
    p->elapsed_ms += BLOCK_MS;
    if (b->ours)
        return;
    p->recent = p->recent << 1 | b->voiced;
    p->recent_near = p->recent_near << 1 | (b->voiced && near);
    p->quiet_ms += BLOCK_MS;
    p->far_ms += BLOCK_MS;
    p->whole_ms = b->state >= WIRE_WHOLE ? p->whole_ms + BLOCK_MS : 0;
    p->final_ms = b->state >= WIRE_FINAL ? p->final_ms + BLOCK_MS : 0;
    if (b->voiced && voiced_of_last(p->recent, ENDPOINT_HOLD_BLOCKS) >= ENDPOINT_HOLD_VOICED)
        p->quiet_ms = 0;
    if (b->voiced && near &&
        voiced_of_last(p->recent_near, ENDPOINT_HOLD_BLOCKS) >= ENDPOINT_HOLD_VOICED) {
        p->far_ms = 0;
        p->last_voiced_usec = b->at_usec;
    }
    if (b->voiced && p->started)
        loudness_add(&p->talk, b->level_db);
    must(p->far_ms >= p->quiet_ms && p->elapsed_ms > 0);
}

enum endpoint_event endpoint_step(struct endpoint *p, const struct endpoint_block *b)
{
    count_block(p, b);
    if (!p->started)
        return endpoint_wait(p, b);
    if (is_silent(p)) {
        if (b->state != WIRE_NOTHING || p->since_wake_ms >= ENDPOINT_WAKE_ONLY_MS)
            return endpoint_end(p, END_SILENCE);
        endpoint_wait_anew(p);
    } else if (p->elapsed_ms >= p->opts.max_ms) {
        return endpoint_end(p, END_TOO_LONG);
    }
    return ENDPOINT_NOTHING;
}
