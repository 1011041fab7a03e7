/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_inbox.c - messages that the main loop has not read yet. */
#include "home/mqtt_inbox.h"

#include "base/hash.h"
#include "base/must.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

must_const((INBOX_BUCKETS & (INBOX_BUCKETS - 1)) == 0);
must_const(INBOX_PRESSED < INBOX_MAX && INBOX_PRESSED_BYTES < INBOX_BYTES_MAX);

/* A topic that something waits of. */
struct inbox_topic {
    struct mqtt_message *waiting[INBOX_TOPIC_MAX]; /* borrowed from the queue; oldest first */
    size_t n;
    struct inbox_topic *next; /* of the same bucket */
};

struct mqtt_message *mqtt_message_free(struct mqtt_message *m)
{
    if (!m)
        return NULL;
    free(m->topic);
    free(m->payload);
    free(m);
    return NULL;
}

struct mqtt_message *mqtt_message_new(const char *topic, const void *payload, size_t len)
{
    struct mqtt_message *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->topic = str_dup(topic);
    m->payload = malloc(len + 1);
    if (!m->topic || !m->payload)
        return mqtt_message_free(m);
    if (len > 0)
        memcpy(m->payload, payload, len);
    m->payload[len] = '\0';
    m->len = len;
    return m;
}

static size_t message_bytes(const struct mqtt_message *m)
{
    return sizeof(*m) + strlen(m->topic) + m->len + 2;
}

static struct inbox_topic **topic_slot(struct mqtt_inbox *b, const char *topic)
{
    struct inbox_topic **t = &b->buckets[hash_slot(hash_text(HASH_START, topic), INBOX_BUCKETS)];

    while (*t && strcmp((*t)->waiting[0]->topic, topic) != 0)
        t = &(*t)->next;
    must(!*t || ((*t)->n > 0 && (*t)->n <= INBOX_TOPIC_MAX));
    return t;
}

struct mqtt_message *mqtt_inbox_take(struct mqtt_inbox *b)
{
    struct mqtt_message *m = b->first;
    struct inbox_topic **slot, *t;

    if (!m)
        return NULL;
    slot = topic_slot(b, m->topic);
    t = *slot;
    must(t && t->waiting[0] == m); /* the oldest of all is the oldest of its topic */
    if (t->n == 1) {
        *slot = t->next;
        free(t);
    } else {
        memmove(t->waiting, t->waiting + 1, --t->n * sizeof(struct mqtt_message *));
    }
    b->first = m->next;
    if (!b->first)
        b->last = NULL;
    must(b->n > 0 && b->bytes >= message_bytes(m));
    b->n--;
    b->bytes -= message_bytes(m);
    m->next = NULL;
    return m;
}

/* The payloads of a topic move up by one, over the oldest that may go; the places in the queue stay. */
static void replace(struct mqtt_inbox *b, struct inbox_topic *t, size_t from,
                    struct mqtt_message *m)
{
    char *oldest = t->waiting[from]->payload;

    must(from < t->n);
    b->bytes = b->bytes - t->waiting[from]->len + m->len;
    for (size_t i = from; i + 1 < t->n; i++) {
        t->waiting[i]->payload = t->waiting[i + 1]->payload;
        t->waiting[i]->len = t->waiting[i + 1]->len;
    }
    t->waiting[t->n - 1]->payload = m->payload;
    t->waiting[t->n - 1]->len = m->len;
    m->payload = oldest;
    mqtt_message_free(m);
    b->replaced++;
}

static void append(struct mqtt_inbox *b, struct inbox_topic *t, struct mqtt_message *m)
{
    must(t->n < INBOX_TOPIC_MAX);
    t->waiting[t->n++] = m;
    if (b->last)
        b->last->next = m;
    else
        b->first = m;
    b->last = m;
    b->n++;
    b->bytes += message_bytes(m);
}

static void make_room(struct mqtt_inbox *b, size_t bytes)
{
    while (b->n > 0 && (b->n >= INBOX_MAX || b->bytes + bytes > INBOX_BYTES_MAX)) {
        mqtt_message_free(mqtt_inbox_take(b));
        b->dropped++;
    }
}

void mqtt_inbox_put(struct mqtt_inbox *b, struct mqtt_message *m)
{
    const bool is_pressed = b->n >= INBOX_PRESSED || b->bytes >= INBOX_PRESSED_BYTES;
    struct inbox_topic *t = *topic_slot(b, m->topic);

    if (t && (is_pressed || t->n == INBOX_TOPIC_MAX)) {
        replace(b, t, is_pressed ? t->n - 1 : 0, m);
        make_room(b, 0);
        return;
    }
    make_room(b, message_bytes(m));
    t = *topic_slot(b, m->topic); /* its last one may have gone */
    if (!t) {
        t = calloc(1, sizeof(*t));
        if (!t) {
            b->dropped++;
            mqtt_message_free(m);
            return;
        }
        t->waiting[0] = m; /* topic_slot() reads its name there */
        t->next = b->buckets[hash_slot(hash_text(HASH_START, m->topic), INBOX_BUCKETS)];
        b->buckets[hash_slot(hash_text(HASH_START, m->topic), INBOX_BUCKETS)] = t;
    }
    m->next = NULL;
    append(b, t, m);
    must(b->n <= INBOX_MAX && b->bytes <= INBOX_BYTES_MAX);
}

void mqtt_inbox_done(struct mqtt_inbox *b)
{
    struct mqtt_message *m;

    while ((m = mqtt_inbox_take(b)))
        mqtt_message_free(m);
    must(b->n == 0 && b->bytes == 0);
}
