/* SPDX-License-Identifier: Apache-2.0 */
/* core/timeline.h - when each step of a session happened; the page's "why?".
 *
 * Marks carry milliseconds since the session began and a short detail. JSON form:
 *     [{"step":"wake","ms":0,"detail":"jarvis"}, {"step":"speech_end","ms":1830,...}]
 * The steps, in the order of a spoken session: wake (or asked: Jarvis asked back), speech_start, speech_end,
 * transcript, intent, action, reply, stored, first_audio, spoken; text for typed ones; before speech_end early
 * (what was heard is done already) and its action, behind the transcript taken_back where it was not the sentence;
 * error where something failed.
 * Threads: one owner (assistant/). */
#ifndef JARVIS_CORE_TIMELINE_H
#define JARVIS_CORE_TIMELINE_H

#include "base/json.h"

#include <stdint.h>

enum { TIMELINE_MARKS_MAX = 32, TIMELINE_DETAIL_BYTES = 160 };

enum step {
    STEP_WAKE,
    STEP_ASKED,
    STEP_TEXT,
    STEP_SPEECH_START,
    STEP_EARLY,
    STEP_SPEECH_END,
    STEP_TRANSCRIPT,
    STEP_TAKEN_BACK,
    STEP_INTENT,
    STEP_ACTION,
    STEP_LLM,
    STEP_REPLY,
    STEP_STORED,
    STEP_FIRST_AUDIO,
    STEP_SPOKEN,
    STEP_ERROR,
    STEP_N
};

struct timeline {
    int64_t start_usec; /* monotonic */
    size_t n;
    struct timeline_mark {
        enum step step;
        int64_t at_usec; /* monotonic */
        char detail[TIMELINE_DETAIL_BYTES];
    } marks[TIMELINE_MARKS_MAX];
};

void timeline_start(struct timeline *t, int64_t at_usec);
/* Detail may be NULL; too long is cut at a character. Marks beyond the limit are dropped. */
void timeline_mark(struct timeline *t, enum step step, int64_t at_usec, const char *detail);
cJSON *timeline_json(const struct timeline *t); /* owned by the caller; NULL: out of memory */
const char *step_name(enum step step);

#endif
