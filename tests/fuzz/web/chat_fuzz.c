/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/web/chat_fuzz.c - the body of POST /api/chat. */
#include "web/message.h"

#include "base/utf8.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message m = { .kind = MESSAGE_N };
    struct err e = ERR_INIT;
    int r = chat_parse(&m, data, size, &e);

    if (r < 0) {
        if (m.kind != MESSAGE_N || m.text || !e.text[0])
            abort(); /* untouched, and told why */
        return 0;
    }
    if ((m.kind == MESSAGE_TEXT) != (m.text != NULL))
        abort();
    if (m.text && (m.text[0] == '\0' || strlen(m.text) > MESSAGE_TEXT_BYTES_MAX ||
                   !utf8_is_valid(m.text, strlen(m.text))))
        abort();
    message_done(&m);
    return 0;
}
