/* SPDX-License-Identifier: Apache-2.0 */
/* web/model.c - what the page shows: a snapshot that bus handlers keep, and events to sockets. */
#include "web/model.h"

#include "base/must.h"
#include "base/str.h"
#include "core/roster.h"
#include "core/session_doc.h"
#include "web/message.h"
#include "web/session.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { STATUS_FRESH_MS = 1000 };

struct model {
    struct web_deps deps; /* all borrowed */
    struct model_out out;
    struct loop_io *ask_io; /* owned */
    int ask_fd;             /* eventfd, owned: somebody wants a new status */

    pthread_mutex_t mutex; /* all below */
    char state[24];
    bool muted;
    struct roster roster;
    cJSON *about;   /* owned; name, version, language, wake_phrase of the last status */
    char *status;   /* owned; JSON text; NULL: none yet */
    int64_t status_at_usec;
};

static cJSON *event_new(const char *type)
{
    cJSON *j = cJSON_CreateObject();

    if (j && cJSON_AddStringToObject(j, "type", type))
        return j;
    cJSON_Delete(j);
    return NULL;
}

static void event_send(struct model *m, const cJSON *event, bool brief)
{
    AUTO_FREE char *text = json_text(event);

    if (text)
        m->out.event(text, brief, m->out.user);
}

static bool model_is_watched(struct model *m)
{
    return m->out.has_audience(m->out.user);
}

static void model_on_state(const struct msg *msg, struct model *m)
{
    AUTO_JSON *j = NULL;

    if (msg->endpoint != 0 && msg->endpoint != ENDPOINT_BOX)
        return;
    pthread_mutex_lock(&m->mutex);
    str_copy(m->state, sizeof(m->state), msg->text ? msg->text : "idle");
    pthread_mutex_unlock(&m->mutex);
    if (!model_is_watched(m))
        return;
    j = event_new("state");
    if (j && cJSON_AddStringToObject(j, "state", msg->text ? msg->text : "idle") &&
        session_doc_put_id(j, "session", msg->session))
        event_send(m, j, false);
}

/* Silence is -inf dB: no integer holds that. */
static double tenths(float db)
{
    return trunc((double)db * 10) / 10;
}

static void model_on_level(const struct msg *msg, struct model *m)
{
    AUTO_JSON *j = NULL;

    if (!model_is_watched(m))
        return;
    j = event_new("level");
    if (j && cJSON_AddNumberToObject(j, "level_db", tenths(msg->level.level_db)) &&
        cJSON_AddNumberToObject(j, "noise_db", tenths(msg->level.noise_db)) &&
        cJSON_AddBoolToObject(j, "voiced", msg->level.voiced))
        event_send(m, j, true);
}

static void model_on_transcript(const struct msg *msg, struct model *m)
{
    AUTO_JSON *j = NULL;

    if (msg->code < 0 || !msg->text || !model_is_watched(m))
        return;
    j = event_new("heard");
    if (j && cJSON_AddStringToObject(j, "text", msg->text) &&
        session_doc_put_id(j, "session", msg->session))
        event_send(m, j, false);
}

static void model_on_mute(const struct msg *msg, struct model *m)
{
    AUTO_JSON *j = NULL;

    pthread_mutex_lock(&m->mutex);
    m->muted = msg->mute.on;
    pthread_mutex_unlock(&m->mutex);
    if (!model_is_watched(m))
        return;
    j = event_new("mute");
    if (j && cJSON_AddBoolToObject(j, "on", msg->mute.on))
        event_send(m, j, false);
}

static void model_take(const struct msg *msg, struct model *m)
{
    pthread_mutex_lock(&m->mutex);
    roster_take(&m->roster, msg);
    pthread_mutex_unlock(&m->mutex);
}

static void model_on_devices(const struct msg *msg, struct model *m)
{
    AUTO_JSON *j = NULL;

    model_take(msg, m);
    if (!cJSON_IsArray(msg->json) || !model_is_watched(m))
        return;
    j = event_new("devices");
    if (json_put_copy(j, "devices", msg->json))
        event_send(m, j, false);
}

