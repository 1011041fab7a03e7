/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/response.c - runs the tree of a reply template.
 *
 * Variables are a chain, newest first: a loop's round cuts the chain back to where it began, an
 * 'if' does not (as in Jinja2). The first failure stops everything; nothing of the text is kept. */
#include "assistant/response_tree.h"

#include "base/must.h"

#include <math.h>
#include <string.h>

enum { EVAL_DEPTH_MAX = 500 }; /* a + a + a ... is as deep as it is long */

static struct val eval(struct rendering *r, const struct expr *x);

static const struct val undefined = { .kind = VAL_UNDEFINED };

static struct val variable(struct rendering *r, const char *name)
{
    for (const struct var *v = r->vars; v; v = v->next)
        if (strcmp(v->name, name) == 0)
            return v->val;
    return undefined;
}

static void var_set(struct rendering *r, const char *name, struct val val)
{
    struct var *v = arena_alloc(&r->arena, sizeof(*v));

    if (!v) {
        response_fail(r, -E2BIG, "the values need too much memory");
        return;
    }
    *v = (struct var){ .name = name, .val = val, .next = r->vars };
    r->vars = v;
}

/* ---- operators ---------------------------------------------------------------------------- */

static struct val arithmetic(struct rendering *r, enum op op, double a, double b, bool whole)
{
    double d;

    if ((op == OP_DIV || op == OP_FLOOR || op == OP_MOD) && b == 0) {
        response_fail(r, -EINVAL, "a division by zero");
        return undefined;
    }
    switch (op) {
    case OP_ADD: d = a + b; break;
    case OP_SUB: d = a - b; break;
    case OP_MUL: d = a * b; break;
    case OP_DIV: d = a / b; whole = false; break;
    case OP_FLOOR: d = floor(a / b); break;
    case OP_MOD: d = a - floor(a / b) * b; break;
    default: d = pow(a, b); whole = whole && b >= 0; break;
    }
    return whole && fabs(d) < 1e15 ? val_int((int64_t)d) : val_float(d);
}

static struct val texts_join(struct rendering *r, const struct val *a, const struct val *b)
{
    AUTO_STR out = STR_INIT;

    val_show(&out, a);
    val_show(&out, b);
    if (out.len > RESPONSE_OUTPUT_BYTES_MAX)
        response_fail(r, -E2BIG, "a text is too long");
    return val_text(r, str_text(&out), r->code < 0 ? 0 : out.len);
}

static bool contains(const struct val *in, const struct val *v)
{
    struct val found;

    if (in->kind == VAL_TEXT)
        return v->kind == VAL_TEXT && strstr(in->text, v->text);
    if (in->kind == VAL_LIST)
        for (const struct entry *x = in->items->first; x; x = x->next)
            if (val_same(&x->value, v))
                return true;
    found = val_get(in, v);
    return found.kind != VAL_UNDEFINED;
}

static struct val compare(enum op op, const struct val *a, const struct val *b)
{
    int order = val_order(a, b);

    switch (op) {
    case OP_EQ: return val_bool(val_same(a, b));
    case OP_NE: return val_bool(!val_same(a, b));
    case OP_LT: return val_bool(order < 0);
    case OP_LE: return val_bool(order <= 0);
    case OP_GT: return val_bool(order > 0);
    case OP_GE: return val_bool(order >= 0);
    case OP_IN: return val_bool(contains(b, a));
    default: return val_bool(!contains(b, a));
    }
}

static struct val binary(struct rendering *r, const struct expr *x)
{
    struct val a = eval(r, x->a), b;
    double m, n;

    if (x->op == OP_OR || x->op == OP_AND)
        return val_true(&a) == (x->op == OP_OR) ? a : eval(r, x->b);
    b = eval(r, x->b);
    if (r->code < 0)
        return undefined;
    if (x->op <= OP_NOT_IN)
        return compare(x->op, &a, &b);
    if (x->op == OP_JOIN || (x->op == OP_ADD && a.kind == VAL_TEXT && b.kind == VAL_TEXT))
        return texts_join(r, &a, &b);
    if (val_number(&a, &m) && val_number(&b, &n))
        return arithmetic(r, x->op, m, n, a.kind != VAL_FLOAT && b.kind != VAL_FLOAT);
    return undefined;
}

static struct val unary(struct rendering *r, const struct expr *x)
{
    struct val a = eval(r, x->a);
    double d;

    if (x->op == OP_NOT)
        return val_bool(!val_true(&a));
    if (!val_number(&a, &d))
        return undefined;
    if (x->op == OP_POS)
        return a;
    return a.kind == VAL_FLOAT ? val_float(-d) : val_int(-a.i);
}

/* ---- parts -------------------------------------------------------------------------------- */

static struct val slice(struct rendering *r, const struct expr *x)
{
    const struct call to_list = { .name = "list" };
    struct val in = eval(r, x->a), from = x->b ? eval(r, x->b) : val_int(0);
    struct val list = response_filter(r, &in, &to_list), out = val_list(r, VAL_LIST);
    int64_t n = list.items ? (int64_t)list.items->n : 0, i = 0;
    struct val to = x->c ? eval(r, x->c) : val_int(n);

