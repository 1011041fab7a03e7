/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt.c - the link to the broker: the main loop's side (the thread: mqtt_thread.c). */
#include "home/mqtt.h"

#include "base/must.h"
#include "base/str.h"
#include "base/thread.h"
#include "home/mqtt_link.h"

#include <mosquitto.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { FIRST_ANSWER_MS = 10000 }; /* name lookup and TCP have no limit of their own */

struct mqtt {
    struct mqtt_link *link;  /* one reference */
    struct mqtt_opts opts;   /* only the callbacks are valid after mqtt_new() */
    struct loop_io *io;      /* owned */
    struct loop_timer *slow; /* owned; nothing was heard of the first connect */
    struct loop_timer *calm; /* owned; set while a loss is told */
    uint64_t lost;           /* messages, as told last */
    unsigned news;           /* last change seen */
    bool has_told;
    int told_code;
    char told_words[ERR_TEXT_BYTES];
    struct thread thread;
};

/* ---- what comes from the thread --------------------------------------------------------- */

static void mqtt_tell(struct mqtt *m, int code, const char *words)
{
    if (m->has_told && m->told_code == code && strcmp(m->told_words, words) == 0)
        return;
    m->has_told = true;
    m->told_code = code;
    str_copy(m->told_words, sizeof(m->told_words), words);
    if (m->opts.on_link)
        m->opts.on_link(code, words, m->opts.user);
}

static void mqtt_take_news(struct mqtt *m)
{
    char words[ERR_TEXT_BYTES];
    bool is_new;
    int code;

    pthread_mutex_lock(&m->link->lock);
    is_new = m->news != m->link->news;
    m->news = m->link->news;
    code = m->link->code;
    memcpy(words, m->link->words, sizeof(words));
    pthread_mutex_unlock(&m->link->lock);
    if (!is_new)
        return;
    loop_timer_clear(m->slow);
    mqtt_tell(m, code, words);
}

static void mqtt_take_done(struct mqtt *m, struct mqtt_item *i)
{
    must(i->kind == ITEM_DONE);
    pthread_mutex_lock(&m->link->lock);
    must(m->link->waiting > 0 && m->link->waiting_bytes >= i->len);
    m->link->waiting--;
    m->link->waiting_bytes -= i->len;
    if (i->code == 0)
        m->link->stats.published++;
    pthread_mutex_unlock(&m->link->lock);
    if (m->opts.on_done)
        m->opts.on_done(i->token, i->code, m->opts.user);
    mqtt_item_free(i);
}

static bool mqtt_take_message(struct mqtt *m)
{
    struct mqtt_message *message;

    pthread_mutex_lock(&m->link->lock);
    message = mqtt_inbox_take(&m->link->inbox);
    pthread_mutex_unlock(&m->link->lock);
    if (!message)
        return false;
    if (m->opts.on_message)
        m->opts.on_message(message->topic, message->payload, message->len, m->opts.user);
    mqtt_message_free(message);
    return true;
}

/* Something was lost: told once, and taken back when it has been calm for a while. */
static void mqtt_take_losses(struct mqtt *m)
{
    char words[ERR_TEXT_BYTES];
    bool is_more;

    pthread_mutex_lock(&m->link->lock);
    is_more = m->link->stats.dropped != m->lost && m->link->stats.is_up;
    m->lost = m->link->stats.dropped;
    memcpy(words, m->link->lost_words, sizeof(words));
    pthread_mutex_unlock(&m->link->lock);
    if (!is_more)
        return;
    if (!loop_timer_is_set(m->calm))
        mqtt_tell(m, -EOVERFLOW, words);
    loop_timer_after_ms(m->calm, MQTT_CALM_MS);
}

static void mqtt_on_calm(void *user)
{
    struct mqtt *m = user;

    m->news--; /* what the link itself has to say */
    mqtt_take_news(m);
}

static void mqtt_on_readable(int fd, uint32_t revents, void *user)
{
    struct mqtt *m = user;
    struct mqtt_item *i;
    eventfd_t count;
    const int64_t until = clock_now_usec() + MQTT_TURN_USEC;

    (void)revents;
    (void)eventfd_read(fd, &count);
    mqtt_take_news(m);
    while ((i = mqtt_link_take(m->link, &m->link->done)))
        mqtt_take_done(m, i);
    while (mqtt_take_message(m)) {
        if (clock_now_usec() < until)
            continue;
        (void)eventfd_write(fd, 1); /* a flood must not starve the rest of the loop */
        break;
    }
    mqtt_take_losses(m);
}

