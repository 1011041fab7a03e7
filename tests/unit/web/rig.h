/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/web/rig.h - the web server with a real loop, bus and health on a free port, an
 * assistant and a house that play their parts on the bus, and a raw-socket client.
 *
 * The clock is virtual (but for serving the page to a browser): deadlines are reached by moving
 * it, not by waiting. Included by one test program each. */
#ifndef JARVIS_TESTS_WEB_RIG_H
#define JARVIS_TESTS_WEB_RIG_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/str.h"
#include "web/web.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { RIG_LIMIT_S = 20, RIG_ANSWER_BYTES = 400 * 1024 };

struct rig {
    struct clock clock;
    struct settings settings;
    struct loop *loop;
    struct bus *bus;
    struct health *health;
    struct store *store; /* NULL: none */
    struct web *web;
    pthread_t thread;
    bool running;
    _Atomic bool stop;
    _Atomic unsigned texts, buttons, acts; /* MSG_TEXT, MSG_BUTTON, MSG_ACT seen */
    uint64_t session;                /* last id; loop thread */
};

static void rig_post_json(struct rig *rig, enum msg_type type, uint64_t session, const char *json)
{
    struct msg *m = msg_new(type, session);

    assert_non_null(m);
    assert_int_equal(json_parse(&m->json, json, strlen(json), NULL), 0);
    bus_post(rig->bus, m);
}

static inline void rig_post_level(struct rig *rig, float level_db)
{
    struct msg *m = msg_new(MSG_LEVEL, 0);

    assert_non_null(m);
    m->level.level_db = level_db;
    m->level.noise_db = -62;
    m->level.voiced = level_db > -45;
    bus_post(rig->bus, m);
}

static const char rig_devices[] =
    "[{\"id\":\"kitchen_light\",\"name\":\"kitchen light\",\"aliases\":[],\"area\":\"Kitchen\","
    "\"kind\":\"light\",\"state\":{\"state\":\"off\"}},"
    "{\"id\":\"heating\",\"name\":\"heating\",\"aliases\":[],\"area\":\"Kitchen\",\"kind\":"
    "\"climate\",\"state\":{\"state\":\"on\",\"target\":20.5,\"temperature\":19.8}},"
    "{\"id\":\"blind\",\"name\":\"blind\",\"aliases\":[],\"area\":\"Living room\",\"kind\":"
    "\"cover\",\"state\":{\"state\":\"open\",\"position\":40}},"
    "{\"id\":\"lamp\",\"name\":\"reading lamp\",\"aliases\":[],\"area\":\"Living room\",\"kind\":"
    "\"light\",\"state\":{\"state\":\"on\",\"brightness\":78}},"
    "{\"id\":\"door\",\"name\":\"front door\",\"aliases\":[],\"area\":\"Hall\",\"kind\":"
    "\"sensor\",\"state\":{\"available\":false}}]";

