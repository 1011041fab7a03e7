/* SPDX-License-Identifier: Apache-2.0 */
/* base/json.h - strict reading of untrusted JSON on top of cJSON, and typed getters.
 *
 * json_parse() takes RFC 8259 and nothing else. It refuses what cJSON lets pass: bytes after
 * the value, NUL bytes and the escape \u0000, bytes that are not UTF-8, sloppy numbers and
 * blanks, numbers beyond a double, nesting deeper than JSON_DEPTH_MAX, a repeated key.
 * Getters name the key in their complaint: "message: must be a string".
 * Threads: a tree has one owner. */
#ifndef JARVIS_BASE_JSON_H
#define JARVIS_BASE_JSON_H

#include "base/cleanup.h"
#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 32 };
#define JSON_INT_MAX (INT64_C(1) << 52) /* beyond, cJSON rounds the last digit when it prints */

static inline cJSON *json_free(cJSON *j)
{
    cJSON_Delete(j);
    return NULL;
}
AUTO_DEFINE(cJSON *, json_free)
#define AUTO_JSON AUTO(json_freep) cJSON

/* *ret is owned by the caller. -EINVAL with the byte offset of the fault, -ENOMEM. */
int json_parse(cJSON **ret, const void *buf, size_t len, struct err *e);

/* Unformatted text, owned by the caller; NULL when out of memory. Whole numbers up to JSON_INT_MAX
 * are written as such (cJSON alone writes an id as 1.795752661766e+15). */
char *json_text(const cJSON *j);

/* Borrowed text of a key, or `fallback` where it is absent or no string. */
const char *json_str(const cJSON *obj, const char *key, const char *fallback);
double json_num(const cJSON *obj, const char *key, double fallback);
bool json_bool(const cJSON *obj, const char *key, bool fallback);

/* A whole number within min..max, or `fallback` for everything else: absent, no number, a fraction,
 * outside. Use it, never a cast: a double beyond the integer's range is undefined behaviour. */
int64_t json_int(const cJSON *obj, const char *key, int64_t min, int64_t max, int64_t fallback);

/* Building: `item` is taken over, always; false when it (or the container) is NULL or memory is
 * out, so that a chain of them needs one check at its end. */
bool json_put(cJSON *obj, const char *key, cJSON *item);
bool json_push(cJSON *list, cJSON *item);
/* The same with a copy of a borrowed item; NULL puts null. */
bool json_put_copy(cJSON *obj, const char *key, const cJSON *item);
bool json_put_text(cJSON *obj, const char *key, const char *text); /* NULL puts null */
bool json_put_int(cJSON *obj, const char *key, int64_t value);     /* |value| <= JSON_INT_MAX */
bool json_put_bool(cJSON *obj, const char *key, bool value);

/* As above but absence or a wrong type is -EINVAL with words; *ret untouched on failure. */
int json_need_str(const char **ret, const cJSON *obj, const char *key, struct err *e);

#endif
