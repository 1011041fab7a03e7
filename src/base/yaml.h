/* SPDX-License-Identifier: Apache-2.0 */
/* base/yaml.h - YAML files as a tree that knows its line numbers (libyaml below).
 *
 * Anchors (&name), aliases (*name) and merge keys (<<) are written out where they stand; a key of
 * the map itself goes before a merged one. What they make counts as if it had been typed, so that a
 * small file cannot become a large tree. Tags and a second document are refused, as are repeated
 * keys, more than YAML_NODES_MAX nodes and nesting deeper than YAML_DEPTH_MAX. Every complaint
 * names file and line:
 *     "devices.yaml line 7: mapping values are not allowed in this context"
 * Scalars stay text; quoted tells `"on"` from `on`.
 * Threads: a tree has one owner; reading it is free for all. */
#ifndef JARVIS_BASE_YAML_H
#define JARVIS_BASE_YAML_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

enum { YAML_ANCHORS_MAX = 500, YAML_DEPTH_MAX = 32, YAML_NODES_MAX = 200000, YAML_FILE_BYTES_MAX = 8 << 20 };

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

struct yaml {
    enum yaml_kind kind;
    int line;           /* 1-based: where its key stands, or else where the node starts */
    int twice;          /* lenient reading: the key stood in this line already; 0: it did not */
    bool quoted;        /* scalar was written in quotes or as a block (| >) */
    char *key;          /* owned; the key under which a map holds this node, else NULL */
    char *text;         /* owned; scalar's text, else NULL */
    struct yaml *child; /* owned; first child of a map or list */
    struct yaml *next;  /* owned by the parent: next sibling */
};

/* `name` stands in the complaints (a file's path). An empty document gives an empty map.
 * -EINVAL (syntax), -E2BIG (limits), -ENOMEM; *ret untouched on failure. */
int yaml_parse(struct yaml **ret, const char *name, const void *buf, size_t len, struct err *e);
int yaml_load(struct yaml **ret, const char *path, struct err *e); /* + -ENOENT, -EIO ... */

/* Lenient reading, for a list of items that people write: a byte order mark is skipped, bytes that are no
 * UTF-8 become U+FFFD, a repeated key is kept and marked (`twice`), and a syntax fault costs
 * the list item that it stands in; each is told to `sink` ("file line 7: ..."). What cannot be saved
 * so fails as yaml_parse() does. */
struct yaml_sink {
    void (*complain)(const char *text, void *user); /* borrowed for the call; NULL: nobody listens */
    void *user;
};
int yaml_parse_items(struct yaml **ret, const char *name, const void *buf, size_t len,
                     const struct yaml_sink *sink, struct err *e);
int yaml_load_items(struct yaml **ret, const char *path, const struct yaml_sink *sink,
                    struct err *e);
/* One try at a text that people edit: a byte order mark is skipped, a repeated key is kept and marked
 * (`twice`), and *line is where a syntax fault was found (0: none, or no line's). */
int yaml_parse_lenient(struct yaml **ret, const char *name, const void *buf, size_t len, int *line,
                       struct err *e);
struct yaml *yaml_free(struct yaml *y);
AUTO_DEFINE(struct yaml *, yaml_free)

const struct yaml *yaml_get(const struct yaml *map, const char *key); /* NULL: absent or no map */
/* Scalar text under `key`, or `fallback`. */
const char *yaml_str(const struct yaml *map, const char *key, const char *fallback);
size_t yaml_count(const struct yaml *node);
/* Adds `text` (UTF-8) as a double-quoted scalar that yaml_parse() reads back unchanged. */
void yaml_quote(struct str *out, const char *text);

#define yaml_each(item, parent) \
    for (const struct yaml *item = (parent) ? (parent)->child : NULL; item; item = item->next)

#endif
