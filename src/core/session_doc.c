/* SPDX-License-Identifier: Apache-2.0 */
/* core/session_doc.c - the document of one session. */
#include "core/session_doc.h"

#include "base/must.h"
#include "core/origin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct doc_key {
    const char *name;
    bool is_column;
} doc_keys[] = {
    { "id", true },           { "at", true },     { "source", true },   { "heard", true },
    { "intent", true },       { "reply", true },  { "outcome", true },  { "endpoint", false },
    { "slots", false },       { "sent", false },  { "template", false }, { "error", false },
    { "corrected", false },   { "lacks", false },  { "refused", false },
    { "nearest", false },     { "nearest_text", false }, { "rest", false }, { "examples", false },
    { "timeline", false },    { "publishes", false },
};

enum { DOC_KEYS_N = sizeof(doc_keys) / sizeof(doc_keys[0]) };

/* Those that MSG_INTENT's json brings and that are handed on as they are. */
static const char *const doc_of_intent[] = { "template", "corrected", "lacks", "refused", "nearest",
                                             "nearest_text", "rest", "examples" };

static bool doc_key_is_known(const char *name)
{
    for (size_t i = 0; i < DOC_KEYS_N; i++)
        if (strcmp(doc_keys[i].name, name) == 0)
            return true;
    return false;
}

bool session_doc_put_id(cJSON *to, const char *key, uint64_t id)
{
    char digits[24];
    cJSON *item;

    snprintf(digits, sizeof(digits), "%" PRIu64, id);
    item = cJSON_CreateRaw(digits);
    if (!item || !to || !cJSON_GetObjectItemCaseSensitive(to, key))
        return json_put(to, key, item);
    if (cJSON_ReplaceItemInObjectCaseSensitive(to, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

void session_doc_endpoint(char *ret, size_t size, uint64_t endpoint)
{
    const char *kind = origin_kind_name(endpoint_kind(endpoint));

    if (endpoint == ENDPOINT_BOX || endpoint == 0)
        snprintf(ret, size, "%s", kind);
    else
        snprintf(ret, size, "%s/%" PRIu64, kind, (uint64_t)(endpoint & ENDPOINT_CLIENT_MAX));
}

static bool doc_add_columns(cJSON *j, const struct session_doc *d)
{
    return cJSON_AddNumberToObject(j, "at", (double)(d->wall_usec / 1000)) &&
           cJSON_AddStringToObject(j, "source", d->source) &&
           cJSON_AddStringToObject(j, "heard", d->heard ? d->heard : "") &&
           cJSON_AddStringToObject(j, "intent", json_str(d->intent, "intent", "")) &&
           cJSON_AddStringToObject(j, "reply", d->reply ? d->reply : "") &&
           cJSON_AddStringToObject(j, "outcome", d->outcome);
}

static bool doc_add_details(cJSON *j, const struct session_doc *d)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(d->intent, "slots");
    char endpoint[64];

    session_doc_endpoint(endpoint, sizeof(endpoint), d->endpoint);
    if (!cJSON_AddStringToObject(j, "endpoint", endpoint) ||
        (d->error && !cJSON_AddStringToObject(j, "error", d->error)))
        return false;
    for (size_t i = 0; i < sizeof(doc_of_intent) / sizeof(doc_of_intent[0]); i++) {
        const cJSON *part = cJSON_GetObjectItemCaseSensitive(d->intent, doc_of_intent[i]);

        if (part && !json_put_copy(j, doc_of_intent[i], part))
            return false;
    }
    if (d->publishes && !json_put_copy(j, "publishes", d->publishes))
        return false;
    return json_put(j, "slots", slots ? cJSON_Duplicate(slots, true) : cJSON_CreateObject()) &&
           json_put(j, "sent", d->sent ? cJSON_Duplicate(d->sent, true) : cJSON_CreateArray()) &&
           json_put(j, "timeline", timeline_json(d->timeline));
}

cJSON *session_doc_make(const struct session_doc *d)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok;

    if (!must(d->id != 0) || !must(d->outcome && d->source && d->timeline))
        return NULL;
    ok = session_doc_put_id(j, "id", d->id) && doc_add_columns(j, d) && doc_add_details(j, d);
    for (const cJSON *item = ok ? j->child : NULL; item; item = item->next)
        invariant(doc_key_is_known(item->string));
    (void)doc_key_is_known; /* in a release the line above is nothing */
    return ok ? STEAL(j) : NULL;
}

/* Copies the keys of one side of the table; columns that are missing become null. */
static bool doc_part(cJSON *to, const cJSON *doc, bool columns)
{
    for (size_t i = 0; i < DOC_KEYS_N; i++) {
        const cJSON *part = cJSON_GetObjectItemCaseSensitive(doc, doc_keys[i].name);

        if (doc_keys[i].is_column != columns || (!part && !columns))
            continue;
        if (!json_put(to, doc_keys[i].name, part ? cJSON_Duplicate(part, true) : cJSON_CreateNull()))
            return false;
    }
    return true;
}

char *session_doc_detail(const cJSON *doc)
{
    AUTO_JSON *detail = cJSON_CreateObject();

    return detail && doc_part(detail, doc, false) ? json_text(detail) : NULL;
}

cJSON *session_doc_view(const cJSON *doc, uint64_t id)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *detail;

    must(id != 0);
    if (!j || !doc_part(j, doc, true) || !session_doc_put_id(j, "id", id))
        return NULL;
    detail = cJSON_AddObjectToObject(j, "detail");
    return detail && doc_part(detail, doc, false) ? STEAL(j) : NULL;
}
