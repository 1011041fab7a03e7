/* SPDX-License-Identifier: Apache-2.0 */
/* home/payload.c - bytes that a device published -> state. */
#include "home/payload.h"

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

static const struct {
    const char *word;
    bool on;
} power_words[] = {
    { "on", true },        { "true", true },    { "1", true },        { "open", true },
    { "opening", true },   { "yes", true },     { "detected", true }, { "heat", true },
    { "heating", true },   { "auto", true },    { "cool", true },     { "online", true },
    { "connected", true }, { "off", false },    { "false", false },   { "0", false },
    { "close", false },    { "closed", false }, { "closing", false }, { "no", false },
    { "clear", false },    { "idle", false },   { "offline", false }, { "disconnected", false },
};

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

static int value_bool(bool *ret, const struct value *v, const char *yes, const char *no)
{
    const char *text = value_text(v);

    if (!text) {
        if (cJSON_IsBool(v->json))
            *ret = cJSON_IsTrue(v->json);
        else if (cJSON_IsNumber(v->json))
            *ret = v->json->valuedouble > 0;
        else
            return -EBADMSG;
        return 0;
    }
    if (yes && strcmp(text, yes) == 0) {
        *ret = true;
        return 0;
    }
    if (no && strcmp(text, no) == 0) {
        *ret = false;
        return 0;
    }
    for (size_t i = 0; i < sizeof(power_words) / sizeof(power_words[0]); i++) {
        if (strcasecmp(power_words[i].word, text) == 0) {
            *ret = power_words[i].on;
            return 0;
        }
    }
    return -EBADMSG;
}

/* ---- properties ------------------------------------------------------------------------- */

static int take_power(struct device_state *s, const struct device *d, const struct value *v,
                      struct err *e)
{
    const char *text = value_text(v);

    if (value_bool(&s->on, v, d->field[FIELD_STATE_ON], d->field[FIELD_STATE_OFF]) == 0)
        return 0;
    if (text && d->kind == KIND_COVER && strncasecmp(text, "stop", 4) == 0)
        return -ENOENT; /* stands somewhere: the position tells where */
    return err_set(e, -EBADMSG, "state: '%.40s' is neither on nor off", text ? text : "?");
}

static int take_online(struct device_state *s, const struct device *d, const struct value *v,
                       struct err *e)
{
    if (value_bool(&s->online, v, d->field[FIELD_ONLINE_YES], d->field[FIELD_ONLINE_NO]) < 0)
        return err_set(e, -EBADMSG, "availability: neither online nor offline");
    return 0;
}

static int take_percent(int *ret, const struct value *v, const char *what, double full,
                        struct err *e)
{
    double number;
    int r = value_number(&number, v, what, e);

    if (r < 0)
        return r;
    if (number < 0 || number > full)
        return err_set(e, -ERANGE, "%s: %g is outside 0..%g", what, number, full);
    *ret = (int)lround(number * 100 / full);
    if (*ret == 0 && number > 0)
        *ret = 1; /* on, however little */
    return 0;
}

static int take_brightness(struct device_state *s, const struct device *d, const struct value *v,
                           struct err *e)
{
    return take_percent(&s->brightness_percent, v, "brightness", d->brightness_max, e);
}

static int take_position(struct device_state *s, const struct device *d, const struct value *v,
                         struct err *e)
{
    (void)d;
    return take_percent(&s->position_percent, v, "position", 100, e);
}

static int take_target(struct device_state *s, const struct device *d, const struct value *v,
                       struct err *e)
{
    (void)d;
    return value_number(&s->target, v, "temperature", e);
}

/* "#ff8800", "ff8800" or {"r":255,"g":136,"b":0} */
static int take_color(struct device_state *s, const struct device *d, const struct value *v,
                      struct err *e)
{
    const char *text = value_text(v);
    double r = json_num(v->json, "r", -1), g = json_num(v->json, "g", -1);
    double b = json_num(v->json, "b", -1);

    (void)d;
    if (text && text[0] == '#')
        text++;
    if (text && strlen(text) == 6 && strspn(text, "0123456789abcdefABCDEF") == 6) {
        s->color[0] = '#';
        for (int i = 0; i <= 6; i++)
            s->color[1 + i] = (char)tolower((unsigned char)text[i]);
        return 0;
    }
    if (!(r >= 0 && r <= 255 && g >= 0 && g <= 255 && b >= 0 && b <= 255))
        return err_set(e, -EBADMSG, "color: neither #rrggbb nor r, g and b of 0..255");
    snprintf(s->color, sizeof(s->color), "#%02x%02x%02x", (unsigned)r & 0xff, (unsigned)g & 0xff,
             (unsigned)b & 0xff);
    return 0;
}

static int take_measured(struct device_state *s, const struct device *d, const struct value *v,
                         struct err *e)
{
    const char *text = value_text(v);
    int r = value_number(&s->measured, v, "measured value", e);

    if (r == 0) {
        s->text[0] = '\0';
        return 0;
    }
    if (d->kind != KIND_SENSOR || r == -ERANGE)
        return r;
    if (cJSON_IsBool(v->json))
        text = cJSON_IsTrue(v->json) ? "on" : "off";
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
    [PROP_ONLINE] = take_online,
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

/* One property; -ENOENT: the payload does not speak of it. */
static int take_one(struct device_state *s, const struct payload_form *form, size_t i,
                    const struct value *whole, struct err *e)
{
    const enum device_prop prop = form->prop[i];
    const char *key = device_prop_key(form->device, prop);
    struct value v = *whole;
    int r;

    if (key && whole->json) {
        v.json = value_walk(whole->json, key);
        v.text = NULL;
        if (!v.json || cJSON_IsNull(v.json))
            return -ENOENT;
    } else if (key && prop != PROP_ONLINE) { /* some makes send availability plain as well */
        return err_set(e, -EBADMSG, "the payload is no JSON object; the key '%s' was to be read",
                       key);
    } else {
        v.json = NULL;
    }
    r = takes[prop](s, form->device, &v, e);
    if (r == 0)
        s->known |= 1u << prop;
    return r;
}

int payload_parse(struct device_state *io, const struct payload_form *form, const void *buf,
                  size_t len, struct err *e)
{
    AUTO_FREE char *text = NULL;
    AUTO_JSON *json = NULL;
    struct device_state s = *io;
    struct value whole;
    bool told = false;
    int r = text_of(&text, buf, len, e);

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
    for (size_t i = 0; i < form->n; i++) {
        r = take_one(&s, form, i, &whole, e);
        if (r == 0)
            told = true;
        else if (r != -ENOENT)
            return r;
    }
    if (!told)
        return -ENOENT;
    s.stale = false;
    *io = s;
    return 0;
}
