/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_home.c - devices behind an MQTT broker: the row of home/links.c that knows topics.
 *
 *     report topics -> payload_parse() -> host.report()
 *     send()        -> mqtt_command()  -> mqtt_publish() ... confirmed -> host.done()
 *
 * Devices by topic are one sorted index, so that a message costs the same in a large house. */
#include "base/file.h"
#include "base/hash.h"
#include "base/must.h"
#include "home/mqtt.h"
#include "home/mqtt_payload.h"
#include "home/presets.h"

#include <string.h>
#include <unistd.h>

enum { MACHINE_ID_BYTES_MAX = 256 };

/* One thing that a topic tells about one device. */
struct heard {
    const char *topic; /* borrowed from the device, as the others */
    const struct device *device;
    const struct mqtt_report *report;
};

struct link {
    struct link_host host;
    struct mqtt *mqtt;   /* owned */
    char client_id[SETTING_TEXT + 16]; /* that of the first connect: another box may have it too */
    struct heard *heard; /* owned; sorted by topic, then by device */
    size_t heard_n;
    uint64_t rejected; /* values that said nothing usable */
    char rejected_words[ERR_TEXT_BYTES];
};

/* ---- what is heard ---------------------------------------------------------------------- */

static int heard_compare(const void *a, const void *b)
{
    const struct heard *x = a, *y = b;
    const int order = strcmp(x->topic, y->topic);

    if (order != 0)
        return order;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return x->report < y->report ? -1 : x->report > y->report; /* the usual place first */
}

