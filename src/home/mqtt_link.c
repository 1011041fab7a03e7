/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_link.c - what the two sides of home/mqtt.h share. */
#include "home/mqtt_link.h"

#include "base/must.h"
#include "base/str.h"

#include <string.h>
#include <sys/eventfd.h>

void mqtt_topics_free(char **topics, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(topics[i]);
    free(topics);
}

struct mqtt_item *mqtt_item_free(struct mqtt_item *i)
{
    if (!i)
        return NULL;
    free(i->topic);
    free(i->payload);
    mqtt_topics_free(i->topics, i->topics_n);
    free(i);
    return NULL;
}

void mqtt_queue_put(struct mqtt_queue *q, struct mqtt_item *i)
{
    i->next = NULL;
    if (q->last)
        q->last->next = i;
    else
        q->first = i;
    q->last = i;
    q->n++;
}

struct mqtt_item *mqtt_queue_take(struct mqtt_queue *q)
{
    struct mqtt_item *i = q->first;

    if (!i)
        return NULL;
    q->first = i->next;
    if (!q->first)
        q->last = NULL;
    must(q->n > 0);
    q->n--;
    must((q->n == 0) == (q->first == NULL));
    i->next = NULL;
    return i;
}

static void link_wake(int fd)
{
    (void)eventfd_write(fd, 1); /* fails only where a wake-up is due anyhow */
}

void mqtt_link_to_main(struct mqtt_link *l, struct mqtt_item *i)
{
    must(i->kind == ITEM_DONE);
    pthread_mutex_lock(&l->lock);
    mqtt_queue_put(&l->done, i);
    pthread_mutex_unlock(&l->lock);
    link_wake(l->main_fd);
}

/* With the lock held. */
static void link_lost(struct mqtt_link *l, const char *topic, size_t len)
{
    l->stats.dropped++;
    if (len > MQTT_PAYLOAD_BYTES_MAX) {
        l->stats.refused++;
        snprintf(l->lost_words, sizeof(l->lost_words),
                 "home broker: a message of %zu bytes on %.100s is not read; at most %d are", len,
                 topic, MQTT_PAYLOAD_BYTES_MAX);
    } else {
        snprintf(l->lost_words, sizeof(l->lost_words),
                 "home broker: more messages than can be read: %llu are lost; is a device (%.100s) "
                 "telling all the time?",
                 (unsigned long long)l->stats.dropped, topic);
    }
}

void mqtt_link_message(struct mqtt_link *l, struct mqtt_message *m, const char *topic, size_t len)
{
    uint64_t dropped;

    pthread_mutex_lock(&l->lock);
    l->stats.received++;
    dropped = l->inbox.dropped;
    if (m)
        mqtt_inbox_put(&l->inbox, m);
    l->stats.replaced = l->inbox.replaced;
    for (uint64_t i = dropped; i < l->inbox.dropped; i++)
        link_lost(l, topic, 0);
    if (!m)
        link_lost(l, topic, len);
    pthread_mutex_unlock(&l->lock);
    link_wake(l->main_fd);
}

void mqtt_link_to_thread(struct mqtt_link *l, struct mqtt_item *i)
{
    pthread_mutex_lock(&l->lock);
    mqtt_queue_put(&l->to_thread, i);
    pthread_mutex_unlock(&l->lock);
    link_wake(l->thread_fd);
}

struct mqtt_item *mqtt_link_take(struct mqtt_link *l, struct mqtt_queue *q)
{
    struct mqtt_item *i;

    pthread_mutex_lock(&l->lock);
    i = mqtt_queue_take(q);
    pthread_mutex_unlock(&l->lock);
    return i;
}

void mqtt_link_tell(struct mqtt_link *l, bool is_up, int code, const char *words)
{
    must(is_up || code < 0); /* down has a reason */
    pthread_mutex_lock(&l->lock);
    l->stats.is_up = is_up;
    if (!is_up)
        l->stats.protocol = 0;
    l->code = code;
    str_copy(l->words, sizeof(l->words), words);
    l->news++;
    pthread_mutex_unlock(&l->lock);
    link_wake(l->main_fd);
}

bool mqtt_link_is_stopped(struct mqtt_link *l)
{
    bool stop;

    pthread_mutex_lock(&l->lock);
    stop = l->stop;
    pthread_mutex_unlock(&l->lock);
    return stop;
}

static void queue_free(struct mqtt_queue *q)
{
    struct mqtt_item *i;

    while ((i = mqtt_queue_take(q)))
        mqtt_item_free(i);
}

void mqtt_link_unref(struct mqtt_link *l)
{
    unsigned left;

    pthread_mutex_lock(&l->lock);
    must(l->refs > 0);
    left = --l->refs;
    pthread_mutex_unlock(&l->lock);
    if (left > 0)
        return;
    queue_free(&l->to_thread);
    queue_free(&l->done);
    mqtt_inbox_done(&l->inbox);
    if (l->thread_fd >= 0)
        close(l->thread_fd);
    if (l->main_fd >= 0)
        close(l->main_fd);
    free(l->host);
    free(l->user);
    if (l->password)
        explicit_bzero(l->password, strlen(l->password));
    free(l->password);
    free(l->client_id);
    free(l->ca_file);
    free(l->status_topic);
    free(l->knock_topic);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
