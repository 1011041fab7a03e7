/* SPDX-License-Identifier: Apache-2.0 */
/* base/yaml.c - YAML files as a tree that knows its line numbers.
 *
 * libyaml gives events (scalar, start and end of a map or list); builder_event() hangs each
 * at the innermost open node. Maps keep their entries in one hash set of (map, key), so that
 * repeated keys are found without comparing each with each. Recursion is bounded by
 * YAML_DEPTH_MAX. */
#include "base/yaml.h"

#include "base/file.h"
#include "base/must.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>
#include <yaml.h>

enum {
    KEYS_FIRST = 256,         /* slots, a power of two */
    MERGE_WORK_MAX = 1000000, /* keys compared for one "<<" */
};

struct open_node {
    struct yaml *node; /* borrowed: hangs in the tree */
    struct yaml *last; /* borrowed: newest child */
    char *key;         /* owned: read, its value is still to come */
    int key_line;
    int flow_line;     /* where its bracket or brace opened; 0: it has none */
};

struct key_slot {
    const struct yaml *map; /* borrowed; NULL: free */
    const char *key;        /* borrowed from the entry's node */
    int line;
};

struct anchor {
    char *name;        /* owned */
    struct yaml *node; /* borrowed from the tree */
};

struct builder {
    const char *name; /* borrowed: file name for complaints */
    struct err *e;    /* borrowed */
    struct yaml *root;
    struct open_node open[YAML_DEPTH_MAX];
    int depth;
    int nodes;
    int documents;
    struct key_slot *keys; /* owned; open addressing */
    size_t keys_cap, keys_n;
    bool is_lenient; /* a repeated key is marked, not refused */
    int fault_line;  /* of a syntax fault; 0: none */
    struct anchor *anchors; /* owned; the newest last */
    size_t anchors_n;
    struct yaml *dropped;   /* owned; what merges left over: anchors and keys may point there */
    bool ended;
};

/* Where the outermost bracket or brace opened that is still open; 0: none is. */
static int flow_line(const struct builder *b)
{
    for (int i = 0; i < b->depth; i++)
        if (b->open[i].flow_line)
            return b->open[i].flow_line;
    return 0;
}

/* Of what is between brackets nothing can be saved: the fault is theirs. */
static void builder_blame(struct builder *b, int line)
{
    const int opened = flow_line(b);

    must(line > 0 && opened <= line);
    b->fault_line = opened ? opened : line;
}

static int builder_fail(struct builder *b, int code, int line, const char *what)
{
    builder_blame(b, line);
    return err_set(b->e, code, "%s line %d: %s", b->name, line, what);
}

static int builder_no_memory(const struct builder *b)
{
    return err_set(b->e, -ENOMEM, "%s: out of memory", b->name);
}

static size_t key_hash(const struct yaml *map, const char *key, size_t cap)
{
    return hash_slot(hash_text(hash_bytes(HASH_START, &map, sizeof(map)), key), cap);
}

