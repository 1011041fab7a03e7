/* SPDX-License-Identifier: Apache-2.0 */
/* intent/automaton.c - from spelled sentences to the smallest word automaton.
 *
 *   struct nfa      the spelling with its arcs sorted by state
 *   subset_build()  takes a set of nfa states, returns the number of the minimal letter
 *                   state that accepts the same rests; both sets and minimal states are
 *                   found again through hash tables
 *   words_*()       walks the minimal letter states from blank to blank
 *
 * A set reached behind a blank ("at a word start") also holds what further blanks reach,
 * and its own blanks are no arcs; it never ends a sentence, the letter before it does. */
#include "intent/automaton.h"

#include "base/hash.h"
#include "base/must.h"
#include "base/arena.h"

#include <stdbool.h>
#include <string.h>

#define NOTHING UINT32_MAX /* in no enum: it would make its neighbours unsigned */
enum { ARENA_MAX = 256 << 20, LETTERS = 29, LETTER_BLANK = 28 };

/* The letters behind a..z; the blank is the last. */
static const char signs[] = { '\'', AUTOMATON_RARE[0], ' ' };

/* ---- spelling ----------------------------------------------------------------------------- */

static int letter_index(char c)
{
    const char *sign = c ? memchr(signs, c, sizeof(signs)) : NULL;

    if (c >= 'a' && c <= 'z')
        return c - 'a';
    return sign ? 26 + (int)(sign - signs) : -1;
}

static char letter_char(int index)
{
    must(index >= 0 && index < LETTERS);
    return index < 26 ? (char)('a' + index) : signs[index - 26];
}

uint32_t spelling_state(struct spelling *s)
{
    if (s->states_n == SPELLING_STATES_MAX && !s->failed)
        s->failed = -E2BIG;
    if (s->failed)
        return 0;
    return s->states_n++;
}

void spelling_arc(struct spelling *s, uint32_t from, char letter, uint32_t to)
{
    if (s->failed || (letter != '\0' && letter_index(letter) < 0))
        return;
    if (s->arcs_n == s->arcs_cap) {
        size_t cap = s->arcs_cap ? s->arcs_cap * 2 : 1024;
        struct spelling_arc *arcs = realloc(s->arcs, cap * sizeof(*arcs));

        if (!arcs) {
            s->failed = -ENOMEM;
            return;
        }
        s->arcs = arcs;
        s->arcs_cap = cap;
    }
    must(from < s->states_n && to < s->states_n && s->arcs_n < s->arcs_cap);
    s->arcs[s->arcs_n++] = (struct spelling_arc){ from, to, letter };
}

uint32_t spelling_text(struct spelling *s, uint32_t from, const char *text)
{
    for (; *text; text++) {
        uint32_t next = spelling_state(s);

        spelling_arc(s, from, *text, next);
        from = next;
    }
    return from;
}

void spelling_done(struct spelling *s)
{
    free(s->arcs);
    *s = SPELLING_INIT;
}

/* ---- hash tables of numbers --------------------------------------------------------------- */

struct table {
    uint32_t *slots; /* owned; NOTHING: free */
    size_t cap;
};

struct record { /* what a number stands for */
    uint64_t hash;
    const void *key;
    size_t key_bytes;
    uint32_t value; /* of sets: their minimal state */
};

struct records {
    struct record *at; /* owned */
    size_t n, cap;
    struct table table;
};

static int table_grow(struct records *r)
{
    size_t cap = r->table.cap ? r->table.cap * 2 : 256;
    uint32_t *slots = malloc(cap * sizeof(*slots));

    if (!slots)
        return -ENOMEM;
    memset(slots, 0xff, cap * sizeof(*slots));
    for (size_t i = 0; i < r->n; i++) {
        size_t at = r->at[i].hash & (cap - 1);

        while (slots[at] != NOTHING)
            at = (at + 1) & (cap - 1);
        slots[at] = (uint32_t)i;
    }
    free(r->table.slots);
    r->table = (struct table){ slots, cap };
    must((cap & (cap - 1)) == 0 && r->n < cap);
    return 0;
}

static uint32_t record_find(const struct records *r, uint64_t hash, const void *key, size_t bytes)
{
    if (r->table.cap == 0)
        return NOTHING;
    for (size_t at = hash & (r->table.cap - 1);; at = (at + 1) & (r->table.cap - 1)) {
        uint32_t i = r->table.slots[at];

        if (i == NOTHING)
            return NOTHING;
        if (r->at[i].hash == hash && r->at[i].key_bytes == bytes &&
            memcmp(r->at[i].key, key, bytes) == 0)
            return i;
    }
}

