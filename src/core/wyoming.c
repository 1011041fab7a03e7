/* SPDX-License-Identifier: Apache-2.0 */
/* core/wyoming.c - events of the Wyoming protocol, both ends. */
#include "core/wyoming.h"

#include "base/must.h"

#include <string.h>

enum { TYPE_BYTES_MAX = 64, TEXT_BYTES_MAX = 65536, NAME_BYTES_MAX = 256, RATE_MAX_HZ = 384000 };

/* ---- tables ---- */

struct line { /* the first part of an event */
    char *type;
    cJSON *data;
    uint32_t data_length, payload_length;
};

static const struct field line_rows[] = {
    { "type", FIELD_TEXT, FIELD_AT(struct line, type), .min = 1, .max = TYPE_BYTES_MAX,
      .flags = FIELD_NEEDED },
    { "data", FIELD_JSON, FIELD_AT(struct line, data), .flags = FIELD_SPARSE },
    { "data_length", FIELD_UINT, FIELD_AT(struct line, data_length), .max = WYOMING_DATA_BYTES_MAX,
      .flags = FIELD_SPARSE },
    { "payload_length", FIELD_UINT, FIELD_AT(struct line, payload_length),
      .max = WYOMING_PAYLOAD_BYTES_MAX, .flags = FIELD_SPARSE },
};
static const struct fields line_fields = FIELDS(struct line, line_rows);

static const struct field format_rows[] = {
    { "rate", FIELD_UINT, FIELD_AT(struct wyoming_format, rate_hz), .min = 1, .max = RATE_MAX_HZ,
      .flags = FIELD_NEEDED },
    { "width", FIELD_UINT, FIELD_AT(struct wyoming_format, width), .min = 1, .max = 8,
      .flags = FIELD_NEEDED },
    { "channels", FIELD_UINT, FIELD_AT(struct wyoming_format, channels), .min = 1, .max = 64,
      .flags = FIELD_NEEDED },
    { "timestamp", FIELD_INT, FIELD_AT(struct wyoming_format, timestamp_ms), .min = -JSON_INT_MAX,
      .max = JSON_INT_MAX, .flags = FIELD_SPARSE },
};
const struct fields wyoming_format_fields = FIELDS(struct wyoming_format, format_rows);

static const struct field text_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct wyoming_text, text), .max = TEXT_BYTES_MAX,
      .flags = FIELD_NEEDED | FIELD_LINES },
    { "language", FIELD_TEXT, FIELD_AT(struct wyoming_text, language), .max = NAME_BYTES_MAX,
      .flags = FIELD_SPARSE },
};
const struct fields wyoming_text_fields = FIELDS(struct wyoming_text, text_rows);

static const struct field transcribe_rows[] = {
    { "language", FIELD_TEXT, FIELD_AT(struct wyoming_transcribe, language), .max = NAME_BYTES_MAX,
      .flags = FIELD_SPARSE },
    { "name", FIELD_TEXT, FIELD_AT(struct wyoming_transcribe, name), .max = NAME_BYTES_MAX,
      .flags = FIELD_SPARSE },
};
const struct fields wyoming_transcribe_fields = FIELDS(struct wyoming_transcribe, transcribe_rows);

static const struct field voice_rows[] = {
    { "name", FIELD_TEXT, FIELD_AT(struct wyoming_voice, name), .max = NAME_BYTES_MAX,
      .flags = FIELD_SPARSE },
    { "language", FIELD_TEXT, FIELD_AT(struct wyoming_voice, language), .max = NAME_BYTES_MAX,
      .flags = FIELD_SPARSE },
    { "speaker", FIELD_TEXT, FIELD_AT(struct wyoming_voice, speaker), .max = NAME_BYTES_MAX,
      .flags = FIELD_SPARSE },
};
static const struct fields voice_fields = FIELDS(struct wyoming_voice, voice_rows);

static const struct field synthesize_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct wyoming_synthesize, text), .max = TEXT_BYTES_MAX,
      .flags = FIELD_SPARSE | FIELD_LINES },
    { "voice", FIELD_OBJECT, FIELD_AT(struct wyoming_synthesize, voice), .of = &voice_fields },
};
const struct fields wyoming_synthesize_fields = FIELDS(struct wyoming_synthesize, synthesize_rows);

