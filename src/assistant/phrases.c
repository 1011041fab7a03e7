/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrases.c - everything that this house's answers are made of. */
#include "assistant/phrases.h"

#include "assistant/reply_file.h"
#include "base/must.h"
#include "core/house.h"
#include "core/intents.h"

#include <string.h>
#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY_USEC INT64_C(86400000000)

enum { COUNT_MAX = 60, YEARS = 2 };

/* A tree under way; `ok` false: memory was out. */
struct phrases {
    const struct reply *r;
    cJSON *whole, *frames, *places; /* owned by the tree */
    bool ok;
};

/* ---- adding -------------------------------------------------------------------------------- */

static bool list_has(const cJSON *list, const char *text, unsigned kinds)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        const char *there = cJSON_IsString(item) ? item->valuestring : json_str(item, "text", "");

        if (strcmp(there, text) == 0 &&
            json_int(item, "kinds", 0, UINT32_MAX, UINT32_MAX) == (int64_t)kinds)
            return true;
    }
    return false;
}

static void text_add(struct phrases *p, cJSON *list, const char *text)
{
    if (text && text[0] != '\0')
        p->ok = json_push(list, cJSON_CreateString(text)) && p->ok;
}

static void kinds_add(struct phrases *p, cJSON *list, const char *text, unsigned kinds)
{
    cJSON *item;

    if (text[0] == '\0' || kinds == 0 || list_has(list, text, kinds))
        return;
    item = cJSON_CreateObject();
    p->ok = json_put_text(item, "text", text) && json_put_int(item, "kinds", kinds) && p->ok;
    p->ok = json_push(list, item) && p->ok;
}

static cJSON *place_new(struct phrases *p, const char *name)
{
    cJSON *list = cJSON_CreateArray();

    p->ok = json_put(p->places, name, list) && p->ok;
    return cJSON_GetObjectItemCaseSensitive(p->places, name);
}

/* ---- frames -------------------------------------------------------------------------------- */

/* The kinds that a key names: "cover_area", "confirm_lock", "scene"; 0: it names none. */
static unsigned key_kinds(const char *key)
{
    unsigned kinds = 0;

    while (*key) {
        size_t len = strcspn(key, "_");
        char word[32];
        enum device_kind kind;
        enum device_class class;

        snprintf(word, sizeof(word), "%.*s", (int)len, key);
        if (device_kind_parse(&kind, word) == 0)
            kinds |= 1u << kind;
        else if (device_class_parse(&class, word) == 0 && class != CLASS_NONE)
            kinds |= device_class_fits(class, KIND_COVER) ? IS_COVER : IS_BINARY_SENSOR;
        key += len + strspn(key + len, "_");
    }
    return kinds;
}

/* What its sentences are about where their key names nothing: all that no other key of it names. */
static unsigned intent_kinds(const struct yaml *intent)
{
    const struct intent_def *def = intents_find(intent->key);
    bool is_general = !def || def->kinds == 0 || (def->does[0].command != ACT_NONE && !def->does[0].slot);
    unsigned kinds = is_general ? IS_ANY : def->kinds;

    if (is_general)
        yaml_each(key, intent) kinds &= ~key_kinds(key->key);
    return kinds;
}

/* A sentence is said with one blank between its words, as it will be. */
static void sentence_add(struct phrases *p, const char *text, unsigned kinds)
{
    if (strchr(text, '{'))
        kinds_add(p, p->frames, text, kinds);
    else if (!list_has(p->whole, text, UINT32_MAX))
        text_add(p, p->whole, text);
}

static void sentences_add(struct phrases *p, const struct yaml *y, unsigned kinds)
{
    if (y && y->kind == YAML_SCALAR)
        sentence_add(p, y->text, kinds);
    else
        yaml_each(item, y) if (item->text) sentence_add(p, item->text, kinds);
}

static const char *word_of(const struct phrases *p, const char *name)
{
    return yaml_str(yaml_get(reply_tree(p->r), "words"), name, "");
}

