/* SPDX-License-Identifier: Apache-2.0 */
/* home/guess.h - what class a cover is by the words of its name, where devices.yaml gives none.
 *
 * Only ever a guarded class: "Garage door" without a class must not open with "all the blinds".
 * A word of a harmless cover beside a weak one decides for it ("door curtain", "window blind"),
 * never beside a strong one ("garage shutter"). Where the name tells nothing ("roller"), a garage
 * as its room does.
 * Threads: no state. */
#ifndef JARVIS_HOME_GUESS_H
#define JARVIS_HOME_GUESS_H

#include "home/devices.h"

/* CLASS_NONE: nothing guarded in name, aliases or id. */
enum device_class guess_class(const struct device *d);

#endif
