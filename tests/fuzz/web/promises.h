/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/web/promises.h - what every way of reading a message promises, whatever the bytes. */
#ifndef JARVIS_TESTS_FUZZ_WEB_PROMISES_H
#define JARVIS_TESTS_FUZZ_WEB_PROMISES_H

#include "web/message.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_UNTOUCHED { .kind = MESSAGE_N }

/* m was MESSAGE_UNTOUCHED; r and e are what the reader gave. Frees m. */
static inline void message_promises(struct message *m, int r, const struct err *e)
{
    if (r < 0) {
        if (m->kind != MESSAGE_N || m->text || !e->text[0])
            abort(); /* untouched, and told why */
        return;
    }
    if ((m->kind == MESSAGE_TEXT) != (m->text != NULL))
        abort();
    if (m->text && (m->text[0] == '\0' || strlen(m->text) > MESSAGE_TEXT_BYTES_MAX ||
                    !utf8_is_valid(m->text, strlen(m->text))))
        abort();
    message_done(m);
}

#endif
