/* SPDX-License-Identifier: Apache-2.0 */
/* web/message.c - what clients may say: chat body and WebSocket messages. */
#include "web/message.h"

#include "base/must.h"

#include <stdlib.h>

#define MESSAGE_AT(member) FIELD_AT(struct message, member)
/* A sentence is one line: line ends and tabs become blanks. */
#define SENTENCE_ROW                                                                             \
    { "message", FIELD_TEXT, MESSAGE_AT(text), .min = 1, .max = MESSAGE_TEXT_BYTES_MAX,          \
      .flags = FIELD_NEEDED | FIELD_LINE, .help = "the sentence" }
#define SPEAK_ROW { "speak", FIELD_BOOL, MESSAGE_AT(speak), .help = "say the answer aloud as well" }
#define REF_ROW                                                                                  \
    { "ref", FIELD_UINT, MESSAGE_AT(ref), .max = MESSAGE_REF_MAX,                                \
      .help = "a number of your own; its `answer` carries the same" }

static const struct field chat_rows[] = {
    SENTENCE_ROW,
    SPEAK_ROW,
    { "conversation", FIELD_UINT, MESSAGE_AT(conversation), .min = 1, .max = JSON_INT_MAX,
      .help = "a number of your own, drawn at random: sentences with the same belong together, so that a "
              "question can be answered and a language model remembers; without it each stands alone" },
};
static const struct field text_rows[] = { SENTENCE_ROW, SPEAK_ROW, REF_ROW };
static const struct field listen_rows[] = { REF_ROW };
const struct fields chat_fields = FIELDS(struct message, chat_rows);
static const struct fields text_fields = FIELDS(struct message, text_rows);
static const struct fields listen_fields = FIELDS(struct message, listen_rows);

const struct message_type message_types[MESSAGE_N] = {
    [MESSAGE_TEXT] = { "text", &text_fields, { 10, 2 }, "a typed sentence" },
    [MESSAGE_LISTEN] = { "listen", &listen_fields, { 5, 1 }, "push to talk, at the box" },
};
const struct rate message_any_rate = { 50, 20 };

static const char *const type_words[] = {
    [MESSAGE_TEXT] = "text",
    [MESSAGE_LISTEN] = "listen",
    [MESSAGE_N] = NULL,
};
static const struct field type_rows[] = {
    { "type", FIELD_CHOICE, MESSAGE_AT(kind), .flags = FIELD_NEEDED, .words = type_words },
};
static const struct fields type_fields = FIELDS(struct message, type_rows);

int chat_parse(struct message *ret, const void *buf, size_t len, struct err *e)
{
    /* the kind has no row and so is 0: MESSAGE_TEXT */
    return fields_parse(ret, &chat_fields, buf, len, e);
}

int ws_parse(struct message *ret, const void *buf, size_t len, struct err *e)
{
    AUTO_JSON *j = NULL;
    struct message head, m;
    int r = json_parse(&j, buf, len, e);

    if (r >= 0)
        r = fields_take(&head, &type_fields, j, e);
    must(r < 0 || head.kind < MESSAGE_N);
    if (r >= 0)
        r = fields_take(&m, message_types[head.kind].fields, j, e);
    if (r < 0)
        return r;
    must(m.ref <= MESSAGE_REF_MAX && (head.kind == MESSAGE_TEXT) == (m.text != NULL));
    m.kind = head.kind;
    *ret = m;
    return 0;
}

struct learn_wish {
    char *text, *device, *means, *forget;
};
enum { LEARN_BYTES_MAX = 200 };

static const struct field learn_rows[] = {
    { "text", FIELD_TEXT, FIELD_AT(struct learn_wish, text), .max = LEARN_BYTES_MAX, .flags = FIELD_LINE,
      .help = "what is taught: a name or a sentence" },
    { "device", FIELD_TEXT, FIELD_AT(struct learn_wish, device), .max = LEARN_BYTES_MAX, .flags = FIELD_LINE,
      .help = "the id of the device that it names" },
    { "means", FIELD_TEXT, FIELD_AT(struct learn_wish, means), .max = LEARN_BYTES_MAX, .flags = FIELD_LINE,
      .help = "the sentence that it stands for" },
    { "forget", FIELD_TEXT, FIELD_AT(struct learn_wish, forget), .max = LEARN_BYTES_MAX, .flags = FIELD_LINE,
      .help = "alone: what was taught and is to be forgotten" },
};
const struct fields learn_fields = FIELDS_STRICT(struct learn_wish, learn_rows);

static cJSON *learn_json(const struct learn_wish *w)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *add;

    if (w->forget)
        return json_put_text(j, "forget", w->forget) ? STEAL(j) : NULL;
    add = cJSON_AddObjectToObject(j, "add");
    if (!json_put_text(add, "text", w->text) || (w->device && !json_put_text(add, "device", w->device)) ||
        (w->means && !json_put_text(add, "means", w->means)))
        return NULL;
    return STEAL(j);
}

int learn_parse(cJSON **ret, const void *buf, size_t len, struct err *e)
{
    struct learn_wish w = { NULL, NULL, NULL, NULL };
    int r = fields_parse(&w, &learn_fields, buf, len, e);

    if (r < 0)
        return r;
    if (!w.text == !w.forget)
        r = err_set(e, -EINVAL, "text or forget: one of them is needed");
    else if (!(*ret = learn_json(&w)))
        r = err_set(e, -ENOMEM, "out of memory");
    fields_done(&w, &learn_fields);
    return r;
}

static const struct field act_rows[] = {
    { "command", FIELD_CHOICE, FIELD_AT(struct act_wish, command), .min = ACT_NONE + 1,
      .flags = FIELD_NEEDED, .words = act_command_names, .help = "what the device is to do" },
    { "value", FIELD_JSON, FIELD_AT(struct act_wish, value),
      .help = "a number or text, for the commands that need one (`brightness`: percent)" },
};
const struct fields act_fields = FIELDS_STRICT(struct act_wish, act_rows);

int act_parse(struct act_wish *ret, const void *buf, size_t len, struct err *e)
{
    struct act_wish w;
    int r = fields_parse(&w, &act_fields, buf, len, e);

    if (r < 0)
        return r;
    if (w.value && !cJSON_IsNumber(w.value) && !cJSON_IsString(w.value)) {
        act_done(&w);
        return err_set(e, -EINVAL, "value: must be a number or text");
    }
    must(w.command > ACT_NONE && w.command < ACT_N);
    *ret = w;
    return 0;
}

void act_done(struct act_wish *w)
{
    fields_done(w, &act_fields);
}

void message_done(struct message *m)
{
    free(m->text);
    m->text = NULL;
}
