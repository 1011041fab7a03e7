/* SPDX-License-Identifier: Apache-2.0 */
/* assistant/memory.c - the last turns of the conversation. */
#include "assistant/memory.h"

#include "base/must.h"
#include "base/utf8.h"

#include <string.h>

void memory_add(struct memory *m, int64_t now_usec, const char *heard, const char *reply)
{
    struct memory_turn *t;

    must(m->n <= MEMORY_TURNS);
    must(m->n == 0 || m->turns[m->n - 1].at_usec <= now_usec);
    if (m->n == MEMORY_TURNS) {
        memmove(&m->turns[0], &m->turns[1], sizeof(m->turns) - sizeof(m->turns[0]));
        m->n--;
    }
    t = &m->turns[m->n++];
    t->at_usec = now_usec;
    utf8_copy(t->heard, sizeof(t->heard), heard);
    utf8_copy(t->reply, sizeof(t->reply), reply);
    invariant(utf8_is_valid(t->heard, strlen(t->heard)));
}

size_t memory_first(const struct memory *m, int64_t now_usec)
{
    size_t i = 0;

    must(m->n <= MEMORY_TURNS);
    while (i < m->n && now_usec - m->turns[i].at_usec > (int64_t)MEMORY_AGE_MS * 1000)
        i++;
    return i;
}
