/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/mqtt_test.c - the link against a real mosquitto, and against peers that refuse,
 * hang up, say nothing or know only MQTT 3.1.1. */
#include "lib/hurt.h"
#include "mqtt_rig.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { TOPICS_MANY = 130 };

static void publish_and_hear(void **state)
{
    static const char *const topics[] = { "house/a", "house/b" };
    struct broker b;
    struct rig r;

    (void)state;
    rig_with_broker(&r, &b);
    broker_witness(&b, "#");
    witness_ready(&r, &b);
    broker_say(&b, "house/b", "kept", true);

    rig_open(&r, rig_opts(&r, b.port));
    assert_int_equal(mqtt_listen(r.mqtt, topics, 2, NULL), 0);
    UNTIL(&r, r.ups == 1 && r.messages == 1);
    assert_string_equal(r.topic, "house/b");
    assert_string_equal(r.payload, "kept");
    assert_non_null(strstr(r.words, "MQTT 5"));

    assert_int_equal(mqtt_publish(r.mqtt, 77, "house/lamp", "{\"power\":\"on\"}", NULL), 0);
    UNTIL(&r, r.done == 1);
    assert_int_equal(r.done_code, 0);
    assert_int_equal(r.token, 77);
    UNTIL(&r, strstr(broker_heard(&b), "house/lamp {\"power\":\"on\"} 0\n"));
    assert_non_null(strstr(broker_heard(&b), "jarvis/box/status online"));

    /* somebody else speaks: only listened topics arrive */
    broker_say(&b, "house/c", "no", false);
    broker_say(&b, "house/a", "yes", false);
    UNTIL(&r, r.messages == 2);
    assert_string_equal(r.payload, "yes");

    /* the list is replaced */
    assert_int_equal(mqtt_listen(r.mqtt, topics + 1, 1, NULL), 0);
    UNTIL(&r, r.messages == 3); /* the retained one again */
    broker_say(&b, "house/a", "nobody", false);
    broker_say(&b, "house/b", "last", false);
    UNTIL(&r, strcmp(r.payload, "last") == 0);
    assert_int_equal(r.messages, 4);

    r.mqtt = mqtt_free(r.mqtt);
    UNTIL(&r, strstr(broker_heard(&b), "jarvis/box/status offline"));
    rig_done(&r);
    broker_done(&b);
}

static void many_topics(void **state)
{
    char text[TOPICS_MANY][16];
    const char *topics[TOPICS_MANY];
    struct broker b;
    struct rig r;

    (void)state;
    rig_with_broker(&r, &b);
    for (int i = 0; i < TOPICS_MANY; i++) {
        snprintf(text[i], sizeof(text[i]), "many/%d", i);
        topics[i] = text[i];
    }
    rig_open(&r, rig_opts(&r, b.port));
    assert_int_equal(mqtt_listen(r.mqtt, topics, TOPICS_MANY, NULL), 0);
    UNTIL(&r, r.ups == 1);
    broker_say(&b, "many/0", "x", true);
    broker_say(&b, "many/129", "x", true);
    broker_say(&b, "many/99", "x",
               true); /* retained: a subscription that comes late hears it, too */
    UNTIL(&r, r.messages == 3);
    rig_done(&r);
    broker_done(&b);
}