static void mqtt_on_slow(void *user)
{
    struct mqtt *m = user;
    char words[ERR_TEXT_BYTES];

    snprintf(words, sizeof(words),
             "the home broker %s:%d does not answer yet: check mqtt.host, the network and its "
             "name service",
             m->link->host, m->link->port);
    mqtt_tell(m, -ETIMEDOUT, words);
}

/* ---- start and end ---------------------------------------------------------------------- */

static char *text_or_empty(const char *text)
{
    return str_dup(text ? text : "");
}

static int link_texts(struct mqtt_link *l, const struct mqtt_opts *o, struct err *e)
{
    AUTO_STR status = STR_INIT;

    str_addf(&status, "jarvis/%s/status", o->client_id);
    l->status_topic = str_take(&status);
    str_addf(&status, "jarvis/%s/nobody", o->client_id);
    l->knock_topic = str_take(&status);
    l->host = text_or_empty(o->host);
    l->user = text_or_empty(o->username);
    l->password = text_or_empty(o->password);
    l->client_id = text_or_empty(o->client_id);
    l->ca_file = text_or_empty(o->ca_file);
    if (!l->status_topic || !l->knock_topic || !l->host || !l->user || !l->password ||
        !l->client_id || !l->ca_file)
        return err_set(e, -ENOMEM, "mqtt: out of memory");
    l->port = o->port;
    l->may_rename = o->may_rename;
    l->retry_ms = o->retry_ms > 0 ? o->retry_ms : 1000;
    l->answer_ms = o->answer_ms > 0 ? o->answer_ms : MQTT_ANSWER_MS;
    return 0;
}

static int link_new(struct mqtt_link **ret, const struct mqtt_opts *o, struct err *e)
{
    struct mqtt_link *l = calloc(1, sizeof(*l));
    int r;

    if (!l)
        return err_set(e, -ENOMEM, "mqtt: out of memory");
    l->refs = 1;
    pthread_mutex_init(&l->lock, NULL);
    l->thread_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    l->main_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->thread_fd < 0 || l->main_fd < 0)
        r = err_set(e, -errno, "mqtt: no eventfd");
    else
        r = link_texts(l, o, e);
    if (r < 0) {
        mqtt_link_unref(l);
        return r;
    }
    *ret = l;
    return 0;
}

static int mqtt_start(struct mqtt *m, struct err *e)
{
    const struct thread_opts o = { .name = "mqtt", .main = mqtt_thread, .user = m->link };
    int r;

    pthread_mutex_lock(&m->link->lock);
    m->link->refs++;
    pthread_mutex_unlock(&m->link->lock);
    r = thread_start(&m->thread, &o, e);
    if (r < 0)
        mqtt_link_unref(m->link);
    return r;
}

int mqtt_new(struct mqtt **ret, struct loop *loop, const struct mqtt_opts *o, struct err *e)
{
    AUTO(mqtt_freep) struct mqtt *m = NULL;
    int r;

    if (!o->client_id || o->client_id[0] == '\0' || strpbrk(o->client_id, "/+#"))
        return err_set(e, -EINVAL,
                       "mqtt.client_id: '%s' must not be empty and must not hold '/', '+' or '#'",
                       o->client_id ? o->client_id : "");
    m = calloc(1, sizeof(*m));
    if (!m)
        return err_set(e, -ENOMEM, "mqtt: out of memory");
    m->opts = *o;
    r = link_new(&m->link, o, e);
    if (r >= 0)
        r = loop_io_new(&m->io, loop, m->link->main_fd, EPOLLIN, mqtt_on_readable, m, e);
    if (r >= 0)
        r = loop_timer_new(&m->slow, loop, mqtt_on_slow, m, e);
    if (r >= 0)
        r = loop_timer_new(&m->calm, loop, mqtt_on_calm, m, e);
    if (r < 0)
        return r;
    loop_timer_after_ms(m->slow, FIRST_ANSWER_MS);
    mosquitto_lib_init();
    r = mqtt_start(m, e);
    if (r < 0)
        return r;
    *ret = STEAL(m);
    return 0;
}

/* Waits a moment for the thread's goodbye; true when it has ended. */
static bool mqtt_stop(struct mqtt *m)
{
    pthread_mutex_lock(&m->link->lock);
    m->link->stop = true;
    pthread_mutex_unlock(&m->link->lock);
    (void)eventfd_write(m->link->thread_fd, 1);
    if (thread_join(&m->thread, MQTT_CLOSE_MS) == 0)
        return true;
    thread_abandon(&m->thread);
    return false;
}

