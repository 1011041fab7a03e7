/* SPDX-License-Identifier: Apache-2.0 */
/* core/intents.c - what Jarvis can be asked. */
#include "core/intents.h"

#include <string.h>

#define TARGET "name", "area", "domain", "device_class", "except", "except_too", "except_area", "except_area_too"
#define SWITCHED IS_LIGHT | IS_SWITCH

const struct intent_except intents_excepts[INTENT_EXCEPTS_N] = {
    { "except", false }, { "except_too", false }, { "except_area", true }, { "except_area_too", true },
};

/* clang-format off */
static const struct intent_def defs[] = {
    { "HassTurnOn", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, SWITCHED, true, false, "done",
      { TARGET, "single" }, { { ACT_ON, NULL } } },
    { "HassTurnOff", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, SWITCHED, true, false, "done",
      { TARGET, "single" }, { { ACT_OFF, NULL } } },
    { "HassToggle", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, SWITCHED, true, false, "done",
      { TARGET }, { { ACT_TOGGLE, NULL } } },
    { "HassStopMoving", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_COVER, false, false, "done",
      { TARGET }, { { ACT_STOP, NULL } } },
    { "HassLightSet", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_LIGHT, true, false, "done",
      { TARGET, "brightness", "brightness_step", "color", "color_temp", "color_temp_step" },
      { { ACT_BRIGHTNESS, "brightness" }, { ACT_BRIGHTNESS_STEP, "brightness_step" },
        { ACT_COLOR, "color" }, { ACT_COLOR_TEMP, "color_temp" },
        { ACT_COLOR_TEMP_STEP, "color_temp_step" } } },
    { "HassSetPosition", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_COVER, true, false, "done",
      { TARGET, "position", "position_step" },
      { { ACT_POSITION, "position" }, { ACT_POSITION_STEP, "position_step" } } },
    { "HassClimateSetTemperature", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_CLIMATE, false, false,
      "done", { TARGET, "temperature", "temperature_step" },
      { { ACT_TEMPERATURE, "temperature" }, { ACT_TEMPERATURE_STEP, "temperature_step" } } },
    { "HassClimateGetTemperature", INTENT_AT_HOME, RISK_NONE, SHAPE_TEMPERATURE,
      IS_CLIMATE | IS_SENSOR, false, false, "done", { TARGET }, { { ACT_NONE, NULL } } },
    { "HassGetState", INTENT_AT_HOME, RISK_NONE, SHAPE_STATE, IS_ANY & ~IS_SCENE, false, false,
      "done", { TARGET, "state" }, { { ACT_NONE, NULL } } },
    { "HassGetCurrentTime", INTENT_HERE, RISK_NONE, SHAPE_TIME, 0, false, false, "done",
      { NULL }, { { ACT_NONE, NULL } } },
    { "HassGetCurrentDate", INTENT_HERE, RISK_NONE, SHAPE_DATE, 0, false, false, "done",
      { NULL }, { { ACT_NONE, NULL } } },
    { "HassNevermind", INTENT_HERE, RISK_NONE, SHAPE_DONE, 0, false, false, "cancelled",
      { NULL }, { { ACT_NONE, NULL } } },
    { "JarvisStop", INTENT_HERE, RISK_NONE, SHAPE_DONE, 0, false, true, "done",
      { NULL }, { { ACT_NONE, NULL } } },
    { "JarvisYes", INTENT_HERE, RISK_NONE, SHAPE_YES, 0, false, false, "done",
      { NULL }, { { ACT_NONE, NULL } } },
    { "JarvisNo", INTENT_HERE, RISK_NONE, SHAPE_NO, 0, false, false, "cancelled",
      { NULL }, { { ACT_NONE, NULL } } },
    { "JarvisThanks", INTENT_HERE, RISK_NONE, SHAPE_DONE, 0, false, false, "done",
      { NULL }, { { ACT_NONE, NULL } } },
    { "JarvisRefuse", INTENT_HERE, RISK_NONE, SHAPE_REFUSED, 0, false, false, "cancelled",
      { "command", "when", "rest" }, { { ACT_NONE, NULL } } },
    { "JarvisUndo", INTENT_HERE, RISK_NONE, SHAPE_UNDO, 0, false, false, "done",
      { NULL }, { { ACT_NONE, NULL } } },
    { "JarvisCorrect", INTENT_HERE, RISK_NONE, SHAPE_CORRECT, 0, false, false, "done",
      { "name", "area" }, { { ACT_NONE, NULL } } },
    { "JarvisAlso", INTENT_HERE, RISK_NONE, SHAPE_ALSO, 0, false, false, "done",
      { "name", "area" }, { { ACT_NONE, NULL } } },
    { "JarvisAgain", INTENT_HERE, RISK_NONE, SHAPE_AGAIN, 0, false, false, "done",
      { NULL }, { { ACT_NONE, NULL } } },
    { "JarvisRepeat", INTENT_HERE, RISK_NONE, SHAPE_REPEAT, 0, false, false, "done",
      { NULL }, { { ACT_NONE, NULL } } },
    { "JarvisHelp", INTENT_HERE, RISK_NONE, SHAPE_HELP, 0, false, false, "done",
      { NULL }, { { ACT_NONE, NULL } } },
};
/* clang-format on */

const struct intent_def *intents_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof(defs) / sizeof(defs[0]); i++)
        if (strcmp(defs[i].name, name) == 0)
            return &defs[i];
    return NULL;
}

bool intents_is_told(const struct intent_def *def)
{
    static const enum intent_shape told[] = { SHAPE_REFUSED, SHAPE_STATE, SHAPE_TEMPERATURE, SHAPE_TIME, SHAPE_DATE };

    for (size_t i = 0; def && def->risk == RISK_NONE && i < sizeof(told) / sizeof(told[0]); i++)
        if (def->shape == told[i])
            return true;
    return false;
}

const struct intent_def *intents_at(size_t i)
{
    return i < sizeof(defs) / sizeof(defs[0]) ? &defs[i] : NULL;
}
