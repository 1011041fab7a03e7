/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/answers.c - templates from files, and what they see. */
#include "assistant/answers.h"

#include "assistant/response.h"
#include "base/file.h"
#include "base/must.h"
#include "base/paths.h"
#include "base/yaml.h"
#include "core/house.h"
#include "core/intents.h"

#include <dirent.h>
#include <string.h>
#include <time.h>

struct answer {
    char *intent, *key;        /* owned */
    struct response *template; /* owned; NULL: it is out of use */
    unsigned file;             /* of answers.files */
    int line;
};

struct answers {
    struct answers_told told;
    char *files[ANSWERS_FILES_MAX]; /* owned */
    unsigned files_n;
    struct answer *list; /* owned */
    size_t n, cap;
};

static void answers_tell(const struct answers *a, const char *file, int line, const char *why)
{
    struct err told = ERR_INIT;

    err_set(&told, -EINVAL, "%s line %d: %s; the box answers in its own words", file, line, why);
    if (a->told.complain)
        a->told.complain(err_text(&told), a->told.user);
}

/* ---- files -------------------------------------------------------------------------------- */

static struct answer *answer_find(const struct answers *a, const char *intent, const char *key)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->list[i].intent, intent) == 0 && strcmp(a->list[i].key, key) == 0)
            return &a->list[i];
    return NULL;
}

/* Room for one more; NULL: none. */
static struct answer *answer_room(struct answers *a)
{
    if (a->n == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 64;
        struct answer *grown = realloc(a->list, cap * sizeof(*grown));

        if (!grown)
            return NULL;
        a->list = grown;
        a->cap = cap;
    }
    must(a->n < a->cap);
    return memset(&a->list[a->n], 0, sizeof(a->list[0]));
}

/* A later file's template replaces the earlier one's. -ENOMEM. */
static int answer_put(struct answers *a, const char *intent, const struct yaml *y, struct response *template)
{
    struct answer *x = answer_find(a, intent, y->key);

    if (!x) {
        x = answer_room(a);
        if (!x)
            return -ENOMEM;
        x->intent = str_dup(intent);
        x->key = str_dup(y->key);
        a->n++; /* answers_free() takes what is there of it */
        if (!x->intent || !x->key)
            return -ENOMEM;
    }
    must(a->files_n > 0 && a->n <= ANSWERS_MAX);
    response_free(x->template);
    x->template = template;
    x->file = a->files_n - 1;
    x->line = y->line;
    return 0;
}

static int answer_add(struct answers *a, const char *intent, const struct yaml *y)
{
    const char *file = must(a->files_n > 0) ? a->files[a->files_n - 1] : "";
    AUTO(response_freep) struct response *template = NULL;
    struct err why = ERR_INIT;
    int r;

    if (y->kind != YAML_SCALAR) {
        answers_tell(a, file, y->line, "a reply must be a text");
        return 0;
    }
    if (a->n == ANSWERS_MAX) {
        answers_tell(a, file, y->line, "there are too many replies");
        return 0;
    }
    r = response_parse(&template, y->text, strlen(y->text), &why);
    if (r == -ENOMEM)
        return r;
    if (r < 0)
        answers_tell(a, file, y->line, err_text(&why));
    r = answer_put(a, intent, y, template);
    if (r == 0)
        template = NULL; /* taken */
    return r;
}

static int file_add(struct answers *a, const char *path)
{
    AUTO(yaml_freep) struct yaml *y = NULL;
    struct err why = ERR_INIT;
    int r;

    a->files[a->files_n] = str_dup(path);
    if (!a->files[a->files_n])
        return -ENOMEM;
    a->files_n++;
    must(a->files_n <= ANSWERS_FILES_MAX);
    r = yaml_load(&y, path, &why);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        if (a->told.complain)
            a->told.complain(err_text(&why), a->told.user);
        return 0;
    }
    yaml_each (intent, yaml_get(yaml_get(y, "responses"), "intents"))
        yaml_each (key, intent) {
            r = answer_add(a, intent->key, key);
            if (r < 0)
                return r;
        }
    return 0;
}

static int is_yaml_file(const struct dirent *d)
{
    const char *end = strrchr(d->d_name, '.');

    return d->d_name[0] != '.' && end && strcmp(end, ".yaml") == 0;
}

static int folder_add(struct answers *a, const char *folder, struct err *e)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_yaml_file, alphasort), r = 0;

    for (int i = 0; i < n; i++) {
        char path[PATHS_BYTES];

        if (r == 0 && i < ANSWERS_FILES_MAX)
            r = paths_join(path, sizeof(path), folder, names[i]->d_name, e);
        if (r == 0 && i < ANSWERS_FILES_MAX)
            r = file_add(a, path);
        free(names[i]);
    }
    free(names);
    if (n > ANSWERS_FILES_MAX)
        answers_tell(a, folder, 0, "there are too many files; the first 500 are read");
    if (n <= 0)
        return err_set(e, -ENOENT, "%s: there are no replies", folder);
    return r < 0 ? err_set(e, r, "responses: out of memory") : 0;
}