struct mqtt *mqtt_free(struct mqtt *m)
{
    if (!m)
        return NULL;
    loop_io_free(m->io);
    loop_timer_free(m->slow);
    loop_timer_free(m->calm);
    /* a thread stuck in a name lookup keeps its reference and the library */
    if (m->thread.is_started && mqtt_stop(m))
        mosquitto_lib_cleanup();
    if (m->link)
        mqtt_link_unref(m->link);
    free(m);
    return NULL;
}

/* ---- requests --------------------------------------------------------------------------- */

static int topic_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int mqtt_listen(struct mqtt *m, const char *const *topics, size_t n, struct err *e)
{
    struct mqtt_item *i;

    if (n > MQTT_TOPICS_MAX)
        return err_set(e, -E2BIG, "mqtt: %zu topics; at most %d", n, MQTT_TOPICS_MAX);
    i = calloc(1, sizeof(*i));
    if (i)
        i->topics = calloc(n ? n : 1, sizeof(*i->topics));
    if (!i || !i->topics) {
        mqtt_item_free(i);
        return err_set(e, -ENOMEM, "mqtt: out of memory");
    }
    i->kind = ITEM_LISTEN;
    must(n <= MQTT_TOPICS_MAX);
    for (; i->topics_n < n; i->topics_n++) {
        i->topics[i->topics_n] = str_dup(topics[i->topics_n]);
        if (!i->topics[i->topics_n]) {
            mqtt_item_free(i);
            return err_set(e, -ENOMEM, "mqtt: out of memory");
        }
    }
    qsort(i->topics, n, sizeof(*i->topics), topic_compare);
    mqtt_link_to_thread(m->link, i);
    return 0;
}

static int mqtt_admit(struct mqtt_link *l, size_t bytes, struct err *e)
{
    int r = 0;

    pthread_mutex_lock(&l->lock);
    if (!l->stats.is_up)
        r = -ENOTCONN;
    else if (l->waiting >= MQTT_WAITING_MAX || l->waiting_bytes + bytes > MQTT_WAITING_BYTES_MAX)
        r = -ENOBUFS;
    if (r == 0) {
        l->waiting++;
        l->waiting_bytes += bytes;
    }
    pthread_mutex_unlock(&l->lock);
    if (r == -ENOTCONN)
        return err_set(e, r, "the home broker cannot be reached");
    if (r == -ENOBUFS)
        return err_set(e, r, "the home broker is too slow: %d commands wait for it",
                       MQTT_WAITING_MAX);
    return r;
}

int mqtt_publish(struct mqtt *m, uint64_t token, const char *topic, const char *payload,
                 struct err *e)
{
    struct mqtt_item *i = calloc(1, sizeof(*i));
    int r;

    if (i) {
        i->kind = ITEM_PUBLISH;
        i->token = token;
        i->topic = str_dup(topic);
        i->payload = str_dup(payload);
        i->len = strlen(payload);
    }
    if (!i || !i->topic || !i->payload) {
        mqtt_item_free(i);
        return err_set(e, -ENOMEM, "mqtt: out of memory");
    }
    r = mqtt_admit(m->link, i->len, e);
    if (r < 0) {
        mqtt_item_free(i);
        return r;
    }
    mqtt_link_to_thread(m->link, i);
    return 0;
}

void mqtt_give_up(struct mqtt *m)
{
    struct mqtt_item *i = calloc(1, sizeof(*i));

    if (!i)
        return; /* the silence ends the link a little later */
    i->kind = ITEM_GIVE_UP;
    mqtt_link_to_thread(m->link, i);
}

bool mqtt_is_up(const struct mqtt *m)
{
    bool is_up;

    pthread_mutex_lock(&m->link->lock);
    is_up = m->link->stats.is_up;
    pthread_mutex_unlock(&m->link->lock);
    return is_up;
}

void mqtt_stats(struct mqtt *m, struct mqtt_stats *ret)
{
    pthread_mutex_lock(&m->link->lock);
    *ret = m->link->stats;
    pthread_mutex_unlock(&m->link->lock);
}

unsigned mqtt_pause_ms(unsigned failures, unsigned least_ms, uint32_t random)
{
    uint64_t ms = (uint64_t)least_ms << (failures < 15 ? failures : 15);

    if (ms > MQTT_RETRY_MAX_MS)
        ms = MQTT_RETRY_MAX_MS;
    ms += random % (ms / 2 + 1); /* boxes that lost the same broker come back one by one */
    return (unsigned)(ms < MQTT_RETRY_MAX_MS ? ms : MQTT_RETRY_MAX_MS - random % 1000);
}
