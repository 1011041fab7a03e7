/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/grammar.c - the command grammar as the decoder searches it. */
#include "grammar.h"

#include "base/must.h"

#include <sphinxbase/bitvec.h>
#include <stdlib.h>
#include <string.h>

/* PocketSphinx's own (.005 and 1e-8) are for a dictation: with them the noise behind a command was taken
 * for another word ("and", "for", "in"). */
static const float32 silence_probability = 0.1f, noise_probability = 1e-2f;

int grammar_read(fsg_model_t **ret, const char *path, logmath_t *math, struct err *e)
{
    fsg_model_t *m = fsg_model_readfile(path, math, 1.0f);

    if (!m)
        return err_set(e, -EINVAL, "grammar %s: cannot be read as an FSG", path);
    if (m->n_state > GRAMMAR_STATES_MAX) {
        fsg_model_free(m);
        return err_set(e, -EFBIG, "grammar %s: more than %d states", path, GRAMMAR_STATES_MAX);
    }
    *ret = m;
    return 0;
}

int grammar_words(struct dict *d, const fsg_model_t *sentences, struct err *e)
{
    int r = 0;

    for (int32 i = 0; r >= 0 && i < sentences->n_word; i++)
        r = dict_add(d, sentences->vocab[i], e);
    return r;
}

void grammar_arc_add(fsg_model_t *m, int32 from, int32 to, double p, const char *word)
{
    int32 logp = (int32)((double)logmath_log(m->lmath, p) * m->lw);

    if (word)
        fsg_model_trans_add(m, from, to, logp, fsg_model_word_add(m, word));
    else
        fsg_model_null_trans_add(m, from, to, logp);
}

/* The arcs of the file whose words can be pronounced; how many of them carry a word. */
static size_t sentences_copy(fsg_model_t *m, fsg_model_t *sentences, const struct dict *d)
{
    size_t kept = 0;

    for (int32 state = 0; state < sentences->n_state; state++) {
        fsg_arciter_t *it = fsg_model_arcs(sentences, state);

        for (; it; it = fsg_arciter_next(it)) {
            const fsg_link_t *arc = fsg_arciter_get(it);
            const char *word = arc->wid < 0 ? NULL : sentences->vocab[arc->wid];

            if (word && !dict_is_known(d, word))
                continue;
            kept += word != NULL;
            grammar_arc_add(m, arc->from_state, arc->to_state, logmath_exp(m->lmath, arc->logs2prob), word);
        }
    }
    return kept;
}

