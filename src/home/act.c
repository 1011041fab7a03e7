/* SPDX-License-Identifier: Apache-2.0 */
/* home/act.c - MSG_ACT -> what is sent by the links -> MSG_ACTED. */
#include "home/act.h"

#include "base/must.h"
#include "home/plan.h"
#include "home/undo.h"
#include "home/values.h"

#include <string.h>

enum { STEP_BITS = 16, STEP_OPEN = 1 }; /* a token is a command's number and a step's index */

must_const(DEVICES_MAX * 6 < 1 << STEP_BITS);

/* A step that was handed to its link; devices may be loaded anew while it waits. */
struct handed {
    int code;               /* STEP_OPEN until done() */
    const struct link_type *link;
    size_t item;            /* index in the answer's `devices` */
    bool is_dry;            /* was not sent, to show what would be */
    char *words;            /* owned; NULL: only asked about */
    cJSON *detail;          /* owned; the same for programs; NULL: none */
    const char *detail_key; /* where it goes in the answer */
};

struct command {           /* under way */
    struct acting *acting; /* borrowed */
    uint64_t number;
    struct msg *acted;    /* owned; the answer, its json with all devices */
    struct handed *steps; /* owned */
    size_t steps_n, open_n;
    bool is_starting; /* still being handed over: must not end yet */
    bool is_given_up;
    int64_t until_ms;         /* ACT_TOTAL_MS */
    struct loop_timer *timer; /* owned */
};

struct acting {
    struct acting_deps deps;
    struct command *pending[ACT_PENDING_MAX]; /* owned */
    uint64_t serial;
    uint64_t taken[ACT_TAKEN_MAX]; /* numbers of the newest requests, by `taken_n` in a ring; 0: none */
    uint64_t taken_n;
    struct past past; /* owned; what was before */
    uint64_t taken_back; /* the session whose early action was taken back last; 0: none */
};

/* ---- the answer ------------------------------------------------------------------------- */

/* Posts the answer; a failure with words. Takes ownership of `acted`. */
static void act_answer(struct acting *a, struct msg *acted, int code, const char *words)
{
    must(code >= 0 || words);
    acted->code = code;
    if (code < 0) {
        acted->text = str_dup(words);
        if (!acted->text)
            acted = msg_free(acted);
    }
    bus_post(a->deps.bus, acted);
}

/* One that is off or has told nothing did not fail to answer: it was not asked. */
static const char *missed_cause(int code)
{
    return code == -EALREADY                          ? "off"
           : code == -ENODATA                         ? "unknown"
           : code == -ESTALE                          ? "before"
           : code == -EPERM || code == -EOPNOTSUPP ? "kept"
                                                      : "away";
}

static bool put_missed(cJSON *to, const char *id, const char *name, const char *why, int code)
{
    AUTO_JSON *j = cJSON_CreateObject();

    return j && cJSON_AddStringToObject(j, "id", id) && cJSON_AddStringToObject(j, "name", name) &&
           cJSON_AddStringToObject(j, "why", why) &&
           cJSON_AddStringToObject(j, "cause", missed_cause(code)) && json_push(to, STEAL(j));
}

/* What is done to the device, {command: value}: its state tells what was before. */
static cJSON *did_json(const struct plan *p, const struct device *d)
{
    AUTO_JSON *did = cJSON_CreateObject();
    bool ok = did != NULL;

    for (size_t i = 0; ok && i < p->steps_n; i++) {
        const struct act_step *s = &p->steps[i];
        const char *command = act_command_name(s->command);
        char color[8];

        if (s->device != d || s->command == ACT_NONE)
            continue;
        snprintf(color, sizeof(color), "#%06x", s->rgb & 0xffffff);
        if (s->command == ACT_COLOR)
            ok = cJSON_AddStringToObject(did, command, color);
        else if (value_is_number(s->command))
            ok = cJSON_AddNumberToObject(did, command, s->number);
        else
            ok = cJSON_AddTrueToObject(did, command);
    }
    return ok ? STEAL(did) : NULL;
}

