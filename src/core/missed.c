/* SPDX-License-Identifier: Apache-2.0 */
/* core/missed.c - proposals for what was not understood. */
#include "core/missed.h"

#include "base/must.h"

static bool propose(cJSON *list, const char *text, const char *key, const char *value)
{
    AUTO_JSON *j = cJSON_CreateObject();

    must(text && value);
    return json_put_text(j, "text", text) && json_put_text(j, key, value) && json_push(list, STEAL(j));
}

/* A name of each device that it may be. */
static bool propose_names(cJSON *list, const cJSON *lacks)
{
    const cJSON *id;

    cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(lacks, "devices"))
        if (cJSON_IsString(id) && !propose(list, json_str(lacks, "text", ""), "device", id->valuestring))
            return false;
    return true;
}

static cJSON *missed_one(const cJSON *row)
{
    static const char *const keys[] = { "text", "count", "at", "session" };
    const cJSON *lacks = cJSON_GetObjectItemCaseSensitive(row, "lacks");
    const char *then = json_str(row, "then", NULL);
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *list = cJSON_CreateArray();

    if (!json_put(j, "proposals", list))
        return NULL;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (!json_put_copy(j, keys[i], cJSON_GetObjectItemCaseSensitive(row, keys[i])))
            return NULL;
    if (lacks && (!json_put_text(j, "lacks", json_str(lacks, "text", "")) ||
                  !json_put_text(j, "kind", json_str(lacks, "kind", ""))))
        return NULL;
    return propose_names(list, lacks) && (!then || propose(list, json_str(row, "text", ""), "means", then))
               ? STEAL(j)
               : NULL;
}

cJSON *missed_view(const cJSON *rows)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(j, "missed");
    const cJSON *row;

    cJSON_ArrayForEach(row, rows)
        if (!json_push(list, missed_one(row)))
            return NULL;
    return list ? STEAL(j) : NULL;
}
