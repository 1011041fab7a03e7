/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/fixtures.c - the house of a sentence test. */
#include "fixtures.h"

#include "base/fold.h"
#include "base/must.h"
#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

static int no_memory(struct err *e)
{
    return err_set(e, -ENOMEM, "fixtures: out of memory");
}

/* ---- names -------------------------------------------------------------------------------- */

/* What the template says where each choice is its first. */
static void first_words(struct str *out, const struct node *n)
{
    if (n->kind == NODE_TEXT)
        for (size_t i = 0; i < n->len; i++)
            utf8_add(out, n->exact[i]);
    if (n->kind == NODE_ALT) {
        must(n->child != NULL);
        first_words(out, n->child);
        return;
    }
    for (const struct node *c = n->child; c; c = c->next)
        first_words(out, c);
}

/* The name as people would write it; of a template its first reading. */
static int name_of(struct str *out, struct fixtures *f, const char *text, struct node **ret, struct err *e)
{
    int r = template_parse(ret, &f->arena, text, strlen(text), e);

    if (r < 0)
        return err_wrap(e, r, "the name '%s' of the fixtures", text);
    if ((*ret)->kind == NODE_TEXT)
        str_add(out, text);
    else
        first_words(out, *ret);
    return out->failed ? no_memory(e) : 0;
}

static const struct pair *pair_add(struct fixtures *f, const char *key, const char *value,
                                   const struct pair *next)
{
    struct pair *p = arena_alloc(&f->arena, sizeof(*p));

    if (p)
        *p = (struct pair){ arena_text(&f->arena, key, strlen(key)), arena_text(&f->arena, value, strlen(value)),
                            next };
    return p && p->key && p->value ? p : NULL;
}

/* A value at the list's end; its name. */
static int value_add(struct value ***tail, const char **name_ret, struct fixtures *f, const struct yaml *y,
                     const struct pair *context, struct err *e)
{
    struct value *v = arena_alloc(&f->arena, sizeof(*v));
    AUTO_STR name = STR_INIT;
    struct node *in = NULL;
    int r = v ? name_of(&name, f, yaml_str(y, "name", ""), &in, e) : no_memory(e);

    if (r < 0)
        return r;
    v->in = in;
    v->context = context;
    v->out = (struct datum){ .kind = DATUM_TEXT, .text = arena_text(&f->arena, str_text(&name), name.len) };
    if (!v->out.text)
        return no_memory(e);
    **tail = v;
    *tail = &v->next;
    *name_ret = v->out.text;
    return 0;
}

/* ---- devices ------------------------------------------------------------------------------ */

static const struct yaml *by_id(const struct yaml *list, const char *id)
{
    yaml_each (item, list)
        if (strcmp(yaml_str(item, "id", yaml_str(item, "name", "")), id) == 0)
            return item;
    return NULL;
}

static void domain_of(char *out, size_t size, const struct yaml *entity)
{
    const char *id = yaml_str(entity, "id", "");

    str_copy(out, size, yaml_str(entity, "domain", id));
    out[strcspn(out, ".")] = '\0';
}

/* A number where it is written as one. */
static bool value_put(cJSON *to, const struct yaml *y)
{
    char *end;
    double d = strtod(y->text, &end);

    if (!y->quoted && y->text[0] && *end == '\0')
        return cJSON_AddNumberToObject(to, y->key, d) != NULL;
    if (!y->quoted && (strcmp(y->text, "true") == 0 || strcmp(y->text, "false") == 0))
        return cJSON_AddBoolToObject(to, y->key, y->text[0] == 't') != NULL;
    return cJSON_AddStringToObject(to, y->key, y->text) != NULL;
}

/* {state: raw, <attributes>}, the words of the state beside it. */
static bool state_put(cJSON *device, const struct yaml *entity)
{
    const struct yaml *state = yaml_get(entity, "state");
    const bool has_words = state && state->kind == YAML_MAP;
    const char *raw = has_words ? yaml_str(state, "out", "") : yaml_str(entity, "state", "off");
    cJSON *j = cJSON_AddObjectToObject(device, "state");

    if (!j || !cJSON_AddStringToObject(j, "state", raw) ||
        !cJSON_AddStringToObject(device, "state_words", has_words ? yaml_str(state, "in", raw) : raw))
        return false;
    if (yaml_get(entity, "state_with_unit") &&
        !cJSON_AddStringToObject(device, "state_with_unit", yaml_str(entity, "state_with_unit", "")))
        return false;
    yaml_each (item, yaml_get(entity, "attributes")) {
        const bool is_unit = strcmp(item->key, "unit_of_measurement") == 0;

        if (item->kind == YAML_SCALAR && !cJSON_HasObjectItem(j, item->key) &&
            !(is_unit ? cJSON_AddStringToObject(j, "unit", item->text) != NULL : value_put(j, item)))
            return false;
    }
    return true;
}

