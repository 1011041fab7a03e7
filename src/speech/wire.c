/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wire.c - the heads in JSON of frames between jarvisd and the speech helpers, as tables.
 *
 * Linked by both sides. A path may be as long as one can be, words and sentences as long as the
 * dictionary and the voice take them; NaN and infinity cannot be written in JSON at all. */
#include "speech/wire.h"

#include "base/utf8.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    PHRASE_BYTES_MAX = 1024,
    HEARD_BYTES_MAX = 16384,
    NAME_BYTES_MAX = 255,
    CPU_MS_MAX = 1000 * 1000 * 1000,
    MISFIT_MAX = 1 << 24, /* one that does not come to its end */
};

/* clang-format off */
static const struct field config_rows[] = {
    { "model", FIELD_TEXT, FIELD_AT(struct wire_config, model), .min = 1, .max = PATH_MAX, .flags = FIELD_NEEDED },
    { "dictionary", FIELD_TEXT, FIELD_AT(struct wire_config, dictionary), .min = 1, .max = PATH_MAX, .flags = FIELD_NEEDED },
    { "embedding", FIELD_TEXT, FIELD_AT(struct wire_config, embedding), .min = 1, .max = PATH_MAX, .flags = FIELD_SPARSE },
    { "phrase", FIELD_TEXT, FIELD_AT(struct wire_config, phrase), .max = PHRASE_BYTES_MAX, .flags = FIELD_NEEDED },
    { "threshold_exp", FIELD_INT, FIELD_AT(struct wire_config, threshold_exp), .min = -60, .max = 0, .fallback = -20 },
    { "wake", FIELD_BOOL, FIELD_AT(struct wire_config, wake), .fallback = 1 },
    { "language", FIELD_TEXT, FIELD_AT(struct wire_config, language), .min = 2, .max = NAME_BYTES_MAX, .flags = FIELD_SPARSE },
};
const struct fields wire_config_fields = FIELDS_STRICT(struct wire_config, config_rows);

static const struct field word_rows[] = {
    { NULL, FIELD_TEXT, 0, sizeof(char *), .min = 1, .max = WIRE_WORD_BYTES_MAX },
};
static const struct fields word_fields = { word_rows, 1, sizeof(char *), false };

static const struct field sound_rows[] = {
    { "word", FIELD_TEXT, FIELD_AT(struct wire_sound, word), .min = 1, .max = WIRE_WORD_BYTES_MAX, .flags = FIELD_NEEDED },
    { "sound", FIELD_TEXT, FIELD_AT(struct wire_sound, sound), .min = 1, .max = WIRE_SOUND_BYTES_MAX, .flags = FIELD_NEEDED },
};
static const struct fields sound_fields = FIELDS_STRICT(struct wire_sound, sound_rows);

static const struct field grammar_rows[] = {
    { "fsg", FIELD_TEXT, FIELD_AT(struct wire_grammar, fsg), .min = 1, .max = PATH_MAX, .flags = FIELD_NEEDED },
    { "lexicon", FIELD_LIST, FIELD_AT(struct wire_grammar, lexicon), .max = WIRE_WORDS_MAX, .of = &sound_fields },
};
const struct fields wire_grammar_fields = FIELDS_STRICT(struct wire_grammar, grammar_rows);

static const struct field loaded_rows[] = {
    { "embedding", FIELD_TEXT, FIELD_AT(struct wire_loaded, embedding), .min = 1, .max = HEARD_BYTES_MAX, .flags = FIELD_SPARSE },
    { "wire", FIELD_UINT, FIELD_AT(struct wire_loaded, wire), .max = INT32_MAX, .fallback = 1 },
    { "words", FIELD_UINT, FIELD_AT(struct wire_loaded, words), .max = INT32_MAX },
    { "unknown_n", FIELD_UINT, FIELD_AT(struct wire_loaded, unknown_n), .max = INT32_MAX },
    { "unknown", FIELD_LIST, FIELD_AT(struct wire_loaded, unknown), .max = WIRE_WORDS_MAX, .of = &word_fields },
};
const struct fields wire_loaded_fields = FIELDS_STRICT(struct wire_loaded, loaded_rows);

