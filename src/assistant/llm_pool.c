/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/llm_pool.c - the language model for all conversations. */
#include "assistant/llm_pool.h"

#include "base/must.h"

#include <string.h>

struct llm_place {
    struct llm_pool *model;
    struct llm *llm;           /* owned; NULL: none is set, or it cannot be used */
    struct llm_asker *asker; /* borrowed; NULL: free */
};

struct llm_pool {
    struct loop *loop;                /* borrowed */
    struct bus *bus;                  /* borrowed */
    const struct settings *settings;  /* borrowed */
    struct breaker breaker;           /* of the server, for all places */
    struct llm_place places[LLM_PARALLEL];
    struct llm_asker *row;          /* borrowed; those that wait, oldest first */
    bool is_unusable;                 /* the settings name a model that cannot be asked */
    char fault[ERR_TEXT_BYTES];       /* that was told last; "": all is well */
};

static size_t llm_pool_waits(const struct llm_pool *m)
{
    size_t n = 0;

    for (const struct llm_asker *a = m->row; a; a = a->next)
        n++;
    return n;
}

static void llm_pool_check(const struct llm_pool *m)
{
    must(llm_pool_waits(m) <= LLM_POOL_WAITS_MAX);
    for (size_t i = 0; i < LLM_PARALLEL; i++) {
        const struct llm_place *p = &m->places[i];

        must(!p->asker || (p->asker->has_place && p->asker->model == m));
        must(p->asker || !llm_is_busy(p->llm));
    }
}

/* ---- faults -------------------------------------------------------------------------------- */

/* Told when it begins, changes or ends; not each time. */
static void llm_pool_tell(struct llm_pool *m, int code, const char *words)
{
    bool is_told = m->fault[0] != '\0';

    if (code >= 0 ? !is_told : strcmp(m->fault, words) == 0)
        return;
    if (is_told && code == -EHOSTDOWN)
        return; /* the breaker: why it opened says more */
    str_copy(m->fault, sizeof(m->fault), code < 0 ? words : "");
    bus_post_fault(m->bus, "llm", code, code < 0 ? words : "");
}

/* ---- places -------------------------------------------------------------------------------- */

static void llm_pool_next(struct llm_pool *m);

static void asker_forget(struct llm_asker *a)
{
    a->model = NULL;
    a->next = NULL;
    a->has_place = false;
}

static void llm_pool_end(struct llm_pool *m, struct llm_asker *a, int code, const char *words)
{
    const struct llm_asker_events events = a->events;

    asker_forget(a);
    events.on_end(code, words, events.user);
    llm_pool_next(m);
}

static void place_on_text(const char *text, size_t len, void *user)
{
    struct llm_place *p = user;

    if (must(p->asker))
        p->asker->events.on_text(text, len, p->asker->events.user);
}

static void place_on_end(int code, const char *words, void *user)
{
    struct llm_place *p = user;
    struct llm_asker *a = p->asker;

    if (!must(a))
        return;
    p->asker = NULL;
    llm_pool_tell(p->model, code, words);
    llm_pool_end(p->model, a, code, words);
    llm_pool_check(p->model);
}

static struct llm_place *place_free(struct llm_pool *m)
{
    for (size_t i = 0; i < LLM_PARALLEL; i++)
        if (m->places[i].llm && !m->places[i].asker)
            return &m->places[i];
    return NULL;
}

static void place_take(struct llm_place *p, struct llm_asker *a)
{
    struct err e = ERR_INIT;
    int r;

    a->has_place = true;
    p->asker = a;
    r = a->events.ask(p->llm, a->events.user, &e);
    if (r >= 0)
        return;
    p->asker = NULL;
    llm_pool_tell(p->model, r, err_text(&e));
    llm_pool_end(p->model, a, r, err_text(&e));
}

static void llm_pool_next(struct llm_pool *m)
{
    struct llm_place *p;

    while (m->row && (p = place_free(m))) {
        struct llm_asker *a = m->row;

        m->row = a->next;
        a->next = NULL;
        place_take(p, a);
    }
}

/* ---- for its users ------------------------------------------------------------------------- */