static void model_on_device(const struct msg *msg, struct model *m)
{
    AUTO_JSON *j = NULL;

    if (!json_str(msg->json, "id", NULL) || !cJSON_HasObjectItem(msg->json, "state"))
        return;
    model_take(msg, m);
    if (!model_is_watched(m))
        return;
    j = event_new("device");
    if (json_put_copy(j, "device", msg->json))
        event_send(m, j, false);
}

static void model_on_fault(const struct msg *msg, struct model *m)
{
    int64_t at_ms = clock_wall_usec(loop_clock(m->deps.loop)) / 1000;
    const char *part = msg->part ? msg->part : "part";
    AUTO_JSON *j = NULL;

    if (!model_is_watched(m))
        return;
    j = event_new("fault");
    if (j && cJSON_AddStringToObject(j, "part", part) &&
        cJSON_AddBoolToObject(j, "ok", msg->code >= 0) &&
        cJSON_AddStringToObject(j, "text", msg->text ? msg->text : "") &&
        cJSON_AddNumberToObject(j, "at", (double)at_ms))
        event_send(m, j, false);
}

static void model_on_session(const struct msg *msg, struct model *m)
{
    AUTO_JSON *j = NULL;

    if (!model_is_watched(m))
        return;
    j = event_new("session");
    if (json_put(j, "session", session_doc_view(msg->json, msg->session)))
        event_send(m, j, false);
}

/* A code without a session is a sentence that was not even begun. */
static unsigned answer_status(const struct msg *msg)
{
    if (msg->code >= 0 || msg->json)
        return 200;
    switch (msg->code) {
    case -EINVAL:
        return 400;
    case -ENOENT:
        return 404;
    case -EEXIST:
    case -ENOSPC:
        return 409;
    case -EMSGSIZE:
    case -E2BIG:
        return 413;
    case -EBUSY:
    case -EAGAIN:
    case -EOVERFLOW:
        return 503;
    case -ETIMEDOUT:
        return 504;
    default:
        return 500;
    }
}

/* What a device that was told by POST /api/devices/{id} came to: what the request got wrong, what the
 * device cannot do or not now, what may be well a moment later, what nobody knows. */
static unsigned acted_status(const struct msg *msg)
{
    static const struct {
        int code;
        unsigned status;
    } statuses[] = {
        { -EINVAL, 400 },    { -ERANGE, 400 },      { -EBADMSG, 400 },      { -EPERM, 403 },
        { -ENOKEY, 403 },    { -ENOENT, 404 },      { -EOPNOTSUPP, 409 },   { -ENODATA, 409 },   { -ESTALE, 409 },
        { -EALREADY, 409 },  { -ENOTUNIQ, 409 },    { -E2BIG, 413 },        { -EMSGSIZE, 413 },
        { -ENOMEM, 503 },    { -ENOTCONN, 503 },    { -ENETUNREACH, 503 },  { -EHOSTUNREACH, 503 },
        { -EHOSTDOWN, 503 }, { -ENOBUFS, 503 },     { -EBUSY, 503 },        { -EAGAIN, 503 },
        { -EOVERFLOW, 503 }, { -ESHUTDOWN, 503 },   { -ECONNRESET, 503 },   { -ETIMEDOUT, 504 },
    };

    if (msg->code >= 0)
        return 200;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].code == msg->code)
            return statuses[i].status;
    return 502; /* the house refused (-EACCES, -EPROTO), or worse */
}

static void model_on_acted(const struct msg *msg, struct model *m)
{
    AUTO_JSON *j = NULL;
    char *text = NULL;
    unsigned status = acted_status(msg);

    if (msg->origin.kind != ORIGIN_HTTP || msg->session != 0)
        return; /* what belongs to a sentence is answered by its MSG_ANSWER */
    must(msg->origin.client != 0);
    if (status == 200) {
        j = cJSON_IsObject(msg->json) ? cJSON_Duplicate(msg->json, true) : cJSON_CreateObject();
        text = json_put_text(j, "text", msg->text ? msg->text : "") ? json_text(j) : NULL;
        status = text ? 200 : 500;
    } else {
        text = str_dup(msg->text ? msg->text : err_words(msg->code));
    }
    pending_answer(m->out.pending, msg->origin.client, status, text);
}

