/* SPDX-License-Identifier: Apache-2.0 */
/* web/check.c - what a request must look like before any route sees it. */
#include "web/check.h"

#include "base/must.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HTTP_PORT = 80, QUERY_KEYS_MAX = 16 };

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

/* "name", "name:port", "[v6]", "[v6]:port"; *len is the name's length with its brackets. A port
 * that is not there is told as 0. */
static int host_split(size_t *len, unsigned *port, const char *host)
{
    size_t n = 0;
    unsigned long p = 0;

    if (host[0] == '[') {
        n = strspn(host + 1, "0123456789abcdefABCDEF:.") + 1;
        if (n < 3 || host[n] != ']')
            return -EINVAL;
        n++;
    } else {
        while (is_name_char(host[n]))
            n++;
    }
    if (n == 0 || n >= SITE_NAME_BYTES)
        return -EINVAL;
    if (host[n] == ':') {
        size_t digits = strspn(host + n + 1, "0123456789");

        if (digits == 0 || digits > 5 || host[n + 1 + digits] != '\0')
            return -EINVAL;
        p = strtoul(host + n + 1, NULL, 10);
        if (p == 0 || p > 65535)
            return -EINVAL;
    } else if (host[n] != '\0') {
        return -EINVAL;
    }
    must(n > 0 && n < SITE_NAME_BYTES);
    *len = n;
    *port = (unsigned)p;
    return 0;
}

static int site_add(struct site *s, const char *entry, struct err *e)
{
    struct site_name *to = &s->names[s->n];
    size_t len;
    unsigned port;

    must(s->n <= SITE_NAMES_MAX && s->port > 0 && s->port <= 65535);
    if (host_split(&len, &port, entry) < 0)
        return err_set(e, -EINVAL, "http.hosts: '%.60s' is no host name; write name or name:port",
                       entry);
    if (s->n == SITE_NAMES_MAX)
        return err_set(e, -E2BIG, "http.hosts: more than %d names", SITE_NAMES_MAX);
    memcpy(to->name, entry, len);
    to->name[len] = '\0';
    to->port = port ? port : s->port;
    s->n++;
    return 0;
}

static int site_add_more(struct site *s, const char *more, struct err *e)
{
    while (*more) {
        size_t n = strcspn(more, ",");
        char entry[SITE_NAME_BYTES];
        char *name;
        int r;

        if (n >= sizeof(entry))
            return err_set(e, -EINVAL, "http.hosts: a name is longer than %d bytes",
                           SITE_NAME_BYTES - 1);
        memcpy(entry, more, n);
        entry[n] = '\0';
        name = str_trim(entry);
        if (name[0]) {
            r = site_add(s, name, e);
            if (r < 0)
                return r;
        }
        more += n;
        if (*more == ',')
            more++;
    }
    return 0;
}

static int site_add_bind(struct site *s, const char *bind, struct err *e)
{
    char bracketed[80];

    if (strcmp(bind, "0.0.0.0") == 0 || strcmp(bind, "::") == 0 || bind[0] == '\0') {
        s->any_address = true;
        return 0;
    }
    if (!strchr(bind, ':'))
        return site_add(s, bind, e);
    snprintf(bracketed, sizeof(bracketed), "[%s]", bind);
    return site_add(s, bracketed, e);
}

/* "box.lan" is reached as box.lan, box and box.local. A host name that is none (blank, exotic) is
 * nobody's way to us. */
static void site_add_hostname(struct site *s, const char *hostname)
{
    size_t n = strcspn(hostname, ".");
    char name[SITE_NAME_BYTES];

    if (!hostname[0] || n == 0 || n > 240 || site_add(s, hostname, NULL) < 0)
        return;
    if (hostname[n]) {
        snprintf(name, sizeof(name), "%.*s", (int)n, hostname);
        (void)site_add(s, name, NULL);
    }
    snprintf(name, sizeof(name), "%.*s.local", (int)n, hostname);
    (void)site_add(s, name, NULL);
}

