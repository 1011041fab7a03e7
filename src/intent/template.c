/* SPDX-License-Identifier: Apache-2.0 */
/* intent/template.c - recursive-descent parser of sentence templates.
 *
 *   group  = seq { "|" seq } | seq { ";" seq }
 *   seq    = { literal | "(" group ")" | "[" group "]" | "{" name [":" name] "}" | "<" name ">" }
 *
 * The whole template is one group. Every item must hold something; "[ ]" holds a blank. An empty
 * alternative between brackets makes the group optional: (a|b|) is [(a|b)]. */
#include "intent/template.h"

#include "base/utf8.h"
#include "base/must.h"

#include "base/fold.h"
#include "intent/sentence.h"

#include <string.h>

struct parser {
    const char *text; /* borrowed */
    size_t len, pos;
    struct arena *arena;
    unsigned nodes, depth;
    struct err *e;
};

static int group_parse(struct node **ret, struct parser *p, char close);

static int complain(struct parser *p, int code, const char *what)
{
    return err_set(p->e, code, "column %zu: %s", p->pos + 1, what);
}

static bool is_special(char c)
{
    return c != '\0' && strchr("()[]{}<>|;", c) != NULL;
}

static int node_new(struct node **ret, struct parser *p, enum node_kind kind)
{
    struct node *n;

    if (p->nodes == TEMPLATE_NODES_MAX)
        return complain(p, -E2BIG, "the template is too large; split it into several");
    n = arena_alloc(p->arena, sizeof(*n));
    if (!n)
        return err_set(p->e, -ENOMEM, "out of memory for sentences");
    p->nodes++;
    n->kind = kind;
    *ret = n;
    return 0;
}

/* Punctuation of a sentence never reaches the matcher, so it is left out here as well. */
static bool is_left_out(uint32_t cp, const struct parser *p)
{
    static const uint32_t always[] = { '?', '!', 0xa1, 0xbf, 0x61f, 0xff01, 0xff1f };

    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        if (always[i] == cp)
            return true;
    return cp == ',' && (p->pos == p->len || p->text[p->pos] == ' ');
}

/* Characters up to the next special one into cp (room for all of the template). */
static int literal_read(uint32_t *cp, size_t *n, struct parser *p)
{
    size_t len = 0;

    while (p->pos < p->len && !is_special(p->text[p->pos])) {
        bool escaped = p->text[p->pos] == '\\';
        uint32_t c;

        if (escaped && ++p->pos == p->len)
            return complain(p, -EINVAL, "nothing stands behind the last '\\'");
        if (!utf8_step(&c, p->text, p->len, &p->pos))
            return complain(p, -EINVAL, "the text is not valid UTF-8");
        c = sentence_straight(c);
        if (unicode_is_invisible(c) || (!escaped && is_left_out(c, p)))
            continue;
        if (c == ' ' && len > 0 && cp[len - 1] == ' ')
            continue;
        cp[len++] = c;
    }
    *n = fold_compose(cp, len);
    return 0;
}

