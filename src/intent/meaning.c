/* SPDX-License-Identifier: Apache-2.0 */
/* intent/meaning.c - asks the matcher, chooses the device, writes it down. */
#include "intent/meaning.h"

#include "base/must.h"
#include "intent/pick.h"

#include <string.h>

enum { GUARDS_MAX = 8 }; /* readings that say "not so, not now"; more say the same */

struct asking {
    const struct tongue *t;
    const char *room;  /* as the devices write it; NULL: not known */
    cJSON *readings;   /* each that was found; NULL: nobody wants to know */
    bool failed;       /* out of memory */
    bool is_inner;     /* the command inside of "don't {command}" */
    bool is_brief;     /* where nothing fits, nobody wants hints */
    const struct match_query *query;
    struct guards {
        struct match at[GUARDS_MAX]; /* large, and mostly empty: never cleared */
        size_t n;
    } *guards; /* of intents that are SHAPE_REFUSED, as they came */
};

/* ---- JSON --------------------------------------------------------------------------------- */

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

/* `devices`: what the slot `name` may mean; NULL: the slot's own value. */
static bool slot_json(cJSON *slots, const struct match *m, const struct match_slot *slot,
                      const struct pick *devices)
{
    cJSON *j = cJSON_AddObjectToObject(slots, slot->name);
    bool is_said = slot->to > slot->from;
    AUTO_STR text = STR_INIT;
    cJSON *value;

    sentence_text(&text, m->s, slot->from, slot->to);
    if (!j || text.failed || (is_said && !cJSON_AddStringToObject(j, "text", str_text(&text))))
        return false;
    must(m->s && slot->from <= slot->to);
    if (devices && devices->n > 1)
        return true;
    value = devices && devices->n == 1 ? cJSON_CreateString(devices->at[0]->id)
                                       : datum_json(&slot->value, str_text(&text));
    return json_put(j, "value", value);
}

static bool slots_json(cJSON *j, const struct match *m, const struct pick *devices)
{
    cJSON *slots = cJSON_AddObjectToObject(j, "slots");
    bool ok = slots != NULL;

    for (size_t i = 0; ok && i < m->slots_n; i++)
        ok = slot_json(slots, m, &m->slots[i],
                       strcmp(m->slots[i].name, "name") == 0 ? devices : NULL);
    return ok;
}

static bool add_place(cJSON *j, const char *key, const struct template *t)
{
    AUTO_STR place = STR_INIT;

    str_addf(&place, "%s:%d", t->file, t->line);
    return !place.failed && cJSON_AddStringToObject(j, key, str_text(&place));
}

static bool candidates_json(cJSON *j, const struct pick *devices)
{
    cJSON *list = cJSON_AddArrayToObject(j, "candidates");

    for (size_t i = 0; list && i < devices->n; i++)
        if (!json_push(list, cJSON_CreateString(devices->at[i]->id)))
            return false;
    return list != NULL;
}

static cJSON *match_json(const struct match *m, const struct pick *devices)
{
    AUTO_JSON *j = cJSON_CreateObject();

    if (j && cJSON_AddStringToObject(j, "intent", m->block->intent) &&
        add_place(j, "template", m->template) &&
        (!m->block->response || cJSON_AddStringToObject(j, "response", m->block->response)) &&
        slots_json(j, m, devices) && (!devices || devices->n < 2 || candidates_json(j, devices)))
        return STEAL(j);
    return NULL;
}

/* ---- examples ----------------------------------------------------------------------------- */

static bool suits(const struct example *x, const struct named *d)
{
    return (!x->domain || (d->kind_name && strcmp(d->kind_name, x->domain) == 0)) &&
           (!x->device_class ||
            (d->device_class && strcmp(d->device_class, x->device_class) == 0)) &&
           (!strstr(x->text, "{area}") || d->area);
}

/* "Kitchen light" in the middle of a sentence; "TV" stays. */
static void name_write(struct str *out, const char *name)
{
    bool lower = name[0] >= 'A' && name[0] <= 'Z' && name[1] >= 'a' && name[1] <= 'z';

    str_add_char(out, (char)(lower ? name[0] + ('a' - 'A') : name[0]));
    if (name[0])
        str_add(out, name + 1);
}

