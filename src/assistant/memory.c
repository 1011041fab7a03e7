/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/memory.c - the last turns of the conversation. */
#include "assistant/memory.h"

#include "base/str.h"

#include <string.h>

/* Copies what fits; a character that would be cut in the middle is left out. */
static void text_keep(char *dst, size_t size, const char *text)
{
    size_t len;

    if (str_copy(dst, size, text))
        return;
    len = strlen(dst);
    while (len > 0 && !str_is_utf8(dst, len))
        dst[--len] = '\0';
}

void memory_add(struct memory *m, int64_t now_usec, const char *heard, const char *reply)
{
    struct memory_turn *t;

    if (m->n == MEMORY_TURNS) {
        memmove(&m->turns[0], &m->turns[1], sizeof(m->turns) - sizeof(m->turns[0]));
        m->n--;
    }
    t = &m->turns[m->n++];
    t->at_usec = now_usec;
    text_keep(t->heard, sizeof(t->heard), heard);
    text_keep(t->reply, sizeof(t->reply), reply);
}

size_t memory_first(const struct memory *m, int64_t now_usec)
{
    size_t i = 0;

    while (i < m->n && now_usec - m->turns[i].at_usec > (int64_t)MEMORY_AGE_MS * 1000)
        i++;
    return i;
}
