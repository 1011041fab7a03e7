/* SPDX-License-Identifier: Apache-2.0 */
/* home/targets.c - who is meant by a request. */
#include "home/targets.h"

#include "base/must.h"
#include "home/values.h"
#include "home/words.h"

#include <string.h>

must_const(KIND_N < 31 && CLASS_N < 31); /* sets of them are bits of an unsigned */

/* What is looked for. */
struct search {
    const struct devices *devices;
    struct targets *to;
    unsigned kinds, classes; /* classes 0: any */
    bool thermometers;       /* of the sensors only those */
    bool also_guarded;
};

/* A sensor is a thermometer when its unit is one of temperature. */
static bool is_thermometer(const struct device *d)
{
    if (d->kind == KIND_SENSOR)
        return d->unit && (strcmp(d->unit, "°C") == 0 || strcmp(d->unit, "°F") == 0);
    return d->tells & (1u << PROP_MEASURED | 1u << PROP_TARGET);
}

/* A cover without a class is any that opens no way into the house. */
static bool has_class(const struct search *s, const struct device *d)
{
    if (s->classes == 0 || s->classes & (1u << d->class))
        return true;
    for (int c = CLASS_NONE + 1; c < CLASS_N && d->class == CLASS_NONE; c++)
        if (s->classes & (1u << c) && d->kind == KIND_COVER &&
            device_class_fits((enum device_class)c, KIND_COVER) &&
            !device_is_guarded(KIND_COVER, (enum device_class)c))
            return true;
    return false;
}

static void add_all(struct search *s, unsigned kinds, const char *area)
{
    for (size_t i = 0; i < s->devices->n; i++) {
        const struct device *d = &s->devices->list[i];

        if (!(kinds & (1u << d->kind)) || (area && !device_name_is(d->area, area)) ||
            (s->thermometers && !is_thermometer(d)) || !has_class(s, d))
            continue;
        if (device_is_guarded(d->kind, d->class) && !s->also_guarded) {
            s->to->guarded_n++;
            continue;
        }
        must(s->to->n < s->devices->n);
        s->to->list[s->to->n++] = d;
    }
}

/* Nobody named the room, and the box's own has no such device: the only one of the house. Two
 * thermostats are not made one by a thermometer in the garden. */
static void add_only(struct search *s)
{
    for (int k = 0; k < KIND_N && s->to->n == 0; k++) {
        s->to->guarded_n = 0;
        add_all(s, s->kinds & (1u << k), NULL);
    }
    if (s->to->n != 1)
        s->to->guarded_n = 0;
}

/* Each text of a slot that is one or a list of them. */
static const char *slot_word(const cJSON *item, int i)
{
    if (cJSON_IsArray(item))
        return cJSON_GetStringValue(cJSON_GetArrayItem(item, i));
    return i == 0 ? cJSON_GetStringValue(item) : NULL;
}

static int find_kinds(struct search *s, const cJSON *slots, struct err *e)
{
    const cJSON *domains = value_item(slots, "domain"),
                *classes = value_item(slots, "device_class");
    const char *word;
    enum device_kind kind;
    enum device_class class;
    unsigned kinds = 0, fits = 0;

    for (int i = 0; (word = slot_word(domains, i)); i++) {
        if (device_kind_parse(&kind, word) == 0)
            kinds |= 1u << kind;
        else if (!slot_word(domains, 1))
            return err_set(e, -ENOENT, "there is no %.40s in the house", word);
    }
    for (int i = 0; (word = slot_word(classes, i)); i++) {
        if (device_class_parse(&class, word) < 0)
            return err_set(e, -ENOENT, "there is no %.40s in the house", word);
        s->classes |= 1u << class;
        for (int k = 0; k < KIND_N; k++)
            fits |= device_class_fits(class, (enum device_kind)k) ? 1u << k : 0;
    }
    if (kinds != 0)
        s->kinds = kinds;
    else if (fits != 0) /* what is opened and closed; a sensor is only asked */
        s->kinds = s->also_guarded ? fits : fits & ~(unsigned)IS_BINARY_SENSOR;
    return 0;
}

static int say_none(const struct search *s, const char *area, struct err *e)
{
    const char *what = words_kinds(s->kinds, s->classes);
    char name[DEVICE_NAME_BYTES_MAX + 1];

    if (s->to->guarded_n > 0)
        return err_set(e, -EPERM,
                       "doors, gates, windows and locks are moved only by their own name");
    if (!area)
        return err_set(e, -ENOENT, "there is no %s in the house", what);
    return err_set(e, -ENOENT, "there is no %s in the %s", what,
                   words_name(name, sizeof(name), area));
}

static int say_several(const struct search *s, struct err *e)
{
    return err_set(e, -ENOTUNIQ, "there is more than one %s: say the room",
                   words_kinds(s->kinds, s->classes));
}

static int find_one(struct targets *t, const struct devices *all, const char *name, struct err *e)
{
    t->one = true;
    t->list[0] = devices_find(all, name);
    if (!t->list[0])
        return err_set(e, -ENOENT, "there is no device called %.64s", name);
    t->n = 1;
    return 0;
}