static const struct field error_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct wyoming_error, text), .max = TEXT_BYTES_MAX,
      .flags = FIELD_NEEDED | FIELD_LINES },
    { "code", FIELD_TEXT, FIELD_AT(struct wyoming_error, code), .max = NAME_BYTES_MAX,
      .flags = FIELD_SPARSE },
};
const struct fields wyoming_error_fields = FIELDS(struct wyoming_error, error_rows);

/* ---- reading ---- */

void wyoming_reader_init(struct wyoming_reader *r)
{
    *r = (struct wyoming_reader){ .part = WYOMING_LINE };
}

static void event_done(struct wyoming_event *event)
{
    free(event->type);
    cJSON_Delete(event->data);
    *event = (struct wyoming_event){ 0 };
}

void wyoming_reader_done(struct wyoming_reader *r)
{
    event_done(&r->event);
    str_done(&r->bytes);
    wyoming_reader_init(r);
}

bool wyoming_is_between(const struct wyoming_reader *r)
{
    return r->is_whole || (r->part == WYOMING_LINE && r->bytes.len == 0);
}

/* The depth of a tree is bounded by json_parse(). */
static void drop_nulls(cJSON *tree)
{
    for (cJSON *next, *c = tree ? tree->child : NULL; c; c = next) {
        next = c->next;
        if (cJSON_IsNull(c) && cJSON_IsObject(tree))
            cJSON_Delete(cJSON_DetachItemViaPointer(tree, c));
        else
            drop_nulls(c);
    }
}

/* What makes no object of the protocol is the peer's fault, whatever was wrong with it. */
static int take_object(cJSON **ret, const struct str *bytes, const char *what, struct err *e)
{
    AUTO_JSON *j = NULL;
    int r = json_parse(&j, str_text(bytes), bytes->len, e);

    if (r < 0)
        return err_wrap(e, r == -ENOMEM ? r : -EPROTO, "the peer's %s is no JSON", what);
    if (!cJSON_IsObject(j))
        return err_set(e, -EPROTO, "the peer's %s is no JSON object", what);
    drop_nulls(j);
    *ret = STEAL(j);
    return 0;
}

static int fault_of_peer(int r)
{
    return r == -ENOMEM ? r : r == -ERANGE ? -EMSGSIZE : -EPROTO;
}

/* The line became the event under way. */
static int take_line(struct wyoming_reader *r, struct err *e)
{
    AUTO_JSON *j = NULL;
    struct line line = { 0 };
    int got = take_object(&j, &r->bytes, "event", e);

    if (got == 0) {
        got = fields_take(&line, &line_fields, j, e);
        if (got < 0)
            return err_wrap(e, fault_of_peer(got), "the peer's event");
        if (line.data && !cJSON_IsObject(line.data))
            got = err_set(e, -EPROTO, "the peer's event: data is no object");
        else if (!line.data && !(line.data = cJSON_CreateObject()))
            got = err_set(e, -ENOMEM, "wyoming: out of memory");
    }
    if (got < 0) {
        fields_done(&line, &line_fields);
        return got;
    }
    event_done(&r->event);
    r->event = (struct wyoming_event){ STEAL(line.type), STEAL(line.data), line.data_length,
                                       line.payload_length };
    return 0;
}

/* The data behind the line win over those in it. */
static int take_data(struct wyoming_reader *r, struct err *e)
{
    AUTO_JSON *j = NULL;
    int got = take_object(&j, &r->bytes, "data", e);

    if (got < 0)
        return got;
    while (j->child) {
        cJSON *c = cJSON_DetachItemViaPointer(j, j->child);

        cJSON_DeleteItemFromObjectCaseSensitive(r->event.data, c->string);
        cJSON_AddItemToArray(r->event.data, c); /* its name stays with it */
    }
    return 0;
}

static size_t part_length(const struct wyoming_reader *r)
{
    return r->part == WYOMING_DATA ? r->event.data_length : r->event.payload_length;
}

/* The part under way is whole: what is next? */
static int part_end(struct wyoming_reader *r, struct err *e)
{
    int got = 0;

    if (r->part == WYOMING_LINE)
        got = take_line(r, e);
    else if (r->part == WYOMING_DATA)
        got = take_data(r, e);
    if (got < 0)
        return got;
    if (r->part != WYOMING_PAYLOAD)
        str_clear(&r->bytes);
    r->part++;
    return 0;
}

/* One line, without its end. */
static int feed_line(struct wyoming_reader *r, const char *bytes, size_t len, size_t *used,
                     struct err *e)
{
    const char *end = memchr(bytes, '\n', len);
    size_t n = end ? (size_t)(end - bytes) : len;

