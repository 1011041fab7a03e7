/* SPDX-License-Identifier: Apache-2.0 */
/* intent/numbers.c - number words.
 *
 * A language is a row of numbers_rules.c: words below 100 and how hundreds and thousands are put
 * together. numbers_new() spells every form of 0..999 once into a trie, so that matching is a walk
 * along the text; a thousand is two such walks with its word between. */
#include "intent/numbers.h"

#include "base/fold.h"
#include "base/must.h"
#include "base/utf8.h"
#include "intent/numbers_rules.h"
#include "intent/rbnf.h"
#include "intent/unicode.h"

#include <stdlib.h>
#include <string.h>

enum { FORM_CHARS = 64, NODES_MAX = 60000, NO_VALUE = -1 };

struct trie_node {
    uint32_t cp, child, sibling; /* indices; 0: none */
    int32_t value;               /* of the form that ends here, or NO_VALUE */
};

struct numbers {
    const struct number_rules *rules; /* ours; NULL: none */
    struct rbnf *rbnf;                /* owned; CLDR's; NULL: none */
    struct trie_node *nodes;          /* owned; [0] is the root */
    uint32_t n, cap;
};

/* ---- the trie ----------------------------------------------------------------------------- */

static int node_make(uint32_t *ret, struct numbers *n, uint32_t cp)
{
    if (n->n == n->cap) {
        uint32_t cap = n->cap ? n->cap * 2 : 4096;
        struct trie_node *grown = cap <= 2 * NODES_MAX
                                      ? realloc(n->nodes, cap * sizeof(*grown))
                                      : NULL;

        if (!grown)
            return -ENOMEM;
        n->nodes = grown;
        n->cap = cap;
    }
    n->nodes[n->n] = (struct trie_node){ .cp = cp, .value = NO_VALUE };
    *ret = n->n++;
    must(n->n <= n->cap);
    return 0;
}

static uint32_t child_of(const struct numbers *n, uint32_t at, uint32_t cp)
{
    uint32_t c = n->nodes[at].child;

    while (c && n->nodes[c].cp != cp)
        c = n->nodes[c].sibling;
    return c;
}

/* The first form of a text keeps it. */
static int form_add(struct numbers *n, int value, const char *text)
{
    uint32_t cp[FORM_CHARS + FOLD_CHARS_MAX], c, at = 0;
    size_t pos = 0, len = strlen(text), count = 0;

    while (pos < len && count < FORM_CHARS && utf8_step(&c, text, len, &pos))
        count += fold_char(cp + count, c);
    if (!must(pos == len && count > 0))
        return 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t next = child_of(n, at, cp[i]);

        if (!next) {
            if (node_make(&next, n, cp[i]) < 0)
                return -ENOMEM;
            n->nodes[next].sibling = n->nodes[at].child;
            n->nodes[at].child = next;
        }
        at = next;
    }
    if (n->nodes[at].value == NO_VALUE)
        n->nodes[at].value = value;
    return 0;
}

/* "fuenf" and "zwoelf" for those without the keys. */
static int spelling_add(struct numbers *n, int value, const struct str *text)
{
    AUTO_STR plain = STR_INIT; /* takes memory only where there are umlauts */
    int r = text->failed ? -ENOMEM : form_add(n, value, str_text(text));

    if (r < 0 || !n->rules->umlauts || !strchr(str_text(text), '\xc3'))
        return r;
    for (const char *c = str_text(text); *c; c++)
        if (strncmp(c, "\u00fc", 2) == 0)
            str_add(&plain, "ue"), c++;
        else if (strncmp(c, "\u00f6", 2) == 0)
            str_add(&plain, "oe"), c++;
        else
            str_add_char(&plain, *c);
    return plain.failed ? -ENOMEM : form_add(n, value, str_text(&plain));
}

/* `text` is scratch that every form uses again: thousands of them, one piece of memory. */
static int hundred_fill(struct numbers *n, int value, int alt, struct str *text)
{
    const struct number_rules *t = n->rules;
    int r = 0;

    for (size_t j = 0; r == 0 && t->hundred_joint[j]; j++)
        for (int last = 0; r == 0; last++) {
            str_clear(text);
            must(t->hundred(text, value / 100, false, alt));
            str_add(text, t->hundred_joint[j]);
            if (!t->small(text, value % 100, last))
                break;
            r = spelling_add(n, value, text);
        }
    return r;
}

static int value_fill(struct numbers *n, int value, struct str *text)
{
    const struct number_rules *t = n->rules;
    int r = 0;

    for (int alt = 0; r == 0; alt++) {
        str_clear(text);
        if (!(value < 100 ? t->small(text, value, alt)
                          : t->hundred(text, value / 100, value % 100 == 0, alt)))
            break;
        r = value < 100 || value % 100 == 0 ? spelling_add(n, value, text)
                                            : hundred_fill(n, value, alt, text);
    }
    return r;
}

