/* SPDX-License-Identifier: Apache-2.0 */
/* app/keeper.c - what the bus tells and must survive goes to the store.
 *
 *   MSG_SESSION  -> store_session_put() -> [writer thread] commit -> MSG_STORED
 *   MSG_DEVICE   -> store_device_put() (best effort; the house tells again) */
#include "app/app.h"

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

static const char *const detail_keys[] = { "slots",    "timeline", "sent",     "publishes",
                                           "template", "error",    "endpoint", "nearest",
                                           "rest",     "examples" };

/* The parts of a session that nobody searches for stand in one JSON column. */
static char *keeper_detail(const cJSON *session)
{
    AUTO_JSON *detail = cJSON_CreateObject();

    if (!detail)
        return NULL;
    for (size_t i = 0; i < sizeof(detail_keys) / sizeof(detail_keys[0]); i++) {
        const cJSON *part = cJSON_GetObjectItemCaseSensitive(session, detail_keys[i]);

        if (part)
            json_put_copy(detail, detail_keys[i], part);
    }
    return json_text(detail);
}

static int keeper_put(struct keeper *k, const struct msg *m, struct err *e)
{
    AUTO_FREE char *detail = keeper_detail(m->json);
    AUTO_FREE struct keeper_wait *w = calloc(1, sizeof(*w));
    const struct store_session row = {
        .id = m->session,
        .wall_usec = (int64_t)(json_num(m->json, "at", 0) * 1000),
        .source = json_str(m->json, "source", ""),
        .heard = json_str(m->json, "heard", ""),
        .intent = json_str(m->json, "intent", ""),
        .reply = json_str(m->json, "reply", ""),
        .outcome = json_str(m->json, "outcome", ""),
        .detail = detail,
    };
    int r;

    if (!detail || !w)
        return err_set(e, -ENOMEM, "session: out of memory");
    w->bus = k->app->bus;
    w->session = m->session;
    r = store_session_put(k->app->store, &row, keeper_on_done, w, e);
    if (r >= 0)
        w = NULL; /* the writer answers and frees it */
    return r;
}

static void keeper_on_session(const struct msg *m, void *user)
{
    struct keeper *k = user;
    struct err e = ERR_INIT;
    int r;

    if (!k->app->store) {
        keeper_answer(k, m->session, 0, NULL); /* the lab forgets by design */
        return;
    }
    r = keeper_put(k, m, &e);
    if (r < 0)
        keeper_answer(k, m->session, r, err_text(&e));
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

int keeper_new(struct keeper **ret, struct app *a, struct err *e)
{
    AUTO_FREE struct keeper *k = calloc(1, sizeof(*k));
    int r;

    if (!k)
        return err_set(e, -ENOMEM, "keeper: out of memory");
    k->app = a;
    r = bus_on(a->bus, MSG_SESSION, keeper_on_session, k, e);
    if (r >= 0)
        r = bus_on(a->bus, MSG_DEVICE, keeper_on_device, k, e);
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