static bool place_put(cJSON *device, const struct yaml *all, const struct yaml *entity)
{
    const struct yaml *area = by_id(yaml_get(all, "areas"), yaml_str(entity, "area", "-"));
    const struct yaml *floor = by_id(yaml_get(all, "floors"), yaml_str(area, "floor", "-"));

    return (!area || cJSON_AddStringToObject(device, "area", yaml_str(area, "name", ""))) &&
           (!floor || cJSON_AddStringToObject(device, "floor", yaml_str(floor, "name", "")));
}

static int entity_add(struct value ***tail, struct fixtures *f, const struct yaml *all,
                      const struct yaml *y, struct err *e)
{
    const struct yaml *attributes = yaml_get(y, "attributes");
    cJSON *device = cJSON_CreateObject();
    const struct pair *context;
    const char *name = NULL;
    char domain[64];
    int r;

    domain_of(domain, sizeof(domain), y);
    context = pair_add(f, "domain", domain, NULL);
    yaml_each (item, attributes)
        if (item->kind == YAML_SCALAR && context)
            context = pair_add(f, item->key, item->text, context);
    if (!json_push(f->devices, device) || !context)
        return no_memory(e);
    r = value_add(tail, &name, f, y, context, e);
    if (r < 0)
        return r;
    must(name != NULL);
    return cJSON_AddStringToObject(device, "id", yaml_str(y, "id", yaml_str(y, "name", ""))) &&
                   cJSON_AddStringToObject(device, "name", name) &&
                   cJSON_AddStringToObject(device, "kind", domain) &&
                   cJSON_AddStringToObject(device, "class", yaml_str(attributes, "device_class", "")) &&
                   place_put(device, all, y) && state_put(device, y)
               ? 0
               : no_memory(e);
}

/* ---- timers ------------------------------------------------------------------------------- */

static bool timer_put(cJSON *timer, const struct yaml *all, const struct yaml *y)
{
    static const char *const numbers[] = {
        "start_hours", "start_minutes", "start_seconds", "rounded_hours_left", "rounded_minutes_left",
        "rounded_seconds_left", "total_seconds_left",
    };
    const struct yaml *area = by_id(yaml_get(all, "areas"), yaml_str(y, "area", "-"));
    AUTO_STR room = STR_INIT; /* small, as their tests have it */
    bool ok;

    for (const char *c = yaml_str(area, "name", ""); *c; c++)
        str_add_char(&room, (char)tolower((unsigned char)*c));
    ok = cJSON_AddBoolToObject(timer, "is_active", strcmp(yaml_str(y, "is_active", "true"), "true") == 0) &&
         cJSON_AddStringToObject(timer, "name", yaml_str(y, "name", "")) &&
         cJSON_AddStringToObject(timer, "area", str_text(&room));

    for (size_t i = 0; ok && i < sizeof(numbers) / sizeof(numbers[0]); i++)
        ok = json_put_int(timer, numbers[i], strtol(yaml_str(y, numbers[i], "0"), NULL, 10));
    return ok;
}

/* The timers that the slots speak of. */
static bool timer_is_meant(const cJSON *timer, const cJSON *slots)
{
    const cJSON *slot;

    cJSON_ArrayForEach(slot, slots)
    {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(slot, "value");
        const cJSON *is = cJSON_GetObjectItemCaseSensitive(timer, slot->string);

        if (is && cJSON_IsNumber(is) && is->valuedouble != (cJSON_IsNumber(value) ? value->valuedouble : -1))
            return false;
        if (is && cJSON_IsString(is) && cJSON_IsString(value) && !fold_is_same(is->valuestring, value->valuestring))
            return false;
    }
    return true;
}

static bool title_is(const cJSON *media, const char *asked)
{
    return fold_is_same(json_str(media, "title", ""), asked);
}

