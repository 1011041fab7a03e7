/* SPDX-License-Identifier: Apache-2.0 */
/* home/registry.c - which devices there are and what is known of each. */
#include "home/registry.h"

#include "base/must.h"

#include <string.h>

enum { COMPLAINTS_MAX = 20 }; /* told one by one; the rest is counted */

/* What is known of a device, and what of it was told. */
struct telling {
    int64_t told_ms; /* when it was last told */
    bool is_due;     /* changed since */
};

struct registry {
    struct registry_deps deps;
    struct devices *devices;     /* owned; NULL: none could be loaded */
    struct device_state *states; /* owned; one for each device */
    struct telling *tellings;    /* owned; one for each device */
    struct loop_timer *timer;    /* owned; tells what is due */
    size_t due_n;                /* how many are due */
    size_t cursor;               /* where the last round of telling ended */
    size_t complaints;           /* about devices.yaml, this time */
    bool has_fault;              /* devices.yaml is told as faulty */
    char first_complaint[ERR_TEXT_BYTES];
};

static const struct devices no_devices;
static const struct device_state no_state;

const struct devices *registry_devices(const struct registry *r)
{
    return r->devices ? r->devices : &no_devices;
}

const struct device_state *registry_states(const struct registry *r)
{
    return r->states ? r->states : &no_state;
}

const struct device_state *registry_state(const struct registry *r, const struct device *d)
{
    return &r->states[devices_index(r->devices, d)];
}

/* ---- JSON ------------------------------------------------------------------------------- */

static bool add_aliases(cJSON *to, const struct device *d)
{
    cJSON *list = cJSON_AddArrayToObject(to, "aliases");

    for (size_t i = 0; list && i < d->aliases_n; i++)
        if (!json_push(list, cJSON_CreateString(d->aliases[i])))
            return false;
    return list;
}

/* The further names of its room. */
static bool add_area_aliases(cJSON *to, const struct device *d)
{
    cJSON *list = d->room ? cJSON_AddArrayToObject(to, "area_aliases") : NULL;

    for (size_t i = 0; list && i < d->room->aliases_n; i++)
        if (!json_push(list, cJSON_CreateString(d->room->aliases[i])))
            return false;
    return list || !d->room;
}

static bool add_class(cJSON *to, const struct device *d)
{
    return d->class == CLASS_NONE ||
           (cJSON_AddStringToObject(to, "class", device_class_name(d->class)) &&
            (!d->class_guessed || cJSON_AddTrueToObject(to, "class_guessed")));
}

cJSON *registry_device_json(const struct registry *r, const struct device *d)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_JSON *state = state_json(registry_state(r, d), d);

    if (!j || !state || !cJSON_AddStringToObject(j, "id", d->id) ||
        !cJSON_AddStringToObject(j, "name", d->name) ||
        !cJSON_AddStringToObject(j, "area", d->area) ||
        !cJSON_AddStringToObject(j, "kind", device_kind_name(d->kind)) || !add_class(j, d) ||
        !cJSON_AddItemToObject(j, "state", state))
        return NULL;
    state = NULL;
    return STEAL(j);
}

static bool add_can(cJSON *to, const struct device *d)
{
    cJSON *list = cJSON_AddArrayToObject(to, "can");

    for (int c = ACT_NONE + 1; list && c < ACT_N; c++)
        if (d->can & (1u << c) &&
            !json_push(list, cJSON_CreateString(act_command_name((enum act_command)c))))
            return false;
    return list;
}

void registry_tell_all(struct registry *r)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_DEVICES, 0);
    const struct devices *all = registry_devices(r);
    bool whole = m && (m->json = cJSON_CreateArray());

    for (size_t i = 0; whole && i < all->n; i++) {
        AUTO_JSON *j = registry_device_json(r, &all->list[i]);

        whole = j && add_aliases(j, &all->list[i]) && add_area_aliases(j, &all->list[i]) && add_can(j, &all->list[i]) &&
                json_push(m->json, STEAL(j));
    }
    bus_post(r->deps.bus, whole ? STEAL(m) : NULL);
}

