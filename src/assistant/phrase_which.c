/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrase_which.c - "which one: ... or ...?", so that it can be answered.
 *
 * What is told of each has to set it apart from the others: its name, else the room, else both, else what it is
 * ("the light or the switch"), by kind or by class, else another name of it. The first of these that sets
 * all of them apart is taken. Where none does they are counted: "say the first". */
#include "assistant/phrase.h"

#include "base/fold.h"
#include "base/must.h"

#include <string.h>

enum { TOLD_MAX = 32 };

/* The devices that were asked about, of which the first PHRASE_LIST_MAX are told. */
struct told {
    const struct reply *r;
    const cJSON *device[TOLD_MAX]; /* borrowed from the registry */
    size_t n;
};

static void told_find(struct told *t, const struct reply *r, const cJSON *ids, const cJSON *registry)
{
    const cJSON *id, *d;

    *t = (struct told){ .r = r };
    cJSON_ArrayForEach(id, ids)
        cJSON_ArrayForEach(d, registry)
            if (cJSON_IsString(id) && t->n < TOLD_MAX && strcmp(json_str(d, "id", ""), id->valuestring) == 0)
                t->device[t->n++] = d;
    must(t->n <= TOLD_MAX);
}

/* ---- ways to set them apart: each gives the text of one device, "" where it has none ---------------- */

static const char *label_name(const struct told *t, size_t i)
{
    return json_str(t->device[i], "name", "");
}

static const char *label_area(const struct told *t, size_t i)
{
    return json_str(t->device[i], "area", "");
}

static const char *label_kind(const struct told *t, size_t i)
{
    const char *word = reply_kinds(t->r, json_str(t->device[i], "kind", NULL), SEVERAL_ONE);

    return word ? word : "";
}

static const char *label_class(const struct told *t, size_t i)
{
    const char *word = reply_kinds(t->r, json_str(t->device[i], "class", NULL), SEVERAL_ONE);

    return word ? word : label_kind(t, i);
}

/* Another name of its own; the device that has none keeps the name that they share. */
static const char *label_alias(const struct told *t, size_t i)
{
    const cJSON *alias;

    cJSON_ArrayForEach(alias, cJSON_GetObjectItemCaseSensitive(t->device[i], "aliases"))
        if (cJSON_IsString(alias) && alias->valuestring[0])
            return alias->valuestring;
    return label_name(t, i);
}

typedef const char *(*label_fn)(const struct told *t, size_t i);

static const struct way {
    label_fn text, more; /* more: both together; NULL: the first alone */
} ways[] = {
    { label_name, NULL }, { label_area, NULL },  { label_name, label_area },
    { label_kind, NULL }, { label_class, NULL }, { label_alias, NULL },
};

static bool is_apart(const struct told *t, const struct way *w, size_t i, size_t k)
{
    return !fold_is_same(w->text(t, i), w->text(t, k)) || (w->more && !fold_is_same(w->more(t, i), w->more(t, k)));
}

/* The room alone only where nothing but the room differs: "the kitchen or the hall lamp?" are two questions. */
static bool is_fit(const struct told *t, const struct way *w)
{
    for (size_t i = 0; i < t->n; i++) {
        if (w->text(t, i)[0] == '\0' || (w->more && w->more(t, i)[0] == '\0') ||
            (w->text == label_area && !fold_is_same(label_name(t, i), label_name(t, 0))))
            return false;
        for (size_t k = 0; k < i; k++)
            if (!is_apart(t, w, i, k))
                return false;
    }
    return t->n > 0;
}

static const struct way *way_find(const struct told *t)
{
    for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++)
        if (is_fit(t, &ways[k]))
            return &ways[k];
    return NULL;
}

/* ---- what is said ---------------------------------------------------------------------------- */

static void label_say(struct str *out, const struct told *t, const struct way *w, size_t i)
{
    AUTO_STR name = STR_INIT, area = STR_INIT;
    const char *places[PLACE_N] = { NULL };

    if (!w->more) {
        reply_name(out, t->r, w->text(t, i));
        return;
    }
    reply_name(&name, t->r, w->text(t, i));
    reply_name(&area, t->r, w->more(t, i));
    places[PLACE_NAME] = str_text(&name);
    places[PLACE_AREA] = str_text(&area);
    if (!reply_words(out, t->r, "where", places))
        str_addf(out, "%s (%s)", str_text(&name), str_text(&area));
}

/* Nothing sets them apart: how many there are, and what can be done about it. */
static bool same_say(struct str *out, const struct told *t)
{
    const char *places[PLACE_N] = { NULL };
    char count[24];

    snprintf(count, sizeof(count), "%zu", t->n);
    places[PLACE_COUNT] = count;
    return reply_words(out, t->r, "same", places);
}

bool phrase_which(struct str *out, const struct reply *r, const cJSON *ids, const cJSON *registry)
{
    struct str texts[PHRASE_LIST_MAX] = { STR_INIT };
    const char *items[PHRASE_LIST_MAX], *places[PLACE_N] = { NULL };
    AUTO_STR list = STR_INIT;
    const struct way *way;
    struct told t;
    size_t said;
    bool ok;

    told_find(&t, r, ids, registry);
    if (t.n < 2)
        return false;
    way = way_find(&t);
    if (!way && same_say(out, &t))
        return true;
    said = t.n < PHRASE_LIST_MAX ? t.n : PHRASE_LIST_MAX;
    for (size_t i = 0; i < said; i++) {
        label_say(&texts[i], &t, way ? way : &ways[0], i);
        items[i] = str_text(&texts[i]);
    }
    reply_join(&list, r, "or", items, said);
    places[PLACE_LIST] = str_text(&list);
    ok = reply_words(out, r, "which", places);
    for (size_t i = 0; i < said; i++)
        str_done(&texts[i]);
    return ok;
}

/* ---- what is heard --------------------------------------------------------------------------- */

/* The only one that the text means; NULL: none, or several. */
static const cJSON *told_meant(const struct told *t, const char *text, const struct way *w, enum phrase_how how)
{
    const cJSON *picked = NULL;

    for (size_t i = 0; i < t->n; i++) {
        const struct phrase_target target = { label_name(t, i), label_area(t, i), w && !w->more ? w->text(t, i) : "" };

        if (!phrase_chooses(t->r, text, &target, how))
            continue;
        if (picked)
            return NULL;
        picked = t->device[i];
    }
    return picked;
}

const cJSON *phrase_named(const struct reply *r, const char *text, const cJSON *ids, const cJSON *registry,
                          bool in_part)
{
    struct told t;
    const struct way *way;
    const cJSON *d;

    told_find(&t, r, ids, registry);
    way = way_find(&t);
    if (in_part)
        return told_meant(&t, text, way, PHRASE_IN_PART);
    d = told_meant(&t, text, way, PHRASE_BY_LABEL);
    return d ? d : told_meant(&t, text, way, PHRASE_BY_NAME);
}