/* Parts of sentences: "{name} in {area}" stands in a row, and before an end; in a question if it is `asked`. */
static void part_add(struct phrases *p, const char *name, bool asked)
{
    static const char *const ends[] = { "", ".", "?" };

    for (size_t i = 0; i < (asked ? COUNT(ends) : COUNT(ends) - 1); i++) {
        AUTO_STR text = STR_INIT;

        str_addf(&text, "%s%s", word_of(p, name), ends[i]);
        if (word_of(p, name)[0] != '\0')
            kinds_add(p, p->frames, str_text(&text), IS_ANY);
    }
}

/* A frame with another place, or a form of words, where `place` stands: the parts of a date are few, dates are
 * many; a list is of names or of rooms. */
static void frame_with(struct phrases *p, const char *text, const char *place, const char *instead)
{
    const char *at = strstr(text, place);
    AUTO_STR said = STR_INIT;

    if (!at)
        return;
    str_addf(&said, "%.*s%s%s", (int)(at - text), text, instead, at + strlen(place));
    kinds_add(p, p->frames, str_text(&said), IS_ANY);
}

static void frames_add(struct phrases *p)
{
    static const char *const sentences[] = { "missed", "unsure", "kept", "old" };
    const struct yaml *tree = reply_tree(p->r);

    yaml_each(error, yaml_get(tree, "errors")) sentences_add(p, error, IS_ANY);
    sentences_add(p, yaml_get(tree, "done"), IS_ANY);
    yaml_each(intent, yaml_get(tree, "intents"))
    {
        unsigned others = intent_kinds(intent);

        yaml_each(key, intent)
        {
            unsigned named = key_kinds(key->key);

            sentences_add(p, key, named ? named : others);
            if (key->kind == YAML_SCALAR)
                frame_with(p, key->text, "{date}", word_of(p, "date"));
            else
                yaml_each(item, key) if (item->text)
                    frame_with(p, item->text, "{date}", word_of(p, "date"));
        }
    }
    for (size_t i = 0; i < COUNT(sentences); i++)
        sentences_add(p, yaml_get(yaml_get(tree, "words"), sentences[i]), IS_ANY);
    frame_with(p, word_of(p, "which"), "{list}", "{name}");
    frame_with(p, word_of(p, "which"), "{list}", "{area}");
    part_add(p, "where", true);
    kinds_add(p, p->frames, "{counted}", IS_ANY); /* "3 lights" in the kitchen */
    part_add(p, "item", false);
    part_add(p, "item_old", false);
    part_add(p, "more", false);
}

/* ---- what stands in places: words ------------------------------------------------------------- */

static void words_add(struct phrases *p, cJSON *list, const struct yaml *y)
{
    if (y->kind == YAML_SCALAR) {
        if (!list_has(list, y->text, UINT32_MAX))
            text_add(p, list, y->text);
        return;
    }
    yaml_each(item, y) words_add(p, list, item);
}

static void section_add(struct phrases *p, const char *place, const char *section, const char *key)
{
    const struct yaml *y = yaml_get(reply_tree(p->r), section);
    cJSON *list = place_new(p, place);

    if (key)
        y = yaml_get(y, key);
    if (y)
        words_add(p, list, y);
}

/* ---- numbers ------------------------------------------------------------------------------- */

/* From..to in steps of `step`, tenths, each with `unit` where that is said. */
static void numbers_add(struct phrases *p, cJSON *list, int from, int to, int step, const char *unit)
{
    must(step > 0);
    for (int n = from; n <= to; n += step) {
        AUTO_STR text = STR_INIT;

        reply_number(&text, p->r, n / 10.0);
        if (unit[0] != '\0')
            str_addf(&text, " %s", unit);
        text_add(p, list, str_text(&text));
    }
}

/* The same in the words of the language: "21.5 degrees", "1 degree". */
static void measures_add(struct phrases *p, cJSON *list, int from, int to, int step,
                         enum reply_place place, const char *const words[2])
{
    for (int n = from; n <= to; n += step) {
        const char *places[PLACE_N] = { NULL };
        AUTO_STR number = STR_INIT, text = STR_INIT;

        reply_number(&number, p->r, n / 10.0);
        places[place] = str_text(&number);
        if (!reply_words(&text, p->r, words[n == 10 || n == -10], places))
            str_add(&text, str_text(&number));
        text_add(p, list, str_text(&text));
    }
}

