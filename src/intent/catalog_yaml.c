/* SPDX-License-Identifier: Apache-2.0 */
/* intent/catalog_yaml.c - reads a sentence file into the catalogue: its sections, blocks and conditions. */
#include "intent/catalog_reader.h"

#include "base/must.h"

#include <string.h>

/* ---- the language's own rules and lists ---------------------------------------------------- */

static int reader_symbol(struct reader *rd, const struct yaml *y, bool is_list)
{
    struct symbol *s = reader_symbol_of(rd, y->key, is_list);
    const struct list *list = NULL;
    struct node *body = NULL;
    int r;

    if (!s)
        return reader_no_memory(rd);
    s->file = rd->file;
    s->line = y->line;
    s->speech_only = rd->speech_only;
    r = is_list ? reader_list(&list, rd, y) : reader_template(&body, rd, y, false);
    if (r == 0) {
        s->list = list;
        s->body = body;
    }
    s->is_broken = r < 0;
    return r;
}

static int reader_symbols(struct reader *rd, const struct yaml *y, bool is_list)
{
    int r = reader_need(rd, y, YAML_MAP, is_list ? "lists" : "expansion_rules");

    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = reader_tolerate(rd, item, reader_symbol(rd, item, is_list));
        if (r < 0)
            return r;
    }
    return 0;
}

static int reader_lists(struct reader *rd, const struct yaml *y)
{
    return reader_symbols(rd, y, true);
}

static int reader_rules(struct reader *rd, const struct yaml *y)
{
    return reader_symbols(rd, y, false);
}

/* The letters of a word or several. */
static int reader_letters(struct skip_word *w, struct reader *rd, const struct yaml *y)
{
    struct node *literal;
    int r = reader_need(rd, y, YAML_SCALAR, "a word");

    if (r == 0)
        r = template_literal(&literal, &rd->c->arena, y->text, strlen(y->text), &rd->told);
    if (r < 0)
        return r;
    w->fold = literal->cp;
    w->len = literal->len;
    return 0;
}

/* Adds a word in front of the first shorter one. */
static int reader_word(const struct skip_word **words, struct reader *rd, const struct yaml *y)
{
    struct skip_word *w = arena_alloc(&rd->c->arena, sizeof(*w));
    int r = w ? reader_letters(w, rd, y) : reader_no_memory(rd);

    if (r < 0)
        return r;
    while (*words && (*words)->len >= w->len)
        words = (const struct skip_word **)&(*words)->next;
    w->next = *words;
    *words = w;
    must(!w->next || w->next->len <= w->len); /* longest first */
    return 0;
}

static int reader_words(const struct skip_word **words, struct reader *rd, const struct yaml *y)
{
    int r = reader_need(rd, y, YAML_LIST, y->key);

    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = reader_tolerate(rd, item, reader_word(words, rd, item));
        if (r < 0)
            return r;
    }
    return 0;
}

static int reader_skip_words(struct reader *rd, const struct yaml *y)
{
    return reader_words(&rd->c->skip_words, rd, y);
}

static int reader_end_words(struct reader *rd, const struct yaml *y)
{
    return reader_words(&rd->c->end_words, rd, y);
}

static int reader_opposite(struct reader *rd, const struct yaml *y)
{
    struct opposite *o = arena_alloc(&rd->c->arena, sizeof(*o));
    int r = o ? reader_need(rd, y, YAML_LIST, "two words that say the opposite") : reader_no_memory(rd);

    if (r == 0 && yaml_count(y) != 2)
        r = err_set(&rd->told, -EINVAL, "opposites are two words: [on, off]");
    if (r == 0)
        r = reader_letters(&o->one, rd, y->child);
    if (r == 0)
        r = reader_letters(&o->other, rd, y->child->next);
    if (r < 0)
        return r;
    o->next = rd->c->opposites;
    rd->c->opposites = o;
    return 0;
}

static int reader_opposites(struct reader *rd, const struct yaml *y)
{
    int r = reader_need(rd, y, YAML_LIST, y->key);

    for (const struct yaml *item = y->child; r == 0 && item; item = item->next)
        r = reader_tolerate(rd, item, reader_opposite(rd, item));
    return r;
}

/* ---- blocks ------------------------------------------------------------------------------- */