/* The broker dies and comes back: told once each, subscriptions again, commands refused between. */
static void killed_and_back(void **state)
{
    static const char *const topics[] = { "house/a" };
    struct broker b;
    struct rig r;
    struct err e = ERR_INIT;

    (void)state;
    rig_with_broker(&r, &b);
    rig_open(&r, rig_opts(&r, b.port));
    assert_int_equal(mqtt_listen(r.mqtt, topics, 1, NULL), 0);
    UNTIL(&r, r.ups == 1);

    /* sent, but the broker is frozen: not confirmed, and never sent again */
    hurt(b.pid, SIGSTOP);
    assert_int_equal(mqtt_publish(r.mqtt, 5, "house/lamp", "late", NULL), 0);
    loop_step(r.loop, 50);
    assert_int_equal(r.done, 0);
    broker_end(&b.pid, SIGKILL);
    UNTIL(&r, r.done == 1 && r.code < 0);
    assert_int_equal(r.done_code, -ETIMEDOUT); /* it left: nobody knows */
    assert_false(mqtt_is_up(r.mqtt));
    assert_int_equal(mqtt_publish(r.mqtt, 6, "house/lamp", "lost", &e), -ENOTCONN);
    assert_string_equal(err_text(&e), "the home broker cannot be reached");

    assert_true(broker_start(&b, "allow_anonymous true"));
    broker_witness(&b, "#");
    witness_ready(&r, &b);
    UNTIL(&r, r.ups == 2);
    UNTIL(&r, (broker_say(&b, "house/a", "again", false), r.messages > 0));
    assert_null(strstr(broker_heard(&b), "late"));
    rig_done(&r);
    broker_done(&b);
}

/* kill -9 of the client: the broker tells its last will. */
static void last_will(void **state)
{
    struct broker b;
    struct rig r;
    pid_t child;

    (void)state;
    need_broker();
    broker_init(&b);
    assert_true(broker_start(&b, "allow_anonymous true"));
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        rig_init(&r);
        rig_open(&r, rig_opts(&r, b.port));
        for (;;)
            loop_step(r.loop, 100);
    }
    rig_init(&r);
    broker_witness(&b, "#");
    UNTIL(&r, strstr(broker_heard(&b), "jarvis/box/status online"));
    broker_end(&child, SIGKILL);
    UNTIL(&r, strstr(broker_heard(&b), "jarvis/box/status offline"));
    rig_done(&r);
    broker_done(&b);
}

static void refused(void **state)
{
    struct broker b;
    struct rig r;
    struct mqtt_opts o;

    (void)state;
    need_broker();
    broker_init(&b);
    assert_true(broker_start(&b, "allow_anonymous false"));
    rig_init(&r);
    o = rig_opts(&r, b.port);
    o.username = "jarvis";
    o.password = "wrong";
    rig_open(&r, o);
    UNTIL(&r, r.links > 0);
    assert_int_equal(r.code, -EACCES);
    assert_non_null(strstr(r.words, "set mqtt.user and mqtt.password"));
    for (int i = 0; i < 60; i++) /* several attempts more: nothing new to tell */
        loop_step(r.loop, 10);
    assert_int_equal(r.links, 1);

    /* the broker is put right: the link comes up by itself */
    broker_end(&b.pid, SIGTERM);
    assert_true(broker_start(&b, "allow_anonymous true"));
    UNTIL(&r, r.ups == 1);
    rig_done(&r);
    broker_done(&b);
}

static void forbidden_topics(void **state)
{
    struct broker b;
    struct rig r;
    char more[160];

    (void)state;
    need_broker();
    broker_init(&b);
    broker_write(&b, "acl", "topic readwrite open/#\ntopic readwrite jarvis/#\n");
    snprintf(more, sizeof(more), "allow_anonymous true\nacl_file %s/acl", b.dir);
    assert_true(broker_start(&b, more));
    rig_init(&r);
    rig_open(&r, rig_opts(&r, b.port));
    UNTIL(&r, r.ups == 1);
    assert_int_equal(mqtt_publish(r.mqtt, 1, "closed/a", "x", NULL), 0);
    UNTIL(&r, r.done == 1);
    assert_int_equal(r.done_code, -EACCES);
    assert_int_equal(mqtt_publish(r.mqtt, 2, "open/a", "x", NULL), 0);
    UNTIL(&r, r.done == 2);
    assert_int_equal(r.done_code, 0);
    rig_done(&r);
    broker_done(&b);
}

/* ---- peers that are no broker ----------------------------------------------------------- */

static void nobody_there(void **state)
{
    struct rig r;
    int port;

    (void)state;
    close(loopback_socket(&port, -1));
    rig_init(&r);
    rig_open(&r, rig_opts(&r, port));
    UNTIL(&r, r.links == 1);
    assert_int_equal(r.code, -ECONNREFUSED);
    assert_non_null(strstr(r.words, "start mosquitto"));
    rig_done(&r);
}

