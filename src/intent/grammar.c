/* SPDX-License-Identifier: Apache-2.0 */
/* intent/grammar.c - templates spelled into letters.
 *
 * spell() takes a node behind a state and returns the state after it, or NOWHERE when no
 * sound way leads through it. */
#include "intent/grammar.h"

#include "base/hash.h"
#include "base/must.h"

#include "intent/match.h"

#include <stdlib.h>
#include <string.h>

enum { NOWHERE = UINT32_MAX };

/* The values of a list that a block can use, as the smallest automaton: each place that takes the list
 * takes a copy. The letters of two thousand names at forty places would be tens of megabytes. */
struct worded {
    const struct list *list;
    uint64_t values; /* hash of which ones */
    struct automaton *words; /* owned; NULL: none of them has a sound */
};

struct worded_lists {
    struct worded *at; /* owned */
    size_t n, cap;
};

struct speller {
    const struct catalog *c;
    const struct block *block;
    const struct pair *context; /* known beforehand */
    struct spelling *to;
    struct worded_lists *lists;
};

static uint32_t spell(struct speller *sp, const struct node *n, uint32_t from);

/* Punctuation has no sound, hyphens are blanks; other signs end the way. */
static uint32_t spell_text(struct speller *sp, const struct node *n, uint32_t from)
{
    for (size_t i = 0; i < n->len && from != NOWHERE; i++) {
        uint32_t cp = n->cp[i], next;
        char letter = cp < 0x80 ? (char)cp : '%';

        if (strchr(".,;:", letter))
            continue;
        if (!(letter >= 'a' && letter <= 'z') && letter != '\'' && letter != ' ')
            return NOWHERE;
        next = spelling_state(sp->to);
        spelling_arc(sp->to, from, letter, next);
        from = next;
    }
    return from;
}

static void join(struct speller *sp, uint32_t from, uint32_t end, bool *any)
{
    if (from != NOWHERE) {
        spelling_arc(sp->to, from, '\0', end);
        *any = true;
    }
}

static uint32_t spell_choice(struct speller *sp, const struct node *n, uint32_t from)
{
    uint32_t end = spelling_state(sp->to);
    bool any = false;

    for (const struct node *c = n->child; c; c = c->next)
        join(sp, spell(sp, c, from), end, &any);
    if (n->optional)
        join(sp, from, end, &any);
    return any ? end : NOWHERE;
}

static uint32_t spell_blank(struct speller *sp, uint32_t from)
{
    uint32_t next = spelling_state(sp->to);

    spelling_arc(sp->to, from, ' ', next);
    return next;
}

static void spell_orders(struct speller *sp, const struct node *n, unsigned taken, uint32_t from,
                         uint32_t end)
{
    unsigned bit = 0;
    bool any = false;

    must(n->len <= TEMPLATE_PERMUTATION_MAX && taken < 1u << n->len);
    if (taken == (1u << n->len) - 1)
        join(sp, from, end, &any);
    for (const struct node *c = n->child; c; c = c->next, bit++) {
        uint32_t next = taken & 1u << bit ? NOWHERE : spell(sp, c, spell_blank(sp, from));

        if (next != NOWHERE && !sp->to->failed)
            spell_orders(sp, n, taken | 1u << bit, spell_blank(sp, next), end);
    }
}

/* ---- lists -------------------------------------------------------------------------------- */

static const char *known_value(const struct pair *context, const char *key)
{
    for (const struct pair *p = context; p; p = p->next)
        if (strcmp(p->key, key) == 0)
            return p->value;
    return NULL;
}

/* Values that say nothing about what the block requires cannot fulfil it; another list of the
 * sentence may, if the values of this one never do. */
static bool list_knows(const struct list *l, const char *key)
{
    for (const struct value *v = l->values; v; v = v->next)
        if (known_value(v->context, key))
            return true;
    return false;
}

static bool value_fits(const struct speller *sp, const struct list *l, const struct value *v)
{
    if (v->refused || !match_allows(sp->block, v->context))
        return false;
    for (const struct requirement *q = sp->block->requires; q; q = q->next)
        if (!known_value(v->context, q->key) && !known_value(sp->context, q->key) &&
            list_knows(l, q->key))
            return false;
    return true;
}

static void spell_number(struct speller *sp, int value, uint32_t from, uint32_t end)
{
    AUTO_STR words = STR_INIT;
    bool any = false;

    if (numbers_spell(&words, sp->c->numbers, value, NULL) < 0)
        return;
    if (words.failed) {
        sp->to->failed = -ENOMEM;
        return;
    }
    for (char *p = words.data; *p; p++)
        if (*p == '-')
            *p = ' ';
    join(sp, spelling_text(sp->to, from, str_text(&words)), end, &any);
}

/* What people say: no 37 percent, no 34 degrees. */
static bool is_said(const struct list *l, int value)
{
    switch (l->range.kind) {
    case RANGE_PERCENTAGE:
        return value < 10 || (value <= 100 && value % 5 == 0);
    case RANGE_TEMPERATURE:
        return value >= 5 && value <= 30;
    default:
        return true;
    }
}

