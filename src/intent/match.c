/* SPDX-License-Identifier: Apache-2.0 */
/* intent/match.c - backtracking over the templates' trees.
 *
 * step() takes a node at a place of the sentence and goes on with what follows it: the
 * chain of `struct rest` on the C stack (continuations). When the chain is empty the template
 * is through and accept() ranks the reading. Returning means trying the next alternative, so
 * slots and context are stacks that are cut back to their mark. */
#include "intent/match.h"

#include "base/must.h"
#include "intent/rank.h"

#include <string.h>

enum rest_kind { REST_ITEMS, REST_PERM, REST_VALUE };

/* What is still to be matched behind the present node. */
struct rest {
    enum rest_kind kind;
    const struct node *node;   /* ITEMS: the next of them (NULL: none); PERM, VALUE: the node */
    const struct value *value; /* VALUE: the one whose template is being matched */
    unsigned taken;            /* PERM: bits of the items done */
    unsigned literal;          /* VALUE: to be restored */
    size_t from;               /* VALUE: where its text began */
    const struct rest *up;
};

/* Names that stand at one place of the sentence: hundreds of templates ask for them again. */
struct hit {
    const struct value *value;
    size_t end;
    struct hit *next;
};

struct place {
    struct hit *hits;
    bool is_known;
};

enum { PLAIN_LISTS = 2, MEMO_BYTES_MAX = 1 << 20 }; /* name, area */

struct matcher {
    const struct catalog *catalog;
    const struct sentence *s; /* being read */
    const struct block *block;
    const struct template *template;
    const struct match_query *query;
    struct match now, *best; /* best: also what the search cost and the nearest miss */
    struct match named;      /* the best with a device's name in it */
    struct arena memo;
    struct {
        const struct list *list;
        struct place *at; /* of each character of the sentence; NULL: no memory for it */
    } plain[PLAIN_LISTS]; /* of the sentence being read */
    const struct pair *context[MATCH_CONTEXT_MAX]; /* later ones go before earlier ones */
    size_t context_n;
    unsigned depth;
    bool is_hint; /* only the nearest miss is looked for: nothing is left out, nothing accepted */
    uint64_t *begins; /* borrowed; of each place, which first letters may follow there */
    uint64_t *holds;  /* borrowed; of each place, which pairs of letters stand behind it */
    size_t behind_value; /* a value that began at a word's start ended here; SIZE_MAX: none did */
};

static void step(struct matcher *m, const struct node *n, size_t at, const struct rest *rest);
static void go_on(struct matcher *m, size_t at, const struct rest *rest);

/* ---- context ------------------------------------------------------------------------------ */

static const char *context_value(const struct matcher *m, const char *key)
{
    for (size_t i = m->context_n; i-- > 0;)
        if (strcmp(m->context[i]->key, key) == 0)
            return m->context[i]->value;
    return NULL;
}

bool match_allows(const struct block *b, const struct pair *context)
{
    for (const struct pair *p = context; p; p = p->next) {
        for (const struct requirement *q = b->requires; q; q = q->next)
            if (strcmp(q->key, p->key) == 0 && !catalog_takes(q, p->value))
                return false;
        for (const struct requirement *q = b->excludes; q; q = q->next)
            if (strcmp(q->key, p->key) == 0 && catalog_takes(q, p->value))
                return false;
    }
    return true;
}

static bool context_holds(const struct matcher *m)
{
    for (const struct requirement *q = m->block->excludes; q; q = q->next) {
        const char *value = context_value(m, q->key);

        if (value && catalog_takes(q, value))
            return false;
    }
    for (const struct requirement *q = m->block->requires; q; q = q->next) {
        const char *value = context_value(m, q->key);

        if (!value || !catalog_takes(q, value))
            return false;
    }
    return true;
}

static bool context_push(struct matcher *m, const struct pair *context)
{
    for (const struct pair *p = context; p; p = p->next) {
        if (m->context_n == MATCH_CONTEXT_MAX)
            return false;
        m->context[m->context_n++] = p;
    }
    return true;
}

/* ---- a whole reading ---------------------------------------------------------------------- */

static struct match_slot *slot_add(struct match *now, const char *name)
{
    struct match_slot *slot = NULL;

    for (size_t i = 0; i < now->slots_n; i++)
        if (strcmp(now->slots[i].name, name) == 0)
            slot = &now->slots[i];
    if (!slot && now->slots_n == MATCH_SLOTS_MAX)
        return NULL;
    if (!slot)
        slot = &now->slots[now->slots_n++];
    *slot = (struct match_slot){ .name = name };
    return slot;
}

