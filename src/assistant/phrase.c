/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrase.c - from what was done to what is said.
 *
 * A phrase is made in two steps that know nothing of one another: the places are filled with all
 * that is known, and the keys are written down from the most special to the least; reply_make()
 * takes the first key whose sentence has all its places. */
#include "assistant/phrase.h"

#include "assistant/answers.h"
#include "base/must.h"
#include "core/house.h"
#include "core/intents.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { PHRASE_NAMES_MAX = 3, PHRASE_KEY_BYTES = 48 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A phrase under way: the places' texts are owned here. */
struct phrase {
    struct reply *r;
    const struct phrase_facts *f;
    const struct intent_def *def; /* NULL: an intent without a row */
    const char *intent;
    const cJSON *slots, *devices;
    size_t devices_n;
    const char *wanted; /* the state that was asked about, or NULL */
    const char *kind, *class; /* what all devices are, or NULL */
    struct str place[PLACE_N];
    char keys[REPLY_KEYS_MAX][PHRASE_KEY_BYTES];
    size_t keys_n;
};

/* A slot that sets something: where its value is told, and what the device says of it afterwards. */
static const struct slot_row {
    const char *slot;
    enum reply_place place;
    const char *did;   /* the command of a step, with the value it came to; NULL: no step */
    enum reply_place result;
} slot_rows[] = {
    { "brightness_step", PLACE_STEP, "brightness", PLACE_BRIGHTNESS },
    { "color_temp_step", PLACE_STEP, "color_temp", PLACE_WARMTH },
    { "position_step", PLACE_STEP, "position", PLACE_POSITION },
    { "temperature_step", PLACE_STEP, "temperature", PLACE_TEMPERATURE },
    { "brightness", PLACE_BRIGHTNESS, NULL, PLACE_N },
    { "color", PLACE_COLOR, NULL, PLACE_N },
    { "color_temp", PLACE_WARMTH, NULL, PLACE_N },
    { "position", PLACE_POSITION, NULL, PLACE_N },
    { "temperature", PLACE_TEMPERATURE, NULL, PLACE_N },
};

/* ---- slots and devices --------------------------------------------------------------------- */

static const cJSON *slot_get(const struct phrase *p, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(p->slots, name);
}

static const char *slot_value(const struct phrase *p, const char *name)
{
    return json_str(slot_get(p, name), "value", NULL);
}

/* A number with its unit, where the language's words have one for what it is. */
static void number_say(struct str *out, const struct reply *r, enum reply_place place, double n)
{
    const char *places[PLACE_N] = { NULL };
    AUTO_STR number = STR_INIT;

    reply_number(&number, r, n);
    places[place] = str_text(&number);
    if (place == PLACE_WARMTH && reply_words(out, r, "kelvin", places))
        return;
    if (place == PLACE_TEMPERATURE &&
        reply_words(out, r, fabs(n) == 1 ? "degree" : "degrees", places))
        return;
    str_add(out, str_text(&number));
}

/* A slot as people said it; numbers come from the value ("fifty" -> 50), and a step without its sign.
 * A number that was said in words that are no number ("warm white") is said so. */
static void slot_say(struct str *out, const struct phrase *p, const struct slot_row *row)
{
    const cJSON *slot = slot_get(p, row->slot);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(slot, "value");
    const char *text = json_str(slot, "text", NULL);

    if (row->place == PLACE_WARMTH && text && !isdigit((unsigned char)text[0]))
        reply_plain(out, p->r, text);
    else if (cJSON_IsNumber(value))
        number_say(out, p->r, row->place, row->did ? fabs(value->valuedouble) : value->valuedouble);
    else
        reply_plain(out, p->r, text ? text : json_str(slot, "value", ""));
}

static const cJSON *device_state(const cJSON *device)
{
    return cJSON_GetObjectItemCaseSensitive(device, "state");
}

/* The state itself: the whole of it, or a member of an object. */
static const cJSON *device_value(const cJSON *device)
{
    const cJSON *state = device_state(device);

    return cJSON_IsObject(state) ? cJSON_GetObjectItemCaseSensitive(state, "state") : state;
}

static bool device_is_old(const cJSON *device)
{
    return json_bool(device_state(device), "stale", false);
}

