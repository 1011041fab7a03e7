/* SPDX-License-Identifier: Apache-2.0 */
/* intent/intent.c - the bus side: devices and settings in, intents and grammars out.
 *
 *   language       -> catalogue of share/sentences/<language>.yaml and, where a person wrote
 *                     one, etc/sentences/<language>.yaml
 *   MSG_DEVICES    -> lists of names; the same names again change nothing
 *   any of them    -> 50 ms later one new speech grammar, told only when its text changed
 * A language or a sentence that cannot be loaded is a fault that is told; the rest works. */
#include "intent/intent.h"

#include "base/file.h"
#include "intent/fsg.h"
#include "intent/grammar.h"
#include "intent/match.h"
#include "intent/names.h"
#include "intent/spoken.h"

#include <string.h>

enum { GRAMMAR_DELAY_MS = 50, SENTENCE_FILE_BYTES_MAX = 4 << 20, FAULTS_MAX = 10 };

static const char part_sentences[] = "sentences", part_grammar[] = "grammar";

struct intent {
    struct intent_deps deps;
    struct catalog *catalog;   /* owned; NULL: no language could be loaded */
    struct names *names;       /* owned; lists in use by the catalogue */
    char *devices;             /* owned; what the names were made of */
    struct loop_timer *timer;  /* owned; the next grammar */
    char *grammar;             /* owned; text of the grammar that speech has */
    unsigned faults;           /* told while loading */
    bool sentences_failed, grammar_failed;
};

/* ---- loading ------------------------------------------------------------------------------ */

static void on_complaint(const char *text, void *user)
{
    struct intent *i = user;

    i->sentences_failed = true;
    if (i->faults++ < FAULTS_MAX)
        bus_post_fault(i->deps.bus, part_sentences, -EINVAL, text);
}

static bool is_language(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] == '\0';
}

/* `is_own`: a person's file, which need not be there. */
static int file_add(struct catalog *c, const char *dir, const char *language, bool is_own,
                    struct err *e)
{
    char path[PATHS_BYTES], name[64], label[64];
    AUTO_FREE char *text = NULL;
    size_t len;
    int r;

    snprintf(name, sizeof(name), "sentences/%.32s.yaml", language);
    snprintf(label, sizeof(label), "%s%.32s.yaml", is_own ? "etc/" : "", language);
    r = paths_join(path, sizeof(path), dir, name, e);
    if (r < 0)
        return r;
    if (is_own && !file_exists(path))
        return 0;
    r = file_read(&text, &len, path, SENTENCE_FILE_BYTES_MAX, e);
    return r < 0 ? r : catalog_parse(c, label, text, len, e);
}

static int catalog_load(struct catalog **ret, struct intent *i, struct err *e)
{
    AUTO(catalog_freep) struct catalog *c = NULL;
    const char *language = i->deps.settings->language;
    struct err own = ERR_INIT;
    int r;

    if (!is_language(language))
        return err_set(e, -EINVAL, "language: '%s' is no name of a language", language);
    r = catalog_new(&c, language, on_complaint, i, e);
    if (r < 0)
        return r;
    r = file_add(c, i->deps.paths->share, language, false, e);
    if (r < 0)
        return err_wrap(e, r, "no sentences for the language '%s'", language);
    r = file_add(c, i->deps.paths->etc, language, true, &own);
    if (r < 0)
        on_complaint(err_text(&own), i);
    r = catalog_link(c, e);
    if (r == 0)
        *ret = STEAL(c);
    return r;
}

static void lists_attach(struct intent *i)
{
    if (i->catalog) {
        catalog_set_list(i->catalog, "name", i->names ? &i->names->name : NULL);
        catalog_set_list(i->catalog, "area", i->names ? &i->names->area : NULL);
    }
}

/* The old catalogue stays where a new one cannot be had for want of memory; a language without
 * sentences leaves none, so that no sentence is taken for one of another language. */
static int language_load(struct intent *i, struct err *e)
{
    struct catalog *c = NULL;
    struct err told = ERR_INIT;
    bool failed = i->sentences_failed;
    int r;

    i->faults = 0;
    i->sentences_failed = false;
    r = catalog_load(&c, i, &told);
    if (r == -ENOMEM)
        return err_set(e, r, "%s", err_text(&told));
    if (r < 0) {
        i->sentences_failed = true;
        bus_post_fault(i->deps.bus, part_sentences, r, err_text(&told));
    } else if (failed && !i->sentences_failed) {
        bus_post_fault(i->deps.bus, part_sentences, 0, "all sentences are loaded");
    }
    catalog_free(i->catalog);
    i->catalog = c;
    lists_attach(i);
    return 0;
}

