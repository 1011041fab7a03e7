/* SPDX-License-Identifier: Apache-2.0 */
/* web/route.c - the one table of addresses, and finding a row in it. */
#include "web/route.h"

#include "base/must.h"
#include "web/api.h"
#include "web/message.h"

#include <string.h>

enum {
    CHAT_BODY_BYTES = 65536, /* 10 KB of text, each byte escaped as \u00xx */
    ACT_BODY_BYTES = 1024,
    LEARN_BODY_BYTES = 4096,
};

#define EXAMPLE_SESSION                                                                        \
    "{\"id\":17,\"at\":1760000000000,\"source\":\"voice\",\"heard\":\"turn on the kitchen "    \
    "light\",\"intent\":\"HassTurnOn\",\"reply\":\"Turned on the kitchen light\",\"outcome\":" \
    "\"done\",\"detail\":{\"timeline\":[{\"step\":\"wake\",\"ms\":0,\"detail\":\"jarvis\"}],"  \
    "\"endpoint\":\"box\",\"slots\":{},\"sent\":[\"home/light/kitchen on\"]}}"
#define EXAMPLE_DEVICE                                                                          \
    "{\"id\":\"kitchen_light\",\"name\":\"kitchen light\",\"aliases\":[],\"area\":\"Kitchen\"," \
    "\"kind\":\"light\",\"class\":\"\",\"state\":{\"state\":\"on\",\"brightness\":78,\"at\":"     \
    "1760000000000}}"

/* clang-format off */
const struct route routes[] = {
    { .method = "GET", .path = "/health", .fn = api_health,
      .summary = "Is the program alive? 200 while every critical thread is in time, else 503. "
                 "Never touches the disk or the main loop.",
      .answer = "{\"status\":\"ok\",\"late\":null}", .failures = { 503 } },
    { .method = "GET", .path = "/ready", .fn = api_ready,
      .summary = "Can it do its work? 200 when a sentence would be understood, else 503; the parts "
                 "tell which of them work.",
      .answer = "{\"ready\":true,\"parts\":{\"threads\":true,\"recogniser\":true,\"microphone\":true,"
                "\"loudspeaker\":true,\"store\":true,\"home\":true}}",
      .failures = { 503 } },
    { .method = "GET", .path = "/api/status", .fn = api_status,
      .summary = "Everything about the parts: version, state, sound, speech, store, home, threads "
                 "and faults. At most a second old.",
      .answer = "{\"version\":\"0.1.0\",\"state\":\"idle\",\"uptime_ms\":123456,\"health\":{\"alive\":"
                "true,\"threads\":[],\"faults\":[]}}",
      .failures = { 503 } },
    { .method = "POST", .path = "/api/chat", .rate = RATE_WRITE,
      .body_bytes = CHAT_BODY_BYTES, .body = &chat_fields, .fn = api_chat,
      .summary = "Says a typed sentence; it takes the same way as a spoken one. Answered when it is "
                 "done, after the session is stored. With speak the answer is said aloud as well.",
      .request = "{\"message\":\"turn on the kitchen light\",\"speak\":false}",
      .answer = "{\"id\":17,\"session\":17,\"heard\":\"turn on the kitchen light\",\"intent\":"
                "\"HassTurnOn\",\"reply\":\"Turned on the kitchen light\",\"outcome\":\"done\","
                "\"timeline\":[{\"step\":\"text\",\"ms\":0},{\"step\":\"intent\",\"ms\":2}]}",
      .failures = { 411, 413, 415, 429, 503, 504 } },
    { .method = "GET", .path = "/api/sessions", .rate = RATE_READ, .fn = api_sessions,
      .summary = "The last sessions with their timelines, the newest first.",
      .params = { { "limit", 1, 200, 20, "how many at most" },
                  { "before", 1, 1LL << 53, 0, "only those with a smaller id: the next page" } },
      .answer = "{\"sessions\":[" EXAMPLE_SESSION "]}", .failures = { 503 } },
    { .method = "GET", .path = "/api/sessions/{id}", .rate = RATE_READ, .fn = api_session,
      .summary = "One session.", .answer = EXAMPLE_SESSION, .failures = { 503 } },
    { .method = "GET", .path = "/api/devices", .fn = api_devices,
      .summary = "The devices of the house with their states. A state that is old, because the broker "
                 "was lost or Jarvis has just started, has \"stale\": true; \"at\" is when it was "
                 "last told.",
      .answer = "{\"devices\":[" EXAMPLE_DEVICE "]}" },
    { .method = "POST", .path = "/api/devices/{id}", .rate = RATE_WRITE,
      .body_bytes = ACT_BODY_BYTES, .body = &act_fields, .fn = api_device_act,
      .summary = "Tells a device what to do. Answered when the house has confirmed it; 504 means that "
                 "nobody knows whether it was done.",
      .request = "{\"command\":\"brightness\",\"value\":40}",
      .answer = "{\"text\":\"\",\"devices\":[{\"id\":\"kitchen_light\",\"name\":\"kitchen light\"}],"
                "\"missed\":[],\"sent\":[\"home/light/kitchen {\\\"brightness\\\":40}\"]}",
      .failures = { 403, 409, 411, 413, 415, 429, 502, 503, 504 } },
    { .method = "GET", .path = "/api/areas", .fn = api_areas,
      .summary = "The rooms, each with the devices in it.",
      .answer = "{\"areas\":[{\"name\":\"Kitchen\",\"devices\":[\"kitchen_light\"]}]}" },
    { .method = "GET", .path = "/api/missed", .rate = RATE_READ, .fn = api_missed,
      .summary = "What was not understood, each text once, the newest first, with what could be taught so that "
                 "it is: each proposal is a body for POST /api/learnt. Read from the history; 404 where the "
                 "setting store.missed is false.",
      .params = { { "limit", 1, 200, 20, "how many at most" } },
      .answer = "{\"missed\":[{\"proposals\":[{\"text\":\"reading lamp\",\"device\":\"floor_lamp\"}],"
                "\"text\":\"turn on the reading lamp\",\"count\":2,\"at\":1760000000000,\"session\":17}]}",
      .failures = { 404, 503 } },
    { .method = "GET", .path = "/api/learnt", .rate = RATE_READ, .fn = api_learnt,
      .summary = "The names and sentences that people taught.",
      .answer = "{\"learnt\":[{\"text\":\"reading lamp\",\"device\":\"floor_lamp\",\"at\":1760000000000}]}",
      .failures = { 429, 503, 504 } },
    { .method = "POST", .path = "/api/learnt", .rate = RATE_WRITE, .body_bytes = LEARN_BODY_BYTES,
      .body = &learn_fields, .fn = api_learn,
      .summary = "Teaches another name of a device, or a sentence that stands for another; with forget it takes "
                 "one back. Refused is what means something already, and a name with a word that has an "
                 "opposite (on, open, lock ...). Answered when it is kept.",
      .request = "{\"text\":\"reading lamp\",\"device\":\"floor_lamp\"}",
      .answer = "{\"learnt\":[{\"text\":\"reading lamp\",\"device\":\"floor_lamp\",\"at\":1760000000000}]}",
      .failures = { 403, 404, 409, 411, 413, 415, 429, 503, 504 } },
    { .method = "POST", .path = "/api/acknowledge/{notice}", .rate = RATE_WRITE, .fn = api_acknowledge,
      .summary = "A notice that stays until somebody has read it: the faults of the parts `history`, which "
                 "tells that sessions were lost, and `states`, of what is known of the devices, end, both by "
                 "either name. 202: the end of the fault tells that it is kept. Takes no body.",
      .answer = "{\"acknowledged\":\"history\"}", .failures = { 403, 429, 503 } },
    { .method = "GET", .path = "/api/openapi.json", .fn = api_openapi,
      .summary = "This table as an OpenAPI 3.1 document.",
      .answer = "{\"openapi\":\"3.1.0\"}" },
    { .method = "GET", .path = "/ws", .rate = RATE_OPEN, .fn = api_socket,
      .summary = "WebSocket: live events, and sentences in.", .failures = { 403, 426, 503 } },
    { .method = "GET", .path = "/", .fn = api_page, .summary = "The page." },
    { .method = "GET", .path = "/favicon.ico", .fn = api_page, .summary = "Its picture." },
    { .method = "GET", .path = "/assets/{name}", .fn = api_page, .summary = "The page's files." },
};
/* clang-format on */
const size_t routes_n = sizeof(routes) / sizeof(routes[0]);

