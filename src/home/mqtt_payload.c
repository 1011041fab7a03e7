/* SPDX-License-Identifier: Apache-2.0 */
/* home/mqtt_payload.c - bytes that a device published -> state. */
#include "home/mqtt_payload.h"

#include "base/must.h"
#include "base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* One value: text, or a node of a JSON payload. */
struct value {
    const char *text;  /* NULL: see json */
    const cJSON *json; /* borrowed */
};

/* What a word says of PROP_POWER. */
enum power { POWER_OFF, POWER_ON, POWER_MOVES, POWER_RESTS };

/* clang-format off */
static const struct {
    const char *word;
    enum power power;
    unsigned kinds;
} power_words[] = {
    { "on", POWER_ON, IS_ANY },         { "off", POWER_OFF, IS_ANY },
    { "true", POWER_ON, IS_ANY },       { "false", POWER_OFF, IS_ANY },
    { "1", POWER_ON, IS_ANY },          { "0", POWER_OFF, IS_ANY },
    { "yes", POWER_ON, IS_ANY },        { "no", POWER_OFF, IS_ANY },
    { "online", POWER_ON, IS_ANY },     { "offline", POWER_OFF, IS_ANY },
    { "connected", POWER_ON, IS_ANY },  { "disconnected", POWER_OFF, IS_ANY },
    { "open", POWER_ON, IS_ANY & ~IS_CLIMATE },    { "closed", POWER_OFF, IS_ANY & ~IS_CLIMATE },
    { "opened", POWER_ON, IS_ANY & ~IS_CLIMATE },  { "close", POWER_OFF, IS_ANY & ~IS_CLIMATE },
    { "opening", POWER_MOVES, IS_COVER }, { "closing", POWER_MOVES, IS_COVER },
    { "stopped", POWER_RESTS, IS_COVER }, { "stop", POWER_RESTS, IS_COVER },
    { "lock", POWER_ON, IS_LOCK },      { "unlock", POWER_OFF, IS_LOCK },
    { "locked", POWER_ON, IS_LOCK },    { "unlocked", POWER_OFF, IS_LOCK },
    { "not_fully_locked", POWER_OFF, IS_LOCK },
    { "unlocked", POWER_ON, IS_BINARY_SENSOR }, { "locked", POWER_OFF, IS_BINARY_SENSOR },
    { "detected", POWER_ON, IS_BINARY_SENSOR }, { "clear", POWER_OFF, IS_BINARY_SENSOR },
    { "wet", POWER_ON, IS_BINARY_SENSOR },      { "dry", POWER_OFF, IS_BINARY_SENSOR },
    { "motion", POWER_ON, IS_BINARY_SENSOR },   { "no_motion", POWER_OFF, IS_BINARY_SENSOR },
    { "low", POWER_ON, IS_BINARY_SENSOR },      { "normal", POWER_OFF, IS_BINARY_SENSOR },
    { "problem", POWER_ON, IS_BINARY_SENSOR },  { "ok", POWER_OFF, IS_BINARY_SENSOR },
    { "heating", POWER_ON, IS_CLIMATE },
    { "heat", POWER_ON, IS_CLIMATE },   { "idle", POWER_OFF, IS_SWITCH | IS_LIGHT },
};
/* clang-format on */

/* ---- values ----------------------------------------------------------------------------- */

/* Follows "a.b" through objects; NULL: not there. */
static const cJSON *value_walk(const cJSON *j, const char *path)
{
    char key[DEVICE_TEXT_BYTES_MAX + 1];

    while (j && path) {
        const char *dot = strchr(path, '.');
        size_t n = dot ? (size_t)(dot - path) : strlen(path);

        if (n >= sizeof(key))
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        j = cJSON_IsObject(j) ? cJSON_GetObjectItemCaseSensitive(j, key) : NULL;
        path = dot ? dot + 1 : NULL;
    }
    return j;
}

static const char *value_text(const struct value *v)
{
    return v->text ? v->text : cJSON_GetStringValue(v->json);
}

static int value_number(double *ret, const struct value *v, const char *what, struct err *e)
{
    const char *text = value_text(v);
    char *end;
    double number;

    if (!text && cJSON_IsNumber(v->json)) {
        number = v->json->valuedouble;
    } else {
        if (!text || *text == '\0' || isspace((unsigned char)*text))
            return err_set(e, -EBADMSG, "%s: no number", what);
        number = strtod(text, &end);
        if (*end != '\0')
            return err_set(e, -EBADMSG, "%s: '%.40s' is no number", what, text);
    }
    if (!isfinite(number) || fabs(number) > 1e9)
        return err_set(e, -ERANGE, "%s: not a usable number", what);
    *ret = number;
    return 0;
}