/* `key` must stay; it is not in there yet. */
static int record_add(uint32_t *ret, struct records *r, uint64_t hash, const void *key,
                      size_t bytes)
{
    size_t at;

    invariant(record_find(r, hash, key, bytes) == NOTHING);
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 256;
        struct record *grown = realloc(r->at, cap * sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        r->at = grown;
        r->cap = cap;
    }
    if (r->n * 2 >= r->table.cap && table_grow(r) < 0)
        return -ENOMEM;
    for (at = hash & (r->table.cap - 1); r->table.slots[at] != NOTHING;)
        at = (at + 1) & (r->table.cap - 1);
    r->table.slots[at] = (uint32_t)r->n;
    r->at[r->n] = (struct record){ hash, key, bytes, NOTHING };
    *ret = (uint32_t)r->n++;
    return 0;
}

static void records_done(struct records *r)
{
    free(r->at);
    free(r->table.slots);
}

/* ---- letters: deterministic and minimal ---------------------------------------------------- */

struct nfa {
    uint32_t *first;            /* owned; arcs of state s: first[s] .. first[s + 1] */
    struct spelling_arc *arcs;  /* owned; sorted by from */
    uint32_t states_n, final;
};

struct set { /* key of a subset: n states, sorted */
    uint32_t at_word_start, n;
    uint32_t states[];
};

struct letters { /* key of a minimal state */
    uint32_t accepts;
    uint32_t to[LETTERS];
};

struct builder {
    struct nfa nfa;
    struct arena arena;
    struct records sets, states;
    uint32_t *stamp;   /* owned; per nfa state: the round in which it was reached */
    uint32_t *reached; /* owned; states of the set being closed */
    uint32_t round;
    struct err *e;
};

static void builder_done(struct builder *b)
{
    free(b->nfa.first);
    free(b->nfa.arcs);
    free(b->stamp);
    free(b->reached);
    records_done(&b->sets);
    records_done(&b->states);
    arena_done(&b->arena);
}

static int no_memory(struct err *e)
{
    return err_set(e, -ENOMEM, "speech grammar: out of memory");
}

/* Counting sort of the arcs by their state. */
static int nfa_init(struct nfa *nfa, const struct spelling *s, uint32_t final, struct err *e)
{
    nfa->first = calloc((size_t)s->states_n + 2, sizeof(*nfa->first));
    nfa->arcs = malloc((s->arcs_n ? s->arcs_n : 1) * sizeof(*nfa->arcs));
    if (!nfa->first || !nfa->arcs)
        return no_memory(e);
    nfa->states_n = s->states_n;
    nfa->final = final;
    for (size_t i = 0; i < s->arcs_n; i++)
        nfa->first[s->arcs[i].from + 2]++;
    for (uint32_t i = 2; i < s->states_n + 2; i++)
        nfa->first[i] += nfa->first[i - 1];
    for (size_t i = 0; i < s->arcs_n; i++)
        nfa->arcs[nfa->first[s->arcs[i].from + 1]++] = s->arcs[i];
    must(nfa->first[0] == 0 && nfa->first[s->states_n] == s->arcs_n);
    return 0;
}

static void reach(struct builder *b, size_t *n, uint32_t state)
{
    invariant(state < b->nfa.states_n && *n <= b->nfa.states_n);
    if (b->stamp[state] != b->round) {
        b->stamp[state] = b->round;
        b->reached[(*n)++] = state;
    }
}