bool fixtures_slots(const struct fixtures *f, const char *intent, cJSON *slots)
{
    const char *query = json_str(cJSON_GetObjectItemCaseSensitive(slots, "search_query"), "value", NULL);
    AUTO_JSON *meant = cJSON_CreateArray();
    const cJSON *x;
    cJSON *slot;

    if (!meant)
        return false;
    cJSON_ArrayForEach(x, f->timers)
        if (timer_is_meant(x, slots) && !json_push(meant, cJSON_Duplicate(x, true)))
            return false;
    if (strstr(intent, "Timer")) {
        slot = cJSON_AddObjectToObject(slots, "canceled");
        if (!slot || !json_put_int(slot, "value", cJSON_GetArraySize(meant)))
            return false;
        slot = cJSON_AddObjectToObject(slots, "timers");
        if (!slot || !json_put_copy(slot, "value", meant))
            return false;
    }
    cJSON_ArrayForEach(x, f->media)
        if (query && title_is(x, query))
            return (slot = cJSON_AddObjectToObject(slots, "media")) && json_put_copy(slot, "value", x);
    return true;
}

/* ---- which devices ------------------------------------------------------------------------- */

/* Is the text one of the slot's values? Without the slot it is. */
static bool slot_takes(const cJSON *slots, const char *name, const char *text)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(slots, name), "value");
    const cJSON *one;

    if (cJSON_IsString(value))
        return fold_is_same(value->valuestring, text);
    cJSON_ArrayForEach(one, value)
        if (cJSON_IsString(one) && fold_is_same(one->valuestring, text))
            return true;
    return !cJSON_IsArray(value);
}

static bool device_is_meant(const cJSON *d, const char *intent, const cJSON *slots)
{
    static const struct {
        const char *intent, *kind;
    } only[] = { { "HassClimateGetTemperature", "climate" }, { "HassClimateSetTemperature", "climate" },
                 { "HassGetWeather", "weather" } };

    for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++)
        if (strcmp(only[i].intent, intent) == 0 && strcmp(json_str(d, "kind", ""), only[i].kind) != 0)
            return false;
    return slot_takes(slots, "name", json_str(d, "name", "")) &&
           slot_takes(slots, "area", json_str(d, "area", "")) &&
           slot_takes(slots, "floor", json_str(d, "floor", "")) &&
           slot_takes(slots, "domain", json_str(d, "kind", "")) &&
           slot_takes(slots, "device_class", json_str(d, "class", ""));
}

cJSON *fixtures_acted(const struct fixtures *f, const char *intent, const cJSON *slots)
{
    AUTO_JSON *acted = cJSON_CreateObject();
    cJSON *list = acted ? cJSON_AddArrayToObject(acted, "devices") : NULL;
    const cJSON *d;

    if (!list)
        return NULL;
    cJSON_ArrayForEach(d, f->devices)
        if (device_is_meant(d, intent, slots) && !json_push(list, cJSON_Duplicate(d, true)))
            return NULL;
    return STEAL(acted);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static int names_read(struct list *l, struct fixtures *f, const struct yaml *list, struct err *e)
{
    struct value **tail = &l->values;
    const char *name;
    int r = 0;

    yaml_each (item, list)
        if (r == 0)
            r = value_add(&tail, &name, f, item, NULL, e);
    return r;
}

int fixtures_read(struct fixtures *f, const struct yaml *y, struct err *e)
{
    struct value **tail;
    int r;

    *f = (struct fixtures){ .arena = ARENA_INIT(FIXTURES_BYTES_MAX), .devices = cJSON_CreateArray(),
                            .timers = cJSON_CreateArray(), .media = cJSON_CreateArray() };
    if (!f->devices || !f->timers || !f->media)
        return no_memory(e);
    tail = &f->name.values;
    r = names_read(&f->area, f, yaml_get(y, "areas"), e);
    if (r == 0)
        r = names_read(&f->floor, f, yaml_get(y, "floors"), e);
    yaml_each (item, yaml_get(y, "entities"))
        if (r == 0)
            r = entity_add(&tail, f, y, item, e);
    yaml_each (item, yaml_get(y, "timers")) {
        cJSON *timer = cJSON_CreateObject();

        if (r == 0 && (!json_push(f->timers, timer) || !timer_put(timer, y, item)))
            r = no_memory(e);
    }
    yaml_each (item, yaml_get(y, "media")) {
        cJSON *media = cJSON_CreateObject();

        if (r == 0 && (!json_push(f->media, media) ||
                       !cJSON_AddStringToObject(media, "title", yaml_str(item, "title", ""))))
            r = no_memory(e);
    }
    return r;
}

void fixtures_done(struct fixtures *f)
{
    json_free(f->devices);
    json_free(f->timers);
    json_free(f->media);
    arena_done(&f->arena);
    memset(f, 0, sizeof(*f));
}

void fixtures_adopt(const struct fixtures *f, struct catalog *c)
{
    must(catalog_set_list(c, "name", &f->name) == 0);
    must(catalog_set_list(c, "area", &f->area) == 0);
    must(catalog_set_list(c, "floor", &f->floor) == 0);
}
