/* SPDX-License-Identifier: Apache-2.0 */
/* home/home.c - the devices of the house and how to reach them: bus on one side, broker on
 * the other.
 *
 *     MSG_ACT -> action_plan() -> mqtt_publish() ... confirmed by the broker -> MSG_ACTED
 *     state topic -> payload_parse() -> states[] -> MSG_DEVICE
 *
 * A command is answered when the broker has all of its messages, or after ACT_MS. It is never
 * kept for later: without a broker the answer is -ENOTCONN at once. */
#include "home/home.h"

#include "home/action.h"
#include "home/mqtt.h"
#include "home/payload.h"

#include <string.h>

enum {
    ACT_MS = 2000,       /* the broker must have confirmed by then */
    PENDING_MAX = 16,    /* commands under way */
    COMPLAINTS_MAX = 20, /* told one by one; the rest is counted */
};

struct pending {              /* a command that the broker has not confirmed yet */
    struct home *home;        /* borrowed */
    uint64_t token;           /* of all its messages */
    size_t left;              /* messages to be confirmed */
    int code;                 /* first failure */
    struct msg *acted;        /* owned; the answer */
    struct loop_timer *timer; /* owned */
};

struct home {
    struct home_deps deps;
    struct devices *devices;              /* owned; NULL: none could be loaded */
    struct device_state *states;          /* owned; one for each device */
    bool is_dry;                          /* mqtt.enabled is false: show what would be sent */
    struct mqtt *mqtt;                    /* owned; NULL: dry, or the settings are not usable */
    struct pending *pending[PENDING_MAX]; /* owned */
    uint64_t serial;                      /* last token */
    uint64_t rejected;                    /* payloads that said nothing usable */
    char rejected_words[ERR_TEXT_BYTES];
    size_t complaints; /* about devices.yaml, this time */
    bool has_fault;    /* devices.yaml is told as faulty */
    char first_complaint[ERR_TEXT_BYTES];
};

static const struct devices no_devices;

static const struct devices *registry(const struct home *h)
{
    return h->devices ? h->devices : &no_devices;
}

/* ---- JSON ------------------------------------------------------------------------------- */

static bool add_strings(cJSON *to, const char *key, char *const *texts, size_t n)
{
    cJSON *list = cJSON_AddArrayToObject(to, key);

    for (size_t i = 0; list && i < n; i++) {
        cJSON *item = cJSON_CreateString(texts[i]);

        if (!json_push(list, item))
            return false;
    }
    return list;
}

/* {id, name, area, kind, state}; NULL when out of memory. */
static cJSON *device_json(const struct home *h, const struct device *d)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_JSON *state = state_json(&h->states[d - h->devices->list], d);

    if (!j || !state || !cJSON_AddStringToObject(j, "id", d->id) ||
        !cJSON_AddStringToObject(j, "name", d->name) ||
        !cJSON_AddStringToObject(j, "area", d->area) ||
        !cJSON_AddStringToObject(j, "kind", device_kind_name(d->kind)) ||
        !cJSON_AddItemToObject(j, "state", state))
        return NULL;
    state = NULL;
    return STEAL(j);
}

static void tell_devices(struct home *h)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_DEVICES, 0);
    const struct devices *all = registry(h);
    bool whole = m && (m->json = cJSON_CreateArray());

    for (size_t i = 0; whole && i < all->n; i++) {
        const struct device *d = &all->list[i];
        AUTO_JSON *j = device_json(h, d);

        whole =
            j && add_strings(j, "aliases", d->aliases, d->aliases_n) && json_push(m->json, STEAL(j));
    }
    bus_post(h->deps.bus, whole ? STEAL(m) : NULL);
}

static void tell_device(struct home *h, const struct device *d)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_DEVICE, 0);

    if (m)
        m->json = device_json(h, d);
    bus_post(h->deps.bus, m && m->json ? STEAL(m) : NULL);
}

/* ---- states ----------------------------------------------------------------------------- */

static void take_report(struct home *h, const struct payload_form *form, const void *payload,
                        size_t len)
{
    struct device_state *state = &h->states[form->device - h->devices->list];
    struct device_state before = *state;
    struct err e = ERR_INIT;
    int r = payload_parse(state, form, payload, len, &e);

    if (r == -ENOENT)
        return;
    if (r < 0) {
        h->rejected++;
        err_wrap(&e, r, "%s", form->device->id);
        str_copy(h->rejected_words, sizeof(h->rejected_words), err_text(&e));
        return;
    }
    if (!state_is_same(&before, state))
        tell_device(h, form->device);
}