static void example_write(struct str *out, const char *text, const struct named *d)
{
    for (const char *at = text; *at;) {
        const char *value = str_starts(at, "{name}") ? d->name
                            : str_starts(at, "{area}") ? d->area
                                                       : NULL;

        if (value) {
            name_write(out, value);
            at += strlen("{name}");
        } else {
            str_add_char(out, *at++);
        }
    }
}

/* The text with the first device that suits it; one without {name} and {area} needs none. False:
 * there is no such device. */
static bool example_fill(struct str *out, const struct example *x, const struct names *n)
{
    if (!strstr(x->text, "{name}") && !strstr(x->text, "{area}") && !x->domain) {
        str_add(out, x->text);
        return true;
    }
    for (const struct named *d = n ? n->devices : NULL; d; d = d->next)
        if (suits(x, d)) {
            example_write(out, x->text, d);
            return true;
        }
    return false;
}

static bool examples_json(cJSON *j, const struct tongue *t)
{
    cJSON *list = cJSON_AddArrayToObject(j, "examples");
    int count = 0;

    for (const struct example *x = t->catalog->examples; x && count < MEANING_EXAMPLES;
         x = x->next) {
        AUTO_STR text = STR_INIT;

        must(x->text != NULL);
        if (!example_fill(&text, x, t->names))
            continue;
        if (text.failed || !json_push(list, cJSON_CreateString(text.data)))
            return false;
        count++;
    }
    return list != NULL;
}

/* For people: the template that took most of the sentence, what it could not take, and what could
 * be said instead. */
static cJSON *hint_json(const struct match *m, const struct tongue *t)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_STR rest = STR_INIT;
    size_t at;

    if (!j || !examples_json(j, t))
        return NULL;
    if (!m || !m->nearest || m->is_spent)
        return STEAL(j);
    at = m->nearest_at;
    while (at > 0 && m->nearest_s->fold[at - 1] != ' ')
        at--; /* whole words */
    if (at == 0)
        return STEAL(j); /* nothing of it came near anything */
    sentence_text(&rest, m->nearest_s, at, m->nearest_s->len);
    if (add_place(j, "nearest", m->nearest) && !rest.failed &&
        cJSON_AddStringToObject(j, "nearest_text", m->nearest->text) &&
        cJSON_AddStringToObject(j, "rest", str_text(&rest)))
        return STEAL(j);
    return NULL;
}

/* ---- asking ------------------------------------------------------------------------------- */

static void reading_keep(struct asking *a, const struct match *m, bool is_void)
{
    AUTO_JSON *j = NULL;

    if (!a->readings || cJSON_GetArraySize(a->readings) >= MEANING_READINGS_MAX)
        return;
    j = match_json(m, NULL);
    if (j && cJSON_AddStringToObject(j, "template_text", m->template->text) &&
        cJSON_AddNumberToObject(j, "letters", m->literal) &&
        cJSON_AddNumberToObject(j, "wildcards", m->wildcards) &&
        cJSON_AddBoolToObject(j, "reaches", m->reaches) &&
        (!m->block->is_own || cJSON_AddTrueToObject(j, "own")) &&
        (!is_void || cJSON_AddTrueToObject(j, "void")) &&
        (!m->refused || cJSON_AddStringToObject(j, "refused", m->refused)))
        a->failed = !json_push(a->readings, STEAL(j));
    else
        a->failed = true;
}

/* A reading by name needs a device; one without reaches what is there. */
static bool judge(struct match *m, void *user)
{
    struct asking *a = user;
    struct pick devices = { .n = 1 };

    if (m->block->def && m->block->def->shape == SHAPE_REFUSED) {
        if (!a->is_inner && a->guards->n < GUARDS_MAX)
            a->guards->at[a->guards->n++] = *m;
        reading_keep(a, m, true);
        return false; /* it never wins by itself: guard_of() */
    }
    if (pick_asks(m)) {
        pick_devices(&devices, a->t->names, m, a->room);
        m->place = devices.n ? devices.at[0]->area : NULL;
        for (size_t i = 0; i < devices.n; i++)
            if (a->room && devices.at[i]->area && strcmp(devices.at[i]->area, a->room) == 0)
                m->place = a->room;
    } else if (m->block->def && m->block->def->where == INTENT_AT_HOME) {
        m->reaches = pick_reaches(&m->only, a->t->names, m);
    }
    reading_keep(a, m, devices.n == 0);
    return devices.n > 0;
}