/* ---- understanding ------------------------------------------------------------------------ */

/* The room that Jarvis stands in, as the devices write it. */
static const struct pair *context_of(const struct intent *i, struct pair *area)
{
    const char *name = i->deps.settings->device_area;
    const char *known = names_area(i->names, name);

    *area = (struct pair){ .key = "area", .value = known ? known : name };
    return name[0] ? area : NULL;
}

static const struct match_slot *slot_find(const struct match *m, const char *name)
{
    for (size_t i = 0; i < m->slots_n; i++)
        if (strcmp(m->slots[i].name, name) == 0)
            return &m->slots[i];
    return NULL;
}

static const char *value_area(const struct value *v)
{
    for (const struct pair *p = v->context; p; p = p->next)
        if (strcmp(p->key, "area") == 0)
            return p->value;
    return NULL;
}

static bool value_is(const struct value *v, const struct sentence *s, const struct match_slot *slot)
{
    size_t from = slot->from;

    while (from < slot->to && s->fold[from] == ' ')
        from++;
    return v->in->kind == NODE_TEXT && v->in->len == slot->to - from &&
           memcmp(v->in->cp, s->fold + from, v->in->len * sizeof(s->fold[0])) == 0;
}

/* Devices may share a name: the one of the room that was said, else of this room, else the
 * first. NULL: none of that name is in the room that was said. */
static const char *device_pick(const struct intent *i, const struct match *m,
                               const struct sentence *s, const char *here)
{
    const struct match_slot *name = slot_find(m, "name"), *area = slot_find(m, "area");
    const char *wanted = area ? area->value.text : here, *found = name->value.text;
    bool is_told = area && area->to > area->from, is_known = false;

    for (const struct value *v = i->names ? i->names->name.values : NULL; v; v = v->next) {
        const char *at = value_area(v);

        if (!value_is(v, s, name) || !match_allows(m->block, v->context))
            continue;
        if (wanted && at && strcmp(at, wanted) == 0)
            return v->out.text;
        if (is_told && !at)
            found = v->out.text;
        is_known = is_known || !is_told || !at;
    }
    return is_known ? found : NULL;
}

/* The slot's value: text, number or array of texts. */
static cJSON *datum_json(const struct datum *d, const char *heard)
{
    cJSON *array;

    if (d->kind == DATUM_NUMBER)
        return cJSON_CreateNumber(d->number);
    if (d->kind != DATUM_TEXTS)
        return cJSON_CreateString(d->kind == DATUM_TEXT ? d->text : heard);
    array = cJSON_CreateArray();
    for (const struct pair *p = d->texts; array && p; p = p->next)
        if (!json_push(array, cJSON_CreateString(p->value)))
            return json_free(array);
    return array;
}

/* {value, text}; without text where nobody said it: set by the template or copied from the
 * room that Jarvis stands in. */
static bool slot_json(cJSON *slots, const struct match_slot *slot, const struct sentence *s,
                      const char *device)
{
    cJSON *j = cJSON_AddObjectToObject(slots, slot->name);
    bool is_said = slot->to > slot->from;
    AUTO_STR text = STR_INIT;
    cJSON *value;

    sentence_text(&text, s, slot->from, slot->to);
    if (!j || text.failed || (is_said && !cJSON_AddStringToObject(j, "text", str_text(&text))))
        return false;
    value = device ? cJSON_CreateString(device) : datum_json(&slot->value, str_text(&text));
    return json_put(j, "value", value);
}

static bool add_place(cJSON *j, const char *key, const struct template *t)
{
    AUTO_STR place = STR_INIT;

    str_addf(&place, "%s:%d", t->file, t->line);
    return !place.failed && cJSON_AddStringToObject(j, key, str_text(&place));
}

static int match_json(cJSON **ret, const struct match *m, const struct sentence *s,
                      const char *device)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *slots;
    bool ok = j && cJSON_AddStringToObject(j, "intent", m->block->intent) &&
              add_place(j, "template", m->template) &&
              (!m->block->response || cJSON_AddStringToObject(j, "response", m->block->response));

    slots = ok ? cJSON_AddObjectToObject(j, "slots") : NULL;
    ok = slots != NULL;
    for (size_t i = 0; ok && i < m->slots_n; i++)
        ok = slot_json(slots, &m->slots[i], s,
                       strcmp(m->slots[i].name, "name") == 0 ? device : NULL);
    if (!ok)
        return -ENOMEM;
    *ret = STEAL(j);
    return 0;
}