/* As text: a JSON true is "true", 1 is "1". NULL: neither text, truth nor number. */
static const char *value_word(const struct value *v)
{
    const char *text = value_text(v);

    if (text)
        return text;
    if (cJSON_IsBool(v->json))
        return cJSON_IsTrue(v->json) ? "true" : "false";
    if (cJSON_IsNumber(v->json))
        return v->json->valuedouble > 0 ? "1" : "0";
    return NULL;
}

static int value_power(enum power *ret, const struct value *v, enum device_kind kind,
                       const char *yes, const char *no)
{
    const char *word = value_word(v);

    if (!word)
        return -EBADMSG;
    if ((yes && strcmp(word, yes) == 0) || (no && strcmp(word, no) == 0)) {
        *ret = yes && strcmp(word, yes) == 0 ? POWER_ON : POWER_OFF;
        return 0;
    }
    for (size_t i = 0; i < sizeof(power_words) / sizeof(power_words[0]); i++) {
        if (power_words[i].kinds & (1u << kind) && strcasecmp(power_words[i].word, word) == 0) {
            *ret = power_words[i].power;
            return 0;
        }
    }
    return -EBADMSG;
}

/* ---- properties ------------------------------------------------------------------------- */

/* A climate's mode: "off", or any other word, whether we know it or not. */
static int take_mode(struct device_state *s, const struct device *d, const struct value *v,
                     struct err *e)
{
    const struct mqtt_device *m = mqtt_device_of(d);
    const char *word = value_word(v);
    enum power power = POWER_ON;

    if (!word || *word == '\0')
        return err_set(e, -EBADMSG, "state: no mode");
    (void)value_power(&power, v, d->kind, m->field[FIELD_STATE_ON], m->field[FIELD_STATE_OFF]);
    if (!str_copy(s->mode, sizeof(s->mode), word))
        return err_set(e, -ERANGE, "state: a mode of more than %d bytes", STATE_MODE_BYTES - 1);
    if (!value_text(v) || power == POWER_OFF)
        s->mode[0] = '\0'; /* says no more than on or off does */
    s->on = power != POWER_OFF;
    return 0;
}

/* Something that moves is not closed; where it rests its position tells. */
static int take_cover(struct device_state *s, enum power power)
{
    if (power == POWER_RESTS)
        return -ENOENT;
    s->on = power != POWER_OFF;
    if (power == POWER_OFF)
        s->position_percent = 0;
    if (power == POWER_ON && s->position_percent == 0)
        s->known &= ~(1u << PROP_POSITION); /* it opened since */
    return 0;
}

static int take_power(struct device_state *s, const struct device *d, const struct value *v,
                      struct err *e)
{
    const struct mqtt_device *m = mqtt_device_of(d);
    const char *word = value_word(v);
    enum power power;

    if (d->kind == KIND_CLIMATE)
        return take_mode(s, d, v, e);
    if (value_power(&power, v, d->kind, m->field[FIELD_STATE_ON], m->field[FIELD_STATE_OFF]) < 0)
        return err_set(e, -EBADMSG, "state: '%.40s' is neither %s nor %s", word ? word : "?",
                       state_power_word(true, d), state_power_word(false, d));
    if (d->kind == KIND_COVER)
        return take_cover(s, power);
    s->on = power == POWER_ON;
    return 0;
}

static int take_online(struct device_state *s, const struct device *d, const struct value *v,
                       struct err *e)
{
    const struct mqtt_device *m = mqtt_device_of(d);
    enum power power;

    if (value_power(&power, v, d->kind, m->field[FIELD_ONLINE_YES], m->field[FIELD_ONLINE_NO]) < 0)
        return err_set(e, -EBADMSG, "availability: neither online nor offline");
    s->online = power == POWER_ON;
    return 0;
}

/* One too high is full all the same: makes differ in whether 254 or 255 is. */
static int take_percent(int *ret, const struct value *v, const char *what, double full,
                        struct err *e)
{
    double number;
    int r = value_number(&number, v, what, e);

    if (r < 0)
        return r;
    if (number < 0 || number > full + 1)
        return err_set(e, -ERANGE, "%s: %g is outside 0..%g", what, number, full);
    *ret = (int)lround(fmin(number, full) * 100 / full);
    if (*ret == 0 && number > 0)
        *ret = 1; /* on, however little */
    must(*ret >= 0 && *ret <= 100);
    return 0;
}