int answers_load(struct answers **ret, const char *folder, const struct answers_told *told, struct err *e)
{
    AUTO(answers_freep) struct answers *a = calloc(1, sizeof(*a));
    int r;

    if (!a)
        return err_set(e, -ENOMEM, "responses: out of memory");
    a->told = *told;
    r = folder_add(a, folder, e);
    if (r == 0)
        *ret = STEAL(a);
    return r;
}

struct answers *answers_free(struct answers *a)
{
    if (!a)
        return NULL;
    for (unsigned i = 0; i < a->files_n; i++)
        free(a->files[i]);
    for (size_t i = 0; i < a->n; i++) {
        free(a->list[i].intent);
        free(a->list[i].key);
        response_free(a->list[i].template);
    }
    free(a->list);
    free(a);
    return NULL;
}

/* ---- what a template sees ------------------------------------------------------------------- */

struct seen {
    const struct reply *words;
    const struct phrase_facts *f;
    cJSON *vars, *slots, *states, *matched, *unmatched; /* all within vars */
};

/* As it was said; where nobody said it, its value. */
static bool slot_see(const struct seen *s, const cJSON *slot)
{
    const char *text = json_str(slot, "text", "");
    const cJSON *value = cJSON_IsObject(slot) ? cJSON_GetObjectItemCaseSensitive(slot, "value") : slot;

    if (text[0] != '\0')
        return cJSON_AddStringToObject(s->slots, slot->string, text) != NULL;
    return !value || json_put_copy(s->slots, slot->string, value);
}

static bool date_see(const struct seen *s, const struct tm *tm)
{
    cJSON *date = cJSON_AddObjectToObject(s->slots, "date");

    return date && json_put_int(date, "year", tm->tm_year + 1900) && json_put_int(date, "month", tm->tm_mon + 1) &&
           json_put_int(date, "day", tm->tm_mday) && json_put_int(date, "weekday", (tm->tm_wday + 6) % 7);
}

static bool time_see(const struct seen *s, const struct tm *tm)
{
    cJSON *time = cJSON_AddObjectToObject(s->slots, "time");

    return time && json_put_int(time, "hour", tm->tm_hour) && json_put_int(time, "minute", tm->tm_min) &&
           json_put_int(time, "second", tm->tm_sec);
}

static bool clock_see(const struct seen *s)
{
    time_t now = (time_t)(s->f->wall_usec / 1000000);
    struct tm tm;

    tzset();
    return localtime_r(&now, &tm) && date_see(s, &tm) && time_see(s, &tm);
}

static bool slots_see(const struct seen *s)
{
    const cJSON *slot;

    cJSON_ArrayForEach(slot, cJSON_GetObjectItemCaseSensitive(s->f->intent, "slots"))
        if (!slot_see(s, slot))
            return false;
    return clock_see(s);
}

/* The state as the house tells it, for comparing; "" for none. */
static void state_raw(struct str *out, const cJSON *device)
{
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(device, "state");
    const cJSON *value = cJSON_IsObject(state) ? cJSON_GetObjectItemCaseSensitive(state, "state") : state;

    if (cJSON_IsBool(value))
        str_add(out, cJSON_IsTrue(value) ? "on" : "off");
    else if (cJSON_IsNumber(value))
        str_addf(out, "%.10g", value->valuedouble);
    else if (cJSON_IsString(value))
        str_add(out, value->valuestring);
}

/* Is it as was asked? Without a question every device is. */
static bool state_is_asked(const struct seen *s, const char *raw)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(s->f->intent, "slots"), *one;
    const cJSON *asked = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(slots, "state"),
                                                          "value");

    if (!cJSON_IsArray(asked))
        return !cJSON_IsString(asked) || state_word_is(raw, asked->valuestring);
    cJSON_ArrayForEach(one, asked)
        if (cJSON_IsString(one) && state_word_is(raw, one->valuestring))
            return true;
    return false;
}

/* What state_attr() and .attributes give: the members of the state, under the names of theirs. */
static bool attributes_see(cJSON *attributes, const cJSON *device)
{
    static const struct {
        const char *ours, *theirs;
    } names[] = { { "unit", "unit_of_measurement" }, { "temperature", "current_temperature" },
                  { "target", "temperature" } };
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(device, "state"), *x;
    const bool is_climate = strcmp(json_str(device, "kind", ""), "climate") == 0;
    const char *class = json_str(device, "class", NULL);

    if (!cJSON_IsObject(state))
        state = NULL; /* a bare value: no members */
    cJSON_ArrayForEach(x, state)
    {
        const char *name = x->string;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if (strcmp(names[i].ours, x->string) == 0 && (i == 0 || is_climate))
                name = names[i].theirs;
        if (!json_put_copy(attributes, name, x))
            return false;
    }
    return !class || cJSON_AddStringToObject(attributes, "device_class", class);
}