/* A session, or what was taught. */
static cJSON *http_answer(const struct msg *msg)
{
    return cJSON_HasObjectItem(msg->json, "learnt") ? cJSON_Duplicate(msg->json, true)
                                                    : session_answer(msg);
}

static void model_on_answer(const struct msg *msg, struct model *m)
{
    unsigned status = answer_status(msg);
    AUTO_JSON *j = NULL;

    must(msg->origin.kind == ORIGIN_NONE || msg->origin.client != 0 ||
         msg->origin.kind == ORIGIN_BOX);
    if (msg->origin.kind == ORIGIN_HTTP) {
        must(status >= 200 && status < 600);
        j = status == 200 ? http_answer(msg) : NULL;
        pending_answer(m->out.pending, msg->origin.client, j || status != 200 ? status : 500,
                       j ? json_text(j) : str_dup(msg->text ? msg->text : ""));
        return;
    }
    if (msg->origin.kind != ORIGIN_WEBSOCKET)
        return;
    j = session_answer(msg);
    if (j && cJSON_AddStringToObject(j, "type", "answer") &&
        cJSON_AddNumberToObject(j, "ref", (double)msg->origin.request)) {
        AUTO_FREE char *text = json_text(j);

        if (text)
            m->out.direct((uint32_t)msg->origin.client, text, m->out.user);
    }
}

static const struct {
    enum msg_type type;
    void (*fn)(const struct msg *msg, struct model *m);
} model_rows[] = {
    { MSG_STATE, model_on_state },     { MSG_LEVEL, model_on_level },
    { MSG_MUTE, model_on_mute },       { MSG_TRANSCRIPT, model_on_transcript },
    { MSG_DEVICES, model_on_devices }, { MSG_DEVICE, model_on_device },
    { MSG_FAULT, model_on_fault },     { MSG_SESSION, model_on_session },
    { MSG_SESSION_MORE, model_on_session },
    { MSG_ANSWER, model_on_answer },   { MSG_ACTED, model_on_acted },
};

static void model_on_msg(const struct msg *msg, void *user)
{
    for (size_t i = 0; i < sizeof(model_rows) / sizeof(model_rows[0]); i++)
        if (model_rows[i].type == msg->type)
            model_rows[i].fn(msg, user);
}

static cJSON *about_of(const cJSON *status)
{
    static const char *const keys[] = { "name", "version", "area", "language", "wake_phrase" };
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = j != NULL;

    for (size_t i = 0; ok && i < sizeof(keys) / sizeof(keys[0]); i++)
        ok = json_put_copy(j, keys[i], cJSON_GetObjectItemCaseSensitive(status, keys[i]));
    return ok ? STEAL(j) : NULL;
}

/* Main loop: other folders are asked through the callback. */
static void model_refresh(struct model *m)
{
    AUTO_JSON *status = m->deps.status ? m->deps.status(m->deps.user) : cJSON_CreateObject();
    AUTO_JSON *about = about_of(status);
    AUTO_FREE char *text = json_text(status);
    const cJSON *audio = cJSON_GetObjectItemCaseSensitive(status, "audio");

    if (!text)
        return;
    pthread_mutex_lock(&m->mutex);
    free(m->status);
    m->status = STEAL(text);
    m->status_at_usec = clock_mono_usec(loop_clock(m->deps.loop));
    cJSON_Delete(m->about);
    m->about = STEAL(about);
    str_copy(m->state, sizeof(m->state), json_str(status, "state", m->state));
    m->muted = json_bool(audio, "muted", m->muted);
    pthread_mutex_unlock(&m->mutex);
}

static bool model_is_fresh(struct model *m)
{
    int64_t age_usec = clock_mono_usec(loop_clock(m->deps.loop)) - m->status_at_usec;

    return m->status && age_usec < STATUS_FRESH_MS * 1000;
}

static void model_on_ask(int fd, uint32_t revents, void *user)
{
    struct model *m = user;
    eventfd_t count;
    bool fresh;

    (void)revents;
    eventfd_read(fd, &count);
    pthread_mutex_lock(&m->mutex);
    fresh = model_is_fresh(m);
    pthread_mutex_unlock(&m->mutex);
    if (!fresh)
        model_refresh(m);
    pending_wake(m->out.pending, WAIT_STATUS);
}

