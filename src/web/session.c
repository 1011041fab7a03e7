/* SPDX-License-Identifier: Apache-2.0 */
/* web/session.c - sessions as clients see them. */
#include "web/session.h"

#include "core/session_doc.h"

cJSON *session_answer(const struct msg *msg)
{
    AUTO_JSON *j = msg->json ? cJSON_Duplicate(msg->json, true) : cJSON_CreateObject();
    bool ok = session_doc_put_id(j, "id", msg->session) &&
              session_doc_put_id(j, "session", msg->session);

    if (ok && !cJSON_GetObjectItemCaseSensitive(j, "reply"))
        ok = cJSON_AddStringToObject(j, "reply", msg->text ? msg->text : "");
    if (ok && !cJSON_GetObjectItemCaseSensitive(j, "outcome"))
        ok = cJSON_AddStringToObject(j, "outcome", msg->code < 0 ? "failed" : "done");
    return ok ? STEAL(j) : NULL;
}