/* One that cannot be read stays as a shadow of its plain words. */
static int reader_sentence(struct template **ret, struct reader *rd, const struct yaml *y)
{
    struct template *t = arena_alloc(&rd->c->arena, sizeof(*t));
    struct node *root = NULL;
    int r = t ? reader_template(&root, rd, y, false) : reader_no_memory(rd);

    if (r == -ENOMEM || y->kind != YAML_SCALAR)
        return reader_tolerate(rd, y, r);
    t->root = root;
    t->file = rd->file;
    t->line = y->line;
    t->text = reader_kept(rd, y->text);
    if (!t->text)
        return reader_no_memory(rd);
    if (r == 0 || catalog_shadow(rd->c, t))
        *ret = t;
    return reader_tolerate(rd, y, r);
}

static int block_sentences(struct block *b, struct reader *rd, const struct yaml *y)
{
    struct template **tail = &b->templates;
    int r = reader_need(rd, y, YAML_LIST, "sentences");

    if (r < 0)
        return r;
    while (*tail)
        tail = &(*tail)->next;
    yaml_each (item, y) {
        r = reader_sentence(tail, rd, item);
        if (r < 0)
            return r;
        if (*tail)
            tail = &(*tail)->next;
    }
    return 0;
}

static int block_slots(struct block *b, struct reader *rd, const struct yaml *y)
{
    int r = reader_need(rd, y, YAML_MAP, "slots");

    if (r < 0)
        return r;
    yaml_each (item, y) {
        struct fixed *f = arena_alloc(&rd->c->arena, sizeof(*f));

        if (!f)
            return reader_no_memory(rd);
        f->slot = reader_kept(rd, item->key);
        if (!f->slot)
            return reader_no_memory(rd);
        r = reader_datum(&f->value, rd, item);
        if (r < 0)
            return r;
        f->line = item->line;
        f->next = b->fixed;
        b->fixed = f;
    }
    return 0;
}

static int requirement_value(struct requirement *q, struct reader *rd, const struct yaml *y)
{
    struct pair *p;
    int r;

    if (y->kind == YAML_SCALAR && !y->quoted && (!y->text[0] || strcmp(y->text, "null") == 0 ||
                                                 strcmp(y->text, "~") == 0))
        return 0; /* any value */
    p = arena_alloc(&rd->c->arena, sizeof(*p));
    if (!p)
        return reader_no_memory(rd);
    r = reader_pair(p, rd, q->key, y);
    if (r < 0)
        return r;
    p->next = q->values;
    q->values = p;
    return 0;
}

/* A text, a list (any of), null (any value), or {value, slot: true | name}. */
static int requirement_fill(struct requirement *q, struct reader *rd, const struct yaml *y)
{
    int r = 0;

    if (y->kind == YAML_MAP) {
        const char *slot = yaml_str(y, "slot", "false");

        if (strcmp(slot, "true") == 0)
            q->slot = q->key;
        else if (strcmp(slot, "false") != 0)
            q->slot = reader_kept(rd, slot);
        y = yaml_get(y, "value");
        if (!y)
            return 0;
    }
    if (y->kind != YAML_LIST)
        return requirement_value(q, rd, y);
    yaml_each (item, y) {
        r = requirement_value(q, rd, item);
        if (r < 0)
            break;
    }
    return r;
}

static int need_requirement(struct requirement *q, struct reader *rd, const char *key,
                            const struct yaml *y)
{
    q->key = reader_kept(rd, key);
    return q->key ? requirement_fill(q, rd, y) : reader_no_memory(rd);
}

static int block_requirements(const struct requirement **ret, struct reader *rd,
                              const struct yaml *y)
{
    int r = reader_need(rd, y, YAML_MAP, y->key);

    if (r < 0)
        return r;
    yaml_each (item, y) {
        struct requirement *q = arena_alloc(&rd->c->arena, sizeof(*q));

        r = q ? need_requirement(q, rd, item->key, item) : reader_no_memory(rd);
        if (r < 0)
            return r;
        q->next = *ret;
        *ret = q;
    }
    return 0;
}

static int block_requires(struct block *b, struct reader *rd, const struct yaml *y)
{
    return block_requirements(&b->requires, rd, y);
}

static int block_excludes(struct block *b, struct reader *rd, const struct yaml *y)
{
    return block_requirements(&b->excludes, rd, y);
}

