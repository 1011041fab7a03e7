/* SPDX-License-Identifier: Apache-2.0 */
/* app/keeper.c - what the bus tells and must survive goes to the store.
 *
 *   MSG_SESSION  -> store_session_put() -> [writer thread] commit -> MSG_STORED
 *   MSG_SESSION_MORE -> the same row as it ended; best effort, with the next commit
 *   MSG_DEVICE   -> store_device_put() (the newest of a device; written every few minutes)
 *   MSG_FAULT, the store works again -> its last session's id -> assistant: ids go on rising after a
 *                   store that opened late, though the clock may have gone back since
 *
 * Who owns what: a keeper_wait goes with its row to the writer, which answers once, always. A row
 * that is refused (closed store, full queue) is answered here, with the store's words. */
#include "app/app.h"

#include "core/session_doc.h"

#include <string.h>

struct keeper {
    struct app *app; /* borrowed */
};

struct keeper_wait { /* one durable row under way; owned by the writer until it answers */
    struct bus *bus;
    uint64_t session;
};

/* Writer thread. */
static void keeper_on_done(int code, const char *text, void *user)
{
    AUTO_FREE struct keeper_wait *w = user;
    AUTO(msg_freep) struct msg *m = msg_new(MSG_STORED, w->session);

    if (m) {
        m->code = code;
        m->text = text ? str_dup(text) : NULL;
    }
    bus_post(w->bus, STEAL(m));
}

static void keeper_answer(struct keeper *k, uint64_t session, int code, const char *text)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_STORED, session);

    if (m) {
        m->code = code;
        m->text = text ? str_dup(text) : NULL;
    }
    bus_post(k->app->bus, STEAL(m));
}

/* `w` NULL: best effort. Taken on success. */
static int keeper_put(struct keeper *k, const struct msg *m, struct keeper_wait *w, struct err *e)
{
    AUTO_FREE char *detail = session_doc_detail(m->json);
    const struct store_session row = {
        .id = m->session,
        .wall_usec = json_int(m->json, "at", 0, INT64_MAX / 1000000, 0) * 1000,
        .source = json_str(m->json, "source", ""),
        .heard = json_str(m->json, "heard", ""),
        .intent = json_str(m->json, "intent", ""),
        .reply = json_str(m->json, "reply", ""),
        .outcome = json_str(m->json, "outcome", ""),
        .detail = detail,
    };

    if (!detail)
        return err_set(e, -ENOMEM, "session: out of memory");
    return store_session_put(k->app->store, &row, w ? keeper_on_done : NULL, w, e);
}

static void keeper_on_session(const struct msg *m, void *user)
{
    struct keeper *k = user;
    AUTO_FREE struct keeper_wait *w = calloc(1, sizeof(*w));
    struct err e = ERR_INIT;
    int r;

    if (!k->app->store) {
        keeper_answer(k, m->session, 0, NULL); /* the lab forgets by design */
        return;
    }
    if (w)
        *w = (struct keeper_wait){ k->app->bus, m->session };
    r = w ? keeper_put(k, m, w, &e) : err_set(&e, -ENOMEM, "session: out of memory");
    if (r < 0)
        keeper_answer(k, m->session, r, err_text(&e));
    else
        w = NULL; /* the writer answers and frees it */
}

static void keeper_on_session_more(const struct msg *m, void *user)
{
    struct keeper *k = user;
    struct err e = ERR_INIT;

    if (k->app->store && keeper_put(k, m, NULL, &e) < 0)
        log_warn(k->app->log, "store", "end of a session: %s", err_text(&e));
}

static void keeper_on_device(const struct msg *m, void *user)
{
    struct keeper *k = user;
    const char *id = json_str(m->json, "id", NULL);
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(m->json, "state");
    AUTO_FREE char *text = state ? json_text(state) : NULL;
    struct err e = ERR_INIT;

    if (!k->app->store || !id || !text)
        return;
    if (store_device_put(k->app->store, id, text, clock_wall_usec(k->app->clock), &e) < 0)
        log_warn(k->app->log, "store", "state of %s: %s", id, err_text(&e));
}

/* The store works again: perhaps it is only now that it can be read. */
static void keeper_on_fault(const struct msg *m, void *user)
{
    struct app *a = ((struct keeper *)user)->app;
    struct err e = ERR_INIT;
    uint64_t last = 0;

    if (m->code < 0 || !m->part || strcmp(m->part, "store") != 0 || !a->reader || !a->assistant)
        return;
    if (store_session_last_id(&last, a->reader, &e) < 0)
        log_warn(a->log, "store", "the last session's number: %s", err_text(&e));
    assistant_ids_above(a->assistant, last);
}

int keeper_new(struct keeper **ret, struct app *a, struct err *e)
{
    AUTO_FREE struct keeper *k = calloc(1, sizeof(*k));
    int r;

    if (!k)
        return err_set(e, -ENOMEM, "keeper: out of memory");
    k->app = a;
    r = bus_on(a->bus, MSG_SESSION, keeper_on_session, k, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_SESSION_MORE, keeper_on_session_more, k, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_DEVICE, keeper_on_device, k, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_FAULT, keeper_on_fault, k, e);
    if (r < 0) {
        bus_off(a->bus, k);
        return r;
    }
    *ret = STEAL(k);
    return 0;
}

struct keeper *keeper_free(struct keeper *k)
{
    if (!k)
        return NULL;
    bus_off(k->app->bus, k);
    free(k);
    return NULL;
}