/* "Set the temperature to 20": neither "all" nor a room or kind was said. */
static bool means_one(const struct search *s, const cJSON *slots)
{
    return !s->also_guarded && !value_item(slots, "name") && !value_item(slots, "area") &&
           !value_item(slots, "domain") && !value_item(slots, "device_class");
}

/* "Open the garage": the one thing of that class is meant as if it were named, so guarded ones too,
 * which are then asked back; of two it is asked which, never both. */
static int find_single(struct search *s, const char *area, bool area_is_said, struct err *e)
{
    must(s->classes != 0 && s->to->n == 0);
    s->also_guarded = true;
    add_all(s, s->kinds, area);
    if (s->to->n == 0 && area && !area_is_said)
        add_all(s, s->kinds, NULL);
    if (s->to->n > 1)
        return say_several(s, e);
    s->to->one = true;
    return s->to->n == 1 ? 0 : say_none(s, area_is_said ? area : NULL, e);
}

/* The room of a slot, as devices bear it; NULL: none is said. */
static const char *area_of(const struct devices *devices, const cJSON *slots, const char *name)
{
    const char *area = value_text(slots, name);

    return area && area[0] ? areas_name(&devices->areas, area) : NULL;
}

static int find_all(struct search *s, const cJSON *slots, struct err *e)
{
    const char *area = area_of(s->devices, slots, "area");
    bool only = means_one(s, slots);
    int r = find_kinds(s, slots, e);

    if (r < 0)
        return r;
    if (value_item(slots, "single") && s->classes != 0)
        return find_single(s, area, value_is_said(slots, "area"), e);
    add_all(s, s->kinds, area);
    if (s->to->n == 0 && area && !value_is_said(slots, "area")) {
        add_only(s);
        only = true;
    }
    if (only && s->to->n > 1)
        return say_several(s, e);
    return s->to->n > 0 ? 0 : say_none(s, area, e);
}

/* "Turn everything on" means lamps: a heater or a coffee machine starts only by its name, its kind or a
 * scene. "Off" means the switches too (docs/safety.md). */
static unsigned all_kinds(const struct intent_def *def)
{
    const enum act_command command = def->does[0].command;

    if (command == ACT_ON || command == ACT_TOGGLE)
        return def->kinds & ~(unsigned)IS_SWITCH;
    return def->kinds;
}

/* What the slot leaves out. */
static void leave_out_one(struct targets *t, const char *area, const struct device *except)
{
    size_t n = 0;

    must(!t->one && (area || except));
    for (size_t i = 0; i < t->n; i++) {
        const struct device *d = t->list[i];

        if (area ? !device_name_is(d->area, area) : !device_name_is(d->name, except->name))
            t->list[n++] = d;
    }
    t->n = n;
}

static bool is_a_room(const struct devices *devices, const char *area)
{
    for (size_t i = 0; i < devices->n; i++)
        if (device_name_is(devices->list[i].area, area))
            return true;
    return areas_find(&devices->areas, area) != NULL; /* one without devices */
}

/* "All lights but the hall and the desk lamp". What is to be left out and is nowhere might be any of them. */
static int leave_out(struct targets *t, const struct devices *devices, const cJSON *slots, struct err *e)
{
    for (size_t i = 0; i < INTENT_EXCEPTS_N && !t->one; i++) {
        const bool is_area = intents_excepts[i].is_area;
        const char *text = is_area ? area_of(devices, slots, intents_excepts[i].slot)
                                   : value_text(slots, intents_excepts[i].slot);
        const struct device *except = text && !is_area ? devices_find(devices, text) : NULL;

        if (text && (is_area ? !is_a_room(devices, text) : !except))
            return err_set(e, -ENOENT, "there is no %s called %.64s", is_area ? "room" : "device", text);
        if (text)
            leave_out_one(t, is_area ? text : NULL, except);
    }
    return t->n > 0 ? 0 : err_set(e, -ENOENT, "there is none but those");
}

int targets_find(struct targets *ret, const struct devices *devices, const struct intent_def *def,
                 const cJSON *slots, bool also_guarded, struct err *e)
{
    const char *name = value_text(slots, "name");
    struct targets t = { .list = calloc(devices->n + 1, sizeof(struct device *)) };
    struct search s = {
        devices, &t, all_kinds(def), 0, def->shape == SHAPE_TEMPERATURE, also_guarded,
    };
    int r;

    if (!t.list)
        return err_set(e, -ENOMEM, "home: out of memory");
    if (name && strcmp(name, "all") != 0)
        r = find_one(&t, devices, name, e);
    else
        r = find_all(&s, slots, e);
    if (r < 0) {
        targets_done(&t);
        return r;
    }
    must(t.n > 0 && t.n <= devices->n);
    r = leave_out(&t, devices, slots, e);
    if (r < 0) {
        targets_done(&t);
        return r;
    }
    *ret = t;
    return 0;
}

void targets_done(struct targets *t)
{
    free(t->list);
    *t = (struct targets){ .list = NULL };
}
