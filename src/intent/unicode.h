/* SPDX-License-Identifier: Apache-2.0 */
/* intent/unicode.h - the little of Unicode that sentences need, independent of the locale.
 *
 * How letters compare is base/fold.h, how bytes become letters base/utf8.h.
 * Threads: constant tables, no state. */
#ifndef JARVIS_INTENT_UNICODE_H
#define JARVIS_INTENT_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

bool unicode_is_blank(uint32_t cp);  /* every kind of space and line end */
bool unicode_is_word(uint32_t cp);   /* letter, digit or mark; all beyond Latin-1's signs */
/* Control and format characters (direction marks, zero-width ones): they carry no words. */
bool unicode_is_invisible(uint32_t cp);

#endif
