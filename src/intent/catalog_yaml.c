/* SPDX-License-Identifier: Apache-2.0 */
/* intent/catalog_yaml.c - reads a sentence file into the catalogue.
 *
 * Every reader_*() function takes one YAML node and either keeps all of it or fails with
 * words; reader_tolerate() turns the failure into a complaint with the node's line and goes
 * on with the next. Only -ENOMEM ends the reading. */
#include "intent/catalog.h"

#include "base/must.h"
#include "base/yaml.h"
#include <math.h>
#include <string.h>

struct reader {
    struct catalog *c;
    const char *file; /* kept in the arena */
    bool is_own, speech_only;
    enum speech_place place; /* of loose blocks being read */
    struct err told;  /* words of the fault being told */
};

static int no_memory(struct reader *rd)
{
    return err_set(&rd->told, -ENOMEM, "sentences: out of memory");
}

static int reader_tolerate(struct reader *rd, const struct yaml *y, int r)
{
    if (r < 0 && r != -ENOMEM)
        catalog_tell(rd->c, rd->file, y->line, &rd->told);
    return r == -ENOMEM ? r : 0;
}

static int need_kind(struct reader *rd, const struct yaml *y, enum yaml_kind kind, const char *what)
{
    static const char *const words[] = { "a text", "a map of keys", "a list" };

    if (y->kind == kind)
        return 0;
    return err_set(&rd->told, -EINVAL, "%s must be %s", what, words[kind]);
}

static char *kept(struct reader *rd, const char *text)
{
    return arena_text(&rd->c->arena, text, strlen(text));
}

/* Turns names between brackets into symbols; lists and rules are found at linking. */
static int nodes_bind(struct reader *rd, struct node *n, bool plain)
{
    int r = 0;

    for (; n && r == 0; n = n->next) {
        if (n->kind == NODE_LIST || n->kind == NODE_RULE) {
            if (plain && n->kind == NODE_LIST)
                return err_set(&rd->told, -EINVAL,
                               "a list's value must not name another list (here '%s')", n->name);
            n->symbol = catalog_symbol(rd->c, n->name, n->kind == NODE_LIST);
            if (!n->symbol)
                return no_memory(rd);
        }
        r = nodes_bind(rd, n->child, plain);
    }
    return r;
}

static int reader_template(struct node **ret, struct reader *rd, const struct yaml *y, bool plain)
{
    struct node *root;
    int r = need_kind(rd, y, YAML_SCALAR, "a sentence");

    if (r == 0)
        r = template_parse(&root, &rd->c->arena, y->text, strlen(y->text), &rd->told);
    if (r == 0)
        r = nodes_bind(rd, root, plain);
    if (r == 0)
        *ret = root;
    return r;
}

static bool number_of(double *ret, const struct yaml *y)
{
    char *end;
    double d;

    if (y->kind != YAML_SCALAR || y->quoted || !y->text[0] ||
        strspn(y->text, "0123456789.-") != strlen(y->text))
        return false;
    d = strtod(y->text, &end);
    if (*end || !isfinite(d) || fabs(d) > 1e9)
        return false;
    *ret = d;
    return true;
}

static int reader_texts(struct datum *ret, struct reader *rd, const struct yaml *y)
{
    const struct pair **tail = &ret->texts;

    yaml_each (item, y) {
        struct pair *p = arena_alloc(&rd->c->arena, sizeof(*p));

        if (!p)
            return no_memory(rd);
        if (item->kind != YAML_SCALAR)
            return err_set(&rd->told, -EINVAL, "a list of values must hold texts only");
        p->value = kept(rd, item->text);
        if (!p->value)
            return no_memory(rd);
        *tail = p;
        tail = &p->next;
    }
    return 0;
}

static int reader_datum(struct datum *ret, struct reader *rd, const struct yaml *y)
{
    struct datum d = { .kind = DATUM_NUMBER };

    if (y->kind == YAML_MAP && yaml_get(y, "value"))
        y = yaml_get(y, "value");
    if (y->kind == YAML_LIST) {
        ret->kind = DATUM_TEXTS;
        return reader_texts(ret, rd, y);
    }
    if (y->kind != YAML_SCALAR)
        return err_set(&rd->told, -EINVAL, "a value must be a text, a number or a list of texts");
    if (!number_of(&d.number, y)) {
        d.kind = DATUM_TEXT;
        d.text = kept(rd, y->text);
        if (!d.text)
            return no_memory(rd);
    }
    *ret = d;
    return 0;
}