/* For people: the template that took most of the sentence, and what it could not take. */
static cJSON *hint_json(const struct match *m, const struct sentence *s)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_STR rest = STR_INIT;

    if (!j || !m->nearest || m->is_spent)
        return STEAL(j);
    sentence_text(&rest, s, m->nearest_at, s->len);
    if (!add_place(j, "nearest", m->nearest) || rest.failed ||
        !cJSON_AddStringToObject(j, "rest", str_text(&rest)))
        return NULL;
    return STEAL(j);
}

/* 0 with *found, or -ENOENT with *hint (NULL when out of memory). */
static int understand(cJSON **found, cJSON **hint, struct intent *i, const char *text,
                      struct err *e)
{
    const char *device = NULL;
    const struct pair *context;
    struct sentence s;
    struct match m;
    struct pair area;
    int r;

    if (!i->catalog)
        return err_set(e, -ENOENT, "no sentences are loaded for the language '%s'",
                       i->deps.settings->language);
    r = sentence_parse(&s, text, strlen(text), e);
    if (r < 0)
        return err_wrap(e, -ENOENT, "no command");
    sentence_skip(&s, i->catalog->skip_words);
    context = context_of(i, &area);
    match_find(&m, i->catalog, &s, context);
    if (m.block && slot_find(&m, "name") && slot_find(&m, "name")->value.kind == DATUM_TEXT) {
        device = device_pick(i, &m, &s, context ? context->value : NULL);
        if (!device)
            m.block = NULL;
    }
    if (!m.block) {
        *hint = hint_json(&m, &s);
        return err_set(e, -ENOENT, m.is_spent ? "the sentence is too intricate"
                                              : "no sentence template matches");
    }
    return match_json(found, &m, &s, device) < 0 ? err_set(e, -ENOMEM, "intent: out of memory") : 0;
}

static bool add_source(cJSON *j, const struct intent *i, const char *text)
{
    return cJSON_AddStringToObject(j, "language", i->deps.settings->language) &&
           cJSON_AddStringToObject(j, "text", text);
}

int intent_understand(cJSON **ret, struct intent *i, const char *text, struct err *e)
{
    AUTO_JSON *found = NULL;
    AUTO_JSON *hint = NULL;
    int r = understand(&found, &hint, i, text, e);

    if (r < 0)
        return r;
    if (!add_source(found, i, text))
        return err_set(e, -ENOMEM, "intent: out of memory");
    *ret = STEAL(found);
    return 0;
}

static void on_understand(const struct msg *m, void *user)
{
    AUTO(msg_freep) struct msg *answer = msg_new(MSG_INTENT, m->session);
    struct intent *i = user;
    const char *text = m->text ? m->text : "";
    AUTO_JSON *found = NULL;
    AUTO_JSON *hint = NULL;

    if (answer) {
        answer->code = understand(&found, &hint, i, text, NULL);
        answer->json = found ? STEAL(found) : STEAL(hint);
        answer->text = strdup(text);
        if (answer->code == 0 && (!answer->text || !add_source(answer->json, i, text)))
            answer->code = -ENOMEM;
    }
    bus_post(i->deps.bus, STEAL(answer));
}

/* ---- speech grammar ----------------------------------------------------------------------- */

static cJSON *words_json(const struct automaton *a)
{
    return cJSON_CreateStringArray((const char *const *)a->words, (int)a->words_n);
}

static int grammar_tell(struct intent *i, const char *path, const struct automaton *a,
                        struct err *e)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_GRAMMAR, 0);

    if (m) {
        m->text = strdup(path);
        m->json = words_json(a);
    }
    if (!m || !m->text || !m->json)
        return err_set(e, -ENOMEM, "speech grammar: out of memory");
    bus_post(i->deps.bus, STEAL(m));
    return 0;
}

