/* SPDX-License-Identifier: Apache-2.0 */
/* intent/names.c - lists of device and area names. */
#include "intent/names.h"

#include "intent/spoken.h"

#include <string.h>

struct filling {
    struct names *names;
    const struct numbers *numbers; /* NULL: no spoken forms */
    struct value **name_tail, **area_tail;
    size_t areas_n;
    struct err *e;
};

static int no_memory(struct filling *f)
{
    return err_set(f->e, -ENOMEM, "device names: out of memory");
}

static char *kept(struct filling *f, const char *text)
{
    return arena_text(&f->names->arena, text, strlen(text));
}

/* One value; a text without any word is counted and left out. */
static int value_add(struct value ***tail, struct filling *f, const char *text,
                     const struct value *like)
{
    struct value *v = arena_alloc(&f->names->arena, sizeof(*v));
    struct node *in;
    int r;

    if (!v)
        return no_memory(f);
    r = template_literal(&in, &f->names->arena, text, strlen(text), NULL);
    if (r == -ENOMEM)
        return no_memory(f);
    if (r < 0) {
        f->names->left_out++;
        return 0;
    }
    *v = *like;
    v->in = in;
    v->next = NULL;
    **tail = v;
    *tail = &v->next;
    return 0;
}

static bool is_same(const struct node *a, const struct node *b)
{
    return a->len == b->len && memcmp(a->cp, b->cp, a->len * sizeof(a->cp[0])) == 0;
}

/* The text and, where it is another, its spoken form. */
static int forms_add(struct value ***tail, struct filling *f, const char *text,
                     const struct value *like)
{
    AUTO_STR words = STR_INIT;
    struct value **written = *tail, **spoken;
    int r = value_add(tail, f, text, like);

    if (r < 0 || !f->numbers || !*written)
        return r;
    r = spoken_words(&words, f->numbers, text, NULL);
    if (r == -ENOMEM)
        return no_memory(f);
    if (r < 0)
        return 0;
    spoken = *tail;
    r = value_add(tail, f, str_text(&words), like);
    if (r == 0 && *spoken && is_same((*written)->in, (*spoken)->in)) {
        *spoken = NULL;
        *tail = spoken;
    }
    return r;
}

static const struct pair *pair_add(struct filling *f, const char *key, const char *value,
                                   const struct pair *next)
{
    struct pair *p = arena_alloc(&f->names->arena, sizeof(*p));

    if (p) {
        p->key = key;
        p->value = kept(f, value);
        p->next = next;
    }
    return p && p->value ? p : NULL;
}

static int area_add(struct filling *f, const char *area)
{
    struct value like = { .out = { .kind = DATUM_TEXT } };

    if (names_area(f->names, area))
        return 0;
    if (f->areas_n++ == NAMES_AREAS_MAX) {
        f->areas_n--;
        f->names->left_out++;
        return 0;
    }
    like.out.text = kept(f, area);
    return like.out.text ? forms_add(&f->area_tail, f, area, &like) : no_memory(f);
}

static int device_add(struct filling *f, const cJSON *d)
{
    const char *id = json_str(d, "id", ""), *name = json_str(d, "name", "");
    const char *area = json_str(d, "area", ""), *kind = json_str(d, "kind", "");
    struct value like = { .out = { .kind = DATUM_TEXT } };
    const cJSON *alias;
    int r, count = 0;

    if (!id[0] || !name[0]) {
        f->names->left_out++;
        return 0;
    }
    like.out.text = kept(f, id);
    like.context = pair_add(f, "domain", kind, NULL);
    if (!like.out.text || !like.context)
        return no_memory(f);
    if (area[0]) {
        like.context = pair_add(f, "area", area, like.context);
        if (!like.context)
            return no_memory(f);
        r = area_add(f, area);
        if (r < 0)
            return r;
    }
    r = forms_add(&f->name_tail, f, name, &like);
    cJSON_ArrayForEach(alias, cJSON_GetObjectItemCaseSensitive(d, "aliases"))
    {
        if (r < 0)
            return r;
        if (!cJSON_IsString(alias) || count++ >= NAMES_ALIASES_MAX)
            f->names->left_out++;
        else
            r = forms_add(&f->name_tail, f, alias->valuestring, &like);
    }
    f->names->devices_n++;
    return r;
}

int names_new(struct names **ret, const cJSON *devices, const struct numbers *numbers,
              struct err *e)
{
    AUTO(names_freep) struct names *n = calloc(1, sizeof(*n));
    struct filling f = { .names = n, .numbers = numbers, .e = e };
    const cJSON *d;

    if (!n)
        return err_set(e, -ENOMEM, "device names: out of memory");
    n->arena = ARENA_INIT(CATALOG_BYTES_MAX);
    f.name_tail = &n->name.values;
    f.area_tail = &n->area.values;
    cJSON_ArrayForEach(d, devices)
    {
        int r;

        if (n->devices_n == NAMES_DEVICES_MAX) {
            n->left_out++;
            continue;
        }
        r = device_add(&f, d);
        if (r < 0)
            return r;
    }
    *ret = STEAL(n);
    return 0;
}

struct names *names_free(struct names *n)
{
    if (n) {
        arena_done(&n->arena);
        free(n);
    }
    return NULL;
}

const char *names_area(const struct names *n, const char *text)
{
    struct sentence s;

    if (!n || sentence_parse(&s, text, strlen(text), NULL) < 0 || s.len == 0)
        return NULL;
    for (const struct value *v = n->area.values; v; v = v->next)
        if (v->in->len == s.len - 1 &&
            memcmp(v->in->cp, s.fold, v->in->len * sizeof(s.fold[0])) == 0)
            return v->out.text;
    return NULL;
}
