/* SPDX-License-Identifier: Apache-2.0 */
/* base/cfg.c - rows that describe settings. */
#include "base/cfg.h"

#include "base/must.h"
#include "base/nearest.h"
#include "base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CFG_CHOICE_BYTES = 64 };

const char *cfg_choice_next(const char **rest, size_t *len)
{
    const char *word = *rest, *bar = word ? strchr(word, '|') : NULL;

    *len = bar ? (size_t)(bar - word) : word ? strlen(word) : 0;
    *rest = bar ? bar + 1 : NULL;
    return word;
}

/* The word of "a|b|c" that `text` begins with, whose end is followed by one of `ends`; NULL: none.
 * Capitals do not count: YAML 1.1 writes True, people write INFO. */
static const char *choice_find(const char *choices, const char *text, const char *ends, size_t *len)
{
    const char *word;

    while ((word = cfg_choice_next(&choices, len)))
        if (*len > 0 && strncasecmp(word, text, *len) == 0 &&
            (text[*len] == '\0' || strchr(ends, text[*len])))
            return word;
    return NULL;
}

static bool choices_hold(const char *choices, const char *text)
{
    size_t len;

    return choice_find(choices, text, "", &len);
}

static int fail_range(const struct cfg_row *row, const char *text, struct err *e)
{
    const char *unit = row->unit ? row->unit : "", *blank = unit[0] ? " " : "";

    if (row->choices)
        return err_set(e, -ERANGE, "%s: %.60s is none of %s%s%s", row->key, text, row->choices,
                       blank, unit);
    return err_set(e, -ERANGE, "%s: %.60s is outside %.15g..%.15g%s%s", row->key, text, row->min,
                   row->max, blank, unit);
}

/* strtoll() and strtod() would skip blanks. */
static bool starts_blank(const char *text)
{
    return isspace((unsigned char)*text);
}

static int store_int(const struct cfg_row *row, void *field, const char *text, struct err *e)
{
    char *end;
    long long v;

    errno = 0;
    v = strtoll(text, &end, 10);
    if (end == text || *end || starts_blank(text))
        return err_set(e, -EINVAL, "%s: '%.60s' is not a whole number", row->key, text);
    if (errno == ERANGE || (double)v < row->min || (double)v > row->max ||
        (row->choices && !choices_hold(row->choices, text)))
        return fail_range(row, text, e);
    memcpy(field, &(int64_t){ v }, sizeof(int64_t));
    return 0;
}

static int store_real(const struct cfg_row *row, void *field, const char *text, struct err *e)
{
    char *end;
    double v = strtod(text, &end);

    if (end == text || *end || !isfinite(v) || starts_blank(text))
        return err_set(e, -EINVAL, "%s: '%.60s' is not a number", row->key, text);
    if (v < row->min || v > row->max)
        return fail_range(row, text, e);
    memcpy(field, &v, sizeof(v));
    return 0;
}

static int store_bool(const struct cfg_row *row, void *field, const char *text, struct err *e)
{
    bool yes = choices_hold("true|yes|on|1", text);

    if (!yes && !choices_hold("false|no|off|0", text))
        return err_set(e, -EINVAL, "%s: '%.60s' is neither true nor false", row->key, text);
    memcpy(field, &yes, sizeof(yes));
    return 0;
}

static int store_text(const struct cfg_row *row, void *field, const char *text, struct err *e)
{
    size_t len = strlen(text);

    if (len >= row->size)
        return err_set(e, -ENAMETOOLONG, "%s: has %zu bytes, %zu are allowed", row->key, len,
                       row->size - 1);
    if (!utf8_is_valid(text, len))
        return err_set(e, -EINVAL, "%s: is not UTF-8", row->key);
    if (utf8_has_control(text, ""))
        return err_set(e, -EINVAL, "%s: control characters are not allowed", row->key);
    memset(field, 0, row->size); /* equal settings are equal bytes */
    memcpy(field, text, len);
    return 0;
}

