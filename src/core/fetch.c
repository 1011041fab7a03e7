/* SPDX-License-Identifier: Apache-2.0 */
/* core/fetch.c - asking HTTP servers from the main loop.
 *
 * libcurl calls back while it works; those callbacks only collect (body, sockets and time to watch).
 * What was collected is handed on by fetch_pump() after libcurl has returned, so that the owner may
 * cancel or ask again from within its own callbacks. */
#include "core/fetch.h"

#include "base/must.h"
#include "base/str.h"
#include "core/settings.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

enum { HEADER_BYTES = SETTING_PATH + 64, WORDS_BYTES = 160, PARTS_MAX = 16 };

struct fetch_socket {
    struct loop_io *io; /* owned */
    struct fetch_socket *next;
};

struct fetch {
    struct loop *loop; /* borrowed */
    struct fetch_place place;
    struct fetch_events events;
    struct breaker own_breaker;
    struct breaker *breaker; /* own_breaker, or borrowed */

    CURLM *multi;                  /* owned */
    struct loop_timer *curl_timer; /* owned; when libcurl wants to run */
    struct loop_timer *deadline;   /* owned; the next of gap and total */
    struct fetch_socket *sockets;  /* owned list; what libcurl watches */
    bool has_curl;                 /* curl_global_init() was called for us */

    /* the request under way */
    CURL *easy;                 /* owned; NULL: none */
    curl_mime *form;            /* owned */
    struct curl_slist *headers; /* owned */
    const char *const *types;   /* borrowed; constant */
    char host[SETTING_PATH];    /* for words */
    char key[SETTING_PATH];
    int64_t gap_ms, total_ms, total_at_usec;
    uint64_t bytes, seen; /* of the body; when the deadline was set */
    uint64_t bytes_max;
    struct str refusal; /* owned; body of an answer that is not taken */
    bool is_judged;     /* is_right is known */
    bool is_right;      /* status and type are those asked for */
    bool is_enough;     /* on_body() wants no more */
    bool only_connects;
    struct err fault; /* of a callback; code 0: none */
};

static void fetch_pump(struct fetch *f);

/* ---- libcurl on the main loop ---------------------------------------------------------- */

static void fetch_on_io(int fd, uint32_t revents, void *user)
{
    struct fetch *f = user;
    int bits = ((revents & EPOLLIN) ? CURL_CSELECT_IN : 0) |
               ((revents & EPOLLOUT) ? CURL_CSELECT_OUT : 0) |
               ((revents & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0);
    int running;

    curl_multi_socket_action(f->multi, fd, bits, &running);
    fetch_pump(f);
}

static void fetch_on_curl_timer(void *user)
{
    struct fetch *f = user;
    int running;

    curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    fetch_pump(f);
}

static int fetch_on_curl_wait(CURLM *multi, long ms, void *user)
{
    struct fetch *f = user;

    (void)multi;
    if (ms < 0)
        loop_timer_clear(f->curl_timer);
    else
        loop_timer_after_ms(f->curl_timer, ms);
    return 0;
}

static void fetch_socket_drop(struct fetch *f, struct fetch_socket *gone)
{
    for (struct fetch_socket **p = &f->sockets; *p; p = &(*p)->next) {
        if (*p == gone) {
            *p = gone->next;
            loop_io_free(gone->io);
            free(gone);
            return;
        }
    }
}

static int fetch_on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *kept)
{
    struct fetch *f = user;
    struct fetch_socket *s = kept;
    uint32_t events =
        ((what & CURL_POLL_IN) ? EPOLLIN : 0) | ((what & CURL_POLL_OUT) ? EPOLLOUT : 0);

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        fetch_socket_drop(f, s);
        curl_multi_assign(f->multi, fd, NULL);
        return 0;
    }
    if (s) {
        loop_io_events(s->io, events);
        return 0;
    }
    s = calloc(1, sizeof(*s));
    if (!s || loop_io_new(&s->io, f->loop, fd, events, fetch_on_io, f, &f->fault) < 0) {
        free(s);
        if (f->fault.code == 0)
            err_set(&f->fault, -ENOMEM, "%s: out of memory", f->place.what);
        return -1;
    }
    must(fd >= 0);
    s->next = f->sockets;
    f->sockets = s;
    curl_multi_assign(f->multi, fd, s);
    return 0;
}