static int block_scope(struct block *b, struct reader *rd, const struct yaml *y, bool is_list)
{
    int r = reader_need(rd, y, YAML_MAP, y->key);

    if (r < 0)
        return r;
    yaml_each (item, y) {
        struct scope *o = arena_alloc(&rd->c->arena, sizeof(*o));
        struct node *body = NULL;

        if (!o)
            return reader_no_memory(rd);
        o->symbol = reader_symbol_of(rd, item->key, is_list);
        if (!o->symbol)
            return reader_no_memory(rd);
        r = is_list ? reader_list(&o->list, rd, item) : reader_template(&body, rd, item, false);
        if (r < 0)
            return r;
        o->body = body;
        o->next = b->scope;
        b->scope = o;
    }
    return 0;
}

static int block_rules(struct block *b, struct reader *rd, const struct yaml *y)
{
    return block_scope(b, rd, y, false);
}

static int block_lists(struct block *b, struct reader *rd, const struct yaml *y)
{
    return block_scope(b, rd, y, true);
}

static int block_response(struct block *b, struct reader *rd, const struct yaml *y)
{
    int r = reader_need(rd, y, YAML_SCALAR, "response");

    if (r == 0 && !(b->response = reader_kept(rd, y->text)))
        r = reader_no_memory(rd);
    return r;
}

static int block_keywords(struct block *b, struct reader *rd, const struct yaml *y)
{
    return reader_words(&b->keywords, rd, y);
}

static int block_metadata(struct block *b, struct reader *rd, const struct yaml *y)
{
    int r = reader_need(rd, y, YAML_MAP, "metadata");

    if (r == 0 && strcmp(yaml_str(y, "speech", "false"), "true") == 0)
        b->speech = SPEECH_SENTENCE;
    return r;
}

static int block_rare(struct block *b, struct reader *rd, const struct yaml *y)
{
    if (!rd->speech_only || y->kind != YAML_SCALAR || strcmp(y->text, "true") != 0)
        return err_set(&rd->told, -EINVAL, "'rare' can be nothing but 'true', in a file of speech alone");
    b->is_rare = true;
    return 0;
}

/* The kinds that the device named may be. */
static int block_name_domains(struct block *b, struct reader *rd, const struct yaml *y)
{
    struct requirement *q = arena_alloc(&rd->c->arena, sizeof(*q));
    int r = q ? need_requirement(q, rd, "domain", y) : reader_no_memory(rd);

    if (r < 0)
        return r;
    q->next = b->requires;
    b->requires = q;
    return 0;
}

/* The kind that is meant though nothing names it. */
static int block_inferred_domain(struct block *b, struct reader *rd, const struct yaml *y)
{
    struct fixed *f = arena_alloc(&rd->c->arena, sizeof(*f));
    int r = f ? reader_need(rd, y, YAML_SCALAR, y->key) : reader_no_memory(rd);

    if (r == 0)
        r = reader_datum(&f->value, rd, y);
    if (r < 0)
        return r;
    f->slot = "domain";
    f->line = y->line;
    f->next = b->fixed;
    b->fixed = f;
    return 0;
}

static const struct {
    const char *key;
    int (*read)(struct block *b, struct reader *rd, const struct yaml *y);
} block_keys[] = {
    { "sentences", block_sentences },
    { "slots", block_slots },
    { "requires_context", block_requires },
    { "excludes_context", block_excludes },
    { "expansion_rules", block_rules },
    { "lists", block_lists },
    { "response", block_response },
    { "required_keywords", block_keywords },
    { "metadata", block_metadata },
    { "rare", block_rare },
    { "name_domains", block_name_domains },
    { "inferred_domain", block_inferred_domain },
};

static int block_key(struct block *b, struct reader *rd, const struct yaml *y)
{
    for (size_t i = 0; i < sizeof(block_keys) / sizeof(block_keys[0]); i++)
        if (strcmp(block_keys[i].key, y->key) == 0)
            return block_keys[i].read(b, rd, y);
    if (strcmp(y->key, "settings") == 0) /* filter_with_regex: how the reference saves time */
        return 0;
    return err_set(&rd->told, -EINVAL, "'%s' is no known key of a block of sentences", y->key);
}

/* A block with a fault in its conditions does nothing: without them it would match too much. Its
 * sentences stay as shadows. */
static void block_shadow(struct block *b, struct reader *rd)
{
    struct template **at = &b->templates;

    b->requires = b->excludes = NULL;
    b->keywords = NULL;
    b->fixed = NULL;
    while (*at)
        if ((*at)->is_shadow || catalog_shadow(rd->c, *at))
            at = &(*at)->next;
        else
            *at = (*at)->next;
}

