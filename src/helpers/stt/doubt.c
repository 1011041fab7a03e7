/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/doubt.c - a second look at words that are easily taken for one another. */
#include "doubt.h"

#include "base/must.h"
#include "grammar.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIECE_FRAMES = 640,
    LOUD_FRAMES_MIN = 10,
    LOUD_FRAMES_MAX = 512,
    WORDS_MAX = 4, /* of a group */
    QUIET_RATIO = 100, /* 20 dB between the loud and the quiet pieces */
};

#define SEARCH_DOUBT "doubt"

static const char *const groups[][WORDS_MAX] = {
    { "on", "off", "up", "down" },
    { "lock", "unlock" },
    { "open", "close", "shut", "stop" },
    { "start", "stop" },
    { "brighter", "darker" },
    { "warmer", "cooler" },
    /* sound alike and are far apart in effect */
    { "thirteen", "thirty" },
    { "fourteen", "forty" },
    { "fifteen", "fifty" },
    { "sixteen", "sixty" },
    { "seventeen", "seventy" },
    { "eighteen", "eighty" },
    { "nineteen", "ninety" },
};

/* ---- the cepstral mean --------------------------------------------------------------------- */

void mean_keep(struct mean_kept *k, ps_decoder_t *ps)
{
    const cmn_t *c = ps_get_feat(ps)->cmn_struct;

    k->len = c->veclen < 64 ? c->veclen : 0;
    memcpy(k->mean, c->cmn_mean, (size_t)k->len * sizeof(k->mean[0]));
    memcpy(k->sum, c->sum, (size_t)k->len * sizeof(k->sum[0]));
    k->frames = c->nframe;
}

void mean_restore(const struct mean_kept *k, ps_decoder_t *ps)
{
    cmn_t *c = ps_get_feat(ps)->cmn_struct;

    if (k->len == 0 || k->len != c->veclen)
        return;
    memcpy(c->cmn_mean, k->mean, (size_t)k->len * sizeof(k->mean[0]));
    memcpy(c->sum, k->sum, (size_t)k->len * sizeof(k->sum[0]));
    c->nframe = k->frames;
}

/* ---- the groups ----------------------------------------------------------------------------- */

static bool in_group(size_t group, const char *word)
{
    for (size_t k = 0; k < WORDS_MAX && groups[group][k]; k++)
        if (strcmp(groups[group][k], word) == 0)
            return true;
    return false;
}

bool doubt_has(const char *word)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (in_group(i, word))
            return true;
    return false;
}

bool doubt_pair(const char *a, const char *b)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (in_group(i, a) && in_group(i, b))
            return strcmp(a, b) != 0;
    return false;
}

/* ---- how loud it is beside the noise --------------------------------------------------------- */

static int by_energy(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int doubt_need(const int16_t *sound, size_t count)
{
    double energy[LOUD_FRAMES_MAX], speech, noise;
    size_t n = 0;

    for (size_t at = 0; at + PIECE_FRAMES <= count && n < LOUD_FRAMES_MAX; at += PIECE_FRAMES) {
        double sum = 1; /* of true silence */

        for (size_t i = at; i < at + PIECE_FRAMES; i++)
            sum += (double)sound[i] * sound[i];
        energy[n++] = sum;
    }
    if (n < LOUD_FRAMES_MIN)
        return DOUBT_SURE_IN_NOISE;
    qsort(energy, n, sizeof(energy[0]), by_energy);
    noise = energy[n / 10];
    speech = energy[n - 1 - n / 10];
    must(noise <= speech);
    return speech / noise >= QUIET_RATIO ? DOUBT_SURE : DOUBT_SURE_IN_NOISE;
}

/* ---- the second look ----------------------------------------------------------------------- */

/* The best sentence that ends in the way's state; which state is the end is looked up when it is asked for. */
static int way_tell(struct doubt_way *w, ps_decoder_t *ps, fsg_model_t *model, struct err *e)
{
    int32 score = 0;
    const char *heard;

    model->final_state = w->end;
    heard = ps_get_hyp(ps, &score);
    w->score = heard ? score : DOUBT_NO_WAY;
    w->text = heard ? str_dup(heard) : NULL;
    return heard && !w->text ? err_set(e, -ENOMEM, "out of memory for a second look") : 0;
}

/* Beside the sentence free phones are looked for: before the end is asked for they have the best way, unless
 * the sentence is it. */
static int ways_score(double *misfit, struct doubt_way *ways, size_t n, ps_decoder_t *ps, fsg_model_t *model,
                      const int16_t *sound, size_t count, struct err *e)
{
    int32 best = 0, frames;
    int r = 0;

    /* the noise that is taken off is learnt anew: else the second sentence has what the first has learnt */
    if (ps_set_search(ps, SEARCH_DOUBT) != 0 || ps_start_stream(ps) != 0 || ps_start_utt(ps) != 0)
        return err_set(e, -EIO, "the decoder does not take a second look");
    for (size_t at = 0; at < count; at += PIECE_FRAMES)
        ps_process_raw(ps, sound + at, count - at < PIECE_FRAMES ? count - at : PIECE_FRAMES, FALSE,
                       FALSE);
    ps_get_hyp(ps, &best);
    frames = ps_get_n_frames(ps);
    ps_end_utt(ps);
    for (size_t i = 0; r >= 0 && i < n; i++)
        r = way_tell(&ways[i], ps, model, e);
    *misfit = frames > 0 && best > ways[0].score ? (double)(best - ways[0].score) / frames : 0;
    return r;
}

int doubt_score(double *misfit, struct doubt_way *ways, size_t n, ps_decoder_t *ps,
                const struct mean_kept *begun, fsg_model_t *model, const int16_t *sound, size_t count,
                struct err *e)
{
    struct mean_kept now;
    int r;

    if (!model)
        return err_set(e, -ENOMEM, "out of memory for a second look");
    must(n > 0 && ways[0].end == model->final_state);
    mean_keep(&now, ps);
    mean_restore(begun, ps);
    r = grammar_set(ps, SEARCH_DOUBT, model);
    r = r < 0 ? err_set(e, -EIO, "the decoder does not take a second look")
              : ways_score(misfit, ways, n, ps, model, sound, count, e);
    mean_restore(&now, ps);
    ps_unset_search(ps, SEARCH_DOUBT);
    fsg_model_free(model);
    return r;
}
