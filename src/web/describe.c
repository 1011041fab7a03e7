/* SPDX-License-Identifier: Apache-2.0 */
/* web/describe.c - docs/api.md and /api/openapi.json, made from the route table. */
#include "web/event.h"
#include "web/message.h"
#include "web/response.h"
#include "web/route.h"
#include "web/socket.h"
#include "web/web.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void describe_params(struct str *out, const struct route *r)
{
    for (size_t i = 0; i < ROUTE_PARAMS_MAX && r->params[i].name; i++) {
        const struct route_param *p = &r->params[i];

        str_addf(out, "- `%s`: %s; %lld to %lld", p->name, p->help, (long long)p->min,
                 (long long)p->max);
        if (p->fallback)
            str_addf(out, ", %lld when absent", (long long)p->fallback);
        str_add(out, "\n");
    }
}

static void describe_fields(struct str *out, const struct fields *f, const char *indent)
{
    AUTO_STR lines = STR_INIT;
    const char *line = NULL;

    fields_describe(&lines, f);
    for (line = str_text(&lines); *line; line += strcspn(line, "\n") + 1)
        str_addf(out, "%s%.*s\n", indent, (int)strcspn(line, "\n"), line);
}

static void describe_example(struct str *out, const char *title, const char *json)
{
    AUTO_JSON *j = NULL;
    AUTO_FREE char *text = NULL;

    if (!json || json_parse(&j, json, strlen(json), NULL) < 0)
        return;
    text = cJSON_Print(j);
    for (char *p = text; p && *p; p++)
        if (*p == '\t')
            *p = ' ';
    str_addf(out, "\n%s:\n```json\n%s\n```\n", title, text ? text : "");
}

static void describe_route(struct str *out, const struct route *r)
{
    str_addf(out, "\n### %s %s\n%s\n", r->method, r->path, r->summary);
    describe_params(out, r);
    if (r->body_bytes)
        str_addf(out, "- body: `application/json`, at most %zu bytes\n", r->body_bytes);
    if (r->body)
        describe_fields(out, r->body, "  ");
    if (route_rates[r->rate].burst > 0)
        str_addf(out, "- at most %g at once from one address, then %g a second\n",
                 route_rates[r->rate].burst, route_rates[r->rate].per_s);
    for (size_t i = 0; i < ROUTE_ANSWERS_MAX && r->failures[i]; i++)
        str_addf(out, "%s%u %s", i == 0 ? "- may fail with " : ", ", r->failures[i],
                 status_title(r->failures[i]));
    if (r->failures[0])
        str_add(out, "\n");
    describe_example(out, "Request", r->request);
    describe_example(out, "Answer", r->answer);
}

static void describe_events(struct str *out)
{
    str_add(out,
            "\n## WebSocket\n"
            "`ws://<host>:<port>/ws`, version 13, text frames with one JSON object each. Events "
            "come as they happen:\n\n"
            "| type | fields |\n|---|---|\n");
    for (size_t i = 0; i < event_docs_n; i++)
        str_addf(out, "| `%s` | %s |\n", event_docs[i].type, event_docs[i].fields);
    str_add(out, "\nA client may send objects with a `type`:\n");
    for (size_t i = 0; i < MESSAGE_N; i++) {
        str_addf(out, "- `%s`: %s; at most %g at once, then %g a second\n", message_types[i].name,
                 message_types[i].help, message_types[i].rate.burst, message_types[i].rate.per_s);
        describe_fields(out, message_types[i].fields, "  ");
    }
    str_addf(out,
             "\nEach gets one `answer` or one `error`. A message that is none of them is an error; the "
             "fifth closes the connection with 1008. Of any kind %g are taken at once, then %g a "
             "second; what comes faster is thrown away. Messages are limited to 64 KiB (1009), text "
             "must be UTF-8 (1007). A client that does not read is dropped. At most %d connections, "
             "%d from one address: when one more comes, the one that has asked for nothing longest "
             "is closed with 1001.\n",
             message_any_rate.burst, message_any_rate.per_s, SOCKETS_MAX, SOCKETS_PER_ADDRESS_MAX);
}

void describe_markdown(struct str *out)
{
    str_add(
        out,
        "# HTTP and WebSocket\n\n"
        "Made from the table in `src/web/route.c` by `make docs`; the same table as OpenAPI 3.1 "
        "is at `/api/openapi.json`.\n\n"
        "The server listens on `http.bind`:`http.port` (127.0.0.1:8100). A request must name it "
        "in `Host` by one of its names (localhost, 127.0.0.1, [::1], jarvis.local, the host name "
        "with .local and without, those of the setting `http.hosts`, and any IP address where "
        "`http.bind` is 0.0.0.0 or ::) with the port; "
        "a page of another site is refused by its `Origin`. HEAD works wherever GET does. "
        "Each answer carries `X-Request-Id` (the client's own, where it is 1 to 64 letters, "
        "digits, dots, dashes). Errors are `application/problem+json` (RFC 9457):\n\n"
        "```json\n{ \"type\": \"about:blank\", \"title\": \"Content too large\", \"status\": "
        "413, \"detail\": \"...\", \"instance\": \"<request id>\" }\n```\n\n"
        "Every request may be refused with 400 (malformed), 403 (foreign origin), 404, 405 "
        "(with `Allow`), 413, 417, 421 (foreign `Host`), 429 and 503 (with `Retry-After`); what "
        "is no HTTP at all or too long for it with 400, 413, 414, 431 or 505, without "
        "`instance`.\n\n"
        "A head has at most 16384 bytes and 64 fields. "
        "A request's head and its body must be complete within ten seconds each. An address has "
        "64 connections; when one more comes, the one that has waited longest for a request is "
        "closed, and where all of them are being served the new one is told 503.\n"
        "\n## Addresses\n");
    for (size_t i = 0; i < routes_n; i++)
        describe_route(out, &routes[i]);
    describe_events(out);
}

