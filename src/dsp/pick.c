/* SPDX-License-Identifier: Apache-2.0 */
/* dsp/pick.c - which of several microphones hears the voice? */
#include "dsp/pick.h"

#include "base/must.h"
#include "dsp/level.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { RIVAL_BLOCKS = 15 }; /* voiced blocks for which a rival must be better */

static const float follow = 0.1f;           /* of height and togetherness, per voiced block */
static const float height_most_db = 40.0f;  /* more above the floor is not better */
static const float together_db = 20.0f;     /* what being heard by others too is worth */
static const float margin_db = 6.0f;        /* by which a rival must be better */
static const float dead_db = -85.0f;        /* no microphone is so silent */
static const float play_silent_db = -60.0f; /* below it the loudspeaker disturbs nobody */

int pick_init(struct pick *p, unsigned channels)
{
    if (channels < 1 || channels > STAGE_CHANNELS_MAX)
        return -EINVAL;
    *p = (struct pick){ .channels = channels };
    for (unsigned c = 0; c < channels; c++)
        vad_init(&p->channel[c].vad);
    return 0;
}

static float dot(const float *a, const float *b, size_t n)
{
    float sum = 0.0f;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Peak of the normalised cross-correlation of two channels, 0..1. */
static float pick_alike(const float *a, const float *b, size_t n)
{
    float aa = dot(a, a, n), bb = dot(b, b, n), best = 0.0f;

    if (n <= PICK_LAGS * 2 || aa <= 0.0f || bb <= 0.0f)
        return 0.0f;
    for (size_t lag = 0; lag <= PICK_LAGS; lag++) {
        float x = fabsf(dot(a + lag, b, n - lag)), y = fabsf(dot(a, b + lag, n - lag));

        best = x > best ? x : best;
        best = y > best ? y : best;
    }
    best /= sqrtf(aa * bb);
    return best < 1.0f ? best : 1.0f;
}

/* The loudest channel but `c`; `c` itself when there is none. */
static unsigned pick_partner(const struct pick *p, unsigned c)
{
    unsigned best = c;

    for (unsigned k = 0; k < p->channels; k++)
        if (k != c && (best == c || p->channel[k].vad.smooth_db > p->channel[best].vad.smooth_db))
            best = k;
    return best;
}

static void pick_learn(struct pick *p, const float *const rec[], size_t n)
{
    for (unsigned c = 0; c < p->channels; c++) {
        struct pick_channel *x = &p->channel[c];
        float height = x->vad.smooth_db - x->vad.noise_db;

        if (!x->voiced)
            continue; /* its pauses tell nothing */
        height = height < 0.0f ? 0.0f : height > height_most_db ? height_most_db : height;
        x->height_db += follow * (height - x->height_db);
        x->together += follow * (pick_alike(rec[c], rec[pick_partner(p, c)], n) - x->together);
        invariant(x->together >= 0.0f && x->together <= 1.0f);
    }
}

static float pick_score(const struct pick_channel *c)
{
    return c->height_db + together_db * c->together;
}

static unsigned pick_best(const struct pick *p)
{
    unsigned best = p->chosen;

    for (unsigned c = 0; c < p->channels; c++)
        if (pick_score(&p->channel[c]) > pick_score(&p->channel[best]))
            best = c;
    return best;
}

/* The chosen channel brings nothing at all: whoever brings most takes over. */
static unsigned pick_alive(const struct pick *p)
{
    unsigned best = p->chosen;

    for (unsigned c = 0; c < p->channels; c++)
        if (p->channel[c].vad.smooth_db > p->channel[best].vad.smooth_db)
            best = c;
    return p->channel[best].vad.smooth_db > dead_db ? best : p->chosen;
}

static unsigned pick_next(struct pick *p, bool any_voiced)
{
    unsigned best;

    if (p->channel[p->chosen].vad.smooth_db <= dead_db)
        return pick_alive(p);
    if (!any_voiced)
        return p->chosen;
    best = pick_best(p);
    if (best == p->chosen ||
        pick_score(&p->channel[best]) < pick_score(&p->channel[p->chosen]) + margin_db) {
        p->rival_blocks = 0;
        return p->chosen;
    }
    p->rival_blocks = best == p->rival ? p->rival_blocks + 1 : 1;
    p->rival = best;
    return p->rival_blocks >= RIVAL_BLOCKS ? best : p->chosen;
}

static void pick_change(struct pick *p, unsigned next, const float *const rec[], float *out,
                        size_t n, struct stage_note *note)
{
    const float *old = rec[p->chosen], *new = rec[next];

    note->shift_db = vad_least_db(&p->channel[next].vad) -
                     vad_least_db(&p->channel[p->chosen].vad);
    for (size_t i = 0; i < n; i++) {
        float t = (float)(i + 1) / (float)n;

        out[i] = old[i] * (1.0f - t) + new[i] * t;
    }
    p->chosen = next;
    p->rival_blocks = 0;
}

void pick_run(struct pick *p, const float *const rec[], float *out, size_t n,
              struct stage_note *note)
{
    bool any_voiced = false;
    unsigned next = p->chosen;

    invariant(p->chosen < p->channels && p->channels <= STAGE_CHANNELS_MAX);
    note->shift_db = 0.0f;
    if (p->channels > 1) {
        for (unsigned c = 0; c < p->channels; c++) {
            struct pick_channel *x = &p->channel[c];

            x->voiced = vad_run(&x->vad, level_rms_db(rec[c], n));
            any_voiced = any_voiced || x->voiced;
        }
        if (any_voiced && note->play_db < play_silent_db)
            pick_learn(p, rec, n);
        if (note->play_db < play_silent_db)
            next = pick_next(p, any_voiced);
    }
    if (next != p->chosen)
        pick_change(p, next, rec, out, n, note);
    else
        memmove(out, rec[next], n * sizeof(*out));
    note->channel = p->chosen;
}