/* ---- telling ---------------------------------------------------------------------------- */

static int64_t now_ms(const struct registry *r)
{
    return clock_mono_ms(loop_clock(r->deps.loop));
}

static void tell(struct registry *r, size_t i)
{
    AUTO(msg_freep) struct msg *m = msg_new(MSG_DEVICE, 0);

    if (r->tellings[i].is_due) {
        must(r->due_n > 0);
        r->due_n--;
    }
    r->tellings[i] = (struct telling){ now_ms(r), false };
    if (m)
        m->json = registry_device_json(r, &r->devices->list[i]);
    bus_post(r->deps.bus, m && m->json ? STEAL(m) : NULL);
}

/* Round and round, so that no device at the front keeps those behind it waiting. */
static void on_due(void *user)
{
    struct registry *r = user;
    const size_t n = registry_devices(r)->n;
    size_t told = 0;

    for (size_t i = 0; i < n && r->due_n > 0 && told < REGISTRY_TELL_AT_ONCE; i++) {
        r->cursor = r->cursor + 1 < n ? r->cursor + 1 : 0;
        if (!r->tellings[r->cursor].is_due)
            continue;
        tell(r, r->cursor);
        told++;
    }
    must(told > 0 || r->due_n == 0); /* else nobody would ever tell the rest */
    if (r->due_n > 0)
        loop_timer_after_ms(r->timer, told == REGISTRY_TELL_AT_ONCE ? 5 : REGISTRY_TELL_MS);
}

static void mark_due(struct registry *r, size_t i)
{
    must(r->due_n <= r->devices->n);
    if (!r->tellings[i].is_due)
        r->due_n++;
    r->tellings[i].is_due = true;
    if (!loop_timer_is_set(r->timer))
        loop_timer_after_ms(r->timer, REGISTRY_TELL_MS);
}

void registry_report(struct registry *r, const struct device *d, const struct device_state *s)
{
    const size_t i = devices_index(r->devices, d);
    struct device_state *mine = &r->states[i];
    const bool is_news = !state_is_same(mine, s);

    must(s != mine && !s->stale); /* whoever reports has heard it now */
    *mine = *s;
    mine->at_ms = clock_wall_usec(loop_clock(r->deps.loop)) / 1000;
    if (!is_news)
        return;
    if (now_ms(r) - r->tellings[i].told_ms >= REGISTRY_TELL_MS || r->tellings[i].told_ms == 0)
        tell(r, i);
    else
        mark_due(r, i);
}

void registry_age(struct registry *r, const struct link_type *type)
{
    const struct devices *all = registry_devices(r);

    for (size_t i = 0; i < all->n; i++) {
        if (all->list[i].link != type || r->states[i].known == 0 || r->states[i].stale)
            continue;
        r->states[i].stale = true;
        mark_due(r, i);
    }
}

/* ---- devices.yaml ----------------------------------------------------------------------- */

static void on_complaint(const char *text, void *user)
{
    struct registry *r = user;

    if (r->complaints == 0)
        str_copy(r->first_complaint, sizeof(r->first_complaint), text);
    if (r->complaints++ < COMPLAINTS_MAX)
        bus_post_fault(r->deps.bus, "devices", -EINVAL, text);
}

/* The last word about devices.yaml is what stays as the part's fault. */
static void tell_complaints(struct registry *r)
{
    char words[ERR_TEXT_BYTES];

    if (r->complaints > 1) {
        snprintf(words, sizeof(words), "%zu faults; %.300s", r->complaints, r->first_complaint);
        bus_post_fault(r->deps.bus, "devices", -EINVAL, words);
    } else if (r->complaints == 0 && r->has_fault) {
        snprintf(words, sizeof(words), "devices.yaml is well again: %zu devices",
                 registry_devices(r)->n);
        bus_post_fault(r->deps.bus, "devices", 0, words);
    }
    r->has_fault = r->complaints > 0;
}

