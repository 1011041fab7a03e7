/* SPDX-License-Identifier: Apache-2.0 */
/* web/api.c - the handlers that stand in the route table. */
#include "web/api.h"


#include "base/must.h"
#include "core/loss.h"
#include "core/missed.h"
#include "web/handshake.h"
#include "web/message.h"
#include "web/response.h"
#include "web/socket.h"

#include <stdatomic.h>
#include <string.h>

int api_health(struct call *c)
{
    char text[80]; /* thread names are constants of ours */
    const char *late = NULL;

    if (health_is_alive(c->parts->health, &late))
        return call_json_kept(c, 200, "{\"status\":\"ok\",\"late\":null}");
    snprintf(text, sizeof(text), "{\"status\":\"late\",\"late\":\"%.40s\"}", late);
    return call_json_text(c, 503, str_dup(text));
}

static int call_busy(struct call *c, int code)
{
    call_field(c, "Retry-After", code == -ESHUTDOWN ? "5" : "1");
    if (code == -ESHUTDOWN)
        return call_problem(c, 503, "the server is ending");
    return call_problem(c, 503, "too many requests are waiting for an answer; try again");
}

static int call_park(struct call *c, uint64_t *token, enum wait_kind kind, int64_t wait_ms)
{
    int r = pending_park(&c->slot, token, c->parts->pending, c->connection, kind,
                         clock_mono_usec(c->parts->clock) + wait_ms * 1000);

    must(!c->parked); /* a call waits once */
    c->parked = r >= 0;
    return r;
}

/* Gets a status that is at most a second old: true and *text, or the call has been parked or
 * answered and *result is what the handler returns. */
static bool call_status(char **text, int *result, struct call *c)
{
    const struct http_parts *parts = c->parts;
    int r;

    if (c->slot) {
        AUTO_FREE char *unused = NULL;
        unsigned status;
        enum wait_result how = pending_take(parts->pending, STEAL(c->slot), &status, &unused);

        if (how == WAIT_STOPPING) {
            *result = call_busy(c, -ESHUTDOWN);
            return false;
        }
        if (how == WAIT_EXPIRED) {
            call_field(c, "Retry-After", "2");
            *result = call_problem(c, 503, "the main loop does not answer");
            return false;
        }
        *text = model_status(parts->model, true);
        if (!*text)
            *result = call_problem(c, 500, "out of memory");
        return *text != NULL;
    }
    *text = model_status(parts->model, false);
    if (*text)
        return true;
    r = call_park(c, NULL, WAIT_STATUS, STATUS_DEADLINE_MS);
    if (r == -EBUSY && (*text = model_status(parts->model, true)))
        return true; /* many wait for a new one: the last one is better than none */
    if (r >= 0)
        model_ask_status(parts->model);
    *result = r < 0 ? call_busy(c, r) : MHD_YES;
    return false;
}

int api_status(struct call *c)
{
    char *text;
    int result;

    if (!call_status(&text, &result, c))
        return result;
    return call_json_text(c, 200, text);
}

int api_ready(struct call *c)
{
    AUTO_FREE char *text = NULL;
    AUTO_JSON *status = NULL, *j = NULL;
    const cJSON *audio, *speech, *home, *health, *store;
    cJSON *parts;
    bool ready;
    int result;

    if (!call_status(&text, &result, c))
        return result;
    j = cJSON_CreateObject();
    if (!j || json_parse(&status, text, strlen(text), NULL) < 0)
        return call_problem(c, 500, "out of memory");
    audio = cJSON_GetObjectItemCaseSensitive(status, "audio");
    speech = cJSON_GetObjectItemCaseSensitive(status, "speech");
    home = cJSON_GetObjectItemCaseSensitive(status, "home");
    store = cJSON_GetObjectItemCaseSensitive(status, "store");
    health = cJSON_GetObjectItemCaseSensitive(status, "health");
    /* without a microphone, store or broker it still takes typed sentences */
    ready = json_bool(health, "alive", false) && json_bool(speech, "ready", false);
    cJSON_AddBoolToObject(j, "ready", ready);
    parts = cJSON_AddObjectToObject(j, "parts");
    cJSON_AddBoolToObject(parts, "threads", json_bool(health, "alive", false));
    cJSON_AddBoolToObject(parts, "recogniser", json_bool(speech, "ready", false));
    cJSON_AddBoolToObject(parts, "microphone", json_bool(audio, "capture_open", false));
    cJSON_AddBoolToObject(parts, "loudspeaker", json_bool(audio, "playback_open", false));
    cJSON_AddBoolToObject(parts, "store", json_bool(store, "open", false));
    cJSON_AddBoolToObject(parts, "home", json_bool(home, "connected", false));
    return call_json(c, ready ? 200 : 503, j);
}

/* What the main loop answered to a parked call. */
static int call_answered(struct call *c, int deadline_ms)
{
    AUTO_FREE char *answer = NULL;
    unsigned status;

    must(c->slot);
    switch (pending_take(c->parts->pending, STEAL(c->slot), &status, &answer)) {
    case WAIT_STOPPING:
        return call_busy(c, -ESHUTDOWN);
    case WAIT_EXPIRED:
        return call_problem(c, 504, "no answer within %d s", deadline_ms / 1000);
    default:
        break;
    }
    if (status == 200)
        return call_json_text(c, 200, STEAL(answer));
    if (status == 503)
        call_field(c, "Retry-After", "2");
    return call_problem(c, status, "%s", answer && answer[0] ? answer : "no details");
}