const struct match_slot *match_slot(const struct match *m, const char *name)
{
    for (size_t i = 0; i < m->slots_n; i++)
        if (strcmp(m->slots[i].name, name) == 0)
            return &m->slots[i];
    return NULL;
}

static void fill_given_slots(const struct matcher *m, struct match *reading)
{
    struct match_slot *slot;

    for (const struct fixed *f = m->block->fixed; f; f = f->next) {
        if (match_slot(reading, f->slot) || !(slot = slot_add(reading, f->slot)))
            continue;
        slot->value = f->value;
        slot->line = f->line;
    }
    for (const struct requirement *q = m->block->requires; q; q = q->next) {
        if (!q->slot || match_slot(reading, q->slot) || !(slot = slot_add(reading, q->slot)))
            continue;
        slot->value = (struct datum){ .kind = DATUM_TEXT, .text = context_value(m, q->key) };
        slot->is_copied = true;
    }
}

static void match_copy(struct match *to, const struct match *from)
{
    size_t slots_n = from->slots_n;

    must(slots_n <= MATCH_SLOTS_MAX);
    to->block = from->block;
    to->template = from->template;
    to->s = from->s;
    to->refused = from->refused;
    to->is_shadow = from->is_shadow;
    to->name_chars = from->name_chars;
    to->wildcards = from->wildcards;
    to->literal = from->literal;
    to->place = from->place;
    to->reaches = from->reaches;
    to->only = from->only;
    to->slots_n = slots_n;
    memcpy(to->slots, from->slots, slots_n * sizeof(from->slots[0]));
}

static bool is_shadow(const struct matcher *m)
{
    return m->template->is_shadow || m->now.refused;
}

static void accept(struct matcher *m)
{
    const struct match_slot *name;
    struct match reading, *best;

    if (m->is_hint || !context_holds(m) || (is_shadow(m) && m->now.literal == 0))
        return; /* a shadow without a word of its own would take everything */
    match_copy(&reading, &m->now);
    reading.block = m->block;
    reading.template = m->template;
    reading.is_shadow = is_shadow(m);
    if (!reading.refused)
        reading.refused = m->template->refused;
    reading.s = m->s;
    reading.place = NULL;
    reading.reaches = true;
    reading.only = NULL;
    name = match_slot(&reading, "name");
    reading.name_chars = name && !name->is_wildcard ? name->to - name->from : 0;
    fill_given_slots(m, &reading);
    if (m->query->judge && !m->query->judge(&reading, m->query->user))
        return;
    must(reading.literal <= m->s->len && reading.wildcards <= MATCH_SLOTS_MAX);
    best = reading.name_chars ? &m->named : m->best;
    if (rank_is_better(&reading, best))
        match_copy(best, &reading);
}

/* Rule 3 between the two. */
static void choose(struct matcher *m)
{
    const struct match *named = &m->named;
    struct match *plain = m->best;

    if (!named->block || (plain->block && m->query->judge && !m->query->by_reference &&
                          rank_sets_apart(m->catalog, named, plain)))
        return;
    if (!plain->block || !rank_is_better(plain, named))
        match_copy(plain, named);
}

/* ---- characters --------------------------------------------------------------------------- */

static bool is_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

/* Where a blank of the template needs no blank of the sentence. */
static bool is_word_start(const struct sentence *s, size_t at)
{
    return s->joined || at == 0 || s->fold[at - 1] == ' ' ||
           (is_digit(s->fold[at - 1]) && (at == s->len || !is_digit(s->fold[at])));
}

static bool is_word_end(const struct sentence *s, size_t at)
{
    return s->joined || at >= s->len || !unicode_is_word(s->fold[at]) || !unicode_is_word(s->fold[at - 1]);
}

static void note_miss(struct matcher *m, size_t at)
{
    if (!m->is_hint || is_shadow(m))
        return; /* what is missing comes near anything, as a wildcard does */
    if (m->now.wildcards == 0 && at > m->best->nearest_at) {
        m->best->nearest_at = at;
        m->best->nearest = m->template;
        m->best->nearest_s = m->s;
    }
}

