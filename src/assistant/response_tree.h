/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/response_tree.h - what the parts of response.h share: tree, values, one rendering.
 *
 *   response_parse.c   text -> statements and expressions
 *   response.c         runs them
 *   response_filter.c  values, filters, tests, methods
 * Threads: none of their own; see response.h. */
#ifndef JARVIS_ASSISTANT_RESPONSE_TREE_H
#define JARVIS_ASSISTANT_RESPONSE_TREE_H

#include "base/err.h"
#include "base/arena.h"
#include "assistant/response.h"

#include <stdint.h>

enum val_kind { VAL_UNDEFINED, VAL_NONE, VAL_BOOL, VAL_INT, VAL_FLOAT, VAL_TEXT, VAL_LIST, VAL_DICT };

struct val {
    enum val_kind kind;
    int64_t i; /* INT, BOOL */
    double f;  /* FLOAT */
    const char *text;
    struct items *items; /* LIST, DICT; shared by all who hold the value */
};

struct entry {
    struct val key, value; /* key: of a DICT */
    struct entry *next;
};

struct items {
    struct entry *first, **tail;
    size_t n;
};

enum expr_kind {
    EXPR_CONST,
    EXPR_NAME,   /* name */
    EXPR_ATTR,   /* a.name */
    EXPR_INDEX,  /* a[b] */
    EXPR_SLICE,  /* a[b:c], b and c may be NULL */
    EXPR_CALL,   /* name(args) */
    EXPR_METHOD, /* a.name(args) */
    EXPR_FILTER, /* a | name(args) */
    EXPR_TEST,   /* a is [not] name(args) */
    EXPR_UNARY,  /* op a: '!' not, '-', '+' */
    EXPR_BINARY, /* a op b */
    EXPR_COND,   /* a if b else c (NULL: nothing) */
    EXPR_LIST,   /* [args] */
    EXPR_DICT,   /* {key: value} */
};

enum op {
    OP_OR, OP_AND, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_IN, OP_NOT_IN,
    OP_ADD, OP_SUB, OP_JOIN, OP_MUL, OP_DIV, OP_FLOOR, OP_MOD, OP_POW, OP_NOT, OP_NEG, OP_POS,
};

struct arg {
    const char *name; /* of a keyword argument, else NULL */
    struct expr *key; /* of a dict */
    struct expr *value;
    struct arg *next;
};

struct expr {
    enum expr_kind kind;
    enum op op;
    bool negated; /* EXPR_TEST */
    const char *name;
    struct val val;
    struct expr *a, *b, *c;
    struct arg *args;
};

enum stmt_kind { STMT_TEXT, STMT_PRINT, STMT_IF, STMT_FOR, STMT_SET };

struct stmt {
    enum stmt_kind kind;
    const char *text;           /* TEXT */
    const char *name, *second;  /* FOR name, second in; SET name.second */
    struct expr *value;
    struct stmt *body, *other;  /* other: else */
    struct stmt *next;
};

struct response {
    struct arena arena;
    struct stmt *body;
};

struct var {
    const char *name;
    struct val val;
    struct var *next;
};

struct rendering {
    struct arena arena;
    const cJSON *given;
    struct var *vars; /* newest first */
    struct str *out;
    unsigned rounds, steps, depth;
    int code;         /* the first failure; everything stops then */
    struct err *e;
};

/* ---- response_filter.c -------------------------------------------------------------------- */

int response_fail(struct rendering *r, int code, const char *what);
struct val val_text(struct rendering *r, const char *text, size_t len);
struct val val_bool(bool b);
struct val val_int(int64_t i);
struct val val_float(double f);
struct val val_list(struct rendering *r, enum val_kind kind);
void val_push(struct rendering *r, struct val list, struct val key, struct val value);
struct val val_of_json(struct rendering *r, const cJSON *j);
struct val val_get(const struct val *dict, const struct val *key); /* UNDEFINED: it is not there */
struct val val_attr(const struct val *v, const char *name);
bool val_true(const struct val *v);
bool val_number(const struct val *v, double *ret);
bool val_same(const struct val *a, const struct val *b);
int val_order(const struct val *a, const struct val *b); /* <0, 0, >0 */
void val_show(struct str *out, const struct val *v);
struct val val_string(struct rendering *r, const struct val *v);

enum { CALL_ARGS_MAX = 6 };
struct call { /* a filter's, test's or method's arguments */
    const char *name;
    struct val args[CALL_ARGS_MAX];
    const char *names[CALL_ARGS_MAX];
    size_t n;
};
struct val response_filter(struct rendering *r, const struct val *v, const struct call *c);
bool response_test(struct rendering *r, const struct val *v, const struct call *c);
struct val response_method(struct rendering *r, const struct val *v, const struct call *c);

#endif