/* The assistant: "busy" is refused, "never" is not answered, the rest is done. */
static void rig_on_text(const struct msg *m, void *user)
{
    struct rig *rig = user;
    AUTO_JSON *j = cJSON_CreateObject();
    static const char parts[] =
        "{\"source\":\"web\",\"intent\":\"HassTurnOn\",\"reply\":\"Turned on the kitchen light.\","
        "\"outcome\":\"done\",\"slots\":{\"name\":{\"value\":\"kitchen_light\",\"text\":\"kitchen "
        "light\"}},\"template\":\"turn on [the] {name}\",\"sent\":["
        "\"home/light/kitchen {\\\"power\\\":\\\"on\\\"}\"],\"timeline\":"
        "[{\"step\":\"text\",\"ms\":0},{\"step\":\"intent\",\"ms\":1.4,\"detail\":\"HassTurnOn\"},"
        "{\"step\":\"action\",\"ms\":2.1,\"detail\":\"home/light/kitchen\"},{\"step\":\"reply\","
        "\"ms\":2.3},{\"step\":\"stored\",\"ms\":24.8}]}";
    struct msg *answer;

    atomic_fetch_add(&rig->texts, 1);
    if (strcmp(m->text, "never") == 0)
        return;
    cJSON_Delete(j);
    j = NULL;
    /* what a sentence did is told before its answer, with the same origin */
    answer = msg_new(MSG_ACTED, ++rig->session);
    assert_non_null(answer);
    answer->origin = m->origin;
    bus_post(rig->bus, answer);
    answer = msg_new(MSG_ANSWER, rig->session);
    assert_non_null(answer);
    answer->origin = m->origin;
    if (strcmp(m->text, "busy") == 0) {
        answer->code = -EBUSY;
        answer->text = str_dup("too many sentences wait");
        bus_post(rig->bus, answer);
        return;
    }
    bus_post_text(rig->bus, MSG_STATE, rig->session, "thinking");
    assert_int_equal(json_parse(&j, parts, strlen(parts), NULL), 0);
    cJSON_AddNumberToObject(j, "at", (double)(clock_wall_usec(&rig->clock) / 1000));
    cJSON_AddStringToObject(j, "heard", m->text);
    answer->json = cJSON_Duplicate(j, true);
    answer->text = str_dup("Turned on the kitchen light.");
    {
        AUTO_FREE char *text = json_text(j);

        rig_post_json(rig, MSG_SESSION, rig->session, text);
    }
    rig_post_json(
        rig, MSG_DEVICE, 0,
        strstr(m->text, " off ")
            ? "{\"id\":\"kitchen_light\",\"state\":{\"state\":\"off\"}}"
            : "{\"id\":\"kitchen_light\",\"state\":{\"state\":\"on\",\"brightness\":100}}");
    bus_post(rig->bus, answer);
    bus_post_text(rig->bus, MSG_STATE, 0, "idle");
}

static void rig_on_button(const struct msg *m, void *user)
{
    struct rig *rig = user;

    (void)m;
    atomic_fetch_add(&rig->buttons, 1);
    bus_post_text(rig->bus, MSG_STATE, ++rig->session, "listening");
}

/* The house: a lamp obeys (its color_temp: it says no with that code), a door is refused, the heating
 * never answers. */
static void rig_on_act(const struct msg *m, void *user)
{
    struct rig *rig = user;
    const char *device = json_str(m->json, "device", "");
    struct msg *acted = msg_new(MSG_ACTED, m->session);

    assert_non_null(acted);
    acted->origin = m->origin;
    atomic_fetch_add(&rig->acts, 1);
    if (strcmp(device, "door") == 0) {
        acted->code = -EOPNOTSUPP;
        acted->text = str_dup("front door: cannot be told anything");
    } else if (strcmp(device, "blind") == 0) {
        acted->code = -ETIMEDOUT;
        acted->text = str_dup("I do not know whether it was done");
    } else if (strcmp(json_str(m->json, "command", ""), "color_temp") == 0) {
        acted->code = -(int)json_int(m->json, "value", 1, 4095, EIO);
        acted->text = str_dup("the house said no");
    } else {
        acted->json = cJSON_CreateObject();
        json_put_copy(acted->json, "asked", m->json);
    }
    if (strcmp(device, "heating") == 0)
        msg_free(acted);
    else
        bus_post(rig->bus, acted);
}

static cJSON *rig_status(void *user)
{
    struct rig *rig = user;
    AUTO_JSON *j = NULL;
    static const char parts[] =
        "{\"version\":\"0.1.0\",\"name\":\"Jarvis\",\"area\":\"Kitchen\",\"language\":\"en\","
        "\"wake_phrase\":\"jarvis\",\"state\":\"idle\",\"audio\":{\"capture_open\":true,"
        "\"playback_open\":true,\"muted\":false},\"speech\":{\"ready\":true},\"store\":null,"
        "\"home\":{\"connected\":true}}";
    cJSON *health = health_report(rig->health);

    assert_int_equal(json_parse(&j, parts, strlen(parts), NULL), 0);
    if (!cJSON_AddItemToObject(j, "health", health))
        cJSON_Delete(health);
    cJSON_AddNumberToObject(j, "uptime_ms", (double)clock_mono_ms(&rig->clock));
    return STEAL(j);
}

static void *rig_run(void *arg)
{
    struct rig *rig = arg;

    while (!atomic_load(&rig->stop))
        loop_step(rig->loop, 20);
    return NULL;
}