static int text_node(struct node **ret, struct parser *p, const uint32_t *fold,
                     const uint32_t *exact, size_t n)
{
    struct node *node;
    uint32_t *copy;
    int r = node_new(&node, p, NODE_TEXT);

    if (r < 0)
        return r;
    copy = arena_alloc(p->arena, 2 * (n ? n : 1) * sizeof(*copy));
    if (!copy)
        return err_set(p->e, -ENOMEM, "out of memory for sentences");
    memcpy(copy, fold, n * sizeof(*copy));
    memcpy(copy + n, exact, n * sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        node->letters += fold[i] != ' ';
    must(n > 0);
    node->cp = copy;
    node->exact = copy + n;
    node->len = n;
    *ret = node;
    return 0;
}

/* *ret stays NULL when nothing but left-out characters stood there. */
static int literal_parse(struct node **ret, struct parser *p)
{
    uint32_t cp[TEMPLATE_BYTES_MAX];
    struct sentence s;
    size_t n = 0;
    int r = literal_read(cp, &n, p);

    if (r < 0 || n == 0)
        return r;
    s.len = n <= SENTENCE_FOLD_MAX ? sentence_fold(s.fold, s.exact, s.at, cp, n) : 0;
    if (s.len == 0 && n > SENTENCE_FOLD_MAX / 2)
        return complain(p, -E2BIG, "the text is too long; split the template");
    return s.len == 0 ? 0 : text_node(ret, p, s.fold, s.exact, s.len);
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

static int name_parse(const char **ret, struct parser *p)
{
    size_t from = p->pos;
    const char *name;

    while (p->pos < p->len && is_name_char(p->text[p->pos]))
        p->pos++;
    if (p->pos == from)
        return complain(p, -EINVAL, "a name of letters, digits and '_' is missing here");
    if (!utf8_is_valid(p->text + from, p->pos - from))
        return complain(p, -EINVAL, "the text is not valid UTF-8");
    name = arena_text(p->arena, p->text + from, p->pos - from);
    if (!name)
        return err_set(p->e, -ENOMEM, "out of memory for sentences");
    *ret = name;
    return 0;
}

/* Behind "{" or "<". */
static int reference_parse(struct node **ret, struct parser *p, char close)
{
    struct node *n;
    int r = node_new(&n, p, close == '}' ? NODE_LIST : NODE_RULE);

    if (r < 0)
        return r;
    r = name_parse(&n->name, p);
    if (r < 0)
        return r;
    n->slot = n->name;
    if (close == '}' && p->pos < p->len && p->text[p->pos] == ':') {
        p->pos++;
        r = name_parse(&n->slot, p);
        if (r < 0)
            return r;
    }
    if (p->pos == p->len || p->text[p->pos] != close)
        return complain(p, -EINVAL, close == '}' ? "'{' is not closed by '}'"
                                                 : "'<' is not closed by '>'");
    p->pos++;
    n->ends_word = p->pos == p->len || strchr(" )]|;", p->text[p->pos]) != NULL;
    *ret = n;
    return 0;
}

static int item_parse(struct node **ret, struct parser *p)
{
    char c = p->text[p->pos];

    switch (c) {
    case '(':
        p->pos++;
        return group_parse(ret, p, ')');
    case '[': {
        struct node *inner, *n;
        int r;

        p->pos++;
        r = group_parse(&inner, p, ']');
        if (r < 0)
            return r;
        if (inner->kind == NODE_ALT) {
            n = inner;
        } else {
            r = node_new(&n, p, NODE_ALT);
            if (r < 0)
                return r;
            n->child = inner;
        }
        n->optional = true;
        *ret = n;
        return 0;
    }
    case '{':
    case '<':
        p->pos++;
        return reference_parse(ret, p, c == '{' ? '}' : '>');
    case '}':
    case '>':
        return complain(p, -EINVAL, "a closing bracket without its opening one");
    default:
        return literal_parse(ret, p);
    }
}

/* Up to "|", ";", ")" or "]", which stay unread. *ret stays NULL for an empty one. */
static int seq_parse(struct node **ret, struct parser *p)
{
    struct node *seq, **tail;
    int r = node_new(&seq, p, NODE_SEQ);

    if (r < 0)
        return r;
    tail = &seq->child;
    while (p->pos < p->len && !strchr("|;)]", p->text[p->pos])) {
        struct node *item = NULL;

        r = item_parse(&item, p);
        if (r < 0)
            return r;
        if (item) {
            *tail = item;
            tail = &item->next;
        }
    }
    if (seq->child)
        *ret = seq->child->next ? seq : seq->child;
    return 0;
}

static int group_items(struct node *group, struct parser *p, char *separator)
{
    struct node **tail = &group->child;

    for (;;) {
        int r = seq_parse(tail, p);
        char c;

        if (r < 0)
            return r;
        if (*tail) {
            tail = &(*tail)->next;
            group->len++;
        } else {
            group->optional = true;
        }
        c = p->pos < p->len ? p->text[p->pos] : '\0';
        if (c != '|' && c != ';')
            return 0;
        if (*separator && *separator != c)
            return complain(p, -EINVAL, "'|' and ';' in one group; put one of them in brackets");
        *separator = c;
        p->pos++;
    }
}

/* Behind the last item of a group. close: ')' or ']' behind their opening bracket, '\0' for the
 * whole template. */
static int group_close(struct parser *p, char close)
{
    if (close == '\0')
        return p->pos < p->len
                   ? complain(p, -EINVAL, "a closing bracket without its opening one")
                   : 0;
    if (p->pos == p->len)
        return complain(p, -EINVAL, close == ')' ? "'(' is not closed by ')'"
                                                 : "'[' is not closed by ']'");
    if (p->text[p->pos] != close)
        return complain(p, -EINVAL, "brackets are closed in the wrong order");
    p->pos++;
    return 0;
}

static int group_parse(struct node **ret, struct parser *p, char close)
{
    char separator = '\0';
    struct node *group;
    int r;

    if (++p->depth > TEMPLATE_DEPTH_MAX)
        return complain(p, -E2BIG, "brackets are nested too deep");
    r = node_new(&group, p, NODE_ALT);
    if (r == 0)
        r = group_items(group, p, &separator);
    if (r < 0)
        return r;
    if (group->optional && (!group->child || separator != '|' || close == '\0'))
        return complain(p, -EINVAL, "an empty alternative; write [ ] around what may be absent");
    r = group_close(p, close);
    if (r < 0)
        return r;
    must(p->depth > 0 && p->nodes <= TEMPLATE_NODES_MAX);
    p->depth--;
    must(group->child && p->pos <= p->len);
    if (separator == ';' && group->len > TEMPLATE_PERMUTATION_MAX)
        return complain(p, -E2BIG, "a permutation has more than 6 items");
    if (separator == ';')
        group->kind = NODE_PERM;
    *ret = separator ? group : group->child;
    return 0;
}

static int length_check(const char *text, size_t len, struct err *e)
{
    if (len > TEMPLATE_BYTES_MAX)
        return err_set(e, -E2BIG, "the text is longer than %d bytes", TEMPLATE_BYTES_MAX);
    if (memchr(text, '\0', len))
        return err_set(e, -EINVAL, "a NUL byte in the text");
    return 0;
}

int template_parse(struct node **ret, struct arena *a, const char *text, size_t len, struct err *e)
{
    struct parser p = { .text = text, .arena = a, .e = e };
    int r = length_check(text, len, e);

    if (r < 0)
        return r;
    while (len > 0 && text[len - 1] == ' ' && (len < 2 || text[len - 2] != '\\'))
        len--;
    while (p.pos < len && text[p.pos] == ' ')
        p.pos++;
    p.len = len;
    if (p.pos == len)
        return err_set(e, -EINVAL, "the template is empty");
    return group_parse(ret, &p, '\0');
}

/* ---- what cannot be read ------------------------------------------------------------------ */

/* Behind the bracket at pos and its partner; the end where it has none. */
static size_t notation_end(const struct parser *p)
{
    size_t at = p->pos, deep = 0;

    do {
        if (p->text[at] == '\\' && at + 1 < p->len)
            at++;
        else if (strchr("([{<", p->text[at]))
            deep++;
        else if (strchr(")]}>", p->text[at]))
            deep -= deep > 0;
        at++;
    } while (at < p->len && deep > 0);
    return deep > 0 ? p->len : at;
}

/* The literal at pos, or the notation there as a rule without a name. */
static int rest_parse(struct node **ret, struct parser *p)
{
    int r;

    if (!is_special(p->text[p->pos]))
        return literal_parse(ret, p);
    p->pos = notation_end(p);
    r = node_new(ret, p, NODE_RULE);
    if (r == 0)
        (*ret)->name = (*ret)->slot = "";
    return r;
}

/* How much of the text can be read: not within a character, no blank and no lone '\\' at its end. */
static size_t words_length(const char *text, size_t len)
{
    if (len > TEMPLATE_BYTES_MAX) {
        len = TEMPLATE_BYTES_MAX;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\\'))
        len--;
    return len;
}

int template_words(struct node **ret, struct arena *a, const char *text, size_t len, struct err *e)
{
    struct parser p = { .text = text, .len = words_length(text, len), .arena = a, .e = e };
    struct node *seq, **tail;
    int r;

    if (memchr(text, '\0', p.len) || !utf8_is_valid(text, p.len))
        return err_set(e, -EINVAL, "the text is not valid UTF-8");
    r = node_new(&seq, &p, NODE_SEQ);
    for (tail = &seq->child; r == 0 && p.pos < p.len;) {
        struct node *item = NULL;

        r = rest_parse(&item, &p);
        if (r == 0 && item) {
            *tail = item;
            tail = &item->next;
        }
    }
    if (r == 0 && !seq->child)
        return err_set(e, -EINVAL, "the template is empty");
    if (r == 0)
        *ret = seq;
    return r;
}

int template_literal(struct node **ret, struct arena *a, const char *text, size_t len,
                     struct err *e)
{
    struct parser p = { .text = text, .len = len, .arena = a, .e = e };
    struct sentence s;
    int r = sentence_parse(&s, text, len, e);

    if (r < 0)
        return r;
    if (s.len == 0)
        return err_set(e, -EINVAL, "the text holds no word");
    s.len--; /* the blank behind the last word */
    return s.len == 0 ? err_set(e, -EINVAL, "the text holds no word")
                      : text_node(ret, &p, s.fold, s.exact, s.len);
}
