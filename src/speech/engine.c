/* SPDX-License-Identifier: Apache-2.0 */
/* speech/engine.c - one helper process as jarvisd sees it. */
#include "speech/engine.h"

#include "base/must.h"
#include "speech/wire.h"

#include <stdlib.h>

enum { PING_MS = 2000, DEADLINE_MS = 6000 };

struct engine {
    const struct engine_kind *kind; /* constant */
    struct engine_deps deps;
    struct helper *helper; /* owned */
    uint32_t serials;
    uint32_t asked[ENGINE_ASKS_MAX]; /* serial of each row's question under way; 0: none */
    bool is_configured;
};

/* ---- asking -------------------------------------------------------------------------------- */

uint32_t engine_serial(struct engine *n)
{
    if (++n->serials == 0)
        n->serials = 1;
    return n->serials;
}

static size_t ask_row(const struct engine *n, uint16_t type)
{
    size_t i = 0;

    while (i < n->kind->asks_n && n->kind->asks[i].type != type)
        i++;
    return must(i < n->kind->asks_n) ? i : 0; /* only what stands in the table is asked */
}

int engine_ask(struct engine *n, uint16_t type, const cJSON *json, struct err *e)
{
    size_t row = ask_row(n, type);
    uint32_t serial = engine_serial(n);
    int r = engine_send_json(n, type, serial, json, e);

    n->asked[row] = r < 0 ? 0 : serial;
    must(row == 0 || n->asked[row] != n->asked[0] || r < 0); /* no two wait for one answer */
    return r;
}

void engine_forget(struct engine *n, uint16_t type)
{
    n->asked[ask_row(n, type)] = 0;
}

static void engine_forget_all(struct engine *n)
{
    for (size_t i = 0; i < ENGINE_ASKS_MAX; i++)
        n->asked[i] = 0;
    n->is_configured = false;
}

void engine_configure(struct engine *n)
{
    AUTO_JSON *json = NULL;

    engine_forget_all(n);
    if (!n->kind->config)
        return;
    json = n->kind->config(n->deps.user);
    if (json)
        engine_ask(n, n->kind->asks[0].type, json, NULL); /* one that is dying tells it itself */
    else
        engine_fault(n, -ENOMEM, "out of memory");
}

int engine_send(struct engine *n, uint16_t type, uint32_t serial, const void *head,
                size_t head_len, const void *bulk, size_t bulk_len)
{
    return helper_send2(n->helper, type, serial, head, head_len, bulk, bulk_len, NULL);
}

int engine_send_json(struct engine *n, uint16_t type, uint32_t serial, const cJSON *json,
                     struct err *e)
{
    return helper_send_json(n->helper, type, serial, json, e);
}

/* ---- answers ------------------------------------------------------------------------------- */

void engine_fault(struct engine *n, int code, const char *text)
{
    bus_post_fault(n->deps.bus, n->kind->part, code, text);
}

static void configured(struct engine *n, const char *error)
{
    must(!n->is_configured); /* asking for it has taken it back */
    n->is_configured = !error;
    engine_fault(n, error ? -EINVAL : 0, error ? error : n->kind->ready);
}

static void answer_take(struct engine *n, size_t row, const struct rpc_frame *f)
{
    const struct engine_ask *ask = &n->kind->asks[row];
    AUTO_FREE void *head = calloc(1, ask->answered->bytes);
    struct err e = ERR_INIT;
    const char *error;

    if (f->serial == 0 || f->serial != n->asked[row])
        return; /* to a question that nobody asks any more */
    n->asked[row] = 0;
    if (!head)
        err_set(&e, -ENOMEM, "out of memory");
    else if (wire_answer_take(head, ask->answered, f, &e) >= 0 && row == 0 && n->kind->judge)
        n->kind->judge(head, &e);
    error = e.code < 0 ? err_text(&e) : NULL;
    if (row == 0 && n->kind->config)
        configured(n, error);
    ask->on_answer(error ? NULL : head, error, n->deps.user);
    if (head)
        fields_done(head, ask->answered);
}

