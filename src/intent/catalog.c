/* SPDX-License-Identifier: Apache-2.0 */
/* intent/catalog.c - symbols, linking and the limits of a language's sentences.
 * Reading the YAML is in catalog_yaml.c. */
#include "intent/catalog.h"

#include "base/hash.h"
#include "base/must.h"

#include <math.h>
#include <string.h>

/* Those that the house gives. Nobody tells floors yet: an empty list is never said. */
static const char *const dynamic_lists[] = { "name", "area", "floor" };

int catalog_new(struct catalog **ret, const char *language, catalog_complain_fn complain,
                void *user, struct err *e)
{
    AUTO(catalog_freep) struct catalog *c = calloc(1, sizeof(*c));
    struct list *empty;
    int r;

    if (!c)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    c->arena = ARENA_INIT(CATALOG_BYTES_MAX);
    c->blocks_tail = &c->blocks;
    c->complain = complain;
    c->user = user;
    c->language = arena_text(&c->arena, language, strlen(language));
    c->empty_list = empty = arena_alloc(&c->arena, sizeof(*empty));
    if (!c->language || !empty)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    for (size_t i = 0; i < sizeof(dynamic_lists) / sizeof(dynamic_lists[0]); i++) {
        struct symbol *s = catalog_symbol(c, dynamic_lists[i], true);

        if (!s)
            return err_set(e, -ENOMEM, "sentences: out of memory");
        s->list = empty;
        s->is_used = true;
    }
    r = numbers_new(&c->numbers, language, e);
    if (r < 0)
        return r;
    *ret = STEAL(c);
    return 0;
}

struct catalog *catalog_free(struct catalog *c)
{
    if (c) {
        numbers_free(c->numbers);
        arena_done(&c->arena);
        free(c);
    }
    return NULL;
}

void catalog_tell(struct catalog *c, const char *file, int line, const struct err *e)
{
    struct err told;

    if (c->complaints++ >= CATALOG_COMPLAINTS_MAX || !c->complain)
        return;
    err_set(&told, e->code, "%s line %d: %s", file, line, err_text(e));
    c->complain(told.text, c->user);
}

static size_t bucket_of(const char *name, bool is_list)
{
    return hash_slot(hash_text(hash_bytes(HASH_START, &is_list, sizeof(is_list)), name),
                     CATALOG_BUCKETS);
}

const struct symbol *catalog_find(const struct catalog *c, const char *name, bool is_list)
{
    const struct symbol *s = c->buckets[bucket_of(name, is_list)];

    while (s && (s->is_list != is_list || strcmp(s->name, name) != 0))
        s = s->next_in_bucket;
    return s;
}

struct symbol *catalog_symbol(struct catalog *c, const char *name, bool is_list)
{
    size_t bucket = bucket_of(name, is_list);
    struct symbol *s = c->buckets[bucket];

    while (s && (s->is_list != is_list || strcmp(s->name, name) != 0))
        s = s->next_in_bucket;
    if (s)
        return s;
    s = arena_alloc(&c->arena, sizeof(*s));
    if (!s)
        return NULL;
    s->name = arena_text(&c->arena, name, strlen(name));
    if (!s->name)
        return NULL;
    s->is_list = is_list;
    s->next = c->symbols;
    c->symbols = s;
    s->next_in_bucket = c->buckets[bucket];
    c->buckets[bucket] = s;
    must(catalog_find(c, name, is_list) == s);
    return s;
}

enum { PART_MARK = '/' }; /* before the names of the newer layout's symbols; no template can hold it */

struct symbol *catalog_symbol_part(struct catalog *c, const char *name, bool is_list)
{
    struct symbol *plain = catalog_symbol(c, name, is_list), *s = NULL;
    AUTO_STR marked = STR_INIT;

    str_addf(&marked, "%c%s", PART_MARK, name);
    if (plain && !marked.failed)
        s = catalog_symbol(c, str_text(&marked), is_list);
    if (s)
        s->plain = plain;
    must(!s || (s != plain && s->is_list == plain->is_list && !plain->plain));
    return s;
}