/* `dir`: folder for a store, NULL: without one. */
static void rig_init(struct rig *rig, bool is_virtual, unsigned port, const char *dir)
{
    struct store_opts o = { .dir = dir };
    const struct web_deps d_without_parts = { .status = rig_status };
    struct web_deps d = d_without_parts;
    struct err e = ERR_INIT;

    memset(rig, 0, sizeof(*rig));
    if (is_virtual) {
        clock_init_virtual(&rig->clock, 1760000000LL * 1000000);
        clock_advance_usec(&rig->clock, 1000000);
    } else {
        clock_init_real(&rig->clock);
    }
    str_copy(rig->settings.http_bind, sizeof(rig->settings.http_bind), "127.0.0.1");
    str_copy(rig->settings.http_hosts, sizeof(rig->settings.http_hosts),
             "assistant.example, proxy.example:443");
    rig->settings.http_port = port;
    assert_int_equal(loop_new(&rig->loop, &rig->clock, &e), 0);
    assert_int_equal(bus_new(&rig->bus, rig->loop, &e), 0);
    assert_int_equal(health_new(&rig->health, rig->loop, rig->bus, &e), 0);
    assert_int_equal(bus_on(rig->bus, MSG_TEXT, rig_on_text, rig, &e), 0);
    assert_int_equal(bus_on(rig->bus, MSG_BUTTON, rig_on_button, rig, &e), 0);
    assert_int_equal(bus_on(rig->bus, MSG_ACT, rig_on_act, rig, &e), 0);
    o.clock = &rig->clock;
    if (dir && store_open(&rig->store, &o, &e) < 0)
        fail_msg("store: %s", err_text(&e));
    d.store = rig->store;
    d.loop = rig->loop;
    d.bus = rig->bus;
    d.health = rig->health;
    d.settings = &rig->settings;
    d.user = rig;
    if (web_new(&rig->web, &d, &e) < 0)
        fail_msg("web_new: %s", err_text(&e));
    rig_post_json(rig, MSG_DEVICES, 0, rig_devices);
    bus_drain(rig->bus);
}

static void rig_start(struct rig *rig)
{
    struct err e = ERR_INIT;

    if (web_start(rig->web, &e) < 0)
        fail_msg("web_start: %s", err_text(&e));
    assert_int_equal(pthread_create(&rig->thread, NULL, rig_run, rig), 0);
    rig->running = true;
}

static void rig_stop(struct rig *rig)
{
    if (rig->running) {
        atomic_store(&rig->stop, true);
        pthread_join(rig->thread, NULL);
    }
    rig->running = false;
    rig->web = web_free(rig->web);
    rig->store = store_close(rig->store);
    rig->health = health_free(rig->health);
    rig->bus = bus_free(rig->bus);
    rig->loop = loop_free(rig->loop);
}

static inline int rig_setup(void **state)
{
    struct rig *rig = malloc(sizeof(*rig));

    assert_non_null(rig);
    rig_init(rig, true, 0, NULL);
    rig_start(rig);
    *state = rig;
    return 0;
}

static inline int rig_teardown(void **state)
{
    rig_stop(*state);
    free(*state);
    return 0;
}

/* ---- client ---- */

/* From 127.0.0.<host>. */
static int rig_dial_port(unsigned port, unsigned host)
{
    const struct sockaddr_in from = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host)
    };
    const struct timeval limit = { .tv_sec = RIG_LIMIT_S };
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    assert_int_equal(bind(fd, (const struct sockaddr *)&from, sizeof(from)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static int rig_dial_from(const struct rig *rig, unsigned host)
{
    return rig_dial_port(web_port(rig->web), host);
}

static int rig_dial(const struct rig *rig)
{
    return rig_dial_from(rig, 1);
}

/* Has the server not reset or closed it? Reads nothing. */
static inline bool rig_is_open(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);

    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    return error == 0;
}

static void rig_send_plain(int fd, const void *bytes, size_t len)
{
    size_t sent = 0;

    while (sent < len) {
        ssize_t n = send(fd, (const char *)bytes + sent, len - sent, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the server has closed: the answer tells why */
        sent += (size_t)n;
    }
}

/* Adds bytes in which '@' stands for "localhost:<port>". */
static void rig_expand(struct str *out, const struct rig *rig, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '@')
            str_addf(out, "localhost:%u", web_port(rig->web));
        else
            str_add_char(out, bytes[i]);
    }
    assert_false(out->failed);
}