int llm_pool_ask(struct llm_pool *m, struct llm_asker *a)
{
    struct llm_asker **p = &m->row;
    struct llm_place *place = place_free(m);

    if (!must(!a->model) || (!place && llm_pool_waits(m) >= LLM_POOL_WAITS_MAX))
        return -EBUSY;
    must(a->events.ask && a->events.on_text && a->events.on_end);
    must(!place || !m->row); /* nobody waits while a place is free */
    a->model = m;
    a->next = NULL;
    a->has_place = false;
    if (place) {
        place_take(place, a);
        return 0;
    }
    while (*p)
        p = &(*p)->next;
    *p = a;
    llm_pool_check(m);
    return 0;
}

void llm_pool_leave(struct llm_asker *a)
{
    struct llm_pool *m = a->model;
    struct llm_asker **p = m ? &m->row : NULL;

    if (!m)
        return;
    for (size_t i = 0; a->has_place && i < LLM_PARALLEL; i++) {
        if (m->places[i].asker != a)
            continue;
        m->places[i].asker = NULL;
        llm_cancel(m->places[i].llm);
    }
    while (!a->has_place && *p && *p != a)
        p = &(*p)->next;
    if (!a->has_place && must(*p == a))
        *p = a->next;
    asker_forget(a);
    llm_pool_next(m);
    llm_pool_check(m);
}

bool llm_pool_is_there(const struct llm_pool *m)
{
    return m->places[0].llm != NULL;
}

/* ---- settings ------------------------------------------------------------------------------ */

static int llm_pool_make(struct llm_pool *m, struct err *e)
{
    if (strcmp(m->settings->llm_kind, "none") == 0)
        return 0;
    for (size_t i = 0; i < LLM_PARALLEL; i++) {
        const struct llm_events events = { place_on_text, place_on_end, &m->places[i] };
        int r = llm_new(&m->places[i].llm, m->loop, m->settings, &events, e);

        if (r < 0)
            return r;
        llm_share_breaker(m->places[i].llm, &m->breaker);
    }
    return 0;
}

static void llm_pool_drop(struct llm_pool *m)
{
    struct llm_asker *gone[LLM_PARALLEL];

    for (size_t i = 0; i < LLM_PARALLEL; i++) {
        gone[i] = m->places[i].asker;
        m->places[i].asker = NULL;
        m->places[i].llm = llm_free(m->places[i].llm);
    }
    for (size_t i = 0; i < LLM_PARALLEL; i++)
        if (gone[i])
            llm_pool_end(m, gone[i], -ECANCELED, "the settings of the language model were changed");
}

void llm_pool_settings_changed(struct llm_pool *m)
{
    struct err why = ERR_INIT;
    int r;

    if (llm_fits(m->places[0].llm, m->settings) && !m->is_unusable)
        return;
    llm_pool_drop(m);
    m->breaker = (struct breaker){ 0 };
    r = llm_pool_make(m, &why);
    if (r < 0)
        for (size_t i = 0; i < LLM_PARALLEL; i++)
            m->places[i].llm = llm_free(m->places[i].llm);
    m->is_unusable = r < 0;
    llm_pool_tell(m, r, r < 0 ? err_text(&why) : "");
    while (m->row && !llm_pool_is_there(m)) { /* nobody will answer those who wait */
        struct llm_asker *a = m->row;

        m->row = a->next;
        llm_pool_end(m, a, -ECANCELED, "the settings of the language model were changed");
    }
    llm_pool_next(m);
}

int llm_pool_new(struct llm_pool **ret, struct loop *loop, struct bus *bus,
              const struct settings *settings, struct err *e)
{
    struct llm_pool *m = calloc(1, sizeof(*m));

    if (!m)
        return err_set(e, -ENOMEM, "language model: out of memory");
    m->loop = loop;
    m->bus = bus;
    m->settings = settings;
    for (size_t i = 0; i < LLM_PARALLEL; i++)
        m->places[i].model = m;
    llm_pool_settings_changed(m);
    *ret = m;
    return 0;
}

struct llm_pool *llm_pool_free(struct llm_pool *m)
{
    if (!m)
        return NULL;
    must(!m->row);
    for (size_t i = 0; i < LLM_PARALLEL; i++) {
        must(!m->places[i].asker);
        llm_free(m->places[i].llm);
    }
    free(m);
    return NULL;
}
