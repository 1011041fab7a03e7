/* SPDX-License-Identifier: Apache-2.0 */
/* home/values.c - the slots of a request as numbers, colors and texts. */
#include "home/values.h"

#include "base/must.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
static const struct { const char *name; unsigned rgb; } colors[] = {
    { "white", 0xffffff }, { "red", 0xff0000 },    { "green", 0x00ff00 },     { "blue", 0x0000ff },
    { "yellow", 0xffff00 }, { "orange", 0xff8000 }, { "purple", 0x8000ff },   { "violet", 0x8000ff },
    { "pink", 0xff60a0 },  { "cyan", 0x00ffff },   { "turquoise", 0x40e0d0 }, { "brown", 0x8b4513 },
};

static const struct range {
    double min, max;
} ranges[ACT_N] = {
    [ACT_BRIGHTNESS] = { 0, 100 },         [ACT_BRIGHTNESS_STEP] = { -100, 100 },
    [ACT_COLOR_TEMP] = { 1000, 12000 },    [ACT_COLOR_TEMP_STEP] = { -10000, 10000 },
    [ACT_POSITION] = { 0, 100 },           [ACT_POSITION_STEP] = { -100, 100 },
    [ACT_TEMPERATURE] = { VALUE_DEGREES_MIN, VALUE_DEGREES_MAX },
    [ACT_TEMPERATURE_STEP] = { -20, 20 },
};

static const struct { int kelvin; unsigned rgb; } glow[] = { /* Planck's colors, rounded */
    { 1000, 0xff3800 }, { 2000, 0xff890e }, { 2700, 0xffa757 }, { 3000, 0xffb46b }, { 4000, 0xffd1a3 },
    { 5000, 0xffe4ce }, { 6500, 0xfffefa }, { 8000, 0xe3e9ff }, { 12000, 0xc3d1ff },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const cJSON *value_item(const cJSON *slots, const char *name)
{
    const cJSON *slot = cJSON_GetObjectItemCaseSensitive(slots, name);

    return cJSON_IsObject(slot) ? cJSON_GetObjectItemCaseSensitive(slot, "value") : slot;
}

const char *value_text(const cJSON *slots, const char *name)
{
    return cJSON_GetStringValue(value_item(slots, name));
}

bool value_is_said(const cJSON *slots, const char *name)
{
    const cJSON *slot = cJSON_GetObjectItemCaseSensitive(slots, name);

    return !cJSON_IsObject(slot) || json_str(slot, "text", "")[0] != '\0';
}

bool value_is_number(enum act_command command)
{
    return ranges[command].min < ranges[command].max;
}

static int take_number(double *ret, const struct range *range, const cJSON *item, const char *what,
                       struct err *e)
{
    const char *text = cJSON_GetStringValue(item);
    char *end = NULL;
    double v = text ? strtod(text, &end) : NAN;

    if (cJSON_IsNumber(item))
        v = item->valuedouble;
    else if (!text || end == text || *end != '\0')
        return err_set(e, -EINVAL, "%s: a number is needed", what);
    if (!(v >= range->min && v <= range->max))
        return err_set(e, -EINVAL, "a %s of %g is outside %g to %g", what, v, range->min,
                       range->max);
    *ret = v;
    return 0;
}

static int take_color(unsigned *ret, const cJSON *item, struct err *e)
{
    const char *text = cJSON_GetStringValue(item);

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

int value_of_command(double *ret, unsigned *ret_rgb, enum act_command command, const cJSON *item,
                     const char *what, struct err *e)
{
    if (!must(command < ACT_N))
        return err_set(e, -EINVAL, "%s: no such command", what);
    if (command == ACT_COLOR)
        return take_color(ret_rgb, item, e);
    if (value_is_number(command))
        return take_number(ret, &ranges[command], item, what, e);
    return 0;
}

static unsigned mix(unsigned a, unsigned b, double share, int shift)
{
    const double low = (a >> shift) & 0xff, high = (b >> shift) & 0xff;

    must(share >= 0 && share <= 1);
    return (unsigned)lround(low + (high - low) * share) << shift;
}

unsigned value_kelvin_rgb(double kelvin)
{
    for (size_t i = 1; i < COUNT(glow); i++) {
        const double from = glow[i - 1].kelvin, to = glow[i].kelvin;
        const double share = fmax(0, (kelvin - from) / (to - from));
        const unsigned a = glow[i - 1].rgb, b = glow[i].rgb;

        if (kelvin <= to)
            return mix(a, b, share, 16) | mix(a, b, share, 8) | mix(a, b, share, 0);
    }
    return glow[COUNT(glow) - 1].rgb;
}