/* First of a topic and how many follow; 0: nobody listens to it. */
static size_t heard_find(size_t *ret, const struct link *l, const char *topic)
{
    size_t low = 0, high = l->heard_n, n = 0;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (strcmp(l->heard[mid].topic, topic) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    while (low + n < l->heard_n && strcmp(l->heard[low + n].topic, topic) == 0)
        n++;
    *ret = low;
    return n;
}

static void take_report(struct link *l, const struct payload_form *form, const void *payload,
                        size_t len)
{
    struct device_state state = *l->host.state(form->device, l->host.user);
    struct err e = ERR_INIT;
    const int r = payload_parse(&state, form, payload, len, &e);

    must(r <= 1 && (r < 0 || !state.stale));

    if (r == -ENOENT)
        return;
    if (r != 0) {
        l->rejected++;
        snprintf(l->rejected_words, sizeof(l->rejected_words), "%.64s: %.300s", form->device->id,
                 err_text(&e));
    }
    if (r >= 0)
        l->host.report(form->device, &state, l->host.user);
}

static void on_message(const char *topic, const void *payload, size_t len, void *user)
{
    struct link *l = user;
    size_t first = 0, n = heard_find(&first, l, topic), i = 0;

    while (i < n) { /* rows of one device stand together */
        const struct device *d = l->heard[first + i].device;
        struct payload_form form = { .device = d };

        for (; i < n && l->heard[first + i].device == d && form.n < MQTT_REPORTS_MAX; i++)
            form.report[form.n++] = l->heard[first + i].report;
        take_report(l, &form, payload, len);
    }
}

static void on_link(int code, const char *words, void *user)
{
    struct link *l = user;

    l->host.changed(&link_mqtt, code, words, l->host.user);
}

static void on_done(uint64_t token, int code, void *user)
{
    struct link *l = user;

    l->host.done(token, code, l->host.user);
}

/* ---- life ------------------------------------------------------------------------------- */

static struct link *mqtt_link_close(struct link *l)
{
    if (!l)
        return NULL;
    mqtt_free(l->mqtt);
    free(l->heard);
    free(l);
    return NULL;
}

/* One for each box: of the machine's id (hashed, as it is nobody's business) and of our folder, as two
 * daemons may run on one machine. */
static void make_client_id(char *out, size_t size, const struct link_deps *deps)
{
    AUTO_FREE char *machine = NULL;
    char host[64] = "";
    size_t len = 0;
    uint64_t h = HASH_START;

    if (deps->settings->mqtt_client_id[0] != '\0') {
        str_copy(out, size, deps->settings->mqtt_client_id);
        return;
    }
    if (file_read(&machine, &len, "/etc/machine-id", MACHINE_ID_BYTES_MAX, NULL) >= 0)
        h = hash_bytes(h, machine, len);
    else if (gethostname(host, sizeof(host) - 1) == 0)
        h = hash_text(h, host);
    h = hash_text(h, deps->paths->etc);
    snprintf(out, size, "jarvis-%08x", (unsigned)((h ^ h >> 32) & 0xffffffffu));
}

static int mqtt_link_open(struct link **ret, const struct link_deps *deps, struct err *e)
{
    const struct settings *s = deps->settings;
    struct link *l;
    struct mqtt_opts o = {
        .host = s->mqtt_host,
        .port = (int)s->mqtt_port,
        .username = s->mqtt_user,
        .password = s->mqtt_password,
        .may_rename = s->mqtt_client_id[0] == '\0',
        .ca_file = s->mqtt_ca_file,
        .on_link = on_link,
        .on_message = on_message,
        .on_done = on_done,
    };
    int r;

    if (!s->mqtt_enabled)
        return 0;
    l = calloc(1, sizeof(*l));
    if (!l)
        return err_set(e, -ENOMEM, "home: out of memory");
    make_client_id(l->client_id, sizeof(l->client_id), deps);
    l->host = deps->host;
    o.client_id = l->client_id;
    o.user = l;
    r = mqtt_new(&l->mqtt, deps->loop, &o, e);
    if (r < 0) {
        mqtt_link_close(l);
        return r;
    }
    *ret = l;
    return 0;
}

static int index_devices(struct link *l, const struct devices *all, struct err *e)
{
    struct heard *list = calloc(all->n * MQTT_REPORTS_MAX + 1, sizeof(*list));
    size_t n = 0;

    free(l->heard); /* it borrows from devices that are gone */
    l->heard = NULL;
    l->heard_n = 0;
    if (!list)
        return err_set(e, -ENOMEM, "home: out of memory");
    for (size_t i = 0; i < all->n; i++) {
        const struct device *d = &all->list[i];
        const struct mqtt_device *m = d->link == &link_mqtt ? mqtt_device_of(d) : NULL;

        for (size_t k = 0; m && k < m->reports_n; k++)
            list[n++] = (struct heard){ m->reports[k].topic, d, &m->reports[k] };
    }
    qsort(list, n, sizeof(*list), heard_compare);
    must(n <= all->n * MQTT_REPORTS_MAX);
    for (size_t i = 1; i < n; i++)
        invariant(heard_compare(&list[i - 1], &list[i]) < 0);
    l->heard = list;
    l->heard_n = n;
    return 0;
}

/* Subscribes to every state topic once. */
static int mqtt_link_listen(struct link *l, const struct devices *all, struct err *e)
{
    AUTO_FREE const char **topics = NULL;
    size_t n = 0;
    int r = index_devices(l, all, e);

    if (r < 0)
        return r;
    topics = calloc(l->heard_n + 1, sizeof(char *));
    if (!topics)
        return err_set(e, -ENOMEM, "home: out of memory");
    for (size_t i = 0; i < l->heard_n; i++)
        if (n == 0 || strcmp(topics[n - 1], l->heard[i].topic) != 0)
            topics[n++] = l->heard[i].topic;
    must(n <= l->heard_n);
    return mqtt_listen(l->mqtt, topics, n, e);
}

/* ---- commands --------------------------------------------------------------------------- */

static bool mqtt_link_is_up(const struct link *l)
{
    return mqtt_is_up(l->mqtt);
}

static int mqtt_link_describe(struct str *out, cJSON **ret_detail, const struct act_step *step,
                              struct err *e)
{
    const char *topic = NULL;
    AUTO_FREE char *payload = NULL;
    AUTO_JSON *j = cJSON_CreateObject();
    int r = mqtt_command(&topic, &payload, step, e);

    if (r < 0)
        return r;
    str_addf(out, "%s %s", topic, payload);
    if (out->failed || !j || !cJSON_AddStringToObject(j, "topic", topic) ||
        !cJSON_AddStringToObject(j, "payload", payload))
        return err_set(e, -ENOMEM, "home: out of memory");
    *ret_detail = STEAL(j);
    return 0;
}

static int mqtt_link_send(struct link *l, uint64_t token, const struct act_step *step,
                          struct err *e)
{
    const char *topic = NULL;
    AUTO_FREE char *payload = NULL;
    int r = mqtt_command(&topic, &payload, step, e);

    return r < 0 ? r : mqtt_publish(l->mqtt, token, topic, payload, e);
}

static int mqtt_link_ask(struct link *l, const struct device *d, struct err *e)
{
    const struct mqtt_device *m = mqtt_device_of(d);

    must(d->link == &link_mqtt);
    if (!m->field[FIELD_ASK_TOPIC])
        return -EOPNOTSUPP;
    return mqtt_publish(l->mqtt, 0, m->field[FIELD_ASK_TOPIC],
                        m->field[FIELD_ASK_PAYLOAD] ? m->field[FIELD_ASK_PAYLOAD] : "", e);
}

static void mqtt_link_give_up(struct link *l)
{
    mqtt_give_up(l->mqtt);
}

static bool mqtt_link_status(const struct link *l, const struct settings *s, cJSON *to)
{
    struct mqtt_stats stats = { .is_up = false };
    char broker[SETTING_TEXT + 16];
    const uint64_t rejected = l ? l->rejected : 0;

    if (l)
        mqtt_stats(l->mqtt, &stats);
    snprintf(broker, sizeof(broker), "%s:%lld", s->mqtt_host, (long long)s->mqtt_port);
    return cJSON_AddBoolToObject(to, "connected", stats.is_up) &&
           cJSON_AddBoolToObject(to, "enabled", s->mqtt_enabled) &&
           cJSON_AddStringToObject(to, "broker", broker) &&
           cJSON_AddStringToObject(to, "client_id", l ? l->client_id : "") &&
           cJSON_AddNumberToObject(to, "published", (double)stats.published) &&
           cJSON_AddNumberToObject(to, "received", (double)stats.received) &&
           cJSON_AddNumberToObject(to, "dropped", (double)stats.dropped) &&
           cJSON_AddNumberToObject(to, "replaced", (double)stats.replaced) &&
           cJSON_AddNumberToObject(to, "rejected", (double)rejected) &&
           (rejected == 0 || cJSON_AddStringToObject(to, "last_rejected", l->rejected_words));
}

static const char *mqtt_link_words(int code)
{
    static const struct {
        int code;
        const char *words;
    } rows[] = {
        { -ENOTCONN, "the home broker cannot be reached" },
        { -ETIMEDOUT, "the home broker did not confirm it: I do not know whether it was done" },
        { -EACCES, "the home broker refused the command; allow it in its ACL" },
        { -ENOBUFS, "the home broker is too slow: too many commands wait for it" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].code == code)
            return rows[i].words;
    return NULL;
}

const struct link_type link_mqtt = {
    .name = "mqtt",
    .vias = preset_vias,
    .is_default = true,
    .device_read = mqtt_device_read,
    .device_done = mqtt_device_done,
    .open = mqtt_link_open,
    .close = mqtt_link_close,
    .listen = mqtt_link_listen,
    .is_up = mqtt_link_is_up,
    .describe = mqtt_link_describe,
    .detail_key = "publishes",
    .send = mqtt_link_send,
    .ask_state = mqtt_link_ask,
    .give_up = mqtt_link_give_up,
    .status = mqtt_link_status,
    .words = mqtt_link_words,
};
