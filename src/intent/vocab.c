/* SPDX-License-Identifier: Apache-2.0 */
/* intent/vocab.c - the words of a language and of a house. */
#include "intent/vocab.h"

#include "base/hash.h"
#include "base/must.h"

#include <string.h>

enum {
    VOCAB_BYTES_MAX = 4 << 20,
    OPEN_MAX = 16, /* beginnings of a word that go on: "light" and "lamp" before "[s]" */
    SLOTS_FIRST = 1024,
};

struct vocab {
    struct arena arena;
    struct vocab_word **slots; /* owned; open addressing, NULL: free */
    size_t slots_n, words_n;
    /* by length, for the search; owned */
    struct vocab_word **sorted;
    size_t from[VOCAB_WORD_MAX + 2];
    bool failed;
};

/* A word being put together. */
struct piece {
    uint32_t fold[VOCAB_WORD_MAX], exact[VOCAB_WORD_MAX];
    size_t len;
    bool is_long; /* it did not fit: no word */
};

struct pieces {
    struct piece at[OPEN_MAX];
    size_t n;
};

struct collecting {
    struct vocab *v;
    bool is_name;
    bool is_said; /* in what is matched, not only heard */
    unsigned depth;
};

/* ---- the table ------------------------------------------------------------------------------ */

static uint64_t hash_of(const uint32_t *fold, size_t len)
{
    return hash_bytes(HASH_START, fold, len * sizeof(fold[0]));
}

static size_t slot_of(const struct vocab *v, const uint32_t *fold, size_t len)
{
    size_t i = hash_slot(hash_of(fold, len), v->slots_n);

    must(v->words_n < v->slots_n); /* so a free one is met */
    while (v->slots[i] && (v->slots[i]->len != len ||
                           memcmp(v->slots[i]->fold, fold, len * sizeof(fold[0])) != 0))
        i = (i + 1) & (v->slots_n - 1);
    return i;
}

static bool slots_grow(struct vocab *v)
{
    const size_t n = v->slots_n ? v->slots_n * 2 : SLOTS_FIRST, old_n = v->slots_n;
    struct vocab_word **old = v->slots, **fresh = calloc(n, sizeof(struct vocab_word *));

    if (!fresh)
        return false;
    v->slots = fresh;
    v->slots_n = n;
    for (size_t i = 0; i < old_n; i++)
        if (old[i])
            fresh[slot_of(v, old[i]->fold, old[i]->len)] = old[i];
    free(old);
    return true;
}

static uint64_t letters_of(const uint32_t *fold, size_t len)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < len; i++)
        bits |= 1ull << (fold[i] & 63);
    return bits;
}

static struct vocab_word *word_new(struct vocab *v, const struct piece *p)
{
    struct vocab_word *w = arena_alloc(&v->arena, sizeof(*w));
    uint32_t *cp = arena_alloc(&v->arena, 2 * p->len * sizeof(cp[0]));

    if (!w || !cp)
        return NULL;
    memcpy(cp, p->fold, p->len * sizeof(cp[0]));
    memcpy(cp + p->len, p->exact, p->len * sizeof(cp[0]));
    *w = (struct vocab_word){ .fold = cp, .exact = cp + p->len, .len = (uint8_t)p->len,
                              .letters = letters_of(cp, p->len) };
    return w;
}

static void word_add(const struct collecting *c, const struct piece *p)
{
    struct vocab *v = c->v;
    size_t i;

    if (p->len == 0 || p->is_long || v->failed)
        return;
    must(p->len <= VOCAB_WORD_MAX);
    if (v->words_n * 2 >= v->slots_n && !slots_grow(v)) {
        v->failed = true;
        return;
    }
    i = slot_of(v, p->fold, p->len);
    if (!v->slots[i]) {
        v->slots[i] = word_new(v, p);
        v->words_n += v->slots[i] != NULL;
    }
    if (!v->slots[i])
        v->failed = true;
    else
        v->slots[i]->is_name |= c->is_name;
    if (!v->failed)
        v->slots[i]->is_said |= c->is_said;
}

const struct vocab_word *vocab_find(const struct vocab *v, const uint32_t *fold, size_t len)
{
    return len == 0 || len > VOCAB_WORD_MAX || v->words_n == 0 ? NULL
                                                               : v->slots[slot_of(v, fold, len)];
}

