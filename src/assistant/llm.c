/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/llm.c - client of a language model server.
 *
 * libcurl calls back while it works; those callbacks only collect (stream.h, status, sockets and
 * time to watch). What was collected is handed on by llm_pump() after libcurl has returned, so
 * that the owner may cancel or ask again from within its own callbacks. */
#include "assistant/llm.h"

#include "assistant/breaker.h"
#include "assistant/stream.h"
#include "base/must.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/epoll.h>

enum { LLM_REFUSAL_BYTES = 4096, LLM_HEADER_BYTES = SETTING_PATH + 64, LLM_WORDS_BYTES = 160 };

struct llm_kind {
    const char *name;         /* llm.kind */
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
    struct loop *loop;         /* borrowed */
    struct llm_events events;
    const struct llm_kind *kind;
    char base[SETTING_PATH];   /* llm.url as set */
    char url[SETTING_PATH + 32];
    char host[SETTING_PATH];   /* for error texts */
    char model[SETTING_TEXT];
    char key[SETTING_PATH];
    int64_t connect_ms, first_token_ms, gap_ms, total_ms;
    struct breaker own_breaker;
    struct breaker *breaker;   /* own_breaker, or borrowed: shared by those that ask one server */

    CURLM *multi;                     /* owned */
    struct loop_timer *curl_timer;    /* owned; when libcurl wants to run */
    struct loop_timer *deadline;      /* owned; the next of first token, gap, total */
    struct llm_socket *sockets;       /* owned list; what libcurl watches */
    bool has_curl;                    /* curl_global_init() was called for us */

    /* the request under way */
    CURL *easy;                  /* owned; NULL: none */
    struct curl_slist *headers;  /* owned */
    char *body;                  /* owned */
    struct stream stream;
    struct str refusal;          /* owned; body of an answer that is no stream */
    bool is_stream;              /* status and type are right */
    bool is_judged;              /* is_stream is known */
    int64_t total_at_usec;
    unsigned events_seen;        /* of the stream, when the deadline was set */
    struct err fault;            /* of a callback; code 0: none */
};

struct llm_socket {
    struct loop_io *io; /* owned */
    struct llm_socket *next;
};

static void llm_pump(struct llm *l);

/* ---- libcurl on the main loop ---------------------------------------------------------- */

static void llm_on_io(int fd, uint32_t revents, void *user)
{
    struct llm *l = user;
    int bits = ((revents & EPOLLIN) ? CURL_CSELECT_IN : 0) |
               ((revents & EPOLLOUT) ? CURL_CSELECT_OUT : 0) |
               ((revents & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0);
    int running;

    curl_multi_socket_action(l->multi, fd, bits, &running);
    llm_pump(l);
}

static void llm_on_curl_timer(void *user)
{
    struct llm *l = user;
    int running;

    curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    llm_pump(l);
}

static int llm_on_curl_wait(CURLM *multi, long ms, void *user)
{
    struct llm *l = user;

    (void)multi;
    if (ms < 0)
        loop_timer_clear(l->curl_timer);
    else
        loop_timer_after_ms(l->curl_timer, ms);
    return 0;
}

static void llm_socket_drop(struct llm *l, struct llm_socket *gone)
{
    for (struct llm_socket **p = &l->sockets; *p; p = &(*p)->next) {
        if (*p == gone) {
            *p = gone->next;
            loop_io_free(gone->io);
            free(gone);
            return;
        }
    }
}

static int llm_on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *kept)
{
    struct llm *l = user;
    struct llm_socket *s = kept;
    uint32_t events = ((what & CURL_POLL_IN) ? EPOLLIN : 0) |
                      ((what & CURL_POLL_OUT) ? EPOLLOUT : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        llm_socket_drop(l, s);
        curl_multi_assign(l->multi, fd, NULL);
        return 0;
    }
    if (s) {
        loop_io_events(s->io, events);
        return 0;
    }
    s = calloc(1, sizeof(*s));
    if (!s || loop_io_new(&s->io, l->loop, fd, events, llm_on_io, l, &l->fault) < 0) {
        free(s);
        if (l->fault.code == 0)
            err_set(&l->fault, -ENOMEM, "language model: out of memory");
        return -1;
    }
    must(what != CURL_POLL_REMOVE && fd >= 0);
    s->next = l->sockets;
    l->sockets = s;
    curl_multi_assign(l->multi, fd, s);
    return 0;
}

