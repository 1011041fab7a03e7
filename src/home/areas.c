/* SPDX-License-Identifier: Apache-2.0 */
/* home/areas.c - further names of rooms. */
#include "home/areas.h"

#include "base/fold.h"
#include "base/must.h"
#include "base/str.h"
#include "home/text.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct areas *to;
    const struct yaml *entries;
    areas_complain_fn complain;
    void *user;
};

static void complain(const struct reading *r, int line, const struct err *e)
{
    if (r->complain)
        r->complain(line, err_text(e), r->user);
}

static void area_done(struct area *a)
{
    for (size_t i = 0; i < a->aliases_n; i++)
        free(a->aliases[i]);
    free(a->aliases);
    free(a->name);
    memset(a, 0, sizeof(*a));
}

void areas_done(struct areas *a)
{
    for (size_t i = 0; i < a->n; i++)
        area_done(&a->list[i]);
    free(a->list);
    *a = (struct areas){ NULL, 0 };
}

/* The name or alias that is `text`, as it is kept; NULL: it is called otherwise. */
static const char *area_called(const struct area *a, const char *text)
{
    if (fold_is_same(a->name, text))
        return a->name;
    for (size_t i = 0; i < a->aliases_n; i++)
        if (fold_is_same(a->aliases[i], text))
            return a->aliases[i];
    return NULL;
}

static struct area *area_of(const struct areas *a, const char *text)
{
    for (size_t i = 0; i < a->n; i++)
        if (area_called(&a->list[i], text))
            return &a->list[i];
    return NULL;
}

const struct area *areas_find(const struct areas *a, const char *text)
{
    return area_of(a, text);
}

const char *areas_name(const struct areas *a, const char *text)
{
    const struct area *found = areas_find(a, text);

    return found ? found->name : text;
}

static int check_name(const char *key, const char *text, struct err *e)
{
    const int r = text_check(key, text, AREA_NAME_BYTES_MAX, e);

    if (r >= 0 && text[strspn(text, " ")] == '\0')
        return err_set(e, -EINVAL, "%s: is empty", key);
    return r;
}

/* The entry of a room of this name, before or behind, with faults or without; NULL: there is none. */
static const struct yaml *entry_named(const struct yaml *entries, const char *text)
{
    yaml_each (item, entries) {
        const char *name = item->kind == YAML_MAP ? yaml_str(item, "name", NULL) : NULL;

        if (name && fold_is_same(name, text))
            return item;
    }
    return NULL;
}

/* One alias; `a` stands behind the list, so that it is held against itself and all before it. */
static int read_alias(const struct reading *r, struct area *a, const struct yaml *y, struct err *e)
{
    const struct area *other;
    const struct yaml *entry;
    int code = y->kind == YAML_SCALAR ? check_name("aliases", y->text, e)
                                      : err_set(e, -EINVAL, "aliases: each must be one text");

    if (code < 0)
        return code;
    other = areas_find(r->to, y->text);
    if (other)
        return err_set(e, -EEXIST, "aliases: '%s' also names the room of line %d; it is left out", y->text, other->line);
    if (area_called(a, y->text))
        return 0;
    entry = entry_named(r->entries, y->text);
    if (entry)
        return err_set(e, -EEXIST, "aliases: '%s' is the name of the room of line %d; it is left out", y->text,
                       entry->line);
    a->aliases[a->aliases_n] = str_dup(y->text);
    return a->aliases[a->aliases_n++] ? 0 : -ENOMEM;
}

static int read_aliases(const struct reading *r, struct area *a, const struct yaml *list, struct err *e)
{
    const size_t n = list ? yaml_count(list) : 0;

    if (!list || list->kind != YAML_LIST || n == 0)
        return err_set(e, -EINVAL, "aliases: must be a list of further names: [Küche, cuisine]");
    if (n > AREA_ALIASES_MAX)
        return err_set(e, -E2BIG, "aliases: more than %d", AREA_ALIASES_MAX);
    a->aliases = calloc(n, sizeof(*a->aliases));
    if (!a->aliases)
        return -ENOMEM;
    yaml_each (item, list) {
        struct err why = ERR_INIT;
        const int code = read_alias(r, a, item, &why);

        if (code == -ENOMEM)
            return code;
        if (code < 0)
            complain(r, item->line, &why);
    }
    must(a->aliases_n <= n);
    return 0;
}