static void on_message(const char *topic, const void *payload, size_t len, void *user)
{
    struct home *h = user;
    const struct device_report *rows = NULL;
    size_t n = devices_reports(&rows, registry(h), topic), i = 0;

    while (i < n) { /* rows of one device stand together */
        struct payload_form form = { .device = &h->devices->list[rows[i].device] };
        const size_t device = rows[i].device;

        while (i < n && rows[i].device == device && form.n < PROP_N)
            form.prop[form.n++] = rows[i++].prop;
        take_report(h, &form, payload, len);
    }
}

static void on_link(int code, const char *words, void *user)
{
    struct home *h = user;

    bus_post_fault(h->deps.bus, "mqtt", code, words);
}

/* ---- commands --------------------------------------------------------------------------- */

static struct pending *pending_free(struct pending *p)
{
    if (!p)
        return NULL;
    loop_timer_free(p->timer);
    msg_free(p->acted);
    free(p);
    return NULL;
}
AUTO_DEFINE(struct pending *, pending_free)

static const char *act_words(int code)
{
    static const struct {
        int code;
        const char *words;
    } rows[] = {
        { -ENOTCONN, "the home broker cannot be reached" },
        { -ETIMEDOUT, "the home broker did not confirm the command in time" },
        { -EACCES, "the home broker refused the command; allow it in its ACL" },
        { -EBUSY, "too many commands at once; try again in a moment" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].code == code)
            return rows[i].words;
    return strerror(-code);
}

/* Posts the answer; `words` NULL: those of the code. Takes ownership of `acted`. */
static void act_answer(struct home *h, struct msg *acted, int code, const char *words)
{
    acted->code = code;
    if (code < 0) {
        acted->text = str_dup(words ? words : act_words(code));
        if (!acted->text)
            acted = msg_free(acted);
    }
    bus_post(h->deps.bus, acted);
}

static void pending_end(struct pending *p, int code)
{
    struct home *h = p->home;

    for (size_t i = 0; i < PENDING_MAX; i++)
        if (h->pending[i] == p)
            h->pending[i] = NULL;
    act_answer(h, STEAL(p->acted), code, NULL);
    pending_free(p);
}

static void on_deadline(void *user)
{
    pending_end(user, -ETIMEDOUT);
}

static void on_done(uint64_t token, int code, void *user)
{
    struct home *h = user;

    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct pending *p = h->pending[i];

        if (!p || p->token != token)
            continue;
        if (code < 0 && p->code == 0)
            p->code = code;
        if (--p->left == 0)
            pending_end(p, p->code);
        return;
    }
}

static bool add_publish(cJSON *list, const struct action_step *s, bool sent)
{
    AUTO_JSON *j = cJSON_CreateObject();

    return j && cJSON_AddStringToObject(j, "topic", s->topic) &&
           cJSON_AddStringToObject(j, "payload", s->payload) &&
           cJSON_AddBoolToObject(j, "sent", sent) && json_push(list, STEAL(j));
}

/* {devices, publishes}; false when out of memory. */
static bool act_json(struct home *h, struct msg *acted, const struct action *a, bool sent)
{
    cJSON *devices, *publishes;

    acted->json = cJSON_CreateObject();
    devices = cJSON_AddArrayToObject(acted->json, "devices");
    publishes = cJSON_AddArrayToObject(acted->json, "publishes");
    if (!devices || !publishes)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct action_step *s = &a->steps[i];

        if ((i == 0 || a->steps[i - 1].device != s->device) &&
            !json_push(devices, device_json(h, s->device)))
            return false;
        if (s->topic && !add_publish(publishes, s, sent))
            return false;
    }
    return true;
}

static int pending_new(struct pending **ret, struct home *h, struct err *e)
{
    AUTO(pending_freep) struct pending *p = NULL;
    size_t slot = 0;
    int r;

    while (slot < PENDING_MAX && h->pending[slot])
        slot++;
    if (slot == PENDING_MAX)
        return err_set(e, -EBUSY, "%s", act_words(-EBUSY));
    p = calloc(1, sizeof(*p));
    if (!p)
        return err_set(e, -ENOMEM, "home: out of memory");
    p->home = h;
    p->token = ++h->serial;
    r = loop_timer_new(&p->timer, h->deps.loop, on_deadline, p, e);
    if (r < 0)
        return r;
    h->pending[slot] = p;
    *ret = STEAL(p);
    return 0;
}