static void unknown_name(void **state)
{
    struct rig r;
    struct mqtt_opts o;

    (void)state;
    rig_init(&r);
    o = rig_opts(&r, 1883);
    o.host = "name with blanks.invalid";
    rig_open(&r, o);
    UNTIL(&r, r.links == 1);
    assert_true(r.code < 0);
    rig_done(&r);
}

/* Accepts (by its backlog) and never answers. */
static void silent_peer(void **state)
{
    struct rig r;
    struct mqtt_opts o;
    int port, fd = loopback_socket(&port, 16);

    (void)state;
    rig_init(&r);
    o = rig_opts(&r, port);
    o.answer_ms = 100;
    rig_open(&r, o);
    UNTIL(&r, r.links == 1);
    assert_int_equal(r.code, -ETIMEDOUT);
    assert_non_null(strstr(r.words, "accepts connections but does not answer"));
    rig_done(&r);
    close(fd);
}

/* A full backlog swallows the connect: the end must not wait for the kernel's two minutes. */
static void swallowed_connect(void **state)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct rig r;
    int port, fd = loopback_socket(&port, 0), fill[4];

    (void)state;
    a.sin_port = htons((uint16_t)port);
    for (size_t i = 0; i < N_OF(fill); i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(fill[i], (struct sockaddr *)&a, sizeof(a));
    }
    rig_init(&r);
    rig_open(&r, rig_opts(&r, port));
    for (int i = 0; i < 20; i++)
        loop_step(r.loop, 10);
    assert_int_equal(r.links, 0);
    assert_int_equal(mqtt_publish(r.mqtt, 1, "a", "b", NULL), -ENOTCONN);
    rig_done(&r);
    for (size_t i = 0; i < N_OF(fill); i++)
        close(fill[i]);
    close(fd);
}

/* A peer that answers each connection with fixed bytes, chosen by the protocol level asked for. */
struct peer {
    int fd;
    pthread_t thread;
    const char *to_5, *to_4; /* bytes; NULL: hang up */
    size_t to_5_n, to_4_n;
    bool is_broker; /* confirm publishes after the answer */
    int says_back;  /* how often a publish comes back; 0: subscriptions are refused */
};

/* A publish of QoS 1 as one of QoS 0; `id` is its number, behind the topic. */
static void peer_say_back(int fd, const unsigned char *p, const unsigned char *id)
{
    unsigned char out[256] = { 0x30, (unsigned char)(p[1] - 2) };
    const size_t head = (size_t)(id - p) - 2, rest = p[1] - head - 2;

    assert_true(head + rest + 2 < sizeof(out));
    memcpy(out + 2, p + 2, head);
    memcpy(out + 2 + head, id + 2, rest);
    (void)!send(fd, out, 2 + head + rest, MSG_NOSIGNAL);
}

/* Confirms publishes and refuses subscriptions until the client goes; packets are short here. */
static void peer_confirm(int fd, int says_back)
{
    unsigned char in[2048];
    size_t n = 0;
    ssize_t got;

    while ((got = recv(fd, in + n, sizeof(in) - n, 0)) > 0) {
        size_t at = 0;

        n += (size_t)got;
        while (n - at >= 2 && n - at >= 2u + in[at + 1]) {
            const unsigned char *p = in + at;
            const unsigned char *id = p[0] == 0x82 ? p + 2 : p + 4 + p[3];

            if ((p[0] & 0xf6) == 0x32) /* PUBLISH, QoS 1 */
                (void)!send(fd, (unsigned char[]){ 0x40, 2, id[0], id[1] }, 4, MSG_NOSIGNAL);
            for (int i = 0; (p[0] & 0xf6) == 0x32 && i < says_back; i++)
                peer_say_back(fd, p, id);
            if (p[0] == 0x82) /* SUBSCRIBE to one topic */
                (void)!send(fd, (unsigned char[]){ 0x90, 3, id[0], id[1], says_back ? 1 : 0x80 }, 5,
                            MSG_NOSIGNAL);
            at += 2u + p[1];
        }
        memmove(in, in + at, n - at);
        n -= at;
    }
}