/* Adds what epsilon arcs (and blanks, at a word start) reach. */
static void close_over(struct builder *b, size_t *n, bool blanks)
{
    for (size_t i = 0; i < *n; i++) {
        uint32_t state = b->reached[i];

        for (uint32_t a = b->nfa.first[state]; a < b->nfa.first[state + 1]; a++) {
            char letter = b->nfa.arcs[a].letter;

            if (letter == '\0' || (blanks && letter == ' '))
                reach(b, n, b->nfa.arcs[a].to);
        }
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The closed set in b->reached[0..n) as a key. */
static struct set *set_of(struct builder *b, size_t n, bool at_word_start)
{
    struct set *set = arena_alloc(&b->arena, sizeof(*set) + n * sizeof(set->states[0]));

    if (!set)
        return NULL;
    set->at_word_start = at_word_start;
    for (size_t i = 0; i < n; i++) {
        uint32_t s = b->reached[i];
        bool counts = s == b->nfa.final;

        for (uint32_t a = b->nfa.first[s]; !counts && a < b->nfa.first[s + 1]; a++)
            counts = b->nfa.arcs[a].letter != '\0';
        if (counts)
            set->states[set->n++] = s;
    }
    qsort(set->states, set->n, sizeof(set->states[0]), compare_numbers);
    must(set->n <= n);
    return set;
}

/* What one letter reaches from `set`. */
static struct set *set_move(struct builder *b, const struct set *set, int letter)
{
    char c = letter_char(letter);
    size_t n = 0;

    b->round++;
    for (uint32_t i = 0; i < set->n; i++)
        for (uint32_t a = b->nfa.first[set->states[i]]; a < b->nfa.first[set->states[i] + 1]; a++)
            if (b->nfa.arcs[a].letter == c)
                reach(b, &n, b->nfa.arcs[a].to);
    close_over(b, &n, c == ' ');
    return set_of(b, n, c == ' ');
}

/* A sentence may end here: only blanks lie before the final state. */
static bool set_accepts(struct builder *b, const struct set *set)
{
    size_t n = 0;

    if (set->at_word_start)
        return false;
    b->round++;
    for (uint32_t i = 0; i < set->n; i++)
        reach(b, &n, set->states[i]);
    close_over(b, &n, true);
    return b->stamp[b->nfa.final] == b->round;
}

static uint32_t set_letters(const struct builder *b, const struct set *set)
{
    uint32_t present = 0;

    for (uint32_t i = 0; i < set->n; i++)
        for (uint32_t a = b->nfa.first[set->states[i]]; a < b->nfa.first[set->states[i] + 1]; a++)
            if (b->nfa.arcs[a].letter != '\0')
                present |= 1u << letter_index(b->nfa.arcs[a].letter);
    if (set->at_word_start)
        present &= ~(1u << LETTER_BLANK);
    return present;
}

/* The number of the minimal state with these arcs; NOTHING for one that leads nowhere. */
static int state_intern(uint32_t *ret, struct builder *b, const struct letters *l)
{
    uint64_t hash = hash_bytes(HASH_START, l, sizeof(*l));
    bool alive = l->accepts;
    struct letters *kept;

    for (int i = 0; i < LETTERS; i++)
        alive = alive || l->to[i] != NOTHING;
    *ret = alive ? record_find(&b->states, hash, l, sizeof(*l)) : NOTHING;
    if (!alive || *ret != NOTHING)
        return 0;
    kept = arena_alloc(&b->arena, sizeof(*kept));
    if (!kept)
        return no_memory(b->e);
    *kept = *l;
    return record_add(ret, &b->states, hash, kept, sizeof(*kept)) < 0 ? no_memory(b->e) : 0;
}

static int subset_build(uint32_t *ret, struct builder *b, const struct set *set, unsigned depth)
{
    size_t bytes = sizeof(*set) + set->n * sizeof(set->states[0]);
    uint64_t hash = hash_bytes(HASH_START, set, bytes);
    uint32_t number = record_find(&b->sets, hash, set, bytes), present;
    struct letters l;
    int r;

    if (number != NOTHING) {
        *ret = b->sets.at[number].value;
        return 0;
    }
    if (depth == AUTOMATON_LETTERS_MAX)
        return err_set(b->e, -E2BIG, "speech grammar: a sentence is longer than %d letters",
                       AUTOMATON_LETTERS_MAX);
    memset(&l, 0xff, sizeof(l));
    l.accepts = set_accepts(b, set);
    present = set_letters(b, set);
    for (int i = 0; i < LETTERS; i++) {
        struct set *to = present & 1u << i ? set_move(b, set, i) : NULL;

        if (!(present & 1u << i))
            continue;
        if (!to)
            return no_memory(b->e);
        r = subset_build(&l.to[i], b, to, depth + 1);
        if (r < 0)
            return r;
    }
    r = state_intern(ret, b, &l);
    if (r == 0 && record_add(&number, &b->sets, hash, set, bytes) < 0)
        r = no_memory(b->e);
    if (r == 0)
        b->sets.at[number].value = *ret;
    return r;
}

static int letters_build(uint32_t *ret, struct builder *b, uint32_t start)
{
    struct set *set;
    size_t n = 0;

    b->stamp = calloc(b->nfa.states_n, sizeof(*b->stamp));
    b->reached = calloc(b->nfa.states_n, sizeof(*b->reached));
    if (!b->stamp || !b->reached)
        return no_memory(b->e);
    b->round++;
    reach(b, &n, start);
    close_over(b, &n, true);
    set = set_of(b, n, true);
    return set ? subset_build(ret, b, set, 0) : no_memory(b->e);
}

/* ---- words -------------------------------------------------------------------------------- */

struct word_state { /* key: letter state behind the blank, and whether the sentence may end */
    uint32_t letters, accepts;
};

struct speller {
    struct builder *b;
    struct records states, words; /* keys in b->arena */
    struct automaton *a;
    size_t arcs_cap;
    char word[AUTOMATON_WORD_MAX + 1];
    uint32_t from;
};

static const struct letters *letters_of(const struct builder *b, uint32_t state)
{
    return b->states.at[state].key;
}

static int number_of(uint32_t *ret, struct speller *sp, struct records *r, const void *key,
                     size_t bytes)
{
    uint64_t hash = hash_bytes(HASH_START, key, bytes);
    void *kept;

    *ret = record_find(r, hash, key, bytes);
    if (*ret != NOTHING)
        return 0;
    kept = arena_alloc(&sp->b->arena, bytes + 1); /* words stay terminated */
    if (!kept)
        return no_memory(sp->b->e);
    memcpy(kept, key, bytes);
    return record_add(ret, r, hash, kept, bytes) < 0 ? no_memory(sp->b->e) : 0;
}

static int arc_add(struct speller *sp, size_t len, const struct letters *end)
{
    const struct word_state key = { end->to[LETTER_BLANK], end->accepts };
    struct automaton *a = sp->a;
    struct automaton_arc arc = { .from = sp->from };
    int r = number_of(&arc.to, sp, &sp->states, &key, sizeof(key));

    if (r == 0)
        r = number_of(&arc.word, sp, &sp->words, sp->word, len);
    if (r < 0)
        return r;
    if (a->arcs_n == AUTOMATON_ARCS_MAX)
        return err_set(sp->b->e, -E2BIG, "speech grammar: more than %d arcs; use fewer names",
                       AUTOMATON_ARCS_MAX);
    if (a->arcs_n == sp->arcs_cap) {
        size_t cap = sp->arcs_cap ? sp->arcs_cap * 2 : 256;
        struct automaton_arc *grown = realloc(a->arcs, cap * sizeof(*grown));

        if (!grown)
            return no_memory(sp->b->e);
        a->arcs = grown;
        sp->arcs_cap = cap;
    }
    a->arcs[a->arcs_n++] = arc;
    return 0;
}

/* All words that begin with sp->word[0..len) at the letter state. */
static int words_from(struct speller *sp, uint32_t state, size_t len)
{
    const struct letters *l = letters_of(sp->b, state);
    int r = 0;

    must(len <= AUTOMATON_WORD_MAX);
    if (len > 0 && (l->accepts || l->to[LETTER_BLANK] != NOTHING))
        r = arc_add(sp, len, l);
    if (r < 0 || len == AUTOMATON_WORD_MAX)
        return r;
    for (int i = 0; i < LETTER_BLANK; i++) {
        if (l->to[i] == NOTHING)
            continue;
        sp->word[len] = letter_char(i);
        r = words_from(sp, l->to[i], len + 1);
        if (r < 0)
            return r;
    }
    return 0;
}

static int words_build(struct speller *sp, uint32_t start)
{
    const struct word_state first = { start, 0 }, last = { NOTHING, 1 };
    uint32_t number;
    int r = number_of(&number, sp, &sp->states, &first, sizeof(first));

    if (r == 0)
        r = number_of(&number, sp, &sp->states, &last, sizeof(last));
    for (uint32_t i = 0; r == 0 && i < sp->states.n; i++) {
        struct word_state key;

        memcpy(&key, sp->states.at[i].key, sizeof(key));
        sp->from = i;
        if (key.letters != NOTHING)
            r = words_from(sp, key.letters, 0);
    }
    return r;
}

static int compare_arcs(const void *a, const void *b)
{
    const struct automaton_arc *x = a, *y = b;

    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->word > y->word) - (x->word < y->word);
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Words get their numbers in sorted order. */
static int words_take(struct speller *sp)
{
    struct automaton *a = sp->a;
    AUTO_FREE uint32_t *place = calloc(sp->words.n, sizeof(*place));

    a->words = calloc(sp->words.n, sizeof(*a->words));
    if (!a->words || !place)
        return no_memory(sp->b->e);
    for (size_t i = 0; i < sp->words.n; i++) {
        a->words[i] = strdup(sp->words.at[i].key);
        if (!a->words[i])
            return no_memory(sp->b->e);
        a->words_n++;
    }
    qsort(a->words, a->words_n, sizeof(a->words[0]), compare_words);
    for (size_t i = 0; i < sp->words.n; i++) {
        const char *key = sp->words.at[i].key;
        char **found = bsearch(&key, a->words, a->words_n, sizeof(a->words[0]), compare_words);

        if (!must(found != NULL))
            return err_set(sp->b->e, -EINVAL, "speech grammar: a word got lost");
        place[i] = (uint32_t)(found - a->words);
    }
    for (size_t i = 0; i < a->arcs_n; i++)
        a->arcs[i].word = place[a->arcs[i].word];
    return 0;
}

/* State 1 (the end) becomes the last one; states that may end as well are listed. */
static int states_take(struct speller *sp)
{
    struct automaton *a = sp->a;

    a->states_n = (uint32_t)sp->states.n;
    a->finals = calloc(a->states_n, sizeof(*a->finals));
    if (!a->finals)
        return no_memory(sp->b->e);
    for (size_t i = 0; i < a->arcs_n; i++) {
        struct automaton_arc *arc = &a->arcs[i];

        arc->from -= arc->from > 1;
        arc->to = arc->to == 1 ? a->states_n - 1 : arc->to - (arc->to > 1);
    }
    for (uint32_t i = 2; i < a->states_n; i++) {
        struct word_state key;

        memcpy(&key, sp->states.at[i].key, sizeof(key));
        if (key.accepts)
            a->finals[a->finals_n++] = i - 1;
    }
    for (size_t i = 0; i < a->arcs_n; i++)
        invariant(a->arcs[i].from < a->states_n && a->arcs[i].to < a->states_n &&
                  a->arcs[i].word < a->words_n && a->arcs[i].to != 0);
    must(a->finals_n < a->states_n);
    qsort(a->arcs, a->arcs_n, sizeof(a->arcs[0]), compare_arcs);
    return 0;
}

static void speller_done(struct speller *sp)
{
    records_done(&sp->states);
    records_done(&sp->words);
}

/* A cycle would let the subsets grow for ever: sorts the states topologically. */
static int cycle_check(const struct nfa *nfa, struct err *e)
{
    AUTO_FREE uint32_t *missing = calloc((size_t)nfa->states_n + 1, sizeof(*missing));
    AUTO_FREE uint32_t *ready = calloc((size_t)nfa->states_n + 1, sizeof(*ready));
    uint32_t arcs_n = nfa->first[nfa->states_n], n = 0, done = 0;

    if (!missing || !ready)
        return no_memory(e);
    for (uint32_t a = 0; a < arcs_n; a++)
        missing[nfa->arcs[a].to]++;
    for (uint32_t s = 0; s < nfa->states_n; s++)
        if (missing[s] == 0)
            ready[n++] = s;
    for (; done < n; done++)
        for (uint32_t a = nfa->first[ready[done]]; a < nfa->first[ready[done] + 1]; a++)
            if (--missing[nfa->arcs[a].to] == 0)
                ready[n++] = nfa->arcs[a].to;
    return n == nfa->states_n ? 0 : err_set(e, -ELOOP, "speech grammar: the sentences repeat");
}

int automaton_new(struct automaton **ret, const struct spelling *s, uint32_t start, uint32_t final,
                  struct err *e)
{
    AUTO(automaton_freep) struct automaton *a = calloc(1, sizeof(*a));
    AUTO(builder_done) struct builder b = { .arena = ARENA_INIT(ARENA_MAX), .e = e };
    AUTO(speller_done) struct speller sp = { .b = &b, .a = a };
    uint32_t first = NOTHING;
    int r;

    if (s->failed == -E2BIG)
        return err_set(e, -E2BIG, "speech grammar: too many sentences; use fewer names");
    if (!a || s->failed)
        return no_memory(e);
    if (start >= s->states_n || final >= s->states_n)
        return err_set(e, -EINVAL, "speech grammar: no such state");
    r = nfa_init(&b.nfa, s, final, e);
    if (r == 0)
        r = cycle_check(&b.nfa, e);
    if (r == 0)
        r = letters_build(&first, &b, start);
    if (r < 0)
        return r;
    if (first == NOTHING)
        return err_set(e, -ENOENT, "speech grammar: there is no sentence in it");
    r = words_build(&sp, first);
    if (r == 0)
        r = words_take(&sp);
    if (r == 0)
        r = states_take(&sp);
    if (r == 0)
        *ret = STEAL(a);
    return r;
}

struct automaton *automaton_free(struct automaton *a)
{
    if (a) {
        for (size_t i = 0; i < a->words_n; i++)
            free(a->words[i]);
        free(a->words);
        free(a->arcs);
        free(a->finals);
        free(a);
    }
    return NULL;
}