/* Hands the messages to the broker; *acted stays with the caller on failure. */
static int act_send(struct home *h, struct msg **acted, const struct action *a, struct err *e)
{
    struct pending *p = NULL;
    int r;

    if (!h->mqtt || !mqtt_is_up(h->mqtt))
        return err_set(e, -ENOTCONN, "%s", act_words(-ENOTCONN));
    r = pending_new(&p, h, e);
    if (r < 0)
        return r;
    for (size_t i = 0; r >= 0 && i < a->n; i++) {
        if (!a->steps[i].topic)
            continue;
        r = mqtt_publish(h->mqtt, p->token, a->steps[i].topic, a->steps[i].payload, e);
        if (r >= 0)
            p->left++;
        else
            p->code = r;
    }
    cJSON_AddNumberToObject((*acted)->json, "published_usec",
                            (double)clock_mono_usec(loop_clock(h->deps.loop)));
    p->acted = STEAL(*acted);
    if (p->left == 0)
        pending_end(p, p->code);
    else
        loop_timer_after_ms(p->timer, ACT_MS);
    return 0;
}

static int act(struct home *h, struct msg **acted, const cJSON *request, struct err *e)
{
    AUTO(action_done) struct action a = { NULL, 0 };
    bool has_publishes = false;
    int r = action_plan(&a, registry(h), h->states, request, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < a.n; i++)
        has_publishes |= a.steps[i].topic != NULL;
    if (!act_json(h, *acted, &a, has_publishes && !h->is_dry))
        return err_set(e, -ENOMEM, "home: out of memory");
    if (has_publishes && !h->is_dry)
        return act_send(h, acted, &a, e);
    act_answer(h, STEAL(*acted), 0, NULL);
    return 0;
}

static void on_act(const struct msg *m, void *user)
{
    struct home *h = user;
    AUTO(msg_freep) struct msg *acted = msg_new(MSG_ACTED, m->session);
    struct err e = ERR_INIT;
    int r;

    if (!acted) {
        bus_post(h->deps.bus, NULL);
        return;
    }
    r = act(h, &acted, m->json, &e);
    if (r >= 0)
        return;
    cJSON_Delete(acted->json); /* nothing was sent */
    acted->json = NULL;
    act_answer(h, STEAL(acted), r, err_text(&e));
}

/* ---- registry --------------------------------------------------------------------------- */

static void on_complaint(const char *text, void *user)
{
    struct home *h = user;

    if (h->complaints == 0)
        str_copy(h->first_complaint, sizeof(h->first_complaint), text);
    if (h->complaints++ < COMPLAINTS_MAX)
        bus_post_fault(h->deps.bus, "devices", -EINVAL, text);
}

/* The last word about devices.yaml is what stays as the part's fault. */
static void tell_complaints(struct home *h)
{
    char words[ERR_TEXT_BYTES];

    if (h->complaints > 1) {
        snprintf(words, sizeof(words), "%zu faults; %.300s", h->complaints, h->first_complaint);
        bus_post_fault(h->deps.bus, "devices", -EINVAL, words);
    } else if (h->complaints == 0 && h->has_fault) {
        snprintf(words, sizeof(words), "devices.yaml is well again: %zu devices", registry(h)->n);
        bus_post_fault(h->deps.bus, "devices", 0, words);
    }
    h->has_fault = h->complaints > 0;
}

/* States for `fresh`: those known by id, then the kept ones. */
static int states_for(struct device_state **ret, const struct home *h, const struct devices *fresh,
                      const cJSON *kept, struct err *e)
{
    struct device_state *states = calloc(fresh->n + 1, sizeof(*states));

    if (!states)
        return err_set(e, -ENOMEM, "home: out of memory");
    for (size_t i = 0; i < fresh->n; i++) {
        const struct device *d = &fresh->list[i];
        const cJSON *json = cJSON_GetObjectItemCaseSensitive(kept, d->id);

        if (json)
            state_keep(&states[i], json, d);
        for (size_t k = 0; k < registry(h)->n; k++)
            if (strcmp(h->devices->list[k].id, d->id) == 0 && h->devices->list[k].kind == d->kind)
                states[i] = h->states[k];
    }
    *ret = states;
    return 0;
}

static int load(struct home *h, const cJSON *kept, struct err *e)
{
    const struct devices_sink sink = { on_complaint, h };
    AUTO(devices_freep) struct devices *fresh = NULL;
    struct device_state *states = NULL;
    char path[PATHS_BYTES];
    int r = paths_join(path, sizeof(path), h->deps.paths->etc, "devices.yaml", e);

    h->complaints = 0;
    if (r >= 0)
        r = devices_load(&fresh, path, &sink, e);
    if (r >= 0)
        r = states_for(&states, h, fresh, kept, e);
    if (r < 0)
        return r;
    free(h->states);
    h->states = states;
    devices_free(h->devices);
    h->devices = STEAL(fresh);
    tell_complaints(h);
    return 0;
}

