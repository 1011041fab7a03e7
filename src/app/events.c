/* SPDX-License-Identifier: Apache-2.0 */
/* app/events.c - what happens on the bus, in the log's words: one row a message. */
#include "app/app.h"

#include <string.h>

static void event_wake(struct log *log, const struct msg *m)
{
    log_write(log, LOG_LEVEL_INFO, "wake", m->session, "heard \"%s\" (score %.1f)",
              m->text ? m->text : "", m->wake.score);
}

/* What people say is theirs: the journal keeps its lines as long as it likes, whatever
 * store.history_days says. Their text stands there only when log.speech asks for it. */
static void event_said(struct app *a, const char *area, const char *what, const struct msg *m)
{
    const char *text = m->text ? m->text : "";
    int words = 0;

    for (const char *p = text; *p; p++)
        words += *p != ' ' && (p == text || p[-1] == ' ');
    if (a->settings.log_speech)
        log_write(a->log, LOG_LEVEL_INFO, area, m->session, "%s \"%s\"", what, text);
    else
        log_write(a->log, LOG_LEVEL_INFO, area, m->session, "%s %d words", what, words);
}

static void event_transcript(struct app *a, const struct msg *m)
{
    if (m->code < 0)
        log_write(a->log, LOG_LEVEL_INFO, "speech", m->session, "no transcript: %s",
                  m->text ? m->text : err_words(m->code));
    else
        event_said(a, "speech", "heard", m);
}

static void event_early(struct app *a, const struct msg *m)
{
    event_said(a, "speech", "heard before the end", m);
}

static void event_text(struct app *a, const struct msg *m)
{
    event_said(a, "text", "asked", m);
}

static void event_intent(struct log *log, const struct msg *m)
{
    if (m->code < 0)
        log_write(log, LOG_LEVEL_INFO, "intent", m->session, "no template matches");
    else
        log_write(log, LOG_LEVEL_INFO, "intent", m->session, "%s by %s",
                  json_str(m->json, "intent", "?"), json_str(m->json, "template", "?"));
}

static void event_acted(struct log *log, const struct msg *m)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(m->json, "sent");
    const cJSON *p;

    if (m->code < 0) /* what has to wait for the end of its sentence is no failure */
        log_write(log, m->code == -EAGAIN ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "home", m->session, "not done: %s",
                  m->text ? m->text : err_words(m->code));
    cJSON_ArrayForEach(p, list)
        log_write(log, LOG_LEVEL_INFO, "home", m->session, "%s",
                  cJSON_IsString(p) ? p->valuestring : "?");
}

static void event_say(struct app *a, const struct msg *m)
{
    event_said(a, "reply", "says", m);
}

static void event_stored(struct log *log, const struct msg *m)
{
    if (m->code < 0)
        log_write(log, LOG_LEVEL_ERROR, "store", m->session, "session not kept so far: %s",
                  m->text ? m->text : err_words(m->code));
}

static void event_state(struct log *log, const struct msg *m)
{
    log_write(log, LOG_LEVEL_DEBUG, "dialog", m->session, "%s", m->text ? m->text : "?");
}

static void event_grammar(struct log *log, const struct msg *m)
{
    log_write(log, LOG_LEVEL_INFO, "intent", 0, "speech grammar of %d words in %s",
              cJSON_GetArraySize(m->json), m->text ? m->text : "?");
}

static void event_fault(struct log *log, const struct msg *m)
{
    const char *part = m->part ? m->part : "part";

    if (m->code < 0)
        log_warn(log, part, "%s", m->text ? m->text : err_words(m->code));
    else
        log_info(log, part, "%s", m->text && m->text[0] ? m->text : "works again");
}

static const struct {
    enum msg_type type;
    void (*write)(struct log *log, const struct msg *m);
} event_rows[] = {
    { MSG_WAKE, event_wake },     { MSG_INTENT, event_intent },
    { MSG_ACTED, event_acted },   { MSG_STORED, event_stored },
    { MSG_STATE, event_state },   { MSG_FAULT, event_fault },
    { MSG_GRAMMAR, event_grammar },
};

static const struct { /* what holds words of people */
    enum msg_type type;
    void (*write)(struct app *a, const struct msg *m);
} said_rows[] = {
    { MSG_TRANSCRIPT, event_transcript },
    { MSG_EARLY, event_early },
    { MSG_TEXT, event_text },
    { MSG_SAY, event_say },
};

static void events_on_msg(const struct msg *m, void *user)
{
    struct app *a = user;

    for (size_t i = 0; i < sizeof(event_rows) / sizeof(event_rows[0]); i++)
        if (event_rows[i].type == m->type)
            event_rows[i].write(a->log, m);
    for (size_t i = 0; i < sizeof(said_rows) / sizeof(said_rows[0]); i++)
        if (said_rows[i].type == m->type)
            said_rows[i].write(a, m);
}

int events_log(struct app *a, struct err *e)
{
    return bus_on(a->bus, MSG_N, events_on_msg, a, e);
}
