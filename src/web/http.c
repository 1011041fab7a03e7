/* SPDX-License-Identifier: Apache-2.0 */
/* web/http.c - libmicrohttpd's server and the way of one request through it.
 *
 * Bytes that libmicrohttpd hides. Version 0.9.75 (Debian 12) takes a bare LF for a line
 * end, joins folded fields and cuts texts at a NUL, all before we are called. It parses in
 * place, though: the strings it hands out point into the bytes as they came, so that the
 * distance from one to the next tells what stood between. head_is_plain() refuses anything
 * but "Name:" blanks "value" CR LF. Versions from 0.9.76 on refuse these by themselves at
 * the discipline level that we ask for, and promise nothing about the layout: there the
 * look at the distances is left out. In a chunked body that version takes a bare LF, too, where
 * nobody can see it: there a body in chunks is refused (411), newer ones take it. */
#include "web/http.h"

#include "base/must.h"
#include "core/deadlines.h"
#include "web/listen.h"
#include "web/response.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THROW_AWAY_TIMES = 4 }; /* so many times the limit is read before the line is cut */

struct http {
    struct MHD_Daemon *daemon; /* owned */
    struct health_row *beat;   /* of the library's thread, borrowed */
    struct http_parts parts;
    struct site site;
    struct limit limits[RATE_N]; /* HTTP thread */
    uint64_t ids;        /* HTTP thread */
    uint32_t ids_prefix; /* differs from start to start */
    unsigned port;
    int fd;               /* it listens; the daemon's, which closes it */
    bool layout_is_known; /* the version whose strings point into the bytes as they came */
    bool quiet;           /* http_quiesce() was called */
};

static int64_t http_now(const struct http *h)
{
    return clock_mono_usec(h->parts.clock);
}

unsigned http_port(const struct http *h)
{
    return h->port;
}

static const struct sockaddr *connection_address(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return info ? info->client_addr : NULL;
}

static struct conn *connection_row(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static void http_on_connection(void *cls, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode what)
{
    struct http *h = cls;
    const union MHD_ConnectionInfo *info;
    const struct sockaddr *from = connection_address(connection);
    struct limit_key address = { { 0 } };

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        conn_close(h->parts.conns, *context);
        *context = NULL;
        return;
    }
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (from)
        address = limit_key_address(from);
    if (info)
        *context = conn_open(h->parts.conns, info->connect_fd, &address, http_now(h));
}

/* The request line has been read; what is returned becomes the request's context. */
static void *http_on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct http *h = cls;
    struct call *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    must(h->parts.pending && h->parts.conns);
    c->parts = &h->parts;
    c->connection = connection;
    c->conn = connection_row(connection);
    conn_request(h->parts.conns, c->conn, http_now(h));
    c->head.target = target; /* until begin: the library's own bytes, for head_is_plain() */
    str_add(&c->target, target);
    if (c->target.failed) {
        free(c);
        return NULL;
    }
    return c;
}

static void http_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                              enum MHD_RequestTerminationCode how)
{
    struct http *h = cls;
    struct call *c = *con_cls;

    (void)connection;
    (void)how;
    if (!c)
        return;
    if (c->conn && !c->upgraded)
        conn_enter(h->parts.conns, c->conn, CONN_HEAD, http_now(h));
    pending_drop(c->parts->pending, c->slot);
    if (c->parked)
        pending_settle(c->parts->pending);
    str_done(&c->target);
    str_done(&c->body);
    free(c);
    *con_cls = NULL;
}

static enum MHD_Result head_add(void *cls, enum MHD_ValueKind kind, const char *name,
                                const char *value)
{
    struct head *h = cls;

    (void)kind;
    must(h->n <= HEAD_FIELDS_MAX);
    if (h->n == HEAD_FIELDS_MAX)
        return MHD_NO;
    h->fields[h->n].name = name;
    h->fields[h->n].value = value ? value : "";
    h->n++;
    return MHD_YES;
}

/* See the top of the file. The query has been cut into its parts by now: its length is that of the
 * copy in h->target. */
static bool head_is_plain(const struct head *h, const char *raw_target)
{
    const char *end = h->version + strlen(h->version);

    if (raw_target + strlen(h->target) + 1 != h->version)
        return false;
    for (size_t i = 0; i < h->n; i++) {
        if (h->fields[i].name != end + 2)
            return false;
        end = h->fields[i].value + strlen(h->fields[i].value);
    }
    return true;
}