/* What home tells of the device, else what the registry knows. */
static const char *device_about(const struct phrase *p, const cJSON *device, const char *key)
{
    const char *id = json_str(device, "id", ""), *here = json_str(device, key, NULL);
    const cJSON *d;

    if (here)
        return here;
    cJSON_ArrayForEach(d, p->f->registry)
        if (strcmp(json_str(d, "id", ""), id) == 0)
            return json_str(d, key, NULL);
    return NULL;
}

/* What all devices share; NULL: they differ, or there are none. */
static const char *devices_share(const struct phrase *p, const char *key)
{
    const char *shared = NULL, *one;
    const cJSON *d;

    cJSON_ArrayForEach(d, p->devices)
    {
        one = device_about(p, d, key);
        if (!one || one[0] == '\0' || (shared && strcmp(shared, one) != 0))
            return NULL;
        shared = one;
    }
    return shared;
}

/* Has it told anything? One that has not answers neither yes nor no. */
static bool device_is_known(const cJSON *device)
{
    const cJSON *state = device_value(device);

    return cJSON_IsNumber(state) || cJSON_IsBool(state) ||
           (cJSON_IsString(state) && state->valuestring[0] != '\0' &&
            strcmp(state->valuestring, "unknown") != 0);
}

/* Adds the state for speaking; false where it is not known. */
static bool device_say_state(struct str *out, const struct phrase *p, const cJSON *device,
                             unsigned form)
{
    const cJSON *state = device_value(device);
    const char *unit = json_str(device_state(device), "unit", "");

    if (cJSON_IsNumber(state))
        reply_number(out, p->r, state->valuedouble);
    else if (cJSON_IsBool(state))
        str_add(out, reply_state(p->r, cJSON_IsTrue(state) ? "on" : "off", form));
    else if (device_is_known(device))
        str_add(out, reply_state(p->r, state->valuestring, form));
    else
        return false;
    if (unit[0] != '\0')
        str_addf(out, " %s", unit);
    return true;
}

/* Does the device answer a question about `wanted`? NULL: every device does. */
static bool device_is(const cJSON *device, const char *wanted)
{
    const cJSON *state = device_value(device);

    if (!wanted)
        return true;
    if (cJSON_IsBool(state))
        return strcmp(wanted, cJSON_IsTrue(state) ? "on" : "off") == 0;
    return cJSON_IsString(state) && state_word_is(state->valuestring, wanted);
}

static size_t devices_known(const struct phrase *p)
{
    size_t n = 0;
    const cJSON *d;

    cJSON_ArrayForEach(d, p->devices) n += device_is_known(d) ? 1 : 0;
    must(n <= p->devices_n);
    return n;
}

static size_t devices_that_are(const struct phrase *p, const char *wanted)
{
    size_t n = 0;
    const cJSON *d;

    cJSON_ArrayForEach(d, p->devices) n += device_is(d, wanted) ? 1 : 0;
    return n;
}

/* ---- lists of names ------------------------------------------------------------------------ */

struct name_list { /* zeroed: empty */
    struct str texts[PHRASE_LIST_MAX];
    size_t n, all;
    unsigned form; /* of the first; of several, when it is said */
};

static bool room_is_needed(const struct phrase *p, const cJSON *among, const cJSON *device)
{
    const char *name = json_str(device, "name", ""), *area = device_about(p, device, "area");
    const cJSON *d;

    cJSON_ArrayForEach(d, among)
    {
        const char *other = device_about(p, d, "area");

        if (d != device && area && area[0] != '\0' && strcasecmp(json_str(d, "name", ""), name) == 0 &&
            strcasecmp(other ? other : "", area) != 0)
            return true;
    }
    return false;
}

/* The device's name; with its room where one of the others bears the same: "the ceiling light in the
 * kitchen and the ceiling light in the hall". */
static unsigned device_say(struct str *out, const struct phrase *p, const cJSON *device,
                           const cJSON *among)
{
    const char *places[PLACE_N] = { NULL };
    AUTO_STR name = STR_INIT, room = STR_INIT;
    unsigned form = reply_name(&name, p->r, json_str(device, "name", "?"));

    if (room_is_needed(p, among, device)) {
        reply_name(&room, p->r, device_about(p, device, "area"));
        places[PLACE_NAME] = str_text(&name);
        places[PLACE_AREA] = str_text(&room);
        if (reply_words(out, p->r, "where", places))
            return form;
    }
    str_add(out, str_text(&name));
    return form;
}