const char *catalog_symbol_name(const struct symbol *s)
{
    return s->name + (s->plain != NULL);
}

const struct node *catalog_rule(const struct block *b, const struct symbol *s)
{
    for (const struct scope *o = b ? b->scope : NULL; o; o = o->next)
        if (o->symbol == s)
            return o->body;
    return s->body || !s->plain ? s->body : s->plain->body;
}

const struct list *catalog_list(const struct block *b, const struct symbol *s)
{
    for (const struct scope *o = b ? b->scope : NULL; o; o = o->next)
        if (o->symbol == s)
            return o->list;
    return s->list || !s->plain ? s->list : s->plain->list;
}

int catalog_set_list(struct catalog *c, const char *name, const struct list *list)
{
    struct symbol *s = c->buckets[bucket_of(name, true)];

    while (s && (!s->is_list || strcmp(s->name, name) != 0))
        s = s->next_in_bucket;
    if (!s)
        return -ENOENT;
    s->list = list ? list : c->empty_list;
    must(s->is_list && s->list);
    return 0;
}

bool catalog_takes(const struct requirement *q, const char *value)
{
    for (const struct pair *p = q->values; p; p = p->next)
        if (strcmp(p->value, value) == 0)
            return true;
    return q->values == NULL;
}

bool catalog_holds(const struct list *range, double value)
{
    double steps, parts = value * range->range.parts;

    must(range->kind == LIST_RANGE && range->range.step > 0 && range->range.parts > 0);
    if (!(value >= range->range.from && value <= range->range.to))
        return false;
    if (range->range.parts > 1)
        return fabs(parts - round(parts)) < 1e-6;
    steps = (value - range->range.from) / range->range.step;
    return fabs(steps - round(steps)) < 1e-6;
}

/* ---- linking ------------------------------------------------------------------------------ */

struct link_walk {
    struct catalog *catalog;
    const struct block *block; /* NULL: the language's own scope */
    unsigned nodes, rules_deep;
    bool is_shadow; /* what is unknown takes any words */
    struct err *e;
};

static int node_check(double *ways, struct link_walk *w, const struct node *n);

static int symbol_unknown(struct link_walk *w, const struct symbol *s)
{
    const char open = s->is_list ? '{' : '<', close = s->is_list ? '}' : '>';

    if (w->is_shadow)
        return 0;
    if (s->is_broken)
        return err_set(w->e, -ENOENT, "%c%s%c was left out at %s line %d", open,
                       catalog_symbol_name(s), close, s->file, s->line);
    return err_set(w->e, -ENOENT, "there is no %s %c%s%c", s->is_list ? "list" : "expansion rule",
                   open, catalog_symbol_name(s), close);
}

static int rule_check(double *ways, struct link_walk *w, const struct node *n)
{
    /* Only the linker writes the marks, and it owns the catalogue. */
    struct symbol *s = catalog_symbol(w->catalog, n->symbol->name, false);
    const struct node *body = catalog_rule(w->block, n->symbol);
    int r;

    if (!s)
        return err_set(w->e, -ENOMEM, "sentences: out of memory");
    *ways = 1;
    if (!body)
        return symbol_unknown(w, n->symbol);
    if (s->is_open)
        return err_set(w->e, -ELOOP, "the rule <%s> leads back to itself", catalog_symbol_name(s));
    if (w->rules_deep == CATALOG_RULE_DEPTH_MAX)
        return err_set(w->e, -E2BIG, "rules are nested more than %d deep",
                       CATALOG_RULE_DEPTH_MAX);
    s->is_used = s->is_open = true;
    w->rules_deep++;
    r = node_check(ways, w, body);
    must(w->rules_deep > 0 && s->is_open);
    w->rules_deep--;
    s->is_open = false;
    return r;
}

