/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/web/params_fuzz.c - a path with its query: which route it finds, what its segment and
 * its parameters are. What is taken keeps its row's range. */
#include "web/check.h"
#include "web/route.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void params_promise(const struct route *r, const char *text)
{
    for (size_t i = 0; i < ROUTE_PARAMS_MAX && r->params[i].name; i++) {
        const struct route_param *p = &r->params[i];
        struct err e = ERR_INIT;
        int64_t n = -77;
        int code = route_param_parse(&n, p, text, &e);

        if (code < 0 ? n != -77 || !e.text[0] : n != p->fallback && (n < p->min || n > p->max))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct route *route = NULL;
    char segment[ROUTE_SEGMENT_BYTES] = "";
    struct head h = { .method = "GET", .version = "HTTP/1.1", .n = 1 };
    struct site s;
    struct err e = ERR_INIT;
    unsigned status = 0;
    char *text = malloc(size + 1), *query;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    h.target = text;
    h.fields[0] = (struct head_field){ "Host", "localhost:8100" };
    if (site_init(&s, "box.lan", "0.0.0.0", 8100, "", &e) < 0)
        abort();
    (void)site_has(&s, text);
    if (check_request(&status, &h, &s, &e) < 0 && status != 400)
        abort();
    query = strchr(text, '?');
    if (query)
        *query++ = '\0';
    for (size_t i = 0; i < routes_n; i++)
        params_promise(&routes[i], query);
    if (route_find(&route, segment, "GET", text) == 0 && strchr(route->path, '{') &&
        (!segment[0] || strchr(segment, '/')))
        abort();
    free(text);
    return 0;
}
