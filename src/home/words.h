/* SPDX-License-Identifier: Apache-2.0 */
/* home/words.h - devices and rooms within a sentence for people.
 * Threads: no state. */
#ifndef JARVIS_HOME_WORDS_H
#define JARVIS_HOME_WORDS_H

#include "home/devices.h"

/* "Kitchen light" within a sentence: "kitchen light"; "TV corner" stays. Returns `out`. */
const char *words_name(char *out, size_t size, const char *name);
const char *words_kinds(unsigned kinds, unsigned classes); /* "light", "garage", "device" */
/* "the kitchen light WHAT" as an error; returns `code`. */
int words_device(int code, const struct device *d, const char *what, struct err *e);

#endif