    if (n > WYOMING_LINE_BYTES_MAX - r->bytes.len)
        return err_set(e, -EMSGSIZE, "the peer's event begins with a line of more than %d bytes",
                       WYOMING_LINE_BYTES_MAX);
    str_add_bytes(&r->bytes, bytes, n);
    *used += end ? n + 1 : n;
    if (r->bytes.failed)
        return err_set(e, -ENOMEM, "wyoming: out of memory");
    return end ? part_end(r, e) : 0;
}

static int feed_counted(struct wyoming_reader *r, const char *bytes, size_t len, size_t *used,
                        struct err *e)
{
    size_t missing = part_length(r) - r->bytes.len;
    size_t n = missing < len ? missing : len;

    if (!must(part_length(r) >= r->bytes.len))
        return err_set(e, -EPROTO, "wyoming: lost its place");
    str_add_bytes(&r->bytes, bytes, n);
    *used += n;
    if (r->bytes.failed)
        return err_set(e, -ENOMEM, "wyoming: out of memory");
    return n == missing ? part_end(r, e) : 0;
}

/* Parts of no bytes come at once. */
static int skip_empty(struct wyoming_reader *r, struct err *e)
{
    int got = 0;

    while (got == 0 && (r->part == WYOMING_DATA || r->part == WYOMING_PAYLOAD) &&
           part_length(r) == 0)
        got = r->part == WYOMING_DATA ? (r->part++, 0) : part_end(r, e);
    return got;
}

static void next_event(struct wyoming_reader *r)
{
    if (!r->is_whole)
        return;
    event_done(&r->event);
    str_clear(&r->bytes);
    r->part = WYOMING_LINE;
    r->is_whole = false;
}

int wyoming_feed(struct wyoming_reader *r, const void *bytes, size_t len, size_t *used,
                 struct err *e)
{
    const char *at = bytes;
    int got = 0;

    *used = 0;
    if (len > 0)
        next_event(r);
    while (got == 0 && *used < len && r->part != WYOMING_PART_N) {
        got = r->part == WYOMING_LINE ? feed_line(r, at + *used, len - *used, used, e)
                                      : feed_counted(r, at + *used, len - *used, used, e);
        if (got == 0)
            got = skip_empty(r, e);
    }
    if (got < 0 || r->part != WYOMING_PART_N || r->is_whole)
        return got;
    r->is_whole = must(r->event.type && cJSON_IsObject(r->event.data));
    return r->is_whole ? 1 : err_set(e, -EPROTO, "wyoming: an event without a type");
}

int wyoming_take(void *ret, const struct fields *f, const struct wyoming_event *event,
                 struct err *e)
{
    int r = fields_take(ret, f, event->data, e);

    return r < 0 ? err_wrap(e, fault_of_peer(r), "the peer's %s", event->type) : 0;
}

/* ---- writing ---- */

static void put_text(struct str *out, const char *type, const char *data, const void *payload,
                     size_t len)
{
    size_t data_len = data ? strlen(data) : 0;

    if (!must(strlen(type) <= TYPE_BYTES_MAX && data_len <= WYOMING_DATA_BYTES_MAX &&
              len <= WYOMING_PAYLOAD_BYTES_MAX))
        return;
    str_addf(out, "{\"type\":\"%s\"", type);
    if (data_len)
        str_addf(out, ",\"data_length\":%zu", data_len);
    if (len)
        str_addf(out, ",\"payload_length\":%zu", len);
    str_add(out, "}\n");
    str_add_bytes(out, data, data_len);
    str_add_bytes(out, payload, len);
}

void wyoming_put(struct str *out, const char *type, const cJSON *data, const void *payload,
                 size_t len)
{
    char *text = NULL;

    if (data && data->child && !(text = json_text(data))) {
        out->failed = true;
        return;
    }
    put_text(out, type, text, payload, len);
    free(text);
}

/* Readers of other makes take an object that is there for one that says something. */
static void drop_empty(cJSON *tree)
{
    for (cJSON *next, *c = tree->child; c; c = next) {
        next = c->next;
        if (cJSON_IsObject(c) && !c->child)
            cJSON_Delete(cJSON_DetachItemViaPointer(tree, c));
    }
}

void wyoming_put_of(struct str *out, const char *type, const void *of, const struct fields *f,
                    const void *payload, size_t len)
{
    AUTO_JSON *j = fields_put(of, f);

    if (!j) {
        out->failed = true;
        return;
    }
    drop_empty(j);
    wyoming_put(out, type, j, payload, len);
}
