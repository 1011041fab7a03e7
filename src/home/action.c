/* SPDX-License-Identifier: Apache-2.0 */
/* home/action.c - an intent with its slots -> what must be published, and to whom.
 *
 * intent_rows says what an intent asks of a device, command_rows which fields of the device
 * carry it. So a new intent is a row, and a new kind of payload is a row. */
#include "home/action.h"

#include "home/fill.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

enum command {
    COMMAND_ON,
    COMMAND_OFF,
    COMMAND_TOGGLE,
    COMMAND_STOP,
    COMMAND_BRIGHTNESS,
    COMMAND_COLOR,
    COMMAND_POSITION,
    COMMAND_TARGET,
    COMMAND_NONE,
    COMMAND_N
};

/* clang-format off */
static const struct command_row {
    enum device_field topic, payload;
    const char *cannot; /* "the kitchen light cannot be dimmed" */
} command_rows[COMMAND_N] = {
    [COMMAND_ON]         = { FIELD_COMMAND_TOPIC, FIELD_ON, "cannot be turned on" },
    [COMMAND_OFF]        = { FIELD_COMMAND_TOPIC, FIELD_OFF, "cannot be turned off" },
    [COMMAND_TOGGLE]     = { FIELD_COMMAND_TOPIC, FIELD_TOGGLE, "cannot be toggled: its state is not known" },
    [COMMAND_STOP]       = { FIELD_COMMAND_TOPIC, FIELD_STOP, "cannot be stopped" },
    [COMMAND_BRIGHTNESS] = { FIELD_BRIGHTNESS_TOPIC, FIELD_BRIGHTNESS_PAYLOAD, "cannot be dimmed" },
    [COMMAND_COLOR]      = { FIELD_COLOR_TOPIC, FIELD_COLOR_PAYLOAD, "cannot change its color" },
    [COMMAND_POSITION]   = { FIELD_POSITION_TOPIC, FIELD_POSITION_PAYLOAD, "cannot be set to a position" },
    [COMMAND_TARGET]     = { FIELD_TARGET_TOPIC, FIELD_TARGET_PAYLOAD, "has no temperature to set" },
};

enum { INTENT_COMMANDS_MAX = 2 };

static const struct intent_row {
    const char *name;
    unsigned kinds; /* meant where no name and no domain is given */
    struct { enum command command; const char *slot; } does[INTENT_COMMANDS_MAX]; /* slot NULL: always */
} intent_rows[] = {
    { "HassTurnOn",     IS_LIGHT | IS_SWITCH,            { { COMMAND_ON, NULL }, { COMMAND_NONE, NULL } } },
    { "HassTurnOff",    IS_LIGHT | IS_SWITCH,            { { COMMAND_OFF, NULL }, { COMMAND_NONE, NULL } } },
    { "HassToggle",     IS_LIGHT | IS_SWITCH,            { { COMMAND_TOGGLE, NULL }, { COMMAND_NONE, NULL } } },
    { "HassStopMoving", IS_COVER,                        { { COMMAND_STOP, NULL }, { COMMAND_NONE, NULL } } },
    { "HassLightSet",   IS_LIGHT,                        { { COMMAND_BRIGHTNESS, "brightness" }, { COMMAND_COLOR, "color" } } },
    { "HassSetPosition", IS_COVER,                       { { COMMAND_POSITION, "position" }, { COMMAND_NONE, NULL } } },
    { "HassClimateSetTemperature", IS_CLIMATE,           { { COMMAND_TARGET, "temperature" }, { COMMAND_NONE, NULL } } },
    { "HassClimateGetTemperature", IS_CLIMATE | IS_SENSOR, { { COMMAND_NONE, NULL }, { COMMAND_NONE, NULL } } },
    { "HassGetState",   IS_ANY & ~IS_SCENE,              { { COMMAND_NONE, NULL }, { COMMAND_NONE, NULL } } },
};

static const struct { const char *name; unsigned rgb; } colors[] = {
    { "white", 0xffffff }, { "red", 0xff0000 },    { "green", 0x00ff00 },     { "blue", 0x0000ff },
    { "yellow", 0xffff00 }, { "orange", 0xff8000 }, { "purple", 0x8000ff },   { "violet", 0x8000ff },
    { "pink", 0xff60a0 },  { "cyan", 0x00ffff },   { "turquoise", 0x40e0d0 }, { "brown", 0x8b4513 },
};

