/* SPDX-License-Identifier: Apache-2.0 */
/* core/msg.c - the messages by which the feature folders talk to each other. */
#include "core/msg.h"

#include "base/must.h"
#include "base/str.h"

#include <string.h>

static const char *const type_names[MSG_N] = {
    [MSG_NONE] = "none",
    [MSG_WAKE] = "wake",
    [MSG_LISTEN] = "listen",
    [MSG_LISTEN_STOP] = "listen_stop",
    [MSG_SPEECH_START] = "speech_start",
    [MSG_SPEECH_END] = "speech_end",
    [MSG_EARLY] = "early",
    [MSG_TRANSCRIPT] = "transcript",
    [MSG_TEXT] = "text",
    [MSG_ANNOUNCE] = "announce",
    [MSG_UNDERSTAND] = "understand",
    [MSG_INTENT] = "intent",
    [MSG_ACT] = "act",
    [MSG_LEARN] = "learn",
    [MSG_ACTED] = "acted",
    [MSG_SAY] = "say",
    [MSG_SAY_START] = "say_start",
    [MSG_SAID] = "said",
    [MSG_HUSH] = "hush",
    [MSG_STATE] = "state",
    [MSG_SESSION] = "session",
    [MSG_SESSION_MORE] = "session_more",
    [MSG_STORED] = "stored",
    [MSG_ANSWER] = "answer",
    [MSG_DEVICES] = "devices",
    [MSG_DEVICE] = "device",
    [MSG_PHRASES] = "phrases",
    [MSG_GRAMMAR] = "grammar",
    [MSG_LEVEL] = "level",
    [MSG_FAULT] = "fault",
    [MSG_SETTINGS] = "settings",
    [MSG_BUTTON] = "button",
    [MSG_MUTE] = "mute",
};

struct msg *msg_new(enum msg_type type, uint64_t session)
{
    struct msg *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    must(type > MSG_NONE && type < MSG_N);
    m->type = type;
    m->session = session;
    return m;
}

struct msg *msg_copy(const struct msg *m)
{
    struct msg *copy = malloc(sizeof(*copy));

    if (!copy)
        return NULL;
    *copy = *m;
    memset(&copy->queue, 0, sizeof(copy->queue));
    copy->text = m->text ? str_dup(m->text) : NULL;
    copy->json = m->json ? cJSON_Duplicate(m->json, true) : NULL;
    if ((m->text && !copy->text) || (m->json && !copy->json))
        return msg_free(copy);
    return copy;
}

struct msg *msg_free(struct msg *m)
{
    if (!m)
        return NULL;
    free(m->text);
    cJSON_Delete(m->json);
    free(m);
    return NULL;
}

const char *origin_kind_name(enum origin_kind kind)
{
    static const char *const names[ORIGIN_N] = {
        [ORIGIN_NONE] = "none",           [ORIGIN_BOX] = "box",
        [ORIGIN_CONTROL] = "control",     [ORIGIN_HTTP] = "http",
        [ORIGIN_WEBSOCKET] = "websocket", [ORIGIN_SATELLITE] = "satellite",
        [ORIGIN_AUTOMATION] = "automation", [ORIGIN_PLUGIN] = "plugin",
    };

    return kind < ORIGIN_N ? names[kind] : "unknown";
}

const char *msg_type_name(enum msg_type type)
{
    return type < MSG_N ? type_names[type] : "unknown";
}