static void spell_range(struct speller *sp, const struct list *l, uint32_t from, uint32_t end)
{
    int count = 0;

    for (int value = 0; value <= NUMBERS_MAX && count < GRAMMAR_NUMBERS_MAX; value++) {
        must(l->kind == LIST_RANGE);
        if (catalog_holds(l, value) && is_said(l, value)) {
            spell_number(sp, value, from, end);
            count++;
        }
    }
}

/* Which values of the list the block can use, as a number. */
static uint64_t values_hash(const struct speller *sp, const struct list *l)
{
    uint64_t hash = HASH_START;

    for (const struct value *v = l->values; v; v = v->next) {
        bool fits = value_fits(sp, l, v);

        hash = hash_bytes(hash, &fits, sizeof(fits));
    }
    return hash;
}

/* The values alone, as an automaton; NULL: there is none, or to->failed says why. */
static struct automaton *values_new(struct speller *sp, const struct list *l)
{
    AUTO(spelling_done) struct spelling alone = SPELLING_INIT;
    struct spelling *to = sp->to;
    struct automaton *words = NULL;
    uint32_t start = spelling_state(&alone), end = spelling_state(&alone);
    struct err e = ERR_INIT;
    bool any = false;
    int r;

    sp->to = &alone;
    for (const struct value *v = l->values; v; v = v->next)
        if (value_fits(sp, l, v))
            join(sp, spell(sp, v->in, start), end, &any);
    sp->to = to;
    r = automaton_new(&words, &alone, start, end, &e);
    if (r < 0 && r != -ENOENT)
        to->failed = r;
    return words;
}

/* From the lists that are known, else made; NULL: to->failed says why. */
static const struct worded *list_worded(struct speller *sp, const struct list *l)
{
    struct worded_lists *known = sp->lists;
    uint64_t hash = values_hash(sp, l);

    for (size_t i = 0; i < known->n; i++)
        if (known->at[i].list == l && known->at[i].values == hash)
            return &known->at[i];
    if (known->n == known->cap) {
        size_t cap = known->cap ? known->cap * 2 : 16;
        struct worded *at = realloc(known->at, cap * sizeof(*at));

        if (!at) {
            sp->to->failed = -ENOMEM;
            return NULL;
        }
        known->at = at;
        known->cap = cap;
    }
    known->at[known->n] = (struct worded){ l, hash, values_new(sp, l) };
    return sp->to->failed ? (automaton_free(known->at[known->n].words), NULL)
                          : &known->at[known->n++];
}

static uint32_t spell_values(struct speller *sp, const struct list *l, uint32_t from)
{
    const struct worded *known = list_worded(sp, l);
    const struct automaton *a = known ? known->words : NULL;
    uint32_t first = sp->to->states_n;

    if (!a)
        return NOWHERE;
    for (uint32_t i = 0; i < a->states_n; i++)
        spelling_state(sp->to);
    if (sp->to->failed)
        return NOWHERE;
    spelling_arc(sp->to, from, '\0', first);
    for (size_t i = 0; i < a->arcs_n; i++) {
        const struct automaton_arc *arc = &a->arcs[i];
        uint32_t begin = first + arc->from;

        if (arc->from != 0) /* behind a word */
            begin = spell_blank(sp, begin);
        spelling_arc(sp->to, spelling_text(sp->to, begin, a->words[arc->word]), '\0',
                     first + arc->to);
    }
    for (size_t i = 0; i < a->finals_n; i++)
        spelling_arc(sp->to, first + a->finals[i], '\0', first + a->states_n - 1);
    return first + a->states_n - 1;
}

static uint32_t spell_list(struct speller *sp, const struct node *n, uint32_t from)
{
    const struct list *l = catalog_list(sp->block, n->symbol);
    uint32_t end = spelling_state(sp->to);
    bool any = false;

    if (l->kind == LIST_WILDCARD)
        return NOWHERE;
    if (l->kind == LIST_RANGE) {
        if (!l->range.words)
            return NOWHERE;
        spell_range(sp, l, from, end);
        return end;
    }
    join(sp, spell_values(sp, l, from), end, &any);
    return any ? end : NOWHERE;
}

/* ---- the tree ----------------------------------------------------------------------------- */

static uint32_t spell(struct speller *sp, const struct node *n, uint32_t from)
{
    uint32_t end;

    if (from == NOWHERE || sp->to->failed)
        return NOWHERE;
    must(from < sp->to->states_n);
    switch (n->kind) {
    case NODE_TEXT:
        return spell_text(sp, n, from);
    case NODE_SEQ:
        for (const struct node *c = n->child; c; c = c->next)
            from = spell(sp, c, from);
        return from;
    case NODE_ALT:
        return spell_choice(sp, n, from);
    case NODE_PERM:
        end = spelling_state(sp->to);
        spell_orders(sp, n, 0, from, end);
        return end;
    case NODE_LIST:
        return spell_list(sp, n, from);
    case NODE_RULE:
        return spell(sp, catalog_rule(sp->block, n->symbol), from);
    }
    return NOWHERE;
}

