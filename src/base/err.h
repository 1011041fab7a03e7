/* SPDX-License-Identifier: Apache-2.0 */
/* base/err.h - error codes with words.
 *
 * A function that can fail returns 0 or a negative errno and takes, as its last
 * parameter, a `struct err *` that may be NULL. err_set() is used where the fault
 * is found, err_wrap() on the way up to say what was being done:
 *
 *     err_set(e, -ERANGE, "audio.rate: 7999 is outside 8000..48000 Hz")
 *     err_wrap(e, r, "jarvis.yaml line 12")
 *       -> "jarvis.yaml line 12: audio.rate: 7999 is outside 8000..48000 Hz"
 *
 * Threads: a struct err belongs to one caller; no heap, no global state. */
#ifndef JARVIS_BASE_ERR_H
#define JARVIS_BASE_ERR_H

#include <errno.h>

enum { ERR_TEXT_BYTES = 384 };

struct err {
    int code;                  /* negative errno; 0 when nothing was set */
    char text[ERR_TEXT_BYTES]; /* terminated, one line of UTF-8; cut with "..." */
};

#define ERR_INIT ((struct err){ 0, "" })

/* Stores code and words; returns `code`. `e` may be NULL. */
int err_set(struct err *e, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "words: " before the words already there; returns `code`. `e` may be NULL. */
int err_wrap(struct err *e, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The words, or err_words() of the code where nobody set any. Never NULL. */
const char *err_text(const struct err *e);

/* What an errno, of either sign, means to a person and what helps, to follow "the thing: ". The C library's
 * own texts name no remedy and are not always thread-safe: nothing that a person reads comes from strerror()
 * (tools/check-banned). Of an errno that has no words here the number is told. Never NULL; constant. */
const char *err_words(int code);

#endif