int numbers_new(struct numbers **ret, const char *language, struct err *e)
{
    AUTO(numbers_freep) struct numbers *n = calloc(1, sizeof(*n));
    AUTO_STR text = STR_INIT;
    uint32_t root;

    if (!n || node_make(&root, n, 0) < 0)
        return err_set(e, -ENOMEM, "numbers: out of memory");
    n->rules = number_rules_find(language);
    for (int value = 0; n->rules && value <= NUMBERS_MAX; value++)
        if (value_fill(n, value, &text) < 0)
            return err_set(e, -ENOMEM, "numbers: out of memory");
    must(root == 0 && n->n <= n->cap);
    *ret = STEAL(n);
    return 0;
}

/* ---- CLDR's rules ------------------------------------------------------------------------- */

static bool is_short(const struct str *text)
{
    uint32_t c;
    size_t pos = 0, chars = 0;

    while (chars <= FORM_CHARS && utf8_step(&c, str_text(text), text->len, &pos))
        chars++;
    return chars > 0 && chars <= FORM_CHARS;
}

/* Every form of the value by that set. */
static int set_value_add(struct numbers *n, size_t set, int value)
{
    AUTO_STR text = STR_INIT;
    int r = 0;

    for (unsigned form = 0; r == 0 && form < RBNF_FORMS; form++) {
        str_clear(&text);
        if (rbnf_spell(&text, n->rbnf, set, value, form) && is_short(&text))
            r = form_add(n, value, str_text(&text));
        else if (form == 0)
            break;
    }
    return text.failed ? -ENOMEM : r;
}

int numbers_read(struct numbers *n, const char *file, const char *text, size_t len, struct err *e)
{
    size_t sets;
    int r = n->rules || n->rbnf ? 0 : rbnf_parse(&n->rbnf, file, text, len, e);

    if (r < 0 || !n->rbnf)
        return r;
    sets = rbnf_sets(n->rbnf) < NUMBERS_RULES_SETS_MAX ? rbnf_sets(n->rbnf) : NUMBERS_RULES_SETS_MAX;
    must(!n->rules && sets > 0);
    for (size_t set = 0; r == 0 && set < sets; set++)
        for (int value = 0;
             r == 0 && value <= (set < NUMBERS_RULES_SETS_FULL ? NUMBERS_RULES_MAX : NUMBERS_RULES_FEW); value++)
            r = set_value_add(n, set, value);
    if (r < 0)
        return err_set(e, n->cap >= NODES_MAX ? -E2BIG : r, "%s: the words need too much memory", file);
    return 0;
}

struct numbers *numbers_free(struct numbers *n)
{
    if (n) {
        free(n->nodes);
        rbnf_free(n->rbnf);
    }
    free(n);
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------ */

struct place {
    const uint32_t *cp;
    size_t len;
};

struct ends {
    struct number_end *at;
    size_t n;
};

/* Scripts that part no words. */
static bool is_ideograph(uint32_t cp)
{
    return cp >= 0x2e80 && cp < 0xa000;
}

static bool is_end(const struct place *p, size_t at)
{
    return at >= p->len || !unicode_is_word(p->cp[at]) || (at > 0 && is_ideograph(p->cp[at - 1]));
}

/* The index behind the text at `at`, or 0. */
static size_t text_at(const struct place *p, size_t at, const char *text)
{
    size_t n = strlen(text);

    if (at > p->len || n > p->len - at)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (p->cp[at + i] != (unsigned char)text[i])
            return 0;
    return at + n;
}

static void end_add(struct ends *ends, size_t end, double value)
{
    for (size_t i = 0; i < ends->n; i++)
        if (ends->at[i].end == end && ends->at[i].value == value)
            return;
    if (ends->n < NUMBERS_ENDS_MAX)
        ends->at[ends->n++] = (struct number_end){ end, value };
}

/* Every form of 0..999 from `at` on that ends at a word's end; the whole word is told to `inner` (NULL:
 * nobody) wherever it ends. */
static void forms_match(const struct numbers *n, const struct place *p, size_t at, double base,
                        struct ends *ends, struct ends *inner)
{
    uint32_t node = 0;

    while (at < p->len && (node = child_of(n, node, p->cp[at++]))) {
        int value = n->nodes[node].value;

        if (value == NO_VALUE)
            continue;
        if (inner)
            end_add(inner, at, value);
        if (is_end(p, at) && !(base > 0 && value == 0))
            end_add(ends, at, base + value);
    }
}

/* Behind "thousand": the end itself and what 1..999 may follow. */
static void thousand_tail(const struct numbers *n, const struct place *p, size_t at, int head,
                          struct ends *ends)
{
    if (is_end(p, at))
        end_add(ends, at, head * 1000.0);
    for (size_t j = 0; n->rules->thousand_joint[j]; j++) {
        size_t next = text_at(p, at, n->rules->thousand_joint[j]);

        if (next)
            forms_match(n, p, next, head * 1000.0, ends, NULL);
    }
}

static void thousand_match(const struct numbers *n, const struct place *p, size_t at, int head,
                           struct ends *ends)
{
    for (size_t i = 0; n->rules->thousand[i]; i++) {
        size_t end = text_at(p, at, n->rules->thousand[i]);

        if (end)
            thousand_tail(n, p, end, head, ends);
    }
}

static void whole_match(const struct numbers *n, const struct place *p, size_t pos,
                        struct ends *ends)
{
    struct number_end heads[NUMBERS_ENDS_MAX];
    struct ends inner = { heads, 0 };

