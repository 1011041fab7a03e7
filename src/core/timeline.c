/* SPDX-License-Identifier: Apache-2.0 */
/* core/timeline.c - when each step of a session happened. */
#include "core/timeline.h"

#include "base/must.h"
#include "base/utf8.h"

#include <string.h>

static const char *const step_names[STEP_N] = {
    [STEP_WAKE] = "wake",
    [STEP_ASKED] = "asked",
    [STEP_TEXT] = "text",
    [STEP_SPEECH_START] = "speech_start",
    [STEP_EARLY] = "early",
    [STEP_SPEECH_END] = "speech_end",
    [STEP_TRANSCRIPT] = "transcript",
    [STEP_TAKEN_BACK] = "taken_back",
    [STEP_INTENT] = "intent",
    [STEP_ACTION] = "action",
    [STEP_LLM] = "llm",
    [STEP_REPLY] = "reply",
    [STEP_STORED] = "stored",
    [STEP_FIRST_AUDIO] = "first_audio",
    [STEP_SPOKEN] = "spoken",
    [STEP_ERROR] = "error",
};

const char *step_name(enum step step)
{
    return step < STEP_N ? step_names[step] : "unknown";
}

void timeline_start(struct timeline *t, int64_t at_usec)
{
    t->start_usec = at_usec;
    t->n = 0;
}

void timeline_mark(struct timeline *t, enum step step, int64_t at_usec, const char *detail)
{
    struct timeline_mark *m;

    must(step < STEP_N && t->n <= TIMELINE_MARKS_MAX);
    if (t->n >= TIMELINE_MARKS_MAX)
        return;
    m = &t->marks[t->n++];
    m->step = step;
    m->at_usec = at_usec;
    utf8_copy(m->detail, sizeof(m->detail), detail);
}

static cJSON *mark_json(const struct timeline *t, const struct timeline_mark *m)
{
    AUTO_JSON *j = cJSON_CreateObject();
    double ms = (double)((m->at_usec - t->start_usec) / 1000);

    if (!j || !cJSON_AddStringToObject(j, "step", step_name(m->step)) ||
        !cJSON_AddNumberToObject(j, "ms", ms) || !cJSON_AddStringToObject(j, "detail", m->detail))
        return NULL;
    return STEAL(j);
}

cJSON *timeline_json(const struct timeline *t)
{
    AUTO_JSON *list = cJSON_CreateArray();

    if (!list)
        return NULL;
    for (size_t i = 0; i < t->n; i++) {
        cJSON *mark = mark_json(t, &t->marks[i]);

        if (!json_push(list, mark))
            return NULL;
    }
    return STEAL(list);
}
