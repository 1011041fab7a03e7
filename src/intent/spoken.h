/* SPDX-License-Identifier: Apache-2.0 */
/* intent/spoken.h - how a name is said: lower-case ASCII words with single blanks.
 *
 *   "TV 2" -> "tv two", "PM2.5" -> "pm two point five", "Café" -> "cafe", "Wi-Fi" -> "wi fi"
 * The speech grammar is made of these words, so the same form is a further name of the thing.
 * Threads: no state. */
#ifndef JARVIS_INTENT_SPOKEN_H
#define JARVIS_INTENT_SPOKEN_H

#include "intent/numbers.h"

/* Whether names get such forms, and which words stand for signs: "and", "percent", or none. */
enum spoken { SPOKEN_NOT, SPOKEN_ENGLISH, SPOKEN_BARE };

/* Of a language that this box hears, by the package's acoustic model (English) or an engine's. */
enum spoken spoken_language(const char *language, bool is_heard);

/* Appends to *out. -EINVAL: holds letters that no grammar here has (Greek, Cyrillic ..)
 * or no word at all; *out is then not whole. */
int spoken_words(struct str *out, const struct numbers *n, enum spoken how, const char *text, struct err *e);

#endif
