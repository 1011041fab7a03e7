/* SPDX-License-Identifier: Apache-2.0 */
/* intent/catalog_value.c - reads what stands inside a sentence file's rules, lists and blocks: templates,
 * values, contexts, lists. */
#include "intent/catalog_reader.h"

#include "base/must.h"

#include <math.h>
#include <string.h>

int reader_no_memory(struct reader *rd)
{
    return err_set(&rd->told, -ENOMEM, "sentences: out of memory");
}

int reader_tolerate(struct reader *rd, const struct yaml *y, int r)
{
    if (r < 0 && r != -ENOMEM)
        catalog_tell(rd->c, rd->file, y->line, &rd->told);
    return r == -ENOMEM ? r : 0;
}

int reader_need(struct reader *rd, const struct yaml *y, enum yaml_kind kind, const char *what)
{
    static const char *const words[] = { "a text", "a map of keys", "a list" };

    if (y->kind == kind)
        return 0;
    return err_set(&rd->told, -EINVAL, "%s must be %s", what, words[kind]);
}

char *reader_kept(struct reader *rd, const char *text)
{
    return arena_text(&rd->c->arena, text, strlen(text));
}

/* Names of the house are the same in both layouts. */
struct symbol *reader_symbol_of(struct reader *rd, const char *name, bool is_list)
{
    static const char *const shared[] = { "name", "area", "floor" };

    for (size_t i = 0; is_list && i < sizeof(shared) / sizeof(shared[0]); i++)
        if (strcmp(shared[i], name) == 0)
            return catalog_symbol(rd->c, name, true);
    return rd->is_part ? catalog_symbol_part(rd->c, name, is_list) : catalog_symbol(rd->c, name, is_list);
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
            n->symbol = reader_symbol_of(rd, n->name, n->kind == NODE_LIST);
            if (!n->symbol)
                return reader_no_memory(rd);
        }
        r = nodes_bind(rd, n->child, plain);
    }
    return r;
}

int reader_template(struct node **ret, struct reader *rd, const struct yaml *y, bool plain)
{
    struct node *root;
    int r = reader_need(rd, y, YAML_SCALAR, "a sentence");

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
            return reader_no_memory(rd);
        if (item->kind != YAML_SCALAR)
            return err_set(&rd->told, -EINVAL, "a list of values must hold texts only");
        p->value = reader_kept(rd, item->text);
        if (!p->value)
            return reader_no_memory(rd);
        *tail = p;
        tail = &p->next;
    }
    return 0;
}

int reader_datum(struct datum *ret, struct reader *rd, const struct yaml *y)
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
        d.text = reader_kept(rd, y->text);
        if (!d.text)
            return reader_no_memory(rd);
    }
    *ret = d;
    return 0;
}

int reader_pair(struct pair *ret, struct reader *rd, const char *key, const struct yaml *y)
{
    if (y->kind == YAML_MAP && yaml_get(y, "value"))
        y = yaml_get(y, "value");
    if (y->kind != YAML_SCALAR)
        return err_set(&rd->told, -EINVAL, "context '%s' must be a text", key);
    ret->key = reader_kept(rd, key);
    ret->value = reader_kept(rd, y->text);
    return ret->key && ret->value ? 0 : reader_no_memory(rd);
}

static int reader_context(const struct pair **ret, struct reader *rd, const struct yaml *y)
{
    int r = y ? reader_need(rd, y, YAML_MAP, "context") : 0;

    yaml_each (item, y) {
        struct pair *p = arena_alloc(&rd->c->arena, sizeof(*p));

        if (r == 0)
            r = p ? reader_pair(p, rd, item->key, item) : reader_no_memory(rd);
        if (r < 0)
            return r;
        p->next = *ret;
        *ret = p;
    }
    return r;
}

/* ---- lists -------------------------------------------------------------------------------- */

static int value_fill(struct value *v, struct reader *rd, const struct yaml *y, const struct yaml *in)
{
    const struct yaml *out = yaml_get(y, "out");
    struct node *root = NULL;
    int r;

    if (!in)
        return err_set(&rd->told, -EINVAL, "a value of a list needs 'in'");
    r = reader_template(&root, rd, in, true);
    if (r < 0)
        return r;
    must(root != NULL);
    v->in = root;
    if (out)
        r = reader_datum(&v->out, rd, out);
    else if (y->kind == YAML_SCALAR && root->kind == NODE_TEXT)
        r = reader_datum(&v->out, rd, y);
    return r < 0 ? r : reader_context(&v->context, rd, yaml_get(y, "context"));
}

/* One that cannot be read stays as a shadow of its plain words; *ret untouched where it has none. */
static int reader_value(struct value **ret, struct reader *rd, const struct yaml *y)
{
    const struct yaml *in = y->kind == YAML_MAP ? yaml_get(y, "in") : y;
    struct value *v = arena_alloc(&rd->c->arena, sizeof(*v));
    int r;

    if (!v)
        return reader_no_memory(rd);
    v->file = rd->file;
    v->line = y->line;
    if (in && in->kind == YAML_SCALAR && !(v->text = reader_kept(rd, in->text)))
        return reader_no_memory(rd);
    r = value_fill(v, rd, y, in);
    if (r == -ENOMEM)
        return r;
    if (r < 0)
        v->context = NULL; /* half of it may be there */
    if (r == 0 || catalog_shadow_value(rd->c, v, v->text))
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
    AUTO_STR known = STR_INIT;

    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *ret = i;
            return 0;
        }
    for (int i = 0; words[i]; i++)
        str_add_item(&known, words[i]);
    return err_set(&rd->told, -EINVAL, "range: '%s' is no known %s; choose %s", text, key, str_text(&known));
}

static int reader_range(struct list *l, struct reader *rd, const struct yaml *y)
{
    static const char *const kinds[] = { "number", "percentage", "temperature", NULL };
    static const char *const fractions[] = { "none", "halves", "tenths", NULL };
    static const char *const yes_no[] = { "true", "false", NULL };
    static const int parts[] = { 1, 2, 10 };
    int kind = 0, fraction = 0, digits = 0, words = 0;
    int r = reader_need(rd, y, YAML_MAP, "range");

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
    int r = reader_need(rd, y, YAML_LIST, "values");

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

int reader_list(const struct list **ret, struct reader *rd, const struct yaml *y)
{
    const struct yaml *values = yaml_get(y, "values"), *range = yaml_get(y, "range");
    struct list *l = arena_alloc(&rd->c->arena, sizeof(*l));
    int r;

    if (!l)
        return reader_no_memory(rd);
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
