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

void session_mark_speech_end(struct session *s, const struct msg *m)
{
    static const char *const reasons[END_N] = { [END_SILENCE] = "silence",
                                                [END_TOO_LONG] = "too long",
                                                [END_NO_SPEECH] = "no speech" };
    const char *reason = m->end.reason < END_N ? reasons[m->end.reason] : "?";
    char detail[64];

    if (m->end.reason == END_SILENCE && m->end.last_voiced_usec > 0)
        snprintf(detail, sizeof(detail), "%s of %lld ms", reason,
                 (long long)((m->at_usec - m->end.last_voiced_usec) / 1000));
    else
        str_copy(detail, sizeof(detail), reason);
    session_mark(s, STEP_SPEECH_END, m->at_usec, detail);
}

void session_fail(struct session *s, const char *words)
{
    if (!s->error)
        s->error = str_dup(words);
}

void session_json_keep(cJSON **to, const cJSON *json)
{
    cJSON_Delete(*to);
    *to = json ? cJSON_Duplicate(json, true) : NULL;
}

void session_acted(struct session *s, const struct msg *m)
{
    AUTO_STR detail = STR_INIT;
    const cJSON *p;

    session_json_keep(&s->publishes, cJSON_GetObjectItemCaseSensitive(m->json, "publishes"));
    cJSON_ArrayForEach(p, s->publishes)
        str_addf(&detail, "%s%s %s", detail.len > 0 ? ", " : "", json_str(p, "topic", "?"),
                 json_str(p, "payload", ""));
    session_mark(s, STEP_ACTION, m->at_usec, str_text(&detail));
}

/* `empty` stands for what is not there; it is taken. */
static bool add_or(cJSON *to, const char *key, const cJSON *from, cJSON *empty)
{
    if (!from)
        return json_put(to, key, empty);
    cJSON_Delete(empty);
    return json_put(to, key, cJSON_Duplicate(from, true));
}

/* What only some sessions have. */
static bool add_details(cJSON *j, const struct session *s)
{
    const char *template = json_str(s->intent, "template", NULL);

    if (template && !cJSON_AddStringToObject(j, "template", template))
        return false;
    if (s->error && !cJSON_AddStringToObject(j, "error", s->error))
        return false;
    return add_or(j, "publishes", s->publishes, cJSON_CreateArray()) &&
           add_or(j, "slots", cJSON_GetObjectItemCaseSensitive(s->intent, "slots"),
                  cJSON_CreateObject());
}

cJSON *session_json(const struct session *s)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = j && !s->reply.failed && cJSON_AddNumberToObject(j, "id", (double)s->id) &&
              cJSON_AddNumberToObject(j, "at", (double)(s->wall_usec / 1000)) &&
              cJSON_AddStringToObject(j, "source", s->source) &&
              cJSON_AddStringToObject(j, "heard", s->heard ? s->heard : "") &&
              cJSON_AddStringToObject(j, "intent", json_str(s->intent, "intent", "")) &&
              cJSON_AddStringToObject(j, "reply", str_text(&s->reply)) &&
              cJSON_AddStringToObject(j, "outcome", s->outcome) &&
              add_details(j, s) && json_put(j, "timeline", timeline_json(&s->timeline));

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
