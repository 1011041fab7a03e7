/* SPDX-License-Identifier: Apache-2.0 */
/* base/utf8.h - the one reader of UTF-8: well-formed sequences, cutting, control characters.
 *
 * Well-formed is what the Unicode Standard's table 3-7 allows: no overlong forms, no surrogates,
 * nothing beyond U+10FFFF. NUL counts as ill-formed: texts here are C strings, and one inside
 * would cut what follows it.
 * Threads: no state. May fail: nothing; a malformed byte is an answer, not an error. */
#ifndef JARVIS_BASE_UTF8_H
#define JARVIS_BASE_UTF8_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_BYTES_MAX = 4 };

/* The well-formed sequence at the start of `bytes`: its bytes, and its code point in *cp (may be
 * NULL). 0: there is none; *cp is untouched. */
size_t utf8_next(uint32_t *cp, const char *bytes, size_t left);
/* The same, walking: decodes at text[*pos] and moves *pos behind; false: none there, or the end. */
bool utf8_step(uint32_t *cp, const char *text, size_t len, size_t *pos);
/* Bytes that a sequence with this first byte wants; 0: none begins so. */
size_t utf8_wanted(unsigned char first);
bool utf8_is_valid(const char *bytes, size_t len);
/* `cp` (no surrogate, at most U+10FFFF) as UTF-8. */
void utf8_add(struct str *out, uint32_t cp);

/* Bytes of `text` that fit into `most` without cutting a sequence in two. */
size_t utf8_cut(const char *text, size_t most);
/* Copies what utf8_cut() lets fit, terminated; false when that is not all of it.
 * NULL is copied as "". */
bool utf8_copy(char *dst, size_t size, const char *text);

/* C0, DEL, C1 (U+0080..U+009F) or a line separator (U+2028, U+2029): each of them can break the
 * line that a text is shown in. */
bool utf8_is_control(uint32_t cp);
/* Is one of those in `text`, but for the ASCII ones named in `but` ("\t\n"; "": none)? Ill-formed
 * bytes are passed over. */
bool utf8_has_control(const char *text, const char *but);
void utf8_clean(char *text); /* '?' for each ill-formed byte and each byte of a control character */

#endif