static cJSON *acted_device(const struct acting *a, const struct plan *p, const struct device *d,
                           bool is_done)
{
    AUTO_JSON *j = registry_device_json(a->deps.registry, d), *did = did_json(p, d);

    if (!j || !did || (is_done && did->child && !json_put(j, "did", STEAL(did))))
        return NULL;
    return STEAL(j);
}

/* {devices, missed, sent}; false when out of memory. `is_done`: not only planned. */
static bool act_json(const struct acting *a, struct msg *acted, const struct plan *p, bool is_done)
{
    cJSON *devices, *missed;

    acted->json = cJSON_CreateObject();
    devices = cJSON_AddArrayToObject(acted->json, "devices");
    missed = cJSON_AddArrayToObject(acted->json, "missed");
    if (!devices || !missed || !cJSON_AddArrayToObject(acted->json, "sent"))
        return false;
    for (size_t i = 0; i < p->steps_n; i++)
        if ((i == 0 || p->steps[i - 1].device != p->steps[i].device) &&
            !json_push(devices, acted_device(a, p, p->steps[i].device, is_done)))
            return false;
    for (size_t i = 0; i < p->missed_n; i++)
        if (!put_missed(missed, p->missed[i].device->id, p->missed[i].device->name,
                        p->missed[i].why, p->missed[i].code))
            return false;
    return true;
}

/* The first step of a device that failed; NULL: none. */
static const struct handed *item_failed(const struct command *c, size_t item)
{
    for (size_t i = 0; i < c->steps_n; i++)
        if (c->steps[i].item == item && c->steps[i].code < 0)
            return &c->steps[i];
    return NULL;
}

/* Did any of it arrive, or may have? */
static bool item_may_be_done(const struct command *c, size_t item)
{
    for (size_t i = 0; i < c->steps_n; i++)
        if (c->steps[i].item == item && (c->steps[i].code == 0 || c->steps[i].code == -ETIMEDOUT))
            return true;
    return false;
}

static const char *handed_words(const struct handed *h)
{
    return link_words(h->link, h->code);
}

/* Those that failed go from `devices` to `missed`. Returns why nothing is done; NULL: something is. */
static const struct handed *sort_devices(struct command *c)
{
    cJSON *devices = cJSON_GetObjectItemCaseSensitive(c->acted->json, "devices");
    cJSON *missed = cJSON_GetObjectItemCaseSensitive(c->acted->json, "missed");
    const struct handed *first = NULL;
    int got = 0;

    for (int i = cJSON_GetArraySize(devices) - 1; i >= 0; i--) {
        const struct handed *failed = item_failed(c, (size_t)i);
        AUTO_JSON *j = NULL;

        if (!failed) {
            got++;
            continue;
        }
        first = failed;
        j = cJSON_DetachItemFromArray(devices, i);
        if (!item_may_be_done(c, (size_t)i))
            past_forget(&c->acting->past, c->number, json_str(j, "id", ""));
        (void)put_missed(missed, json_str(j, "id", ""), json_str(j, "name", ""),
                         handed_words(failed), failed->code);
    }
    return got > 0 ? NULL : first;
}

/* {topic, payload, sent}: what scripts of earlier versions read. */
static void list_detail(struct command *c, struct handed *h)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(c->acted->json, h->detail_key);

    if (!list)
        list = cJSON_AddArrayToObject(c->acted->json, h->detail_key);
    if (list && cJSON_AddBoolToObject(h->detail, "sent", h->code == 0 && !h->is_dry))
        (void)json_push(list, STEAL(h->detail));
}