    forms_match(n, p, pos, 0, ends, &inner);
    if (!n->rules)
        return;
    thousand_match(n, p, pos, 1, ends);
    for (size_t i = 0; n->rules->a_thousand[i]; i++) {
        size_t at = text_at(p, pos, n->rules->a_thousand[i]);

        if (at)
            thousand_match(n, p, at, 1, ends);
    }
    for (size_t i = 0; i < inner.n; i++) {
        size_t at = heads[i].end;

        if (heads[i].value < 1)
            continue;
        thousand_match(n, p, at, (int)heads[i].value, ends);
        if (at < p->len && p->cp[at] == ' ')
            thousand_match(n, p, at + 1, (int)heads[i].value, ends);
    }
}

/* "and a half", "point five" behind each whole number found. */
static void fraction_match(const struct numbers *n, const struct place *p, struct ends *ends)
{
    size_t whole = ends->n;

    for (size_t i = 0; i < whole; i++) {
        size_t at = ends->at[i].end;
        double value = ends->at[i].value;

        for (size_t h = 0; n->rules->half[h]; h++) {
            size_t end = text_at(p, at, n->rules->half[h]);

            if (end && is_end(p, end))
                end_add(ends, end, value + 0.5);
        }
        for (size_t k = 0; n->rules->point[k]; k++) {
            struct number_end digits[NUMBERS_ENDS_MAX];
            struct ends tenth = { digits, 0 };
            size_t end = text_at(p, at, n->rules->point[k]);

            if (end)
                forms_match(n, p, end, 0, &tenth, NULL);
            for (size_t f = 0; f < tenth.n; f++)
                if (digits[f].value < 10)
                    end_add(ends, digits[f].end, value + digits[f].value / 10.0);
        }
    }
}

size_t numbers_match(const struct numbers *n, const uint32_t *cp, size_t len, size_t pos,
                     bool fractions, struct number_end ret[NUMBERS_ENDS_MAX])
{
    const struct place p = { cp, len };
    struct ends ends = { ret, 0 };

    if (n->n == 1 || pos >= len)
        return 0;
    whole_match(n, &p, pos, &ends);
    if (fractions && n->rules)
        fraction_match(n, &p, &ends);
    for (size_t i = 1; i < ends.n; i++)
        for (size_t j = i; j > 0 && ret[j].end > ret[j - 1].end; j--) {
            struct number_end held = ret[j];

            ret[j] = ret[j - 1];
            ret[j - 1] = held;
        }
    for (size_t i = 0; i < ends.n; i++)
        must(ret[i].end > pos && ret[i].end <= len && (i == 0 || ret[i].end <= ret[i - 1].end));
    return ends.n;
}

/* ---- spelling ----------------------------------------------------------------------------- */

/* alt: of the last word; what has no such spelling gets the first. */
static void small_spell(struct str *out, const struct number_rules *t, int value, int alt)
{
    if (!t->small(out, value, alt))
        must(t->small(out, value, 0));
}

static void hundreds_spell(struct str *out, const struct number_rules *t, int value, int alt)
{
    if (value >= 100) {
        t->hundred(out, value / 100, value % 100 == 0, 0);
        value %= 100;
        if (value == 0)
            return;
        str_add(out, t->hundred_joint[0]);
    }
    small_spell(out, t, value, alt);
}

int numbers_spell(struct str *out, const struct numbers *n, int value, struct err *e)
{
    const struct number_rules *t = n->rules;
    int head = value / 1000;

    if (!t && n->rbnf && value >= 0 && value <= NUMBERS_RULES_MAX && rbnf_spell(out, n->rbnf, 0, value, 0))
        return 0;
    if (!t)
        return err_set(e, -ENOENT, "numbers: no number words are known for this language");
    if (value < 0 || value > NUMBERS_SPELL_MAX)
        return err_set(e, -ERANGE, "numbers: %d is outside 0..%d", value, NUMBERS_SPELL_MAX);
    if (head == 1)
        str_addf(out, "%s%s", t->one_thousand, t->thousand[0]);
    if (head > 1) {
        hundreds_spell(out, t, head, t->head_alt);
        str_addf(out, "%s%s", t->head_joint, t->thousand[t->thousand_plural]);
    }
    if (head > 0 && value % 1000 == 0)
        return 0;
    if (head > 0)
        str_add(out, t->thousand_joint[0]);
    hundreds_spell(out, t, value % 1000, 0);
    return 0;
}