static int children_check(double *ways, struct link_walk *w, const struct node *n)
{
    double sum = n->optional ? 1 : 0, product = 1;
    unsigned at = 0;

    for (const struct node *c = n->child; c; c = c->next) {
        double each = 1;
        int r = node_check(&each, w, c);

        if (r < 0)
            return r;
        sum += each;
        product *= each;
        if (n->kind == NODE_PERM)
            product *= ++at;
    }
    *ways = n->kind == NODE_ALT ? sum : product;
    if (*ways > CATALOG_WAYS_MAX)
        return err_set(w->e, -E2BIG, "the template has more than %g readings; split it",
                       CATALOG_WAYS_MAX);
    return 0;
}

/* A value that does not hold; false: nothing of it can be kept. */
static bool value_shadow(struct link_walk *w, struct value *v, const struct err *told)
{
    if (!v->file)
        return false;
    catalog_tell(w->catalog, v->file, v->line, told);
    return catalog_shadow_value(w->catalog, v, v->text);
}

/* The values of a list may name rules: each is checked once, and a shadow of its words if it does not
 * hold. */
static int values_check(struct link_walk *w, const struct symbol *s, struct list *l)
{
    struct value **at = &l->values;

    if (l->state == LIST_OPEN)
        return err_set(w->e, -ELOOP, "the list {%s} leads back to itself", catalog_symbol_name(s));
    if (l->state == LIST_CHECKED)
        return 0;
    l->state = LIST_OPEN;
    while (*at) {
        struct err told = ERR_INIT;
        struct link_walk inner = { .catalog = w->catalog, .block = w->block,
                                   .rules_deep = w->rules_deep, .e = &told };
        double ways = 1;
        int r = (*at)->refused ? 0 : node_check(&ways, &inner, (*at)->in);

        if (r == -ENOMEM)
            return err_set(w->e, r, "sentences: out of memory");
        if (r == 0 || value_shadow(w, *at, &told))
            at = &(*at)->next;
        else
            *at = (*at)->next;
    }
    must(l->state == LIST_OPEN);
    l->state = LIST_CHECKED;
    return 0;
}

static int list_check(struct link_walk *w, const struct node *n)
{
    /* Lists of the files are the catalogue's own; those of names are given later. */
    struct list *l = (struct list *)catalog_list(w->block, n->symbol);

    if (!l)
        return symbol_unknown(w, n->symbol);
    return l->kind == LIST_VALUES && l != w->catalog->empty_list ? values_check(w, n->symbol, l)
                                                                  : 0;
}

static int node_check(double *ways, struct link_walk *w, const struct node *n)
{
    if (++w->nodes > CATALOG_NODES_MAX)
        return err_set(w->e, -E2BIG, "the template with its rules is too large");
    switch (n->kind) {
    case NODE_RULE:
        return rule_check(ways, w, n);
    case NODE_LIST:
        *ways = 1;
        return list_check(w, n);
    case NODE_TEXT:
        *ways = 1;
        return 0;
    default:
        return children_check(ways, w, n);
    }
}

/* *ok: whether the tree holds; -ENOMEM is the only failure. */
static int tree_check(bool *ok, struct catalog *c, const struct block *b, const struct node *root,
                      const char *file, int line)
{
    struct err told = ERR_INIT;
    struct link_walk w = { .catalog = c, .block = b, .e = &told };
    double ways = 1;
    int r = node_check(&ways, &w, root);

    *ok = r == 0;
    if (r == -ENOMEM)
        return r;
    if (r < 0)
        catalog_tell(c, file, line, &told);
    return 0;
}

static const char *refusal(struct catalog *c, const char *text, const char *file, int line)
{
    AUTO_STR why = STR_INIT;
    const char *kept;

    str_addf(&why, "'%s' (%s line %d) cannot be read", text, file, line);
    kept = arena_text(&c->arena, str_text(&why), why.len);
    return kept ? kept : "its template cannot be read";
}