    if (r->code < 0 || from.kind != VAL_INT || to.kind != VAL_INT)
        return undefined;
    from.i += from.i < 0 ? n : 0;
    to.i += to.i < 0 ? n : 0;
    for (const struct entry *e = list.items->first; e; e = e->next, i++)
        if (i >= from.i && i < to.i)
            val_push(r, out, (struct val){ .kind = VAL_NONE }, e->value);
    if (in.kind == VAL_TEXT)
        return response_filter(r, &out, &(struct call){ .name = "join" });
    return out;
}

static struct val element(struct rendering *r, const struct expr *x)
{
    struct val in = eval(r, x->a), at = eval(r, x->b);
    int64_t i;

    if (in.kind == VAL_DICT)
        return val_get(&in, &at);
    if (in.kind != VAL_LIST || at.kind != VAL_INT)
        return undefined;
    i = at.i < 0 ? at.i + (int64_t)in.items->n : at.i;
    for (const struct entry *e = i < 0 ? NULL : in.items->first; e; e = e->next)
        if (i-- == 0)
            return e->value;
    return undefined;
}

static void call_fill(struct call *c, struct rendering *r, const struct expr *x)
{
    *c = (struct call){ .name = x->name };
    for (const struct arg *a = x->args; a; a = a->next) {
        if (c->n == CALL_ARGS_MAX) {
            response_fail(r, -E2BIG, "too many arguments");
            return;
        }
        c->names[c->n] = a->name;
        c->args[c->n++] = eval(r, a->value);
    }
    must(c->n <= CALL_ARGS_MAX);
}

static struct val range(struct rendering *r, const struct call *c)
{
    struct val out = val_list(r, VAL_LIST);
    int64_t from = c->n > 1 ? c->args[0].i : 0, to = c->args[c->n > 1 ? 1 : 0].i;

    if (to - from > RESPONSE_ROUNDS_MAX)
        response_fail(r, -E2BIG, "a range is too long");
    for (int64_t i = from; i < to && r->code == 0; i++)
        val_push(r, out, (struct val){ .kind = VAL_NONE }, val_int(i));
    return out;
}

static struct val state_attr(struct rendering *r, const struct call *c)
{
    const cJSON *of = cJSON_GetObjectItemCaseSensitive(r->given, "states");

    for (size_t i = 0; i < 2 && of; i++)
        of = i < c->n && c->args[i].kind == VAL_TEXT
                 ? cJSON_GetObjectItemCaseSensitive(of, c->args[i].text)
                 : NULL;
    return of ? val_of_json(r, of) : (struct val){ .kind = VAL_NONE };
}

static struct val namespace(struct rendering *r, const struct call *c)
{
    struct val out = val_list(r, VAL_DICT);

    for (size_t i = 0; i < c->n; i++)
        if (c->names[i])
            val_push(r, out, val_text(r, c->names[i], strlen(c->names[i])), c->args[i]);
    return out;
}

static struct val call(struct rendering *r, const struct expr *x)
{
    struct call c;

    call_fill(&c, r, x);
    if (r->code < 0)
        return undefined;
    if (strcmp(c.name, "state_attr") == 0)
        return state_attr(r, &c);
    if (strcmp(c.name, "namespace") == 0)
        return namespace(r, &c);
    if (strcmp(c.name, "range") == 0 && c.n > 0 && c.args[0].kind == VAL_INT &&
        (c.n == 1 || c.args[1].kind == VAL_INT))
        return range(r, &c);
    response_fail(r, -EINVAL, "no such function (state_attr, namespace and range there are)");
    return undefined;
}

static struct val applied(struct rendering *r, const struct expr *x)
{
    struct val v = eval(r, x->a);
    struct call c;

    call_fill(&c, r, x);
    if (r->code < 0)
        return undefined;
    if (x->kind == EXPR_FILTER)
        return response_filter(r, &v, &c);
    if (x->kind == EXPR_METHOD)
        return response_method(r, &v, &c);
    return val_bool(response_test(r, &v, &c) != x->negated);
}

static struct val collection(struct rendering *r, const struct expr *x)
{
    struct val out = val_list(r, x->kind == EXPR_DICT ? VAL_DICT : VAL_LIST);

    for (const struct arg *a = x->args; a && r->code == 0; a = a->next)
        val_push(r, out, a->key ? eval(r, a->key) : (struct val){ .kind = VAL_NONE },
                 eval(r, a->value));
    return out;
}

static struct val eval_node(struct rendering *r, const struct expr *x)
{
    struct val v;