/* Whether the block's sentences can hold at all, given what is known beforehand. */
static bool names_list_with(const struct speller *sp, const struct node *n, const char *key)
{
    for (; n; n = n->next) {
        if (n->kind == NODE_LIST && list_knows(catalog_list(sp->block, n->symbol), key))
            return true;
        if (n->kind == NODE_RULE &&
            names_list_with(sp, catalog_rule(sp->block, n->symbol), key))
            return true;
        if (names_list_with(sp, n->child, key))
            return true;
    }
    return false;
}

static bool can_hold(const struct speller *sp, const struct template *t)
{
    for (const struct requirement *q = sp->block->excludes; q; q = q->next) {
        const char *value = known_value(sp->context, q->key);

        if (value && catalog_takes(q, value))
            return false;
    }
    for (const struct requirement *q = sp->block->requires; q; q = q->next) {
        const char *value = known_value(sp->context, q->key);

        if (!(value && catalog_takes(q, value)) && !names_list_with(sp, t->root, q->key))
            return false;
    }
    return true;
}

/* from -> [one skip word and a blank] -> the state returned, or the mirror image. */
static uint32_t spell_skip_word(struct speller *sp, uint32_t from, bool before)
{
    const struct skip_word *words = before || !sp->c->end_words ? sp->c->skip_words
                                                                : sp->c->end_words;
    uint32_t end = spelling_state(sp->to);
    bool any = false;

    join(sp, from, end, &any);
    for (const struct skip_word *w = words; w; w = w->next) {
        const struct node word = { .kind = NODE_TEXT, .cp = w->fold, .len = w->len };
        uint32_t last = before ? spell_text(sp, &word, from)
                               : spell_text(sp, &word, spell_blank(sp, from));

        if (last != NOWHERE)
            join(sp, before ? spell_blank(sp, last) : last, end, &any);
    }
    return end;
}

/* Where the sentences of the block begin. */
static uint32_t spell_rare(struct speller *sp, const struct block *b, uint32_t from)
{
    return b->is_rare ? spell_blank(sp, spelling_text(sp->to, from, AUTOMATON_RARE)) : from;
}

/* All ways through the blocks of one place, from `from` to `end`; `only`: of this block alone. */
static bool spell_place(struct speller *sp, enum speech_place place, const struct block *only,
                        uint32_t from, uint32_t end)
{
    bool any = false;
    uint32_t first;

    for (const struct block *b = sp->c->blocks; b; b = b->next) {
        if (b->speech != place || (only && b != only))
            continue;
        sp->block = b;
        first = spell_rare(sp, b, from);
        for (const struct template *t = b->templates; t; t = t->next)
            if (!t->is_shadow && can_hold(sp, t))
                join(sp, spell(sp, t->root, first), end, &any);
    }
    return any;
}

/* from -> [what may stand before, and a blank] -> the state returned, or the mirror image. */
static uint32_t spell_edge(struct speller *sp, enum speech_place place, uint32_t from)
{
    bool before = place == SPEECH_BEFORE, any = false;
    uint32_t end = spelling_state(sp->to);
    uint32_t first = before ? from : spell_blank(sp, from);
    uint32_t last = spelling_state(sp->to);

    if (!spell_place(sp, place, NULL, first, last))
        return spell_skip_word(sp, from, before);
    join(sp, from, end, &any);
    join(sp, before ? spell_blank(sp, last) : last, end, &any);
    return end;
}

static void worded_done(struct worded_lists *lists)
{
    for (size_t i = 0; i < lists->n; i++)
        automaton_free(lists->at[i].words);
    free(lists->at);
}

int grammar_new(struct automaton **ret, const struct catalog *c, const struct pair *context,
                struct err *e)
{
    AUTO(spelling_done) struct spelling spelling = SPELLING_INIT;
    AUTO(worded_done) struct worded_lists lists = { 0 };
    struct speller sp = { .c = c, .context = context, .to = &spelling, .lists = &lists };
    uint32_t start = spelling_state(&spelling), end = spelling_state(&spelling);
    uint32_t first = spell_edge(&sp, SPEECH_BEFORE, start);

    spell_place(&sp, SPEECH_SENTENCE, NULL, first, end);
    return automaton_new(ret, &spelling, start, spell_edge(&sp, SPEECH_BEHIND, end), e);
}

int grammar_of_block(struct automaton **ret, const struct catalog *c, const struct pair *context,
                     const struct block *only, struct err *e)
{
    AUTO(spelling_done) struct spelling spelling = SPELLING_INIT;
    AUTO(worded_done) struct worded_lists lists = { 0 };
    struct speller sp = { .c = c, .context = context, .to = &spelling, .lists = &lists };
    uint32_t start = spelling_state(&spelling), end = spelling_state(&spelling);

    must(only->speech != SPEECH_NOT);
    spell_place(&sp, only->speech, only, start, end);
    return automaton_new(ret, &spelling, start, end, e);
}