/* One of `among`. */
static void list_add(struct name_list *l, const struct phrase *p, const cJSON *device,
                     const cJSON *among)
{
    unsigned form;

    if (json_str(device, "name", "")[0] == '\0' || l->all++ >= PHRASE_LIST_MAX)
        return;
    form = device_say(&l->texts[l->n++], p, device, among);
    must(l->n <= l->all && l->n <= PHRASE_LIST_MAX);
    l->form = l->n == 1 ? form : (l->form & form & FORM_FEMININE) | FORM_PLURAL;
}

static void list_done(struct name_list *l)
{
    while (l->n > 0)
        str_done(&l->texts[--l->n]);
}

/* Says the first `most`, and how many more there are. Returns the form; empties the list. */
static unsigned list_say(struct str *out, const struct reply *r, struct name_list *l, size_t most)
{
    const char *items[PHRASE_LIST_MAX + 1];
    const char *places[PLACE_N] = { NULL };
    AUTO_STR more = STR_INIT;
    char count[24];
    size_t n = l->n < most ? l->n : most;

    must(most <= PHRASE_LIST_MAX && l->n <= PHRASE_LIST_MAX);
    for (size_t i = 0; i < n; i++)
        items[i] = str_text(&l->texts[i]);
    if (l->all > n) {
        snprintf(count, sizeof(count), "%zu", l->all - n);
        places[PLACE_COUNT] = count;
        reply_words(&more, r, "more", places);
        items[n++] = str_text(&more);
    }
    reply_join(out, r, "and", items, n);
    list_done(l);
    must(l->form < FORM_N);
    return l->all > 1 ? l->form | FORM_PLURAL : l->form;
}

/* ---- places -------------------------------------------------------------------------------- */

/* A scene has a title: "Activated movie night." */
static void place_title(struct phrase *p)
{
    const cJSON *slot = slot_get(p, "name");
    const char *name = p->devices_n == 1 ? json_str(p->devices->child, "name", NULL) : NULL;

    reply_plain(&p->place[PLACE_TITLE], p->r,
                name ? name : json_str(slot, "text", json_str(slot, "value", "")));
}

/* {is} and {was} agree with {name}. */
static void place_verbs(struct phrase *p, unsigned form)
{
    str_add(&p->place[PLACE_IS], reply_verb(p->r, "is", form));
    str_add(&p->place[PLACE_WAS], reply_verb(p->r, "was", form));
}

/* Those that are meant: with `wanted` only those (or, with `others`, only the rest). Few enough to
 * be listened to; else a sentence with {count} or {all} fits. */
static unsigned place_name(struct phrase *p, const char *wanted, bool others)
{
    struct name_list l = { 0 };
    size_t most = wanted ? PHRASE_LIST_MAX : PHRASE_NAMES_MAX;
    const cJSON *d;
    unsigned form = 0;

    cJSON_ArrayForEach(d, p->devices)
        if (!wanted || (device_is_known(d) && device_is(d, wanted) != others))
            list_add(&l, p, d, p->devices);
    if (l.all > 0 && !wanted && l.all > most)
        list_done(&l); /* too many to be listened to */
    else if (l.all > 0)
        form = list_say(&p->place[PLACE_NAME], p->r, &l, most);
    else if (slot_get(p, "name") && !wanted)
        form = reply_name(&p->place[PLACE_NAME], p->r,
                          json_str(slot_get(p, "name"), "text", json_str(slot_get(p, "name"),
                                                                         "value", "")));
    return form;
}

/* "the lamp is on, the fan was off when I last heard" */
static void place_list(struct phrase *p)
{
    const cJSON *d;
    size_t n = 0;

    cJSON_ArrayForEach(d, p->devices)
    {
        AUTO_STR state = STR_INIT, name = STR_INIT;
        const char *places[PLACE_N] = { NULL };
        unsigned form = device_say(&name, p, d, p->devices);

        if (n == PHRASE_LIST_MAX || !device_say_state(&state, p, d, form))
            continue;
        if (n++ > 0)
            str_add(&p->place[PLACE_LIST], ", ");
        places[PLACE_NAME] = str_text(&name);
        places[PLACE_STATE] = str_text(&state);
        places[PLACE_IS] = reply_verb(p->r, "is", form);
        places[PLACE_WAS] = reply_verb(p->r, "was", form);
        reply_words(&p->place[PLACE_LIST], p->r, device_is_old(d) ? "item_old" : "item", places);
    }
}