static struct key_slot *key_slot_find(struct key_slot *slots, size_t cap, const struct yaml *map,
                                      const char *key)
{
    size_t i = key_hash(map, key, cap);

    while (slots[i].map && (slots[i].map != map || strcmp(slots[i].key, key) != 0))
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static int keys_grow(struct builder *b)
{
    size_t cap = b->keys_cap ? b->keys_cap * 2 : KEYS_FIRST;
    struct key_slot *slots = calloc(cap, sizeof(*slots));

    if (!slots)
        return builder_no_memory(b);
    for (size_t i = 0; i < b->keys_cap; i++)
        if (b->keys[i].map)
            *key_slot_find(slots, cap, b->keys[i].map, b->keys[i].key) = b->keys[i];
    free(b->keys);
    b->keys = slots;
    b->keys_cap = cap;
    return 0;
}

/* Remembers (map, key); -EINVAL when it is there already. */
static int keys_add(struct builder *b, struct yaml *node, const struct yaml *map)
{
    const char *key = node->key;
    const int line = node->line;
    struct key_slot *slot;

    if (b->keys_n * 2 >= b->keys_cap) {
        int r = keys_grow(b);

        if (r < 0)
            return r;
    }
    slot = key_slot_find(b->keys, b->keys_cap, map, key);
    if (slot->map && b->is_lenient) {
        node->twice = slot->line;
        return 0;
    }
    if (slot->map)
        return err_set(b->e, -EINVAL, "%s line %d: the key '%.60s' stands twice (also in line %d)",
                       b->name, line, key, slot->line);
    *slot = (struct key_slot){ map, key, line };
    b->keys_n++;
    return 0;
}

static struct open_node *builder_top(struct builder *b)
{
    return b->depth > 0 ? &b->open[b->depth - 1] : NULL;
}

/* A new node where the next value belongs; *ret is borrowed from the tree, which holds it even
 * when its key is refused. */
static int builder_add(struct yaml **ret, struct builder *b, enum yaml_kind kind, int line)
{
    struct open_node *top = builder_top(b);
    struct yaml *y;

    if (++b->nodes > YAML_NODES_MAX)
        return builder_fail(b, -E2BIG, line, "too many values in one file");
    y = calloc(1, sizeof(*y));
    if (!y)
        return builder_no_memory(b);
    y->kind = kind;
    y->line = line;
    *ret = y;
    if (!top) {
        b->root = y;
        return 0;
    }
    if (top->last)
        top->last->next = y;
    else
        top->node->child = y;
    top->last = y;
    if (top->node->kind != YAML_MAP)
        return 0;
    y->key = STEAL(top->key);
    y->line = top->key_line;
    return keys_add(b, y, top->node);
}

static int builder_open(struct builder *b, enum yaml_kind kind, int line, bool is_flow)
{
    struct open_node *top = builder_top(b);
    struct yaml *y = NULL;
    int r;

    if (top && top->node->kind == YAML_MAP && !top->key)
        return builder_fail(b, -EINVAL, line, "a key must be a plain word");
    if (b->depth == YAML_DEPTH_MAX)
        return builder_fail(b, -E2BIG, line, "nested too deep");
    r = builder_add(&y, b, kind, line);
    if (r < 0)
        return r;
    b->open[b->depth++] = (struct open_node){ .node = y, .flow_line = is_flow ? line : 0 };
    return 0;
}

static int builder_scalar(struct builder *b, const yaml_event_t *ev, int line)
{
    struct open_node *top = builder_top(b);
    const char *value = (const char *)ev->data.scalar.value;
    struct yaml *y = NULL;
    char *text;
    int r;

    if (strlen(value) != ev->data.scalar.length)
        return builder_fail(b, -EINVAL, line, "NUL in a text");
    text = str_dup(value);
    if (!text)
        return builder_no_memory(b);
    if (top && top->node->kind == YAML_MAP && !top->key) {
        top->key = text;
        top->key_line = line;
        return 0;
    }
    r = builder_add(&y, b, YAML_SCALAR, line);
    if (r < 0) {
        free(text);
        return r;
    }
    y->text = text;
    y->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return 0;
}

/* ---- anchors ------------------------------------------------------------------------------ */

static int anchor_add(struct builder *b, const char *name, struct yaml *node, int line)
{
    struct anchor *grown;
    char *copy;

    if (b->anchors_n == YAML_ANCHORS_MAX)
        return builder_fail(b, -E2BIG, line, "too many anchors in one file");
    copy = str_dup(name);
    grown = copy ? realloc(b->anchors, (b->anchors_n + 1) * sizeof(*grown)) : NULL;
    if (!grown) {
        free(copy);
        return builder_no_memory(b);
    }
    b->anchors = grown;
    b->anchors[b->anchors_n++] = (struct anchor){ copy, node };
    return 0;
}

static bool is_open(const struct builder *b, const struct yaml *node)
{
    for (int i = 0; i < b->depth; i++)
        if (b->open[i].node == node)
            return true;
    return false;
}

static int height(const struct yaml *y)
{
    int most = 0;

    yaml_each (item, y) {
        int h = height(item);

        most = h > most ? h : most;
    }
    return most + 1;
}

/* A copy of the tree below `from` as the content of `to`; keys of maps inside stay theirs. */
static int content_copy(struct builder *b, struct yaml *to, const struct yaml *from, int line)
{
    struct yaml **tail = &to->child;

    to->kind = from->kind;
    to->quoted = from->quoted;
    to->text = from->text ? str_dup(from->text) : NULL;
    if (from->text && !to->text)
        return builder_no_memory(b);
    yaml_each (item, from) {
        struct yaml *y = *tail = calloc(1, sizeof(*y));
        int r;

        if (++b->nodes > YAML_NODES_MAX)
            return builder_fail(b, -E2BIG, line, "too many values in one file");
        if (!y || (item->key && !(y->key = str_dup(item->key))))
            return builder_no_memory(b);
        y->line = item->line;
        y->twice = item->twice;
        r = content_copy(b, y, item, line);
        if (r < 0)
            return r;
        tail = &y->next;
    }
    return 0;
}

static int builder_alias(struct builder *b, const char *name, int line)
{
    struct open_node *top = builder_top(b);
    const struct yaml *from = NULL;
    struct yaml *y = NULL;
    int r;

    for (size_t i = 0; i < b->anchors_n; i++)
        if (strcmp(b->anchors[i].name, name) == 0)
            from = b->anchors[i].node;
    if (top && top->node->kind == YAML_MAP && !top->key)
        return builder_fail(b, -EINVAL, line, "a key must be a plain word");
    if (!from) {
        builder_blame(b, line);
        return err_set(b->e, -EINVAL, "%s line %d: there is no anchor '&%.60s' before '*%.60s'",
                       b->name, line, name, name);
    }
    if (is_open(b, from))
        return builder_fail(b, -EINVAL, line, "an alias inside what it stands for");
    if (b->depth + height(from) > YAML_DEPTH_MAX)
        return builder_fail(b, -E2BIG, line, "nested too deep");
    r = builder_add(&y, b, from->kind, line);
    return r < 0 ? r : content_copy(b, y, from, line);
}

static bool has_key(const struct yaml *map, const char *key)
{
    yaml_each (item, map)
        if (strcmp(item->key, key) == 0)
            return true;
    return false;
}

/* Moves the entries of `from` that the map lacks to its end. */
static void take_missing(struct yaml *map, struct yaml *from)
{
    struct yaml **tail = &map->child, **at = &from->child;

    while (*tail)
        tail = &(*tail)->next;
    while (*at) {
        struct yaml *item = *at;

        if (has_key(map, item->key)) {
            at = &item->next;
            continue;
        }
        *at = item->next;
        item->next = NULL;
        *tail = item;
        tail = &item->next;
    }
}

static int merge_one(struct builder *b, struct yaml *map, struct yaml *value)
{
    if (value->kind != YAML_MAP)
        return builder_fail(b, -EINVAL, value->line, "'<<' takes a map or a list of maps");
    if (yaml_count(map) * yaml_count(value) > MERGE_WORK_MAX)
        return builder_fail(b, -E2BIG, value->line, "too many keys to merge");
    take_missing(map, value);
    return 0;
}

static int merge_value(struct builder *b, struct yaml *map, struct yaml *value)
{
    int r = 0;

    if (value->kind != YAML_LIST)
        return merge_one(b, map, value);
    for (struct yaml *item = value->child; item && r == 0; item = item->next)
        r = merge_one(b, map, item);
    return r;
}

/* "<<" of a map that is complete: its own keys go first. */
static int merge_keys(struct builder *b, struct yaml *map)
{
    for (struct yaml **at = &map->child; *at; at = &(*at)->next) {
        struct yaml *merge = *at;
        int r;

        if (strcmp(merge->key, "<<") != 0)
            continue;
        *at = merge->next;
        r = merge_value(b, map, merge);
        merge->next = b->dropped;
        b->dropped = merge;
        return r;
    }
    return 0;
}

static int builder_close(struct builder *b)
{
    struct yaml *node;

    if (!must(b->depth > 0))
        return -EINVAL;
    node = b->open[--b->depth].node;
    return node->kind == YAML_MAP ? merge_keys(b, node) : 0;
}

/* ---- events ------------------------------------------------------------------------------- */

/* Anchors and tags ride on the events that open a value. */
static int builder_mark(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag,
                        struct yaml *node, int line)
{
    if (tag)
        return builder_fail(b, -EINVAL, line, "a tag (!name): quote a text that starts with '!'");
    if (anchor && !node)
        return builder_fail(b, -EINVAL, line, "an anchor (&name) of a key");
    return anchor ? anchor_add(b, (const char *)anchor, node, line) : 0;
}

/* The value that was added last; NULL: it was a key. */
static struct yaml *builder_newest(const struct builder *b)
{
    const struct open_node *top = b->depth > 0 ? &b->open[b->depth - 1] : NULL;

    if (!top)
        return b->root;
    return top->node->kind == YAML_MAP && top->key ? NULL : top->last;
}

static int builder_event(struct builder *b, const yaml_event_t *ev)
{
    int line = (int)ev->start_mark.line + 1, r;

    switch (ev->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++b->documents > 1)
            return builder_fail(b, -EINVAL, line, "only one document is allowed");
        return 0;
    case YAML_ALIAS_EVENT:
        return builder_alias(b, (const char *)ev->data.alias.anchor, line);
    case YAML_SCALAR_EVENT:
        r = builder_scalar(b, ev, line);
        return r < 0 ? r : builder_mark(b, ev->data.scalar.anchor, ev->data.scalar.tag,
                                        builder_newest(b), line);
    case YAML_MAPPING_START_EVENT:
        r = builder_open(b, YAML_MAP, line, ev->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
        return r < 0 ? r : builder_mark(b, ev->data.mapping_start.anchor,
                                        ev->data.mapping_start.tag, builder_top(b)->node, line);
    case YAML_SEQUENCE_START_EVENT:
        r = builder_open(b, YAML_LIST, line,
                         ev->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
        return r < 0 ? r : builder_mark(b, ev->data.sequence_start.anchor,
                                        ev->data.sequence_start.tag, builder_top(b)->node, line);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return builder_close(b);
    case YAML_STREAM_END_EVENT:
        b->ended = true;
        return 0;
    default:
        return 0;
    }
}

/* A quote, bracket or block that is not closed is only missed at the end of the file, a colon that lacks
 * with the next line; the fault is where it was opened, the line that has none. */
static size_t fault_mark(const struct builder *b, const yaml_parser_t *p)
{
    const int opened = flow_line(b);
    const bool was_opened = p->context && (str_starts(p->context, "while scanning a quoted") ||
                                           str_starts(p->context, "while scanning a simple key") ||
                                           strstr(p->context, "flow"));

    if (opened)
        return (size_t)opened;
    return (was_opened ? p->context_mark.line : p->problem_mark.line) + 1;
}

/* libyaml's own words for a tab name no tab. */
static const char *problem_words(const yaml_parser_t *p, const char *buf, size_t len)
{
    size_t at = p->problem_mark.index;

    for (size_t i = 0; i < len && i < at; i++) /* the mark counts characters */
        at += ((unsigned char)buf[i] & 0xc0) == 0x80;
    if (p->problem && strstr(p->problem, "cannot start any token") && at < len && buf[at] == '\t')
        return "a tab: use blanks";
    return p->problem ? p->problem : "not valid YAML";
}

/* libyaml's reader knows bytes, not lines. */
static size_t line_of_byte(const char *buf, size_t len, size_t offset)
{
    size_t line = 1;

    for (size_t i = 0; i < len && i < offset; i++)
        line += buf[i] == '\n';
    return line;
}

static int parser_fail(struct builder *b, const yaml_parser_t *p, const char *buf,
                       size_t len)
{
    size_t line = b->is_lenient ? fault_mark(b, p) : p->problem_mark.line + 1;

    if (p->error == YAML_MEMORY_ERROR)
        return builder_no_memory(b);
    if (p->error == YAML_READER_ERROR) /* not UTF-8, control characters */
        line = line_of_byte(buf, len, p->problem_offset);
    b->fault_line = (int)line;
    return err_set(b->e, -EINVAL, "%s line %zu: %s", b->name, line, problem_words(p, buf, len));
}

/* An empty file has no root, one of "---" alone an empty scalar: both are an empty map. */
static int builder_finish(struct builder *b)
{
    struct yaml *root = b->root;

    if (!root)
        return builder_add(&root, b, YAML_MAP, 1);
    if (root->kind == YAML_SCALAR && !root->quoted && root->text[0] == '\0') {
        free(STEAL(root->text));
        root->kind = YAML_MAP;
    }
    return 0;
}

static int builder_run(struct builder *b, const void *buf, size_t len)
{
    yaml_parser_t parser;
    int r = 0;

    if (!yaml_parser_initialize(&parser))
        return builder_no_memory(b);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, buf, len);
    while (r == 0 && !b->ended) {
        yaml_event_t ev;

        if (!yaml_parser_parse(&parser, &ev)) {
            r = parser_fail(b, &parser, buf, len);
            break;
        }
        r = builder_event(b, &ev);
        yaml_event_delete(&ev);
    }
    yaml_parser_delete(&parser);
    return r < 0 ? r : builder_finish(b);
}

static const char byte_order_mark[] = "\xef\xbb\xbf";

static int parse(struct yaml **ret, struct builder *b, const char *buf, size_t len)
{
    const size_t mark = sizeof(byte_order_mark) - 1;
    int r;

    if (len > YAML_FILE_BYTES_MAX)
        return err_set(b->e, -E2BIG, "%s: has %zu bytes, more than the %d allowed", b->name, len,
                       YAML_FILE_BYTES_MAX);
    if (len >= mark && memcmp(buf, byte_order_mark, mark) == 0) { /* editors of Windows */
        buf += mark;
        len -= mark;
    }
    r = builder_run(b, len > 0 ? buf : "", len);
    for (int i = 0; i < YAML_DEPTH_MAX; i++)
        free(b->open[i].key);
    free(b->keys);
    for (size_t i = 0; i < b->anchors_n; i++)
        free(b->anchors[i].name);
    free(b->anchors);
    yaml_free(b->dropped);
    if (r < 0) {
        yaml_free(b->root);
        return r;
    }
    *ret = b->root;
    return 0;
}

int yaml_parse(struct yaml **ret, const char *name, const void *buf, size_t len, struct err *e)
{
    struct builder b = { .name = name, .e = e };

    return parse(ret, &b, buf, len);
}

int yaml_parse_lenient(struct yaml **ret, const char *name, const void *buf, size_t len, int *line,
                       struct err *e)
{
    struct builder b = { .name = name, .e = e, .is_lenient = true };
    const int r = parse(ret, &b, buf, len);

    *line = b.fault_line;
    return r;
}

int yaml_load(struct yaml **ret, const char *path, struct err *e)
{
    AUTO_FREE char *buf = NULL;
    size_t len = 0;
    int r = file_read(&buf, &len, path, YAML_FILE_BYTES_MAX, e);

    return r < 0 ? r : yaml_parse(ret, path, buf, len, e);
}

struct yaml *yaml_free(struct yaml *y)
{
    while (y) {
        struct yaml *next = y->next;

        yaml_free(y->child);
        free(y->key);
        free(y->text);
        free(y);
        y = next;
    }
    return NULL;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    yaml_each (item, map)
        if (strcmp(item->key, key) == 0)
            return item;
    return NULL;
}

const char *yaml_str(const struct yaml *map, const char *key, const char *fallback)
{
    const struct yaml *y = yaml_get(map, key);

    return y && y->kind == YAML_SCALAR ? y->text : fallback;
}

size_t yaml_count(const struct yaml *node)
{
    size_t n = 0;

    yaml_each (item, node)
        n++;
    return n;
}

/* What stands for itself in a quoted scalar: printable for YAML 1.1 and no line break. */
static bool is_plain(uint32_t point)
{
    if (point == 0x2028 || point == 0x2029 || point == 0xfeff)
        return false;
    return (point >= 0x20 && point < 0x7f) || (point >= 0xa0 && point <= 0xfffd) ||
           point >= 0x10000;
}

void yaml_quote(struct str *out, const char *text)
{
    size_t left = strlen(text);

    str_add_char(out, '"');
    while (left > 0) {
        uint32_t point = 0;
        size_t n = utf8_next(&point, text, left);

        if (n == 0)
            break; /* no text: the caller's fault; what follows is lost */
        if (point == '"' || point == '\\')
            str_add_char(out, '\\');
        if (is_plain(point))
            str_add_bytes(out, text, n);
        else
            str_addf(out, "\\u%04x", point);
        text += n;
        left -= n;
    }
    str_add_char(out, '"');
}