/* Behind the last block of its intent, whichever file that is of: of equal readings the first wins, and in
 * the reference intents stand in the order in which they were first named. */
static void block_place(struct catalog *c, struct block *b)
{
    struct block **at = c->blocks_tail;

    for (struct block *o = c->blocks; o && b->intent[0]; o = o->next)
        if (strcmp(o->intent, b->intent) == 0)
            at = &o->next;
    must(*c->blocks_tail == NULL && b->file && !b->next);
    b->next = *at;
    *at = b;
    if (at == c->blocks_tail)
        c->blocks_tail = &b->next;
}

/* The room of the box must be known, and becomes the slot. */
static bool block_area(struct block *b, struct reader *rd)
{
    struct requirement *q = arena_alloc(&rd->c->arena, sizeof(*q));

    if (!q)
        return false;
    q->key = q->slot = "area";
    q->next = b->requires;
    b->requires = q;
    return true;
}

static int reader_block(struct reader *rd, const char *intent, const struct yaml *y)
{
    struct block *b = arena_alloc(&rd->c->arena, sizeof(*b));
    int r = reader_need(rd, y, YAML_MAP, "a block of sentences");
    bool is_faulty = false;

    if (!b)
        return reader_no_memory(rd);
    b->intent = intent;
    b->def = intents_find(intent);
    b->is_own = rd->is_own;
    b->speech = rd->speech_only && !rd->place ? SPEECH_SENTENCE : rd->place;
    b->speech_only = rd->speech_only;
    b->file = rd->file;
    b->line = y->line;
    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = block_key(b, rd, item);
        is_faulty = is_faulty || r < 0;
        r = reader_tolerate(rd, item, r);
        if (r < 0)
            return r;
    }
    if (rd->needs_area && !block_area(b, rd))
        return reader_no_memory(rd);
    if (is_faulty)
        block_shadow(b, rd);
    block_place(rd->c, b);
    return 0;
}

static int reader_intent_data(struct reader *rd, const char *name, const struct yaml *data)
{
    const char *intent = reader_kept(rd, name);
    int r = intent ? reader_need(rd, data, YAML_LIST, "data") : reader_no_memory(rd);

    if (r < 0)
        return r;
    yaml_each (item, data) {
        r = reader_tolerate(rd, item, reader_block(rd, intent, item));
        if (r < 0)
            return r;
    }
    return 0;
}

static int reader_intent(struct reader *rd, const struct yaml *y)
{
    const struct yaml *data = yaml_get(y, "data");

    return data ? reader_intent_data(rd, y->key, data)
                : err_set(&rd->told, -EINVAL, "the intent '%s' needs 'data'", y->key);
}

static int reader_data(struct reader *rd, const struct yaml *y)
{
    return rd->intent ? reader_intent_data(rd, rd->intent, y)
                      : err_set(&rd->told, -EINVAL,
                                "'data' stands below an intent, or in a folder that is named after one");
}

static int reader_intents(struct reader *rd, const struct yaml *y)
{
    int r = reader_need(rd, y, YAML_MAP, "intents");

    if (r < 0)
        return r;
    yaml_each (item, y) {
        r = reader_tolerate(rd, item, reader_intent(rd, item));
        if (r < 0)
            return r;
    }
    return 0;
}

static int reader_example(struct example *ret, struct reader *rd, const struct yaml *y)
{
    const char *domain = yaml_str(y, "domain", NULL), *text = yaml_str(y, "text", NULL);
    const char *device_class = yaml_str(y, "device_class", NULL);

    if (!text)
        return err_set(&rd->told, -EINVAL, "an example needs 'text'");
    ret->text = reader_kept(rd, text);
    ret->domain = domain ? reader_kept(rd, domain) : NULL;
    ret->device_class = device_class ? reader_kept(rd, device_class) : NULL;
    return ret->text && (!domain || ret->domain) && (!device_class || ret->device_class)
               ? 0
               : reader_no_memory(rd);
}

static int reader_examples(struct reader *rd, const struct yaml *y)
{
    const struct example **tail = &rd->c->examples;
    int r = reader_need(rd, y, YAML_LIST, "examples");

    while (*tail)
        tail = (const struct example **)&(*tail)->next;
    yaml_each (item, y) {
        struct example *x = arena_alloc(&rd->c->arena, sizeof(*x));

        if (r < 0)
            return r;
        if (!x)
            return reader_no_memory(rd);
        r = reader_example(x, rd, item);
        if (r == 0) {
            *tail = x;
            tail = &x->next;
        }
        r = reader_tolerate(rd, item, r);
    }
    return r;
}