/* ---- the answer ------------------------------------------------------------------------ */

const char *fetch_error_words(const cJSON *j)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(j, "error");

    if (!error || cJSON_IsNull(error))
        return NULL;
    if (cJSON_IsString(error))
        return error->valuestring;
    return json_str(error, "message", "an error without words");
}

static bool type_is(const char *type, const char *wanted)
{
    size_t n = strlen(wanted);

    return strncasecmp(type, wanted, n) == 0 &&
           (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* Is this what was asked for? Asked once, at the first byte of the body or at its end. */
static void fetch_judge(struct fetch *f)
{
    const char *type = NULL;
    long status = 0;
    bool known = f->types == NULL;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(f->easy, CURLINFO_CONTENT_TYPE, &type);
    for (size_t i = 0; type && !known && f->types[i]; i++)
        known = type_is(type, f->types[i]);
    f->is_judged = true;
    f->is_right = status == 200 && known;
}

/* libcurl: fewer than the bytes given ends the transfer. */
static size_t fetch_on_body(char *bytes, size_t one, size_t len, void *user)
{
    struct fetch *f = user;
    size_t room;
    int r;

    (void)one;
    if (!f->is_judged)
        fetch_judge(f);
    if (!f->is_right) {
        must(f->refusal.len <= FETCH_REFUSAL_BYTES);
        room = FETCH_REFUSAL_BYTES - f->refusal.len;
        str_add_bytes(&f->refusal, bytes, len < room ? len : room);
        return len < room ? len : 0;
    }
    must(f->bytes <= f->bytes_max);
    if (len > f->bytes_max - f->bytes) {
        if (f->bytes_max >> 20)
            err_set(&f->fault, -EMSGSIZE, "%s at %s sent more than %llu MB", f->place.what, f->host,
                    (unsigned long long)f->bytes_max >> 20);
        else
            err_set(&f->fault, -EMSGSIZE, "%s at %s sent more than %llu bytes", f->place.what, f->host,
                    (unsigned long long)f->bytes_max);
        return 0;
    }
    f->bytes += len;
    r = f->events.on_body(bytes, len, f->events.user, &f->fault);
    f->is_enough = r > 0;
    return r == 0 ? len : 0;
}

static const struct {
    long status;
    int code;
    const char *words; /* with the names of settings behind them */
    enum { ROW_NONE, ROW_KEY, ROW_PATH } row;
} statuses[] = {
    { 401, -EACCES, "refused the key: check ", ROW_KEY },
    { 403, -EACCES, "refused the key: check ", ROW_KEY },
    { 404, -ENOENT, "knows no such path or model: check ", ROW_PATH },
    { 429, -EBUSY, "has too many requests", ROW_NONE },
    { 503, -EAGAIN, "is not ready yet", ROW_NONE },
};

static int status_words(const struct fetch *f, long status, const char *own, struct err *e)
{
    const char *rows[] = { "", f->place.key_row, f->place.path_rows };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return err_set(e, statuses[i].code, "%s at %s %s%s%s%.*s", f->place.what, f->host,
                           statuses[i].words, rows[statuses[i].row], own ? ": " : "", WORDS_BYTES,
                           own ? own : "");
    return 0;
}

/* An answer that is not what was asked for, in words; a server's own words are the best. */
static int fetch_refusal(struct fetch *f, struct err *e)
{
    AUTO_JSON *j = NULL;
    const char *type = NULL, *own;
    long status = 0;
    int r;

    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(f->easy, CURLINFO_CONTENT_TYPE, &type);
    if (json_parse(&j, str_text(&f->refusal), f->refusal.len, NULL) < 0)
        j = NULL;
    own = j ? fetch_error_words(j) : NULL;
    r = status_words(f, status, own, e);
    if (r < 0)
        return r;
    if (own)
        return err_set(e, -EREMOTEIO, "%s at %s: %.*s", f->place.what, f->host, WORDS_BYTES, own);
    if (status >= 300 && status < 400)
        return err_set(e, -EPROTO,
                       "%s at %s redirects, which is not followed: set %s to the new "
                       "address",
                       f->place.what, f->host, f->place.url_row);
    if (status != 200)
        return err_set(e, -EREMOTEIO, "%s at %s: HTTP status %ld", f->place.what, f->host, status);
    return err_set(e, -EPROTO, "%s at %s sent %.*s, not %s: check %s", f->place.what, f->host, 64,
                   type ? type : "no content type", f->types ? f->types[0] : "an answer",
                   f->place.kind_rows);
}

static const struct {
    CURLcode curl;
    int code;
    const char *words; /* %s: the setting that a person would change */
    enum { NAMES_NONE, NAMES_URL, NAMES_CONNECT } names;
} curl_codes[] = {
    { CURLE_COULDNT_RESOLVE_HOST, -EHOSTUNREACH, "nobody knows this name: check ", NAMES_URL },
    { CURLE_COULDNT_CONNECT, -ECONNREFUSED, "nothing answers there: is it running?", NAMES_NONE },
    { CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT, "no connection within ", NAMES_CONNECT },
    { CURLE_PEER_FAILED_VERIFICATION, -EPROTO, "its certificate is not trusted", NAMES_NONE },
    { CURLE_SSL_CONNECT_ERROR, -EPROTO, "no TLS connection: check http or https in ", NAMES_URL },
    { CURLE_GOT_NOTHING, -ECONNRESET, "it closed the connection without an answer", NAMES_NONE },
    { CURLE_RECV_ERROR, -ECONNRESET, "it broke the connection", NAMES_NONE },
    { CURLE_SEND_ERROR, -ECONNRESET, "it broke the connection", NAMES_NONE },
    { CURLE_PARTIAL_FILE, -ECONNRESET, "it broke the connection", NAMES_NONE },
    { CURLE_TOO_MANY_REDIRECTS, -EPROTO, "it redirects over and over", NAMES_NONE },
    { CURLE_OUT_OF_MEMORY, -ENOMEM, "out of memory", NAMES_NONE },
};

static int curl_words(const struct fetch *f, CURLcode code, struct err *e)
{
    const char *rows[] = { "", f->place.url_row, f->place.connect_row };

    for (size_t i = 0; i < sizeof(curl_codes) / sizeof(curl_codes[0]); i++)
        if (curl_codes[i].curl == code)
            return err_set(e, curl_codes[i].code, "%s at %s: %s%s", f->place.what, f->host,
                           curl_codes[i].words, rows[curl_codes[i].names]);
    return err_set(e, -EPROTO, "%s at %s: %s", f->place.what, f->host, curl_easy_strerror(code));
}

/* The connection itself is given away: a copy of the socket outlives libcurl's. */
static int fetch_hand_over(struct fetch *f, struct err *e)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    int copy = -1;

    if (curl_easy_getinfo(f->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD)
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return err_set(e, -EMFILE, "%s at %s: no descriptor for the connection", f->place.what,
                       f->host);
    f->events.on_socket(copy, f->events.user);
    return 0;
}

/* What the ended transfer means. */
static int fetch_verdict(struct fetch *f, CURLcode code, struct err *e)
{
    if (f->fault.code < 0) {
        *e = f->fault;
        return e->code;
    }
    if (f->is_judged && !f->is_right)
        return fetch_refusal(f, e);
    if (code == CURLE_OK && f->only_connects)
        return fetch_hand_over(f, e);
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && f->is_enough))
        return curl_words(f, code, e);
    if (!f->is_judged)
        fetch_judge(f); /* no body at all */
    if (!f->is_right)
        return fetch_refusal(f, e);
    return f->events.on_whole ? f->events.on_whole(f->events.user, e) : 0;
}

