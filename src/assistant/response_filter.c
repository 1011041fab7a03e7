/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/response_filter.c - the values of reply templates, and what may be done to them. */
#include "assistant/response_tree.h"

#include "base/must.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- values ------------------------------------------------------------------------------- */

int response_fail(struct rendering *r, int code, const char *what)
{
    if (r->code == 0)
        r->code = err_set(r->e, code, "reply: %s", what);
    return r->code;
}

struct val val_text(struct rendering *r, const char *text, size_t len)
{
    const char *copy = arena_text(&r->arena, text, len);

    if (!copy)
        response_fail(r, -E2BIG, "the values need too much memory");
    return (struct val){ .kind = VAL_TEXT, .text = copy ? copy : "" };
}

struct val val_bool(bool b)
{
    return (struct val){ .kind = VAL_BOOL, .i = b };
}

struct val val_int(int64_t i)
{
    return (struct val){ .kind = VAL_INT, .i = i };
}

struct val val_float(double f)
{
    return (struct val){ .kind = VAL_FLOAT, .f = f };
}

struct val val_list(struct rendering *r, enum val_kind kind)
{
    struct items *items = arena_alloc(&r->arena, sizeof(*items));

    if (!items) {
        response_fail(r, -E2BIG, "the values need too much memory");
        return (struct val){ .kind = VAL_UNDEFINED };
    }
    items->tail = &items->first;
    return (struct val){ .kind = kind, .items = items };
}

/* A dict's key that is there already gets the new value. */
void val_push(struct rendering *r, struct val list, struct val key, struct val value)
{
    struct entry *x;

    if (!list.items)
        return;
    if (list.kind == VAL_DICT)
        for (x = list.items->first; x; x = x->next)
            if (val_same(&x->key, &key)) {
                x->value = value;
                return;
            }
    x = arena_alloc(&r->arena, sizeof(*x));
    if (!x) {
        response_fail(r, -E2BIG, "the values need too much memory");
        return;
    }
    *x = (struct entry){ .key = key, .value = value };
    *list.items->tail = x;
    list.items->tail = &x->next;
    list.items->n++;
    must(*list.items->tail == NULL);
}

static struct val json_items(struct rendering *r, const cJSON *j)
{
    struct val list = val_list(r, cJSON_IsObject(j) ? VAL_DICT : VAL_LIST);
    const cJSON *c;

    cJSON_ArrayForEach(c, j)
    {
        struct val key = c->string ? val_text(r, c->string, strlen(c->string))
                                   : (struct val){ .kind = VAL_NONE };

        if (r->code < 0)
            break;
        val_push(r, list, key, val_of_json(r, c));
    }
    return list;
}

struct val val_of_json(struct rendering *r, const cJSON *j)
{
    if (!j)
        return (struct val){ .kind = VAL_UNDEFINED };
    if (cJSON_IsBool(j))
        return val_bool(cJSON_IsTrue(j));
    if (cJSON_IsString(j))
        return val_text(r, j->valuestring, strlen(j->valuestring));
    if (cJSON_IsNumber(j))
        return fabs(j->valuedouble) < 1e15 && j->valuedouble == floor(j->valuedouble)
                   ? val_int((int64_t)j->valuedouble)
                   : val_float(j->valuedouble);
    if (cJSON_IsArray(j) || cJSON_IsObject(j))
        return json_items(r, j);
    return (struct val){ .kind = VAL_NONE };
}

bool val_number(const struct val *v, double *ret)
{
    if (v->kind == VAL_INT || v->kind == VAL_BOOL)
        *ret = (double)v->i;
    else if (v->kind == VAL_FLOAT)
        *ret = v->f;
    else
        return false;
    return true;
}

bool val_true(const struct val *v)
{
    double d;

    if (val_number(v, &d))
        return d != 0;
    if (v->kind == VAL_TEXT)
        return v->text[0] != '\0';
    return (v->kind == VAL_LIST || v->kind == VAL_DICT) && v->items->n > 0;
}