static int reader_pair(struct pair *ret, struct reader *rd, const char *key, const struct yaml *y)
{
    if (y->kind == YAML_MAP && yaml_get(y, "value"))
        y = yaml_get(y, "value");
    if (y->kind != YAML_SCALAR)
        return err_set(&rd->told, -EINVAL, "context '%s' must be a text", key);
    ret->key = kept(rd, key);
    ret->value = kept(rd, y->text);
    return ret->key && ret->value ? 0 : no_memory(rd);
}

static int reader_context(const struct pair **ret, struct reader *rd, const struct yaml *y)
{
    int r = y ? need_kind(rd, y, YAML_MAP, "context") : 0;

    yaml_each (item, y) {
        struct pair *p = arena_alloc(&rd->c->arena, sizeof(*p));

        if (r == 0)
            r = p ? reader_pair(p, rd, item->key, item) : no_memory(rd);
        if (r < 0)
            return r;
        p->next = *ret;
        *ret = p;
    }
    return r;
}

/* ---- lists -------------------------------------------------------------------------------- */

static int reader_value(struct value **ret, struct reader *rd, const struct yaml *y)
{
    const struct yaml *in = y->kind == YAML_MAP ? yaml_get(y, "in") : y;
    const struct yaml *out = yaml_get(y, "out");
    struct value *v = arena_alloc(&rd->c->arena, sizeof(*v));
    struct node *root = NULL;
    int r;

    if (!v)
        return no_memory(rd);
    if (!in)
        return err_set(&rd->told, -EINVAL, "a value of a list needs 'in'");
    r = reader_template(&root, rd, in, true);
    if (r < 0)
        return r;
    must(root != NULL);
    v->in = root;
    v->file = rd->file;
    v->line = y->line;
    if (out)
        r = reader_datum(&v->out, rd, out);
    else if (y->kind == YAML_SCALAR && root->kind == NODE_TEXT)
        r = reader_datum(&v->out, rd, y);
    if (r == 0)
        r = reader_context(&v->context, rd, yaml_get(y, "context"));
    if (r == 0)
        *ret = v;
    return r;
}

static int reader_number(double *ret, struct reader *rd, const struct yaml *range, const char *key)
{
    const struct yaml *y = yaml_get(range, key);

    if (!y || number_of(ret, y))
        return 0;
    return err_set(&rd->told, -EINVAL, "range: '%s' must be a number", key);
}

static int reader_choice(int *ret, struct reader *rd, const struct yaml *range, const char *key,
                         const char *const words[])
{
    const char *text = yaml_str(range, key, words[0]);

    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *ret = i;
            return 0;
        }
    return err_set(&rd->told, -EINVAL, "range: '%s' is no known %s", text, key);
}

static int reader_range(struct list *l, struct reader *rd, const struct yaml *y)
{
    static const char *const kinds[] = { "number", "percentage", "temperature", NULL };
    static const char *const fractions[] = { "none", "halves", "tenths", NULL };
    static const char *const yes_no[] = { "true", "false", NULL };
    static const int parts[] = { 1, 2, 10 };
    int kind = 0, fraction = 0, digits = 0, words = 0;
    int r = need_kind(rd, y, YAML_MAP, "range");

    l->kind = LIST_RANGE;
    l->range.from = l->range.to = NAN;
    l->range.step = l->range.multiplier = 1;
    if (r == 0)
        r = reader_number(&l->range.from, rd, y, "from");
    if (r == 0)
        r = reader_number(&l->range.to, rd, y, "to");
    if (r == 0)
        r = reader_number(&l->range.step, rd, y, "step");
    if (r == 0)
        r = reader_number(&l->range.multiplier, rd, y, "multiplier");
    if (r == 0)
        r = reader_choice(&kind, rd, y, "type", kinds);
    if (r == 0)
        r = reader_choice(&fraction, rd, y, "fractions", fractions);
    if (r == 0)
        r = reader_choice(&digits, rd, y, "digits", yes_no);
    if (r == 0)
        r = reader_choice(&words, rd, y, "words", yes_no);
    if (r < 0)
        return r;
    if (isnan(l->range.from) || isnan(l->range.to))
        return err_set(&rd->told, -EINVAL, "range: 'from' and 'to' are needed");
    if (l->range.from > l->range.to)
        return err_set(&rd->told, -ERANGE, "range: from %g is above to %g", l->range.from,
                       l->range.to);
    if (l->range.step <= 0)
        return err_set(&rd->told, -ERANGE, "range: step must be above 0");
    must(l->range.from <= l->range.to && l->range.step > 0);
    l->range.kind = (enum range_kind)kind;
    l->range.parts = parts[fraction];
    l->range.digits = digits == 0;
    l->range.words = words == 0;
    return 0;
}