/* "192.168.1.20" or "[fd00::5]". */
static bool is_address(const char *host, size_t len)
{
    uint8_t bytes[16];
    char text[SITE_NAME_BYTES];
    bool bracketed = host[0] == '[';

    must(len > 0 && len < SITE_NAME_BYTES && (!bracketed || len > 2));
    snprintf(text, sizeof(text), "%.*s", (int)(bracketed ? len - 2 : len), host + bracketed);
    return inet_pton(bracketed ? AF_INET6 : AF_INET, text, bytes) == 1;
}

int site_init(struct site *ret, const char *hostname, const char *bind, unsigned port,
              const char *more, struct err *e)
{
    static const char *const built_in[] = { "localhost", "127.0.0.1", "[::1]", "jarvis.local" };
    struct site s = { .port = port };
    int r;

    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
        r = site_add(&s, built_in[i], e);
        if (r < 0)
            return r;
    }
    site_add_hostname(&s, hostname);
    r = site_add_bind(&s, bind, e);
    if (r < 0)
        return r;
    r = site_add_more(&s, more, e);
    if (r < 0)
        return r;
    *ret = s;
    return 0;
}

bool site_has(const struct site *s, const char *host)
{
    size_t len;
    unsigned port;

    if (host_split(&len, &port, host) < 0)
        return false;
    if (port == 0)
        port = HTTP_PORT;
    if (s->any_address && port == s->port && is_address(host, len))
        return true;
    for (size_t i = 0; i < s->n; i++)
        if (s->names[i].port == port && strlen(s->names[i].name) == len &&
            strncasecmp(s->names[i].name, host, len) == 0)
            return true;
    return false;
}

size_t head_find(const char **ret, const struct head *h, const char *name)
{
    size_t count = 0;

    must(h->n <= HEAD_FIELDS_MAX);
    for (size_t i = 0; i < h->n; i++) {
        if (strcasecmp(h->fields[i].name, name) != 0)
            continue;
        if (count++ == 0)
            *ret = h->fields[i].value;
    }
    return count;
}

/* One element of a comma separated list: *item and *len without blanks; false at the end. */
static bool list_next(const char **at, const char **item, size_t *len)
{
    const char *p = *at + strspn(*at, " \t,");
    size_t n = strcspn(p, ",");

    *at = p + n;
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
        n--;
    *item = p;
    *len = n;
    return n > 0;
}

bool head_has_token(const struct head *h, const char *name, const char *token)
{
    for (size_t i = 0; i < h->n; i++) {
        const char *at = h->fields[i].value, *item;
        size_t len;

        if (strcasecmp(h->fields[i].name, name) != 0)
            continue;
        while (list_next(&at, &item, &len))
            if (len == strlen(token) && strncasecmp(item, token, len) == 0)
                return true;
    }
    return false;
}

static int refuse(unsigned *status, unsigned code, struct err *e, const char *words)
{
    *status = code;
    return err_set(e, -EPROTO, "%s", words);
}

/* Does a segment of the path lead up? */
static bool target_climbs(const char *t)
{
    for (const char *p = t; *p && *p != '?'; p += 1 + strcspn(p + 1, "/?"))
        if (str_starts(p, "/..") && (p[3] == '/' || p[3] == '?' || p[3] == '\0'))
            return true;
    return false;
}

/* %00 to %1f, %7f */
static bool is_escaped_control(const char *p)
{
    return p[0] == '%' && (p[1] == '0' || p[1] == '1' || (p[1] == '7' && (p[2] | 32) == 'f'));
}

static int check_target(unsigned *status, const struct head *h, const struct site *s, struct err *e)
{
    const char *t = h->target;

    (void)s;
    if (strcmp(t, "*") == 0 && strcmp(h->method, "OPTIONS") == 0)
        return 0;
    if (t[0] != '/')
        return refuse(status, 400, e, "the request target must begin with '/'");
    for (const char *p = t; *p; p++) {
        if ((unsigned char)*p <= 0x20 || *p == 0x7f || *p == '\\')
            return refuse(status, 400, e, "blank, control byte or backslash in the URL");
        if (is_escaped_control(p))
            return refuse(status, 400, e, "escaped control byte in the URL");
    }
    if (target_climbs(t))
        return refuse(status, 400, e, "'..' in the path");
    return 0;
}