bool val_same(const struct val *a, const struct val *b)
{
    const struct entry *x, *y;
    double m, n;

    if (val_number(a, &m) && val_number(b, &n))
        return m == n;
    if (a->kind != b->kind)
        return false;
    if (a->kind == VAL_TEXT)
        return strcmp(a->text, b->text) == 0;
    if (a->kind != VAL_LIST)
        return a->kind == VAL_DICT ? a->items == b->items : true;
    for (x = a->items->first, y = b->items->first; x && y; x = x->next, y = y->next)
        if (x->value.kind == VAL_LIST || !val_same(&x->value, &y->value))
            return false; /* lists in lists are told apart: no depth to bound */
    return !x && !y;
}

int val_order(const struct val *a, const struct val *b)
{
    double m, n;

    if (val_number(a, &m) && val_number(b, &n))
        return (m > n) - (m < n);
    if (a->kind == VAL_TEXT && b->kind == VAL_TEXT)
        return strcmp(a->text, b->text);
    return (a->kind > b->kind) - (a->kind < b->kind);
}

struct val val_get(const struct val *dict, const struct val *key)
{
    if (dict->kind == VAL_DICT)
        for (const struct entry *x = dict->items->first; x; x = x->next)
            if (val_same(&x->key, key))
                return x->value;
    return (struct val){ .kind = VAL_UNDEFINED };
}

struct val val_attr(const struct val *v, const char *name)
{
    const struct val key = { .kind = VAL_TEXT, .text = name };

    return val_get(v, &key);
}

static void show_float(struct str *out, double f)
{
    char text[40];

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, f);
        if (strtod(text, NULL) == f)
            break;
    }
    str_add(out, text);
    if (!strpbrk(text, ".en"))
        str_add(out, ".0");
}

void val_show(struct str *out, const struct val *v)
{
    switch (v->kind) {
    case VAL_UNDEFINED:
        return;
    case VAL_NONE:
        str_add(out, "None");
        return;
    case VAL_BOOL:
        str_add(out, v->i ? "True" : "False");
        return;
    case VAL_INT:
        str_addf(out, "%lld", (long long)v->i);
        return;
    case VAL_FLOAT:
        show_float(out, v->f);
        return;
    case VAL_TEXT:
        str_add(out, v->text);
        return;
    case VAL_LIST:
    case VAL_DICT: /* as a whole they are no reply */
        str_addf(out, "(%zu)", v->items->n);
        return;
    }
}

struct val val_string(struct rendering *r, const struct val *v)
{
    AUTO_STR text = STR_INIT;

    if (v->kind == VAL_TEXT)
        return *v;
    val_show(&text, v);
    return val_text(r, str_text(&text), text.len);
}

/* ---- texts -------------------------------------------------------------------------------- */

enum letters { LETTERS_LOWER, LETTERS_UPPER, LETTERS_CAPITAL, LETTERS_TITLE };

static struct val letters(struct rendering *r, const struct val *v, enum letters how)
{
    struct val text = val_string(r, v);
    AUTO_STR out = STR_INIT;
    size_t pos = 0, len = strlen(text.text);
    bool first = true;
    uint32_t cp;

    while (pos < len && utf8_step(&cp, text.text, len, &pos)) {
        bool up = how == LETTERS_UPPER || (first && how != LETTERS_LOWER);

        utf8_add(&out, (uint32_t)(up ? utf8proc_toupper((utf8proc_int32_t)cp)
                                     : utf8proc_tolower((utf8proc_int32_t)cp)));
        first = how == LETTERS_TITLE && (cp == ' ' || cp == '-');
    }
    return val_text(r, str_text(&out), out.len);
}

static struct val trim(struct rendering *r, const struct val *v)
{
    struct val text = val_string(r, v);
    size_t len = strlen(text.text), from = strspn(text.text, " \t\r\n");

    while (len > from && strchr(" \t\r\n", text.text[len - 1]))
        len--;
    return val_text(r, text.text + from, len - from);
}

static struct val replace(struct rendering *r, const struct val *v, const struct call *c)
{
    struct val text = val_string(r, v);
    AUTO_STR out = STR_INIT;

    if (c->n < 2 || c->args[0].kind != VAL_TEXT || c->args[1].kind != VAL_TEXT ||
        !c->args[0].text[0])
        return text;
    for (const char *at = text.text; *at && out.len < RESPONSE_OUTPUT_BYTES_MAX;)
        if (str_starts(at, c->args[0].text)) {
            str_add(&out, c->args[1].text);
            at += strlen(c->args[0].text);
        } else {
            str_add_char(&out, *at++);
        }
    return val_text(r, str_text(&out), out.len);
}