int model_new(struct model **ret, const struct web_deps *d, const struct model_out *out,
              struct err *e)
{
    AUTO(model_freep) struct model *m = calloc(1, sizeof(*m));
    int r = 0;

    if (!m)
        return err_set(e, -ENOMEM, "web: out of memory");
    must(d->health && out->event && out->direct && out->has_audience);
    m->deps = *d;
    m->out = *out;
    pthread_mutex_init(&m->mutex, NULL);
    str_copy(m->state, sizeof(m->state), "idle");
    m->ask_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->ask_fd < 0)
        return err_set(e, -errno, "web: no eventfd");
    r = loop_io_new(&m->ask_io, d->loop, m->ask_fd, EPOLLIN, model_on_ask, m, e);
    for (size_t i = 0; r >= 0 && i < sizeof(model_rows) / sizeof(model_rows[0]); i++)
        r = bus_on(d->bus, model_rows[i].type, model_on_msg, m, e);
    if (r < 0)
        return r;
    *ret = STEAL(m);
    return 0;
}

struct model *model_free(struct model *m)
{
    if (!m)
        return NULL;
    bus_off(m->deps.bus, m);
    loop_io_free(m->ask_io);
    if (m->ask_fd >= 0)
        close(m->ask_fd);
    roster_done(&m->roster);
    cJSON_Delete(m->about);
    free(m->status);
    pthread_mutex_destroy(&m->mutex);
    free(m);
    return NULL;
}

void model_start(struct model *m)
{
    model_refresh(m);
}

/* The faults of now, as core/health keeps them, with the time of day at which each came. */
static cJSON *faults_now(struct model *m)
{
    AUTO_JSON *report = health_report(m->deps.health);
    cJSON *faults = cJSON_DetachItemFromObjectCaseSensitive(report, "faults"), *f;
    int64_t now_ms = clock_wall_usec(loop_clock(m->deps.loop)) / 1000;

    cJSON_ArrayForEach (f, faults) {
        int64_t since_ms = json_int(f, "since_ms", 0, JSON_INT_MAX, 0);

        cJSON_DeleteItemFromObjectCaseSensitive(f, "since_ms");
        (void)json_put_int(f, "at", now_ms - since_ms);
    }
    return faults;
}

char *model_hello(struct model *m)
{
    AUTO_JSON *j = event_new("hello"), *all = NULL;
    bool ok = json_put(j, "faults", faults_now(m));

    pthread_mutex_lock(&m->mutex);
    all = roster_devices(&m->roster, 0, SIZE_MAX);
    ok = ok && json_put_text(j, "state", m->state) && json_put_bool(j, "muted", m->muted) &&
         json_put_copy(j, "about", m->about);
    pthread_mutex_unlock(&m->mutex);
    ok = ok && json_put(j, "devices", cJSON_DetachItemFromObjectCaseSensitive(all, "devices"));
    return ok ? json_text(j) : NULL;
}

char *model_devices(struct model *m)
{
    AUTO_JSON *j = NULL;

    pthread_mutex_lock(&m->mutex);
    j = roster_devices(&m->roster, 0, SIZE_MAX);
    pthread_mutex_unlock(&m->mutex);
    return json_text(j);
}

char *model_areas(struct model *m)
{
    AUTO_JSON *j = NULL;

    pthread_mutex_lock(&m->mutex);
    j = roster_areas(&m->roster);
    pthread_mutex_unlock(&m->mutex);
    return json_text(j);
}

bool model_has_device(struct model *m, const char *id)
{
    bool known;

    pthread_mutex_lock(&m->mutex);
    known = roster_has(&m->roster, id);
    pthread_mutex_unlock(&m->mutex);
    return known;
}

char *model_status(struct model *m, bool any_age)
{
    char *copy = NULL;

    pthread_mutex_lock(&m->mutex);
    if (m->status && (any_age || model_is_fresh(m)))
        copy = str_dup(m->status);
    pthread_mutex_unlock(&m->mutex);
    return copy;
}

void model_ask_status(struct model *m)
{
    eventfd_write(m->ask_fd, 1);
}
