/* SPDX-License-Identifier: Apache-2.0 */
/* intent/wordlist.c - the words of a text as they stand there. */
#include "intent/wordlist.h"

#include "base/fold.h"
#include "base/must.h"

#include <string.h>

static bool is_gap(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '-';
}

void words_init(struct words *ret, const char *text)
{
    size_t at = 0;

    *ret = (struct words){ .text = text };
    while (text[at]) {
        struct word w;

        if (is_gap(text[at])) {
            at++;
            continue;
        }
        w.from = at;
        while (text[at] && !is_gap(text[at]))
            at++;
        w.to = at;
        while (w.to > w.from && strchr(",;.!?", text[w.to - 1]))
            w.to--;
        w.comma = w.to < at && strchr(",;.", text[w.to]);
        if (w.to == w.from)
            continue;
        if (ret->n == WORDS_MAX) {
            ret->n = 0;
            return;
        }
        ret->at[ret->n++] = w;
    }
    must(ret->n <= WORDS_MAX);
}

static size_t count_words(const char *text)
{
    size_t n = 0;

    for (const char *at = text; *at; at++)
        n += !is_gap(*at) && (at == text || is_gap(at[-1]));
    return n;
}

size_t words_are(const struct words *w, size_t i, const char *wanted)
{
    const size_t n = count_words(wanted);
    AUTO_STR text = STR_INIT;

    if (n == 0 || i + n > w->n)
        return 0;
    for (size_t k = i; k + 1 < i + n; k++)
        if (w->at[k].comma)
            return 0;
    words_text(&text, w, i, i + n);
    return !text.failed && fold_is_same(str_text(&text), wanted) ? n : 0;
}

size_t words_of_list(const struct words *w, size_t i, const struct list *list,
                     const struct value **which)
{
    size_t best = 0;

    for (const struct value *v = list ? list->values : NULL; v; v = v->next) {
        const char *said = v->context && strcmp(v->context->key, "said") == 0
                               ? v->context->value
                               : v->out.kind == DATUM_TEXT ? v->out.text : NULL;
        const size_t n = said && !v->refused ? words_are(w, i, said) : 0;

        if (n <= best)
            continue;
        best = n;
        *which = v;
    }
    return best;
}

void words_text(struct str *out, const struct words *w, size_t from, size_t to)
{
    must(from <= to && to <= w->n);
    if (from < to)
        str_add_bytes(out, w->text + w->at[from].from, w->at[to - 1].to - w->at[from].from);
}

const struct list *words_list(const struct catalog *c, const char *name)
{
    const struct symbol *s = catalog_find(c, name, true);

    return s && !s->is_broken && s->list && s->list->kind == LIST_VALUES ? s->list : NULL;
}
