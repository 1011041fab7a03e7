/* SPDX-License-Identifier: Apache-2.0 */
/* core/house.c - kinds, classes and commands by name. */
#include "core/house.h"

#include <errno.h>
#include <string.h>

static const char *const kind_names[KIND_N] = {
    [KIND_LIGHT] = "light",     [KIND_SWITCH] = "switch",
    [KIND_COVER] = "cover",     [KIND_CLIMATE] = "climate",
    [KIND_SCENE] = "scene",     [KIND_SENSOR] = "sensor",
    [KIND_LOCK] = "lock",       [KIND_BINARY_SENSOR] = "binary_sensor",
};

static const struct {
    const char *name;
    unsigned kinds;
} classes[CLASS_N] = {
    [CLASS_NONE] = { "", IS_ANY },
    [CLASS_AWNING] = { "awning", IS_COVER },
    [CLASS_BLIND] = { "blind", IS_COVER },
    [CLASS_CURTAIN] = { "curtain", IS_COVER },
    [CLASS_SHADE] = { "shade", IS_COVER },
    [CLASS_SHUTTER] = { "shutter", IS_COVER },
    [CLASS_DOOR] = { "door", IS_COVER | IS_BINARY_SENSOR },
    [CLASS_GARAGE] = { "garage", IS_COVER | IS_BINARY_SENSOR },
    [CLASS_GATE] = { "gate", IS_COVER | IS_BINARY_SENSOR },
    [CLASS_WINDOW] = { "window", IS_COVER | IS_BINARY_SENSOR },
    [CLASS_BATTERY] = { "battery", IS_BINARY_SENSOR },
    [CLASS_CARBON_MONOXIDE] = { "carbon_monoxide", IS_BINARY_SENSOR },
    [CLASS_GAS] = { "gas", IS_BINARY_SENSOR },
    [CLASS_LOCK] = { "lock", IS_BINARY_SENSOR },
    [CLASS_MOISTURE] = { "moisture", IS_BINARY_SENSOR },
    [CLASS_MOTION] = { "motion", IS_BINARY_SENSOR },
    [CLASS_OCCUPANCY] = { "occupancy", IS_BINARY_SENSOR },
    [CLASS_PLUG] = { "plug", IS_BINARY_SENSOR },
    [CLASS_PRESENCE] = { "presence", IS_BINARY_SENSOR },
    [CLASS_PROBLEM] = { "problem", IS_BINARY_SENSOR },
    [CLASS_SMOKE] = { "smoke", IS_BINARY_SENSOR },
    [CLASS_TAMPER] = { "tamper", IS_BINARY_SENSOR },
    [CLASS_VIBRATION] = { "vibration", IS_BINARY_SENSOR },
};

const char *const act_command_names[ACT_N + 1] = {
    [ACT_NONE] = "none",
    [ACT_ON] = "on",
    [ACT_OFF] = "off",
    [ACT_TOGGLE] = "toggle",
    [ACT_OPEN] = "open",
    [ACT_CLOSE] = "close",
    [ACT_STOP] = "stop",
    [ACT_LOCK] = "lock",
    [ACT_UNLOCK] = "unlock",
    [ACT_BRIGHTNESS] = "brightness",
    [ACT_BRIGHTNESS_STEP] = "brightness_step",
    [ACT_COLOR] = "color",
    [ACT_COLOR_TEMP] = "color_temp",
    [ACT_COLOR_TEMP_STEP] = "color_temp_step",
    [ACT_POSITION] = "position",
    [ACT_POSITION_STEP] = "position_step",
    [ACT_TEMPERATURE] = "temperature",
    [ACT_TEMPERATURE_STEP] = "temperature_step",
};

const char *device_kind_name(enum device_kind kind)
{
    return kind < KIND_N ? kind_names[kind] : "device";
}

int device_kind_parse(enum device_kind *ret, const char *name)
{
    for (int i = 0; i < KIND_N; i++) {
        if (strcmp(kind_names[i], name) == 0) {
            *ret = (enum device_kind)i;
            return 0;
        }
    }
    return -ENOENT;
}

const char *device_class_name(enum device_class c)
{
    return c < CLASS_N ? classes[c].name : "";
}

int device_class_parse(enum device_class *ret, const char *name)
{
    if (strcmp(name, "garage_door") == 0)
        name = classes[CLASS_GARAGE].name;
    for (int i = CLASS_NONE + 1; i < CLASS_N; i++) {
        if (strcmp(classes[i].name, name) == 0) {
            *ret = (enum device_class)i;
            return 0;
        }
    }
    return -ENOENT;
}

bool device_class_fits(enum device_class c, enum device_kind kind)
{
    return c < CLASS_N && kind < KIND_N && classes[c].kinds & (1u << kind);
}

bool device_is_guarded(enum device_kind kind, enum device_class c)
{
    if (kind == KIND_COVER)
        return c == CLASS_DOOR || c == CLASS_GARAGE || c == CLASS_GATE || c == CLASS_WINDOW;
    return kind == KIND_LOCK;
}

const char *act_command_name(enum act_command c)
{
    return c < ACT_N ? act_command_names[c] : "none";
}

int act_command_parse(enum act_command *ret, const char *name)
{
    for (int i = ACT_NONE + 1; i < ACT_N; i++) {
        if (strcmp(act_command_names[i], name) == 0) {
            *ret = (enum act_command)i;
            return 0;
        }
    }
    return -ENOENT;
}

/* +1: a word for on, -1: for off, 0: neither. Of a lock both words are its own. */
static int state_word_sign(const char *word)
{
    static const char *const words[][2] = {
        { "on", "off" },     { "open", "closed" },  { "wet", "dry" },           { "detected", "clear" },
        { "low", "normal" }, { "problem", "ok" },   { "plugged", "unplugged" },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (int k = 0; k < 2; k++)
            if (strcasecmp(word, words[i][k]) == 0)
                return k == 0 ? 1 : -1;
    return 0;
}

bool state_word_is(const char *state, const char *wanted)
{
    static const char *const general[] = { "on", "off", "detected", "clear" };
    int sign = state_word_sign(state);
    bool is = strcasecmp(state, wanted) == 0;

    for (size_t i = 0; !is && sign != 0 && i < sizeof(general) / sizeof(general[0]); i++)
        is = strcasecmp(wanted, general[i]) == 0 && sign == state_word_sign(wanted);
    return is; /* a lamp that is on is not open */
}
