/* SPDX-License-Identifier: Apache-2.0 */
/* intent/unicode.h - the little of Unicode that sentences need, independent of the locale.
 *
 * Case folding is simple (one code point to one) for Latin, Greek, Cyrillic, Armenian and
 * full-width letters, as in Unicode's CaseFolding.txt. Composition (NFC) covers the
 * letters with one mark of Latin-1, Latin Extended-A, Greek and Cyrillic.
 * Threads: constant tables, no state. */
#ifndef JARVIS_INTENT_UNICODE_H
#define JARVIS_INTENT_UNICODE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t unicode_fold(uint32_t cp);             /* for comparing without case */
/* Base letter and combining mark as one code point; 0 when there is none. */
uint32_t unicode_compose(uint32_t base, uint32_t mark);
uint32_t unicode_strip(uint32_t cp); /* the letter without its mark: e for U+00E9 */
bool unicode_is_blank(uint32_t cp);  /* every kind of space and line end */
bool unicode_is_word(uint32_t cp);   /* letter, digit or mark; all beyond Latin-1's signs */
/* Control and format characters (direction marks, zero-width ones): they carry no words. */
bool unicode_is_invisible(uint32_t cp);

#endif
