/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_thread.c - the link to the broker: the thread that owns libmosquitto.
 *
 * libmosquitto is driven by our own poll loop (its external-loop functions), so that one
 * thread alone ever touches it, our requests wake the same poll, and a broker that accepts and
 * then says nothing is given up after answer_ms. Attempts:
 *
 *     open -> connect -> serve until lost or stopped -> close -> pause -> open ...
 *
 * A blocking TCP connect tries all addresses of the host; a packet filter that swallows
 * everything holds it for the kernel's limit (about two minutes), on this thread only. */
#include "base/must.h"
#include "base/str.h"
#include "home/mqtt_echo.h"
#include "home/mqtt_link.h"
#include "home/mqtt_relay.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

enum {
    KEEPALIVE_S = 15,     /* the broker's own limit for us; ours for it is MQTT_SILENT_MS */
    TICK_MS = 500,        /* how often silence is looked at */
    HEALTHY_MS = 10000,   /* a link that held so long starts the pauses anew */
    SUBSCRIBE_CHUNK = 50, /* topics in one packet */
    GOODBYE_TRIES = 5,
    REFUSED_NONE = -1,
    SHORT_LIVES_MAX = 2, /* links that break at once, until somebody is suspected */
};

struct worker {
    struct mqtt_link *link;    /* one reference */
    struct mosquitto *mosq;    /* owned; NULL between attempts */
    int protocol;              /* of the next attempt */
    bool is_accepted;          /* CONNACK said yes */
    bool is_up;                /* greeted as well */
    int64_t up_ms;             /* when the link came up */
    int refused;               /* CONNACK's reason, or REFUSED_NONE */
    int lost;                  /* DISCONNECT's reason (MQTT 5), 0: none */
    char detail[160];          /* last error that libmosquitto logged */
    struct mqtt_queue waiting; /* sent, not confirmed */
    struct mqtt_relay relay;   /* between the socket and `mosq`; not with TLS */
    struct mqtt_queue held;    /* not sent: first the broker has to answer a knock */
    int64_t heard_ms;          /* when the broker last said anything */
    int64_t knocked_ms;        /* when we knocked; 0: not since it was heard */
    bool is_lying;             /* announced a packet that is too long */
    bool is_given_up;          /* by the main loop */
    bool is_broken;            /* did not end by our goodbye */
    unsigned short_lives;      /* links in a row that broke as soon as they were up */
    char client_id[80];        /* ours in this attempt */
    char **topics;             /* owned; sorted */
    size_t topics_n;
    struct mqtt_echo echo;     /* of what was said where we listen; MQTT 3.1.1 alone */
};

/* ---- words ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct {
    int reason;
    int code;
    const char *words;
} refusals[] = {
    /* MQTT 3.1.1 */
    { 1, -EPROTONOSUPPORT, "it speaks no MQTT 3.1.1; use a newer broker" },
    { 2, -EACCES, "it does not accept the client id; set another mqtt.client_id" },
    { 3, -EAGAIN, "it is not ready; look into its log" },
    { 4, -EACCES, "wrong user name or password; set mqtt.user and mqtt.password" },
    { 5, -EACCES, "not allowed; set mqtt.user and mqtt.password, or allow the user there" },
    /* MQTT 5 */
    { MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION, -EPROTONOSUPPORT, "it speaks no MQTT 5" },
    { MQTT_RC_CLIENTID_NOT_VALID, -EACCES, "it does not accept the client id; set another mqtt.client_id" },
    { MQTT_RC_BAD_USERNAME_OR_PASSWORD, -EACCES, "wrong user name or password; set mqtt.user and mqtt.password" },
    { MQTT_RC_NOT_AUTHORIZED, -EACCES, "not allowed; set mqtt.user and mqtt.password, or allow the user there" },
    { MQTT_RC_SERVER_UNAVAILABLE, -EAGAIN, "it is not ready; look into its log" },
    { MQTT_RC_SERVER_BUSY, -EAGAIN, "it is busy" },
    { MQTT_RC_BANNED, -EACCES, "this client is banned there; look into its log" },
    { MQTT_RC_SERVER_SHUTTING_DOWN, -ECONNRESET, "it shuts down" },
    { MQTT_RC_KEEP_ALIVE_TIMEOUT, -ETIMEDOUT, "the network was away for too long" },
    { MQTT_RC_SESSION_TAKEN_OVER, -EADDRINUSE, "another box uses the same client id; set another mqtt.client_id" },
    { MQTT_RC_QUOTA_EXCEEDED, -EAGAIN, "its quota is used up; look into its log" },
    { MQTT_RC_CONNECTION_RATE_EXCEEDED, -EAGAIN, "too many connects; it is tried again later" },
};

