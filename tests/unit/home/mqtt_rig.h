/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/mqtt_rig.h - the MQTT link in a test: its loop, and what it told. */
#ifndef JARVIS_TESTS_HOME_MQTT_RIG_H
#define JARVIS_TESTS_HOME_MQTT_RIG_H

#include "home/mqtt.h"

#include "base/str.h"
#include "broker.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { WAIT_MS = 15000, RETRY_MS = 50 };

struct rig {
    struct clock clock;
    struct loop *loop;
    struct mqtt *mqtt;
    int links, ups; /* calls of on_link */
    int code;
    char words[ERR_TEXT_BYTES];
    int messages;
    char topic[128], payload[128];
    int done, done_code;
    uint64_t token;
};

static inline void on_link(int code, const char *words, void *user)
{
    struct rig *r = user;

    r->links++;
    r->ups += code == 0;
    r->code = code;
    str_copy(r->words, sizeof(r->words), words);
}

static inline void on_message(const char *topic, const void *payload, size_t len, void *user)
{
    struct rig *r = user;

    assert_int_equal(((const char *)payload)[len], '\0');
    r->messages++;
    str_copy(r->topic, sizeof(r->topic), topic);
    str_copy(r->payload, sizeof(r->payload), payload);
}

static inline void on_done(uint64_t token, int code, void *user)
{
    struct rig *r = user;

    r->done++;
    r->done_code = code;
    r->token = token;
}

static inline struct mqtt_opts rig_opts(struct rig *r, int port)
{
    return (struct mqtt_opts){
        .host = "127.0.0.1",
        .port = port,
        .client_id = "box",
        .retry_ms = RETRY_MS,
        .on_link = on_link,
        .on_message = on_message,
        .on_done = on_done,
        .user = r,
    };
}

static inline void rig_open(struct rig *r, struct mqtt_opts o)
{
    struct err e = ERR_INIT;

    if (mqtt_new(&r->mqtt, r->loop, &o, &e) < 0)
        fail_msg("%s", err_text(&e));
}

static inline void rig_init(struct rig *r)
{
    memset(r, 0, sizeof(*r));
    clock_init_real(&r->clock);
    assert_int_equal(loop_new(&r->loop, &r->clock, NULL), 0);
}

static inline void rig_done(struct rig *r)
{
    mqtt_free(r->mqtt);
    loop_free(r->loop);
}

/* Turns the loop until `cond`; fails after WAIT_MS. */
#define UNTIL(r, cond)                                                                \
    do {                                                                              \
        int64_t until_ = clock_mono_ms(&(r)->clock) + WAIT_MS;                        \
        while (!(cond)) {                                                             \
            loop_step((r)->loop, 10);                                                 \
            if (clock_mono_ms(&(r)->clock) > until_)                                  \
                fail_msg("never: %s (link %d \"%s\")", #cond, (r)->code, (r)->words); \
        }                                                                             \
    } while (0)

static inline void need_broker(void)
{
    if (broker_is_there())
        return;
    print_message("mosquitto or mosquitto_sub is not installed: skipped\n");
    skip();
}

/* The witness is there when it hears what somebody else says. */
static inline void witness_ready(struct rig *r, struct broker *b)
{
    UNTIL(r, (broker_say(b, "witness", "ready", false), strstr(broker_heard(b), "witness ready")));
}

/* An open broker, and a link that does not know it yet. */
static inline void rig_with_broker(struct rig *r, struct broker *b)
{
    need_broker();
    broker_init(b);
    assert_true(broker_start(b, "allow_anonymous true"));
    rig_init(r);
}

#endif
