/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/rivals.c - the sentences of the grammar that differ from the one that was heard in one word. */
#include "rivals.h"

#include "base/cleanup.h"
#include "base/must.h"
#include "base/str.h"
#include "dict.h"
#include "doubt.h"
#include "grammar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PHONES_MAX = 24, WORDS_OF_A_KIND = 5, SHORT_PHONES = 4 };

static const double far_most = 0.7; /* "shut" and "stop" are .63 apart, "blinds" and "lights" .58 */

/* Of a sentence that is rare: as in the grammar, .05 by the language's weight of 6.5. It
 * makes 190 of the margin. */
static const double rare_price = 3.5e-9;

/* Words that may stand for one another, or for none (""), and the sentence does the same: none that asks when,
 * how or why does anything. ("Light" and "lights" differ only in a house with a lamp that is called "Light".) */
static const char *const kinds[][WORDS_OF_A_KIND] = {
    { "", "the", "my", "of" },      { "", "please" },        { "", "still" }, { "", "now" },
    { "", "today" },                { "light", "lights" },   { "i", "you", "we" },
    { "can", "could", "would" },    { "do", "did", "should" }, { "what", "which" },
    { "when", "how", "why" },       { "turn", "switch", "put", "set", "make" },
    { "", "up" }, /* "set it up to twenty degrees" */
    { "", "down" },
};

/* ---- how words sound ------------------------------------------------------------------------- */