static void places_numbers(struct phrases *p, int devices)
{
    static const char *const degrees[] = { "degrees", "degree" }, *const kelvin[] = { "kelvin", "kelvin" };
    cJSON *list;

    section_add(p, "color", "colors", NULL);
    section_add(p, "warmth", "colors", NULL);
    list = place_new(p, "temperature");
    measures_add(p, list, 150, 270, 1, PLACE_TEMPERATURE, degrees);
    measures_add(p, list, 50, 145, 5, PLACE_TEMPERATURE, degrees);
    measures_add(p, list, 275, 350, 5, PLACE_TEMPERATURE, degrees);
    measures_add(p, list, -200, 40, 10, PLACE_TEMPERATURE, degrees);
    measures_add(p, list, 360, 1000, 10, PLACE_TEMPERATURE, degrees);
    measures_add(p, cJSON_GetObjectItemCaseSensitive(p->places, "warmth"), 20000, 65000, 1000, PLACE_WARMTH, kelvin);
    numbers_add(p, place_new(p, "brightness"), 0, 1000, 10, "");
    numbers_add(p, place_new(p, "position"), 0, 1000, 10, "");
    list = place_new(p, "step");
    numbers_add(p, list, 5, 45, 10, ""); /* half a degree */
    numbers_add(p, list, 10, 1000, 10, "");
    list = place_new(p, "count"); /* "2 devices", "3 more" */
    numbers_add(p, list, 10, (devices < COUNT_MAX ? devices : COUNT_MAX) * 10, 10, "");
}

/* ---- time and date ------------------------------------------------------------------------- */

static void places_time(struct phrases *p, int64_t wall_usec)
{
    cJSON *time = place_new(p, "time"), *year = place_new(p, "year");
    time_t now = (time_t)(wall_usec / 1000000);
    struct tm tm;

    if (!localtime_r(&now, &tm))
        return;
    for (int i = 0; i < YEARS; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", tm.tm_year + 1900 + i);
        text_add(p, year, text);
    }
    tm.tm_mon = 0; /* no clock is changed on the tenth of January */
    tm.tm_mday = 10;
    tm.tm_isdst = -1;
    for (int minute = 0; minute < 24 * 60; minute++) {
        AUTO_STR text = STR_INIT;

        tm.tm_hour = minute / 60;
        tm.tm_min = minute % 60;
        reply_time(&text, p->r, (int64_t)mktime(&tm) * 1000000);
        text_add(p, time, str_text(&text));
    }
}

static void places_date(struct phrases *p)
{
    cJSON *day;

    section_add(p, "weekday", "weekdays", NULL);
    section_add(p, "month", "months", NULL);
    section_add(p, "day", "days", NULL);
    day = cJSON_GetObjectItemCaseSensitive(p->places, "day");
    if (day && cJSON_GetArraySize(day) == 0)
        numbers_add(p, day, 10, 310, 10, "");
}

/* ---- the house ------------------------------------------------------------------------------- */

static void name_add(struct phrases *p, cJSON *list, const char *name, unsigned kinds)
{
    AUTO_STR text = STR_INIT;

    if (name[0] == '\0')
        return;
    reply_name(&text, p->r, name);
    kinds_add(p, list, str_text(&text), kinds);
}

/* What a sensor tells with its unit: percents, and degrees in tenths. */
static void unit_add(struct phrases *p, cJSON *states, const cJSON *device)
{
    const char *unit =
        json_str(cJSON_GetObjectItemCaseSensitive(device, "state"), "unit", "");
    AUTO_STR first = STR_INIT;

    if (unit[0] == '\0')
        return;
    str_addf(&first, "50 %s", unit);
    if (list_has(states, str_text(&first), UINT32_MAX))
        return;
    if (str_starts(unit, "°"))
        numbers_add(p, states, 150, 270, 1, unit);
    numbers_add(p, states, 0, 1000, 10, unit);
}