    switch (x->kind) {
    case EXPR_CONST: return x->val;
    case EXPR_NAME: return variable(r, x->name);
    case EXPR_ATTR: v = eval(r, x->a); return val_attr(&v, x->name);
    case EXPR_INDEX: return element(r, x);
    case EXPR_SLICE: return slice(r, x);
    case EXPR_CALL: return call(r, x);
    case EXPR_METHOD: case EXPR_FILTER: case EXPR_TEST: return applied(r, x);
    case EXPR_UNARY: return unary(r, x);
    case EXPR_BINARY: return binary(r, x);
    case EXPR_COND:
        v = eval(r, x->b);
        return val_true(&v) ? eval(r, x->a) : x->c ? eval(r, x->c) : undefined;
    case EXPR_LIST: case EXPR_DICT: return collection(r, x);
    }
    return undefined;
}

static struct val eval(struct rendering *r, const struct expr *x)
{
    struct val v;

    if (r->code < 0 || !must(x != NULL))
        return undefined;
    if (++r->steps > RESPONSE_STEPS_MAX || r->depth > EVAL_DEPTH_MAX) {
        response_fail(r, -E2BIG, "too many steps");
        return undefined;
    }
    r->depth++;
    v = eval_node(r, x);
    r->depth--;
    return r->code < 0 ? undefined : v;
}

/* ---- statements --------------------------------------------------------------------------- */

static void run(struct rendering *r, const struct stmt *s);

/* The loop's variable is one dict that every round writes anew. */
static void loop_set(struct rendering *r, struct val loop, size_t at, size_t n)
{
    const struct {
        const char *key;
        struct val val;
    } rows[] = {
        { "index", val_int((int64_t)at + 1) }, { "index0", val_int((int64_t)at) },
        { "first", val_bool(at == 0) },        { "last", val_bool(at + 1 == n) },
        { "length", val_int((int64_t)n) },
    };

    must(at < n);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        val_push(r, loop, (struct val){ .kind = VAL_TEXT, .text = rows[i].key }, rows[i].val);
}

static void run_for(struct rendering *r, const struct stmt *s)
{
    const struct call to_list = { .name = "list" };
    struct val in = eval(r, s->value), list = response_filter(r, &in, &to_list);
    struct val loop = val_list(r, VAL_DICT);
    size_t at = 0;

    if (r->code < 0)
        return;
    if (list.items->n == 0)
        run(r, s->other);
    for (const struct entry *e = list.items->first; e && r->code == 0; e = e->next, at++) {
        struct var *vars = r->vars;

        if (++r->rounds > RESPONSE_ROUNDS_MAX) {
            response_fail(r, -E2BIG, "the loops take too many rounds");
            return;
        }
        if (s->second && e->value.kind == VAL_LIST && e->value.items->n == 2) {
            var_set(r, s->name, e->value.items->first->value);
            var_set(r, s->second, e->value.items->first->next->value);
        } else {
            var_set(r, s->name, e->value);
        }
        loop_set(r, loop, at, list.items->n);
        var_set(r, "loop", loop);
        run(r, s->body);
        r->vars = vars;
    }
}

static void run_set(struct rendering *r, const struct stmt *s)
{
    struct val v = eval(r, s->value), of;

    if (r->code < 0)
        return;
    if (!s->second) {
        var_set(r, s->name, v);
        return;
    }
    of = variable(r, s->name);
    if (of.kind == VAL_DICT)
        val_push(r, of, val_text(r, s->second, strlen(s->second)), v);
}

static void run(struct rendering *r, const struct stmt *s)
{
    for (; s && r->code == 0; s = s->next) {
        struct val v;

        switch (s->kind) {
        case STMT_TEXT:
            str_add(r->out, s->text);
            break;
        case STMT_PRINT:
            v = eval(r, s->value);
            if (r->code == 0)
                val_show(r->out, &v);
            break;
        case STMT_IF:
            v = eval(r, s->value);
            run(r, val_true(&v) ? s->body : s->other);
            break;
        case STMT_FOR:
            run_for(r, s);
            break;
        case STMT_SET:
            run_set(r, s);
            break;
        }
        if (r->out->len > RESPONSE_OUTPUT_BYTES_MAX)
            response_fail(r, -E2BIG, "the text is too long");
    }
}

/* Words with single blanks between them. */
static void tidy(struct str *out, const char *text)
{
    size_t began = out->len;

    for (; *text; text++)
        if (!strchr(" \t\r\n", *text))
            str_add_char(out, *text);
        else if (out->len > began && text[1] && !strchr(" \t\r\n", text[1]))
            str_add_char(out, ' ');
}

int response_render(struct str *out, const struct response *response, const cJSON *vars,
                    struct err *e)
{
    AUTO_STR text = STR_INIT;
    struct rendering r = { .arena = ARENA_INIT(RESPONSE_MEMORY_MAX), .given = vars, .out = &text,
                           .e = e };
    const cJSON *v;

    cJSON_ArrayForEach(v, vars)
        if (v->string && strcmp(v->string, "states") != 0)
            var_set(&r, v->string, val_of_json(&r, v));
    run(&r, response->body);
    if (r.code == 0 && text.failed)
        response_fail(&r, -ENOMEM, "out of memory");
    if (r.code == 0)
        tidy(out, str_text(&text));
    must(r.code < 0 || r.depth == 0);
    arena_done(&r.arena);
    return r.code;
}
