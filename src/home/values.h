/* SPDX-License-Identifier: Apache-2.0 */
/* home/values.h - the slots of a request as numbers, colors and texts.
 * Threads: no state. */
#ifndef JARVIS_HOME_VALUES_H
#define JARVIS_HOME_VALUES_H

#include "base/err.h"
#include "base/json.h"
#include "core/house.h"

#include <stdbool.h>

/* A slot's value, whether it stands alone or as {value, text}; NULL: not there. */
const cJSON *value_item(const cJSON *slots, const char *name);
const char *value_text(const cJSON *slots, const char *name); /* NULL: none, or no text */
/* Was it said, or does it come from where the box stands? */
bool value_is_said(const cJSON *slots, const char *name);

/* The value of a command: a number within its range, or a color in *ret_rgb. Commands without a value
 * take anything. `what` names it in the words. -EINVAL. */
int value_of_command(double *ret, unsigned *ret_rgb, enum act_command command, const cJSON *item,
                     const char *what, struct err *e);
/* Does the command take a number? */
bool value_is_number(enum act_command command);
/* The color nearest to the light of a glowing body of so many kelvin. */
unsigned value_kelvin_rgb(double kelvin);

enum { VALUE_BRIGHTNESS_MIN = 1, VALUE_DEGREES_MIN = 5, VALUE_DEGREES_MAX = 35 };

#endif
