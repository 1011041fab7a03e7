/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/llm.c - client of a language model server: what is asked and answered; the way there is
 * core/fetch.h. Deadlines between words are kept here: bytes without a word are no sign of life. */
#include "assistant/llm.h"

#include "assistant/stream.h"
#include "base/must.h"
#include "core/fetch.h"

#include <string.h>

enum { LLM_ACCEPT_BYTES = 64 };

struct llm_kind {
    const char *name; /* llm.kind */
    enum stream_kind stream;
    const char *content_type; /* what a streamed answer has */
    const char *base;         /* an address that ends so lacks only ... */
    const char *rest;         /* ... this; any other lacks base and rest */
};

static const struct llm_kind llm_kinds[] = {
    { "ollama", STREAM_NDJSON, "application/x-ndjson", "/api", "/chat" },
    { "openai", STREAM_SSE, "text/event-stream", "/v1", "/chat/completions" },
};

struct llm {
    struct loop *loop; /* borrowed */
    struct llm_events events;
    const struct llm_kind *kind;
    const char *types[2];    /* of a streamed answer, up to NULL */
    char base[SETTING_PATH]; /* llm.url as set */
    char url[SETTING_PATH + 32];
    char model[SETTING_TEXT];
    char key[SETTING_PATH];
    int64_t connect_ms, first_token_ms, gap_ms, total_ms;
    struct fetch *fetch;         /* owned */
    struct loop_timer *deadline; /* owned; of the first word or the next */
    struct stream stream;
    unsigned events_seen; /* of the stream, when the deadline was set */
};

static const struct fetch_place llm_place = {
    .what = "language model",
    .url_row = "llm.url",
    .key_row = "llm.key",
    .connect_row = "llm.connect_ms",
    .path_rows = "llm.url and llm.model",
    .kind_rows = "llm.kind and llm.url",
};

/* ---- the answer ------------------------------------------------------------------------ */

static int llm_on_body(const void *bytes, size_t len, void *user, struct err *e)
{
    struct llm *l = user;
    int r = stream_feed(&l->stream, bytes, len, e);

    return r < 0 ? r : l->stream.is_complete;
}

static int llm_on_whole(void *user, struct err *e)
{
    struct llm *l = user;

    return stream_end(&l->stream, e);
}

static void llm_forget(struct llm *l)
{
    loop_timer_clear(l->deadline);
    stream_done(&l->stream);
    stream_init(&l->stream, l->kind->stream);
    l->events_seen = 0;
}

static void llm_on_more(void *user)
{
    struct llm *l = user;

    must(l->stream.events >= l->events_seen);
    if (l->stream.events != l->events_seen) {
        l->events_seen = l->stream.events;
        loop_timer_after_ms(l->deadline, l->gap_ms);
    }
    if (l->stream.text.len > 0) {
        size_t len = l->stream.text.len;
        AUTO_FREE char *text = str_take(&l->stream.text);

        if (text)
            l->events.on_text(text, len, l->events.user);
    }
}

static void llm_on_end(int code, const char *words, void *user)
{
    struct llm *l = user;

    llm_forget(l);
    l->events.on_end(code, words, l->events.user);
}

static void llm_on_deadline(void *user)
{
    struct llm *l = user;
    struct err e = ERR_INIT;

    if (l->events_seen == 0)
        err_set(&e, -ETIMEDOUT, "language model at %s: no first word within %lld ms",
                fetch_host(l->fetch), (long long)l->first_token_ms);
    else
        err_set(&e, -ETIMEDOUT, "language model at %s: silent for %lld ms in mid-answer",
                fetch_host(l->fetch), (long long)l->gap_ms);
    fetch_fail(l->fetch, &e);
}

/* ---- one request ----------------------------------------------------------------------- */

void llm_cancel(struct llm *l)
{
    if (!llm_is_busy(l))
        return;
    fetch_cancel(l->fetch);
    llm_forget(l);
}

bool llm_is_busy(const struct llm *l)
{
    return l && fetch_is_busy(l->fetch);
}

static char *llm_body(const struct llm *l, const struct llm_turn *turns, size_t n)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *messages = j ? cJSON_AddArrayToObject(j, "messages") : NULL;
    bool ok = messages && cJSON_AddStringToObject(j, "model", l->model) &&
              cJSON_AddTrueToObject(j, "stream");

    for (size_t i = 0; ok && i < n; i++) {
        AUTO_JSON *m = cJSON_CreateObject();

        ok = m && cJSON_AddStringToObject(m, "role", turns[i].role) &&
             cJSON_AddStringToObject(m, "content", turns[i].text) && json_push(messages, STEAL(m));
    }
    return ok ? json_text(j) : NULL;
}

