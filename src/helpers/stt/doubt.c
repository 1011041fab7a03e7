/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/doubt.c - a second look at words that are easily taken for one another. */
#include "doubt.h"

#include "base/must.h"
#include "grammar.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIECE_FRAMES = 640,
    WORST_SCORE = -(1 << 24),
    LOUD_FRAMES_MIN = 10,
    LOUD_FRAMES_MAX = 512,
    QUIET_RATIO = 100, /* 20 dB between the loud and the quiet pieces */
};

#define SEARCH_DOUBT "doubt"

static const struct {
    const char *words[2];
} pairs[] = {
    { { "on", "off" } },
    { { "lock", "unlock" } },
    { { "open", "close" } },
    { { "up", "down" } },
    { { "start", "stop" } },
    { { "brighter", "darker" } },
    { { "warmer", "cooler" } },
    /* sound alike and are far apart in effect */
    { { "thirteen", "thirty" } },
    { { "fourteen", "forty" } },
    { { "fifteen", "fifty" } },
    { { "sixteen", "sixty" } },
    { { "seventeen", "seventy" } },
    { { "eighteen", "eighty" } },
    { { "nineteen", "ninety" } },
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

/* ---- the other word ------------------------------------------------------------------------ */

static const char *other_word(const char *word, size_t n)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        for (int k = 0; k < 2; k++)
            if (strlen(pairs[i].words[k]) == n && memcmp(pairs[i].words[k], word, n) == 0)
                return pairs[i].words[1 - k];
    return NULL;
}

bool doubt_other(struct str *other, const char *sentence)
{
    bool found = false;

    for (const char *p = sentence; *p;) {
        size_t n = strcspn(p, " ");
        const char *swap = found ? NULL : other_word(p, n);

        if (swap)
            str_add(other, swap);
        else
            str_add_bytes(other, p, n);
        found = found || swap;
        p += n;
        if (*p == ' ')
            str_add_char(other, *p++);
    }
    return found && !other->failed;
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

static int one_score(int *ret, ps_decoder_t *ps, const char *sentence, const int16_t *sound,
                     size_t count, struct err *e)
{
    fsg_model_t *one = grammar_one_sentence(ps_get_logmath(ps), sentence);
    int32 score = 0;
    int r;

    if (!one)
        return err_set(e, -ENOMEM, "out of memory for a second look");
    r = grammar_set(ps, SEARCH_DOUBT, one);
    fsg_model_free(one);
    if (r < 0 || ps_set_search(ps, SEARCH_DOUBT) != 0 || ps_start_utt(ps) != 0)
        return err_set(e, -EIO, "the decoder does not take a second look");
    for (size_t at = 0; at < count; at += PIECE_FRAMES)
        ps_process_raw(ps, sound + at, count - at < PIECE_FRAMES ? count - at : PIECE_FRAMES, FALSE,
                       FALSE);
    ps_end_utt(ps);
    *ret = ps_get_hyp(ps, &score) ? score : WORST_SCORE;
    return 0;
}

int doubt_margin(int *ret, ps_decoder_t *ps, const struct mean_kept *begun, const char *sentence,
                 const char *other, const int16_t *sound, size_t count, struct err *e)
{
    struct mean_kept now;
    int a = 0, b = 0, r;

    mean_keep(&now, ps);
    mean_restore(begun, ps);
    r = one_score(&a, ps, sentence, sound, count, e);
    mean_restore(begun, ps);
    if (r >= 0)
        r = one_score(&b, ps, other, sound, count, e);
    mean_restore(&now, ps);
    ps_unset_search(ps, SEARCH_DOUBT);
    *ret = a - b;
    return r;
}
