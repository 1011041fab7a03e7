/* SPDX-License-Identifier: Apache-2.0 */
/* intent/template.h - one sentence template in hassil's notation -> a tree.
 *
 *   turn on [the] (light|lamp)[s]     literals, optional, alternatives, also inside words
 *   (now;please)                      permutation: every order
 *   {area} {brightness_level:level}   a list's value into the slot of its or another name
 *   <the>                             an expansion rule
 *   \[                                the character itself
 *
 * Literals are folded like sentences (base/fold.h), their blanks collapsed. Sentence punctuation in them
 * is left out, as it is in what people type. Limits: TEMPLATE_* below.
 * Format read from hassil's parser (github.com/home-assistant/hassil).
 * Threads: no state; a tree lives in its arena and is constant after catalog_link(). */
#ifndef JARVIS_INTENT_TEMPLATE_H
#define JARVIS_INTENT_TEMPLATE_H

#include "base/err.h"
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TEMPLATE_BYTES_MAX = 4096,
    TEMPLATE_DEPTH_MAX = 24,
    TEMPLATE_NODES_MAX = 2000,
    TEMPLATE_PERMUTATION_MAX = 6, /* items: 720 orders */
};

enum node_kind {
    NODE_TEXT, /* cp[0..len) */
    NODE_SEQ,  /* children one after another */
    NODE_ALT,  /* one of the children; optional: or nothing, tried last */
    NODE_PERM, /* the children in any order */
    NODE_LIST, /* a value of the list `name` into `slot` */
    NODE_RULE, /* the expansion rule `name` */
};

struct symbol; /* intent/catalog.h */

struct node {
    enum node_kind kind;
    bool optional;               /* NODE_ALT */
    bool ends_word;              /* NODE_LIST: the template goes on with a blank or ends */
    unsigned letters;            /* NODE_TEXT: characters that are not blank */
    size_t len;                  /* NODE_TEXT: characters in cp; NODE_PERM: children */
    const uint32_t *cp, *exact;  /* NODE_TEXT: base letters, and without case only */
    const char *name, *slot;     /* NODE_LIST, NODE_RULE */
    const struct symbol *symbol; /* what `name` stands for; set by the catalogue */
    uint64_t first;              /* letters it may begin with, a bit each by template_bit(); 0: any, or it
                                  * may be nothing; set by the catalogue */
    uint64_t needs;              /* pairs of letters that a sentence with it must have, a bit each by
                                  * template_pair(); 0: none; set by the catalogue */
    struct node *child, *next;
};

/* -EINVAL with the column and the reason, -E2BIG (limits), -ENOMEM; *ret untouched on failure,
 * but the arena may have grown. */
int template_parse(struct node **ret, struct arena *a, const char *text, size_t len,
                   struct err *e);
/* What a text that cannot be read still says: its plain words. Where notation stood - from an opening
 * bracket to its partner, else to the end - is a rule without a name. -EINVAL: not UTF-8. */
int template_words(struct node **ret, struct arena *a, const char *text, size_t len, struct err *e);
/* One of TEMPLATE_SLOTS for each letter; several share one. */
enum { TEMPLATE_SLOTS = 64 };
static inline unsigned template_slot(uint32_t cp)
{
    return cp * 2654435761u >> 26;
}
/* The bit of a letter in node.first. */
static inline uint64_t template_bit(uint32_t cp)
{
    return (uint64_t)1 << template_slot(cp);
}
/* The bit of two letters in a row in node.needs. */
static inline uint64_t template_pair(uint32_t a, uint32_t b)
{
    return template_bit(a * 31 + b);
}
/* A literal without any notation, for names of devices and rooms. */
int template_literal(struct node **ret, struct arena *a, const char *text, size_t len,
                     struct err *e);

#endif
