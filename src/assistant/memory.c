/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/memory.c - the last turns of the conversation. */
#include "assistant/memory.h"

#include "base/must.h"
#include "core/intents.h"
#include "base/utf8.h"

#include <string.h>

void memory_add(struct memory *m, int64_t now_usec, const char *heard, const char *reply)
{
    struct memory_turn *t;

    must(m->n <= MEMORY_TURNS);
    must(m->n == 0 || m->turns[m->n - 1].at_usec <= now_usec);
    if (m->n == MEMORY_TURNS) {
        memmove(&m->turns[0], &m->turns[1], sizeof(m->turns) - sizeof(m->turns[0]));
        m->n--;
    }
    t = &m->turns[m->n++];
    t->at_usec = now_usec;
    utf8_copy(t->heard, sizeof(t->heard), heard);
    utf8_copy(t->reply, sizeof(t->reply), reply);
    invariant(utf8_is_valid(t->heard, strlen(t->heard)));
}

size_t memory_first(const struct memory *m, int64_t now_usec)
{
    size_t i = 0;

    must(m->n <= MEMORY_TURNS);
    while (i < m->n && now_usec - m->turns[i].at_usec > (int64_t)MEMORY_AGE_MS * 1000)
        i++;
    return i;
}

static bool put_reached(cJSON *to, const cJSON *acted)
{
    cJSON *reached = cJSON_CreateArray();
    const cJSON *d;

    cJSON_ArrayForEach(d, cJSON_GetObjectItemCaseSensitive(acted, "devices"))
        (void)json_push(reached, cJSON_CreateString(json_str(d, "id", "")));
    cJSON_DeleteItemFromObjectCaseSensitive(to, "reached");
    return json_put(to, "reached", reached);
}

/* An undo is undone by its own session; what it was about stays. */
void memory_about(struct memory *m, const cJSON *command, const cJSON *acted, uint64_t session,
                  int64_t now_usec)
{
    const struct intent_def *def = intents_find(json_str(command, "intent", NULL));
    AUTO_JSON *last = NULL;

    if (!def)
        return;
    must(m->about_usec <= now_usec);
    m->about_usec = now_usec;
    if (def->risk == RISK_ACTS || def->shape == SHAPE_UNDO)
        m->session = session;
    if (def->where != INTENT_AT_HOME)
        return;
    last = cJSON_Duplicate(command, true);
    if (!last || !put_reached(last, acted))
        return;
    cJSON_Delete(m->last);
    m->last = STEAL(last);
    m->lacked = json_free(m->lacked); /* another thing is spoken of now */
}

const cJSON *memory_last(const struct memory *m, int64_t now_usec)
{
    return now_usec - m->about_usec <= (int64_t)MEMORY_ABOUT_MS * 1000 ? m->last : NULL;
}

void memory_lack(struct memory *m, const cJSON *lacks, int64_t now_usec)
{
    must(m->lacked_usec <= now_usec);
    cJSON_Delete(m->lacked);
    m->lacked = cJSON_Duplicate(lacks, true);
    m->lacked_usec = now_usec;
}

const cJSON *memory_lacked(const struct memory *m, int64_t now_usec)
{
    return now_usec - m->lacked_usec <= (int64_t)MEMORY_ABOUT_MS * 1000 ? m->lacked : NULL;
}

void memory_taught(struct memory *m, const char *text, uint64_t session)
{
    free(m->taught);
    m->taught = str_dup(text);
    m->taught_by = session;
}

void memory_done(struct memory *m)
{
    cJSON_Delete(m->lacked);
    free(m->taught);
    cJSON_Delete(m->last);
    *m = (struct memory){ .n = 0 };
}