static const struct {
    const char *slot;
    double min, max;
} ranges[] = {
    { "brightness", 0, 100 },
    { "position", 0, 100 },
    { "temperature", 5, 35 },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A request being worked out. */
struct plan {
    const struct devices *devices;
    const struct device_state *states;
    const struct intent_row *row;
    const cJSON *slots;
    const struct device **targets; /* owned; targets_n of them */
    size_t targets_n;
    bool one; /* a device was named: what it cannot do is an error */
    struct action action;
};

/* ---- slots ------------------------------------------------------------------------------ */

static const cJSON *slot_item(const struct plan *p, const char *name)
{
    const cJSON *slot = cJSON_GetObjectItemCaseSensitive(p->slots, name);

    return cJSON_IsObject(slot) ? cJSON_GetObjectItemCaseSensitive(slot, "value") : slot;
}

static const char *slot_text(const struct plan *p, const char *name)
{
    return cJSON_GetStringValue(slot_item(p, name));
}

/* Was the slot said, or does it come from where the box stands? */
static bool slot_is_said(const struct plan *p, const char *name)
{
    const cJSON *slot = cJSON_GetObjectItemCaseSensitive(p->slots, name);

    return !cJSON_IsObject(slot) || json_str(slot, "text", "")[0] != '\0';
}

static int slot_number(double *ret, const struct plan *p, const char *name, struct err *e)
{
    const cJSON *item = slot_item(p, name);
    const char *text = cJSON_GetStringValue(item);
    char *end = NULL;
    double v = text ? strtod(text, &end) : NAN;

    if (cJSON_IsNumber(item))
        v = item->valuedouble;
    else if (!text || end == text || *end != '\0')
        return err_set(e, -EINVAL, "%s: a number is needed", name);
    for (size_t i = 0; i < COUNT(ranges); i++)
        if (strcmp(ranges[i].slot, name) == 0 && !(v >= ranges[i].min && v <= ranges[i].max))
            return err_set(e, -EINVAL, "a %s of %g is outside %g to %g", name, v, ranges[i].min,
                           ranges[i].max);
    *ret = v;
    return 0;
}

static int slot_color(unsigned *ret, const struct plan *p, struct err *e)
{
    const char *text = slot_text(p, "color");

    if (text && text[0] == '#' && strlen(text) == 7 &&
        strspn(text + 1, "0123456789abcdefABCDEF") == 6) {
        *ret = (unsigned)strtoul(text + 1, NULL, 16);
        return 0;
    }
    for (size_t i = 0; text && i < COUNT(colors); i++) {
        if (strcasecmp(colors[i].name, text) == 0) {
            *ret = colors[i].rgb;
            return 0;
        }
    }
    return err_set(e, -EINVAL, "the color '%.40s' is not known", text ? text : "?");
}

/* ---- words ------------------------------------------------------------------------------ */

/* "Kitchen light" within a sentence: "kitchen light"; "TV corner" stays. */
static const char *in_sentence(char *out, size_t size, const char *name)
{
    str_copy(out, size, name);
    if (isupper((unsigned char)out[0]) && islower((unsigned char)out[1]))
        out[0] = (char)tolower((unsigned char)out[0]);
    return out;
}

static const char *kind_words(unsigned kinds)
{
    if (kinds == IS_CLIMATE)
        return "thermostat";
    if (kinds == (IS_CLIMATE | IS_SENSOR))
        return "thermometer";
    for (int k = 0; k < KIND_N; k++)
        if (kinds == 1u << k)
            return device_kind_name((enum device_kind)k);
    return "device";
}

static int say_none(unsigned kinds, const char *area, struct err *e)
{
    char name[DEVICE_NAME_BYTES_MAX + 1];

    if (!area)
        return err_set(e, -ENOENT, "there is no %s in the house", kind_words(kinds));
    return err_set(e, -ENOENT, "there is no %s in the %s", kind_words(kinds),
                   in_sentence(name, sizeof(name), area));
}

static int say_device(int code, const struct device *d, const char *what, struct err *e)
{
    char name[DEVICE_NAME_BYTES_MAX + 1];

    return err_set(e, code, "the %s %s", in_sentence(name, sizeof(name), d->name), what);
}

/* ---- who is meant ----------------------------------------------------------------------- */

static const struct device_state *state_of(const struct plan *p, const struct device *d)
{
    return &p->states[d - p->devices->list];
}

/* A sensor is a thermometer when its unit is one of temperature. */
static bool is_thermometer(const struct device *d)
{
    const char *unit = d->field[FIELD_UNIT];

    if (d->kind == KIND_SENSOR)
        return unit && (strcmp(unit, "°C") == 0 || strcmp(unit, "°F") == 0);
    return d->field[FIELD_MEASURED_TOPIC] || d->field[FIELD_TARGET_STATE_TOPIC];
}

static void add_targets(struct plan *p, unsigned kinds, const char *area)
{
    const bool thermometers = p->row->kinds == (IS_CLIMATE | IS_SENSOR);

    for (size_t i = 0; i < p->devices->n; i++) {
        const struct device *d = &p->devices->list[i];

        if (kinds & (1u << d->kind) && (!area || device_name_is(d->area, area)) &&
            (!thermometers || is_thermometer(d)))
            p->targets[p->targets_n++] = d;
    }
}

/* Nobody named the room, and the box's own has no such device: the only one of the house. */
static void add_only(struct plan *p, unsigned kinds)
{
    for (int k = 0; k < KIND_N && p->targets_n != 1; k++) {
        p->targets_n = 0;
        add_targets(p, kinds & (1u << k), NULL);
    }
    if (p->targets_n != 1)
        p->targets_n = 0;
}

static int find_kinds(unsigned *ret, const struct plan *p, struct err *e)
{
    const char *domain = slot_text(p, "domain");
    enum device_kind kind;

    if (!domain)
        return 0;
    if (device_kind_parse(&kind, domain) < 0)
        return err_set(e, -ENOENT, "there is no %.40s in the house", domain);
    *ret = 1u << kind;
    return 0;
}

static int find_targets(struct plan *p, struct err *e)
{
    const char *name = slot_text(p, "name"), *area = slot_text(p, "area");
    unsigned kinds = p->row->kinds;
    int r = find_kinds(&kinds, p, e);

    if (r < 0)
        return r;
    p->targets = calloc(p->devices->n + 1, sizeof(struct device *));
    if (!p->targets)
        return err_set(e, -ENOMEM, "home: out of memory");
    if (name && strcmp(name, "all") != 0) {
        p->one = true;
        p->targets[0] = devices_find(p->devices, name);
        if (!p->targets[0])
            return err_set(e, -ENOENT, "there is no device called %.64s", name);
        p->targets_n = 1;
        return 0;
    }
    if (area && area[0] == '\0')
        area = NULL;
    add_targets(p, kinds, area);
    if (p->targets_n == 0 && area && !slot_is_said(p, "area"))
        add_only(p, kinds);
    return p->targets_n > 0 ? 0 : say_none(kinds, area, e);
}

/* ---- what to do ------------------------------------------------------------------------- */

static int add_step(struct plan *p, const struct device *d, enum command command,
                    const struct fill *places, struct err *e)
{
    const struct command_row *row = &command_rows[command];
    const char *topic = command == COMMAND_NONE ? NULL : d->field[row->topic];
    AUTO_STR payload = STR_INIT;
    char *text = NULL;

    if (command != COMMAND_NONE) {
        if (!topic || !d->field[row->payload])
            return say_device(-EOPNOTSUPP, d, row->cannot, e);
        fill_text(&payload, d->field[row->payload], places);
        text = str_take(&payload);
        if (!text)
            return err_set(e, -ENOMEM, "home: out of memory");
    }
    p->action.steps[p->action.n++] = (struct action_step){ d, topic, text };
    return 0;
}

static int step_brightness(struct plan *p, const struct device *d, const char *slot, struct err *e)
{
    char text[24];
    const struct fill places[] = { { "value", text }, { NULL, NULL } };
    double percent;
    long raw;
    int r = slot_number(&percent, p, slot, e);

    if (r < 0)
        return r;
    if (percent <= 0)
        return add_step(p, d, COMMAND_OFF, places, e);
    raw = lround(percent * d->brightness_max / 100);
    snprintf(text, sizeof(text), "%ld", raw > 0 ? raw : 1);
    return add_step(p, d, COMMAND_BRIGHTNESS, places, e);
}

static int step_color(struct plan *p, const struct device *d, const char *slot, struct err *e)
{
    char r_text[8], g_text[8], b_text[8], hex[8];
    const struct fill places[] = {
        { "r", r_text }, { "g", g_text }, { "b", b_text }, { "hex", hex }, { NULL, NULL },
    };
    unsigned rgb = 0;
    int r = slot_color(&rgb, p, e);

    (void)slot;
    if (r < 0)
        return r;
    snprintf(r_text, sizeof(r_text), "%u", (rgb >> 16) & 0xff);
    snprintf(g_text, sizeof(g_text), "%u", (rgb >> 8) & 0xff);
    snprintf(b_text, sizeof(b_text), "%u", rgb & 0xff);
    snprintf(hex, sizeof(hex), "%06x", rgb & 0xffffff);
    return add_step(p, d, COMMAND_COLOR, places, e);
}

static int step_position(struct plan *p, const struct device *d, const char *slot, struct err *e)
{
    char text[24];
    const struct fill places[] = { { "value", text }, { NULL, NULL } };
    double percent;
    int r = slot_number(&percent, p, slot, e);

    if (r < 0)
        return r;
    if (!d->field[FIELD_POSITION_PAYLOAD] && (percent <= 0 || percent >= 100))
        return add_step(p, d, percent <= 0 ? COMMAND_OFF : COMMAND_ON, places, e);
    snprintf(text, sizeof(text), "%.0f", percent);
    return add_step(p, d, COMMAND_POSITION, places, e);
}

static int step_target(struct plan *p, const struct device *d, const char *slot, struct err *e)
{
    char text[24];
    const struct fill places[] = { { "value", text }, { NULL, NULL } };
    double degrees;
    int r = slot_number(&degrees, p, slot, e);

    if (r < 0)
        return r;
    snprintf(text, sizeof(text), "%.3g", degrees);
    return add_step(p, d, COMMAND_TARGET, places, e);
}

/* By the known state where there is one, so that a repeated message does no harm. */
static int step_toggle(struct plan *p, const struct device *d, const char *slot, struct err *e)
{
    const struct fill none[] = { { NULL, NULL } };
    const struct device_state *s = state_of(p, d);

    (void)slot;
    if (!state_knows(s, PROP_POWER) || s->stale)
        return add_step(p, d, COMMAND_TOGGLE, none, e);
    return add_step(p, d, s->on ? COMMAND_OFF : COMMAND_ON, none, e);
}

static int (*const steps[COMMAND_N])(struct plan *p, const struct device *d, const char *slot,
                                     struct err *e) = {
    [COMMAND_TOGGLE] = step_toggle, [COMMAND_BRIGHTNESS] = step_brightness,
    [COMMAND_COLOR] = step_color,   [COMMAND_POSITION] = step_position,
    [COMMAND_TARGET] = step_target,
};

/* One device: all that the intent asks of it, or nothing. */
static int plan_device(struct plan *p, const struct device *d, struct err *e)
{
    const struct fill none[] = { { NULL, NULL } };
    const size_t before = p->action.n;
    bool asked = false;
    int r = 0;

    if (p->row->does[0].command != COMMAND_NONE && state_is_away(state_of(p, d)))
        return say_device(-EHOSTDOWN, d, "does not answer at the moment", e);
    for (size_t i = 0; r >= 0 && i < INTENT_COMMANDS_MAX; i++) {
        const enum command command = p->row->does[i].command;
        const char *slot = p->row->does[i].slot;

        if ((slot && !slot_item(p, slot)) || (i > 0 && command == COMMAND_NONE))
            continue;
        asked = true;
        r = steps[command] ? steps[command](p, d, slot, e) : add_step(p, d, command, none, e);
    }
    if (r >= 0 && !asked)
        r = err_set(e, -EBADMSG, "%s needs its %s", p->row->name, p->row->does[0].slot);
    if (r < 0)
        while (p->action.n > before)
            free(p->action.steps[--p->action.n].payload);
    return r;
}

static int plan_all(struct plan *p, struct err *e)
{
    struct err first = ERR_INIT;

    p->action.steps = calloc(p->targets_n * INTENT_COMMANDS_MAX, sizeof(*p->action.steps));
    if (!p->action.steps)
        return err_set(e, -ENOMEM, "home: out of memory");
    for (size_t i = 0; i < p->targets_n; i++) {
        struct err why = ERR_INIT;
        int r = plan_device(p, p->targets[i], &why);

        if (r < 0 && (p->one || (r != -EOPNOTSUPP && r != -EHOSTDOWN)))
            return err_set(e, r, "%s", err_text(&why));
        if (r < 0 && first.code == 0)
            first = why;
    }
    if (p->action.n == 0)
        return err_set(e, first.code, "%s", err_text(&first));
    return 0;
}

int action_plan(struct action *ret, const struct devices *devices,
                const struct device_state *states, const cJSON *request, struct err *e)
{
    struct plan p = { .devices = devices, .states = states };
    const char *intent = json_str(request, "intent", "");
    int r;

    p.slots = cJSON_GetObjectItemCaseSensitive(request, "slots");
    for (size_t i = 0; i < COUNT(intent_rows); i++)
        if (strcmp(intent_rows[i].name, intent) == 0)
            p.row = &intent_rows[i];
    if (!p.row)
        return err_set(e, -EBADMSG, "the house does not know how to do '%.40s'", intent);
    r = find_targets(&p, e);
    if (r >= 0)
        r = plan_all(&p, e);
    free(p.targets);
    if (r < 0) {
        action_done(&p.action);
        return r;
    }
    *ret = p.action;
    return 0;
}

void action_done(struct action *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->steps[i].payload);
    free(a->steps);
    *a = (struct action){ NULL, 0 };
}