static void call_take_id(struct call *c, struct http *h)
{
    const char *id = NULL;

    if (head_find(&id, &c->head, "X-Request-Id") == 1 && request_id_is_harmless(id))
        str_copy(c->id, sizeof(c->id), id);
    else
        snprintf(c->id, sizeof(c->id), "%08x-%llu", h->ids_prefix, (unsigned long long)++h->ids);
}

const struct rate route_rates[RATE_N] = {
    [RATE_FREE] = { 0, 0 },
    [RATE_READ] = { 60, 20 },
    [RATE_OPEN] = { 60, 5 },
    [RATE_WRITE] = { 40, 5 },
};

/* 0: go on; else *result is what libmicrohttpd gets. */
static int call_refuse_rate(int *result, struct call *c, struct http *h)
{
    const struct sockaddr *from = connection_address(c->connection);
    enum route_rate class = c->route->rate;
    struct limit_key key;
    char seconds[12];
    unsigned wait_s;

    must(class < RATE_N);
    if (class == RATE_FREE || !from)
        return 0;
    key = limit_key_address(from);
    wait_s = limit_take(&h->limits[class], &key, &route_rates[class], http_now(h));
    if (wait_s == 0)
        return 0;
    snprintf(seconds, sizeof(seconds), "%u", wait_s);
    call_field(c, "Retry-After", seconds);
    *result = call_problem(c, 429, "more than %g requests a second; try again in %u s",
                           route_rates[class].per_s, wait_s);
    return -EAGAIN;
}

static int call_refuse_body(int *result, struct call *c)
{
    int64_t bytes = head_body_bytes(&c->head);
    size_t limit = c->route->body_bytes;

    must(!c->answered && c->body.len == 0);
    if (bytes == -EINPROGRESS && limit == 0)
        bytes = 1; /* chunked: at least something comes */
    if (bytes == -EINPROGRESS && c->parts->chunks_are_loose) {
        *result = call_problem(c, 411, "a body in chunks is not taken; send its Content-Length");
        return -EINVAL;
    }
    if (bytes > (int64_t)limit) {
        *result =
            limit ? call_problem(c, 413, "the body has %lld bytes, at most %zu are taken",
                                 (long long)bytes, limit)
                  : call_problem(c, 413, "%s %s takes no body", c->route->method, c->route->path);
        return -EMSGSIZE;
    }
    if (limit && bytes == -ENODATA) {
        *result = call_problem(c, 411, "a body with Content-Length is needed");
        return -EINVAL;
    }
    if (limit && !head_is_json(&c->head)) {
        *result = call_problem(c, 415, "the body must be application/json, not compressed");
        return -EINVAL;
    }
    return 0;
}

static int call_refuse_route(int *result, struct call *c)
{
    AUTO_STR path = STR_INIT, allow = STR_INIT;
    int r;

    str_add_bytes(&path, str_text(&c->target), strcspn(str_text(&c->target), "?"));
    r = route_find(&c->route, c->segment, c->head.method, str_text(&path));
    if (r == 0)
        return 0;
    if (r == -ENOENT && strcmp(str_text(&path), "*") != 0) {
        *result = call_problem(c, 404, "there is nothing at %.100s", str_text(&path));
        return r;
    }
    route_allow(&allow, str_text(&path));
    call_field(c, "Allow", str_text(&allow));
    if (strcmp(c->head.method, "OPTIONS") == 0)
        *result = call_empty(c, 204);
    else
        *result = call_problem(c, 405, "%.16s is not taken here, only %s", c->head.method,
                               str_text(&allow));
    return -EOPNOTSUPP;
}

/* What cannot be trusted to be one request: the line ends with the answer. */
static int call_distrust(struct call *c, unsigned status, const char *words)
{
    call_field(c, "Connection", "close");
    return call_problem(c, status, "%s", words);
}

/* What a head takes on the line, but for blanks: the library's memory holds it twice over, so that an
 * answer still finds place there. */
static size_t head_bytes(const struct head *h)
{
    size_t n = strlen(h->method) + strlen(h->target) + strlen(h->version) + 4;

    for (size_t i = 0; i < h->n; i++)
        n += strlen(h->fields[i].name) + strlen(h->fields[i].value) + 4;
    return n;
}