static void engine_on_frame(struct helper *h, const struct rpc_frame *f, void *user)
{
    struct engine *n = user;
    const struct engine_kind *k = n->kind;

    (void)h;
    for (size_t i = 0; i < k->asks_n; i++) {
        if (k->asks[i].answer != f->type)
            continue;
        answer_take(n, i, f);
        return;
    }
    for (size_t i = 0; i < k->frames_n; i++) {
        if (k->frames[i].type != f->type)
            continue;
        k->frames[i].fn(f, n->deps.user);
        return;
    }
}

static void engine_on_state(struct helper *h, bool up, const char *why, void *user)
{
    struct engine *n = user;
    const struct engine_kind *k = n->kind;

    (void)h;
    engine_forget_all(n);
    if (!up) {
        engine_fault(n, -ECHILD, why);
        if (k->on_down)
            k->on_down(n->deps.user);
        return;
    }
    if (k->config)
        engine_configure(n);
    else
        configured(n, NULL);
    if (k->on_up)
        k->on_up(n->deps.user);
}

/* ---- what it is up to ---------------------------------------------------------------------- */

bool engine_is_ready(const struct engine *n)
{
    must(!n->is_configured || !n->kind->config || !n->asked[0]);
    return helper_is_up(n->helper) && n->is_configured;
}

const char *engine_owes(const struct engine *n)
{
    must(n->kind->down);
    if (!helper_is_up(n->helper))
        return n->kind->down;
    for (size_t i = 0; i < n->kind->asks_n; i++)
        if (n->asked[i])
            return n->kind->asks[i].owed;
    return NULL;
}

void engine_stats(const struct engine *n, pid_t *pid, unsigned *restarts)
{
    *pid = helper_pid(n->helper);
    *restarts = helper_restarts(n->helper);
}

void engine_restart(struct engine *n, const char *why)
{
    helper_restart(n->helper, why);
}

/* ---- making one ---------------------------------------------------------------------------- */

/* Both of PATHS_BYTES: where the kind's program stands, and where it may be served already. */
static int places_of(char *program, char *socket, const struct engine_kind *k, const struct paths *p, struct err *e)
{
    int r = paths_join(program, PATHS_BYTES, p->helpers, k->program, e);

    return r < 0 ? r : paths_join(socket, PATHS_BYTES, p->sockets, k->program, e);
}

int engine_new(struct engine **ret, const struct engine_kind *k, const struct engine_deps *d,
               struct err *e)
{
    AUTO(engine_freep) struct engine *n = calloc(1, sizeof(*n));
    char program[PATHS_BYTES] = "", socket[PATHS_BYTES] = "";
    struct helper_opts o = {
        .name = d->name ? d->name : k->program,
        .program = d->program ? d->program : program,
        .socket = !d->program && d->paths->sockets[0] ? socket : NULL,
        .memory_bytes_max = d->memory_bytes_max ? d->memory_bytes_max : k->memory_bytes_max,
        .ping_ms = PING_MS,
        .deadline_ms = k->deadline_ms ? k->deadline_ms : DEADLINE_MS,
        .on_state = engine_on_state,
        .on_frame = engine_on_frame,
        .user = n,
    };
    int r;

    must(k->asks_n <= ENGINE_ASKS_MAX && (!k->config || k->asks_n > 0));
    if (!n)
        return err_set(e, -ENOMEM, "%s: out of memory", k->part);
    n->kind = k;
    n->deps = *d;
    for (size_t i = 0; i < HELPER_READABLE_MAX; i++)
        o.readable[i] = d->readable[i];
    r = d->program ? 0 : places_of(program, socket, k, d->paths, e);
    if (r >= 0)
        r = helper_new(&n->helper, d->loop, &o, e);
    if (r < 0)
        return r;
    *ret = STEAL(n);
    return 0;
}

struct engine *engine_free(struct engine *n)
{
    if (!n)
        return NULL;
    helper_free(n->helper);
    free(n);
    return NULL;
}
