/* SPDX-License-Identifier: Apache-2.0 */
/* web/session.c - sessions as clients see them. */
#include "web/session.h"

#include <inttypes.h>
#include <stdio.h>

bool session_put_id(cJSON *to, const char *key, uint64_t id)
{
    char digits[24];
    cJSON *item;

    snprintf(digits, sizeof(digits), "%" PRIu64, id);
    item = cJSON_CreateRaw(digits);
    if (!to || !item) {
        cJSON_Delete(item);
        return false;
    }
    if (cJSON_GetObjectItemCaseSensitive(to, key)
            ? cJSON_ReplaceItemInObjectCaseSensitive(to, key, item)
            : cJSON_AddItemToObject(to, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

bool session_fix_id(cJSON *row)
{
    return session_put_id(row, "id", (uint64_t)json_int(row, "id", 0, JSON_INT_MAX, 0));
}

cJSON *session_view(const struct msg *msg)
{
    static const char *const plain[] = { "at", "source", "heard", "intent", "reply", "outcome" };
    static const char *const inner[] = { "slots", "timeline", "publishes", "sent", "template", "error" };
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *detail;
    bool ok = j && session_put_id(j, "id", msg->session);

    for (size_t i = 0; ok && i < sizeof(plain) / sizeof(plain[0]); i++)
        ok = json_put_copy(j, plain[i], cJSON_GetObjectItemCaseSensitive(msg->json, plain[i]));
    detail = ok ? cJSON_AddObjectToObject(j, "detail") : NULL;
    ok = detail != NULL;
    for (size_t i = 0; ok && i < sizeof(inner) / sizeof(inner[0]); i++) {
        const cJSON *part = cJSON_GetObjectItemCaseSensitive(msg->json, inner[i]);

        ok = !part || json_put_copy(detail, inner[i], part);
    }
    return ok ? STEAL(j) : NULL;
}

cJSON *session_answer(const struct msg *msg)
{
    AUTO_JSON *j = msg->json ? cJSON_Duplicate(msg->json, true) : cJSON_CreateObject();
    bool ok = j != NULL;

    ok = ok && session_put_id(j, "id", msg->session) && session_put_id(j, "session", msg->session);
    if (ok && !cJSON_GetObjectItemCaseSensitive(j, "reply"))
        ok = cJSON_AddStringToObject(j, "reply", msg->text ? msg->text : "");
    if (ok && !cJSON_GetObjectItemCaseSensitive(j, "outcome"))
        ok = cJSON_AddStringToObject(j, "outcome", msg->code < 0 ? "failed" : "done");
    return ok ? STEAL(j) : NULL;
}
