/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/reply_text.c - the names in a response file, and a sentence with its places filled. */
#include "assistant/reply_file.h"

#include "base/must.h"

#include <string.h>

const char *const reply_place_names[PLACE_N] = {
    [PLACE_NAME] = "name",
    [PLACE_AREA] = "area",
    [PLACE_STATE] = "state",
    [PLACE_TITLE] = "title",
    [PLACE_IS] = "is",
    [PLACE_WAS] = "was",
    [PLACE_LIST] = "list",
    [PLACE_COUNT] = "count",
    [PLACE_COUNTED] = "counted",
    [PLACE_KINDS] = "kinds",
    [PLACE_ALL] = "all",
    [PLACE_STEP] = "step",
    [PLACE_BRIGHTNESS] = "brightness",
    [PLACE_COLOR] = "color",
    [PLACE_WARMTH] = "warmth",
    [PLACE_POSITION] = "position",
    [PLACE_TEMPERATURE] = "temperature",
    [PLACE_TIME] = "time",
    [PLACE_DATE] = "date",
};

const char *const reply_date_names[DATE_N] = { "hour",    "minute", "minutes", "weekday",
                                               "day",     "month",  "year" };

const char *const reply_error_names[REPLY_ERROR_N] = {
    [REPLY_NOT_UNDERSTOOD] = "not_understood",
    [REPLY_NOT_HEARD] = "not_heard",
    [REPLY_SAY_AGAIN] = "say_again",
    [REPLY_NO_DEVICE] = "no_device",
    [REPLY_WHICH_ROOM] = "which_room",
    [REPLY_DEVICE_AWAY] = "device_away",
    [REPLY_BROKER_AWAY] = "broker_away",
    [REPLY_TIMED_OUT] = "timed_out",
    [REPLY_CANNOT] = "cannot",
    [REPLY_BAD_VALUE] = "bad_value",
    [REPLY_STATE_UNKNOWN] = "state_unknown",
    [REPLY_BEFORE_UNKNOWN] = "before_unknown",
    [REPLY_GUARDED] = "guarded",
    [REPLY_FAILED] = "failed",
    [REPLY_LLM_OFFLINE] = "llm_offline",
    [REPLY_LLM_SLOW] = "llm_slow",
    [REPLY_LLM_REFUSED] = "llm_refused",
    [REPLY_LLM_FAILED] = "llm_failed",
    [REPLY_LLM_BROKEN] = "llm_broken",
    [REPLY_TEXT_EMPTY] = "text_empty",
    [REPLY_TEXT_BAD] = "text_bad",
    [REPLY_TEXT_LONG] = "text_long",
    [REPLY_BUSY] = "busy",
    [REPLY_NOT_READY] = "not_ready",
    [REPLY_INTERRUPTED] = "interrupted",
    [REPLY_STOPPING] = "stopping",
    [REPLY_LISTENING] = "listening",
    [REPLY_HUSHED] = "hushed",
    [REPLY_NO_MICROPHONE] = "no_microphone",
    [REPLY_NO_EARS] = "no_ears",
    [REPLY_MUTED] = "muted",
    [REPLY_NOT_DONE] = "not_done",
};

/* ---- sentences with places ------------------------------------------------------------- */

/* The place that p ("name}...") names; SIZE_MAX: none. *after: behind the brace. */
size_t reply_place_find(const struct reply_places *in, const char *p, const char **after)
{
    const char *end = strchr(p, '}');
    size_t len = end ? (size_t)(end - p) : 0;

    for (size_t i = 0; end && i < in->n; i++) {
        if (strlen(in->names[i]) == len && memcmp(in->names[i], p, len) == 0) {
            *after = end + 1;
            return i;
        }
    }
    return SIZE_MAX;
}

/* Adds the sentence; false, and nothing added, where a place is not known. */
bool reply_render(struct str *out, const char *sentence, const struct reply_places *in)
{
    size_t from = out->len;

    must(in->names && in->texts && in->n > 0);
    while (*sentence) {
        size_t plain = strcspn(sentence, "{"), i;

        str_add_bytes(out, sentence, plain);
        sentence += plain;
        if (*sentence == '\0')
            break;
        i = reply_place_find(in, sentence + 1, &sentence);
        if (i == SIZE_MAX || !in->texts[i] || in->texts[i][0] == '\0') {
            if (out->data)
                out->data[out->len = from] = '\0';
            return false;
        }
        must(i < in->n);
        str_add(out, in->texts[i]);
    }
    return true;
}