/* In words: those of the language where it has some, else as they stand. */
static void state_words(struct str *out, const struct seen *s, const cJSON *device, const char *raw)
{
    const char *told = json_str(device, "state_words", NULL);

    str_add(out, told ? told : s->words ? reply_state(s->words, raw, 0) : raw);
}

static bool device_see(const struct seen *s, const cJSON *device)
{
    const char *unit = json_str(cJSON_GetObjectItemCaseSensitive(device, "state"), "unit", NULL);
    AUTO_STR raw = STR_INIT, words = STR_INIT, with_unit = STR_INIT;
    cJSON *x = cJSON_CreateObject(), *attributes = cJSON_CreateObject();
    const char *id = json_str(device, "id", "");
    bool ok;

    state_raw(&raw, device);
    state_words(&words, s, device, str_text(&raw));
    str_addf(&with_unit, unit ? "%s %s" : "%s", json_str(device, "state_with_unit", str_text(&words)), unit);
    ok = json_put(x, "attributes", attributes) && attributes_see(attributes, device) &&
         json_put_copy(s->states, id, attributes);
    ok = json_push(state_is_asked(s, str_text(&raw)) ? s->matched : s->unmatched, x) && ok;
    return ok && !raw.failed && !words.failed && !with_unit.failed &&
           cJSON_AddStringToObject(x, "name", json_str(device, "name", "")) &&
           cJSON_AddStringToObject(x, "state", str_text(&words)) &&
           cJSON_AddStringToObject(x, "domain", json_str(device, "kind", "")) &&
           cJSON_AddStringToObject(x, "entity_id", id) &&
           cJSON_AddStringToObject(x, "state_with_unit", str_text(&with_unit));
}

static bool devices_see(struct seen *s)
{
    cJSON *query = cJSON_AddObjectToObject(s->vars, "query");
    const cJSON *device, *first;
    size_t n = 0;

    s->states = cJSON_AddObjectToObject(s->vars, "states");
    s->matched = query ? cJSON_AddArrayToObject(query, "matched") : NULL;
    s->unmatched = query ? cJSON_AddArrayToObject(query, "unmatched") : NULL;
    if (!s->states || !s->matched || !s->unmatched)
        return false;
    cJSON_ArrayForEach(device, cJSON_GetObjectItemCaseSensitive(s->f->acted, "devices"))
    {
        if (!device_see(s, device))
            return false;
        n++;
    }
    must(n == (size_t)(cJSON_GetArraySize(s->matched) + cJSON_GetArraySize(s->unmatched)));
    first = s->matched->child ? s->matched->child : s->unmatched->child;
    return json_put_int(query, "total_results", (int64_t)n) &&
           (!first || json_put_copy(s->vars, "state", first));
}

/* Is every device heard of, and just now? What a template says is taken for what is. */
static bool is_certain(const cJSON *acted)
{
    const cJSON *device;

    cJSON_ArrayForEach(device, cJSON_GetObjectItemCaseSensitive(acted, "devices"))
    {
        const cJSON *state = cJSON_GetObjectItemCaseSensitive(device, "state");
        AUTO_STR raw = STR_INIT;

        state_raw(&raw, device);
        if (json_bool(state, "stale", false) || !json_bool(state, "available", true) ||
            (state && strcmp(str_text(&raw), "unknown") == 0))
            return false;
    }
    return true;
}

bool answers_try(struct str *out, const struct reply *r, const struct phrase_facts *f)
{
    const char *key = json_str(f->intent, "response", "default");
    const struct intent_def *def = intents_find(json_str(f->intent, "intent", NULL));
    const size_t n = (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(f->acted, "devices"));

    if (!reply_answers(r) || !is_certain(f->acted))
        return false;
    if (strcmp(key, "default") == 0 && (n > 1 || (def && def->shape == SHAPE_STATE && n != 1)))
        return false; /* theirs speaks of one */
    return answers_say(out, reply_answers(r), key, r, f, NULL) == 0;
}

int answers_say(struct str *out, struct answers *a, const char *key, const struct reply *words,
                const struct phrase_facts *f, struct err *e)
{
    struct answer *x = answer_find(a, json_str(f->intent, "intent", ""), key);
    AUTO_JSON *vars = cJSON_CreateObject();
    struct seen s = { .words = words, .f = f, .vars = vars };
    struct err why = ERR_INIT;
    int r;

    if (!x || !x->template)
        return err_set(e, -ENOENT, "there is no reply of that intent and key");
    s.slots = vars ? cJSON_AddObjectToObject(vars, "slots") : NULL;
    if (!s.slots || !slots_see(&s) || !devices_see(&s))
        return err_set(e, -ENOMEM, "responses: out of memory");
    must(x->file < a->files_n);
    r = response_render(out, x->template, vars, &why);
    if (r == 0 || r == -ENOMEM)
        return r < 0 ? err_set(e, r, "%s", err_text(&why)) : 0;
    must(x->template != NULL && why.text[0] != '\0');
    answers_tell(a, a->files[x->file], x->line, err_text(&why));
    x->template = response_free(x->template);
    return err_set(e, r, "%s", err_text(&why));
}
