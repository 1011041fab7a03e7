/* SPDX-License-Identifier: Apache-2.0 */
/* web/response.c - the answers: JSON, problem+json, files of the page. */
#include "web/response.h"

#include "base/must.h"
#include "web/refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    unsigned status;
    const char *title;
} titles[] = {
    { 400, "Bad request" },
    { 403, "Forbidden" },
    { 404, "Not found" },
    { 405, "Method not allowed" },
    { 409, "Conflict" },
    { 411, "Length required" },
    { 413, "Content too large" },
    { 414, "Address too long" },
    { 415, "Unsupported media type" },
    { 417, "Expectation failed" },
    { 421, "Misdirected request" },
    { 426, "Upgrade required" },
    { 429, "Too many requests" },
    { 431, "Fields too large" },
    { 500, "Internal error" },
    { 501, "Not implemented" },
    { 502, "The house refused" },
    { 503, "Service unavailable" },
    { 504, "No answer in time" },
    { 505, "HTTP version not supported" },
};

const char *status_title(unsigned status)
{
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return status < 400 ? "OK" : "Error";
}

static const struct {
    const char *name, *value;
} security_fields[] = {
    { "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
      "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
};

static const struct {
    const char *ending, *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".svg", "image/svg+xml" },
};

void call_field(struct call *c, const char *name, const char *value)
{
    if (!must(c->fields_n < CALL_FIELDS_MAX))
        return;
    c->fields[c->fields_n].name = name;
    str_copy(c->fields[c->fields_n].value, sizeof(c->fields[0].value), value);
    c->fields_n++;
}

void response_secure_text(struct str *out)
{
    for (size_t i = 0; i < sizeof(security_fields) / sizeof(security_fields[0]); i++)
        str_addf(out, "%s: %s\r\n", security_fields[i].name, security_fields[i].value);
}

static bool response_fill(struct MHD_Response *r, const struct call *c)
{
    bool ok = MHD_add_response_header(r, "X-Request-Id", c->id) == MHD_YES;

    for (size_t i = 0; ok && i < sizeof(security_fields) / sizeof(security_fields[0]); i++)
        ok = MHD_add_response_header(r, security_fields[i].name, security_fields[i].value) ==
             MHD_YES;
    for (size_t i = 0; ok && i < c->fields_n; i++)
        ok = MHD_add_response_header(r, c->fields[i].name, c->fields[i].value) == MHD_YES;
    return ok;
}

/* Takes the response over. */
static int call_queue(struct call *c, unsigned status, struct MHD_Response *r)
{
    int queued = MHD_NO;

    must(!c->answered && !c->slot); /* exactly once, and nobody else is to answer */
    must(status >= 100 && status < 600 && c->id[0]);
    conn_enter(c->parts->conns, c->conn, status == 101 ? CONN_SOCKET : CONN_ANSWER,
               clock_mono_usec(c->parts->clock));
    c->upgraded = status == 101;
    if (r && response_fill(r, c))
        queued = refusal_queue(c->connection, status, r);
    if (r)
        MHD_destroy_response(r);
    c->answered = true;
    return queued;
}

static int call_text(struct call *c, unsigned status, const char *type, char *text)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);

    if (!r)
        free(text);
    call_field(c, "Content-Type", type);
    call_field(c, "Cache-Control", "no-store");
    return call_queue(c, status, r);
}

int call_json_text(struct call *c, unsigned status, char *text)
{
    if (!text)
        return call_problem(c, 500, "out of memory");
    return call_text(c, status, "application/json", text);
}

int call_json_kept(struct call *c, unsigned status, const char *text)
{
    call_field(c, "Content-Type", "application/json");
    call_field(c, "Cache-Control", "no-store");
    return call_queue(c, status,
                      MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                                      MHD_RESPMEM_PERSISTENT));
}

int call_json(struct call *c, unsigned status, const cJSON *json)
{
    return call_json_text(c, status, json_text(json));
}

char *problem_text(unsigned status, const char *detail, const char *instance)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = json_put_text(j, "type", "about:blank") &&
              json_put_text(j, "title", status_title(status)) && json_put_int(j, "status", status) &&
              json_put_text(j, "detail", detail) &&
              (!instance[0] || json_put_text(j, "instance", instance));

    must(status >= 400 && status < 600);
    return ok ? json_text(j) : NULL;
}

int call_problem(struct call *c, unsigned status, const char *format, ...)
{
    char detail[ERR_TEXT_BYTES];
    char *text;
    va_list ap;

    va_start(ap, format);
    vsnprintf(detail, sizeof(detail), format, ap);
    va_end(ap);
    text = problem_text(status, detail, c->id);
    if (!text)
        return MHD_NO; /* no memory even for that: the connection is closed */
    return call_text(c, status, "application/problem+json", text);
}

int call_empty(struct call *c, unsigned status)
{
    return call_queue(c, status,
                      MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT));
}

static const char *asset_type(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(dot, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

int call_asset(struct call *c, const struct asset *asset)
{
    bool gzip = head_takes_gzip(&c->head);
    const unsigned char *bytes = gzip ? asset->gzip : asset->plain;
    size_t len = gzip ? asset->gzip_bytes : asset->plain_bytes;
    char etag[48];
    struct MHD_Response *r;

    /* each form has its own strong tag */
    snprintf(etag, sizeof(etag), "\"%s%s\"", asset->etag, gzip ? "-gz" : "");
    call_field(c, "ETag", etag);
    call_field(c, "Vary", "Accept-Encoding");
    /* the names carry no hash: ask each time, mostly for a 304 */
    call_field(c, "Cache-Control", "no-cache");
    if (head_has_etag(&c->head, etag))
        return call_empty(c, 304);
    r = MHD_create_response_from_buffer(len, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);
    if (r && (MHD_add_response_header(r, "Content-Type", asset_type(asset->name)) != MHD_YES ||
              (gzip && MHD_add_response_header(r, "Content-Encoding", "gzip") != MHD_YES))) {
        MHD_destroy_response(r);
        r = NULL;
    }
    return call_queue(c, 200, r);
}

int call_upgrade(struct call *c, struct MHD_Response *response, const char *accept)
{
    call_field(c, "Upgrade", "websocket");
    call_field(c, "Sec-WebSocket-Accept", accept);
    return call_queue(c, 101, response);
}
