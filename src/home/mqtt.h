/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt.h - the link to the broker: libmosquitto on a thread of its own.
 *
 *     main loop                                    mqtt thread (owns all of libmosquitto)
 *     mqtt_publish() --- outbox, eventfd --->      mosquitto_publish()
 *     on_message()   <-- inbox, eventfd -----      callbacks only append to the inbox (mqtt_inbox.h)
 *
 * Bounds: MQTT_TURN_USEC of the main loop's time in one turn; the inbox by count and bytes, the
 * newest of each topic staying; MQTT_PAYLOAD_BYTES_MAX a message, larger ones are refused;
 * MQTT_WAITING_MAX publishes and MQTT_WAITING_BYTES_MAX. What was lost is told as a fault until
 * nothing was lost for MQTT_CALM_MS.
 *
 * Late or twice: nothing is sent into a link of which nobody knows whether it lives. When the broker
 * was silent for MQTT_FRESH_MS a publish waits for the answer to a knock (an unsubscribe of a
 * topic that nobody has). After MQTT_SILENT_MS of silence the link is given up, and
 * mqtt_give_up() does so at once; unsent bytes die with it (SO_LINGER 0). A publish that had left by
 * then is done with -ETIMEDOUT, one that had not with -ENOTCONN; neither is sent again.
 *
 * MQTT 5, or 3.1.1 where the broker knows no 5. QoS 1, clean start with a stable client id. The
 * will "jarvis/<client id>/status" says "offline" (retained), a connect says "online". The link is
 * retried for ever: 1, 2, 4 ... 30 s, each plus a random part. A new libmosquitto object for each
 * attempt: nothing that was not confirmed is sent again later by itself, so a light does not
 * go on hours after it was asked for. When another client takes our id over, and ours was made
 * (opts.may_rename), the next attempt adds a random end to it: two boxes never throw each other off
 * for long.
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
    MQTT_WAITING_MAX = 8192,          /* publishes not confirmed yet ... */
    MQTT_WAITING_BYTES_MAX = 4 << 20, /* ... and their bytes */
    MQTT_PAYLOAD_BYTES_MAX = 8192,    /* of a message that is read */
    MQTT_PACKET_BYTES_MAX = 262144,   /* told to an MQTT 5 broker; larger ones end the link */
    MQTT_TOPICS_MAX = 16000,
    MQTT_TURN_USEC = 3000,
    MQTT_FRESH_MS = 1000,
    MQTT_KNOCK_MS = 2000,  /* of silence: is it still there? */
    MQTT_SILENT_MS = 4500, /* of silence: it is not */
    MQTT_CALM_MS = 10000,
};

struct mqtt;

struct mqtt_opts {
    const char *host; /* all texts are copied; "" or NULL: not used */
    int port;
    const char *username, *password;
    const char *client_id; /* part of topics: no '/', '+', '#' */
    const char *ca_file;   /* set: TLS, and the broker's certificate must match `host` */
    bool may_rename;       /* the id was made, not set: it may get another end */
    unsigned retry_ms;     /* first pause after a failure; 0: 1000 */
    unsigned answer_ms;    /* 0: MQTT_ANSWER_MS */

    /* All on the main loop; none may free the link. */
    /* The link came up (code 0) or is down (why, in words with the remedy): once a change. */
    void (*on_link)(int code, const char *words, void *user);
    /* `topic` is terminated; both borrowed for the call. */
    void (*on_message)(const char *topic, const void *payload, size_t len, void *user);
    /* Once for each accepted publish: 0 the broker has it, -ENOTCONN it never left, -ETIMEDOUT it left
     * and nobody knows, -EACCES the broker refused it, -ENOBUFS. */
    void (*on_done)(uint64_t token, int code, void *user);
    void *user; /* borrowed */
};

struct mqtt_stats {
    uint64_t published, received;
    uint64_t replaced; /* read no more: a newer one of their topic came */
    uint64_t refused;  /* larger than MQTT_PAYLOAD_BYTES_MAX */
    uint64_t dropped;  /* lost, the refused ones counted */
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
/* The broker does not answer: the link is dropped at once, and tried anew. */
void mqtt_give_up(struct mqtt *m);
void mqtt_stats(struct mqtt *m, struct mqtt_stats *ret);
/* Pause before attempt number failures + 1; `random` is any 32 bits. */
unsigned mqtt_pause_ms(unsigned failures, unsigned least_ms, uint32_t random);
/* Words and remedy for the broker's answer to a connect (MQTT 3.1.1 or 5), as a negative errno. */
int mqtt_refusal(int reason, const char **words);

#endif