static int take_brightness(struct device_state *s, const struct device *d, const struct value *v,
                           struct err *e)
{
    return take_percent(&s->brightness_percent, v, "brightness", mqtt_device_of(d)->brightness_max,
                        e);
}

static int take_position(struct device_state *s, const struct device *d, const struct value *v,
                         struct err *e)
{
    int r = take_percent(&s->position_percent, v, "position", 100, e);

    if (r < 0)
        return r;
    if (d->kind == KIND_COVER) { /* whatever word stands beside it */
        s->on = s->position_percent > 0;
        s->known |= 1u << PROP_POWER;
    }
    return 0;
}

static int take_target(struct device_state *s, const struct device *d, const struct value *v,
                       struct err *e)
{
    (void)d;
    return value_number(&s->target, v, "temperature", e);
}

/* Mireds below 1000, else kelvin: no lamp has either value in the other's range. */
static int take_color_temp(struct device_state *s, const struct device *d, const struct value *v,
                           struct err *e)
{
    double number;
    int r = value_number(&number, v, "color temperature", e);

    (void)d;
    if (r < 0)
        return r;
    if (number < 50 || number > 20000)
        return err_set(e, -ERANGE, "color temperature: %g is outside 50..20000", number);
    s->kelvin = (int)lround(number < 1000 ? 1e6 / number : number);
    return 0;
}

static bool is_byte(double v)
{
    return v >= 0 && v <= 255;
}

/* "ff8800" with or without '#' in front; -ENOENT: another way to write it, with white channels. */
static int take_hex(struct device_state *s, const char *text, struct err *e)
{
    text += text[0] == '#';
    if (strlen(text) == 6 && strspn(text, "0123456789abcdefABCDEF") == 6) {
        s->color[0] = '#';
        for (int i = 0; i <= 6; i++)
            s->color[1 + i] = (char)tolower((unsigned char)text[i]);
        return 0;
    }
    if (strchr(text, ',') || strlen(text) == 8 || strlen(text) == 10)
        return -ENOENT;
    return err_set(e, -EBADMSG, "color: '%.40s' is not #rrggbb", text);
}

/* "#ff8800", "ff8800" or {"r":255,"g":136,"b":0} */
static int take_color(struct device_state *s, const struct device *d, const struct value *v,
                      struct err *e)
{
    const char *text = value_text(v);
    double r = json_num(v->json, "r", -1), g = json_num(v->json, "g", -1);
    double b = json_num(v->json, "b", -1);

    (void)d;
    if (cJSON_IsObject(v->json) && r < 0 && g < 0 && b < 0)
        return -ENOENT; /* a lamp without colors tells {} or {"c":..,"w":..}; others x and y */
    if (text)
        return take_hex(s, text, e);
    if (!is_byte(r) || !is_byte(g) || !is_byte(b))
        return err_set(e, -EBADMSG, "color: neither #rrggbb nor r, g and b of 0..255");
    snprintf(s->color, sizeof(s->color), "#%02x%02x%02x", (unsigned)r & 0xff, (unsigned)g & 0xff,
             (unsigned)b & 0xff);
    return 0;
}

/* A contact tells true when it is closed. */
static const char *truth_word(bool is_true, const struct device *d)
{
    const char *key = mqtt_device_of(d)->field[FIELD_MEASURED_KEY];

    if (key && strcmp(key, "contact") == 0)
        return is_true ? "closed" : "open";
    return is_true ? "on" : "off";
}

static int take_measured(struct device_state *s, const struct device *d, const struct value *v,
                         struct err *e)
{
    const char *text = value_text(v);
    double number = 0;
    int r = value_number(&number, v, "measured value", e);

    if (r == 0) {
        s->measured = number;
        s->text[0] = '\0';
        return 0;
    }
    if (d->kind != KIND_SENSOR || r == -ERANGE)
        return r;
    if (cJSON_IsBool(v->json))
        text = truth_word(cJSON_IsTrue(v->json), d);
    if (!text || *text == '\0')
        return r;
    if (!str_copy(s->text, sizeof(s->text), text))
        return err_set(e, -ERANGE, "measured value: longer than %d bytes", STATE_TEXT_BYTES - 1);
    s->measured = 0;
    return 0;
}

