/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/typed.c - typed sentences: check and queue. */
#include "assistant/typed.h"

#include "assistant/assistant.h"
#include "base/must.h"
#include "base/utf8.h"

#include <string.h>

int typed_check_text(const char *text, enum reply_error *error)
{
    size_t len = text ? strlen(text) : 0;

    if (len == 0 || strspn(text, " \t\r\n") == len) {
        *error = REPLY_TEXT_EMPTY;
        return -EINVAL;
    }
    if (len > ASSISTANT_TEXT_BYTES_MAX) {
        *error = REPLY_TEXT_LONG;
        return -E2BIG;
    }
    if (utf8_has_control(text, "\t\r\n") || !utf8_is_valid(text, len)) {
        *error = REPLY_TEXT_BAD;
        return -EINVAL;
    }
    return 0;
}

static void typed_check(const struct typed *t, const struct typed_sum *sum)
{
    must(t->n <= TYPED_MAX && t->bytes <= TYPED_BYTES_MAX);
    must(sum->n <= TYPED_SUM_MAX && sum->bytes <= TYPED_SUM_BYTES_MAX);
    must(sum->n >= t->n && sum->bytes >= t->bytes);
}

int typed_add(struct typed *t, struct typed_sum *sum, const struct msg *m, enum reply_error *error)
{
    int r = typed_check_text(m->text, error);
    size_t len;
    char *text;

    if (r < 0)
        return r;
    *error = REPLY_BUSY;
    len = strlen(m->text);
    if (t->n == TYPED_MAX || len > TYPED_BYTES_MAX - t->bytes || sum->n == TYPED_SUM_MAX ||
        len > TYPED_SUM_BYTES_MAX - sum->bytes)
        return -EBUSY;
    text = str_dup(m->text);
    if (!text)
        return -ENOMEM;
    for (char *c = text; *c; c++)
        if (strchr("\t\r\n", *c))
            *c = ' ';
    t->list[t->n++] = (struct typed_text){ .text = text,
                                           .source = m->part ? m->part : "text",
                                           .origin = m->origin,
                                           .speaks = m->input.speak,
                                           .at_usec = m->at_usec };
    t->bytes += len;
    sum->n++;
    sum->bytes += len;
    typed_check(t, sum);
    return 0;
}

bool typed_take(struct typed *t, struct typed_sum *sum, struct typed_text *ret)
{
    size_t len;

    if (t->n == 0)
        return false;
    *ret = t->list[0];
    len = strlen(ret->text);
    t->n--;
    memmove(&t->list[0], &t->list[1], t->n * sizeof(t->list[0]));
    t->bytes -= len;
    sum->n--;
    sum->bytes -= len;
    typed_check(t, sum);
    return true;
}
