/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/web/ws_fuzz.c - a message that came over the WebSocket. */
#include "fuzz/web/promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message m = MESSAGE_UNTOUCHED;
    struct err e = ERR_INIT;

    message_promises(&m, ws_parse(&m, data, size, &e), &e);
    return 0;
}
