/* SPDX-License-Identifier: Apache-2.0 */
/* base/str.h - growing text buffer and small text helpers.
 *
 * A buffer that could not grow remembers it (`failed`) and ignores what comes
 * after, so that a long series of str_add() needs one check at the end.
 * Threads: one owner at a time. */
#ifndef JARVIS_BASE_STR_H
#define JARVIS_BASE_STR_H

#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct str {
    char *data;  /* owned; terminated; NULL while empty */
    size_t len;  /* bytes without the terminator */
    size_t cap;  /* bytes allocated */
    bool failed; /* an allocation failed; the content is not whole */
};

#define STR_INIT ((struct str){ NULL, 0, 0, false })

void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const void *bytes, size_t len);
void str_add_char(struct str *s, char c);
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One more of a list for people: "a", then "a, b". */
void str_add_item(struct str *s, const char *text);
void str_clear(struct str *s);            /* keeps the memory */
void str_done(struct str *s);             /* frees; leaves STR_INIT */
char *str_take(struct str *s);            /* ownership leaves; NULL when failed; "" when empty */
const char *str_text(const struct str *s); /* never NULL */

#define AUTO_STR AUTO(str_done) struct str

/* Copies with termination; false when `text` did not fit (dst then holds the start). */
bool str_copy(char *dst, size_t size, const char *text);
char *str_dup(const char *text);               /* NULL stays NULL */
bool str_starts(const char *text, const char *prefix);
char *str_trim(char *text);                    /* in place; returns the first non-blank */

#endif