/* Nothing is meant, or nothing that may be done. */
static int answer_none(cJSON **ret, const struct asking *a, struct match *m, struct err *e)
{
    AUTO_STR why = STR_INIT;

    must(!m->is_spent || m->costly);
    if (m->block)
        str_add(&why, m->refused);
    else if (m->is_spent)
        str_addf(&why, "'%s' (%s line %d) is too intricate for this sentence: make it simpler", m->costly->text,
                 m->costly->file, m->costly->line);
    if (!a->is_brief && !m->is_spent)
        match_hint(m, a->query);
    *ret = a->is_brief && why.len == 0 ? cJSON_CreateObject() : hint_json(m, a->t);
    if (*ret && (why.failed || (why.len > 0 && !cJSON_AddStringToObject(*ret, "refused", str_text(&why)))))
        *ret = json_free(*ret);
    if (!*ret)
        return err_set(e, -ENOMEM, "intent: out of memory");
    if (why.len > 0)
        return err_set(e, -ENOENT, "the sentence is refused: %s", str_text(&why));
    return err_set(e, -ENOENT, "no sentence template matches");
}

static int answer(cJSON **ret, const struct asking *a, struct match *m, struct err *e)
{
    struct pick devices = { .n = 0 };
    bool asks;
    int r = 0;

    if (!m->block || m->refused)
        return answer_none(ret, a, m, e);
    must(m->block->def != NULL); /* others are refused */
    asks = pick_asks(m);
    if (asks) {
        pick_devices(&devices, a->t->names, m, a->room);
        must(devices.n > 0); /* the judge saw to it */
        if (devices.n > 1)
            r = err_set(e, -ENOTUNIQ, "several devices bear this name");
    }
    *ret = match_json(m, asks ? &devices : NULL);
    if (*ret && m->block->def->shape == SHAPE_HELP && !examples_json(*ret, a->t))
        *ret = json_free(*ret);
    return *ret ? r : err_set(e, -ENOMEM, "intent: out of memory");
}

static int ask(cJSON **ret, struct asking *a, const char *text, const char *room, struct err *e);

/* ---- what is not to be done ----------------------------------------------------------------- */

static bool slot_covers(const struct match_slot *slot, size_t at)
{
    return slot && at >= slot->from && at < slot->to;
}

/* The words that deny stand in the sentence itself, not in the name of what is meant: a scene called
 * "If only" may be started. */
static bool guard_holds(const struct match *guard, const struct match *m)
{
    const struct match_slot *name = match_slot(m, "name");

    must(guard->block && m->block);
    if (guard->s != m->s)
        return true;
    for (size_t at = 0; at < guard->s->len; at++) {
        bool is_free = false;

        for (size_t i = 0; i < guard->slots_n; i++)
            is_free |= slot_covers(&guard->slots[i], at);
        if (!is_free && guard->s->fold[at] != ' ' && !slot_covers(name, at))
            return true;
    }
    return false;
}

static bool acts(const struct match *m)
{
    return m->block && m->block->def && m->block->def->risk == RISK_ACTS && !m->refused;
}

static bool is_command(const struct asking *a, const char *text)
{
    struct asking inner = { .t = a->t, .is_inner = true, .is_brief = true };
    const struct intent_def *def;
    AUTO_JSON *found = NULL;
    const int r = ask(&found, &inner, text, a->room ? a->room : "", NULL);

    def = r == 0 || r == -ENOTUNIQ ? intents_find(json_str(found, "intent", "")) : NULL;
    return def && def->risk == RISK_ACTS;
}

/* Whether "{command}" of the guard is something that would be done; "n'allume pas la lampe" has it in
 * two parts. */
static bool guard_has_command(const struct asking *a, const struct match *guard)
{
    const struct match_slot *slot = match_slot(guard, "command");
    const struct match_slot *rest = match_slot(guard, "rest");
    AUTO_STR text = STR_INIT;

    if (!slot)
        return false;
    sentence_text(&text, guard->s, slot->from, slot->to);
    if (is_command(a, str_text(&text)))
        return true;
    if (!rest)
        return false;
    str_add_char(&text, ' ');
    sentence_text(&text, guard->s, rest->from, rest->to);
    return !text.failed && is_command(a, str_text(&text));
}

