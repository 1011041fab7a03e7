/* SPDX-License-Identifier: Apache-2.0 */
/* home/plan.c - what was asked -> what each device is to do (who is meant: targets.c; the values:
 * values.c).
 *
 * core/intents.h says what an intent asks of a device, `cannot` with which words a device refuses.
 * So a new intent is a row there, and a new command a row and a function here. */
#include "home/plan.h"

#include "base/must.h"
#include "core/intents.h"
#include "home/targets.h"
#include "home/values.h"
#include "home/words.h"

#include <math.h>
#include <string.h>

/* A request being worked out. */
struct work {
    const struct devices *devices;
    const struct device_state *states;
    const struct device **targets; /* borrowed */
    size_t targets_n;
    bool one;     /* a device was named: what it cannot do is an error */
    bool all_off; /* no lamp that is meant is on */
    struct plan plan;
    size_t steps_cap;
};

/* What is asked of each target; the value is checked already. */
struct wish {
    enum act_command command;
    double number;
    unsigned rgb;
};

/* clang-format off */
static const char *const cannot[ACT_N] = {
    [ACT_ON] = "cannot be turned on",              [ACT_OFF] = "cannot be turned off",
    [ACT_TOGGLE] = "cannot be toggled: its state is not known",
    [ACT_OPEN] = "cannot be opened",               [ACT_CLOSE] = "cannot be closed",
    [ACT_STOP] = "cannot be stopped",
    [ACT_LOCK] = "cannot be locked",               [ACT_UNLOCK] = "cannot be unlocked",
    [ACT_BRIGHTNESS] = "cannot be dimmed",         [ACT_BRIGHTNESS_STEP] = "cannot be dimmed",
    [ACT_COLOR] = "cannot change its color",
    [ACT_COLOR_TEMP] = "cannot change its color",  [ACT_COLOR_TEMP_STEP] = "cannot change its color",
    [ACT_POSITION] = "cannot be set to a position", [ACT_POSITION_STEP] = "cannot be set to a position",
    [ACT_TEMPERATURE] = "has no temperature to set", [ACT_TEMPERATURE_STEP] = "has no temperature to set",
};