static const struct field result_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct wire_result, text), .max = HEARD_BYTES_MAX, .flags = FIELD_NEEDED },
    { "other", FIELD_TEXT, FIELD_AT(struct wire_result, other), .min = 1, .max = HEARD_BYTES_MAX, .flags = FIELD_SPARSE },
    { "rejected", FIELD_BOOL, FIELD_AT(struct wire_result, rejected) },
    { "broken", FIELD_BOOL, FIELD_AT(struct wire_result, broken) },
    { "words", FIELD_UINT, FIELD_AT(struct wire_result, words), .max = HEARD_BYTES_MAX },
    { "margin", FIELD_INT, FIELD_AT(struct wire_result, margin), .min = INT32_MIN, .max = INT32_MAX },
    { "misfit", FIELD_REAL, FIELD_AT(struct wire_result, misfit), .max = MISFIT_MAX },
    { "cpu_ms", FIELD_REAL, FIELD_AT(struct wire_result, cpu_ms), .max = CPU_MS_MAX },
    { "audio_ms", FIELD_REAL, FIELD_AT(struct wire_result, audio_ms), .max = CPU_MS_MAX },
    { "late_ms", FIELD_REAL, FIELD_AT(struct wire_result, late_ms), .max = CPU_MS_MAX },
};
const struct fields wire_result_fields = FIELDS_STRICT(struct wire_result, result_rows);

static const struct field speak_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct wire_speak, text), .max = WIRE_SPEAK_BYTES_MAX, .flags = FIELD_NEEDED | FIELD_LINES },
    { "voice", FIELD_TEXT, FIELD_AT(struct wire_speak, voice), .max = NAME_BYTES_MAX, .flags = FIELD_NEEDED },
    { "language", FIELD_TEXT, FIELD_AT(struct wire_speak, language), .min = 1, .max = NAME_BYTES_MAX, .flags = FIELD_NEEDED },
    { "rate_wpm", FIELD_UINT, FIELD_AT(struct wire_speak, rate_wpm), .min = 80, .max = 450, .fallback = 170, .flags = FIELD_NEEDED },
};
const struct fields wire_speak_fields = FIELDS_STRICT(struct wire_speak, speak_rows);

static const struct field spoken_rows[] = {
    { "frames", FIELD_UINT, FIELD_AT(struct wire_spoken, frames), .max = JSON_INT_MAX },
    { "rate_hz", FIELD_UINT, FIELD_AT(struct wire_spoken, rate_hz), .max = 192000 },
};
const struct fields wire_spoken_fields = FIELDS_STRICT(struct wire_spoken, spoken_rows);

static const struct field words_rows[] = {
    { "words", FIELD_LIST, FIELD_AT(struct wire_words, words), .max = WIRE_WORDS_MAX, .of = &word_fields, .flags = FIELD_NEEDED },
    { "language", FIELD_TEXT, FIELD_AT(struct wire_words, language), .min = 1, .max = NAME_BYTES_MAX, .flags = FIELD_NEEDED },
};
const struct fields wire_words_fields = FIELDS_STRICT(struct wire_words, words_rows);

static const struct field sounds_rows[] = {
    { "words", FIELD_LIST, FIELD_AT(struct wire_sounds, words), .max = WIRE_WORDS_MAX, .of = &sound_fields, .flags = FIELD_NEEDED },
};
const struct fields wire_sounds_fields = FIELDS_STRICT(struct wire_sounds, sounds_rows);

struct wire_error {
    char *error;
};
static const struct field error_rows[] = {
    { "error", FIELD_TEXT, FIELD_AT(struct wire_error, error), .max = ERR_TEXT_BYTES, .flags = FIELD_NEEDED | FIELD_LINE },
};
static const struct fields error_fields = FIELDS_STRICT(struct wire_error, error_rows);
/* clang-format on */