/* ---- the answer ------------------------------------------------------------------------ */

/* Is this a stream of the right kind? Asked once, at the first byte of the body. */
static void llm_judge(struct llm *l)
{
    const char *type = NULL;
    long status = 0;
    size_t n = strlen(l->kind->content_type);

    curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(l->easy, CURLINFO_CONTENT_TYPE, &type);
    l->is_judged = true;
    l->is_stream = status == 200 && type && strncasecmp(type, l->kind->content_type, n) == 0 &&
                   (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* libcurl: fewer than the bytes given ends the transfer. */
static size_t llm_on_body(char *bytes, size_t one, size_t len, void *user)
{
    struct llm *l = user;
    size_t room;

    (void)one;
    if (!l->is_judged)
        llm_judge(l);
    if (l->is_stream && stream_feed(&l->stream, bytes, len, &l->fault) < 0)
        return 0;
    if (l->is_stream)
        return l->stream.is_complete ? 0 : len;
    must(l->is_judged && l->refusal.len <= LLM_REFUSAL_BYTES);
    room = LLM_REFUSAL_BYTES - l->refusal.len;
    str_add_bytes(&l->refusal, bytes, len < room ? len : room);
    return len < room ? len : 0;
}

static const struct {
    long status;
    int code;
    const char *words;
} llm_statuses[] = {
    { 401, -EACCES, "refused the key: check llm.key" },
    { 403, -EACCES, "refused the key: check llm.key" },
    { 404, -ENOENT, "knows no such path or model: check llm.url and llm.model" },
    { 429, -EBUSY, "has too many requests" },
    { 503, -EAGAIN, "is not ready yet" },
};

/* An answer that is no stream, in words; a server's own words are the best. */
static int llm_refusal(struct llm *l, struct err *e)
{
    AUTO_JSON *j = NULL;
    const char *type = NULL, *own;
    long status = 0;

    curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(l->easy, CURLINFO_CONTENT_TYPE, &type);
    if (json_parse(&j, str_text(&l->refusal), l->refusal.len, NULL) < 0)
        j = NULL;
    own = j ? stream_error_words(j) : NULL;
    for (size_t i = 0; i < sizeof(llm_statuses) / sizeof(llm_statuses[0]); i++)
        if (llm_statuses[i].status == status)
            return err_set(e, llm_statuses[i].code, "language model at %s %s%s%.*s", l->host,
                           llm_statuses[i].words, own ? ": " : "", LLM_WORDS_BYTES,
                           own ? own : "");
    if (own)
        return err_set(e, -EREMOTEIO, "language model at %s: %.*s", l->host, LLM_WORDS_BYTES, own);
    if (status >= 300 && status < 400)
        return err_set(e, -EPROTO, "language model at %s redirects, which is not followed: set "
                       "llm.url to the new address", l->host);
    if (status != 200)
        return err_set(e, -EREMOTEIO, "language model at %s: HTTP status %ld", l->host, status);
    return err_set(e, -EPROTO, "language model at %s sent %.*s, not %s: check llm.kind and llm.url",
                   l->host, 64, type ? type : "no content type", l->kind->content_type);
}

static const struct {
    CURLcode curl;
    int code;
    const char *words;
} llm_curl_codes[] = {
    { CURLE_COULDNT_RESOLVE_HOST, -EHOSTUNREACH, "nobody knows this name: check llm.url" },
    { CURLE_COULDNT_CONNECT, -ECONNREFUSED, "nothing answers there: is it running?" },
    { CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT, "no connection within llm.connect_ms" },
    { CURLE_PEER_FAILED_VERIFICATION, -EPROTO, "its certificate is not trusted" },
    { CURLE_SSL_CONNECT_ERROR, -EPROTO, "no TLS connection: check http or https in llm.url" },
    { CURLE_GOT_NOTHING, -ECONNRESET, "it closed the connection without an answer" },
    { CURLE_RECV_ERROR, -ECONNRESET, "it broke the connection" },
    { CURLE_SEND_ERROR, -ECONNRESET, "it broke the connection" },
    { CURLE_PARTIAL_FILE, -ECONNRESET, "it broke the connection" },
    { CURLE_OUT_OF_MEMORY, -ENOMEM, "out of memory" },
};

static int llm_curl_fault(const struct llm *l, CURLcode code, struct err *e)
{
    for (size_t i = 0; i < sizeof(llm_curl_codes) / sizeof(llm_curl_codes[0]); i++)
        if (llm_curl_codes[i].curl == code)
            return err_set(e, llm_curl_codes[i].code, "language model at %s: %s", l->host,
                           llm_curl_codes[i].words);
    return err_set(e, -EPROTO, "language model at %s: %s", l->host, curl_easy_strerror(code));
}

/* What the ended transfer means. */
static int llm_verdict(struct llm *l, CURLcode code, struct err *e)
{
    if (l->fault.code < 0) {
        if (e)
            *e = l->fault;
        return l->fault.code;
    }
    if (l->is_judged && !l->is_stream)
        return llm_refusal(l, e);
    if (l->stream.is_complete)
        return 0;
    if (code != CURLE_OK && code != CURLE_WRITE_ERROR)
        return llm_curl_fault(l, code, e);
    if (!l->is_judged)
        llm_judge(l); /* no body at all */
    return l->is_stream ? stream_end(&l->stream, e) : llm_refusal(l, e);
}

/* ---- one request ----------------------------------------------------------------------- */

/* Closes the connection where the answer is not whole, and forgets the request. */
static void llm_drop(struct llm *l)
{
    if (l->easy) {
        curl_multi_remove_handle(l->multi, l->easy);
        curl_easy_cleanup(l->easy);
    }
    l->easy = NULL;
    curl_slist_free_all(l->headers);
    l->headers = NULL;
    free(l->body);
    l->body = NULL;
    stream_done(&l->stream);
    stream_init(&l->stream, l->kind->stream);
    str_done(&l->refusal);
    l->is_judged = l->is_stream = false;
    l->events_seen = 0;
    l->fault = ERR_INIT;
    loop_timer_clear(l->deadline);
}

/* A server may quote the key in its complaint; nobody else shall read it. */
static void llm_mask(const struct llm *l, char *text)
{
    size_t n = strlen(l->key);
    char *at;

    while (n > 0 && (at = strstr(text, l->key))) {
        memset(at, '*', n < 3 ? n : 3);
        if (n > 3)
            memmove(at + 3, at + n, strlen(at + n) + 1);
        else if (n == strspn(l->key, "*"))
            return;
    }
}

static void llm_finish(struct llm *l, int code, struct err *e)
{
    int64_t now = clock_mono_usec(loop_clock(l->loop));

    must(l->easy && code <= 0);
    if (code < 0) {
        breaker_failed(l->breaker, now);
        llm_mask(l, e->text);
    } else {
        breaker_succeeded(l->breaker);
    }
    llm_drop(l);
    l->events.on_end(code, code < 0 ? err_text(e) : "", l->events.user);
}

static void llm_deadline_set(struct llm *l, int64_t ms)
{
    int64_t at = clock_mono_usec(loop_clock(l->loop)) + ms * 1000;

    must(l->easy && ms > 0);
    loop_timer_set(l->deadline, at < l->total_at_usec ? at : l->total_at_usec);
}

static void llm_on_deadline(void *user)
{
    struct llm *l = user;
    struct err e = ERR_INIT;

    if (!l->easy)
        return;
    if (clock_mono_usec(loop_clock(l->loop)) >= l->total_at_usec)
        err_set(&e, -ETIMEDOUT, "language model at %s: no whole answer within %lld ms", l->host,
                (long long)l->total_ms);
    else if (l->events_seen == 0)
        err_set(&e, -ETIMEDOUT, "language model at %s: no first word within %lld ms", l->host,
                (long long)l->first_token_ms);
    else
        err_set(&e, -ETIMEDOUT, "language model at %s: silent for %lld ms in mid-answer", l->host,
                (long long)l->gap_ms);
    llm_finish(l, -ETIMEDOUT, &e);
}

/* Has the transfer ended, and how? libcurl keeps the message until it is read. */
static bool llm_has_ended(struct llm *l, CURLcode *code)
{
    const CURLMsg *m;
    bool ended = false;
    int left;

    while ((m = curl_multi_info_read(l->multi, &left))) {
        if (m->msg == CURLMSG_DONE && m->easy_handle == l->easy) {
            ended = true;
            *code = m->data.result;
        }
    }
    return ended || l->fault.code < 0;
}

/* Hands on what libcurl's callbacks have collected. */
static void llm_pump(struct llm *l)
{
    struct err e = ERR_INIT;
    CURLcode code = CURLE_OK;
    bool ended = llm_has_ended(l, &code);
    /* the verdict comes first: it may find content in a last line without an end */
    int r = l->easy && ended ? llm_verdict(l, code, &e) : 0;

    if (!l->easy)
        return;
    must(l->stream.events >= l->events_seen);
    if (l->stream.events != l->events_seen) {
        l->events_seen = l->stream.events;
        llm_deadline_set(l, l->gap_ms);
    }
    if (l->stream.text.len > 0) {
        size_t len = l->stream.text.len;
        AUTO_FREE char *text = str_take(&l->stream.text);

        if (text)
            l->events.on_text(text, len, l->events.user);
        if (!l->easy)
            return; /* cancelled from within */
    }
    if (ended)
        llm_finish(l, r, &e);
}

void llm_cancel(struct llm *l)
{
    if (!l || !l->easy)
        return;
    breaker_cancelled(l->breaker, clock_mono_usec(loop_clock(l->loop)));
    llm_drop(l);
    must(!l->easy && !l->body && !l->headers);
}

bool llm_is_busy(const struct llm *l)
{
    return l && l->easy;
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
             cJSON_AddStringToObject(m, "content", turns[i].text) &&
             json_push(messages, STEAL(m));
    }
    return ok ? json_text(j) : NULL;
}

static bool llm_header(struct llm *l, const char *text)
{
    struct curl_slist *more = curl_slist_append(l->headers, text);

    if (more)
        l->headers = more;
    return more != NULL;
}

static bool llm_headers(struct llm *l)
{
    char line[LLM_HEADER_BYTES];

    snprintf(line, sizeof(line), "Accept: %s, application/json", l->kind->content_type);
    if (!llm_header(l, "Content-Type: application/json") || !llm_header(l, line))
        return false;
    if (l->key[0] == '\0')
        return true;
    snprintf(line, sizeof(line), "Authorization: Bearer %s", l->key);
    return llm_header(l, line);
}

static bool llm_easy_set(struct llm *l)
{
    CURL *c = l->easy;

    return curl_easy_setopt(c, CURLOPT_URL, l->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           /* a cancel must not wait for the resolver's thread */
           curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)l->connect_ms) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTPHEADER, l->headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, "jarvis") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_POSTFIELDS, l->body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, llm_on_body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, l) == CURLE_OK;
}

