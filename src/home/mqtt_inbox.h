/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_inbox.h - messages that the main loop has not read yet, bounded in count and bytes.
 *
 *     put: a b a a a ...      per topic at most INBOX_TOPIC_MAX wait, under pressure one:
 *     take: a b a a           the newest stays, older ones of the same topic give way
 *
 * The newest word of a topic is what is true; it is never the one that is dropped. Several of a
 * topic are kept while there is room, as some makes tell one thing at a time. Only where
 * more topics wait than the bounds hold does the oldest message of all go: that is counted as
 * `dropped` and is a fault to be told.
 * Threads: none of its own; the caller locks. Owns the items that wait. */
#ifndef JARVIS_HOME_MQTT_INBOX_H
#define JARVIS_HOME_MQTT_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INBOX_TOPIC_MAX = 8,       /* of one topic */
    INBOX_MAX = 20000,         /* messages; more topics than are listened to */
    INBOX_BYTES_MAX = 4 << 20, /* topics and payloads */
    INBOX_PRESSED = 1000,      /* messages: from here on one of each topic */
    INBOX_PRESSED_BYTES = 1 << 20,
    INBOX_BUCKETS = 1024, /* a power of two */
};

struct mqtt_message {
    char *topic;   /* owned */
    char *payload; /* owned; terminated */
    size_t len;
    struct mqtt_message *next;
};

struct mqtt_message *mqtt_message_free(struct mqtt_message *m);
/* Copies both; NULL when out of memory. */
struct mqtt_message *mqtt_message_new(const char *topic, const void *payload, size_t len);

struct inbox_topic;

struct mqtt_inbox {
    struct mqtt_message *first, *last; /* owned */
    size_t n, bytes;
    uint64_t replaced;                          /* gave way to a newer one of their topic */
    uint64_t dropped;                           /* were lost */
    struct inbox_topic *buckets[INBOX_BUCKETS]; /* owned */
};

/* Takes ownership. */
void mqtt_inbox_put(struct mqtt_inbox *b, struct mqtt_message *m);
struct mqtt_message *mqtt_inbox_take(struct mqtt_inbox *b); /* the oldest; NULL: empty */
void mqtt_inbox_done(struct mqtt_inbox *b);

#endif
