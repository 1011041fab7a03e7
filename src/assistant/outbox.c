/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/outbox.c - the sentences of one reply on their way to the voice. */
#include "assistant/outbox.h"

#include "assistant/dialog.h"

#include <string.h>

/* The highest bit marks serials of others that speak (`jarvisctl say`). */
#define SERIAL_MAX 0x7fffffffu

void outbox_add(struct outbox *o, const char *text)
{
    for (; *text; text++)
        str_add_char(&o->waiting, *text == '\n' ? ' ' : *text);
    str_add_char(&o->waiting, '\n');
}

char *outbox_next(struct outbox *o, bool last_may_go, bool *last)
{
    const char *p, *end;

    while (o->sent - o->said < DIALOG_SAYS_MAX) {
        char *text;

        p = str_text(&o->waiting) + o->head;
        end = strchr(p, '\n');
        if (!end || (o->is_whole && end[1] == '\0' && !last_may_go))
            return NULL;
        *last = o->is_whole && end[1] == '\0';
        text = strndup(p, (size_t)(end - p));
        o->head += (size_t)(end - p) + 1;
        if (text) {
            o->sent++;
            return text;
        }
        /* no memory: the sentence is left out, the reply goes on */
    }
    return NULL;
}

bool outbox_owns(const struct outbox *o, uint32_t serial)
{
    return serial > o->said && serial <= o->sent;
}

void outbox_said(struct outbox *o, uint32_t serial)
{
    if (outbox_owns(o, serial))
        o->said = serial;
}

bool outbox_is_silent(const struct outbox *o)
{
    return o->said == o->sent;
}

bool outbox_is_over(const struct outbox *o)
{
    return o->is_whole && o->said == o->sent && !strchr(str_text(&o->waiting) + o->head, '\n');
}

void outbox_clear(struct outbox *o)
{
    uint32_t sent = o->sent < SERIAL_MAX - 1000000 ? o->sent : 0;

    str_done(&o->waiting);
    *o = (struct outbox){ .waiting = STR_INIT, .first = sent, .sent = sent, .said = sent };
}
