/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/assistant.c - puts the conversations and the words together, and keeps them in step with
 * the settings. */
#include "assistant/assistant.h"

#include "assistant/answers.h"
#include "assistant/conversation.h"
#include "assistant/phrases.h"
#include "base/must.h"

#include <string.h>

/* The language that is always there. */
static const char fallback_language[] = "en";

enum { LANGUAGES_MAX = 8 };

struct assistant {
    struct assistant_deps deps;
    struct talk *talk; /* owned */
    /* Loaded once and kept: a turn may still speak a language that is not the box's any more. */
    struct words {
        char language[16];
        struct reply *reply; /* owned; NULL: there are no words for it */
    } list[LANGUAGES_MAX];
    size_t n;
    char language[16]; /* of the box, as the settings ask for it */
    bool is_faulty;    /* it has no words; that was told */
};

static int words_load(struct reply **ret, const struct assistant *a, const char *language,
                      struct err *e)
{
    char file[64], folder[PATHS_BYTES], path[PATHS_BYTES];
    int r = paths_join(folder, sizeof(folder), a->deps.paths->share, "responses", e);

    snprintf(file, sizeof(file), "%s.yaml", language);
    if (r >= 0)
        r = paths_join(path, sizeof(path), folder, file, e);
    return r < 0 ? r : reply_load(ret, path, e);
}

/* One fault for all of them; the log has each. */
static void on_answer_fault(const char *text, void *user)
{
    const struct assistant *a = user;

    bus_post_fault(a->deps.bus, "own responses", -EINVAL, text);
}

/* Replies that a person has put into etc/responses/<language>/. */
static int answers_add(struct reply *reply, struct assistant *a, const char *language, struct err *e)
{
    const struct answers_told told = { on_answer_fault, a };
    struct answers *answers = NULL;
    char folder[PATHS_BYTES], path[PATHS_BYTES];
    int r = paths_join(folder, sizeof(folder), a->deps.paths->etc, "responses", e);

    if (r >= 0)
        r = paths_join(path, sizeof(path), folder, language, e);
    if (r >= 0)
        r = answers_load(&answers, path, &told, e);
    if (r >= 0)
        reply_adopt(reply, answers);
    return r == -ENOMEM ? r : 0;
}

/* *ret is borrowed. -ENOENT and what reply_load() says; tried once, unless memory was short. */
static int words_get(struct reply **ret, struct assistant *a, const char *language, struct err *e)
{
    struct words *w = a->list;
    int r;

    while (w < a->list + a->n && strcmp(w->language, language) != 0)
        w++;
    if (w == a->list + LANGUAGES_MAX)
        return err_set(e, -ENOSPC, "responses: more than %d languages", LANGUAGES_MAX);
    if (w < a->list + a->n && w->reply) {
        *ret = w->reply;
        return 0;
    }
    r = words_load(&w->reply, a, language, e);
    if (r >= 0)
        r = answers_add(w->reply, a, language, e);
    if (r < 0) {
        w->reply = reply_free(w->reply);
        return r;
    }
    if (w == a->list + a->n) {
        str_copy(w->language, sizeof(w->language), language);
        a->n++;
    }
    must(a->n <= LANGUAGES_MAX);
    *ret = w->reply;
    return 0;
}

