/* SPDX-License-Identifier: Apache-2.0 */
/* intent/near_text.c - words of a sentence, and the sentence again. */
#include "intent/near_text.h"

#include "base/must.h"
#include "base/utf8.h"

#include <string.h>

enum { WORTH_LETTERS = 4 };

/* ---- reading ---------------------------------------------------------------------------------- */

static bool is_gap(uint32_t cp)
{
    return cp == ' ' || cp == '\'';
}

/* Digits, or words that count. */
static bool is_number(const struct near_text *x, const struct tongue *t, const struct near_word *w)
{
    struct number_end ends[NUMBERS_ENDS_MAX];

    for (size_t i = w->from; i < w->to; i++)
        if (x->s.fold[i] >= '0' && x->s.fold[i] <= '9')
            return true;
    return numbers_match(t->catalog->numbers, x->s.fold, x->s.len, w->from, false, ends) > 0;
}

/* Signs alone ("%", "+") are left as they are. */
static bool has_letter(const struct near_text *x, const struct near_word *w)
{
    for (size_t i = w->from; i < w->to; i++)
        if (unicode_is_word(x->s.fold[i]))
            return true;
    return false;
}

static void word_judge(struct near_text *x, const struct tongue *t, size_t i)
{
    struct near_word *w = &x->at[i];
    const struct vocab_word *known = vocab_find(t->vocab, &x->s.fold[w->from], w->to - w->from);

    w->is_name = known && known->is_name;
    if (known || !has_letter(x, w) || is_number(x, t, w))
        return;
    if (x->unknown_n <= NEAR_UNKNOWN_MAX)
        x->unknown[x->unknown_n++] = i;
}

bool near_text_read(struct near_text *ret, const struct tongue *t, const char *text)
{
    size_t at = 0;

    ret->n = ret->unknown_n = 0;
    if (!t->vocab || t->catalog->ignores_blanks ||
        sentence_parse(&ret->s, text, strlen(text), NULL) < 0)
        return false;
    while (at < ret->s.len) {
        struct near_word w = { .from = at };

        while (at < ret->s.len && !is_gap(ret->s.fold[at]))
            at++;
        w.to = at++;
        if (w.to == w.from)
            continue;
        if (ret->n == NEAR_WORDS_MAX)
            return false;
        ret->at[ret->n++] = w;
        word_judge(ret, t, ret->n - 1);
    }
    must(ret->unknown_n <= NEAR_UNKNOWN_MAX + 1);
    return ret->n > 0 && ret->unknown_n <= NEAR_UNKNOWN_MAX;
}

/* ---- writing ---------------------------------------------------------------------------------- */

/* A blank, unless there is one or an apostrophe joins. */
static void part(struct str *out)
{
    if (out->len > 0 && out->data[out->len - 1] != ' ' && out->data[out->len - 1] != '\'')
        str_add_char(out, ' ');
}

void near_text_copy(struct str *out, const struct near_text *x, size_t from, size_t to)
{
    if (from >= to)
        return;
    must(to <= x->n);
    part(out);
    sentence_text(out, &x->s, x->at[from].from, x->at[to - 1].to);
    if (to < x->n && x->s.fold[x->at[to - 1].to] == '\'')
        str_add_char(out, '\'');
}

static void word_write(struct str *out, const struct vocab_word *w)
{
    part(out);
    for (size_t i = 0; i < w->len; i++)
        utf8_add(out, w->exact[i]);
}

void near_text_word(struct str *out, const struct vocab_word *word, const struct vocab_word *second)
{
    word_write(out, word);
    if (second)
        word_write(out, second);
}

void near_text_add(struct str *out, const char *text)
{
    part(out);
    str_add(out, text);
}

/* ---- names ------------------------------------------------------------------------------------ */

static bool name_has(const uint32_t *name, size_t len, const struct near_text *x,
                     const struct near_word *w)
{
    const size_t n = w->to - w->from;

    for (size_t at = 0, end; at < len; at = end + 1) {
        end = at;
        while (end < len && !is_gap(name[end]))
            end++;
        if (end - at == n && memcmp(&x->s.fold[w->from], &name[at], n * sizeof(name[0])) == 0)
            return true;
    }
    return false;
}

unsigned near_text_shared(const struct near_text *x, size_t from, size_t to, const uint32_t *name,
                          size_t len)
{
    unsigned n = 0;

    must(from <= to && to <= x->n);
    for (size_t i = from; i < to; i++)
        n += name_has(name, len, x, &x->at[i]);
    return n;
}

bool near_text_in_name(const struct near_text *x, size_t from, size_t to, const uint32_t *name,
                       size_t len)
{
    const size_t said = x->at[to - 1].to - x->at[from].from;
    const uint32_t *first = &x->s.fold[x->at[from].from];

    if (near_text_shared(x, from, to, name, len) < to - from)
        return false;
    while (len > 0 && name[len - 1] == ' ')
        len--;
    return len != said || memcmp(name, first, len * sizeof(name[0])) != 0;
}

bool near_text_is_worth(const struct near_text *x, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (x->at[i].to - x->at[i].from >= WORTH_LETTERS)
            return true;
    return false;
}