/* ---- whole heads --------------------------------------------------------------------------- */

static int head_take(void *ret, const struct fields *head, const cJSON *json, struct err *e)
{
    int r = fields_take(ret, head, json, e);

    return r < 0 && r != -ENOMEM ? err_wrap(e, -EBADMSG, "sent nonsense") : r;
}

static int frame_json(cJSON **ret, const struct rpc_frame *f, struct err *e)
{
    int r = rpc_json(ret, f, e);

    return r < 0 && r != -ENOMEM ? err_wrap(e, -EBADMSG, "sent nonsense") : r;
}

int wire_take(void *ret, const struct fields *head, const struct rpc_frame *f, struct err *e)
{
    AUTO_JSON *json = NULL;
    int r = frame_json(&json, f, e);

    return r < 0 ? r : head_take(ret, head, json, e);
}

int wire_answer_take(void *ret, const struct fields *head, const struct rpc_frame *f, struct err *e)
{
    struct wire_error why = { .error = NULL };
    AUTO_JSON *json = NULL;
    int r = frame_json(&json, f, e);

    if (r < 0)
        return r;
    if (!cJSON_HasObjectItem(json, "error"))
        return head_take(ret, head, json, e);
    r = head_take(&why, &error_fields, json, e);
    if (r >= 0)
        r = err_set(e, -EREMOTEIO, "%s", why.error);
    fields_done(&why, &error_fields);
    return r;
}

cJSON *wire_error_json(const char *words)
{
    AUTO_FREE char *copy = str_dup(words);
    const struct wire_error why = { .error = copy };

    return copy ? fields_put(&why, &error_fields) : NULL;
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Of a text without control characters in JSON. */
static size_t json_bytes(const char *text)
{
    size_t n = 0;

    for (const char *p = text; *p; p++)
        n += *p == '"' || *p == '\\' ? 2 : 1;
    return n;
}

/* One more item of that size at the end, zeroed; NULL: -ENOMEM. */
static void *list_grow(struct field_list *to, size_t size)
{
    void *items = realloc(to->items, (to->n + 1) * size);

    if (!items)
        return NULL;
    to->items = items;
    return memset((char *)items + to->n * size, 0, size);
}

/* What the other side's table would not take must not spoil the rest of the list. */
static bool text_fits(const char *text, size_t most)
{
    return text[0] != '\0' && strlen(text) <= most && utf8_is_valid(text, strlen(text)) &&
           !utf8_has_control(text, "");
}

static bool room_take(const struct field_list *to, size_t *room, size_t bytes)
{
    if (to->n >= WIRE_WORDS_MAX || bytes > *room)
        return false;
    *room -= bytes;
    return true;
}

int wire_word_add(struct field_list *to, size_t *room, const char *word)
{
    AUTO_FREE char *copy = str_dup(word);
    char **at;

    if (!text_fits(word, WIRE_WORD_BYTES_MAX))
        return -EINVAL;
    if (!room_take(to, room, json_bytes(word) + sizeof("\"\",")))
        return -ENOSPC;
    at = copy ? list_grow(to, sizeof(*at)) : NULL;
    if (!at)
        return -ENOMEM;
    *at = STEAL(copy);
    to->n++;
    return 0;
}

int wire_sound_add(struct field_list *to, size_t *room, const char *word, const char *sound)
{
    AUTO_FREE char *copy = str_dup(word), *heard = str_dup(sound);
    struct wire_sound *at;

    if (!text_fits(word, WIRE_WORD_BYTES_MAX) || !text_fits(sound, WIRE_SOUND_BYTES_MAX))
        return -EINVAL;
    if (!room_take(to, room, json_bytes(word) + json_bytes(sound) +
                                 sizeof("{\"word\":\"\",\"sound\":\"\"},")))
        return -ENOSPC;
    at = copy && heard ? list_grow(to, sizeof(*at)) : NULL;
    if (!at)
        return -ENOMEM;
    *at = (struct wire_sound){ STEAL(copy), STEAL(heard) };
    to->n++;
    return 0;
}