/* ---- one request ----------------------------------------------------------------------- */

/* Closes the connection where the answer is not whole, and forgets the request. */
static void fetch_drop(struct fetch *f)
{
    if (f->easy) {
        curl_multi_remove_handle(f->multi, f->easy);
        curl_easy_cleanup(f->easy);
    }
    f->easy = NULL;
    curl_mime_free(f->form);
    f->form = NULL;
    curl_slist_free_all(f->headers);
    f->headers = NULL;
    str_done(&f->refusal);
    f->is_judged = f->is_right = f->is_enough = f->only_connects = false;
    f->bytes = f->seen = 0;
    f->fault = ERR_INIT;
    loop_timer_clear(f->deadline);
}

/* A server may quote the key in its complaint; nobody else shall read it. */
static void fetch_mask(const struct fetch *f, char *text)
{
    size_t n = strlen(f->key);
    char *at;

    while (n > 0 && (at = strstr(text, f->key))) {
        memset(at, '*', n < 3 ? n : 3);
        if (n > 3)
            memmove(at + 3, at + n, strlen(at + n) + 1);
        else if (n == strspn(f->key, "*"))
            return;
    }
}

static void fetch_finish(struct fetch *f, int code, struct err *e)
{
    int64_t now = clock_mono_usec(loop_clock(f->loop));

    must(f->easy && code <= 0);
    if (code < 0) {
        breaker_failed(f->breaker, now);
        fetch_mask(f, e->text);
    } else {
        breaker_succeeded(f->breaker);
    }
    fetch_drop(f);
    f->events.on_end(code, code < 0 ? err_text(e) : "", f->events.user);
}