static int (*const takes[PROP_N])(struct device_state *s, const struct device *d,
                                  const struct value *v, struct err *e) = {
    [PROP_POWER] = take_power,   [PROP_BRIGHTNESS] = take_brightness,
    [PROP_COLOR] = take_color,   [PROP_POSITION] = take_position,
    [PROP_TARGET] = take_target, [PROP_MEASURED] = take_measured,
    [PROP_ONLINE] = take_online, [PROP_COLOR_TEMP] = take_color_temp,
};

/* ---- payload ---------------------------------------------------------------------------- */

/* Terminated, trimmed, printable copy of the payload. */
static int text_of(char **ret, const void *buf, size_t len, struct err *e)
{
    const unsigned char *p = buf;
    AUTO_FREE char *text = NULL;
    char *trimmed;

    if (len > PAYLOAD_BYTES_MAX)
        return err_set(e, -EMSGSIZE, "a payload of %zu bytes; at most %d are read", len,
                       PAYLOAD_BYTES_MAX);
    if (!utf8_is_valid(buf, len))
        return err_set(e, -EBADMSG, "the payload is not UTF-8 text");
    text = malloc(len + 1);
    if (!text)
        return err_set(e, -ENOMEM, "payload: out of memory");
    for (size_t i = 0; i < len; i++)
        text[i] = p[i] < 0x20 || p[i] == 0x7f ? ' ' : (char)p[i];
    text[len] = '\0';
    trimmed = str_trim(text);
    memmove(text, trimmed, strlen(trimmed) + 1);
    *ret = STEAL(text);
    return 0;
}

/* Where the report stands in the payload. 0; -ENOENT: the payload does not speak of it. */
static int find_value(struct value *ret, const struct mqtt_report *report,
                      const struct value *whole, struct err *e)
{
    *ret = *whole;
    if (report->key && whole->json) {
        ret->json = value_walk(whole->json, report->key);
        ret->text = NULL;
        return !ret->json || cJSON_IsNull(ret->json) ? -ENOENT : 0;
    }
    ret->json = NULL;
    if (!report->key || report->prop == PROP_ONLINE) /* some tell availability plain as well */
        return 0;
    if (report->is_alt)
        return -ENOENT;
    return err_set(e, -EBADMSG, "the payload is no JSON object; the key '%s' was to be read",
                   report->key);
}

/* One report into *s, which stays as it was on failure. */
static int take_one(struct device_state *s, const struct device *d,
                    const struct mqtt_report *report, const struct value *whole, struct err *e)
{
    struct device_state fresh = *s;
    struct value v;
    int r = find_value(&v, report, whole, e);

    must(report->prop < PROP_N && d->tells & (1u << report->prop));
    if (r >= 0)
        r = takes[report->prop](&fresh, d, &v, e);
    if (r < 0)
        return r;
    fresh.known |= 1u << report->prop;
    if (report->prop == PROP_TARGET)
        mqtt_device_of(d)->target_alt = report->is_alt;
    *s = fresh;
    return 0;
}

static int take_all(struct device_state *s, const struct payload_form *form,
                    const struct value *whole, struct err *e)
{
    bool told = false;
    int bad = 0;

    for (size_t i = 0; i < form->n; i++) {
        struct err why = ERR_INIT;
        const int r = take_one(s, form->device, form->report[i], whole, &why);

        told |= r == 0;
        if (r == -ENOMEM)
            return r;
        if (r < 0 && r != -ENOENT && bad == 0)
            bad = err_set(e, r, "%s", err_text(&why));
    }
    if (!told)
        return bad < 0 ? bad : -ENOENT;
    return bad < 0;
}

int payload_parse(struct device_state *io, const struct payload_form *form, const void *buf,
                  size_t len, struct err *e)
{
    AUTO_FREE char *text = NULL;
    AUTO_JSON *json = NULL;
    struct device_state s = *io;
    struct value whole;
    int r = text_of(&text, buf, len, e);

    must(form->n > 0 && form->n <= MQTT_REPORTS_MAX);
    if (r < 0)
        return r;
    if (text[0] == '\0')
        return -ENOENT; /* an emptied retained topic */
    if (text[0] == '{') {
        r = json_parse(&json, text, strlen(text), e);
        if (r < 0)
            return r == -ENOMEM ? r : err_wrap(e, -EBADMSG, "payload");
    }
    whole = (struct value){ text, json };
    r = take_all(&s, form, &whole, e);
    if (r < 0)
        return r;
    s.stale = false;
    *io = s;
    return r;
}
