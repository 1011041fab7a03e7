/* SPDX-License-Identifier: Apache-2.0 */
/* intent/catalog_check.c - what a sentence asks for, held against the table of intents. */
#include "intent/catalog.h"

#include "base/must.h"

#include <string.h>

static bool takes_slot(const struct intent_def *def, const char *slot)
{
    for (size_t i = 0; i < INTENT_SLOTS_MAX && def->slots[i]; i++)
        if (strcmp(def->slots[i], slot) == 0)
            return true;
    return false;
}

static void refuse(struct catalog *c, struct template *t, const struct err *why)
{
    const char *text = err_text(why);

    must(text[0] != '\0');
    t->refused = arena_text(&c->arena, text, strlen(text));
    if (!t->refused)
        t->refused = "refused";
    catalog_tell(c, t->file, t->line, why);
}

/* ---- unknown intents ---------------------------------------------------------------------- */

static bool is_first_of_intent(const struct catalog *c, const struct block *b)
{
    for (const struct block *o = c->blocks; o != b; o = o->next) {
        if (!must(o != NULL))
            return true;
        if (strcmp(o->intent, b->intent) == 0)
            return false;
    }
    return true;
}

static const char *intent_like(const char *name)
{
    const struct intent_def *def;

    for (size_t i = 0; (def = intents_at(i)); i++)
        if (strcasecmp(def->name, name) == 0)
            return def->name;
    return NULL;
}

static void unknown_intent(struct catalog *c, struct block *b)
{
    const char *like = intent_like(b->intent);
    struct err told = ERR_INIT;

    for (struct template *t = b->templates; t; t = t->next)
        t->refused = t->refused ? t->refused : "there is no such intent";
    if (!is_first_of_intent(c, b))
        return;
    err_set(&told, -ENOENT, "'%s' is nothing that Jarvis can do%s%s; sentences of it are refused",
            b->intent, like ? "; did you mean " : "", like ? like : "");
    catalog_tell(c, b->file, b->line, &told);
}

/* ---- slots -------------------------------------------------------------------------------- */

/* Nothing can be said in a list without values. */
static bool is_never_said(const struct block *b, const struct node *n)
{
    const struct list *l = catalog_list(b, n->symbol);

    return !must(l != NULL) || (l->kind == LIST_VALUES && !l->values);
}

/* The first slot of the tree that the intent does not take; NULL: it takes all. */
static const char *foreign_slot(const struct block *b, const struct node *n)
{
    for (; n; n = n->next) {
        const char *found = NULL;

        if (n->kind == NODE_LIST)
            found = takes_slot(b->def, n->slot) || is_never_said(b, n) ? NULL : n->slot;
        else if (n->kind == NODE_RULE)
            found = foreign_slot(b, catalog_rule(b, n->symbol));
        else
            found = foreign_slot(b, n->child);
        if (found)
            return found;
    }
    return NULL;
}

static const char *foreign_given_slot(const struct block *b)
{
    for (const struct fixed *f = b->fixed; f; f = f->next)
        if (!takes_slot(b->def, f->slot))
            return f->slot;
    for (const struct requirement *q = b->requires; q; q = q->next)
        if (q->slot && !takes_slot(b->def, q->slot))
            return q->slot;
    return NULL;
}

static void slot_names(struct str *out, const struct intent_def *def)
{
    for (size_t i = 0; i < INTENT_SLOTS_MAX && def->slots[i]; i++)
        str_addf(out, "%s%s", i ? ", " : "", def->slots[i]);
}

static void refuse_slot(struct catalog *c, struct template *t, const struct block *b,
                        const char *slot)
{
    AUTO_STR taken = STR_INIT;
    struct err told = ERR_INIT;

    slot_names(&taken, b->def);
    err_set(&told, -EINVAL, "%s takes no '%s'; it takes %s", b->intent, slot,
            taken.len ? str_text(&taken) : "no slots at all");
    refuse(c, t, &told);
}

/* ---- what would reach everything ---------------------------------------------------------- */

static bool is_target(const char *slot)
{
    return strcmp(slot, "name") == 0 || strcmp(slot, "area") == 0 || strcmp(slot, "domain") == 0 ||
           strcmp(slot, "device_class") == 0;
}

static bool block_targets(const struct block *b)
{
    for (const struct fixed *f = b->fixed; f; f = f->next)
        if (is_target(f->slot))
            return true;
    for (const struct requirement *q = b->requires; q; q = q->next)
        if (q->slot && is_target(q->slot))
            return true;
    return false;
}

/* Whether every way through the tree sets one of these slots. */
static bool always_targets(const struct block *b, const struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        return false;
    case NODE_LIST:
        return is_target(n->slot);
    case NODE_RULE:
        return always_targets(b, catalog_rule(b, n->symbol));
    case NODE_ALT:
        for (const struct node *c = n->child; c; c = c->next)
            if (!always_targets(b, c))
                return false;
        return !n->optional;
    case NODE_SEQ:
    case NODE_PERM:
        for (const struct node *c = n->child; c; c = c->next)
            if (always_targets(b, c))
                return true;
        return false;
    }
    return false;
}

static void refuse_all(struct catalog *c, struct template *t, const struct block *b)
{
    struct err told = ERR_INIT;

    err_set(&told, -EINVAL,
            "%s without {name}, {area} or 'slots' would mean every device; say which "
            "(slots: { name: ... })",
            b->intent);
    refuse(c, t, &told);
}

static void check_block(struct catalog *c, struct block *b)
{
    const char *given = b->def ? foreign_given_slot(b) : NULL;

    if (!b->def) {
        if (!b->speech_only)
            unknown_intent(c, b);
        return;
    }
    for (struct template *t = b->templates; t; t = t->next) {
        const char *slot;

        if (t->is_shadow) /* it is refused already, and was told */
            continue;
        slot = given ? given : foreign_slot(b, t->root);
        if (slot)
            refuse_slot(c, t, b, slot);
        else if (b->def->needs_target && !block_targets(b) && !always_targets(b, t->root))
            refuse_all(c, t, b);
    }
}

void catalog_check(struct catalog *c)
{
    for (struct block *b = c->blocks; b; b = b->next)
        check_block(c, b);
}