static int reader_values(struct list *l, struct reader *rd, const struct yaml *y)
{
    struct value **tail = &l->values;
    int r = need_kind(rd, y, YAML_LIST, "values");

    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = reader_tolerate(rd, item, reader_value(tail, rd, item));
        if (r < 0)
            return r;
        if (*tail)
            tail = &(*tail)->next;
    }
    return 0;
}

static int reader_list(const struct list **ret, struct reader *rd, const struct yaml *y)
{
    const struct yaml *values = yaml_get(y, "values"), *range = yaml_get(y, "range");
    struct list *l = arena_alloc(&rd->c->arena, sizeof(*l));
    int r;

    if (!l)
        return no_memory(rd);
    if (values)
        r = reader_values(l, rd, values);
    else if (range)
        r = reader_range(l, rd, range);
    else if (strcmp(yaml_str(y, "wildcard", ""), "true") == 0)
        r = (l->kind = LIST_WILDCARD, 0);
    else
        r = err_set(&rd->told, -EINVAL, "the list '%s' needs values, range or wildcard: true",
                    y->key);
    if (r == 0)
        *ret = l;
    return r;
}

/* ---- the language's own rules and lists ---------------------------------------------------- */

static int reader_symbol(struct reader *rd, const struct yaml *y, bool is_list)
{
    struct symbol *s = catalog_symbol(rd->c, y->key, is_list);
    const struct list *list = NULL;
    struct node *body = NULL;
    int r;

    if (!s)
        return no_memory(rd);
    s->file = rd->file;
    s->line = y->line;
    r = is_list ? reader_list(&list, rd, y) : reader_template(&body, rd, y, false);
    if (r == 0) {
        s->list = list;
        s->body = body;
    }
    s->is_broken = r < 0;
    return r;
}

static int reader_symbols(struct reader *rd, const struct yaml *y, bool is_list)
{
    int r = need_kind(rd, y, YAML_MAP, is_list ? "lists" : "expansion_rules");

    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = reader_tolerate(rd, item, reader_symbol(rd, item, is_list));
        if (r < 0)
            return r;
    }
    return 0;
}

static int reader_lists(struct reader *rd, const struct yaml *y)
{
    return reader_symbols(rd, y, true);
}

static int reader_rules(struct reader *rd, const struct yaml *y)
{
    return reader_symbols(rd, y, false);
}

/* Adds a word in front of the first shorter one. */
static int reader_word(const struct skip_word **words, struct reader *rd, const struct yaml *y)
{
    struct skip_word *w = arena_alloc(&rd->c->arena, sizeof(*w));
    struct node *literal;
    int r = w ? need_kind(rd, y, YAML_SCALAR, "a word") : no_memory(rd);

    if (r == 0)
        r = template_literal(&literal, &rd->c->arena, y->text, strlen(y->text), &rd->told);
    if (r < 0)
        return r;
    w->fold = literal->cp;
    w->len = literal->len;
    while (*words && (*words)->len >= w->len)
        words = (const struct skip_word **)&(*words)->next;
    w->next = *words;
    *words = w;
    must(!w->next || w->next->len <= w->len); /* longest first */
    return 0;
}

static int reader_words(const struct skip_word **words, struct reader *rd, const struct yaml *y)
{
    int r = need_kind(rd, y, YAML_LIST, y->key);

    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = reader_tolerate(rd, item, reader_word(words, rd, item));
        if (r < 0)
            return r;
    }
    return 0;
}

static int reader_skip_words(struct reader *rd, const struct yaml *y)
{
    return reader_words(&rd->c->skip_words, rd, y);
}

static int reader_end_words(struct reader *rd, const struct yaml *y)
{
    return reader_words(&rd->c->end_words, rd, y);
}

