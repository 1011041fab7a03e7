/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/response_parse.c - reply templates, read by recursive descent.
 *
 * Precedence, loosest first: if-else, or, and, not, comparison, + -, ~, * / // %, **, sign,
 * postfix and filters (Jinja2's order). */
#include "assistant/response_tree.h"

#include "base/must.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    const char *text; /* terminated */
    size_t len, pos;
    struct arena *arena;
    unsigned depth;
    bool trims; /* "-%}" stood before: blanks of the next text go */
    struct err *e;
    int code;
};

static void *fail(struct reading *p, int code, const char *what)
{
    unsigned line = 1;

    for (size_t i = 0; i < p->pos && i < p->len; i++)
        line += p->text[i] == '\n';
    if (p->code == 0)
        p->code = err_set(p->e, code, "reply line %u: %s", line, what);
    return NULL;
}

static void *make(struct reading *p, size_t bytes)
{
    void *m = p->code < 0 ? NULL : arena_alloc(p->arena, bytes);

    if (!m && p->code == 0)
        fail(p, -ENOMEM, "out of memory");
    return m;
}

static const char *keep(struct reading *p, const char *text, size_t len)
{
    char *copy = make(p, len + 1);

    if (copy)
        memcpy(copy, text, len);
    return copy;
}

static void skip(struct reading *p)
{
    while (p->pos < p->len && strchr(" \t\r\n", p->text[p->pos]))
        p->pos++;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool take(struct reading *p, const char *sign)
{
    size_t n = strlen(sign);

    skip(p);
    if (strncmp(p->text + p->pos, sign, n) != 0)
        return false;
    if (is_name(sign[0]) && is_name(p->text[p->pos + n]))
        return false;
    p->pos += n;
    return true;
}

static bool need(struct reading *p, const char *sign)
{
    char what[32];

    if (p->code == 0 && take(p, sign))
        return true;
    snprintf(what, sizeof(what), "'%s' is missing", sign);
    fail(p, -EINVAL, what);
    return false;
}

static const char *name_read(struct reading *p)
{
    size_t from;

    skip(p);
    from = p->pos;
    while (is_name(p->text[p->pos]))
        p->pos++;
    if (p->pos == from || (p->text[from] >= '0' && p->text[from] <= '9'))
        return fail(p, -EINVAL, "a name is missing");
    return keep(p, p->text + from, p->pos - from);
}

/* ---- expressions -------------------------------------------------------------------------- */

static struct expr *expr_read(struct reading *p);
static struct expr *unary_read(struct reading *p);

static struct expr *node(struct reading *p, enum expr_kind kind, struct expr *a)
{
    struct expr *x = make(p, sizeof(*x));

    if (x) {
        x->kind = kind;
        x->a = a;
    }
    return x;
}

static struct expr *binary(struct reading *p, enum op op, struct expr *a, struct expr *b)
{
    struct expr *x = node(p, EXPR_BINARY, a);

    if (x) {
        x->op = op;
        x->b = b;
    }
    return x;
}

static bool deeper(struct reading *p)
{
    /* a bracket is an expression, a 'not' and a sign deep */
    if (++p->depth <= 3 * RESPONSE_DEPTH_MAX && p->code == 0)
        return true;
    fail(p, -E2BIG, "nested too deep");
    return false;
}

static struct expr *text_read(struct reading *p, char quote)
{
    AUTO_STR text = STR_INIT;
    struct expr *x = node(p, EXPR_CONST, NULL);

    for (; p->pos < p->len && p->text[p->pos] != quote; p->pos++) {
        char c = p->text[p->pos];

        if (c == '\\' && p->pos + 1 < p->len) {
            c = p->text[++p->pos];
            c = (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c);
        }
        str_add_char(&text, c);
    }
    if (p->pos == p->len)
        return fail(p, -EINVAL, "a text is not closed");
    p->pos++;
    if (x) {
        x->val.kind = VAL_TEXT;
        x->val.text = keep(p, str_text(&text), text.len);
    }
    return x;
}

static struct expr *number_read(struct reading *p)
{
    struct expr *x = node(p, EXPR_CONST, NULL);
    char *end;

    if (!x)
        return NULL;
    x->val.kind = VAL_INT;
    x->val.i = strtol(p->text + p->pos, &end, 10);
    if (*end == '.' && end[1] >= '0' && end[1] <= '9') {
        x->val.kind = VAL_FLOAT;
        x->val.f = strtod(p->text + p->pos, &end);
    }
    p->pos = (size_t)(end - p->text);
    must(p->pos <= p->len);
    return x;
}

/* Up to `close`, with name=value and, for dicts, key: value. */
static struct arg *args_read(struct reading *p, const char *close, bool is_dict)
{
    struct arg *first = NULL, **tail = &first;

    while (p->code == 0 && !take(p, close)) {
        struct arg *a = make(p, sizeof(*a));
        size_t from;

        if (!a)
            return NULL;
        skip(p);
        from = p->pos;
        if (!is_dict && close[0] == ')' && is_name(p->text[from]) && !(p->text[from] <= '9')) {
            a->name = name_read(p);
            if (!take(p, "=") || p->text[p->pos] == '=') {
                a->name = NULL;
                p->pos = from;
            }
        }
        a->value = expr_read(p);
        if (is_dict && need(p, ":")) {
            a->key = a->value;
            a->value = expr_read(p);
        }
        *tail = a;
        tail = &a->next;
        if (!take(p, ",") && !take(p, close))
            return fail(p, -EINVAL, "',' is missing");
        else if (p->text[p->pos - 1] == close[0])
            break;
    }
    return first;
}

static struct expr *constant(struct reading *p, enum val_kind kind, int64_t i)
{
    struct expr *x = node(p, EXPR_CONST, NULL);

    if (x) {
        x->val.kind = kind;
        x->val.i = i;
    }
    return x;
}

static struct expr *word_read(struct reading *p)
{
    const char *name = name_read(p);
    struct expr *x;

    if (!name)
        return NULL;
    if (strcasecmp(name, "none") == 0)
        return constant(p, VAL_NONE, 0);
    if (strcasecmp(name, "true") == 0 || strcasecmp(name, "false") == 0)
        return constant(p, VAL_BOOL, (name[0] | 32) == 't');
    x = node(p, EXPR_NAME, NULL);
    if (!x)
        return NULL;
    x->name = name;
    if (take(p, "(")) {
        x->kind = EXPR_CALL;
        x->args = args_read(p, ")", false);
    }
    return x;
}

static struct expr *primary_read(struct reading *p)
{
    struct expr *x;
    char c;

    skip(p);
    c = p->text[p->pos];
    if (c == '\'' || c == '"') {
        p->pos++;
        return text_read(p, c);
    }
    if (c >= '0' && c <= '9')
        return number_read(p);
    if (take(p, "(")) {
        x = expr_read(p);
        return need(p, ")") ? x : NULL;
    }
    if (take(p, "[")) {
        x = node(p, EXPR_LIST, NULL);
        if (x)
            x->args = args_read(p, "]", false);
        return x;
    }
    if (take(p, "{")) {
        x = node(p, EXPR_DICT, NULL);
        if (x)
            x->args = args_read(p, "}", true);
        return x;
    }
    return word_read(p);
}

/* Behind "[". */
static struct expr *subscript_read(struct reading *p, struct expr *a)
{
    struct expr *x = node(p, EXPR_INDEX, a);

    if (!x)
        return NULL;
    if (!take(p, ":")) {
        x->b = expr_read(p);
        if (take(p, "]"))
            return x;
        if (!need(p, ":"))
            return NULL;
    }
    x->kind = EXPR_SLICE;
    if (take(p, "]"))
        return x;
    x->c = expr_read(p);
    return need(p, "]") ? x : NULL;
}

/* One of .name, .name(), [...]; NULL: there is none. */
static struct expr *postfix_read(struct reading *p, struct expr *x)
{
    while (p->code == 0) {
        if (take(p, "[")) {
            x = subscript_read(p, x);
        } else if (take(p, ".")) {
            x = node(p, EXPR_ATTR, x);
            if (x)
                x->name = name_read(p);
            if (x && take(p, "(")) {
                x->kind = EXPR_METHOD;
                x->args = args_read(p, ")", false);
            }
        } else {
            return x;
        }
    }
    return NULL;
}

static struct expr *test_read(struct reading *p, struct expr *x)
{
    x = node(p, EXPR_TEST, x);
    if (!x)
        return NULL;
    x->negated = take(p, "not");
    x->name = name_read(p);
    if (take(p, "("))
        x->args = args_read(p, ")", false);
    return x;
}

static struct expr *filters_read(struct reading *p, struct expr *x)
{
    while (p->code == 0) {
        if (take(p, "|")) {
            x = node(p, EXPR_FILTER, x);
            if (x)
                x->name = name_read(p);
            if (x && take(p, "("))
                x->args = args_read(p, ")", false);
        } else if (take(p, "is")) {
            x = test_read(p, x);
        } else {
            return x;
        }
    }
    return NULL;
}

static bool tag_ends(const struct reading *p)
{
    return p->text[p->pos] == '-' && (p->text[p->pos + 1] == '%' || p->text[p->pos + 1] == '}') &&
           p->text[p->pos + 2] == '}';
}

static struct expr *unary_read(struct reading *p)
{
    struct expr *x = NULL;

    if (!deeper(p))
        return NULL;
    skip(p);
    if (p->text[p->pos] == '-' || p->text[p->pos] == '+') {
        enum op op = p->text[p->pos++] == '-' ? OP_NEG : OP_POS;

        x = node(p, EXPR_UNARY, unary_read(p));
        if (x)
            x->op = op;
    } else {
        x = filters_read(p, postfix_read(p, primary_read(p)));
    }
    p->depth--;
    return x;
}

struct operator
{
    const char *sign;
    enum op op;
};

/* Operands joined by operators of one rank, from the left. */
static struct expr *rank_read(struct reading *p, struct expr *(*operand)(struct reading *p),
                              const struct operator* rows, size_t n)
{
    struct expr *x = operand(p);
    size_t i = 0;

    while (p->code == 0 && i < n) {
        skip(p);
        if (tag_ends(p) || (p->text[p->pos] == '%' && p->text[p->pos + 1] == '}'))
            return x;
        for (i = 0; i < n && !take(p, rows[i].sign);)
            i++;
        if (i < n)
            x = binary(p, rows[i].op, x, operand(p));
    }
    return p->code == 0 ? x : NULL;
}

static struct expr *power_read(struct reading *p)
{
    static const struct operator rows[] = { { "**", OP_POW } };

    return rank_read(p, unary_read, rows, 1);
}

static struct expr *product_read(struct reading *p)
{
    static const struct operator rows[] = {
        { "//", OP_FLOOR },
        { "/", OP_DIV },
        { "*", OP_MUL },
        { "%", OP_MOD },
    };

    return rank_read(p, power_read, rows, sizeof(rows) / sizeof(rows[0]));
}

static struct expr *join_read(struct reading *p)
{
    static const struct operator rows[] = { { "~", OP_JOIN } };

    return rank_read(p, product_read, rows, 1);
}

static struct expr *sum_read(struct reading *p)
{
    static const struct operator rows[] = { { "+", OP_ADD }, { "-", OP_SUB } };

    return rank_read(p, join_read, rows, 2);
}

static bool comparison(struct reading *p, enum op *op)
{
    static const struct operator signs[] = { { "==", OP_EQ }, { "!=", OP_NE }, { "<=", OP_LE },
                                             { ">=", OP_GE }, { "<", OP_LT },  { ">", OP_GT },
                                             { "in", OP_IN } };

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (take(p, signs[i].sign)) {
            *op = signs[i].op;
            return true;
        }
    if (!take(p, "not"))
        return false;
    *op = OP_NOT_IN;
    return need(p, "in");
}

static struct expr *compare_read(struct reading *p)
{
    struct expr *x = sum_read(p);
    enum op op;

    while (p->code == 0 && comparison(p, &op))
        x = binary(p, op, x, sum_read(p));
    return x;
}

static struct expr *not_read(struct reading *p)
{
    struct expr *x;

    if (!deeper(p))
        return NULL;
    if (take(p, "not")) {
        x = node(p, EXPR_UNARY, not_read(p));
        if (x)
            x->op = OP_NOT;
    } else {
        x = compare_read(p);
    }
    p->depth--;
    return x;
}

static struct expr *and_read(struct reading *p)
{
    static const struct operator rows[] = { { "and", OP_AND } };

    return rank_read(p, not_read, rows, 1);
}

static struct expr *or_read(struct reading *p)
{
    static const struct operator rows[] = { { "or", OP_OR } };

    return rank_read(p, and_read, rows, 1);
}

static struct expr *expr_read(struct reading *p)
{
    struct expr *x;

    if (!deeper(p))
        return NULL;
    x = or_read(p);
    while (p->code == 0 && take(p, "if")) {
        x = node(p, EXPR_COND, x);
        if (!x)
            return NULL;
        x->b = or_read(p);
        if (take(p, "else"))
            x->c = expr_read(p);
    }
    p->depth--;
    return p->code < 0 ? NULL : x;
}

/* ---- statements --------------------------------------------------------------------------- */

static struct stmt *stmts_read(struct reading *p, const char *const *ends, const char **end);

static struct stmt *stmt_make(struct reading *p, enum stmt_kind kind)
{
    struct stmt *s = make(p, sizeof(*s));

    if (s)
        s->kind = kind;
    return s;
}

/* The tag's end; `close`: "%}" or "}}". */
static void tag_close(struct reading *p, const char *close)
{
    if (close[0] == '%')
        take(p, ":");
    skip(p);
    p->trims = p->text[p->pos] == '-';
    p->pos += p->trims;
    need(p, close);
}

static struct stmt *if_read(struct reading *p)
{
    static const char *const ends[] = { "elif", "else", "endif", NULL };
    struct stmt *s = stmt_make(p, STMT_IF);
    const char *end = NULL;

    if (!s || !deeper(p))
        return NULL;
    s->value = expr_read(p);
    tag_close(p, "%}");
    s->body = stmts_read(p, ends, &end);
    p->depth--;
    if (end && strcmp(end, "elif") == 0) {
        s->other = p->code < 0 ? NULL : if_read(p);
    } else if (end && strcmp(end, "else") == 0) {
        tag_close(p, "%}");
        s->other = stmts_read(p, ends + 2, &end);
        tag_close(p, "%}");
    } else {
        tag_close(p, "%}");
    }
    return s;
}

static struct stmt *for_read(struct reading *p)
{
    static const char *const ends[] = { "else", "endfor", NULL };
    struct stmt *s = stmt_make(p, STMT_FOR);
    const char *end = NULL;

    if (!s || !deeper(p))
        return NULL;
    s->name = name_read(p);
    if (take(p, ","))
        s->second = name_read(p);
    need(p, "in");
    s->value = expr_read(p);
    tag_close(p, "%}");
    s->body = stmts_read(p, ends, &end);
    tag_close(p, "%}");
    if (end && strcmp(end, "else") == 0) {
        s->other = stmts_read(p, ends + 1, &end);
        tag_close(p, "%}");
    }
    p->depth--;
    return s;
}

static struct stmt *set_read(struct reading *p)
{
    struct stmt *s = stmt_make(p, STMT_SET);

    if (!s)
        return NULL;
    s->name = name_read(p);
    if (take(p, "."))
        s->second = name_read(p);
    need(p, "=");
    s->value = expr_read(p);
    tag_close(p, "%}");
    return s;
}

/* Behind "{%"; *end is set when it is one of the ends. */
static struct stmt *tag_read(struct reading *p, const char *const *ends, const char **end)
{
    if (p->text[p->pos] == '-')
        p->pos++;
    for (size_t i = 0; ends && ends[i]; i++)
        if (take(p, ends[i])) {
            *end = ends[i];
            return NULL;
        }
    if (take(p, "if"))
        return if_read(p);
    if (take(p, "for"))
        return for_read(p);
    if (take(p, "set"))
        return set_read(p);
    return fail(p, -EINVAL, "no such statement (if, for and set there are)");
}

static struct stmt *text_piece(struct reading *p)
{
    size_t from = p->pos, to;
    struct stmt *s = stmt_make(p, STMT_TEXT);

    while (p->pos < p->len &&
           !(p->text[p->pos] == '{' && p->text[p->pos + 1] && strchr("{%#", p->text[p->pos + 1])))
        p->pos++;
    to = p->pos;
    while (p->trims && from < to && strchr(" \t\r\n", p->text[from]))
        from++;
    p->trims = false;
    if (p->pos + 2 < p->len && p->text[p->pos + 2] == '-')
        while (to > from && strchr(" \t\r\n", p->text[to - 1]))
            to--;
    if (s)
        s->text = keep(p, p->text + from, to - from);
    return s;
}

static void comment_skip(struct reading *p)
{
    const char *end = strstr(p->text + p->pos, "#}");

    if (!end) {
        fail(p, -EINVAL, "a comment is not closed");
        return;
    }
    p->trims = end[-1] == '-';
    p->pos = (size_t)(end + 2 - p->text);
}

static struct stmt *print_read(struct reading *p)
{
    struct stmt *s = stmt_make(p, STMT_PRINT);

    if (p->text[p->pos] == '-')
        p->pos++;
    if (s)
        s->value = expr_read(p);
    tag_close(p, "}}");
    return s;
}

static struct stmt *stmts_read(struct reading *p, const char *const *ends, const char **end)
{
    struct stmt *first = NULL, **tail = &first;

    *end = NULL;
    while (p->code == 0 && p->pos < p->len) {
        *tail = text_piece(p);
        if (*tail)
            tail = &(*tail)->next;
        if (p->code < 0 || p->pos >= p->len)
            break;
        p->pos += 2;
        if (p->text[p->pos - 1] == '#') {
            comment_skip(p);
            continue;
        }
        *tail = p->text[p->pos - 1] == '{' ? print_read(p) : tag_read(p, ends, end);
        if (*end)
            return first;
        if (*tail)
            tail = &(*tail)->next;
    }
    if (ends)
        fail(p, -EINVAL, "an 'if' or 'for' is not closed");
    return first;
}

int response_parse(struct response **ret, const char *text, size_t len, struct err *e)
{
    AUTO(response_freep) struct response *r = calloc(1, sizeof(*r));
    struct reading p = { .len = len, .e = e };
    const char *end = NULL;

    must_const(RESPONSE_DEPTH_MAX > 0);
    if (len > RESPONSE_TEMPLATE_BYTES_MAX)
        return err_set(e, -E2BIG, "reply: longer than %d bytes", RESPONSE_TEMPLATE_BYTES_MAX);
    if (memchr(text, '\0', len) || !utf8_is_valid(text, len))
        return err_set(e, -EINVAL, "reply: not valid UTF-8");
    if (!r)
        return err_set(e, -ENOMEM, "reply: out of memory");
    r->arena = ARENA_INIT(64 * RESPONSE_TEMPLATE_BYTES_MAX);
    p.arena = &r->arena;
    p.text = keep(&p, text, len);
    if (!p.text)
        return p.code;
    r->body = stmts_read(&p, NULL, &end);
    if (p.code < 0)
        return p.code;
    must(p.depth == 0 && p.pos == len);
    *ret = STEAL(r);
    return 0;
}

struct response *response_free(struct response *r)
{
    if (r) {
        arena_done(&r->arena);
        free(r);
    }
    return NULL;
}
