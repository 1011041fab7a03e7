/* SPDX-License-Identifier: Apache-2.0 */
/* speech/hint.c - the names of the house as a hint to a recogniser elsewhere. */
#include "speech/hint.h"

#include "base/must.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>

#define BETWEEN ", "

enum { BETWEEN_BYTES = sizeof(BETWEEN) - 1 };

/* Does `name` stand in the list, whole? */
static bool has_name(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = list; at && *at;) {
        const char *end = strstr(at, BETWEEN);
        size_t len = end ? (size_t)(end - at) : strlen(at);

        if (len == n && strncasecmp(at, name, n) == 0)
            return true;
        at = end ? end + BETWEEN_BYTES : NULL;
    }
    return false;
}

/* One that can be told apart: what parts names, a line end or blanks at its ends make others of it. */
static bool is_name(const char *name, size_t n)
{
    return strspn(name, ". ") < n && name[0] != ' ' && name[n - 1] != ' ' && !strchr(name, ',') &&
           utf8_is_valid(name, n) && !utf8_has_control(name, "");
}

static void name_add(struct str *out, const char *name)
{
    size_t n = name ? strlen(name) : 0;

    if (n == 0 || n + BETWEEN_BYTES > HINT_BYTES - out->len || !is_name(name, n) ||
        has_name(str_text(out), name))
        return;
    if (out->len > 0)
        str_add(out, BETWEEN);
    str_add(out, name);
    must(out->failed || out->len <= HINT_BYTES);
}

static void names_add(struct str *out, const cJSON *devices, const char *key)
{
    const cJSON *device, *name;

    cJSON_ArrayForEach (device, devices) {
        const cJSON *at = cJSON_GetObjectItemCaseSensitive(device, key);

        if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(device, "assistant")))
            continue;
        name_add(out, cJSON_GetStringValue(at));
        if (!cJSON_IsArray(at))
            continue;
        cJSON_ArrayForEach (name, at)
            name_add(out, cJSON_GetStringValue(name));
    }
}

void hint_make(struct str *ret, const cJSON *devices)
{
    static const char *const keys[] = { "area", "name", "aliases" };

    str_clear(ret);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        names_add(ret, devices, keys[i]);
}

bool hint_is_echo(const char *hint, const char *text)
{
    size_t len = strlen(text), left = strlen(hint);

    while (len > 0 && strchr(". ,", text[len - 1]))
        len--;
    if (len == 0 || !memchr(text, ',', len))
        return false; /* one name may be an answer: "which lamp?" */
    for (const char *at = hint; left >= len; at++, left--) {
        bool begins = at == hint || at[-1] == ' ';
        bool ends = at[len] == '\0' || at[len] == ',' || at[len] == '.';

        if (begins && ends && strncasecmp(at, text, len) == 0)
            return true;
    }
    return false;
}