/* Subscribes to every state topic once. */
static int listen_all(struct home *h, struct err *e)
{
    const struct devices *all = registry(h);
    AUTO_FREE const char **topics = NULL;
    size_t n = 0;

    if (!h->mqtt)
        return 0;
    topics = calloc(all->reports_n + 1, sizeof(char *));
    if (!topics)
        return err_set(e, -ENOMEM, "home: out of memory");
    for (size_t i = 0; i < all->reports_n; i++)
        if (n == 0 || strcmp(topics[n - 1], all->reports[i].topic) != 0)
            topics[n++] = all->reports[i].topic;
    return mqtt_listen(h->mqtt, topics, n, e);
}

static int connect_broker(struct home *h, struct err *e)
{
    const struct settings *s = h->deps.settings;
    const struct mqtt_opts o = {
        .host = s->mqtt_host,
        .port = (int)s->mqtt_port,
        .username = s->mqtt_user,
        .password = s->mqtt_password,
        .client_id = s->mqtt_client_id,
        .ca_file = s->mqtt_ca_file,
        .on_link = on_link,
        .on_message = on_message,
        .on_done = on_done,
        .user = h,
    };
    int r = mqtt_new(&h->mqtt, h->deps.loop, &o, e);

    return r < 0 ? r : listen_all(h, e);
}

/* ---- life ------------------------------------------------------------------------------- */

int home_new(struct home **ret, const struct home_deps *d, struct err *e)
{
    AUTO(home_freep) struct home *h = calloc(1, sizeof(*h));
    int r;

    if (!h)
        return err_set(e, -ENOMEM, "home: out of memory");
    h->deps = *d;
    r = bus_on(d->bus, MSG_ACT, on_act, h, e);
    if (r < 0)
        return r;
    *ret = STEAL(h);
    return 0;
}

struct home *home_free(struct home *h)
{
    if (!h)
        return NULL;
    bus_off(h->deps.bus, h);
    mqtt_free(h->mqtt);
    for (size_t i = 0; i < PENDING_MAX; i++)
        pending_free(h->pending[i]);
    devices_free(h->devices);
    free(h->states);
    free(h);
    return NULL;
}

int home_start(struct home *h, const cJSON *kept_states, struct err *e)
{
    struct err why = ERR_INIT;
    int r = load(h, kept_states, &why);

    if (r == -ENOMEM)
        return err_set(e, r, "%s", err_text(&why));
    if (r < 0) {
        h->has_fault = true;
        bus_post_fault(h->deps.bus, "devices", r, err_text(&why));
    }
    tell_devices(h);
    h->is_dry = !h->deps.settings->mqtt_enabled;
    if (h->is_dry)
        return 0;
    r = connect_broker(h, &why);
    if (r == -ENOMEM)
        return err_set(e, r, "%s", err_text(&why));
    if (r < 0)
        bus_post_fault(h->deps.bus, "mqtt", r, err_text(&why));
    return 0;
}

int home_reload(struct home *h, struct err *e)
{
    struct err why = ERR_INIT;
    int r = load(h, NULL, &why);

    if (r < 0) {
        h->has_fault = true;
        bus_post_fault(h->deps.bus, "devices", r, err_text(&why));
        return err_set(e, r, "%s", err_text(&why));
    }
    tell_devices(h);
    r = listen_all(h, e);
    if (r < 0)
        return r;
    if (h->complaints > 0)
        return err_set(e, -EINVAL, "devices loaded: %zu, faults: %zu; %.300s", registry(h)->n,
                       h->complaints, h->first_complaint);
    return 0;
}

cJSON *home_status(const struct home *h)
{
    const struct settings *s = h->deps.settings;
    AUTO_JSON *j = cJSON_CreateObject();
    struct mqtt_stats stats = { .is_up = false };
    char broker[SETTING_TEXT + 16];
    size_t waiting = 0;

    if (h->mqtt)
        mqtt_stats(h->mqtt, &stats);
    for (size_t i = 0; i < PENDING_MAX; i++)
        waiting += h->pending[i] != NULL;
    snprintf(broker, sizeof(broker), "%s:%lld", s->mqtt_host, (long long)s->mqtt_port);
    if (!j || !cJSON_AddBoolToObject(j, "connected", stats.is_up) ||
        !cJSON_AddBoolToObject(j, "enabled", !h->is_dry) ||
        !cJSON_AddStringToObject(j, "broker", broker) ||
        !cJSON_AddNumberToObject(j, "devices", (double)registry(h)->n) ||
        !cJSON_AddNumberToObject(j, "published", (double)stats.published) ||
        !cJSON_AddNumberToObject(j, "received", (double)stats.received) ||
        !cJSON_AddNumberToObject(j, "dropped", (double)stats.dropped) ||
        !cJSON_AddNumberToObject(j, "rejected", (double)h->rejected) ||
        !cJSON_AddNumberToObject(j, "waiting", (double)waiting) ||
        (h->rejected > 0 && !cJSON_AddStringToObject(j, "last_rejected", h->rejected_words)))
        return NULL;
    return STEAL(j);
}