void fetch_fail(struct fetch *f, struct err *e)
{
    if (f->easy && must(e->code < 0))
        fetch_finish(f, e->code, e);
}

static void fetch_deadline_set(struct fetch *f, int64_t gap_ms)
{
    int64_t at = clock_mono_usec(loop_clock(f->loop)) + gap_ms * 1000;

    must(f->easy && f->total_at_usec > 0);
    loop_timer_set(f->deadline, gap_ms > 0 && at < f->total_at_usec ? at : f->total_at_usec);
}

static void fetch_on_deadline(void *user)
{
    struct fetch *f = user;
    struct err e = ERR_INIT;

    if (!f->easy)
        return;
    if (f->only_connects)
        err_set(&e, -ETIMEDOUT, "%s at %s: no connection within %s", f->place.what, f->host,
                f->place.connect_row);
    else if (clock_mono_usec(loop_clock(f->loop)) >= f->total_at_usec)
        err_set(&e, -ETIMEDOUT, "%s at %s: no whole answer within %lld ms", f->place.what, f->host,
                (long long)f->total_ms);
    else
        err_set(&e, -ETIMEDOUT, "%s at %s: silent for %lld ms", f->place.what, f->host,
                (long long)f->gap_ms);
    fetch_finish(f, -ETIMEDOUT, &e);
}

/* Has the transfer ended, and how? libcurl keeps the message until it is read. */
static bool fetch_has_ended(struct fetch *f, CURLcode *code)
{
    const CURLMsg *m;
    bool ended = false;
    int left;

    while ((m = curl_multi_info_read(f->multi, &left))) {
        if (m->msg == CURLMSG_DONE && m->easy_handle == f->easy) {
            ended = true;
            *code = m->data.result;
        }
    }
    return ended || f->fault.code < 0;
}

/* Hands on what libcurl's callbacks have collected. */
static void fetch_pump(struct fetch *f)
{
    struct err e = ERR_INIT;
    CURLcode code = CURLE_OK;
    bool ended = fetch_has_ended(f, &code);
    /* the verdict comes first: it may find content in a last line without an end */
    int r = f->easy && ended ? fetch_verdict(f, code, &e) : 0;

    if (!f->easy)
        return;
    must(f->bytes >= f->seen);
    if (f->bytes != f->seen) {
        f->seen = f->bytes;
        fetch_deadline_set(f, f->gap_ms);
    }
    if (f->events.on_more)
        f->events.on_more(f->events.user);
    if (f->easy && ended)
        fetch_finish(f, r, &e);
}

void fetch_cancel(struct fetch *f)
{
    if (!f || !f->easy)
        return;
    breaker_cancelled(f->breaker, clock_mono_usec(loop_clock(f->loop)));
    fetch_drop(f);
    must(!f->easy && !f->form && !f->headers);
}