int llm_ask(struct llm *l, const struct llm_turn *turns, size_t n, struct err *e)
{
    char accept[LLM_ACCEPT_BYTES];
    AUTO_FREE char *body = llm_body(l, turns, n);
    struct fetch_request q = {
        .url = l->url,
        .key = l->key,
        .accept = accept,
        .types = l->types,
        .type = "application/json",
        .body = body,
        .len = body ? strlen(body) : 0,
        .connect_ms = l->connect_ms,
        .total_ms = l->total_ms,
    };
    int r;

    snprintf(accept, sizeof(accept), "%s, application/json", l->kind->content_type);
    must(llm_is_busy(l) || (n > 0 && l->stream.bytes == 0));
    if (!body)
        return err_set(e, -ENOMEM, "language model: out of memory");
    r = fetch_ask(l->fetch, &q, e);
    if (r >= 0)
        loop_timer_after_ms(l->deadline, l->connect_ms + l->first_token_ms);
    return r;
}

/* ---- making one ------------------------------------------------------------------------ */

/* Checks llm.url and makes the whole address: "http://host:11434" -> ".../api/chat". */
static int llm_url(struct llm *l, const char *base, struct err *e)
{
    char host[SETTING_PATH];
    size_t len = strlen(base), n = strlen(l->kind->base), rest = strlen(l->kind->rest);
    int r = fetch_url_check(base, llm_place.url_row, host, sizeof(host), e);

    while (len > 0 && base[len - 1] == '/')
        len--;
    if (len >= rest && strncmp(base + len - rest, l->kind->rest, rest) == 0)
        snprintf(l->url, sizeof(l->url), "%.*s", (int)len, base);
    else if (len >= n && strncmp(base + len - n, l->kind->base, n) == 0)
        snprintf(l->url, sizeof(l->url), "%.*s%s", (int)len, base, l->kind->rest);
    else
        snprintf(l->url, sizeof(l->url), "%.*s%s%s", (int)len, base, l->kind->base, l->kind->rest);
    return r;
}

static const struct llm_kind *llm_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof(llm_kinds) / sizeof(llm_kinds[0]); i++)
        if (strcmp(llm_kinds[i].name, name) == 0)
            return &llm_kinds[i];
    return NULL;
}

int llm_new(struct llm **ret, struct loop *loop, const struct settings *s,
            const struct llm_events *events, struct err *e)
{
    AUTO(llm_freep) struct llm *l = calloc(1, sizeof(*l));
    int r;

    if (!l)
        return err_set(e, -ENOMEM, "language model: out of memory");
    l->loop = loop;
    l->events = *events;
    l->kind = llm_kind_find(s->llm_kind);
    if (!l->kind)
        return err_set(e, -EINVAL, "llm.kind: '%s' is unknown", s->llm_kind);
    if (s->llm_model[0] == '\0')
        return err_set(e, -EINVAL,
                       "llm.model: is empty; name the model that answers, as the server "
                       "at llm.url lists it");
    l->types[0] = l->kind->content_type;
    str_copy(l->base, sizeof(l->base), s->llm_url);
    str_copy(l->model, sizeof(l->model), s->llm_model);
    str_copy(l->key, sizeof(l->key), s->llm_key);
    l->connect_ms = s->llm_connect_ms;
    l->first_token_ms = s->llm_first_token_ms;
    l->gap_ms = s->llm_gap_ms;
    l->total_ms = s->llm_total_ms;
    stream_init(&l->stream, l->kind->stream);
    r = loop_timer_new(&l->deadline, loop, llm_on_deadline, l, e);
    if (r >= 0)
        r = llm_url(l, s->llm_url, e);
    if (r >= 0)
        r = fetch_new(
            &l->fetch, loop, &llm_place,
            &(struct fetch_events){ llm_on_body, llm_on_more, llm_on_whole, llm_on_end, NULL, l }, e);
    if (r < 0)
        return r;
    *ret = STEAL(l);
    return 0;
}

struct llm *llm_free(struct llm *l)
{
    if (!l)
        return NULL;
    fetch_free(l->fetch);
    loop_timer_free(l->deadline);
    stream_done(&l->stream);
    explicit_bzero(l->key, sizeof(l->key));
    free(l);
    return NULL;
}

void llm_share_breaker(struct llm *l, struct breaker *b)
{
    fetch_share_breaker(l->fetch, b);
}

bool llm_fits(const struct llm *l, const struct settings *s)
{
    if (!l)
        return !llm_kind_find(s->llm_kind);
    return strcmp(l->kind->name, s->llm_kind) == 0 && strcmp(l->base, s->llm_url) == 0 &&
           strcmp(l->model, s->llm_model) == 0 && strcmp(l->key, s->llm_key) == 0 &&
           l->connect_ms == s->llm_connect_ms && l->first_token_ms == s->llm_first_token_ms &&
           l->gap_ms == s->llm_gap_ms && l->total_ms == s->llm_total_ms;
}
