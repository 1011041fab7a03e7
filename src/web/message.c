/* SPDX-License-Identifier: Apache-2.0 */
/* web/message.c - what clients may say: chat body and WebSocket messages. */
#include "web/message.h"

#include "base/json.h"
#include "base/str.h"

#include <string.h>

/* A sentence is one line: line ends and tabs become blanks, other control bytes are refused. */
static int text_take(char **ret, const cJSON *j, struct err *e)
{
    AUTO_FREE char *copy = NULL;
    const char *text;
    char *trimmed;
    int r = json_need_str(&text, j, "message", e);

    if (r < 0)
        return r;
    if (strlen(text) > MESSAGE_TEXT_BYTES_MAX)
        return err_set(e, -EMSGSIZE, "message: has %zu bytes, at most %d are taken", strlen(text),
                       MESSAGE_TEXT_BYTES_MAX);
    copy = str_dup(text);
    if (!copy)
        return err_set(e, -ENOMEM, "message: out of memory");
    for (char *p = copy; *p; p++) {
        if (*p == '\n' || *p == '\r' || *p == '\t')
            *p = ' ';
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return err_set(e, -EINVAL, "message: has a control character");
    }
    trimmed = str_trim(copy);
    if (trimmed[0] == '\0')
        return err_set(e, -EINVAL, "message: is empty");
    memmove(copy, trimmed, strlen(trimmed) + 1);
    *ret = STEAL(copy);
    return 0;
}

static int speak_take(bool *ret, const cJSON *j, struct err *e)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(j, "speak");

    if (v && !cJSON_IsBool(v))
        return err_set(e, -EINVAL, "speak: must be true or false");
    *ret = cJSON_IsTrue(v);
    return 0;
}

static int sentence_take(struct message *m, const cJSON *j, struct err *e)
{
    int r = speak_take(&m->speak, j, e);

    return r < 0 ? r : text_take(&m->text, j, e);
}

static int object_parse(cJSON **ret, const void *buf, size_t len, struct err *e)
{
    AUTO_JSON *j = NULL;
    int r = json_parse(&j, buf, len, e);

    if (r < 0)
        return r;
    if (!cJSON_IsObject(j))
        return err_set(e, -EINVAL, "an object {...} is expected");
    *ret = STEAL(j);
    return 0;
}

int chat_parse(struct message *ret, const void *buf, size_t len, struct err *e)
{
    AUTO_JSON *j = NULL;
    struct message m = { .kind = MESSAGE_TEXT };
    int r = object_parse(&j, buf, len, e);

    if (r < 0)
        return r;
    r = sentence_take(&m, j, e);
    if (r < 0)
        return r;
    *ret = m;
    return 0;
}

int ws_parse(struct message *ret, const void *buf, size_t len, struct err *e)
{
    AUTO_JSON *j = NULL;
    struct message m = { .kind = MESSAGE_LISTEN };
    const char *type;
    int64_t ref = 0;
    int r = object_parse(&j, buf, len, e);

    if (r < 0)
        return r;
    r = json_need_str(&type, j, "type", e);
    if (r < 0)
        return r;
    if (strcmp(type, "listen") != 0) {
        if (strcmp(type, "text") != 0)
            return err_set(e, -EINVAL, "type: '%.40s' is unknown; text and listen are known", type);
        m.kind = MESSAGE_TEXT;
        if (cJSON_HasObjectItem(j, "ref"))
            r = json_need_int(&ref, j, "ref", 0, MESSAGE_REF_MAX, e);
        if (r < 0)
            return r;
        m.ref = (uint16_t)ref;
        r = sentence_take(&m, j, e);
        if (r < 0)
            return r;
    }
    *ret = m;
    return 0;
}

void message_done(struct message *m)
{
    free(m->text);
    m->text = NULL;
}
