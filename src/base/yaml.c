/* SPDX-License-Identifier: Apache-2.0 */
/* base/yaml.c - YAML files as a tree that knows its line numbers.
 *
 * libyaml's event stream feeds a stack of open collections; a map remembers the key
 * whose value comes next. */
#include "base/yaml.h"

#include "base/file.h"
#include "base/str.h"

#include <string.h>
#include <yaml.h>

struct yaml_open { /* a collection that is not closed yet */
    struct yaml *node; /* borrowed: owned by its parent or by the builder's root */
    struct yaml *last; /* its newest child */
    char *key;         /* owned: key read, value still to come */
};

struct yaml_builder {
    const char *name; /* borrowed; file's name for complaints */
    struct yaml *root; /* owned */
    struct yaml_open stack[YAML_DEPTH_MAX];
    size_t depth;
    size_t nodes;
    bool done;
};

struct yaml *yaml_free(struct yaml *y)
{
    while (y) {
        struct yaml *next = y->next;

        yaml_free(y->child); /* depth is bounded by YAML_DEPTH_MAX */
        free(y->key);
        free(y->text);
        free(y);
        y = next;
    }
    return NULL;
}

static int line_of(const yaml_event_t *ev)
{
    return (int)ev->start_mark.line + 1;
}

static int builder_add(struct yaml_builder *b, struct yaml *node, struct err *e)
{
    struct yaml_open *top = b->depth ? &b->stack[b->depth - 1] : NULL;

    if (!top) {
        if (b->root) {
            int r = err_set(e, -EINVAL, "%s line %d: only one document is allowed", b->name,
                            node->line);
            yaml_free(node);
            return r;
        }
        b->root = node;
        return 0;
    }
    node->key = STEAL(top->key);
    if (top->last)
        top->last->next = node;
    else
        top->node->child = node;
    top->last = node;
    return 0;
}

static int builder_key(struct yaml_builder *b, const yaml_event_t *ev, struct err *e)
{
    struct yaml_open *top = &b->stack[b->depth - 1];
    const char *key = (const char *)ev->data.scalar.value;

    for (const struct yaml *c = top->node->child; c; c = c->next)
        if (strcmp(c->key, key) == 0)
            return err_set(e, -EINVAL, "%s line %d: the key '%s' stands twice (also in line %d)",
                           b->name, line_of(ev), key, c->line);
    top->key = str_dup(key);
    return top->key ? 0 : err_set(e, -ENOMEM, "%s: out of memory", b->name);
}

static bool wants_key(const struct yaml_builder *b)
{
    const struct yaml_open *top = b->depth ? &b->stack[b->depth - 1] : NULL;

    return top && top->node->kind == YAML_MAP && !top->key;
}

static struct yaml *builder_node(struct yaml_builder *b, enum yaml_kind kind,
                                 const yaml_event_t *ev, struct err *e)
{
    struct yaml *node;

    if (b->nodes++ >= YAML_NODES_MAX) {
        err_set(e, -E2BIG, "%s line %d: more than %d entries", b->name, line_of(ev),
                YAML_NODES_MAX);
        return NULL;
    }
    node = calloc(1, sizeof(*node));
    if (!node) {
        err_set(e, -ENOMEM, "%s: out of memory", b->name);
        return NULL;
    }
    node->kind = kind;
    node->line = line_of(ev);
    return node;
}

static int builder_scalar(struct yaml_builder *b, const yaml_event_t *ev, struct err *e)
{
    const char *text = (const char *)ev->data.scalar.value;
    struct yaml *node;

    if (strlen(text) != ev->data.scalar.length)
        return err_set(e, -EINVAL, "%s line %d: a NUL byte", b->name, line_of(ev));
    if (wants_key(b))
        return builder_key(b, ev, e);
    node = builder_node(b, YAML_SCALAR, ev, e);
    if (!node)
        return e ? e->code : -ENOMEM;
    node->quoted = ev->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                   ev->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    node->text = str_dup(text);
    if (!node->text) {
        yaml_free(node);
        return err_set(e, -ENOMEM, "%s: out of memory", b->name);
    }
    return builder_add(b, node, e);
}