/* On and off mean what the kind does. */
static const struct {
    enum device_kind kind;
    enum act_command asked, meant;
} meanings[] = {
    { KIND_COVER, ACT_ON, ACT_OPEN }, { KIND_COVER, ACT_OFF, ACT_CLOSE },
    { KIND_LOCK, ACT_ON, ACT_LOCK },  { KIND_LOCK, ACT_OFF, ACT_UNLOCK },
    { KIND_LOCK, ACT_CLOSE, ACT_LOCK }, { KIND_LOCK, ACT_OPEN, ACT_UNLOCK },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { KELVIN_MIN = 2000, KELVIN_MAX = 6500, KELVIN_WHITE = 4000, RGB_WHITE = 0xffffff };

static const struct device_state *state_of(const struct work *w, const struct device *d)
{
    return &w->states[devices_index(w->devices, d)];
}

static bool can(const struct work *w, const struct device *d, enum act_command command)
{
    if (!(d->can & (1u << command)))
        return false;
    if (!(d->can_when_told & (1u << command)))
        return true;
    must(command == ACT_COLOR_TEMP); /* the only one that a device's report decides */
    return state_knows(state_of(w, d), PROP_COLOR_TEMP);
}

/* ---- steps ------------------------------------------------------------------------------ */

/* Never the same twice for one device: later ones of one wish win. */
static int add_step(struct work *w, const struct device *d, enum act_command command,
                    const struct wish *wish, struct err *e)
{
    if (command != ACT_NONE && !can(w, d, command))
        return words_device(-EOPNOTSUPP, d, cannot[command], e);
    must(command < ACT_N && command != ACT_BRIGHTNESS_STEP && command != ACT_COLOR_TEMP_STEP &&
         command != ACT_POSITION_STEP && command != ACT_TEMPERATURE_STEP); /* links know no steps */
    if (!must(w->plan.steps_n < w->steps_cap))
        return err_set(e, -ENOBUFS, "home: too many steps");
    w->plan.steps[w->plan.steps_n++] =
        (struct act_step){ d, command, wish ? wish->number : 0, wish ? wish->rgb : 0 };
    return 0;
}

static int step_plain(struct work *w, const struct device *d, const struct wish *wish,
                      struct err *e)
{
    enum act_command command = wish->command;

    for (size_t i = 0; i < COUNT(meanings); i++)
        if (meanings[i].kind == d->kind && meanings[i].asked == command)
            command = meanings[i].meant;
    return add_step(w, d, command, NULL, e);
}

static int step_toggle(struct work *w, const struct device *d, const struct wish *wish,
                       struct err *e)
{
    const struct device_state *s = state_of(w, d);
    const struct wish back = { .command = s->on ? ACT_OFF : ACT_ON };

    (void)wish;
    if (!state_is_sure(s, PROP_POWER))
        return add_step(w, d, ACT_TOGGLE, NULL, e);
    return step_plain(w, d, &back, e);
}

static int step_brightness(struct work *w, const struct device *d, const struct wish *wish,
                           struct err *e)
{
    return add_step(w, d, wish->number <= 0 ? ACT_OFF : ACT_BRIGHTNESS, wish, e);
}

/* Off is as dark as it gets: darker leaves it off. Brighter turns on the lamp that was named, of
 * several only those that shine (or all where none does). */
static int step_brightness_step(struct work *w, const struct device *d, const struct wish *wish,
                                struct err *e)
{
    const struct device_state *s = state_of(w, d);
    const bool is_off = state_is_sure(s, PROP_POWER) && !s->on;
    struct wish to = { .command = ACT_BRIGHTNESS };

    if (!can(w, d, ACT_BRIGHTNESS))
        return words_device(-EOPNOTSUPP, d, cannot[ACT_BRIGHTNESS], e);
    if (is_off && (wish->number < 0 || (!w->one && !w->all_off)))
        return words_device(w->one ? -ENODATA : -EALREADY, d, "is off", e);
    if (!is_off && !state_is_sure(s, PROP_BRIGHTNESS))
        return words_device(-ENODATA, d, "has not told how bright it is; say a percentage instead",
                            e);
    to.number =
        fmin(100, fmax(VALUE_BRIGHTNESS_MIN, (is_off ? 0 : s->brightness_percent) + wish->number));
    if (!is_off) /* whatever was clamped: never the wrong way */
        must((to.number - s->brightness_percent) * wish->number >= 0 || s->brightness_percent < 1);
    return add_step(w, d, ACT_BRIGHTNESS, &to, e);
}

/* A step needs to know where it begins; `why` says what the device has not told. */
static int step_from_known(struct work *w, const struct device *d, enum act_command command,
                           enum device_prop prop, const char *why, struct err *e)
{
    if (!can(w, d, command))
        return words_device(-EOPNOTSUPP, d, cannot[command], e);
    if (!state_is_sure(state_of(w, d), prop))
        return words_device(-ENODATA, d, why, e);
    return 0;
}

static int step_color_temp(struct work *w, const struct device *d, const struct wish *wish,
                           struct err *e)
{
    struct wish to = { .number = fmin(KELVIN_MAX, fmax(KELVIN_MIN, wish->number)),
                       .rgb = value_kelvin_rgb(wish->number) };

    if (can(w, d, ACT_COLOR_TEMP) || !can(w, d, ACT_COLOR))
        return add_step(w, d, ACT_COLOR_TEMP, &to, e);
    return add_step(w, d, ACT_COLOR, &to, e);
}

static int step_color_temp_step(struct work *w, const struct device *d, const struct wish *wish,
                                struct err *e)
{
    const struct device_state *s = state_of(w, d);
    struct wish to = *wish;
    const int r = step_from_known(w, d, ACT_COLOR_TEMP, PROP_COLOR_TEMP,
                                  "has not told how warm its light is", e);

    if (r < 0)
        return r;
    to.number += s->kelvin;
    if ((wish->number > 0 && s->kelvin > KELVIN_MAX) ||
        (wish->number < 0 && s->kelvin < KELVIN_MIN))
        to.number = s->kelvin; /* further already than we would go */
    return step_color_temp(w, d, &to, e);
}

static int step_color(struct work *w, const struct device *d, const struct wish *wish,
                      struct err *e)
{
    const struct wish white = { .number = KELVIN_WHITE };

    if (!can(w, d, ACT_COLOR) && can(w, d, ACT_COLOR_TEMP) && wish->rgb == RGB_WHITE)
        return add_step(w, d, ACT_COLOR_TEMP, &white, e);
    return add_step(w, d, ACT_COLOR, wish, e);
}

static int step_position(struct work *w, const struct device *d, const struct wish *wish,
                         struct err *e)
{
    if (!can(w, d, ACT_POSITION) && (wish->number <= 0 || wish->number >= 100))
        return add_step(w, d, wish->number <= 0 ? ACT_CLOSE : ACT_OPEN, NULL, e);
    return add_step(w, d, ACT_POSITION, wish, e);
}

static int step_position_step(struct work *w, const struct device *d, const struct wish *wish,
                              struct err *e)
{
    const struct device_state *s = state_of(w, d);
    struct wish to = *wish;
    const int r =
        step_from_known(w, d, ACT_POSITION, PROP_POSITION, "has not told how far it is open", e);

    if (r < 0)
        return r;
    to.number = fmin(100, fmax(0, s->position_percent + wish->number));
    return add_step(w, d, ACT_POSITION, &to, e);
}

static int step_temperature_step(struct work *w, const struct device *d, const struct wish *wish,
                                 struct err *e)
{
    const struct device_state *s = state_of(w, d);
    struct wish to = *wish;
    const int r = step_from_known(w, d, ACT_TEMPERATURE, PROP_TARGET,
                                  "has not told what it is set to; say the degrees instead", e);

    if (r < 0)
        return r;
    to.number = fmin(VALUE_DEGREES_MAX, fmax(VALUE_DEGREES_MIN, s->target + wish->number));
    if ((to.number - s->target) * wish->number < 0)
        to.number = s->target; /* out of our range already: never the wrong way */
    return add_step(w, d, ACT_TEMPERATURE, &to, e);
}

static int step_temperature(struct work *w, const struct device *d, const struct wish *wish,
                            struct err *e)
{
    return add_step(w, d, ACT_TEMPERATURE, wish, e);
}

static int (*const steps[ACT_N])(struct work *w, const struct device *d, const struct wish *wish,
                                 struct err *e) = {
    [ACT_NONE] = step_plain,
    [ACT_ON] = step_plain,
    [ACT_OFF] = step_plain,
    [ACT_TOGGLE] = step_toggle,
    [ACT_OPEN] = step_plain,
    [ACT_CLOSE] = step_plain,
    [ACT_STOP] = step_plain,
    [ACT_LOCK] = step_plain,
    [ACT_UNLOCK] = step_plain,
    [ACT_BRIGHTNESS] = step_brightness,
    [ACT_BRIGHTNESS_STEP] = step_brightness_step,
    [ACT_COLOR] = step_color,
    [ACT_COLOR_TEMP] = step_color_temp,
    [ACT_COLOR_TEMP_STEP] = step_color_temp_step,
    [ACT_POSITION] = step_position,
    [ACT_POSITION_STEP] = step_position_step,
    [ACT_TEMPERATURE] = step_temperature,
    [ACT_TEMPERATURE_STEP] = step_temperature_step,
};

/* ---- one device, all devices ------------------------------------------------------------- */

/* All that is wished of one device, or nothing. */
static int plan_device(struct work *w, const struct device *d, const struct wish *wishes, size_t n,
                       struct err *e)
{
    const size_t before = w->plan.steps_n;
    int r = 0;

    if (wishes[0].command != ACT_NONE && state_is_away(state_of(w, d)))
        return words_device(-EHOSTDOWN, d, "does not answer at the moment", e);
    for (size_t i = 0; r >= 0 && i < n; i++)
        r = steps[wishes[i].command](w, d, &wishes[i], e);
    if (r < 0)
        w->plan.steps_n = before;
    return r;
}

/* "the old lamp does not answer" -> "does not answer", as the name stands beside it. */
static void add_missed(struct work *w, const struct device *d, const struct err *why)
{
    struct plan_missed *m = &w->plan.missed[w->plan.missed_n++];
    const char *text = err_text(why);

    must(w->plan.missed_n <= w->targets_n);
    if (strncmp(text, "the ", 4) == 0 && strlen(text) > 4 + strlen(d->name))
        text += 4 + strlen(d->name) + 1;
    *m = (struct plan_missed){ .device = d, .code = why->code };
    snprintf(m->why, sizeof(m->why), "%s", text);
}

static bool is_for_one(int code)
{
    return code == -EOPNOTSUPP || code == -EHOSTDOWN || code == -ENODATA || code == -EALREADY;
}

/* Why nothing is done; that all are off already is no more than one lamp would say. */
static int say_nothing_done(const struct err *first, struct err *e)
{
    return err_set(e, first->code == -EALREADY ? -ENODATA : first->code, "%s", err_text(first));
}

static int plan_all(struct work *w, const struct wish *wishes, size_t n, struct err *e)
{
    struct err first = ERR_INIT;

    must(n > 0 && w->targets_n > 0);
    w->steps_cap = w->targets_n * n;
    w->plan.steps = calloc(w->steps_cap, sizeof(*w->plan.steps));
    w->plan.missed = calloc(w->targets_n, sizeof(*w->plan.missed));
    if (!w->plan.steps || !w->plan.missed)
        return err_set(e, -ENOMEM, "home: out of memory");
    w->all_off = true;
    for (size_t i = 0; i < w->targets_n; i++)
        w->all_off &=
            state_knows(state_of(w, w->targets[i]), PROP_POWER) && !state_of(w, w->targets[i])->on;
    for (size_t i = 0; i < w->targets_n; i++) {
        struct err why = ERR_INIT;
        int r = plan_device(w, w->targets[i], wishes, n, &why);

        if (r < 0 && (w->one || !is_for_one(r)))
            return err_set(e, r, "%s", err_text(&why));
        if (r < 0 && r != -EOPNOTSUPP)
            add_missed(w, w->targets[i], &why);
        if (r < 0 && first.code == 0)
            first = why;
    }
    if (w->plan.steps_n == 0)
        return say_nothing_done(&first, e);
    return 0;
}

/* ---- the request ------------------------------------------------------------------------ */

/* Moves a way into the house. To stop or lock one is always allowed. */
static bool is_risky(const struct act_step *step)
{
    return device_is_guarded(step->device->kind, step->device->class) &&
           step->command != ACT_NONE && step->command != ACT_STOP && step->command != ACT_LOCK;
}

/* What the slots ask for. */
static int wishes_of(struct wish *wishes, size_t *ret_n, const struct intent_def *def,
                     const cJSON *slots, struct err *e)
{
    size_t n = 0;

    for (size_t i = 0; i < INTENT_COMMANDS_MAX; i++) {
        const enum act_command command = def->does[i].command;
        const char *slot = def->does[i].slot;
        int r;

        if ((i > 0 && command == ACT_NONE) || (slot && !value_item(slots, slot)))
            continue;
        wishes[n] = (struct wish){ .command = command };
        r = value_of_command(&wishes[n].number, &wishes[n].rgb, command,
                             slot ? value_item(slots, slot) : NULL, slot ? slot : "value", e);
        if (r < 0)
            return r;
        n++;
    }
    if (n == 0)
        return err_set(e, -EBADMSG, "%s needs its %s", def->name,
                       def->does[0].slot ? def->does[0].slot : "value");
    *ret_n = n;
    return 0;
}

/* A sentence that names no single device may stop and lock what is guarded, and ask about it. */
static bool reaches_guarded(const struct wish *wishes, size_t n, const cJSON *slots)
{
    const char *domain = value_text(slots, "domain");

    for (size_t i = 0; i < n; i++)
        if (wishes[i].command != ACT_NONE && wishes[i].command != ACT_STOP &&
            !(wishes[i].command == ACT_ON && domain &&
              strcmp(domain, device_kind_name(KIND_LOCK)) == 0))
            return false;
    return true;
}

static bool has_target(const cJSON *slots)
{
    static const char *const names[] = { "name", "area", "domain", "device_class" };

    for (size_t i = 0; i < COUNT(names); i++)
        if (value_item(slots, names[i]))
            return true;
    return false;
}

static int plan_intent(struct work *w, const cJSON *request, struct err *e)
{
    const char *name = json_str(request, "intent", "");
    const struct intent_def *def = intents_find(name);
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(request, "slots");
    struct wish wishes[INTENT_COMMANDS_MAX];
    struct targets t = { .list = NULL };
    size_t n = 0;
    int r;

    if (!def || def->where != INTENT_AT_HOME)
        return err_set(e, -EBADMSG, "the house does not know how to do '%.40s'", name);
    if (def->needs_target && !has_target(slots)) /* else it would mean the whole house */
        return err_set(e, -EBADMSG, "%s needs a device, a room or a kind of device", name);
    r = wishes_of(wishes, &n, def, slots, e);
    if (r >= 0)
        r = targets_find(&t, w->devices, def, slots, reaches_guarded(wishes, n, slots), e);
    if (r < 0)
        return r;
    w->targets = t.list;
    w->targets_n = t.n;
    w->one = t.one;
    r = plan_all(w, wishes, n, e);
    targets_done(&t);
    return r;
}

/* {device, command, value}: what a page, a plugin or an automation asks. */
static int plan_direct(struct work *w, const cJSON *request, struct err *e)
{
    const char *id = json_str(request, "device", ""), *name = json_str(request, "command", "");
    const struct device *d = devices_by_id(w->devices, id);
    struct wish wish = { .command = ACT_NONE };
    int r;

    if (!d)
        return err_set(e, -ENOENT, "there is no device called %.64s", id);
    if (act_command_parse(&wish.command, name) < 0)
        return err_set(e, -EBADMSG, "command: '%.40s' is none", name);
    r = value_of_command(&wish.number, &wish.rgb, wish.command,
                         cJSON_GetObjectItemCaseSensitive(request, "value"), "value", e);
    if (r < 0)
        return r;
    w->targets = &d;
    w->targets_n = 1;
    w->one = true;
    r = plan_all(w, &wish, 1, e);
    w->targets = NULL;
    return r;
}

int plan_make(struct plan *ret, const struct devices *devices, const struct device_state *states,
              const cJSON *request, bool is_spoken, struct err *e)
{
    struct work w = { .devices = devices, .states = states };
    bool asks = false;
    int r;

    if (cJSON_HasObjectItem(request, "device"))
        r = plan_direct(&w, request, e);
    else
        r = plan_intent(&w, request, e);
    if (r < 0) {
        plan_done(&w.plan);
        return r;
    }
    for (size_t i = 0; i < w.plan.steps_n; i++)
        asks |= is_risky(&w.plan.steps[i]);
    if (!must(w.one || !asks)) { /* docs/safety.md: never by a collective sentence */
        plan_done(&w.plan);
        return err_set(e, -EPERM, "doors, gates, windows and locks are moved only by their own name");
    }
    *ret = w.plan;
    if (asks && is_spoken && !json_bool(request, "confirmed", false))
        return words_device(-ENOKEY, w.plan.steps[0].device, "is moved only after a confirmation",
                            e);
    return 0;
}

void plan_done(struct plan *p)
{
    free(p->steps);
    free(p->missed);
    *p = (struct plan){ .steps = NULL };
}