/* "{0:02d}" and "{}": positional values, whole numbers with a width. */
static struct val format(struct rendering *r, const struct val *v, const struct call *c)
{
    AUTO_STR out = STR_INIT;
    size_t next = 0;

    for (const char *at = v->text; *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        size_t which;
        char *spec;
        double d;

        if (!end) {
            str_add_char(&out, *at);
            continue;
        }
        which = at[1] >= '0' && at[1] <= '9' ? strtoul(at + 1, &spec, 10)
                                             : (spec = (char *)at + 1, next++);
        if (which < c->n && *spec == ':' && end[-1] == 'd' && val_number(&c->args[which], &d) &&
            fabs(d) < 1e15) {
            int width = (int)strtoul(spec + 1, NULL, 10) % 32;

            str_addf(&out, spec[1] == '0' ? "%0*lld" : "%*lld", width, (long long)d);
        } else if (which < c->n) {
            val_show(&out, &c->args[which]);
        }
        at = end;
    }
    return val_text(r, str_text(&out), out.len);
}

/* ---- numbers ------------------------------------------------------------------------------ */

static double to_number(const struct val *v, double fallback)
{
    char *end;
    double d;

    if (val_number(v, &d))
        return d;
    if (v->kind != VAL_TEXT || !v->text[0])
        return fallback;
    d = strtod(v->text, &end);
    return *end || !isfinite(d) ? fallback : d;
}

static struct val whole(double d)
{
    return val_int(isfinite(d) && fabs(d) < 1e15 ? (int64_t)d : 0);
}

static struct val rounded(const struct val *v, const struct call *c)
{
    double digits = c->n ? to_number(&c->args[0], 0) : 0;
    double scale = pow(10, digits < 0 || digits > 9 ? 0 : digits);

    return val_float(nearbyint(to_number(v, 0) * scale) / scale);
}

static struct val absolute(const struct val *v)
{
    return v->kind == VAL_INT ? val_int(v->i < 0 ? -v->i : v->i) : val_float(fabs(to_number(v, 0)));
}

/* ---- lists -------------------------------------------------------------------------------- */

static const char *keyword(const struct call *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->names[i] && strcmp(c->names[i], name) == 0 && c->args[i].kind == VAL_TEXT)
            return c->args[i].text;
    return NULL;
}

/* The elements of anything: a text's characters, a dict's keys. */
static struct val as_list(struct rendering *r, const struct val *v)
{
    struct val list = *v;

    if (v->kind == VAL_LIST)
        return list;
    list = val_list(r, VAL_LIST);
    if (v->kind == VAL_DICT)
        for (const struct entry *x = v->items->first; x; x = x->next)
            val_push(r, list, (struct val){ .kind = VAL_NONE }, x->key);
    if (v->kind == VAL_TEXT) {
        size_t pos = 0, from = 0, len = strlen(v->text);
        uint32_t cp;

        while (pos < len && utf8_step(&cp, v->text, len, &pos) && r->code == 0) {
            val_push(r, list, (struct val){ .kind = VAL_NONE },
                     val_text(r, v->text + from, pos - from));
            from = pos;
        }
    }
    return list;
}

static bool count_step(struct rendering *r)
{
    if (++r->steps > RESPONSE_STEPS_MAX)
        response_fail(r, -E2BIG, "too many steps");
    return r->code == 0;
}

static struct val sorted(struct rendering *r, const struct val *v, const struct call *c)
{
    const char *by = keyword(c, "attribute");
    struct val in = as_list(r, v), out = val_list(r, VAL_LIST);

    for (const struct entry *x = in.items ? in.items->first : NULL; x && out.items; x = x->next) {
        struct entry *add = arena_alloc(&r->arena, sizeof(*add)), **at = &out.items->first;
        struct val key = by ? val_attr(&x->value, by) : x->value;

        if (!add) {
            response_fail(r, -E2BIG, "the values need too much memory");
            break;
        }
        *add = (struct entry){ .value = x->value };
        add->key = key.kind == VAL_TEXT ? letters(r, &key, LETTERS_LOWER) : key;
        while (*at && count_step(r) && val_order(&(*at)->key, &add->key) <= 0)
            at = &(*at)->next;
        if (r->code < 0)
            break;
        add->next = *at;
        *at = add;
        out.items->n++;
    }
    return out;
}