/* The reading that says that the sentence is not to be done, or not now; NULL: none does. Only one that
 * holds a command counts: "turn off every light" is no "every day", and talk is left to others. */
static struct match *guard_of(struct asking *a, const struct match *m)
{
    must(a->guards->n <= GUARDS_MAX);
    if (m->block && !acts(m))
        return NULL;
    for (size_t i = 0; i < a->guards->n; i++)
        if ((!m->block || guard_holds(&a->guards->at[i], m)) && guard_has_command(a, &a->guards->at[i]))
            return &a->guards->at[i];
    return NULL;
}

static bool add_source(cJSON *j, const struct tongue *t, const char *text)
{
    return cJSON_AddStringToObject(j, "language", t->language) &&
           cJSON_AddStringToObject(j, "text", text);
}

static int ask(cJSON **ret, struct asking *a, const char *text, const char *room, struct err *e)
{
    const char *known = names_area(a->t->names, room);
    struct pair area = { .key = "area", .value = known ? known : room };
    struct match_query q = { .catalog = a->t->catalog, .judge = judge, .user = a,
                             .context = room[0] ? &area : NULL };
    struct guards guards;
    struct sentence s;
    struct said said;
    struct match m;
    struct match *guard;
    int r = sentence_parse(&s, text, strlen(text), e);

    if (r < 0) {
        *ret = a->is_brief ? cJSON_CreateObject() : hint_json(NULL, a->t);
        return *ret ? err_wrap(e, -ENOENT, "no command") : -ENOMEM;
    }
    a->room = room[0] ? area.value : NULL;
    said_init(&said, &s, a->t->catalog);
    guards.n = 0;
    a->guards = &guards;
    q.said = &said;
    a->query = &q;
    match_find(&m, &q);
    guard = guard_of(a, &m);
    r = answer(ret, a, guard ? guard : &m, e);
    if (*ret && r != -ENOENT && !add_source(*ret, a->t, text)) {
        *ret = json_free(*ret);
        return err_set(e, -ENOMEM, "intent: out of memory");
    }
    must(r == -ENOMEM || *ret);
    return r;
}

int meaning_find(cJSON **ret, const struct tongue *t, const char *text, const char *room,
                 struct err *e)
{
    struct asking a = { .t = t };

    *ret = NULL;
    return ask(ret, &a, text, room, e);
}

int meaning_try(cJSON **ret, const struct tongue *t, const char *text, const char *room)
{
    struct asking a = { .t = t, .is_brief = true };

    *ret = NULL;
    return ask(ret, &a, text, room, NULL);
}

static bool complaints_json(cJSON *j, const struct tongue *t)
{
    cJSON *list = cJSON_AddArrayToObject(j, "complaints");
    const char *at = str_text(&t->complaints);

    while (list && *at) {
        size_t len = strcspn(at, "\n");
        AUTO_STR line = STR_INIT;

        str_add_bytes(&line, at, len);
        if (line.failed || !json_push(list, cJSON_CreateString(str_text(&line))))
            return false;
        at += len + (at[len] == '\n');
    }
    return list != NULL;
}

int meaning_explain(cJSON **ret, const struct tongue *t, const char *text, const char *room,
                    struct err *e)
{
    AUTO_JSON *j = cJSON_CreateObject();
    struct asking a = { .t = t, .readings = j ? cJSON_AddArrayToObject(j, "readings") : NULL };
    struct err told = ERR_INIT;
    cJSON *meaning = NULL;
    int r = a.readings ? ask(&meaning, &a, text, room, &told) : -ENOMEM;

    if (meaning && !json_put(j, "meaning", meaning))
        r = -ENOMEM;
    if (r == -ENOMEM || a.failed || !add_source(j, t, text) ||
        !cJSON_AddNumberToObject(j, "code", r) ||
        !cJSON_AddStringToObject(j, "words", r ? err_text(&told) : "") || !complaints_json(j, t))
        return err_set(e, -ENOMEM, "intent: out of memory");
    *ret = STEAL(j);
    return 0;
}