/* What left, and may have arrived. */
static void list_sent(struct command *c)
{
    cJSON *sent = cJSON_GetObjectItemCaseSensitive(c->acted->json, "sent");

    for (size_t i = 0; i < c->steps_n; i++) {
        AUTO_STR text = STR_INIT;
        const int code = c->steps[i].code;

        must(code != STEP_OPEN);
        if (c->steps[i].detail)
            list_detail(c, &c->steps[i]);
        if (!c->steps[i].words || (code < 0 && code != -ETIMEDOUT))
            continue;
        str_addf(&text, "%s%s", c->steps[i].words, c->steps[i].is_dry ? " (not sent)" : "");
        (void)json_push(sent, cJSON_CreateString(str_text(&text)));
    }
}

/* ---- commands under way ----------------------------------------------------------------- */

static struct command *command_free(struct command *c)
{
    if (!c)
        return NULL;
    loop_timer_free(c->timer);
    msg_free(c->acted);
    for (size_t i = 0; i < c->steps_n; i++) {
        free(c->steps[i].words);
        cJSON_Delete(c->steps[i].detail);
    }
    free(c->steps);
    free(c);
    return NULL;
}
AUTO_DEFINE(struct command *, command_free)

static void command_end(struct command *c)
{
    struct acting *a = c->acting;
    const struct handed *why;

    must(!c->is_starting && c->acted);
    for (size_t i = 0; i < ACT_PENDING_MAX; i++)
        if (a->pending[i] == c)
            a->pending[i] = NULL;
    must(c->open_n == 0); /* every step has told what became of it */
    list_sent(c);
    why = sort_devices(c);
    act_answer(a, STEAL(c->acted), why ? why->code : 0, why ? handed_words(why) : NULL);
    command_free(c);
}

static void close_step(struct command *c, size_t i, int code)
{
    must(c->steps[i].code == STEP_OPEN && c->open_n > 0);
    must(code <= 0);
    c->steps[i].code = code;
    c->open_n--;
}

/* First the links withdraw what they can and say what became of the rest; then we answer. */
static void on_deadline(void *user)
{
    struct command *c = user;
    struct acting *a = c->acting;

    if (!c->is_given_up) {
        c->is_given_up = true;
        loop_timer_after_ms(c->timer, ACT_GIVE_UP_MS);
        for (size_t i = 0; i < LINKS_N; i++)
            if (a->deps.links[i] && link_types[i]->give_up)
                link_types[i]->give_up(a->deps.links[i]);
        return; /* done() may have ended it already */
    }
    for (size_t i = 0; i < c->steps_n; i++)
        if (c->steps[i].code == STEP_OPEN)
            close_step(c, i, -ETIMEDOUT);
    command_end(c);
}

static struct command *command_find(struct acting *a, uint64_t number)
{
    for (size_t i = 0; i < ACT_PENDING_MAX; i++)
        if (a->pending[i] && a->pending[i]->number == number)
            return a->pending[i];
    return NULL;
}

void acting_done(struct acting *a, uint64_t token, int code)
{
    struct command *c = command_find(a, token >> STEP_BITS);
    const size_t i = token & ((1u << STEP_BITS) - 1);
    int64_t left;

    if (!c || i >= c->steps_n || c->steps[i].code != STEP_OPEN)
        return; /* answered already */
    close_step(c, i, code);
    if (c->open_n == 0 && !c->is_starting) {
        command_end(c);
        return;
    }
    left = c->until_ms - clock_mono_ms(loop_clock(a->deps.loop));
    if (!c->is_given_up && code == 0 && c->timer) /* it goes on */
        loop_timer_after_ms(c->timer, left < 0 ? 0 : left < ACT_MS ? left : ACT_MS);
}

static int command_new(struct command **ret, struct acting *a, size_t steps, struct err *e)
{
    AUTO(command_freep) struct command *c = NULL;
    size_t slot = 0;
    int r;

    while (slot < ACT_PENDING_MAX && a->pending[slot])
        slot++;
    if (slot == ACT_PENDING_MAX)
        return err_set(e, -EBUSY, "too many commands at once; try again in a moment");
    c = calloc(1, sizeof(*c));
    if (c)
        c->steps = calloc(steps + 1, sizeof(*c->steps));
    if (!c || !c->steps)
        return err_set(e, -ENOMEM, "home: out of memory");
    c->acting = a;
    c->number = ++a->serial;
    c->until_ms = clock_mono_ms(loop_clock(a->deps.loop)) + ACT_TOTAL_MS;
    r = loop_timer_new(&c->timer, a->deps.loop, on_deadline, c, e);
    if (r < 0)
        return r;
    a->pending[slot] = c;
    *ret = STEAL(c);
    return 0;
}