/* A thermostat tells the measured temperature, a sensor only its state. */
static void place_temperature(struct phrase *p)
{
    static const char *const keys[] = { "temperature", "state" };
    const cJSON *state = device_state(p->devices ? p->devices->child : NULL);

    if (p->place[PLACE_TEMPERATURE].len > 0)
        return;
    if (cJSON_IsNumber(state))
        number_say(&p->place[PLACE_TEMPERATURE], p->r, PLACE_TEMPERATURE, state->valuedouble);
    for (size_t i = 0; i < COUNT(keys) && p->place[PLACE_TEMPERATURE].len == 0; i++) {
        const cJSON *t = cJSON_GetObjectItemCaseSensitive(state, keys[i]);

        if (cJSON_IsNumber(t))
            number_say(&p->place[PLACE_TEMPERATURE], p->r, PLACE_TEMPERATURE, t->valuedouble);
    }
}

/* The room of the devices, not that of the box; what was said where they stand in several. */
static void place_area(struct phrase *p)
{
    const char *area = devices_share(p, "area");
    const cJSON *slot = slot_get(p, "area");

    if (!area && slot && p->devices_n != 1)
        area = json_str(slot, "text", json_str(slot, "value", NULL));
    if (area)
        reply_name(&p->place[PLACE_AREA], p->r, area);
}

/* What was done to the device: {command: value}; NULL: nothing, or home did not say. */
static const cJSON *device_did(const cJSON *device)
{
    return cJSON_GetObjectItemCaseSensitive(device, "did");
}

/* What was set; after a step of one device also what it came to. */
static void place_slots(struct phrase *p)
{
    const cJSON *did = device_did(p->devices ? p->devices->child : NULL);

    for (size_t i = 0; i < COUNT(slot_rows); i++) {
        const struct slot_row *row = &slot_rows[i];
        const cJSON *now = row->did ? cJSON_GetObjectItemCaseSensitive(did, row->did) : NULL;

        if (!slot_get(p, row->slot))
            continue;
        if (p->place[row->place].len == 0)
            slot_say(&p->place[row->place], p, row);
        if (p->devices_n == 1 && cJSON_IsNumber(now) && p->place[row->result].len == 0)
            number_say(&p->place[row->result], p->r, row->result, now->valuedouble);
    }
}

static void place_kinds(struct phrase *p)
{
    const char *words[2] = { NULL, NULL };

    for (enum reply_several all = SEVERAL_MEANT; all <= SEVERAL_ALL; all++) {
        words[all] = reply_kinds(p->r, p->class, all);
        if (!words[all])
            words[all] = reply_kinds(p->r, p->kind, all);
    }
    str_add(&p->place[PLACE_KINDS], words[0]);
    str_add(&p->place[PLACE_ALL], words[1]);
}

/* "3 lights", "3 lights in the kitchen": what they all are, and the room that they share. */
static void place_counted(struct phrase *p)
{
    const char *shared[] = { devices_share(p, "class"), devices_share(p, "kind"), "device" };
    const char *places[PLACE_N] = { NULL }, *kinds = NULL;
    AUTO_STR what = STR_INIT;

    for (size_t i = 0; i < COUNT(shared) && !kinds; i++)
        kinds = reply_kinds(p->r, shared[i], SEVERAL_COUNTED);
    if (!kinds || p->devices_n < 2)
        return; /* a language's words may lack it */
    str_addf(&what, "%zu %s", p->devices_n, kinds);
    places[PLACE_NAME] = str_text(&what);
    places[PLACE_AREA] = str_text(&p->place[PLACE_AREA]);
    if (!devices_share(p, "area") || !reply_words(&p->place[PLACE_COUNTED], p->r, "where", places))
        str_add(&p->place[PLACE_COUNTED], str_text(&what));
}

