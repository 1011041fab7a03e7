/* SPDX-License-Identifier: Apache-2.0 */
/* core/settings_docs.c - docs/settings.md and the JSON schema, made from the rows. */
#include "core/settings.h"

#include <string.h>

static const struct {
    const char *name;   /* in the table for people */
    const char *schema; /* JSON schema's type */
} types[CFG_N] = {
    [CFG_INT] = { "whole number", "integer" }, [CFG_REAL] = { "number", "number" },
    [CFG_BOOL] = { "true or false", "boolean" }, [CFG_TEXT] = { "text", "string" },
    [CFG_CHOICE] = { "one of", "string" },
};

static void markdown_allowed(struct str *out, const struct cfg_row *row)
{
    const char *unit = row->unit ? row->unit : "";
    const char *rest = row->choices, *word, *comma = "";
    size_t n;

    if (rest) {
        while ((word = cfg_choice_next(&rest, &n))) {
            str_addf(out, "%s`%.*s`", comma, (int)n, word);
            comma = ", ";
        }
    } else if (row->type == CFG_INT || row->type == CFG_REAL) {
        str_addf(out, "%.15g..%.15g", row->min, row->max);
    } else if (row->type == CFG_TEXT) {
        str_addf(out, "text, up to %zu bytes", row->size - 1);
    } else {
        str_add(out, types[row->type].name);
    }
    if (unit[0])
        str_addf(out, " %s", unit);
}

static void markdown_row(struct str *out, const struct cfg_row *row)
{
    char env[128];

    cfg_env_name(env, sizeof(env), row->key);
    str_addf(out, "| `%s` | ", row->key);
    if (row->def[0])
        str_addf(out, "`%s`", row->def);
    else
        str_add(out, "empty");
    str_add(out, " | ");
    markdown_allowed(out, row);
    str_addf(out, " | `%s`", env);
    if (row->env_also)
        str_addf(out, ", `%s`", row->env_also);
    str_addf(out, " | %s%s%s |\n", row->help, row->flags & CFG_SECRET ? " Never shown." : "",
             row->flags & CFG_RESTART ? "" : " *At once.*");
}

void settings_markdown(struct str *out)
{
    str_add(out, "# Settings\n\n"
                 "Made from `src/core/settings_rows.c` by `make docs`; do not edit.\n\n"
                 "Each source wins over those before it: the default, `/etc/jarvis/jarvis.yaml`, "
                 "`/var/lib/jarvis/settings.yaml`\n(written by the page and by `jarvisctl config "
                 "set`), the environment. The files nest by the dots:\n\n"
                 "```yaml\naudio:\n  volume_percent: 60\nmqtt:\n  host: broker.lan\n```\n\n"
                 "A wrong key or value is logged with file, line and what is allowed; the value "
                 "from before stays.\nA change takes effect when `jarvisd` starts again, where "
                 "*At once* does not say otherwise.\n\n"
                 "| key | default | allowed | environment | meaning |\n"
                 "|---|---|---|---|---|\n");
    for (size_t i = 0; i < settings_rows_n; i++)
        markdown_row(out, &settings_rows[i]);
}

/* The default in the row's own type; NULL when out of memory. */
static cJSON *schema_value(const struct cfg_row *row, const char *text)
{
    if (row->type == CFG_TEXT || row->type == CFG_CHOICE)
        return cJSON_CreateString(text);
    return cJSON_Parse(text); /* "true", "48000": JSON as they stand */
}

static bool schema_choices(cJSON *j, const struct cfg_row *row)
{
    cJSON *list = cJSON_AddArrayToObject(j, "enum");
    const char *rest = row->choices, *word;
    size_t n;

    while ((word = cfg_choice_next(&rest, &n))) {
        char text[SETTING_TEXT];
        cJSON *value = NULL;

        if (list && n < sizeof(text)) {
            memcpy(text, word, n);
            text[n] = '\0';
            value = schema_value(row, text);
        }
        if (!json_push(list, value))
            return false;
    }
    return true;
}

static bool schema_limits(cJSON *j, const struct cfg_row *row)
{
    if (row->choices)
        return schema_choices(j, row);
    if (row->type == CFG_TEXT)
        return cJSON_AddNumberToObject(j, "maxLength", (double)(row->size - 1));
    if (row->type == CFG_BOOL)
        return true;
    return cJSON_AddNumberToObject(j, "minimum", row->min) &&
           cJSON_AddNumberToObject(j, "maximum", row->max);
}

static cJSON *schema_row(const struct cfg_row *row)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *def;

    if (!j || !cJSON_AddStringToObject(j, "type", types[row->type].schema) ||
        !cJSON_AddStringToObject(j, "description", row->help) || !schema_limits(j, row))
        return NULL;
    if ((row->flags & CFG_SECRET) && !cJSON_AddBoolToObject(j, "writeOnly", true))
        return NULL;
    def = schema_value(row, row->def);
    if (!json_put(j, "default", def))
        return NULL;
    return STEAL(j);
}

/* An object that takes the named properties and no others; returns the place for them. */
static cJSON *schema_object(cJSON *j)
{
    if (!cJSON_AddStringToObject(j, "type", "object") ||
        !cJSON_AddBoolToObject(j, "additionalProperties", false))
        return NULL;
    return cJSON_AddObjectToObject(j, "properties");
}

/* Where the row's property belongs: at the top, or in its section, made when it is new. */
static cJSON *schema_section(cJSON *top, const char *key)
{
    const char *dot = strchr(key, '.');
    char name[SETTING_TEXT];
    cJSON *section;

    if (!dot || (size_t)(dot - key) >= sizeof(name))
        return top;
    memcpy(name, key, (size_t)(dot - key));
    name[dot - key] = '\0';
    section = cJSON_GetObjectItemCaseSensitive(top, name);
    if (section)
        return cJSON_GetObjectItemCaseSensitive(section, "properties");
    section = cJSON_AddObjectToObject(top, name);
    return section ? schema_object(section) : NULL;
}

cJSON *settings_schema(void)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *top;

    if (!j ||
        !cJSON_AddStringToObject(j, "$schema", "https://json-schema.org/draft/2020-12/schema") ||
        !cJSON_AddStringToObject(j, "title", "Settings of Jarvis"))
        return NULL;
    top = schema_object(j);
    for (size_t i = 0; top && i < settings_rows_n; i++) {
        const char *key = settings_rows[i].key, *dot = strchr(key, '.');
        cJSON *place = schema_section(top, key), *row = schema_row(&settings_rows[i]);

        if (!json_put(place, dot ? dot + 1 : key, row))
            return NULL;
    }
    return top ? STEAL(j) : NULL;
}