static bool call_refuse_long_head(int *result, struct call *c)
{
    bool is_target = strlen(c->head.target) > HTTP_HEAD_BYTES_MAX / 2;

    if (head_bytes(&c->head) <= HTTP_HEAD_BYTES_MAX)
        return false;
    call_field(c, "Connection", "close");
    *result = call_problem(c, is_target ? 414 : 431, "the head has more than %d bytes",
                           HTTP_HEAD_BYTES_MAX);
    return true;
}

static int call_check_head(int *result, struct call *c, struct http *h, const char *raw_target)
{
    int fields = MHD_get_connection_values(c->connection, MHD_HEADER_KIND, head_add, &c->head);
    struct err e = ERR_INIT;
    unsigned status;

    call_take_id(c, h);
    if (fields < 0 || (size_t)fields > c->head.n) {
        *result = call_problem(c, 400, "more than %d header fields", HEAD_FIELDS_MAX);
        return -E2BIG;
    }
    if (call_refuse_long_head(result, c))
        return -E2BIG;
    if (h->layout_is_known && !head_is_plain(&c->head, raw_target)) {
        *result = call_distrust(
            c, 400, "bare line feed, folded field, blank or NUL byte in the head");
        return -EPROTO;
    }
    if (check_request(&status, &c->head, &h->site, &e) >= 0)
        return 0;
    if (status == 400 || status == 501)
        *result = call_distrust(c, status, err_text(&e));
    else
        *result = call_problem(c, status, "%s", err_text(&e));
    return -EPROTO;
}

/* Fields are complete, nothing of a body has been read. 0: go on, else *result. */
static int http_begin(int *result, struct http *h, struct call *c)
{
    const char *raw_target = c->head.target;

    must(!c->checked && !c->answered);
    c->checked = true;
    c->head.target = str_text(&c->target);
    if (call_check_head(result, c, h, raw_target) < 0)
        return -EPROTO;
    if (conn_is_over(c->conn)) {
        call_field(c, "Retry-After", "10");
        call_field(c, "Connection", "close");
        *result = call_problem(c, 503, "more than %d connections from one address",
                               CONNS_PER_ADDRESS_MAX);
        return -EBUSY;
    }
    if (call_refuse_route(result, c) < 0 || call_refuse_rate(result, c, h) < 0 ||
        call_refuse_body(result, c) < 0)
        return -EPERM;
    return 0;
}

/* A part of the body. What is too much is thrown away for a while, so that the client reads why,
 * and then the line is cut. */
static int http_on_body(struct call *c, const char *data, size_t *size)
{
    size_t limit = c->route ? c->route->body_bytes : 0;

    must(c->body.len <= limit || c->body_is_too_big);
    if (c->body_is_too_big || *size > limit - c->body.len) {
        c->body_is_too_big = true;
        c->thrown_away_bytes += *size;
        if (c->thrown_away_bytes > THROW_AWAY_TIMES * (limit + HTTP_MEMORY_BYTES))
            return MHD_NO;
    } else {
        str_add_bytes(&c->body, data, *size);
    }
    *size = 0;
    return MHD_YES;
}

/* Is a body announced? Asked before the fields have been looked at. */
static bool connection_has_body(struct MHD_Connection *connection)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length") ||
           MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Transfer-Encoding");
}

static int http_on_complete(struct call *c)
{
    must(c->route && c->checked && !c->answered);
    must(c->body.len <= c->route->body_bytes);
    if (c->body_is_too_big)
        return call_problem(c, 413, "the body has more than %zu bytes", c->route->body_bytes);
    if (c->body.failed)
        return call_problem(c, 500, "out of memory");
    return c->route->fn(c);
}

static enum MHD_Result http_request(struct http *h, struct MHD_Connection *connection,
                                    const char *method, const char *version, const char *data,
                                    size_t *size, void **con_cls)
{
    struct call *c = *con_cls;
    int result = MHD_YES;

    if (!c)
        return MHD_NO;
    if (!c->begun) {
        c->begun = true;
        c->head.method = method;
        c->head.version = version;
        if (!connection_has_body(connection))
            return MHD_YES; /* complete with the next call */
        conn_enter(h->parts.conns, c->conn, CONN_BODY, http_now(h));
        (void)http_begin(&result, h, c);
        return result;
    }
    if (*size > 0)
        return http_on_body(c, data, size);
    if (c->answered)
        return MHD_YES;
    conn_enter(h->parts.conns, c->conn, CONN_WORK, http_now(h));
    if (c->checked || http_begin(&result, h, c) >= 0)
        result = http_on_complete(c);
    return result;
}

