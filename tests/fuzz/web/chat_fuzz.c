/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/web/chat_fuzz.c - the body of POST /api/chat. */
#include "fuzz/web/promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message m = MESSAGE_UNTOUCHED;
    struct err e = ERR_INIT;

    message_promises(&m, chat_parse(&m, data, size, &e), &e);
    return 0;
}
