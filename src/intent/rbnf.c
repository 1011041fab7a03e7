/* SPDX-License-Identifier: Apache-2.0 */
/* intent/rbnf.c - CLDR's rules for number words.
 *
 * Of the XML only two elements count, so it is scanned for them rather than parsed. A rule's text is kept as it
 * is and interpreted when a number is spelled. */
#include "intent/rbnf.h"

#include "base/arena.h"
#include "base/must.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct rule {
    int value, radix;
    const char *text;
    struct rule *next; /* of a higher value */
};

struct ruleset {
    const char *name;
    struct rule *rules; /* by value */
    bool counts;        /* it says how many there are */
    struct ruleset *next;
};

struct rbnf {
    struct arena arena;
    struct ruleset *sets, **tail; /* in the file's order */
    size_t sets_n, rules_n, counting_n;
};

/* ---- reading ------------------------------------------------------------------------------ */

struct scan {
    const char *file, *text;
    size_t len, pos;
    struct rbnf *r;
    struct err *e;
};

static int scan_fail(const struct scan *s, int code, const char *what)
{
    int line = 1;

    for (size_t i = 0; i < s->pos && i < s->len; i++)
        line += s->text[i] == '\n';
    return err_set(s->e, code, "%s line %d: %s", s->file, line, what);
}

static bool scan_is(const struct scan *s, const char *text)
{
    size_t n = strlen(text);

    return s->len - s->pos >= n && memcmp(s->text + s->pos, text, n) == 0;
}

/* To the next of `what`; false: there is none. */
static bool scan_to(struct scan *s, const char *what)
{
    while (s->pos < s->len && !scan_is(s, what))
        s->pos++;
    must(s->pos <= s->len);
    return s->pos < s->len;
}

/* The attribute's value in the tag between pos and end; "" where it is not there. */
static void attribute(char *out, size_t size, const struct scan *s, size_t end, const char *name)
{
    struct scan at = *s;
    size_t n = 0;

    at.len = end;
    out[0] = '\0';
    while (scan_to(&at, name)) {
        at.pos += strlen(name);
        if (!scan_is(&at, "=\""))
            continue;
        for (at.pos += 2; at.pos < end && at.text[at.pos] != '"' && n + 1 < size; at.pos++)
            out[n++] = at.text[at.pos];
        out[n] = '\0';
        return;
    }
}