/* ---- blocks ------------------------------------------------------------------------------- */

static int block_sentences(struct block *b, struct reader *rd, const struct yaml *y)
{
    struct template **tail = &b->templates;
    int r = need_kind(rd, y, YAML_LIST, "sentences");

    if (r < 0)
        return r;
    yaml_each (item, y) {
        struct node *root = NULL;
        struct template *t;

        r = reader_tolerate(rd, item, reader_template(&root, rd, item, false));
        if (r < 0)
            return r;
        if (!root)
            continue;
        t = arena_alloc(&rd->c->arena, sizeof(*t));
        if (!t)
            return no_memory(rd);
        t->root = root;
        t->file = rd->file;
        t->line = item->line;
        t->text = kept(rd, item->text);
        if (!t->text)
            return no_memory(rd);
        *tail = t;
        tail = &t->next;
    }
    return 0;
}

static int block_slots(struct block *b, struct reader *rd, const struct yaml *y)
{
    int r = need_kind(rd, y, YAML_MAP, "slots");

    if (r < 0)
        return r;
    yaml_each (item, y) {
        struct fixed *f = arena_alloc(&rd->c->arena, sizeof(*f));

        if (!f)
            return no_memory(rd);
        f->slot = kept(rd, item->key);
        if (!f->slot)
            return no_memory(rd);
        r = reader_datum(&f->value, rd, item);
        if (r < 0)
            return r;
        f->line = item->line;
        f->next = b->fixed;
        b->fixed = f;
    }
    return 0;
}

static int requirement_value(struct requirement *q, struct reader *rd, const struct yaml *y)
{
    struct pair *p;
    int r;

    if (y->kind == YAML_SCALAR && !y->quoted && (!y->text[0] || strcmp(y->text, "null") == 0 ||
                                                 strcmp(y->text, "~") == 0))
        return 0; /* any value */
    p = arena_alloc(&rd->c->arena, sizeof(*p));
    if (!p)
        return no_memory(rd);
    r = reader_pair(p, rd, q->key, y);
    if (r < 0)
        return r;
    p->next = q->values;
    q->values = p;
    return 0;
}

/* A text, a list (any of), null (any value), or {value, slot: true | name}. */
static int requirement_fill(struct requirement *q, struct reader *rd, const struct yaml *y)
{
    int r = 0;

    if (y->kind == YAML_MAP) {
        const char *slot = yaml_str(y, "slot", "false");

        if (strcmp(slot, "true") == 0)
            q->slot = q->key;
        else if (strcmp(slot, "false") != 0)
            q->slot = kept(rd, slot);
        y = yaml_get(y, "value");
        if (!y)
            return 0;
    }
    if (y->kind != YAML_LIST)
        return requirement_value(q, rd, y);
    yaml_each (item, y) {
        r = requirement_value(q, rd, item);
        if (r < 0)
            break;
    }
    return r;
}

static int block_requirements(const struct requirement **ret, struct reader *rd,
                              const struct yaml *y)
{
    int r = need_kind(rd, y, YAML_MAP, y->key);

    if (r < 0)
        return r;
    yaml_each (item, y) {
        struct requirement *q = arena_alloc(&rd->c->arena, sizeof(*q));

        if (!q)
            return no_memory(rd);
        q->key = kept(rd, item->key);
        if (!q->key)
            return no_memory(rd);
        r = requirement_fill(q, rd, item);
        if (r < 0)
            return r;
        q->next = *ret;
        *ret = q;
    }
    return 0;
}

static int block_requires(struct block *b, struct reader *rd, const struct yaml *y)
{
    return block_requirements(&b->requires, rd, y);
}

static int block_excludes(struct block *b, struct reader *rd, const struct yaml *y)
{
    return block_requirements(&b->excludes, rd, y);
}

static int block_scope(struct block *b, struct reader *rd, const struct yaml *y, bool is_list)
{
    int r = need_kind(rd, y, YAML_MAP, y->key);

    if (r < 0)
        return r;
    yaml_each (item, y) {
        struct scope *o = arena_alloc(&rd->c->arena, sizeof(*o));
        struct node *body = NULL;

        if (!o)
            return no_memory(rd);
        o->symbol = catalog_symbol(rd->c, item->key, is_list);
        if (!o->symbol)
            return no_memory(rd);
        r = is_list ? reader_list(&o->list, rd, item) : reader_template(&body, rd, item, false);
        if (r < 0)
            return r;
        o->body = body;
        o->next = b->scope;
        b->scope = o;
    }
    return 0;
}