static int store_choice(const struct cfg_row *row, void *field, const char *text, struct err *e)
{
    const char *ends = row->flags & CFG_LOCALE ? "_-.@" : "";
    char canonical[CFG_CHOICE_BYTES];
    size_t len;
    const char *word = choice_find(row->choices, text, ends, &len);

    if (!word || !must(len < sizeof(canonical)))
        return err_set(e, -EINVAL, "%s: '%.60s' is none of %s", row->key, text, row->choices);
    memcpy(canonical, word, len);
    canonical[len] = '\0';
    return store_text(row, field, canonical, e);
}

static int (*const stores[CFG_N])(const struct cfg_row *, void *, const char *, struct err *) = {
    [CFG_INT] = store_int,   [CFG_REAL] = store_real,     [CFG_BOOL] = store_bool,
    [CFG_TEXT] = store_text, [CFG_CHOICE] = store_choice,
};

int cfg_store(const struct cfg_row *row, void *base, const char *text, struct err *e)
{
    int r = must(row->type < CFG_N) && row->check ? row->check(row, text, e) : 0;

    if (r < 0)
        return r;
    return stores[row->type](row, (char *)base + row->offset, text, e);
}

/* The short form where it reads back the same, so that 0.1 stays 0.1. */
static void print_real(struct str *out, double v)
{
    char text[32];

    snprintf(text, sizeof(text), "%.15g", v);
    if (strtod(text, NULL) != v)
        snprintf(text, sizeof(text), "%.17g", v);
    str_add(out, text);
}

void cfg_print(struct str *out, const struct cfg_row *row, const void *base)
{
    const char *field = (const char *)base + row->offset;
    int64_t whole;
    double real;
    bool yes;

    switch (row->type) {
    case CFG_INT:
        memcpy(&whole, field, sizeof(whole));
        str_addf(out, "%lld", (long long)whole);
        break;
    case CFG_REAL:
        memcpy(&real, field, sizeof(real));
        print_real(out, real);
        break;
    case CFG_BOOL:
        memcpy(&yes, field, sizeof(yes));
        str_add(out, yes ? "true" : "false");
        break;
    default:
        str_add(out, field);
    }
}

const struct cfg_row *cfg_find(const struct cfg_row *rows, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    return NULL;
}

/* "audio.volum", "volume": a piece of a key is as good a hint as a slip in it. */
static const char *key_around(const struct cfg_row *rows, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (str_starts(rows[i].key, key))
            return rows[i].key;
    for (size_t i = 0; strlen(key) >= 4 && i < n; i++)
        if (strstr(rows[i].key, key))
            return rows[i].key;
    return NULL;
}

const char *cfg_nearest(const struct cfg_row *rows, size_t n, const char *key)
{
    struct nearest slip = nearest_to(key, 3), far = nearest_to(key, strlen(key) / 3 + 2);
    const char *dot = strchr(key, '.'), *around;

    if (key[0] == '\0')
        return NULL;
    for (size_t i = 0; i < n; i++) {
        nearest_try(&slip, rows[i].key);
        nearest_try(&far, rows[i].key);
    }
    around = dot || strlen(key) >= 4 ? key_around(rows, n, key) : NULL;
    if (!slip.found && !around && dot && dot[1]) /* "sound.volume" */
        around = key_around(rows, n, dot + 1);
    return slip.found ? slip.found : around ? around : far.found;
}

int cfg_defaults(const struct cfg_row *rows, size_t n, void *base, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        int r = cfg_store(&rows[i], base, rows[i].def, e);

        if (r < 0)
            return err_wrap(e, r, "default");
    }
    return 0;
}

void cfg_env_name(char *out, size_t size, const char *key)
{
    size_t i = 0;

    str_copy(out, size, "JARVIS_");
    for (i = strlen(out); *key && i + 1 < size; key++, i++)
        out[i] = *key == '.' ? '_' : (char)toupper((unsigned char)*key);
    if (i < size)
        out[i] = '\0';
}