/* States for `fresh`: those known by id, then the kept ones. */
static int states_for(struct device_state **ret, const struct registry *r,
                      const struct devices *fresh, const cJSON *kept, struct err *e)
{
    struct device_state *states = calloc(fresh->n + 1, sizeof(*states));

    if (!states)
        return err_set(e, -ENOMEM, "home: out of memory");
    for (size_t i = 0; i < fresh->n; i++) {
        const struct device *d = &fresh->list[i];
        const struct device *before = devices_by_id(registry_devices(r), d->id);
        const cJSON *json = cJSON_GetObjectItemCaseSensitive(kept, d->id);

        if (json)
            state_keep(&states[i], json, d);
        if (before && before->kind == d->kind && before->link == d->link)
            states[i] = *registry_state(r, before);
    }
    *ret = states;
    return 0;
}

static void replace(struct registry *r, struct devices *fresh, struct device_state *states,
                    struct telling *tellings)
{
    must(fresh && states && tellings);
    free(r->states);
    free(r->tellings);
    devices_free(r->devices);
    r->devices = fresh;
    r->states = states;
    r->tellings = tellings;
    r->due_n = r->cursor = 0; /* MSG_DEVICES tells all of it */
}

static int fault_of_file(struct registry *r, int code, const struct err *why, struct err *e)
{
    if (code != -ENOMEM) {
        r->has_fault = true;
        bus_post_fault(r->deps.bus, "devices", code, err_text(why));
    }
    return err_set(e, code, "%s", err_text(why));
}

int registry_load(struct registry *r, const cJSON *kept, struct err *e)
{
    const struct devices_sink sink = { on_complaint, r };
    AUTO(devices_freep) struct devices *fresh = NULL;
    AUTO_FREE struct telling *tellings = NULL;
    struct device_state *states = NULL;
    struct err why = ERR_INIT;
    char path[PATHS_BYTES];
    int code = paths_join(path, sizeof(path), r->deps.paths->etc, "devices.yaml", &why);

    r->complaints = 0;
    if (code >= 0)
        code = devices_load(&fresh, path, &sink, &why);
    if (code >= 0 && fresh->n == 0 && r->complaints > 0 && registry_devices(r)->n > 0)
        code = err_set(&why, -EINVAL, "%s: no device in it is well, so those of before stay; %.200s",
                       path, r->first_complaint);
    if (code < 0)
        return fault_of_file(r, code, &why, e);
    tellings = calloc(fresh->n + 1, sizeof(*tellings));
    code = tellings ? states_for(&states, r, fresh, kept, e)
                    : err_set(e, -ENOMEM, "home: out of memory");
    if (code < 0)
        return code;
    replace(r, STEAL(fresh), states, STEAL(tellings));
    tell_complaints(r);
    return 0;
}

/* ---- life ------------------------------------------------------------------------------- */

int registry_new(struct registry **ret, const struct registry_deps *d, struct err *e)
{
    AUTO(registry_freep) struct registry *r = calloc(1, sizeof(*r));
    int code;

    if (!r)
        return err_set(e, -ENOMEM, "home: out of memory");
    r->deps = *d;
    code = loop_timer_new(&r->timer, d->loop, on_due, r, e);
    if (code < 0)
        return code;
    *ret = STEAL(r);
    return 0;
}

struct registry *registry_free(struct registry *r)
{
    if (!r)
        return NULL;
    loop_timer_free(r->timer);
    devices_free(r->devices);
    free(r->states);
    free(r->tellings);
    free(r);
    return NULL;
}

size_t registry_complaints(const struct registry *r, const char **ret_first)
{
    *ret_first = r->first_complaint;
    return r->complaints;
}

bool registry_status(const struct registry *r, cJSON *to)
{
    const struct devices *all = registry_devices(r);
    cJSON *list = NULL;

    for (size_t i = 0; i < all->n; i++) {
        AUTO_JSON *j = NULL;

        if (!all->list[i].class_guessed)
            continue;
        if (!list && !(list = cJSON_AddArrayToObject(to, "guessed")))
            return false;
        j = cJSON_CreateObject();
        if (!j || !cJSON_AddStringToObject(j, "id", all->list[i].id) ||
            !add_class(j, &all->list[i]) || !json_push(list, STEAL(j)))
            return false;
    }
    return true;
}