static int block_rules(struct block *b, struct reader *rd, const struct yaml *y)
{
    return block_scope(b, rd, y, false);
}

static int block_lists(struct block *b, struct reader *rd, const struct yaml *y)
{
    return block_scope(b, rd, y, true);
}

static int block_response(struct block *b, struct reader *rd, const struct yaml *y)
{
    int r = need_kind(rd, y, YAML_SCALAR, "response");

    if (r == 0 && !(b->response = kept(rd, y->text)))
        r = no_memory(rd);
    return r;
}

static int block_keywords(struct block *b, struct reader *rd, const struct yaml *y)
{
    return reader_words(&b->keywords, rd, y);
}

static int block_metadata(struct block *b, struct reader *rd, const struct yaml *y)
{
    int r = need_kind(rd, y, YAML_MAP, "metadata");

    if (r == 0 && strcmp(yaml_str(y, "speech", "false"), "true") == 0)
        b->speech = SPEECH_SENTENCE;
    return r;
}

static const struct {
    const char *key;
    int (*read)(struct block *b, struct reader *rd, const struct yaml *y);
} block_keys[] = {
    { "sentences", block_sentences },
    { "slots", block_slots },
    { "requires_context", block_requires },
    { "excludes_context", block_excludes },
    { "expansion_rules", block_rules },
    { "lists", block_lists },
    { "response", block_response },
    { "required_keywords", block_keywords },
    { "metadata", block_metadata },
};

static int block_key(struct block *b, struct reader *rd, const struct yaml *y)
{
    for (size_t i = 0; i < sizeof(block_keys) / sizeof(block_keys[0]); i++)
        if (strcmp(block_keys[i].key, y->key) == 0)
            return block_keys[i].read(b, rd, y);
    if (strcmp(y->key, "settings") == 0) /* filter_with_regex: how the reference saves time */
        return 0;
    return err_set(&rd->told, -EINVAL, "'%s' is no known key of a block of sentences", y->key);
}

/* A block with a fault in its conditions is left out whole: without them it would match too
 * much. */
static int reader_block(struct reader *rd, const char *intent, const struct yaml *y)
{
    struct block *b = arena_alloc(&rd->c->arena, sizeof(*b));
    int r = need_kind(rd, y, YAML_MAP, "a block of sentences");

    if (!b)
        return no_memory(rd);
    b->intent = intent;
    b->def = intents_find(intent);
    b->is_own = rd->is_own;
    b->speech = rd->speech_only && !rd->place ? SPEECH_SENTENCE : rd->place;
    b->speech_only = rd->speech_only;
    b->file = rd->file;
    b->line = y->line;
    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = block_key(b, rd, item);
        if (r < 0)
            return r;
    }
    must(*rd->c->blocks_tail == NULL && b->intent && b->file);
    *rd->c->blocks_tail = b;
    rd->c->blocks_tail = &b->next;
    return 0;
}

static int reader_intent(struct reader *rd, const struct yaml *y)
{
    const struct yaml *data = yaml_get(y, "data");
    const char *intent = kept(rd, y->key);
    int r;

    if (!intent)
        return no_memory(rd);
    if (!data)
        return err_set(&rd->told, -EINVAL, "the intent '%s' needs 'data'", intent);
    r = need_kind(rd, data, YAML_LIST, "data");
    if (r < 0)
        return r;
    yaml_each (item, data) {
        r = reader_tolerate(rd, item, reader_block(rd, intent, item));
        if (r < 0)
            return r;
    }
    return 0;
}

static int reader_intents(struct reader *rd, const struct yaml *y)
{
    int r = need_kind(rd, y, YAML_MAP, "intents");

    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = reader_tolerate(rd, item, reader_intent(rd, item));
        if (r < 0)
            return r;
    }
    return 0;
}