/* A kind of sound a letter; neighbours of one kind are taken for one another first. */
static char kind_of(const char *phone, size_t n)
{
    static const struct {
        char kind;
        const char *phones;
    } table[] = {
        { 'v', " AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW " },
        { 's', " B CH D G JH K P T " },
        { 'f', " DH F HH S SH TH V Z ZH " },
        { 'n', " M N NG " },
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        for (const char *p = table[i].phones + 1; *p; p += strcspn(p, " ") + 1)
            if (strcspn(p, " ") == n && memcmp(p, phone, n) == 0)
                return table[i].kind;
    return 'l';
}

struct sound {
    const char *phone;
    size_t n;
    char kind;
};

static size_t sounds_of(struct sound ret[PHONES_MAX], const char *text)
{
    size_t n = 0;

    for (const char *p = text + strspn(text, " "); *p && n < PHONES_MAX; n++) {
        ret[n].phone = p;
        ret[n].n = strcspn(p, " ");
        ret[n].kind = kind_of(p, ret[n].n);
        p += ret[n].n;
        p += strspn(p, " ");
    }
    return n;
}

static double exchange(const struct sound *a, const struct sound *b)
{
    if (a->n == b->n && memcmp(a->phone, b->phone, a->n) == 0)
        return 0;
    return a->kind == b->kind ? 0.5 : 1;
}

static double least(double a, double b, double c)
{
    double m = a < b ? a : b;

    return m < c ? m : c;
}

double rivals_distance(const char *a, const char *b)
{
    struct sound x[PHONES_MAX], y[PHONES_MAX];
    size_t n = sounds_of(x, a), m = sounds_of(y, b);
    double row[PHONES_MAX + 1];

    if (n == 0 || m == 0)
        return n == m ? 0 : 1;
    for (size_t k = 0; k <= m; k++)
        row[k] = (double)k;
    for (size_t i = 1; i <= n; i++) {
        double diagonal = row[0];

        row[0] = (double)i;
        for (size_t k = 1; k <= m; k++) {
            double here = least(row[k] + 1, row[k - 1] + 1, diagonal + exchange(&x[i - 1], &y[k - 1]));

            diagonal = row[k];
            row[k] = here;
        }
    }
    must(row[m] >= 0);
    return row[m] / (double)(n > m ? n : m);
}

/* ---- where a sentence leads ------------------------------------------------------------------ */

enum { NOWHERE, RARELY, LIKELY }; /* how a state is reached: not, only by what is rare (intent/fsg.h), without it */

struct arc {
    int32 from, to, word; /* word -1: none */
    uint8_t how;          /* LIKELY, or RARELY */
};

/* A sentence laid on the grammar: what its beginnings reach, and what its ends are reached from. */
struct walk {
    const fsg_model_t *m;
    ps_decoder_t *ps;
    struct arc *arcs; /* owned */
    size_t arcs_n, arcs_cap;
    int32 words[RIVALS_WORDS_MAX]; /* -1: unknown to the grammar */
    size_t n, front; /* words; of these the wake phrase's */
    uint8_t *ahead, *behind; /* owned; [0 .. n] of states each */
    uint8_t own;             /* how the sentence itself is reached */
};

static void walk_done(struct walk *w)
{
    free(w->arcs);
    free(w->ahead);
    free(w->behind);
}

static uint8_t *row_of(const struct walk *w, uint8_t *rows, size_t k)
{
    must(k <= w->n);
    return rows + k * (size_t)w->m->n_state;
}

static int arc_keep(struct walk *w, const fsg_link_t *arc)
{
    if (w->arcs_n == w->arcs_cap) {
        size_t cap = w->arcs_cap ? w->arcs_cap * 2 : 4096;
        struct arc *grown = realloc(w->arcs, cap * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        w->arcs = grown;
        w->arcs_cap = cap;
    }
    w->arcs[w->arcs_n++] = (struct arc){ arc->from_state, arc->to_state, arc->wid,
                                         arc->logs2prob < 0 ? RARELY : LIKELY };
    return 0;
}

/* Once, since asking the model for them allocates. */
static int arcs_take(struct walk *w)
{
    int r = 0;

    for (int32 s = 0; s < w->m->n_state; s++) {
        fsg_arciter_t *it = fsg_model_arcs((fsg_model_t *)w->m, s);

        for (; it; it = fsg_arciter_next(it))
            if (r == 0)
                r = arc_keep(w, fsg_arciter_get(it));
    }
    return r;
}

/* false: too many words. */
static bool words_take(struct walk *w, const char *sentence)
{
    for (const char *p = sentence + strspn(sentence, " "); *p; p += strspn(p, " ")) {
        char word[DICT_WORD_BYTES];
        size_t n = strcspn(p, " ");

        if (w->n == RIVALS_WORDS_MAX || n >= sizeof(word))
            return false;
        memcpy(word, p, n);
        word[n] = '\0';
        w->front += w->front == w->n && strncmp(word, DICT_WAKE, strlen(DICT_WAKE)) == 0;
        w->words[w->n++] = fsg_model_word_id((fsg_model_t *)w->m, word);
        p += n;
    }
    return w->n > 0;
}

static uint8_t rarer(uint8_t a, uint8_t b)
{
    return a < b ? a : b;
}

static bool reach(uint8_t *state, uint8_t how)
{
    if (*state >= how)
        return false;
    *state = how;
    return true;
}

/* One word on (or back, over the arcs the other way round), then over all arcs without one. */
static void step(const struct walk *w, const uint8_t *from, uint8_t *to, int32 word, bool back)
{
    bool any = true;

    for (size_t i = 0; from && word >= 0 && i < w->arcs_n; i++) {
        const struct arc *a = &w->arcs[i];

        if (a->word == word)
            (void)reach(&to[back ? a->from : a->to], rarer(from[back ? a->to : a->from], a->how));
    }
    while (any) {
        any = false;
        for (size_t i = 0; i < w->arcs_n; i++) {
            const struct arc *a = &w->arcs[i];

            if (a->word < 0 && reach(&to[back ? a->from : a->to], rarer(to[back ? a->to : a->from], a->how)))
                any = true;
        }
    }
}

/* -ENOENT: it is no sentence of the grammar. */
static int walk_new(struct walk *w, const char *sentence)
{
    size_t rows;

    if (!words_take(w, sentence))
        return -ENOENT;
    rows = (w->n + 1) * (size_t)w->m->n_state;
    w->ahead = calloc(rows, sizeof(uint8_t));
    w->behind = calloc(rows, sizeof(uint8_t));
    if (!w->ahead || !w->behind || arcs_take(w) < 0)
        return -ENOMEM;
    row_of(w, w->ahead, 0)[w->m->start_state] = LIKELY;
    step(w, NULL, row_of(w, w->ahead, 0), -1, false);
    row_of(w, w->behind, w->n)[w->m->final_state] = LIKELY;
    step(w, NULL, row_of(w, w->behind, w->n), -1, true);
    for (size_t k = 0; k < w->n; k++)
        step(w, row_of(w, w->ahead, k), row_of(w, w->ahead, k + 1), w->words[k], false);
    for (size_t k = w->n; k > 0; k--)
        step(w, row_of(w, w->behind, k), row_of(w, w->behind, k - 1), w->words[k - 1], true);
    w->own = row_of(w, w->ahead, w->n)[w->m->final_state];
    return w->own ? 0 : -ENOENT;
}

/* ---- the rivals ------------------------------------------------------------------------------ */

static const char *text_of(const struct walk *w, int32 word)
{
    return word < 0 ? "" : w->m->vocab[word];
}

static bool in_kind(size_t kind, const char *word)
{
    for (size_t i = 0; i < WORDS_OF_A_KIND; i++)
        if (kinds[kind][i] && strcmp(kinds[kind][i], word) == 0)
            return true;
    return false;
}

static bool means_the_same(const char *a, const char *b)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (in_kind(i, a) && in_kind(i, b))
            return true;
    return false;
}

/* Words that are said: no filler, no wake word, no second way to say one. */
static bool is_word(const struct walk *w, int32 word)
{
    const char *text = text_of(w, word);

    return word >= 0 && !fsg_model_is_filler((fsg_model_t *)w->m, word) && !strchr(text, '(') &&
           strncmp(text, DICT_FILLER, strlen(DICT_FILLER)) != 0 &&
           strncmp(text, DICT_WAKE, strlen(DICT_WAKE)) != 0;
}

static size_t phones_count(const char *sounds)
{
    struct sound list[PHONES_MAX];

    return sounds_of(list, sounds);
}

/* How far two words are apart; of a word and none: half of it, where it is short, for it is easily lost then. */
static double far_of(const struct walk *w, const char *a, const char *b)
{
    AUTO_FREE char *x = *a ? ps_lookup_word(w->ps, a) : NULL, *y = *b ? ps_lookup_word(w->ps, b) : NULL;
    const char *one = x ? x : y;

    if (x && y)
        return rivals_distance(x, y);
    if (!one || (*a && *b)) /* one of them cannot be said */
        return 1;
    return phones_count(one) <= SHORT_PHONES ? 0.5 : 1;
}

static struct rival *find(struct rivals *r, const struct rival *one)
{
    for (size_t i = 0; i < r->n; i++) {
        struct rival *k = &r->list[i];

        if (k->at == one->at && k->more == one->more &&
            (k->word == one->word || (k->word && one->word && strcmp(k->word, one->word) == 0)))
            return k;
    }
    return NULL;
}

/* Kept in order of distance; of RIVALS_MAX the farthest gives way. */
static void rival_take(struct rivals *r, struct rival one)
{
    struct rival *had = find(r, &one);
    size_t at;

    if (had)
        had->rare = had->rare && one.rare;
    if (had || one.far > far_most || (r->n == RIVALS_MAX && r->list[r->n - 1].far <= one.far))
        return;
    at = r->n < RIVALS_MAX ? r->n++ : r->n - 1;
    for (; at > 0 && r->list[at - 1].far > one.far; at--)
        r->list[at] = r->list[at - 1];
    r->list[at] = one;
    must(r->n <= RIVALS_MAX);
}

/* `own` is "" where the word is one more; word "": one less. */
static void sentence_take(struct rivals *r, const struct walk *w, struct rival one)
{
    const char *own = one.more ? "" : text_of(w, w->words[one.at]), *word = one.word ? one.word : "";

    if (strcmp(own, word) == 0 || means_the_same(own, word))
        return;
    one.kind = doubt_pair(own, word) ? RIVAL_OPPOSITE : RIVAL_ALIKE;
    one.far = one.kind == RIVAL_OPPOSITE ? 0 : far_of(w, own, word);
    rival_take(r, one);
}

/* Another word in the place of word k, or one more before the first. */
static void rivals_by_arc(struct rivals *r, const struct walk *w, const struct arc *a, size_t k)
{
    uint8_t ahead = rarer(row_of(w, w->ahead, k)[a->from], a->how);
    uint8_t instead = rarer(ahead, row_of(w, w->behind, k + 1)[a->to]);
    uint8_t more = k == w->front ? rarer(ahead, row_of(w, w->behind, k)[a->to]) : NOWHERE;

    if (!ahead || !is_word(w, a->word))
        return;
    if (instead)
        sentence_take(r, w, (struct rival){ .at = k, .word = text_of(w, a->word), .rare = instead == RARELY });
    if (more)
        sentence_take(r, w, (struct rival){ .at = k, .more = true, .word = text_of(w, a->word),
                                            .rare = more == RARELY });
}

/* Without word k: how such a sentence is reached. */
static uint8_t left_out(const struct walk *w, size_t k)
{
    const uint8_t *ahead = row_of(w, w->ahead, k), *behind = row_of(w, w->behind, k + 1);
    uint8_t how = NOWHERE;

    for (int32 s = 0; s < w->m->n_state; s++)
        (void)reach(&how, rarer(ahead[s], behind[s]));
    return how;
}

/* Without word k, which is doubtful, or with an article in its place, where the grammar has no such sentence. Of the
 * last word the decoder itself knows whether it was heard, and silence takes its faint end ("off"). */
static void less_take(struct rivals *r, const struct walk *w, size_t k)
{
    int32 article = fsg_model_word_id((fsg_model_t *)w->m, DOUBT_ARTICLE);

    rival_take(r, (struct rival){ .kind = RIVAL_LESS, .at = k, .rare = r->rare });
    if (article >= 0 && w->words[k + 1] != article)
        rival_take(r, (struct rival){ .kind = RIVAL_LESS, .at = k, .word = text_of(w, article),
                                      .rare = r->rare });
}

int rivals_find(struct rivals *ret, const fsg_model_t *m, ps_decoder_t *ps, const char *sentence)
{
    AUTO(walk_done) struct walk w = { .m = m, .ps = ps };
    int r = walk_new(&w, sentence);

    ret->n = 0;
    ret->rare = w.own == RARELY;
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    for (size_t k = w.front; k < w.n; k++) {
        for (size_t i = 0; i < w.arcs_n; i++)
            rivals_by_arc(ret, &w, &w.arcs[i], k);
        if (w.n == w.front + 1)
            continue; /* nothing is left of it without its word */
        if (left_out(&w, k))
            sentence_take(ret, &w, (struct rival){ .at = k, .rare = left_out(&w, k) == RARELY });
        else if (k + 1 < w.n && doubt_has(text_of(&w, w.words[k])))
            less_take(ret, &w, k);
    }
    return 0;
}

/* ---- their model ----------------------------------------------------------------------------- */

/* The words of a sentence; -1: too many, or too long. */
static int32 words_split(char text[RIVALS_WORDS_MAX][DICT_WORD_BYTES], const char *sentence)
{
    int32 words = 0;

    for (const char *p = sentence + strspn(sentence, " "); *p; p += strspn(p, " "), words++) {
        size_t len = strcspn(p, " ");

        if (words == RIVALS_WORDS_MAX || len >= DICT_WORD_BYTES)
            return -1;
        memcpy(text[words], p, len);
        text[words][len] = '\0';
        p += len;
    }
    return words;
}

fsg_model_t *rivals_model(int32 ends[1 + RIVAL_KINDS], logmath_t *math, const char *sentence,
                          const struct rivals *rivals)
{
    char text[RIVALS_WORDS_MAX][DICT_WORD_BYTES];
    int32 words = words_split(text, sentence), row = words + 1;
    fsg_model_t *m = words < 0 ? NULL : fsg_model_init("rivals", math, 1.0f, (1 + RIVAL_KINDS) * row + 2);

    if (!m)
        return NULL;
    for (int32 k = 0; k < 1 + RIVAL_KINDS; k++) {
        ends[k] = k * row + words;
        for (int32 i = 0; i < words; i++)
            grammar_arc_add(m, k * row + i, k * row + i + 1, 1.0, text[i]);
    }
    /* priced at its end, since the rivals that are likely leave it before */
    grammar_arc_add(m, ends[0], (1 + RIVAL_KINDS) * row + 1, rivals->rare ? rare_price : 1.0, NULL);
    ends[0] = (1 + RIVAL_KINDS) * row + 1;
    m->start_state = 0;
    m->final_state = ends[0];
    for (size_t i = 0; i < rivals->n; i++) {
        const struct rival *one = &rivals->list[i];
        int32 at = (int32)one->at;

        must(at < words);
        grammar_arc_add(m, at, (1 + (int32)one->kind) * row + at + !one->more, one->rare ? rare_price : 1.0, one->word);
    }
    grammar_aside_add(m, (1 + RIVAL_KINDS) * row);
    return m;
}
