/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/outbox.c - the sentences of one reply on their way to the loudspeaker. */
#include "assistant/outbox.h"

#include "base/must.h"

#include <string.h>

static const char *outbox_rest(const struct outbox *o)
{
    return str_text(&o->waiting) + o->head;
}

static void outbox_check(const struct outbox *o)
{
    must(o->sent - o->said <= OUTBOX_SAYS_MAX);
    must(o->said - o->first <= o->sent - o->first);
    must(o->head <= o->waiting.len);
}

void outbox_add(struct outbox *o, const char *text)
{
    must(!o->is_whole);
    for (; *text; text++)
        str_add_char(&o->waiting, *text == '\n' ? ' ' : *text);
    str_add_char(&o->waiting, '\n');
}

void outbox_begin(struct outbox *o, uint32_t serial)
{
    if (must(outbox_is_silent(o)))
        o->first = o->sent = o->said = serial;
}

char *outbox_next(struct outbox *o, bool *last)
{
    const char *p, *end;

    while (o->sent - o->said < OUTBOX_SAYS_MAX) {
        char *text;

        p = outbox_rest(o);
        end = strchr(p, '\n');
        if (!end || (o->is_held && end[1] == '\0'))
            return NULL;
        *last = o->is_whole && end[1] == '\0';
        text = strndup(p, (size_t)(end - p));
        o->head += (size_t)(end - p) + 1;
        if (text) {
            o->sent++;
            outbox_check(o);
            return text;
        }
        /* no memory: the sentence is left out, the reply goes on */
    }
    return NULL;
}

bool outbox_owns(const struct outbox *o, uint32_t serial)
{
    /* serials wrap round: compare by distance */
    return serial - o->said - 1 < o->sent - o->said;
}

void outbox_said(struct outbox *o, uint32_t serial)
{
    if (outbox_owns(o, serial))
        o->said = serial;
    outbox_check(o);
}

bool outbox_is_empty(const struct outbox *o)
{
    return o->sent == o->first && !strchr(outbox_rest(o), '\n');
}

bool outbox_is_silent(const struct outbox *o)
{
    return o->said == o->sent;
}

bool outbox_is_over(const struct outbox *o)
{
    return o->is_whole && o->said == o->sent && !strchr(outbox_rest(o), '\n');
}

void outbox_clear(struct outbox *o)
{
    str_done(&o->waiting);
    *o = (struct outbox){ .waiting = STR_INIT };
}
