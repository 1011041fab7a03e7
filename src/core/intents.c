/* SPDX-License-Identifier: Apache-2.0 */
/* core/intents.c - what Jarvis can be asked. */
#include "core/intents.h"

#include <string.h>

/* clang-format off */
static const struct intent_def defs[] = {
    { "HassTurnOn", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_LIGHT | IS_SWITCH, true, false, "done",
      { { ACT_ON, NULL } } },
    { "HassTurnOff", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_LIGHT | IS_SWITCH, true, false, "done",
      { { ACT_OFF, NULL } } },
    { "HassToggle", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_LIGHT | IS_SWITCH, true, false, "done",
      { { ACT_TOGGLE, NULL } } },
    { "HassStopMoving", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_COVER, false, false, "done",
      { { ACT_STOP, NULL } } },
    { "HassLightSet", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_LIGHT, true, false, "done",
      { { ACT_BRIGHTNESS, "brightness" }, { ACT_COLOR, "color" } } },
    { "HassSetPosition", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_COVER, true, false, "done",
      { { ACT_POSITION, "position" } } },
    { "HassClimateSetTemperature", INTENT_AT_HOME, RISK_ACTS, SHAPE_DONE, IS_CLIMATE, false, false, "done",
      { { ACT_TEMPERATURE, "temperature" } } },
    { "HassClimateGetTemperature", INTENT_AT_HOME, RISK_NONE, SHAPE_TEMPERATURE, IS_CLIMATE | IS_SENSOR,
      false, false, "done", { { ACT_NONE, NULL } } },
    { "HassGetState", INTENT_AT_HOME, RISK_NONE, SHAPE_STATE, IS_ANY & ~IS_SCENE, false, false, "done",
      { { ACT_NONE, NULL } } },
    { "HassGetCurrentTime", INTENT_HERE, RISK_NONE, SHAPE_TIME, 0, false, false, "done", { { ACT_NONE, NULL } } },
    { "HassGetCurrentDate", INTENT_HERE, RISK_NONE, SHAPE_DATE, 0, false, false, "done", { { ACT_NONE, NULL } } },
    { "HassNevermind", INTENT_HERE, RISK_NONE, SHAPE_DONE, 0, false, false, "cancelled", { { ACT_NONE, NULL } } },
    { "JarvisStop", INTENT_HERE, RISK_NONE, SHAPE_DONE, 0, false, true, "done", { { ACT_NONE, NULL } } },
    { "JarvisThanks", INTENT_HERE, RISK_NONE, SHAPE_DONE, 0, false, false, "done", { { ACT_NONE, NULL } } },
};
/* clang-format on */

const struct intent_def *intents_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof(defs) / sizeof(defs[0]); i++)
        if (strcmp(defs[i].name, name) == 0)
            return &defs[i];
    return NULL;
}

const struct intent_def *intents_at(size_t i)
{
    return i < sizeof(defs) / sizeof(defs[0]) ? &defs[i] : NULL;
}
