/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/web/request_fuzz.c - a request's head as a client may send it: first line "METHOD
 * target", then "Name: value" lines. What passes the checks must hold what they promise. */
#include "web/check.h"
#include "web/handshake.h"
#include "web/route.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *line_next(char **at)
{
    char *line = *at, *end;

    if (!line)
        return NULL;
    end = strchr(line, '\n');
    if (end)
        *end = '\0';
    *at = end ? end + 1 : NULL;
    return line;
}

static void head_split(struct head *h, char *text)
{
    char *line = line_next(&text), *mark = strchr(line, ' ');

    h->version = "HTTP/1.1";
    h->method = line;
    h->target = "";
    if (mark) {
        *mark = '\0';
        h->target = mark + 1;
    }
    while (h->n < HEAD_FIELDS_MAX && (line = line_next(&text))) {
        mark = strchr(line, ':');
        if (!mark)
            continue;
        *mark++ = '\0';
        h->fields[h->n].name = line;
        h->fields[h->n++].value = mark + strspn(mark, " ");
    }
}

static void promises(const struct head *h, const struct site *s)
{
    const char *host = NULL, *length = NULL, *coding = NULL;

    if (head_find(&host, h, "Host") != 1 || !site_has(s, host))
        abort();
    if (strpbrk(h->target, " \r\n\t\\") || (h->target[0] != '/' && h->target[0] != '*'))
        abort();
    if (head_find(&length, h, "Content-Length") && head_find(&coding, h, "Transfer-Encoding"))
        abort();
    if (length && head_body_bytes(h) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct site s;
    struct head h = { 0 };
    struct err e = ERR_INIT;
    const struct route *route = NULL;
    char segment[ROUTE_SEGMENT_BYTES], accept[WS_ACCEPT_BYTES];
    const char *id = NULL;
    unsigned status = 0;
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    head_split(&h, text);
    /* the settings' list of names is a text of the same kind */
    (void)site_init(&s, h.method, h.target, 80, h.n ? h.fields[0].value : "", &e);
    if (site_init(&s, "box", "127.0.0.1", 8100, "proxy.example:443", &e) < 0)
        abort();
    if (check_request(&status, &h, &s, &e) == 0)
        promises(&h, &s);
    else if (status < 400 || status > 599 || !e.text[0])
        abort();
    (void)head_is_json(&h);
    (void)head_takes_gzip(&h);
    (void)head_has_etag(&h, "\"0123456789abcdef\"");
    (void)head_has_token(&h, "Connection", "upgrade");
    (void)handshake_check(accept, &status, &h, &e);
    (void)route_find(&route, segment, h.method, h.target);
    if (head_find(&id, &h, "X-Request-Id") && request_id_is_harmless(id) && strpbrk(id, "\r\n <"))
        abort();
    free(text);
    return 0;
}
