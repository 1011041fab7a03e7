/* SPDX-License-Identifier: Apache-2.0 */
/* base/fold.h - the one way in which texts that people write are made comparable: names of
 * devices and rooms, sentences, own sentences, in every script.
 *
 *   "Küche-Lampe"  "kuche lampe"  "KÜCHE_LAMPE"      -> kuche lampe
 *   "Kyle's office"  "Kyle’s office"  "kyles office"  -> kyles office
 *   "Øresund" -> oresund   "Straße" -> strasse   "ışık" -> isik   "Œuvre" -> oeuvre
 *
 * Folded away: case, marks on letters (accents, Arabic and Hebrew vowel points), tatweel,
 * hyphens, underscores and all kinds of blanks for one another, apostrophes, full-width and
 * presentation forms, digits of other scripts. Kept: marks that make another letter (kana,
 * Devanagari, Thai ...) and everything else. Tables: libutf8proc (Unicode); ours are only the
 * letters that Unicode does not decompose. Digits and number words are intent/names.h's.
 * Threads: no state. */
#ifndef JARVIS_BASE_FOLD_H
#define JARVIS_BASE_FOLD_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Letters that one character may fold to; longer expansions stay as they are. */
enum { FOLD_CHARS_MAX = 4 };

/* The base letters of one code point; 0: it carries none (a mark, tatweel). Apostrophes stay here,
 * so that elisions can be told from words. */
size_t fold_char(uint32_t ret[FOLD_CHARS_MAX], uint32_t cp);
/* The code point without case only: what is equal here was written letter by letter. */
uint32_t fold_case(uint32_t cp);
/* Joins letters and marks that stand apart (NFC) in place; returns the new length. */
size_t fold_compose(uint32_t *cp, size_t len);

/* Adds the folded text with single blanks between its words: equal keys are equal names. Bytes
 * that are no UTF-8 are kept as they are. Check out->failed. */
void fold_key(struct str *out, const char *text);
/* The same question without memory. */
bool fold_is_same(const char *a, const char *b);

#endif
