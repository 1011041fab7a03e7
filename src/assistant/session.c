/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/session.c - what is known about one exchange. */
#include "assistant/session.h"

#include "base/must.h"

uint64_t session_id_next(uint64_t last, int64_t wall_usec)
{
    uint64_t now = wall_usec > 0 ? (uint64_t)(wall_usec / 1000) * 1000 : 0;

    must(last < SESSION_ID_MAX);
    return now > last && now < SESSION_ID_MAX ? now : last + 1;
}

void session_mark(struct session *s, enum step step, int64_t at_usec, const char *detail)
{
    const struct timeline *t = &s->timeline;
    int64_t least = t->n > 0 ? t->marks[t->n - 1].at_usec : t->start_usec;

    must(t->n <= TIMELINE_MARKS_MAX && least >= t->start_usec);
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

/* Of several commands each adds its own. */
static void json_append(cJSON **to, const cJSON *more)
{
    const cJSON *one;

    if (!*to) {
        session_json_keep(to, more);
        return;
    }
    cJSON_ArrayForEach(one, more)(void) json_push(*to, cJSON_Duplicate(one, true));
}

void session_acted(struct session *s, const struct msg *m)
{
    AUTO_STR detail = STR_INIT;
    const cJSON *p;

    const cJSON *sent = cJSON_GetObjectItemCaseSensitive(m->json, "sent");

    json_append(&s->sent, sent);
    json_append(&s->publishes, cJSON_GetObjectItemCaseSensitive(m->json, "publishes"));
    cJSON_ArrayForEach(p, sent)
        str_addf(&detail, "%s%s", detail.len > 0 ? ", " : "",
                 cJSON_IsString(p) ? p->valuestring : "?");
    must(m->session == s->id);
    session_mark(s, STEP_ACTION, m->at_usec, str_text(&detail));
}

cJSON *session_json(const struct session *s)
{
    const struct session_doc d = {
        .id = s->id,
        .wall_usec = s->wall_usec,
        .endpoint = s->endpoint,
        .source = s->source,
        .heard = s->heard,
        .reply = str_text(&s->reply),
        .outcome = s->outcome,
        .error = s->error,
        .intent = s->intent,
        .sent = s->sent,
        .publishes = s->publishes,
        .timeline = &s->timeline,
    };

    return s->reply.failed ? NULL : session_doc_make(&d);
}

void session_done(struct session *s)
{
    free(s->heard);
    free(s->error);
    cJSON_Delete(s->intent);
    cJSON_Delete(s->sent);
    cJSON_Delete(s->publishes);
    str_done(&s->reply);
    *s = (struct session){ .reply = STR_INIT, .outcome = "failed" };
}