static int reader_example(struct example *ret, struct reader *rd, const struct yaml *y)
{
    const char *domain = yaml_str(y, "domain", NULL), *text = yaml_str(y, "text", NULL);
    const char *device_class = yaml_str(y, "device_class", NULL);

    if (!text)
        return err_set(&rd->told, -EINVAL, "an example needs 'text'");
    ret->text = kept(rd, text);
    ret->domain = domain ? kept(rd, domain) : NULL;
    ret->device_class = device_class ? kept(rd, device_class) : NULL;
    return ret->text && (!domain || ret->domain) && (!device_class || ret->device_class)
               ? 0
               : no_memory(rd);
}

static int reader_examples(struct reader *rd, const struct yaml *y)
{
    const struct example **tail = &rd->c->examples;
    int r = need_kind(rd, y, YAML_LIST, "examples");

    while (*tail)
        tail = (const struct example **)&(*tail)->next;
    yaml_each (item, y) {
        struct example *x = arena_alloc(&rd->c->arena, sizeof(*x));

        if (r < 0)
            return r;
        if (!x)
            return no_memory(rd);
        r = reader_example(x, rd, item);
        if (r == 0) {
            *tail = x;
            tail = &x->next;
        }
        r = reader_tolerate(rd, item, r);
    }
    return r;
}

static int reader_nothing(struct reader *rd, const struct yaml *y)
{
    (void)rd, (void)y;
    return 0;
}

static int reader_speech(struct reader *rd, const struct yaml *y)
{
    rd->speech_only = y->kind == YAML_SCALAR && strcmp(y->text, "only") == 0;
    return rd->speech_only ? 0
                           : err_set(&rd->told, -EINVAL, "'speech' can be nothing but 'only'");
}

/* Blocks that no intent belongs to. */
static int reader_loose(struct reader *rd, const struct yaml *y)
{
    int r = need_kind(rd, y, YAML_LIST, y->key);

    if (r == 0 && !rd->speech_only)
        return err_set(&rd->told, -EINVAL, "'%s' needs 'speech: only' before it", y->key);
    rd->place = strcmp(y->key, "before") == 0   ? SPEECH_BEFORE
                : strcmp(y->key, "behind") == 0 ? SPEECH_BEHIND
                                                : SPEECH_SENTENCE;
    for (const struct yaml *item = y->child; r == 0 && item; item = item->next)
        r = reader_tolerate(rd, item, reader_block(rd, "", item));
    rd->place = SPEECH_NOT;
    return r;
}

static const struct {
    const char *key;
    int (*read)(struct reader *rd, const struct yaml *y);
} file_keys[] = {
    { "language", reader_nothing }, /* checked before */
    { "speech", reader_speech },
    { "decoys", reader_loose },
    { "before", reader_loose },
    { "behind", reader_loose },
    { "settings", reader_nothing }, /* read before, too */
    { "responses", reader_nothing }, /* another folder's */
    { "lists", reader_lists },
    { "expansion_rules", reader_rules },
    { "skip_words", reader_skip_words },
    { "end_words", reader_end_words },
    { "examples", reader_examples },
    { "intents", reader_intents },
};

static int reader_key(struct reader *rd, const struct yaml *y)
{
    for (size_t i = 0; i < sizeof(file_keys) / sizeof(file_keys[0]); i++)
        if (strcmp(file_keys[i].key, y->key) == 0)
            return file_keys[i].read(rd, y);
    return err_set(&rd->told, -EINVAL, "'%s' is no known part of a sentence file", y->key);
}

int catalog_parse(struct catalog *c, const char *file, bool is_own, const void *buf, size_t len,
                  struct err *e)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    struct reader rd = { .c = c, .is_own = is_own, .told = ERR_INIT };
    const char *language;
    int r = yaml_parse(&y, file, buf, len, e);

    if (r < 0)
        return r;
    if (y->kind != YAML_MAP)
        return err_set(e, -EINVAL, "%s: must hold 'language' and 'intents'", file);
    language = yaml_str(y, "language", c->language);
    if (strcmp(language, c->language) != 0)
        return err_set(e, -EINVAL, "%s: holds sentences of the language '%s', not '%s'", file,
                       language, c->language);
    rd.file = kept(&rd, file);
    if (!rd.file)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    if (strcmp(yaml_str(yaml_get(y, "settings"), "ignore_whitespace", "false"), "true") == 0)
        c->ignores_blanks = true;
    yaml_each (item, y) {
        r = reader_tolerate(&rd, item, reader_key(&rd, item));
        if (r < 0)
            return err_set(e, r, "sentences: out of memory");
    }
    return 0;
}
