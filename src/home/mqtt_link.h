/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_link.h - what the two sides of home/mqtt.h share (private to mqtt*.c).
 *
 * Held by both sides; the last one frees it, so that a thread stuck in a name lookup may be
 * left behind. All but the constants is guarded by `lock`; no callback and no system call
 * but the wake-up write happens under it. */
#ifndef JARVIS_HOME_MQTT_LINK_H
#define JARVIS_HOME_MQTT_LINK_H

#include "home/mqtt.h"
#include "home/mqtt_inbox.h"

#include <pthread.h>

enum mqtt_item_kind { ITEM_PUBLISH, ITEM_LISTEN, ITEM_DONE, ITEM_GIVE_UP };

struct mqtt_item { /* a publish travels to the thread and comes back as done */
    enum mqtt_item_kind kind;
    int code; /* ITEM_DONE */
    int mid;  /* libmosquitto's number while it waits for the broker */
    uint64_t token;
    char *topic;   /* owned */
    char *payload; /* owned; terminated */
    size_t len;
    char **topics; /* owned; ITEM_LISTEN; sorted */
    size_t topics_n;
    struct mqtt_item *next;
};

struct mqtt_queue {
    struct mqtt_item *first, *last;
    size_t n;
};

struct mqtt_link {
    pthread_mutex_t lock;
    unsigned refs;
    bool stop; /* main -> thread: say goodbye and end */
    struct mqtt_queue to_thread;
    struct mqtt_queue done;  /* to the main loop: never behind messages */
    struct mqtt_inbox inbox; /* to the main loop */
    int thread_fd, main_fd;  /* eventfds, owned */
    size_t waiting;          /* publishes accepted and not yet told as done */
    size_t waiting_bytes;
    struct mqtt_stats stats;
    unsigned news; /* counts changes of the next two */
    int code;      /* 0 up, or why down */
    char words[ERR_TEXT_BYTES];
    char lost_words[ERR_TEXT_BYTES]; /* about the newest that was refused or dropped */

    /* constant; owned; "" where not used */
    char *host, *user, *password, *client_id, *ca_file, *status_topic, *knock_topic;
    int port;
    unsigned retry_ms, answer_ms;
    bool may_rename;
};

void mqtt_queue_put(struct mqtt_queue *q, struct mqtt_item *i);
struct mqtt_item *mqtt_queue_take(struct mqtt_queue *q); /* NULL: empty */
struct mqtt_item *mqtt_item_free(struct mqtt_item *i);
void mqtt_topics_free(char **topics, size_t n);

/* Appends and wakes the other side. Takes ownership. */
void mqtt_link_to_main(struct mqtt_link *l, struct mqtt_item *i);
/* NULL: one of `len` bytes that is not taken (too large, or no memory for it). */
void mqtt_link_message(struct mqtt_link *l, struct mqtt_message *m, const char *topic, size_t len);
void mqtt_link_to_thread(struct mqtt_link *l, struct mqtt_item *i);
struct mqtt_item *mqtt_link_take(struct mqtt_link *l, struct mqtt_queue *q);
void mqtt_link_tell(struct mqtt_link *l, bool is_up, int code, const char *words);
bool mqtt_link_is_stopped(struct mqtt_link *l);
void mqtt_link_unref(struct mqtt_link *l);

void *mqtt_thread(void *link); /* mqtt_thread.c; holds one reference */

#endif