static void command_drop(struct command *c)
{
    for (size_t i = 0; i < ACT_PENDING_MAX; i++)
        if (c->acting->pending[i] == c)
            c->acting->pending[i] = NULL;
    command_free(c);
}

/* ---- one request ------------------------------------------------------------------------ */

static int describe(struct command *c, const struct act_step *step, struct err *e)
{
    AUTO_STR text = STR_INIT;
    struct handed *h = &c->steps[c->steps_n];
    int r = 0;

    if (step->command != ACT_NONE)
        r = step->device->link->describe(&text, &h->detail, step, e);
    if (r < 0)
        return r;
    h->detail_key = step->device->link->detail_key;
    must(!h->detail || h->detail_key);
    if (step->command != ACT_NONE)
        h->words = str_take(&text);
    return 0;
}

/* Hands one step to its link. */
static void hand_over(struct command *c, const struct act_step *step)
{
    const struct link_type *type = step->device->link;
    struct link *l = c->acting->deps.links[link_index(type)];
    const size_t i = c->steps_n - 1;
    struct err why = ERR_INIT;
    int r;

    must(c->steps[i].code == STEP_OPEN);
    if (step->command == ACT_NONE || (!l && c->acting->deps.is_dry[link_index(type)])) {
        c->steps[i].is_dry = step->command != ACT_NONE;
        close_step(c, i, 0);
        return;
    }
    r = l && type->is_up(l) ? type->send(l, c->number << STEP_BITS | i, step, &why) : -ENOTCONN;
    if (r < 0 && c->steps[i].code == STEP_OPEN)
        close_step(c, i, r);
}

/* *acted is taken over on success. `keeps`: it can be undone. */
static int start(struct acting *a, struct msg **acted, const struct plan *p, bool keeps, struct err *e)
{
    struct command *c = NULL;
    size_t item = 0;
    int r = command_new(&c, a, p->steps_n, e);

    if (r < 0)
        return r;
    if (keeps)
        past_keep(&a->past, (*acted)->session, c->number, p, registry_devices(a->deps.registry),
                  registry_states(a->deps.registry));
    c->is_starting = true;
    for (size_t i = 0; i < p->steps_n; i++) {
        item += i > 0 && p->steps[i - 1].device != p->steps[i].device;
        c->steps[i] = (struct handed){ .code = STEP_OPEN, .link = p->steps[i].device->link, .item = item };
        r = describe(c, &p->steps[i], e);
        if (r < 0 && i == 0) {
            past_forget(&a->past, c->number, NULL);
            command_drop(c);
            return r;
        }
        c->steps_n++;
        c->open_n++;
        if (r < 0)
            close_step(c, i, r); /* its device is missed; the others have theirs */
        else
            hand_over(c, &p->steps[i]);
    }
    must(c->steps_n >= c->open_n);
    cJSON_AddNumberToObject((*acted)->json, "published_usec",
                            (double)clock_mono_usec(loop_clock(a->deps.loop)));
    c->acted = STEAL(*acted);
    c->is_starting = false;
    if (c->open_n == 0)
        command_end(c);
    else
        loop_timer_after_ms(c->timer, ACT_MS);
    return 0;
}

/* {undo: session}: the way back; else what is asked for. Errors as of both, -EAGAIN: not before the end. */
static int act_plan(struct plan *ret, struct acting *a, const struct msg *m, bool is_early,
                    struct err *e)
{
    const struct devices *devices = registry_devices(a->deps.registry);
    const struct device_state *states = registry_states(a->deps.registry);
    const cJSON *undo = cJSON_GetObjectItemCaseSensitive(m->json, "undo");
    int r;

