/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/texts.c - typed sentences: check and queue. */
#include "assistant/texts.h"

#include "assistant/assistant.h"
#include "base/utf8.h"

#include <string.h>

static int text_check(const char *text, enum reply_error *error)
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

int texts_add(struct texts *t, const struct msg *m, enum reply_error *error)
{
    int r = text_check(m->text, error);
    char *text;

    if (r < 0)
        return r;
    *error = REPLY_BUSY;
    if (t->n == TEXTS_MAX)
        return -EBUSY;
    text = str_dup(m->text);
    if (!text)
        return -ENOMEM;
    for (char *c = text; *c; c++)
        if (strchr("\t\r\n", *c))
            *c = ' ';
    t->list[t->n++] = (struct text){ .text = text,
                                     .source = m->part ? m->part : "text",
                                     .origin = m->origin,
                                     .speaks = m->input.speak,
                                     .at_usec = m->at_usec };
    return 0;
}

bool texts_take(struct texts *t, struct text *ret)
{
    if (t->n == 0)
        return false;
    *ret = t->list[0];
    t->n--;
    memmove(&t->list[0], &t->list[1], t->n * sizeof(t->list[0]));
    return true;
}

void texts_clear(struct texts *t)
{
    struct text one;

    while (texts_take(t, &one))
        free(one.text);
}
