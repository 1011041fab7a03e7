/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/assistant.c - puts the dialogue, the words and the language model together, and
 * keeps them in step with the settings. */
#include "assistant/assistant.h"

#include "assistant/dialog.h"

#include <string.h>

/* The language that is always there. */
static const char fallback_language[] = "en";

struct assistant {
    struct assistant_deps deps;
    struct dialog *dialog; /* owned */
    struct reply *reply;   /* owned */
    struct llm *llm;       /* owned; NULL: none is set */
    char language[16];     /* that `reply` was asked for */
    bool llm_failed;       /* a model is set but cannot be used; this was told */
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
    dialog_set_reply(a->dialog, reply);
    reply_free(a->reply);
    a->reply = reply;
    return 0;
}

/* A model that cannot be used is told; without it nothing but free questions is lost. */
static void assistant_set_llm(struct assistant *a)
{
    struct err why = ERR_INIT;
    struct llm_events events;
    int r = 0;

    if (llm_fits(a->llm, a->deps.settings) && !a->llm_failed)
        return;
    dialog_set_llm(a->dialog, NULL);
    a->llm = llm_free(a->llm);
    dialog_llm_events(a->dialog, &events);
    if (strcmp(a->deps.settings->llm_kind, "none") != 0)
        r = llm_new(&a->llm, a->deps.loop, a->deps.settings, &events, &why);
    a->llm_failed = r < 0;
    bus_post_fault(a->deps.bus, "llm", r, r < 0 ? err_text(&why) : "");
    dialog_set_llm(a->dialog, a->llm);
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
        assistant_set_llm(a);
}

int assistant_new(struct assistant **ret, const struct assistant_deps *deps, struct err *e)
{
    AUTO(assistant_freep) struct assistant *a = calloc(1, sizeof(*a));
    const struct dialog_deps dd = { deps->loop, deps->bus, deps->settings, deps->last_session_id };
    int r;

    if (!a)
        return err_set(e, -ENOMEM, "assistant: out of memory");
    a->deps = *deps;
    r = dialog_new(&a->dialog, &dd, e);
    if (r >= 0)
        r = assistant_set_language(a, e);
    if (r >= 0)
        r = bus_on(deps->bus, MSG_SETTINGS, assistant_on_settings, a, e);
    if (r < 0)
        return err_wrap(e, r, "assistant");
    if (!llm_fits(NULL, deps->settings))
        assistant_set_llm(a);
    *ret = STEAL(a);
    return 0;
}

struct assistant *assistant_free(struct assistant *a)
{
    if (!a)
        return NULL;
    bus_off(a->deps.bus, a);
    dialog_free(a->dialog);
    llm_free(a->llm);
    reply_free(a->reply);
    free(a);
    return NULL;
}

bool assistant_is_busy(const struct assistant *a)
{
    return dialog_is_busy(a->dialog);
}

const char *assistant_state(const struct assistant *a)
{
    return dialog_state_name(a->dialog);
}