static void places_house(struct phrases *p, const cJSON *registry)
{
    cJSON *name = place_new(p, "name"), *title = place_new(p, "title"), *area = place_new(p, "area");
    cJSON *states = cJSON_GetObjectItemCaseSensitive(p->places, "state");
    cJSON *kinds = place_new(p, "kinds"), *all = place_new(p, "all");
    const cJSON *d;

    cJSON_ArrayForEach(d, registry)
    {
        enum device_kind kind;
        AUTO_STR plain = STR_INIT;
        unsigned is = device_kind_parse(&kind, json_str(d, "kind", "")) == 0 ? 1u << kind : IS_ANY;
        const char *words[] = { json_str(d, "kind", ""), json_str(d, "class", "") };

        name_add(p, name, json_str(d, "name", ""), is);
        name_add(p, area, json_str(d, "area", ""), UINT32_MAX);
        reply_plain(&plain, p->r, json_str(d, "name", ""));
        kinds_add(p, title, str_text(&plain), is);
        unit_add(p, states, d);
        for (size_t i = 0; i < COUNT(words); i++) {
            const char *some = reply_kinds(p->r, words[i], SEVERAL_MEANT);
            const char *every = reply_kinds(p->r, words[i], SEVERAL_ALL);

            kinds_add(p, kinds, some ? some : "", is);
            kinds_add(p, all, every ? every : "", is);
        }
    }
}

static void counted_add(struct phrases *p, cJSON *list, int most, const char *word)
{
    for (int n = 2; n <= most && n <= COUNT_MAX; n++) {
        AUTO_STR text = STR_INIT;

        str_addf(&text, "%d %s", n, word);
        if (!list_has(list, str_text(&text), UINT32_MAX))
            text_add(p, list, str_text(&text));
    }
}

/* "2 lights", "3 lights" ... as many as there are of that kind or class. */
static void places_counted(struct phrases *p, const cJSON *registry)
{
    static const char *const keys[] = { "kind", "class" };
    cJSON *counted = place_new(p, "counted");
    const cJSON *d, *other;

    cJSON_ArrayForEach(d, registry)
        for (size_t i = 0; i < COUNT(keys); i++) {
            const char *what = json_str(d, keys[i], "");
            const char *word = reply_kinds(p->r, what, SEVERAL_COUNTED);
            int n = 0;

            cJSON_ArrayForEach(other, registry) n += strcmp(json_str(other, keys[i], ""), what) == 0;
            if (word)
                counted_add(p, counted, n, word);
        }
    if (reply_kinds(p->r, "device", SEVERAL_COUNTED))
        counted_add(p, counted, cJSON_GetArraySize(registry),
                    reply_kinds(p->r, "device", SEVERAL_COUNTED));
}

static void names_put(struct phrases *p, cJSON *tree, const char *key, const char *const *names,
                      size_t n)
{
    cJSON *list = cJSON_CreateArray();

    p->ok = json_put(tree, key, list) && p->ok;
    for (size_t i = 0; i < n && p->ok; i++)
        text_add(p, list, names[i]);
}

cJSON *phrases_of(const struct reply *r, const char *language, const cJSON *registry,
                  int64_t wall_usec)
{
    static const char *const listed[] = { "name", "area", "kinds" }, *const shared[] = { "counted" };
    const char *joins[] = { "and", "or" };
    AUTO_JSON *tree = cJSON_CreateObject();
    struct phrases p = { .r = r, .whole = cJSON_CreateArray(), .frames = cJSON_CreateArray(),
                         .places = cJSON_CreateObject() };

    p.ok = json_put_text(tree, "language", language);
    p.ok = json_put(tree, "whole", p.whole) && p.ok;
    p.ok = json_put(tree, "frames", p.frames) && p.ok;
    p.ok = json_put(tree, "places", p.places) && p.ok;
    if (!p.ok)
        return NULL;
    frames_add(&p);
    section_add(&p, "is", "verbs", "is");
    section_add(&p, "was", "verbs", "was");
    section_add(&p, "state", "states", NULL);
    places_house(&p, registry);
    places_numbers(&p, cJSON_GetArraySize(registry));
    places_time(&p, wall_usec);
    places_date(&p);
    places_counted(&p, registry);
    names_put(&p, tree, "listed", listed, COUNT(listed));
    names_put(&p, tree, "shared", shared, COUNT(shared));
    for (size_t i = 0; i < COUNT(joins); i++)
        joins[i] = word_of(&p, joins[i]);
    names_put(&p, tree, "joins", joins, COUNT(joins));
    return p.ok ? STEAL(tree) : NULL;
}
