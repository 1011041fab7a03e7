/* SPDX-License-Identifier: Apache-2.0 */
/* intent/spoken.h - how a name is said: lower-case ASCII words with single blanks.
 *
 *   "TV 2" -> "tv two", "PM2.5" -> "pm two point five", "Café" -> "cafe", "Wi-Fi" -> "wi fi"
 * The speech grammar is made of these words, so the same form is a further name of the thing.
 * Threads: no state. */
#ifndef JARVIS_INTENT_SPOKEN_H
#define JARVIS_INTENT_SPOKEN_H

#include "intent/numbers.h"

/* Languages with an acoustic model in the system: English only (see docs/sentences.md). */
bool spoken_language(const char *language);

/* Appends to *out. -EINVAL: holds letters that English has no sound for (Greek, Cyrillic ..)
 * or no word at all; *out is then not whole. */
int spoken_words(struct str *out, const struct numbers *n, const char *text, struct err *e);

#endif