/* How map, select[attr] and reject[attr] look at an element. */
struct sieve {
    bool maps, rejects;
    const char *by;   /* the attribute; NULL: the element itself */
    struct call then; /* name NULL: no filter or test */
};

static struct sieve sieve_of(const struct call *c)
{
    struct sieve s = { .maps = c->name[0] == 'm', .rejects = c->name[0] == 'r' };
    size_t skip = strstr(c->name, "attr") ? 1 : 0;

    if (s.maps)
        s.by = keyword(c, "attribute");
    else if (skip && c->n && c->args[0].kind == VAL_TEXT)
        s.by = c->args[0].text;
    if (c->n > skip && c->args[skip].kind == VAL_TEXT && !c->names[skip])
        s.then.name = c->args[skip].text;
    for (size_t i = skip + 1; i < c->n; i++)
        s.then.args[s.then.n++] = c->args[i];
    return s;
}

static struct val sift(struct rendering *r, const struct val *v, const struct call *c)
{
    struct val in = as_list(r, v), out = val_list(r, VAL_LIST);
    const struct sieve s = sieve_of(c);

    for (const struct entry *x = in.items ? in.items->first : NULL; x && count_step(r); x = x->next) {
        struct val seen = s.by ? val_attr(&x->value, s.by) : x->value;

        if (s.maps)
            val_push(r, out, (struct val){ .kind = VAL_NONE },
                     s.then.name ? response_filter(r, &seen, &s.then) : seen);
        else if ((s.then.name ? response_test(r, &seen, &s.then) : val_true(&seen)) != s.rejects)
            val_push(r, out, (struct val){ .kind = VAL_NONE }, x->value);
    }
    return out;
}

static struct val join(struct rendering *r, const struct val *v, const struct call *c)
{
    struct val in = as_list(r, v), by = c->n ? val_string(r, &c->args[0]) : val_text(r, "", 0);
    AUTO_STR out = STR_INIT;

    for (const struct entry *x = in.items ? in.items->first : NULL;
         x && out.len < RESPONSE_OUTPUT_BYTES_MAX; x = x->next) {
        if (x != in.items->first)
            str_add(&out, by.text);
        val_show(&out, &x->value);
    }
    return val_text(r, str_text(&out), out.len);
}

static struct val edge(struct rendering *r, const struct val *v, bool last)
{
    struct val in = as_list(r, v);

    for (const struct entry *x = in.items ? in.items->first : NULL; x; x = x->next)
        if (!last || !x->next)
            return x->value;
    return (struct val){ .kind = VAL_UNDEFINED };
}

static struct val length(struct rendering *r, const struct val *v)
{
    struct val in = as_list(r, v);

    return val_int(in.items ? (int64_t)in.items->n : 0);
}

/* ---- by name ------------------------------------------------------------------------------ */

struct val response_filter(struct rendering *r, const struct val *v, const struct call *c)
{
    enum { LENGTH, COUNT, LIST, JOIN, SORT, CAPITAL, LOWER, UPPER, TITLE, STRING, INT, FLOAT,
           ROUND, ABS, REPLACE, MAP, SELECT, REJECT, SELECTATTR, REJECTATTR, TRIM, DEFAULT, FIRST,
           LAST, FILTERS };
    static const char *const names[FILTERS] = {
        "length", "count", "list",  "join",    "sort", "capitalize", "lower",  "upper",
        "title",  "string", "int",  "float",   "round", "abs",       "replace", "map",
        "select", "reject", "selectattr", "rejectattr", "trim", "default", "first", "last",
    };
    int which = 0;

