/* SPDX-License-Identifier: Apache-2.0 */
/* home/devices_read.c - devices.yaml -> the devices, with complaints that name the remedy.
 *
 * One device at a time: who it is (name, kind, class, room), then its link reads the rest of the
 * keys. It is read in place behind the list and taken into it when all of it is good, so
 * that half-read ones are freed in one place. */
#include "base/fold.h"
#include "base/hash.h"
#include "base/must.h"
#include "base/nearest.h"
#include "base/str.h"
#include "home/guess.h"
#include "home/link.h"
#include "home/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { SPOKEN_FIRST = 64 }; /* slots, a power of two */

/* A name or alias in a room, so that two in one room are found without comparing all. */
struct spoken {
    const char *name; /* borrowed from the device; NULL: free */
    const struct device *device;
};

/* One file being read. */
struct reading {
    struct devices *all;
    const char *file;
    const struct devices_sink *sink;
    struct spoken *spoken; /* owned; open addressing by device_name_hash() */
    size_t spoken_cap, spoken_n;
    struct device **ids; /* owned; open addressing by the hash of the id; DEVICES_MAX * 4 slots */
};

enum { IDS_CAP = 8192 };
must_const(IDS_CAP > DEVICES_MAX * 2 && (IDS_CAP & (IDS_CAP - 1)) == 0);

/* One device being read. */
struct read {
    struct reading *in;
    const struct yaml *node;
    struct device *d; /* behind the last of the list */
};

/* ---- words ------------------------------------------------------------------------------ */

static const char *device_words(const struct device *d)
{
    return d->name ? d->name : "a device without a name";
}