/* What is said of the state, and of whom: see keys_of_state(). */
static void place_state(struct phrase *p, unsigned form)
{
    bool is_no = p->wanted && p->devices_n > 1 &&
                 strcmp(json_str(p->f->intent, "response", ""), "all") == 0;
    const cJSON *d;

    if (p->devices_n == 1) {
        device_say_state(&p->place[PLACE_STATE], p, p->devices->child, form);
        return;
    }
    if (!is_no || devices_that_are(p, p->wanted) == devices_known(p)) {
        if (p->wanted)
            str_add(&p->place[PLACE_STATE], reply_state(p->r, p->wanted, form));
        return;
    }
    cJSON_ArrayForEach(d, p->devices) /* "No, the bedroom lamp is on." */
        if (device_is_known(d) && !device_is(d, p->wanted) && p->place[PLACE_STATE].len == 0)
            device_say_state(&p->place[PLACE_STATE], p, d, form);
}

static void phrase_places(struct phrase *p)
{
    const char *response = json_str(p->f->intent, "response", "");
    bool all = p->wanted && strcmp(response, "all") == 0 &&
               devices_that_are(p, p->wanted) < devices_known(p);
    enum intent_shape shape = p->def ? p->def->shape : SHAPE_DONE;
    unsigned form = place_name(p, p->devices_n > 1 ? p->wanted : NULL, p->devices_n > 1 && all);

    if (all || p->devices_n == 1 || !p->wanted || strcmp(response, "all") != 0)
        place_verbs(p, form);
    else
        form = 0; /* "everything is on" */
    place_title(p);
    place_area(p);
    place_slots(p);
    place_list(p);
    place_temperature(p);
    place_kinds(p);
    place_counted(p);
    place_state(p, form);
    str_addf(&p->place[PLACE_COUNT], "%zu", p->wanted ? devices_that_are(p, p->wanted) : p->devices_n);
    if (shape == SHAPE_TIME)
        reply_time(&p->place[PLACE_TIME], p->r, p->f->wall_usec);
    if (shape == SHAPE_DATE)
        reply_date(&p->place[PLACE_DATE], p->r, p->f->wall_usec);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void key_add(struct phrase *p, const char *before, const char *key)
{
    int n;

    must(p->keys_n <= REPLY_KEYS_MAX);
    if (p->keys_n == REPLY_KEYS_MAX || (!before && !key))
        return;
    n = snprintf(p->keys[p->keys_n], PHRASE_KEY_BYTES, "%s%s%s", before ? before : "",
                 before && key ? "_" : "", key ? key : "");
    if (n > 0 && n < PHRASE_KEY_BYTES)
        p->keys_n++;
}

/* A room was said instead of a name, or neither, or "all"; with an exception it is not all of them. */
static const char *phrase_scope(const struct phrase *p)
{
    const char *name = slot_value(p, "name");

    if (slot_get(p, "name") && (!name || strcmp(name, "all") != 0))
        return NULL;
    for (size_t i = 0; i < INTENT_EXCEPTS_N; i++)
        if (slot_get(p, intents_excepts[i].slot))
            return NULL;
    if (p->place[PLACE_AREA].len > 0 && (slot_get(p, "area") || (p->def && p->def->shape == SHAPE_TEMPERATURE)))
        return "area";
    return name || p->devices_n > 1 ? "all" : NULL;
}

static void keys_of_one_state(struct phrase *p)
{
    const cJSON *device = p->devices->child;

    if (!json_bool(device_state(device), "available", true))
        key_add(p, NULL, p->place[PLACE_STATE].len > 0 ? "away" : "away_unknown");
    if (p->place[PLACE_STATE].len == 0)
        key_add(p, NULL, "unknown");
    if (device_is_old(device))
        key_add(p, NULL, "old");
    if (p->wanted)
        key_add(p, NULL, device_is(device, p->wanted) ? "yes" : "no");
}

/* "which" names them, "all" says yes or no, else those that are so are named. */
static void keys_of_state(struct phrase *p)
{
    size_t n = devices_that_are(p, p->wanted);
    const char *response = json_str(p->f->intent, "response", "");

    if (p->devices_n == 1)
        keys_of_one_state(p);
    if (!p->wanted || p->devices_n < 2)
        return;
    if (devices_known(p) == 0)
        key_add(p, NULL, "unknown_all");
    else if (strcmp(response, "all") == 0)
        key_add(p, n == devices_known(p) ? "yes" : "no", "all");
    else if (strcmp(response, "any") == 0)
        key_add(p, n > 0 ? "yes" : "no", "any");
    key_add(p, NULL, n == 0 ? "none" : "some");
    if (n == 0)
        key_add(p, NULL, "nothing");
}

/* What was set: "brightness_up_to", "brightness_up", "brightness_area", "brightness". */
static void keys_of_slots(struct phrase *p, const char *scope)
{
    for (size_t i = 0; i < COUNT(slot_rows); i++) {
        const struct slot_row *row = &slot_rows[i];
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(slot_get(p, row->slot), "value");
        char key[PHRASE_KEY_BYTES];

        if (!slot_get(p, row->slot))
            continue;
        if (!row->did) {
            str_copy(key, sizeof(key), row->slot);
        } else {
            snprintf(key, sizeof(key), "%.*s_%s", (int)(strlen(row->slot) - strlen("_step")),
                     row->slot, cJSON_IsNumber(value) && value->valuedouble < 0 ? "down" : "up");
            if (p->place[row->result].len > 0)
                key_add(p, key, "to");
        }
        if (scope)
            key_add(p, key, scope);
        key_add(p, NULL, key);
    }
}

/* What was done, where it was the same to all devices ("off", of a toggle). */
static void keys_of_result(struct phrase *p)
{
    const cJSON *did = device_did(p->devices ? p->devices->child : NULL), *d;
    const char *command = did && did->child ? did->child->string : NULL;

    if (!command || did->child->next)
        return;
    cJSON_ArrayForEach(d, p->devices)
        if (!cJSON_GetObjectItemCaseSensitive(device_did(d), command))
            return;
    key_add(p, p->devices_n > 1 ? "now_many" : "now", command);
}

/* What was meant: "blind_area", "cover_area", "area"; "cover"; "many". */
static void keys_of_scope(struct phrase *p, const char *scope)
{
    if (p->class)
        key_add(p, p->class, scope);
    if (p->kind)
        key_add(p, p->kind, scope);
    if (scope && p->place[PLACE_KINDS].len > 0)
        key_add(p, "kinds", scope);
    if (scope)
        key_add(p, NULL, scope);
    if (p->devices_n > 1)
        key_add(p, NULL, "many");
}

static void phrase_keys(struct phrase *p)
{
    const char *scope = phrase_scope(p), *response = json_str(p->f->intent, "response", NULL);
    enum intent_shape shape = p->def ? p->def->shape : SHAPE_DONE;

    if (shape == SHAPE_STATE)
        keys_of_state(p);
    if (response && strcmp(response, "default") != 0)
        key_add(p, NULL, response);
    keys_of_slots(p, scope);
    if (shape == SHAPE_DONE)
        keys_of_result(p);
    keys_of_scope(p, scope);
    if (shape == SHAPE_TEMPERATURE && p->place[PLACE_TEMPERATURE].len == 0)
        key_add(p, NULL, "unknown");
}

/* ---- the whole ----------------------------------------------------------------------------- */

static void phrase_init(struct phrase *p, struct reply *r, const struct phrase_facts *f)
{
    const char *kind, *class;

    *p = (struct phrase){
        .r = r, .f = f,
        .intent = json_str(f->intent, "intent", ""),
        .slots = cJSON_GetObjectItemCaseSensitive(f->intent, "slots"),
        .devices = cJSON_GetObjectItemCaseSensitive(f->acted, "devices"),
    };
    p->def = intents_find(p->intent);
    p->wanted = slot_value(p, "state");
    p->devices_n = (size_t)cJSON_GetArraySize(p->devices);
    kind = slot_value(p, "domain");
    class = slot_value(p, "device_class");
    p->kind = kind ? kind : devices_share(p, "kind");
    p->class = class ? class : devices_share(p, "class");
}

static void phrase_make(struct str *out, struct phrase *p)
{
    struct reply_choice c = { .intent = p->intent };

    for (size_t i = 0; i < PLACE_N; i++)
        c.places[i] = p->place[i].len > 0 ? str_text(&p->place[i]) : NULL;
    for (size_t i = 0; i < p->keys_n; i++)
        c.keys[c.n++] = p->keys[i];
    reply_make(out, p->r, &c);
}

static void phrase_end(struct phrase *p)
{
    for (size_t i = 0; i < PLACE_N; i++)
        str_done(&p->place[i]);
}

/* Those that were missed for this cause, in a sentence of `words`; without a cause: away. */
static void phrase_missed(struct str *out, const struct phrase *p, const char *cause,
                          const char *words)
{
    const cJSON *missed = cJSON_GetObjectItemCaseSensitive(p->f->acted, "missed"), *d;
    struct name_list l = { 0 };
    AUTO_STR names = STR_INIT, text = STR_INIT;
    const char *places[PLACE_N] = { NULL };
    unsigned form;

    cJSON_ArrayForEach(d, missed)
        if (strcmp(json_str(d, "cause", "away"), cause) == 0)
            list_add(&l, p, d, missed);
    if (l.all == 0)
        return;
    form = list_say(&names, p->r, &l, PHRASE_NAMES_MAX);
    places[PLACE_NAME] = str_text(&names);
    places[PLACE_WAS] = reply_verb(p->r, "was", form);
    if (!reply_words(&text, p->r, words, places) || text.failed)
        return;
    text.data[0] = (char)toupper((unsigned char)text.data[0]);
    str_addf(out, " %s", str_text(&text));
}

/* Those that have told nothing are left out of the answer, and that is said. */
static void phrase_unsure(struct str *out, const struct phrase *p)
{
    const char *places[PLACE_N] = { NULL };
    struct name_list l = { 0 };
    AUTO_STR names = STR_INIT;
    const cJSON *d;

    if (!p->wanted || p->devices_n < 2 || !p->def || p->def->shape != SHAPE_STATE ||
        devices_known(p) == 0)
        return;
    cJSON_ArrayForEach(d, p->devices)
        if (!device_is_known(d))
            list_add(&l, p, d, p->devices);
    if (l.all == 0)
        return;
    list_say(&names, p->r, &l, PHRASE_NAMES_MAX);
    places[PLACE_NAME] = str_text(&names);
    str_add_char(out, ' ');
    reply_words(out, p->r, "unsure", places);
}

/* An answer about several of which some have told nothing since the start: it may be otherwise. Where
 * each is told by itself, and of a single one, the sentence says so already. */
static void phrase_old(struct str *out, const struct phrase *p)
{
    static const char *const none[PLACE_N] = { NULL };
    bool is_old = false;
    const cJSON *d;

    cJSON_ArrayForEach(d, p->devices) is_old = is_old || device_is_old(d);
    if (!is_old || !p->wanted || p->devices_n < 2 || !p->def || p->def->shape != SHAPE_STATE)
        return;
    str_add_char(out, ' ');
    reply_words(out, p->r, "old", none);
}

void phrase_done(struct str *out, struct reply *r, const struct phrase_facts *f)
{
    struct phrase p;

    phrase_init(&p, r, f);
    phrase_places(&p);
    must(p.place[PLACE_COUNT].len > 0 || p.place[PLACE_COUNT].failed);
    phrase_keys(&p);
    if (!answers_try(out, r, f))
        phrase_make(out, &p);
    phrase_missed(out, &p, "away", "missed");     /* "The bedroom lamp did not answer." */
    phrase_missed(out, &p, "unknown", "unsure"); /* one that is off was meant to stay so */
    phrase_missed(out, &p, "kept", "kept");      /* an undo does not open a door */
    phrase_missed(out, &p, "before", "before");  /* nor does it guess */
    phrase_old(out, &p);
    phrase_unsure(out, &p);
    phrase_end(&p);
}

void phrase_confirm(struct str *out, struct reply *r, const struct phrase_facts *f)
{
    struct phrase p;

    phrase_init(&p, r, f);
    phrase_places(&p);
    for (size_t i = 0; i < COUNT(slot_rows); i++)
        if (slot_get(&p, slot_rows[i].slot))
            key_add(&p, "confirm", slot_rows[i].slot);
    if (p.class)
        key_add(&p, "confirm", p.class);
    if (p.kind)
        key_add(&p, "confirm", p.kind);
    key_add(&p, NULL, "confirm");
    phrase_make(out, &p);
    phrase_end(&p);
}

bool phrase_impossible(struct str *out, struct reply *r, const cJSON *intent)
{
    const struct phrase_facts f = { .intent = intent };
    struct reply_choice c = { .intent = json_str(intent, "intent", "") };
    struct phrase p;

    phrase_init(&p, r, &f);
    for (size_t i = 0; i < COUNT(slot_rows); i++)
        if (slot_get(&p, slot_rows[i].slot))
            key_add(&p, "impossible", slot_rows[i].slot);
    for (size_t i = 0; i < p.keys_n; i++)
        c.keys[c.n++] = p.keys[i];
    return reply_try(out, r, &c);
}