    if (cJSON_IsNumber(undo) && is_early)
        a->taken_back = (uint64_t)undo->valuedouble;
    else if (is_early && m->session == a->taken_back) /* it comes behind what takes it back */
        return err_set(e, -EAGAIN, "not any more: it was taken back");
    if (cJSON_IsNumber(undo))
        return past_plan(ret, &a->past, (uint64_t)undo->valuedouble, devices, states, e);
    r = plan_make(ret, devices, states, m->json, endpoint_hears(m->endpoint), e);
    if (r == -ENOKEY && is_early)
        return err_set(e, -EAGAIN, "not before the sentence has ended: it is asked about first");
    return r >= 0 && is_early ? past_is_early(ret, devices, states, e) : r;
}

static int act(struct acting *a, struct msg **acted, const struct msg *m, struct err *e)
{
    const bool is_early = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(m->json, "early"));
    AUTO(plan_done) struct plan p = { .steps = NULL };
    int r = act_plan(&p, a, m, is_early, e);

    if (r < 0 && r != -ENOKEY)
        return r;
    if (!act_json(a, *acted, &p, r >= 0))
        return err_set(e, -ENOMEM, "home: out of memory");
    if (r == -ENOKEY) {
        act_answer(a, STEAL(*acted), r, err_text(e));
        return 0;
    }
    /* an early action that is taken back was never done: the session's own is what can be undone */
    return start(a, acted, &p, !is_early || !cJSON_HasObjectItem(m->json, "undo"), e);
}

static void act_once(struct acting *a, const struct msg *m)
{
    AUTO(msg_freep) struct msg *acted = msg_new(MSG_ACTED, m->session);
    struct err e = ERR_INIT;
    int r;

    if (!acted) {
        bus_post(a->deps.bus, NULL);
        return;
    }
    acted->origin = m->origin;
    acted->endpoint = m->endpoint;
    r = act(a, &acted, m, &e);
    if (r >= 0)
        return;
    cJSON_Delete(acted->json); /* nothing was sent */
    acted->json = NULL;
    act_answer(a, STEAL(acted), r, err_text(&e));
}

/* The same posting once more: what it asks for is done or under way, and answered once. A message
 * that never was on a bus has no number and is taken as it is. */
static bool is_repeated(struct acting *a, uint64_t number)
{
    if (number == 0)
        return false;
    for (size_t i = 0; i < ACT_TAKEN_MAX; i++)
        if (a->taken[i] == number)
            return true;
    a->taken[a->taken_n++ % ACT_TAKEN_MAX] = number;
    return false;
}

static void on_act(const struct msg *m, void *user)
{
    struct acting *a = user;

    if (!is_repeated(a, m->number))
        act_once(a, m);
}

/* ---- life ------------------------------------------------------------------------------- */

int acting_new(struct acting **ret, const struct acting_deps *d, struct err *e)
{
    AUTO(acting_freep) struct acting *a = calloc(1, sizeof(*a));
    int r;

    if (!a)
        return err_set(e, -ENOMEM, "home: out of memory");
    a->deps = *d;
    r = bus_on(d->bus, MSG_ACT, on_act, a, e);
    if (r < 0)
        return r;
    *ret = STEAL(a);
    return 0;
}

struct acting *acting_free(struct acting *a)
{
    if (!a)
        return NULL;
    bus_off(a->deps.bus, a);
    for (size_t i = 0; i < ACT_PENDING_MAX; i++)
        command_free(a->pending[i]);
    past_done(&a->past);
    free(a);
    return NULL;
}

size_t acting_waiting(const struct acting *a)
{
    size_t n = 0;

    for (size_t i = 0; i < ACT_PENDING_MAX; i++)
        n += a->pending[i] != NULL;
    return n;
}