/* Where a sentence over HTTP belongs: the client's own conversation, else one of this request. */
static uint64_t chat_endpoint(uint64_t conversation, uint64_t token)
{
    const uint64_t named = UINT64_C(1) << 55;

    must(conversation <= JSON_INT_MAX && token < named);
    return endpoint_of(ORIGIN_HTTP, conversation ? named | conversation : token);
}

int api_chat(struct call *c)
{
    AUTO(message_done) struct message m = { 0 };
    AUTO(msg_freep) struct msg *msg = NULL;
    struct err e = ERR_INIT;
    uint64_t token;
    int r;

    if (c->slot)
        return call_answered(c, CHAT_DEADLINE_MS);
    r = chat_parse(&m, str_text(&c->body), c->body.len, &e);
    if (r < 0)
        return call_problem(c, r == -EMSGSIZE ? 413 : r == -ENOMEM ? 500 : 400, "%s", err_text(&e));
    msg = msg_new(MSG_TEXT, 0);
    if (!msg)
        return call_problem(c, 500, "out of memory");
    r = call_park(c, &token, WAIT_ANSWER, CHAT_DEADLINE_MS);
    if (r < 0)
        return call_busy(c, r);
    msg->text = STEAL(m.text);
    msg->part = "web"; /* the session's source */
    msg->origin = (struct origin){ .kind = ORIGIN_HTTP, .client = token };
    msg->endpoint = chat_endpoint(m.conversation, token);
    msg->input.speak = m.speak;
    bus_post(c->parts->bus, STEAL(msg));
    return MHD_YES;
}

static int call_store_error(struct call *c, int code, const struct err *e)
{
    if (code == -ENOENT)
        return call_problem(c, 404, "there is no session %s", c->segment);
    call_field(c, "Retry-After", "5");
    return call_problem(c, 503, "store: %s", err_text(e));
}

static int call_storeless(struct call *c)
{
    call_field(c, "Retry-After", "10");
    return call_problem(c, 503, "store: it is not open; /api/status tells why");
}

/* The whole number of a query parameter by its row in the route table. */
static int call_param(int64_t *ret, const struct call *c, const char *name, struct err *e)
{
    for (size_t i = 0; i < ROUTE_PARAMS_MAX && c->route->params[i].name; i++)
        if (strcmp(c->route->params[i].name, name) == 0)
            return route_param_parse(
                ret, &c->route->params[i],
                MHD_lookup_connection_value(c->connection, MHD_GET_ARGUMENT_KIND, name), e);
    return err_set(e, -ENOENT, "%s: unknown", name);
}

int api_sessions(struct call *c)
{
    AUTO_JSON *list = NULL, *j = NULL;
    struct err e = ERR_INIT;
    int64_t limit, before;
    int r = call_param(&limit, c, "limit", &e);

    if (r >= 0)
        r = call_param(&before, c, "before", &e);
    if (r < 0)
        return call_problem(c, 400, "%s", err_text(&e));
    if (!c->parts->reader)
        return call_storeless(c);
    r = store_sessions(&list, c->parts->reader, (uint64_t)before, (int)limit, &e);
    if (r < 0)
        return call_store_error(c, r, &e);
    j = cJSON_CreateObject();
    if (!json_put(j, "sessions", STEAL(list)))
        return call_problem(c, 500, "out of memory");
    return call_json(c, 200, j);
}

int api_session(struct call *c)
{
    static const struct route_param id = { "id", 1, 1LL << 53, 0, "" };
    AUTO_JSON *j = NULL;
    struct err e = ERR_INIT;
    int64_t n;
    int r = route_param_parse(&n, &id, c->segment, &e);

    if (r < 0)
        return call_problem(c, 404, "%s", err_text(&e));
    if (!c->parts->reader)
        return call_storeless(c);
    r = store_session_get(&j, c->parts->reader, (uint64_t)n, &e);
    if (r < 0)
        return call_store_error(c, r, &e);
    return call_json(c, 200, j);
}

int api_devices(struct call *c)
{
    return call_json_text(c, 200, model_devices(c->parts->model));
}

int api_areas(struct call *c)
{
    return call_json_text(c, 200, model_areas(c->parts->model));
}

static int call_act(struct call *c, struct act_wish *w)
{
    AUTO(msg_freep) struct msg *msg = msg_new(MSG_ACT, 0);
    uint64_t token;
    bool ok;
    int r;

    must(c->segment[0] && w->command > ACT_NONE && !c->slot);
    if (!msg)
        return call_problem(c, 500, "out of memory");
    msg->json = cJSON_CreateObject();
    ok = json_put_text(msg->json, "device", c->segment) &&
         json_put_text(msg->json, "command", act_command_name(w->command)) &&
         (!w->value || json_put(msg->json, "value", STEAL(w->value)));
    if (!ok)
        return call_problem(c, 500, "out of memory");
    r = call_park(c, &token, WAIT_ANSWER, ACT_DEADLINE_MS);
    if (r < 0)
        return call_busy(c, r);
    msg->origin = (struct origin){ .kind = ORIGIN_HTTP, .client = token };
    msg->endpoint = endpoint_of(ORIGIN_HTTP, token);
    bus_post(c->parts->bus, STEAL(msg));
    return MHD_YES;
}