/* The index behind the literal, or SIZE_MAX; *loose: not letter by letter. */
static size_t literal_end(struct matcher *m, const struct node *n, size_t at, bool *loose)
{
    const struct sentence *s = m->s;
    size_t i = 0;

    if (is_word_start(s, at) || (at == m->behind_value && n->cp[0] != ' ')) {
        while (i < n->len && n->cp[i] == ' ')
            i++;
        while (at < s->len && s->fold[at] == ' ')
            at++;
    }
    if (sentence_take(s, &at, n->cp + i, n->exact + i, n->len - i, loose))
        return at;
    note_miss(m, at);
    return SIZE_MAX;
}

static void step_text(struct matcher *m, const struct node *n, size_t at, const struct rest *rest)
{
    unsigned literal = m->now.literal;
    bool loose = false;
    size_t end = literal_end(m, n, at, &loose);

    if (end == SIZE_MAX)
        return;
    if (!loose)
        m->now.literal += n->letters;
    go_on(m, end, rest);
    m->now.literal = literal;
}

/* ---- lists -------------------------------------------------------------------------------- */

/* Sets a slot, goes on, takes everything back. */
static void with_slot(struct matcher *m, const struct match_slot *slot, size_t at,
                      const struct rest *rest)
{
    struct match_slot held = { .name = NULL }, *there;
    size_t slots_n = m->now.slots_n;

    for (size_t i = 0; i < slots_n; i++)
        if (strcmp(m->now.slots[i].name, slot->name) == 0)
            held = m->now.slots[i];
    must(slot->from <= slot->to && slot->to <= m->s->len);
    there = slot_add(&m->now, slot->name);
    if (!there)
        return;
    *there = *slot;
    go_on(m, at, rest);
    if (held.name)
        *there = held;
    m->now.slots_n = slots_n;
}

/* A list may hold thousands of names; most end here, at their first letter, and cost no step. */
static bool may_start(const struct sentence *s, const struct node *n, size_t at)
{
    if (n->kind != NODE_TEXT || n->len == 0 || n->cp[0] == ' ')
        return true;
    while (at < s->len && s->fold[at] == ' ')
        at++;
    return at < s->len && (s->fold[at] == n->cp[0] || n->cp[0] == '\'' || s->fold[at] == '\'');
}

/* Where the values of a plain list stand at `at`; NULL: nobody may remember it. */
static struct place *place_of(struct matcher *m, const struct list *l, size_t at)
{
    for (size_t i = 0; l->is_plain && i < PLAIN_LISTS; i++) {
        if (!m->plain[i].list) {
            m->plain[i].list = l;
            m->plain[i].at = arena_alloc(&m->memo, (m->s->len + 1) * sizeof(struct place));
        }
        if (m->plain[i].list == l)
            return m->plain[i].at ? &m->plain[i].at[at] : NULL;
    }
    return NULL;
}

/* The first that may stand there; those behind it by ->alike where the list has an index, else by ->next. */
static const struct value *values_at(const struct sentence *s, const struct list *l, size_t at, bool *indexed)
{
    while (at < s->len && s->fold[at] == ' ')
        at++;
    *indexed = l->first && at < s->len && s->fold[at] != '\'';
    return *indexed ? l->first[template_slot(s->fold[at])] : l->values;
}

/* Fills the place; false: out of memory, it is not known. */
static bool place_fill(struct matcher *m, struct place *p, const struct list *l, size_t at)
{
    struct hit **tail = &p->hits;
    bool indexed = false;

    for (const struct value *v = values_at(m->s, l, at, &indexed); v; v = indexed ? v->alike : v->next) {
        bool loose = false;
        size_t end = may_start(m->s, v->in, at) ? literal_end(m, v->in, at, &loose) : SIZE_MAX;

        if (end == SIZE_MAX)
            continue;
        *tail = arena_alloc(&m->memo, sizeof(**tail));
        if (!*tail)
            return false;
        **tail = (struct hit){ .value = v, .end = end };
        tail = &(*tail)->next;
    }
    p->is_known = true;
    return true;
}

static void value_done(struct matcher *m, size_t at, const struct rest *r);