    while (which < FILTERS && strcmp(names[which], c->name) != 0)
        which++;
    switch (which) {
    case LENGTH: case COUNT: return length(r, v);
    case LIST: return as_list(r, v);
    case JOIN: return join(r, v, c);
    case SORT: return sorted(r, v, c);
    case CAPITAL: return letters(r, v, LETTERS_CAPITAL);
    case LOWER: return letters(r, v, LETTERS_LOWER);
    case UPPER: return letters(r, v, LETTERS_UPPER);
    case TITLE: return letters(r, v, LETTERS_TITLE);
    case STRING: return val_string(r, v);
    case INT: return whole(to_number(v, c->n ? to_number(&c->args[0], 0) : 0));
    case FLOAT: return val_float(to_number(v, c->n ? to_number(&c->args[0], 0) : 0));
    case ROUND: return rounded(v, c);
    case ABS: return absolute(v);
    case REPLACE: return replace(r, v, c);
    case MAP: case SELECT: case REJECT: case SELECTATTR: case REJECTATTR: return sift(r, v, c);
    case TRIM: return trim(r, v);
    case DEFAULT: return v->kind == VAL_UNDEFINED && c->n ? c->args[0] : *v;
    case FIRST: case LAST: return edge(r, v, which == LAST);
    default: response_fail(r, -EINVAL, "no such filter"); return *v;
    }
}

bool response_test(struct rendering *r, const struct val *v, const struct call *c)
{
    double d;

    if (strcmp(c->name, "defined") == 0)
        return v->kind != VAL_UNDEFINED;
    if (strcmp(c->name, "undefined") == 0)
        return v->kind == VAL_UNDEFINED;
    if (strcasecmp(c->name, "none") == 0)
        return v->kind == VAL_NONE;
    if (strcmp(c->name, "number") == 0)
        return val_number(v, &d);
    if (strcmp(c->name, "string") == 0)
        return v->kind == VAL_TEXT;
    if (strcmp(c->name, "eq") == 0 || strcmp(c->name, "equalto") == 0)
        return c->n && val_same(v, &c->args[0]);
    if (strcmp(c->name, "ne") == 0)
        return !c->n || !val_same(v, &c->args[0]);
    response_fail(r, -EINVAL, "no such test");
    return false;
}

static struct val pairs(struct rendering *r, const struct val *v, const char *what)
{
    struct val out = val_list(r, VAL_LIST);

    for (const struct entry *x = v->kind == VAL_DICT ? v->items->first : NULL; x && count_step(r);
         x = x->next) {
        struct val pair = x->value;

        if (strcmp(what, "keys") == 0)
            pair = x->key;
        if (strcmp(what, "items") == 0) {
            pair = val_list(r, VAL_LIST);
            val_push(r, pair, (struct val){ .kind = VAL_NONE }, x->key);
            val_push(r, pair, (struct val){ .kind = VAL_NONE }, x->value);
        }
        val_push(r, out, (struct val){ .kind = VAL_NONE }, pair);
    }
    return out;
}

static struct val text_method(struct rendering *r, const struct val *v, const struct call *c)
{
    static const char *const of_texts[] = { "lower", "upper", "title", "capitalize", "replace" };

    for (size_t i = 0; i < sizeof(of_texts) / sizeof(of_texts[0]); i++)
        if (strcmp(of_texts[i], c->name) == 0)
            return response_filter(r, v, c);
    if (strcmp(c->name, "strip") == 0)
        return trim(r, v);
    if (strcmp(c->name, "format") == 0)
        return format(r, v, c);
    if (strcmp(c->name, "startswith") == 0 && c->n && c->args[0].kind == VAL_TEXT)
        return val_bool(str_starts(v->text, c->args[0].text));
    response_fail(r, -EINVAL, "no such method");
    return (struct val){ .kind = VAL_UNDEFINED };
}

struct val response_method(struct rendering *r, const struct val *v, const struct call *c)
{
    struct val found;

    if (strcmp(c->name, "items") == 0 || strcmp(c->name, "keys") == 0 ||
        strcmp(c->name, "values") == 0)
        return pairs(r, v, c->name);
    if (strcmp(c->name, "weekday") == 0)
        return val_attr(v, "weekday"); /* of a date: Monday is 0 */
    if (strcmp(c->name, "get") != 0 || !c->n)
        return v->kind == VAL_TEXT ? text_method(r, v, c)
                                   : (struct val){ .kind = VAL_UNDEFINED };
    found = val_get(v, &c->args[0]);
    if (found.kind != VAL_UNDEFINED)
        return found;
    return c->n > 1 ? c->args[1] : (struct val){ .kind = VAL_NONE };
}