static int grammar_make(struct intent *i, struct err *e)
{
    AUTO(automaton_freep) struct automaton *a = NULL;
    AUTO_STR text = STR_INIT;
    char path[PATHS_BYTES], name[64];
    struct pair area;
    int r = grammar_new(&a, i->catalog, context_of(i, &area), e);

    if (r == -ENOENT)
        return 0; /* no block is meant for speech */
    if (r < 0)
        return r;
    snprintf(name, sizeof(name), "jarvis_%.32s", i->catalog->language);
    fsg_write(&text, a, name);
    if (text.failed)
        return err_set(e, -ENOMEM, "speech grammar: out of memory");
    if (i->grammar && strcmp(i->grammar, str_text(&text)) == 0)
        return 0;
    snprintf(name, sizeof(name), "grammar-%.32s.fsg", i->catalog->language);
    r = paths_join(path, sizeof(path), i->deps.paths->run, name, e);
    if (r == 0)
        r = file_write(path, text.data, text.len, 0644, e);
    if (r == 0)
        r = grammar_tell(i, path, a, e);
    if (r == 0) {
        free(i->grammar);
        i->grammar = str_take(&text);
    }
    return r;
}

static void on_grammar_due(void *user)
{
    struct err e = ERR_INIT;
    struct intent *i = user;
    int r;

    if (!i->catalog || !spoken_language(i->catalog->language))
        return;
    r = grammar_make(i, &e);
    if (r < 0)
        bus_post_fault(i->deps.bus, part_grammar, r, err_text(&e));
    else if (i->grammar_failed)
        bus_post_fault(i->deps.bus, part_grammar, 0, "the speech grammar is whole again");
    i->grammar_failed = r < 0;
}

/* Many changes shortly after one another cost one grammar. */
static void grammar_plan(struct intent *i)
{
    if (!loop_timer_is_set(i->timer))
        loop_timer_after_ms(i->timer, GRAMMAR_DELAY_MS);
}

/* ---- devices and settings ----------------------------------------------------------------- */

/* Everything of the devices that the names are made of. */
static char *devices_text(const cJSON *devices)
{
    AUTO_STR out = STR_INIT;
    const cJSON *d, *alias;

    cJSON_ArrayForEach(d, devices)
    {
        str_addf(&out, "%s\n%s\n%s\n%s\n", json_str(d, "id", ""), json_str(d, "name", ""),
                 json_str(d, "area", ""), json_str(d, "kind", ""));
        cJSON_ArrayForEach(alias, cJSON_GetObjectItemCaseSensitive(d, "aliases"))
            str_addf(&out, "\t%s\n", cJSON_IsString(alias) ? alias->valuestring : "");
    }
    return str_take(&out);
}

static void on_devices(const struct msg *m, void *user)
{
    AUTO(names_freep) struct names *names = NULL;
    AUTO_FREE char *devices = devices_text(m->json);
    struct err e = ERR_INIT;
    struct intent *i = user;
    struct names *old;
    bool speech = i->catalog && spoken_language(i->catalog->language);

    if (devices && i->devices && strcmp(devices, i->devices) == 0)
        return;
    if (!devices ||
        names_new(&names, m->json, speech ? i->catalog->numbers : NULL, &e) < 0) {
        bus_post_fault(i->deps.bus, part_sentences, -ENOMEM, "device names: out of memory");
        return;
    }
    old = i->names;
    i->names = STEAL(names);
    lists_attach(i);
    names_free(old);
    free(i->devices);
    i->devices = STEAL(devices);
    grammar_plan(i);
}

static void on_settings(const struct msg *m, void *user)
{
    struct err e = ERR_INIT;
    struct intent *i = user;

    if (!m->text)
        return;
    if (strcmp(m->text, "language") == 0) {
        if (language_load(i, &e) < 0)
            bus_post_fault(i->deps.bus, part_sentences, -ENOMEM, err_text(&e));
    } else if (strcmp(m->text, "device.area") != 0) {
        return;
    }
    grammar_plan(i);
}

int intent_new(struct intent **ret, const struct intent_deps *d, struct err *e)
{
    AUTO(intent_freep) struct intent *i = calloc(1, sizeof(*i));
    int r;

    if (!i)
        return err_set(e, -ENOMEM, "intent: out of memory");
    i->deps = *d;
    r = loop_timer_new(&i->timer, d->loop, on_grammar_due, i, e);
    if (r == 0)
        r = language_load(i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_DEVICES, on_devices, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_UNDERSTAND, on_understand, i, e);
    if (r == 0)
        r = bus_on(d->bus, MSG_SETTINGS, on_settings, i, e);
    if (r < 0)
        return r;
    grammar_plan(i);
    *ret = STEAL(i);
    return 0;
}

struct intent *intent_free(struct intent *i)
{
    if (i) {
        bus_off(i->deps.bus, i);
        loop_timer_free(i->timer);
        catalog_free(i->catalog);
        names_free(i->names);
        free(i->devices);
        free(i->grammar);
        free(i);
    }
    return NULL;
}
