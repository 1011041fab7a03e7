/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/phrase.c - from what was done to what is said. */
#include "assistant/phrase.h"

#include <ctype.h>
#include <string.h>

enum { PHRASE_NAMES_MAX = 3, PHRASE_LIST_MAX = 6, PHRASE_KEY_BYTES = 48 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A phrase under way: the places' texts are owned here. */
struct phrase {
    struct reply *r;
    const struct phrase_facts *f;
    const char *intent;
    const cJSON *slots, *devices;
    size_t devices_n;
    const char *kind; /* what all devices are, or NULL */
    struct str place[PLACE_N];
    char keys[REPLY_KEYS_MAX][PHRASE_KEY_BYTES];
    size_t keys_n;
};

static const struct {
    const char *slot;
    enum reply_place place;
} slot_places[] = {
    { "area", PLACE_AREA },         { "brightness", PLACE_BRIGHTNESS },
    { "color", PLACE_COLOR },       { "position", PLACE_POSITION },
    { "temperature", PLACE_TEMPERATURE },
};

/* ---- slots and devices ----------------------------------------------------------------- */

static const cJSON *slot_get(const struct phrase *p, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(p->slots, name);
}

/* A name as it stands within a sentence: "Kitchen light" -> "kitchen light", "TV corner" stays. */
static void say_name(struct str *out, const char *name)
{
    if (isupper((unsigned char)name[0]) && islower((unsigned char)name[1])) {
        str_add_char(out, (char)tolower((unsigned char)name[0]));
        name++;
    }
    str_add(out, name);
}

/* A slot as people said it; numbers come from the value ("fifty" -> 50). */
static void slot_say(struct str *out, const struct phrase *p, const char *name)
{
    const cJSON *slot = slot_get(p, name);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(slot, "value");

    if (cJSON_IsNumber(value))
        reply_number(out, p->r, value->valuedouble);
    else
        say_name(out, json_str(slot, "text", json_str(slot, "value", "")));
}

static const char *slot_value(const struct phrase *p, const char *name)
{
    return json_str(slot_get(p, name), "value", NULL);
}

/* The state itself: the whole of it, or a member of an object. */
static const cJSON *device_state(const cJSON *device)
{
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(device, "state");

    return cJSON_IsObject(state) ? cJSON_GetObjectItemCaseSensitive(state, "state") : state;
}

/* Adds the state for speaking; false where it is not known. */
static bool device_say_state(struct str *out, const struct phrase *p, const cJSON *device)
{
    const cJSON *state = device_state(device);
    const char *unit = json_str(cJSON_GetObjectItemCaseSensitive(device, "state"), "unit", "");

    if (cJSON_IsNumber(state))
        reply_number(out, p->r, state->valuedouble);
    else if (cJSON_IsBool(state))
        str_add(out, reply_state(p->r, cJSON_IsTrue(state) ? "on" : "off"));
    else if (cJSON_IsString(state) && state->valuestring[0] != '\0' &&
             strcmp(state->valuestring, "unknown") != 0)
        str_add(out, reply_state(p->r, state->valuestring));
    else
        return false;
    if (unit[0] != '\0')
        str_addf(out, " %s", unit);
    return true;
}

static const char *device_kind(const struct phrase *p, const cJSON *device)
{
    const char *id = json_str(device, "id", ""), *kind = json_str(device, "kind", NULL);
    const cJSON *d;

    if (kind)
        return kind;
    cJSON_ArrayForEach(d, p->f->registry)
        if (strcmp(json_str(d, "id", ""), id) == 0)
            return json_str(d, "kind", NULL);
    return NULL;
}

/* The kind that was named, else the one that all devices share. */
static const char *phrase_kind(const struct phrase *p)
{
    const char *kind = slot_value(p, "domain"), *one;
    const cJSON *d;

    if (kind)
        return kind;
    cJSON_ArrayForEach(d, p->devices)
    {
        one = device_kind(p, d);
        if (!one || (kind && strcmp(kind, one) != 0))
            return NULL;
        kind = one;
    }
    return kind;
}

/* ---- places ---------------------------------------------------------------------------- */

/* Does the device answer a question about `wanted`? NULL: every device does. */
static bool device_is(const cJSON *device, const char *wanted)
{
    const cJSON *state = device_state(device);

    if (!wanted)
        return true;
    if (cJSON_IsBool(state))
        return strcmp(wanted, cJSON_IsTrue(state) ? "on" : "off") == 0;
    return cJSON_IsString(state) && strcasecmp(wanted, state->valuestring) == 0;
}

/* The names of the devices meant, few enough to be listened to. */
static void place_name(struct phrase *p, const char *wanted)
{
    struct str names[PHRASE_NAMES_MAX] = { STR_INIT };
    const char *texts[PHRASE_NAMES_MAX];
    size_t n = 0, named = 0;
    const cJSON *d;

    cJSON_ArrayForEach(d, p->devices)
    {
        const char *name = json_str(d, "name", "");

        if (name[0] == '\0' || !device_is(d, wanted) || named++ >= PHRASE_NAMES_MAX)
            continue;
        say_name(&names[n], name);
        texts[n] = str_text(&names[n]);
        n++;
    }
    if (named == 0)
        slot_say(&p->place[PLACE_NAME], p, "name");
    else if (named <= PHRASE_NAMES_MAX) /* else a sentence with {count} fits */
        reply_join(&p->place[PLACE_NAME], p->r, texts, n);
    while (n > 0)
        str_done(&names[--n]);
}

static void place_list(struct phrase *p)
{
    const cJSON *d;
    size_t n = 0;

    cJSON_ArrayForEach(d, p->devices)
    {
        AUTO_STR state = STR_INIT, name = STR_INIT;

        if (n == PHRASE_LIST_MAX || !device_say_state(&state, p, d))
            continue;
        if (n++ > 0)
            str_add(&p->place[PLACE_LIST], ", ");
        say_name(&name, json_str(d, "name", "?"));
        reply_item(&p->place[PLACE_LIST], p->r, str_text(&name), str_text(&state));
    }
}

static size_t devices_that_are(const struct phrase *p, const char *wanted)
{
    size_t n = 0;
    const cJSON *d;

    cJSON_ArrayForEach(d, p->devices) n += device_is(d, wanted) ? 1 : 0;
    return n;
}

/* A thermostat tells the measured temperature, a sensor only its state. */
static void place_temperature(struct phrase *p)
{
    static const char *const keys[] = { "temperature", "state" };
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(p->devices ? p->devices->child : NULL,
                                                          "state");

    if (p->place[PLACE_TEMPERATURE].len > 0)
        return;
    if (cJSON_IsNumber(state))
        reply_number(&p->place[PLACE_TEMPERATURE], p->r, state->valuedouble);
    for (size_t i = 0; i < COUNT(keys) && p->place[PLACE_TEMPERATURE].len == 0; i++) {
        const cJSON *t = cJSON_GetObjectItemCaseSensitive(state, keys[i]);

        if (cJSON_IsNumber(t))
            reply_number(&p->place[PLACE_TEMPERATURE], p->r, t->valuedouble);
    }
}

static void phrase_places(struct phrase *p, const char *wanted)
{
    const struct local_row *local = local_find(p->intent);
    size_t n = wanted ? devices_that_are(p, wanted) : p->devices_n;

    for (size_t i = 0; i < COUNT(slot_places); i++)
        if (slot_get(p, slot_places[i].slot))
            slot_say(&p->place[slot_places[i].place], p, slot_places[i].slot);
    place_name(p, wanted && p->devices_n > 1 ? wanted : NULL);
    place_list(p);
    place_temperature(p);
    if (p->devices_n == 1)
        device_say_state(&p->place[PLACE_STATE], p, p->devices->child);
    else if (wanted)
        str_add(&p->place[PLACE_STATE], reply_state(p->r, wanted));
    str_addf(&p->place[PLACE_COUNT], "%zu", n);
    if (local && local->say)
        local->say(&p->place[local->place], p->r, p->f->wall_usec);
}

/* ---- keys ------------------------------------------------------------------------------ */

static void key_add(struct phrase *p, const char *before, const char *key)
{
    int n;

    if (p->keys_n == REPLY_KEYS_MAX)
        return;
    n = snprintf(p->keys[p->keys_n], PHRASE_KEY_BYTES, "%s%s%s", before ? before : "",
                 before && key ? "_" : "", key ? key : "");
    if (n > 0 && n < PHRASE_KEY_BYTES)
        p->keys_n++;
}

/* A room was said instead of a name, or neither, or "all". */
static const char *phrase_scope(const struct phrase *p)
{
    const char *name = slot_value(p, "name");

    if (slot_get(p, "name") && (!name || strcmp(name, "all") != 0))
        return NULL;
    if (slot_get(p, "area"))
        return "area";
    return name || p->devices_n > 1 ? "all" : NULL;
}

static void keys_of_state(struct phrase *p, const char *wanted)
{
    if (wanted && p->devices_n == 1 && p->place[PLACE_STATE].len > 0)
        key_add(p, NULL, devices_that_are(p, wanted) > 0 ? "yes" : "no");
    else if (wanted && p->devices_n > 1)
        key_add(p, NULL, devices_that_are(p, wanted) == 0 ? "none"
                         : p->place[PLACE_NAME].len > 0  ? "some"
                                                         : "count");
    else if (p->devices_n == 1 && p->place[PLACE_STATE].len == 0)
        key_add(p, NULL, "unknown");
}

/* What was set: "brightness_area", "brightness". */
static void keys_of_slots(struct phrase *p, const char *scope)
{
    for (size_t i = 0; i < COUNT(slot_places); i++) {
        if (slot_places[i].place == PLACE_AREA || !slot_get(p, slot_places[i].slot))
            continue;
        if (scope)
            key_add(p, slot_places[i].slot, scope);
        key_add(p, NULL, slot_places[i].slot);
    }
}

/* What was meant: "light_area", "area"; "cover"; "many". */
static void keys_of_scope(struct phrase *p, const char *scope)
{
    if (p->kind)
        key_add(p, p->kind, scope);
    if (scope)
        key_add(p, NULL, scope);
    if (p->devices_n > 1)
        key_add(p, NULL, "many");
}

static void phrase_keys(struct phrase *p, const char *wanted)
{
    const char *scope = phrase_scope(p), *response = json_str(p->f->intent, "response", NULL);

    if (response && strcmp(response, "default") != 0)
        key_add(p, NULL, response);
    if (strcmp(p->intent, "HassGetState") == 0)
        keys_of_state(p, wanted);
    keys_of_slots(p, scope);
    keys_of_scope(p, scope);
    if (strcmp(p->intent, "HassClimateGetTemperature") == 0 && p->place[PLACE_TEMPERATURE].len == 0)
        key_add(p, NULL, "unknown");
}

void phrase_done(struct str *out, struct reply *r, const struct phrase_facts *f)
{
    struct phrase p = {
        .r = r,
        .f = f,
        .intent = json_str(f->intent, "intent", ""),
        .slots = cJSON_GetObjectItemCaseSensitive(f->intent, "slots"),
        .devices = cJSON_GetObjectItemCaseSensitive(f->acted, "devices"),
    };
    struct reply_choice c = { .intent = p.intent };
    const char *wanted = slot_value(&p, "state");

    p.devices_n = (size_t)cJSON_GetArraySize(p.devices);
    p.kind = phrase_kind(&p);
    phrase_places(&p, wanted);
    phrase_keys(&p, wanted);
    for (size_t i = 0; i < PLACE_N; i++)
        c.places[i] = p.place[i].len > 0 ? str_text(&p.place[i]) : NULL;
    for (size_t i = 0; i < p.keys_n; i++)
        c.keys[c.n++] = p.keys[i];
    reply_make(out, r, &c);
    for (size_t i = 0; i < PLACE_N; i++)
        str_done(&p.place[i]);
}

/* ---- failures -------------------------------------------------------------------------- */

struct error_row {
    int code;
    enum reply_error error;
};

static enum reply_error error_find(const struct error_row *rows, size_t n, int code,
                                   enum reply_error fallback)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].code == code)
            return rows[i].error;
    return fallback;
}