static void rig_send_bytes(const struct rig *rig, int fd, const char *bytes, size_t len)
{
    AUTO_STR out = STR_INIT;

    rig_expand(&out, rig, bytes, len);
    rig_send_plain(fd, out.data, out.len);
}

static void rig_send(const struct rig *rig, int fd, const char *text)
{
    rig_send_bytes(rig, fd, text, strlen(text));
}

struct answer {
    int status; /* 0: closed without one */
    char head[8192];
    char body[RIG_ANSWER_BYTES];
    size_t body_len;
    bool closed; /* by the server, after it */
};

/* Owned by the answer; NULL: not there. */
static const char *answer_field(const struct answer *a, const char *name)
{
    static _Thread_local char value[512];
    size_t n = strlen(name);

    for (const char *line = strstr(a->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, n) != 0 || line[2 + n] != ':')
            continue;
        line += 2 + n + 1;
        line += strspn(line, " ");
        n = strcspn(line, "\r");
        if (n >= sizeof(value))
            n = sizeof(value) - 1;
        memcpy(value, line, n);
        value[n] = '\0';
        return value;
    }
    return NULL;
}

static size_t rig_read(int fd, char *to, size_t max)
{
    ssize_t n = recv(fd, to, max, 0);

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        fail_msg("the server did not answer within %d s", RIG_LIMIT_S);
    return n > 0 ? (size_t)n : 0;
}

/* One answer; `a` is large: static or heap. Head requests have no body. */
static void rig_answer_of(struct answer *a, int fd, bool is_head)
{
    size_t got = 0, want = 0;
    const char *length;

    memset(a, 0, sizeof(*a));
    while (!strstr(a->head, "\r\n\r\n")) {
        size_t n = rig_read(fd, a->head + got, 1); /* bytewise: what follows is not ours */

        if (n == 0) {
            a->closed = true;
            a->status = 0;
            return;
        }
        got += n;
        assert_true(got < sizeof(a->head) - 1);
    }
    assert_true(str_starts(a->head, "HTTP/1.1 "));
    a->status = (int)strtol(a->head + 9, NULL, 10);
    length = answer_field(a, "Content-Length");
    if (length && !is_head && a->status != 304)
        want = strtoul(length, NULL, 10);
    assert_true(want < sizeof(a->body));
    while (a->body_len < want) {
        size_t n = rig_read(fd, a->body + a->body_len, want - a->body_len);

        if (n == 0)
            break;
        a->body_len += n;
    }
    assert_int_equal(a->body_len, want);
}

static void rig_answer(struct answer *a, int fd)
{
    rig_answer_of(a, fd, false);
}

/* One request on a connection of its own. */
static inline void rig_ask(const struct rig *rig, struct answer *a, const char *request)
{
    int fd = rig_dial(rig);

    rig_send(rig, fd, request);
    rig_answer_of(a, fd, str_starts(request, "HEAD "));
    close(fd);
}

/* POST with a JSON body, on a connection that is open. */
static inline void rig_post(const struct rig *rig, int fd, const char *path, const char *body)
{
    AUTO_STR out = STR_INIT;

    str_addf(&out,
             "POST %s HTTP/1.1\r\nHost: @\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             path, strlen(body), body);
    rig_send(rig, fd, out.data);
}

static inline void rig_chat(const struct rig *rig, int fd, const char *body)
{
    rig_post(rig, fd, "/api/chat", body);
}

#define WEB_TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)

/* Waits until the counter is at least `want`; the bound is generous, the test ends at once. */
static inline void rig_wait(const _Atomic unsigned *counter, unsigned want)
{
    const struct timespec nap = { .tv_nsec = 5000000 };

    for (int i = 0; i < RIG_LIMIT_S * 200 && atomic_load(counter) < want; i++)
        nanosleep(&nap, NULL);
    assert_true(atomic_load(counter) >= want);
}

#endif
