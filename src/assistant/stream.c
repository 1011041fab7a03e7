/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/stream.c - the streamed answers of language models, parsed byte by byte. */
#include "assistant/stream.h"

#include "base/must.h"
#include "core/fetch.h"

#include <string.h>

enum { ERROR_WORDS_MAX = 160 };

/* Ollama: {message:{content}, done}; `message` may be missing in the last line. */
static void ndjson_object(struct stream *s, const cJSON *j)
{
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(j, "message");

    str_add(&s->text, json_str(message, "content", ""));
    s->is_complete = json_bool(j, "done", false);
}

/* OpenAI: {choices:[{delta:{content}, finish_reason}]}; a last chunk may have no choices. */
static void sse_object(struct stream *s, const cJSON *j)
{
    const cJSON *choices = cJSON_GetObjectItemCaseSensitive(j, "choices");
    const cJSON *first = cJSON_GetArrayItem(choices, 0);

    str_add(&s->text, json_str(cJSON_GetObjectItemCaseSensitive(first, "delta"), "content", ""));
    if (json_str(first, "finish_reason", NULL))
        s->is_finished = true;
}

static const struct {
    void (*object)(struct stream *s, const cJSON *j);
    const char *sign; /* the key that every object of this kind has */
    const char *name;
} kinds[STREAM_KIND_N] = {
    [STREAM_NDJSON] = { ndjson_object, "done", "an answer of /api/chat" },
    [STREAM_SSE] = { sse_object, "choices", "a chat completion chunk" },
};

static int stream_object(struct stream *s, const char *bytes, size_t len, struct err *e)
{
    AUTO_JSON *j = NULL;
    const char *words;
    int r = json_parse(&j, bytes, len, e);

    if (r < 0)
        return err_wrap(e, r == -ENOMEM ? r : -EPROTO, "language model sent no JSON");
    words = fetch_error_words(j);
    if (words)
        return err_set(e, -EREMOTEIO, "language model: %.*s", ERROR_WORDS_MAX, words);
    if (!cJSON_GetObjectItemCaseSensitive(j, kinds[s->kind].sign))
        return err_set(e, -EPROTO, "language model sent JSON that is not %s",
                       kinds[s->kind].name);
    kinds[s->kind].object(s, j);
    s->events++;
    return s->text.failed ? err_set(e, -ENOMEM, "language model: out of memory") : 0;
}

/* An empty line: the event under way is whole. */
static int sse_dispatch(struct stream *s, struct err *e)
{
    int r = 0;

    if (!s->has_data)
        return 0;
    if (strcmp(str_text(&s->data), "[DONE]") == 0)
        s->is_complete = true;
    else
        r = stream_object(s, str_text(&s->data), s->data.len, e);
    str_clear(&s->data);
    s->has_data = false;
    return r;
}

static int sse_line(struct stream *s, struct err *e)
{
    const char *line = str_text(&s->line);
    const char *colon = memchr(line, ':', s->line.len);
    size_t name = colon ? (size_t)(colon - line) : s->line.len;
    const char *value = colon ? colon + 1 : line + s->line.len;

    if (s->line.len == 0)
        return sse_dispatch(s, e);
    if (*value == ' ')
        value++;
    /* older llama.cpp servers tell a failure by a field of its own, without an event's end */
    if (name == 5 && memcmp(line, "error", 5) == 0)
        return err_set(e, -EREMOTEIO, "language model: %.*s", ERROR_WORDS_MAX, value);
    if (name != 4 || memcmp(line, "data", 4) != 0)
        return 0;
    if (s->has_data)
        str_add_char(&s->data, '\n');
    str_add_bytes(&s->data, value, s->line.len - (size_t)(value - line));
    s->has_data = true;
    if (s->data.len > STREAM_LINE_BYTES_MAX)
        return err_set(e, -EMSGSIZE, "language model sent an event of more than %d bytes",
                       STREAM_LINE_BYTES_MAX);
    return 0;
}

static bool is_blank_line(const struct str *line)
{
    return strspn(str_text(line), " \t") == line->len;
}

static int stream_line(struct stream *s, struct err *e)
{
    int r = 0;

    if (s->line.failed || s->data.failed)
        return err_set(e, -ENOMEM, "language model: out of memory");
    if (!s->has_begun && str_starts(str_text(&s->line), "\xef\xbb\xbf")) {
        memmove(s->line.data, s->line.data + 3, s->line.len - 2); /* byte order mark */
        s->line.len -= 3;
    }
    s->has_begun = true;
    if (s->is_complete)
        r = 0;
    else if (s->kind == STREAM_SSE)
        r = sse_line(s, e);
    else if (!is_blank_line(&s->line))
        r = stream_object(s, str_text(&s->line), s->line.len, e);
    str_clear(&s->line);
    return r;
}

void stream_init(struct stream *s, enum stream_kind kind)
{
    *s = (struct stream){ .kind = kind, .line = STR_INIT, .data = STR_INIT, .text = STR_INIT };
}

void stream_done(struct stream *s)
{
    str_done(&s->line);
    str_done(&s->data);
    str_done(&s->text);
}

int stream_feed(struct stream *s, const void *bytes, size_t len, struct err *e)
{
    const char *p = bytes, *end = p + len;

    if (len > STREAM_BYTES_MAX - s->bytes)
        return err_set(e, -EMSGSIZE, "language model sent an answer of more than %d bytes",
                       STREAM_BYTES_MAX);
    s->bytes += len;
    must(s->bytes <= STREAM_BYTES_MAX && s->line.len <= STREAM_LINE_BYTES_MAX);
    must(s->kind < STREAM_KIND_N);
    while (p < end && !s->is_complete) {
        const char *stop;
        int r;

        if (s->after_cr && *p == '\n')
            p++;
        s->after_cr = false;
        for (stop = p; stop < end && *stop != '\n' && *stop != '\r';)
            stop++;
        if ((size_t)(stop - p) > STREAM_LINE_BYTES_MAX - s->line.len)
            return err_set(e, -EMSGSIZE, "language model sent a line of more than %d bytes",
                           STREAM_LINE_BYTES_MAX);
        str_add_bytes(&s->line, p, (size_t)(stop - p));
        if (stop == end)
            break;
        s->after_cr = *stop == '\r';
        r = stream_line(s, e);
        if (r < 0)
            return r;
        p = stop + 1;
        must(s->line.len == 0); /* a whole line was taken */
    }
    return s->line.failed ? err_set(e, -ENOMEM, "language model: out of memory") : 0;
}

int stream_end(struct stream *s, struct err *e)
{
    int r = 0;

    if (s->line.len > 0 || s->line.failed)
        r = stream_line(s, e);
    if (r >= 0 && s->kind == STREAM_SSE)
        r = sse_dispatch(s, e);
    if (r < 0)
        return r;
    must(s->text.len <= STREAM_BYTES_MAX); /* nothing is made up */
    if (!s->is_complete && !s->is_finished)
        return err_set(e, -EPROTO, "language model broke the answer off");
    return 0;
}