/* The key that begins at p: up to '=', '&' or the end. */
static size_t key_len(const char *p)
{
    return strcspn(p, "=&");
}

/* Servers differ in which of two they believe: neither is taken. */
static int check_query(unsigned *status, const struct head *h, const struct site *s, struct err *e)
{
    const char *query = strchr(h->target, '?');
    unsigned n = 0;

    (void)s;
    for (const char *p = query; p && n <= QUERY_KEYS_MAX; p = strchr(p + 1, '&'), n++) {
        for (const char *q = query; q != p; q = strchr(q + 1, '&')) {
            if (key_len(q + 1) != key_len(p + 1) || memcmp(q + 1, p + 1, key_len(p + 1)) != 0)
                continue;
            *status = 400;
            return err_set(e, -EPROTO, "%.*s: stands twice in the query",
                           (int)(key_len(p + 1) > 40 ? 40 : key_len(p + 1)), p + 1);
        }
    }
    if (n > QUERY_KEYS_MAX)
        return refuse(status, 400, e, "too many parameters in the query");
    return 0;
}

static int check_expect(unsigned *status, const struct head *h, const struct site *s, struct err *e)
{
    const char *expect = NULL;
    size_t n = head_find(&expect, h, "Expect");

    (void)s;
    if (n > 1 || (n == 1 && strcasecmp(expect, "100-continue") != 0))
        return refuse(status, 417, e, "the only expectation known here is 100-continue");
    return 0;
}

/* A name is a token (RFC 9110 section 5.6.2); a value has no control byte but tabs. */
static int check_fields(unsigned *status, const struct head *h, const struct site *s, struct err *e)
{
    (void)s;
    for (size_t i = 0; i < h->n; i++) {
        const char *name = h->fields[i].name;

        while (is_name_char(*name) || (*name && strchr("!#$%&'*+^`|~", *name)))
            name++;
        if (name == h->fields[i].name || *name)
            return refuse(status, 400, e, "a header field's name is no token");
        for (const char *p = h->fields[i].value; *p; p++)
            if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
                return refuse(status, 400, e, "control byte in a header field");
    }
    return 0;
}

static int check_host(unsigned *status, const struct head *h, const struct site *s, struct err *e)
{
    const char *host = NULL;
    size_t n = head_find(&host, h, "Host");

    if (n == 0)
        return refuse(status, 400, e, "the Host field is missing");
    if (n > 1)
        return refuse(status, 400, e, "more than one Host field");
    if (!site_has(s, host)) {
        *status = 421;
        return err_set(e, -EPROTO,
                       "Host '%.80s' is not one of this server's names with its port; "
                       "further names stand in the setting http.hosts",
                       host);
    }
    return 0;
}

static int check_framing(unsigned *status, const struct head *h, const struct site *s,
                         struct err *e)
{
    const char *length = NULL, *coding = NULL;
    size_t lengths = head_find(&length, h, "Content-Length");
    size_t codings = head_find(&coding, h, "Transfer-Encoding");

    (void)s;
    if (lengths && codings)
        return refuse(status, 400, e, "Content-Length and Transfer-Encoding together");
    if (lengths > 1)
        return refuse(status, 400, e, "more than one Content-Length");
    if (lengths && (length[0] == '\0' || length[strspn(length, "0123456789")] != '\0'))
        return refuse(status, 400, e, "Content-Length must be a number");
    if (codings > 1 || (codings && strcasecmp(coding, "chunked") != 0))
        return refuse(status, 501, e, "the only Transfer-Encoding known here is chunked");
    if (codings && strcmp(h->version, "HTTP/1.1") != 0)
        return refuse(status, 400, e, "Transfer-Encoding needs HTTP/1.1");
    return 0;
}