bool fetch_is_busy(const struct fetch *f)
{
    return f && f->easy;
}

const char *fetch_host(const struct fetch *f)
{
    return f->host;
}

static bool fetch_header(struct fetch *f, const char *name, const char *value)
{
    char line[HEADER_BYTES];
    struct curl_slist *more;

    if (!value)
        return true;
    snprintf(line, sizeof(line), "%s %s", name, value);
    more = curl_slist_append(f->headers, line);
    if (more)
        f->headers = more;
    return more != NULL;
}

static bool fetch_headers(struct fetch *f, const struct fetch_request *q)
{
    return fetch_header(f, "Content-Type:", q->parts_n ? NULL : q->type) &&
           fetch_header(f, "Accept:", q->accept) &&
           fetch_header(f, "Authorization: Bearer", q->key[0] ? q->key : NULL);
}

static bool form_add(struct fetch *f, const struct fetch_part *p)
{
    curl_mimepart *part = curl_mime_addpart(f->form);

    return part && curl_mime_name(part, p->name) == CURLE_OK &&
           curl_mime_data(part, p->data, p->len) == CURLE_OK &&
           (!p->filename || curl_mime_filename(part, p->filename) == CURLE_OK) &&
           (!p->type || curl_mime_type(part, p->type) == CURLE_OK);
}

/* A form, a body, or nothing: libcurl copies what it is given. */
static bool fetch_body_set(struct fetch *f, const struct fetch_request *q)
{
    bool ok = true;

    if (q->parts_n > 0) {
        f->form = curl_mime_init(f->easy);
        for (size_t i = 0; ok && i < q->parts_n; i++)
            ok = f->form && form_add(f, &q->parts[i]);
        return ok && curl_easy_setopt(f->easy, CURLOPT_MIMEPOST, f->form) == CURLE_OK;
    }
    if (!q->body)
        return true;
    return curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->len) == CURLE_OK &&
           curl_easy_setopt(f->easy, CURLOPT_COPYPOSTFIELDS, q->body) == CURLE_OK;
}

static bool fetch_easy_set(struct fetch *f, const struct fetch_request *q)
{
    CURL *c = f->easy;

    return curl_easy_setopt(c, CURLOPT_URL, q->url) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, q->redirects ? 1L : 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)q->redirects) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR,
                            strncmp(q->url, "https", 5) == 0 ? "https" : "http,https") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           /* a cancel must not wait for the resolver's thread */
           curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)q->connect_ms) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->headers) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, "jarvis") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, fetch_on_body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK;
}

/* May a request go to this address now? */
static int fetch_may(struct fetch *f, const char *url, int64_t now, struct err *e)
{
    int64_t wait_ms = breaker_wait_ms(f->breaker, now);
    int r;

    if (f->easy)
        return err_set(e, -EBUSY, "%s: a question is under way", f->place.what);
    r = fetch_url_check(url, f->place.url_row, f->host, sizeof(f->host), e);
    if (r < 0)
        return r;
    if (wait_ms > 0)
        return err_set(e, -EHOSTDOWN, "%s at %s failed %u times; next try in %lld s", f->place.what,
                       f->host, f->breaker->failures, (long long)(wait_ms + 999) / 1000);
    return 0;
}

static void fetch_bounds(struct fetch *f, const struct fetch_request *q)
{
    must(!f->headers && !f->form && f->bytes == 0 && q->parts_n <= PARTS_MAX && q->total_ms > 0);
    must(!q->redirects || !q->key[0]);
    f->bytes_max = q->bytes_max ? q->bytes_max : FETCH_ANSWER_BYTES_MAX;
    f->gap_ms = q->gap_ms;
    f->total_ms = q->total_ms;
}

static int fetch_begin(struct fetch *f, const struct fetch_request *q, bool only_connects,
                       struct err *e)
{
    int64_t now = clock_mono_usec(loop_clock(f->loop));
    int r = fetch_may(f, q->url, now, e);