int api_device_act(struct call *c)
{
    struct act_wish w = { ACT_NONE, NULL };
    struct err e = ERR_INIT;
    int r;

    if (c->slot)
        return call_answered(c, ACT_DEADLINE_MS);
    if (!model_has_device(c->parts->model, c->segment))
        return call_problem(c, 404, "there is no device %s", c->segment);
    r = act_parse(&w, str_text(&c->body), c->body.len, &e);
    if (r < 0)
        return call_problem(c, r == -ENOMEM ? 500 : 400, "%s", err_text(&e));
    r = call_act(c, &w);
    act_done(&w);
    return r;
}

int api_missed(struct call *c)
{
    AUTO_JSON *rows = NULL, *j = NULL;
    struct err e = ERR_INIT;
    int64_t limit;
    int r = call_param(&limit, c, "limit", &e);

    if (r < 0)
        return call_problem(c, 400, "%s", err_text(&e));
    if (!atomic_load(c->parts->shows_missed))
        return call_problem(c, 404, "what is not understood is not shown: store.missed is false");
    if (!c->parts->reader)
        return call_storeless(c);
    r = store_missed(&rows, c->parts->reader, 0, (int)limit, &e);
    if (r < 0)
        return call_store_error(c, r, &e);
    j = missed_view(rows);
    return j ? call_json(c, 200, j) : call_problem(c, 500, "out of memory");
}

/* Takes `wish`. */
static int call_learn(struct call *c, cJSON *wish)
{
    AUTO_JSON *held = wish;
    AUTO(msg_freep) struct msg *msg = msg_new(MSG_LEARN, 0);
    uint64_t token;
    int r;

    must(!c->slot);
    if (!msg || !held)
        return call_problem(c, 500, "out of memory");
    r = call_park(c, &token, WAIT_ANSWER, ACT_DEADLINE_MS);
    if (r < 0)
        return call_busy(c, r);
    msg->json = STEAL(held);
    msg->origin = (struct origin){ .kind = ORIGIN_HTTP, .client = token };
    bus_post(c->parts->bus, STEAL(msg));
    return MHD_YES;
}

int api_learnt(struct call *c)
{
    return c->slot ? call_answered(c, ACT_DEADLINE_MS) : call_learn(c, cJSON_CreateObject());
}

int api_learn(struct call *c)
{
    struct err e = ERR_INIT;
    cJSON *wish = NULL;
    int r;

    if (c->slot)
        return call_answered(c, ACT_DEADLINE_MS);
    r = learn_parse(&wish, str_text(&c->body), c->body.len, &e);
    if (r < 0)
        return call_problem(c, r == -ENOMEM ? 500 : 400, "%s", err_text(&e));
    return call_learn(c, wish);
}

/* Answered before it is durable: the end of the fault tells that it is. */
int api_acknowledge(struct call *c)
{
    struct err e = ERR_INIT;

    if (strcmp(c->segment, "history") != 0 && strcmp(c->segment, "states") != 0)
        return call_problem(c, 404, "there is no notice %s", c->segment);
    if (!c->parts->store)
        return call_storeless(c);
    if (loss_acknowledge(c->parts->store, c->parts->bus, &e) < 0)
        return call_problem(c, 503, "store: %s", err_text(&e));
    return call_json_kept(c, 202, "{\"acknowledged\":\"history\"}");
}

int api_openapi(struct call *c)
{
    return call_json_kept(c, 200, c->parts->openapi);
}

int api_socket(struct call *c)
{
    char accept[WS_ACCEPT_BYTES];
    struct MHD_Response *response;
    struct err e = ERR_INIT;
    unsigned status;
    int r = handshake_check(accept, &status, &c->head, &e);

    if (r < 0) {
        if (status == 426) {
            call_field(c, "Upgrade", "websocket");
            call_field(c, "Sec-WebSocket-Version", "13");
        }
        return call_problem(c, status, "%s", err_text(&e));
    }
    r = socket_upgrade(&response, c->parts->sockets, &e);
    if (r < 0) {
        call_field(c, "Retry-After", "10");
        return call_problem(c, 503, "%s", err_text(&e));
    }
    return call_upgrade(c, response, accept);
}

int api_page(struct call *c)
{
    const char *path = c->route->path;
    const char *name = strcmp(path, "/") == 0              ? "index.html"
                       : strcmp(path, "/favicon.ico") == 0 ? "icon.svg"
                                                           : c->segment;

    for (size_t i = 0; i < assets_n; i++)
        if (strcmp(assets[i].name, name) == 0)
            return call_asset(c, &assets[i]);
    return call_problem(c, 404, "there is no file %s", name);
}