static int reader_nothing(struct reader *rd, const struct yaml *y)
{
    (void)rd, (void)y;
    return 0;
}

static int reader_speech(struct reader *rd, const struct yaml *y)
{
    rd->speech_only = y->kind == YAML_SCALAR && strcmp(y->text, "only") == 0;
    return rd->speech_only ? 0
                           : err_set(&rd->told, -EINVAL, "'speech' can be nothing but 'only'");
}

/* Blocks that no intent belongs to. */
static int reader_loose(struct reader *rd, const struct yaml *y)
{
    int r = reader_need(rd, y, YAML_LIST, y->key);

    if (r == 0 && !rd->speech_only)
        return err_set(&rd->told, -EINVAL, "'%s' needs 'speech: only' before it", y->key);
    rd->place = strcmp(y->key, "before") == 0   ? SPEECH_BEFORE
                : strcmp(y->key, "behind") == 0 ? SPEECH_BEHIND
                                                : SPEECH_SENTENCE;
    for (const struct yaml *item = y->child; r == 0 && item; item = item->next)
        r = reader_tolerate(rd, item, reader_block(rd, "", item));
    rd->place = SPEECH_NOT;
    return r;
}

static const struct {
    const char *key;
    int (*read)(struct reader *rd, const struct yaml *y);
} file_keys[] = {
    { "language", reader_nothing }, /* checked before */
    { "speech", reader_speech },
    { "decoys", reader_loose },
    { "before", reader_loose },
    { "behind", reader_loose },
    { "settings", reader_nothing }, /* read before, too */
    { "responses", reader_nothing }, /* another folder's */
    { "lists", reader_lists },
    { "expansion_rules", reader_rules },
    { "skip_words", reader_skip_words },
    { "end_words", reader_end_words },
    { "opposites", reader_opposites },
    { "examples", reader_examples },
    { "intents", reader_intents },
    { "data", reader_data },
};

static int reader_key(struct reader *rd, const struct yaml *y)
{
    for (size_t i = 0; i < sizeof(file_keys) / sizeof(file_keys[0]); i++)
        if (strcmp(file_keys[i].key, y->key) == 0)
            return file_keys[i].read(rd, y);
    return err_set(&rd->told, -EINVAL, "'%s' is no known part of a sentence file", y->key);
}

static int file_read_all(struct reader *rd, const char *file, const void *buf, size_t len, struct err *e)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    struct catalog *c = rd->c;
    const char *language;
    int r = yaml_parse(&y, file, buf, len, e);

    if (r < 0)
        return r;
    if (y->kind != YAML_MAP)
        return err_set(e, -EINVAL, "%s: must hold 'language' and 'intents'", file);
    language = yaml_str(y, "language", c->language);
    if (strcmp(language, c->language) != 0)
        return err_set(e, -EINVAL, "%s: holds sentences of the language '%s', not '%s'", file,
                       language, c->language);
    rd->file = reader_kept(rd, file);
    if (!rd->file)
        return err_set(e, -ENOMEM, "sentences: out of memory");
    if (strcmp(yaml_str(yaml_get(y, "settings"), "ignore_whitespace", "false"), "true") == 0)
        c->ignores_blanks = true;
    yaml_each (item, y) {
        r = reader_tolerate(rd, item, reader_key(rd, item));
        if (r < 0)
            return err_set(e, r, "sentences: out of memory");
    }
    return 0;
}

int catalog_parse(struct catalog *c, const char *file, bool is_own, const void *buf, size_t len,
                  struct err *e)
{
    struct reader rd = { .c = c, .is_own = is_own, .told = ERR_INIT };

    return file_read_all(&rd, file, buf, len, e);
}

int catalog_parse_part(struct catalog *c, const struct catalog_part *part, const void *buf, size_t len,
                       struct err *e)
{
    struct reader rd = { .c = c, .is_own = part->is_own, .is_part = true, .intent = part->intent,
                         .needs_area = part->needs_area, .told = ERR_INIT };

    must(part->intent || !part->needs_area);
    return file_read_all(&rd, part->file, buf, len, e);
}
