/* SPDX-License-Identifier: Apache-2.0 */
/* core/house.h - the words that all parts share when they speak of devices: kinds, classes and
 * what can be asked of a device. Names are those of Home Assistant's domains and device classes.
 * Threads: constant. */
#ifndef JARVIS_CORE_HOUSE_H
#define JARVIS_CORE_HOUSE_H

#include <stdbool.h>
#include <stddef.h>

enum device_kind {
    KIND_LIGHT,
    KIND_SWITCH,
    KIND_COVER,
    KIND_CLIMATE,
    KIND_SCENE,
    KIND_SENSOR,
    KIND_BINARY_SENSOR,
    KIND_LOCK,
    KIND_N
};

/* Sets of kinds. */
enum {
    IS_LIGHT = 1 << KIND_LIGHT,
    IS_SWITCH = 1 << KIND_SWITCH,
    IS_COVER = 1 << KIND_COVER,
    IS_CLIMATE = 1 << KIND_CLIMATE,
    IS_SCENE = 1 << KIND_SCENE,
    IS_SENSOR = 1 << KIND_SENSOR,
    IS_BINARY_SENSOR = 1 << KIND_BINARY_SENSOR,
    IS_LOCK = 1 << KIND_LOCK,
    IS_ANY = (1 << KIND_N) - 1,
};

const char *device_kind_name(enum device_kind kind);            /* "light" ... */
int device_kind_parse(enum device_kind *ret, const char *name); /* -ENOENT */

enum device_class {
    CLASS_NONE,
    /* covers, doors and windows */
    CLASS_AWNING,
    CLASS_BLIND,
    CLASS_CURTAIN,
    CLASS_SHADE,
    CLASS_SHUTTER,
    CLASS_DOOR,
    CLASS_GARAGE, /* as a binary sensor: "garage_door" means the same */
    CLASS_GATE,
    CLASS_WINDOW,
    /* binary sensors */
    CLASS_BATTERY,
    CLASS_CARBON_MONOXIDE,
    CLASS_GAS,
    CLASS_LOCK,
    CLASS_MOISTURE,
    CLASS_MOTION,
    CLASS_OCCUPANCY,
    CLASS_PLUG,
    CLASS_PRESENCE,
    CLASS_PROBLEM,
    CLASS_SMOKE,
    CLASS_TAMPER,
    CLASS_VIBRATION,
    CLASS_N
};

const char *device_class_name(enum device_class c);              /* "blind" ...; "" for none */
int device_class_parse(enum device_class *ret, const char *name); /* -ENOENT */
bool device_class_fits(enum device_class c, enum device_kind kind);
/* A way into the house (garage, gate, door, window; any lock): no collective sentence reaches it,
 * only its own name, and by voice only after a confirmation. docs/safety.md. */
bool device_is_guarded(enum device_kind kind, enum device_class c);

/* What can be asked of a device: an action is {device, command, value}. */
enum act_command {
    ACT_NONE, /* only asked about */
    ACT_ON,
    ACT_OFF,
    ACT_TOGGLE,
    ACT_OPEN,
    ACT_CLOSE,
    ACT_STOP,
    ACT_LOCK,
    ACT_UNLOCK,
    ACT_BRIGHTNESS,       /* percent */
    ACT_BRIGHTNESS_STEP,  /* percent points, signed */
    ACT_COLOR,            /* "#rrggbb" */
    ACT_COLOR_TEMP,       /* kelvin */
    ACT_COLOR_TEMP_STEP,  /* kelvin, signed; positive is cooler */
    ACT_POSITION,         /* percent open */
    ACT_POSITION_STEP,    /* percent points, signed */
    ACT_TEMPERATURE,      /* degrees of the device */
    ACT_TEMPERATURE_STEP, /* degrees, signed */
    ACT_N
};

extern const char *const act_command_names[ACT_N + 1]; /* NULL at the end */
const char *act_command_name(enum act_command c);              /* "on", "brightness_step" ... */
int act_command_parse(enum act_command *ret, const char *name); /* -ENOENT */

/* Is `state` what is `wanted`? A question that asks in general, for "on", "off", "detected" or "clear", means
 * what the device calls so: open, wet, closed ... */
bool state_word_is(const char *state, const char *wanted);

#endif