enum reply_error phrase_action_error(int code)
{
    static const struct error_row rows[] = {
        { -ENODEV, REPLY_NO_DEVICE },      { -ENOENT, REPLY_NO_DEVICE },
        { -EHOSTDOWN, REPLY_DEVICE_AWAY }, { -ENOTCONN, REPLY_BROKER_AWAY },
        { -ECONNREFUSED, REPLY_BROKER_AWAY }, { -EHOSTUNREACH, REPLY_BROKER_AWAY },
        { -ENETUNREACH, REPLY_BROKER_AWAY },  { -ECONNRESET, REPLY_BROKER_AWAY },
        { -EPIPE, REPLY_BROKER_AWAY },     { -ETIMEDOUT, REPLY_TIMED_OUT },
        { -EOPNOTSUPP, REPLY_CANNOT },     { -EBADMSG, REPLY_CANNOT },
        { -ENOSYS, REPLY_CANNOT },         { -EINVAL, REPLY_BAD_VALUE },
        { -ERANGE, REPLY_BAD_VALUE },
    };

    return error_find(rows, COUNT(rows), code, REPLY_FAILED);
}

enum reply_error phrase_llm_error(int code)
{
    static const struct error_row rows[] = {
        { -ECONNREFUSED, REPLY_LLM_OFFLINE }, { -EHOSTUNREACH, REPLY_LLM_OFFLINE },
        { -EHOSTDOWN, REPLY_LLM_OFFLINE },    { -ECONNRESET, REPLY_LLM_OFFLINE },
        { -EAGAIN, REPLY_LLM_OFFLINE },       { -ETIMEDOUT, REPLY_LLM_SLOW },
        { -EACCES, REPLY_LLM_REFUSED },
    };

    return error_find(rows, COUNT(rows), code, REPLY_LLM_FAILED);
}
