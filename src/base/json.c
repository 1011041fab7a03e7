/* SPDX-License-Identifier: Apache-2.0 */
/* base/json.c - strict reading of untrusted JSON on top of cJSON, and typed getters.
 *
 * A scan before the parser refuses what the parser would swallow: depth and the escape
 * \u0000, which would cut C strings short. Repeated keys are looked for in the tree. */
#include "base/json.h"

#include "base/str.h"

#include <math.h>
#include <string.h>

/* Walks the bytes outside and inside strings; the grammar itself is cJSON's business. */
static int json_scan(const char *p, size_t len, struct err *e)
{
    bool in_string = false;
    int depth = 0;

    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if ((unsigned char)p[i] < 0x20)
                return err_set(e, -EINVAL, "JSON byte %zu: control character in a string", i);
            if (p[i] == '"')
                in_string = false;
            if (p[i] != '\\')
                continue;
            if (len - i > 5 && memcmp(p + i, "\\u0000", 6) == 0)
                return err_set(e, -EINVAL, "JSON byte %zu: NUL in a string", i);
            i++;
        } else if (p[i] == '"') {
            in_string = true;
        } else if (p[i] == '{' || p[i] == '[') {
            if (++depth > JSON_DEPTH_MAX)
                return err_set(e, -EINVAL, "JSON byte %zu: nested deeper than %d", i,
                               JSON_DEPTH_MAX);
        } else if (p[i] == '}' || p[i] == ']') {
            depth--;
        }
    }
    return 0;
}

static int json_check_keys(const cJSON *j, struct err *e)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, j)
    {
        int r = json_check_keys(item, e);

        if (r < 0)
            return r;
        if (!cJSON_IsObject(j) || !item->string)
            continue;
        for (const cJSON *other = item->next; other; other = other->next)
            if (strcmp(other->string, item->string) == 0)
                return err_set(e, -EINVAL, "JSON: key '%.60s' stands twice", item->string);
    }
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int json_parse(cJSON **ret, const void *buf, size_t len, struct err *e)
{
    AUTO_JSON *j = NULL;
    const char *p = buf, *end = NULL;
    int r;

    if (len == 0)
        return err_set(e, -EINVAL, "JSON: nothing there");
    if (!str_is_utf8(p, len))
        return err_set(e, -EINVAL, "JSON: not UTF-8, or a NUL byte");
    r = json_scan(p, len, e);
    if (r < 0)
        return r;
    errno = 0;
    j = cJSON_ParseWithLengthOpts(p, len, &end, false);
    if (!j)
        return err_set(e, -EINVAL, "JSON byte %zu: not valid here", end ? (size_t)(end - p) : 0);
    while (end < p + len && is_blank(*end))
        end++;
    if (end != p + len)
        return err_set(e, -EINVAL, "JSON byte %zu: something follows the value",
                       (size_t)(end - p));
    r = json_check_keys(j, e);
    if (r < 0)
        return r;
    *ret = STEAL(j);
    return 0;
}

char *json_text(const cJSON *j)
{
    return j ? cJSON_PrintUnformatted(j) : NULL;
}

const char *json_str(const cJSON *obj, const char *key, const char *fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    return cJSON_IsString(v) ? v->valuestring : fallback;
}

double json_num(const cJSON *obj, const char *key, double fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    return cJSON_IsNumber(v) ? v->valuedouble : fallback;
}

bool json_bool(const cJSON *obj, const char *key, bool fallback)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : fallback;
}

int json_need_str(const char **ret, const cJSON *obj, const char *key, struct err *e)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    if (!v)
        return err_set(e, -EINVAL, "%s: is missing", key);
    if (!cJSON_IsString(v))
        return err_set(e, -EINVAL, "%s: must be a string", key);
    *ret = v->valuestring;
    return 0;
}

int json_need_int(int64_t *ret, const cJSON *obj, const char *key, int64_t min, int64_t max,
                  struct err *e)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

    if (!v)
        return err_set(e, -EINVAL, "%s: is missing", key);
    if (!cJSON_IsNumber(v) || v->valuedouble != floor(v->valuedouble))
        return err_set(e, -EINVAL, "%s: must be a whole number", key);
    if (v->valuedouble < (double)min || v->valuedouble > (double)max)
        return err_set(e, -ERANGE, "%s: must be within %lld..%lld", key, (long long)min,
                       (long long)max);
    *ret = (int64_t)v->valuedouble;
    return 0;
}