/* One character of XML text; what is no entity that matters here stays as it is. */
static void text_char(struct str *out, struct scan *s)
{
    static const struct {
        const char *entity;
        char c;
    } entities[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' } };

    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
        if (scan_is(s, entities[i].entity)) {
            str_add_char(out, entities[i].c);
            s->pos += strlen(entities[i].entity);
            return;
        }
    str_add_char(out, s->text[s->pos++]);
}

static int set_add(struct scan *s, size_t end)
{
    struct ruleset *set;
    char name[96];

    attribute(name, sizeof(name), s, end, " type");
    if (s->r->sets_n++ == RBNF_SETS_MAX)
        return scan_fail(s, -E2BIG, "too many rule sets");
    set = arena_alloc(&s->r->arena, sizeof(*set));
    if (!set || !(set->name = arena_text(&s->r->arena, name, strlen(name))))
        return scan_fail(s, -ENOMEM, "out of memory");
    set->counts = strncmp(name, "spellout-cardinal", 17) == 0 || strcmp(name, "spellout-numbering") == 0;
    *s->r->tail = set;
    s->r->tail = &set->next;
    s->r->counting_n += set->counts;
    return 0;
}

static int number_of(const char *text)
{
    size_t n = strlen(text);

    return n > 0 && n <= 6 && text[strspn(text, "0123456789")] == '\0' ? (int)strtol(text, NULL, 10) : -1;
}

/* Rules for fractions, signs and large numbers are left out. */
static int rule_add(struct scan *s, struct ruleset *set, size_t end)
{
    char value[32], radix[16];
    AUTO_STR text = STR_INIT;
    struct rule *rule, **at;

    attribute(value, sizeof(value), s, end, " value");
    attribute(radix, sizeof(radix), s, end, " radix");
    must(end < s->len);
    s->pos = end + 1;
    while (s->pos < s->len && s->text[s->pos] != '<')
        text_char(&text, s);
    if (number_of(value) < 0)
        return 0;
    if (s->r->rules_n++ == RBNF_RULES_MAX)
        return scan_fail(s, -E2BIG, "too many rules");
    if (!utf8_is_valid(str_text(&text), text.len))
        return scan_fail(s, -EINVAL, "a rule is not UTF-8");
    rule = arena_alloc(&s->r->arena, sizeof(*rule));
    if (!rule || text.failed || !(rule->text = arena_text(&s->r->arena, str_text(&text), text.len)))
        return scan_fail(s, -ENOMEM, "out of memory");
    rule->value = number_of(value);
    rule->radix = number_of(radix) >= 2 ? number_of(radix) : 10;
    for (at = &set->rules; *at && (*at)->value < rule->value;)
        at = &(*at)->next;
    if (*at && (*at)->value == rule->value)
        return 0; /* the first of two */
    rule->next = *at;
    *at = rule;
    return 0;
}

/* One tag at pos. */
static int tag_read(struct scan *s, struct ruleset **set)
{
    size_t end;
    int r = 0;

    if (scan_is(s, "<!--")) {
        scan_to(s, "-->");
        return 0;
    }
    for (end = s->pos; end < s->len && s->text[end] != '>';)
        end++;
    if (end == s->len) { /* cut off: no tag */
        s->pos = end;
        return 0;
    }
    if (scan_is(s, "<ruleset ")) {
        r = set_add(s, end);
        if (r == 0) {
            *set = s->r->sets;
            while ((*set)->next)
                *set = (*set)->next;
        }
    } else if (scan_is(s, "<rbnfrule ") && *set) {
        return rule_add(s, *set, end);
    }
    s->pos = end;
    return r;
}

int rbnf_parse(struct rbnf **ret, const char *file, const char *text, size_t len, struct err *e)
{
    AUTO(rbnf_freep) struct rbnf *r = calloc(1, sizeof(*r));
    struct scan s = { .file = file, .text = text, .len = len, .r = r, .e = e };
    struct ruleset *set = NULL;
    int code = 0;

    if (!r)
        return err_set(e, -ENOMEM, "%s: out of memory", file);
    r->arena = ARENA_INIT(4 * RBNF_BYTES_MAX);
    r->tail = &r->sets;
    if (len > RBNF_BYTES_MAX)
        return err_set(e, -E2BIG, "%s: larger than %d bytes", file, RBNF_BYTES_MAX);
    while (code == 0 && scan_to(&s, "<")) {
        size_t before = s.pos;

        code = tag_read(&s, &set);
        if (s.pos == before)
            s.pos++;
    }
    if (code < 0)
        return code;
    if (r->counting_n == 0 || r->rules_n == 0)
        return err_set(e, -EINVAL, "%s: holds no rules that spell numbers (<ruleset type=\"spellout-cardinal...\">)", file);
    *ret = STEAL(r);
    return 0;
}

struct rbnf *rbnf_free(struct rbnf *r)
{
    if (r)
        arena_done(&r->arena);
    free(r);
    return NULL;
}

/* ---- spelling ----------------------------------------------------------------------------- */

struct spelling {
    const struct rbnf *r;
    struct str *out;
    unsigned form;
    bool has_forms; /* some word has several */
    unsigned depth, steps;
};

static bool set_spell(struct spelling *s, const struct ruleset *set, int value);

static const struct ruleset *set_find(const struct rbnf *r, const char *name, size_t len)
{
    const struct ruleset *set = r->sets;

    while (set && (strlen(set->name) != len || memcmp(set->name, name, len) != 0))
        set = set->next;
    return set;
}

static int divisor_of(const struct rule *rule)
{
    int divisor = 1;

    must(rule->radix >= 2);
    while (divisor <= rule->value / rule->radix)
        divisor *= rule->radix;
    return divisor;
}

static bool has_both(const char *text)
{
    return (strstr(text, "\u2190") || strchr(text, '<')) && (strstr(text, "\u2192") || strchr(text, '>'));
}

/* The last rule that is not above the value; where it would say a remainder of nothing, the one before. */
static const struct rule *rule_find(const struct ruleset *set, int value)
{
    const struct rule *before = NULL, *found = NULL;
    int divisor;

    for (const struct rule *rule = set->rules; rule && rule->value <= value; rule = rule->next) {
        before = found;
        found = rule;
    }
    if (!found)
        return NULL;
    divisor = divisor_of(found);
    return before && has_both(found->text) && value % divisor == 0 && found->value % divisor != 0 ? before : found;
}

/* The mark at p, as one character: arrows of either kind. */
static char mark_at(const char *p, size_t *len)
{
    *len = 1;
    if (strncmp(p, "\u2190", 3) == 0 || strncmp(p, "\u2192", 3) == 0) {
        *len = 3;
        return p[2] == '\x90' ? '<' : '>';
    }
    return *p;
}

/* What stands between two marks of a kind; p is behind the first, *after behind the last. */
static size_t between(const char *p, char mark, const char **after)
{
    size_t n = 0, len;

    while (p[n] && mark_at(p + n, &len) != mark)
        n += len;
    *after = p + n;
    for (int i = 0; i < 2 && **after && mark_at(*after, &len) == mark; i++) /* a third arrow says no more */
        *after += len;
    return n;
}

/* By the rules named there ("%spellout-x", "%%private"), or by `set`. */
static bool part_spell(struct spelling *s, const struct ruleset *set, const char *name, size_t len, int value)
{
    if (len == 0)
        return set_spell(s, set, value);
    if (name[0] != '%')
        return false; /* a pattern for digits */
    for (; len > 0 && *name == '%'; len--)
        name++;
    set = set_find(s->r, name, len);
    return set && set_spell(s, set, value);
}

/* $(cardinal,one{a}other{b})$ from behind the '$': the word of the form. Returns what is behind it; NULL: it is
 * not closed. */
static const char *form_spell(struct spelling *s, const char *p)
{
    static const char *const names[RBNF_FORMS] = { "other{", "one{", "two{", "few{", "many{", "zero{" };
    const char *end = strstr(p, ")$"), *at = NULL;

    if (!end)
        return NULL;
    s->has_forms = true;
    must(s->form < RBNF_FORMS);
    for (unsigned i = s->form; !at || at > end; i = 0) {
        at = strstr(p, names[i]);
        if (i == 0 && (!at || at > end))
            return NULL;
        if (at)
            at += strlen(names[i]);
    }
    str_add_bytes(s->out, at, strcspn(at, "}"));
    return end + 2;
}

/* One piece of the rule's text at *p. */
static bool piece_spell(struct spelling *s, const struct ruleset *set, const struct rule *rule, int value,
                        const char **p)
{
    const int divisor = divisor_of(rule);
    size_t len, n;
    const char mark = mark_at(*p, &len), *name = *p + len;

    switch (mark) {
    case '<': case '>': case '=':
        n = between(name, mark, p);
        if (mark == '=' && n == 0)
            return false;
        return part_spell(s, set, name, n, mark == '<' ? value / divisor : mark == '>' ? value % divisor : value);
    case '$':
        *p = form_spell(s, name);
        return *p != NULL;
    case '[':
        *p = value % divisor == 0 ? *p + strcspn(*p, "]") : name;
        return true;
    case ']': case '\'':
        *p = name;
        return true;
    default:
        if (strncmp(*p, "\u00ad", 2) == 0) { /* where a line may be broken */
            *p += 2;
            return true;
        }
        str_add_char(s->out, mark);
        *p = name;
        return true;
    }
}

static bool set_spell(struct spelling *s, const struct ruleset *set, int value)
{
    const struct rule *rule = rule_find(set, value);
    bool ok = rule != NULL && s->depth < RBNF_DEPTH_MAX;

    s->depth++;
    for (const char *p = ok ? rule->text : ""; ok && *p && *p != ';';)
        ok = ++s->steps <= RBNF_STEPS_MAX && piece_spell(s, set, rule, value, &p) &&
             s->out->len <= RBNF_WORDS_BYTES_MAX;
    s->depth--;
    return ok;
}

size_t rbnf_sets(const struct rbnf *r)
{
    return r->counting_n;
}

bool rbnf_spell(struct str *out, const struct rbnf *r, size_t set, int value, unsigned form)
{
    AUTO_STR words = STR_INIT;
    struct spelling s = { .r = r, .out = &words, .form = form };
    const struct ruleset *at = r->sets;

    must(form < RBNF_FORMS && value >= 0 && value <= RBNF_VALUE_MAX);
    for (; at; at = at->next)
        if (at->counts && set-- == 0)
            break;
    if (!at || !set_spell(&s, at, value) || words.failed || words.len == 0 || (form > 0 && !s.has_forms))
        return false;
    must(s.depth == 0);
    str_add_bytes(out, words.data, words.len);
    return true;
}