int llm_ask(struct llm *l, const struct llm_turn *turns, size_t n, struct err *e)
{
    int64_t now = clock_mono_usec(loop_clock(l->loop));
    int64_t wait_ms = breaker_wait_ms(l->breaker, now);

    if (l->easy)
        return err_set(e, -EBUSY, "language model: a question is under way");
    if (wait_ms > 0)
        return err_set(e, -EHOSTDOWN, "language model at %s failed %u times; next try in %lld s",
                       l->host, l->breaker->failures, (long long)(wait_ms + 999) / 1000);
    must(n > 0 && !l->body && !l->headers && l->stream.bytes == 0);
    l->body = llm_body(l, turns, n);
    l->easy = curl_easy_init();
    if (!l->body || !llm_headers(l) || !l->easy || !llm_easy_set(l) ||
        curl_multi_add_handle(l->multi, l->easy) != CURLM_OK) {
        llm_drop(l);
        return err_set(e, -ENOMEM, "language model: out of memory");
    }
    breaker_begun(l->breaker, now);
    l->total_at_usec = now + l->total_ms * 1000;
    llm_deadline_set(l, l->connect_ms + l->first_token_ms);
    return 0;
}

/* ---- making one ------------------------------------------------------------------------ */

/* Checks llm.url and makes the whole address: "http://host:11434" -> ".../api/chat". */
static int llm_url(struct llm *l, const char *base, struct err *e)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    size_t len = strlen(base), n = strlen(l->kind->base), rest = strlen(l->kind->rest);
    int r = 0;

    if (!u)
        return err_set(e, -ENOMEM, "llm.url: out of memory");
    if (curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        r = err_set(e, -EINVAL, "llm.url: must be an http or https address");
    else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
        r = err_set(e, -EINVAL, "llm.url: must hold no user or password; set llm.key");
    else
        str_copy(l->host, sizeof(l->host), host);
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(u);
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

static bool llm_multi_set(struct llm *l)
{
    CURLM *m = l->multi;

    return m && curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, llm_on_curl_socket) == CURLM_OK &&
           curl_multi_setopt(m, CURLMOPT_SOCKETDATA, l) == CURLM_OK &&
           curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, llm_on_curl_wait) == CURLM_OK &&
           curl_multi_setopt(m, CURLMOPT_TIMERDATA, l) == CURLM_OK &&
           curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, 1L) == CURLM_OK;
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
    l->breaker = &l->own_breaker;
    l->kind = llm_kind_find(s->llm_kind);
    if (!l->kind)
        return err_set(e, -EINVAL, "llm.kind: '%s' is unknown", s->llm_kind);
    if (s->llm_model[0] == '\0')
        return err_set(e, -EINVAL, "llm.model: is empty; name the model that answers, as the server "
                       "at llm.url lists it");
    str_copy(l->base, sizeof(l->base), s->llm_url);
    str_copy(l->model, sizeof(l->model), s->llm_model);
    str_copy(l->key, sizeof(l->key), s->llm_key);
    l->connect_ms = s->llm_connect_ms;
    l->first_token_ms = s->llm_first_token_ms;
    l->gap_ms = s->llm_gap_ms;
    l->total_ms = s->llm_total_ms;
    stream_init(&l->stream, l->kind->stream);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(e, -ENOMEM, "language model: libcurl does not start");
    l->has_curl = true;
    r = loop_timer_new(&l->curl_timer, loop, llm_on_curl_timer, l, e);
    if (r >= 0)
        r = loop_timer_new(&l->deadline, loop, llm_on_deadline, l, e);
    if (r >= 0)
        r = llm_url(l, s->llm_url, e);
    if (r < 0)
        return r;
    l->multi = curl_multi_init();
    if (!llm_multi_set(l))
        return err_set(e, -ENOMEM, "language model: out of memory");
    *ret = STEAL(l);
    return 0;
}

struct llm *llm_free(struct llm *l)
{
    if (!l)
        return NULL;
    if (l->kind && l->deadline)
        llm_drop(l);
    if (l->multi)
        curl_multi_cleanup(l->multi); /* tells llm_on_curl_socket() of every socket */
    while (l->sockets)
        llm_socket_drop(l, l->sockets);
    loop_timer_free(l->curl_timer);
    loop_timer_free(l->deadline);
    if (l->has_curl)
        curl_global_cleanup();
    explicit_bzero(l->key, sizeof(l->key));
    free(l);
    return NULL;
}

void llm_share_breaker(struct llm *l, struct breaker *b)
{
    must(!l->easy);
    l->breaker = b;
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