/* ---- words out of templates ------------------------------------------------------------------- */

static void pieces_end(const struct collecting *c, struct pieces *open)
{
    for (size_t i = 0; i < open->n; i++)
        word_add(c, &open->at[i]);
    open->n = 1;
    open->at[0] = (struct piece){ .len = 0 };
}

static void piece_add(struct piece *p, uint32_t fold, uint32_t exact)
{
    p->is_long |= p->len == VOCAB_WORD_MAX;
    if (p->is_long)
        return;
    p->fold[p->len] = fold;
    p->exact[p->len++] = exact;
}

static void collect_text(const struct collecting *c, struct pieces *open, const struct node *n)
{
    for (size_t i = 0; i < n->len; i++) {
        if (n->cp[i] == ' ' || n->cp[i] == '\'') {
            pieces_end(c, open);
            continue;
        }
        for (size_t k = 0; k < open->n; k++)
            piece_add(&open->at[k], n->cp[i], n->exact ? n->exact[i] : n->cp[i]);
    }
}

static void pieces_join(const struct collecting *c, struct pieces *to, const struct pieces *more)
{
    for (size_t i = 0; i < more->n; i++) {
        bool is_there = false;

        for (size_t k = 0; k < to->n; k++)
            is_there |= to->at[k].len == more->at[i].len &&
                        memcmp(to->at[k].fold, more->at[i].fold,
                               more->at[i].len * sizeof(more->at[i].fold[0])) == 0;
        if (!is_there && to->n < OPEN_MAX)
            to->at[to->n++] = more->at[i];
        else if (!is_there)
            word_add(c, &more->at[i]); /* too many ways on: it stands for itself */
    }
}

static void collect(struct collecting *c, struct pieces *open, const struct node *n);

static void collect_alternatives(struct collecting *c, struct pieces *open, const struct node *n)
{
    struct pieces *before = malloc(2 * sizeof(*before)), *one = before ? before + 1 : NULL;

    if (!before) {
        c->v->failed = true;
        return;
    }
    *before = *open;
    if (!n->optional)
        open->n = 0;
    for (const struct node *child = n->child; child; child = child->next) {
        *one = *before;
        collect(c, one, child);
        pieces_join(c, open, one);
    }
    free(before);
}

static void collect(struct collecting *c, struct pieces *open, const struct node *n)
{
    if (++c->depth <= 2 * TEMPLATE_DEPTH_MAX) {
        if (n->kind == NODE_TEXT)
            collect_text(c, open, n);
        else if (n->kind == NODE_ALT)
            collect_alternatives(c, open, n);
        else if (n->kind == NODE_SEQ || n->kind == NODE_PERM)
            for (const struct node *child = n->child; child; child = child->next)
                collect(c, open, child);
        else
            pieces_end(c, open); /* lists and rules are collected by themselves */
    }
    c->depth--;
}

static void collect_whole(struct collecting *c, const struct node *n)
{
    struct pieces *open = malloc(sizeof(*open));

    if (!open) {
        c->v->failed = true;
        return;
    }
    open->n = 1;
    open->at[0] = (struct piece){ .len = 0 };
    must(c->depth == 0);
    if (n)
        collect(c, open, n);
    pieces_end(c, open);
    free(open);
}

static void collect_list(struct collecting *c, const struct list *l)
{
    for (const struct value *v = l ? l->values : NULL; v; v = v->next)
        collect_whole(c, v->in);
}

static void collect_scope(struct collecting *c, const struct block *b)
{
    for (const struct scope *s = b->scope; s; s = s->next) {
        collect_whole(c, s->body);
        collect_list(c, s->list);
    }
}

static void collect_catalog(struct collecting *c, const struct catalog *from)
{
    c->is_said = true;
    for (const struct block *b = from->blocks; b; b = b->next) {
        if (b->speech_only)
            continue;
        for (const struct template *t = b->templates; t; t = t->next)
            collect_whole(c, t->root);
        collect_scope(c, b);
    }
    for (const struct symbol *s = from->symbols; s; s = s->next) {
        c->is_said = !s->speech_only;
        collect_whole(c, s->body);
        if (s->list && strcmp(s->name, "name") != 0 && strcmp(s->name, "area") != 0)
            collect_list(c, s->list);
    }
    c->is_said = true;
    for (const struct skip_word *w = from->skip_words; w; w = w->next)
        collect_whole(c, &(struct node){ .kind = NODE_TEXT, .len = w->len, .cp = w->fold });
}