static int32 phrase_words(const char *phrase)
{
    int32 n = 0;

    for (const char *p = phrase + strspn(phrase, " "); *p; n++) {
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
    return n;
}

/* lead (= the first of the states kept free from `state` on) .. start. */
static void phrase_add(fsg_model_t *m, const char *phrase, int32 state, int32 start)
{
    int32 left = phrase_words(phrase);
    const char *p = phrase + strspn(phrase, " ");

    fsg_model_null_trans_add(m, state, start, 0);
    for (; *p; left--) {
        char word[DICT_WORD_BYTES + sizeof(DICT_WAKE)];
        size_t n = strcspn(p, " ");

        snprintf(word, sizeof(word), DICT_WAKE "%.*s", (int)n, p);
        grammar_arc_add(m, state, left == 1 ? start : state + 1, 1.0, word);
        state++;
        p += n + strspn(p + n, " ");
    }
}

/* Of the loop that stands behind every word: one sound of each kind is enough to catch speech, and all
 * of them in every frame would double the work. */
static const char *const inner_phones[] = { "AA", "AE", "AH", "EH", "IY", "OW", "UW",
                                            "ER", "S",  "T",  "N",  "L",  "M", "K" };

static void phone_add(fsg_model_t *m, int32 from, int32 to, double p, const char *phone)
{
    char word[16];

    snprintf(word, sizeof(word), DICT_FILLER "%s", phone);
    grammar_arc_add(m, from, to, p, word);
}

/* Where nothing was said yet. */
static void filler_add(fsg_model_t *m, int32 start, int32 filler, double p)
{
    for (size_t i = 0; i < DICT_PHONES; i++) {
        phone_add(m, start, filler, p, dict_phones[i]);
        phone_add(m, filler, filler, p, dict_phones[i]);
    }
    fsg_model_null_trans_add(m, filler, m->final_state, 0);
}

/* Behind every word: from each state of the sentences to `gate`, and from there into the loop. */
static void inner_filler_add(fsg_model_t *m, int32 start, int32 gate, const struct grammar_opts *o,
                             int32 states)
{
    int32 loop = gate + 1;

    for (size_t i = 0; i < sizeof(inner_phones) / sizeof(inner_phones[0]); i++) {
        phone_add(m, gate, loop, o->filler_probability, inner_phones[i]);
        phone_add(m, loop, loop, o->filler_probability, inner_phones[i]);
    }
    for (int32 state = 0; state < states; state++)
        if (state != start)
            grammar_arc_add(m, state, gate, o->inner_probability, NULL);
    fsg_model_null_trans_add(m, loop, m->final_state, 0);
}

/* At every state; PocketSphinx adds none of its own then. */
static void silence_add(fsg_model_t *m, const char *noise)
{
    fsg_model_add_silence(m, "<sil>", -1, silence_probability);
    if (noise)
        fsg_model_add_silence(m, noise, -1, noise_probability);
    must(fsg_model_has_sil(m));
}

static void loops_mark(fsg_model_t *m, bool silent)
{
    for (int32 w = 0; w < m->n_word; w++) {
        if (strncmp(m->vocab[w], DICT_FILLER, sizeof(DICT_FILLER) - 1) != 0)
            continue;
        if (silent)
            bitvec_set(m->silwords, w);
        else
            bitvec_clear(m->silwords, w);
    }
}

int grammar_set(ps_decoder_t *ps, const char *search, fsg_model_t *m)
{
    int r;

    if (!must(fsg_model_has_sil(m)))
        return -EINVAL;
    loops_mark(m, true);
    r = ps_set_fsg(ps, search, m);
    loops_mark(m, false); /* in what was heard they are words */
    return r == 0 ? 0 : -EINVAL;
}

int grammar_build(fsg_model_t **ret, fsg_model_t *sentences, logmath_t *math,
                  const struct dict *d, const struct grammar_opts *o, struct err *e)
{
    bool phrase = dict_has_all(d, o->phrase);
    int32 lead = sentences->n_state;
    int32 filler = lead + (phrase ? phrase_words(o->phrase) : 0);
    int32 start = sentences->start_state;
    fsg_model_t *m;

    m = fsg_model_init("commands", math, (float32)o->language_weight, filler + 4);
    m->start_state = phrase ? lead : start;
    m->final_state = filler + 3; /* no way leads on from it */
    fsg_model_null_trans_add(m, sentences->final_state, m->final_state, 0);
    if (sentences_copy(m, sentences, d) == 0) {
        fsg_model_free(m);
        return err_set(e, -EINVAL, "the grammar holds no word that can be pronounced");
    }
    if (phrase)
        phrase_add(m, o->phrase, lead, start);
    if (o->filler_probability > 0)
        filler_add(m, start, filler, o->filler_probability);
    if (o->filler_probability > 0 && o->inner_probability > 0)
        inner_filler_add(m, start, filler + 1, o, sentences->n_state);
    silence_add(m, o->noise);
    glist_free(fsg_model_null_trans_closure(m, NULL));
    *ret = m;
    return 0;
}

void grammar_aside_add(fsg_model_t *m, int32 aside)
{
    for (size_t i = 0; i < DICT_PHONES; i++) {
        phone_add(m, m->start_state, aside, 1.0, dict_phones[i]);
        phone_add(m, aside, aside, 1.0, dict_phones[i]);
    }
    silence_add(m, NULL);
    glist_free(fsg_model_null_trans_closure(m, NULL));
}

/* One step of all states that are reached: by arcs of `word`, or by those without one; `free`: only by
 * those that cost nothing. */
static bool accepts_step(const fsg_model_t *m, const bool *from, bool *to, const char *word,
                         size_t len, bool free)
{
    bool any = false;

    for (int32 s = 0; s < m->n_state; s++) {
        fsg_arciter_t *it = from[s] ? fsg_model_arcs((fsg_model_t *)m, s) : NULL;

        for (; it; it = fsg_arciter_next(it)) {
            const fsg_link_t *arc = fsg_arciter_get(it);
            const char *has = arc->wid < 0 ? NULL : m->vocab[arc->wid];
            bool fits = word ? has && strlen(has) == len && memcmp(has, word, len) == 0 : !has;

            if (fits && !to[arc->to_state] && !(free && arc->logs2prob < 0))
                to[arc->to_state] = any = true;
        }
    }
    return any;
}

/* Where what is rare is left out: nowhere, behind the sentence, or in the sentence as well. */
enum likely { LIKELY_ALL, LIKELY_BEHIND, LIKELY_ALONE };

/* The states that the words of a sentence lead to, owned by the caller; NULL: out of memory. */
static bool *states_behind(const fsg_model_t *m, const char *sentence, enum likely likely)
{
    size_t states = (size_t)m->n_state;
    bool *now = calloc(states, sizeof(*now)), *next = calloc(states, sizeof(*next));
    bool ok = now && next;

    if (ok)
        now[m->start_state] = true;
    for (const char *p = sentence + strspn(sentence, " "); ok;) {
        size_t n = strcspn(p, " ");
        bool *swap = now;

        while (accepts_step(m, now, now, NULL, 0,
                            likely == LIKELY_ALONE || (likely == LIKELY_BEHIND && n == 0)))
            ; /* each round reaches a state more */
        if (n == 0)
            break;
        memset(next, 0, states * sizeof(*next));
        (void)accepts_step(m, now, next, p, n, false);
        now = next;
        next = swap;
        p += n + strspn(p + n, " ");
    }
    free(next);
    if (!ok) {
        free(now);
        return NULL;
    }
    return now;
}

int grammar_accepts(const fsg_model_t *m, const char *sentence)
{
    AUTO_FREE bool *behind = states_behind(m, sentence, LIKELY_ALL);

    return behind ? behind[m->final_state] : -ENOMEM;
}

static size_t word_take(const char **words, size_t n, size_t max, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return n;
    if (n < max)
        words[n++] = word;
    return n;
}

/* The words that leave any of these states. */
static size_t words_leave(const fsg_model_t *m, const bool *states, const char **words, size_t max)
{
    size_t n = 0;

    for (int32 s = 0; s < m->n_state; s++) {
        fsg_arciter_t *it = states[s] ? fsg_model_arcs((fsg_model_t *)m, s) : NULL;

        for (; it; it = fsg_arciter_next(it)) {
            int32 word = fsg_arciter_get(it)->wid;

            if (word >= 0 && !fsg_model_is_filler((fsg_model_t *)m, word) &&
                strncmp(m->vocab[word], DICT_FILLER, strlen(DICT_FILLER)) != 0)
                n = word_take(words, n, max, m->vocab[word]);
        }
    }
    must(n <= max);
    return n;
}

int grammar_follow(const fsg_model_t *m, const char *sentence, const char **words, size_t max)
{
    AUTO_FREE bool *behind = states_behind(m, sentence, LIKELY_ALONE);

    /* what the sentence is the beginning of only by a rare way does not count, unless it is rare itself */
    if (behind && !behind[m->final_state]) {
        free(behind);
        behind = states_behind(m, sentence, LIKELY_BEHIND);
    }
    return behind ? (int)words_leave(m, behind, words, max) : -ENOMEM;
}

/* What likely words reach, the start with them. */
static void reach(const fsg_model_t *m, bool *reached)
{
    bool any = true;

    reached[m->start_state] = true;
    while (any) {
        any = false;
        for (int32 s = 0; s < m->n_state; s++) {
            fsg_arciter_t *it = reached[s] ? fsg_model_arcs((fsg_model_t *)m, s) : NULL;

            for (; it; it = fsg_arciter_next(it)) {
                const fsg_link_t *arc = fsg_arciter_get(it);

                if (!reached[arc->to_state] && arc->logs2prob >= 0)
                    reached[arc->to_state] = any = true;
            }
        }
    }
}

/* Of the words, those that stand among `other`; where there is no other all stay. */
static size_t words_keep(const char **words, size_t n, const char *const *other, size_t other_n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < other_n; k++)
            if (strcmp(words[i], other[k]) == 0) {
                words[kept++] = words[i];
                break;
            }
    return kept;
}

int grammar_courtesies(const fsg_model_t *m, const char **words, size_t max)
{
    size_t states = (size_t)m->n_state;
    AUTO_FREE bool *reached = calloc(states, sizeof(*reached)), *from = calloc(states, sizeof(*from));
    AUTO_FREE const char **leave = calloc(max, sizeof(*leave));
    size_t n = 0;
    bool first = true;

    if (!reached || !from || !leave)
        return -ENOMEM;
    reach(m, reached);
    for (int32 s = 0; s < m->n_state; s++) {
        size_t leave_n;

        if (!reached[s])
            continue;
        memset(from, 0, states * sizeof(*from));
        from[s] = true;
        while (accepts_step(m, from, from, NULL, 0, true))
            ;
        leave_n = from[m->final_state] ? words_leave(m, from, leave, max) : 0;
        if (leave_n == 0)
            continue; /* no end, or an end that nothing follows: a courtesy's own */
        n = first ? words_leave(m, from, words, max) : words_keep(words, n, leave, leave_n);
        first = false;
    }
    return (int)n;
}