static int read_area(const struct reading *r, struct area *a, const struct yaml *y, struct err *e)
{
    const char *name = yaml_str(y, "name", NULL);
    const struct area *other;
    int code;

    if (!name)
        return err_set(e, -EINVAL, "name: is missing; give the room as the devices write it");
    code = check_name("name", name, e);
    if (code < 0)
        return code;
    other = areas_find(r->to, name);
    if (other)
        return err_set(e, -EEXIST, "name: '%s' also names the room of line %d; write all its aliases there", name,
                       other->line);
    yaml_each (item, y)
        if (strcmp(item->key, "name") != 0 && strcmp(item->key, "aliases") != 0)
            return err_set(e, -EINVAL, "%s: a room has no such key; remove it", item->key);
    a->line = y->line;
    a->name = str_dup(name);
    return a->name ? read_aliases(r, a, yaml_get(y, "aliases"), e) : -ENOMEM;
}

static int read_all(const struct reading *r, const struct yaml *list, struct err *e)
{
    yaml_each (item, list) {
        struct area *a = &r->to->list[r->to->n];
        struct err why = ERR_INIT;
        int code;

        if (r->to->n == AREAS_MAX) {
            err_set(&why, -E2BIG, "areas: the first %d are taken, the rest is left out", AREAS_MAX);
            complain(r, item->line, &why);
            return 0;
        }
        code = item->kind == YAML_MAP ? read_area(r, a, item, &why)
                                      : err_set(&why, -EINVAL, "a room must be a list of keys: '- name: ...'");
        if (code == 0) {
            r->to->n++;
            continue;
        }
        if (code != -ENOMEM)
            complain(r, item->line, &why);
        area_done(a);
        if (code == -ENOMEM)
            return err_set(e, code, "areas: out of memory");
    }
    return 0;
}

int areas_read(struct areas *ret, const struct yaml *list, areas_complain_fn complain_fn, void *user,
               struct err *e)
{
    const size_t n = list ? yaml_count(list) : 0;
    struct areas a = { calloc((n < AREAS_MAX ? n : AREAS_MAX) + 1, sizeof(struct area)), 0 };
    const struct reading r = { &a, list, complain_fn, user };
    int code = a.list ? 0 : err_set(e, -ENOMEM, "areas: out of memory");

    if (code == 0 && list && list->kind != YAML_LIST && (list->kind != YAML_SCALAR || list->text[0]))
        code = err_set(e, -EINVAL, "areas: must be a list, each item from '- name:'");
    if (code == 0 && list)
        code = read_all(&r, list, e);
    if (code < 0) {
        areas_done(&a);
        return code;
    }
    must(a.n <= AREAS_MAX);
    *ret = a;
    return 0;
}

/* ---- what the devices write ------------------------------------------------------------- */

static const char *device_area(const struct yaml *device)
{
    return device->kind == YAML_MAP ? yaml_str(device, "area", "") : "";
}

/* A device stands in `a` by this name: the first one holds, but the room's own goes before. false: another holds. */
static bool area_write(struct area *a, const char *called)
{
    const bool first = !a->written || a->written == called;

    if (first || called == a->name)
        a->written = called;
    return first;
}

/* Each device in turn; false: two names of one room are written. */
static bool areas_write(struct areas *a, const struct yaml *devices)
{
    bool agree = true;

    yaml_each (item, devices) {
        struct area *in = area_of(a, device_area(item));

        agree = (!in || area_write(in, area_called(in, device_area(item)))) && agree;
    }
    return agree;
}

static void area_drop(struct area *a, const char *alias)
{
    size_t i = 0;

    while (i < a->aliases_n && a->aliases[i] != alias)
        i++;
    if (!must(i < a->aliases_n))
        return;
    free(a->aliases[i]);
    a->aliases_n--;
    memmove(&a->aliases[i], &a->aliases[i + 1], (a->aliases_n - i) * sizeof(*a->aliases));
}

static void area_part(const struct reading *r, struct area *a, const struct yaml *device)
{
    const char *called = area_called(a, device_area(device));
    struct err why = ERR_INIT;

    if (called == a->written)
        return;
    must(called && called != a->name);
    err_set(&why, -EEXIST,
            "aliases: '%s' is left out of '%s': the device of line %d stands in '%s', others in '%s'; if that is one "
            "room, write one name in all its devices",
            called, a->name, device->line, called, a->written);
    complain(r, a->line, &why);
    area_drop(a, called);
}

void areas_part(struct areas *a, const struct yaml *devices, areas_complain_fn complain_fn, void *user)
{
    const struct reading r = { a, NULL, complain_fn, user };

    if (!devices || areas_write(a, devices))
        return;
    yaml_each (item, devices) {
        struct area *in = area_of(a, device_area(item));

        if (in)
            area_part(&r, in, item);
    }
}
