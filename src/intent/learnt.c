/* SPDX-License-Identifier: Apache-2.0 */
/* intent/learnt.c - names and sentences that people taught. */
#include "intent/learnt.h"

#include "base/file.h"
#include "base/fold.h"
#include "base/must.h"
#include "base/str.h"
#include "base/utf8.h"

#include <string.h>

static const cJSON *find(const struct learnt *l, const char *text)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, l->list)
        if (fold_is_same(json_str(one, "text", ""), text))
            return one;
    return NULL;
}

/* A text of one line that is not too long. */
static int check_text(const char *what, const char *text, size_t most, struct err *e)
{
    if (!text || text[strspn(text, " \t")] == '\0')
        return err_set(e, -EINVAL, "%s: is empty", what);
    if (!utf8_is_valid(text, strlen(text)) || strpbrk(text, "\r\n"))
        return err_set(e, -EINVAL, "%s: must be one line of text", what);
    if (strlen(text) > most)
        return err_set(e, -E2BIG, "%s: longer than %zu bytes", what, most);
    return 0;
}

/* The entry; exactly one of device and means. */
static int entry_new(cJSON **ret, const char *text, const char *device, const char *means, struct err *e)
{
    const size_t most = device ? LEARNT_NAME_MAX : LEARNT_SENTENCE_MAX;
    const char *key = device ? "device" : "means", *value = device ? device : means;
    AUTO_JSON *one = cJSON_CreateObject();
    int r;

    if (!device == !means)
        return err_set(e, -EINVAL, "give the device that it names, or the sentence that it stands for");
    r = check_text("text", text, most, e);
    if (r == 0)
        r = check_text(key, value, most, e);
    if (r < 0)
        return r;
    if (!json_put_text(one, "text", text) || !json_put_text(one, key, value))
        return err_set(e, -ENOMEM, "out of memory");
    *ret = STEAL(one);
    return 0;
}

int learnt_add(struct learnt *l, const char *text, const char *device, const char *means,
               int64_t at_ms, struct err *e)
{
    AUTO_JSON *one = NULL;
    int r = entry_new(&one, text, device, means, e);

    if (r < 0)
        return r;
    if (find(l, text))
        return err_set(e, -EEXIST, "'%s' is taught already: forget it first", text);
    if (cJSON_GetArraySize(l->list) >= LEARNT_MAX)
        return err_set(e, -ENOSPC, "%d things are taught already: forget one first", LEARNT_MAX);
    if (!l->list)
        l->list = cJSON_CreateArray();
    if (!json_put_int(one, "at", at_ms) || !json_push(l->list, STEAL(one)))
        return err_set(e, -ENOMEM, "out of memory");
    must(cJSON_GetArraySize(l->list) <= LEARNT_MAX);
    return 0;
}

int learnt_forget(struct learnt *l, const char *text, struct err *e)
{
    const cJSON *one = find(l, text);

    if (!one)
        return err_set(e, -ENOENT, "'%.100s' was not taught", text);
    json_free(cJSON_DetachItemViaPointer(l->list, (cJSON *)one));
    must(!find(l, text));
    return 0;
}

int learnt_read(struct learnt *ret, const char *path, struct err *e)
{
    AUTO_FREE char *text = NULL;
    AUTO_JSON *list = NULL;
    const cJSON *one;
    size_t len;
    int r = file_read(&text, &len, path, LEARNT_FILE_MAX, e);

    *ret = (struct learnt){ .list = NULL };
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = json_parse(&list, text, len, e);
    if (r == 0 && !cJSON_IsArray(list))
        r = err_set(e, -EINVAL, "must be a list");
    if (r < 0)
        return err_wrap(e, r, "%s", path);
    cJSON_ArrayForEach(one, list)
        if (learnt_add(ret, json_str(one, "text", NULL), json_str(one, "device", NULL),
                       json_str(one, "means", NULL), json_int(one, "at", 0, JSON_INT_MAX, 0), NULL) < 0)
            ret->left_out++;
    return 0;
}

void learnt_done(struct learnt *l)
{
    cJSON_Delete(l->list);
    *l = (struct learnt){ .list = NULL };
}

/* What is said ends with signs or not. */
const char *learnt_means(const struct learnt *l, const char *text)
{
    const size_t n = strlen(text);
    AUTO_STR plain = STR_INIT;

    if (!l->list || n > LEARNT_SENTENCE_MAX + 8)
        return NULL;
    str_add_bytes(&plain, text, n);
    while (plain.len > 0 && strchr(" .,;!?", plain.data[plain.len - 1]))
        plain.data[--plain.len] = '\0';
    return plain.failed ? NULL : json_str(find(l, str_text(&plain)), "means", NULL);
}

bool learnt_name(cJSON *devices, const struct learnt *l)
{
    const cJSON *one;
    cJSON *d, *aliases;

    cJSON_ArrayForEach(one, l->list)
        cJSON_ArrayForEach(d, devices)
        {
            if (strcmp(json_str(d, "id", ""), json_str(one, "device", "\n")) != 0)
                continue;
            aliases = cJSON_GetObjectItemCaseSensitive(d, "aliases");
            if (!aliases)
                aliases = cJSON_AddArrayToObject(d, "aliases");
            if (!json_push(aliases, cJSON_CreateString(json_str(one, "text", ""))))
                return false;
        }
    return true;
}
