/* SPDX-License-Identifier: Apache-2.0 */
/* home/undo.c - the way back. */
#include "home/undo.h"

#include "base/must.h"
#include "home/words.h"

#include <stdlib.h>
#include <string.h>

enum { BACK_MAX = 2 }; /* steps of one device */

static void action_done(struct past_action *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->items[i].id);
    free(a->items);
    *a = (struct past_action){ 0 };
}

static void past_drop(struct past *p, size_t i)
{
    must(i < p->n && p->n <= PAST_MAX);
    action_done(&p->at[i]);
    memmove(&p->at[i], &p->at[i + 1], (p->n - i - 1) * sizeof(p->at[0]));
    p->at[--p->n] = (struct past_action){ 0 };
}

void past_done(struct past *p)
{
    while (p->n > 0)
        past_drop(p, p->n - 1);
}

void past_keep(struct past *p, uint64_t session, uint64_t number, const struct plan *plan,
               const struct devices *devices, const struct device_state *states)
{
    struct past_action a = { .session = session, .number = number };

    must(plan->steps_n > 0);
    if (plan->steps[0].command == ACT_NONE)
        return;
    a.items = calloc(plan->steps_n, sizeof(*a.items));
    for (size_t i = 0; a.items && i < plan->steps_n; i++) {
        const struct act_step *s = &plan->steps[i];

        a.items[a.n] = (struct past_item){ strdup(s->device->id), s->command,
                                           states[devices_index(devices, s->device)] };
        if (a.items[a.n].id)
            a.n++;
    }
    if (a.n == 0) {
        action_done(&a);
        return;
    }
    if (p->n == PAST_MAX)
        past_drop(p, 0);
    p->at[p->n++] = a;
}

/* Each of its steps. */
static void action_forget(struct past_action *a, const char *id)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++) {
        if (!id || strcmp(a->items[i].id, id) == 0)
            free(a->items[i].id);
        else
            a->items[n++] = a->items[i];
    }
    must(n <= a->n);
    a->n = n;
}

void past_forget(struct past *p, uint64_t number, const char *id)
{
    must(p->n <= PAST_MAX);
    for (size_t i = p->n; i-- > 0;) {
        if (p->at[i].number != number)
            continue;
        action_forget(&p->at[i], id);
        if (p->at[i].n == 0)
            past_drop(p, i);
    }
}

/* ---- one device --------------------------------------------------------------------------- */

static struct act_step step_of(const struct device *d, enum act_command command, double number)
{
    return (struct act_step){ .device = d, .command = command, .number = number };
}

static bool can(const struct device *d, enum act_command command)
{
    return d->can & (1u << command);
}

static size_t color_back(struct act_step *to, const struct device *d, const struct past_item *was)
{
    const struct device_state *s = &was->before;

    if (was->did != ACT_COLOR && was->did != ACT_COLOR_TEMP)
        return 0;
    if (state_is_sure(s, PROP_COLOR_TEMP) && can(d, ACT_COLOR_TEMP)) {
        *to = step_of(d, ACT_COLOR_TEMP, s->kelvin);
        return 1;
    }
    if (!state_is_sure(s, PROP_COLOR) || !can(d, ACT_COLOR) || s->color[0] != '#')
        return 0;
    *to = step_of(d, ACT_COLOR, 0);
    to->rgb = (unsigned)strtoul(s->color + 1, NULL, 16) & 0xffffff;
    return 1;
}

/* On or off, as bright and in the color as before. */
static int power_back(struct act_step to[BACK_MAX], const struct device *d,
                      const struct past_item *was)
{
    const struct device_state *s = &was->before;

    if (!state_is_sure(s, PROP_POWER)) {
        to[0] = step_of(d, ACT_TOGGLE, 0);
        return was->did == ACT_TOGGLE ? 1 : -ESTALE;
    }
    if (!s->on) {
        to[0] = step_of(d, ACT_OFF, 0);
        return 1;
    }
    if (can(d, ACT_BRIGHTNESS) && state_is_sure(s, PROP_BRIGHTNESS) && s->brightness_percent > 0)
        to[0] = step_of(d, ACT_BRIGHTNESS, s->brightness_percent);
    else
        to[0] = step_of(d, ACT_ON, 0);
    return 1 + (int)color_back(&to[1], d, was);
}

static int cover_back(struct act_step to[BACK_MAX], const struct device *d,
                      const struct past_item *was)
{
    const struct device_state *s = &was->before;

    if (device_is_guarded(d->kind, d->class))
        return -EPERM;
    if (state_is_sure(s, PROP_POSITION) && can(d, ACT_POSITION))
        to[0] = step_of(d, ACT_POSITION, s->position_percent);
    else if (state_is_sure(s, PROP_POWER))
        to[0] = step_of(d, s->on ? ACT_OPEN : ACT_CLOSE, 0);
    else
        return -ESTALE;
    return 1;
}

static int climate_back(struct act_step to[BACK_MAX], const struct device *d,
                        const struct past_item *was)
{
    const struct device_state *s = &was->before;

    if (was->did != ACT_TEMPERATURE)
        return power_back(to, d, was);
    if (!state_is_sure(s, PROP_TARGET))
        return -ESTALE;
    to[0] = step_of(d, ACT_TEMPERATURE, s->target);
    return 1;
}

/* To lock is always allowed, to unlock never happens by the way. */
static int lock_back(struct act_step to[BACK_MAX], const struct device *d,
                     const struct past_item *was)
{
    if (was->did != ACT_UNLOCK || !state_is_sure(&was->before, PROP_POWER) || !was->before.on)
        return -EPERM;
    to[0] = step_of(d, ACT_LOCK, 0);
    return 1;
}