static void step_values(struct matcher *m, const struct node *n, const struct list *l, size_t at,
                        const struct rest *rest)
{
    struct rest end = { .kind = REST_VALUE, .node = n, .from = at, .literal = m->now.literal,
                        .up = rest };
    struct place *place = place_of(m, l, at);

    if (place && (place->is_known || place_fill(m, place, l, at))) {
        for (const struct hit *h = place->hits; h && !m->best->is_spent; h = h->next) {
            end.value = h->value;
            if (match_allows(m->block, h->value->context))
                value_done(m, h->end, &end);
        }
        return;
    }
    for (const struct value *v = l->values; v && !m->best->is_spent; v = v->next) {
        const char *refused = m->now.refused;

        end.value = v;
        if (!may_start(m->s, v->in, at) || !match_allows(m->block, v->context))
            continue;
        if (v->refused)
            m->now.refused = v->refused; /* until all behind it was tried */
        step(m, v->in, at, &end);
        m->now.refused = refused;
    }
}

static void value_done(struct matcher *m, size_t at, const struct rest *r)
{
    const struct match_slot slot = { .name = r->node->slot, .value = r->value->out,
                                     .of_list = r->value, .from = r->from, .to = at };
    unsigned literal = m->now.literal;
    size_t context_n = m->context_n, behind_value = m->behind_value;

    if (!r->value->refused) /* a shadow needs a word of its own */
        m->now.literal = r->literal;
    m->behind_value = is_word_start(m->s, r->from) ? at : SIZE_MAX;
    if (context_push(m, r->value->context))
        with_slot(m, &slot, at, r->up);
    must(m->context_n >= context_n);
    m->context_n = context_n;
    m->behind_value = behind_value;
    m->now.literal = literal;
}

static void number_done(struct matcher *m, const struct node *n, const struct list *l, size_t from,
                        const struct number_end *end, const struct rest *rest)
{
    const struct match_slot slot = { .name = n->slot, .from = from, .to = end->end,
                                     .value = { .kind = DATUM_NUMBER,
                                                .number = end->value * l->range.multiplier } };

    if (catalog_holds(l, end->value))
        with_slot(m, &slot, end->end, rest);
    else
        note_miss(m, from);
}

/* -?[0-9]+ and, with fractions, [.,][0-9]+ */
static size_t digits_end(const struct sentence *s, size_t at, bool fractions, double *value)
{
    bool negative = at < s->len && s->fold[at] == '-';
    size_t from = at + negative, i = from;
    double d = 0, part = 0.1;

    for (; i < s->len && is_digit(s->fold[i]); i++)
        d = d * 10 + (s->fold[i] - '0');
    if (i == from)
        return 0;
    if (fractions && s->len - i >= 2 && (s->fold[i] == '.' || s->fold[i] == ',') &&
        is_digit(s->fold[i + 1]))
        for (i++; i < s->len && is_digit(s->fold[i]); i++, part /= 10)
            d += part * (s->fold[i] - '0');
    *value = negative ? -d : d;
    return i;
}

static void step_range(struct matcher *m, const struct node *n, const struct list *l, size_t at,
                       const struct rest *rest)
{
    struct number_end ends[NUMBERS_ENDS_MAX], digits = { 0, 0 };
    size_t count = 0;

    while (at < m->s->len && m->s->fold[at] == ' ')
        at++;
    if (l->range.digits)
        digits.end = digits_end(m->s, at, l->range.parts > 1, &digits.value);
    if (digits.end) {
        number_done(m, n, l, at, &digits, rest);
        return;
    }
    if (l->range.words)
        count = numbers_match(m->catalog->numbers, m->s->fold, m->s->len, at, l->range.parts > 1,
                              ends);
    for (size_t i = 0; i < count; i++)
        number_done(m, n, l, at, &ends[i], rest);
    if (count == 0)
        note_miss(m, at);
}

/* Never empty; the shortest text first. */
static void step_wildcard(struct matcher *m, const struct node *n, size_t at,
                          const struct rest *rest)
{
    while (at < m->s->len && m->s->fold[at] == ' ')
        at++;
    m->now.wildcards++;
    for (size_t end = at + 1; end <= m->s->len && !m->best->is_spent; end++) {
        const struct match_slot slot = { .name = n->slot, .from = at, .to = end,
                                         .is_wildcard = true };

        if (m->s->fold[end - 1] == ' ' || (n->ends_word && !is_word_end(m->s, end)))
            continue;
        with_slot(m, &slot, end, rest);
    }
    m->now.wildcards--;
}

/* The missing part of a shadow: no words or any. */
static void step_unknown(struct matcher *m, size_t at, const struct rest *rest)
{
    must(is_shadow(m) && at <= m->s->len);
    go_on(m, at, rest);
    for (size_t end = at + 1; end <= m->s->len && !m->best->is_spent; end++)
        if (m->s->fold[end - 1] != ' ' && is_word_end(m->s, end))
            go_on(m, end, rest);
}

