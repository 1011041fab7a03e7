/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/session.c - what is known about one exchange. */
#include "assistant/session.h"

#define SESSION_ID_MAX ((1ULL << 53) - 1)

uint64_t session_id_next(uint64_t last, int64_t wall_usec)
{
    uint64_t now = wall_usec > 0 ? (uint64_t)(wall_usec / 1000) * 1000 : 0;

    return now > last && now < SESSION_ID_MAX ? now : last + 1;
}

void session_mark(struct session *s, enum step step, int64_t at_usec, const char *detail)
{
    const struct timeline *t = &s->timeline;
    int64_t least = t->n > 0 ? t->marks[t->n - 1].at_usec : t->start_usec;

    timeline_mark(&s->timeline, step, at_usec > least ? at_usec : least, detail);
}

void session_fail(struct session *s, const char *words)
{
    if (!s->error)
        s->error = str_dup(words);
}

static bool add_copy(cJSON *to, const char *key, const cJSON *from)
{
    cJSON *copy;

    if (!from)
        return true;
    copy = cJSON_Duplicate(from, true);
    if (copy && cJSON_AddItemToObject(to, key, copy))
        return true;
    cJSON_Delete(copy);
    return false;
}

static bool add_owned(cJSON *to, const char *key, cJSON *item)
{
    if (item && cJSON_AddItemToObject(to, key, item))
        return true;
    cJSON_Delete(item);
    return false;
}

cJSON *session_json(const struct session *s)
{
    AUTO_JSON *j = cJSON_CreateObject();
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(s->intent, "slots");
    const char *template = json_str(s->intent, "template", NULL);
    bool ok = j && !s->reply.failed && cJSON_AddNumberToObject(j, "id", (double)s->id) &&
              cJSON_AddNumberToObject(j, "at", (double)(s->wall_usec / 1000)) &&
              cJSON_AddStringToObject(j, "source", s->source) &&
              cJSON_AddStringToObject(j, "heard", s->heard ? s->heard : "") &&
              cJSON_AddStringToObject(j, "intent", json_str(s->intent, "intent", "")) &&
              cJSON_AddStringToObject(j, "reply", str_text(&s->reply)) &&
              cJSON_AddStringToObject(j, "outcome", s->outcome) &&
              (slots ? add_copy(j, "slots", slots) : cJSON_AddObjectToObject(j, "slots") != NULL) &&
              (!template || cJSON_AddStringToObject(j, "template", template)) &&
              (s->publishes ? add_copy(j, "publishes", s->publishes)
                            : cJSON_AddArrayToObject(j, "publishes") != NULL) &&
              (!s->error || cJSON_AddStringToObject(j, "error", s->error)) &&
              add_owned(j, "timeline", timeline_json(&s->timeline));

    return ok ? STEAL(j) : NULL;
}

void session_done(struct session *s)
{
    free(s->heard);
    free(s->error);
    cJSON_Delete(s->intent);
    cJSON_Delete(s->publishes);
    str_done(&s->reply);
    *s = (struct session){ .reply = STR_INIT, .outcome = "failed" };
}