static void *peer_run(void *user)
{
    struct peer *p = user;
    int fd;

    while ((fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        unsigned char in[512];
        ssize_t n = recv(fd, in, sizeof(in), 0);
        bool is_5 = n > 8 && in[8] == 5; /* 10 len 00 04 M Q T T level */
        const char *bytes = is_5 ? p->to_5 : p->to_4;

        if (bytes)
            (void)!send(fd, bytes, is_5 ? p->to_5_n : p->to_4_n, MSG_NOSIGNAL);
        if (bytes && p->is_broker && !is_5)
            peer_confirm(fd, p->says_back);
        close(fd);
    }
    return NULL;
}

static int peer_start(struct peer *p)
{
    int port;

    p->fd = loopback_socket(&port, 16);
    assert_int_equal(pthread_create(&p->thread, NULL, peer_run, p), 0);
    return port;
}

static void peer_end(struct peer *p)
{
    shutdown(p->fd, SHUT_RDWR); /* wakes accept() */
    pthread_join(p->thread, NULL);
    close(p->fd);
}

static void old_brokers(void **state)
{
    static const struct {
        const char *to_5;
        size_t n;
    } refusals[] = {
        { "\x20\x02\x00\x01", 4 }, /* 3.1.1's "unacceptable protocol version" */
        { NULL, 0 },               /* hangs up */
    };
    const char *topic = "closed/a";

    (void)state;
    for (size_t i = 0; i < N_OF(refusals); i++) {
        struct peer p = { .to_5 = refusals[i].to_5,
                          .to_5_n = refusals[i].n,
                          .to_4 = "\x20\x02\x00\x00",
                          .to_4_n = 4,
                          .is_broker = true };
        int port = peer_start(&p);
        struct rig r;

        rig_init(&r);
        rig_open(&r, rig_opts(&r, port));
        UNTIL(&r, r.ups == 1);
        assert_int_equal(r.links, 1); /* the refused attempt was no fault */
        assert_non_null(strstr(r.words, "MQTT 3.1.1"));
        assert_int_equal(mqtt_publish(r.mqtt, 9, "a/b", "x", NULL), 0);
        UNTIL(&r, r.done == 1);
        assert_int_equal(r.done_code, 0);
        assert_int_equal(mqtt_listen(r.mqtt, &topic, 1, NULL), 0);
        UNTIL(&r, r.code == -EACCES);
        assert_non_null(strstr(r.words, "1 state topics may not be read"));
        assert_true(mqtt_is_up(r.mqtt));
        rig_done(&r);
        peer_end(&p);
    }
}

/* Where a device is told and tells on one topic our own command comes back: it is no report. What the device
 * answers is, though it says the same. Brokers of MQTT 5 keep it to themselves. */
static void own_words(void **state)
{
    static const char *const topics[] = { "home/a", "home/b" };
    struct broker b;
    struct rig r;

    (void)state;
    rig_with_broker(&r, &b);
    rig_open(&r, rig_opts(&r, b.port));
    assert_int_equal(mqtt_listen(r.mqtt, topics, 2, NULL), 0);
    UNTIL(&r, r.ups == 1);
    UNTIL(&r, (broker_say(&b, "home/b", "ready", false), r.messages > 0)); /* subscribed by now */
    assert_int_equal(mqtt_publish(r.mqtt, 1, "home/a", "on", NULL), 0);
    UNTIL(&r, r.done == 1);
    broker_say(&b, "home/b", "behind", false);
    UNTIL(&r, (assert_string_not_equal(r.topic, "home/a"), strcmp(r.payload, "behind") == 0));
    broker_say(&b, "home/a", "on", false); /* the device */
    UNTIL(&r, strcmp(r.topic, "home/a") == 0);
    assert_string_equal(r.payload, "on");
    rig_done(&r);
    broker_done(&b);
}

static void own_words_of_old_brokers(void **state)
{
    struct peer p = { .to_4 = "\x20\x02\x00\x00", .to_4_n = 4, .is_broker = true, .says_back = 2 };
    const char *topic = "home/a";
    const int port = peer_start(&p);
    struct rig r;

    (void)state;
    rig_init(&r);
    rig_open(&r, rig_opts(&r, port));
    assert_int_equal(mqtt_listen(r.mqtt, &topic, 1, NULL), 0);
    UNTIL(&r, r.ups == 1);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(mqtt_publish(r.mqtt, 9, topic, "on", NULL), 0);
        UNTIL(&r, r.done == i);
    }
    /* each came twice, and once is an echo; so did "online", which goes where we do not listen */
    UNTIL(&r, r.messages == 3 + 2);
    for (int i = 0; i < 10; i++)
        loop_step(r.loop, 5);
    assert_int_equal(r.messages, 3 + 2);
    assert_string_equal(r.payload, "on");
    rig_done(&r);
    peer_end(&p);
}

