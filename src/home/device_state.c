/* SPDX-License-Identifier: Apache-2.0 */
/* home/device_state.c - what is known of one device, in the same units for every make. */
#include "home/device_state.h"

#include "base/must.h"

#include <math.h>
#include <string.h>

enum { KELVIN_MAX = 20000 };

bool state_is_same(const struct device_state *a, const struct device_state *b)
{
    return a->known == b->known && a->on == b->on && a->online == b->online &&
           a->stale == b->stale && a->brightness_percent == b->brightness_percent &&
           a->position_percent == b->position_percent && a->kelvin == b->kelvin &&
           strcmp(a->mode, b->mode) == 0 && !(a->target < b->target) && !(a->target > b->target) &&
           !(a->measured < b->measured) && !(a->measured > b->measured) &&
           strcmp(a->color, b->color) == 0 && strcmp(a->text, b->text) == 0;
}

/* clang-format off */
static const struct {
    unsigned kinds;
    enum device_class class; /* CLASS_NONE: of every class that has no row of its own */
    const char *on, *off;
} power_words[] = {
    { IS_COVER,         CLASS_NONE,     "open",     "closed" },
    { IS_LOCK,          CLASS_NONE,     "locked",   "unlocked" },
    { IS_BINARY_SENSOR, CLASS_DOOR,     "open",     "closed" },
    { IS_BINARY_SENSOR, CLASS_GARAGE,   "open",     "closed" },
    { IS_BINARY_SENSOR, CLASS_GATE,     "open",     "closed" },
    { IS_BINARY_SENSOR, CLASS_WINDOW,   "open",     "closed" },
    { IS_BINARY_SENSOR, CLASS_BATTERY,  "low",      "normal" },
    { IS_BINARY_SENSOR, CLASS_LOCK,     "unlocked", "locked" },
    { IS_BINARY_SENSOR, CLASS_MOISTURE, "wet",      "dry" },
    { IS_BINARY_SENSOR, CLASS_PLUG,     "plugged",  "unplugged" },
    { IS_BINARY_SENSOR, CLASS_PROBLEM,  "problem",  "ok" },
    { IS_BINARY_SENSOR, CLASS_CARBON_MONOXIDE, "detected", "clear" },
    { IS_BINARY_SENSOR, CLASS_GAS,       "detected", "clear" },
    { IS_BINARY_SENSOR, CLASS_MOTION,    "detected", "clear" },
    { IS_BINARY_SENSOR, CLASS_OCCUPANCY, "detected", "clear" },
    { IS_BINARY_SENSOR, CLASS_PRESENCE,  "detected", "clear" },
    { IS_BINARY_SENSOR, CLASS_SMOKE,     "detected", "clear" },
    { IS_BINARY_SENSOR, CLASS_TAMPER,    "detected", "clear" },
    { IS_BINARY_SENSOR, CLASS_VIBRATION, "detected", "clear" },
};
/* clang-format on */

const char *state_power_word(bool on, const struct device *d)
{
    for (size_t i = 0; i < sizeof(power_words) / sizeof(power_words[0]); i++)
        if (power_words[i].kinds & (1u << d->kind) &&
            (power_words[i].class == CLASS_NONE || power_words[i].class == d->class))
            return on ? power_words[i].on : power_words[i].off;
    return on ? "on" : "off";
}

static bool add_measured(cJSON *j, const struct device_state *s, const struct device *d)
{
    const char *unit = d->unit;

    if (d->kind == KIND_CLIMATE)
        return cJSON_AddNumberToObject(j, "temperature", s->measured);
    if (s->text[0] != '\0')
        return cJSON_AddStringToObject(j, "state", s->text);
    return cJSON_AddNumberToObject(j, "state", s->measured) &&
           (!unit || cJSON_AddStringToObject(j, "unit", unit));
}

static bool add_flags(cJSON *j, const struct device_state *s, const struct device *d)
{
    AUTO_STR summary = STR_INIT;

    state_summary(&summary, s, d);
    return !summary.failed &&
           (!state_knows(s, PROP_ONLINE) || cJSON_AddBoolToObject(j, "available", s->online)) &&
           (!s->stale || cJSON_AddTrueToObject(j, "stale")) &&
           (s->at_ms == 0 || cJSON_AddNumberToObject(j, "at", (double)s->at_ms)) &&
           (summary.len == 0 || cJSON_AddStringToObject(j, "summary", summary.data));
}

static bool add_text(cJSON *j, const struct device_state *s, enum device_prop prop, const char *key,
                     const char *text)
{
    return !state_knows(s, prop) || cJSON_AddStringToObject(j, key, text);
}

static bool add_number(cJSON *j, const struct device_state *s, enum device_prop prop,
                       const char *key, double number)
{
    return !state_knows(s, prop) || cJSON_AddNumberToObject(j, key, number);
}

