/* SPDX-License-Identifier: Apache-2.0 */
/* intent/catalog_first.c - which letters a part of a template may begin with, and which it must have.
 *
 * Most of a language's templates end at their first letter, and most alternatives inside the others.
 * The matcher looks that up in one word (node.first) instead of walking there: the set as a bloom
 * filter of one hash, so that "no" is certain and "yes" may be a mistake. What may be nothing, what
 * begins with a sign and what is known only later (names, rules that a block replaces) has no set.
 * A rule's set is made once, however often it is named; catalog_link() has found no cycle then.
 *
 * In the same way node.needs holds the pairs of letters of the words that cannot be left out: a sentence
 * that lacks one of them in what is left of it cannot follow the template, however it begins. Signs between
 * two letters are forgiven (sentence_take()), so only neighbours within a word count, and on the side of the
 * sentence those around an apostrophe too. */
#include "intent/catalog.h"

#include "base/must.h"
#include "intent/unicode.h"

struct first {
    uint64_t letters;
    bool is_empty; /* it may be nothing */
};

static const struct first anything = { UINT64_MAX, true };

static struct first first_of(struct node *n);

static struct first first_of_text(const struct node *n)
{
    size_t i = 0;

    while (i < n->len && n->cp[i] == ' ')
        i++;
    if (i == n->len || !unicode_is_word(n->cp[i]))
        return anything;
    return (struct first){ template_bit(n->cp[i]), false };
}

static struct first first_of_rule(const struct symbol *symbol)
{
    struct symbol *s = (struct symbol *)(symbol->body || !symbol->plain ? symbol : symbol->plain);
    struct node *body = (struct node *)s->body; /* the catalogue's own */

    if (!body || symbol->is_scoped || s->is_scoped)
        return anything;
    if (s->first == FIRST_UNKNOWN) {
        s->first = FIRST_KNOWN; /* a shadow may lead back here: it meets a body without a set */
        return first_of(body);
    }
    return body->first ? (struct first){ body->first, false } : anything;
}

/* One after another: what may be nothing lets the next one begin. */
static struct first first_of_seq(struct node *n)
{
    struct first all = { 0, true };

    for (struct node *c = n->child; c; c = c->next) {
        struct first one = first_of(c);

        must(c->first != UINT64_MAX);
        if (all.is_empty)
            all = (struct first){ all.letters | one.letters, one.is_empty };
    }
    return all;
}

static struct first first_of_any(struct node *n)
{
    struct first all = { 0, n->kind == NODE_PERM || n->optional };

    for (struct node *c = n->child; c; c = c->next) {
        struct first one = first_of(c);

        all.letters |= one.letters;
        all.is_empty = n->kind == NODE_PERM ? all.is_empty && one.is_empty
                                            : all.is_empty || one.is_empty;
    }
    return all;
}

/* ---- what cannot be left out ---------------------------------------------------------------- */

static uint64_t needs_of_text(const struct node *n)
{
    uint64_t pairs = 0;

    for (size_t i = 1; i < n->len; i++)
        if (unicode_is_word(n->cp[i - 1]) && unicode_is_word(n->cp[i]))
            pairs |= template_pair(n->cp[i - 1], n->cp[i]);
    return pairs;
}

static uint64_t needs_of_rule(const struct symbol *symbol)
{
    const struct symbol *s = symbol->body || !symbol->plain ? symbol : symbol->plain;

    return s->body && !symbol->is_scoped && !s->is_scoped ? s->body->needs : 0;
}

/* The children's are known. */
static uint64_t needs_of(const struct node *n)
{
    uint64_t all = n->kind == NODE_ALT && n->child ? UINT64_MAX : 0;

    if (n->kind == NODE_TEXT)
        return needs_of_text(n);
    if (n->kind == NODE_RULE)
        return needs_of_rule(n->symbol);
    if (n->kind == NODE_LIST || n->optional)
        return 0;
    for (const struct node *c = n->child; c; c = c->next)
        all = n->kind == NODE_ALT ? all & c->needs : all | c->needs;
    return all;
}

static struct first first_of(struct node *n)
{
    struct first f = anything;

    switch (n->kind) {
    case NODE_TEXT: f = first_of_text(n); break;
    case NODE_SEQ: f = first_of_seq(n); break;
    case NODE_ALT: case NODE_PERM: f = first_of_any(n); break;
    case NODE_RULE: f = first_of_rule(n->symbol); break;
    case NODE_LIST: f.is_empty = false; break;
    }
    n->needs = needs_of(n);
    n->first = f.is_empty || f.letters == UINT64_MAX ? 0 : f.letters;
    must(f.is_empty || f.letters != 0);
    return f;
}

void catalog_first(struct catalog *c)
{
    for (struct symbol *s = c->symbols; s; s = s->next) {
        s->first = FIRST_UNKNOWN;
        s->is_scoped = false;
    }
    for (struct block *b = c->blocks; b; b = b->next)
        for (const struct scope *o = b->scope; o; o = o->next)
            ((struct symbol *)o->symbol)->is_scoped = true;
    for (struct block *b = c->blocks; b; b = b->next)
        for (struct template *t = b->templates; t; t = t->next)
            first_of((struct node *)t->root);
}