static void step_list(struct matcher *m, const struct node *n, size_t at, const struct rest *rest)
{
    const struct list *l = catalog_list(m->block, n->symbol);

    if (!l) {
        step_unknown(m, at, rest);
        return;
    }
    switch (l->kind) {
    case LIST_VALUES:
        step_values(m, n, l, at, rest);
        return;
    case LIST_RANGE:
        step_range(m, n, l, at, rest);
        return;
    case LIST_WILDCARD:
        step_wildcard(m, n, at, rest);
        return;
    }
}

/* ---- the tree ----------------------------------------------------------------------------- */

/* The blank before and behind each item of a permutation. */
static bool pass_blank(const struct matcher *m, size_t *at)
{
    if (*at < m->s->len && m->s->fold[*at] == ' ') {
        ++*at;
        return true;
    }
    return *at == m->s->len || is_word_start(m->s, *at);
}

static void step_permutation(struct matcher *m, const struct node *n, unsigned taken, size_t at,
                             const struct rest *rest)
{
    unsigned bit = 0;

    must(n->kind == NODE_PERM && taken < 1u << n->len);
    if (!pass_blank(m, &at))
        return;
    if (taken == (1u << n->len) - 1) {
        go_on(m, at, rest);
        return;
    }
    for (const struct node *c = n->child; c; c = c->next, bit++) {
        const struct rest more = { .kind = REST_PERM, .node = n, .taken = taken | 1u << bit,
                                   .up = rest };

        if (!(taken & 1u << bit))
            step(m, c, at, &more);
    }
}

static void step_items(struct matcher *m, const struct node *first, size_t at,
                       const struct rest *rest)
{
    const struct rest more = { .kind = REST_ITEMS, .node = first->next, .up = rest };

    step(m, first, at, first->next ? &more : rest);
}

static void step_choice(struct matcher *m, const struct node *n, size_t at,
                        const struct rest *rest)
{
    for (const struct node *c = n->child; c && !m->best->is_spent; c = c->next)
        step(m, c, at, rest);
    if (n->optional)
        go_on(m, at, rest);
}

static void step(struct matcher *m, const struct node *n, size_t at, const struct rest *rest)
{
    must(at <= m->s->len);
    if (m->best->is_spent)
        return;
    if (n->first && !(n->first & m->begins[at])) {
        note_miss(m, at);
        return;
    }
    if (n->needs & ~m->holds[at])
        return;
    if (++m->best->steps > MATCH_STEPS_MAX || m->depth == MATCH_DEPTH_MAX) {
        m->best->is_spent = true;
        return;
    }
    m->depth++;
    switch (n->kind) {
    case NODE_TEXT:
        step_text(m, n, at, rest);
        break;
    case NODE_SEQ:
        step_items(m, n->child, at, rest);
        break;
    case NODE_ALT:
        step_choice(m, n, at, rest);
        break;
    case NODE_PERM:
        step_permutation(m, n, 0, at, rest);
        break;
    case NODE_LIST:
        step_list(m, n, at, rest);
        break;
    case NODE_RULE:
        if (catalog_rule(m->block, n->symbol))
            step(m, catalog_rule(m->block, n->symbol), at, rest);
        else
            step_unknown(m, at, rest);
        break;
    }
    m->depth--;
}

static void go_on(struct matcher *m, size_t at, const struct rest *rest)
{
    if (!rest) {
        while (at < m->s->len && m->s->fold[at] == ' ')
            at++;
        if (at == m->s->len)
            accept(m);
        else
            note_miss(m, at);
        return;
    }
    switch (rest->kind) {
    case REST_ITEMS:
        step_items(m, rest->node, at, rest->up);
        return;
    case REST_PERM:
        step_permutation(m, rest->node, rest->taken, at, rest->up);
        return;
    case REST_VALUE:
        value_done(m, at, rest);
        return;
    }
}

static bool has_keyword(const struct block *b, const struct sentence *s)
{
    for (const struct skip_word *w = b->keywords; w; w = w->next)
        for (size_t i = 0; i < s->len; i++) {
            size_t end;

            if (sentence_word_at(s, i, w, &end))
                return true;
        }
    return b->keywords == NULL;
}