cJSON *state_json(const struct device_state *s, const struct device *d)
{
    AUTO_JSON *j = cJSON_CreateObject();

    must(s->known < 1u << PROP_N);
    if (!j || !add_text(j, s, PROP_POWER, "state", state_power_word(s->on, d)) ||
        !add_number(j, s, PROP_BRIGHTNESS, "brightness", s->brightness_percent) ||
        !add_text(j, s, PROP_COLOR, "color", s->color) ||
        !add_number(j, s, PROP_COLOR_TEMP, "color_temp", s->kelvin) ||
        (s->mode[0] != '\0' && !add_text(j, s, PROP_POWER, "mode", s->mode)) ||
        !add_number(j, s, PROP_POSITION, "position", s->position_percent) ||
        !add_number(j, s, PROP_TARGET, "target", s->target) ||
        (state_knows(s, PROP_MEASURED) && !add_measured(j, s, d)) || !add_flags(j, s, d))
        return NULL;
    return STEAL(j);
}

/* ---- kept states ------------------------------------------------------------------------ */

static void keep_state(struct device_state *s, const cJSON *state, const struct device *d)
{
    const char *text = cJSON_GetStringValue(state);

    if (!text)
        return;
    if (d->kind == KIND_SENSOR && text[0] != '\0' && str_copy(s->text, sizeof(s->text), text))
        s->known |= 1u << PROP_MEASURED;
    for (int on = 0; on <= 1 && d->kind != KIND_SENSOR; on++) {
        if (strcmp(text, state_power_word(on, d)) == 0) {
            s->on = on;
            s->known |= 1u << PROP_POWER;
        }
    }
}

static void keep_whole(struct device_state *s, enum device_prop prop, int *field, double max,
                       const cJSON *item)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= max))
        return;
    *field = (int)lround(item->valuedouble);
    s->known |= 1u << prop;
}

static void keep_number(struct device_state *s, enum device_prop prop, double *field,
                        const cJSON *item)
{
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
        return;
    *field = item->valuedouble;
    s->known |= 1u << prop;
}

void state_keep(struct device_state *ret, const cJSON *json, const struct device *d)
{
    struct device_state s = { .stale = true };
    const char *color = json_str(json, "color", "");
    const char *measured = d->kind == KIND_CLIMATE ? "temperature" : "state";

    keep_whole(&s, PROP_BRIGHTNESS, &s.brightness_percent, 100,
               cJSON_GetObjectItemCaseSensitive(json, "brightness"));
    keep_whole(&s, PROP_POSITION, &s.position_percent, 100,
               cJSON_GetObjectItemCaseSensitive(json, "position"));
    keep_whole(&s, PROP_COLOR_TEMP, &s.kelvin, KELVIN_MAX,
               cJSON_GetObjectItemCaseSensitive(json, "color_temp"));
    str_copy(s.mode, sizeof(s.mode), json_str(json, "mode", ""));
    s.at_ms = json_int(json, "at", 0, JSON_INT_MAX, 0);
    keep_number(&s, PROP_TARGET, &s.target, cJSON_GetObjectItemCaseSensitive(json, "target"));
    if (d->kind == KIND_SENSOR || d->kind == KIND_CLIMATE)
        keep_number(&s, PROP_MEASURED, &s.measured,
                    cJSON_GetObjectItemCaseSensitive(json, measured));
    keep_state(&s, cJSON_GetObjectItemCaseSensitive(json, "state"), d);
    if (color[0] == '#' && strlen(color) + 1 == sizeof(s.color) &&
        strspn(color + 1, "0123456789abcdefABCDEF") == strlen(color + 1)) {
        memcpy(s.color, color, sizeof(s.color));
        s.known |= 1u << PROP_COLOR;
    }
    if (s.known == 0)
        return;
    must(s.stale); /* whatever it says: it was another run that heard it */
    *ret = s;
}

/* ---- for people ------------------------------------------------------------------------- */

static void summary_number(struct str *out, const char *before, double value, const char *unit)
{
    str_addf(out, "%s%s%.6g%s", out->len > 0 ? ", " : "", before, value, unit);
}

static void summary_measured(struct str *out, const struct device_state *s, const struct device *d)
{
    const char *unit = d->unit;

    if (s->text[0] != '\0') {
        str_add(out, s->text);
        return;
    }
    summary_number(out, "", s->measured, d->kind == KIND_CLIMATE ? "°" : "");
    if (unit && unit[0] != '\0')
        str_addf(out, " %s", unit);
}

void state_summary(struct str *out, const struct device_state *s, const struct device *d)
{
    if (state_is_away(s)) {
        str_add(out, "not reachable");
        return;
    }
    if (state_knows(s, PROP_POWER))
        str_add(out, state_power_word(s->on, d));
    if (state_knows(s, PROP_BRIGHTNESS) && (s->on || !state_knows(s, PROP_POWER)))
        summary_number(out, "", s->brightness_percent, " %");
    if (state_knows(s, PROP_POSITION))
        summary_number(out, "", s->position_percent, " %");
    if (state_knows(s, PROP_MEASURED))
        summary_measured(out, s, d);
    if (state_knows(s, PROP_TARGET))
        summary_number(out, "set to ", s->target, "°");
}