static void complain(const struct reading *in, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(const struct reading *in, int line, const char *format, ...)
{
    struct err why = ERR_INIT;
    char words[ERR_TEXT_BYTES];
    va_list ap;

    va_start(ap, format);
    vsnprintf(words, sizeof(words), format, ap);
    va_end(ap);
    err_set(&why, -EINVAL, "%s line %d: %s", in->file, line, words);
    if (in->sink && in->sink->complain)
        in->sink->complain(err_text(&why), in->sink->user);
}

/* ---- head: who the device is ------------------------------------------------------------ */

static int take(char **ret, const char *text, struct err *e)
{
    char *copy = str_dup(text);

    if (!copy)
        return err_set(e, -ENOMEM, "devices: out of memory");
    free(*ret);
    *ret = copy;
    return 0;
}

/* Name, alias or area: something that can be said. */
static int check_spoken(const char *key, const char *text, struct err *e)
{
    int r = text_check(key, text, DEVICE_NAME_BYTES_MAX, e);

    if (r >= 0 && text[strspn(text, " ")] == '\0')
        r = err_set(e, -EINVAL, "%s: is empty", key);
    return r;
}

static int read_name(struct read *rd, struct err *e)
{
    const char *name = yaml_str(rd->node, "name", NULL);
    int r;

    if (!name)
        return err_set(e, -EINVAL, "name: is missing; give the name that people say");
    r = check_spoken("name", name, e);
    if (r >= 0)
        r = take(&rd->d->name, name, e);
    return r;
}

/* "Küche Licht" -> "kuche_licht". What a-z cannot spell ("Огни") gives `what` and a hash, the same at
 * each start: a house must not need ids of its own because of its script. */
static int id_from_name(char *out, size_t size, const char *name, const char *what, struct err *e)
{
    AUTO_STR key = STR_INIT;
    bool is_spelled = true;
    size_t n = 0;

    fold_key(&key, name);
    if (key.failed)
        return err_set(e, -ENOMEM, "devices: out of memory");
    for (const char *p = str_text(&key); *p != '\0' && n + 1 < size; p++) {
        is_spelled = is_spelled && (unsigned char)*p < 0x80;
        if (isalnum((unsigned char)*p) && (unsigned char)*p < 0x80)
            out[n++] = *p;
        else if (n > 0 && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n > 0 && out[n - 1] == '_')
        n--;
    out[n] = '\0';
    if (n == 0 || !is_spelled)
        snprintf(out, size, "%s_%08" PRIx32, what, (uint32_t)hash_text(HASH_START, str_text(&key)));
    return must(out[0] != '\0') ? 0 : -EINVAL;
}

static int read_id(struct read *rd, struct err *e)
{
    const char *given = yaml_str(rd->node, "id", NULL);
    char made[DEVICE_NAME_BYTES_MAX + 1];
    int r;

    if (!given) {
        r = id_from_name(made, sizeof(made), rd->d->name, device_kind_name(rd->d->kind), e);
        return r < 0 ? r : take(&rd->d->id, made, e);
    }
    r = text_check("id", given, DEVICE_NAME_BYTES_MAX, e);
    if (r < 0)
        return r;
    if (given[0] == '\0' || given[strspn(given, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
        return err_set(e, -EINVAL, "id: '%s' may hold only a-z, 0-9, '_' and '-'", given);
    return take(&rd->d->id, given, e);
}

static int read_aliases(struct read *rd, struct err *e)
{
    const struct yaml *list = yaml_get(rd->node, "aliases");
    struct device *d = rd->d;
    size_t n = list ? yaml_count(list) : 0;

    if (!list)
        return 0;
    if (list->kind != YAML_LIST)
        return err_set(e, -EINVAL, "aliases: must be a list: [ceiling lamp, big light]");
    if (n > DEVICE_ALIASES_MAX)
        return err_set(e, -E2BIG, "aliases: more than %d", DEVICE_ALIASES_MAX);
    d->aliases = calloc(n ? n : 1, sizeof(*d->aliases));
    if (!d->aliases)
        return err_set(e, -ENOMEM, "devices: out of memory");
    yaml_each (item, list) {
        int r;

        if (item->kind != YAML_SCALAR)
            return err_set(e, -EINVAL, "aliases: each must be one text");
        r = check_spoken("aliases", item->text, e);
        if (r >= 0)
            r = take(&d->aliases[d->aliases_n], item->text, e);
        if (r < 0)
            return r;
        d->aliases_n++;
    }
    return 0;
}

/* `kind`: NULL where it is missing. */
static int kind_unknown(const char *kind, struct err *e)
{
    struct nearest near = nearest_to(kind ? kind : "", 4);
    AUTO_STR known = STR_INIT;

    for (int k = 0; k < KIND_N; k++) {
        str_add_item(&known, device_kind_name((enum device_kind)k));
        nearest_try(&near, device_kind_name((enum device_kind)k));
    }
    if (!kind)
        return err_set(e, -EINVAL, "kind: is missing; choose %s", str_text(&known));
    if (near.found)
        return err_set(e, -EINVAL, "kind: %.40s is unknown; did you mean %s? There are %s", kind, near.found,
                       str_text(&known));
    return err_set(e, -EINVAL, "kind: %.40s is unknown; choose %s", kind, str_text(&known));
}

static int read_kind(struct read *rd, struct err *e)
{
    const char *kind = yaml_str(rd->node, "kind", NULL);
    const char *area = yaml_str(rd->node, "area", "");
    int r;

    if (!kind || device_kind_parse(&rd->d->kind, kind) < 0)
        return kind_unknown(kind, e);
    r = text_check("area", area, DEVICE_NAME_BYTES_MAX, e);
    rd->d->room = areas_find(&rd->in->all->areas, area);
    return r < 0 ? r : take(&rd->d->area, rd->d->room ? rd->d->room->name : area, e);
}

/* A cover that opens the house must not be opened with "all the blinds" for want of a word. */
static int read_class(struct read *rd, struct err *e)
{
    const char *text = yaml_str(rd->node, "class", NULL);
    struct device *d = rd->d;

    if (!text && d->kind == KIND_COVER) {
        d->class = guess_class(d);
        d->class_guessed = d->class != CLASS_NONE;
        must(!d->class_guessed || device_is_guarded(d->kind, d->class));
    }
    if (!text)
        return 0;
    if (device_class_parse(&d->class, text) < 0 || !device_class_fits(d->class, d->kind)) {
        AUTO_STR all = STR_INIT;

        for (int c = CLASS_NONE + 1; c < CLASS_N; c++)
            if (device_class_fits((enum device_class)c, d->kind))
                str_add_item(&all, device_class_name((enum device_class)c));
        return err_set(e, -EINVAL, "class: a %s has no class '%.40s'; %s%s",
                       device_kind_name(d->kind), text, all.len > 0 ? "choose " : "remove the key",
                       str_text(&all));
    }
    return 0;
}

static int read_unit(struct read *rd, struct err *e)
{
    const char *unit = yaml_str(rd->node, "unit", NULL);
    int r;

    if (!unit)
        return 0;
    if (rd->d->kind != KIND_SENSOR)
        return err_set(e, -EINVAL, "unit: a %s has no such thing; remove the key",
                       device_kind_name(rd->d->kind));
    r = text_check("unit", unit, DEVICE_TEXT_BYTES_MAX, e);
    return r < 0 ? r : take(&rd->d->unit, unit, e);
}

/* ---- among the others ------------------------------------------------------------------- */

static struct device **id_slot(struct reading *in, const char *id)
{
    size_t i = hash_slot(hash_text(HASH_START, id), IDS_CAP);

    while (in->ids[i] && strcmp(in->ids[i]->id, id) != 0)
        i = (i + 1) & (IDS_CAP - 1);
    return &in->ids[i];
}

/* The device of the same room that is called so already, or NULL. */
static const struct device *spoken_find(const struct reading *in, const char *name,
                                        const char *area, size_t *slot)
{
    size_t i = hash_slot(device_name_hash(name), in->spoken_cap);

    must(in->spoken_n < in->spoken_cap); /* a free slot ends the walk */
    for (; in->spoken[i].name; i = (i + 1) & (in->spoken_cap - 1))
        if (device_name_is(in->spoken[i].name, name) &&
            device_name_is(in->spoken[i].device->area, area))
            return in->spoken[i].device;
    *slot = i;
    return NULL;
}

static int spoken_grow(struct reading *in, struct err *e)
{
    const size_t cap = in->spoken_cap ? in->spoken_cap * 2 : SPOKEN_FIRST;
    struct reading bigger = *in;

    bigger.spoken = calloc(cap, sizeof(*bigger.spoken));
    bigger.spoken_cap = cap;
    if (!bigger.spoken)
        return err_set(e, -ENOMEM, "devices: out of memory");
    for (size_t i = 0; i < in->spoken_cap; i++) {
        size_t slot = 0;

        if (in->spoken[i].name &&
            !spoken_find(&bigger, in->spoken[i].name, in->spoken[i].device->area, &slot))
            bigger.spoken[slot] = in->spoken[i];
    }
    free(in->spoken);
    in->spoken = bigger.spoken;
    in->spoken_cap = cap;
    return 0;
}

static int spoken_add(struct reading *in, const char *name, const struct device *d, struct err *e)
{
    size_t slot = 0;

    if (in->spoken_n * 2 >= in->spoken_cap && spoken_grow(in, e) < 0)
        return -ENOMEM;
    if (spoken_find(in, name, d->area, &slot))
        return 0;
    in->spoken[slot] = (struct spoken){ name, d };
    in->spoken_n++;
    return 0;
}

/* An id that was made gives way: big_lamp, big_lamp_office, big_lamp_office_2 ... */
static int settle_id(struct read *rd, struct err *e)
{
    const struct device *other = *id_slot(rd->in, rd->d->id);
    char made[DEVICE_NAME_BYTES_MAX * 2 + 16], base[DEVICE_NAME_BYTES_MAX * 2 + 2];

    if (!other && strcmp(rd->d->id, "all") != 0) /* "all" means every device */
        return 0;
    if (other && yaml_get(rd->node, "id"))
        return err_set(e, -EEXIST, "id: '%s' is taken by the device of line %d; give another",
                       rd->d->id, other->line);
    if (!other && yaml_get(rd->node, "id"))
        return err_set(e, -EINVAL, "id: 'all' means every device; give another");
    snprintf(base, sizeof(base), "%s", rd->d->id);
    if (rd->d->area[0] != '\0' && id_from_name(made, sizeof(made), rd->d->area, "room", NULL) >= 0)
        snprintf(base, sizeof(base), "%.64s_%.64s", rd->d->id, made);
    snprintf(made, sizeof(made), "%s", base);
    for (int i = 2; *id_slot(rd->in, made) || strcmp(made, "all") == 0; i++)
        snprintf(made, sizeof(made), "%s_%d", base, i);
    return take(&rd->d->id, made, e);
}

/* Nothing by which somebody who is asked could choose between the two. */
static bool is_same(const struct device *a, const struct device *b)
{
    return device_name_is(a->name, b->name) && device_name_is(a->area, b->area) && a->kind == b->kind &&
           a->class == b->class && a->aliases_n == 0 && b->aliases_n == 0;
}

/* A name in one room may be that of a light and a blind, which are told apart when it is said. */
static void tell_same(const struct read *rd)
{
    for (size_t i = 0; i < rd->in->all->n; i++)
        if (is_same(&rd->in->all->list[i], rd->d)) {
            complain(rd->in, rd->node->line,
                     "name: '%s' also names the device of line %d in the same room, and nothing tells "
                     "them apart; give one another name, an alias or an area",
                     rd->d->name, rd->in->all->list[i].line);
            return;
        }
}

/* A name may stand in several rooms, and in one where something else tells the devices apart. Of an alias
 * in one room it would be chance which device is meant: it is left out. */
static int settle_names(struct read *rd, struct err *e)
{
    struct device *d = rd->d;
    size_t slot, kept = 0;
    const struct device *other;

    if (rd->in->spoken_cap == 0 && spoken_grow(rd->in, e) < 0)
        return -ENOMEM;
    other = spoken_find(rd->in, d->name, d->area, &slot);
    for (size_t i = 0; i < d->aliases_n; i++) {
        const struct device *clash = spoken_find(rd->in, d->aliases[i], d->area, &slot);
        if (!clash) {
            d->aliases[kept++] = d->aliases[i];
            continue;
        }
        complain(rd->in, rd->node->line,
                 "aliases: '%s' also names the device of line %d in the same room; it is left out",
                 d->aliases[i], clash->line);
        free(d->aliases[i]);
    }
    must(kept <= d->aliases_n);
    d->aliases_n = kept;
    if (other && !device_name_is(other->name, d->name))
        complain(rd->in, rd->node->line, "name: '%s' also names the device of line %d in the same room; give another, or an area",
                 d->name, other->line);
    else if (other)
        tell_same(rd);
    return 0;
}

static int admit(struct read *rd, struct err *e)
{
    struct devices *all = rd->in->all;
    struct device *d = rd->d;
    int r = spoken_add(rd->in, d->name, d, e);

    must(all->n < DEVICES_MAX && d == &all->list[all->n]);
    must(d->id && d->name && d->area && d->link);
    must(!*id_slot(rd->in, d->id)); /* settle_id() saw to it */
    for (size_t i = 0; r >= 0 && i < d->aliases_n; i++)
        r = spoken_add(rd->in, d->aliases[i], d, e);
    if (r < 0)
        return r;
    d->line = rd->node->line;
    *id_slot(rd->in, d->id) = d;
    all->n++;
    return 0;
}

/* ---- one device ------------------------------------------------------------------------- */

static int read_link(struct read *rd, int *line, struct err *e)
{
    const char *via = yaml_str(rd->node, "via", NULL);
    AUTO_STR known = STR_INIT;

    rd->d->link = link_by_via(via);
    if (rd->d->link)
        return rd->d->link->device_read(rd->d, rd->node, line, e);
    link_vias(&known);
    return err_set(e, -EINVAL, "via: %s is unknown; choose %s", via ? via : "?", str_text(&known));
}

static int check_twice(const struct read *rd, int *line, struct err *e)
{
    yaml_each (item, rd->node) {
        if (!item->twice)
            continue;
        *line = item->line;
        return err_set(e, -EINVAL, "%s: stands twice (also in line %d); keep one", item->key,
                       item->twice);
    }
    return 0;
}

static int (*const heads[])(struct read *rd, struct err *e) = {
    read_name, read_kind, read_id, read_aliases, read_class, read_unit,
};

static int read_device(struct read *rd, int *line, struct err *e)
{
    int r = 0;

    if (rd->node->kind != YAML_MAP)
        return err_set(e, -EINVAL, "a device must be a list of keys: '- name: ...'");
    for (size_t i = 0; r >= 0 && i < sizeof(heads) / sizeof(heads[0]); i++)
        r = heads[i](rd, e);
    if (r >= 0)
        r = check_twice(rd, line, e);
    if (r >= 0)
        r = settle_id(rd, e);
    if (r >= 0)
        r = read_link(rd, line, e);
    if (r < 0)
        return r;
    *line = rd->node->line;
    return settle_names(rd, e);
}

/* ---- the list --------------------------------------------------------------------------- */

/* Reads every item of the list; faulty ones are told and left out. */
static int read_list(struct reading *in, const struct yaml *list, struct err *e)
{
    const size_t n = list ? yaml_count(list) : 0;

    yaml_each (item, list) {
        struct read rd = { .in = in, .node = item, .d = &in->all->list[in->all->n] };
        struct err why = ERR_INIT;
        int line = item->line, r;

        if (in->all->n == DEVICES_MAX) {
            complain(in, line, "%zu devices: the first %d are loaded, the rest is left out", n,
                     DEVICES_MAX);
            break;
        }
        r = read_device(&rd, &line, &why);
        if (r >= 0)
            r = admit(&rd, &why);
        if (r >= 0)
            continue;
        if (r != -ENOMEM)
            complain(in, line, "%s left out: %s", device_words(rd.d), err_text(&why));
        device_done(rd.d);
        if (r == -ENOMEM)
            return err_set(e, r, "devices: out of memory");
    }
    return 0;
}

static void on_area_fault(int line, const char *words, void *user)
{
    complain(user, line, "%s", words);
}

/* The rooms go before the devices that stand in them: `list`, NULL for none. */
static int read_areas(struct reading *in, const struct yaml *tree, const struct yaml *list, struct err *e)
{
    struct err why = ERR_INIT;
    const int r = areas_read(&in->all->areas, yaml_get(tree, "areas"), on_area_fault, in, &why);

    if (r == -EINVAL) /* the devices load all the same */
        complain(in, yaml_get(tree, "areas")->line, "%s", err_text(&why));
    if (r >= 0)
        areas_part(&in->all->areas, list, on_area_fault, in);
    return r == -ENOMEM ? err_set(e, r, "%s", err_text(&why)) : 0;
}

/* A name that no device writes is misspelt, or left over. */
static void check_areas(const struct reading *in)
{
    for (size_t i = 0; i < in->all->areas.n; i++) {
        const struct area *a = &in->all->areas.list[i];
        struct nearest near = nearest_to(a->name, 4);
        size_t k = 0;

        while (k < in->all->n && in->all->list[k].room != a)
            nearest_try(&near, in->all->list[k++].area);
        if (k == in->all->n)
            complain(in, a->line, "areas: no device stands in '%s'%s%s%s", a->name,
                     near.found ? "; did you mean " : "", near.found ? near.found : "", near.found ? "?" : "");
    }
}

/* The list itself, NULL where the file is empty; whatever stands beside it is told. */
static int find_list(const struct yaml **ret, const struct yaml *tree, const struct reading *in,
                     struct err *e)
{
    const struct yaml *list = yaml_get(tree, "devices");

    if (tree->kind != YAML_MAP || (tree->child && !list))
        return err_set(e, -EINVAL, "%s line %d: there must be one key: 'devices:' and its list",
                       in->file, tree->line);
    if (list && list->kind == YAML_SCALAR && list->text[0] == '\0')
        list = NULL;
    if (list && list->kind != YAML_LIST)
        return err_set(e, -EINVAL, "%s line %d: devices: must be a list, each item from '- name:'",
                       in->file, list->line);
    yaml_each (item, tree) {
        if (strcmp(item->key, "devices") != 0 && strcmp(item->key, "areas") != 0)
            complain(in, item->line, "%s: no such key beside 'devices' and 'areas'; remove it", item->key);
        else if (item->twice)
            complain(in, item->line, "%s: stands twice (also in line %d); the first is read", item->key,
                     item->twice);
    }
    *ret = list;
    return 0;
}

static int id_compare(const void *a, const void *b, void *all)
{
    const struct device *list = ((const struct devices *)all)->list;

    return strcmp(list[*(const size_t *)a].id, list[*(const size_t *)b].id);
}

static int make_index(struct devices *all, struct err *e)
{
    all->by_id = calloc(all->n + 1, sizeof(*all->by_id));
    if (!all->by_id)
        return err_set(e, -ENOMEM, "devices: out of memory");
    for (size_t i = 0; i < all->n; i++)
        all->by_id[i] = i;
    qsort_r(all->by_id, all->n, sizeof(*all->by_id), id_compare, all);
    for (size_t i = 1; i < all->n; i++)
        invariant(id_compare(&all->by_id[i - 1], &all->by_id[i], all) < 0);
    return 0;
}

int devices_read(struct devices **ret, const struct yaml *tree, const char *name,
                 const struct devices_sink *sink, struct err *e)
{
    AUTO(devices_freep) struct devices *all = NULL;
    struct reading in = { .file = name, .sink = sink };
    const struct yaml *list = NULL;
    size_t n;
    int r = find_list(&list, tree, &in, e);

    if (r < 0)
        return r;
    n = list ? yaml_count(list) : 0;
    in.all = all = calloc(1, sizeof(*all));
    in.ids = calloc(IDS_CAP, sizeof(struct device *));
    if (all)
        all->list = calloc(n < DEVICES_MAX ? n + 1 : DEVICES_MAX + 1, sizeof(*all->list));
    if (!all || !all->list || !in.ids)
        r = err_set(e, -ENOMEM, "devices: out of memory");
    if (r >= 0)
        r = read_areas(&in, tree, list, e);
    if (r >= 0)
        r = read_list(&in, list, e);
    if (r >= 0)
        check_areas(&in);
    if (r >= 0)
        r = make_index(all, e);
    free(in.spoken);
    free(in.ids);
    if (r < 0)
        return r;
    must(all->n <= DEVICES_MAX);
    *ret = STEAL(all);
    return 0;
}

int devices_load(struct devices **ret, const char *path, const struct devices_sink *sink,
                 struct err *e)
{
    AUTO(yaml_freep) struct yaml *tree = NULL;
    int r = yaml_load_items(
        &tree, path,
        &(const struct yaml_sink){ sink ? sink->complain : NULL, sink ? sink->user : NULL }, e);

    if (r == -ENOENT)
        return err_set(e, r, "%s is missing: Jarvis knows no device; write one", path);
    if (r < 0)
        return r;
    return devices_read(ret, tree, path, sink, e);
}