void web_api_markdown(struct str *out)
{
    describe_markdown(out);
}

/* ---- OpenAPI ---------------------------------------------------------------------------- */

static cJSON *param_json(const char *name, const char *in, const char *help)
{
    AUTO_JSON *j = cJSON_CreateObject();
    bool ok = j && cJSON_AddStringToObject(j, "name", name) &&
              cJSON_AddStringToObject(j, "in", in) &&
              cJSON_AddBoolToObject(j, "required", strcmp(in, "path") == 0) &&
              cJSON_AddStringToObject(j, "description", help);

    return ok ? STEAL(j) : NULL;
}

static bool params_add(cJSON *list, const struct route *r)
{
    const char *open = strchr(r->path, '{');
    bool ok = list != NULL;

    if (ok && open) {
        char name[32];
        cJSON *j, *schema;

        snprintf(name, sizeof(name), "%.*s", (int)strcspn(open + 1, "}"), open + 1);
        j = param_json(name, "path", "one segment of the path");
        ok = cJSON_AddItemToArray(list, j);
        schema = cJSON_AddObjectToObject(j, "schema");
        ok = ok && cJSON_AddStringToObject(schema, "type", "string");
    }
    for (size_t i = 0; ok && i < ROUTE_PARAMS_MAX && r->params[i].name; i++) {
        const struct route_param *p = &r->params[i];
        cJSON *j = param_json(p->name, "query", p->help);
        cJSON *schema;

        ok = cJSON_AddItemToArray(list, j);
        schema = cJSON_AddObjectToObject(j, "schema");
        ok = ok && cJSON_AddStringToObject(schema, "type", "integer") &&
             cJSON_AddNumberToObject(schema, "minimum", (double)p->min) &&
             cJSON_AddNumberToObject(schema, "maximum", (double)p->max);
        if (ok && p->fallback)
            ok = cJSON_AddNumberToObject(schema, "default", (double)p->fallback);
    }
    return ok;
}

/* {content: {type: {schema, example}}} into `to`; without fields the schema says "object". */
static bool content_add(cJSON *to, const char *type, const struct fields *f, const char *example)
{
    cJSON *content = cJSON_AddObjectToObject(to, "content");
    cJSON *media = cJSON_AddObjectToObject(content, type);
    static const struct fields open = { NULL, 0, 0, false };
    cJSON *j = NULL;

    if (!json_put(media, "schema", fields_schema(f ? f : &open)))
        return false;
    if (!example)
        return true;
    return json_parse(&j, example, strlen(example), NULL) == 0 && json_put(media, "example", j);
}

static cJSON *answers_json(const struct route *r)
{
    static const unsigned always[] = { 400, 403, 404, 421 };
    AUTO_JSON *answers = cJSON_CreateObject();
    bool is_socket = strcmp(r->path, "/ws") == 0;
    cJSON *good = cJSON_AddObjectToObject(answers, is_socket ? "101" : "200");
    bool ok = good && cJSON_AddStringToObject(good, "description",
                                              is_socket ? "The WebSocket is open" : "OK");

    if (ok && r->answer)
        ok = content_add(good, "application/json", NULL, r->answer);
    for (size_t i = 0; ok && i < ROUTE_ANSWERS_MAX + 4; i++) {
        unsigned status = i < 4 ? always[i] : r->failures[i - 4];
        char key[12];
        cJSON *j;

        snprintf(key, sizeof(key), "%u", status);
        if (!status || cJSON_HasObjectItem(answers, key))
            continue;
        j = cJSON_AddObjectToObject(answers, key);
        ok = j && cJSON_AddStringToObject(j, "description", status_title(status)) &&
             content_add(j, "application/problem+json", NULL, NULL);
    }
    return ok ? STEAL(answers) : NULL;
}

static cJSON *operation_json(const struct route *r)
{
    AUTO_JSON *op = cJSON_CreateObject();
    bool ok = op && cJSON_AddStringToObject(op, "summary", r->summary) &&
              params_add(cJSON_AddArrayToObject(op, "parameters"), r);

    if (ok && r->body_bytes) {
        cJSON *body = cJSON_AddObjectToObject(op, "requestBody");

        ok = body && cJSON_AddBoolToObject(body, "required", true) &&
             content_add(body, "application/json", r->body, r->request);
    }
    ok = ok && json_put(op, "responses", answers_json(r));
    return ok ? STEAL(op) : NULL;
}

cJSON *describe_openapi(void)
{
    AUTO_JSON *api = cJSON_CreateObject();
    cJSON *info = NULL, *paths = NULL;
    bool ok = api && cJSON_AddStringToObject(api, "openapi", "3.1.0");

    info = ok ? cJSON_AddObjectToObject(api, "info") : NULL;
    ok = info && cJSON_AddStringToObject(info, "title", "Jarvis") &&
         cJSON_AddStringToObject(info, "version", "1");
    paths = ok ? cJSON_AddObjectToObject(api, "paths") : NULL;
    ok = paths != NULL;
    for (size_t i = 0; ok && i < routes_n; i++) {
        cJSON *path = cJSON_GetObjectItemCaseSensitive(paths, routes[i].path);
        char method[8];
        size_t n = 0;

        for (; routes[i].method[n] && n < sizeof(method) - 1; n++)
            method[n] = (char)tolower((unsigned char)routes[i].method[n]);
        method[n] = '\0';
        if (!path)
            path = cJSON_AddObjectToObject(paths, routes[i].path);
        ok = path && json_put(path, method, operation_json(&routes[i]));
    }
    return ok ? STEAL(api) : NULL;
}
