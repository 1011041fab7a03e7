/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt.h - the link to the broker: libmosquitto on a thread of its own.
 *
 *     main loop                                    mqtt thread (owns all of libmosquitto)
 *     mqtt_publish() --- outbox, eventfd --->      mosquitto_publish()
 *     on_message()   <-- inbox, eventfd -----      callbacks only append to the inbox
 *
 * MQTT 5, or 3.1.1 where the broker knows no 5. QoS 1, clean start with a stable client id. The
 * will "jarvis/<client id>/status" says "offline" (retained), a connect says "online". The link is
 * retried for ever: 1, 2, 4 ... 30 s, each plus a random part. A new libmosquitto object for each
 * attempt: nothing that was not confirmed is sent again later by itself, so a light does not
 * go on hours after it was asked for.
 *
 * Name lookup and TCP connect block the mqtt thread alone. Nothing here blocks the caller, but
 * mqtt_free(), which waits up to MQTT_CLOSE_MS for the goodbye.
 * Threads: main loop. Callbacks come on the main loop. */
#ifndef JARVIS_HOME_MQTT_H
#define JARVIS_HOME_MQTT_H

#include "core/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MQTT_ANSWER_MS = 5000, /* connected, but no MQTT answer: given up */
    MQTT_CLOSE_MS = 300,
    MQTT_RETRY_MAX_MS = 30000,
    MQTT_WAITING_MAX = 256, /* publishes not confirmed yet */
    MQTT_INBOX_MAX = 4096,  /* messages not read by the main loop yet; further ones are dropped */
    MQTT_PACKET_BYTES_MAX = 262144, /* told to an MQTT 5 broker */
    MQTT_TOPICS_MAX = 4000,
};

struct mqtt;

struct mqtt_opts {
    const char *host; /* all texts are copied; "" or NULL: not used */
    int port;
    const char *username, *password;
    const char *client_id; /* part of topics: no '/', '+', '#' */
    const char *ca_file;   /* set: TLS, and the broker's certificate must match `host` */
    unsigned retry_ms;     /* first pause after a failure; 0: 1000 */
    unsigned answer_ms;    /* 0: MQTT_ANSWER_MS */

    /* All on the main loop; none may free the link. */
    /* The link came up (code 0) or is down (why, in words with the remedy): once a change. */
    void (*on_link)(int code, const char *words, void *user);
    /* `topic` is terminated; both borrowed for the call. */
    void (*on_message)(const char *topic, const void *payload, size_t len, void *user);
    /* Once for each accepted publish: 0 the broker has it, -ENOTCONN the link broke,
     * -EACCES the broker refused it, -ENOBUFS. */
    void (*on_done)(uint64_t token, int code, void *user);
    void *user; /* borrowed */
};

struct mqtt_stats {
    uint64_t published, received, dropped;
    unsigned connects;
    bool is_up;
    int protocol; /* 5 or 4 (3.1.1); 0 while down */
};

/* Starts the thread; the first connect is under way afterwards. -EINVAL (client id, CA file). */
int mqtt_new(struct mqtt **ret, struct loop *loop, const struct mqtt_opts *o, struct err *e);
struct mqtt *mqtt_free(struct mqtt *m);
AUTO_DEFINE(struct mqtt *, mqtt_free)
/* The topics to listen to, at once and after each connect; replaces those before. Copied.
 * Topics asked for again are told their retained messages again. */
int mqtt_listen(struct mqtt *m, const char *const *topics, size_t n, struct err *e);
/* QoS 1, not retained. `token` comes back in on_done(). -ENOTCONN, -ENOBUFS, -ENOMEM: not accepted. */
int mqtt_publish(struct mqtt *m, uint64_t token, const char *topic, const char *payload,
                 struct err *e);
bool mqtt_is_up(const struct mqtt *m);
void mqtt_stats(struct mqtt *m, struct mqtt_stats *ret);
/* Pause before attempt number failures + 1; `random` is any 32 bits. */
unsigned mqtt_pause_ms(unsigned failures, unsigned least_ms, uint32_t random);
/* Words and remedy for the broker's answer to a connect (MQTT 3.1.1 or 5), as a negative errno. */
int mqtt_refusal(int reason, const char **words);

#endif
