/* SPDX-License-Identifier: Apache-2.0 */
/* intent/near_lacks.c - which words of a sentence would be a name, if there were one. */
#include "base/must.h"
#include "core/intents.h"
#include "intent/near_text.h"

#include <string.h>

enum {
    LACKS_TRIES_MAX = 12,
    LACKS_WORDS_MAX = 4, /* of a name */
    LACKS_SENTENCE_MAX = 8, /* words; longer ones are talk, or several commands */
    LACKS_DEVICES_MAX = 3,
};

struct lacking {
    const struct tongue *t;
    const char *room;
    struct near_text text;
    unsigned tries;
    cJSON *as; /* owned; what was understood with a device in their place */
    size_t from, to;
};

static const struct named *first_of(const struct tongue *t, enum device_kind kind)
{
    const struct named *d = t->names->devices;

    while (d && d->kind != kind)
        d = d->next;
    return d;
}

/* The sentence with a device of the kind in the place of the words. */
static bool try_kind(struct lacking *l, size_t from, size_t to, const struct named *d)
{
    AUTO_STR text = STR_INIT;
    AUTO_JSON *found = NULL;
    const cJSON *name;

    near_text_copy(&text, &l->text, 0, from);
    near_text_add(&text, d->name);
    near_text_copy(&text, &l->text, to, l->text.n);
    l->tries++;
    if (text.failed || meaning_try(&found, l->t, str_text(&text), l->room) != 0)
        return false;
    name = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(found, "slots"), "name");
    if (strcmp(json_str(name, "value", ""), d->id) != 0)
        return false;
    l->as = STEAL(found);
    l->from = from;
    l->to = to;
    return true;
}

static bool try_words(struct lacking *l, size_t from, size_t to)
{
    static const enum device_kind kinds[] = { KIND_LIGHT, KIND_SWITCH, KIND_COVER, KIND_CLIMATE,
                                              KIND_LOCK };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && l->tries < LACKS_TRIES_MAX; i++) {
        const struct named *d = first_of(l->t, kinds[i]);

        if (d && try_kind(l, from, to, d))
            return true;
    }
    return false;
}

/* What is no word, alone and with those around it, the fewest first. */
static bool try_around(struct lacking *l)
{
    const size_t first = l->text.unknown[0], last = l->text.unknown[l->text.unknown_n - 1] + 1;

    must(l->text.unknown_n > 0 && last <= l->text.n);
    for (size_t more = 0; more + (last - first) <= LACKS_WORDS_MAX; more++)
        for (size_t before = 0; before <= more; before++)
            if (before <= first && last + more - before <= l->text.n &&
                try_words(l, first - before, last + more - before))
                return true;
    return false;
}

/* ---- who it may be ------------------------------------------------------------------------------ */

struct alike {
    const struct named *device;
    unsigned points;
};

/* Keeps the device among the best, the most points first; of as many the one that came first. */
static void alike_keep(struct alike best[LACKS_DEVICES_MAX], const struct alike *one)
{
    size_t i = 0;

    while (i < LACKS_DEVICES_MAX - 1 && best[i].device && best[i].device != one->device)
        i++;
    if (best[i].device && best[i].points >= one->points)
        return;
    for (; i > 0 && best[i - 1].points < one->points; i--)
        best[i] = best[i - 1];
    best[i] = *one;
}

/* Those of the kind that share words with it, the most first. */
static cJSON *devices_json(const struct lacking *l, enum device_kind kind)
{
    struct alike best[LACKS_DEVICES_MAX] = { { NULL, 0 } };
    AUTO_JSON *list = cJSON_CreateArray();

    for (const struct value *v = l->t->names->name.values; v; v = v->next) {
        struct alike one = { v->named, 0 };

        if (v->named->kind == kind && v->in->kind == NODE_TEXT)
            one.points = near_text_shared(&l->text, l->from, l->to, v->in->cp, v->in->len);
        if (one.points > 0)
            alike_keep(best, &one);
    }
    for (size_t i = 0; i < LACKS_DEVICES_MAX && best[i].device; i++)
        if (!json_push(list, cJSON_CreateString(best[i].device->id)))
            return NULL;
    return STEAL(list);
}

static cJSON *lacks_json(struct lacking *l)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *slots = cJSON_GetObjectItemCaseSensitive(l->as, "slots");
    const char *id = json_str(cJSON_GetObjectItemCaseSensitive(slots, "name"), "value", "");
    const struct named *d = l->t->names->devices;
    AUTO_STR text = STR_INIT;

    while (d && strcmp(d->id, id) != 0)
        d = d->next;
    must(d != NULL);
    near_text_copy(&text, &l->text, l->from, l->to);
    if (text.failed || !d || !json_put(j, "devices", devices_json(l, d->kind)))
        return NULL;
    cJSON_DeleteItemFromObjectCaseSensitive(slots, "name");
    if (!json_put_text(j, "text", str_text(&text)) || !json_put_text(j, "kind", d->kind_name) ||
        !json_put(j, "as", STEAL(l->as)))
        return NULL;
    return STEAL(j);
}

cJSON *near_lacks(const struct tongue *t, const char *text, const char *room)
{
    struct lacking *l = calloc(1, sizeof(*l));
    cJSON *j = NULL;

    if (!l || !t->names) {
        free(l);
        return NULL;
    }
    l->t = t;
    l->room = room;
    if (near_text_read(&l->text, t, text) && l->text.unknown_n > 0 &&
        l->text.n <= LACKS_SENTENCE_MAX && try_around(l))
        j = lacks_json(l);
    cJSON_Delete(l->as);
    free(l);
    return j;
}