/* What may begin at each place: the next letter that is no blank; anything at the end and at a sign,
 * which a literal may pass over. */
static void begins_fill(struct matcher *m, const struct sentence *s)
{
    m->begins[s->len] = UINT64_MAX;
    for (size_t i = s->len; i-- > 0;)
        m->begins[i] = s->fold[i] == ' '              ? m->begins[i + 1]
                       : unicode_is_word(s->fold[i]) ? template_bit(s->fold[i])
                                                     : UINT64_MAX;
}

/* Pairs of letters behind each place; an apostrophe between two is passed over, as a literal does. */
static void holds_fill(struct matcher *m, const struct sentence *s)
{
    uint32_t next = 0; /* 0: no letter of a word */

    m->holds[s->len] = m->is_hint ? UINT64_MAX : 0;
    for (size_t i = s->len; i-- > 0;) {
        const uint32_t here = s->fold[i];

        m->holds[i] = m->holds[i + 1];
        if (here == '\'')
            continue;
        if (next && unicode_is_word(here))
            m->holds[i] |= template_pair(here, next);
        next = unicode_is_word(here) ? here : 0;
    }
}

static void read_template(struct matcher *m, const struct template *t)
{
    const unsigned long before = m->best->steps;

    m->template = t;
    step(m, t->root, 0, NULL);
    invariant(m->depth == 0 && m->now.slots_n == 0 && m->now.wildcards == 0 && !m->now.refused);
    if (m->best->steps - before > m->best->costly_steps) {
        m->best->costly = t;
        m->best->costly_steps = m->best->steps - before;
    }
}

static void read_sentence(struct matcher *m, const struct sentence *s)
{
    begins_fill(m, s);
    holds_fill(m, s);
    m->s = s;
    m->behind_value = SIZE_MAX;
    memset(m->plain, 0, sizeof(m->plain));
    for (const struct block *b = m->catalog->blocks; b && !m->best->is_spent; b = b->next) {
        m->block = b;
        if (b->speech_only || !has_keyword(b, s))
            continue;
        for (const struct template *t = b->templates; t && !m->best->is_spent; t = t->next) {
            read_template(m, t);
        }
    }
}

void said_init(struct said *said, const struct sentence *s, const struct catalog *c)
{
    sentence_copy(&said->s[0], s);
    said->n = 1;
    sentence_copy(&said->s[said->n], s);
    said->n += sentence_skip_ends(&said->s[said->n], c->skip_words);
    sentence_copy(&said->s[said->n], s);
    if (sentence_skip(&said->s[said->n], c->skip_words) &&
        said->s[said->n].len != said->s[said->n - 1].len)
        said->n++;
    must(said->n <= sizeof(said->s) / sizeof(said->s[0]));
    for (size_t i = 0; c->ignores_blanks && i < said->n; i++)
        sentence_join(&said->s[i]);
}

/* Every way to read it. */
static void read_said(struct matcher *m)
{
    uint64_t begins[SENTENCE_FOLD_MAX + 1], holds[SENTENCE_FOLD_MAX + 1]; /* filled as far as each sentence goes */
    const struct match_query *q = m->query;

    m->begins = begins;
    m->holds = holds;
    if (!must(q->said && q->said->n && q->catalog) || !context_push(m, q->context))
        return;
    for (size_t i = 0; i < q->said->n; i++)
        if (q->said->s[i].len)
            read_sentence(m, &q->said->s[i]);
}

void match_hint(struct match *ret, const struct match_query *q)
{
    struct match found = { .block = NULL };
    struct matcher m = { .catalog = q->catalog, .query = q, .best = &found, .is_hint = true,
                         .memo = ARENA_INIT(MEMO_BYTES_MAX) };

    read_said(&m);
    must(!found.block && !m.named.block);
    ret->nearest = found.nearest;
    ret->nearest_s = found.nearest_s;
    ret->nearest_at = found.nearest_at;
    arena_done(&m.memo);
}

void match_find(struct match *ret, const struct match_query *q)
{
    struct matcher m = { .catalog = q->catalog, .query = q, .best = ret,
                         .memo = ARENA_INIT(MEMO_BYTES_MAX) };

    memset(ret, 0, sizeof(*ret));
    read_said(&m);
    if (ret->is_spent) {
        ret->block = NULL;
        ret->slots_n = 0;
    } else {
        choose(&m);
    }
    must(!ret->block || (ret->template && ret->s));
    arena_done(&m.memo);
}