static int builder_open(struct yaml_builder *b, enum yaml_kind kind, const yaml_event_t *ev,
                        struct err *e)
{
    struct yaml *node;
    int r;

    if (wants_key(b))
        return err_set(e, -EINVAL, "%s line %d: a key must be a plain word", b->name, line_of(ev));
    if (b->depth >= YAML_DEPTH_MAX)
        return err_set(e, -E2BIG, "%s line %d: nested deeper than %d", b->name, line_of(ev),
                       YAML_DEPTH_MAX);
    node = builder_node(b, kind, ev, e);
    if (!node)
        return e ? e->code : -ENOMEM;
    r = builder_add(b, node, e);
    if (r < 0)
        return r;
    b->stack[b->depth++] = (struct yaml_open){ .node = node };
    return 0;
}

static int builder_event(struct yaml_builder *b, const yaml_event_t *ev, struct err *e)
{
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        return builder_scalar(b, ev, e);
    case YAML_MAPPING_START_EVENT:
        return builder_open(b, YAML_MAP, ev, e);
    case YAML_SEQUENCE_START_EVENT:
        return builder_open(b, YAML_LIST, ev, e);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        b->depth--;
        return 0;
    case YAML_ALIAS_EVENT:
        return err_set(e, -EINVAL, "%s line %d: aliases are not allowed; write the value out",
                       b->name, line_of(ev));
    case YAML_STREAM_END_EVENT:
        b->done = true;
        return 0;
    default:
        return 0;
    }
}

static int builder_run(struct yaml_builder *b, yaml_parser_t *parser, struct err *e)
{
    while (!b->done) {
        yaml_event_t ev;
        int r;

        if (!yaml_parser_parse(parser, &ev)) {
            if (parser->error == YAML_MEMORY_ERROR)
                return err_set(e, -ENOMEM, "%s: out of memory", b->name);
            return err_set(e, -EINVAL, "%s line %zu: %s", b->name, parser->problem_mark.line + 1,
                           parser->problem ? parser->problem : "is no YAML");
        }
        r = builder_event(b, &ev, e);
        yaml_event_delete(&ev);
        if (r < 0)
            return r;
    }
    return 0;
}

int yaml_parse(struct yaml **ret, const char *name, const void *buf, size_t len, struct err *e)
{
    struct yaml_builder b = { .name = name };
    struct err local = ERR_INIT;
    yaml_parser_t parser;
    int r;

    if (!e)
        e = &local; /* builder_node() tells its code through it */
    if (!yaml_parser_initialize(&parser))
        return err_set(e, -ENOMEM, "%s: out of memory", name);
    yaml_parser_set_input_string(&parser, buf, len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    r = builder_run(&b, &parser, e);
    yaml_parser_delete(&parser);
    for (size_t i = 0; i < YAML_DEPTH_MAX; i++)
        free(b.stack[i].key);
    if (r >= 0 && !b.root) {
        b.root = calloc(1, sizeof(*b.root));
        if (!b.root)
            return err_set(e, -ENOMEM, "%s: out of memory", name);
        b.root->kind = YAML_MAP;
        b.root->line = 1;
    }
    if (r < 0) {
        yaml_free(b.root);
        return r;
    }
    *ret = b.root;
    return 0;
}

int yaml_load(struct yaml **ret, const char *path, struct err *e)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    int r = file_read(&text, &len, path, YAML_FILE_BYTES_MAX, e);

    if (r < 0)
        return r;
    return yaml_parse(ret, path, text, len, e);
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (const struct yaml *c = map->child; c; c = c->next)
        if (strcmp(c->key, key) == 0)
            return c;
    return NULL;
}

const char *yaml_str(const struct yaml *map, const char *key, const char *fallback)
{
    const struct yaml *c = yaml_get(map, key);

    return c && c->kind == YAML_SCALAR ? c->text : fallback;
}

size_t yaml_count(const struct yaml *node)
{
    size_t n = 0;

    yaml_each(c, node)
        n++;
    return n;
}