/* Letters only: the name becomes a file's. */
static bool language_is_plain(const char *language)
{
    size_t n = strspn(language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_");

    return n > 0 && n < sizeof(((struct words *)0)->language) && language[n] == '\0';
}

static struct reply *assistant_words(const char *language, void *user)
{
    struct reply *reply = NULL;

    if (!language_is_plain(language) || words_get(&reply, user, language, NULL) < 0)
        return NULL;
    return reply;
}

/* A language without words falls back to English at the start, and to the one spoken before
 * later on; either is told. */
static int assistant_set_language(struct assistant *a, struct err *e)
{
    struct reply *reply = NULL;
    struct err why = ERR_INIT;
    const char *language = a->deps.settings->language;
    bool is_first = a->language[0] == '\0';
    int r = words_get(&reply, a, language, &why);

    str_copy(a->language, sizeof(a->language), language);
    if (r < 0 && r != -ENOMEM) {
        bus_post_fault(a->deps.bus, "responses", r, err_text(&why));
        a->is_faulty = true;
        if (!is_first)
            return 0;
        r = words_get(&reply, a, fallback_language, &why);
    } else if (r >= 0 && a->is_faulty) {
        bus_post_fault(a->deps.bus, "responses", 0, "");
        a->is_faulty = false;
    }
    if (r < 0)
        return err_set(e, r, "%s", err_text(&why));
    must(reply);
    talk_set_reply(a->talk, reply);
    return 0;
}

/* What the voice bank is to keep ready; where nobody keeps anything, nobody is told. */
static void assistant_phrases(struct assistant *a)
{
    const struct settings *set = a->deps.settings;
    struct reply *reply = assistant_words(a->language, a);
    struct msg *m;

    if (!reply || set->tts_remote[0] == '\0' || strcmp(set->tts_remote, "none") == 0 ||
        strcmp(set->tts_bank, "off") == 0)
        return;
    m = msg_new(MSG_PHRASES, 0);
    if (m)
        m->json = phrases_of(reply, a->language, talk_registry(a->talk),
                             clock_wall_usec(loop_clock(a->deps.loop)));
    if (m && !m->json)
        m = msg_free(m);
    bus_post(a->deps.bus, m);
}

static void assistant_on_devices(const struct msg *m, void *user)
{
    (void)m; /* the conversations have it already */
    assistant_phrases(user);
}

static void assistant_on_settings(const struct msg *m, void *user)
{
    struct assistant *a = user;
    struct err why = ERR_INIT;
    int r = 0;

    if (strcmp(a->language, a->deps.settings->language) != 0)
        r = assistant_set_language(a, &why);
    if (r < 0) {
        bus_post_fault(a->deps.bus, "responses", r, err_text(&why));
        a->is_faulty = true; /* the next language that can be had ends it */
    }
    if (m->text && str_starts(m->text, "llm."))
        talk_settings_changed(a->talk);
    if (settings_touches(m->text, SETTINGS_VOICE | SETTINGS_LANGUAGE))
        assistant_phrases(a);
}

int assistant_new(struct assistant **ret, const struct assistant_deps *deps, struct err *e)
{
    AUTO(assistant_freep) struct assistant *a = calloc(1, sizeof(*a));
    const struct talk_deps td = { .loop = deps->loop,
                                  .bus = deps->bus,
                                  .settings = deps->settings,
                                  .filters = deps->filters,
                                  .last_session_id = deps->last_session_id,
                                  .words = assistant_words,
                                  .user = a };
    int r;

    if (!a)
        return err_set(e, -ENOMEM, "assistant: out of memory");
    a->deps = *deps;
    r = talk_new(&a->talk, &td, e);
    if (r >= 0)
        r = assistant_set_language(a, e);
    if (r >= 0)
        r = bus_on(deps->bus, MSG_SETTINGS, assistant_on_settings, a, e);
    if (r >= 0)
        r = bus_on(deps->bus, MSG_DEVICES, assistant_on_devices, a, e);
    if (r < 0)
        return err_wrap(e, r, "assistant");
    *ret = STEAL(a);
    return 0;
}

struct assistant *assistant_free(struct assistant *a)
{
    if (!a)
        return NULL;
    bus_off(a->deps.bus, a);
    talk_free(a->talk);
    for (size_t i = 0; i < a->n; i++)
        reply_free(a->list[i].reply);
    free(a);
    return NULL;
}

void assistant_stop(struct assistant *a)
{
    talk_stop(a->talk);
}

void assistant_ids_above(struct assistant *a, uint64_t last)
{
    talk_ids_above(a->talk, last);
}

bool assistant_is_busy(const struct assistant *a)
{
    return talk_is_busy(a->talk);
}

void assistant_stats(const struct assistant *a, struct assistant_stats *ret)
{
    struct talk_stats t;
    struct filters_stats f;

    talk_stats(a->talk, &t);
    filters_stats(a->deps.filters, &f);
    *ret = (struct assistant_stats){ .conversations = (unsigned)t.conversations,
                                     .turns = (unsigned)t.turns,
                                     .waiting = (unsigned)t.waiting,
                                     .waiting_bytes = t.waiting_bytes,
                                     .refused = t.refused,
                                     .given_way = t.given_way,
                                     .filtered = f.runs,
                                     .filters_late = f.late };
}

const char *assistant_state(const struct assistant *a)
{
    return talk_state_name(a->talk);
}
