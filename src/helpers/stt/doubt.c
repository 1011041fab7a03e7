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
    WORDS_MAX = 4, /* of a group */
    QUIET_RATIO = 100, /* 20 dB between the loud and the quiet pieces */
};

#define SEARCH_DOUBT "doubt"

static const char *const groups[][WORDS_MAX] = {
    { "on", "off", "up", "down" },
    { "lock", "unlock" },
    { "open", "close" },
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

/* ---- the other word ------------------------------------------------------------------------ */

static bool is_word(const char *word, const char *text, size_t n)
{
    return word && strlen(word) == n && memcmp(word, text, n) == 0;
}

/* The nth other word of the group that the word is of; the opposite, its neighbour, is the first.
 * NULL: none. *in_group: it is of one. */
static const char *other_word(bool *in_group, const char *word, size_t n, size_t nth)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        for (size_t k = 0; k < WORDS_MAX; k++) {
            if (!is_word(groups[i][k], word, n))
                continue;
            *in_group = true;
            return nth + 1 < WORDS_MAX ? groups[i][k ^ (nth + 1)] : NULL;
        }
    return NULL;
}

bool doubt_other(struct str *other, const char *sentence, size_t nth)
{
    bool in_group = false;
    const char *swap = NULL;

    must_const((WORDS_MAX & (WORDS_MAX - 1)) == 0); /* k ^ 1 .. k ^ 3 are the others */
    for (const char *p = sentence; *p;) {
        size_t n = strcspn(p, " ");
        const char *word = in_group ? NULL : other_word(&in_group, p, n, nth);

        if (word)
            str_add(other, swap = word);
        else
            str_add_bytes(other, p, n);
        p += n;
        if (*p == ' ')
            str_add_char(other, *p++);
    }
    return swap && !other->failed;
}

/* The first doubtful word of the sentence; *len: its length. NULL: it has none. */
static const char *doubtful_word(const char *sentence, size_t *len)
{
    bool in_group = false;

    for (const char *p = sentence + strspn(sentence, " "); *p; p += strspn(p, " ")) {
        *len = strcspn(p, " ");
        (void)other_word(&in_group, p, *len, 0);
        if (in_group)
            return p;
        p += *len;
    }
    return NULL;
}

bool doubt_without(struct str *without, const char *sentence, bool article)
{
    size_t len;
    const char *word = doubtful_word(sentence, &len), *next;

    if (!word)
        return false;
    next = word + len + strspn(word + len, " ");
    if (article && (*next == '\0' || is_word(DOUBT_ARTICLE, next, strcspn(next, " "))))
        return false;
    str_add_bytes(without, sentence, (size_t)(word - sentence));
    str_add(without, article ? DOUBT_ARTICLE " " : "");
    str_add(without, next);
    return strspn(str_text(without), " ") < without->len && !without->failed;
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

/* Beside the sentence free phones are looked for: before the end is asked for they have the best way, unless
 * the sentence is it. */
static int one_fit(struct doubt_fit *ret, ps_decoder_t *ps, const char *sentence, const int16_t *sound,
                   size_t count, struct err *e)
{
    fsg_model_t *one = grammar_one_sentence(ps_get_logmath(ps), sentence);
    int32 best = 0, score = 0, frames;
    int r;

    if (!one)
        return err_set(e, -ENOMEM, "out of memory for a second look");
    r = grammar_set(ps, SEARCH_DOUBT, one);
    fsg_model_free(one);
    /* the noise that is taken off is learnt anew: else the second sentence has what the first has learnt */
    if (r < 0 || ps_set_search(ps, SEARCH_DOUBT) != 0 || ps_start_stream(ps) != 0 || ps_start_utt(ps) != 0)
        return err_set(e, -EIO, "the decoder does not take a second look");
    for (size_t at = 0; at < count; at += PIECE_FRAMES)
        ps_process_raw(ps, sound + at, count - at < PIECE_FRAMES ? count - at : PIECE_FRAMES, FALSE,
                       FALSE);
    ps_get_hyp(ps, &best);
    frames = ps_get_n_frames(ps);
    ps_end_utt(ps);
    ret->score = ps_get_hyp(ps, &score) ? score : WORST_SCORE;
    ret->misfit = frames > 0 && best > ret->score ? (double)(best - ret->score) / frames : 0;
    return 0;
}

int doubt_score(struct doubt_fit *ret, ps_decoder_t *ps, const struct mean_kept *begun,
                const char *sentence, const int16_t *sound, size_t count, struct err *e)
{
    struct mean_kept now;
    int r;

    mean_keep(&now, ps);
    mean_restore(begun, ps);
    r = one_fit(ret, ps, sentence, sound, count, e);
    mean_restore(&now, ps);
    ps_unset_search(ps, SEARCH_DOUBT);
    return r;
}
