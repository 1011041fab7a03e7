/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/assistant.c - puts the conversations and the words together, and keeps them in step with
 * the settings. */
#include "assistant/assistant.h"

#include "assistant/conversation.h"

#include <string.h>

/* The language that is always there. */
static const char fallback_language[] = "en";

struct assistant {
    struct assistant_deps deps;
    struct talk *talk;   /* owned */
    struct reply *reply; /* owned */
    char language[16];   /* that `reply` was asked for */
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

/* A language without words falls back to English at the start, and to the one spoken before
 * later on; either is told. */
static int assistant_set_language(struct assistant *a, struct err *e)
{
    struct reply *reply = NULL;
    struct err why = ERR_INIT;
    const char *language = a->deps.settings->language;
    int r = words_load(&reply, a, language, &why);

    str_copy(a->language, sizeof(a->language), language);
    if (r < 0 && r != -ENOMEM) {
        bus_post_fault(a->deps.bus, "responses", r, err_text(&why));
        if (a->reply)
            return 0;
        r = words_load(&reply, a, fallback_language, &why);
    } else if (r >= 0 && a->reply) {
        bus_post_fault(a->deps.bus, "responses", 0, "");
    }
    if (r < 0)
        return err_set(e, r, "%s", err_text(&why));
    talk_set_reply(a->talk, reply);
    reply_free(a->reply);
    a->reply = reply;
    return 0;
}

static void assistant_on_settings(const struct msg *m, void *user)
{
    struct assistant *a = user;
    struct err why = ERR_INIT;
    int r = 0;

    if (strcmp(a->language, a->deps.settings->language) != 0)
        r = assistant_set_language(a, &why);
    if (r < 0)
        bus_post_fault(a->deps.bus, "responses", r, err_text(&why));
    if (m->text && str_starts(m->text, "llm."))
        talk_settings_changed(a->talk);
}

int assistant_new(struct assistant **ret, const struct assistant_deps *deps, struct err *e)
{
    AUTO(assistant_freep) struct assistant *a = calloc(1, sizeof(*a));
    const struct talk_deps td = { deps->loop, deps->bus, deps->settings, deps->filters,
                                  deps->last_session_id };
    int r;

    if (!a)
        return err_set(e, -ENOMEM, "assistant: out of memory");
    a->deps = *deps;
    r = talk_new(&a->talk, &td, e);
    if (r >= 0)
        r = assistant_set_language(a, e);
    if (r >= 0)
        r = bus_on(deps->bus, MSG_SETTINGS, assistant_on_settings, a, e);
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
    reply_free(a->reply);
    free(a);
    return NULL;
}

void assistant_stop(struct assistant *a)
{
    talk_stop(a->talk);
}

bool assistant_is_busy(const struct assistant *a)
{
    return talk_is_busy(a->talk);
}

const char *assistant_state(const struct assistant *a)
{
    return talk_state_name(a->talk);
}