/* The steps; -EPERM it is left for safety, -ESTALE nobody knows how it was, -EOPNOTSUPP there is no
 * way back. */
static int device_back(struct act_step to[BACK_MAX], const struct device *d,
                       const struct past_item *was)
{
    int n;

    if (d->kind == KIND_SCENE || was->did == ACT_STOP)
        return -EOPNOTSUPP;
    n = d->kind == KIND_COVER     ? cover_back(to, d, was)
        : d->kind == KIND_LOCK    ? lock_back(to, d, was)
        : d->kind == KIND_CLIMATE ? climate_back(to, d, was)
                                  : power_back(to, d, was);
    for (int i = 0; i < n; i++)
        if (!can(d, to[i].command))
            return -EOPNOTSUPP;
    must(n <= BACK_MAX && n != 0);
    return n;
}

static const char *why_not(int code)
{
    return code == -EPERM       ? "is left as it is, for safety"
           : code == -EHOSTDOWN ? "does not answer at the moment"
           : code == -ESTALE   ? "has not told how it was before"
                                : "has no way back";
}

/* ---- before the sentence has ended ------------------------------------------------------------ */

/* Nobody is shut out or let in, nothing gets hot, and a moment of it does no harm. */
static bool is_harmless(const struct device *d)
{
    static const enum device_class covers[] = { CLASS_AWNING, CLASS_BLIND, CLASS_CURTAIN, CLASS_SHADE,
                                                CLASS_SHUTTER };

    if (d->kind == KIND_LIGHT)
        return true;
    for (size_t i = 0; d->kind == KIND_COVER && i < sizeof(covers) / sizeof(covers[0]); i++)
        if (d->class == covers[i])
            return must(!device_is_guarded(d->kind, d->class));
    return false;
}

/* Does the way back lead to exactly what was? */
static bool goes_back(const struct act_step *step, const struct device_state *s)
{
    const struct past_item was = { .did = step->command, .before = *s };
    struct act_step back[BACK_MAX];
    const int n = device_back(back, step->device, &was);

    if (n < 0 || (step->device->kind == KIND_LIGHT && !state_is_sure(s, PROP_POWER)))
        return false;
    /* a lamp that was off would be as bright and in that color when it is turned on next */
    if (step->command == ACT_BRIGHTNESS)
        return back[0].command == ACT_BRIGHTNESS;
    if (step->command == ACT_COLOR || step->command == ACT_COLOR_TEMP)
        return n == BACK_MAX;
    return true;
}

int past_is_early(const struct plan *plan, const struct devices *devices,
                  const struct device_state *states, struct err *e)
{
    must(plan->steps_n > 0);
    if (plan->missed_n > 0 || plan->steps_n > EARLY_DEVICES_MAX)
        return err_set(e, -EAGAIN, "not before the sentence has ended: too much of it");
    for (size_t i = 0; i < plan->steps_n; i++) {
        const struct act_step *step = &plan->steps[i];

        if (step->command == ACT_NONE || !is_harmless(step->device) ||
            !goes_back(step, &states[devices_index(devices, step->device)]))
            return words_device(-EAGAIN, step->device, "waits for the end of the sentence", e);
    }
    return 0;
}

/* ---- all that a session did ------------------------------------------------------------------- */

static bool is_planned(const struct plan *p, const struct device *d)
{
    for (size_t i = 0; i < p->steps_n; i++)
        if (p->steps[i].device == d)
            return true;
    for (size_t i = 0; i < p->missed_n; i++)
        if (p->missed[i].device == d)
            return true;
    return false;
}

static void item_plan(struct plan *to, const struct devices *devices,
                      const struct device_state *states, const struct past_item *was)
{
    const struct device *d = devices_by_id(devices, was->id);
    struct act_step back[BACK_MAX];
    int n;

    if (!d || is_planned(to, d))
        return;
    n = state_is_away(&states[devices_index(devices, d)]) ? -EHOSTDOWN
                                                          : device_back(back, d, was);
    for (int i = 0; i < n; i++)
        to->steps[to->steps_n++] = back[i];
    if (n < 0) {
        to->missed[to->missed_n] = (struct plan_missed){ .device = d, .code = n };
        snprintf(to->missed[to->missed_n++].why, PLAN_WHY_BYTES, "%s", why_not(n));
    }
}

static size_t count_items(const struct past *p, uint64_t session)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += p->at[i].session == session ? p->at[i].n : 0;
    return n;
}

int past_plan(struct plan *ret, struct past *p, uint64_t session, const struct devices *devices,
              const struct device_state *states, struct err *e)
{
    const size_t all = count_items(p, session);
    AUTO(plan_done) struct plan back = { .steps = NULL };

    if (all == 0)
        return err_set(e, -ENOENT, "there is nothing to undo");
    back.steps = calloc(all * BACK_MAX, sizeof(*back.steps));
    back.missed = calloc(all, sizeof(*back.missed));
    if (!back.steps || !back.missed)
        return err_set(e, -ENOMEM, "home: out of memory");
    for (size_t i = 0; i < p->n; i++) /* the first of each device is how it was */
        for (size_t k = 0; p->at[i].session == session && k < p->at[i].n; k++)
            item_plan(&back, devices, states, &p->at[i].items[k]);
    for (size_t i = p->n; i-- > 0;)
        if (p->at[i].session == session)
            past_drop(p, i);
    must(count_items(p, session) == 0 && back.steps_n <= all * BACK_MAX);
    if (back.steps_n == 0 && back.missed_n > 0)
        return words_device(back.missed[0].code, back.missed[0].device, back.missed[0].why, e);
    if (back.steps_n == 0)
        return err_set(e, -ENOENT, "there is nothing to undo");
    *ret = back;
    back = (struct plan){ .steps = NULL };
    return 0;
}