static void template_refuse(struct catalog *c, struct template *t)
{
    t->refused = refusal(c, t->text, t->file, t->line);
    t->is_shadow = true;
}

/* The plain words of a text, any words where its notation stood; NULL: it has none. */
static struct node *shadow_words(struct catalog *c, const char *text)
{
    struct symbol *unknown = catalog_symbol(c, "", false);
    struct node *words = NULL;

    if (!unknown || template_words(&words, &c->arena, text, strlen(text), NULL) < 0)
        return NULL;
    for (struct node *n = words->child; n; n = n->next)
        if (n->kind == NODE_RULE)
            n->symbol = unknown;
    must(!unknown->body);
    return words;
}

bool catalog_shadow(struct catalog *c, struct template *t)
{
    struct node *words = shadow_words(c, t->text);

    if (!words)
        return false;
    t->root = words;
    template_refuse(c, t);
    return true;
}

bool catalog_shadow_value(struct catalog *c, struct value *v, const char *text)
{
    struct node *words = shadow_words(c, text ? text : "(");

    must(v->file && !v->named); /* those of the house hold no notation */
    if (!words)
        return false;
    v->in = words;
    v->refused = refusal(c, text ? text : "a value without words", v->file, v->line);
    return true;
}

/* The template with a missing rule or list stays as a shadow, if the rest of it holds; else its plain
 * words do. */
static bool shadow_made(struct catalog *c, const struct block *b, struct template *t)
{
    struct err told = ERR_INIT;
    struct link_walk w = { .catalog = c, .block = b, .is_shadow = true, .e = &told };
    double ways = 1;

    must(t->root && t->text);
    if (node_check(&ways, &w, t->root) < 0)
        return catalog_shadow(c, t);
    template_refuse(c, t);
    return true;
}

static void walks_end(struct catalog *c)
{
    for (struct symbol *s = c->symbols; s; s = s->next)
        s->is_open = false; /* the walk stopped inside a rule */
}

static int block_link(struct catalog *c, struct block *b)
{
    struct template **at = &b->templates;

    while (*at) {
        bool ok = false, stays;
        int r = (*at)->is_shadow
                    ? 0 /* its file's reader has told why */
                    : tree_check(&ok, c, b, (*at)->root, (*at)->file, (*at)->line);

        walks_end(c);
        if (r < 0)
            return r;
        c->templates_n += ok;
        stays = ok || shadow_made(c, b, *at);
        walks_end(c);
        if (stays)
            at = &(*at)->next;
        else
            *at = (*at)->next;
    }
    return 0;
}

/* Rules that no sentence reaches are checked too: their author wants to know. */
static int spare_rules_check(struct catalog *c)
{
    for (struct symbol *s = c->symbols; s; s = s->next) {
        bool ok = false;
        int r;

        if (s->is_used || s->is_list || !s->body)
            continue;
        s->is_open = true;
        r = tree_check(&ok, c, NULL, s->body, s->file, s->line);
        for (struct symbol *o = c->symbols; o; o = o->next)
            o->is_open = false;
        if (r < 0)
            return r;
    }
    return 0;
}

int catalog_link(struct catalog *c, struct err *e)
{
    struct block **at = &c->blocks;

    c->templates_n = c->blocks_n = 0;
    while (*at) {
        unsigned before = c->templates_n;
        int r = block_link(c, *at);

        if (r < 0)
            return err_set(e, r, "sentences: out of memory");
        c->blocks_n += c->templates_n > before;
        if ((*at)->templates) {
            at = &(*at)->next;
        } else {
            *at = (*at)->next;
        }
    }
    c->blocks_tail = at;
    must(*c->blocks_tail == NULL && c->templates_n >= c->blocks_n);
    for (const struct symbol *s = c->symbols; s; s = s->next)
        invariant(!s->is_open);
    catalog_first(c);
    return spare_rules_check(c) < 0 ? err_set(e, -ENOMEM, "sentences: out of memory") : 0;
}