static void strange_answers(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        int want;
        const char *words;
    } rows[] = {
        { NULL, 0, -EPROTO, "hung up without an answer" },
        { "HTTP/1.1 400 Bad Request\r\n\r\n", 28, -EPROTO, "hung up without an answer" },
        { "\x20\x02\x00\x05", 4, -EACCES, "mqtt.password" },
        { "\x20\x02\x00\x03", 4, -EAGAIN, "not ready" },
        { "\x20\xff\xff\xff\xff\xff", 6, -EPROTO, "hung up without an answer" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct peer p = { .to_5 = NULL, .to_4 = rows[i].bytes, .to_4_n = rows[i].n };
        int port = peer_start(&p);
        struct rig r;

        rig_init(&r);
        rig_open(&r, rig_opts(&r, port));
        UNTIL(&r, r.links > 0);
        if (r.code != rows[i].want || !strstr(r.words, rows[i].words))
            fail_msg("row %zu: %d \"%s\"", i, r.code, r.words);
        rig_done(&r);
        peer_end(&p);
    }
}

/* ---- TLS -------------------------------------------------------------------------------- */

/* A certificate for 127.0.0.1 that is its own authority. */
static bool make_certificate(const struct broker *b)
{
    char key[128], ca[128];
    const char *const argv[] = { "/usr/bin/openssl",
                                 "req",
                                 "-x509",
                                 "-newkey",
                                 "rsa:2048",
                                 "-nodes",
                                 "-days",
                                 "2",
                                 "-subj",
                                 "/CN=localhost",
                                 "-addext",
                                 "subjectAltName=IP:127.0.0.1",
                                 "-keyout",
                                 key,
                                 "-out",
                                 ca,
                                 NULL };
    pid_t pid;
    int status = 1;

    snprintf(key, sizeof(key), "%s/key.pem", b->dir);
    snprintf(ca, sizeof(ca), "%s/ca.pem", b->dir);
    pid = broker_spawn(b, "pub", argv);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void tls(void **state)
{
    struct broker b, other;
    struct rig r;
    struct mqtt_opts o;
    char more[400], ca[128], wrong[128];

    (void)state;
    need_broker();
    broker_init(&b);
    broker_init(&other);
    if (!make_certificate(&b) || !make_certificate(&other)) {
        broker_done(&b);
        broker_done(&other);
        print_message("openssl is not installed: skipped\n");
        skip();
    }
    snprintf(ca, sizeof(ca), "%s/ca.pem", b.dir);
    snprintf(wrong, sizeof(wrong), "%s/ca.pem", other.dir);
    snprintf(more, sizeof(more), "certfile %s\nkeyfile %s/key.pem\nallow_anonymous true", ca,
             b.dir);
    assert_true(broker_start(&b, more));

    rig_init(&r);
    o = rig_opts(&r, b.port);
    o.ca_file = ca;
    rig_open(&r, o);
    UNTIL(&r, r.links > 0);
    if (r.code != 0)
        fail_msg("%s", r.words);
    assert_int_equal(mqtt_publish(r.mqtt, 3, "a", "b", NULL), 0);
    UNTIL(&r, r.done == 1 && r.done_code == 0);
    rig_done(&r);

    rig_init(&r);
    o = rig_opts(&r, b.port);
    o.ca_file = wrong;
    rig_open(&r, o);
    UNTIL(&r, r.links > 0);
    if (r.code != -EPROTO || !strstr(r.words, "mqtt.ca_file must hold its authority"))
        fail_msg("%d %s", r.code, r.words);
    rig_done(&r);

    rig_init(&r);
    o = rig_opts(&r, b.port);
    o.ca_file = "/nonexistent/ca.pem";
    rig_open(&r, o);
    UNTIL(&r, r.links > 0);
    assert_int_equal(r.code, -ENOENT);
    assert_non_null(strstr(r.words, "/nonexistent/ca.pem cannot be read"));
    rig_done(&r);

    rig_init(&r); /* plain MQTT against a TLS port */
    rig_open(&r, rig_opts(&r, b.port));
    UNTIL(&r, r.links > 0);
    assert_non_null(strstr(r.words, "does it want TLS"));
    rig_done(&r);
    broker_done(&b);
    broker_done(&other);
}

/* ---- pure functions --------------------------------------------------------------------- */

static void pauses(void **state)
{
    static const struct {
        unsigned failures, least_ms;
        uint32_t random;
        unsigned low, high;
    } rows[] = {
        { 0, 1000, 0, 1000, 1000 },
        { 0, 1000, 499, 1499, 1499 },
        { 1, 1000, 0, 2000, 2000 },
        { 4, 1000, 7, 16007, 16007 },
        { 5, 1000, 0, 30000, 30000 },
        { 5, 1000, 12345, 29001, 30000 },
        { 4000000000u, 1000, 9, 29001, 30000 },
        { 0, 50, UINT32_MAX, 50, 75 },
        { 20, 50, UINT32_MAX, 29001, 30000 },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_in_range(mqtt_pause_ms(rows[i].failures, rows[i].least_ms, rows[i].random),
                        rows[i].low, rows[i].high);
}

static void refusal_words(void **state)
{
    static const struct {
        int reason, want;
        const char *words;
    } rows[] = {
        { 4, -EACCES, "mqtt.password" },  { 0x86, -EACCES, "mqtt.password" },
        { 2, -EACCES, "mqtt.client_id" }, { 0x8e, -EADDRINUSE, "mqtt.client_id" },
        { 0x88, -EAGAIN, "not ready" },   { 0xfe, -ECONNREFUSED, "broker's log" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        const char *words = NULL;

        assert_int_equal(mqtt_refusal(rows[i].reason, &words), rows[i].want);
        assert_non_null(strstr(words, rows[i].words));
    }
}

static void bad_client_id(void **state)
{
    static const char *const ids[] = { NULL, "", "a/b", "a+", "#" };
    struct rig r;

    (void)state;
    rig_init(&r);
    for (size_t i = 0; i < N_OF(ids); i++) {
        struct mqtt_opts o = rig_opts(&r, 1);
        struct err e = ERR_INIT;

        o.client_id = ids[i];
        assert_int_equal(mqtt_new(&r.mqtt, r.loop, &o, &e), -EINVAL);
        assert_null(r.mqtt);
        assert_non_null(strstr(err_text(&e), "mqtt.client_id"));
    }
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publish_and_hear),
        cmocka_unit_test(many_topics),
        cmocka_unit_test(killed_and_back),
        cmocka_unit_test(last_will),
        cmocka_unit_test(refused),
        cmocka_unit_test(forbidden_topics),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(unknown_name),
        cmocka_unit_test(silent_peer),
        cmocka_unit_test(swallowed_connect),
        cmocka_unit_test(old_brokers),
        cmocka_unit_test(own_words),
        cmocka_unit_test(own_words_of_old_brokers),
        cmocka_unit_test(strange_answers),
        cmocka_unit_test(tls),
        cmocka_unit_test(pauses),
        cmocka_unit_test(refusal_words),
        cmocka_unit_test(bad_client_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