static const struct {
    int error;
    const char *words;
} connect_errors[] = {
    { ECONNREFUSED, "nothing listens there; start mosquitto, or set mqtt.host and mqtt.port" },
    { EHOSTUNREACH, "that machine is not in the network; switch it on, or set mqtt.host" },
    { ENETUNREACH,  "there is no way to that network; check cable and Wi-Fi" },
    { ETIMEDOUT,    "no answer; check mqtt.host, the network and packet filters" },
    { ECONNRESET,   "the connection was cut; is that an MQTT port?" },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int mqtt_refusal(int reason, const char **words)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        if (refusals[i].reason == reason) {
            *words = refusals[i].words;
            return refusals[i].code;
        }
    }
    *words = "refused; look into the broker's log";
    return -ECONNREFUSED;
}

static void worker_tell(struct worker *w, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Down, with the broker's name before the words. */
static void worker_tell(struct worker *w, int code, const char *format, ...)
{
    char words[ERR_TEXT_BYTES];
    va_list ap;
    int n = snprintf(words, sizeof(words), "home broker %.100s:%d: ", w->link->host, w->link->port);

    va_start(ap, format);
    vsnprintf(words + n, sizeof(words) - (size_t)n, format, ap);
    va_end(ap);
    mqtt_link_tell(w->link, false, code, words);
}

static void worker_tell_refused(struct worker *w)
{
    const char *words;
    int code = mqtt_refusal(w->refused, &words);

    worker_tell(w, code, "%s", words);
}

/* A libmosquitto code from connecting, with errno as it was right after. */
static void worker_tell_rc(struct worker *w, int rc, int error)
{
    if (rc == MOSQ_ERR_EAI) {
        worker_tell(w, -EHOSTUNREACH, "that name is not known in the network; set mqtt.host");
        return;
    }
    if (w->is_lying) {
        worker_tell(
            w, -EMSGSIZE,
            "it announces a packet of %u bytes or more, at most %d are read; is that a broker?",
            w->relay.frame.length, MQTT_PACKET_BYTES_MAX);
        return;
    }
    if (rc == MOSQ_ERR_KEEPALIVE) {
        worker_tell(w, -ETIMEDOUT,
                    "it does not answer any more; is it frozen, or the network gone?");
        return;
    }
    if (rc == MOSQ_ERR_TLS) {
        worker_tell(w, -EPROTO,
                    "no TLS (%s); mqtt.ca_file must hold its authority, the "
                    "certificate must name the host",
                    w->detail[0] ? w->detail : "no details");
        return;
    }
    for (size_t i = 0; rc == MOSQ_ERR_ERRNO && i < COUNT(connect_errors); i++) {
        if (connect_errors[i].error == error) {
            worker_tell(w, -error, "%s", connect_errors[i].words);
            return;
        }
    }
    if (rc == MOSQ_ERR_ERRNO && error != 0)
        worker_tell(w, -error, "%s", err_words(error));
    else
        worker_tell(w, -ECONNRESET, "the connection was lost (%s)", mosquitto_strerror(rc));
}

/* ---- libmosquitto's callbacks (this thread) --------------------------------------------- */

/* Our own commands are no reports, so they are not to come back. */
static void worker_subscribe(struct worker *w)
{
    const int options = w->protocol == MQTT_PROTOCOL_V5 ? MQTT_SUB_OPT_NO_LOCAL : 0;

    for (size_t i = 0; i < w->topics_n; i += SUBSCRIBE_CHUNK) {
        size_t n = w->topics_n - i < SUBSCRIBE_CHUNK ? w->topics_n - i : SUBSCRIBE_CHUNK;

        mosquitto_subscribe_multiple(w->mosq, NULL, (int)n, w->topics + i, 1, options, NULL);
    }
}

/* Callbacks only take notes: libmosquitto holds a lock of its own around them. */
static void on_connect(struct mosquitto *mosq, void *user, int reason, int flags,
                       const mosquitto_property *props)
{
    struct worker *w = user;

    (void)mosq;
    (void)flags;
    (void)props;
    if (reason == 0)
        w->is_accepted = true;
    else
        w->refused = reason;
}

static const char thrown_off[] = "another box uses the same client id; set another mqtt.client_id";

/* Is somebody throwing us off, again and again? Few brokers say so (MQTT 5), the others just hang up. */
static bool worker_is_thrown_off(const struct worker *w)
{
    return w->short_lives >= SHORT_LIVES_MAX;
}

static void worker_tell_up(struct worker *w)
{
    char words[ERR_TEXT_BYTES];

    if (worker_is_thrown_off(w)) {
        snprintf(words, sizeof(words),
                 "home broker %.100s:%d: the link breaks again and again: is it that %s?",
                 w->link->host, w->link->port, thrown_off);
        mqtt_link_tell(w->link, true, -EADDRINUSE, words);
        return;
    }
    snprintf(words, sizeof(words), "connected to the home broker %.100s:%d (MQTT %s)",
             w->link->host, w->link->port, w->protocol == MQTT_PROTOCOL_V5 ? "5" : "3.1.1");
    mqtt_link_tell(w->link, true, 0, words);
}

/* The broker took us: say that we are there, ask for the states, tell the main loop. */
static void worker_greet(struct worker *w)
{
    must(w->is_accepted && !w->is_up);
    w->is_up = true;
    w->up_ms = w->heard_ms = clock_now_ms();
    mosquitto_publish(w->mosq, NULL, w->link->status_topic, 6, "online", 1, true);
    worker_subscribe(w);
    pthread_mutex_lock(&w->link->lock);
    w->link->stats.connects++;
    w->link->stats.protocol = w->protocol;
    pthread_mutex_unlock(&w->link->lock);
    worker_tell_up(w);
}

static void on_disconnect(struct mosquitto *mosq, void *user, int reason,
                          const mosquitto_property *props)
{
    struct worker *w = user;

    (void)mosq;
    (void)props;
    if (reason >= 0x80)
        w->lost = reason;
}

static void on_subscribe(struct mosquitto *mosq, void *user, int mid, int n, const int *granted,
                         const mosquitto_property *props)
{
    struct worker *w = user;
    char words[ERR_TEXT_BYTES];
    int refused = 0;

    (void)mosq;
    (void)mid;
    (void)props;
    for (int i = 0; i < n; i++)
        refused += granted[i] >= 0x80;
    if (refused == 0)
        return;
    snprintf(words, sizeof(words),
             "home broker %.100s:%d: %d state topics may not be read; allow them in its ACL",
             w->link->host, w->link->port, refused);
    mqtt_link_tell(w->link, true, -EACCES, words);
}

static void worker_done(struct worker *w, struct mqtt_item *i, int code)
{
    must(i->kind == ITEM_PUBLISH && code <= 0);
    i->kind = ITEM_DONE;
    i->code = code;
    mqtt_link_to_main(w->link, i);
}

static void on_publish(struct mosquitto *mosq, void *user, int mid, int reason,
                       const mosquitto_property *props)
{
    struct worker *w = user;
    struct mqtt_queue others = { NULL, NULL, 0 };
    struct mqtt_item *i;

    (void)mosq;
    (void)props;
    while ((i = mqtt_queue_take(&w->waiting))) {
        if (i->mid == mid)
            worker_done(w, i, reason >= 0x80 ? -EACCES : 0);
        else
            mqtt_queue_put(&others, i);
    }
    w->waiting = others;
}

static void on_message(struct mosquitto *mosq, void *user, const struct mosquitto_message *m,
                       const mosquitto_property *props)
{
    struct worker *w = user;
    const size_t len = m->payloadlen > 0 ? (size_t)m->payloadlen : 0;
    struct mqtt_message *copy = NULL;

    (void)mosq;
    (void)props;
    if (mqtt_echo_take(&w->echo, m->topic, m->payload, len, clock_now_ms()))
        return;
    if (len <= MQTT_PAYLOAD_BYTES_MAX)
        copy = mqtt_message_new(m->topic, m->payload, len);
    mqtt_link_message(w->link, copy, m->topic, len);
}

static void on_log(struct mosquitto *mosq, void *user, int level, const char *text)
{
    struct worker *w = user;

    (void)mosq;
    if (level == MOSQ_LOG_ERR)
        str_copy(w->detail, sizeof(w->detail), text);
}

/* ---- requests of the main loop ---------------------------------------------------------- */

static int topic_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Leaves topics that are no longer wanted and asks for all that are. */
static void worker_listen(struct worker *w, struct mqtt_item *i)
{
    char **before = w->topics;
    size_t before_n = w->topics_n;

    w->topics = STEAL(i->topics);
    w->topics_n = i->topics_n;
    i->topics_n = 0;
    mqtt_item_free(i);
    for (size_t k = 0; w->is_up && k < before_n; k++)
        if (!bsearch(&before[k], w->topics, w->topics_n, sizeof(*before), topic_compare))
            mosquitto_unsubscribe(w->mosq, NULL, before[k]);
    if (w->is_up)
        worker_subscribe(w);
    mqtt_topics_free(before, before_n);
}

/* Nobody has this topic: the broker answers and does nothing. */
static void worker_knock(struct worker *w)
{
    if (w->knocked_ms != 0)
        return;
    w->knocked_ms = clock_now_ms();
    mosquitto_unsubscribe(w->mosq, NULL, w->link->knock_topic);
}

/* Silent for a while, it may be gone without a word. */
static bool worker_is_fresh(const struct worker *w)
{
    return clock_now_ms() - w->heard_ms < MQTT_FRESH_MS;
}

static void worker_await_echo(struct worker *w, const struct mqtt_item *i)
{
    if (w->protocol != MQTT_PROTOCOL_V5 && w->topics_n > 0 &&
        bsearch(&i->topic, w->topics, w->topics_n, sizeof(*w->topics), topic_compare))
        mqtt_echo_sent(&w->echo, i->topic, i->payload, i->len, clock_now_ms());
}

static void worker_publish(struct worker *w, struct mqtt_item *i)
{
    int rc = MOSQ_ERR_NO_CONN;

    must(i->kind == ITEM_PUBLISH);
    if (w->is_up && !worker_is_fresh(w)) {
        mqtt_queue_put(&w->held, i);
        worker_knock(w);
        return;
    }
    if (w->is_up)
        rc = mosquitto_publish(w->mosq, &i->mid, i->topic, (int)i->len, i->payload, 1, false);
    if (rc == MOSQ_ERR_SUCCESS) {
        worker_await_echo(w, i);
        mqtt_queue_put(&w->waiting, i);
    } else {
        worker_done(w, i, rc == MOSQ_ERR_NOMEM ? -ENOBUFS : -ENOTCONN);
    }
}

static void worker_give_up(struct worker *w, struct mqtt_item *i)
{
    must(i->kind == ITEM_GIVE_UP);
    mqtt_item_free(i);
    w->is_given_up = w->is_up; /* of a link that is down nothing is left to give up */
}

/* The broker said something: what was held may go. */
static void worker_heard(struct worker *w)
{
    struct mqtt_item *i;

    w->heard_ms = clock_now_ms();
    w->knocked_ms = 0;
    while (w->is_up && (i = mqtt_queue_take(&w->held)))
        worker_publish(w, i);
}

static void worker_take_requests(struct worker *w)
{
    struct mqtt_item *i;
    eventfd_t count;

    (void)eventfd_read(w->link->thread_fd, &count);
    while ((i = mqtt_link_take(w->link, &w->link->to_thread))) {
        if (i->kind == ITEM_LISTEN)
            worker_listen(w, i);
        else if (i->kind == ITEM_PUBLISH)
            worker_publish(w, i);
        else
            worker_give_up(w, i);
    }
}

/* ---- one attempt ------------------------------------------------------------------------ */

static int worker_secure(struct worker *w)
{
    const struct mqtt_link *l = w->link;
    int rc = MOSQ_ERR_SUCCESS;

    if (l->user[0] != '\0')
        rc = mosquitto_username_pw_set(w->mosq, l->user, l->password);
    if (rc == MOSQ_ERR_SUCCESS && l->ca_file[0] != '\0') {
        rc = mosquitto_tls_set(w->mosq, l->ca_file, NULL, NULL, NULL, NULL);
        if (rc != MOSQ_ERR_SUCCESS) {
            worker_tell(w, -ENOENT, "mqtt.ca_file: %.200s cannot be read", l->ca_file);
            return rc;
        }
    }
    if (rc != MOSQ_ERR_SUCCESS)
        worker_tell(w, -ENOMEM, "%s", mosquitto_strerror(rc));
    return rc;
}

static int worker_open(struct worker *w)
{
    must(!w->mosq && w->waiting.n == 0 && w->held.n == 0); /* the attempt before was closed */
    w->mosq = mosquitto_new(w->client_id, true, w);
    if (!w->mosq) {
        worker_tell(w, -errno, "%s", err_words(errno));
        return MOSQ_ERR_NOMEM;
    }
    w->refused = REFUSED_NONE;
    w->lost = 0;
    w->knocked_ms = 0;
    w->echo.n = 0;
    w->is_given_up = w->is_lying = false;
    w->is_broken = true;
    w->detail[0] = '\0';
    mosquitto_int_option(w->mosq, MOSQ_OPT_PROTOCOL_VERSION, w->protocol);
    /* without it libmosquitto drops the link after 20 messages of QoS 2 on a resumed session */
    mosquitto_int_option(w->mosq, MOSQ_OPT_RECEIVE_MAXIMUM, 65535);
    mosquitto_int_option(w->mosq, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_v5_callback_set(w->mosq, on_connect);
    mosquitto_disconnect_v5_callback_set(w->mosq, on_disconnect);
    mosquitto_subscribe_v5_callback_set(w->mosq, on_subscribe);
    mosquitto_publish_v5_callback_set(w->mosq, on_publish);
    mosquitto_message_v5_callback_set(w->mosq, on_message);
    mosquitto_log_callback_set(w->mosq, on_log);
    mosquitto_will_set(w->mosq, w->link->status_topic, 7, "offline", 1, true);
    return worker_secure(w);
}

static int worker_insert(struct worker *w)
{
    struct err e = ERR_INIT;
    const int r = mqtt_relay_open(&w->relay, mosquitto_socket(w->mosq), &e);

    if (r < 0)
        worker_tell(w, r, "%s", err_text(&e));
    return r < 0 ? MOSQ_ERR_ERRNO : MOSQ_ERR_SUCCESS;
}

static int worker_connect(struct worker *w)
{
    mosquitto_property *props = NULL;
    int rc, error;

    if (w->protocol == MQTT_PROTOCOL_V5 &&
        mosquitto_property_add_int32(&props, MQTT_PROP_MAXIMUM_PACKET_SIZE,
                                     MQTT_PACKET_BYTES_MAX) != MOSQ_ERR_SUCCESS) {
        worker_tell(w, -ENOMEM, "out of memory");
        return MOSQ_ERR_NOMEM;
    }
    errno = 0;
    rc = mosquitto_connect_bind_v5(w->mosq, w->link->host, w->link->port, KEEPALIVE_S, NULL, props);
    error = errno;
    mosquitto_property_free_all(&props);
    if (rc != MOSQ_ERR_SUCCESS) {
        w->protocol = MQTT_PROTOCOL_V5;
        worker_tell_rc(w, rc, error);
        return rc;
    }
    return w->link->ca_file[0] != '\0' ? MOSQ_ERR_SUCCESS : worker_insert(w);
}

/* Does it still live? A half-open link is noticed by its silence, or by who waits in vain. */
static int worker_watch(struct worker *w)
{
    const int64_t silent = clock_now_ms() - w->heard_ms;

    if (!w->is_up)
        return MOSQ_ERR_SUCCESS;
    must(w->heard_ms != 0);
    if (w->is_given_up || silent > MQTT_SILENT_MS)
        return MOSQ_ERR_KEEPALIVE;
    if (silent > MQTT_KNOCK_MS)
        worker_knock(w);
    if (w->short_lives > 0 && clock_now_ms() - w->up_ms > HEALTHY_MS) {
        const bool was_told = worker_is_thrown_off(w);

        w->short_lives = 0;
        if (was_told)
            worker_tell_up(w);
    }
    return MOSQ_ERR_SUCCESS;
}

/* The socket to the broker, whoever holds it. */
static int worker_socket(struct worker *w)
{
    return mqtt_relay_is_open(&w->relay) ? w->relay.tcp : mosquitto_socket(w->mosq);
}

/* The broker gathers small packets until the one before is acknowledged (Nagle), and our kernel
 * would take 40 ms for that: the confirmation of a second command would come that late. Linux
 * forgets this option after a while, so it is set after each read. */
static void worker_acknowledge(struct worker *w)
{
    const int on = 1;

    (void)setsockopt(worker_socket(w), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

/* What passed between broker and libmosquitto; a libmosquitto code. */
static int worker_pump(struct worker *w)
{
    const int r = mqtt_relay_pump(&w->relay, MQTT_PACKET_BYTES_MAX);

    if (r == -EMSGSIZE || r == -EPROTO) {
        w->is_lying = true;
        return MOSQ_ERR_OVERSIZE_PACKET;
    }
    if (r > 0) {
        worker_acknowledge(w);
        worker_heard(w);
    }
    return MOSQ_ERR_SUCCESS;
}

/* What libmosquitto can do now. */
static int worker_turn(struct worker *w)
{
    struct pollfd fd = { .fd = mosquitto_socket(w->mosq), .events = POLLIN };
    int rc = MOSQ_ERR_SUCCESS;

    if (mosquitto_want_write(w->mosq))
        fd.events |= POLLOUT;
    if (poll(&fd, 1, 0) <= 0)
        return MOSQ_ERR_SUCCESS;
    if (fd.revents & POLLOUT)
        rc = mosquitto_loop_write(w->mosq, 1);
    if (rc != MOSQ_ERR_SUCCESS || !(fd.revents & (POLLIN | POLLERR | POLLHUP)))
        return rc;
    rc = mosquitto_loop_read(w->mosq, 1);
    if (rc == MOSQ_ERR_SUCCESS && !mqtt_relay_is_open(&w->relay)) {
        worker_acknowledge(w);
        worker_heard(w);
    }
    return rc;
}

/* One round of the poll loop; a libmosquitto code, 0 while the link holds. */
static int worker_round(struct worker *w)
{
    struct pollfd fds[4] = {
        { .fd = mosquitto_socket(w->mosq), .events = POLLIN },
        { .fd = w->link->thread_fd, .events = POLLIN },
    };
    int rc;

    if (mosquitto_want_write(w->mosq))
        fds[0].events |= POLLOUT;
    mqtt_relay_poll(&w->relay, fds + 2);
    if (poll(fds, 4, TICK_MS) < 0 && errno != EINTR)
        return MOSQ_ERR_ERRNO;
    rc = worker_pump(w);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = worker_turn(w);
    if (rc == MOSQ_ERR_SUCCESS && w->is_accepted && !w->is_up)
        worker_greet(w);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_loop_misc(w->mosq);
    if (rc == MOSQ_ERR_SUCCESS && fds[1].revents)
        worker_take_requests(w);
    if (rc == MOSQ_ERR_SUCCESS)
        rc = worker_pump(w); /* what was asked leaves at once */
    return rc == MOSQ_ERR_SUCCESS ? worker_watch(w) : rc;
}

static void worker_goodbye(struct worker *w)
{
    mosquitto_publish(w->mosq, NULL, w->link->status_topic, 7, "offline", 1, true);
    for (int i = 0; i < GOODBYE_TRIES && mosquitto_want_write(w->mosq); i++) {
        struct pollfd fd = { .fd = mosquitto_socket(w->mosq), .events = POLLOUT };

        if (poll(&fd, 1, MQTT_CLOSE_MS / 2 / GOODBYE_TRIES) > 0 &&
            mosquitto_loop_write(w->mosq, 1) != MOSQ_ERR_SUCCESS)
            return;
        (void)worker_pump(w);
    }
    (void)worker_pump(w);
    mosquitto_disconnect(w->mosq);
    (void)mqtt_relay_pump(&w->relay, MQTT_PACKET_BYTES_MAX);
    w->is_broken = false;
}

static uint32_t random_bits(void)
{
    uint32_t bits = 0;

    if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
        bits = (uint32_t)clock_now_ms(); /* early at boot: any spread will do */
    return bits;
}

/* Another box has the same id, a copied card perhaps: ours gets another end. */
static void worker_rename(struct worker *w)
{
    snprintf(w->client_id, sizeof(w->client_id), "%.60s-%04x", w->link->client_id,
             (unsigned)(random_bits() & 0xffff));
}

/* A link that was up and broke at once, without an error of the network. */
static void worker_count_life(struct worker *w, int rc)
{
    if (!w->is_up)
        return;
    if (w->lost == MQTT_RC_SESSION_TAKEN_OVER)
        w->short_lives = SHORT_LIVES_MAX;
    else if (rc == MOSQ_ERR_CONN_LOST && clock_now_ms() - w->up_ms < HEALTHY_MS)
        w->short_lives++;
    else
        w->short_lives = 0;
    if (worker_is_thrown_off(w) && w->link->may_rename)
        worker_rename(w);
}

/* Says why the link ended, and chooses the protocol of the next attempt. */
static void worker_explain(struct worker *w, int rc, int error)
{
    const int protocol = w->protocol;

    w->protocol = MQTT_PROTOCOL_V5;
    if (w->relay.error != 0) { /* libmosquitto saw no more than an end */
        rc = MOSQ_ERR_ERRNO;
        error = w->relay.error;
    }
    worker_count_life(w, rc);
    if (w->is_lying && w->is_up) {
        worker_tell_rc(w, rc, error);
    } else if (protocol == MQTT_PROTOCOL_V5 && !w->is_up && rc != MOSQ_ERR_TLS &&
               (w->refused == REFUSED_NONE || w->refused == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION)) {
        w->protocol = MQTT_PROTOCOL_V311; /* old brokers refuse MQTT 5, or just hang up */
    } else if (w->refused != REFUSED_NONE) {
        worker_tell_refused(w);
    } else if (w->lost != 0) {
        w->refused = w->lost;
        worker_tell_refused(w);
    } else if (worker_is_thrown_off(w)) {
        worker_tell(w, -EADDRINUSE, "the link breaks again and again: is it that %s?", thrown_off);
    } else if (!w->is_up && rc != MOSQ_ERR_TLS) {
        worker_tell(w, -EPROTO, "it hung up without an answer; is that an MQTT port%s?",
                    w->link->ca_file[0] != '\0' ? "" : ", or does it want TLS (mqtt.ca_file)");
    } else {
        worker_tell_rc(w, rc, error);
    }
}

/* Until the link is lost, given up or to be left. */
static void worker_serve(struct worker *w)
{
    const int64_t until = clock_now_ms() + w->link->answer_ms;
    int rc = MOSQ_ERR_SUCCESS;

    while (rc == MOSQ_ERR_SUCCESS) {
        if (mqtt_link_is_stopped(w->link)) {
            if (w->is_up)
                worker_goodbye(w);
            return;
        }
        if (!w->is_up && clock_now_ms() > until) {
            worker_tell(w, -ETIMEDOUT,
                        "it accepts connections but does not answer; is that an "
                        "MQTT port? restart the broker");
            return;
        }
        errno = 0;
        rc = worker_round(w);
    }
    worker_explain(w, rc, errno);
}

/* Whatever has not left dies with the socket: a command is not carried out minutes later. */
static void worker_reset(struct worker *w)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    const int fd = worker_socket(w);

    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void worker_close(struct worker *w)
{
    struct mqtt_item *i;

    w->is_up = w->is_accepted = false;
    if (w->mosq && w->is_broken)
        worker_reset(w);
    if (w->mosq)
        mosquitto_destroy(w->mosq);
    w->mosq = NULL;
    mqtt_relay_close(&w->relay);
    while ((i = mqtt_queue_take(&w->waiting)))
        worker_done(w, i, -ETIMEDOUT); /* it left: nobody knows */
    while ((i = mqtt_queue_take(&w->held)))
        worker_done(w, i, -ENOTCONN);
    worker_take_requests(w);
}

/* Waits, answering requests; returns early when the end is wanted. */
static void worker_pause(struct worker *w, unsigned ms)
{
    const int64_t until = clock_now_ms() + ms;
    int64_t left;

    while ((left = until - clock_now_ms()) > 0 && !mqtt_link_is_stopped(w->link)) {
        struct pollfd fd = { .fd = w->link->thread_fd, .events = POLLIN };

        if (poll(&fd, 1, (int)left) > 0)
            worker_take_requests(w);
    }
}

void *mqtt_thread(void *link)
{
    struct worker w = { .link = link, .protocol = MQTT_PROTOCOL_V5 };
    unsigned failures = 0;

    str_copy(w.client_id, sizeof(w.client_id), w.link->client_id);
    mqtt_relay_init(&w.relay);
    while (!mqtt_link_is_stopped(w.link)) {
        const int protocol = w.protocol;

        w.up_ms = 0;
        if (worker_open(&w) == MOSQ_ERR_SUCCESS && worker_connect(&w) == MOSQ_ERR_SUCCESS)
            worker_serve(&w);
        if (w.up_ms != 0 && clock_now_ms() - w.up_ms > HEALTHY_MS)
            failures = 0;
        worker_close(&w);
        if (w.protocol != protocol && w.protocol == MQTT_PROTOCOL_V311)
            continue; /* the other protocol at once */
        worker_pause(&w, mqtt_pause_ms(failures++, w.link->retry_ms, random_bits()));
    }
    mqtt_topics_free(w.topics, w.topics_n);
    pthread_mutex_lock(&w.link->lock);
    w.link->stats.is_up = false;
    pthread_mutex_unlock(&w.link->lock);
    mqtt_link_unref(w.link);
    return NULL;
}