/* "{name}" takes one segment that is not empty and fits. */
static bool path_fits(char segment[ROUTE_SEGMENT_BYTES], const char *pattern, const char *path)
{
    const char *open = strchr(pattern, '{');
    size_t fixed = open ? (size_t)(open - pattern) : strlen(pattern);
    size_t n;

    if (strncmp(pattern, path, fixed) != 0)
        return false;
    if (!open)
        return path[fixed] == '\0';
    must(strchr(open, '}') && strchr(open, '}')[1] == '\0'); /* the last segment */
    n = strcspn(path + fixed, "/");
    if (n == 0 || n >= ROUTE_SEGMENT_BYTES || path[fixed + n] != '\0')
        return false;
    if (segment) {
        memcpy(segment, path + fixed, n);
        segment[n] = '\0';
    }
    return true;
}

int route_find(const struct route **ret, char segment[ROUTE_SEGMENT_BYTES], const char *method,
               const char *path)
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    int r = -ENOENT;

    for (size_t i = 0; i < routes_n; i++) {
        if (!path_fits(NULL, routes[i].path, path))
            continue;
        if (strcmp(routes[i].method, wanted) == 0) {
            path_fits(segment, routes[i].path, path);
            *ret = &routes[i];
            return 0;
        }
        r = -EOPNOTSUPP;
    }
    return r;
}

void route_allow(struct str *out, const char *path)
{
    for (size_t i = 0; i < routes_n; i++) {
        if (strcmp(path, "*") != 0 && !path_fits(NULL, routes[i].path, path))
            continue;
        if (strstr(str_text(out), routes[i].method))
            continue;
        str_add(out, routes[i].method);
        str_add(out, strcmp(routes[i].method, "GET") == 0 ? ", HEAD, " : ", ");
    }
    str_add(out, "OPTIONS");
}

int route_param_parse(int64_t *ret, const struct route_param *p, const char *text, struct err *e)
{
    long long v;

    must(p->min <= p->max && p->min >= 0); /* digits only: nothing below 0 is read */
    if (!text) {
        *ret = p->fallback;
        return 0;
    }
    if (text[0] == '\0' || strlen(text) > 18 || text[strspn(text, "0123456789")] != '\0')
        return err_set(e, -EINVAL, "%s: '%.40s' is no whole number", p->name, text);
    v = strtoll(text, NULL, 10);
    if (v < p->min || v > p->max)
        return err_set(e, -ERANGE, "%s: %lld is outside %lld..%lld", p->name, v, (long long)p->min,
                       (long long)p->max);
    *ret = v;
    return 0;
}