    if (r < 0)
        return r;
    fetch_bounds(f, q);
    f->types = q->types;
    f->only_connects = only_connects;
    str_copy(f->key, sizeof(f->key), q->key);
    f->easy = curl_easy_init();
    if (!f->easy || !fetch_headers(f, q) || !fetch_easy_set(f, q) || !fetch_body_set(f, q) ||
        (only_connects && curl_easy_setopt(f->easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK) ||
        curl_multi_add_handle(f->multi, f->easy) != CURLM_OK) {
        fetch_drop(f);
        return err_set(e, -ENOMEM, "%s: out of memory", f->place.what);
    }
    breaker_begun(f->breaker, now);
    f->total_at_usec = now + q->total_ms * 1000;
    fetch_deadline_set(f, q->gap_ms > 0 ? q->connect_ms + q->gap_ms : 0);
    return 0;
}

int fetch_ask(struct fetch *f, const struct fetch_request *q, struct err *e)
{
    return fetch_begin(f, q, false, e);
}

int fetch_connect(struct fetch *f, const char *url, int64_t connect_ms, struct err *e)
{
    struct fetch_request q = {
        .url = url, .key = "", .connect_ms = connect_ms, .total_ms = connect_ms
    };

    if (!must(f->events.on_socket))
        return -EINVAL;
    return fetch_begin(f, &q, true, e);
}

/* ---- making one ------------------------------------------------------------------------ */

int fetch_url_check(const char *url, const char *row, char *host, size_t size, struct err *e)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *name = NULL, *user = NULL;
    int r = 0;

    if (!u)
        return err_set(e, -ENOMEM, "%s: out of memory", row);
    if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &name, 0) != CURLUE_OK ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        r = err_set(e, -EINVAL, "%s: must be an http or https address", row);
    else if (curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
        r = err_set(e, -EINVAL, "%s: must hold no user or password; a key has a setting of its own",
                    row);
    else
        str_copy(host, size, name);
    curl_free(scheme);
    curl_free(name);
    curl_free(user);
    curl_url_cleanup(u);
    return r;
}

static bool fetch_multi_set(struct fetch *f)
{
    CURLM *m = f->multi;

    return m && curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, fetch_on_curl_socket) == CURLM_OK &&
           curl_multi_setopt(m, CURLMOPT_SOCKETDATA, f) == CURLM_OK &&
           curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, fetch_on_curl_wait) == CURLM_OK &&
           curl_multi_setopt(m, CURLMOPT_TIMERDATA, f) == CURLM_OK &&
           curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, 1L) == CURLM_OK;
}

int fetch_new(struct fetch **ret, struct loop *loop, const struct fetch_place *place,
              const struct fetch_events *events, struct err *e)
{
    AUTO(fetch_freep) struct fetch *f = calloc(1, sizeof(*f));
    int r;

    if (!f)
        return err_set(e, -ENOMEM, "%s: out of memory", place->what);
    f->loop = loop;
    f->place = *place;
    f->events = *events;
    f->breaker = &f->own_breaker;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(e, -ENOMEM, "%s: libcurl does not start", place->what);
    f->has_curl = true;
    r = loop_timer_new(&f->curl_timer, loop, fetch_on_curl_timer, f, e);
    if (r >= 0)
        r = loop_timer_new(&f->deadline, loop, fetch_on_deadline, f, e);
    if (r < 0)
        return r;
    f->multi = curl_multi_init();
    if (!fetch_multi_set(f))
        return err_set(e, -ENOMEM, "%s: out of memory", place->what);
    *ret = STEAL(f);
    return 0;
}

struct fetch *fetch_free(struct fetch *f)
{
    if (!f)
        return NULL;
    if (f->deadline)
        fetch_drop(f);
    if (f->multi)
        curl_multi_cleanup(f->multi); /* tells fetch_on_curl_socket() of every socket */
    while (f->sockets)
        fetch_socket_drop(f, f->sockets);
    loop_timer_free(f->curl_timer);
    loop_timer_free(f->deadline);
    if (f->has_curl)
        curl_global_cleanup();
    explicit_bzero(f->key, sizeof(f->key));
    free(f);
    return NULL;
}

void fetch_share_breaker(struct fetch *f, struct breaker *b)
{
    must(!f->easy);
    f->breaker = b;
}