/* The library's thread is late when a handler of ours does not come back. */
static enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection,
                                       const char *url, const char *method, const char *version,
                                       const char *data, size_t *size, void **con_cls)
{
    struct http *h = cls;
    enum MHD_Result r;

    (void)url; /* unescaped by the library; the target as sent is what counts */
    health_beat(h->beat);
    r = http_request(h, connection, method, version, data, size, con_cls);
    health_rest(h->beat);
    return r;
}

/* The library would write to stderr; what goes wrong with one client is not worth a line. */
static void http_on_log(void *cls, const char *format, va_list ap)
{
    (void)cls;
    (void)format;
    (void)ap;
}

/* The target is checked as it was sent; nothing is unescaped. */
static size_t http_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static int http_open(struct http *h, int fd, struct err *e)
{
    h->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_UPGRADE | MHD_ALLOW_SUSPEND_RESUME |
            MHD_USE_ERROR_LOG,
        (uint16_t)h->port, NULL, NULL, http_on_request, h, MHD_OPTION_EXTERNAL_LOGGER, http_on_log,
        NULL, MHD_OPTION_LISTEN_SOCKET, fd,
#if MHD_VERSION >= 0x00097600
        MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
#else
        MHD_OPTION_STRICT_FOR_CLIENT, 0, /* where it is strict it answers a missing Host twice */
#endif
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY_BYTES,
        MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)1024, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNS_MAX, MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, h,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_TIMEOUT_S, MHD_OPTION_URI_LOG_CALLBACK, http_on_target, h,
        MHD_OPTION_UNESCAPE_CALLBACK, http_unescape, h, MHD_OPTION_NOTIFY_COMPLETED,
        http_on_completed, h, MHD_OPTION_END);
    if (!h->daemon)
        return err_set(e, -ENOMEM, "the HTTP server did not start (out of memory or descriptors)");
    return 0;
}

int http_start(struct http **ret, const struct settings *s, const struct http_parts *parts,
               struct err *e)
{
    AUTO(http_freep) struct http *h = calloc(1, sizeof(*h));
    AUTO_CLOSE int fd = -1;
    char hostname[SITE_NAME_BYTES] = "";
    int r;

    if (!h)
        return err_set(e, -ENOMEM, "web: out of memory");
    h->parts = *parts;
    h->layout_is_known = strcmp(MHD_get_version(), "0.9.75") == 0;
    h->parts.chunks_are_loose = h->layout_is_known;
    if (getrandom(&h->ids_prefix, sizeof(h->ids_prefix), 0) < 0)
        return err_set(e, -errno, "web: no random numbers");
    if (gethostname(hostname, sizeof(hostname) - 1) < 0)
        hostname[0] = '\0';
    r = listen_open(&fd, &h->port, s->http_bind, (unsigned)s->http_port, e);
    if (r < 0)
        return r;
    r = site_init(&h->site, hostname, s->http_bind, h->port, s->http_hosts, e);
    if (r < 0)
        return r;
    r = health_watch(&h->beat, parts->health, "http", DEADLINE_HTTP_MS, e);
    if (r < 0)
        return r;
    health_rest(h->beat); /* nothing is due before the first request */
    r = http_open(h, fd, e);
    if (r < 0)
        return r;
    h->fd = STEAL_FD(fd); /* the server closes it */
    *ret = STEAL(h);
    return 0;
}

/* MHD_quiesce_daemon() of 0.9.75 takes the socket out of the epoll set while the library's own thread
 * may be putting it there or taking it out, and aborts the program when both do. A socket that is shut
 * accepts nobody either, and stays the library's to close. */
void http_quiesce(struct http *h)
{
    if (!h || h->quiet)
        return;
    h->quiet = true;
    must(h->fd >= 0);
    (void)shutdown(h->fd, SHUT_RDWR);
}

struct http *http_free(struct http *h)
{
    if (!h)
        return NULL;
    must(!h->daemon || h->quiet); /* nothing new comes while it ends */
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    if (h->beat)
        health_unwatch(h->parts.health, h->beat);
    free(h);
    return NULL;
}
