/* SPDX-License-Identifier: Apache-2.0 */
/* web/web.c - makes the parts of the server and joins them.
 *
 * The end has an order: no new connections; requests that wait are answered; sockets are
 * closed (libmicrohttpd must have its connections back); then the server stops. */
#include "web/web.h"

#include "base/must.h"
#include "core/deadlines.h"
#include "web/http.h"
#include "web/message.h"
#include "web/model.h"
#include "web/pending.h"
#include "web/socket.h"

#include <stdatomic.h>

struct web {
    struct web_deps deps;    /* all borrowed */
    struct pending *pending; /* owned, as all below */
    struct model *model;
    struct socket_server *sockets;
    struct store_reader *reader; /* used by the HTTP thread alone */
    struct conns *conns;
    char *openapi;     /* text: made once */
    _Atomic bool shows_missed; /* setting store.missed; read by the HTTP thread */
    struct http *http; /* NULL: not started */
};

static void web_event(const char *text, bool brief, void *user)
{
    struct web *w = user;

    socket_send_all(w->sockets, text, brief);
}

static void web_direct(uint32_t socket, const char *text, void *user)
{
    struct web *w = user;

    socket_send_one(w->sockets, socket, text);
}

static bool web_has_audience(void *user)
{
    struct web *w = user;

    return socket_count(w->sockets) > 0;
}

/* WebSocket thread. */
static char *web_hello(void *user)
{
    struct web *w = user;

    return model_hello(w->model);
}

/* WebSocket thread. */
static void web_tick(void *user)
{
    struct web *w = user;

    int64_t now_usec = clock_mono_usec(loop_clock(w->deps.loop));

    pending_expire(w->pending, now_usec);
    (void)conn_expire(w->conns, now_usec);
}

static void web_on_settings(const struct msg *m, void *user)
{
    struct web *w = user;

    if (settings_touches(m->text, SETTINGS_MISSED))
        atomic_store(&w->shows_missed, w->deps.settings->store_missed);
}

static int web_describe(struct web *w, struct err *e)
{
    AUTO_JSON *j = describe_openapi();

    w->openapi = json_text(j);
    return w->openapi ? 0 : err_set(e, -ENOMEM, "web: out of memory");
}

int web_new(struct web **ret, const struct web_deps *d, struct err *e)
{
    AUTO(web_freep) struct web *w = calloc(1, sizeof(*w));
    struct socket_deps sd = { .bus = d->bus, .health = d->health };
    struct model_out out = { 0 };
    int r;

    if (!w)
        return err_set(e, -ENOMEM, "web: out of memory");
    w->deps = *d;
    r = pending_new(&w->pending, e);
    if (r < 0)
        return r;
    r = conns_new(&w->conns, e);
    if (r < 0)
        return r;
    sd.clock = loop_clock(d->loop);
    sd.hello = web_hello;
    sd.tick = web_tick;
    sd.user = w;
    r = socket_new(&w->sockets, &sd, e);
    if (r < 0)
        return r;
    out.event = web_event;
    out.direct = web_direct;
    out.has_audience = web_has_audience;
    out.user = w;
    out.pending = w->pending;
    r = model_new(&w->model, d, &out, e);
    if (r < 0)
        return r;
    if (d->store) {
        r = store_reader_new(&w->reader, d->store, e);
        if (r < 0)
            return r;
    }
    atomic_store(&w->shows_missed, d->settings->store_missed);
    r = bus_on(d->bus, MSG_SETTINGS, web_on_settings, w, e);
    if (r < 0)
        return r;
    r = web_describe(w, e);
    if (r < 0)
        return r;
    *ret = STEAL(w);
    return 0;
}

int web_start(struct web *w, struct err *e)
{
    const struct http_parts parts = {
        .shows_missed = &w->shows_missed,
        .conns = w->conns,
        .openapi = w->openapi,
        .model = w->model,
        .pending = w->pending,
        .sockets = w->sockets,
        .store = w->deps.store,
        .reader = w->reader,
        .health = w->deps.health,
        .bus = w->deps.bus,
        .clock = loop_clock(w->deps.loop),
    };
    int r;

    must(!w->http);
    model_start(w->model);
    r = socket_start(w->sockets, e);
    if (r >= 0)
        r = http_start(&w->http, w->deps.settings, &parts, e);
    return r;
}

bool web_is_watched(const struct web *w)
{
    return socket_count(w->sockets) > 0;
}

unsigned web_port(const struct web *w)
{
    return w->http ? http_port(w->http) : 0;
}

struct web *web_free(struct web *w)
{
    if (!w)
        return NULL;
    bus_off(w->deps.bus, w);
    http_quiesce(w->http);
    if (w->pending) {
        pending_stop(w->pending);
        /* the library drops what it has not sent; one that does not read must not hold up the end */
        (void)pending_await(w->pending, DEADLINE_STOP_HTTP_MS);
    }
    socket_stop(w->sockets);
    http_free(w->http);
    socket_free(w->sockets);
    model_free(w->model);
    store_reader_free(w->reader);
    pending_free(w->pending);
    conns_free(w->conns);
    free(w->openapi);
    free(w);
    return NULL;
}
