/* SPDX-License-Identifier: Apache-2.0 */
/* home/device_state.c - what is known of one device, in the same units for every make. */
#include "home/device_state.h"

#include <math.h>
#include <string.h>

bool state_is_same(const struct device_state *a, const struct device_state *b)
{
    return a->known == b->known && a->on == b->on && a->online == b->online &&
           a->stale == b->stale && a->brightness_percent == b->brightness_percent &&
           a->position_percent == b->position_percent && !(a->target < b->target) &&
           !(a->target > b->target) && !(a->measured < b->measured) &&
           !(a->measured > b->measured) && strcmp(a->color, b->color) == 0 &&
           strcmp(a->text, b->text) == 0;
}

static const char *power_word(bool on, const struct device *d)
{
    if (d->kind == KIND_COVER)
        return on ? "open" : "closed";
    return on ? "on" : "off";
}

static bool add_measured(cJSON *j, const struct device_state *s, const struct device *d)
{
    const char *unit = d->field[FIELD_UNIT];

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
           (summary.len == 0 || cJSON_AddStringToObject(j, "summary", summary.data));
}

cJSON *state_json(const struct device_state *s, const struct device *d)
{
    AUTO_JSON *j = cJSON_CreateObject();

    if (!j ||
        (state_knows(s, PROP_POWER) &&
         !cJSON_AddStringToObject(j, "state", power_word(s->on, d))) ||
        (state_knows(s, PROP_BRIGHTNESS) &&
         !cJSON_AddNumberToObject(j, "brightness", s->brightness_percent)) ||
        (state_knows(s, PROP_COLOR) && !cJSON_AddStringToObject(j, "color", s->color)) ||
        (state_knows(s, PROP_POSITION) &&
         !cJSON_AddNumberToObject(j, "position", s->position_percent)) ||
        (state_knows(s, PROP_TARGET) && !cJSON_AddNumberToObject(j, "target", s->target)) ||
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
        if (strcmp(text, power_word(on, d)) == 0) {
            s->on = on;
            s->known |= 1u << PROP_POWER;
        }
    }
}

static void keep_percent(struct device_state *s, enum device_prop prop, int *field,
                         const cJSON *item)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= 100))
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

    keep_percent(&s, PROP_BRIGHTNESS, &s.brightness_percent,
                 cJSON_GetObjectItemCaseSensitive(json, "brightness"));
    keep_percent(&s, PROP_POSITION, &s.position_percent,
                 cJSON_GetObjectItemCaseSensitive(json, "position"));
    keep_number(&s, PROP_TARGET, &s.target, cJSON_GetObjectItemCaseSensitive(json, "target"));
    keep_number(&s, PROP_MEASURED, &s.measured, cJSON_GetObjectItemCaseSensitive(json, measured));
    keep_state(&s, cJSON_GetObjectItemCaseSensitive(json, "state"), d);
    if (color[0] == '#' && strlen(color) + 1 == sizeof(s.color)) {
        memcpy(s.color, color, sizeof(s.color));
        s.known |= 1u << PROP_COLOR;
    }
    if (s.known != 0)
        *ret = s;
}

/* ---- for people ------------------------------------------------------------------------- */

static void summary_number(struct str *out, const char *before, double value, const char *unit)
{
    str_addf(out, "%s%s%.6g%s", out->len > 0 ? ", " : "", before, value, unit);
}

static void summary_measured(struct str *out, const struct device_state *s, const struct device *d)
{
    const char *unit = d->field[FIELD_UNIT];

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
        str_add(out, power_word(s->on, d));
    if (state_knows(s, PROP_BRIGHTNESS) && (s->on || !state_knows(s, PROP_POWER)))
        summary_number(out, "", s->brightness_percent, " %");
    if (state_knows(s, PROP_POSITION))
        summary_number(out, "", s->position_percent, " %");
    if (state_knows(s, PROP_MEASURED))
        summary_measured(out, s, d);
    if (state_knows(s, PROP_TARGET))
        summary_number(out, "set to ", s->target, "°");
}
