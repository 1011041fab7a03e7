/* SPDX-License-Identifier: Apache-2.0 */
/* intent/refer.c - "it", "the other one" and "there". */
#include "intent/refer.h"

#include "base/fold.h"
#include "base/must.h"
#include "core/intents.h"
#include "intent/wordlist.h"

#include <string.h>

static const char *const target_slots[] = { "area", "domain", "device_class" };

static const cJSON *slot_of(const cJSON *intent, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(intent, "slots"),
                                            name);
}

static const struct named *device_of(const struct tongue *t, const cJSON *last)
{
    const char *id = cJSON_GetStringValue(
        cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(last, "reached"), 0));
    const struct named *d = t->names ? t->names->devices : NULL;

    while (d && (!id || strcmp(d->id, id) != 0))
        d = d->next;
    return d;
}

/* The text with `what` in the place of the words from..to. */
static void put_in(struct str *out, const struct words *w, size_t from, size_t to,
                   const char *what)
{
    must(from < to && to <= w->n);
    words_text(out, w, 0, from);
    str_addf(out, "%s%s%s", from > 0 ? " " : "", what, to < w->n ? " " : "");
    words_text(out, w, to, w->n);
}

/* The name that was put in means this device and no other; false: it is not what was understood. */
static bool aim_at(cJSON *intent, const struct named *d)
{
    cJSON *slots = cJSON_GetObjectItemCaseSensitive(intent, "slots");
    cJSON *name = cJSON_GetObjectItemCaseSensitive(slots, "name");

    if (!name || !fold_is_same(json_str(name, "text", ""), d->name))
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(intent, "candidates");
    cJSON_DeleteItemFromObjectCaseSensitive(slots, "area");
    cJSON_DeleteItemFromObjectCaseSensitive(name, "value");
    return cJSON_AddStringToObject(name, "value", d->id) != NULL;
}

/* The name that was put in becomes who was spoken of. */
static bool aim(cJSON *intent, const cJSON *last, const struct named *d)
{
    cJSON *slots = cJSON_GetObjectItemCaseSensitive(intent, "slots");

    if (!aim_at(intent, d))
        return false;
    if (slot_of(last, "name") ||
        cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(last, "reached")) == 1)
        return true;
    cJSON_DeleteItemFromObjectCaseSensitive(slots, "name");
    for (size_t i = 0; i < sizeof(target_slots) / sizeof(target_slots[0]); i++) {
        const cJSON *slot = slot_of(last, target_slots[i]);

        cJSON_DeleteItemFromObjectCaseSensitive(slots, target_slots[i]);
        if (slot && !json_put_copy(slots, target_slots[i], slot))
            return false;
    }
    return slot_of(intent, "area") || slot_of(intent, "domain") ||
           slot_of(intent, "device_class");
}

static int refer_it(cJSON **ret, const struct tongue *t, const struct words *w, const char *room,
                    const cJSON *last, unsigned *asked)
{
    const struct list *list = words_list(t->catalog, "pronoun");
    const struct named *d = device_of(t, last);
    const struct value *which;

    for (size_t i = 0; d && list && i < w->n; i++) {
        const size_t n = words_of_list(w, i, list, &which);
        AUTO_STR text = STR_INIT;
        AUTO_JSON *found = NULL;
        int r;

        if (n == 0)
            continue;
        put_in(&text, w, i, i + n, d->name);
        ++*asked;
        r = text.failed ? -ENOMEM : meaning_try(&found, t, str_text(&text), room);
        if ((r == 0 || r == -ENOTUNIQ) && aim(found, last, d)) {
            *ret = STEAL(found);
            return 0;
        }
    }
    return -ENOENT;
}

static const char *room_of(const struct tongue *t, const cJSON *last)
{
    const char *area = json_str(slot_of(last, "area"), "value", NULL);
    const struct named *d = device_of(t, last);

    return area ? area : d ? d->area : NULL;
}

/* "in $" with the room. */
static void place_write(struct str *out, const char *form, const char *room)
{
    const size_t before = strcspn(form, "$");

    str_add_bytes(out, form, before);
    str_add(out, room);
    if (form[before])
        str_add(out, form + before + 1);
}

static int refer_there(cJSON **ret, const struct tongue *t, const struct words *w,
                       const char *room, const cJSON *last, unsigned *asked)
{
    const struct list *list = words_list(t->catalog, "there");
    const char *area = room_of(t, last);
    const struct value *which;

    for (size_t i = 0; area && list && i < w->n; i++) {
        const size_t n = words_of_list(w, i, list, &which);
        AUTO_STR text = STR_INIT, place = STR_INIT;
        AUTO_JSON *found = NULL;

        if (n == 0 || which->out.kind != DATUM_TEXT)
            continue;
        place_write(&place, which->out.text, area);
        put_in(&text, w, i, i + n, str_text(&place));
        ++*asked;
        if (!text.failed && meaning_try(&found, t, str_text(&text), room) == 0) {
            *ret = STEAL(found);
            return 0;
        }
    }
    return -ENOENT;
}

/* "The other one": of the kind, class and room of the one that was spoken of, if there are just two. */
static const struct named *other_of(const struct tongue *t, const cJSON *last)
{
    const struct named *d = device_of(t, last), *other = NULL;

    if (!d || cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(last, "reached")) != 1)
        return NULL;
    for (const struct named *x = t->names->devices; x; x = x->next) {
        if (x == d || x->kind != d->kind || !fold_is_same(x->area ? x->area : "", d->area ? d->area : "") ||
            strcmp(x->device_class ? x->device_class : "", d->device_class ? d->device_class : "") != 0)
            continue;
        if (other)
            return NULL;
        other = x;
    }
    return other;
}

static int refer_other(cJSON **ret, const struct tongue *t, const struct words *w,
                       const char *room, const cJSON *last, unsigned *asked)
{
    const struct list *list = words_list(t->catalog, "other");
    const struct value *which;

    for (size_t i = 0; list && i < w->n; i++) {
        const size_t n = words_of_list(w, i, list, &which);
        const struct named *d = n > 0 ? other_of(t, last) : NULL;
        AUTO_STR text = STR_INIT;
        AUTO_JSON *found = NULL;
        int r;

        if (!d)
            continue;
        put_in(&text, w, i, i + n, d->name);
        ++*asked;
        r = text.failed ? -ENOMEM : meaning_try(&found, t, str_text(&text), room);
        if ((r == 0 || r == -ENOTUNIQ) && aim_at(found, d)) {
            *ret = STEAL(found);
            return 0;
        }
    }
    return -ENOENT;
}

int refer_find(cJSON **ret, const struct tongue *t, const char *text, const char *room,
               const cJSON *last, unsigned *asked)
{
    struct words w;
    int r;

    if (!last)
        return -ENOENT;
    words_init(&w, text);
    r = refer_other(ret, t, &w, room, last, asked);
    if (r != 0)
        r = refer_it(ret, t, &w, room, last, asked);
    return r == 0 ? 0 : refer_there(ret, t, &w, room, last, asked);
}
