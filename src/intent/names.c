/* SPDX-License-Identifier: Apache-2.0 */
/* intent/names.c - lists of device and area names. */
#include "intent/names.h"

#include "base/fold.h"
#include "base/must.h"
#include "intent/name_forms.h"

#include <string.h>
#include <strings.h>

struct filling {
    struct names *names;
    const struct numbers *numbers;
    enum spoken spoken;
    struct value **name_tail, **area_tail;
    struct named **device_tail;
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
    must(in->kind == NODE_TEXT && in->len > 0 && like->out.text);
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

/* One form more of what began at `first`, if it is not there yet. */
static int form_add(struct value ***tail, struct value **first, struct filling *f,
                    const char *text, const struct value *like)
{
    struct value **here = *tail;
    int r = value_add(tail, f, text, like);

    if (r < 0 || !*here)
        return r;
    for (const struct value *v = *first; v && v != *here; v = v->next)
        if (is_same(v->in, (*here)->in)) {
            *here = NULL;
            *tail = here;
            return 0;
        }
    return 0;
}

/* The text, its forms with numbers, and what the recogniser would write. */
static int forms_add(struct value ***tail, struct filling *f, const char *text,
                     const struct value *like)
{
    struct value **first = *tail;
    struct sentence s;
    int r = value_add(tail, f, text, like);

    if (r < 0 || !*first || sentence_parse(&s, text, strlen(text), NULL) < 0)
        return r;
    for (int form = 0; r == 0 && f->numbers && form < NAME_FORMS_N; form++) {
        AUTO_STR other = STR_INIT;

        r = name_form_add(&other, f->numbers, &s, (enum name_form)form);
        if (r == 0)
            r = form_add(tail, first, f, str_text(&other), like);
        else if (r == -ENOENT)
            r = 0;
    }
    if (r == 0 && f->spoken && f->numbers) {
        AUTO_STR words = STR_INIT;

        r = spoken_words(&words, f->numbers, f->spoken, text, NULL);
        r = r == 0 ? form_add(tail, first, f, str_text(&words), like) : r == -ENOMEM ? r : 0;
    }
    return r == -ENOMEM ? no_memory(f) : r;
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

/* Under its further names too, where they are not taken. */
static int area_aliases_add(struct filling *f, const cJSON *aliases, const struct value *like)
{
    const cJSON *alias;
    int r = 0, count = 0;

    cJSON_ArrayForEach(alias, aliases)
    {
        if (r < 0)
            return r;
        if (!cJSON_IsString(alias) || count++ >= NAMES_ALIASES_MAX)
            f->names->left_out++;
        else if (!names_area(f->names, alias->valuestring))
            r = forms_add(&f->area_tail, f, alias->valuestring, like);
    }
    return r;
}

static int area_add(struct filling *f, const char *area, const cJSON *device)
{
    struct value like = { .out = { .kind = DATUM_TEXT } };
    int r;

    if (names_area(f->names, area))
        return 0;
    if (f->areas_n++ == NAMES_AREAS_MAX) {
        f->areas_n--;
        f->names->left_out++;
        return 0;
    }
    like.out.text = kept(f, area);
    if (!like.out.text)
        return no_memory(f);
    r = forms_add(&f->area_tail, f, area, &like);
    return r < 0 ? r : area_aliases_add(f, cJSON_GetObjectItemCaseSensitive(device, "area_aliases"), &like);
}

/* Its own text, or NULL for an empty one. */
static int text_take(const char **ret, struct filling *f, const cJSON *d, const char *key)
{
    const char *text = json_str(d, key, "");

    *ret = text[0] ? kept(f, text) : NULL;
    return text[0] && !*ret ? no_memory(f) : 0;
}

static int named_new(struct named **ret, struct filling *f, const cJSON *d)
{
    struct named *n = arena_alloc(&f->names->arena, sizeof(*n));
    int r = n ? 0 : no_memory(f);

    if (r == 0)
        r = text_take(&n->id, f, d, "id");
    if (r == 0)
        r = text_take(&n->name, f, d, "name");
    if (r == 0)
        r = text_take(&n->area, f, d, "area");
    if (r == 0)
        r = text_take(&n->device_class, f, d, "class");
    if (r == 0)
        r = text_take(&n->kind_name, f, d, "kind");
    if (r < 0)
        return r;
    if (!n->kind_name || device_kind_parse(&n->kind, n->kind_name) < 0)
        n->kind = KIND_N;
    *ret = n;
    return 0;
}

static const struct pair *context_of(struct filling *f, const struct named *n)
{
    const struct pair *p = pair_add(f, "domain", n->kind_name ? n->kind_name : "", NULL);

    if (p && n->area)
        p = pair_add(f, "area", n->area, p);
    if (p && n->device_class)
        p = pair_add(f, "device_class", n->device_class, p);
    return p;
}

static int aliases_add(struct filling *f, const cJSON *d, const struct value *like)
{
    const cJSON *alias;
    int r = 0, count = 0;

    cJSON_ArrayForEach(alias, cJSON_GetObjectItemCaseSensitive(d, "aliases"))
    {
        if (r < 0)
            return r;
        if (!cJSON_IsString(alias) || count++ >= NAMES_ALIASES_MAX)
            f->names->left_out++;
        else
            r = forms_add(&f->name_tail, f, alias->valuestring, like);
    }
    return r;
}

static int device_add(struct filling *f, const cJSON *d)
{
    struct value like = { .out = { .kind = DATUM_TEXT } };
    struct named *n = NULL;
    int r;

    if (!json_str(d, "id", "")[0] || !json_str(d, "name", "")[0]) {
        f->names->left_out++;
        return 0;
    }
    r = named_new(&n, f, d);
    if (r < 0)
        return r;
    like.named = n;
    like.out.text = n->id;
    like.context = context_of(f, n);
    if (!like.context)
        return no_memory(f);
    r = n->area ? area_add(f, n->area, d) : 0;
    if (r == 0)
        r = forms_add(&f->name_tail, f, n->name, &like);
    if (r == 0)
        r = aliases_add(f, d, &like);
    must(*f->device_tail == NULL && f->names->devices_n < NAMES_DEVICES_MAX);
    *f->device_tail = n;
    f->device_tail = &n->next;
    f->names->devices_n++;
    return r;
}

/* Whether another device bears this name; in_other_room: one of another room. */
static bool is_borne(const struct names *all, const struct named *by, const char *name,
                     bool in_other_room)
{
    for (const struct named *n = all->devices; n; n = n->next)
        if (n != by && strcasecmp(n->name, name) == 0 &&
            (!in_other_room || !n->area || strcasecmp(n->area, by->area) != 0))
            return true;
    return false;
}

/* Of two lamps of one name the recogniser must hear the room, else it hears the box's own: "the
 * bedroom ceiling light", "the ceiling light in the bedroom". `like`: a value of the device. */
static int room_forms_add(struct filling *f, const struct value *like)
{
    static const char *const joints[] = { " ", " in the ", " in " };
    const struct named *n = like->named;
    int r = 0;

    if (!n->area || !is_borne(f->names, n, n->name, true))
        return 0;
    for (size_t i = 0; r == 0 && i < sizeof(joints) / sizeof(joints[0]); i++) {
        AUTO_STR text = STR_INIT;

        str_addf(&text, "%s%s%s", i == 0 ? n->area : n->name, joints[i],
                 i == 0 ? n->name : n->area);
        if (text.failed)
            return no_memory(f);
        if (!is_borne(f->names, n, str_text(&text), false))
            r = forms_add(&f->name_tail, f, str_text(&text), like);
    }
    return r;
}

static int rooms_add(struct filling *f)
{
    const struct named *done = NULL;
    struct value **end = f->name_tail;
    int r = 0;

    for (struct value *v = f->names->name.values; r == 0 && v; v = v->next) {
        const bool is_last = &v->next == end;

        if (v->named != done)
            r = room_forms_add(f, v);
        done = v->named;
        if (is_last)
            break;
    }
    return r;
}

/* A house has hundreds of names: those that begin otherwise than the sentence goes on need not be tried. */
static int list_index(struct filling *f, struct list *l)
{
    struct value **first = arena_alloc(&f->names->arena, TEMPLATE_SLOTS * sizeof(*first));
    struct value **tails[TEMPLATE_SLOTS];

    if (!first)
        return no_memory(f);
    for (unsigned i = 0; i < TEMPLATE_SLOTS; i++)
        tails[i] = &first[i];
    for (struct value *v = l->values; v; v = v->next) {
        const uint32_t cp = must(v->in->kind == NODE_TEXT && v->in->len > 0) ? v->in->cp[0] : ' ';
        const unsigned slot = template_slot(cp);

        if (cp == ' ' || cp == '\'')
            return 0; /* it may begin anywhere */
        *tails[slot] = v;
        tails[slot] = &v->alike;
    }
    l->first = first;
    return 0;
}

int names_new(struct names **ret, const cJSON *devices, const struct numbers *numbers, enum spoken spoken,
              struct err *e)
{
    AUTO(names_freep) struct names *n = calloc(1, sizeof(*n));
    struct filling f = { .names = n, .numbers = numbers, .spoken = spoken, .e = e };
    const cJSON *d;

    if (!n)
        return err_set(e, -ENOMEM, "device names: out of memory");
    n->arena = ARENA_INIT(CATALOG_BYTES_MAX);
    n->name.state = n->area.state = LIST_CHECKED;
    n->name.is_plain = n->area.is_plain = true;
    f.name_tail = &n->name.values;
    f.area_tail = &n->area.values;
    f.device_tail = &n->devices;
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
    if ((spoken && rooms_add(&f) < 0) || list_index(&f, &n->name) < 0 || list_index(&f, &n->area) < 0)
        return -ENOMEM;
    must(f.areas_n <= NAMES_AREAS_MAX && !*f.name_tail && !*f.area_tail);
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
    for (const struct value *v = n->area.values; v; v = v->next) {
        bool loose = false;
        size_t at = 0;

        if (sentence_take(&s, &at, v->in->cp, v->in->exact, v->in->len, &loose) &&
            at + 1 >= s.len)
            return v->out.text;
    }
    return NULL;
}

bool names_know(const struct names *n, const char *text)
{
    struct sentence s;

    if (!n || sentence_parse(&s, text, strlen(text), NULL) < 0)
        return false;
    for (const struct named *d = n->devices; d; d = d->next)
        if (fold_is_same(d->id, text))
            return true;
    for (const struct value *v = n->name.values; v; v = v->next) {
        bool loose = false;
        size_t at = 0;

        if (sentence_take(&s, &at, v->in->cp, NULL, v->in->len, &loose) && at + 1 >= s.len)
            return true;
    }
    return false;
}
