/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/core/rpc_fuzz.c - any packet: parsed or refused, and its payload as JSON. */
#include "core/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rpc_frame f = { 0 };
    struct err e = ERR_INIT;
    AUTO_JSON *j = NULL;

    if (rpc_parse(&f, data, size, &e) < 0) {
        if (f.payload || e.code != -EBADMSG || !e.text[0])
            abort();
        return 0;
    }
    if (f.payload != data + RPC_HEADER_BYTES || f.len != size - RPC_HEADER_BYTES)
        abort();
    if (rpc_json(&j, &f, &e) == 0) {
        const char *cmd = NULL;

        json_need_str(&cmd, j, "cmd", &e); /* what the control socket does next */
    }
    return 0;
}