/* ---- the nearest ------------------------------------------------------------------------------ */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned vocab_edits(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len,
                     unsigned most)
{
    unsigned rows[3][VOCAB_WORD_MAX + 1];
    const size_t apart = a_len > b_len ? a_len - b_len : b_len - a_len;

    if (a_len > VOCAB_WORD_MAX || b_len > VOCAB_WORD_MAX || apart > most)
        return most + 1;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];
        unsigned best = row[0] = (unsigned)i;

        for (size_t j = 1; j <= b_len; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two[j - 2] + 1);
            best = least(best, row[j]);
        }
        if (best > most)
            return most + 1;
    }
    return least(rows[a_len % 3][b_len], most + 1);
}

/* How much is forgiven a word of that length. */
static unsigned forgiven(const uint32_t *fold, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (fold[i] >= '0' && fold[i] <= '9')
            return 0;
    return len < 4 ? 0 : len < 8 ? 1 : 2;
}

size_t vocab_nearest(struct vocab_near ret[VOCAB_NEAR_MAX], const struct vocab *v,
                     const uint32_t *fold, size_t len)
{
    unsigned most = len <= VOCAB_WORD_MAX ? forgiven(fold, len) : 0;
    const uint64_t letters = letters_of(fold, len <= VOCAB_WORD_MAX ? len : 0);
    const size_t shortest = len > most ? len - most : 1, longest = len + most;
    size_t n = 0;

    if (most == 0)
        return 0;
    for (size_t i = v->from[shortest]; i < v->from[least((unsigned)longest, VOCAB_WORD_MAX) + 1]; i++) {
        const struct vocab_word *w = v->sorted[i];
        unsigned edits;

        if ((unsigned)__builtin_popcountll(letters ^ w->letters) > 2 * most || w->len < 3)
            continue; /* an edit changes two kinds of letters at most */
        edits = vocab_edits(fold, len, w->fold, w->len, most);
        if (edits > most)
            continue;
        if (n > 0 && edits < ret[0].edits)
            n = 0;
        most = edits;
        if (n <= VOCAB_NEAR_MAX && n++ < VOCAB_NEAR_MAX)
            ret[n - 1] = (struct vocab_near){ w, edits };
    }
    return n > VOCAB_NEAR_MAX ? 0 : n;
}

/* ---- life ------------------------------------------------------------------------------------- */

static bool sort_by_length(struct vocab *v)
{
    size_t at[VOCAB_WORD_MAX + 2] = { 0 };

    v->sorted = calloc(v->words_n + 1, sizeof(v->sorted[0]));
    if (!v->sorted)
        return false;
    for (size_t i = 0; i < v->slots_n; i++)
        if (v->slots[i])
            v->from[v->slots[i]->len + 1]++;
    for (size_t len = 1; len <= VOCAB_WORD_MAX + 1; len++)
        v->from[len] += v->from[len - 1];
    memcpy(at, v->from, sizeof(at));
    for (size_t i = 0; i < v->slots_n; i++)
        if (v->slots[i])
            v->sorted[at[v->slots[i]->len]++] = v->slots[i];
    must(v->from[VOCAB_WORD_MAX + 1] == v->words_n);
    return true;
}

int vocab_new(struct vocab **ret, const struct catalog *c, const struct names *names,
              struct err *e)
{
    AUTO(vocab_freep) struct vocab *v = calloc(1, sizeof(*v));
    struct collecting in = { .v = v };

    if (!v || !(v->arena = ARENA_INIT(VOCAB_BYTES_MAX), slots_grow(v)))
        return err_set(e, -ENOMEM, "sentences: out of memory");
    collect_catalog(&in, c);
    collect_list(&in, names ? &names->area : NULL);
    in.is_name = true;
    collect_list(&in, names ? &names->name : NULL);
    if (v->failed || !sort_by_length(v))
        return err_set(e, -ENOMEM, "sentences: out of memory");
    *ret = STEAL(v);
    return 0;
}

struct vocab *vocab_free(struct vocab *v)
{
    if (v) {
        arena_done(&v->arena);
        free(v->slots);
        free(v->sorted);
        free(v);
    }
    return NULL;
}
