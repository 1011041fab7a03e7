/* SPDX-License-Identifier: Apache-2.0 */
/* home/text.h - what a text of devices.yaml may be.
 * Threads: any. */
#ifndef JARVIS_HOME_TEXT_H
#define JARVIS_HOME_TEXT_H

#include "base/err.h"

#include <stddef.h>

/* At most `max` bytes of UTF-8 without control characters. -EINVAL, -ENAMETOOLONG with
 * "key: words". */
int text_check(const char *key, const char *text, size_t max, struct err *e);

#endif