int check_origin(unsigned *status, const struct head *h, struct err *e)
{
    const char *origin = NULL, *site = NULL, *host = NULL, *rest;

    if (head_find(&site, h, "Sec-Fetch-Site") && strcmp(site, "same-origin") != 0 &&
        strcmp(site, "none") != 0)
        return refuse(status, 403, e, "requests from another site are not taken");
    if (!head_find(&origin, h, "Origin"))
        return 0;
    rest = str_starts(origin, "http://")    ? origin + 7
           : str_starts(origin, "https://") ? origin + 8
                                            : NULL;
    if (!rest || !head_find(&host, h, "Host") || strcasecmp(rest, host) != 0)
        return refuse(status, 403, e, "the Origin is not this server");
    return 0;
}

static bool changes_something(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
           strcmp(method, "OPTIONS") != 0;
}

static int check_sender(unsigned *status, const struct head *h, const struct site *s, struct err *e)
{
    (void)s;
    return changes_something(h->method) ? check_origin(status, h, e) : 0;
}

int check_request(unsigned *status, const struct head *h, const struct site *s, struct err *e)
{
    static int (*const checks[])(unsigned *, const struct head *, const struct site *,
                                 struct err *) = {
        check_target, check_query,   check_fields, check_host,
        check_framing, check_expect, check_sender,
    };

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        int r = checks[i](status, h, s, e);

        if (r < 0) {
            must(r == -EPROTO && *status >= 400 && *status < 600);
            return r;
        }
    }
    return 0;
}

int64_t head_body_bytes(const struct head *h)
{
    const int64_t most = 1LL << 53;
    must_const(sizeof(long long) == sizeof(int64_t));
    const char *length = NULL, *coding = NULL;
    int64_t n;

    if (head_find(&coding, h, "Transfer-Encoding"))
        return -EINPROGRESS;
    if (!head_find(&length, h, "Content-Length"))
        return -ENODATA;
    n = strtoll(length, NULL, 10); /* LLONG_MAX where it is longer */
    return n > most ? most : n;
}

bool head_is_json(const struct head *h)
{
    static const char json[] = "application/json";
    const char *type = NULL, *coding = NULL;
    size_t n;

    if (head_find(&coding, h, "Content-Encoding") && strcasecmp(coding, "identity") != 0)
        return false;
    if (head_find(&type, h, "Content-Type") != 1)
        return false;
    n = strcspn(type, "; \t");
    return n == sizeof(json) - 1 && strncasecmp(type, json, n) == 0;
}

bool head_takes_gzip(const struct head *h)
{
    for (size_t i = 0; i < h->n; i++) {
        const char *at = h->fields[i].value, *item;
        size_t len;

        if (strcasecmp(h->fields[i].name, "Accept-Encoding") != 0)
            continue;
        while (list_next(&at, &item, &len)) {
            const char *q = memchr(item, ';', len);
            size_t name = q ? (size_t)(q - item) : len;

            while (name > 0 && (item[name - 1] == ' ' || item[name - 1] == '\t'))
                name--;
            if (!((name == 4 && strncasecmp(item, "gzip", 4) == 0) ||
                  (name == 1 && item[0] == '*')))
                continue;
            if (!q)
                return true;
            q += 1 + strspn(q + 1, " \t");
            return !((q[0] | 32) == 'q' && q[1] == '=' && strtod(q + 2, NULL) <= 0.0);
        }
    }
    return false;
}

bool head_has_etag(const struct head *h, const char *etag)
{
    for (size_t i = 0; i < h->n; i++) {
        const char *at = h->fields[i].value, *item;
        size_t len;

        if (strcasecmp(h->fields[i].name, "If-None-Match") != 0)
            continue;
        while (list_next(&at, &item, &len)) {
            if (len == 1 && item[0] == '*')
                return true;
            if (len > 2 && item[0] == 'W' && item[1] == '/') { /* weak comparison, RFC 9110 */
                item += 2;
                len -= 2;
            }
            if (len == strlen(etag) && memcmp(item, etag, len) == 0)
                return true;
        }
    }
    return false;
}

bool request_id_is_harmless(const char *id)
{
    size_t n = 0;

    while (is_name_char(id[n]))
        n++;
    return n > 0 && n < REQUEST_ID_BYTES && id[n] == '\0';
}
